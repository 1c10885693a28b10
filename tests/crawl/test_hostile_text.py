"""What a page says can't reach the terminal, the shell, SQL or other files: crawled, kept, shown."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

#: What moves a cursor, rings, hides or reorders; a line's end and a tab are no harm.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
ESCAPES = "&#27;[2J&#27;]0;owned&#7;\x1b[31m \u202egnp.exe \x9b5m &#155;1m"
COMMANDS = "Bobby'); DROP TABLE articles;-- $(touch owned) `touch owned` ../../../owned %s {0} <script>x()</script>"
HOSTILE = f"{COMMANDS} {ESCAPES}"
PATHS = {
    # A record, one that is another article's, one without a date, one of no layout.
    "good": "/news/600001-a'%3B--%1b[31m-$(touch%20owned)/",
    "other": "/news/600002-other/",
    "dateless": "/news/600003-..%2f..%2f..%2fowned/",
    "unknown": "/news/600004-%1b%5d0%3bowned%07/",
}


def page(path: str, date: str = "10 Apr, 2026 17:38") -> str:
    return f"""<html><head><title>{HOSTILE}</title><link rel="canonical" href="https://www.rt.com{path}">
<meta property="og:image" content="https://cdni.rt.com/files/2022.10/l/\x1b[2J.jpg"></head><body>
<div class="Grid-container"><div class="article"><div class="article__breadcrumbs"><div class="breadcrumbs">
<a>Home</a><a>{HOSTILE}</a></div><span class="date_article-header">{date}</span></div>
<h1 class="article__heading">{HOSTILE}</h1><div class="article__summary">{HOSTILE}</div>
<div class="article__text text"><p>Text. {HOSTILE}</p>
<p>READ MORE: <a href="https://www.rt.com/x\x1b[2J">{HOSTILE}</a></p>
</div><div class="Blog-author__root"><a href="/op-ed/authors/{ESCAPES}/"><img alt="{HOSTILE}"></a></div>
</div></div></body></html>"""


def answers() -> dict[str, tuple[int, str]]:
    links = "".join(
        f'<div class="list-card__content--title"><a href="{path}">{HOSTILE}</a></div>' for path in PATHS.values()
    )
    return {
        "/news/": (200, f"<html><body>{links}</body></html>"),
        "good": (200, page("/news/600001-a/")),
        "other": (200, page("/news/699999-\x1b[31m/")),
        "dateless": (200, page("/news/600003-owned/", date=ESCAPES)),
        "unknown": (
            200,
            f"<html><head><title>{HOSTILE}</title></head><body><article>{HOSTILE}</article></body></html>",
        ),
    }


@pytest.fixture
def hostile() -> Iterator[Any]:
    known = answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = next((name for name, path in PATHS.items() if f"/{path.split('/')[2][:6]}" in self.path), self.path)
            status, body = known.get(name, (404, "nothing"))
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_of_it_is_obeyed(hostile: Any, run: Callable[..., Any], tmp_path: Path) -> None:
    crawl = run("crawl", "rt_world", "-a", "sources=listing", server=hostile, settings={"LOG_LEVEL": "DEBUG"})
    assert crawl.outcomes == {"new": 1, "invalid": 2, "unknown_layout": 1}, crawl.err
    shown = [crawl]
    kept = sorted((tmp_path / "data" / "kept").iterdir())
    assert [path.name for path in kept] == ["en-600002.html", "en-600003.html", "en-600004.html"]
    shown += [run("revisions", "600001"), run("dataset", "verify"), run("report", "-o", "report.html")]
    shown += [run("extract", *map(str, kept)), *(run("explain", str(path)) for path in kept)]
    shown += [run("takedown", "600001", "--reason", "\x1b[31m", "--yes")]
    for command in shown:
        text = command.out + command.err
        assert text
        assert "Traceback" not in text
        assert not OBEYED.search(text), OBEYED.search(text)
    assert not [path for path in tmp_path.parent.rglob("*owned*")]
    files = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert files == {"data", "report.html"}


def test_a_record_holds_the_words_and_nothing_invisible(hostile: Any, run: Callable[..., Any]) -> None:
    args = ("crawl", "rt_world", "-a", "sources=listing", "-O", "articles.jsonl")
    crawl = run(*args, server=hostile, settings={"NEWSCRAWLER_VERDICT": '{"max_fault_share": 0.9}'})
    (record,) = crawl.records
    assert record["headline"].startswith("Bobby'); DROP TABLE articles;-- $(touch owned)")
    assert not OBEYED.search(str(record))
    assert record["url"].startswith("https://www.rt.com/news/600001-")
