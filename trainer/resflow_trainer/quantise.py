"""The int8 variant: static quantisation by ONNX Runtime's own tools."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

from resflow_trainer.atomic import write_atomic
from resflow_trainer.normalisation import FloatArray

QUANTISED = ["Conv", "Concat", "MaxPool", "Resize", "Relu"]


class _Images(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, images: list[FloatArray]) -> None:
        self._images: Iterator[FloatArray] = iter(images)

    def get_next(self) -> dict[str, FloatArray] | None:
        image = next(self._images, None)
        return None if image is None else {"image": image}


def quantise(source: Path, target: Path, images: list[FloatArray]) -> None:
    """Writes `source` in QDQ form: unsigned activations, signed weights per channel, ranges by minimum and maximum over
    `images` (each (1, bands, height, width)). On processors without VNNI, sums of products may saturate."""
    logging.getLogger().setLevel(logging.ERROR)
    with contextlib.redirect_stdout(sys.stderr):
        write_atomic(
            target,
            lambda temporary: quantize_static(
                str(source),
                str(temporary),
                _Images(images),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod.MinMax,
                op_types_to_quantize=QUANTISED,
            ),
        )
