"""spec.json of `hash`, and the arrays that it names."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resflow_trainer.fields import Fields
from resflow_trainer.normalisation import FloatArray
from resflow_trainer.partition.chip_set import IntArray
from resflow_trainer.set_files import open_array
from resflow_trainer.spec import Budget, read_budget

LEAST_BITS, MOST_BITS = 16, 256


@dataclass(frozen=True, kw_only=True)
class HashSpec:
    embeddings: Path
    clusters: Path
    validation: Path
    means: Path | None
    """Of the clusters, where a chip's cluster is that of the nearest mean: then points between chips have one too."""
    content_dims: int | None
    """So many of the first dimensions decide; all where it is not said."""
    bits: int
    output: Path
    seed: int
    budget: Budget


@dataclass(frozen=True, kw_only=True)
class LabelledEmbeddings:
    """embeddings (n, dims), cluster (n), held_out (n), means (clusters, content dims)."""

    embeddings: FloatArray
    content_dims: int
    cluster: IntArray
    held_out: NDArray[np.bool_]
    means: FloatArray | None

    @property
    def content(self) -> FloatArray:
        return self.embeddings[:, : self.content_dims]


def parse_hash_spec(raw: object) -> HashSpec:
    """Raises ValueError with the key, what it is, and what it may be."""
    fields = Fields(raw, "spec")
    if fields.integer("version") != 1:
        raise ValueError(f"spec.version is {fields.values['version']}; this trainer knows version 1")
    means = fields.optional_text("means")
    spec = HashSpec(
        embeddings=Path(fields.text("embeddings")),
        clusters=Path(fields.text("clusters")),
        validation=Path(fields.text("validation")),
        means=None if means is None else Path(means),
        content_dims=fields.optional_integer("contentDims", least=1),
        bits=fields.integer("bits", default=32),
        output=Path(fields.text("output")),
        seed=fields.integer("seed", least=0, default=1),
        budget=read_budget(fields.child("budget")),
    )
    fields.finish()
    if not LEAST_BITS <= spec.bits <= MOST_BITS or spec.bits % 8:
        raise ValueError(f"spec.bits is {spec.bits}; expected a multiple of 8 from {LEAST_BITS} to {MOST_BITS}")
    return spec


def read_labelled(spec: HashSpec) -> LabelledEmbeddings:
    """Raises ValueError where the arrays do not fit together, where a value is not finite (naming the row), or where
    the chips that are not held out are of fewer than two clusters."""
    embeddings = np.asarray(open_array(spec.embeddings))
    if embeddings.ndim != 2 or embeddings.dtype != np.float32 or 0 in embeddings.shape:
        raise ValueError(f"{spec.embeddings} holds {embeddings.dtype}{embeddings.shape}; expected float32 (n, dims)")
    cluster = _column(spec.clusters, len(embeddings)).astype(np.int64)
    held_out = _column(spec.validation, len(embeddings)) != 0
    broken = np.flatnonzero(~np.isfinite(embeddings).all(axis=1))
    if len(broken):
        raise ValueError(
            f"{spec.embeddings}: row {broken[0]} is not finite ({len(broken)} such rows): embed that chip again"
        )
    clusters = len(np.unique(cluster[~held_out]))
    if clusters < 2:
        raise ValueError(
            f"{spec.clusters}: the {int((~held_out).sum())} chips that are not held out are of {clusters} clusters; "
            "codes need two: ask for more clusters, or hold out other chips"
        )
    dims = spec.content_dims or embeddings.shape[1]
    if dims > embeddings.shape[1]:
        raise ValueError(f"spec.contentDims is {dims}; {spec.embeddings} has {embeddings.shape[1]} dimensions")
    means = None if spec.means is None else _means(spec.means, clusters=int(cluster.max()) + 1, dims=dims)
    return LabelledEmbeddings(embeddings=embeddings, content_dims=dims, cluster=cluster, held_out=held_out, means=means)


def _means(path: Path, *, clusters: int, dims: int) -> FloatArray:
    means: FloatArray = np.asarray(open_array(path))
    if means.dtype != np.float32 or means.ndim != 2 or len(means) < clusters or means.shape[1] != dims:
        raise ValueError(f"{path} holds {means.dtype}{means.shape}; expected float32 ({clusters}, {dims})")
    return means


def _column(path: Path, rows: int) -> NDArray[Any]:
    values = np.asarray(open_array(path))
    if values.shape != (rows,) or values.dtype.kind not in "iu":
        raise ValueError(f"{path} holds {values.dtype}{values.shape}; expected {rows} whole numbers")
    return values
