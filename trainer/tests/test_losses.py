"""Only labelled pixels count."""

import pytest
import torch

from resflow_trainer.losses import segmentation_loss
from resflow_trainer.outputs import Outputs

SIGMOID = Outputs(activation="sigmoid", channels=1, names=("background", "building"), background=True)
SOFTMAX = Outputs(activation="softmax", channels=3, names=("background", "road", "water"), background=True)


@pytest.mark.parametrize("outputs", [SIGMOID, SOFTMAX])
@pytest.mark.parametrize("dice", [True, False])
def test_pixels_without_a_statement_have_no_influence(outputs: Outputs, dice: bool) -> None:
    torch.manual_seed(3)
    logits = torch.randn(2, outputs.channels, 16, 16, requires_grad=True)
    target = torch.randint(0, len(outputs.names), (2, 16, 16))
    target[:, :5] = -1
    loss = segmentation_loss(logits, target, outputs=outputs, dice=dice)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient[:, :, :5].abs().max() == 0
    assert gradient[:, :, 5:].abs().min() > 0
    other = torch.where((target < 0)[:, None], torch.tensor(50.0), logits.detach())
    assert segmentation_loss(other, target, outputs=outputs, dice=dice) == loss


@pytest.mark.parametrize("outputs", [SIGMOID, SOFTMAX])
def test_nothing_labelled_costs_nothing(outputs: Outputs) -> None:
    logits = torch.randn(1, outputs.channels, 8, 8, requires_grad=True)
    loss = segmentation_loss(logits, torch.full((1, 8, 8), -1), outputs=outputs, dice=True)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert loss == 0
    assert gradient.abs().max() == 0


def test_binary_loss_by_hand() -> None:
    logits = torch.tensor([[[[2.0, -1.0, 9.0]]]])
    target = torch.tensor([[[1, 0, -1]]])
    p = torch.sigmoid(torch.tensor([2.0, -1.0]))
    cross_entropy = -(p[0].log() + (1 - p[1]).log()) / 2
    dice = 1 - (2 * p[0] + 1) / (p.sum() + 1 + 1)
    assert segmentation_loss(logits, target, outputs=SIGMOID, dice=True).item() == pytest.approx(
        float(cross_entropy + dice), rel=1e-6
    )
