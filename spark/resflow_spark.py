"""RESFlow on Spark: job requests on stdin, outcomes on stdout, JSON lines both ways.

The coordinator says what to run and when; this driver turns each job into `mapInArrow` over one row a partition;
the function there feeds the tasks to one long-lived Node worker per task slot. Only the DataFrame API is used, so
the same text runs on classic masters and through Spark Connect.

First line in: {"session": {"master" | "remote", "own", "conf", "worker": {"command", "env", "silenceSeconds",
"memoryMiB", "tries"}}}. Then {"job": id, "partitions": [[task, ...], ...]}. The end of stdin, SIGTERM or SIGINT ends
the session.
Lines out: session, outcomes (of a whole job), lost (a job that Spark gave up), fault (the session is not to be had).
"""

import json
import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import Any

SCHEMA = "id string, reply string"


def make_function(worker: dict[str, Any]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What runs in the executors. Pickled by value, so it imports what it needs and uses no name of this file."""

    def serve(batches: Iterator[Any]) -> Iterator[Any]:
        import gc
        import json
        import os
        import select
        import socket
        import subprocess
        import sys
        import time
        import types

        import pyarrow as pa
        from pyspark import TaskContext

        # A module of this Python process outlives Spark tasks; globals of a pickled function do not.
        slot: Any = sys.modules.get("_resflow_slot")
        if slot is None:
            # Spark's daemon collects garbage after every task, which costs half of a short one: spare it what stays.
            gc.collect()
            gc.freeze()
            slot = sys.modules["_resflow_slot"] = types.ModuleType("_resflow_slot")
            slot.process, slot.key, slot.rest = None, None, b""
        context = TaskContext.get()
        resources = context.resources() if context is not None else {}
        gpus = ",".join(resources["gpu"].addresses) if "gpu" in resources else None
        key = json.dumps([worker, gpus], sort_keys=True)
        name = f"{socket.gethostname()}:{os.getpid()}"

        def stop(kill: bool = False) -> str:
            process, slot.process, slot.rest = slot.process, None, b""
            if kill:
                process.kill()
            process.stdin.close()
            try:
                code = process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
            return f"signal {-code}" if code < 0 else f"exit code {code}"

        def resident_mib() -> float:
            try:
                with open(f"/proc/{slot.process.pid}/statm", encoding="ascii") as file:
                    return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
            except OSError:
                return 0.0

        def read() -> dict[str, Any] | tuple[str, str]:
            """The next message, or the code and the words of why there is none; the worker is gone then."""
            descriptor, heard = slot.process.stdout.fileno(), time.monotonic()
            while b"\n" not in slot.rest:
                if select.select([descriptor], [], [], 0.5)[0]:
                    chunk = os.read(descriptor, 65536)
                    if not chunk:
                        return "WORKER_CRASHED", f"the worker process ended with {stop()}"
                    slot.rest += chunk
                    continue
                if time.monotonic() - heard > worker["silenceSeconds"]:
                    stop(kill=True)
                    return "WORKER_SILENT", f"the worker said nothing for {worker['silenceSeconds']:g} s and was ended"
                used = resident_mib()
                if used > worker["memoryMiB"]:
                    stop(kill=True)
                    limit = f"the limit of a worker is {worker['memoryMiB']:.0f} MiB"
                    return "MEMORY_EXCEEDED", f"the worker held {used:.0f} MiB, {limit}; it was ended"
            line, slot.rest = slot.rest.split(b"\n", 1)
            try:
                message: dict[str, Any] = json.loads(line)
            except ValueError:
                stop(kill=True)
                return "WORKER_SPOKE_NONSENSE", f"the worker printed something that is no reply: {line[:200]!r}"
            return message

        def start() -> None:
            # Node stays in the daemon's process group: what ends that ends it too.
            environment = {**os.environ, **worker["env"], **({} if gpus is None else {"RESFLOW_GPUS": gpus})}
            pipe = subprocess.PIPE
            try:
                slot.process = subprocess.Popen(worker["command"], stdin=pipe, stdout=pipe, bufsize=0, env=environment)
                slot.key, hello = key, read()
            except OSError as error:
                hello = "", str(error)
            if isinstance(hello, tuple):
                raise RuntimeError(f"RESFlow's worker does not start on {name}: {hello[1]}")

        def ask(task: dict[str, Any]) -> dict[str, Any] | tuple[str, str]:
            if slot.process is not None and (slot.key != key or slot.process.poll() is not None):
                stop()
            if slot.process is None:
                start()
            try:
                slot.process.stdin.write((json.dumps({"type": "task", "task": task}) + "\n").encode())
            except BrokenPipeError:
                return "WORKER_CRASHED", f"the worker process ended with {stop()}"
            while True:
                message = read()
                if isinstance(message, tuple) or message["type"] == "result":
                    return message

        schema = pa.schema([("id", pa.string()), ("reply", pa.string())])
        for batch in batches:
            for text in batch.column("tasks").to_pylist():
                rows = []
                for task in json.loads(text):
                    started, tries = time.monotonic(), 0
                    while True:
                        answer, tries = ask(task), tries + 1
                        settled = isinstance(answer, dict) and not answer.get("retry", False)
                        if settled or tries == worker["tries"]:
                            break
                    reply: dict[str, Any] = {"slot": name, "seconds": time.monotonic() - started}
                    if isinstance(answer, dict):
                        reply["result"] = answer
                    else:
                        reply["gone"] = {"code": answer[0], "message": answer[1], "tries": tries}
                    rows.append({"id": task["id"], "reply": json.dumps(reply)})
                yield pa.RecordBatch.from_pylist(rows, schema=schema)

    return serve


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
    serve = make_function(session["worker"])

    def run(job: int, partitions: list[list[dict[str, Any]]]) -> None:
        try:
            table = pa.table({"tasks": [json.dumps(tasks) for tasks in partitions]})
            rows = spark.createDataFrame(table).mapInArrow(serve, SCHEMA).collect()
            say(event="outcomes", job=job, rows=[{"id": row.id, **json.loads(row.reply)} for row in rows])
        except BaseException as error:
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


def first_line(error: BaseException) -> str:
    """What went wrong, from an error that may hold pages of Java around a traceback of Python."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [repr(error)]
    told = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b.*: ", line)]
    inner = [line for line in told if "." not in line.split(":")[0]]
    return (inner or told or lines)[0][:500]


if __name__ == "__main__":
    sys.exit(main())
