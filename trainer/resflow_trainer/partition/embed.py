"""Running a module over a chip set."""

import numpy as np
import torch
from torch import nn

from resflow_trainer.normalisation import FloatArray
from resflow_trainer.partition.chip_set import ChipSet, IntArray
from resflow_trainer.spec import Normalisation


def embed(module: nn.Module, chip_set: ChipSet, indices: IntArray, rule: Normalisation) -> FloatArray:
    """What `module` gives for these chips, (indices, dims)."""
    module.eval()
    with torch.no_grad():
        parts = [module(torch.from_numpy(batch)).numpy() for batch in chip_set.batches(indices, rule)]
    return np.concatenate(parts)
