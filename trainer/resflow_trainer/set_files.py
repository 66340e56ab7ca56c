"""Reading the files of a set as RESFlow writes it: its record, and its memory-mapped arrays."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_json(path: Path, *, kind: str) -> object:
    """Raises ValueError where there is no such file (its folder is then not a `kind`), or no JSON in it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"There is no {path.name} in {path.parent}: not a {kind}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error


def open_array(path: Path) -> NDArray[Any]:
    """Memory-mapped. Raises ValueError where there is no readable array."""
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as a NumPy array: {error}") from error
    return array
