"""How well codes bring back chips of the same cluster."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.partition.chip_set import IntArray

Bits = NDArray[np.uint8]

TOP = 20

MOST_QUERIES = 2000


@dataclass(frozen=True, kw_only=True)
class Codes:
    """bits (n, K) of 0 and 1, cluster (n)."""

    bits: Bits
    cluster: IntArray

    def at(self, rows: IntArray) -> "Codes":
        return Codes(bits=self.bits[rows], cluster=self.cluster[rows])


@dataclass(frozen=True, kw_only=True)
class Precision:
    """`top_over_hits`: as the paper's code has it, the mean of the precision at each hit among the first 20, over the
    hits found. `standard`: the same over the whole ranking, over all relevant chips. Both are means over queries."""

    top_over_hits: float | None
    standard: float | None
    queries: int


def mean_average_precision(queries: Codes, database: Codes, *, seed: int, itself: bool = False) -> Precision:
    """Ranks `database` by Hamming distance to each query. Chips at equal distance are ordered at random (seeded; the
    order in which they are stored would favour scenes). A query without a relevant chip is left out; one without a hit
    among the first 20 counts 0. With `itself` queries and database are the same chips, and a chip does not find
    itself."""
    rng = np.random.default_rng(seed)
    rows = np.arange(len(queries.cluster))
    if len(rows) > MOST_QUERIES:
        rows = np.sort(rng.choice(len(rows), MOST_QUERIES, replace=False))
    signs = database.bits.astype(np.float32) * 2 - 1
    top, standard = [], []
    for row in rows:
        similarity = signs @ (queries.bits[row].astype(np.float32) * 2 - 1)
        order = np.lexsort((rng.random(len(similarity)), -similarity))
        if itself:
            order = order[order != row]
        relevant = database.cluster[order] == queries.cluster[row]
        if relevant.any():
            top.append(_average(relevant[:TOP]))
            standard.append(_average(relevant))
    mean = (float(np.mean(top)), float(np.mean(standard))) if top else (None, None)
    return Precision(top_over_hits=mean[0], standard=mean[1], queries=len(top))


def _average(relevant: NDArray[np.bool_]) -> float:
    """Mean over the hits of the precision at each."""
    ranks = np.flatnonzero(relevant) + 1
    return float((np.arange(1, len(ranks) + 1) / ranks).mean()) if len(ranks) else 0.0


def bit_measures(bits: Bits) -> dict[str, Any]:
    """Shares of ones by bit, correlations between bits (a constant bit has none), and how many codes there are."""
    ones = bits.mean(axis=0, dtype=np.float64)
    varying = bits[:, (ones > 0) & (ones < 1)].astype(np.float64)
    correlations = np.zeros(1)
    if varying.shape[1] > 1:
        matrix = np.abs(np.corrcoef(varying.T))
        correlations = matrix[np.triu_indices(len(matrix), 1)]
    return {
        "bitBalance": [float(ones.min()), float(ones.mean()), float(ones.max())],
        "bitCorrelation": {"mean": float(correlations.mean()), "max": float(correlations.max())},
        "distinctCodes": len(np.unique(bits, axis=0)),
    }
