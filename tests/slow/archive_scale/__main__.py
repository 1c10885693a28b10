"""`python -m tests.slow.archive_scale --captures 16000`: reading archives at scale, checked and measured; one table."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.slow.archive_scale import agreement, costs, kills, stores
from tests.slow.archive_scale.agreement import Scale
from tests.slow.archive_scale.processes import Usage

#: Captures of the archive of which processes are killed: a run of it takes some seconds.
_KILL_CAPTURES = 800


class Table:
    """Prints a row for each check as it is done."""

    def __init__(self) -> None:
        self.failed = 0

    def row(self, name: str, check: Callable[[], object]) -> None:
        """Do one check and print what it gives, or what is wrong."""
        began = time.monotonic()
        try:
            found = check()
        except Exception as error:
            self.failed += 1
            found = f"FAILED: {type(error).__name__}: {str(error)[:2000]}"
        print(f"{name:<38} {found}   [{time.monotonic() - began:.0f} s]", flush=True)


def agree(table: Table, folder: Path, captures: int, rows: int) -> None:
    """All engines and commits of a large archive, and what they cost."""
    scale = Scale.make(_new(folder / "large"), captures, max(40, captures // 10))
    made = scale.made
    size = sum(path.stat().st_size for path in (scale.folder / "rows").iterdir())
    print(
        f"{made.captures} captures in {len(made.files)} files, {made.size / 1e6:.0f} MB, {made.damaged} damaged "
        f"members; rows {size / 1e6:.1f} MB, {scale.rows[:16]}"
    )
    table.row("plain loop", lambda: scale.loop.of(captures))
    table.row("two Dask workers: the same bytes", lambda: agreement.check_two_workers(scale).of(captures))
    table.row("two shards: the same bytes", lambda: agreement.check_two_shards(scale))
    table.row("Spark local-cluster: the same bytes", lambda: agreement.check_spark(scale))
    table.row("extract and commit = rt_archive", lambda: _both(agreement.check_commit(scale), captures))
    table.row("the query finds the same lines", lambda: f"{agreement.check_query(scale)} lines")
    table.row("bare parser", lambda: costs.bare_parser(scale))
    table.row("one Dask worker", lambda: costs.one_dask_worker(scale).of(captures))
    table.row("time to start", lambda: costs.starting(scale))
    for count in (rows // 10, rows):
        table.row(f"commit of {count} rows", partial(costs.figure_of_commit, scale, count))


def kill(table: Table, folder: Path, captures: int, count: int) -> None:
    """Kills and stores, with an archive of which a run takes some seconds."""
    scale = Scale.make(_new(folder / "small"), captures, 40)
    table.row("commit killed", lambda: kills.check_commit_kills(scale, count))
    table.row("a file that kills its reader", lambda: kills.check_poison(scale))
    table.row("Common Crawl, imitated", lambda: stores.check_common_crawl(scale))
    table.row("object store", lambda: stores.check_object_store(scale))
    table.row("a worker and its nanny killed", lambda: kills.check_worker_kills(scale, count))
    table.row("the driver killed", lambda: kills.check_driver_kills(scale, count))


def _both(used: tuple[Usage, Usage], captures: int) -> str:
    direct, committed = used
    return f"rt_archive {direct.of(captures)}; commit {committed.of(captures)}"


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main() -> int:
    """Exit code 1 when a check failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.slow.archive_scale", description=__doc__)
    parser.add_argument("--captures", type=int, default=16_000, help="captures of the archive (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=20, help="kills of each kind (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the largest commit (default: %(default)s)")
    given = parser.parse_args()
    folder, table = Path(tempfile.mkdtemp(prefix="archive-scale-")), Table()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores at the beginning")
    agree(table, folder, given.captures, given.rows)
    kill(table, folder, min(given.captures, _KILL_CAPTURES), given.kills)
    print(f"load {os.getloadavg()[0]:.1f} at the end; {table.failed} checks failed")
    if table.failed:
        print(f"left for a look: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
