"""The hash network and its loss: MHCLN (Roy et al. 2020), as RESFlow cites it."""

import torch
from torch import Tensor, nn

from resflow_trainer.partition.pooling import unit_length

MARGIN = 0.2
PUSH = 0.001
SLOPE = 0.2


class HashNetwork(nn.Sequential):
    """embedding (n, dims) -> activation (n, bits), 0..1; a bit of the code is activation > 0.5."""

    def __init__(self, *, dims: int, bits: int) -> None:
        super().__init__(
            nn.Linear(dims, 1024),
            nn.LeakyReLU(SLOPE),
            nn.Linear(1024, 512),
            nn.LeakyReLU(SLOPE),
            nn.Linear(512, bits),
            nn.Sigmoid(),
        )


def hash_loss(anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    """Activations (triplets, bits). The triplet term is on outputs of length 1; the push away from 0.5 and the balance
    between ones and zeros inside a code are on the outputs as they are, of all three."""
    a, p, n = (unit_length(output) for output in (anchor, positive, negative))
    closer, further = (a - p).square().sum(dim=1), (a - n).square().sum(dim=1)
    triplet = torch.relu(closer - further + MARGIN).mean()
    outputs = torch.cat([anchor, positive, negative])
    push = (outputs - 0.5).square().mean(dim=1).mean() * PUSH
    balance = (outputs.mean(dim=1) - 0.5).square().mean()
    return triplet - push + balance
