"""How much context an output pixel needs, measured on the trained network and real images."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from resflow_trainer.evaluate import Predictor
from resflow_trainer.normalisation import FloatArray
from resflow_trainer.outputs import Outputs, probabilities
from resflow_trainer.receptive_field import theoretical_radius
from resflow_trainer.unet import UNetPlan

CORE = 64
"""Pixels a side of the probed core, in whole multiples of every network's."""


@dataclass(frozen=True, kw_only=True)
class HaloStep:
    """What happens to a core's outputs when everything farther than `pixels` changes."""

    pixels: int
    largest_change: float
    """Of any probability, over all probes and all kinds of change."""
    changed_share: float
    """Share of the cores' pixels whose class changed, mean over probes and kinds of change."""


@dataclass(frozen=True, kw_only=True)
class Halo:
    pixels: int
    tolerance: float
    theoretical: int
    steps: list[HaloStep]

    def as_json(self) -> dict[str, Any]:
        steps = [[step.pixels, step.largest_change, step.changed_share] for step in self.steps]
        return {"tolerance": self.tolerance, "probeCore": CORE, "stepsPixelsLargestChangeChangedShare": steps}


def probe_pixels(plan: UNetPlan) -> int:
    """Side of the images that `measure_halo` wants: the core and its whole receptive field."""
    return CORE + 2 * _rounded_up(theoretical_radius(plan), plan.multiple)


def measure_halo(
    predict: Predictor,
    plan: UNetPlan,
    images: list[FloatArray],
    *,
    outputs: Outputs,
    temperature: float,
    tolerance: float,
) -> Halo:
    """For growing halos, in multiples of the network's, each image (1, bands, side, side) is changed beyond the halo in
    three ways: cut off there (zero padding then enters every convolution, as at a tile's edge), replaced by no data,
    and replaced by another image. The halo is the least from which on no probability of any core moves by more than
    `tolerance`. At the theoretical receptive field nothing can move, so there always is one."""
    theoretical = theoretical_radius(plan)
    most = _rounded_up(theoretical, plan.multiple)

    def core_outputs(image: FloatArray, halo: int) -> Tensor:
        logits = torch.from_numpy(predict(image))[..., halo : halo + CORE, halo : halo + CORE]
        return probabilities(logits, outputs=outputs, temperature=temperature)

    steps = []
    expected = [core_outputs(image, most) for image in images]
    for halo in range(0, most + 1, plan.multiple):
        changes, flips = [], []
        for index, image in enumerate(images):
            inner = (..., slice(most - halo, most + halo + CORE), slice(most - halo, most + halo + CORE))
            blank = np.zeros_like(image)
            other = images[(index + 1) % len(images)][..., ::-1].copy()
            blank[inner] = image[inner]
            other[inner] = image[inner]
            for changed, border in ((np.ascontiguousarray(image[inner]), halo), (blank, most), (other, most)):
                actual = core_outputs(changed, border)
                changes.append(float((actual - expected[index]).abs().max()))
                flips.append(_flipped(actual, expected[index]))
        steps.append(HaloStep(pixels=halo, largest_change=max(changes), changed_share=float(np.mean(flips))))
    return Halo(pixels=_least_halo(steps, tolerance), tolerance=tolerance, theoretical=theoretical, steps=steps)


def _flipped(actual: Tensor, expected: Tensor) -> float:
    if actual.shape[1] == 1:
        return float(((actual > 0.5) != (expected > 0.5)).float().mean())
    return float((actual.argmax(1) != expected.argmax(1)).float().mean())


def _least_halo(steps: list[HaloStep], tolerance: float) -> int:
    least = steps[-1].pixels
    for step in reversed(steps):
        if step.largest_change > tolerance:
            break
        least = step.pixels
    return least


def _rounded_up(pixels: int, multiple: int) -> int:
    return -(-pixels // multiple) * multiple
