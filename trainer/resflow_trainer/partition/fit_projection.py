"""Fitting the linear layer behind features: what tells sensors counts less, what repeats itself counts once."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from resflow_trainer.partition.chip_set import ChipSet
from resflow_trainer.partition.embed import embed
from resflow_trainer.partition.projection import Projected, standardised, standardising, within_share
from resflow_trainer.spec import Normalisation

SAMPLE = 4096
"""Chips that the fit looks at."""

LARGEST_DIMS = 64

KEPT_VARIANCE = 0.8
"""Share of the features' variance that the principal components kept hold. The many small ones behind them told scenes
apart, and not content: with them, twice as many of a chip's nearest neighbours were of its own scene."""

WITHIN_POWER = 0.25
"""Standardised features are multiplied by their share of variance inside scenes to this power."""


def fit_projection(features: nn.Module, chip_set: ChipSet, *, rule: Normalisation, seed: int) -> Projected:
    """Standardises features by the set's own statistics, weighs them, and turns them onto principal components."""
    indices = chip_set.sample(SAMPLE, seed=seed)
    values = embed(features, chip_set, indices, rule)
    mean, scale = standardising(values)
    standard = standardised(values, mean, scale)
    weight = within_share(standard, chip_set.scene[indices]) ** WITHIN_POWER
    covariance = np.atleast_2d(np.cov((standard * weight).T, bias=True))
    eigenvalues, vectors = np.linalg.eigh(covariance)
    order = np.argsort(-eigenvalues)
    shares = np.cumsum(eigenvalues[order]) / max(float(eigenvalues.sum()), 1e-12)
    dims = min(LARGEST_DIMS, len(order), 1 + int(np.searchsorted(shares, KEPT_VARIANCE)))
    axes = _signed(vectors[:, order[:dims]])
    return Projected(features, mean=mean, scale=scale, matrix=torch.from_numpy(weight[:, None] * axes))


def _signed(
    axes: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """An axis's sign is arbitrary: its largest component becomes positive, so that equal data give equal vectors."""
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    signed: NDArray[np.float64] = axes * np.where(largest < 0, -1.0, 1.0)
    return signed
