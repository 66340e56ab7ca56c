"""Comparing the variants of a network: speed, and how many pixels they see differently."""

import time

import numpy as np

from resflow_trainer.evaluate import EvaluationTask, Predictor
from resflow_trainer.normalisation import FloatArray
from resflow_trainer.outputs import decide
from resflow_trainer.tiles import read_tile

ROUNDS = 5


def milliseconds_per_megapixel(predictors: list[Predictor], image: FloatArray) -> list[float]:
    """Least time of each predictor on `image` (1, bands, height, width), in interleaved runs, so that what else the
    machine does hits all alike."""
    best = [float("inf")] * len(predictors)
    for predict in predictors:
        predict(image)
    for _ in range(ROUNDS):
        for index, predict in enumerate(predictors):
            start = time.perf_counter()
            predict(image)
            best[index] = min(best[index], time.perf_counter() - start)
    megapixels = image.shape[2] * image.shape[3] / 1e6
    return [round(seconds * 1e3 / megapixels, 2) for seconds in best]


def changed_share(task: EvaluationTask, first: Predictor, second: Predictor) -> float:
    """Share of valid pixels of the tiles' cores to which the two give different classes."""
    changed = pixels = 0
    for tile in task.tiles:
        read = read_tile(tile, multiple=task.multiple, rule=task.rule)
        a, b = (decide(p(read.image)[0], outputs=task.outputs, cut=task.cut)[read.core] for p in (first, second))
        window = (slice(tile.y, tile.y + tile.height), slice(tile.x, tile.x + tile.width))
        valid = tile.scene.valid[window] != 0
        changed += int(np.count_nonzero((a != b) & valid))
        pixels += int(np.count_nonzero(valid))
    return changed / max(pixels, 1)
