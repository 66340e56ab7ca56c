"""Networks made ready for inference."""

import copy
from typing import TypeVar

from torch import nn
from torch.nn.utils import fuse_conv_bn_eval

from resflow_trainer.unet import ConvBlock

Network = TypeVar("Network", bound=nn.Module)


def folded(network: Network) -> Network:
    """A copy, in float32 on the CPU, whose ConvBlocks have their batch norms folded into the convolutions."""
    copied = copy.deepcopy(network).cpu().float().eval()
    for module in copied.modules():
        if isinstance(module, ConvBlock):
            _fold_block(module)
    return copied


def _fold_block(block: ConvBlock) -> None:
    for index in range(0, len(block), 3):
        convolution, norm = block[index], block[index + 1]
        assert isinstance(convolution, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        block[index] = fuse_conv_bn_eval(convolution, norm)
        block[index + 1] = nn.Identity()
