"""Where crops are taken: balanced over places and over foreground."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from resflow_trainer.spec import Sampling
from resflow_trainer.training_set import Chip, Scene, TrainingSet


@dataclass(frozen=True, kw_only=True)
class CropCentre:
    """A pixel of a scene."""

    scene: Scene
    x: int
    y: int


class Sampler(Protocol):
    def draw(self, rng: Generator) -> CropCentre: ...


@dataclass(frozen=True, kw_only=True)
class _Pool:
    """Chips to draw from, with their cumulated probabilities."""

    chips: tuple[Chip, ...]
    cumulated: NDArray[np.float64]

    def draw(self, rng: Generator) -> Chip:
        index = int(np.searchsorted(self.cumulated, rng.random(), side="right"))
        return self.chips[min(index, len(self.chips) - 1)]


@dataclass(frozen=True, kw_only=True)
class _Place:
    all: _Pool
    by_class: tuple[tuple[int, _Pool], ...]
    """(class id, chips weighted by their pixels of it), for each class but the background."""


class CropSampler:
    """Draws crop centres: first a place, then a chip of it (weighted by labelled pixels, or by pixels of a class),
    then a pixel in the chip (any, or one of that class). Holds no state: all randomness comes from the caller."""

    def __init__(self, training_set: TrainingSet, sampling: Sampling) -> None:
        self._scenes = {scene.id: scene for scene in (*training_set.train, *training_set.unlabelled)}
        self._foreground_share = sampling.foreground_share
        by_place: dict[str, list[Chip]] = {}
        for chip in training_set.chips:
            by_place.setdefault(self._scenes[chip.scene].place, []).append(chip)
        names = sorted(by_place)
        ids = [record.id for record in training_set.classes]
        self._places = [_make_place(by_place[name], ids) for name in names]
        labelled = np.array([sum(chip.labelled for chip in by_place[name]) for name in names], dtype=np.float64)
        self._cumulated = _cumulate(labelled**sampling.place_power)

    def draw(self, rng: Generator) -> CropCentre:
        index = int(np.searchsorted(self._cumulated, rng.random(), side="right"))
        place = self._places[min(index, len(self._places) - 1)]
        if place.by_class and rng.random() < self._foreground_share:
            class_id, pool = place.by_class[int(rng.integers(len(place.by_class)))]
            return self._on_class(pool.draw(rng), class_id, rng)
        chip = place.all.draw(rng)
        return CropCentre(
            scene=self._scenes[chip.scene],
            x=chip.x + int(rng.integers(chip.width)),
            y=chip.y + int(rng.integers(chip.height)),
        )

    def _on_class(self, chip: Chip, class_id: int, rng: Generator) -> CropCentre:
        scene = self._scenes[chip.scene]
        labels = scene.labels[chip.y : chip.y + chip.height, chip.x : chip.x + chip.width]
        hits = np.flatnonzero(labels == class_id)
        if not hits.size:
            raise ValueError(f"chips.jsonl says that class {class_id} is in {chip}, but the labels say otherwise")
        row, column = divmod(int(hits[rng.integers(hits.size)]), labels.shape[1])
        return CropCentre(scene=scene, x=chip.x + column, y=chip.y + row)


def _make_place(chips: list[Chip], ids: list[int]) -> _Place:
    by_class = []
    for class_id in ids:
        holding = [chip for chip in chips if len(chip.class_pixels) > class_id and chip.class_pixels[class_id]]
        if holding:
            by_class.append((class_id, _make_pool(holding, [chip.class_pixels[class_id] for chip in holding])))
    return _Place(all=_make_pool(chips, [chip.labelled for chip in chips]), by_class=tuple(by_class))


def _make_pool(chips: list[Chip], weights: list[int]) -> _Pool:
    return _Pool(chips=tuple(chips), cumulated=_cumulate(np.array(weights, dtype=np.float64)))


def _cumulate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    cumulated: NDArray[np.float64] = np.cumsum(weights / weights.sum())
    return cumulated
