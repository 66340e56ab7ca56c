"""What runs in the executors: tasks in, replies out, through one Node worker that a slot keeps from task to task.

Executors have none of RESFlow's Python. The function inside `make_function` travels by value, as functions inside
others do: it imports what it needs, and uses no name of this file.
"""

from collections.abc import Callable, Iterator
from typing import Any

Serve = Callable[[Iterator[str]], Iterator[tuple[str, str]]]


def make_function(worker: dict[str, Any]) -> Serve:
    """What runs in a slot, for a worker's settings: lists of tasks as JSON in, ids and replies as JSON out. Spark gets
    it by value, since no module of its name is there."""

    def serve(lists: Iterator[str]) -> Iterator[tuple[str, str]]:
        import gc
        import json
        import os
        import select
        import socket
        import subprocess
        import sys
        import time
        import types

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

        def send(task: dict[str, Any]) -> tuple[str, str] | None:
            """Gives the worker a task, and says why if there is none any more."""
            if slot.process is not None and (slot.key != key or slot.process.poll() is not None):
                stop()
            if slot.process is None:
                start()
            try:
                slot.process.stdin.write((json.dumps({"type": "task", "task": task}) + "\n").encode())
            except BrokenPipeError:
                return "WORKER_CRASHED", f"the worker process ended with {stop()}"
            return None

        def ask(task: dict[str, Any]) -> dict[str, Any] | tuple[str, str]:
            """One task and nothing beside it."""
            gone = send(task)
            while gone is None:
                message = read()
                if isinstance(message, tuple) or message["type"] == "result":
                    return message
            return gone

        def ask_all(tasks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Any, float]]:
            """Tasks, what came of each at the first try, and the seconds it took beyond the one before.

            The worker gets another as soon as it has room for it: while a region is written the next is computed, and
            its pixels were read before. A worker that ends takes down all that it had.
            """
            waiting, asked, room = list(reversed(tasks)), dict[str, dict[str, Any]](), False
            last = time.monotonic()
            while waiting or asked:
                gone = None
                if waiting and (not asked or (room and len(asked) == 1)):
                    task, room = waiting.pop(), False
                    asked[task["id"]] = task
                    gone = send(task)
                    if gone is None:
                        continue
                message = gone if gone is not None else read()
                now = time.monotonic()
                if isinstance(message, tuple):
                    for task in asked.values():
                        yield task, message, (now - last) / len(asked)
                    asked, last = {}, now
                elif message["type"] == "room":
                    room = True
                elif message["type"] == "result":
                    yield asked.pop(message["id"]), message, now - last
                    last = now

        def settled(answer: Any) -> bool:
            return isinstance(answer, dict) and not answer.get("retry", False)

        for text in lists:
            # All have had their first try before one has its second: then nothing is beside it.
            for task, first, seconds in list(ask_all(json.loads(text))):
                answer, tries, started = first, 1, time.monotonic()
                while not settled(answer) and tries < worker["tries"]:
                    answer, tries = ask(task), tries + 1
                reply: dict[str, Any] = {"slot": name, "seconds": seconds + time.monotonic() - started}
                if isinstance(answer, dict):
                    reply["result"] = answer
                else:
                    reply["gone"] = {"code": answer[0], "message": answer[1], "tries": tries}
                yield task["id"], json.dumps(reply)

    return serve


def in_batches(serve: Serve) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """The same for `mapInArrow`: record batches with a column `tasks` in, with `id` and `reply` out."""

    def serve_batches(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            rows = list(serve(iter(batch.column("tasks").to_pylist())))
            columns = [[row[at] for row in rows] for at in (0, 1)]
            yield pa.RecordBatch.from_arrays([pa.array(column, pa.string()) for column in columns], ["id", "reply"])

    return serve_batches
