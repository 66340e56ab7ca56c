"""Chip sets as RESFlow writes them: set.json and memory-mapped arrays of equally large chips from many scenes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.fields import Fields
from resflow_trainer.normalisation import FloatArray, normalise
from resflow_trainer.set_files import open_array, read_json
from resflow_trainer.spec import Normalisation
from resflow_trainer.training_set import ByteArray, ImageArray

IntArray = NDArray[np.int64]

BATCH = 32
"""Chips that are read and embedded at once."""


@dataclass(frozen=True, kw_only=True)
class ChipScene:
    id: str
    place: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class ChipSet:
    """`chips` (count, bands, side, side) in the source's units, `valid` (count, side, side), `scene` (count): index
    into `scenes`."""

    digest: str
    gsd_metres: float
    chip_pixels: int
    bands: tuple[str, ...]
    scenes: tuple[ChipScene, ...]
    chips: ImageArray
    valid: ByteArray
    scene: IntArray

    @property
    def count(self) -> int:
        return len(self.scene)

    def images(self, indices: IntArray, rule: Normalisation) -> FloatArray:
        """Network inputs (indices, bands, side, side), no data 0."""
        size = (self.chip_pixels, self.chip_pixels)
        images = np.empty((len(indices), len(self.bands), *size), np.float32)
        for image, index in zip(images, indices, strict=True):
            scene = self.scenes[self.scene[index]]
            image[:] = normalise(self.chips[index], self.valid[index], scene=scene, rule=rule)
        return images

    def batches(self, indices: IntArray, rule: Normalisation) -> Iterator[FloatArray]:
        for first in range(0, len(indices), BATCH):
            yield self.images(indices[first : first + BATCH], rule)

    def sample(self, count: int, *, seed: int) -> IntArray:
        """At most `count` chips, drawn without replacement, in the set's order."""
        if count >= self.count:
            return np.arange(self.count)
        return np.sort(np.random.default_rng(seed).choice(self.count, count, replace=False))


def read_chip_set(folder: Path) -> ChipSet:
    """Raises ValueError with file and fault."""
    path = folder / "set.json"
    fields = Fields(read_json(path, kind="chip set"), str(path))
    if fields.integer("version") != 1:
        raise ValueError(f"{path} is of version {fields.values['version']}; this trainer knows version 1")
    bands, side = fields.texts("bands"), fields.integer("chipPixels", least=1)
    count = fields.integer("count", least=0)
    if count == 0:
        raise ValueError(f"{path} holds no chip")
    scenes = tuple(_scene(item, len(bands)) for item in fields.children("scenes"))
    scene = _array(folder / "scene.npy", (count,)).astype(np.int64)
    if scene.min() < 0 or scene.max() >= len(scenes):
        raise ValueError(f"{folder / 'scene.npy'} names scene {scene.max()}; {path} has {len(scenes)}")
    return ChipSet(
        digest=fields.text("digest"),
        gsd_metres=fields.number("gsdMetres", above=0),
        chip_pixels=side,
        bands=bands,
        scenes=scenes,
        chips=_array(folder / "chips.npy", (count, len(bands), side, side)),
        valid=_array(folder / "valid.npy", (count, side, side)),
        scene=scene,
    )


def _scene(fields: Fields, bands: int) -> ChipScene:
    scene = ChipScene(
        id=fields.text("id"), place=fields.text("place"), mean=fields.numbers("mean"), std=fields.numbers("std")
    )
    if len(scene.mean) != bands or len(scene.std) != bands:
        raise ValueError(f"{fields.where}: {len(scene.mean)} means and {len(scene.std)} deviations for {bands} bands")
    return scene


def _array(path: Path, shape: tuple[int, ...]) -> ImageArray:
    array = open_array(path)
    if array.shape != shape:
        raise ValueError(f"{path} holds {array.dtype}{array.shape}; set.json says {shape}")
    return array
