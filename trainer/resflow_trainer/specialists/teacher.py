"""Learning from models that were trained before (Hinton et al. 2015, arXiv:1503.02531), pixel by pixel."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from resflow_trainer.outputs import Outputs, probabilities


class Teacher:
    """The mean of the calibrated probabilities of some models; they see the very images that the student sees."""

    def __init__(self, models: list[tuple[nn.Module, float]], *, outputs: Outputs, weight: float) -> None:
        """`models` with their temperatures, where and in which precision they are to run."""
        self._models = models
        self._outputs = outputs
        self.weight = weight

    @torch.no_grad()
    def __call__(self, image: Tensor) -> Tensor:
        """image (batch, bands, height, width) -> probabilities (batch, channels, height, width), float32."""
        several = [
            probabilities(network(image), outputs=self._outputs, temperature=temperature)
            for network, temperature in self._models
        ]
        return torch.stack(several).mean(dim=0)


def teaching_loss(logits: Tensor, wanted: Tensor, data: Tensor, *, outputs: Outputs) -> Tensor:
    """logits and wanted probabilities (batch, channels, height, width), data (batch, height, width) bool -> mean
    cross-entropy over pixels with data, less the teacher's own entropy: 0 where the student says the same."""
    logits = logits.float()
    if outputs.activation == "sigmoid":
        cross = functional.binary_cross_entropy_with_logits(logits[:, 0], wanted[:, 0], reduction="none")
        own = -(torch.xlogy(wanted, wanted) + torch.xlogy(1 - wanted, 1 - wanted))[:, 0]
    else:
        cross = -(wanted * torch.log_softmax(logits, dim=1)).sum(dim=1)
        own = -torch.xlogy(wanted, wanted).sum(dim=1)
    return ((cross - own) * data).sum() / data.sum().clamp(min=1)
