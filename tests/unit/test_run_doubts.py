"""What only the run can doubt: page and feed compared, paragraphs that recur, revisions that shrank."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse, XmlResponse

from newscrawler.dataset.doubts import read_doubts
from newscrawler.exceptions import DropArticle
from newscrawler.items import Article, Doubt, Source
from newscrawler.ledger import LEDGER_NAME, Ledger, PageNotes
from newscrawler.pages.feeds import has_same_text, parse_feed, parse_news_sitemap, read_feed_text
from newscrawler.pages.listings import ListingEntry, parse_listing
from newscrawler.pages.text import content_hash
from newscrawler.run import OneOffRun, article_ref
from newscrawler.run.doubts import Compared, Witnesses
from tests.unit.test_run import NOW, Crawl, request, start

__all__ = ["start"]

KEY = ("en", "640001")
URL = "https://www.rt.com/news/640001-a-made-up-headline/"
PROSE = [f"Paragraph {name} tells of an invented dam in an invented country." for name in ("one", "two", "three")]
LEAD = "A lead about the dam"


def html_of(*paragraphs: str, lead: str = LEAD) -> str:
    return "".join([f"<p><strong>{lead}</strong></p>", *(f"<p>{text}</p>" for text in paragraphs)])


def entry(html: str = "", **more: Any) -> ListingEntry:
    return ListingEntry(URL, html=html, **more)


def article(number: int = 640001, paragraphs: list[str] = PROSE, lead: str | None = LEAD, **more: Any) -> Article:
    url = f"https://www.rt.com/news/{number}-a-made-up-headline/"
    values: dict[str, Any] = {
        "article_id": str(number),
        "edition": "en",
        "language": "en",
        "url": url,
        "headline": "A made-up headline",
        "lead": lead,
        "published_at": NOW - timedelta(hours=1),
        "paragraphs": list(paragraphs),
        "text": "\n\n".join(paragraphs),
        "word_count": sum(len(text.split()) for text in paragraphs),
        "content_hash": content_hash("A made-up headline", lead, paragraphs),
        "fetched_at": NOW,
        "extractor_version": "2",
        "layout": "2022-grid",
    }
    return Article(**{**values, **more})


def compared(page: Article, *entries: ListingEntry) -> Compared:
    witnesses = Witnesses()
    for one in entries:
        witnesses.hear(KEY, Source.FEED, one, NOW)
    return witnesses.compare(page, KEY, NOW)


def test_page_and_feed_with_the_same_words_agree() -> None:
    found = compared(article(), entry(html_of(*PROSE)))
    assert found == Compared(frozenset(), True, found.feed)
    assert found.in_feed(PROSE[1])
    assert not found.in_feed("Something else")


@pytest.mark.parametrize(
    "page",
    [
        PROSE[:2],
        [*PROSE, "Our channel has all the news before anyone else: join it!"],
        [PROSE[0], f"{LEAD} that is told once more", *PROSE[1:]],
    ],
    ids=["lost", "promo", "lead again"],
)
def test_what_only_one_of_them_has_is_doubtful(page: list[str]) -> None:
    found = compared(article(paragraphs=page), entry(html_of(*PROSE)))
    assert found.agrees is False
    assert found.doubts == {Doubt.DIFFERS_FROM_FEED}


def test_the_feeds_lead_may_be_another_one_or_the_pages_first_paragraph() -> None:
    assert compared(article(), entry(html_of(*PROSE, lead="Quite other words to sum it up for the list"))).agrees
    assert compared(article(paragraphs=[LEAD, *PROSE], lead=None), entry(html_of(*PROSE))).agrees


def test_cards_and_embeds_of_the_feed_are_no_text() -> None:
    card = (
        "<blockquote><span><strong>Read more</strong></span><figure><img src='/a.jpg' alt=''/>"
        "<figcaption><a href='/news/1000-x/'>Another article about another dam</a></figcaption></figure></blockquote>"
    )
    assert read_feed_text(html_of(PROSE[0]) + card, URL, NOW) == [LEAD, PROSE[0]]
    pointer = "<p><strong>READ MORE: <a href='/news/1000-x/'>Another article</a></strong></p><p>&nbsp;</p>"
    assert has_same_text(html_of(*PROSE) + card + pointer, PROSE)


@pytest.mark.parametrize("paragraphs", [[], PROSE[:2], [*PROSE, "One more"], [LEAD, *PROSE]])
def test_a_look_at_the_plain_paragraphs_proves_no_other_text(paragraphs: list[str]) -> None:
    assert not has_same_text(html_of(*PROSE), paragraphs)
    assert not has_same_text("", paragraphs)


def test_headings_and_quotes_are_told_by_a_look() -> None:
    html = f"{html_of(PROSE[0])}<h2>A&nbsp;heading</h2><blockquote><p>{PROSE[1]}</p></blockquote><p>{PROSE[2]}</p>"
    assert has_same_text(html, [PROSE[0], "A heading", *PROSE[1:]])
    assert not has_same_text(html, PROSE)
    assert not has_same_text(html, [PROSE[0], "A heading", PROSE[1]])


@pytest.mark.parametrize("lost", ["<ul><li>{}</li></ul>", "<ol><li>{}</li></ol>", "<blockquote>{}</blockquote>"])
def test_what_the_page_has_lost_is_seen(lost: str) -> None:
    more = lost.format("zolnar peket morim budar teloni kasan vol")
    assert not has_same_text(html_of(*PROSE) + more, PROSE)


def test_a_page_that_changed_after_the_feed_is_not_compared() -> None:
    feed = entry(html_of(*PROSE), as_of=NOW - timedelta(minutes=20), title="An earlier headline")
    assert compared(article(paragraphs=PROSE[:1], modified_at=NOW - timedelta(minutes=5)), feed) == Compared()
    assert compared(article(paragraphs=PROSE[:1], modified_at=NOW - timedelta(hours=1)), feed).agrees is False
    # A wrong date explains nothing.
    assert compared(article(paragraphs=PROSE[:1], modified_at=NOW + timedelta(hours=5)), feed).agrees is False


def test_titles_and_dates_are_compared_with_all_that_was_said() -> None:
    at = NOW - timedelta(hours=1)
    said = [entry(title="A made-up headline!", published_at=at), entry(title="An older one")]
    assert compared(article(), *said).doubts == frozenset()
    assert compared(article(headline="A made-up headline — RT"), *said).doubts == {Doubt.HEADLINE_DIFFERS}
    assert compared(article(), entry(title="A made-up...")).doubts == frozenset()
    assert compared(article(published_at=at - timedelta(hours=5)), *said).doubts == {Doubt.DATE_DIFFERS}
    assert compared(article(published_at=at + timedelta(minutes=20)), *said).doubts == frozenset()


def test_what_sources_say_is_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscrawler.run.doubts._MAX_TEXT", 500)
    witnesses = Witnesses()
    for number in range(10):
        witnesses.hear(("en", str(number)), Source.FEED, entry("x" * 100), NOW)
    assert list(witnesses._said) == [("en", str(number)) for number in range(5, 10)]


def test_a_feed_and_a_news_sitemap_tell_title_date_and_text() -> None:
    rss = (
        '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        "<lastBuildDate>Fri, 01 May 2026 11:58:07 +0000</lastBuildDate>"
        f"<item><title>A &amp; B</title><guid>{URL}</guid><pubDate>Fri, 01 May 2026 10:00:00 +0000</pubDate>"
        "<content:encoded><![CDATA[ <p>One</p> ]]>\n<![CDATA[ <p>Two</p> ]]></content:encoded></item>"
        f"<item><guid>{URL}</guid><pubDate>yesterday</pubDate></item></channel></rss>"
    )
    first, second = parse_feed(XmlResponse("https://www.rt.com/rss/news/", body=rss.encode()))
    assert (first.title, first.published_at) == ("A & B", datetime(2026, 5, 1, 10, tzinfo=UTC))
    assert first.as_of == datetime(2026, 5, 1, 11, 58, 7, tzinfo=UTC)
    assert read_feed_text(first.html, URL, NOW) == ["One", "Two"]
    assert (second.title, second.published_at, second.html) == ("", None, "")
    sitemap = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
        f"<url><loc>{URL}</loc><n:news><n:publication_date>2026-05-01T10:00:00Z</n:publication_date>"
        "<n:title>A &amp; B</n:title></n:news></url></urlset>"
    )
    [row] = parse_news_sitemap(XmlResponse("https://www.rt.com/newssitemap.xml", body=sitemap.encode()))
    assert (row.title, row.published_at) == (first.title, first.published_at)


def test_a_card_of_a_listing_tells_the_title() -> None:
    link = '<a href="/news/640001-a-made-up-headline/"> A made-up\n headline </a>'
    card = f'<div class="list-card__content--title">{link}</div>'
    [one] = parse_listing(HtmlResponse("https://www.rt.com/news/", body=card.encode(), encoding="utf-8")).entries
    assert (one.url, one.title) == (URL, "A made-up headline")


def test_a_card_of_a_listing_tells_the_date() -> None:
    """Its own alone: a teaser beside it, or a second date in it, proves nothing."""
    card = (
        '<div class="list-card"><div class="list-card__content--title"><a href="{0}">A made-up headline</a></div>'
        '<div class="card__date"><span class="date">{1}</span></div>{2}</div>'
    )
    cards = (
        card.format("/news/640001-a-made-up-headline/", "May 1, 2026 10:00", "")
        + card.format("/news/640002-b/", "3 hours ago", "")
        + card.format("/news/640003-c/", "May 1, 2026 10:00", '<div class="card__date">May 2, 2026 11:00</div>')
    )
    page = HtmlResponse("https://www.rt.com/news/", body=cards.encode(), encoding="utf-8")
    one, *others = parse_listing(page, now=NOW).entries
    assert one.published_at == datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
    assert [other.published_at for other in others] == [None, None]
    assert not any(other.published_at for other in parse_listing(page).entries)
    empty = HtmlResponse("https://www.rt.com/news/", body=b"<html></html>", encoding="utf-8")
    assert parse_listing(empty, now=NOW).entries == ()


def test_a_listing_of_thousands_of_dates_is_read_once() -> None:
    link = '<div class="list-card__content--title"><a href="/news/640001-a-made-up-headline/">A</a></div>'
    dates = '<div class="card__date">May 1, 2026</div><a href="#"></a>' * 18_000
    page = HtmlResponse("https://www.rt.com/news/", body=f"<p>{link}{dates}".encode(), encoding="utf-8")
    started = time.process_time()
    parse_listing(page, now=NOW)
    assert time.process_time() - started < 5


def test_each_source_s_dates_are_compared() -> None:
    """A template that moves page and cards by the same hours does not hide it from the feed."""
    page = article()
    assert page.published_at is not None
    witnesses = Witnesses()
    witnesses.hear(KEY, Source.LISTING, entry("", published_at=page.published_at), NOW)
    witnesses.hear(KEY, Source.FEED, entry("", published_at=page.published_at - timedelta(hours=3)), NOW)
    assert witnesses.compare(page, KEY, NOW).doubts == {Doubt.DATE_DIFFERS}


def read(crawl: Crawl, page: Article, html: str = "") -> Article:
    """Plan, decide and write a page."""
    assert page.url is not None
    ref = article_ref(page.url, Source.URL)
    if html:
        crawl.run.hear(ref.key, Source.FEED, entry(html))
    crawl.run.plan([request(page.url, Source.URL)])
    try:
        crawl.run.decide(page)
    except DropArticle as dropped:
        crawl.run.finish(ref, dropped.outcome, dropped.reason)
    else:
        crawl.run.write(page)
    return page


def test_a_one_off_run_compares_too(start: Callable[..., Crawl]) -> None:
    crawl = start(OneOffRun)
    page = read(crawl, article(paragraphs=PROSE[:1]), html_of(*PROSE))
    assert page.doubts == [Doubt.DIFFERS_FROM_FEED]
    assert (crawl.count("feed_text/compared"), crawl.count("feed_text/agrees")) == (1, 0)
    assert crawl.count("doubts/differs_from_feed") == 1


def test_a_doubt_counts_once_an_article(start: Callable[..., Crawl]) -> None:
    first = start()
    read(first, article(doubts=[Doubt.UNKNOWN_BLOCK]))
    assert first.count("doubts/unknown_block") == 1
    first.run.finish_all()
    first.run.close()
    again = start()
    again.now = NOW + timedelta(hours=3)
    read(again, article(doubts=[Doubt.UNKNOWN_BLOCK, Doubt.UNCLAIMED_TEXT]))
    assert (again.count("doubts/unknown_block"), again.count("doubts/unclaimed_text")) == (0, 1)
    again.run.finish_all()
    again.run.close()
    third = start()
    third.now = NOW + timedelta(hours=6)
    read(third, article(doubts=[Doubt.UNCLAIMED_TEXT]))
    assert third.count("doubts/unclaimed_text") == 0


def test_a_paragraph_recurs_from_the_fourth_article_on(start: Callable[..., Crawl], tmp_path: Path) -> None:
    crawl = start()
    line = "This line closes each of the invented articles."
    pages = [article(640001 + n, [f"Article {n} has words of its own.", line]) for n in range(5)]
    doubts = [read(crawl, page, html_of(line) if page is pages[-1] else "").doubts for page in pages]
    assert doubts[:4] == [[], [], [], [Doubt.RECURRING_PARAGRAPH]]
    assert Doubt.RECURRING_PARAGRAPH in doubts[4]
    crawl.run.finish_all()
    crawl.run.close()
    with Ledger.open(tmp_path / "data" / LEDGER_NAME) as ledger:
        [one] = ledger.paragraphs.recurring("en")
        assert (one.text, one.articles, one.since, one.before, one.first_at) == (line, 5, 5, 0, NOW)
        assert one.in_feed
        assert ledger.paragraphs.recurring("fr") == []


def test_short_paragraphs_and_details_to_follow_do_not_recur(start: Callable[..., Crawl]) -> None:
    crawl = start()
    for n in range(6):
        assert (
            read(crawl, article(640001 + n, [f"Words of article {n}.", "The background", "DETAILS TO FOLLOW"])).doubts
            == []
        )


def test_a_revision_that_lost_most_of_its_words_has_shrunk(start: Callable[..., Crawl]) -> None:
    first = start()
    long = [f"Paragraph {n} " + "tells of an invented dam " * 5 for n in range(6)]
    read(first, article(paragraphs=long))
    first.run.finish_all()
    first.run.close()
    again = start()
    again.now = NOW + timedelta(hours=3)
    later = NOW + timedelta(hours=3)
    assert read(again, article(paragraphs=long[:2], fetched_at=later)).doubts == [Doubt.SHRUNK]


def test_a_page_that_says_again_what_it_said_explains_its_revision(start: Callable[..., Crawl]) -> None:
    """A template that was mended brings all pages back: no mass of edits."""
    explained = []
    for hours, paragraphs in enumerate((PROSE, PROSE[:1], PROSE, [*PROSE, "And one more sentence of the dam."])):
        crawl = start()
        crawl.now = NOW + timedelta(hours=3 * hours)
        read(crawl, article(paragraphs=paragraphs, fetched_at=crawl.now))
        explained.append(crawl.count("explained_revisions"))
        crawl.run.finish_all()
        crawl.run.close()
    assert explained == [0, 0, 1, 0]


def test_paragraphs_are_kept_within_weeks_and_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscrawler.ledger.paragraphs.MAX_ROWS", 20)
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        paragraphs = ledger.paragraphs
        old = ledger.runs.begin("old", NOW - timedelta(days=40), extractor_version="1")
        new = ledger.runs.begin("new", NOW, extractor_version="1")

        def save(story: int, run: int, count: int) -> None:
            texts = [f"{story} text {n}" for n in range(count)]
            with ledger._database.transaction() as connection:
                paragraphs.save(connection, story, "en", run, PageNotes(100, paragraphs=texts, recurring=texts[:1]))

        def rows() -> list[int]:
            return [row[0] for row in ledger._database.all("SELECT DISTINCT story FROM paragraphs ORDER BY story")]

        save(1, old.number, 3)
        save(2, new.number, 3)
        paragraphs.prune(NOW - timedelta(days=28))
        assert rows() == [2]
        assert [one.text for one in paragraphs.recurring()] == ["2 text 0"]
        for story in range(3, 12):
            save(story, new.number, 3)
        paragraphs.prune(NOW - timedelta(days=28))
        assert rows() == [6, 7, 8, 9, 10, 11]


def test_doubts_of_a_dataset_are_those_of_its_newest_lines(start: Callable[..., Crawl], tmp_path: Path) -> None:
    first = start()
    read(first, article(doubts=[Doubt.UNKNOWN_BLOCK]))
    read(first, article(640002, ["Another text."], doubts=[Doubt.UNKNOWN_BLOCK, Doubt.UNCLAIMED_TEXT]))
    first.run.finish_all()
    first.run.close()
    again = start()
    again.now = NOW + timedelta(days=1)
    read(again, article(paragraphs=["A text that was mended."], fetched_at=again.now))
    again.run.finish_all()
    again.run.close()
    found = read_doubts(tmp_path / "data")
    assert found.articles == 2
    assert {kind: counts.articles for kind, counts in found.kinds.items()} == {"unclaimed_text": 1, "unknown_block": 1}
    assert found.kinds["unknown_block"].layouts == {"2022-grid": 1}
    assert found.kinds["unknown_block"].days == {NOW.date(): 1}
    assert list(found.kinds["unknown_block"].examples) == ["https://www.rt.com/news/640002-a-made-up-headline/"]
    assert read_doubts(tmp_path / "data", since=again.now.date()).kinds == {}
    assert read_doubts(tmp_path / "data", until=NOW.date()).articles == 1
