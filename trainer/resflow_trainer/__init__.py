"""Trains segmentation networks for RESFlow: spec.json in; events, ONNX models, a model card and curves out."""

__version__ = "0.1.0"
