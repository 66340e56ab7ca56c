"""Sessions of Spark, classic and Connect: a job is a list of texts, each a Spark task, and gives the rows of all.

A classic session is a context alone, without SQL: it starts in half the time, and a job takes half the processor time.
Spark Connect has DataFrames only, and gets a job as one row a partition.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from typing import Any

from resflow_executors import Change, Progress, poll
from resflow_slot import in_batches, make_function

NAME = "resflow"
GONE_SECONDS = 1
DEFAULTS = "spark-defaults.conf"
# Of a path with a file name of 41 characters the kernel takes 103 to 107.
LONGEST_SOCKET_FOLDER = 60
SCHEMA = "id string, reply string"
# One row is one partition, whatever the number of slots; each is a batch of its own.
SQL_CONF = {"spark.sql.leafNodeDefaultParallelism": "1000000", "spark.sql.execution.arrow.maxRecordsPerBatch": "1"}

Row = tuple[str, str]


def own_cluster(conf: Any) -> str:
    """A cluster that this driver starts gets a secret of its own, by a file that nobody else reads (settings of a
    session stand in the command line of the JVM), and sockets in place of loopback addresses, by which a Spark task
    waits 40 ms for an acknowledgement. Returns the folder of both."""
    folder = tempfile.mkdtemp(prefix="resflow-spark-")
    os.environ["SPARK_CONF_DIR"] = folder
    with open(os.open(f"{folder}/{DEFAULTS}", os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        file.write(f"spark.authenticate true\nspark.authenticate.secret {secrets.token_hex(32)}\n")
    if len(folder) < LONGEST_SOCKET_FOLDER:
        conf.set("spark.python.unix.domain.socket.enabled", "true")
        conf.set("spark.python.unix.domain.socket.dir", folder)
    return folder


class ClassicSession:
    """`settings`: see `open_session`."""

    def __init__(self, settings: dict[str, Any]) -> None:
        import pyspark

        conf = pyspark.SparkConf().setAppName(NAME).setMaster(settings["master"])
        self.scratch = [own_cluster(conf)] if settings["own"] else []
        try:
            self.context: Any = pyspark.SparkContext(conf=conf.setAll(list(settings["conf"].items())))
        except BaseException:
            self.discard()
            raise
        if settings["own"]:
            os.remove(f"{self.scratch[0]}/{DEFAULTS}")
            # Where Spark's own workers keep what is an application's.
            spark = os.environ.get("SPARK_HOME") or os.path.dirname(pyspark.__file__)
            self.scratch.append(os.path.join(spark, "work", self.context.applicationId))
        self.serve = make_function(settings["worker"])

    @property
    def version(self) -> str:
        return str(self.context.version)

    @property
    def slots(self) -> int:
        return int(self.context.defaultParallelism)

    def watch(self, tell: Callable[[bool], None]) -> None:
        poll(self.context, Change(tell))

    def run(self, texts: list[str]) -> list[Row]:
        rows: list[Row] = self.context.parallelize(texts, len(texts)).mapPartitions(self.serve).collect()
        return rows

    @property
    def gone(self) -> bool:
        """Whether the process of a session that was started here is gone (killed for its memory, say); its connections
        end a little before."""
        jvm: subprocess.Popen[bytes] | None = getattr(self.context._gateway, "proc", None)
        if jvm is None:
            return False
        try:
            jvm.wait(GONE_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return True

    @property
    def stopped(self) -> bool:
        """Whether Spark has ended the session by itself, or does not answer any more. Where no master answers, it ends
        it once it seemed open."""
        try:
            return bool(self.context._jsc.sc().isStopped())
        except Exception:
            return True

    def discard(self) -> None:
        for folder in self.scratch:
            shutil.rmtree(folder, ignore_errors=True)

    def stop(self) -> None:
        self.context.stop()
        self.discard()


class ConnectSession:
    """`settings`: see `open_session`. How many slots the server has, and whether it is still there, is not known."""

    slots = None
    gone = False
    stopped = False

    def __init__(self, settings: dict[str, Any]) -> None:
        from pyspark.sql import SparkSession

        builder: Any = SparkSession.builder
        builder = builder.appName(NAME).remote(settings["remote"])
        for key, value in {**SQL_CONF, **settings["conf"]}.items():
            builder = builder.config(key, value)
        self.session = builder.getOrCreate()
        self.serve = in_batches(make_function(settings["worker"]))

    @property
    def version(self) -> str:
        return str(self.session.version)

    def watch(self, tell: Callable[[bool], None]) -> None:
        self.session.registerProgressHandler(Progress(Change(tell)))

    def run(self, texts: list[str]) -> list[Row]:
        import pyarrow as pa

        rows = self.session.createDataFrame(pa.table({"tasks": texts})).mapInArrow(self.serve, SCHEMA).collect()
        return [(row.id, row.reply) for row in rows]

    def discard(self) -> None:
        pass

    def stop(self) -> None:
        self.session.interruptAll()
        self.session.stop()


def open_session(settings: dict[str, Any]) -> ClassicSession | ConnectSession:
    """`settings`: {"master" | "remote", "own", "conf", "worker"}. `own`: the cluster lives as long as the session."""
    return ConnectSession(settings) if "remote" in settings else ClassicSession(settings)
