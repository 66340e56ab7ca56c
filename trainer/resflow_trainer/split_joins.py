"""Decoder blocks without concatenation, for the float32 network that runs on CPUs."""

import copy

from torch import Tensor, nn

from resflow_trainer.unet import UNet, UpBlock, up_sampled


class SplitUpBlock(nn.Module):
    """An `UpBlock` (batch norm folded) whose first convolution is applied to the skip connection and to the up-sampled
    features by themselves, and the two added: the same sums, in another order. ONNX Runtime adds the second while it
    computes the first. Measured on one core: 6 % (small-unet) and 8 % (paper-unet) less time, a third less memory."""

    def __init__(self, block: UpBlock, skip: int) -> None:
        super().__init__()
        first, *rest = block.convs
        assert isinstance(first, nn.Conv2d)
        self.reduce = block.reduce
        self.on_skip = _inputs_of(first, slice(None, skip), bias=True)
        self.on_raised = _inputs_of(first, slice(skip, None), bias=False)
        self.rest = nn.Sequential(*rest)

    def forward(self, coarse: Tensor, skip: Tensor) -> Tensor:
        joined: Tensor = self.rest(self.on_skip(skip) + self.on_raised(up_sampled(self.reduce(coarse))))
        return joined


def _inputs_of(convolution: nn.Conv2d, channels: slice, *, bias: bool) -> nn.Conv2d:
    """The part of a convolution that reads some of its input channels."""
    weight = convolution.weight.detach()[:, channels].contiguous()
    part = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], padding=weight.shape[2] // 2, bias=bias)
    part.weight = nn.Parameter(weight)
    if bias:
        part.bias = copy.deepcopy(convolution.bias)
    return part


def split_joins(network: UNet) -> UNet:
    """A copy of a network whose batch norms are folded, with a `SplitUpBlock` for each decoder block."""
    copied = copy.deepcopy(network)
    skips = [widths[-1] for widths in reversed(network.plan.encoder[:-1])]
    for index, skip in enumerate(skips):
        block = copied.decoder[index]
        assert isinstance(block, UpBlock)
        copied.decoder[index] = SplitUpBlock(block, skip)
    return copied.eval()
