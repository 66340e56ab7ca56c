"""Sizes and receptive fields."""

import pytest
import torch
from torch import nn

from resflow_trainer.arithmetic import gmac_at_512
from resflow_trainer.networks import NETWORKS, build_network, count_parameters
from resflow_trainer.receptive_field import theoretical_radius
from resflow_trainer.unet import UNet, UNetPlan


def test_the_papers_network_has_the_papers_parameters() -> None:
    assert count_parameters(build_network("paper-unet", bands=3, outputs=1)) == 13_395_329


def test_the_small_network_suits_cpus() -> None:
    plan = NETWORKS["small-unet"]
    assert 1_000_000 <= count_parameters(build_network("small-unet", bands=3, outputs=1)) <= 2_000_000
    assert all(width % 16 == 0 for widths in (*plan.encoder, *plan.decoder) for width in widths)


def test_arithmetic_of_a_network_that_can_be_counted_by_hand() -> None:
    plan = UNetPlan(encoder=((4,), (8,)), decoder=((4,),))
    per_pixel = 3 * 4 * 9 + 4 * 8 * 9 / 4 + 12 * 4 * 9 + 4
    assert gmac_at_512(UNet(plan, bands=3, outputs=1), bands=3) == pytest.approx(per_pixel * 512**2 / 1e9, abs=1e-3)


def _made_transparent(network: UNet) -> UNet:
    """All weights positive, no offsets: a large impulse then reaches every output that can see it."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.constant_(module.weight, 1.0 / module.weight[0].numel())
            assert module.bias is not None
            nn.init.zeros_(module.bias)
    return network.double().eval()


@pytest.mark.parametrize("name", ["tiny-unet", "small-unet"])
def test_theoretical_receptive_field_equals_what_impulses_reach(name: str) -> None:
    torch.manual_seed(1)
    network = _made_transparent(build_network(name, bands=1, outputs=1))
    multiple = network.plan.multiple
    side = (2 * theoretical_radius(network.plan) // multiple + 4) * multiple
    reached = 0
    for phase in range(multiple):
        position = side // 2 // multiple * multiple + phase
        image = torch.zeros(1, 1, multiple, side, dtype=torch.float64)
        image[..., position] = 1.0
        with torch.no_grad():
            columns = network(image)[0, 0].abs().amax(dim=0).nonzero().ravel()
        reached = max(reached, int((columns - position).abs().max()))
    assert reached == theoretical_radius(network.plan)


def test_a_tile_with_the_whole_receptive_field_equals_the_whole_image() -> None:
    torch.manual_seed(2)
    network = build_network("tiny-unet", bands=3, outputs=1).eval()
    halo = -(-theoretical_radius(network.plan) // 4) * 4
    image = torch.randn(1, 3, 160, 192)
    with torch.no_grad():
        whole = network(image)
        tile = network(image[:, :, 60 - halo : 100 + halo, 40 - halo : 120 + halo].contiguous())
    core = tile[:, :, halo:-halo, halo:-halo]
    assert torch.allclose(core, whole[:, :, 60:100, 40:120], atol=1e-5)
    assert not torch.allclose(tile[:, :, :8], whole[:, :, 60 - halo : 68 - halo, 40 - halo : 120 + halo], atol=1e-5)
