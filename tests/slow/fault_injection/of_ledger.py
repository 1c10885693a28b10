"""Faults of the ledger's file and of the part file."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

from newscrawler.ledger import LEDGER_NAME
from tests.slow.fault_injection.crawl_env import Change, CrawlEnv
from tests.slow.fault_injection.fault import Fault, Inject

_BAD = ("bad",)


@contextmanager
def _locked(env: CrawlEnv, *, seconds: float) -> Iterator[Change]:
    """Another program begins to write into the ledger when the crawl does, and takes so long."""
    ready = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(env.data / LEDGER_NAME, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            ready.set()
            time.sleep(seconds)
            other.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    ready.wait()
    try:
        yield Change()
    finally:
        thread.join()


@contextmanager
def _locked_later(env: CrawlEnv) -> Iterator[Change]:
    """The same in the middle of the crawl."""

    def hold(process: object) -> None:
        env.wait_for_requests(8, process)  # type: ignore[arg-type]
        with suppress(sqlite3.Error), closing(sqlite3.connect(env.data / LEDGER_NAME, timeout=20)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(9)

    yield Change(meanwhile=hold)


def _changed_file(change: Callable[[Path], None], *, remove: Sequence[str] = ("-wal", "-shm")) -> Inject:
    """The ledger's file is changed, and put back from a backup afterwards."""

    @contextmanager
    def inject(env: CrawlEnv) -> Iterator[Change]:
        ledger, backup = env.data / LEDGER_NAME, env.folder / "backup"
        shutil.copy2(ledger, backup)
        change(ledger)
        yield Change()
        for ending in remove:
            Path(f"{ledger}{ending}").unlink(missing_ok=True)
        shutil.copy2(backup, ledger)

    return inject


def _overwrite(path: Path, *, at: float) -> None:
    """Two pages of zeros at that part of the file."""
    with path.open("r+b") as file:
        file.seek(int(path.stat().st_size * at) // 4096 * 4096)
        file.write(bytes(8192))


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1000")


def _cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


@contextmanager
def _torn_part(env: CrawlEnv) -> Iterator[Change]:
    """The run before was killed, and half a line is behind what its ledger vouches for."""
    at = env.served.history.moment
    env.crawl(at, Change(environment={"NEWSCRAWLER_KILL_AT": "after_commit:3"}))
    parts = list((env.data / "parts").iterdir())
    assert parts, "no part file is left of the killed run"
    with parts[0].open("ab") as file:
        file.write(b'{"schema_version": "1.0", "article_id": "6')
    yield Change()


@contextmanager
def _shorter_part(env: CrawlEnv) -> Iterator[Change]:
    """A power cut took lines from the part file that its ledger vouches for."""
    at = env.served.history.moment
    env.crawl(at, Change(environment={"NEWSCRAWLER_KILL_AT": "after_commit:5"}))
    [part] = (env.data / "parts").iterdir()
    with part.open("r+b") as file:
        file.truncate(part.stat().st_size * 2 // 3)
    yield Change()


FAULTS: Sequence[Fault] = (
    Fault(
        name="ledger_locked_briefly",
        what="A backup holds the ledger for a moment",
        how="a write transaction of another process, 2 s long",
        inject=partial(_locked, seconds=2),
        codes=(0,),
        says="good",
    ),
    Fault(
        name="ledger_locked",
        what="A backup holds the ledger for long",
        how="a write transaction of another process when the run begins, longer than the 5 s that it waits",
        inject=partial(_locked, seconds=12),
        codes=(6,),
        says="another process is writing to it",
        alarms=_BAD,
    ),
    Fault(
        name="ledger_locked_later",
        what="A backup holds the ledger in the middle of the run",
        how="a write transaction of another process after eight answers, 9 s long",
        inject=_locked_later,
        codes=(6,),
        says="another process is writing to it",
        alarms=_BAD,
    ),
    Fault(
        name="ledger_deleted",
        what="The ledger is deleted",
        how="its file removed beside the dataset, then restored",
        inject=_changed_file(Path.unlink),
        codes=(6,),
        says="missing beside a dataset",
        alarms=_BAD,
    ),
    Fault(
        name="ledger_no_ledger",
        what="The ledger's head is overwritten",
        how="8 kB of zeros at its beginning, then restored",
        inject=_changed_file(partial(_overwrite, at=0)),
        codes=(6,),
        says="put a backup in its place",
        alarms=_BAD,
    ),
    Fault(
        name="ledger_cut",
        what="The ledger is cut in half",
        how="its file truncated, then restored",
        inject=_changed_file(_cut),
        codes=(6,),
        says="damaged; put a backup in its place",
        alarms=_BAD,
    ),
    Fault(
        name="ledger_newer",
        what="The ledger is of a newer version",
        how="as after a downgrade of the program",
        inject=_changed_file(_newer),
        codes=(6,),
        says="newer version",
        alarms=_BAD,
    ),
    Fault(
        name="part_torn",
        what="A part file is torn after a kill",
        how="a run killed after its third commit, half a line behind that",
        inject=_torn_part,
        codes=(0,),
        says="good",
    ),
    Fault(
        name="part_shorter",
        what="A power cut took committed lines",
        how="a run killed after its fifth commit, a third of its part file cut off",
        inject=_shorter_part,
        codes=(0,),
        says="good",
    ),
)
