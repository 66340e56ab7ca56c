"""Temperature scaling (Guo et al. 2017, arXiv:1706.04599): honest probabilities without changing any decision."""

import math

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.evaluate import EvaluationTask, Predictor, core_logits, nll
from resflow_trainer.normalisation import FloatArray

SAMPLE_PIXELS = 400_000

LIMITS = (0.25, 8.0)

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
