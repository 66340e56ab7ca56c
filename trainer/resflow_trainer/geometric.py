"""Geometric augmentation: crops at any angle and scale, cut from the scene in one interpolation."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from resflow_trainer.crops import CropCentre
from resflow_trainer.training_set import NO_CLASS, ByteArray, ImageArray, Scene

SCALES = (0.6, 1.7)
"""Size of a pixel of the crop, in pixels of the scene, is 1 / scale: above 1 things look larger."""

MAX_SHIFT = 0.35
"""Largest distance, in crops, of the drawn pixel from the crop's centre."""

INSIDE_SHARE = 0.9
"""This share of the crops is moved into its scene as far as the scene is large enough: crops of small scenes,
left where they fall, would often be empty in part. The others show the network what the edge of a scene looks like."""

REFLECTED_SHARE = 0.5
"""Crops that leave the scene: this share sees it mirrored (labels too), the others see no data there."""


@dataclass(frozen=True, kw_only=True)
class Crop:
    """image (bands, size, size) float32 in the source's units, labels and valid (size, size)."""

    image: NDArray[np.float32]
    labels: ByteArray
    valid: ByteArray


def cut_crop(centre: CropCentre, *, size: int, rng: Generator) -> Crop:
    """A crop near `centre`, rotated by any angle, maybe mirrored, scaled. Labels by nearest neighbour, image linear;
    a pixel is valid where its nearest neighbour is; linear interpolation may mix in no-data only along that edge."""
    angle = rng.uniform(0, 2 * np.pi)
    scale = float(np.exp(rng.uniform(np.log(SCALES[0]), np.log(SCALES[1]))))
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    shift = rng.uniform(-MAX_SHIFT, MAX_SHIFT, size=2) * size
    mode = cv2.BORDER_REFLECT_101 if rng.random() < REFLECTED_SHARE else cv2.BORDER_CONSTANT
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    linear = np.array([[cos * mirror, -sin], [sin * mirror, cos]])
    middle = np.array([centre.x, centre.y]) + linear @ shift
    if rng.random() < INSIDE_SHARE:
        middle = _inside(middle, centre.scene, reach=np.abs(linear) @ np.full(2, (size - 1) / 2))
    offset = middle - linear @ np.full(2, (size - 1) / 2)
    return _warp(centre, np.column_stack([linear, offset]), size, mode)


def _inside(middle: NDArray[np.float64], scene: Scene, *, reach: NDArray[np.float64]) -> NDArray[np.float64]:
    """The centre (x, y) nearest to `middle` from which a crop that reaches `reach` to each side stays inside; along an
    axis where none does, the scene's centre."""
    last = np.array([scene.width, scene.height]) - 1
    return np.where(last >= 2 * reach, np.clip(middle, reach, np.maximum(last - reach, reach)), last / 2)


def _warp(centre: CropCentre, to_scene: NDArray[np.float64], size: int, mode: int) -> Crop:
    """Samples the scene at to_scene @ (x, y, 1) for each pixel of the crop; reads only what is needed."""
    scene = centre.scene
    corners = to_scene @ np.array([[0, size - 1, 0, size - 1], [0, 0, size - 1, size - 1], [1, 1, 1, 1]])
    x0, y0 = (int(v) for v in np.maximum(np.floor(corners.min(axis=1)) - 2, 0))
    x1 = min(int(np.ceil(corners[0].max())) + 3, scene.width)
    y1 = min(int(np.ceil(corners[1].max())) + 3, scene.height)
    local = to_scene.copy()
    local[:, 2] -= (x0, y0)

    def sample(plane: ImageArray, flags: int, outside: int) -> ImageArray:
        sampled: ImageArray = cv2.warpAffine(
            plane, local, (size, size), flags=flags | cv2.WARP_INVERSE_MAP, borderMode=mode, borderValue=outside
        )
        return sampled

    window = (slice(y0, y1), slice(x0, x1))
    planes = [sample(np.asarray(band[window], np.float32), cv2.INTER_LINEAR, 0) for band in scene.image]
    return Crop(
        image=np.stack(planes),
        labels=sample(np.ascontiguousarray(scene.labels[window]), cv2.INTER_NEAREST, NO_CLASS),
        valid=sample(np.ascontiguousarray(scene.valid[window]), cv2.INTER_NEAREST, 0),
    )
