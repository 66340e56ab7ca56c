"""Trains segmentation networks for RESFlow: spec.json in; events, ONNX models, a model card and curves out."""

import os

__version__ = "0.1.0"

# OpenMP's threads spin while they wait. On a machine that has other work, that burns the very time they wait for: with
# a load of 12 on two cores a step took 2.5 times as long. Has to stand before PyTorch is loaded; a user's value wins.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
