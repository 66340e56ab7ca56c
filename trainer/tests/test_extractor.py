"""Chip encoders: all kinds come out as contracted, and see content where they must not see light or direction."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from resflow_trainer.normalisation import FloatArray
from resflow_trainer.partition.chip_set import read_chip_set
from resflow_trainer.partition.extract import run_extractor
from resflow_trainer.partition.fit_projection import looks_matrix
from resflow_trainer.partition.projection import within_share
from resflow_trainer.partition.statistics_features import StatisticsFeatures
from resflow_trainer.partition.vicreg import vicreg
from resflow_trainer.spec import Normalisation
from tests.conftest import Finished, Recorded
from tests.synthetic_chips import KINDS, make_chip_set

RULE = Normalisation(kind="scene")


@pytest.fixture(scope="module")
def chips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_chip_set(tmp_path_factory.mktemp("chips"))


def _run(folder: Path, chip_set: Path, kind: str, **more: Any) -> dict[str, Any]:
    spec = {"version": 1, "kind": kind, "output": str(folder), "chipSet": str(chip_set), "threads": 1} | more
    folder.mkdir(exist_ok=True)
    (folder / "spec.json").write_text(json.dumps(spec))
    assert run_extractor(folder / "spec.json", Recorded()) == 0
    record: dict[str, Any] = json.loads((folder / "encoder.json").read_text())
    return record


def _embed(folder: Path, images: FloatArray) -> FloatArray:
    session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"))
    embeddings: FloatArray = session.run(["embedding"], {"image": images})[0]
    return embeddings


def _all_images(chip_set: Path) -> FloatArray:
    opened = read_chip_set(chip_set)
    return opened.images(np.arange(opened.count), RULE)


def _check_contract(folder: Path, record: dict[str, Any], embeddings: FloatArray) -> None:
    assert record["sha256"] == hashlib.sha256((folder / "encoder.onnx").read_bytes()).hexdigest()
    assert record["chipPixels"] == 128 and record["bands"] == ["red", "green", "blue"] and record["gsdMetres"] == 0.5
    assert embeddings.dtype == np.float32 and embeddings.shape == (27, record["dims"])
    assert np.isfinite(embeddings).all() and 0 < record["contentDims"] < record["dims"]
    lengths = np.linalg.norm(embeddings[:, : record["contentDims"]], axis=1)
    assert lengths == pytest.approx(np.ones(27), abs=1e-4)


def test_statistics_find_content_and_not_light(tmp_path: Path, chips: Path) -> None:
    record = _run(tmp_path / "a", chips, "statistics")
    assert record["normalisation"] == {"kind": "scene", "clip": 3.0}
    embeddings = _embed(tmp_path / "a", _all_images(chips))
    _check_contract(tmp_path / "a", record, embeddings)
    assert record["gmacPerChip"] < 1e-3 and record["metrics"]["effectiveRank"] > 1.5
    kind, whole = np.arange(25) % KINDS, embeddings[:25, : record["contentDims"]]
    nearest = (whole @ whole.T - 2 * np.eye(25)).argmax(axis=1)
    assert (kind[nearest] == kind).all()
    _run(tmp_path / "b", chips, "statistics")
    assert (tmp_path / "a/encoder.onnx").read_bytes() == (tmp_path / "b/encoder.onnx").read_bytes()


def test_few_chips_that_are_much_alike_do_not_fail_over_rounding(tmp_path: Path) -> None:
    chips = make_chip_set(tmp_path / "chips", scenes=7, each=1, seed=5)
    np.save(chips / "valid.npy", np.ones((7, 128, 128), np.uint8))
    parity = _run(tmp_path / "a", chips, "statistics")["metrics"]["parity"]
    # Rounding makes 4e-4 of it, more than a network's logits may differ.
    assert parity["images"] == 7 and parity["largestDifference"] < 2e-3


def test_looks_weigh_what_hardly_varies_within_a_scene() -> None:
    rng = np.random.default_rng(1)
    scene = np.repeat(np.arange(8), 50)
    values = rng.standard_normal((400, 3))
    # Within scenes the second feature hardly varies; the third is a copy of the first.
    values[:, 1] = rng.standard_normal(8)[scene] + 0.05 * rng.standard_normal(400)
    values[:, 2] = values[:, 0]
    looks = values @ looks_matrix(values, scene)
    inside = np.concatenate([looks[scene == s] - looks[scene == s].mean(axis=0) for s in range(8)])
    covariance = inside.T @ inside / 400
    # White within scenes, but for what was added: that, and the copy, leave less than 1.
    assert covariance - np.diag(covariance.diagonal()) == pytest.approx(np.zeros((3, 3)), abs=0.05)
    assert covariance.diagonal().max() < 1
    means = np.stack([looks[scene == s].mean(axis=0) for s in range(8)])
    far = np.linalg.norm(means[:, None] - means[None], axis=2)[np.triu_indices(8, 1)]
    plain = np.stack([values[scene == s].mean(axis=0) for s in range(8)])
    assert np.median(far) > 2 * np.median(np.linalg.norm(plain[:, None] - plain[None], axis=2)[np.triu_indices(8, 1)])
    # Scenes of one chip each: there is no "within", and the whole variance stands for it.
    assert np.isfinite(looks_matrix(values[:5], np.arange(5))).all()


def test_statistics_are_blind_to_quarter_turns_and_mirrors(chips: Path) -> None:
    image = torch.from_numpy(_all_images(chips)[:3])
    features, module = StatisticsFeatures()(image), StatisticsFeatures()
    for turned in (torch.rot90(image, 1, (2, 3)), torch.rot90(image, 2, (2, 3)), image.flip(3)):
        torch.testing.assert_close(module(turned), features, atol=1e-4, rtol=1e-4)
    assert float((features[0] - features[1]).abs().max()) > 0.5


def test_statistics_leave_out_what_holds_no_data(chips: Path) -> None:
    image = torch.from_numpy(_all_images(chips)[2:3])
    half = torch.cat([torch.zeros_like(image), image], dim=3)[..., ::1]
    doubled = torch.cat([image.flip(3), image], dim=3)
    module = StatisticsFeatures()
    torch.testing.assert_close(module(half), module(doubled), atol=0.25, rtol=0)


def test_self_supervised_repeats_and_does_not_collapse(tmp_path: Path, chips: Path) -> None:
    records = [_run(tmp_path / name, chips, "self-supervised", budget={"maxSteps": 4}) for name in ("a", "b")]
    embeddings = _embed(tmp_path / "a", _all_images(chips))
    _check_contract(tmp_path / "a", records[0], embeddings)
    assert records[0]["steps"] == 4 and records[0]["metrics"]["effectiveRank"] > 1.5
    assert records[0]["sha256"] == records[1]["sha256"]
    assert set(records[0]["metrics"]["training"]) == {"loss", "invariance", "variance", "covariance"}


def test_segmentation_takes_the_card_of_the_model(tmp_path: Path, chips: Path, finished: Finished) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "weights.safetensors").write_bytes((finished.output / "weights.safetensors").read_bytes())
    card = json.loads((finished.output / "card.json").read_text())
    (model / "card.json").write_text(json.dumps(card))
    record = _run(tmp_path / "a", chips, "segmentation", weights=str(model))
    _check_contract(tmp_path / "a", record, _embed(tmp_path / "a", _all_images(chips)))
    assert record["gmacPerChip"] > 0.01
    assert record["normalisation"] == card["normalisation"]
    card["gsd"]["metres"] = 0.3
    (model / "card.json").write_text(json.dumps(card))
    with pytest.raises(ValueError, match=r"is of 0.3 m GSD, the chip set of 0.5 m"):
        _run(tmp_path / "b", chips, "segmentation", weights=str(model))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "magic"}, "spec.kind is 'magic'; expected one of statistics"),
        ({"kind": "segmentation"}, "spec.weights is missing"),
        ({"kind": "self-supervised"}, "spec.budget is missing"),
        ({"budget": {}}, "spec.budget needs maxMinutes or maxSteps"),
        ({"colour": 1}, "unknown keys: colour"),
        ({"chipSet": "/nowhere"}, "There is no set.json in /nowhere"),
    ],
)
def test_bad_specs(tmp_path: Path, chips: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _run(tmp_path / "out", chips, **({"kind": "statistics"} | changes))


def test_bad_chip_sets(tmp_path: Path) -> None:
    folder = make_chip_set(tmp_path / "set", scenes=1, each=2, side=16)
    with pytest.raises(ValueError, match="Chips of 16 pixels; kind statistics needs 64"):
        _run(tmp_path / "out", folder, "statistics")
    np.save(folder / "valid.npy", np.ones((2, 8, 8), np.uint8))
    with pytest.raises(ValueError, match=r"valid.npy holds uint8\(2, 8, 8\); set.json says \(2, 16, 16\)"):
        read_chip_set(folder)


def test_vicreg_terms() -> None:
    same = torch.ones(6, 4)
    assert float(vicreg(same, same).variance) == pytest.approx(0.99, abs=0.01)
    spread = torch.randn(6, 4, generator=torch.Generator().manual_seed(1)) * 5
    terms = vicreg(spread, spread)
    assert float(terms.variance) < 0.2 and float(terms.invariance) == 0
    twice = torch.cat([spread[:, :2], spread[:, :2]], dim=1)
    assert float(vicreg(twice, twice).covariance) > float(terms.covariance)
    assert float(vicreg(spread, spread + 1).invariance) == pytest.approx(1)


def test_share_inside_scenes() -> None:
    group = np.array([0, 0, 1, 1, 2])
    values = np.array([[1.0, 1.0], [1.0, 2.0], [5.0, 1.0], [5.0, 2.0], [99.0, 99.0]])
    assert within_share(values, group).tolist() == [0, 1]
