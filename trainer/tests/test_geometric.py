"""Crops: where they lie, and that image and labels stay together."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resflow_trainer.crops import CropCentre
from resflow_trainer.geometric import INSIDE_SHARE, cut_crop
from resflow_trainer.training_set import Scene, read_training_set
from tests.synthetic import make_training_set

SIZE = 64


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = read_training_set(make_training_set(tmp_path / "set", side=400)).train[0]
    image = np.broadcast_to(scene.labels == 1, scene.image.shape).astype(np.uint8) * 200
    return replace(scene, image=image, valid=np.ones_like(scene.valid), labels=(image[0] > 0).astype(np.uint8))


def test_crops_near_a_corner_lie_inside_the_scene_but_for_a_share(scene: Scene) -> None:
    rng = np.random.default_rng(3)
    crops = [cut_crop(CropCentre(scene=scene, x=2, y=397), size=SIZE, rng=rng) for _ in range(300)]
    whole = sum(bool((crop.valid == 1).all()) for crop in crops) / len(crops)
    assert INSIDE_SHARE - 0.05 < whole < 1


def test_a_scene_smaller_than_a_crop_lies_in_its_middle(scene: Scene) -> None:
    window = (slice(0, 20), slice(0, 20))
    small = replace(scene, image=scene.image[:, :20, :20], labels=scene.labels[window], valid=scene.valid[window])
    rng = np.random.default_rng(4)
    for _ in range(40):
        crop = cut_crop(CropCentre(scene=small, x=19, y=0), size=SIZE, rng=rng)
        assert crop.valid.any()


def test_labels_follow_the_image(scene: Scene) -> None:
    rng = np.random.default_rng(5)
    agreeing = []
    for _ in range(50):
        centre = CropCentre(scene=scene, x=int(rng.integers(400)), y=int(rng.integers(400)))
        crop = cut_crop(centre, size=SIZE, rng=rng)
        inside = crop.valid == 1
        agreeing.append(((crop.image[0] > 100) == (crop.labels == 1))[inside].mean())
    assert np.mean(agreeing) > 0.98
