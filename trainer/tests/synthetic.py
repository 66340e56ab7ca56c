"""Small seeded training sets, made by code: bright rectangles with dark shadows on noisy ground."""

import json
from pathlib import Path
from typing import Any

import numpy as np

CHIP = 64


def make_training_set(
    folder: Path, *, scenes: int = 3, side: int = 160, seed: int = 1, classes: int = 1, validate: bool = True
) -> Path:
    """`scenes` scenes at as many places, the last one for validation. A strip of each is not labelled, a corner holds
    no data. One class and background, three bands of bytes; or two classes, four bands of 16 bits."""
    folder.mkdir(parents=True, exist_ok=True)
    records, chips = [], []
    for index in range(scenes):
        rng = np.random.default_rng([seed, index])
        image, labels, valid = _paint(rng, side, classes)
        name = f"scene-{index}"
        for kind, array in (("image", image), ("labels", labels), ("valid", valid)):
            np.save(folder / f"{name}.{kind}.npy", array)
        inside = image[:, valid > 0].astype(np.float64)
        records.append(
            {
                "id": name,
                "place": f"place-{index}",
                "split": "validation" if validate and index == scenes - 1 else "train",
                "image": f"{name}.image.npy",
                "labels": f"{name}.labels.npy",
                "valid": f"{name}.valid.npy",
                "dtype": str(image.dtype),
                "height": side,
                "width": side,
                "mean": inside.mean(axis=1).tolist(),
                "std": inside.std(axis=1).tolist(),
                "labelledPixels": int((labels != 255).sum()),
                "classPixels": [int((labels == value).sum()) for value in range(3)],
            }
        )
        chips += _chips(name, labels)
    record = {
        "version": 1,
        "digest": f"synthetic-{seed}-{scenes}-{side}",
        "application": "blocks",
        "created": "2026-01-01T00:00:00Z",
        "gsdMetres": 0.5,
        "gsdRange": {"min": 0.1, "max": 2.0},
        "bands": ["red", "green", "blue", "nir"][: 2 + classes],
        "classes": [
            {"id": 1, "name": "building", "colour": "#d95f02"},
            {"id": 2, "name": "tank", "colour": "#7570b3"},
        ][:classes],
        "background": True,
        "loss": "cross-entropy+dice",
        "chipPixels": CHIP,
        "scenes": records,
    }
    (folder / "set.json").write_text(json.dumps(record))
    (folder / "chips.jsonl").write_text("".join(json.dumps(chip) + "\n" for chip in chips))
    return folder


def _paint(rng: np.random.Generator, side: int, classes: int) -> tuple[Any, Any, Any]:
    bands = 2 + classes
    ground = rng.normal(95, 18, size=(bands, side, side)) + rng.uniform(-25, 25, size=(bands, 1, 1))
    labels = np.zeros((side, side), np.uint8)
    for number in range(side // 10):
        width, height = rng.integers(10, 26, size=2)
        x, y = rng.integers(4, side - 30, size=2)
        ground[:, y + 3 : y + 3 + height, x + 3 : x + 3 + width] *= 0.45
        ground[:, y : y + height, x : x + width] = rng.normal(190, 8, size=(bands, height, width))
        labels[y : y + height, x : x + width] = 1 + number % classes
        ground[-1, y : y + height, x : x + width] *= 1 if number % classes == 0 else 0.3
    valid = np.ones((side, side), np.uint8)
    valid[:12, :12] = 0
    labels[valid == 0] = 255
    labels[:, -10:] = 255
    image = np.clip(ground, 0, 255)
    return image.astype(np.uint8) if classes == 1 else (image * 20).astype(np.uint16), labels, valid


def _chips(scene: str, labels: Any) -> list[dict[str, Any]]:
    chips = []
    for y in range(0, labels.shape[0], CHIP):
        for x in range(0, labels.shape[1], CHIP):
            part = labels[y : y + CHIP, x : x + CHIP]
            chips.append(
                {
                    "id": f"{scene}-{x}-{y}",
                    "scene": scene,
                    "x": x,
                    "y": y,
                    "width": part.shape[1],
                    "height": part.shape[0],
                    "labelled": int((part != 255).sum()),
                    "classPixels": [int((part == value).sum()) for value in range(3)],
                }
            )
    return chips


def make_spec(folder: Path, training_set: Path, **changes: Any) -> dict[str, Any]:
    """A spec of a few quick steps."""
    spec: dict[str, Any] = {
        "version": 1,
        "trainingSet": str(training_set),
        "output": str(folder),
        "modelId": "blocks-mono",
        "name": "Blocks",
        "network": "tiny-unet",
        "seed": 7,
        "budget": {"maxSteps": 24},
        "crop": 64,
        "batch": 4,
        "optimiser": {"learningRate": 5e-3, "warmupSteps": 5},
        "ema": 0.9,
        "validation": {"everySteps": 8},
        "precision": "float32",
        "device": "cpu",
        "threads": 2,
    }
    return spec | changes
