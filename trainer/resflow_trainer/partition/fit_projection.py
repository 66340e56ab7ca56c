"""Fitting the linear layers behind features."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from resflow_trainer.partition.chip_set import ChipSet, IntArray
from resflow_trainer.partition.embed import embed
from resflow_trainer.partition.projection import Projected, standardised, standardising, within_share
from resflow_trainer.spec import Normalisation

Matrix = NDArray[np.float64]

SAMPLE = 4096
"""Chips that the fit looks at."""

LARGEST_DIMS = 64

KEPT_VARIANCE = 0.8
"""Share of the features' variance that the principal components kept hold. The many small ones behind them told scenes
apart, and not content: with them, twice as many of a chip's nearest neighbours were of its own scene."""

WITHIN_POWER = 0.25
"""Standardised features are multiplied by their share of variance inside scenes to this power."""

SHRINKAGE = 0.03
"""Of the mean variance, added to each feature's before whitening: few chips leave some directions without any."""


def fit_projection(features: nn.Module, chip_set: ChipSet, *, rule: Normalisation, seed: int) -> Projected:
    """Standardises features by the set's own statistics, and turns them two ways.

    Content: principal components, features that tell sensors weighing less. Looks: features whitened by how the chips
    of one scene differ, so that what hardly varies within a scene counts most.
    """
    indices = chip_set.sample(SAMPLE, seed=seed)
    values, scene = embed(features, chip_set, indices, rule), chip_set.scene[indices]
    mean, scale = standardising(values)
    standard = standardised(values, mean, scale)
    content, looks = content_matrix(standard, scene), looks_matrix(standard, scene)
    return Projected(features, mean=mean, scale=scale, content=torch.from_numpy(content), looks=torch.from_numpy(looks))


def content_matrix(standard: Matrix, scene: IntArray) -> Matrix:
    """(features, dims): the components that hold KEPT_VARIANCE."""
    weight = within_share(standard, scene) ** WITHIN_POWER
    eigenvalues, axes = _components(np.atleast_2d(np.cov((standard * weight).T, bias=True)))
    shares = np.cumsum(eigenvalues) / max(float(eigenvalues.sum()), 1e-12)
    dims = min(LARGEST_DIMS, len(eigenvalues), 1 + int(np.searchsorted(shares, KEPT_VARIANCE)))
    return weight[:, None] * axes[:, :dims]


def looks_matrix(standard: Matrix, scene: IntArray) -> Matrix:
    """(features, dims), at most LARGEST_DIMS: those that vary most after whitening."""
    centred = standard - standard.mean(axis=0)
    inside = np.concatenate([rows - rows.mean(axis=0) for rows in _scenes(standard, scene)] or [centred])
    within = inside.T @ inside / len(inside)
    eigenvalues, axes = _components(within + SHRINKAGE * np.trace(within) / len(within) * np.eye(len(within)))
    whitening = axes / np.sqrt(np.maximum(eigenvalues, 1e-12))
    _, turned = _components(np.atleast_2d(np.cov((centred @ whitening).T, bias=True)))
    return whitening @ turned[:, :LARGEST_DIMS]


def _scenes(standard: Matrix, scene: IntArray) -> list[Matrix]:
    """The rows of each scene, but for those of one chip: they say nothing of differences within."""
    return [standard[scene == value] for value in np.unique(scene) if (scene == value).sum() > 1]


def _components(covariance: Matrix) -> tuple[Matrix, Matrix]:
    """Eigenvalues, the largest first, and the axes in columns."""
    eigenvalues, axes = np.linalg.eigh(covariance)
    order = np.argsort(-eigenvalues)
    return eigenvalues[order], _signed(axes[:, order])


def _signed(axes: Matrix) -> Matrix:
    """An axis's sign is arbitrary: its largest component becomes positive, so that equal data give equal vectors."""
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    signed: Matrix = axes * np.where(largest < 0, -1.0, 1.0)
    return signed
