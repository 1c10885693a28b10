"""Child processes, measured: the replica that serves, and the crawls that are timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: Of the good articles of a replica about six in ten are world news; half is asked for, to be safe.
_WORLD_SHARE = 0.5
#: Below this the share is a matter of luck.
_FEWEST = 200


class BenchError(Exception):
    """Raised when a measured process fails or does not do what it is measured for."""


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica served by another process."""

    url: str
    #: Paths of the section's articles.
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a finished process used: seconds of CPU (user and system), most resident memory."""

    cpu: float
    peak_mb: float


@contextmanager
def replica(articles: int, section: str) -> Iterator[Replica]:
    """Serve a replica with at least that many articles of the section, without faults, robots open."""
    with tempfile.TemporaryDirectory(prefix="newscrawler-bench-") as folder:
        truth = Path(folder) / "truth.jsonl"
        size = max(_FEWEST, round(articles / _WORLD_SHARE))
        command = [sys.executable, "-m", "tests.replica", "--faults", "none", "--robots", "open"]
        command += ["--articles", str(size), "--truth", str(truth)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                said = server.stdout.readline()
                if not said.startswith("replica: http"):
                    raise BenchError(f"the replica did not start: {said.strip()}")
                paths = _paths(truth, section)
                if len(paths) < articles:
                    raise BenchError(f"the replica has {len(paths)} articles of {section}, {articles} are needed")
                yield Replica(said.removeprefix("replica: ").strip(), paths)
            finally:
                server.terminate()


def _paths(truth: Path, section: str) -> tuple[str, ...]:
    with truth.open(encoding="utf-8") as lines:
        addresses = [json.loads(line) for line in lines]
    return tuple(a["path"] for a in addresses if section in a["listed_in"])


def environment() -> dict[str, str]:
    """The environment of a command that is started in any folder.

    Bytecode is kept, as pip keeps it of what it installs: where it is forbidden, every start compiles our sources, but
    not Scrapy's (0.13 s of CPU).
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "SCRAPY_SETTINGS_MODULE": "newscrawler.settings", "PYTHONPATH": str(ROOT)}


def run(arguments: list[str], folder: Path) -> Usage:
    """Run `python ARGUMENTS` in a folder to its end.

    Raises:
        BenchError: its exit code is not 0.
    """
    errors = folder / "stderr.txt"
    with errors.open("wb") as out:
        command = [sys.executable, "-m", "benchmarks.launch", str(folder / "usage.json"), sys.executable, *arguments]
        code = subprocess.run(command, cwd=folder, env=environment(), stdout=out, stderr=out, check=False).returncode
    if code:
        said = errors.read_text("utf-8", "replace")
        raise BenchError(f"python {' '.join(arguments[:4])} … gave exit code {code}:\n{said[-2000:]}")
    used = json.loads((folder / "usage.json").read_text("utf-8"))
    return Usage(used["cpu"], used["peak_bytes"] / 1e6)
