"""Commands in processes of their own, what they use, and a Dask cluster whose workers can be killed."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from tests.harness import environment

#: Bounds what hangs; not a measure of speed.
TIMEOUT = 3600
_SAMPLED_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command and all processes below it used. Memory is resident, the peak of each process."""

    code: int
    log: str
    seconds: float
    cpu: float
    #: Of the largest process.
    peak_mb: float
    #: Of all together.
    all_mb: float

    def of(self, captures: int) -> str:
        """As a figure of the table."""
        return (
            f"{captures / self.seconds:.0f} captures/s, {self.cpu / captures * 1000:.2f} ms CPU a capture, "
            f"{self.seconds:.1f} s, largest process {self.peak_mb:.0f} MB, all {self.all_mb:.0f} MB"
        )


def python(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None, out: Any = None
) -> subprocess.Popen[Any]:
    """Start `python ARGUMENTS` in a folder."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**environment(), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=out or subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def measured(folder: Path, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = TIMEOUT) -> Usage:
    """Run `scrapy ARGUMENTS` to its end."""
    used: dict[int, tuple[float, float]] = {}
    with tempfile.TemporaryFile("w+b") as out:
        began = time.monotonic()
        process = python(folder, "-m", "scrapy", *arguments, env=env, out=out)
        while process.poll() is None:
            for one in tree_of(process.pid):
                used[one.pid] = _used_by(one, used.get(one.pid, (0.0, 0.0)))
            if time.monotonic() - began > timeout:
                process.kill()
                raise AssertionError(f"scrapy {' '.join(arguments)}: not done in {timeout:.0f} s")
            time.sleep(_SAMPLED_EVERY)
        seconds = time.monotonic() - began
        out.seek(0)
        log = out.read().decode("utf-8", "replace")
    peaks = [peak for _, peak in used.values()]
    return Usage(process.returncode, log, seconds, sum(cpu for cpu, _ in used.values()), max(peaks), sum(peaks))


def _used_by(process: psutil.Process, before: tuple[float, float]) -> tuple[float, float]:
    """CPU seconds and peak memory so far; as before where it has just ended."""
    try:
        times = process.cpu_times()
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    except (psutil.Error, OSError, StopIteration):
        return before
    return times.user + times.system, int(peak.split()[1]) / 1000


def tree_of(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def extract(folder: Path, to: str, *more: str, warc: str = "warc", env: Mapping[str, str] | None = None) -> Usage:
    """Stage one."""
    return measured(folder, "archive", "extract", warc, "--to", to, *more, env=env)


def commit(folder: Path, rows: str, data: str, *, env: Mapping[str, str] | None = None) -> Usage:
    """Stage two."""
    return measured(folder, "archive", "commit", rows, "--data", data, env=env)


def extract_by_spark(folder: Path, to: str) -> None:
    """Stage one on two executors of Spark's own making."""
    root = environment()["PYTHONPATH"]
    code = (
        "import sys\n"
        "from pyspark.sql import SparkSession\n"
        "from newscrawler.archive.inputs import inputs_of\n"
        "from newscrawler.archive.rows import Task\n"
        "from newscrawler.archive.spark import extract_on_spark\n"
        "builder = SparkSession.builder.master('local-cluster[2,1,1024]').config('spark.ui.enabled', 'false')\n"
        f"spark = builder.config('spark.executorEnv.PYTHONPATH', {root!r}).getOrCreate()\n"
        "tasks = [Task(one, sys.argv[2], 5_000_000) for one in inputs_of([sys.argv[1]])]\n"
        "reports = extract_on_spark(spark.sparkContext, tasks)\n"
        "spark.stop()\n"
        "assert [report.failed for report in reports] == [''] * len(tasks), reports\n"
    )
    with tempfile.TemporaryFile("w+b") as out:
        given = (str(folder / "warc"), str(folder / to))
        code_of = python(folder, "-c", code, *given, env={"PYSPARK_PYTHON": sys.executable}, out=out).wait(TIMEOUT)
        out.seek(0)
        assert code_of == 0, out.read().decode("utf-8", "replace")


class Cluster:
    """A Dask scheduler and workers with their nannies, as an operator starts them."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "scheduler.json"
        self._file.unlink(missing_ok=True)
        self._scheduler = self._dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.workers: list[subprocess.Popen[Any]] = []
        wait_until(self._file.exists)
        self.url = str(json.loads(self._file.read_text())["address"])

    def _dask(self, kind: str, *options: str) -> subprocess.Popen[Any]:
        command = ("-m", f"distributed.cli.dask_{kind}", "--scheduler-file", str(self._file), *options)
        return python(self._file.parent, *command)

    def add_worker(self) -> None:
        """One more, and wait until the scheduler knows it."""
        options = ("--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--memory-limit", "0")
        self.workers.append(self._dask("worker", *options))
        wait_until(lambda: self._known() >= len(self.workers))

    def _known(self) -> int:
        client = import_module("distributed").Client(self.url, timeout=TIMEOUT)
        try:
            return len(client.scheduler_info(n_workers=-1)["workers"])
        finally:
            client.close()

    def kill_worker(self, number: int) -> None:
        """A nanny and its worker, by SIGKILL; the reader below them ends with them."""
        nanny = self.workers.pop(number)
        processes = tree_of(nanny.pid)
        for process in processes[:2]:
            process.kill()
        nanny.wait()
        ended_by_themselves(processes[2:])

    def close(self) -> None:
        """End all of it."""
        for process in (*self.workers, self._scheduler):
            below = tree_of(process.pid)
            process.terminate()
            process.wait(TIMEOUT)
            ended_by_themselves(below[1:])


def ended_by_themselves(processes: Sequence[psutil.Process]) -> None:
    """Wait for processes whose parents are no more; fails where one goes on."""
    _, left = psutil.wait_procs(processes, timeout=60)
    assert not left, f"these go on without their parent: {left}"


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """A cluster with so many workers while the block lasts."""
    cluster = Cluster(folder)
    try:
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.close()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait; fails when it does not come."""
    until = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < until, "it did not come within two minutes"
        time.sleep(0.05)
