"""The members of a spec that make a training a specialist's: where it starts, what it sees, and what it learns from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resflow_trainer.atomic import sha256_of
from resflow_trainer.fields import Fields

WEIGHTS = "weights.safetensors"
CONDITIONAL = "conditional.safetensors"
"""Beside the weights of a conditional training: those with each bucket's own."""


@dataclass(frozen=True, kw_only=True)
class Focus:
    """One bucket of a buckets file (see `bucket_map`). `own_share` of the crops are centred in its cells, the others
    anywhere; all validation and calibration happens in its cells, where the validation scenes have any."""

    file: Path
    bucket: int
    own_share: float


@dataclass(frozen=True, kw_only=True)
class Teaching:
    """Folders of trained models whose calibrated probabilities, averaged, are learnt beside the labels, with `weight`.
    `unlabelled_share` of the crops are centred where nothing is labelled, if there is such ground."""

    models: tuple[Path, ...]
    weight: float
    unlabelled_share: float


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Empty for a Mono. `mix`: at the end the weights are averaged with those of `init`, by that share of the trained
    ones which validation likes best; a share of 0 is the model of `init` itself."""

    name: str | None
    init: Path | None
    frozen_norm: bool
    focus: Focus | None
    teaching: Teaching | None
    mix: tuple[float, ...]
    conditional: Path | None
    """A buckets file: scales and offsets of batch norms learn a part of their own for each of its buckets."""
    init_bucket: int | None
    """`init` is a conditional training; this bucket's network is taken out of it, and nothing is trained."""

    def identity(self) -> dict[str, Any]:
        """What decides numbers, by content and not by path; empty where nothing was asked for, so that the digests of
        plain trainings stay what they were."""
        identity: dict[str, Any] = {}
        if self.init is not None:
            identity["init"] = _digest(self.init / (WEIGHTS if self.init_bucket is None else CONDITIONAL))
            if self.init_bucket is not None:
                identity["init_bucket"] = self.init_bucket
        if self.frozen_norm:
            identity["batch_norm"] = "frozen"
        if self.focus is not None:
            bucket, share = self.focus.bucket, self.focus.own_share
            identity["focus"] = {"file": _digest(self.focus.file), "bucket": bucket, "own_share": share}
        if self.teaching is not None:
            models = [_digest(folder / WEIGHTS) for folder in self.teaching.models]
            weight, share = self.teaching.weight, self.teaching.unlabelled_share
            identity["teaching"] = {"models": models, "weight": weight, "unlabelled_share": share}
        if self.conditional is not None:
            identity["conditional"] = _digest(self.conditional)
        if self.mix:
            identity["mix"] = list(self.mix)
        return {"recipe": identity} if identity else {}


def read_recipe(fields: Fields) -> Recipe:
    """Takes its members out of a spec. Raises ValueError with the key and the rule."""
    init = fields.optional_text("init")
    conditional = fields.optional_child("conditional")
    recipe = Recipe(
        name=fields.optional_text("recipe"),
        init=None if init is None else Path(init),
        frozen_norm=fields.choice("batchNorm", ("train", "frozen"), default="train") == "frozen",
        focus=_focus(fields.optional_child("buckets")),
        teaching=_teaching(fields.optional_child("teacher")),
        mix=fields.numbers("mix", default=[]),
        conditional=None if conditional is None else Path(conditional.text("file")),
        init_bucket=fields.optional_integer("initBucket", least=0),
    )
    if conditional is not None:
        conditional.finish()
    if recipe.init_bucket is not None and (recipe.init is None or conditional is not None):
        raise ValueError(f"{fields.where}.initBucket is taken out of {fields.where}.init, which it needs")
    if recipe.mix and conditional is not None:
        raise ValueError(f"{fields.where}.mix averages plain weights; those of {fields.where}.conditional are not")
    if recipe.mix and (recipe.init is None or min(recipe.mix) < 0 or max(recipe.mix) > 1):
        raise ValueError(
            f"{fields.where}.mix are shares from 0 to 1 of the trained weights, and need {fields.where}.init"
        )
    if recipe.frozen_norm and recipe.init is None:
        raise ValueError(
            f"{fields.where}.batchNorm can be frozen only in a model that was trained: give {fields.where}.init"
        )
    return recipe


def _focus(fields: Fields | None) -> Focus | None:
    if fields is None:
        return None
    focus = Focus(
        file=Path(fields.text("file")),
        bucket=fields.integer("bucket", least=0),
        own_share=fields.number("ownShare", above=0, below=1.0001, default=0.5),
    )
    fields.finish()
    return focus


def _teaching(fields: Fields | None) -> Teaching | None:
    if fields is None:
        return None
    teaching = Teaching(
        models=tuple(Path(text) for text in fields.texts("models")),
        weight=fields.number("weight", above=0, default=1.0),
        unlabelled_share=fields.number("unlabelledShare", least=0, below=1.0001, default=0.5),
    )
    fields.finish()
    if not teaching.models:
        raise ValueError(f"{fields.where}.models names no model")
    return teaching


def _digest(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
