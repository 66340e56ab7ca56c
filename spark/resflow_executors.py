"""Whether any executor is there, told when it changes: so that a run whose cluster is gone for good can end."""

import threading
import time
from collections.abc import Callable
from typing import Any

EVERY_SECONDS = 2


def watch_executors(spark: Any, classic: Any, tell: Callable[[bool], None]) -> None:
    """Calls `tell` from other threads. `classic`: the session's context, None of a session on Spark Connect."""
    change = Change(tell)
    if classic is None:
        spark.registerProgressHandler(Progress(change))
    elif classic._jsc.sc().isLocal():
        change(True)
    else:
        threading.Thread(target=poll, args=(classic, change), daemon=True).start()


class Change:
    """Passes on what is not what it passed on before."""

    def __init__(self, tell: Callable[[bool], None]) -> None:
        self.tell, self.last = tell, False

    def __call__(self, there: bool) -> None:
        if there != self.last:
            self.last = there
            self.tell(there)


def poll(classic: Any, change: Change) -> None:
    """Asks Spark for those that store blocks: every executor, and the driver."""
    while True:
        try:
            change(classic._jsc.sc().getExecutorMemoryStatus().size() > 1)
        except Exception:  # The session ends; who waits for its jobs will hear of that.
            return
        time.sleep(EVERY_SECONDS)


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
