"""Views of a chip that differ in what must not matter: direction, a small shift, size, light, sharpness."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional

SCALE = 0.25
"""Things look up to exp(0.25) = 1.28 times larger or smaller."""

SHIFT = 0.12
"""Of the chip's side."""


@dataclass(frozen=True, kw_only=True)
class View:
    image: Tensor
    known: Tensor


def make_view(image: Tensor, known: Tensor, *, side: int, generator: Generator) -> View:
    """A view (n, bands, side, side) of reduced images (n, bands, h, h), each row drawn by itself."""
    moved = _move(torch.cat([image, known], dim=1), side, generator)
    seen = (moved[:, -1:] > 0.5).to(image.dtype)
    return View(image=expose(moved[:, :-1], generator) * seen, known=seen)


def _uniform(low: float, high: float, shape: tuple[int, ...], generator: Generator) -> Tensor:
    return torch.rand(shape, generator=generator) * (high - low) + low


def _move(stack: Tensor, side: int, generator: Generator) -> Tensor:
    """Any rotation, mirroring, a little scale and shift; beyond the chip's edge it is reflected."""
    rows, height = len(stack), stack.shape[2]
    angle = _uniform(0, 2 * math.pi, (rows,), generator)
    size = side / height * _uniform(-SCALE, SCALE, (rows,), generator).exp()
    mirror = (torch.rand(rows, generator=generator) < 0.5).to(stack.dtype) * 2 - 1
    shift = _uniform(-2 * SHIFT, 2 * SHIFT, (rows, 2), generator)
    cos, sin = angle.cos() * size, angle.sin() * size
    linear = torch.stack([torch.stack([cos * mirror, -sin], 1), torch.stack([sin * mirror, cos], 1)], dim=1)
    grid = functional.affine_grid(
        torch.cat([linear, shift[:, :, None]], dim=2), [rows, 1, side, side], align_corners=False
    )
    return functional.grid_sample(stack, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def expose(image: Tensor, generator: Generator) -> Tensor:
    """Another exposure, haze, colour balance, gamma, saturation, sharpness and noise, in normalised units."""
    rows, bands = image.shape[:2]
    one, each = (rows, 1, 1, 1), (rows, bands, 1, 1)
    gain = _uniform(-0.4, 0.4, one, generator).exp() * _uniform(-0.15, 0.15, each, generator).exp()
    offset = _uniform(-0.5, 0.5, one, generator) + _uniform(-0.2, 0.2, each, generator)
    grey = image.mean(dim=1, keepdim=True)
    saturation = _uniform(0.0, 1.4, one, generator)
    changed = _gamma(grey + (image - grey) * saturation, _uniform(-0.4, 0.4, one, generator).exp())
    changed = _sharpness(changed * gain + offset, _uniform(-0.4, 1.0, one, generator))
    noise = torch.randn(image.shape, generator=generator)
    return changed + noise * _uniform(0.0, 0.15, one, generator)


def _gamma(image: Tensor, exponent: Tensor) -> Tensor:
    """On the range of -3 to 3 deviations, beyond which inputs are clipped."""
    return ((image / 6 + 0.5).clamp(1e-4, 1) ** exponent - 0.5) * 6


def _sharpness(image: Tensor, blur: Tensor) -> Tensor:
    """1: the mean of 3 x 3; 0: as it is; below: sharpened."""
    smooth = functional.avg_pool2d(image, 3, stride=1, padding=1, count_include_pad=False)
    return image + (smooth - image) * blur
