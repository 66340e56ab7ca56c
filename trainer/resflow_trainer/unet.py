"""U-Nets with bilinear up-sampling, described by plain records, so that cost and context follow from the record."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, kw_only=True)
class UNetPlan:
    """Widths of the 3 x 3 convolutions of each level.

    `encoder` runs from full resolution down; a 2 x 2 max pooling stands between levels. `decoder` runs from the second
    deepest level up to full resolution. With `reduce`, a 1 x 1 convolution takes the coarse features to the width of
    the skip connection *before* they are up-sampled, which saves most of the decoder's arithmetic.
    """

    encoder: tuple[tuple[int, ...], ...]
    decoder: tuple[tuple[int, ...], ...]
    reduce: bool = False

    @property
    def multiple(self) -> int:
        """Height and width of the input must be multiples of this."""
        return 1 << (len(self.encoder) - 1)


class ConvBlock(nn.Sequential):
    """(3 x 3 convolution with bias, batch norm, ReLU) for each width in turn; zero padding keeps the size."""

    def __init__(self, inputs: int, widths: tuple[int, ...]) -> None:
        layers: list[nn.Module] = []
        for width in widths:
            layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
            inputs = width
        super().__init__(*layers)


def up_sampled(coarse: Tensor) -> Tensor:
    """Twice the size, bilinear. The scale is a constant and corners are not aligned, so a pixel's value does not depend
    on the size of the input: a tile with enough context equals the same part of the whole."""
    return functional.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)


class UpBlock(nn.Module):
    """Up-samples coarse features twofold, joins the skip connection (first), and convolves."""

    def __init__(self, coarse: int, skip: int, widths: tuple[int, ...], *, reduce: bool) -> None:
        super().__init__()
        self.reduce: nn.Module = nn.Conv2d(coarse, skip, 1) if reduce else nn.Identity()
        self.convs = ConvBlock((skip if reduce else coarse) + skip, widths)

    def forward(self, coarse: Tensor, skip: Tensor) -> Tensor:
        joined: Tensor = self.convs(torch.cat([skip, up_sampled(self.reduce(coarse))], dim=1))
        return joined


class UNet(nn.Module):
    """image (batch, bands, height, width) float32, normalised -> logits (batch, outputs, height, width).

    After Ronneberger et al. 2015 (arXiv:1505.04597), with padding, batch norm and bilinear up-sampling.
    """

    def __init__(self, plan: UNetPlan, *, bands: int, outputs: int) -> None:
        super().__init__()
        self.plan = plan
        self.pool = nn.MaxPool2d(2)
        self.encoder = nn.ModuleList()
        inputs = bands
        for widths in plan.encoder:
            self.encoder.append(ConvBlock(inputs, widths))
            inputs = widths[-1]
        self.decoder = nn.ModuleList()
        for widths, skipped in zip(plan.decoder, reversed(plan.encoder[:-1]), strict=True):
            self.decoder.append(UpBlock(inputs, skipped[-1], widths, reduce=plan.reduce))
            inputs = widths[-1]
        self.head = nn.Conv2d(inputs, outputs, 1)

    def forward(self, image: Tensor) -> Tensor:
        skips: list[Tensor] = []
        features = image
        for level, block in enumerate(self.encoder):
            features = block(self.pool(features) if level else features)
            skips.append(features)
        skips.pop()
        for block in self.decoder:
            features = block(features, skips.pop())
        logits: Tensor = self.head(features)
        return logits
