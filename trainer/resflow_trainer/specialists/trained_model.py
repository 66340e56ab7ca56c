"""Models that were trained before, read back from their folders."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from resflow_trainer.card import normalisation_record
from resflow_trainer.networks import NETWORKS, build_network
from resflow_trainer.outputs import Outputs
from resflow_trainer.spec import Spec
from resflow_trainer.specialists.conditional import OWN_WEIGHT, fold_bucket
from resflow_trainer.specialists.recipe import CONDITIONAL, WEIGHTS
from resflow_trainer.training_set import TrainingSet
from resflow_trainer.unet import UNet


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """`temperature` divides the logits before the activation."""

    network_name: str
    weights: dict[str, Tensor]
    temperature: float

    def build(self, *, bands: int, outputs: int) -> UNet:
        """The network with its weights. The random numbers of the training are left as they were."""
        with torch.random.fork_rng(devices=[]):
            network = build_network(self.network_name, bands=bands, outputs=outputs)
        network.load_state_dict(self.weights)
        return network.eval()


def read_trained_model(
    folder: Path, *, spec: Spec, training_set: TrainingSet, outputs: Outputs, bucket: int | None = None
) -> TrainedModel:
    """With `bucket`, that bucket's network out of a conditional training. Raises ValueError where there is no such
    model, or where it was made for other bands, classes or inputs."""
    card = _read_card(folder)
    file = folder / (WEIGHTS if bucket is None else CONDITIONAL)
    try:
        weights = load_file(file)
    except Exception as error:
        raise ValueError(f"{file} cannot be used ({error}): only models trained here can be gone on from") from error
    weights = weights if bucket is None else _fold(weights, bucket, folder)
    try:
        found = {
            "bands": [str(band["name"]) for band in card["bands"]],
            "classes": [str(record["name"]) for record in card["classes"]],
            "channels": card["output"]["channels"],
            "normalisation": card["normalisation"],
        }
        network, temperature = str(card["network"]["name"]), float(card["output"]["temperature"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{folder / 'card.json'} is no card of a model: {error!r}") from error
    wanted = {
        "bands": list(training_set.bands),
        "classes": [record.name for record in training_set.classes],
        "channels": outputs.channels,
        "normalisation": normalisation_record(spec.normalisation),
    }
    for key, value in wanted.items():
        if found[key] != value:
            raise ValueError(f"The model in {folder} has {key} {found[key]}; this training has {value}")
    if network not in NETWORKS:
        raise ValueError(f"The model in {folder} is a {network}, which this trainer cannot build")
    return TrainedModel(network_name=network, weights=weights, temperature=temperature)


def _fold(weights: dict[str, Tensor], bucket: int, folder: Path) -> dict[str, Tensor]:
    count = min((len(tensor) for name, tensor in weights.items() if name.endswith(OWN_WEIGHT)), default=0)
    if bucket >= count:
        raise ValueError(f"spec.initBucket is {bucket}; the training in {folder} is of {count} buckets")
    return fold_bucket(weights, bucket)


def _read_card(folder: Path) -> dict[str, Any]:
    path = folder / "card.json"
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    return card
