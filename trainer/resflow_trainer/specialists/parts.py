"""What a spec's recipe brings into a training, read and checked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resflow_trainer.checkpoint import Weights
from resflow_trainer.compute import Compute
from resflow_trainer.evaluate import EvaluationTask, Predictor
from resflow_trainer.fields import Fields
from resflow_trainer.fold import folded
from resflow_trainer.learner import Learner
from resflow_trainer.networks import NETWORKS
from resflow_trainer.normalisation import settled
from resflow_trainer.outputs import Outputs
from resflow_trainer.set_files import read_json
from resflow_trainer.spec import Normalisation, Spec, read_card_normalisation
from resflow_trainer.specialists.bucket_map import BucketMap, read_bucket_map
from resflow_trainer.specialists.mix import averaged, choose_mix
from resflow_trainer.specialists.teacher import Teacher
from resflow_trainer.specialists.trained_model import TrainedModel, read_trained_model
from resflow_trainer.training_set import TrainingSet


@dataclass(frozen=True, kw_only=True)
class Parts:
    """All None for a plain training. `bucket` is the code of the one bucket that is trained for."""

    buckets: BucketMap | None
    bucket: str | None
    init: TrainedModel | None
    teacher: Teacher | None


def settled_rule(spec: Spec, training_set: TrainingSet) -> Normalisation:
    """What "auto" stands for: what the model had that the training starts from or learns from, else as ever."""
    recipe = spec.recipe
    known = recipe.init or (recipe.teaching.models[0] if recipe.teaching else None)
    if spec.normalisation.kind == "auto" and known is not None:
        rule = _rule_of(known)
    else:
        rule = settled(spec.normalisation, training_set)
    for scene in training_set.unlabelled:
        if rule.data_type is not None and scene.image.dtype != rule.data_type:
            raise ValueError(f"Scene {scene.id} is of {scene.image.dtype}; the normalisation is for {rule.data_type}")
    return rule


def _rule_of(folder: Path) -> Normalisation:
    path = folder / "card.json"
    return read_card_normalisation(Fields(read_json(path, kind="model"), str(path)).child("normalisation"))


def read_parts(spec: Spec, training_set: TrainingSet, outputs: Outputs, compute: Compute) -> Parts:
    """Raises ValueError where files are missing, or do not fit the training."""
    buckets, focus = _buckets(spec, training_set), spec.recipe.focus
    return Parts(
        buckets=buckets,
        bucket=None if buckets is None or focus is None else buckets.codes[focus.bucket],
        init=_init(spec, training_set, outputs),
        teacher=_teacher(spec, training_set, outputs, compute),
    )


def _buckets(spec: Spec, training_set: TrainingSet) -> BucketMap | None:
    focus, conditional = spec.recipe.focus, spec.recipe.conditional
    if focus is not None and conditional is not None:
        raise ValueError("spec.buckets and spec.conditional: a conditional training is of all buckets")
    file = conditional if focus is None else focus.file
    if file is None:
        return None
    buckets = read_bucket_map(file, (*training_set.train, *training_set.unlabelled, *training_set.validation))
    if focus is not None and focus.bucket >= len(buckets.codes):
        raise ValueError(f"spec.buckets.bucket is {focus.bucket}; {focus.file} holds {len(buckets.codes)} buckets")
    return buckets


def _init(spec: Spec, training_set: TrainingSet, outputs: Outputs) -> TrainedModel | None:
    if spec.recipe.init is None:
        return None
    bucket = spec.recipe.init_bucket
    model = read_trained_model(spec.recipe.init, spec=spec, training_set=training_set, outputs=outputs, bucket=bucket)
    if model.network_name != spec.network:
        raise ValueError(f"spec.init is a {model.network_name}; a {spec.network} cannot start from it")
    return model


def _teacher(spec: Spec, training_set: TrainingSet, outputs: Outputs, compute: Compute) -> Teacher | None:
    teaching = spec.recipe.teaching
    if teaching is None:
        return None
    found = [
        read_trained_model(folder, spec=spec, training_set=training_set, outputs=outputs) for folder in teaching.models
    ]
    for model in found:
        multiple = NETWORKS[model.network_name].multiple
        if spec.crop % multiple:
            raise ValueError(f"spec.crop is {spec.crop}; the teacher takes multiples of {multiple}")
    bands = len(training_set.bands)
    models = [
        (compute.place(folded(model.build(bands=bands, outputs=outputs.channels))), model.temperature)
        for model in found
    ]
    return Teacher([*models], outputs=outputs, weight=teaching.weight)


def mixed(
    trained: Weights, *, spec: Spec, init: TrainedModel | None, learner: Learner, task: EvaluationTask
) -> tuple[Weights, dict[str, Any] | None]:
    """The weights to export, and what was seen on the way to them."""
    if init is None or not spec.recipe.mix:
        return trained, None

    def predictor(weights: Weights) -> Predictor:
        learner.average.load_state_dict(weights)
        return learner.predict

    candidates = {share: averaged(init.weights, trained, share) for share in spec.recipe.mix}
    share, scores = choose_mix(task, candidates, predictor)
    return candidates[share], {"share": share, "iou": {f"{key:g}": value for key, value in scores.items()}}
