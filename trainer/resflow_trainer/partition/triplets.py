"""Drawing triplets from clusters."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from resflow_trainer.partition.chip_set import IntArray


@dataclass(frozen=True, kw_only=True)
class Triplets:
    anchor: IntArray
    positive: IntArray
    negative: IntArray


class TripletDraw:
    """Two clusters a triplet, drawn evenly: a small cluster counts as much as a large one. The positive of a cluster
    of one chip is that chip itself."""

    def __init__(self, cluster: IntArray) -> None:
        self._order = np.argsort(cluster, kind="stable")
        _, self._first, self._size = np.unique(cluster[self._order], return_index=True, return_counts=True)

    def draw(self, count: int, rng: Generator) -> Triplets:
        own = rng.integers(len(self._size), size=count)
        other = (own + rng.integers(1, len(self._size), size=count)) % len(self._size)
        size = self._size[own]
        anchor = rng.integers(size)
        positive = (anchor + 1 + rng.integers(np.maximum(size - 1, 1))) % size
        return Triplets(
            anchor=self._order[self._first[own] + anchor],
            positive=self._order[self._first[own] + positive],
            negative=self._order[self._first[other] + rng.integers(self._size[other])],
        )
