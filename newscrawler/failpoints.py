"""Named failpoints, at which a test can have this process killed, to prove that nothing is lost or repeated.

``NEWSCRAWLER_KILL_AT="after_write"`` kills (SIGKILL, no clean-up) when that failpoint is reached for the first
time, ``"after_write:3"`` at the third. Without the variable a call costs some 50 nanoseconds.

Failpoints: in_migration, after_discovered, after_write, after_fsync, before_commit, after_commit, before_rename,
after_rename, before_filed, takedown_before_rename, takedown_after_rename, gzip_half, compress_before_rename,
compress_after_rename, compress_before_filed, rows_of_<name of a WARC file>, row_written, published_file,
before_listing, rows_before_rename, rows_after_rename.
"""

from __future__ import annotations

import os
import signal

#: Environment variable of the tests.
KILL_AT = "NEWSCRAWLER_KILL_AT"


class _Target:
    """The failpoint asked for and how many times it may still pass."""

    def __init__(self, text: str) -> None:
        self.name, _, count = text.partition(":")
        self.left = int(count or 1)


_target: _Target | None = None


def arm(at: str | None) -> None:
    """Arm a failpoint, in a process that was forked after the environment was read; None for none."""
    global _target  # noqa: PLW0603 - one process, one failpoint
    _target = _Target(at) if at else None


arm(os.environ.get(KILL_AT))


def failpoint(name: str) -> None:
    """Die here, if this is the failpoint that the environment names; else do nothing."""
    if _target is None or _target.name != name:
        return
    _target.left -= 1
    if _target.left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
