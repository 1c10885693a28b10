"""Addresses, text and discovery: what the site says about itself is what it does."""

from __future__ import annotations

import ast
import gzip
import re
from collections import Counter
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from lxml import etree
from parsel import Selector

from tests.replica import DEFAULT_NOW, FAULTS, HOST, Site
from tests.replica.answers import Answers
from tests.replica.faults import FAULT_COUNTS
from tests.replica.listings import more_path
from tests.replica.spans import clean

STATUS = {
    "gone": 404,
    "withdrawn": 410,
    "forbidden": 403,
    "server_error": 503,
    "flaky": 503,
    "redirect_chain": 301,
    "redirect_hop": 302,
    "too_many_redirects": 302,
    "offsite_redirect": 302,
}


def hrefs(html: str) -> set[str]:
    """The addresses of the headlines of a listing, canonical."""
    found = re.findall(
        r'(?:list-card__content--title link_hover"><a|main-promobox__heading link link_hover") href="([^"?#]+)',
        html,
    )
    return {re.sub(r"^(https?://(www\.)?rt\.com)?/", HOST + "/", href) for href in found}


def test_same_arguments_same_bytes() -> None:
    first, second = (Answers(Site.build(60, seed=5, huge_bytes=100_000)) for _ in range(2))
    assert list(first.site.addresses) == list(second.site.addresses)
    for path in [*first.site.addresses, "/news/", "/rss/news/", "/newssitemap.xml", "/sitemap.xml"]:
        one, two = first.answer(path), second.answer(path)
        assert (one.status, one.body, one.location, one.length) == (
            two.status,
            two.body,
            two.location,
            two.length,
        )


def test_other_seed_other_text() -> None:
    one, two = (Site.build(30, seed=seed, faults="none") for seed in (1, 2))
    # Only the story of December 2019 is the same everywhere.
    assert {story.headline for story in one.stories} & {story.headline for story in two.stories} == {
        one.seed_story.headline
    }


def test_every_address_answers_as_its_kind_says(site: Site) -> None:
    answers = Answers(site)
    for path, address in site.addresses.items():
        answer = answers.answer(path)
        assert answer.status == STATUS.get(address.kind, 200), path
        if address.kind == "flaky":
            assert answers.answer(path).status == 200
        if address.kind in ("offsite_redirect",):
            assert not answer.location.startswith("/")


def test_redirect_chain_ends_at_its_story(site: Site, answers: Answers) -> None:
    chains = [address for address in site.addresses.values() if address.kind == "redirect_chain"]
    assert len(chains) == FAULT_COUNTS["redirect_chain"]
    for chain in chains:
        first = answers.answer(chain.path)
        second = answers.answer(first.location)
        assert (first.status, second.status) == (301, 302)
        assert answers.answer(second.location).status == 200
        assert chain.head
        assert second.location == chain.head.path


# Kind -> what its page holds, what it does not.
BROKEN: dict[str, tuple[bytes, bytes]] = {
    "truncated": (b"article__text", b"</html>"),
    "no_date": (b"article__text", b"datePublished"),
    "challenge": (b"DDOS-GUARD", b"article"),
    "unknown_layout": (b"Story-root", b"article__"),
    "no_body": (b'<div class="article__text text "></div>', b"<p>Like"),
    "show": (b"program__title", b"article__text"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_pages(site: Site, answers: Answers, kind: str) -> None:
    bodies = [answers.answer(path).body for path, address in site.addresses.items() if address.kind == kind]
    assert len(bodies) == FAULT_COUNTS[kind]
    for body in bodies:
        assert BROKEN[kind][0] in body
        assert BROKEN[kind][1] not in body


def test_windows_1252_is_no_utf_8_and_loses_nothing(site: Site, answers: Answers) -> None:
    for path in [path for path, address in site.addresses.items() if address.kind == "windows_1252"]:
        body, story = answers.answer(path).body, site.story(path)
        with pytest.raises(UnicodeDecodeError):
            body.decode()
        assert story
        page = Selector(body.decode("cp1252"))
        prose = [
            clean(node.xpath("string()").get("")) for node in page.css("div.article__text").xpath("./p | ./h2 | ./h3")
        ]
        assert set(filter(None, prose)) <= set(story.paragraphs)
        assert clean(page.css("h1").xpath("string()").get("")) == clean(story.headline)


def test_foreign_page_claims_another_address(site: Site, answers: Answers) -> None:
    for path in [path for path, address in site.addresses.items() if address.kind == "foreign_page"]:
        assert HOST + path not in answers.answer(path).body.decode()


def test_huge_page_is_made_as_it_is_sent(site: Site, answers: Answers) -> None:
    answer = answers.answer(next(path for path, address in site.addresses.items() if address.kind == "huge"))
    assert answer.body == b""
    assert answer.pieces
    assert sum(map(len, answer.pieces)) == answer.length >= 2_000_000


def test_aliases_share_the_id(site: Site) -> None:
    for kind in ("second_section", "second_slug"):
        aliases = [address for address in site.addresses.values() if address.kind == kind]
        assert len(aliases) == 2
        for alias in aliases:
            assert alias.head
            assert alias.path != alias.head.path
            assert f"/{alias.head.number}-" in alias.path


def test_ids_are_unique_and_grow_with_time(site: Site) -> None:
    stories = list(site.stories)
    assert len({story.id for story in stories}) == len(stories) >= 400
    numbers = [story.number for story in stories]
    assert numbers == sorted(numbers)


def test_shares_of_sections_and_forms(site: Site) -> None:
    sections = Counter(story.section for story in site.stories)
    assert 0.5 < sections["news"] / len(site.stories) < 0.7
    assert len(sections) >= 10


def test_every_fault_is_met_by_a_crawl_of_world_news(site: Site) -> None:
    kinds = Counter(site.reachable("news", ["listing", "feed", "newssitemap"]).values())
    for kind in FAULTS - {"show", "podcast"}:
        wanted = 1 if kind in ("huge", "second_section") else 2
        assert kinds[kind] >= wanted, kind


def test_without_faults_all_is_well() -> None:
    site = Site.build(50, faults="none")
    assert {address.kind for address in site.addresses.values()} == {"article"}
    chosen = Site.build(50, faults=["gone", "huge"])
    assert {address.kind for address in chosen.addresses.values()} == {"article", "gone", "huge"}
    with pytest.raises(ValueError, match="unknown fault gnoe"):
        Site.build(5, faults="gnoe")


def test_unrelated_stories_are_not_alike(site: Site) -> None:
    shingles = []
    for story in list(site.stories)[::3]:
        words = " ".join([story.lead or "", *story.paragraphs]).lower().split()
        shingles.append({tuple(words[index : index + 5]) for index in range(len(words) - 4)})
    for one, two in combinations(shingles, 2):
        assert len(one & two) < 0.05 * len(one | two)


@pytest.mark.parametrize("form", ["2022", "2017", "2014"])
def test_listing_forms_show_the_newest(form: str) -> None:
    site = Site.build(60, faults="none", listing_form=form)
    html = Answers(site).answer("/news/").body.decode()
    for entry in site.newest(20, "news"):
        assert entry.path in html
    assert 'id="listingBtn"' in html
    assert more_path("news", 20, 1) in html


def test_fragments_page_through_all_stories(site: Site, answers: Answers) -> None:
    found = hrefs(answers.answer("/news/").body.decode())
    assert found == set(site.reachable("news", ["listing"]))
    page = 1
    while body := answers.answer(more_path("news", 20, page)).body:
        found |= hrefs(body.decode())
        page += 1
    assert found == set(site.reachable("news", ["listing"], load_more=True))
    assert page > 10


def test_feed_has_clean_guids_and_full_text(site: Site, answers: Answers) -> None:
    for path, section in (("/rss/", ""), ("/rss/news/", "news")):
        root = etree.fromstring(answers.answer(path).body)
        items = root.findall("channel/item")
        assert [item.findtext("guid") for item in items] == [entry.url for entry in site.newest(100, section)]
        assert all("?utm_source=rss" in item.findtext("link", "") for item in items)
        content = "{http://purl.org/rss/1.0/modules/content/}encoded"
        assert all("<p><strong>" in item.findtext(content, "") for item in items)


def locations(body: bytes) -> list[str]:
    """The addresses in a sitemap."""
    return [loc.text or "" for loc in etree.fromstring(body).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def test_sitemaps_hold_every_listed_address(site: Site, answers: Answers) -> None:
    years = locations(answers.answer("/sitemap.xml").body)
    found: set[str] = set()
    zipped = 0
    for loc in years:
        body = answers.answer(loc.removeprefix(HOST)).body
        if body.startswith(b"\x1f\x8b"):
            zipped += 1
            body = gzip.decompress(body)
        found |= set(locations(body))
    assert 0 < zipped < len(years)
    assert found == {entry.url for entry in site.entries()}
    newest = locations(answers.answer("/newssitemap.xml").body)
    assert newest == [entry.url for entry in site.newest(100)]


@pytest.mark.parametrize(
    ("mode", "status", "word"),
    [
        ("rt", 200, "/listing/"),
        ("open", 200, "Allow: /"),
        ("deny", 200, "Disallow: /"),
        ("none", 404, ""),
        ("error", 503, ""),
    ],
)
def test_robots(mode: str, status: int, word: str) -> None:
    answer = Answers(Site.build(5, faults="none", robots=mode)).answer("/robots.txt")
    assert answer.status == status
    assert word in answer.body.decode()
    assert (b"Sitemap: https://www.rt.com/sitemap.xml" in answer.body) == (status == 200)


def test_stories_appear_and_change_as_time_passes() -> None:
    site = Site.build(300, faults="none", until=DEFAULT_NOW)
    final = {story.path: story for story in site.stories}
    site.now = lambda: DEFAULT_NOW - timedelta(days=1)
    early = list(site.stories)
    assert len(early) < len(final)
    moments = [edit for address in site.addresses.values() if address.head for edit in address.head.edits]
    edited = max(moments)
    site.now = lambda: edited - timedelta(seconds=1)
    changed = [story for story in site.stories if story.truth() != final[story.path].truth()]
    assert changed
    assert all(story.developing and len(story.paragraphs) <= len(final[story.path].paragraphs) for story in changed)


def test_small_and_large_sites_build() -> None:
    assert len(Site.build(1, faults="none").stories) == 1
    assert len(Site.build(5000, faults="none").stories) == 5000


def test_replica_knows_nothing_of_the_crawler() -> None:
    for module in (Path(__file__).parents[2] / "replica").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "newscrawler" for name in names), module
