"""Commands forked from a process that has imported everything (tests/preload.py), each as if it had begun by itself.

This module imports little: what it imports, each command imports anew.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Mapping, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Self

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.preload"])
#: A start asks after all children, and two threads that ask after one at the same time make an exit code of 255.
_one_at_a_time = threading.Lock()


class Warm:
    """``scrapy ARGUMENTS`` under way in a folder: as ``subprocess.Popen``, as far as tests need it.

    ``streams`` are devices in place of files for its standard input, output or errors, by number. ``file_size``
    is the length at which it can write no further in any file.
    """

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str],
        env: Mapping[str, str],
        *,
        stdin: bytes = b"",
        streams: Mapping[int, str] | None = None,
        file_size: int | None = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="warm-")
        names = {number: os.path.join(self._folder.name, str(number)) for number in range(3)}
        Path(names[0]).write_bytes(stdin)
        self._written = (Path(names[1]), Path(names[2]))
        given = (str(folder), list(arguments), dict(env), names | dict(streams or {}), file_size)
        self._process = _forks.Process(target=_become_scrapy, args=given)
        with _one_at_a_time:
            self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code of one that has ended."""
        return self.returncode if self.returncode is not None else self._ended_within(0)

    def wait(self, timeout: float) -> int:
        """The exit code, minus the number of the signal that ended it."""
        code = self._ended_within(timeout)
        if code is None:
            raise RuntimeError(f"scrapy did not end within {timeout} s: {self._said()[1][-3000:]!r}")
        return code

    def communicate(self, timeout: float) -> tuple[bytes, bytes]:
        """What it wrote on standard output and on standard error until its end."""
        self.wait(timeout)
        return self._said()

    def send_signal(self, number: int) -> None:
        """To it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def __enter__(self) -> Self:
        """Ends with the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Killed if it goes on."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self._ended_within(10)
        self._folder.cleanup()

    def _said(self) -> tuple[bytes, bytes]:
        out, err = (path.read_bytes() if path.exists() else b"" for path in self._written)
        return out, err

    def _ended_within(self, timeout: float) -> int | None:
        if self.returncode is None and wait([self._process.sentinel], timeout):
            with _one_at_a_time:
                self._process.join()
                self.returncode = self._process.exitcode
                self._process.close()
        return self.returncode


def _become_scrapy(
    folder: str, arguments: list[str], env: dict[str, str], streams: dict[int, str], file_size: int | None
) -> None:
    """What a warm process does: all that ``python -W error -m scrapy`` would."""
    warnings.simplefilter("error")
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.path.insert(0, folder)
    for number, stream in streams.items():
        file = os.open(stream, os.O_RDWR | os.O_CREAT | os.O_NOCTTY, 0o644)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it lives as long as the process
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if file_size is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    sys.argv = ["scrapy", *arguments]

    from scrapy.cmdline import execute  # noqa: PLC0415 - only in the child

    from newscrawler import failpoints  # noqa: PLC0415

    failpoints.arm(os.environ.get(failpoints.KILL_AT))
    execute(sys.argv)
