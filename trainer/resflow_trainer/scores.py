"""Scores from confusion matrices, over labelled pixels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.outputs import IGNORED, Outputs

Confusion = NDArray[np.int64]
"""(label, prediction) -> pixels, by target index."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Means over classes without background; shares 0..1. `per_class` is the IoU by class name."""

    iou: float
    f1: float
    precision: float
    recall: float
    per_class: dict[str, float]
    pixels: int

    def as_json(self) -> dict[str, Any]:
        """As the model card wants it."""
        return {
            "iou": self.iou,
            "f1": self.f1,
            "precision": self.precision,
            "recall": self.recall,
            "perClass": self.per_class,
            "pixels": self.pixels,
        }


def confusion_of(target: NDArray[np.int64], predicted: NDArray[np.int64], *, classes: int) -> Confusion:
    labelled = target != IGNORED
    index = target[labelled] * classes + predicted[labelled]
    return np.bincount(index, minlength=classes * classes).reshape(classes, classes)


def scores_of(confusion: Confusion, *, outputs: Outputs) -> Scores | None:
    """None where no class is labelled nor predicted: nothing can be said there."""
    per_class: dict[str, float] = {}
    rows: list[tuple[float, float, float, float]] = []
    for index in range(outputs.first_class, len(outputs.names)):
        hit = int(confusion[index, index])
        labelled, predicted = int(confusion[index].sum()), int(confusion[:, index].sum())
        if labelled + predicted == 0:
            continue
        iou = hit / (labelled + predicted - hit)
        per_class[outputs.names[index]] = iou
        rows.append((iou, 2 * hit / (labelled + predicted), hit / max(predicted, 1), hit / max(labelled, 1)))
    if not rows:
        return None
    iou, f1, precision, recall = (float(value) for value in np.mean(rows, axis=0))
    pixels = int(confusion.sum())
    return Scores(iou=iou, f1=f1, precision=precision, recall=recall, per_class=per_class, pixels=pixels)


def mean_scores(several: list[Scores]) -> Scores:
    """Plain means; a class counts where it was seen. `pixels` is the sum."""
    names = sorted({name for scores in several for name in scores.per_class})
    seen = {name: [s.per_class[name] for s in several if name in s.per_class] for name in names}

    def mean(values: list[float]) -> float:
        return float(np.mean(values)) if values else 0.0

    return Scores(
        iou=mean([s.iou for s in several]),
        f1=mean([s.f1 for s in several]),
        precision=mean([s.precision for s in several]),
        recall=mean([s.recall for s in several]),
        per_class={name: mean(values) for name, values in seen.items()},
        pixels=sum(s.pixels for s in several),
    )
