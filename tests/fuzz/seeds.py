"""What the fuzzer starts from: the replica's answers, the invented test pages and, where it is at hand, the corpus."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

from tests.replica import Site
from tests.replica.answers import Answers
from tests.replica.robots import robots_txt
from tests.warc_files import Stored, record_bytes

#: The targets' names, known without importing them.
NAMES = ("article", "saved_page", "listing", "feed", "news_sitemap", "sitemap", "robots", "warc", "address", "text")
ROOT = Path(__file__).parents[2]
#: Longer ones make each input slow and teach little that is new.
LONGEST = 30_000
_LISTING_PATHS = ("/news/", "/russia/")
_FAULTS = ("unknown_layout", "truncated", "windows_1252", "no_date", "no_body", "challenge", "show")
#: What mutation alone would take long to find.
_WORDS = """article article__heading article__summary article__text article__breadcrumbs article__date breadcrumbs
date_article-header article__cover media__title_arcticle Blog-author__root blog-autor read-more read-more-big rtcode
twitter-tweet instagram-media cont-wp acticle_clock time crumbs b-tags_trends sharebutton js-listing__list list-card
list-card__content--title card__header card-rows__item link_hover main-promobox__item widgetGrid-widget-item listingBtn
Grid-container tags-trends__link short-url__link social-container data-shorturl data-role data-href data-srcset
application/ld+json NewsArticle datePublished dateModified mainEntityOfPage published_time_telegram publish-date og:url
og:image canonical <br><br> <p> </p> <div <span <h1 <a <ul <blockquote <table> <tr> <td> <script <!-- --> <![CDATA[ ]]>
&nbsp; &#0; &#xD800; \\u2028 READ MORE: Also on rt.com DETAILS TO FOLLOW <loc> <lastmod> <url> <guid> <item> <sitemap>
<!DOCTYPE <!ENTITY &x; User-agent: Disallow: Allow: Crawl-delay: Sitemap: /listing/ https://www.rt.com/news/"""
WORDS = tuple(_WORDS.split())


def seeds(target: str, corpus: Path | None) -> Iterator[bytes]:
    """Good inputs for a target."""
    if target in ("article", "saved_page"):
        yield from _pages(corpus)
    elif target == "text":
        yield from (page[:1000] for page in _pages(None))
        yield from (word.encode() for word in WORDS)
    elif target == "address":
        for path in _answers().site.addresses:
            yield f"https://www.rt.com{path}".encode()
        yield b"http://rt.com/usa/449757-"
        yield b"%20https://www.rt.com/news/first-word-second-148/?utm_source=rss"
    elif target == "robots":
        yield from (robots_txt(mode).encode() for mode in ("rt", "open", "deny"))
    elif target == "warc":
        yield from _archives()
    else:
        yield from _boilerplate(target)


def _answers() -> Answers:
    return Answers(Site.build(articles=30, faults="all"))


def _pages(corpus: Path | None) -> Iterator[bytes]:
    pages = sorted((ROOT / "tests" / "pages").rglob("page.html"))
    if corpus is not None:
        pages += sorted((corpus / "pages").rglob("*.html"))
    for page in pages:
        if page.stat().st_size <= LONGEST:
            yield page.read_bytes()
    answers = _answers()
    for path, address in answers.site.addresses.items():
        if address.kind in ("article", *_FAULTS):
            yield (answers.answer(path).body or b"")[:LONGEST]


def _boilerplate(target: str) -> Iterator[bytes]:
    answers = _answers()
    if target == "listing":
        for form in ("2022", "2017", "2014"):
            other = Answers(Site.build(articles=30, faults="none", listing_form=form))
            yield from ((other.answer(path).body or b"")[:LONGEST] for path in _LISTING_PATHS)
    elif target == "feed":
        yield (answers.answer("/rss/news/").body or b"")[:LONGEST]
    elif target == "news_sitemap":
        yield (answers.answer("/newssitemap.xml").body or b"")[:LONGEST]
    else:
        for path in ("/sitemap.xml", "/sitemap_2026.xml", "/sitemap_2022.xml"):
            body = (answers.answer(path).body or b"")[:LONGEST]
            yield body
            yield gzip.compress(body, mtime=0)


def _archives() -> Iterator[bytes]:
    page, url = b"<html><p>Text.</p></html>", "https://www.rt.com/news/600001-a-story/"
    coded, length = ("Content-Encoding", "gzip"), ("Content-Length", "25")
    for compress in (False, True):
        yield record_bytes(Stored(url, page), compress=compress)
        yield record_bytes(Stored(url, gzip.compress(page, mtime=0), headers=(coded,)), compress=compress)
        yield record_bytes(
            Stored(url, b"19\r\n" + page + b"\r\n0\r\n\r\n", headers=(("Transfer-Encoding", "chunked"),)),
            compress=compress,
        )
        several = (Stored(url, page, headers=(length,)), Stored(url, type="request"), Stored(url, type="revisit"))
        yield b"".join(record_bytes(one, compress=compress) for one in several)
