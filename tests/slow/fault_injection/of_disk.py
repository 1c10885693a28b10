"""Faults of disks and folders. What needs root (mounts, another user) is not tried without it."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from tests.slow.fault_injection.crawl_env import Change, CrawlEnv
from tests.slow.fault_injection.fault import Fault, NotHere, changed
from tests.slow.fault_injection.of_pages import unknown_pages

_BAD = ("bad",)
_MB = 1_000_000


def _call(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHere(f"{' '.join(command[:2])}: {done.stderr.strip()}")


def _need_root(what: str) -> None:
    if os.geteuid():
        raise NotHere(f"{what} needs root")


@contextmanager
def _small_disk(env: CrawlEnv, *, room: int) -> Iterator[Change]:
    """The data folder on a disk of its own, with so many bytes left. Afterwards it is back, with what was written."""
    _need_root("a mount")
    disk, moved = env.folder / "disk", env.folder / "moved"
    disk.mkdir()
    used = sum(path.stat().st_size // 4096 * 4096 + 4096 for path in [env.data, *env.data.rglob("*")])
    _call("mount", "-t", "tmpfs", "-o", f"size={used + room}", "tmpfs", str(disk))
    try:
        shutil.move(env.data, disk / "data")
        env.data.symlink_to(disk / "data")
        yield Change()
        shutil.copytree(disk / "data", moved)
        env.data.unlink()
        moved.rename(env.data)
    finally:
        _call("umount", str(disk))


def _small_files(most: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def _read_only(env: CrawlEnv) -> Iterator[Change]:
    _need_root("a mount")
    _call("mount", "--bind", str(env.data), str(env.data))
    try:
        _call("mount", "-o", "remount,bind,ro", str(env.data))
        yield Change()
    finally:
        _call("umount", str(env.data))


@contextmanager
def _not_ours(env: CrawlEnv) -> Iterator[Change]:
    """The crawl is another user, who may read all and write the alarms only."""
    _need_root("another user")
    for folder in env.folder.parents:
        if not folder.stat().st_mode & 0o001:
            raise NotHere(f"user nobody can't come to {folder}")
    alarms = env.folder / "alarms"
    alarms.touch()
    alarms.chmod(0o666)
    yield Change(prefix=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))


@contextmanager
def _in_the_way(env: CrawlEnv, *, name: str, **settings: str) -> Iterator[Change]:
    """A file stands where a folder should be."""
    path = env.data / name
    hidden = env.folder / "hidden"
    if path.exists():
        path.rename(hidden)
    path.write_text("in the way")
    yield Change(settings=settings)
    path.unlink()
    if hidden.exists():
        hidden.rename(path)


@contextmanager
def _kept_in_the_way(env: CrawlEnv) -> Iterator[Change]:
    """Pages of an unknown layout, and no folder to keep them in."""
    with _in_the_way(env, name="kept"), unknown_pages(env) as change:
        yield change


@contextmanager
def _no_log(env: CrawlEnv) -> Iterator[Change]:
    (env.folder / "nolog").write_text("a file")
    yield Change(settings={"LOG_FILE": str(env.folder / "nolog" / "crawl.log")}, cold=True)


@contextmanager
def _full_log(env: CrawlEnv, *, pages: int) -> Iterator[Change]:
    """The log is on a disk of its own with so many pages, the first of them full."""
    _need_root("a mount")
    disk = env.folder / "disk"
    disk.mkdir()
    _call("mount", "-t", "tmpfs", "-o", f"size={4096 * pages}", "tmpfs", str(disk))
    try:
        (disk / "crawl.log").write_bytes(b"x" * 4096)
        yield Change(settings={"LOG_FILE": str(disk / "crawl.log")}, cold=True)
    finally:
        _call("umount", str(disk))


FAULTS: Sequence[Fault] = (
    Fault(
        name="disk_full",
        what="The disk is full when the run begins",
        how="data folder on a tmpfs with 8 kB left",
        inject=partial(_small_disk, room=8_000),
        codes=(6,),
        says="the output could not be written",
        alarms=_BAD,
    ),
    Fault(
        name="disk_fills_up",
        what="The disk fills up in the middle of the run",
        how="data folder on a tmpfs with 180 kB left",
        inject=partial(_small_disk, room=180_000),
        codes=(6,),
        says="the output could not be written",
        alarms=_BAD,
    ),
    Fault(
        name="file_limit",
        what="The part file may not grow",
        how="RLIMIT_FSIZE of 20 kB, SQLite's files included",
        inject=changed(
            Change(before=partial(_small_files, 20_000)),
        ),
        codes=(6,),
        says="the output could not be written",
        alarms=_BAD,
    ),
    Fault(
        name="read_only",
        what="The data folder is read-only",
        how="bind mount, read-only",
        inject=_read_only,
        codes=(6,),
        says="the output could not be written: .*can't be",
        alarms=_BAD,
    ),
    Fault(
        name="not_ours",
        what="The data folder is another user's",
        how="the crawl as user nobody, the folder root's",
        inject=_not_ours,
        codes=(6,),
        says="the output could not be written: .*can't be",
        alarms=_BAD,
    ),
    Fault(
        name="parts_unwritable",
        what="The folder of part files can't be written",
        how="a file stands in its place",
        inject=partial(_in_the_way, name="parts"),
        codes=(6,),
        says="the output could not be written",
        alarms=_BAD,
    ),
    Fault(
        name="warc_unwritable",
        what="The WARC folder can't be written",
        how="NEWSCRAWLER_WARC=True, a file stands in its place",
        inject=partial(_in_the_way, name="warc", NEWSCRAWLER_WARC="True"),
        codes=(6,),
        says="the output could not be written",
        alarms=_BAD,
    ),
    Fault(
        name="kept_unwritable",
        what="Pages can't be kept for a human",
        how="pages of an unknown layout, a file in the place of kept/",
        inject=_kept_in_the_way,
        codes=(3,),
        says="addresses failed|unknown layout",
        notes="can't be kept",
        alarms=_BAD,
    ),
    Fault(
        name="log_unwritable",
        what="The log file can't be opened",
        how="LOG_FILE in a folder that there is not",
        inject=_no_log,
        codes=(0,),
        says="good",
        notes="note  log file .*Not a directory; the log is on standard error",
    ),
    Fault(
        name="log_full",
        what="The log's disk is full",
        how="LOG_FILE on a tmpfs of one page",
        inject=partial(_full_log, pages=1),
        codes=(0,),
        says="good",
        notes="note  log file .*the disk is full; the log is on standard error",
    ),
    Fault(
        name="log_fills_up",
        what="The log's disk fills up in the middle of the run",
        how="LOG_FILE on a tmpfs with one page left",
        inject=partial(_full_log, pages=2),
        codes=(0,),
        says="good",
        notes="note  log file .*the disk is full; lines are missing",
    ),
)
