"""ONNX out of PyTorch, and the proof that both compute the same."""

import contextlib
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch.export import Dim

from resflow_trainer.atomic import write_atomic
from resflow_trainer.evaluate import Predictor
from resflow_trainer.fold import folded
from resflow_trainer.normalisation import FloatArray
from resflow_trainer.unet import UNet

OPSET = 18

PARITY_TOLERANCE = 1e-4
"""Largest accepted difference of a logit, relative to 1 + the largest logit on the images compared; rounding gives a
hundredth of it."""


@dataclass(frozen=True, kw_only=True)
class Parity:
    images: int
    largest_logit: float
    largest_difference: float
    tolerance: float


def export_onnx(network: UNet, path: Path, *, bands: int) -> None:
    """Writes the network in float32, batch norm folded: "image" (batch, bands, height, width) -> "logits", all sizes
    that are multiples of the network's, any batch."""
    multiple = network.plan.multiple
    example = torch.zeros(2, bands, 4 * multiple, 5 * multiple)
    sizes = {0: Dim("batch"), 2: multiple * Dim("rows"), 3: multiple * Dim("columns")}
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            folded(network),
            (example,),
            dynamo=True,
            opset_version=OPSET,
            input_names=["image"],
            output_names=["logits"],
            dynamic_shapes={"image": sizes},
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    _name_sizes(model)
    _drop_notes(model)
    onnx.checker.check_model(model)
    write_atomic(path, lambda temporary: temporary.write_bytes(model.SerializeToString()))


def _name_sizes(model: onnx.ModelProto) -> None:
    """Plain axis names, and no shapes of inner tensors, as these would carry the exporter's expressions."""
    for value in (*model.graph.input, *model.graph.output):
        axes = value.type.tensor_type.shape.dim
        axes[0].dim_param, axes[2].dim_param, axes[3].dim_param = "batch", "height", "width"
    del model.graph.value_info[:]


def _drop_notes(model: onnx.ModelProto) -> None:
    """The exporter's notes to itself name sizes by hashes that change from process to process: with them the same
    weights would give other bytes."""
    for owner in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output):
        del owner.metadata_props[:]
        owner.doc_string = ""


def open_session(path: Path, *, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def session_predictor(session: onnxruntime.InferenceSession) -> Predictor:
    def predict(image: FloatArray) -> FloatArray:
        logits: FloatArray = session.run(["logits"], {"image": image})[0]
        return logits

    return predict


def check_parity(network: UNet, predict: Predictor, images: list[FloatArray]) -> Parity:
    """Compares PyTorch in float32, batch norm not folded, with ONNX Runtime on real images (each (batch, bands, height,
    width)). Raises ValueError where a logit differs by more than the tolerance."""
    largest = difference = 0.0
    for image in images:
        with torch.no_grad():
            expected = network(torch.from_numpy(image)).numpy()
        actual = predict(image)
        largest = max(largest, float(np.abs(expected).max()))
        difference = max(difference, float(np.abs(actual - expected).max()))
    parity = Parity(
        images=sum(len(image) for image in images),
        largest_logit=largest,
        largest_difference=difference,
        tolerance=PARITY_TOLERANCE * (1 + largest),
    )
    if not difference <= parity.tolerance:
        raise ValueError(
            f"ONNX Runtime and PyTorch disagree: a logit differs by {difference:.3g}, more than {parity.tolerance:.3g}"
        )
    return parity
