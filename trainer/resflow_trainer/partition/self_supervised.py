"""Training the chip encoder on chips without labels."""

import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from resflow_trainer.compute import bfloat16_pays
from resflow_trainer.events import Events
from resflow_trainer.partition.chip_encoder import LEAST_SIDE, REDUCTION, ChipTrunk, Expander, reduce
from resflow_trainer.partition.chip_set import ChipSet, IntArray
from resflow_trainer.partition.pooling import known_pixels
from resflow_trainer.partition.vicreg import Terms, vicreg
from resflow_trainer.partition.views import View, make_view
from resflow_trainer.schedule import Progress, is_over, learning_rate, share_done
from resflow_trainer.spec import Budget, Normalisation, Optimiser
from resflow_trainer.train import Stop

BATCH = 64

SCENE_POWER = 0.5
"""A scene is drawn with weight (its chips) ** this."""

MOST_CHIPS = 4096
"""Kept in memory: 100 kB each, for three bands of 256 pixels."""

VIEW_SHARE = 0.75
"""Side of a view over side of the chip: cheaper, and leaves room to shift and turn."""

OPTIMISER = Optimiser(learning_rate=1e-3, weight_decay=1e-4, warmup_steps=20)


@dataclass(frozen=True, kw_only=True)
class Trained:
    trunk: ChipTrunk
    steps: int
    seconds: float
    terms: dict[str, float]
    """The last step's loss terms."""


class SelfSupervised:
    """One training; every batch follows from (seed, step), so with a budget in steps it repeats bit for bit."""

    def __init__(self, chip_set: ChipSet, *, rule: Normalisation, budget: Budget, seed: int, events: Events) -> None:
        if chip_set.count < 2:
            raise ValueError("The chip set holds one chip; kind self-supervised learns to tell chips apart: add chips")
        self._budget, self._seed, self._events = budget, seed, events
        if chip_set.chip_pixels < LEAST_SIDE:
            raise ValueError(f"Chips of {chip_set.chip_pixels} pixels; kind self-supervised needs {LEAST_SIDE}")
        self._side = max(LEAST_SIDE // REDUCTION, int(chip_set.chip_pixels / REDUCTION * VIEW_SHARE) // 8 * 8)
        self._trunk, self._expander = ChipTrunk(len(chip_set.bands)), Expander()
        indices = chip_set.sample(MOST_CHIPS, seed=seed)
        self._reduced, self._weights = _reduced(chip_set, indices, rule), _weights(chip_set.scene[indices])
        self._bfloat16 = bfloat16_pays(torch.device("cpu"))
        parameters = [*self._trunk.parameters(), *self._expander.parameters()]
        self._optimiser = torch.optim.AdamW(parameters, weight_decay=OPTIMISER.weight_decay)

    def run(self, stop: Stop) -> Trained | None:
        """None where it was asked to stop."""
        start, step = time.monotonic(), 0
        terms: dict[str, float] = {}
        self._trunk.train()
        while True:
            progress = Progress(step=step, seconds=time.monotonic() - start)
            if is_over(self._budget, progress):
                return Trained(trunk=self._trunk, steps=step, seconds=progress.seconds, terms=terms)
            if stop.asked:
                return None
            terms = _as_numbers(self._step(step, learning_rate(OPTIMISER, self._budget, progress)))
            step += 1
            if self._events.step_due():
                self._report(terms, Progress(step=step, seconds=time.monotonic() - start))

    def _step(self, step: int, rate: float) -> Terms:
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        rng = np.random.default_rng([self._seed, step])
        chips = rng.choice(len(self._reduced), min(BATCH, len(self._reduced)), replace=False, p=self._weights)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        reduced = torch.from_numpy(self._reduced[chips].astype(np.float32))
        known = known_pixels(reduced)
        first, second = (make_view(reduced, known, side=self._side, generator=generator) for _ in range(2))
        terms = vicreg(self._expanded(first), self._expanded(second))
        if not math.isfinite(float(terms.total.detach())):
            raise ValueError(f"The loss is {float(terms.total.detach())} at step {step}: check the chips' values")
        self._optimiser.zero_grad(set_to_none=True)
        terms.total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._trunk.parameters(), 10.0)
        self._optimiser.step()
        return terms

    def _expanded(self, view: View) -> torch.Tensor:
        image = view.image.to(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._bfloat16):
            embedding = self._trunk(image, view.known)
        expanded: torch.Tensor = self._expander(embedding.float())
        return expanded

    def _report(self, terms: dict[str, float], progress: Progress) -> None:
        share = share_done(self._budget, progress)
        self._events.emit(
            "step",
            step=progress.step,
            steps=self._budget.max_steps,
            seconds=round(progress.seconds, 3),
            share=round(share, 5),
            eta=round(progress.seconds * (1 - share) / share, 1) if share > 0 else None,
            **terms,
        )


def _as_numbers(terms: Terms) -> dict[str, float]:
    return {
        "loss": float(terms.total.detach()),
        "invariance": float(terms.invariance.detach()),
        "variance": float(terms.variance.detach()),
        "covariance": float(terms.covariance.detach()),
    }


def _reduced(chip_set: ChipSet, indices: IntArray, rule: Normalisation) -> NDArray[np.float16]:
    """The chips that are trained on, averaged down, in memory. Reading, normalising and averaging a chip costs as much
    as learning from it, and each is seen many times."""
    return np.concatenate(
        [reduce(torch.from_numpy(batch))[0].half().numpy() for batch in chip_set.batches(indices, rule)]
    )


def _weights(scene: IntArray) -> NDArray[np.float64]:
    """Of chips, for drawing."""
    chips = np.bincount(scene).astype(np.float64)[scene]
    weights: NDArray[np.float64] = chips ** (SCENE_POWER - 1.0)
    shares: NDArray[np.float64] = weights / float(weights.sum())
    return shares
