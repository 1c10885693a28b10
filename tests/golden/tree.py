"""How a checkout's own commands are run. All that depends on how a checkout is laid out or names things is here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

_HERE = Path(__file__).resolve().parent
_SITE_HOST = "www.rt.com"
_READY = re.compile(r"^replica: (http://127\.0\.0\.1:\d+)$")
#: One request at a time and in the order in which they were asked for: with Scrapy's own last in, first out, it depends
#: on the machine how many are in the queue when the next one is taken. Loopback needs no politeness.
_SETTINGS = {
    "AUTOTHROTTLE_ENABLED": "False",
    "DOWNLOAD_DELAY": "0",
    "CONCURRENT_REQUESTS": "1",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "1",
    "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
    "LOG_ENABLED": "False",
}


@dataclass(frozen=True)
class Done:
    """What a finished command printed."""

    code: int
    out: bytes
    err: str


class Tree:
    """A checkout of the project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._settings = (self.folder / "newscrawler" / "settings.py").read_text("utf-8")

    @property
    def commit(self) -> str:
        """Its commit, with a mark when files differ from it."""
        command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return done.stdout.strip() or "unknown"

    @property
    def replica(self) -> str:
        """Package of the replica. It moves into tests/, where the tests of the replica stood before."""
        for package in ("tests.replica", "replica"):
            if (self.folder / package.replace(".", "/") / "__main__.py").exists():
                return package
        raise FileNotFoundError(f"{self.folder}: no replica in it")

    @property
    def scripted_site(self) -> str:
        """Module of the site whose articles follow a script."""
        for path in sorted(self.folder.glob("*/**/*.py")):
            if ".venv" not in path.parts and "\nclass ScriptedSite(" in path.read_text("utf-8", "replace"):
                return ".".join(path.relative_to(self.folder).with_suffix("").parts)
        raise FileNotFoundError(f"{self.folder}: no class ScriptedSite in it")

    def scrapy(
        self,
        *args: str,
        now: datetime,
        site: str = "",
        settings: Mapping[str, object] | None = None,
        timeout: int = 600,
    ) -> Done:
        """Run a `scrapy` command at that time; `site` is the origin of the replica."""
        command = [sys.executable, "-m", "scrapy", *args]
        given = dict(settings or {})
        if args[0] == "crawl":
            given = {**_SETTINGS, **given}
            # The setting's name may change; with neither, the hook refuses every host but this machine.
            hosts = "NEWSCRAWLER_MIRRORS" if "NEWSCRAWLER_MIRRORS" in self._settings else "NEWSCRAWLER_HOSTS"
            given |= {hosts: json.dumps({_SITE_HOST: site})} if site else {}
        for name, value in given.items():
            command += ["-s", f"{name}={value}"]
        environment = {**_environment(_HERE / "hook"), "GOLDEN_NOW": now.isoformat()}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))

    @contextmanager
    def serve(self, *options: str) -> Iterator[str]:
        """The replica with these options; gives its origin."""
        with self._server("-m", self.replica, *options) as (url, _):
            yield url

    @contextmanager
    def serve_week(self, start: datetime, days: int, corpus: Path | None) -> Iterator[ScriptedServer]:
        """The scripted site, whose clock is set by hand."""
        args = [self.scripted_site, self.replica, str(days), start.isoformat(), *([str(corpus)] if corpus else [])]
        with self._server("-P", str(_HERE / "serve_week.py"), *args) as (url, process):
            yield ScriptedServer(url, process)

    @contextmanager
    def _server(self, *args: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(
                [sys.executable, *args],
                cwd=self.folder,
                env=_environment(self.folder),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
            try:
                line = _pipe(process.stdout).readline().strip()
                if not (ready := _READY.match(line)):
                    process.kill()
                    process.wait()
                    errors.seek(0)
                    raise RuntimeError(f"{self.folder}: the replica did not start: {line} {errors.read().strip()}")
                yield ready[1], process
            finally:
                process.terminate()
                process.wait()
                _pipe(process.stdin).close()
                _pipe(process.stdout).close()


class ScriptedServer:
    """A running scripted site."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self._process = process

    def set_clock(self, moment: datetime) -> None:
        """From now on the site is as it was then."""
        pipe = _pipe(self._process.stdin)
        pipe.write(f"{moment.isoformat()}\n")
        pipe.flush()
        if (said := _pipe(self._process.stdout).readline().strip()) != moment.isoformat():
            raise RuntimeError(f"the scripted site did not take the time: {said!r}")


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def _environment(path: Path) -> dict[str, str]:
    """Nothing of the user's own settings, and what could vary fixed."""
    kept: dict[str, Any] = {
        name: value for name, value in os.environ.items() if not name.startswith(("NEWSCRAWLER_", "SCRAPY_", "GOLDEN_"))
    }
    return {**kept, "PYTHONPATH": str(path), "PYTHONHASHSEED": "0", "TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1"}
