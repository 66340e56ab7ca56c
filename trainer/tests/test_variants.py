"""Which weights are taken on CPUs when nobody says which."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from resflow_trainer.evaluate import Evaluation
from resflow_trainer.variants import MOST_INT8_LOSS, Variant, default_variant


def variant(iou: float, milliseconds: float) -> Variant:
    evaluation = cast(Evaluation, SimpleNamespace(mean=SimpleNamespace(iou=iou)))
    return Variant(path=Path("x"), evaluation=evaluation, cpu_ms_per_megapixel=milliseconds, changed_share=None)


@pytest.mark.parametrize(
    ("int8", "expected"),
    [
        (variant(0.6, 40), "int8"),
        (variant(0.6 - 0.9 * MOST_INT8_LOSS, 40), "int8"),
        (variant(0.6 - 1.1 * MOST_INT8_LOSS, 40), "float32"),
        (variant(0.6, 101), "float32"),
        (None, "float32"),
    ],
)
def test_int8_is_the_default_only_where_it_is_faster_and_as_good(int8: Variant | None, expected: str) -> None:
    variants = {"float32": variant(0.6, 100)} | ({} if int8 is None else {"int8": int8})
    assert default_variant(variants) == expected
