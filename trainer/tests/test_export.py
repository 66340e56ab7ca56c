"""What a finished training leaves behind."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from resflow_trainer.networks import build_network
from resflow_trainer.onnx_export import check_parity
from resflow_trainer.run import run_training
from tests.conftest import Finished, Recorded
from tests.synthetic import make_spec, make_training_set


def _card(finished: Finished) -> Any:
    return json.loads((finished.output / "card.json").read_text())


def _metrics(finished: Finished) -> Any:
    return json.loads((finished.output / "metrics.json").read_text())


def test_it_learned(finished: Finished) -> None:
    scores = _card(finished)["scores"]["validation"]
    assert scores["iou"] > 0.6
    assert scores["pixels"] == 160 * 150 - 144
    losses = [event["loss"] for event in finished.events.of("validation")]
    assert len(losses) == 3
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("variant", ["float32", "int8"])
def test_models_take_any_batch_and_size(finished: Finished, variant: str) -> None:
    file = _card(finished)["variants"][variant]
    path = finished.output / file["file"]
    assert file["bytes"] == path.stat().st_size
    assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    session = onnxruntime.InferenceSession(str(path))
    for shape in ((1, 3, 64, 64), (3, 3, 32, 100)):
        (logits,) = session.run(["logits"], {"image": np.zeros(shape, np.float32)})
        assert logits.shape == (shape[0], 1, *shape[2:])


def test_int8_is_measured_and_quantised(finished: Finished) -> None:
    int8 = _card(finished)["variants"]["int8"]
    assert 0 < int8["changedShare"] < 0.05
    assert int8["cpuMsPerMegapixel"] > 0
    assert abs(int8["scores"]["iou"] - _card(finished)["variants"]["float32"]["scores"]["iou"]) < 0.05


def test_parity_holds_on_trained_weights(finished: Finished) -> None:
    parity = _metrics(finished)["parity"]
    assert parity["largestLogit"] > 1
    assert parity["largestDifference"] <= parity["tolerance"]


def test_parity_failure_is_an_error() -> None:
    network = build_network("tiny-unet", bands=3, outputs=1).eval()

    def wrong(image: Any) -> Any:
        with torch.no_grad():
            return network(torch.from_numpy(image)).numpy() + 0.01

    with pytest.raises(ValueError, match="disagree"):
        check_parity(network, wrong, [np.ones((1, 3, 16, 16), np.float32)])


def test_halo_lies_within_the_receptive_field(finished: Finished) -> None:
    halo, steps = _card(finished)["halo"], _metrics(finished)["halo"]["stepsPixelsLargestChangeChangedShare"]
    assert halo["theoreticalPixels"] == 16
    assert halo["pixels"] % 4 == 0
    assert 0 < halo["pixels"] <= 16
    changes = {pixels: change for pixels, change, _ in steps}
    assert changes[halo["pixels"]] <= halo["tolerance"] < changes[halo["pixels"] - 4]
    assert changes[16] < 1e-5


def test_a_finished_run_is_left_alone(finished: Finished) -> None:
    before = (finished.output / "card.json").stat().st_mtime_ns
    events = Recorded()
    assert run_training(finished.spec, events) == 0
    assert [event["type"] for event in events.all] == ["done"]
    assert events.all[0]["already"] is True
    assert (finished.output / "card.json").stat().st_mtime_ns == before


def test_another_spec_may_not_take_over_the_folder(finished: Finished) -> None:
    spec = json.loads(finished.spec.read_text()) | {"seed": 99}
    other = finished.spec.with_name("other.json")
    other.write_text(json.dumps(spec))
    with pytest.raises(ValueError, match="another spec"):
        run_training(other, Recorded())


def test_several_classes_without_validation_scenes(tmp_path: Path) -> None:
    training_set = make_training_set(tmp_path / "set", scenes=2, classes=2, validate=False)
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(make_spec(tmp_path / "out", training_set, budget={"maxSteps": 16})))
    assert run_training(spec, Recorded()) == 0
    card = json.loads((tmp_path / "out/card.json").read_text())
    assert card["output"] | {"temperature": 1} == {
        "activation": "softmax",
        "channels": 3,
        "temperature": 1,
        "threshold": 0.5,
    }
    assert [band["name"] for band in card["bands"]] == ["red", "green", "blue", "nir"]
    assert card["training"]["validationScenes"] == []
    assert list(card["scores"]) == ["train"]
    assert set(card["scores"]["train"]["perClass"]) == {"building", "tank"}
