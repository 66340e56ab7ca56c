"""How far a training is, and the learning rate that follows."""

import math
from dataclasses import dataclass

from resflow_trainer.spec import Budget, Optimiser

EXPORT_SHARE = 0.1
EXPORT_SECONDS = 90.0
"""Of a budget in minutes, this share, at most so many seconds, is kept for the export."""

LAST_RATE = 0.01
"""The cosine ends at this share of the learning rate."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    step: int
    """Steps done."""
    seconds: float
    """Seconds of training done, those before a resume included."""


def training_seconds(budget: Budget) -> float | None:
    if budget.max_minutes is None:
        return None
    seconds = budget.max_minutes * 60
    return seconds - min(seconds * EXPORT_SHARE, EXPORT_SECONDS)


def share_done(budget: Budget, progress: Progress) -> float:
    """0..1: by steps where their number is given (so a run repeats exactly), else by time."""
    if budget.max_steps is not None:
        return min(1.0, progress.step / budget.max_steps)
    limit = training_seconds(budget)
    assert limit is not None
    return min(1.0, progress.seconds / limit)


def is_over(budget: Budget, progress: Progress) -> bool:
    limit = training_seconds(budget)
    by_steps = budget.max_steps is not None and progress.step >= budget.max_steps
    return by_steps or (limit is not None and progress.seconds >= limit)


def learning_rate(optimiser: Optimiser, budget: Budget, progress: Progress) -> float:
    """Linear warm-up over the first steps, then a cosine down to a hundredth (Loshchilov and Hutter, 1608.03983)."""
    warm = min(1.0, (progress.step + 1) / max(optimiser.warmup_steps, 1))
    cosine = (1 + math.cos(math.pi * share_done(budget, progress))) / 2
    return optimiser.learning_rate * warm * (LAST_RATE + (1 - LAST_RATE) * cosine)
