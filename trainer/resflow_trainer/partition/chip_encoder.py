"""The small encoder that learns from chips without labels."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from resflow_trainer.partition.pooling import average_down, known_pixels, masked_mean
from resflow_trainer.unet import ConvBlock

DIMS = 64

WIDTHS = (16, 32, 64, 128, 192)

REDUCTION = 2
"""The image is averaged down by this inside the graph."""

LEAST_SIDE = REDUCTION * 2 * 2 ** (len(WIDTHS) - 1)
"""A smaller chip would be pooled to nothing."""


class ChipTrunk(nn.Module):
    """Reduced image (n, bands, side, side) and its known pixels -> (n, DIMS), length free.

    2 x 2 pixels become channels, then five levels of a 3 x 3 convolution with max pooling between. The two deepest
    levels are averaged over the known pixels, so that both texture and things count and their places do not.
    """

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.levels = nn.ModuleList()
        inputs = 4 * bands
        for width in WIDTHS:
            self.levels.append(ConvBlock(inputs, (width,)))
            inputs = width
        self.head = nn.Linear(sum(WIDTHS[-2:]), DIMS)

    def forward(self, reduced: Tensor, known: Tensor) -> Tensor:
        features, pooled = _unshuffled(reduced), []
        _, known = average_down(known, known, 2)
        for level, block in enumerate(self.levels):
            if level:
                features = self.pool(features)
                _, known = average_down(known, known, 2)
            features = block(features)
            pooled.append(masked_mean(features, known))
        embedding: Tensor = self.head(torch.cat(pooled[-2:], dim=1))
        return embedding


def _unshuffled(image: Tensor) -> Tensor:
    """(n, bands, h, w) -> (n, 4 bands, h / 2, w / 2). By slices, since PixelUnshuffle leaves the batch in the graph."""
    return torch.cat([image[..., row::2, column::2] for row in (0, 1) for column in (0, 1)], dim=1)


class ChipFeatures(nn.Module):
    """image (n, bands, side, side) normalised, no data 0 -> (n, DIMS), length free."""

    def __init__(self, trunk: ChipTrunk) -> None:
        super().__init__()
        self.trunk = trunk

    def forward(self, image: Tensor) -> Tensor:
        features: Tensor = self.trunk(*reduce(image))
        return features


def reduce(image: Tensor) -> tuple[Tensor, Tensor]:
    """The reduced image and its known pixels."""
    return average_down(image, known_pixels(image), REDUCTION)


class Expander(nn.Module):
    """(n, DIMS) -> (n, width): where the loss is taken. Thrown away after training (VICReg, section 4)."""

    def __init__(self, width: int = 256) -> None:
        super().__init__()
        self.first, self.norm = nn.Linear(DIMS, width), nn.BatchNorm1d(width)
        self.last = nn.Linear(width, width)

    def forward(self, embedding: Tensor) -> Tensor:
        expanded: Tensor = self.last(functional.relu(self.norm(self.first(embedding))))
        return expanded
