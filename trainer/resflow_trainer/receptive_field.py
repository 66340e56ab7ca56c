"""The exact receptive field of a U-Net, from its plan alone."""

from resflow_trainer.unet import UNetPlan

Interval = tuple[int, int]
"""First and last pixel, both included."""


def _through_convs(wanted: Interval, convs: int) -> Interval:
    return wanted[0] - convs, wanted[1] + convs


def _through_pooling(wanted: Interval) -> Interval:
    return 2 * wanted[0], 2 * wanted[1] + 1


def _through_upsampling(wanted: Interval) -> Interval:
    # Half-pixel centres: pixel i lies at (i + 0.5) / 2 - 0.5 = (2 i - 1) / 4 of the coarse grid, between two pixels.
    return (2 * wanted[0] - 1) // 4, (2 * wanted[1] - 1) // 4 + 1


def _joined(a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), max(a[1], b[1])


def _input_interval(plan: UNetPlan, pixel: int) -> Interval:
    """The input pixels, along one axis, that output pixel `pixel` can see."""
    wanted: Interval = (pixel, pixel)
    skips: list[Interval] = []
    for widths in reversed(plan.decoder):
        wanted = _through_convs(wanted, len(widths))
        skips.append(wanted)
        wanted = _through_upsampling(wanted)
    for level in range(len(plan.encoder) - 1, -1, -1):
        if level < len(skips):
            wanted = _joined(wanted, skips[level])
        wanted = _through_convs(wanted, len(plan.encoder[level]))
        if level:
            wanted = _through_pooling(wanted)
    return wanted


def theoretical_radius(plan: UNetPlan) -> int:
    """Largest distance in pixels, along an axis, between an output pixel and an input pixel that it can see.

    Pooling makes the field depend on the pixel's phase, so this is the worst over all phases of the coarsest level.
    """
    radius = 0
    for pixel in range(plan.multiple):
        first, last = _input_interval(plan, pixel)
        radius = max(radius, pixel - first, last - pixel)
    return radius
