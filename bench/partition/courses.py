"""How the networks of a comparison are trained."""

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from graphs import GraphLearner
from resflow_trainer.batches import BatchMaker, batches
from resflow_trainer.checkpoint import Weights
from resflow_trainer.compute import Compute, set_up_compute
from resflow_trainer.fold import folded
from resflow_trainer.learner import Learner, LossRule
from resflow_trainer.networks import build_network
from resflow_trainer.normalisation import settled
from resflow_trainer.outputs import Outputs, outputs_of
from resflow_trainer.schedule import Progress, learning_rate
from resflow_trainer.spec import Spec, parse_spec
from resflow_trainer.specialists.bucket_map import read_bucket_map
from resflow_trainer.specialists.conditional import make_conditional
from resflow_trainer.specialists.recipe import Focus, Teaching
from resflow_trainer.specialists.sampler import sampler_of
from resflow_trainer.specialists.teacher import Teacher
from resflow_trainer.training_set import NO_CLASS, TrainingSet, read_training_set
from resflow_trainer.unet import UNet

GENTLE = 5e-4
"""A quarter of Mono's learning rate, as the product's recipes take it."""

OWN_SHARE = 0.5


@dataclass(frozen=True, kw_only=True)
class Course:
    """How one network learns. `init`: the weights it starts from; None: fresh ones. `bucket` of a buckets file:
    `own_share` of the crops lie in it. `own`: the buckets file of a conditional training. `archive`: half of the crops
    lie in the places left out, whose pixels are known and whose labels are not."""

    network: str
    steps: int
    init: Weights | None = None
    bucket: tuple[str, int] | None = None
    own_share: float = OWN_SHARE
    own: str | None = None
    teacher: Teacher | None = None
    archive: bool = False


class Comparison:
    """What the trainings of one fold and seed share."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        raw = {
            "version": 1,
            "trainingSet": job["trainingSet"],
            "output": job["output"],
            "modelId": "compared",
            "name": "compared",
            "seed": job["seed"],
            "budget": {"maxSteps": job["steps"]},
            "device": job.get("device", "auto"),
            "threads": job.get("threads"),
            "split": {"train": job["split"]["train"], "validation": job["split"]["heldOut"]},
        }
        spec = parse_spec(raw)
        self.set = read_training_set(spec.training_set, spec.split)
        self.spec = replace(spec, normalisation=settled(spec.normalisation, self.set))
        self.compute: Compute = set_up_compute(self.spec)
        self.learner = GraphLearner if job.get("graphs") else Learner
        if self.learner is GraphLearner:
            torch.use_deterministic_algorithms(False)
        self.outputs: Outputs = outputs_of(self.set)
        scenes = (*self.set.train, *self.set.validation)
        self.maps = {name: read_bucket_map(Path(file), scenes) for name, file in job["buckets"].items()}

    def network(self, name: str, weights: Weights | None) -> UNet:
        network = build_network(name, bands=len(self.set.bands), outputs=self.outputs.channels)
        if weights is not None:
            network.load_state_dict(weights)
        return network

    def teacher(self, name: str, weights: Weights) -> Teacher:
        network = self.compute.place(folded(self.network(name, weights).eval()))
        return Teacher([(network, 1.0)], outputs=self.outputs, weight=1.0)

    def buckets(self, file: str) -> list[int]:
        """Those that hold anything labelled to learn from."""
        chips = {bucket: self.maps[file].chips(self.set.train, bucket) for bucket in range(len(self.maps[file].codes))}
        return [bucket for bucket, some in chips.items() if any(chip.labelled for chip in some)]

    def train(self, course: Course) -> Weights:
        """The averaged weights after the last step; of a conditional training with each bucket's own."""
        training_set = self._with_archive() if course.archive else self.set
        spec = self._spec(course)
        buckets = None if course.bucket is None else self.maps[course.bucket[0]]
        torch.manual_seed(spec.seed)
        network = self.network(course.network, course.init)
        bucket_of = None
        if course.own is not None:
            network = make_conditional(network, buckets=len(self.maps[course.own].codes))
            bucket_of = self.maps[course.own].bucket_of
        dice = (spec.loss or self.set.loss) == "cross-entropy+dice"
        rule = LossRule(outputs=self.outputs, dice=dice, teacher=course.teacher)
        learner = self.learner(network, spec=spec, rule=rule, compute=self.compute)
        maker = BatchMaker(training_set, spec, sampler_of(training_set, spec, buckets), bucket_of)
        with closing(batches(maker, first=0)) as source:
            for step in range(course.steps):
                rate = learning_rate(spec.optimiser, spec.budget, Progress(step=step, seconds=0))
                learner.step(next(source), step=step, rate=rate)
        return {name: tensor.detach().cpu().contiguous() for name, tensor in learner.average.state_dict().items()}

    def _spec(self, course: Course) -> Spec:
        focus, teaching = None, None
        if course.bucket is not None:
            file, bucket = course.bucket
            focus = Focus(file=Path(self.job["buckets"][file]), bucket=bucket, own_share=course.own_share)
        if course.archive:
            teaching = Teaching(models=(), weight=1.0, unlabelled_share=0.5)
        rate = self.spec.optimiser.learning_rate if course.init is None else GENTLE
        frozen = course.init is not None
        return replace(
            self.spec,
            network=course.network,
            budget=replace(self.spec.budget, max_steps=course.steps),
            optimiser=replace(self.spec.optimiser, learning_rate=rate),
            recipe=replace(self.spec.recipe, frozen_norm=frozen, focus=focus, teaching=teaching),
        )

    def _with_archive(self) -> TrainingSet:
        """The places left out as an archive knows them before it is mapped: pixels, no labels."""
        bare = [
            replace(scene, labels=np.full_like(scene.labels, NO_CLASS), labelled_pixels=0)
            for scene in self.set.validation
        ]
        return replace(self.set, unlabelled=(*self.set.unlabelled, *bare), validation=())
