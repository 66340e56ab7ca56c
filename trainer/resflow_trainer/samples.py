"""Real images out of a training set, unaugmented, for calibrating, checking and measuring an export."""

import numpy as np

from resflow_trainer.crops import Sampler
from resflow_trainer.normalisation import FloatArray
from resflow_trainer.spec import Normalisation
from resflow_trainer.tiles import read_window
from resflow_trainer.training_set import Scene


def training_images(sampler: Sampler, *, rule: Normalisation, count: int, side: int, seed: int) -> list[FloatArray]:
    """`count` windows (1, bands, side, side) drawn as crops are; moved inside their scene as far as it is large enough,
    0 beyond."""
    rng = np.random.default_rng([seed, 1])
    images = []
    for _ in range(count):
        centre = sampler.draw(rng)
        images.append(_window(centre.scene, x=centre.x - side // 2, y=centre.y - side // 2, side=side, rule=rule))
    return images


def validation_images(
    scenes: tuple[Scene, ...], *, rule: Normalisation, count: int, side: int, seed: int
) -> list[FloatArray]:
    """`count` windows (1, bands, side, side) at random places, taking the scenes in turn, larger ones first."""
    rng = np.random.default_rng([seed, 2])
    ordered = sorted(scenes, key=lambda scene: (-min(scene.height, scene.width, side), scene.id))
    images = []
    for index in range(count):
        scene = ordered[index % len(ordered)]
        x, y = int(rng.integers(scene.width)) - side // 2, int(rng.integers(scene.height)) - side // 2
        images.append(_window(scene, x=x, y=y, side=side, rule=rule))
    return images


def _window(scene: Scene, *, x: int, y: int, side: int, rule: Normalisation) -> FloatArray:
    x = max(0, min(x, scene.width - side))
    y = max(0, min(y, scene.height - side))
    return read_window(scene, x=x, y=y, width=side, height=side, rule=rule)[None]
