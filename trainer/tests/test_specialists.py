"""What recipes ask of a training: warm starts, frozen statistics, buckets, teachers, and averaged weights."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from resflow_trainer.crops import CropSampler
from resflow_trainer.networks import build_network
from resflow_trainer.outputs import Outputs
from resflow_trainer.run import run_training
from resflow_trainer.spec import parse_spec
from resflow_trainer.specialists.bucket_map import read_bucket_map
from resflow_trainer.specialists.conditional import SHARED, fold_bucket, make_conditional, set_bucket
from resflow_trainer.specialists.evidence_run import run_evidence
from resflow_trainer.specialists.mix import averaged
from resflow_trainer.specialists.sampler import sampler_of
from resflow_trainer.specialists.score_run import run_score
from resflow_trainer.specialists.teacher import teaching_loss
from resflow_trainer.training_set import read_training_set
from resflow_trainer.unet import UNet
from tests.conftest import Finished, Recorded
from tests.synthetic import make_spec, make_training_set

CELL = 40
COLUMNS = 4


def write_buckets(path: Path, scenes: int = 3) -> Path:
    """Cells of 40 pixels in scenes of 160: the upper half is bucket 0, the lower one bucket 1, a cell has none."""
    buckets = [-1] + [0] * 7 + [1] * 8
    grid = {"cellWidth": CELL, "cellHeight": CELL, "columns": COLUMNS, "rows": 4, "buckets": buckets}
    records = [{"id": f"scene-{index}", **grid} for index in range(scenes)]
    path.write_text(json.dumps({"version": 1, "codes": ["00ff", "ff00"], "scenes": records}))
    return path


def train(folder: Path, training_set: Path, **changes: Any) -> tuple[Path, Recorded]:
    folder.mkdir(parents=True)
    spec, events = folder / "spec.json", Recorded()
    spec.write_text(json.dumps(make_spec(folder / "out", training_set, int8=False, **changes)))
    assert run_training(spec, events) == 0
    return folder / "out", events


def test_a_plain_spec_keeps_its_digest(tmp_path: Path) -> None:
    """Trainings that were begun before there were recipes go on."""
    raw = make_spec(tmp_path, tmp_path)
    digest = parse_spec(raw).digest("set")
    assert digest == "2481767e7c81bfd3c7782e07b22f45becbc22fb66a704fbbf2bb60ceda3d5c88"
    assert parse_spec(raw | {"batchNorm": "train", "recipe": "mono"}).digest("set") == digest


def test_own_share_holds_and_foreground_too(tmp_path: Path) -> None:
    folder = make_training_set(tmp_path / "set")
    training_set = read_training_set(folder)
    file = write_buckets(tmp_path / "buckets.json")
    buckets = read_bucket_map(file, (*training_set.train, *training_set.validation))
    raw = make_spec(tmp_path / "out", folder)
    rng = np.random.default_rng(5)

    def shares(focus: dict[str, Any] | None) -> tuple[float, float]:
        spec = parse_spec(raw if focus is None else raw | {"buckets": focus})
        sampler = sampler_of(training_set, spec, None if focus is None else buckets)
        centres = [sampler.draw(rng) for _ in range(3000)]
        own = [int(buckets.of(c.scene).at(x=c.x, y=c.y, width=1, height=1)[0, 0]) == 1 for c in centres]
        hit = [c.scene.labels[c.y, c.x] == 1 for c in centres]
        return float(np.mean(own)), float(np.mean(hit))

    by_chance, foreground = shares(None)
    assert by_chance < 0.62
    for share in (0.5, 1.0):
        own, hits = shares({"file": str(file), "bucket": 1, "ownShare": share})
        assert own == pytest.approx(share + (1 - share) * by_chance, abs=0.03)
        assert hits == pytest.approx(foreground, abs=0.06)


def test_without_a_recipe_crops_are_drawn_as_ever(tmp_path: Path) -> None:
    folder = make_training_set(tmp_path / "set")
    training_set, spec = read_training_set(folder), parse_spec(make_spec(tmp_path / "out", folder))
    sampler = sampler_of(training_set, spec, None)
    plain = CropSampler(training_set, spec.sampling)
    first, second = np.random.default_rng(3), np.random.default_rng(3)
    assert [sampler.draw(first) for _ in range(50)] == [plain.draw(second) for _ in range(50)]


def _without_labels(folder: Path, index: int) -> None:
    labels = folder / f"scene-{index}.labels.npy"
    np.save(labels, np.full_like(np.load(labels), 255))
    record = json.loads((folder / "set.json").read_text())
    record["scenes"][index]["labelledPixels"] = 0
    (folder / "set.json").write_text(json.dumps(record))
    lines = (folder / "chips.jsonl").read_text().splitlines()
    kept = [line for line in lines if json.loads(line)["scene"] != f"scene-{index}"]
    (folder / "chips.jsonl").write_text("".join(f"{line}\n" for line in kept))


def test_scenes_without_labels_are_drawn_for_a_teacher_only(tmp_path: Path) -> None:
    folder = make_training_set(tmp_path / "set", scenes=4)
    _without_labels(folder, 0)
    training_set = read_training_set(folder)
    assert [scene.id for scene in training_set.unlabelled] == ["scene-0"]
    raw = make_spec(tmp_path / "out", folder)
    teacher = {"models": [str(tmp_path)], "unlabelledShare": 0.6}
    rng = np.random.default_rng(5)

    def share(raw: dict[str, Any]) -> float:
        sampler = sampler_of(training_set, parse_spec(raw), None)
        return float(np.mean([sampler.draw(rng).scene.id == "scene-0" for _ in range(1500)]))

    assert share(raw) == 0
    assert share(raw | {"teacher": teacher}) == pytest.approx(0.6, abs=0.05)


def test_frozen_batch_norm_keeps_its_statistics(tmp_path: Path, finished: Finished) -> None:
    start = load_file(finished.output / "weights.safetensors")
    options = {"init": str(finished.output), "budget": {"maxSteps": 4}}
    frozen, _ = train(tmp_path / "frozen", finished.training_set, batchNorm="frozen", **options)
    free, _ = train(tmp_path / "free", finished.training_set, **options)
    kept, moved = load_file(frozen / "weights.safetensors"), load_file(free / "weights.safetensors")
    statistics = [name for name in start if name.endswith(("running_mean", "running_var"))]
    assert statistics
    assert all(torch.equal(kept[name], start[name]) for name in statistics)
    assert not any(torch.equal(moved[name], start[name]) for name in statistics)
    assert not torch.equal(kept["encoder.0.1.weight"], start["encoder.0.1.weight"])


def test_a_specialist_starts_from_its_model_and_mixes_with_it(tmp_path: Path, finished: Finished) -> None:
    """With steps too small to see, every mix is the model it started from, and the smallest share is taken."""
    output, _ = train(
        tmp_path / "near",
        finished.training_set,
        init=str(finished.output),
        batchNorm="frozen",
        mix=[0, 0.5, 1],
        recipe="finetune",
        budget={"maxSteps": 2},
        optimiser={"learningRate": 1e-12, "weightDecay": 0},
        buckets={"file": str(write_buckets(tmp_path / "buckets.json")), "bucket": 1},
    )
    start, end = load_file(finished.output / "weights.safetensors"), load_file(output / "weights.safetensors")
    assert all(torch.allclose(end[name].float(), start[name].float(), atol=1e-6) for name in start)
    card = json.loads((output / "card.json").read_text())
    assert card["bucket"] == "ff00"
    assert card["training"]["recipe"] == "finetune"
    mono = json.loads((finished.output / "card.json").read_text())
    # Judged in the lower half of the validation scene only.
    assert 0 < card["scores"]["validation"]["pixels"] < 0.55 * mono["scores"]["validation"]["pixels"]
    assert json.loads((output / "metrics.json").read_text())["mix"]["share"] == 0


def test_averaged_weights_lie_between() -> None:
    start, trained = {"w": torch.tensor([0.0]), "n": torch.tensor(1)}, {"w": torch.tensor([4.0]), "n": torch.tensor(9)}
    assert averaged(start, trained, 0.25) == {"w": torch.tensor([1.0]), "n": torch.tensor(9)}


@pytest.mark.parametrize("channels", [1, 3])
def test_teaching_loss_is_nothing_where_both_agree(channels: int) -> None:
    names = ("background", "a", "b")[: max(channels, 2)]
    outputs = Outputs(
        activation="sigmoid" if channels == 1 else "softmax", channels=channels, names=names, background=True
    )
    torch.manual_seed(1)
    logits = torch.randn(2, channels, 8, 8, requires_grad=True)
    wanted = torch.sigmoid(logits) if channels == 1 else torch.softmax(logits, dim=1)
    data = torch.zeros(2, 8, 8, dtype=torch.bool)
    data[:, :4] = True
    same = teaching_loss(logits, wanted.detach(), data, outputs=outputs)
    assert same.item() == pytest.approx(0, abs=1e-6)
    other = teaching_loss(logits, wanted.detach().flip(0), data, outputs=outputs)
    assert other.item() > 0.05
    (gradient,) = torch.autograd.grad(other, logits)
    assert gradient[:, :, 4:].abs().max() == 0


def test_a_student_learns_from_its_teacher(tmp_path: Path, finished: Finished) -> None:
    _, events = train(
        tmp_path / "student",
        finished.training_set,
        budget={"maxSteps": 40},
        teacher={"models": [str(finished.output)]},
        recipe="distilled-mono",
    )
    assert events.of("done")
    history = [json.loads(line) for line in (tmp_path / "student/out/history.jsonl").read_text().splitlines()]
    losses = [record["loss"] for record in history if record["kind"] == "train"]
    assert losses[-1] < losses[0]


def test_models_that_do_not_fit_are_refused(tmp_path: Path, finished: Finished) -> None:
    def refusal(**changes: Any) -> str:
        spec = tmp_path / "spec.json"
        spec.write_text(json.dumps(make_spec(tmp_path / "out", finished.training_set, **changes)))
        with pytest.raises(ValueError, match=r".") as caught:
            run_training(spec, Recorded())
        return str(caught.value)

    assert "not a model" in refusal(init=str(tmp_path / "nothing"))
    assert "cannot start from it" in refusal(init=str(finished.output), network="small-unet-quarter")
    fixed = {"kind": "fixed", "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]}
    assert "normalisation" in refusal(teacher={"models": [str(finished.output)]}, normalisation=fixed)
    assert "needs spec.init" in refusal(batchNorm="frozen") or "give spec.init" in refusal(batchNorm="frozen")
    buckets = write_buckets(tmp_path / "buckets.json", scenes=1)
    assert "does not hold scene" in refusal(buckets={"file": str(buckets), "bucket": 0})
    assert "holds 2 buckets" in refusal(buckets={"file": str(buckets), "bucket": 2})


def test_scores_by_bucket_add_up_to_the_card(tmp_path: Path, finished: Finished) -> None:
    record = json.loads(write_buckets(tmp_path / "buckets.json").read_text())
    for scene in record["scenes"]:
        scene["buckets"][0] = 0
    (tmp_path / "buckets.json").write_text(json.dumps(record))
    spec = {
        "version": 1,
        "trainingSet": str(finished.training_set),
        "buckets": str(tmp_path / "buckets.json"),
        "models": [{"folder": str(finished.output)}, {"folder": str(finished.output), "buckets": [1]}],
        "output": str(tmp_path / "scores.json"),
    }
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    assert run_score(tmp_path / "spec.json", Recorded()) == 0
    whole, part = json.loads((tmp_path / "scores.json").read_text())["models"]
    assert {block["bucket"] for block in whole["blocks"]} == {0, 1}
    assert part["blocks"] == [block for block in whole["blocks"] if block["bucket"] == 1]
    hits, false_hits, misses = np.sum([block["counts"][0] for block in whole["blocks"]], axis=0)
    card = json.loads((finished.output / "card.json").read_text())
    # The card is of the export's own float32 session, so they agree to the pixel.
    assert hits / (hits + false_hits + misses) == pytest.approx(card["scores"]["validation"]["iou"], abs=1e-9)


def test_evidence_counts_what_is_labelled(tmp_path: Path) -> None:
    folder = make_training_set(tmp_path / "set")
    buckets = write_buckets(tmp_path / "buckets.json")
    spec = {
        "version": 1,
        "trainingSet": str(folder),
        "buckets": str(buckets),
        "output": str(tmp_path / "evidence.json"),
    }
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    assert run_evidence(tmp_path / "spec.json", Recorded()) == 0
    scenes = json.loads((tmp_path / "evidence.json").read_text())["scenes"]
    assert [scene["split"] for scene in scenes] == ["train", "train", "validation"]
    labels = np.load(folder / "scene-1.labels.npy")
    upper, lower = scenes[1]["buckets"]
    assert lower["foregroundPixels"] == int((labels[80:] == 1).sum())
    assert upper["labelledPixels"] == int((labels[:80] != 255).sum() - (labels[:40, :40] != 255).sum())
    assert (upper["cells"], lower["cells"]) == (7, 8)
    assert lower["objects"] >= 3


def _painted(buckets: int) -> UNet:
    """A conditional network whose every number is something of its own."""
    torch.manual_seed(2)
    network = make_conditional(build_network("tiny-unet", bands=3, outputs=1), buckets=buckets)
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.is_floating_point():
                tensor.add_(0.2 * torch.rand_like(tensor))
    return network.eval()


@pytest.mark.parametrize("bucket", [SHARED, 0, 2])
def test_a_folded_bucket_equals_the_conditional_network(bucket: int) -> None:
    network = _painted(3)
    image = torch.randn(2, 3, 32, 32)
    set_bucket(network, torch.tensor([bucket, 1]))
    plain = build_network("tiny-unet", bands=3, outputs=1).eval()
    plain.load_state_dict(fold_bucket(network.state_dict(), bucket))
    assert torch.allclose(plain(image)[0], network(image)[0], atol=1e-5)
    assert not torch.allclose(plain(image)[1], network(image)[1], atol=1e-2)


def test_a_conditional_network_begins_as_the_one_it_was_made_of() -> None:
    torch.manual_seed(2)
    network = build_network("tiny-unet", bands=3, outputs=1)
    image = torch.randn(4, 3, 32, 32)
    before = network.train()(image)
    torch.manual_seed(2)
    conditional = make_conditional(build_network("tiny-unet", bands=3, outputs=1), buckets=2).train()
    set_bucket(conditional, torch.tensor([0, 1, SHARED, 1]))
    assert torch.allclose(conditional(image), before, atol=1e-5)
    same = {name: tensor for name, tensor in conditional.state_dict().items() if "own_" not in name}
    assert all(torch.allclose(same[name], tensor, atol=1e-6) for name, tensor in network.state_dict().items())


def test_a_conditional_training_gives_each_bucket_a_plain_model(tmp_path: Path, finished: Finished) -> None:
    file = str(write_buckets(tmp_path / "buckets.json"))
    trunk, _ = train(
        tmp_path / "trunk",
        finished.training_set,
        init=str(finished.output),
        batchNorm="frozen",
        conditional={"file": file},
        recipe="conditional",
        budget={"maxSteps": 6},
    )
    focus = {"file": file, "bucket": 1}
    own, _ = train(
        tmp_path / "own",
        finished.training_set,
        init=str(trunk),
        initBucket=1,
        buckets=focus,
        budget={"maxSteps": 0},
    )
    shared, mine = load_file(trunk / "weights.safetensors"), load_file(own / "weights.safetensors")
    assert shared.keys() == mine.keys()
    differing = {name for name in shared if not torch.equal(shared[name], mine[name])}
    assert differing
    assert all(name.endswith((".1.weight", ".1.bias", ".4.weight", ".4.bias")) for name in differing)
    card = json.loads((own / "card.json").read_text())
    assert card["bucket"] == "ff00"
    assert card["training"]["steps"] == 0
