"""Maps one scene as a careful user of rasterio would: the peer that `npm run bench` times RESFlow against.

Windows with a halo, read ahead by a thread, batches, a linear blend over the overlap, classes and confidences written as
tiled, compressed GeoTIFFs (without overviews, which RESFlow's maps have). Two ways to run the network: ONNX Runtime, or
PyTorch with channels-last memory in float32 or bfloat16.

    python bench/peers/map_scene.py SCENE.tif MODEL_DIR OUT_DIR --engine onnx|torch --precision float32|bfloat16
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

Floats = NDArray[np.float32]
Network = Callable[[Floats], Floats]


def onnx_network(folder: Path, threads: int) -> Network:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda batch: np.asarray(session.run(None, {name: batch})[0], dtype=np.float32)


def torch_network(folder: Path, threads: int, precision: str) -> Network:
    import torch
    from resflow_trainer.fold import folded
    from resflow_trainer.networks import build_network
    from safetensors.torch import load_file

    torch.set_num_threads(threads)
    card = json.loads((folder / "card.json").read_text())
    built = build_network(card["network"]["name"], bands=len(card["bands"]), outputs=card["output"]["channels"])
    built.load_state_dict(load_file(folder / "weights.safetensors"))
    network = folded(built.eval()).to(memory_format=torch.channels_last)
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32

    def run(batch: Floats) -> Floats:
        with torch.inference_mode(), torch.autocast("cpu", dtype=dtype, enabled=dtype != torch.float32):
            images = torch.from_numpy(batch).to(memory_format=torch.channels_last)
            logits: Floats = network(images).float().numpy()
            return logits

    return run


def starts(length: int, tile: int, halo: int) -> list[int]:
    """Offsets of tiles whose cores cover 0..length."""
    core = tile - 2 * halo
    return [position - halo for position in range(0, length, core)]


def weights(tile: int, halo: int, blend: int) -> Floats:
    """1 in the core, falling linearly over `blend` pixels on both sides of the core's edge."""
    position = np.arange(tile, dtype=np.float32) + 0.5
    inside = np.minimum(position - halo, tile - halo - position)
    line = np.clip((inside + blend) / (2 * blend), 0, 1)
    return np.asarray(np.outer(line, line), dtype=np.float32)


def read_tile(
    path: str, origin: tuple[int, int], tile: int, stats: tuple[Floats, Floats, float]
) -> tuple[tuple[int, int], Floats, NDArray[np.bool_]]:
    mean, std, clip = stats
    with rasterio.open(path) as scene:
        window = Window(origin[1], origin[0], tile, tile)
        image = scene.read([1, 2, 3], window=window, boundless=True, fill_value=0).astype(np.float32)
        valid = scene.dataset_mask(window=window, boundless=True) > 0
    image = np.clip((image - mean[:, None, None]) / std[:, None, None], -clip, clip)
    image[:, ~valid] = 0
    return origin, image.astype(np.float32), valid


def read_ahead(
    path: str, origins: list[tuple[int, int]], tile: int, stats: tuple[Floats, Floats, float]
) -> Iterator[tuple[tuple[int, int], Floats, NDArray[np.bool_]]]:
    with ThreadPoolExecutor(1) as pool:
        ahead = [pool.submit(read_tile, path, origin, tile, stats) for origin in origins[:4]]
        for following in [*origins[4:], None, None, None, None]:
            if not ahead:
                return
            done = ahead.pop(0).result()
            if following is not None:
                ahead.append(pool.submit(read_tile, path, following, tile, stats))
            yield done


def normalisation_of(rule: dict[str, Any], item: Path) -> tuple[Floats, Floats, float]:
    """Mean, deviation and limit: the model's own, or those of the scene."""
    if rule["kind"] == "fixed":
        scale = np.float32(rule["scale"])
        return np.array(rule["mean"], dtype=np.float32) / scale, np.array(rule["std"], dtype=np.float32) / scale, np.inf
    bands = json.loads(item.read_text())["assets"]["image"]["bands"][:3]
    mean, std = (
        np.array([band["statistics"][name] for band in bands], dtype=np.float32) for name in ("mean", "stddev")
    )
    return mean, np.maximum(std, np.float32(1e-6)), float(rule["clip"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("scene")
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--item", type=Path, required=True, help="the scene's STAC Item, for its statistics")
    parser.add_argument("--engine", choices=["onnx", "torch"], required=True)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--tile", type=int, default=1024)
    parser.add_argument("--blend", type=int, default=16)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    card = json.loads((options.model / "card.json").read_text())
    stats = normalisation_of(card["normalisation"], options.item)
    halo, tile = int(card["halo"]["pixels"]), options.tile
    if options.engine == "onnx":
        network = onnx_network(options.model, options.threads)
    else:
        network = torch_network(options.model, options.threads, options.precision)

    start = time.perf_counter()
    with rasterio.open(options.scene) as scene:
        height, width, profile = scene.height, scene.width, scene.profile
    total = np.zeros((height, width), dtype=np.float32)
    weight_sum = np.zeros((height, width), dtype=np.float32)
    has_data = np.zeros((height, width), dtype=bool)
    weight = weights(tile, halo, options.blend)
    origins = [(y, x) for y in starts(height, tile, halo) for x in starts(width, tile, halo)]
    network_seconds = 0.0
    pending: list[tuple[tuple[int, int], Floats, NDArray[np.bool_]]] = []

    def flush() -> None:
        nonlocal network_seconds
        if not pending:
            return
        began = time.perf_counter()
        logits = network(np.stack([image for _, image, _ in pending]))[:, 0]
        network_seconds += time.perf_counter() - began
        probabilities = 1 / (1 + np.exp(-logits / card["output"]["temperature"]))
        for ((y, x), _, valid), probability in zip(pending, probabilities, strict=True):
            top, left = max(0, -y), max(0, -x)
            bottom, right = min(tile, height - y), min(tile, width - x)
            inner = np.s_[top:bottom, left:right]
            outer = np.s_[y + top : y + bottom, x + left : x + right]
            total[outer] += probability[inner] * weight[inner]
            weight_sum[outer] += weight[inner]
            has_data[outer] |= valid[inner]
        pending.clear()

    for tile_read in read_ahead(options.scene, origins, tile, stats):
        if not tile_read[2].any():
            continue
        pending.append(tile_read)
        if len(pending) == options.batch:
            flush()
    flush()
    probability = total / np.maximum(weight_sum, 1e-6)
    classes = np.where(has_data, probability > card["output"]["threshold"], 255).astype(np.uint8)
    confidence = np.where(has_data, np.round(255 * np.maximum(probability, 1 - probability)), 0).astype(np.uint8)
    options.out.mkdir(parents=True, exist_ok=True)
    profile.update(
        driver="GTiff", count=1, dtype="uint8", compress="deflate", tiled=True, blockxsize=512, blockysize=512, photometric=None
    )
    for name, layer, nodata in (("class", classes, 255), ("confidence", confidence, 0)):
        with rasterio.open(options.out / f"{name}.tif", "w", **{**profile, "nodata": nodata}) as out:
            out.write(layer, 1)
    seconds = time.perf_counter() - start
    json.dump({"seconds": seconds, "networkSeconds": network_seconds, "tiles": len(origins)}, sys.stdout)


if __name__ == "__main__":
    main()
