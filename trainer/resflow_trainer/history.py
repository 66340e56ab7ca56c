"""history.jsonl: the curves of a training, one record a line."""

import json
from pathlib import Path
from typing import Any

from resflow_trainer.atomic import write_atomic


class History:
    """Appends records {"kind": "train" | "validation", "step", "seconds", ...}; after a resume, records of steps that
    the checkpoint does not know are dropped, as they will be made again."""

    def __init__(self, path: Path, *, after_step: int) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        kept = [line for line in lines if _step_of(line) <= after_step]
        text = "".join(f"{line}\n" for line in kept)
        write_atomic(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))

    def add(self, kind: str, **values: Any) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, **values}, allow_nan=False) + "\n")


def _step_of(line: str) -> float:
    """The record's step; infinite for a line that a crash cut short."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")
