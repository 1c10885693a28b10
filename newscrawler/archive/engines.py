"""Who runs stage one: a loop, Dask or Spark (spark.py). The same function over the same files, so the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from itertools import islice
from typing import Any

from newscrawler.archive.reader_process import Reader, extract_apart
from newscrawler.archive.rows import FileReport, Task
from newscrawler.exceptions import ArchiveError, require_extra

#: How often a file is given out again whose worker was lost.
_MAX_LOSSES = 20


def extract_in_loop(tasks: Iterable[Task]) -> Iterator[FileReport]:
    """One file after another."""
    reader = Reader()
    try:
        for task in tasks:
            yield reader.extract(task)
    finally:
        reader.close()


def extract_on_dask(
    tasks: Sequence[Task], *, workers: int | None = None, cluster: str | None = None, at_once: int | None = None
) -> Iterator[FileReport]:
    """Files on so many workers of this machine, or on the cluster at that URL, as they are done.

    ``at_once`` bounds how many are under way: that is how many requests at most a server sees. Raises ArgumentError
    without Dask or where no cluster answers.
    """
    with _client(workers, cluster) as (distributed, client):
        # Some in hand for each worker, and no more: what is not given out yet needs no memory of the scheduler's.
        window = at_once or 2 * max(1, workers or len(client.scheduler_info(n_workers=-1)["workers"]) or 1)
        left = iter(tasks)
        lost: dict[str, int] = {}
        running = {client.submit(extract_apart, task, pure=False): task for task in islice(left, window)}
        done = distributed.as_completed(running)
        for future in done:
            task = running.pop(future)
            again = None
            try:
                yield future.result()
            except (distributed.KilledWorker, distributed.CancelledError) as error:
                key = task.as_json()
                lost[key] = lost.get(key, 0) + 1
                if lost[key] < _MAX_LOSSES:
                    again = task
                else:
                    yield FileReport(task.source.file, failed=f"{task.source.file}: {' '.join(str(error).split())}")
            following = again or next(left, None)
            if following is not None:
                new = client.submit(extract_apart, following, pure=False)
                running[new] = following
                done.add(new)


@contextmanager
def _client(workers: int | None, cluster: str | None) -> Iterator[tuple[Any, Any]]:
    require_extra("cluster", "several workers", "distributed")
    distributed, dask = import_module("distributed"), import_module("dask")
    # A worker that is killed from outside says nothing about its file: what kills a reader has been told apart by then.
    with dask.config.set({"distributed.scheduler.allowed-failures": _MAX_LOSSES}), ExitStack() as stack:
        try:
            if cluster is not None:
                client = stack.enter_context(distributed.Client(cluster, timeout=30))
            else:
                # Readers are processes of their own: what they need is not the worker's to limit.
                local = distributed.LocalCluster(
                    n_workers=workers, threads_per_worker=1, memory_limit=0, dashboard_address=None, silence_logs=50
                )
                client = stack.enter_context(distributed.Client(stack.enter_context(local)))
        except (OSError, TimeoutError, ValueError) as error:
            where = cluster or "on this machine"
            raise ArchiveError(f"Dask cluster {where}: {' '.join(str(error).split())}") from error
        yield distributed, client
