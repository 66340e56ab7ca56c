"""Spectral and texture statistics of a chip: no training, blind to rotation by construction."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from resflow_trainer.partition.pooling import EPSILON, average_down, known_pixels, masked_mean, masked_moments

LEVELS = 4
"""Textures are taken at 2, 4, 8 and 16 pixels of the chip. Single pixels are left out: how sharp they are tells the
sensor more than the ground."""

LEAST_SIDE = 64
"""Of a chip: the directions of edges are taken in cells of 8 pixels, down to the third level."""

TEXTURE_CELL = 4
"""Local deviation is taken in cells of so many pixels of the first level."""

BRIGHTNESS = (-1.5, -0.75, 0.0, 0.75, 1.5)
ROUGHNESS = (-3.0, -2.25, -1.5, -0.75, 0.0)
"""Centres of the soft bins: of brightness in deviations of the scene, of local deviation as a logarithm."""


class StatisticsFeatures(nn.Module):
    """image (n, bands, side, side) -> features (n, dims), not standardised. Side LEAST_SIDE or more."""

    def forward(self, image: Tensor) -> Tensor:
        levels = [average_down(image, known_pixels(image), 2)]
        for _ in range(LEVELS - 1):
            levels.append(average_down(*levels[-1], 2))
        features = [*_colours(*levels[0])]
        for number, (pixels, known) in enumerate(levels):
            features += _edges(pixels.mean(dim=1, keepdim=True), known, directions=number < LEVELS - 1)
        brightness = levels[1][0].mean(dim=1, keepdim=True)
        features.append(_soft_histogram(brightness, levels[1][1], BRIGHTNESS))
        features += _roughness(levels[0][0].mean(dim=1, keepdim=True), levels[0][1])
        return torch.cat(features, dim=1)


def _colours(pixels: Tensor, known: Tensor) -> list[Tensor]:
    """Mean and log deviation of each band, and of the differences of neighbouring bands, which stand for the ratios:
    normalised values have no zero that a ratio could refer to."""
    mean, deviation = masked_moments(pixels, known)
    if pixels.shape[1] == 1:
        return [mean, deviation.log()]
    difference_mean, difference_deviation = masked_moments(pixels[:, 1:] - pixels[:, :-1], known)
    return [mean, deviation.log(), difference_mean, difference_deviation.log()]


def _edges(grey: Tensor, known: Tensor, *, directions: bool) -> list[Tensor]:
    """Log energies of gradient and Laplacian; and how much the edges of the chip, and of its cells of 8 x 8, agree in
    direction: modulo 180 degrees (ploughed, rows) and modulo 90 (walls). These are magnitudes of the gradient
    histogram's second and fourth circular moments, so no rotation changes them."""
    middle, inside = grey[..., 1:-1, 1:-1], known[..., 1:-1, 1:-1]
    for beside in (known[..., :-2, 1:-1], known[..., 2:, 1:-1], known[..., 1:-1, :-2], known[..., 1:-1, 2:]):
        inside = inside * beside
    right = (grey[..., 1:-1, 2:] - grey[..., 1:-1, :-2]) * inside
    down = (grey[..., 2:, 1:-1] - grey[..., :-2, 1:-1]) * inside
    square = right.square() + down.square()
    laplacian = middle * 4 - grey[..., :-2, 1:-1] - grey[..., 2:, 1:-1] - grey[..., 1:-1, :-2] - grey[..., 1:-1, 2:]
    energies = [
        (masked_mean(square, inside) + EPSILON).log(),
        (masked_mean(laplacian.square(), inside) + EPSILON).log(),
    ]
    return (
        energies + _agreement(functional.pad(right, (1, 1, 1, 1)), functional.pad(down, (1, 1, 1, 1)))
        if directions
        else energies
    )


def _agreement(right: Tensor, down: Tensor) -> list[Tensor]:
    """Strength-weighted mean resultant lengths of the doubled and the fourfold angle."""
    length = (right.square() + down.square() + EPSILON).sqrt()
    real, imaginary = (right.square() - down.square()) / length, 2 * right * down / length
    moments = torch.cat(
        [length, real, imaginary, (real.square() - imaginary.square()) / length, 2 * real * imaginary / length], dim=1
    )
    cells = functional.avg_pool2d(moments, 8)
    return [_resultant(moments.mean(dim=(2, 3), keepdim=True)), _resultant(cells)]


def _resultant(moments: Tensor) -> Tensor:
    """(n, 5, h, w) sums -> (n, 2): the moments' magnitudes over the total strength."""
    second = (moments[:, 1:2].square() + moments[:, 2:3].square() + EPSILON**2).sqrt()
    fourth = (moments[:, 3:4].square() + moments[:, 4:5].square() + EPSILON**2).sqrt()
    total = moments[:, 0:1].sum(dim=(2, 3)).clamp(min=EPSILON)
    return torch.cat([second.sum(dim=(2, 3)) / total, fourth.sum(dim=(2, 3)) / total], dim=1)


def _roughness(grey: Tensor, known: Tensor) -> list[Tensor]:
    """Which shares of the chip are smooth, middling, rough; and the deviation of cells' means: coarse contrast."""
    mean, kept = average_down(grey, known, TEXTURE_CELL)
    square, _ = average_down(grey.square(), known, TEXTURE_CELL)
    deviation = ((square - mean.square()).clamp(min=0) + EPSILON).sqrt().log()
    _, contrast = masked_moments(mean, kept)
    return [_soft_histogram(deviation, kept, ROUGHNESS), contrast.log()]


def _soft_histogram(values: Tensor, known: Tensor, centres: tuple[float, ...]) -> Tensor:
    """Shares of the known pixels by bin; a value between two centres counts to both, by distance (so shares change
    smoothly), one beyond the ends to the last."""
    held = values.clamp(min=centres[0], max=centres[-1])
    width = centres[1] - centres[0]
    bins = [(1 - (held - centre).abs() / width).clamp(min=0) for centre in centres]
    return masked_mean(torch.cat(bins, dim=1), known)
