"""Training sets as RESFlow writes them: set.json, chips.jsonl, and memory-mapped arrays of each scene."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.fields import Fields
from resflow_trainer.set_files import open_array, read_json
from resflow_trainer.spec import SplitOverride

NO_CLASS = 255
"""Label of pixels that carry no statement."""

ImageArray = NDArray[Any]
ByteArray = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class ClassRecord:
    id: int
    name: str
    colour: str


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Arrays at the working GSD, memory-mapped: `image` (bands, height, width), `labels` and `valid` (height, width).
    `mean` and `std` are the scene's statistics per band, taken at ingest."""

    id: str
    place: str
    split: str
    image: ImageArray
    labels: ByteArray
    valid: ByteArray
    mean: tuple[float, ...]
    std: tuple[float, ...]
    labelled_pixels: int

    @property
    def height(self) -> int:
        return int(self.labels.shape[0])

    @property
    def width(self) -> int:
        return int(self.labels.shape[1])


@dataclass(frozen=True, kw_only=True)
class Chip:
    scene: str
    x: int
    y: int
    width: int
    height: int
    labelled: int
    class_pixels: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class TrainingSet:
    digest: str
    application: str
    gsd_metres: float
    gsd_min: float
    gsd_max: float
    bands: tuple[str, ...]
    classes: tuple[ClassRecord, ...]
    background: bool
    loss: str
    train: tuple[Scene, ...]
    validation: tuple[Scene, ...]
    chips: tuple[Chip, ...]
    """Chips of the training scenes that hold labels."""
    unlabelled: tuple[Scene, ...] = ()
    """Scenes of the training split that hold no label; only a teacher has something to say about them."""


def read_training_set(folder: Path, split: SplitOverride | None = None) -> TrainingSet:
    """Opens a training set; `split` replaces its own split, by scene ids. Raises ValueError with file and fault."""
    fields = Fields(read_json(folder / "set.json", kind="training set"), str(folder / "set.json"))
    if fields.integer("version") != 1:
        raise ValueError(
            f"{folder / 'set.json'} is of version {fields.values['version']}; this trainer knows version 1"
        )
    bands = fields.texts("bands")
    classes = tuple(
        ClassRecord(id=item.integer("id", least=1), name=item.text("name"), colour=item.text("colour"))
        for item in fields.children("classes")
    )
    scenes = [_read_scene(folder, item, len(bands)) for item in fields.children("scenes")]
    train, validation, unlabelled = _split_scenes(scenes, split, folder)
    gsd = fields.child("gsdRange")
    return TrainingSet(
        digest=fields.text("digest"),
        application=fields.text("application"),
        gsd_metres=fields.number("gsdMetres", above=0),
        gsd_min=gsd.number("min", above=0),
        gsd_max=gsd.number("max", above=0),
        bands=bands,
        classes=classes,
        background=fields.boolean("background"),
        loss=fields.choice("loss", ("cross-entropy", "cross-entropy+dice")),
        train=train,
        validation=validation,
        chips=_read_chips(folder / "chips.jsonl", {scene.id: scene for scene in train}),
        unlabelled=unlabelled,
    )


def count_chip(scene: Scene, *, x: int, y: int, width: int, height: int) -> Chip:
    """Any window of a scene as a chip, with what is labelled in it."""
    window = slice(y, y + height), slice(x, x + width)
    labels = scene.labels[window][scene.valid[window] > 0]
    counts = np.bincount(labels, minlength=NO_CLASS + 1)[:NO_CLASS]
    last = int(np.flatnonzero(counts)[-1]) + 1 if counts.any() else 0
    pixels = tuple(int(count) for count in counts[:last])
    return Chip(scene=scene.id, x=x, y=y, width=width, height=height, labelled=sum(pixels), class_pixels=pixels)


def _open_array(path: Path, shape: tuple[int, ...], dtype: str) -> ImageArray:
    array = open_array(path)
    if array.shape != shape or array.dtype != np.dtype(dtype):
        raise ValueError(f"{path} holds {array.dtype}{array.shape}; set.json says {dtype}{shape}")
    return array


def _read_scene(folder: Path, fields: Fields, bands: int) -> Scene:
    height, width = fields.integer("height", least=1), fields.integer("width", least=1)
    scene_id = fields.text("id")
    mean, std = fields.numbers("mean"), fields.numbers("std")
    if len(mean) != bands or len(std) != bands:
        raise ValueError(f"{fields.where}: {len(mean)} means and {len(std)} deviations for {bands} bands")
    return Scene(
        id=scene_id,
        place=fields.text("place"),
        split=fields.choice("split", ("train", "validation", "test")),
        image=_open_array(folder / fields.text("image"), (bands, height, width), fields.text("dtype")),
        labels=_open_array(folder / fields.text("labels"), (height, width), "uint8"),
        valid=_open_array(folder / fields.text("valid"), (height, width), "uint8"),
        mean=mean,
        std=std,
        labelled_pixels=fields.integer("labelledPixels", least=0),
    )


def _split_scenes(
    scenes: list[Scene], split: SplitOverride | None, folder: Path
) -> tuple[tuple[Scene, ...], tuple[Scene, ...], tuple[Scene, ...]]:
    """Training and validation scenes with labels, and training scenes without any."""
    if split is not None:
        by_id = {scene.id: scene for scene in scenes}
        unknown = [name for name in (*split.train, *split.validation) if name not in by_id]
        if unknown:
            raise ValueError(f"spec.split names scenes that {folder} does not hold: {', '.join(unknown)}")
        train = tuple(by_id[name] for name in split.train)
        validation = tuple(by_id[name] for name in split.validation)
    else:
        train = tuple(scene for scene in scenes if scene.split == "train")
        validation = tuple(scene for scene in scenes if scene.split == "validation")
    unlabelled = tuple(scene for scene in train if not scene.labelled_pixels)
    train = tuple(scene for scene in train if scene.labelled_pixels)
    if not train:
        raise ValueError(f"{folder} holds no labelled scene of the training split")
    return train, tuple(scene for scene in validation if scene.labelled_pixels), unlabelled


def _read_chips(path: Path, scenes: dict[str, Scene]) -> tuple[Chip, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise ValueError(f"There is no {path.name} in {path.parent}: not a training set") from error
    chips = []
    for number, line in enumerate(lines, start=1):
        chip = _parse_chip(line, f"{path}:{number}")
        if chip.labelled and chip.scene in scenes:
            scene = scenes[chip.scene]
            if chip.x + chip.width > scene.width or chip.y + chip.height > scene.height:
                raise ValueError(
                    f"{path}:{number}: the window leaves scene {scene.id} ({scene.width} x {scene.height})"
                )
            chips.append(chip)
    if not chips:
        raise ValueError(f"{path} lists no labelled chip of the training scenes")
    return tuple(chips)


def _parse_chip(line: str, where: str) -> Chip:
    try:
        fields = Fields(json.loads(line), where)
    except json.JSONDecodeError as error:
        raise ValueError(f"{where} is not JSON: {error}") from error
    return Chip(
        scene=fields.text("scene"),
        x=fields.integer("x", least=0),
        y=fields.integer("y", least=0),
        width=fields.integer("width", least=1),
        height=fields.integer("height", least=1),
        labelled=fields.integer("labelled", least=0),
        class_pixels=fields.integers("classPixels"),
    )
