"""Commands forked from a process that has imported everything (tests/preload.py), each as if it had begun by itself.

This module imports little: what it imports, each command imports anew.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import warnings
from multiprocessing.connection import wait
from pathlib import Path

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.preload"])
#: A start asks after all children, and two threads that ask after one at the same time make an exit code of 255.
_one_at_a_time = threading.Lock()


def run_warm(
    folder: Path, arguments: list[str], env: dict[str, str], stdin: bytes, timeout: float
) -> tuple[int, bytes, bytes]:
    """Exit code, output and errors of ``scrapy ARGUMENTS`` in a folder."""
    with tempfile.TemporaryDirectory(prefix="warm-") as name:
        streams = [Path(name, stream) for stream in ("in", "out", "err")]
        streams[0].write_bytes(stdin)
        process = _forks.Process(target=_become_scrapy, args=(str(folder), arguments, env, *map(str, streams)))
        with _one_at_a_time:
            process.start()
        if not wait([process.sentinel], timeout):
            process.kill()
            raise RuntimeError(f"scrapy did not end within {timeout} s: {streams[2].read_text('utf-8')[-3000:]}")
        with _one_at_a_time:
            process.join()
            code = process.exitcode
            process.close()
        assert code is not None
        out, err = (stream.read_bytes() if stream.exists() else b"" for stream in streams[1:])
        return code, out, err


def _become_scrapy(folder: str, arguments: list[str], env: dict[str, str], *streams: str) -> None:
    """What a warm process does: all that ``python -W error -m scrapy`` would."""
    warnings.simplefilter("error")
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.path.insert(0, folder)
    for number, stream in enumerate(streams):
        file = os.open(stream, os.O_RDWR | os.O_CREAT, 0o644)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it lives as long as the process
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["scrapy", *arguments]

    from scrapy.cmdline import execute  # noqa: PLC0415 - only in the child

    from newscrawler import failpoints  # noqa: PLC0415

    failpoints.arm(os.environ.get(failpoints.KILL_AT))
    execute(sys.argv)
