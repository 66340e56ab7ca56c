"""Reads a scene and writes two constant layers, window by window, as rasterio does it: the peer of the no-op bench.

python bench/peers/noop_scene.py SCENE.tif OUT_DIR
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

SIDE = 1024


def main() -> None:
    scene_path, out = sys.argv[1], Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    with rasterio.open(scene_path) as scene:
        profile = scene.profile
        profile.update(
            driver="GTiff", count=1, dtype="uint8", compress="deflate", zlevel=1, tiled=True, blockxsize=512, blockysize=512
        )
        profile["photometric"] = None
        with (
            rasterio.open(out / "class.tif", "w", **{**profile, "nodata": 255}) as classes,
            rasterio.open(out / "confidence.tif", "w", **{**profile, "nodata": 0}) as confidence,
        ):
            for y in range(0, scene.height, SIDE):
                for x in range(0, scene.width, SIDE):
                    window = Window(x, y, min(SIDE, scene.width - x), min(SIDE, scene.height - y))
                    scene.read([1, 2, 3], window=window)
                    valid = scene.dataset_mask(window=window) > 0
                    classes.write(np.where(valid, 0, 255).astype(np.uint8), 1, window=window)
                    confidence.write(np.where(valid, 255, 0).astype(np.uint8), 1, window=window)
    json.dump({"seconds": time.perf_counter() - start}, sys.stdout)


if __name__ == "__main__":
    main()
