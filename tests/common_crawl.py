"""Common Crawl's servers on loopback: index, files by range, throttling, faults. Never the real ones."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CRAWL = "CC-MAIN-2026-20"


class CommonCrawl(ThreadingHTTPServer):
    """Serves a folder. ``busy`` says for how many further requests the answer is that status."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.busy: list[int] = []
        #: How many further answers break off in the middle.
        self.breaks = 0
        #: So many requests from now it dies, for so many seconds.
        self.dies_after: int | None = None
        self.dead_seconds = 3.0
        self.requests: Counter[str] = Counter()
        self.at_once = 0
        self.most_at_once = 0
        self.lock = threading.Lock()

    def die(self) -> None:
        """Take no connection for a while, as a server that is being started again."""
        port = self.server_port
        self.shutdown()
        self.server_close()
        time.sleep(self.dead_seconds)
        self.socket = socket.create_server(("127.0.0.1", port), backlog=self.request_queue_size)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: CommonCrawl

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        with server.lock:
            server.requests[self.path] += 1
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
            busy = server.busy.pop() if server.busy else 0
            breaks = not busy and server.breaks > 0 and "Range" in self.headers
            server.breaks -= breaks
            if server.dies_after is not None:
                server.dies_after -= 1
                if server.dies_after == 0:
                    threading.Thread(target=server.die, daemon=True).start()
        time.sleep(0.02)
        # Before the answer: a client that has it may send its next request before this thread goes on.
        with server.lock:
            server.at_once -= 1
        self._answer(busy, breaks)

    def _answer(self, busy: int, breaks: bool) -> None:
        path = self.server.folder / self.path.lstrip("/")
        if busy or not path.is_file():
            self.send_response(busy or 404)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = path.read_bytes()
        size = len(data)
        if asked := self.headers.get("Range"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            end = min(size, int(last) + 1 if last else size)
            data = data[int(first) : end]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{end - 1}/{size}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if breaks else data)


@contextmanager
def common_crawl(folder: Path) -> Iterator[CommonCrawl]:
    """The server while the block lasts."""
    server = CommonCrawl(folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def write_listing(folder: Path, name: str, lines: list[str]) -> None:
    """A compressed list of files."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))


def write_collections(folder: Path) -> None:
    """The list of crawls: one of the days of the tests' archives, and an older one."""
    crawls = [
        {"id": CRAWL, "from": "2026-05-01T00:00:00", "to": "2026-12-31T00:00:00"},
        {"id": "CC-MAIN-2020-05", "from": "2020-01-01T00:00:00", "to": "2020-01-31T00:00:00"},
    ]
    (folder / "collinfo.json").write_text(json.dumps(crawls))
