"""What reads strangers' bytes, given bytes that hypothesis thinks of, and those that once broke it.

The long form is `python -m tests.fuzz`; here are its targets with a few hundred inputs each.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.seeds import NAMES, WORDS, seeds
from tests.fuzz.targets import TARGETS, BrokenPromise, article, promise

CRASHERS = Path(__file__).parents[1] / "crashers"
QUICK = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)

#: Text as pages have it at their worst: any character, also half a pair, and what markup is made of.
TEXT = st.text(st.characters(codec=None), max_size=30) | st.sampled_from(WORDS) | st.just("10 Oct, 2022 17:38")
ATTRIBUTES = st.lists(
    st.tuples(
        st.sampled_from(("class", "id", "href", "src", "data-href", "data-srcset", "data-role", "rel", "content")), TEXT
    ),
    max_size=2,
)
TAGS = st.sampled_from(
    (
        "p",
        "div",
        "span",
        "a",
        "h1",
        "br",
        "blockquote",
        "script",
        "ul",
        "li",
        "table",
        "td",
        "iframe",
        "time",
        "dt",
        "q",
    )
)


def element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda tag, attributes, parts, end: f"<{tag}{attributes}>{''.join(parts)}" + (f"</{tag}>" if end else ""),
        TAGS,
        ATTRIBUTES.map(lambda pairs: "".join(f' {name}="{value}"' for name, value in pairs)),
        st.lists(inner, max_size=4),
        st.sampled_from((True, True, True, False)),
    )


MARKUP = st.recursive(TEXT, element, max_leaves=25)
#: The frame of an article, so that what stands in its parts is read at all.
ARTICLE = st.builds(
    lambda head, date, headline, lead, body: (
        f'<html><head><meta property="og:url" content="https://www.rt.com/news/600001-a-story/">{head}</head><body>'
        f'<div class="article"><div class="article__breadcrumbs"><span class="date_article-header">{date}</span></div>'
        f'<h1 class="article__heading">{headline}</h1><div class="article__summary">{lead}</div>'
        f'<div class="article__text text">{body}</div></div></body></html>'
    ),
    *[MARKUP] * 5,
)
XML = st.builds(
    lambda kind, tag, inner: f'<?xml version="1.0"?><{kind}>{inner}<{tag}>{inner}</{tag}></{kind}>',
    st.sampled_from(("rss", "urlset", "sitemapindex", "html")),
    st.sampled_from(("item", "url", "sitemap")),
    st.builds(
        lambda name, text: f"<{name}>{text}</{name}>", st.sampled_from(("loc", "guid", "link", "lastmod")), MARKUP
    ),
)


def encoded(text: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    return text.map(lambda value: value.encode("utf-8", "surrogatepass"))


INPUTS = {
    "article": encoded(ARTICLE),
    "saved_page": encoded(ARTICLE),
    "listing": encoded(MARKUP),
    "feed": encoded(XML),
    "news_sitemap": encoded(XML),
    "sitemap": encoded(XML),
    "robots": encoded(st.lists(TEXT, max_size=20).map("\n".join)),
    "warc": st.builds(
        lambda start, headers, body: "\r\n".join([start, *headers, "", ""]).encode("utf-8", "surrogatepass") + body,
        st.sampled_from(("WARC/1.0", "WARC/1.1", "WARC/")),
        st.lists(
            st.builds(
                "{}: {}".format,
                st.sampled_from(("WARC-Type", "WARC-Date", "WARC-Target-URI", "Content-Length", "Content-Type")),
                st.sampled_from(("response", "revisit", "2026-05-01T12:00:00Z", "https://www.rt.com/", "9", "-1"))
                | TEXT,
            ),
            max_size=6,
        ),
        st.binary(max_size=100) | st.just(b"HTTP/1.1 200 OK\r\n\r\nx\r\n\r\n"),
    ),
    "address": encoded(st.builds("https://www.rt.com/{}/{}".format, TEXT, TEXT)),
    "text": encoded(TEXT),
}


def test_every_target_is_here() -> None:
    assert set(NAMES) == set(TARGETS) == set(INPUTS)


@pytest.mark.parametrize("name", TARGETS)
def test_made_up_input(name: str) -> None:
    @QUICK
    @given(INPUTS[name] | st.binary(max_size=300))
    def holds(data: bytes) -> None:
        TARGETS[name](data)

    holds()


def test_what_once_broke_it() -> None:
    paths = sorted(CRASHERS.rglob("crash-*"))
    assert paths
    for path in paths:
        TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_read(name: str) -> None:
    count = 0
    for seed in seeds(name, None):
        count += 1
        if count <= 20:
            TARGETS[name](seed)
    assert count >= 1


def test_a_broken_promise_is_a_finding() -> None:
    with pytest.raises(BrokenPromise):
        promise(False, "kept")
    good = next(seed for seed in seeds("article", None) if b"600001" not in seed)
    article(good)
