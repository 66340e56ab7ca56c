"""One network for all buckets, that differs between them in the scales and offsets of its batch norms only (after de
Vries et al. 2017, arXiv:1707.00683); folded, each bucket's is a plain network."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from resflow_trainer.unet import ConvBlock, UNet

SHARED = -1
"""In place of a bucket: the shared scales and offsets alone."""

OWN_WEIGHT, OWN_BIAS = ".own_weight", ".own_bias"

Weights = dict[str, Tensor]


class ConditionalNorm(nn.BatchNorm2d):
    """Batch norm whose scale and offset are the shared ones plus a bucket's own, which start at 0 and move with crops
    of the bucket only. Statistics are of all buckets together. `bucket` is set before each pass: (batch) indices,
    `SHARED` among them; None is `SHARED` for all, which is how a training validates."""

    def __init__(self, norm: nn.BatchNorm2d, *, buckets: int) -> None:
        super().__init__(norm.num_features, eps=norm.eps, momentum=norm.momentum)
        self.load_state_dict(norm.state_dict())
        self.own_weight = nn.Parameter(torch.zeros(buckets, norm.num_features))
        self.own_bias = nn.Parameter(torch.zeros(buckets, norm.num_features))
        self.bucket: Tensor | None = None

    def forward(self, features: Tensor) -> Tensor:
        if self.bucket is None:
            return super().forward(features)
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        normal = functional.batch_norm(
            features, self.running_mean, self.running_var, None, None, self.training, self.momentum or 0.0, self.eps
        )
        scale = self.weight + _own(self.own_weight, self.bucket)
        offset = self.bias + _own(self.own_bias, self.bucket)
        scaled: Tensor = normal * scale[:, :, None, None].to(normal.dtype) + offset[:, :, None, None].to(normal.dtype)
        return scaled


def _own(table: Tensor, bucket: Tensor) -> Tensor:
    return torch.cat([table, torch.zeros_like(table[:1])])[bucket]


def make_conditional(network: UNet, *, buckets: int) -> UNet:
    """Gives every batch norm of a network a part for each bucket; computes what it did until these are trained."""
    for module in network.modules():
        if isinstance(module, ConvBlock):
            for index, layer in enumerate(module):
                if isinstance(layer, nn.BatchNorm2d):
                    module[index] = ConditionalNorm(layer, buckets=buckets)
    return network


def set_bucket(network: nn.Module, bucket: Tensor | None) -> None:
    for module in network.modules():
        if isinstance(module, ConditionalNorm):
            module.bucket = bucket


def fold_bucket(weights: Weights, bucket: int) -> Weights:
    """The weights of a plain network: those of one bucket, or of `SHARED`."""
    plain = {name: tensor for name, tensor in weights.items() if not name.endswith((OWN_WEIGHT, OWN_BIAS))}
    if bucket != SHARED:
        for name, own in weights.items():
            for ending, shared in ((OWN_WEIGHT, ".weight"), (OWN_BIAS, ".bias")):
                if name.endswith(ending):
                    target = name.removesuffix(ending) + shared
                    plain[target] = plain[target] + own[bucket]
    return plain
