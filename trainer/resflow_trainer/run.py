"""One training, from its spec to its export; interrupted anywhere, the same call goes on."""

import time
from dataclasses import replace
from pathlib import Path

from resflow_trainer.batches import BatchMaker
from resflow_trainer.checkpoint import read_standing
from resflow_trainer.compute import set_up_compute
from resflow_trainer.evaluate import EvaluationTask
from resflow_trainer.events import Events
from resflow_trainer.export import Export, exported_digest, save_weights
from resflow_trainer.learner import Learner, LossRule
from resflow_trainer.networks import NETWORKS, build_network, count_parameters
from resflow_trainer.outputs import label_table, outputs_of
from resflow_trainer.spec import Spec, read_spec
from resflow_trainer.specialists.bucket_map import BucketMap
from resflow_trainer.specialists.conditional import SHARED, fold_bucket, make_conditional
from resflow_trainer.specialists.parts import mixed, read_parts, settled_rule
from resflow_trainer.specialists.recipe import CONDITIONAL
from resflow_trainer.specialists.sampler import sampler_of
from resflow_trainer.tiles import tiles_of
from resflow_trainer.train import Training, stop_on_signals
from resflow_trainer.training_set import TrainingSet, read_training_set

STOPPED = 130
"""Exit code after SIGINT or SIGTERM: a checkpoint was written, the same call continues."""


def run_training(spec_path: Path, events: Events) -> int:
    """Returns the exit code: 0, or `STOPPED`. Raises ValueError for a bad spec or set, with what to do about it."""
    spec = read_spec(spec_path)
    training_set = read_training_set(spec.training_set, spec.split)
    spec = replace(spec, normalisation=settled_rule(spec, training_set))
    digest = spec.digest(training_set.digest)
    if exported_digest(spec.output) == digest:
        events.emit("done", already=True, output=str(spec.output))
        return 0
    _refuse_other(spec, digest)
    started = time.monotonic()
    compute = set_up_compute(spec)
    outputs = outputs_of(training_set)
    parts = read_parts(spec, training_set, outputs, compute)
    buckets = parts.buckets
    sampler = sampler_of(training_set, spec, buckets)
    rule = LossRule(
        outputs=outputs,
        dice=(spec.loss or training_set.loss) == "cross-entropy+dice",
        teacher=parts.teacher,
    )
    network = build_network(spec.network, bands=len(training_set.bands), outputs=outputs.channels)
    if parts.init is not None:
        network.load_state_dict(parts.init.weights)
    if buckets is not None and spec.recipe.conditional is not None:
        network = make_conditional(network, buckets=len(buckets.codes))
    learner = Learner(network, spec=spec, rule=rule, compute=compute)
    task = _evaluation_task(spec, training_set, buckets, tiled=bool(training_set.validation))
    training = Training(spec, learner=learner, task=task, events=events, digest=digest)
    events.emit(
        "start",
        network=spec.network,
        parameters=count_parameters(network),
        device=str(compute.device),
        precision="bfloat16" if compute.bfloat16 else "float32",
        step=training.standing.step,
        steps=spec.budget.max_steps,
        resumed=training.standing.step > 0,
        trainScenes=len(training_set.train),
        validationScenes=len(training_set.validation),
        chips=len(training_set.chips),
    )
    with stop_on_signals() as stop:
        bucket_of = None if buckets is None or spec.recipe.conditional is None else buckets.bucket_of
        if not training.run(BatchMaker(training_set, spec, sampler, bucket_of), stop):
            events.emit("stopped", step=training.standing.step)
            return STOPPED
    judged = task if task.tiles else _evaluation_task(spec, training_set, buckets, tiled=True)
    if spec.recipe.conditional is not None:
        save_weights(spec.output / CONDITIONAL, training.best)
        training.best = fold_bucket(training.best, SHARED)
    weights, mix = mixed(training.best, spec=spec, init=parts.init, learner=learner, task=judged)
    export = Export(spec, training_set, judged, sampler, events)
    card = export.run(training.standing, weights, bucket=parts.bucket, mix=mix)
    events.emit(
        "done",
        already=False,
        output=str(spec.output),
        step=training.standing.step,
        bestStep=training.standing.best_step,
        seconds=round(time.monotonic() - started, 1),
        scores=card["scores"],
        defaultCpuVariant=card["defaultCpuVariant"],
        halo=card["halo"],
    )
    return 0


def _refuse_other(spec: Spec, digest: str) -> None:
    found = read_standing(spec.output / "checkpoint")
    other = found is not None and found[0].spec_digest != digest
    if other or exported_digest(spec.output) is not None:
        raise ValueError(f"{spec.output} holds a training of another spec: give another output, or delete that folder")


def _evaluation_task(
    spec: Spec, training_set: TrainingSet, buckets: BucketMap | None, *, tiled: bool
) -> EvaluationTask:
    """Over the validation scenes; without any, and where `tiled`, over the training scenes. A specialist is judged in
    its own bucket, where these scenes have any labels in it."""
    scenes = training_set.validation or training_set.train
    most = spec.validation.max_megapixels
    task = EvaluationTask(
        tiles=[],
        outputs=outputs_of(training_set),
        table=label_table(training_set),
        multiple=NETWORKS[spec.network].multiple,
        rule=spec.normalisation,
    )
    focus = spec.recipe.focus
    if tiled and focus is not None and buckets is not None:
        counted = buckets.counted(focus.bucket)
        own = tiles_of(scenes, max_megapixels=most, counted=counted)
        if own:
            return replace(task, tiles=own, counted=counted)
    return replace(task, tiles=tiles_of(scenes, max_megapixels=most) if tiled else [])
