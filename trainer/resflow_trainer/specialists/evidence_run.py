"""How much is labelled in each bucket: whether a specialist has anything to learn from, and to be judged by."""

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from resflow_trainer.atomic import write_json
from resflow_trainer.events import Events
from resflow_trainer.fields import Fields
from resflow_trainer.spec import read_json, read_split
from resflow_trainer.specialists.bucket_map import BucketMap, read_bucket_map
from resflow_trainer.training_set import Scene, TrainingSet, read_training_set


def run_evidence(spec_path: Path, events: Events) -> int:
    """Writes {"version": 1, "scenes": [{"scene", "place", "split", "buckets": [...]}]}: for each labelled scene and
    bucket {"bucket", "cells", "labelledCells", "labelledPixels", "foregroundPixels", "objects"}. Objects are connected
    pixels of a class; one that a cell's border cuts counts on both sides. Raises ValueError for a bad spec or set."""
    fields = Fields(read_json(spec_path), "spec")
    if fields.integer("version") != 1:
        raise ValueError(f"spec.version is {fields.values['version']}; this trainer knows version 1")
    training_set = read_training_set(Path(fields.text("trainingSet")), read_split(fields.optional_child("split")))
    path, output = Path(fields.text("buckets")), Path(fields.text("output"))
    fields.finish()
    started = time.monotonic()
    by_split = {"train": training_set.train, "validation": training_set.validation}
    scenes = [(split, scene) for split, some in by_split.items() for scene in some]
    buckets = read_bucket_map(path, tuple(scene for _, scene in scenes))
    events.emit("start", steps=len(scenes))
    records = []
    for number, (split, scene) in enumerate(scenes, start=1):
        found = _count(scene, training_set, buckets)
        records.append({"scene": scene.id, "place": scene.place, "split": split, "buckets": found})
        events.emit("step", step=number, share=number / len(scenes))
    write_json(output, {"version": 1, "scenes": records})
    events.emit("done", output=str(output), seconds=round(time.monotonic() - started, 1))
    return 0


def _count(scene: Scene, training_set: TrainingSet, buckets: BucketMap) -> list[dict[str, Any]]:
    classes = [record.id for record in training_set.classes]
    records = []
    for bucket in range(len(buckets.codes)):
        cells = buckets.chips((scene,), bucket)
        if not cells:
            continue
        foreground = objects = 0
        for cell in cells:
            in_cell = sum(cell.class_pixels[value] for value in classes if value < len(cell.class_pixels))
            foreground += in_cell
            if in_cell:
                labels = scene.labels[cell.y : cell.y + cell.height, cell.x : cell.x + cell.width]
                objects += sum(_components(labels == value) for value in classes)
        records.append(
            {
                "bucket": bucket,
                "cells": len(cells),
                "labelledCells": sum(1 for cell in cells if cell.labelled),
                "labelledPixels": sum(cell.labelled for cell in cells),
                "foregroundPixels": foreground,
                "objects": objects,
            }
        )
    return records


def _components(mask: np.ndarray[Any, np.dtype[np.bool_]]) -> int:
    return int(cv2.connectedComponents(mask.astype(np.uint8))[0]) - 1
