"""spec.json of `extractor`."""

from dataclasses import dataclass
from pathlib import Path

from resflow_trainer.fields import Fields
from resflow_trainer.spec import Budget, read_budget

KINDS = ("statistics", "segmentation", "self-supervised")


@dataclass(frozen=True, kw_only=True)
class ExtractorSpec:
    """`weights`: a model's folder, kind segmentation. `budget`: kind self-supervised."""

    kind: str
    output: Path
    chip_set: Path
    seed: int
    weights: Path | None
    budget: Budget | None
    threads: int | None


def parse_extractor_spec(raw: object) -> ExtractorSpec:
    """Raises ValueError with the key, what it is, and what it may be."""
    fields = Fields(raw, "spec")
    if fields.integer("version") != 1:
        raise ValueError(f"spec.version is {fields.values['version']}; this trainer knows version 1")
    weights, budget = fields.optional_text("weights"), fields.optional_child("budget")
    spec = ExtractorSpec(
        kind=fields.choice("kind", KINDS),
        output=Path(fields.text("output")),
        chip_set=Path(fields.text("chipSet")),
        seed=fields.integer("seed", least=0, default=1),
        weights=None if weights is None else Path(weights),
        budget=None if budget is None else read_budget(budget),
        threads=fields.optional_integer("threads", least=1),
    )
    fields.finish()
    if spec.kind == "segmentation" and spec.weights is None:
        raise ValueError("spec.weights is missing: kind segmentation needs the folder of a trained model")
    if spec.kind == "self-supervised" and spec.budget is None:
        raise ValueError("spec.budget is missing: kind self-supervised needs maxMinutes or maxSteps")
    return spec
