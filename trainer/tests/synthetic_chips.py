"""Small seeded chip sets, made by code: scenes of another light each; chips of smooth ground, of dots, of walls."""

import json
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

KINDS = 3


def make_chip_set(folder: Path, *, scenes: int = 3, each: int = 9, side: int = 128, seed: int = 1) -> Path:
    """`each` chips of each scene, of kinds 0, 1, 2 in turn. The last chip holds no data, the one before half."""
    folder.mkdir(parents=True, exist_ok=True)
    chips, records = [], []
    for scene in range(scenes):
        rng = np.random.default_rng([seed, scene])
        painted = np.stack([_paint(rng, kind=i % KINDS, side=side) for i in range(each)])
        painted = np.clip(painted * rng.uniform(0.7, 1.1, (1, 3, 1, 1)) + rng.uniform(-15, 15), 0, 255)
        mean, std = painted.mean(axis=(0, 2, 3)), painted.std(axis=(0, 2, 3))
        records.append({"id": f"s{scene}", "place": f"p{scene}", "mean": mean.tolist(), "std": std.tolist()})
        chips.append(painted.astype(np.uint8))
    valid = np.ones((scenes * each, side, side), np.uint8)
    valid[-1], valid[-2, :, : side // 2] = 0, 0
    np.save(folder / "chips.npy", np.concatenate(chips))
    np.save(folder / "valid.npy", valid)
    np.save(folder / "scene.npy", np.repeat(np.arange(scenes, dtype=np.int32), each))
    record = {
        "version": 1,
        "digest": f"chips-{seed}",
        "gsdMetres": 0.5,
        "chipPixels": side,
        "bands": ["red", "green", "blue"],
        "scenes": records,
        "count": scenes * each,
    }
    (folder / "set.json").write_text(json.dumps(record))
    return folder


def _paint(rng: Generator, *, kind: int, side: int) -> NDArray[np.float64]:
    chip = rng.normal(95, 6, size=(3, side, side))
    if kind == 1:
        for x, y in rng.integers(0, side - 8, size=(60, 2)):
            chip[1, y : y + 6, x : x + 6] -= 50
    if kind == 2:
        for x, y in rng.integers(0, side - 40, size=(6, 2)):
            chip[:, y : y + 30, x : x + 36] = rng.normal(180, 6, size=(3, 30, 36))
    return chip
