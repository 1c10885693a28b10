"""Faults of disks and folders. What needs root (mounts, another user) is not tried without it."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from tests.slow.fault_injection.fault import Fault, NotHere, changed
from tests.slow.fault_injection.of_pages import unknown_pages
from tests.slow.fault_injection.scene import Change, Scene

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
def _small_disk(scene: Scene, *, room: int) -> Iterator[Change]:
    """The data folder on a disk of its own, with so many bytes left. Afterwards it is back, with what was written."""
    _need_root("a mount")
    disk, moved = scene.folder / "disk", scene.folder / "moved"
    disk.mkdir()
    used = sum(path.stat().st_size // 4096 * 4096 + 4096 for path in [scene.data, *scene.data.rglob("*")])
    _call("mount", "-t", "tmpfs", "-o", f"size={used + room}", "tmpfs", str(disk))
    try:
        shutil.move(scene.data, disk / "data")
        scene.data.symlink_to(disk / "data")
        yield Change(settings={"NEWSCRAWLER_COMMIT_BATCH": "3"})
        shutil.copytree(disk / "data", moved)
        scene.data.unlink()
        moved.rename(scene.data)
    finally:
        _call("umount", str(disk))


def _small_files(most: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def _read_only(scene: Scene) -> Iterator[Change]:
    _need_root("a mount")
    _call("mount", "--bind", str(scene.data), str(scene.data))
    try:
        _call("mount", "-o", "remount,bind,ro", str(scene.data))
        yield Change()
    finally:
        _call("umount", str(scene.data))


@contextmanager
def _not_ours(scene: Scene) -> Iterator[Change]:
    """The crawl is another user, who may read all and write the alarms only."""
    _need_root("another user")
    for folder in scene.folder.parents:
        if not folder.stat().st_mode & 0o001:
            raise NotHere(f"user nobody can't come to {folder}")
    alarms = scene.folder / "alarms"
    alarms.touch()
    alarms.chmod(0o666)
    yield Change(prefix=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))


@contextmanager
def _in_the_way(scene: Scene, *, name: str, **settings: str) -> Iterator[Change]:
    """A file stands where a folder should be."""
    path = scene.data / name
    hidden = scene.folder / "hidden"
    if path.exists():
        path.rename(hidden)
    path.write_text("in the way")
    yield Change(settings=settings)
    path.unlink()
    if hidden.exists():
        hidden.rename(path)


@contextmanager
def _kept_in_the_way(scene: Scene) -> Iterator[Change]:
    """Pages of an unknown layout, and no folder to keep them in."""
    with _in_the_way(scene, name="kept"), unknown_pages(scene) as change:
        yield change


@contextmanager
def _no_log(scene: Scene) -> Iterator[Change]:
    (scene.folder / "nolog").write_text("a file")
    yield Change(settings={"LOG_FILE": str(scene.folder / "nolog" / "crawl.log")}, cold=True)


@contextmanager
def _full_log(scene: Scene, *, pages: int) -> Iterator[Change]:
    """The log is on a disk of its own with so many pages, the first of them full."""
    _need_root("a mount")
    disk = scene.folder / "disk"
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
            Change(before=partial(_small_files, 20_000), settings={"NEWSCRAWLER_COMMIT_BATCH": "3"}),
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
