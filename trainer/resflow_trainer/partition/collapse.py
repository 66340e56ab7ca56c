"""Whether embeddings still tell chips apart, and by what."""

import numpy as np

from resflow_trainer.normalisation import FloatArray
from resflow_trainer.partition.chip_set import IntArray
from resflow_trainer.partition.projection import within_share


def collapse_measures(embeddings: FloatArray, scene: IntArray) -> dict[str, float]:
    """embeddings (n, dims) of length 1, scene (n).

    - least, meanDeviation: of the dimensions, times sqrt(dims): 1 for vectors that point everywhere, 0 when collapsed.
    - effectiveRank: exponential of the entropy of the covariance's eigenvalues' shares (Roy and Vetterli 2007).
    - sceneShare: share of the variance that lies between scenes; high where embeddings tell scenes, not content.
    """
    values = embeddings.astype(np.float64)
    deviation = values.std(axis=0) * np.sqrt(values.shape[1])
    eigenvalues = np.linalg.eigvalsh(np.atleast_2d(np.cov(values.T, bias=True))).clip(min=0)
    shares = eigenvalues / max(eigenvalues.sum(), 1e-12)
    entropy = -(shares[shares > 0] * np.log(shares[shares > 0])).sum()
    variance = values.var(axis=0)
    inside = (within_share(values, scene) * variance).sum() / max(variance.sum(), 1e-12)
    return {
        "leastDeviation": float(deviation.min()),
        "meanDeviation": float(deviation.mean()),
        "effectiveRank": float(np.exp(entropy)),
        "sceneShare": float(1 - inside),
    }
