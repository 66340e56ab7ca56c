"""JSON-lines events on stdout: the trainer's only words to its caller. Logs go to stderr."""

import json
import sys
import time
from typing import Any

STEP_INTERVAL_SECONDS = 1.0
"""Step events come no closer together than this."""


class Events:
    """Writes events, one JSON object a line, flushed."""

    def __init__(self) -> None:
        self._last_step = 0.0

    def emit(self, kind: str, **values: Any) -> None:
        sys.stdout.write(json.dumps({"type": kind, **values}, allow_nan=False) + "\n")
        sys.stdout.flush()

    def step_due(self) -> bool:
        """True at most once a second."""
        now = time.monotonic()
        if now - self._last_step < STEP_INTERVAL_SECONDS:
            return False
        self._last_step = now
        return True


def log(message: str) -> None:
    sys.stderr.write(f"{message}\n")
