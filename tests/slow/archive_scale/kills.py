"""kill -9 of a worker with its nanny, of the driver, a commit and a reader: the same rows and lines in the end."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import Counter

from newscrawler.failpoints import KILL_AT
from tests.archive_maker import lines_of
from tests.harness import run_scrapy
from tests.slow.archive_scale.agreement import FILES, Scale, check_whole
from tests.slow.archive_scale.processes import dask_cluster, ended_by_themselves, extract, python, tree_of

#: Named instants of a commit, and how often each is passed: at each line, or once.
_AT_LINES = ("after_write", "before_commit", "after_commit")
_ONCE = ("before_rename", "after_rename", "before_filed")


def check_worker_kills(scale: Scale, kills: int, seed: int = 1) -> str:
    """One of a cluster's two workers dies; the driver goes on by itself. Each kill at a random instant of a run."""
    draw, folder, late = random.Random(seed), scale.folder, 0
    with dask_cluster(folder, 2) as cluster:
        length = extract(folder, "of-cluster", "--cluster", cluster.url).seconds
        scale.is_same("of-cluster")
        hits = 0
        while hits < kills:
            arguments = ("archive", "extract", "warc", "--to", "killed-workers", "--cluster", cluster.url)
            driver = python(folder, "-m", "scrapy", *arguments)
            time.sleep(draw.uniform(0.3, 0.9) * length)
            if driver.poll() is None:
                hits += 1
                cluster.kill_worker(draw.randrange(2))
            else:
                late += 1
            assert driver.wait(600) in (0, 3), "the driver did not go on without its worker"
            # What the killed reader had begun is swept.
            again = extract(folder, "killed-workers")
            assert f"0 read, {FILES} done before, 0 failed" in again.log, again.log
            scale.is_same("killed-workers")
            shutil.rmtree(folder / "killed-workers")
            while len(cluster.workers) < 2:
                cluster.add_worker()
    return f"{hits} kills, {late} more came too late"


def check_driver_kills(scale: Scale, kills: int, seed: int = 2) -> str:
    """The driver dies, and with it its workers and their readers; the next call reads what is left."""
    draw, folder = random.Random(seed), scale.folder
    length = extract(folder, "whole-drive", "--workers", "2").seconds
    scale.is_same("whole-drive")
    hits, late, found = 0, 0, 0
    while hits < kills:
        driver = python(folder, "-m", "scrapy", "archive", "extract", "warc", "--to", "killed", "--workers", "2")
        time.sleep(draw.uniform(0.3, 0.95) * length)
        below = tree_of(driver.pid)[1:]
        if driver.poll() is None:
            hits += 1
            os.kill(driver.pid, signal.SIGKILL)
        else:
            late += 1
        driver.wait()
        ended_by_themselves(below)
        rows = folder / "killed"
        found += len(list(rows.glob("[!.]*"))) if rows.exists() else 0
        again = extract(folder, "killed")
        assert "0 failed" in again.log, again.log
        scale.is_same("killed")
        shutil.rmtree(rows)
    return f"{hits} kills, {late} more came too late; {found / (hits + late):.1f} of {FILES} files were done by then"


def check_commit_kills(scale: Scale, kills: int, seed: int = 3) -> str:
    """A commit dies at a named instant drawn at random, is begun again, and has written each line once."""
    draw, folder = random.Random(seed), scale.folder

    def committed(data: str, at: str = "") -> int:
        given = ("archive", "commit", "rows", "--data", data)
        return run_scrapy(folder, given, env={KILL_AT: at} if at else {}).code

    shutil.copytree(folder / "before", folder / "whole")
    assert committed("whole") in (0, 3)
    expected = lines_of(folder / "whole")
    new = len(expected) - len(lines_of(folder / "before"))
    hit: Counter[str] = Counter()
    for _ in range(kills):
        point = draw.choice((*_AT_LINES, *_ONCE))
        at = f"{point}:{draw.randint(1, new)}" if point in _AT_LINES else point
        shutil.copytree(folder / "before", folder / "killed-commit")
        assert committed("killed-commit", at) == -signal.SIGKILL, f"not killed at {at}"
        assert committed("killed-commit") in (0, 3)
        assert lines_of(folder / "killed-commit") == expected, f"other lines after a kill at {at}"
        check_whole(folder, "killed-commit")
        shutil.rmtree(folder / "killed-commit")
        hit[point] += 1
    return f"{kills} kills: " + ", ".join(f"{point} {count}" for point, count in sorted(hit.items()))


def check_poison(scale: Scale) -> str:
    """A file that kills whoever reads it is named, and the others are read: by the loop and by two workers."""
    folder = scale.folder
    poison = scale.made.files[1]
    (folder / "mixed").mkdir()
    for number, path in enumerate(scale.made.files):
        name = "poison.warc.gz" if path == poison else f"good-{number}.warc.gz"
        (folder / "mixed" / name).symlink_to(path)
    for number, more in enumerate(((), ("--workers", "2"))):
        to = f"mixed-rows-{number}"
        done = extract(folder, to, *more, warc="mixed", env={KILL_AT: "rows_of_poison.warc.gz"})
        assert done.code == 3
        assert "poison.warc.gz: reading it ended its process: SIGKILL" in done.log, done.log
        assert f"{FILES - 1} read, 0 done before, 1 failed" in done.log, done.log
        assert len(list((folder / to).iterdir())) == FILES - 1
    return f"named; the other {FILES - 1} files were read"
