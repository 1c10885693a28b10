"""What comes from the network reaches no other host, and is bounded: one crawl of a server that tries everything."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import brotli
import pytest
from backports import zstd

from newscrawler.editions.mirrors import MirrorMap
from tests.harness import Run
from tests.replica import Site
from tests.replica.answers import Answers

MB = 1_000_000
BOMB = b"<p>" + b"0" * (60 * MB)
#: Article ids to where they lead. {own}, {other}: ports of the site and of a server that must hear nothing.
REDIRECTS = {
    700001: "http://127.0.0.1:{other}/",
    700002: "http://localhost:{other}/",
    700003: "http://169.254.169.254/latest/meta-data/",
    700004: "http://[::1]:{other}/",
    700005: "file:///etc/passwd",
    700006: "data:text/html,hello",
    700007: "//127.0.0.1:{other}/",
    700008: "http://www.rt.com@127.0.0.1:{other}/",
    700009: "http://127.0.0.1:{own}@127.0.0.1:{other}/",
    700010: "http://127.0.0.1:{own}.example.org/",
    700011: "http://0x7f000001:{other}/",
    700012: "http://2130706433:{other}/",
    700013: "https://www.rt.com:{other}/news/700013-a-story/",
    700014: "http://127.0.0.1:99999999/",
    700015: "http://[",
    700016: "http:///",
    700017: "gopher://127.0.0.1:{other}/",
    700018: "\\\\127.0.0.1:{other}\\",
    700019: "http://127.0.0.1:{other}#@www.rt.com/",
    700020: "/news/700020-a-story/",
}
BODIES = {
    700101: ("gzip", gzip.compress(BOMB)),
    700102: ("br", brotli.compress(BOMB, quality=1)),
    700103: ("zstd", zstd.compress(BOMB)),
    700104: ("gzip, gzip", gzip.compress(gzip.compress(BOMB))),
    700105: ("gzip", b"no gzip at all"),
    700106: ("br", b"no brotli at all"),
    700107: ("zstd", b"no zstd at all"),
}
ENDLESS, SLOW, HEADERS, LINE, STALL, SHORT, CHUNKS = range(700201, 700208)
OTHERS = (ENDLESS, SLOW, HEADERS, LINE, STALL, SHORT, CHUNKS)
TIMEOUT = 3


class Hostile:
    """A server of sockets, so that it can say what no library would let it say."""

    def __init__(self, other: int) -> None:
        self.asked: list[str] = []
        self.sent: dict[int, int] = {}
        self._other = other
        self._answers = Answers(Site.build(20, faults="none"))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            request = b""
            while b"\r\n\r\n" not in request:
                request += client.recv(65536) or b"\r\n\r\n"
            path = request.split(b" ")[1].decode() if b" " in request else ""
            self.asked.append(path)
            number = int(path[6:12]) if path.startswith("/news/7") else 0
            if number in REDIRECTS:
                location = REDIRECTS[number].format(own=self.port, other=self._other)
                head(client, f"Location: {location}", status="302 Found")
            elif number in BODIES:
                encoding, body = BODIES[number]
                head(client, f"Content-Encoding: {encoding}", f"Content-Length: {len(body)}")
                client.sendall(body)
            elif number in OTHERS:
                self._other_way(client, number)
            else:
                answer = self._answers.answer(path)
                head(client, f"Content-Length: {len(answer.body)}", status=f"{answer.status} OK")
                client.sendall(answer.body)

    def _other_way(self, client: socket.socket, number: int) -> None:
        if number == ENDLESS:
            head(client)
            self._forever(client, number, b"<p>more</p>" * 6000)
        elif number == SLOW:
            head(client)
            self._forever(client, number, b"x", pause=0.2)
        elif number == HEADERS:
            client.sendall(b"HTTP/1.1 200 OK\r\n")
            self._forever(client, number, b"".join(b"X-%d: %s\r\n" % (n, b"y" * 900) for n in range(60)))
        elif number == LINE:
            client.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            self._forever(client, number, b"y" * 60_000)
        elif number == STALL:
            time.sleep(TIMEOUT * 4)
        elif number == SHORT:
            head(client, "Content-Length: 5000")
            client.sendall(b"<p>cut")
        else:
            head(client, "Transfer-Encoding: chunked")
            client.sendall(b"FFFFFFFFFFFFFFFFFFFF\r\nzz")

    def _forever(self, client: socket.socket, number: int, piece: bytes, pause: float = 0.0) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            client.sendall(piece)
            self.sent[number] = self.sent.get(number, 0) + len(piece)
            time.sleep(pause)


def head(client: socket.socket, *headers: str, status: str = "200 OK") -> None:
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html; charset=utf-8", "Connection: close", *headers, "", ""]
    client.sendall("\r\n".join(lines).encode())


@contextmanager
def hostile() -> Iterator[tuple[Hostile, list[bytes]]]:
    """The server, and what reached another one."""
    heard: list[bytes] = []
    other = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        with suppress(OSError):
            while True:
                client, _ = other.accept()
                heard.append(client.recv(1000))
                client.close()

    threading.Thread(target=listen, daemon=True).start()
    server = Hostile(other.getsockname()[1])
    try:
        yield server, heard
    finally:
        server.close()
        other.close()


def test_nothing_reaches_another_host_and_everything_ends(run: Callable[..., Run]) -> None:
    numbers = [*REDIRECTS, *BODIES, *OTHERS]
    urls = ",".join(f"https://www.rt.com/news/{number}-a-story/" for number in numbers)
    with hostile() as (server, heard):
        started = time.monotonic()
        settings = {
            "NEWSCRAWLER_MIRRORS": json.dumps({"www.rt.com": f"http://127.0.0.1:{server.port}"}),
            "DOWNLOAD_TIMEOUT": str(TIMEOUT),
            "RETRY_ENABLED": "False",
            "MEMUSAGE_LIMIT_MB": "600",
        }
        command = ("crawl", "rt_world", "-O", "articles.jsonl", "-a", f"url={urls}")
        done = run(*command, settings=settings, memory_is_its_own=True)
        took = time.monotonic() - started
    assert done.code == 3, done.err
    assert heard == []
    # Every address has its outcome, and nothing was made of any.
    assert sum(done.outcomes.values()) == len(numbers) == done.scheduled
    assert set(done.outcomes) <= {"http_error", "failed", "unknown_layout", "not_article"}, done.outcomes
    assert done.records == []
    assert "Traceback" not in done.err
    assert took < 60
    # The loop was followed five times, everything else asked for once.
    loop = [path for path in server.asked if path.startswith("/news/700020")]
    assert len(loop) == 6
    # The connections of endless answers were closed at the limits of size and time.
    assert server.sent[ENDLESS] < 60 * MB
    assert server.sent[SLOW] <= 5 * TIMEOUT * 3
    assert server.sent[LINE] < 10 * MB
    assert server.sent[HEADERS] < 10 * MB


SITE = MirrorMap.parse({"www.rt.com": "http://127.0.0.1:8000"})


@pytest.mark.parametrize(
    "url",
    [location.format(own=8000, other=9000) for number, location in REDIRECTS.items() if number != 700020]
    + [
        "http://127.0.0.1/",
        "http://127.0.0.1:8001/",
        "https://127.0.0.1:8000/",
        "http://127.0.0.1:8000\\@example.org/",
    ],
)
def test_no_request_is_let_through(url: str) -> None:
    assert not SITE.may_fetch(url)
    assert not MirrorMap.parse({}).may_fetch(url) or "www.rt.com" in url
