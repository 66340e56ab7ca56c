"""RESFlow on Spark: job requests on stdin, outcomes on stdout, JSON lines both ways.

The coordinator says what to run and when; this driver turns each job into one of Spark (resflow_sessions.py), a list of
tasks a partition; the function there (resflow_slot.py) feeds them to one long-lived Node worker per task slot.

First line in: {"session": {"master" | "remote", "own", "conf", "worker": {"command", "env", "silenceSeconds",
"memoryMiB", "tries"}}}. Then {"job": id, "partitions": [[task, ...], ...]}. The end of stdin, SIGTERM or SIGINT ends
the session.
Lines out: session, executors (whether any is there, from now on), outcomes (of a whole job), lost (a job that Spark
gave up), fault (the session is not to be had).
"""

import json
import os
import re
import signal
import sys
import threading
from typing import Any

from resflow_sessions import open_session


def main() -> int:
    # Whatever else prints goes to stderr: stdout is the protocol's.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lock = threading.Lock()

    def say(**message: Any) -> None:
        with lock:
            print(json.dumps(message), file=out, flush=True)

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # otherwise executors take the first python3 of their path
    settings = json.loads(sys.stdin.readline())["session"]
    try:
        session = open_session(settings)
    except BaseException as error:
        say(event="fault", message=first_line(error))
        os._exit(1)  # whatever is left of a session that did not open does not keep this process

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    # Only now: starting a session may block, and an exception would not get through.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, end)
    say(event="session", version=session.version, slots=session.slots)
    session.watch(lambda there: say(event="executors", there=there))

    answered = threading.Event()

    def run(job: int, partitions: list[list[dict[str, Any]]]) -> None:
        try:
            rows = session.run([json.dumps(tasks) for tasks in partitions])
            answered.set()
            say(event="outcomes", job=job, rows=[{"id": id, **json.loads(reply)} for id, reply in rows])
        except BaseException as error:
            gone = session.gone
            if not gone and not session.stopped:
                say(event="lost", job=job, message=first_line(error))
                return
            if not gone and not answered.is_set():
                say(event="fault", message="Spark ended it again: no master answers, or none that takes it.")
            # Whoever started this driver opens another session, and sends its jobs again.
            session.discard()
            os._exit(1)

    try:
        for line in sys.stdin:
            request = json.loads(line)
            threading.Thread(target=run, args=(request["job"], request["partitions"]), daemon=True).start()
    finally:
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, signal.SIG_IGN)
        session.stop()
    return 0


def first_line(error: BaseException) -> str:
    """What went wrong, from an error that may hold pages of Java around a traceback of Python."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [repr(error)]
    told = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b.*: ", line)]
    inner = [line for line in told if "." not in line.split(":")[0]]
    return (inner or told or lines)[0][:500]


if __name__ == "__main__":
    sys.exit(main())
