"""Training on CUDA with its steps recorded once and played again.

Kernels of so small a network are over before Python has launched the next, so that a device waits for its process most
of the time. A CUDA graph launches a whole step at once. What is computed is what `Learner` computes, but that kernels
need not be deterministic; the loss is looked at once in a hundred steps.
"""

from collections.abc import Callable

import torch
from resflow_trainer.batches import Batch
from resflow_trainer.compute import Compute
from resflow_trainer.learner import Learner, LossRule
from resflow_trainer.spec import Spec
from resflow_trainer.specialists.conditional import set_bucket
from resflow_trainer.unet import UNet
from torch import Tensor

LOOKS_EVERY = 100
WARM_UPS = 3


class GraphLearner(Learner):
    """A `Learner` whose batches all have the shapes of its first one."""

    def __init__(self, network: UNet, *, spec: Spec, rule: LossRule, compute: Compute) -> None:
        super().__init__(network, spec=spec, rule=rule, compute=compute)
        self._rate, self._follows = (torch.zeros((), device=compute.device) for _ in range(2))
        groups = [{name: group[name] for name in ("params", "weight_decay")} for group in self.optimiser.param_groups]
        cuda = compute.device.type == "cuda"
        self.optimiser = torch.optim.AdamW(groups, lr=self._rate, fused=True, capturable=cuda)
        self._play: Callable[[], None] | None = None

    def step(self, batch: Batch, *, step: int, rate: float) -> float:
        if self._play is None:
            self._play = self._record(batch)
        self._take(batch)
        self._rate.fill_(rate)
        self._follows.fill_(1 - min(self._decay, (1 + step) / (10 + step)))
        self._play()
        if step % LOOKS_EVERY != LOOKS_EVERY - 1:
            return 0.0
        loss = float(self._last)
        if not loss < float("inf"):
            raise ValueError(f"The loss is {loss} at step {step}")
        return loss

    def _take(self, batch: Batch) -> None:
        self._image.copy_(batch.image)
        self._target.copy_(batch.target)
        self._data.copy_(batch.data)
        if self._bucket is not None and batch.bucket is not None:
            self._bucket.copy_(batch.bucket)

    def _record(self, batch: Batch) -> Callable[[], None]:
        device = self._compute.device
        self._image = self._compute.image(batch.image).clone(memory_format=torch.channels_last)
        self._target, self._data = batch.target.to(device).clone(), batch.data.to(device).clone()
        self._bucket = None if batch.bucket is None else batch.bucket.to(device).clone()
        self._last = torch.zeros((), device=device)
        self._prepare()
        set_bucket(self.network, self._bucket)
        if device.type != "cuda":
            return self._body
        before = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UPS):
                self._body()
        torch.cuda.current_stream().wait_stream(side)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            self._body()
        # The warm-ups moved statistics and moments, at a rate of 0 no weights.
        self.network.load_state_dict(before)
        moments: list[Tensor] = [tensor for state in self.optimiser.state.values() for tensor in state.values()]
        torch._foreach_zero_(moments)
        return graph.replay

    def _body(self) -> None:
        loss = self._loss(self._image, self._target, self._data)
        self._last.copy_(loss.detach())
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        with torch.no_grad():
            pairs = zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True)
            averaged, current = zip(*[pair for pair in pairs if pair[0].is_floating_point()], strict=True)
            moved = torch._foreach_sub(current, averaged)
            torch._foreach_mul_(moved, self._follows)
            torch._foreach_add_(averaged, moved)
