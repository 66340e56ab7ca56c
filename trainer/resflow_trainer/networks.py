"""The networks that a spec can name."""

from resflow_trainer.unet import UNet, UNetPlan

PAPER_UNET = UNetPlan(
    encoder=((64, 64), (128, 128), (256, 256), (512, 512), (512, 512)),
    decoder=((256, 256), (128, 128), (64, 64), (64, 64)),
)
"""The U-Net of Lunga et al. (arXiv:1908.04383), whose text gives 13,395,329 parameters: five levels from width 64, the
deepest halved from 1024 to 512 as up-sampling is bilinear, batch norm and convolution biases; 3 bands in, 1 output."""

SMALL_UNET = UNetPlan(
    encoder=((16, 16), (32, 32), (64, 64), (128, 128), (256, 256)),
    decoder=((128,), (64,), (32,), (16,)),
    reduce=True,
)
"""For CPUs: widths are multiples of 16 (a full AVX-512 vector), and the decoder has one convolution a level on reduced
features."""

SMALL_UNET_HALF = UNetPlan(
    encoder=((8, 8), (16, 16), (32, 32), (64, 64), (128, 128)), decoder=((64,), (32,), (16,), (8,)), reduce=True
)
"""Half the widths of the small U-Net: a quarter of its parameters and of its arithmetic."""

SMALL_UNET_QUARTER = UNetPlan(
    encoder=((4, 4), (8, 8), (16, 16), (32, 32), (64, 64)), decoder=((32,), (16,), (8,), (4,)), reduce=True
)
"""A quarter of the widths: a sixteenth of the arithmetic, but for the first layer."""

TINY_UNET = UNetPlan(encoder=((8,), (16,), (32,)), decoder=((16,), (8,)), reduce=True)
"""For tests and demonstrations: trains in seconds."""

NETWORKS: dict[str, UNetPlan] = {
    "small-unet": SMALL_UNET,
    "small-unet-half": SMALL_UNET_HALF,
    "small-unet-quarter": SMALL_UNET_QUARTER,
    "paper-unet": PAPER_UNET,
    "tiny-unet": TINY_UNET,
}


def build_network(name: str, *, bands: int, outputs: int) -> UNet:
    """A network with fresh weights, drawn from PyTorch's global generator."""
    return UNet(NETWORKS[name], bands=bands, outputs=outputs)


def count_parameters(network: UNet) -> int:
    return sum(p.numel() for p in network.parameters())
