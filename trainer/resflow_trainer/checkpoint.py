"""Checkpoints from which a training goes on to the same numbers: safetensors and JSON, nothing pickled."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from resflow_trainer.atomic import write_atomic, write_json
from resflow_trainer.learner import Learner


@dataclass(kw_only=True)
class Standing:
    """Everything about a training that is not a tensor. Batches follow from (seed, step), so the step is all the state
    that the sampler has; no other random numbers are drawn after the start."""

    spec_digest: str
    step: int = 0
    seconds: float = 0.0
    best_iou: float = -1.0
    best_step: int = 0
    worse: int = 0
    """Validations since the best."""
    losses: list[float] = field(default_factory=list)
    """Of the steps since the last record of the history."""
    finished: bool = False


Weights = dict[str, Tensor]


def save_checkpoint(folder: Path, standing: Standing, learner: Learner, best: Weights) -> None:
    """Writes tensors first, then the JSON that names them: a crash between the two leaves the older checkpoint."""
    tensors = {f"network.{name}": tensor for name, tensor in learner.network.state_dict().items()}
    tensors |= {f"average.{name}": tensor for name, tensor in learner.average.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in best.items()}
    tensors |= _optimiser_tensors(learner)
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    name = f"step-{standing.step}.safetensors"
    write_atomic(folder / name, lambda temporary: temporary.write_bytes(save(plain)))
    write_json(folder / "checkpoint.json", {"version": 1, "tensors": name, **asdict(standing)})
    for old in folder.glob("step-*"):
        if old.name != name:
            old.unlink()


def load_checkpoint(folder: Path, learner: Learner) -> tuple[Standing, Weights] | None:
    """Puts the last checkpoint into `learner`; None where there is none. Raises ValueError where it cannot be used."""
    record = read_standing(folder)
    if record is None:
        return None
    standing, name = record
    try:
        tensors = load_file(folder / name)
    except Exception as error:
        raise ValueError(f"{folder / name} cannot be read ({error}): delete {folder} to start again") from error
    learner.network.load_state_dict(_under(tensors, "network."))
    learner.average.load_state_dict(_under(tensors, "average."))
    _load_optimiser(learner, tensors)
    return standing, _under(tensors, "best.")


def read_standing(folder: Path) -> tuple[Standing, str] | None:
    """The checkpoint's record and the name of its tensor file."""
    path = folder / "checkpoint.json"
    if not path.exists():
        return None
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        name = str(raw.pop("tensors"))
        if raw.pop("version") != 1:
            raise ValueError("unknown version")
        return Standing(**raw), name
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is no checkpoint of this trainer ({error}): delete {folder} to start again"
        ) from error


def _under(tensors: Weights, prefix: str) -> Weights:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _optimiser_tensors(learner: Learner) -> Weights:
    state = learner.optimiser.state_dict()["state"]
    return {f"optimiser.{i}.{key}": value for i, values in state.items() for key, value in values.items()}


def _load_optimiser(learner: Learner, tensors: Weights) -> None:
    state: dict[int, Weights] = {}
    for name, tensor in _under(tensors, "optimiser.").items():
        index, key = name.split(".", 1)
        # Moments lie in memory like their parameters do; the fused step wants it so, and sums in the same order.
        layout = torch.channels_last if tensor.ndim == 4 else torch.contiguous_format
        state.setdefault(int(index), {})[key] = tensor.contiguous(memory_format=layout)
    groups = learner.optimiser.state_dict()["param_groups"]
    learner.optimiser.load_state_dict({"state": state, "param_groups": groups})
