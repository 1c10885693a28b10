"""The live line on a real terminal (a pty), read by what came through it; and its words."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.harness import arguments_of, start_scrapy
from tests.replica import Server

ReplicaFactory = Callable[..., Server]
COLUMNS = 100
_LINE = re.compile(r"discovered \d+  fetched \d+  new \d+  revised \d+  errors \d+")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[")


@dataclass
class Seen:
    """What came through the terminal, and whether its modes were left as they were."""

    code: int
    raw: str
    same_modes: bool

    @property
    def screen(self) -> list[str]:
        """The lines as a terminal shows them, where a carriage return writes over what is there."""
        lines = []
        for line in self.raw.replace("\r\n", "\n").split("\n"):
            cells: list[str] = []
            for piece in line.split("\r"):
                cells[: len(piece)] = piece
            lines.append("".join(cells).rstrip())
        return lines


def on_terminal(server: Server, folder: Path, *signals: signal.Signals, **variables: str) -> Seen:
    """A crawl with a pty for standard error; each signal is sent when the line has been drawn again."""
    command = arguments_of("crawl", "rt_world", "-O", "a.jsonl", url=server.url, settings={"DOWNLOAD_DELAY": "0.05"})
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, COLUMNS, 0, 0))
    modes = termios.tcgetattr(slave)
    with start_scrapy(folder, command, env={"TERM": "xterm", **variables}, streams={2: os.ttyname(slave)}) as process:
        raw, wanted = "", list(signals)
        while True:
            is_over = process.poll() is not None
            while select.select([master], [], [], 0 if is_over else 0.05)[0]:
                raw += os.read(master, 65536).decode()
            if is_over:
                break
            if wanted and len(_LINE.findall(raw)) > 2 * (1 + len(signals) - len(wanted)):
                process.send_signal(wanted.pop(0))
        code = process.wait(60)
    same = termios.tcgetattr(slave) == modes
    os.close(slave)
    os.close(master)
    return Seen(code, raw, same)


def check(seen: Seen) -> None:
    """No log line is torn, nothing of the line is left, the summary stands whole at the end."""
    assert "\x1b" not in seen.raw, "no colour, no modes"
    assert seen.same_modes
    shown = [line for line in seen.screen if line]
    assert not [line for line in shown if "discovered " in line and "fetched " in line]
    assert not [line for line in shown if _STAMP.search(line, 1)]
    assert len([line for line in shown if _STAMP.match(line)]) >= 5
    start = next(number for number, line in enumerate(shown) if line.startswith("       run  rt_world"))
    assert all(re.match(r" *[a-zA-Z]+  \S", line) for line in shown[start:])
    assert shown[-1].startswith("   verdict  ")


@pytest.mark.slow
def test_the_line_and_the_log_share_a_terminal(replica: ReplicaFactory, tmp_path: Path) -> None:
    seen = on_terminal(replica(faults="gone,no_date", latency=0.05), tmp_path)
    check(seen)
    drawn = [match[0] for match in re.finditer(_LINE.pattern + r"[^\r\n]*", seen.raw)]
    assert len(drawn) > 3
    assert all(len(line) < COLUMNS for line in drawn)
    assert any(re.search(r"\d+/min  \d+:\d\d left", line) for line in drawn)
    assert not drawn[-1].startswith("discovered 0")


def test_an_interrupted_run_leaves_the_terminal_as_it_was(replica: ReplicaFactory, tmp_path: Path) -> None:
    seen = on_terminal(replica(latency=0.3), tmp_path, signal.SIGINT, signal.SIGINT)
    assert seen.code == 130
    check(seen)


def test_a_dumb_terminal_gets_no_line(replica: ReplicaFactory, tmp_path: Path) -> None:
    seen = on_terminal(replica(articles=20), tmp_path, TERM="dumb")
    assert "fetched" not in seen.raw
    check(seen)
