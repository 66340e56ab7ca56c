"""Temperature and threshold, on predictions whose faults are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resflow_trainer.calibration import THRESHOLDS, cut_of, fit_temperature, fit_threshold
from resflow_trainer.evaluate import EvaluationTask, evaluate
from resflow_trainer.normalisation import FloatArray
from resflow_trainer.outputs import label_table, outputs_of
from resflow_trainer.spec import Normalisation
from resflow_trainer.tiles import tiles_of
from resflow_trainer.training_set import read_training_set
from tests.synthetic import make_training_set


@pytest.fixture
def task(tmp_path: Path) -> EvaluationTask:
    training_set = read_training_set(make_training_set(tmp_path / "set", scenes=3))
    return EvaluationTask(
        tiles=tiles_of(training_set.train, max_megapixels=10),
        outputs=outputs_of(training_set),
        table=label_table(training_set),
        multiple=16,
        rule=Normalisation(kind="scene"),
    )


def brightness(image: FloatArray) -> FloatArray:
    """Buildings are bright: a classifier that needs a cut well above 0, since ground has logits around -0.5."""
    logits: FloatArray = image.mean(axis=1, keepdims=True) + np.float32(0.2)
    return logits


def test_threshold_is_the_best_for_the_mean_iou_over_places(task: EvaluationTask) -> None:
    temperature = fit_temperature(task, brightness)
    threshold = fit_threshold(task, brightness, temperature=temperature)
    iou = {t: evaluate(replace(task, cut=cut_of(t, temperature=temperature)), brightness).mean.iou for t in THRESHOLDS}
    assert iou[threshold] == pytest.approx(max(iou.values()), abs=1e-9)
    assert iou[threshold] > iou[0.5] + 0.02
    assert threshold > 0.5


def test_of_equal_thresholds_the_one_nearest_to_a_half_is_taken(task: EvaluationTask) -> None:
    def certain(image: FloatArray) -> FloatArray:
        return np.where(brightness(image) > 0.9, np.float32(20), np.float32(-20))

    assert fit_threshold(task, certain, temperature=1.0) == 0.5


def test_cut_is_where_the_calibrated_probability_is_the_threshold() -> None:
    cut = cut_of(0.7, temperature=2.5)
    assert 1 / (1 + np.exp(-cut / 2.5)) == pytest.approx(0.7)
