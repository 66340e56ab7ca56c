"""The files of weights that an export makes, with what was measured about each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resflow_trainer.atomic import sha256_of
from resflow_trainer.evaluate import Evaluation, EvaluationTask, Predictor, evaluate
from resflow_trainer.measure import changed_share, milliseconds_per_megapixel
from resflow_trainer.normalisation import FloatArray
from resflow_trainer.onnx_export import open_session, session_predictor
from resflow_trainer.quantise import quantise

MOST_INT8_LOSS = 0.003
"""int8 is taken on CPUs by default only if its mean IoU is lower by less than this."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    path: Path
    evaluation: Evaluation
    cpu_ms_per_megapixel: float
    changed_share: float | None

    def as_card(self) -> dict[str, Any]:
        """As the model card wants it."""
        record: dict[str, Any] = {
            "file": self.path.name,
            "sha256": sha256_of(self.path),
            "bytes": self.path.stat().st_size,
            "scores": self.evaluation.mean.as_json(),
            "cpuMsPerMegapixel": self.cpu_ms_per_megapixel,
        }
        return record if self.changed_share is None else record | {"changedShare": self.changed_share}


def make_variants(
    float32: Path,
    *,
    joined: Path,
    int8: Path | None,
    calibration: list[FloatArray],
    task: EvaluationTask,
    timing_image: FloatArray,
    on_tile: Callable[[int, int], None],
) -> dict[str, Variant]:
    """Quantises `joined` (float32, with concatenations) where asked for, then evaluates and times all variants in the
    same run, on one thread."""
    paths = {"float32": float32}
    if int8 is not None:
        quantise(joined, int8, calibration)
        paths["int8"] = int8
    alone = {name: session_predictor(open_session(path, threads=1)) for name, path in paths.items()}
    times = dict(zip(alone, milliseconds_per_megapixel(list(alone.values()), timing_image), strict=True))
    quick: dict[str, Predictor] = {
        name: session_predictor(open_session(path, threads=0)) for name, path in paths.items()
    }
    return {
        name: Variant(
            path=path,
            evaluation=evaluate(task, quick[name], on_tile=on_tile),
            cpu_ms_per_megapixel=times[name],
            changed_share=None if name == "float32" else changed_share(task, quick["float32"], quick[name]),
        )
        for name, path in paths.items()
    }


def default_variant(variants: dict[str, Variant]) -> str:
    """int8 where it is there, faster, and loses less than `MOST_INT8_LOSS`."""
    int8 = variants.get("int8")
    if int8 is None:
        return "float32"
    float32 = variants["float32"]
    loss = float32.evaluation.mean.iou - int8.evaluation.mean.iou
    faster = int8.cpu_ms_per_megapixel < float32.cpu_ms_per_megapixel
    return "int8" if loss < MOST_INT8_LOSS and faster else "float32"
