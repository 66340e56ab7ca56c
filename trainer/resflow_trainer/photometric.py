"""Photometric augmentation: what another sensor, hour or season would do to the same ground."""

import cv2
import numpy as np
from numpy.random import Generator

from resflow_trainer.normalisation import FloatArray

RGB = ("red", "green", "blue")


def jitter(unit: FloatArray, *, bands: tuple[str, ...], rng: Generator) -> FloatArray:
    """image (bands, size, size), about 0..1 -> the same, changed at random: blur, hue and saturation (only red, green,
    blue sets), brightness and contrast per band, gamma, noise, grey. Every step is drawn by itself."""
    if rng.random() < 0.4:
        unit = _blur(unit, float(rng.uniform(1.2, 4.0)))
    if bands == RGB and rng.random() < 0.5:
        unit = _hue_saturation(unit, rng)
    if rng.random() < 0.6:
        unit = _gain_offset(unit, rng)
    if rng.random() < 0.3:
        unit = np.power(np.clip(unit, 0, 1), np.float32(np.exp(rng.uniform(-0.4, 0.4))))
    if rng.random() < 0.3:
        noise = rng.standard_normal(unit.shape, dtype=np.float32)
        unit = unit + noise * np.float32(rng.uniform(0.005, 0.04))
    if bands == RGB and rng.random() < 0.08:
        unit = np.repeat(unit.mean(axis=0, keepdims=True), len(bands), axis=0)
    return unit


def _blur(unit: FloatArray, factor: float) -> FloatArray:
    """Averages down by `factor` and interpolates back: a coarser sensor."""
    size = unit.shape[1]
    small = max(8, round(size / factor))
    blurred = np.empty_like(unit)
    for band, plane in enumerate(unit):
        coarse = cv2.resize(plane, (small, small), interpolation=cv2.INTER_AREA)
        blurred[band] = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    return blurred


def _hue_saturation(unit: FloatArray, rng: Generator) -> FloatArray:
    pixels = np.ascontiguousarray(np.clip(unit, 0, 1).transpose(1, 2, 0))
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + np.float32(rng.uniform(-8, 8))) % 360
    hsv[..., 1] = np.clip(hsv[..., 1] * np.float32(rng.uniform(0.6, 1.4)), 0, 1)
    hsv[..., 2] = np.clip(hsv[..., 2] * np.float32(rng.uniform(0.7, 1.3)), 0, 1)
    changed: FloatArray = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return np.ascontiguousarray(changed.transpose(2, 0, 1))


def _gain_offset(unit: FloatArray, rng: Generator) -> FloatArray:
    """Brightness and contrast of all bands together, and a little of each by itself: vegetation stays green. Crops of
    purple fields, which no sensor sees, took from the network what tells trees from roofs."""
    shape = (unit.shape[0], 1, 1)
    gain = (rng.uniform(0.8, 1.25) * rng.uniform(0.94, 1.06, size=shape)).astype(np.float32)
    offset = (rng.uniform(-0.08, 0.08) + rng.uniform(-0.025, 0.025, size=shape)).astype(np.float32)
    middle = unit.mean(axis=(1, 2), keepdims=True)
    changed: FloatArray = (unit - middle) * gain + middle + offset
    return changed
