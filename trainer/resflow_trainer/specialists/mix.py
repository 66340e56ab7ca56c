"""Averages of weights (Wortsman et al. 2022, arXiv:2109.01903): between a model and what it was trained on to."""

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from resflow_trainer.calibration import cut_of, fit_threshold
from resflow_trainer.evaluate import EvaluationTask, Predictor, evaluate

Weights = dict[str, Tensor]


def averaged(start: Weights, trained: Weights, share: float) -> Weights:
    """`share` of the trained weights; integers (the batches that batch norm counted) are the trained ones'."""
    return {
        name: start[name] + share * (tensor - start[name]) if tensor.is_floating_point() else tensor
        for name, tensor in trained.items()
    }


def choose_mix(
    task: EvaluationTask, candidates: dict[float, Weights], predictor: Callable[[Weights], Predictor]
) -> tuple[float, dict[float, float]]:
    """The share whose weights have the best validation IoU, each at its own best threshold; ties go to the smaller
    share. Returns it with the IoU of all."""
    scores = {}
    for share, weights in sorted(candidates.items()):
        predict = predictor(weights)
        threshold = fit_threshold(task, predict, temperature=1.0)
        scores[share] = evaluate(replace(task, cut=cut_of(threshold, temperature=1.0)), predict).mean.iou
    return max(scores, key=lambda share: (scores[share], -share)), scores
