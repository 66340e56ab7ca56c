"""From logits to honest probabilities and decisions, by validation places.

Temperature scaling (Guo et al. 2017, arXiv:1706.04599), then the threshold of a sigmoid: Dice and crops centred on
objects teach a network to find too much rather than too little, and only places it has not seen show by how much.
"""

import math

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.evaluate import EvaluationTask, Predictor, core_logits, nll
from resflow_trainer.normalisation import FloatArray

SAMPLE_PIXELS = 400_000

LIMITS = (0.25, 8.0)

THRESHOLDS = tuple(round(0.2 + 0.01 * i, 2) for i in range(61))
"""Of a sigmoid's calibrated probability."""

GOLDEN = (math.sqrt(5) - 1) / 2


def fit_temperature(task: EvaluationTask, predict: Predictor) -> float:
    """The divisor of logits that makes the labels likeliest, over a fixed sample of labelled pixels; 1 if none."""
    logits, target = _sample(task, predict)
    if not target.size:
        return 1.0

    def cost(log_temperature: float) -> float:
        scaled = (logits / np.float32(math.exp(log_temperature)))[:, None, :]
        return float(nll(scaled, outputs=task.outputs, target=target[None, :]).mean())

    low, high = (math.log(limit) for limit in LIMITS)
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    left_cost, right_cost = cost(left), cost(right)
    while high - low > 1e-3:
        if left_cost < right_cost:
            high, right, right_cost = right, left, left_cost
            left = high - GOLDEN * (high - low)
            left_cost = cost(left)
        else:
            low, left, left_cost = left, right, right_cost
            right = low + GOLDEN * (high - low)
            right_cost = cost(right)
    return round(math.exp((low + high) / 2), 4)


def cut_of(threshold: float, *, temperature: float) -> float:
    """The logit at which the calibrated probability is `threshold`."""
    return temperature * math.log(threshold / (1 - threshold))


def fit_threshold(task: EvaluationTask, predict: Predictor, *, temperature: float) -> float:
    """The threshold with the best mean IoU over places (of means over their scenes); among equals the one nearest to
    0.5, which it also is for a softmax, or where no class is labelled."""
    if task.outputs.activation != "sigmoid":
        return 0.5
    cuts = [cut_of(threshold, temperature=temperature) for threshold in THRESHOLDS]
    edges = np.array([-np.inf, *cuts, np.inf])
    counts: dict[tuple[str, str], NDArray[np.int64]] = {}
    for tile, logits, target in core_logits(task, predict):
        key = (tile.scene.place, tile.scene.id)
        pairs = [np.histogram(logits[0][target == label], edges)[0] for label in (0, 1)]
        counts[key] = counts.get(key, np.zeros((2, len(cuts) + 1), np.int64)) + np.stack(pairs)
    by_place: dict[str, list[NDArray[np.float64]]] = {}
    for (place, _), count in counts.items():
        false_hits, hits = (side[::-1].cumsum()[::-1][1:] for side in count)
        if count[1].sum():
            by_place.setdefault(place, []).append(hits / (count[1].sum() + false_hits))
    if not by_place:
        return 0.5
    iou = np.mean([np.mean(scenes, axis=0) for scenes in by_place.values()], axis=0)
    best = np.flatnonzero(iou >= iou.max() - 1e-9)
    return min((THRESHOLDS[int(i)] for i in best), key=lambda threshold: abs(threshold - 0.5))


def _sample(task: EvaluationTask, predict: Predictor) -> tuple[FloatArray, NDArray[np.int64]]:
    """logits (channels, pixels) and targets (pixels): an even share of every tile's labelled pixels."""
    total = sum(tile.pixels for tile in task.tiles)
    stride = max(1, total // SAMPLE_PIXELS)
    logits, targets = [np.zeros((task.outputs.channels, 0), np.float32)], [np.zeros(0, np.int64)]
    for _, tile_logits, target in core_logits(task, predict):
        chosen = np.flatnonzero(target.ravel() >= 0)[::stride]
        logits.append(tile_logits.reshape(len(tile_logits), -1)[:, chosen])
        targets.append(target.ravel()[chosen])
    return np.concatenate(logits, axis=1), np.concatenate(targets)
