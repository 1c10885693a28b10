"""Feeds and sitemaps made to hurt whoever reads them: entities, depth, size."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import Response

from newscrawler.exceptions import PageError
from newscrawler.pages.feeds import parse_feed, parse_news_sitemap, parse_sitemap

ROOT = Path(__file__).parents[2]
#: A billion laughs: ten entities, each of twenty of the one before.
LAUGHS = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 20}">' for i in range(10))
BOMB = f'<!DOCTYPE x [<!ENTITY a "{"a" * 40}">{LAUGHS}]>'
BLOW_UP = f'<!DOCTYPE x [<!ENTITY k "{"a" * 50_000}">]>'

READERS: dict[str, tuple[Callable[[Response], Any], str]] = {
    "feed": (parse_feed, "<rss{0}><item><guid>https://www.rt.com/news/1000-a/{1}</guid></item></rss>"),
    "news_sitemap": (
        parse_news_sitemap,
        "<urlset{0}><url><loc>https://www.rt.com/news/1000-a/{1}</loc></url></urlset>",
    ),
    "sitemap": (
        lambda answer: parse_sitemap(answer, since=None),
        "<urlset{0}><url><loc>https://www.rt.com/news/1000-a/{1}</loc></url></urlset>",
    ),
}


def outcome(name: str, body: str) -> str:
    """The addresses that a reader found, or its error; quickly."""
    started = time.process_time()
    try:
        found = " ".join(entry.url for entry in READERS[name][0](Response("https://www.rt.com/x", body=body.encode())))
    except PageError as error:
        found = str(error)
    assert time.process_time() - started < 4
    return found


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("where", ["text", "attribute"])
@pytest.mark.parametrize(("declared", "used"), [(BOMB, "&k;"), (BLOW_UP, "&k;" * 5000)], ids=["laughs", "blow_up"])
def test_entities_are_not_blown_up(name: str, where: str, declared: str, used: str) -> None:
    frame = READERS[name][1]
    body = frame.format("", used) if where == "text" else frame.format(f' x="{used}"', "")
    assert len(outcome(name, declared + body)) < 1000


@pytest.mark.parametrize("name", READERS)
def test_nothing_is_fetched_or_read_for_an_entity(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the-secret", "utf-8")
    declared = (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}"><!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'
    )
    assert "the-secret" not in outcome(name, declared + READERS[name][1].format("", "&e;"))


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "inner", ["<item>", "<url>", "<!-- -->", "<?x y?>", "<item></item>", "<url><loc>x</loc></url>"]
)
def test_many_and_deep_elements(name: str, inner: str) -> None:
    frame = READERS[name][1]
    assert len(outcome(name, frame.replace("<item>", inner * 50_000 + "<item>").format("", ""))) < 1000


def test_comments_are_let_go() -> None:
    """Read as a tree, these took 100 MB."""
    program = """
import resource
from scrapy.http import Response
from newscrawler.pages.feeds import parse_sitemap
body = b"<urlset>" + b"<!-- --><?a b?>" * 500_000 + b"</urlset>"
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert parse_sitemap(Response("https://www.rt.com/x", body=body), since=None) == ()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 40
