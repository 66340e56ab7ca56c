"""Models compared on the validation scenes of a training set: counts by bucket and cell."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.atomic import write_json
from resflow_trainer.calibration import cut_of
from resflow_trainer.evaluate import EvaluationTask, core_logits
from resflow_trainer.events import Events
from resflow_trainer.fields import Fields
from resflow_trainer.networks import NETWORKS
from resflow_trainer.onnx_export import open_session, session_predictor
from resflow_trainer.outputs import decide, label_table, outputs_of
from resflow_trainer.set_files import read_json
from resflow_trainer.spec import SplitOverride, read_card_normalisation, read_split
from resflow_trainer.spec import read_json as read_spec_json
from resflow_trainer.specialists.bucket_map import BucketMap, read_bucket_map
from resflow_trainer.tiles import Tile, tiles_of
from resflow_trainer.training_set import Scene, TrainingSet, read_training_set

HIT, FALSE_HIT, MISS = range(3)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A model's folder, and the buckets it is to be scored in; all where None."""

    folder: Path
    buckets: tuple[int, ...] | None


@dataclass(frozen=True, kw_only=True)
class ScoreSpec:
    training_set: Path
    split: SplitOverride | None
    buckets: Path
    models: tuple[Candidate, ...]
    output: Path
    threads: int


def run_score(spec_path: Path, events: Events) -> int:
    """Writes {"version": 1, "models": [{"folder", "id", "blocks": [...]}]}; a block is one cell of one validation
    scene: {"scene", "place", "bucket", "counts": [[hits, false hits, misses] of each class]}, at the model's threshold.
    Cells without labels or without a bucket are left out. Raises ValueError for a bad spec or set."""
    spec = _parse(read_spec_json(spec_path))
    started = time.monotonic()
    training_set = read_training_set(spec.training_set, spec.split)
    buckets = read_bucket_map(spec.buckets, training_set.validation)
    events.emit("start", steps=len(spec.models))
    models = []
    for number, candidate in enumerate(spec.models, start=1):
        models.append(_score(candidate, training_set, buckets, threads=spec.threads))
        events.emit("step", step=number, share=number / len(spec.models))
    write_json(spec.output, {"version": 1, "models": models})
    events.emit("done", output=str(spec.output), seconds=round(time.monotonic() - started, 1))
    return 0


def _score(candidate: Candidate, training_set: TrainingSet, buckets: BucketMap, *, threads: int) -> dict[str, Any]:
    card = Fields(read_json(candidate.folder / "card.json", kind="model"), str(candidate.folder / "card.json"))
    wanted = candidate.buckets

    def counted(tile: Tile) -> NDArray[np.bool_]:
        at = buckets.of(tile.scene).at(x=tile.x, y=tile.y, width=tile.width, height=tile.height)
        return at >= 0 if wanted is None else np.isin(at, wanted)

    output = card.child("output")
    network = card.child("network").text("name")
    task = EvaluationTask(
        tiles=tiles_of(training_set.validation, max_megapixels=float("inf"), counted=counted),
        outputs=outputs_of(training_set),
        table=label_table(training_set),
        multiple=NETWORKS[network].multiple if network in NETWORKS else card.child("input").integer("multiple"),
        rule=read_card_normalisation(card.child("normalisation")),
        cut=cut_of(
            min(max(output.number("threshold"), 1e-6), 1 - 1e-6), temperature=output.number("temperature", above=0)
        ),
        counted=counted,
    )
    session = open_session(candidate.folder / "model.onnx", threads=threads)
    blocks = [
        {"scene": scene.id, "place": scene.place, "bucket": bucket, "counts": counts}
        for scene, cells in _cells(task, session_predictor(session), buckets)
        for bucket, counts in cells
    ]
    return {"folder": str(candidate.folder), "id": card.text("id"), "blocks": blocks}


def _cells(
    task: EvaluationTask, predict: Any, buckets: BucketMap
) -> Iterator[tuple[Scene, list[tuple[int, list[list[int]]]]]]:
    """For each scene its labelled cells: bucket, and counts by class."""
    classes = range(task.outputs.first_class, len(task.outputs.names))
    counts: dict[str, NDArray[np.int64]] = {}
    labelled: dict[str, NDArray[np.int64]] = {}
    scenes = {tile.scene.id: tile.scene for tile in task.tiles}
    for tile, logits, target in core_logits(task, predict):
        of_scene = buckets.of(tile.scene)
        size = of_scene.buckets.size
        cells = of_scene.cells_at(x=tile.x, y=tile.y, width=tile.width, height=tile.height)
        known = target >= 0
        predicted = decide(logits, outputs=task.outputs, cut=task.cut)[known]
        cells, truth = cells[known], target[known]
        table = counts.setdefault(tile.scene.id, np.zeros((len(classes), 3, size), np.int64))
        for index, value in enumerate(classes):
            said, true = predicted == value, truth == value
            for kind, chosen in ((HIT, said & true), (FALSE_HIT, said & ~true), (MISS, ~said & true)):
                table[index, kind] += np.bincount(cells[chosen], minlength=size)
        pixels = labelled.setdefault(tile.scene.id, np.zeros(size, np.int64))
        pixels += np.bincount(cells, minlength=size)
    for name, table in counts.items():
        flat = buckets.of(scenes[name]).buckets.ravel()
        chosen = np.flatnonzero(labelled[name])
        yield scenes[name], [(int(flat[cell]), table[:, :, cell].tolist()) for cell in chosen]


def _parse(raw: object) -> ScoreSpec:
    fields = Fields(raw, "spec")
    if fields.integer("version") != 1:
        raise ValueError(f"spec.version is {fields.values['version']}; this trainer knows version 1")
    spec = ScoreSpec(
        training_set=Path(fields.text("trainingSet")),
        split=read_split(fields.optional_child("split")),
        buckets=Path(fields.text("buckets")),
        models=tuple(_candidate(item) for item in fields.children("models")),
        output=Path(fields.text("output")),
        threads=fields.optional_integer("threads", least=1) or 0,
    )
    fields.finish()
    return spec


def _candidate(fields: Fields) -> Candidate:
    whole = fields.values.get("buckets") is None
    candidate = Candidate(folder=Path(fields.text("folder")), buckets=None if whole else fields.integers("buckets"))
    if not whole:
        fields.finish()
    return candidate
