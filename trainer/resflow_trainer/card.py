"""card.json: what inference has to know. The contract is the schema in RESFlow's src/model/card.ts."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from resflow_trainer.arithmetic import gmac_at_512
from resflow_trainer.checkpoint import Standing
from resflow_trainer.halo import Halo
from resflow_trainer.networks import count_parameters
from resflow_trainer.outputs import Outputs
from resflow_trainer.spec import Normalisation, Spec
from resflow_trainer.training_set import TrainingSet
from resflow_trainer.unet import UNet
from resflow_trainer.variants import Variant, default_variant

VERSION = 1

WAVELENGTHS = {"coastal": 0.44, "blue": 0.47, "green": 0.56, "red": 0.65, "rededge": 0.71, "nir": 0.83}
"""Usual centres of named bands, micrometres; sensors differ by some hundredths."""


@dataclass(frozen=True, kw_only=True)
class CardParts:
    """What a card is made of."""

    spec: Spec
    training_set: TrainingSet
    outputs: Outputs
    network: UNet
    standing: Standing
    halo: Halo
    temperature: float
    threshold: float
    variants: dict[str, Variant]
    bucket: str | None


def make_card(parts: CardParts) -> dict[str, Any]:
    spec, training_set = parts.spec, parts.training_set
    float32 = parts.variants["float32"].evaluation.mean.as_json()
    return {
        "version": VERSION,
        "id": spec.model_id,
        "name": spec.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "task": "segmentation",
        "application": training_set.application,
        "bucket": parts.bucket,
        "classes": [asdict(record) for record in training_set.classes],
        "background": training_set.background,
        "output": {
            "activation": parts.outputs.activation,
            "channels": parts.outputs.channels,
            "temperature": parts.temperature,
            "threshold": parts.threshold,
        },
        "bands": [_band(name) for name in training_set.bands],
        "input": {"multiple": parts.network.plan.multiple, "fixed": None},
        "normalisation": normalisation_record(spec.normalisation),
        "gsd": {"metres": training_set.gsd_metres, "min": training_set.gsd_min, "max": training_set.gsd_max},
        "halo": {
            "pixels": parts.halo.pixels,
            "tolerance": parts.halo.tolerance,
            "theoreticalPixels": parts.halo.theoretical,
        },
        "network": {
            "name": spec.network,
            "parameters": count_parameters(parts.network),
            "gmacAt512": gmac_at_512(parts.network, bands=len(training_set.bands)),
        },
        "training": _training(spec, training_set, parts.standing),
        "scores": {"validation" if training_set.validation else "train": float32},
        "variants": {name: variant.as_card() for name, variant in parts.variants.items()},
        "defaultCpuVariant": default_variant(parts.variants),
        "licence": spec.licence,
    }


def _band(name: str) -> dict[str, Any]:
    wavelength = WAVELENGTHS.get(name)
    return {"name": name} if wavelength is None else {"name": name, "wavelengthMicrometres": wavelength}


def normalisation_record(rule: Normalisation) -> dict[str, Any]:
    if rule.kind == "scene":
        return {"kind": "scene", "clip": rule.clip}
    record = {"kind": "fixed", "scale": rule.scale, "mean": list(rule.mean), "std": list(rule.std)}
    return record if rule.data_type is None else {**record, "dataType": rule.data_type}


def _training(spec: Spec, training_set: TrainingSet, standing: Standing) -> dict[str, Any]:
    recipe = {} if spec.recipe.name is None else {"recipe": spec.recipe.name}
    return recipe | {
        "trainingSet": training_set.digest,
        "seed": spec.seed,
        "steps": standing.step,
        "samples": standing.step * spec.batch,
        "seconds": round(standing.seconds, 1),
        "trainScenes": [scene.id for scene in training_set.train],
        "validationScenes": [scene.id for scene in training_set.validation],
    }
