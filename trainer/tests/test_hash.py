"""The hash network: codes say the cluster, quality is what the definitions say, bad arrays are refused by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from resflow_trainer.partition.between import between, nearest
from resflow_trainer.partition.hash_network import HashNetwork, hash_loss
from resflow_trainer.partition.hash_run import run_hash
from resflow_trainer.partition.retrieval import Codes, bit_measures, mean_average_precision
from resflow_trainer.partition.triplets import TripletDraw
from tests.conftest import Recorded

ROWS, DIMS = 120, 24


def _write(folder: Path) -> Path:
    """Four blobs on the sphere, the last a single chip; every fifth row is held out."""
    rng = np.random.default_rng(1)
    cluster = (np.arange(ROWS) % 3).astype(np.int32)
    cluster[1] = 3
    centres = rng.standard_normal((4, DIMS))
    values = centres[cluster] + rng.standard_normal((ROWS, DIMS)) * 0.3
    embeddings = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)
    folder.mkdir(exist_ok=True)
    np.save(folder / "embeddings.npy", embeddings)
    np.save(folder / "clusters.npy", cluster)
    np.save(folder / "validation.npy", (np.arange(ROWS) % 5 == 0).astype(np.uint8))
    return folder


def _run(folder: Path, name: str = "out", **changes: Any) -> dict[str, Any]:
    spec = {"version": 1, "bits": 16, "output": str(folder / name), "seed": 3, "budget": {"maxSteps": 150}}
    spec |= {key: str(folder / f"{key}.npy") for key in ("embeddings", "clusters", "validation")}
    (folder / "spec.json").write_text(json.dumps(spec | changes))
    assert run_hash(folder / "spec.json", Recorded()) == 0
    record: dict[str, Any] = json.loads((folder / name / "hash.json").read_text())
    return record


def test_codes_tell_clusters_and_repeat(tmp_path: Path) -> None:
    folder = _write(tmp_path)
    record = _run(folder)
    assert (record["bits"], record["dims"], record["steps"]) == (16, DIMS, 150)
    validation = record["quality"]["validation"]
    assert validation["chips"] == 24 and validation["mapStandard"] > 0.95 and validation["mapAt20OverHits"] > 0.95
    assert len(validation["bitBalance"]) == 3 and validation["distinctCodes"] >= 3
    session = onnxruntime.InferenceSession(str(folder / "out/hash.onnx"))
    activation = session.run(["activation"], {"embedding": np.load(folder / "embeddings.npy")})[0]
    assert activation.shape == (ROWS, 16) and activation.min() >= 0 and activation.max() <= 1
    assert _run(folder, "again")["sha256"] == record["sha256"]


def test_points_between_chips_are_of_the_nearest_mean() -> None:
    means = np.eye(3, 4, dtype=np.float32)
    chips = np.concatenate([means, -means]) * 2
    made = between(chips, 500, np.random.default_rng(1))
    assert np.linalg.norm(made, axis=1) == pytest.approx(np.full(500, 2.0), rel=1e-3)
    by_hand = ((made[:, None] - means[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest(made, means) == by_hand).all() and len(np.unique(by_hand)) == 3
    assert (np.abs(made).sum(axis=1) > 2.1).mean() > 0.5


def test_only_content_decides_a_code(tmp_path: Path) -> None:
    folder = _write(tmp_path)
    embeddings, cluster = np.load(folder / "embeddings.npy"), np.load(folder / "clusters.npy")
    means = np.stack([embeddings[cluster == c].mean(axis=0) for c in range(4)])
    np.save(folder / "means.npy", means)
    looks = np.random.default_rng(2).standard_normal((ROWS, 5)).astype(np.float32) * 9
    np.save(folder / "embeddings.npy", np.concatenate([embeddings, looks], axis=1))
    record = _run(folder, means=str(folder / "means.npy"), contentDims=DIMS)
    assert record["dims"] == DIMS + 5 and record["quality"]["validation"]["mapStandard"] > 0.95
    session = onnxruntime.InferenceSession(str(folder / "out/hash.onnx"))
    activations = [
        session.run(["activation"], {"embedding": np.concatenate([embeddings, other], axis=1)})[0]
        for other in (looks, looks[::-1])
    ]
    assert (activations[0] == activations[1]).all()
    with pytest.raises(ValueError, match=r"means.npy holds float32\(4, 24\); expected float32 \(4, 29\)"):
        _run(folder, means=str(folder / "means.npy"))
    with pytest.raises(ValueError, match=r"spec.contentDims is 30; .* has 29 dimensions"):
        _run(folder, contentDims=30)


def _spoil(name: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / f"{name}.npy"
        np.save(path, change(np.load(path)))

    return spoil


def _with_nan(values: Any) -> Any:
    values[7, 3] = np.nan
    return values


@pytest.mark.parametrize(
    ("spoil", "changes", "message"),
    [
        (_spoil("embeddings", _with_nan), {}, r"row 7 is not finite \(1 such rows\)"),
        (_spoil("embeddings", lambda v: v.astype(np.float64)), {}, r"holds float64\(120, 24\); expected float32"),
        (_spoil("clusters", lambda v: v * 0), {}, "96 chips that are not held out are of 1 clusters"),
        (_spoil("validation", lambda v: v * 0 + 1), {}, "0 chips that are not held out are of 0 clusters"),
        (_spoil("clusters", lambda v: v[:5]), {}, r"holds int32\(5,\); expected 120 whole numbers"),
        (lambda _: None, {"bits": 20}, "spec.bits is 20; expected a multiple of 8 from 16 to 256"),
        (lambda _: None, {"bits": 264}, "spec.bits is 264"),
        (lambda _: None, {"clusters": "/nowhere.npy"}, "/nowhere.npy cannot be read"),
    ],
)
def test_bad_input(tmp_path: Path, spoil: Callable[[Path], None], changes: dict[str, Any], message: str) -> None:
    folder = _write(tmp_path)
    spoil(folder)
    with pytest.raises(ValueError, match=message):
        _run(folder, **changes)


def test_network_is_the_papers() -> None:
    shapes = [tuple(p.shape) for p in HashNetwork(dims=64, bits=32).parameters() if p.ndim == 2]
    assert shapes == [(1024, 64), (512, 1024), (32, 512)]


def test_loss_by_hand() -> None:
    same, other = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    assert float(hash_loss(same, same, other)) == pytest.approx(-0.001 * 0.25)
    assert float(hash_loss(same, other, same)) == pytest.approx(2.2 - 0.001 * 0.25)
    ones = torch.ones(1, 2)
    assert float(hash_loss(ones, ones, ones)) == pytest.approx(0.2 - 0.001 * 0.25 + 0.25)


def test_triplets() -> None:
    cluster = np.array([5, 2, 5, 9, 2, 5])
    drawn = TripletDraw(cluster).draw(300, np.random.default_rng(1))
    assert (cluster[drawn.anchor] == cluster[drawn.positive]).all()
    assert (cluster[drawn.anchor] != cluster[drawn.negative]).all()
    alone = cluster[drawn.anchor] == 9
    assert alone.any() and ((drawn.anchor == drawn.positive) == alone).all()


def test_precision_by_hand() -> None:
    database = Codes(bits=np.array([[0, 0], [0, 1], [1, 1]], np.uint8), cluster=np.array([1, 2, 1]))
    query = Codes(bits=np.array([[0, 0], [1, 0]], np.uint8), cluster=np.array([1, 3]))
    result = mean_average_precision(query, database, seed=1)
    assert result.queries == 1
    assert result.standard == pytest.approx((1 + 2 / 3) / 2)
    far = np.array([[0] * 8] * 25 + [[1] * 8], np.uint8)
    labels = np.array([1] + [2] * 24 + [1])
    found = mean_average_precision(
        Codes(bits=far[:1], cluster=labels[:1]), Codes(bits=far[1:], cluster=labels[1:]), seed=1
    )
    assert found.top_over_hits == 0
    assert found.standard == pytest.approx(1 / 25)


def test_bits_that_repeat_each_other_show() -> None:
    first = np.array([0, 1, 0, 1, 1, 1], np.uint8)
    measures = bit_measures(np.stack([first, 1 - first, np.zeros(6, np.uint8)], axis=1))
    assert measures["bitCorrelation"] == {"mean": pytest.approx(1), "max": pytest.approx(1)}
    assert measures["bitBalance"] == pytest.approx([0, 1 / 3, 2 / 3])
    assert measures["distinctCodes"] == 2
