"""Evaluation of a network, or of an ONNX session, over tiles of whole scenes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.normalisation import FloatArray
from resflow_trainer.outputs import IGNORED, Outputs, decide
from resflow_trainer.scores import Confusion, Scores, confusion_of, mean_scores, scores_of
from resflow_trainer.spec import Normalisation
from resflow_trainer.tiles import Tile, read_tile

Predictor = Callable[[FloatArray], FloatArray]
"""image (batch, bands, height, width) -> logits (batch, channels, height, width)."""


@dataclass(frozen=True, kw_only=True)
class EvaluationTask:
    """What is evaluated, and how its pixels are to be read."""

    tiles: list[Tile]
    outputs: Outputs
    table: NDArray[np.int64]
    multiple: int
    rule: Normalisation
    cut: float = 0.0
    """Logit above which a sigmoid's pixel counts as the class."""
    counted: Callable[[Tile], NDArray[np.bool_]] | None = None
    """Which pixels of a tile count, (height, width); all where None."""

    def targets(self, tile: Tile) -> NDArray[np.int64]:
        """Target indices of a tile, (height, width)."""
        target = self.table[tile.labels]
        return target if self.counted is None else np.where(self.counted(tile), target, IGNORED)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """`mean` is over places, of means over their scenes: a large scene counts no more than a small one. `loss` is the
    cross-entropy over all labelled pixels. Scenes where no class is labelled nor predicted are left out."""

    mean: Scores
    by_place: dict[str, Scores]
    by_scene: dict[str, Scores]
    loss: float


def core_logits(task: EvaluationTask, predict: Predictor) -> Iterator[tuple[Tile, FloatArray, NDArray[np.int64]]]:
    """Each tile with its logits (channels, height, width) and targets (height, width)."""
    for tile in task.tiles:
        read = read_tile(tile, multiple=task.multiple, rule=task.rule)
        logits = predict(read.image)[0]
        yield tile, logits[:, read.core[0], read.core[1]], task.targets(tile)


def evaluate(
    task: EvaluationTask, predict: Predictor, *, on_tile: Callable[[int, int], None] | None = None
) -> Evaluation:
    confusions: dict[str, Confusion] = {}
    places: dict[str, str] = {}
    loss_sum, loss_pixels = 0.0, 0
    for number, (tile, logits, target) in enumerate(core_logits(task, predict), start=1):
        predicted = decide(logits, outputs=task.outputs, cut=task.cut)
        confusion = confusion_of(target, predicted, classes=len(task.outputs.names))
        name = tile.scene.id
        confusions[name] = confusions[name] + confusion if name in confusions else confusion
        places[name] = tile.scene.place
        labelled = target >= 0
        loss_sum += float(nll(logits, outputs=task.outputs, target=target)[labelled].sum())
        loss_pixels += int(labelled.sum())
        if on_tile is not None:
            on_tile(number, len(task.tiles))
    by_scene = {name: scores for name, c in confusions.items() if (scores := scores_of(c, outputs=task.outputs))}
    grouped: dict[str, list[Scores]] = {}
    for name, scores in by_scene.items():
        grouped.setdefault(places[name], []).append(scores)
    by_place = {place: mean_scores(several) for place, several in grouped.items()}
    mean = mean_scores(list(by_place.values()))
    return Evaluation(mean=mean, by_place=by_place, by_scene=by_scene, loss=loss_sum / max(loss_pixels, 1))


def nll(logits: FloatArray, *, outputs: Outputs, target: NDArray[np.int64]) -> NDArray[np.float64]:
    """Negative log-likelihood per pixel, (height, width), for logits (channels, height, width); 0 if not labelled."""
    wide = logits.astype(np.float64)
    if outputs.activation == "sigmoid":
        loss = np.logaddexp(0, np.where(target == 1, -wide[0], wide[0]))
    else:
        top = wide.max(axis=0)
        log_sum = top + np.log(np.exp(wide - top).sum(axis=0))
        loss = log_sum - np.take_along_axis(wide, np.maximum(target, 0)[None], axis=0)[0]
    return np.where(target < 0, 0.0, loss)
