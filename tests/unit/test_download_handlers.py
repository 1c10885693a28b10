"""The bound on the head of a response, with a connection of which every byte is ours."""

from __future__ import annotations

import pytest
from twisted.internet.testing import StringTransport
from twisted.web._newclient import Request
from twisted.web.http_headers import Headers

from newscrawler.downloadhandlers import MAX_HEAD_BYTES, _Factory, _Protocol

LINE = b"X-Line: " + b"a" * 1000 + b"\r\n"


class Connection:
    """A connection of the handler's pool, after a request was sent on it."""

    def __init__(self) -> None:
        protocol = _Factory(lambda _: None, "a pool").buildProtocol(None)  # type: ignore[no-untyped-call]
        assert isinstance(protocol, _Protocol)
        self.protocol = protocol
        self.transport = StringTransport()  # type: ignore[no-untyped-call]
        self.transport.abortConnection = self._abort  # type: ignore[method-assign]
        self.aborted = 0
        protocol.makeConnection(self.transport)  # type: ignore[no-untyped-call]
        self.ask()

    def _abort(self) -> None:
        self.aborted += 1

    def ask(self) -> None:
        headers = Headers({b"Host": [b"www.rt.com"]})
        asked = Request(b"GET", b"/", headers, None, persistent=True)  # type: ignore[no-untyped-call]
        self.answer = self.protocol.request(asked)

    def receive(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.protocol.dataReceived(piece)


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 " + b"long " * 300])
def test_a_head_that_does_not_end_is_dropped(start: bytes) -> None:
    connection = Connection()
    connection.receive(start, *[LINE] * (MAX_HEAD_BYTES // len(LINE) - 2))
    assert not connection.aborted
    connection.receive(*[LINE] * 4)
    assert connection.aborted
    assert not connection.answer.called


def test_a_body_is_no_head() -> None:
    connection = Connection()
    length = 2 * MAX_HEAD_BYTES
    connection.receive(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length, *[b"b" * 4096] * (length // 4096))
    assert not connection.aborted
    assert connection.answer.called


def test_each_response_of_a_connection_counts_from_nothing() -> None:
    connection = Connection()
    half = [LINE] * (MAX_HEAD_BYTES * 2 // 3 // len(LINE))
    for _ in range(3):
        connection.receive(b"HTTP/1.1 304 Not Modified\r\n", *half, b"\r\n")
        assert connection.answer.called
        connection.ask()
    assert not connection.aborted
