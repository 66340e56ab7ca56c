"""The arithmetic of a network."""

import torch
from torch import Tensor, nn

from resflow_trainer.unet import UNet


def gmac_at_512(network: UNet, *, bands: int) -> float:
    """Multiply-accumulates of the convolutions for one image of 512 x 512 pixels, in units of 10 ** 9."""
    total = 0

    def count(module: nn.Module, _inputs: object, output: Tensor) -> None:
        nonlocal total
        assert isinstance(module, nn.Conv2d)
        per_output = module.in_channels // module.groups * module.kernel_size[0] * module.kernel_size[1]
        total += output.numel() * per_output

    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, nn.Conv2d)]
    side = 4 * network.plan.multiple
    with torch.no_grad():
        network(torch.zeros(1, bands, side, side))
    for hook in hooks:
        hook.remove()
    return round(total * (512 / side) ** 2 / 1e9, 3)
