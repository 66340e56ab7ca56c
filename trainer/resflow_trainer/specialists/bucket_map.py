"""Which bucket each part of a scene belongs to: the gallery's cells on the scenes of a training set."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.crops import CropCentre
from resflow_trainer.fields import Fields
from resflow_trainer.set_files import read_json
from resflow_trainer.tiles import Tile
from resflow_trainer.training_set import Chip, Scene, count_chip

NO_BUCKET = -1
"""Of cells that the gallery left out."""


@dataclass(frozen=True, kw_only=True)
class SceneBuckets:
    """`buckets` (rows, columns); cell (row, column) covers the pixels rows[row] to rows[row + 1], columns likewise."""

    buckets: NDArray[np.int64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]

    def at(self, *, x: int, y: int, width: int, height: int) -> NDArray[np.int64]:
        """The bucket of each pixel of a window inside the scene, (height, width)."""
        cells = self.cells_at(x=x, y=y, width=width, height=height)
        buckets: NDArray[np.int64] = self.buckets.ravel()[cells]
        return buckets

    def cells_at(self, *, x: int, y: int, width: int, height: int) -> NDArray[np.int64]:
        """The cell of each pixel, counted row by row, (height, width)."""
        row = np.searchsorted(self.rows, np.arange(y, y + height), side="right") - 1
        column = np.searchsorted(self.columns, np.arange(x, x + width), side="right") - 1
        cells: NDArray[np.int64] = row[:, None] * self.buckets.shape[1] + column[None, :]
        return cells


@dataclass(frozen=True, kw_only=True)
class BucketMap:
    """`codes` names the buckets."""

    codes: tuple[str, ...]
    scenes: dict[str, SceneBuckets]

    def of(self, scene: Scene) -> SceneBuckets:
        """Raises ValueError for a scene that the file does not hold."""
        found = self.scenes.get(scene.id)
        if found is None:
            raise ValueError(f"The buckets file does not hold scene {scene.id}")
        return found

    def bucket_of(self, centre: CropCentre) -> int:
        """The bucket of the pixel that a crop was drawn for."""
        return int(self.of(centre.scene).at(x=centre.x, y=centre.y, width=1, height=1)[0, 0])

    def chips(self, scenes: tuple[Scene, ...], bucket: int) -> tuple[Chip, ...]:
        """The cells of one bucket, with what is labelled in them."""
        chips = []
        for scene in scenes:
            cells = self.of(scene)
            for row, column in np.argwhere(cells.buckets == bucket):
                x, y = int(cells.columns[column]), int(cells.rows[row])
                width, height = int(cells.columns[column + 1]) - x, int(cells.rows[row + 1]) - y
                if width > 0 and height > 0:
                    chips.append(count_chip(scene, x=x, y=y, width=width, height=height))
        return tuple(chips)

    def counted(self, bucket: int) -> Callable[[Tile], NDArray[np.bool_]]:
        """Says which pixels of a tile lie in a bucket."""
        return lambda tile: self.of(tile.scene).at(x=tile.x, y=tile.y, width=tile.width, height=tile.height) == bucket


def read_bucket_map(path: Path, scenes: tuple[Scene, ...]) -> BucketMap:
    """Reads a buckets file for the scenes of a training set. Raises ValueError where it does not fit them.

    {"version": 1, "codes": [hex], "scenes": [{"id", "cellWidth", "cellHeight", "columns", "rows", "buckets": [...]}]}:
    cells lie side by side from the scene's corner, row by row, their sides in pixels of the training set; the last ones
    may hang over; -1 is a cell without a bucket."""
    fields = Fields(read_json(path, kind="buckets file"), str(path))
    if fields.integer("version") != 1:
        raise ValueError(f"{path} is of version {fields.values['version']}; this trainer knows version 1")
    codes = fields.texts("codes")
    by_id = {scene.id: scene for scene in scenes}
    found = {}
    for item in fields.children("scenes"):
        scene = by_id.get(item.text("id"))
        if scene is not None:
            found[scene.id] = _read_scene(item, scene, len(codes))
    return BucketMap(codes=codes, scenes=found)


def _read_scene(fields: Fields, scene: Scene, count: int) -> SceneBuckets:
    columns, rows = fields.integer("columns", least=1), fields.integer("rows", least=1)
    buckets = np.array(fields.integers("buckets"), dtype=np.int64)
    if len(buckets) != columns * rows or buckets.min() < NO_BUCKET or buckets.max() >= count:
        raise ValueError(f"{fields.where}.buckets must be {columns * rows} numbers from -1 to {count - 1}")
    return SceneBuckets(
        buckets=buckets.reshape(rows, columns),
        rows=_edges(fields, "cellHeight", rows, scene.height),
        columns=_edges(fields, "cellWidth", columns, scene.width),
    )


def _edges(fields: Fields, key: str, count: int, size: int) -> NDArray[np.int64]:
    side = fields.number(key, above=0)
    edges = np.rint(np.arange(count + 1) * side).astype(np.int64)
    if edges[-1] < size - 1:
        raise ValueError(f"{fields.where}: {count} cells of {side:g} pixels do not cover {size} pixels")
    edges[-1] = max(edges[-1], size)
    inside: NDArray[np.int64] = np.minimum(edges, size)
    return inside
