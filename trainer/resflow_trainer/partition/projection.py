"""Linear layers behind a module that computes features."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from resflow_trainer.partition.pooling import unit_length

LEAST_DEVIATION = 1e-3
"""A feature that varies less over the archive is a constant, and left out."""

LARGEST = 4.0
"""Standardised features are clipped at so many deviations, so that one odd value does not rule a vector's direction."""


class Projected(nn.Module):
    """image -> features -> standardised, clipped -> content of length 1, then looks; statistics and matrices are
    constants. Content is what chips are grouped by; looks are what tells a scene that is like no other."""

    def __init__(self, features: nn.Module, *, mean: Tensor, scale: Tensor, content: Tensor, looks: Tensor) -> None:
        """mean, scale (features); content, looks (features, dims)."""
        super().__init__()
        self.features = features
        self.mean, self.scale, self.content, self.looks = (
            nn.Parameter(tensor.float(), requires_grad=False) for tensor in (mean, scale, content, looks)
        )

    def forward(self, image: Tensor) -> Tensor:
        standard = ((self.features(image) - self.mean) * self.scale).clamp(min=-LARGEST, max=LARGEST)
        return torch.cat([unit_length(standard @ self.content), standard @ self.looks], dim=1)


def standardising(values: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    """Mean and 1 / deviation of each column; 0 in place of the latter for constant ones."""
    mean, deviation = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
    varies = deviation > LEAST_DEVIATION
    scale = np.where(varies, 1 / np.maximum(deviation, LEAST_DEVIATION), 0.0)
    return torch.from_numpy(mean), torch.from_numpy(scale)


def standardised(values: NDArray[np.float32], mean: Tensor, scale: Tensor) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.clip((values - mean.numpy()) * scale.numpy(), -LARGEST, LARGEST)
    return result


def within_share(values: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each column the share of its variance that is inside groups (scenes), 0..1. What mostly differs from scene to
    scene says more about sensor and season than about the ground. Groups of one row say nothing and are left out."""
    inside, total = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    counted = np.concatenate([rows for rows in _rows(group) if len(rows) > 1] or [np.zeros(0, np.int64)])
    if len(counted) == 0:
        return np.ones(values.shape[1])
    total = values[counted].var(axis=0)
    for rows in _rows(group):
        if len(rows) > 1:
            inside += values[rows].var(axis=0) * len(rows) / len(counted)
    return np.where(total > 0, inside / np.maximum(total, 1e-12), 1.0)


def _rows(group: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [np.flatnonzero(group == value) for value in np.unique(group)]
