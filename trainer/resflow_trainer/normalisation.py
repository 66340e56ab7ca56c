"""How pixel values become network inputs: the same float32 steps as inference takes, so the same bits."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.spec import Normalisation
from resflow_trainer.training_set import ByteArray, ImageArray

FloatArray = NDArray[np.float32]

LEAST_STD = np.float32(1e-6)
"""A band with a smaller deviation counts as constant."""


class SceneStatistics(Protocol):
    """A scene's mean and deviation per band, taken at ingest."""

    @property
    def mean(self) -> tuple[float, ...]: ...

    @property
    def std(self) -> tuple[float, ...]: ...


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
