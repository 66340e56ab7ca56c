"""Tiles over which scenes are evaluated."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.normalisation import FloatArray, normalise
from resflow_trainer.spec import Normalisation
from resflow_trainer.training_set import NO_CLASS, ByteArray, Scene

CORE = 512
HALO = 64


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A core of a scene, that is evaluated; up to `HALO` pixels around it are read for context."""

    scene: Scene
    x: int
    y: int
    width: int
    height: int

    @property
    def labels(self) -> ByteArray:
        """(height, width); 255 where the image holds no data, too."""
        window = (slice(self.y, self.y + self.height), slice(self.x, self.x + self.width))
        return np.where(self.scene.valid[window] == 0, np.uint8(NO_CLASS), self.scene.labels[window])

    @property
    def pixels(self) -> int:
        return self.width * self.height


@dataclass(frozen=True, kw_only=True)
class TileInput:
    """image (1, bands, height, width), both multiples of `multiple`; `core` cuts the tile's core out of the output."""

    image: FloatArray
    core: tuple[slice, slice]


def tiles_of(
    scenes: tuple[Scene, ...], *, max_megapixels: float, counted: Callable[[Tile], NDArray[np.bool_]] | None = None
) -> list[Tile]:
    """Tiles that hold labels, in pixels that are counted where not all are. Where they are too many, an even share of
    each scene's, at least one: the same always."""

    def holds_labels(tile: Tile) -> bool:
        labelled = tile.labels != NO_CLASS
        return bool((labelled if counted is None else labelled & counted(tile)).any())

    by_scene = [[tile for tile in _grid(scene) if holds_labels(tile)] for scene in scenes]
    total = sum(tile.pixels for tiles in by_scene for tile in tiles) / 1e6
    share = min(1.0, max_megapixels / max(total, 1e-9))
    chosen: list[Tile] = []
    for tiles in by_scene:
        kept = min(len(tiles), max(1, round(len(tiles) * share)))
        chosen += [tiles[int(i)] for i in (np.arange(kept) + 0.5) * len(tiles) / max(kept, 1)]
    return chosen


def _grid(scene: Scene) -> list[Tile]:
    return [
        Tile(scene=scene, x=x, y=y, width=min(CORE, scene.width - x), height=min(CORE, scene.height - y))
        for y in range(0, scene.height, CORE)
        for x in range(0, scene.width, CORE)
    ]


def read_window(scene: Scene, *, x: int, y: int, width: int, height: int, rule: Normalisation) -> FloatArray:
    """Inputs (bands, height, width) of any window, 0 outside the scene."""
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + width, scene.width), min(y + height, scene.height)
    inputs = np.zeros((scene.image.shape[0], height, width), np.float32)
    inside = (slice(y0, y1), slice(x0, x1))
    values = normalise(scene.image[:, y0:y1, x0:x1], scene.valid[inside], scene=scene, rule=rule)
    inputs[:, y0 - y : y1 - y, x0 - x : x1 - x] = values
    return inputs


def read_tile(tile: Tile, *, multiple: int, rule: Normalisation) -> TileInput:
    """Reads core and halo; beyond the scene's edge it only pads up to the multiple, with 0."""
    x0, y0 = max(tile.x - HALO, 0), max(tile.y - HALO, 0)
    x1 = min(tile.x + tile.width + HALO, tile.scene.width)
    y1 = min(tile.y + tile.height + HALO, tile.scene.height)
    width, height = (-(-size // multiple) * multiple for size in (x1 - x0, y1 - y0))
    image = read_window(tile.scene, x=x0, y=y0, width=width, height=height, rule=rule)
    rows = slice(tile.y - y0, tile.y - y0 + tile.height)
    columns = slice(tile.x - x0, tile.x - x0 + tile.width)
    return TileInput(image=image[None], core=(rows, columns))
