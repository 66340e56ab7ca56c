"""Losses over labelled pixels only."""

import torch
from torch import Tensor
from torch.nn import functional

from resflow_trainer.outputs import IGNORED, Outputs

DICE_SMOOTHING = 1.0


def segmentation_loss(logits: Tensor, target: Tensor, *, outputs: Outputs, dice: bool) -> Tensor:
    """logits (batch, channels, height, width), target (batch, height, width) with -1 for no statement -> mean
    cross-entropy over labelled pixels, plus soft Dice (Milletari et al. 2016, arXiv:1606.04797) where asked for.

    0, with gradient 0, where nothing is labelled: pixels without a statement have no influence at all.
    """
    logits = logits.float()
    labelled = target != IGNORED
    count = labelled.sum().clamp(min=1)
    if outputs.activation == "sigmoid":
        wanted = (target == 1).float()
        per_pixel = functional.binary_cross_entropy_with_logits(logits[:, 0], wanted, reduction="none")
        loss = (per_pixel * labelled).sum() / count
        if dice:
            loss = loss + _dice(torch.sigmoid(logits), wanted[:, None], labelled)
        return loss
    per_pixel = functional.cross_entropy(logits, target, ignore_index=IGNORED, reduction="none")
    loss = per_pixel.sum() / count
    if dice:
        one_hot = functional.one_hot(target.clamp(min=0), outputs.channels).movedim(-1, 1).float()
        loss = loss + _dice(torch.softmax(logits, dim=1), one_hot, labelled)
    return loss


def _dice(probability: Tensor, wanted: Tensor, labelled: Tensor) -> Tensor:
    """1 - Dice, pooled over the batch, mean over the channels that are wanted somewhere in it."""
    mask = labelled[:, None].float()
    dims = (0, 2, 3)
    common = (probability * wanted * mask).sum(dims)
    wanted_sum = (wanted * mask).sum(dims)
    total = (probability * mask).sum(dims) + wanted_sum
    score = (2 * common + DICE_SMOOTHING) / (total + DICE_SMOOTHING)
    present = (wanted_sum > 0).float()
    return ((1 - score) * present).sum() / present.sum().clamp(min=1)
