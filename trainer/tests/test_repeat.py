"""The same seed gives the same bits, whether a run is left alone or killed and resumed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.synthetic import make_spec, make_training_set

TRAINER = Path(__file__).parents[1]


def _start(folder: Path, training_set: Path, *, hash_seed: int = 0, **changes: Any) -> "subprocess.Popen[str]":
    """`hash_seed`: Python orders sets by it, and the exporter names things by it; no result may depend on it."""
    spec = folder.with_suffix(".json")
    spec.write_text(json.dumps(make_spec(folder, training_set, int8=False, **changes)))
    return subprocess.Popen(
        [sys.executable, "-m", "resflow_trainer", "train", str(spec)],
        env={**os.environ, "PYTHONPATH": str(TRAINER), "PYTHONHASHSEED": str(hash_seed)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _curve(folder: Path) -> list[dict[str, Any]]:
    """The history without what depends on the clock."""
    lines = (folder / "history.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    return [{k: v for k, v in record.items() if k not in ("seconds", "samplesPerSecond")} for record in records]


def _assert_same(first: Path, second: Path) -> None:
    a, b = load_file(first / "weights.safetensors"), load_file(second / "weights.safetensors")
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert (first / "model.onnx").read_bytes() == (second / "model.onnx").read_bytes()
    assert _curve(first) == _curve(second)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path: Path, precision: str) -> None:
    training_set = make_training_set(tmp_path / "set")
    straight = _start(tmp_path / "straight", training_set, hash_seed=1, precision=precision)
    killed = _start(tmp_path / "killed", training_set, hash_seed=4, precision=precision)
    assert killed.stdout is not None
    for line in killed.stdout:
        if json.loads(line)["type"] == "checkpoint":
            killed.kill()
            break
    killed.communicate()
    assert killed.returncode == -9
    assert straight.wait() == 0
    resumed = _start(tmp_path / "killed", training_set, hash_seed=4, precision=precision)
    output, _ = resumed.communicate()
    assert resumed.returncode == 0
    start = json.loads(output.splitlines()[0])
    assert start["resumed"] and 0 < start["step"] < 24
    _assert_same(tmp_path / "straight", tmp_path / "killed")


def test_another_seed_gives_other_weights(tmp_path: Path, finished: Any) -> None:
    other = _start(tmp_path / "other", finished.training_set, seed=8)
    other.communicate()
    assert other.returncode == 0
    a, b = load_file(finished.output / "weights.safetensors"), load_file(tmp_path / "other/weights.safetensors")
    assert any(not torch.equal(a[name], b[name]) for name in a)


def test_ctrl_c_writes_a_checkpoint(tmp_path: Path) -> None:
    training_set = make_training_set(tmp_path / "set")
    run = _start(tmp_path / "run", training_set, budget={"maxSteps": 100_000}, validation={"everySteps": 50_000})
    assert run.stdout is not None
    for line in run.stdout:
        if json.loads(line)["type"] == "step":
            run.terminate()
            break
    output, _ = run.communicate()
    assert run.returncode == 130
    assert [json.loads(line)["type"] for line in output.splitlines()][-2:] == ["checkpoint", "stopped"]
    assert not list(tmp_path.glob("run/**/*.tmp-*"))
