"""Faults of the site as a whole and of the way to it."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import trustme

from tests.replica import odd_pages
from tests.replica.answers import Answer
from tests.replica.server import serve
from tests.slow.fault_injection.crawl_env import Change, CrawlEnv
from tests.slow.fault_injection.fault import Fault, Inject, NotHere, spoiling

_BAD = ("bad",)


def _every(make: Callable[[], Answer], *, robots: bool = True) -> Inject:
    """Every answer is such a one; that for robots.txt, too, if asked for."""
    return spoiling(lambda env: lambda path, answer: make() if robots or path != "/robots.txt" else answer)


def _robots(make: Callable[[], Answer]) -> Inject:
    return spoiling(lambda env: lambda path, answer: make() if path == "/robots.txt" else answer)


@contextmanager
def _refused(env: CrawlEnv) -> Iterator[Change]:
    """A port that is bound, so that nobody else can take it, and not listened to."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield Change(url=f"http://127.0.0.1:{taken.getsockname()[1]}")


@contextmanager
def _no_names(env: CrawlEnv) -> Iterator[Change]:
    """In a network namespace of its own, so that not even a name server is asked."""
    prefix = ("unshare", "-n")
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        raise NotHere("unshare -n needs root")
    yield Change(url="http://www.rt.invalid", prefix=prefix)


@contextmanager
def _certificate(env: CrawlEnv, *, expired: bool) -> Iterator[Change]:
    """A real TLS server. An expired certificate is of an authority that the run trusts, another of none it knows."""
    authority = trustme.CA()
    ends = datetime.now(UTC) + timedelta(days=-1 if expired else 30)
    begins = datetime.now(UTC) - timedelta(days=60)
    certificate = authority.issue_cert("127.0.0.1", not_before=begins, not_after=ends)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    trusted: Path = env.folder / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    environment = {"SSL_CERT_FILE": str(trusted)} if expired else {}
    with serve(env.served.site, answers=env.served.answers, tls=context) as server:
        yield Change(url=server.url, environment=environment, cold=True)


@contextmanager
def _silent(env: CrawlEnv) -> Iterator[Change]:
    """The kernel takes the connections, and nobody ever answers."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=100)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        yield Change(url=url, settings={"DOWNLOAD_TIMEOUT": "2"})


@contextmanager
def _dripping(env: CrawlEnv) -> Iterator[Change]:
    """A page of 100,000 bytes at five bytes a second."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=100)) as listening:
        threading.Thread(target=_drip_to_all, args=(listening,), daemon=True).start()
        yield Change(url=f"http://127.0.0.1:{listening.getsockname()[1]}", settings={"DOWNLOAD_TIMEOUT": "2"})


def _drip_to_all(listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_drip, args=(connection,), daemon=True).start()


def _drip(connection: socket.socket) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: 100000\r\n\r\n"
    with closing(connection):
        try:
            connection.recv(65536)
            connection.sendall(head)
            for _ in range(100):
                connection.sendall(b"<")
                time.sleep(0.2)
        except OSError:
            return


def _broken_off(path: str, answer: Answer) -> Answer:
    """Half of each page, though its header announces the whole."""
    if answer.body and path != "/robots.txt":
        return Answer(
            answer.status,
            content_type=answer.content_type,
            pieces=iter([answer.body[: len(answer.body) // 2]]),
            length=len(answer.body),
        )
    return answer


def _refusing() -> Answer:
    return Answer(429, b"slow down", headers={"Retry-After": "3600"})


FAULTS: Sequence[Fault] = (
    Fault(
        name="down_for_a_day",
        what="The site is down for a day",
        how="connection refused in 24 hourly runs",
        inject=_refused,
        runs=24,
        codes=(3,),
        says="no article's URL was found in any source",
        alarms=_BAD,
        stale=True,
    ),
    Fault(
        name="dns_gone",
        what="DNS is gone",
        how="a name under .invalid, in a network namespace without any network",
        inject=_no_names,
        codes=(3,),
        says="no article's URL was found in any source",
        alarms=_BAD,
    ),
    Fault(
        name="tls_expired",
        what="The certificate has expired",
        how="TLS server, certificate of a trusted authority that ended yesterday",
        inject=partial(_certificate, expired=True),
        codes=(3,),
        says="no article's URL was found in any source",
        alarms=_BAD,
    ),
    Fault(
        name="tls_unknown",
        what="The certificate is nobody's",
        how="TLS server, certificate of an unknown authority",
        inject=partial(_certificate, expired=False),
        codes=(3,),
        says="no article's URL was found in any source",
        alarms=_BAD,
    ),
    Fault(
        name="stall",
        what="The server takes connections and never answers",
        how="listening socket that nobody serves; DOWNLOAD_TIMEOUT=2 instead of 30",
        inject=_silent,
        codes=(3,),
        says="no article's URL was found in any source",
        alarms=_BAD,
    ),
    Fault(
        name="drip",
        what="The server answers a byte at a time",
        how="five bytes a second; DOWNLOAD_TIMEOUT=2 instead of 30",
        inject=_dripping,
        codes=(3,),
        says="no article's URL was found in any source",
        alarms=_BAD,
    ),
    Fault(
        name="broken_off",
        what="Every answer breaks off half way",
        how="half of the bytes that the header announces, then the end of the connection",
        inject=spoiling(lambda env: _broken_off),
        codes=(3,),
        says="no article's URL was found in any source",
        alarms=_BAD,
    ),
    Fault(
        name="all_500",
        what="Every page is an error 500",
        how="robots.txt, too",
        inject=_every(lambda: Answer(500, b"error")),
        codes=(3,),
        says="no article's URL was found in any source",
        alarms=_BAD,
    ),
    Fault(
        name="all_429",
        what="Every page is a 429 with Retry-After",
        how="Retry-After: 3600, robots.txt answers",
        inject=_every(_refusing, robots=False),
        codes=(4,),
        says="the site asked to come back in 3600 s",
        alarms=_BAD,
        # An hour later by the clock is seconds too early.
        next_codes=(0, 4),
        next_says="good|no request was sent",
    ),
    Fault(
        name="challenge",
        what="A guard's check of the browser on every page",
        how="status 200, the guard's page; robots.txt answers",
        inject=_every(
            lambda: Answer(body=odd_pages.challenge().encode(), headers={"Server": "ddos-guard"}), robots=False
        ),
        codes=(4,),
        says="blocked",
        alarms=_BAD,
    ),
    Fault(
        name="elsewhere",
        what="The site redirects to another host",
        how="302 to partner.invalid for every path, robots.txt included",
        inject=_every(lambda: Answer(302, location="https://partner.invalid/")),
        codes=(3,),
        says="no article's URL was found in any source",
        alarms=_BAD,
    ),
    Fault(
        name="robots_forbids",
        what="robots.txt forbids everything",
        how="Disallow: /",
        inject=_robots(lambda: Answer(body=b"User-agent: *\nDisallow: /\n", content_type="text/plain")),
        codes=(3, 4),
        says="no article's URL was found in any source|robots",
        alarms=_BAD,
    ),
    Fault(
        name="robots_503",
        what="robots.txt answers 503",
        how="all other pages are as ever",
        inject=_robots(lambda: Answer(503, b"later")),
        codes=(0,),
        says="good",
    ),
    Fault(
        name="robots_503_for_long",
        what="robots.txt answers 503 for more than a day",
        how="in seven runs, six hours apart; the copy of the last good answer counts for 24 hours",
        inject=_robots(lambda: Answer(503, b"later")),
        runs=7,
        every=6,
        codes=(3,),
        says="robots.txt can't be had",
        alarms=_BAD,
        stale=True,
    ),
)
