"""The network while it learns: weights, their average, the optimiser, and one step."""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from resflow_trainer.batches import Batch
from resflow_trainer.compute import Compute
from resflow_trainer.losses import segmentation_loss
from resflow_trainer.normalisation import FloatArray
from resflow_trainer.outputs import Outputs
from resflow_trainer.spec import Spec
from resflow_trainer.specialists.conditional import set_bucket
from resflow_trainer.specialists.teacher import Teacher, teaching_loss
from resflow_trainer.unet import UNet


@dataclass(frozen=True, kw_only=True)
class LossRule:
    outputs: Outputs
    dice: bool
    teacher: Teacher | None = None


class Learner:
    """Owns the mutable state of a training. `average` holds the exponential moving average of weights and of batch
    norm statistics; it is what is validated and exported."""

    def __init__(self, network: UNet, *, spec: Spec, rule: LossRule, compute: Compute) -> None:
        self.network = compute.place(network)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.rule = rule
        self._compute = compute
        self._decay = spec.ema
        self._frozen_norm = spec.recipe.frozen_norm
        self.optimiser = torch.optim.AdamW(_groups(self.network, spec.optimiser.weight_decay), fused=True)

    def step(self, batch: Batch, *, step: int, rate: float) -> float:
        """One optimiser step; returns the loss. Raises ValueError where the loss is not finite."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self._prepare()
        device = self._compute.device
        image, target = self._compute.image(batch.image), batch.target.to(device)
        set_bucket(self.network, None if batch.bucket is None else batch.bucket.to(device))
        loss = self._loss(image, target, batch.data.to(device))
        value = float(loss.detach())
        if not torch.isfinite(loss.detach()):
            raise ValueError(
                f"The loss is {value} at step {step}: lower optimiser.learningRate, or check the image values"
            )
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self._follow(min(self._decay, (1 + step) / (10 + step)))
        return value

    def _loss(self, image: Tensor, target: Tensor, data: Tensor) -> Tensor:
        """Shapes as in `Batch`, on the training's device -> the loss, a scalar."""
        with self._compute.autocast():
            logits = self.network(image)
        loss = segmentation_loss(logits, target, outputs=self.rule.outputs, dice=self.rule.dice)
        teacher = self.rule.teacher
        if teacher is not None:
            with self._compute.autocast():
                wanted = teacher(image)
            loss = loss + teacher.weight * teaching_loss(logits, wanted, data, outputs=self.rule.outputs)
        return loss

    def _prepare(self) -> None:
        """Training mode; frozen batch norms keep their statistics, and only their scales and offsets learn: statistics
        of a bucket's homogeneous batches would wreck what the network brought along."""
        self.network.train()
        if self._frozen_norm:
            for module in self.network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()

    @torch.no_grad()
    def _follow(self, decay: float) -> None:
        averaged = list(self.average.state_dict().values())
        current = list(self.network.state_dict().values())
        floats = [i for i, tensor in enumerate(averaged) if tensor.is_floating_point()]
        torch._foreach_lerp_([averaged[i] for i in floats], [current[i] for i in floats], 1 - decay)
        for old, new in zip(averaged, current, strict=True):
            if not old.is_floating_point():
                old.copy_(new)

    def predict(self, image: FloatArray) -> FloatArray:
        """Logits of the averaged network, in the training's precision."""
        with torch.no_grad(), self._compute.autocast():
            logits: Tensor = self.average(self._compute.image(torch.from_numpy(image)))
        result: FloatArray = logits.float().cpu().numpy()
        return result


def _groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Weight decay for convolution weights only, not for biases and batch norm."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
