"""RESFlow on Spark: job requests on stdin, outcomes on stdout, JSON lines both ways.

The coordinator says what to run and when; this driver turns each job into `mapInArrow` over one row a partition; the
function there (resflow_slot.py) feeds the tasks to one long-lived Node worker per task slot. Only the DataFrame API is
used, so the same text runs on classic masters and through Spark Connect.

First line in: {"session": {"master" | "remote", "own", "conf", "worker": {"command", "env", "silenceSeconds",
"memoryMiB", "tries"}}}. Then {"job": id, "partitions": [[task, ...], ...]}. The end of stdin, SIGTERM or SIGINT ends
the session.
Lines out: session, executors (whether any is there, from now on), outcomes (of a whole job), lost (a job that Spark
gave up), fault (the session is not to be had).
"""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from typing import Any

from resflow_executors import watch_executors
from resflow_slot import make_function

SCHEMA = "id string, reply string"
GONE_SECONDS = 1


def open_session(session: dict[str, Any], folder: str) -> Any:
    """`folder`: for settings. A cluster that this driver starts gets a secret of its own, by a file that nobody else
    reads: settings of a session stand in the command line of the JVM."""
    from pyspark.sql import SparkSession

    if session["own"]:
        with open(os.open(f"{folder}/spark-defaults.conf", os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(f"spark.authenticate true\nspark.authenticate.secret {secrets.token_hex(32)}\n")
        os.environ["SPARK_CONF_DIR"] = folder
    builder: Any = SparkSession.builder.appName("resflow")
    builder = builder.remote(session["remote"]) if "remote" in session else builder.master(session["master"])
    for key, value in session["conf"].items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def main() -> int:
    # Whatever else prints goes to stderr: stdout is the protocol's.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lock = threading.Lock()

    def say(**message: Any) -> None:
        with lock:
            print(json.dumps(message), file=out, flush=True)

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # otherwise executors take the first python3 of their path
    session = json.loads(sys.stdin.readline())["session"]
    folder = tempfile.mkdtemp(prefix="resflow-spark-")
    try:
        import pyarrow as pa
        import pyspark

        spark = open_session(session, folder)
    except BaseException as error:
        say(event="fault", message=first_line(error))
        return 1
    finally:
        shutil.rmtree(folder)

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    # Only now: starting a session may block, and an exception would not get through.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, end)
    classic = None if "remote" in session else spark.sparkContext
    slots = None if classic is None else classic.defaultParallelism
    application = None if classic is None else classic.applicationId
    say(event="session", version=spark.version, slots=slots)
    watch_executors(spark, classic, lambda there: say(event="executors", there=there))
    serve = make_function(session["worker"])

    def run(job: int, partitions: list[list[dict[str, Any]]]) -> None:
        try:
            table = pa.table({"tasks": [json.dumps(tasks) for tasks in partitions]})
            rows = spark.createDataFrame(table).mapInArrow(serve, SCHEMA).collect()
            say(event="outcomes", job=job, rows=[{"id": row.id, **json.loads(row.reply)} for row in rows])
        except BaseException as error:
            if has_ended(getattr(classic, "_gateway", None)):
                os._exit(1)  # whoever started this driver opens another session, and sends its jobs again
            say(event="lost", job=job, message=first_line(error))

    try:
        for line in sys.stdin:
            request = json.loads(line)
            threading.Thread(target=run, args=(request["job"], request["partitions"]), daemon=True).start()
    finally:
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, signal.SIG_IGN)
        if classic is None:
            spark.interruptAll()
        spark.stop()
        if application is not None and session["own"]:
            home = os.environ.get("SPARK_HOME") or os.path.dirname(pyspark.__file__)
            shutil.rmtree(f"{home}/work/{application}", ignore_errors=True)
    return 0


def has_ended(gateway: Any) -> bool:
    """Whether the process of a session that was started here is gone (killed for its memory, say); its connections end
    a little before. Of others, and on Spark Connect, it is not known."""
    jvm: subprocess.Popen[bytes] | None = getattr(gateway, "proc", None)
    if jvm is None:
        return False
    try:
        jvm.wait(GONE_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def first_line(error: BaseException) -> str:
    """What went wrong, from an error that may hold pages of Java around a traceback of Python."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [repr(error)]
    told = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b.*: ", line)]
    inner = [line for line in told if "." not in line.split(":")[0]]
    return (inner or told or lines)[0][:500]


if __name__ == "__main__":
    sys.exit(main())
