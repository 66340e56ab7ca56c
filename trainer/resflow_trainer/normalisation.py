"""How pixel values become network inputs: the same float32 steps as inference takes, so the same bits."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.spec import Normalisation
from resflow_trainer.training_set import ByteArray, ImageArray, TrainingSet

FloatArray = NDArray[np.float32]

LEAST_STD = np.float32(1e-6)
"""A band with a smaller deviation counts as constant."""


class SceneStatistics(Protocol):
    """A scene's mean and deviation per band, taken at ingest."""

    @property
    def mean(self) -> tuple[float, ...]: ...

    @property
    def std(self) -> tuple[float, ...]: ...


def settled(rule: Normalisation, training_set: TrainingSet) -> Normalisation:
    """What "auto" stands for. Pixels of 8 bits have been stretched for the eye by whoever made them: their values mean
    much the same everywhere, and what a small scene happens to show must not move them, so they are normalised by the
    mean and deviation of the training scenes, every place counting the same. Other types have no common scale: each
    scene by its own statistics."""
    if rule.kind != "auto":
        return rule
    if any(scene.image.dtype != np.uint8 for scene in training_set.train + training_set.validation):
        return Normalisation(kind="scene", clip=rule.clip)
    places = sorted({scene.place for scene in training_set.train})
    by_place = [[scene for scene in training_set.train if scene.place == place] for place in places]
    mean = np.mean([np.mean([scene.mean for scene in scenes], axis=0) for scenes in by_place], axis=0)
    std = np.mean([np.mean([scene.std for scene in scenes], axis=0) for scenes in by_place], axis=0)
    return Normalisation(
        kind="fixed",
        mean=tuple(round(float(value), 3) for value in mean),
        std=tuple(round(max(float(value), 1.0), 3) for value in std),
        data_type="uint8",
    )


def normalise(image: ImageArray, valid: ByteArray, *, scene: SceneStatistics, rule: Normalisation) -> FloatArray:
    """Pixels (bands, height, width) in the source's units to inputs, float32; 0 where invalid or not a number."""
    values = np.asarray(image, dtype=np.float32)
    if rule.kind == "scene":
        mean, std = _columns(scene.mean), np.maximum(_columns(scene.std), LEAST_STD)
        clip = np.float32(rule.clip)
        inputs: FloatArray = np.clip((values - mean) / std, -clip, clip)
    else:
        inputs = (values * np.float32(rule.scale) - _columns(rule.mean)) / _columns(rule.std)
    inputs[:, valid == 0] = 0
    inputs[np.isnan(inputs)] = 0
    return inputs


def _columns(values: tuple[float, ...]) -> FloatArray:
    return np.asarray(values, dtype=np.float32)[:, None, None]
