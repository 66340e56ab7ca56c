"""A network that learns from some cells' labels only: how right it is on places left out, and how unsure elsewhere.

`python few_labels.py JOB.json`, a job as `compare.py` takes it, with "network", "cells": {scene: [numbers of the
cells whose labels are known, row by row]} and "result": the file to write: {"counts": {scene: [[hits, false alarms,
misses] of each cell]} on the places left out, "unsure": {scene: [mean of 1 - |2p - 1| of each cell]} on the others}.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from counts import Counts
from courses import Comparison, Course
from resflow_trainer.atomic import write_json
from resflow_trainer.fold import folded
from resflow_trainer.tiles import read_tile, tiles_of
from resflow_trainer.training_set import NO_CLASS, Scene, count_chip
from resflow_trainer.unet import UNet


def with_labels_in(comparison: Comparison, cells: dict[str, list[int]]) -> None:
    """Takes all other labels from the training scenes."""
    ground, scenes, chips = comparison.maps["partition"], [], []
    for scene in comparison.set.train:
        at = ground.of(scene)
        labels = np.full_like(scene.labels, NO_CLASS)
        windows = []
        for cell in cells.get(scene.id, []):
            row, column = divmod(cell, at.buckets.shape[1])
            y, x = (int(edges[i]) for edges, i in ((at.rows, row), (at.columns, column)))
            y1, x1 = int(at.rows[row + 1]), int(at.columns[column + 1])
            labels[y:y1, x:x1] = scene.labels[y:y1, x:x1]
            windows.append({"x": x, "y": y, "width": x1 - x, "height": y1 - y})
        known = replace(scene, labels=labels, labelled_pixels=int((labels != NO_CLASS).sum()))
        scenes.append(known)
        chips += [count_chip(known, **window) for window in windows]
    comparison.set = replace(comparison.set, train=tuple(scenes), chips=tuple(chip for chip in chips if chip.labelled))


@torch.no_grad()
def unsure(comparison: Comparison, network: UNet, scenes: tuple[Scene, ...]) -> dict[str, list[float]]:
    ready = comparison.compute.place(folded(network.eval()))
    found = {}
    for scene in scenes:
        at = comparison.maps["partition"].of(scene)
        sums, counts = np.zeros(at.buckets.size), np.zeros(at.buckets.size)
        for tile in tiles_of((scene,), max_megapixels=float("inf")):
            read = read_tile(tile, multiple=16, rule=comparison.spec.normalisation)
            image = comparison.compute.image(torch.from_numpy(read.image))
            said = torch.sigmoid(ready(image)[0, 0, read.core[0], read.core[1]].float()).cpu().numpy()
            cells = at.cells_at(x=tile.x, y=tile.y, width=tile.width, height=tile.height)
            np.add.at(sums, cells, 1 - np.abs(2 * said - 1))
            np.add.at(counts, cells, 1)
        found[scene.id] = (sums / np.maximum(counts, 1)).round(4).tolist()
    return found


def main() -> None:
    job: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    comparison = Comparison(job)
    every = comparison.set.train
    with_labels_in(comparison, job["cells"])
    weights = comparison.train(Course(network=job["network"], steps=int(job["steps"])))
    network = comparison.network(job["network"], weights)
    counts = Counts(comparison).of({"one": network})["one"]
    network = comparison.network(job["network"], weights)
    write_json(Path(job["result"]), {"counts": counts, "unsure": unsure(comparison, network, every)})


if __name__ == "__main__":
    main()
