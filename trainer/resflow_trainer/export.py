"""From the best weights of a finished training to the files that inference takes."""

import json
import platform
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from safetensors.torch import save

from resflow_trainer.atomic import write_atomic, write_json
from resflow_trainer.calibration import cut_of, fit_temperature, fit_threshold
from resflow_trainer.card import CardParts, make_card
from resflow_trainer.checkpoint import Standing, Weights
from resflow_trainer.crops import Sampler
from resflow_trainer.evaluate import EvaluationTask
from resflow_trainer.events import Events
from resflow_trainer.halo import measure_halo, probe_pixels
from resflow_trainer.networks import build_network
from resflow_trainer.normalisation import FloatArray
from resflow_trainer.onnx_export import Parity, check_parity, export_onnx, open_session, session_predictor
from resflow_trainer.samples import training_images, validation_images
from resflow_trainer.spec import Spec
from resflow_trainer.training_set import TrainingSet
from resflow_trainer.unet import UNet
from resflow_trainer.variants import Variant, make_variants

CALIBRATION_IMAGES = 24
CALIBRATION_SIDE = 256
PROBES = 8
PARITY_SIDES = (256, 192)
TIMING_SIDE = 512


class Export:
    """Writes the ONNX models, weights, card and metrics of a training. All that it needs is in the constructor."""

    def __init__(
        self, spec: Spec, training_set: TrainingSet, task: EvaluationTask, sampler: Sampler, events: Events
    ) -> None:
        self._spec, self._set, self._task, self._events = spec, training_set, task, events
        self._sampler = sampler
        self._scenes = training_set.validation or training_set.train

    def run(
        self, standing: Standing, weights: Weights, *, bucket: str | None = None, mix: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Returns the card, which names the bucket by its code; `mix` is for metrics.json. Raises ValueError where
        PyTorch and ONNX Runtime disagree."""
        output, bands = self._spec.output, len(self._set.bands)
        network = self._network(weights)
        self._stage("onnx")
        save_weights(output / "weights.safetensors", weights)
        export_onnx(network, output / "model.onnx", bands=bands)
        predict = session_predictor(open_session(output / "model.onnx", threads=0))
        parity = check_parity(network, predict, self._parity_images())
        self._stage("calibration")
        temperature = fit_temperature(self._task, predict)
        threshold = fit_threshold(self._task, predict, temperature=temperature)
        task = replace(self._task, cut=cut_of(threshold, temperature=temperature))
        self._stage("halo")
        halo = measure_halo(
            predict,
            network.plan,
            self._windows(PROBES, probe_pixels(network.plan)),
            outputs=self._task.outputs,
            temperature=temperature,
            tolerance=self._spec.halo_tolerance,
        )
        self._stage("variants")
        variants = self._variants(network, task)
        parts = CardParts(
            spec=self._spec,
            training_set=self._set,
            outputs=self._task.outputs,
            network=network,
            standing=standing,
            halo=halo,
            temperature=temperature,
            threshold=threshold,
            variants=variants,
            bucket=bucket,
        )
        card = make_card(parts)
        write_json(output / "card.json", card)
        mixed = {} if mix is None else {"mix": mix}
        write_json(output / "metrics.json", self._metrics(parts, parity) | mixed)
        return card

    def _variants(self, network: UNet, task: EvaluationTask) -> dict[str, Variant]:
        output = self._spec.output
        with tempfile.TemporaryDirectory() as folder:
            joined = Path(folder) / "joined.onnx"
            if self._spec.int8:
                export_onnx(network, joined, bands=len(self._set.bands), split=False)
            return make_variants(
                output / "model.onnx",
                joined=joined,
                int8=output / "model.int8.onnx" if self._spec.int8 else None,
                calibration=self._calibration_images(),
                task=task,
                timing_image=self._windows(1, TIMING_SIDE)[0],
                on_tile=self._on_tile,
            )

    def _stage(self, name: str) -> None:
        self._events.emit("export", stage=name)

    def _on_tile(self, done: int, tiles: int) -> None:
        if self._events.step_due():
            self._events.emit("export", stage="variants", done=done, tiles=tiles)

    def _network(self, weights: Weights) -> UNet:
        network = build_network(self._spec.network, bands=len(self._set.bands), outputs=self._task.outputs.channels)
        network.load_state_dict(weights)
        return network.eval()

    def _windows(self, count: int, side: int) -> list[FloatArray]:
        rule, seed = self._spec.normalisation, self._spec.seed
        return validation_images(self._scenes, rule=rule, count=count, side=side, seed=seed)

    def _parity_images(self) -> list[FloatArray]:
        """Two batches of real windows of different sizes, one of them not square."""
        square, other = (np.concatenate(self._windows(3, side)) for side in PARITY_SIDES)
        return [square, np.ascontiguousarray(other[:, :, : other.shape[2] // 2])]

    def _calibration_images(self) -> list[FloatArray]:
        return training_images(
            self._sampler,
            rule=self._spec.normalisation,
            count=CALIBRATION_IMAGES,
            side=CALIBRATION_SIDE,
            seed=self._spec.seed,
        )

    def _metrics(self, parts: CardParts, parity: Parity) -> dict[str, Any]:
        return {
            "version": 1,
            "specDigest": parts.standing.spec_digest,
            "spec": self._spec.raw,
            "training": {
                "steps": parts.standing.step,
                "seconds": round(parts.standing.seconds, 1),
                "bestStep": parts.standing.best_step,
                "bestIou": parts.standing.best_iou,
            },
            "scored": "validation" if self._set.validation else "train",
            "variants": {
                name: {
                    "mean": variant.evaluation.mean.as_json(),
                    "loss": variant.evaluation.loss,
                    "byPlace": {place: s.as_json() for place, s in variant.evaluation.by_place.items()},
                    "byScene": {scene: s.as_json() for scene, s in variant.evaluation.by_scene.items()},
                    "cpuMsPerMegapixel": variant.cpu_ms_per_megapixel,
                    "changedShare": variant.changed_share,
                }
                for name, variant in parts.variants.items()
            },
            "temperature": parts.temperature,
            "threshold": parts.threshold,
            "halo": parts.halo.as_json(),
            "parity": {
                "images": parity.images,
                "largestLogit": parity.largest_logit,
                "largestDifference": parity.largest_difference,
                "tolerance": parity.tolerance,
            },
            "versions": {
                "python": platform.python_version(),
                "torch": str(torch.__version__),
                "onnxruntime": str(onnxruntime.__version__),
                "numpy": np.__version__,
            },
        }


def save_weights(path: Path, weights: Weights) -> None:
    plain = {name: tensor.contiguous() for name, tensor in weights.items()}
    write_atomic(path, lambda temporary: temporary.write_bytes(save(plain)))


def exported_digest(output: Path) -> str | None:
    """Digest of the spec whose export is complete in `output`; None where there is none."""
    try:
        return str(json.loads((output / "metrics.json").read_text(encoding="utf-8"))["specDigest"])
    except (OSError, ValueError, KeyError):
        return None
