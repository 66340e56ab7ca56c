"""spec.json: everything that decides a training."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from resflow_trainer.fields import Fields
from resflow_trainer.networks import NETWORKS
from resflow_trainer.specialists.recipe import Recipe, read_recipe


@dataclass(frozen=True, kw_only=True)
class Budget:
    """With `max_steps` the schedule is by steps, and repeatable; with `max_minutes` alone it is by elapsed time. With
    both, the schedule is by steps and the minutes only end it early."""

    max_minutes: float | None
    max_steps: int | None


@dataclass(frozen=True, kw_only=True)
class Optimiser:
    learning_rate: float
    weight_decay: float
    warmup_steps: int


@dataclass(frozen=True, kw_only=True)
class Validation:
    """Every so many steps; the run ends after `patience` validations without a better mean IoU. At most
    `max_megapixels` are read each time, the same ones every time."""

    every_steps: int
    patience: int
    max_megapixels: float


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """A place is drawn with weight (its labelled pixels) ** `place_power`; `foreground_share` of the crops are centred
    near a pixel of a class."""

    place_power: float
    foreground_share: float


@dataclass(frozen=True, kw_only=True)
class Normalisation:
    """As in the model card. `scale`, `mean` and `std` belong to kind "fixed", `clip` to kind "scene". Kind "auto" is
    resolved by the training set before anything is read (`settled`)."""

    kind: str
    clip: float = 3.0
    scale: float = 1.0
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    data_type: str | None = None
    """Sample type the constants are for; maps refuse scenes of another."""


@dataclass(frozen=True, kw_only=True)
class SplitOverride:
    train: tuple[str, ...]
    validation: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Spec:
    training_set: Path
    output: Path
    model_id: str
    name: str
    network: str
    seed: int
    budget: Budget
    crop: int
    batch: int
    optimiser: Optimiser
    ema: float
    validation: Validation
    sampling: Sampling
    halo_tolerance: float
    precision: str
    device: str
    threads: int | None
    normalisation: Normalisation
    loss: str | None
    split: SplitOverride | None
    int8: bool
    licence: str | None
    recipe: Recipe
    raw: dict[str, Any] = field(repr=False)

    def digest(self, set_digest: str) -> str:
        """Identity of the training: what decides its numbers. Where it runs and where it writes is left out."""
        left_out = (
            "training_set",
            "output",
            "threads",
            "device",
            "raw",
            "licence",
            "name",
            "model_id",
            "int8",
            "recipe",
        )
        kept = {key: value for key, value in asdict(self).items() if key not in left_out}
        text = json.dumps({"set": set_digest, **kept, **self.recipe.identity()}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def read_spec(path: Path) -> Spec:
    """Reads and checks a spec. Raises ValueError with the key, what it is, and what it may be."""
    return parse_spec(read_json(path))


def read_json(path: Path) -> object:
    """What the spec's file holds, not yet checked."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"There is no spec at {path}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error


def parse_spec(raw: object) -> Spec:
    fields = Fields(raw, "spec")
    version = fields.integer("version")
    if version != 1:
        raise ValueError(f"spec.version is {version}; this trainer knows version 1")
    network = fields.choice("network", tuple(NETWORKS), default="small-unet")
    multiple = NETWORKS[network].multiple
    spec = Spec(
        training_set=Path(fields.text("trainingSet")),
        output=Path(fields.text("output")),
        model_id=fields.text("modelId"),
        name=fields.text("name"),
        network=network,
        seed=fields.integer("seed", least=0, default=1),
        budget=read_budget(fields.child("budget"), least_steps=0 if fields.values.get("initBucket") is not None else 1),
        crop=fields.integer("crop", least=multiple, default=192),
        batch=fields.integer("batch", least=1, default=8),
        optimiser=_optimiser(fields.child("optimiser", optional=True)),
        ema=fields.number("ema", least=0, below=1, default=0.99),
        validation=_validation(fields.child("validation", optional=True)),
        sampling=_sampling(fields.child("sampling", optional=True)),
        halo_tolerance=fields.number("haloTolerance", above=0, below=1, default=0.05),
        precision=fields.choice("precision", ("auto", "float32", "bfloat16"), default="auto"),
        device=fields.choice("device", ("auto", "cpu", "cuda"), default="auto"),
        threads=fields.optional_integer("threads", least=1),
        normalisation=_normalisation(fields.child("normalisation", optional=True)),
        loss=fields.optional_choice("loss", ("cross-entropy", "cross-entropy+dice")),
        split=read_split(fields.optional_child("split")),
        int8=fields.boolean("int8", default=True),
        licence=fields.optional_text("licence"),
        recipe=read_recipe(fields),
        raw=fields.values,
    )
    fields.finish()
    if spec.crop % 16:
        raise ValueError(f"spec.crop is {spec.crop}; it must be a multiple of 16")
    return spec


def read_budget(fields: Fields, *, least_steps: int = 1) -> Budget:
    budget = Budget(
        max_minutes=fields.optional_number("maxMinutes", above=0),
        max_steps=fields.optional_integer("maxSteps", least=least_steps),
    )
    fields.finish()
    if budget.max_minutes is None and budget.max_steps is None:
        raise ValueError(f"{fields.where} needs maxMinutes or maxSteps")
    return budget


def _optimiser(fields: Fields) -> Optimiser:
    optimiser = Optimiser(
        learning_rate=fields.number("learningRate", above=0, default=2e-3),
        weight_decay=fields.number("weightDecay", least=0, default=1e-4),
        warmup_steps=fields.integer("warmupSteps", least=0, default=50),
    )
    fields.finish()
    return optimiser


def _validation(fields: Fields) -> Validation:
    validation = Validation(
        every_steps=fields.integer("everySteps", least=1, default=250),
        patience=fields.integer("patience", least=1, default=12),
        max_megapixels=fields.number("maxMegapixels", above=0, default=6.0),
    )
    fields.finish()
    return validation


def _sampling(fields: Fields) -> Sampling:
    sampling = Sampling(
        place_power=fields.number("placePower", least=0, default=0.3),
        foreground_share=fields.number("foregroundShare", least=0, below=1.0001, default=0.5),
    )
    fields.finish()
    return sampling


def _normalisation(fields: Fields) -> Normalisation:
    """A spec's, which may leave it to the training set."""
    kind = fields.choice("kind", ("auto", "scene", "fixed"), default="auto")
    return _normalisation_of(
        fields, kind, clip=fields.number("clip", above=0, default=3.0) if kind != "fixed" else None
    )


def read_card_normalisation(fields: Fields) -> Normalisation:
    """A card's, which says all."""
    kind = fields.choice("kind", ("scene", "fixed"))
    return _normalisation_of(fields, kind, clip=fields.number("clip", above=0) if kind == "scene" else None)


def _normalisation_of(fields: Fields, kind: str, *, clip: float | None) -> Normalisation:
    if clip is not None:
        normalisation = Normalisation(kind=kind, clip=clip)
    else:
        normalisation = Normalisation(
            kind=kind,
            scale=fields.number("scale"),
            mean=fields.numbers("mean"),
            std=fields.numbers("std"),
            data_type=fields.optional_text("dataType"),
        )
        if len(normalisation.mean) != len(normalisation.std) or min(normalisation.std, default=1.0) <= 0:
            raise ValueError(f"{fields.where}: mean and std must be as long as each other, and std positive")
    fields.finish()
    return normalisation


def read_split(fields: Fields | None) -> SplitOverride | None:
    if fields is None:
        return None
    split = SplitOverride(train=fields.texts("train"), validation=fields.texts("validation"))
    fields.finish()
    both = sorted(set(split.train) & set(split.validation))
    if both:
        raise ValueError(f"spec.split: in train and in validation: {', '.join(both)}")
    if not split.train:
        raise ValueError("spec.split.train names no scene")
    return split
