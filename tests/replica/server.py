"""The replica on a loopback port: an aiohttp server in a thread of its own."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from aiohttp import web

from tests.replica.answers import Answer, Answers
from tests.replica.feed_dates import rfc822
from tests.replica.site import Site


class Request(NamedTuple):
    """A request as the server saw it; `path` holds the query too."""

    method: str
    path: str
    status: int
    headers: dict[str, str]


class Server:
    """A replica on a loopback port. `requests` grows in the order of the answers; appending to a list is atomic."""

    def __init__(
        self,
        site: Site,
        *,
        latency: float = 0.0,
        validators: bool = False,
        answers: Answers | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.site = site
        self.answers = answers or Answers(site)
        self.requests: list[Request] = []
        self.url = ""
        self._latency = latency
        self._validators = validators
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="replica", daemon=True)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)

    def start(self, port: int = 0) -> None:
        """Bind the loopback address and serve from a thread; OSError when the port is taken."""
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(port), self._loop).result()
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Stop serving and wait for the thread."""
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self, port: int) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=self._tls).start()
        host, bound = self._runner.addresses[0][:2]
        self.url = f"{'https' if self._tls else 'http'}://{host}:{bound}"

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        answer = self.answers.answer(request.raw_path)
        if delay := answer.delay + self._latency:
            await asyncio.sleep(delay)
        own = {name: answer.headers.pop(name, "") for name in ("ETag", "Last-Modified")}
        if self._validators and answer.status == 200 and answer.body:
            self._validate(request, answer, own["ETag"], own["Last-Modified"])
        self.requests.append(Request(request.method, request.raw_path, answer.status, dict(request.headers)))
        if not answer.status and request.transport is not None:
            # The client sees its connection break; what is answered after that reaches nobody.
            request.transport.abort()
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if answer.location:
            headers["Location"] = answer.location
        if answer.pieces is None:
            return web.Response(status=answer.status or 503, body=answer.body, headers=headers)
        response = web.StreamResponse(status=answer.status, headers={**headers, "Content-Length": str(answer.length)})
        await response.prepare(request)
        if request.method != "HEAD":
            for piece in answer.pieces:
                await response.write(piece)
        return response

    def _validate(self, request: web.Request, answer: Answer, tag: str, changed: str) -> None:
        """Add validators, the answer's own ones if it has any; make it a 304 where the client's copy is good."""
        tag = tag or f'"{hashlib.md5(answer.body, usedforsecurity=False).hexdigest()}"'
        answer.headers["ETag"] = tag
        address = self.site.addresses.get(request.path)
        if not changed and address and address.head:
            modified = self.site.story_of(address.head).modified_at
            changed = rfc822(modified or address.head.published_at).replace("+0000", "GMT")
        if changed:
            answer.headers["Last-Modified"] = changed
        known = request.headers.get("If-None-Match")
        fresh = tag in known if known else bool(changed) and request.headers.get("If-Modified-Since") == changed
        if fresh:
            answer.status, answer.body = 304, b""


@contextmanager
def serve(
    site: Site,
    port: int = 0,
    *,
    latency: float = 0.0,
    validators: bool = False,
    answers: Answers | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Server]:
    """A server for the length of a `with` block; with ``tls`` it speaks HTTPS."""
    server = Server(site, latency=latency, validators=validators, answers=answers, tls=tls)
    server.start(port)
    try:
        yield server
    finally:
        server.close()
