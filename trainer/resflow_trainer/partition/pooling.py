"""Pooling that leaves out what carries no data."""

import torch
from torch import Tensor
from torch.nn import functional

EPSILON = 1e-6


def known_pixels(image: Tensor) -> Tensor:
    """image (n, bands, h, w) normalised -> (n, 1, h, w), 1 where there is data. Inputs are 0 in all bands where there
    is none; a pixel that has data is exactly its scene's mean in all bands so rarely that it does not matter."""
    return (image.abs().amax(dim=1, keepdim=True) > 0).to(image.dtype)


def average_down(image: Tensor, known: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """Means over factor x factor known pixels; a cell counts as known from a half on, others become 0."""
    share = functional.avg_pool2d(known, factor)
    kept = (share >= 0.5).to(image.dtype)
    mean = functional.avg_pool2d(image * known, factor) / share.clamp(min=EPSILON)
    return mean * kept, kept


def masked_mean(values: Tensor, known: Tensor) -> Tensor:
    """(n, c, h, w) and (n, 1, h, w) -> (n, c); 0 where nothing is known."""
    return (values * known).sum(dim=(2, 3)) / known.sum(dim=(2, 3)).clamp(min=1.0)


def masked_moments(values: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation over known pixels, each (n, c)."""
    mean = masked_mean(values, known)
    variance = masked_mean((values - mean[:, :, None, None]).square(), known)
    return mean, (variance + EPSILON).sqrt()


def unit_length(vectors: Tensor) -> Tensor:
    """Rows of length 1; a row of zeros stays."""
    length: Tensor = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
    return vectors / length.clamp(min=EPSILON)
