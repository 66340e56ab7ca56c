"""encoder.onnx and encoder.json."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resflow_trainer.atomic import sha256_of, write_json
from resflow_trainer.card import normalisation_record
from resflow_trainer.onnx_export import Parity, Signature, check_parity, export_module, open_session, session_predictor
from resflow_trainer.partition.chip_set import ChipSet
from resflow_trainer.partition.collapse import collapse_measures
from resflow_trainer.partition.embed import embed
from resflow_trainer.partition.projection import Projected
from resflow_trainer.spec import Normalisation

JUDGED = 2048
"""Chips over which the metrics are taken."""

PARITY_CHIPS = 12

PARITY_TOLERANCE = 2e-3
"""As of a network's logits, but wider: looks divide features by how little they vary within scenes, and the rounding of
the features with them. All embeddings are ONNX Runtime's, so that this finds a wrong export and nothing else."""


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """A finished extractor."""

    kind: str
    module: Projected
    rule: Normalisation
    steps: int = 0
    seconds: float = 0.0
    trained: dict[str, float] | None = None
    """The training's last loss terms, if there was one."""


def export_encoder(encoder: Encoder, chip_set: ChipSet, *, output: Path, seed: int) -> dict[str, Any]:
    """Writes the model, checks it against PyTorch on real chips, then writes its record, and returns that. Raises
    ValueError where both disagree."""
    module = encoder.module.eval()
    (output / "encoder.json").unlink(missing_ok=True)
    path = output / "encoder.onnx"
    side, bands = chip_set.chip_pixels, len(chip_set.bands)
    signature = Signature(inputs="image", outputs="embedding", axes={0: "batch"})
    export_module(module, path, example=torch.zeros(2, bands, side, side), signature=signature)
    judged = chip_set.sample(JUDGED, seed=seed)
    images = chip_set.images(chip_set.sample(PARITY_CHIPS, seed=seed), encoder.rule)
    predict = session_predictor(open_session(path, threads=1))
    batches = [part for part in np.split(images, [1]) if len(part)]
    parity = check_parity(module, predict, batches, tolerance=PARITY_TOLERANCE)
    embeddings = embed(module, chip_set, judged, encoder.rule)
    content = module.content.shape[1]
    record = {
        "version": 1,
        "kind": encoder.kind,
        "dims": embeddings.shape[1],
        "contentDims": content,
        "chipPixels": side,
        "bands": list(chip_set.bands),
        "gsdMetres": chip_set.gsd_metres,
        "normalisation": normalisation_record(encoder.rule),
        "sha256": sha256_of(path),
        "gmacPerChip": gmac_of(module, torch.zeros(1, bands, side, side)),
        "seed": seed,
        "steps": encoder.steps,
        "seconds": round(encoder.seconds, 1),
        "metrics": {
            "chipSet": chip_set.digest,
            "chips": len(judged),
            **collapse_measures(embeddings[:, :content], chip_set.scene[judged]),
            **({} if encoder.trained is None else {"training": encoder.trained}),
            "parity": _parity_record(parity),
        },
    }
    write_json(output / "encoder.json", record)
    return record


def gmac_of(module: nn.Module, example: torch.Tensor) -> float:
    """Multiply-accumulates of convolutions and matrix products, in units of 10 ** 9; what is done by pixel is not
    counted, as it is not for segmentation networks."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(example)
    return float(round(counter.get_total_flops() / 2e9, 6))


def _parity_record(parity: Parity) -> dict[str, float]:
    return {"images": parity.images, "largestDifference": parity.largest_difference, "tolerance": parity.tolerance}
