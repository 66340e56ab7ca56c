"""What a trained segmentation network's encoder sees in a chip."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from resflow_trainer.fields import Fields
from resflow_trainer.fold import folded
from resflow_trainer.networks import NETWORKS
from resflow_trainer.partition.chip_set import ChipSet
from resflow_trainer.partition.pooling import average_down, known_pixels, masked_moments
from resflow_trainer.spec import Normalisation, read_card_normalisation
from resflow_trainer.unet import UNet

GSD_TOLERANCE = 0.05


class UNetFeatures(nn.Module):
    """image -> mean and deviation of each channel at the end of each encoder level, over the pixels with data."""

    def __init__(self, network: UNet) -> None:
        super().__init__()
        self.encoder, self.pool = network.encoder, network.pool

    def forward(self, image: Tensor) -> Tensor:
        known = known_pixels(image)
        features = image
        pooled: list[Tensor] = []
        for level, block in enumerate(self.encoder):
            if level:
                features = self.pool(features)
                _, known = average_down(known, known, 2)
            features = block(features)
            pooled += masked_moments(features, known)
        return torch.cat(pooled, dim=1)


@dataclass(frozen=True, kw_only=True)
class TrainedEncoder:
    features: UNetFeatures
    rule: Normalisation


def read_trained_encoder(folder: Path, chip_set: ChipSet) -> TrainedEncoder:
    """The encoder of the model in `folder` (card.json, weights.safetensors), batch norm folded. Raises ValueError where
    there is none, or where it was trained for other bands, another GSD or chips of another multiple."""
    path = folder / "card.json"
    try:
        card = Fields(json.loads(path.read_text(encoding="utf-8")), str(path))
        weights = load_file(folder / "weights.safetensors")
    except FileNotFoundError as error:
        raise ValueError(f"{folder} has no card.json and weights.safetensors: not a model that we trained") from error
    except Exception as error:
        raise ValueError(f"The model in {folder} cannot be read: {error}") from error
    plan = NETWORKS[card.child("network").choice("name", tuple(NETWORKS))]
    bands = tuple(band.text("name") for band in card.children("bands"))
    _check(chip_set, bands=bands, gsd=card.child("gsd").number("metres"), multiple=plan.multiple, where=str(path))
    network = UNet(plan, bands=len(bands), outputs=len(weights["head.bias"]))
    network.load_state_dict(weights)
    return TrainedEncoder(
        features=UNetFeatures(folded(network)), rule=read_card_normalisation(card.child("normalisation"))
    )


def _check(chip_set: ChipSet, *, bands: tuple[str, ...], gsd: float, multiple: int, where: str) -> None:
    if bands != chip_set.bands:
        raise ValueError(f"{where} is of bands {', '.join(bands)}; the chip set has {', '.join(chip_set.bands)}")
    if abs(gsd / chip_set.gsd_metres - 1) > GSD_TOLERANCE:
        raise ValueError(
            f"{where} is of {gsd:g} m GSD, the chip set of {chip_set.gsd_metres:g} m: cut the chips at the model's GSD"
        )
    if chip_set.chip_pixels % multiple:
        raise ValueError(f"Chips of {chip_set.chip_pixels} pixels; {where} needs a multiple of {multiple}")
