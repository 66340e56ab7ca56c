"""Bad specs and sets are refused with a message that says what is wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resflow_trainer.__main__ import BAD_INPUT, main
from resflow_trainer.spec import parse_spec
from resflow_trainer.training_set import read_training_set
from tests.synthetic import make_spec, make_training_set


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": 1}, "unknown keys: colour"),
        ({"network": "big-unet"}, "spec.network is 'big-unet'; expected one of small-unet"),
        ({"budget": {}}, "spec.budget needs maxMinutes or maxSteps"),
        ({"budget": {"maxSteps": 0}}, "spec.budget.maxSteps is 0; expected a whole number >= 1"),
        ({"crop": 100}, "multiple of 16"),
        ({"ema": 1}, "spec.ema is 1; expected a number >= 0 and < 1"),
        ({"version": 2}, "knows version 1"),
        ({"modelId": None}, "spec.modelId is missing"),
        ({"batch": True}, "spec.batch is True"),
        ({"split": {"train": ["a"], "validation": ["a"]}}, "in train and in validation: a"),
        ({"normalisation": {"kind": "chip"}}, "spec.normalisation.kind is 'chip'"),
    ],
)
def test_bad_specs(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_spec(make_spec(tmp_path / "out", tmp_path / "set", **changes))


def _change_record(folder: Path, **changes: Any) -> None:
    path = folder / "set.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def _without_train(folder: Path) -> None:
    record = json.loads((folder / "set.json").read_text())
    _change_record(folder, scenes=[scene | {"split": "test"} for scene in record["scenes"]])


def _wrong_size(folder: Path) -> None:
    np.save(folder / "scene-0.labels.npy", np.zeros((4, 4), np.uint8))


def _cut_short(folder: Path) -> None:
    path = folder / "scene-0.image.npy"
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "set.json").unlink(), "There is no set.json"),
        (lambda folder: (folder / "chips.jsonl").unlink(), "There is no chips.jsonl"),
        (lambda folder: (folder / "set.json").write_text("{"), "is not JSON"),
        (lambda folder: _change_record(folder, version=3), "is of version 3"),
        (_without_train, "no labelled scene of the training split"),
        (_wrong_size, r"scene-0.labels.npy holds uint8\(4, 4\); set.json says uint8\(160, 160\)"),
        (_cut_short, "scene-0.image.npy cannot be read"),
    ],
)
def test_bad_sets(tmp_path: Path, spoil: Callable[[Path], Any], message: str) -> None:
    folder = make_training_set(tmp_path / "set")
    spoil(folder)
    with pytest.raises(ValueError, match=message):
        read_training_set(folder)


def test_errors_are_one_event(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(tmp_path / "none.json")]) == BAD_INPUT
    (line,) = capsys.readouterr().out.splitlines()
    event = json.loads(line)
    assert event["type"] == "error"
    assert "There is no spec at" in event["message"]
