"""Decoder blocks without concatenation compute what they stand for, and ONNX Runtime takes the additions in."""

from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch

from resflow_trainer.fold import folded
from resflow_trainer.networks import build_network
from resflow_trainer.onnx_export import export_onnx
from resflow_trainer.split_joins import split_joins
from resflow_trainer.unet import UNet, UNetPlan

WITHOUT_REDUCTION = UNetPlan(encoder=((8, 8), (16,), (24,)), decoder=((16, 8), (8,)))


def _network(name: str) -> UNet:
    torch.manual_seed(5)
    if name == "plain":
        return UNet(WITHOUT_REDUCTION, bands=4, outputs=3).eval()
    return build_network(name, bands=4, outputs=3).eval()


@pytest.mark.parametrize("name", ["tiny-unet", "plain"])
def test_the_parts_add_up_to_the_whole(name: str) -> None:
    network = folded(_network(name))
    image = torch.randn(2, 4, 32, 48)
    with torch.no_grad():
        torch.testing.assert_close(split_joins(network)(image), network(image), rtol=1e-4, atol=1e-5)


def test_the_runtime_adds_while_it_convolves(tmp_path: Path) -> None:
    export_onnx(_network("small-unet"), tmp_path / "model.onnx", bands=4)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), options, providers=["CPUExecutionProvider"])
    nodes = onnx.load(tmp_path / "optimised.onnx").graph.node
    if not any(node.domain == "com.microsoft.nchwc" for node in nodes):
        pytest.skip("this processor's kernels are others")
    assert {node.op_type for node in nodes} == {"Conv", "MaxPool", "Upsample", "ReorderOutput"}
