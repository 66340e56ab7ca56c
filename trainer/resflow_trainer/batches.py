"""Training batches: a pure function of (seed, step), made ahead by a background thread."""

from collections.abc import Callable
from collections.abc import Generator as Stream
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from resflow_trainer.crops import CropCentre, Sampler
from resflow_trainer.geometric import Crop, cut_crop
from resflow_trainer.normalisation import FloatArray, normalise
from resflow_trainer.outputs import label_table
from resflow_trainer.photometric import jitter
from resflow_trainer.spec import Spec
from resflow_trainer.training_set import ByteArray, Scene, TrainingSet

AHEAD = 4
"""Batches made before they are asked for."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """image (batch, bands, crop, crop) float32; target (batch, crop, crop) int64, -1 for no statement;
    data (batch, crop, crop) bool, where the image holds any."""

    image: Tensor
    target: Tensor
    data: Tensor
    bucket: Tensor | None
    """(batch) the bucket of each crop's drawn pixel; None where the training does not ask."""


@dataclass(frozen=True, kw_only=True)
class _Sample:
    image: FloatArray
    labels: ByteArray
    data: NDArray[np.bool_]
    centre: CropCentre


class BatchMaker:
    """Makes the batch of any step, always the same one for the same seed: nothing depends on threads or on history, so
    a resumed run sees what an undisturbed one would have seen."""

    def __init__(
        self,
        training_set: TrainingSet,
        spec: Spec,
        sampler: Sampler,
        bucket_of: Callable[[CropCentre], int] | None = None,
    ) -> None:
        self._set = training_set
        self._spec = spec
        self._sampler = sampler
        self._bucket_of = bucket_of
        self._table = label_table(training_set)

    def make(self, step: int) -> Batch:
        rng = np.random.default_rng([self._spec.seed, step])
        samples = [self._sample(rng) for _ in range(self._spec.batch)]
        return Batch(
            image=torch.from_numpy(np.stack([sample.image for sample in samples])),
            target=torch.from_numpy(np.stack([self._table[sample.labels] for sample in samples])),
            data=torch.from_numpy(np.stack([sample.data for sample in samples])),
            bucket=torch.tensor([self._bucket_of(sample.centre) for sample in samples]) if self._bucket_of else None,
        )

    def _sample(self, rng: Generator) -> _Sample:
        centre = self._sampler.draw(rng)
        crop = cut_crop(centre, size=self._spec.crop, rng=rng)
        image = self._photometric(crop, centre.scene, rng)
        inputs = normalise(image, crop.valid, scene=centre.scene, rule=self._spec.normalisation)
        labels = np.where(crop.valid == 0, np.uint8(255), crop.labels)
        return _Sample(image=inputs, labels=labels, data=crop.valid > 0, centre=centre)

    def _photometric(self, crop: Crop, scene: Scene, rng: Generator) -> FloatArray:
        """Jitters in units of about 0..1: bytes by 255, other types by four deviations to each side of the mean."""
        if scene.image.dtype == np.uint8:
            scale, offset = np.full((len(scene.mean), 1, 1), 255, np.float32), np.float32(0)
        else:
            std = np.maximum(np.asarray(scene.std, np.float32)[:, None, None], np.float32(1e-6))
            scale, offset = 8 * std, np.asarray(scene.mean, np.float32)[:, None, None] - 4 * std
        unit = (np.nan_to_num(crop.image) - offset) / scale
        jittered: FloatArray = jitter(unit, bands=self._set.bands, rng=rng) * scale + offset
        return jittered


def batches(maker: BatchMaker, *, first: int, threads: int = 1) -> Stream[Batch, None, None]:
    """The batches of steps first, first + 1, ... in order, made `AHEAD` of their use. Close the iterator to stop."""
    with ThreadPoolExecutor(threads, thread_name_prefix="batches") as pool:
        waiting: list[Future[Batch]] = [pool.submit(maker.make, first + i) for i in range(AHEAD)]
        step = first + AHEAD
        try:
            while True:
                batch = waiting.pop(0).result()
                waiting.append(pool.submit(maker.make, step))
                step += 1
                yield batch
        finally:
            for future in waiting:
                future.cancel()
