"""What the network's channels mean, and the class ids they stand for."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from resflow_trainer.training_set import NO_CLASS, TrainingSet

IGNORED = -1
"""Target of pixels that carry no statement."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """`sigmoid`: one channel, the single class against background. `softmax`: one channel per class, background first
    where there is one. `names` are by target index: for sigmoid [background, class], for softmax by channel."""

    activation: str
    channels: int
    names: tuple[str, ...]
    background: bool

    @property
    def first_class(self) -> int:
        """Index of the first class that is not background."""
        return 1 if self.background else 0


def outputs_of(training_set: TrainingSet) -> Outputs:
    names = tuple(record.name for record in training_set.classes)
    if training_set.background and len(names) == 1:
        return Outputs(activation="sigmoid", channels=1, names=("background", *names), background=True)
    if training_set.background:
        names = ("background", *names)
    if len(names) < 2:
        raise ValueError("One class without background leaves nothing to decide: add a class, or background")
    return Outputs(activation="softmax", channels=len(names), names=names, background=training_set.background)


def label_table(training_set: TrainingSet) -> NDArray[np.int64]:
    """Label byte -> target index; `IGNORED` for 255 and for ids that no class has."""
    table = np.full(256, IGNORED, dtype=np.int64)
    if training_set.background:
        table[0] = 0
    first = 1 if training_set.background else 0
    for index, record in enumerate(training_set.classes, start=first):
        table[record.id] = index
    table[NO_CLASS] = IGNORED
    return table


def probabilities(logits: Tensor, *, outputs: Outputs, temperature: float = 1.0) -> Tensor:
    """logits (batch, channels, height, width) -> probabilities of the same shape, float32."""
    scaled = logits.float() / temperature
    return torch.sigmoid(scaled) if outputs.activation == "sigmoid" else torch.softmax(scaled, dim=1)


def decide(logits: NDArray[np.float32], *, outputs: Outputs, cut: float = 0.0) -> NDArray[np.int64]:
    """logits (channels, height, width) -> target indices (height, width). Of a sigmoid, logits above `cut` are the
    class; a softmax has no cut."""
    if outputs.activation == "sigmoid":
        above: NDArray[np.int64] = (logits[0] > cut).astype(np.int64)
        return above
    indices: NDArray[np.int64] = logits.argmax(axis=0)
    return indices
