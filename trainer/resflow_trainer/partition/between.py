"""Made-up chips between known ones: the borders of clusters are where codes go wrong, and few chips lie there."""

import numpy as np
from numpy.random import Generator

from resflow_trainer.normalisation import FloatArray
from resflow_trainer.partition.chip_set import IntArray

ROWS = 4096
"""Compared with the means at once."""


def between(content: FloatArray, count: int, rng: Generator) -> FloatArray:
    """(count, dims): points on the lines between two chips drawn at random, as long as chips there would be."""
    first, second = (content[rng.integers(len(content), size=count)] for _ in range(2))
    share = rng.random((count, 1), dtype=np.float32)
    point = first + share * (second - first)
    length, other, own = (np.linalg.norm(v, axis=1, keepdims=True) for v in (first, second, point))
    made: FloatArray = point * ((length + share * (other - length)) / np.maximum(own, 1e-6))
    return made


def nearest(content: FloatArray, means: FloatArray) -> IntArray:
    """The cluster whose mean is nearest to each row; ties go to the lower one."""
    half = (means**2).sum(axis=1) / 2
    parts = [(rows @ means.T - half).argmax(axis=1) for rows in np.array_split(content, len(content) // ROWS + 1)]
    return np.concatenate(parts).astype(np.int64)
