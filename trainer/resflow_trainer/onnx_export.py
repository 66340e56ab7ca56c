"""ONNX out of PyTorch, and the proof that both compute the same."""

import contextlib
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from resflow_trainer.atomic import write_atomic
from resflow_trainer.evaluate import Predictor
from resflow_trainer.fold import folded
from resflow_trainer.normalisation import FloatArray
from resflow_trainer.split_joins import split_joins
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


def export_onnx(network: UNet, path: Path, *, bands: int, split: bool = True) -> None:
    """Writes the network in float32, batch norm folded: "image" (batch, bands, height, width) -> "logits", all sizes
    that are multiples of the network's, any batch. `split` does without concatenations (see `split_joins`), which is
    quicker in float32; in int8 it is not."""
    signature = Signature(inputs="image", outputs="logits", axes={0: "batch", 2: "height", 3: "width"})
    example = torch.zeros(2, bands, 4 * network.plan.multiple, 5 * network.plan.multiple)
    whole = folded(network)
    if split:
        export_module(split_joins(whole), path, example=example, signature=signature, amend=_name_sums)
    else:
        export_module(whole, path, example=example, signature=signature)


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Names of the one input and the one output, and of the axes that take any size."""

    inputs: str
    outputs: str
    axes: dict[int, str]


def export_module(
    module: nn.Module,
    path: Path,
    *,
    example: Tensor,
    signature: Signature,
    amend: Callable[[onnx.GraphProto], None] = lambda _: None,
) -> None:
    """Writes a module of one input and one output, none of whose operations depends on a size of the named axes: so the
    exporter may take those of `example` for constants (following them through the graph took most of its time), and
    `check_parity` on other sizes proves that none stayed in it. `amend` has the last word on the graph."""
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            (example,),
            dynamo=True,
            opset_version=OPSET,
            input_names=[signature.inputs],
            output_names=[signature.outputs],
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    _name_sizes(model, signature.axes)
    _drop_notes(model)
    amend(model.graph)
    onnx.checker.check_model(model)
    write_atomic(path, lambda temporary: temporary.write_bytes(model.SerializeToString()))


def _name_sizes(model: onnx.ModelProto, names: dict[int, str]) -> None:
    """Plain axis names, and no shapes of inner tensors, as these would carry the exporter's expressions."""
    for value in (*model.graph.input, *model.graph.output):
        for axis, size in enumerate(value.type.tensor_type.shape.dim):
            if axis in names:
                size.dim_param = names[axis]
    del model.graph.value_info[:]


def _name_sums(graph: onnx.GraphProto) -> None:
    """Says that the two sides of each addition are of one size: only then does ONNX Runtime add while it convolves."""
    shapes = {tensor.name: tensor.dims for tensor in graph.initializer}
    convolutions = {node.output[0]: node for node in graph.node if node.op_type == "Conv"}
    for index, node in enumerate(node for node in graph.node if node.op_type == "Add"):
        for side in node.input:
            channels = shapes[convolutions[side].input[1]][0]
            sizes = ["batch", channels, f"height_{index}", f"width_{index}"]
            graph.value_info.append(onnx.helper.make_tensor_value_info(side, onnx.TensorProto.FLOAT, sizes))


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
    """The first output for the first input."""
    inputs, outputs = session.get_inputs()[0].name, session.get_outputs()[0].name

    def predict(image: FloatArray) -> FloatArray:
        result: FloatArray = session.run([outputs], {inputs: image})[0]
        return result

    return predict


def check_parity(
    network: nn.Module, predict: Predictor, images: list[FloatArray], *, tolerance: float = PARITY_TOLERANCE
) -> Parity:
    """Compares PyTorch in float32, batch norm not folded, with ONNX Runtime on real inputs, images each (batch, bands,
    height, width). Raises ValueError where a value differs by more than the tolerance, relative to 1 + the largest."""
    largest = difference = 0.0
    for image in images:
        with torch.no_grad():
            expected = network(torch.tensor(image)).numpy()
        actual = predict(image)
        largest = max(largest, float(np.abs(expected).max()))
        difference = max(difference, float(np.abs(actual - expected).max()))
    parity = Parity(
        images=sum(len(image) for image in images),
        largest_logit=largest,
        largest_difference=difference,
        tolerance=tolerance * (1 + largest),
    )
    if not difference <= parity.tolerance:
        raise ValueError(
            f"ONNX Runtime and PyTorch disagree: a value differs by {difference:.3g}, more than {parity.tolerance:.3g}"
        )
    return parity
