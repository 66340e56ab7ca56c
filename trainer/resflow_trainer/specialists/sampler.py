"""Where a specialist's crops are taken: in its bucket and elsewhere, with labels and without."""

from dataclasses import dataclass, replace

from numpy.random import Generator

from resflow_trainer.crops import CropCentre, CropSampler, Sampler
from resflow_trainer.spec import Spec
from resflow_trainer.specialists.bucket_map import BucketMap
from resflow_trainer.training_set import Chip, Scene, TrainingSet

WINDOW = 256
"""Side of the windows that ground without labels is cut into."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Draws this share of the crops from `first`, the others from `second`."""

    first: Sampler
    second: Sampler
    share: float

    def draw(self, rng: Generator) -> CropCentre:
        return (self.first if rng.random() < self.share else self.second).draw(rng)


def sampler_of(training_set: TrainingSet, spec: Spec, buckets: BucketMap | None) -> Sampler:
    """The sampler of any training; of a plain one, as ever. Raises ValueError where the bucket holds nothing to learn
    from."""
    recipe = spec.recipe
    chips = {True: training_set.chips, False: _without_labels(training_set) if recipe.teaching else ()}
    every = {labelled: _crops(training_set, spec, some) for labelled, some in chips.items()}
    if recipe.focus is not None and buckets is not None:
        own = {key: _own_crops(training_set, spec, buckets, labelled=key) for key in every if every[key] is not None}
        if not any(own.values()):
            raise ValueError(f"Bucket {recipe.focus.bucket} holds nothing to learn from in the training scenes")
        share = recipe.focus.own_share
        every = {key: _mixed(own.get(key), sampler, share) for key, sampler in every.items()}
    labelled, unlabelled = every[True], every[False]
    assert labelled is not None
    return _mixed(unlabelled, labelled, recipe.teaching.unlabelled_share if recipe.teaching else 0) or labelled


def _mixed(first: Sampler | None, second: Sampler | None, share: float) -> Sampler | None:
    if first is None or second is None:
        return first or second
    return Shared(first=first, second=second, share=share)


def _crops(training_set: TrainingSet, spec: Spec, chips: tuple[Chip, ...]) -> Sampler | None:
    return CropSampler(replace(training_set, chips=chips), spec.sampling) if chips else None


def _own_crops(training_set: TrainingSet, spec: Spec, buckets: BucketMap, *, labelled: bool) -> Sampler | None:
    focus, scenes = spec.recipe.focus, training_set.train + (() if labelled else training_set.unlabelled)
    assert focus is not None
    cells = buckets.chips(scenes, focus.bucket)
    if labelled:
        return _crops(training_set, spec, tuple(cell for cell in cells if cell.labelled))
    by_id = {scene.id: scene for scene in scenes}
    return _crops(training_set, spec, _counting_pixels([cell for cell in cells if not cell.labelled], by_id))


def _without_labels(training_set: TrainingSet) -> tuple[Chip, ...]:
    """Windows of the training scenes with data and without any label."""
    scenes = {scene.id: scene for scene in (*training_set.train, *training_set.unlabelled)}
    labelled = {(chip.scene, chip.x, chip.y) for chip in training_set.chips}
    windows = [window for scene in scenes.values() for window in _windows(scene)]
    return _counting_pixels([w for w in windows if (w.scene, w.x, w.y) not in labelled], scenes)


def _windows(scene: Scene) -> list[Chip]:
    return [
        Chip(
            scene=scene.id,
            x=x,
            y=y,
            width=min(WINDOW, scene.width - x),
            height=min(WINDOW, scene.height - y),
            labelled=0,
            class_pixels=(),
        )
        for y in range(0, scene.height, WINDOW)
        for x in range(0, scene.width, WINDOW)
    ]


def _counting_pixels(chips: list[Chip], scenes: dict[str, Scene]) -> tuple[Chip, ...]:
    """The chips with data, weighing as much as they have pixels: a teacher labels them all."""

    def pixels(chip: Chip) -> int:
        valid = scenes[chip.scene].valid[chip.y : chip.y + chip.height, chip.x : chip.x + chip.width]
        return int((valid > 0).sum())

    counted = [replace(chip, labelled=pixels(chip), class_pixels=()) for chip in chips]
    return tuple(chip for chip in counted if chip.labelled)
