"""VICReg (Bardes et al. 2022, arXiv:2105.04906): views of one chip agree, dimensions vary and do not repeat."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

INVARIANCE, VARIANCE, COVARIANCE = 25.0, 25.0, 1.0
"""The paper's weights."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    invariance: Tensor
    variance: Tensor
    covariance: Tensor

    @property
    def total(self) -> Tensor:
        return INVARIANCE * self.invariance + VARIANCE * self.variance + COVARIANCE * self.covariance


def vicreg(first: Tensor, second: Tensor) -> Terms:
    """first, second (n, dims) of the two views.

    Asking for variance inside scenes only, so that telling scenes apart does not count, was tried: after 300 steps
    neighbours in other places agreed as little in built-up share as with this (docs/gallery.md).
    """
    terms = [_spread(view - view.mean(dim=0)) for view in (first, second)]
    return Terms(
        invariance=functional.mse_loss(first, second),
        variance=(terms[0][0] + terms[1][0]) / 2,
        covariance=(terms[0][1] + terms[1][1]) / 2,
    )


def _spread(centred: Tensor) -> tuple[Tensor, Tensor]:
    rows, dims = centred.shape
    covariance = centred.T @ centred / (rows - 1)
    deviation = (covariance.diagonal() + 1e-4).sqrt()
    others = covariance.square().sum() - covariance.diagonal().square().sum()
    return torch.relu(1 - deviation).mean(), others / dims
