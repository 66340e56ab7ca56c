"""Whether any executor is there, told when it changes: so that a run whose cluster is gone for good can end."""

import threading
import time
from collections.abc import Callable
from typing import Any

EVERY_SECONDS = 2


class Change:
    """Passes on what is not what it passed on before."""

    def __init__(self, tell: Callable[[bool], None]) -> None:
        self.tell, self.last = tell, False

    def __call__(self, there: bool) -> None:
        if there != self.last:
            self.last = there
            self.tell(there)


def poll(context: Any, change: Change) -> None:
    """Tells from a thread of its own, unless the executor is the session itself. Asks Spark for those that store
    blocks: every executor, and the driver."""
    if context._jsc.sc().isLocal():
        change(True)
        return

    def ask() -> None:
        while True:
            try:
                change(context._jsc.sc().getExecutorMemoryStatus().size() > 1)
            except Exception:  # The session ends; who waits for its jobs will hear of that.
                return
            time.sleep(EVERY_SECONDS)

    threading.Thread(target=ask, daemon=True).start()


class Progress:
    """Spark Connect lists no executors: here one is there while it works on a task of this session."""

    def __init__(self, change: Change) -> None:
        self.change, self.lock = change, threading.Lock()
        self.working: dict[str | None, int] = {}

    def __call__(self, stages: Any, inflight_tasks: int, operation_id: str | None, done: bool) -> None:
        del stages
        with self.lock:
            if done:
                self.working.pop(operation_id, None)
            else:
                self.working[operation_id] = inflight_tasks
            # Between jobs there is nothing to go by.
            if self.working:
                self.change(any(self.working.values()))
