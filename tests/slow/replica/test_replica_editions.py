"""The other editions of the replica: pages are sound, say what their truth says, and have the quirks they should."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from parsel import Selector

from tests.replica import __main__ as command
from tests.replica import story as s
from tests.replica.editions import EDITIONS, EditionAnswers, EditionSite
from tests.replica.spans import clean

VOID = frozenset({"meta", "link", "img", "source", "br", "hr", "input"})
SCRIPTS = {"ar": r"[\u0600-\u06ff\ufefb]", "ru": r"[а-яё]", "sr": r"[ђјљњћџа-ш]", "sr-latn": r"[a-zđžćčš]"}


class Balance(HTMLParser):
    """Whether each tag that opens is closed in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """It opens nothing."""

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def site_of(code: str, articles: int = 80, **options: object) -> EditionSite:
    return EditionSite.of(EDITIONS[code], articles=articles, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=EDITIONS)
def site(request: pytest.FixtureRequest) -> EditionSite:
    return site_of(request.param)


def pages(site: EditionSite) -> list[tuple[s.Story, str]]:
    answers = EditionAnswers(site)
    return [(story, answers.answer(story.url.removeprefix(site.host)).body.decode()) for story in site.stories]


def unbalanced(page: str) -> list[str]:
    balance = Balance()
    balance.feed(page)
    return balance.wrong + balance.open


def test_pages_are_well_formed(site: EditionSite) -> None:
    assert [story.path for story, page in pages(site) if unbalanced(page)] == []
    answers = EditionAnswers(site)
    for section in site.edition.sections:
        page = answers.answer(f"/{section}{site.edition.slash}")
        assert page.status == 200
        assert not unbalanced(page.body.decode())


def test_pages_say_what_is_true(site: EditionSite) -> None:
    letters = site.edition.letters
    for story, page in pages(site):
        truth = story.truth()
        seen = Selector(page)
        text = clean("".join(seen.xpath("//body//text()[not(ancestor::script)]").getall()))
        words = [truth["headline"], truth["lead"], truth["subheadline"], *truth["paragraphs"], *truth["authors"]]
        words += [*truth["tags"], *truth["breadcrumbs"], *(related["title"] for related in truth["related"])]
        for word in filter(None, words):
            assert (word.translate(letters) if letters else word) in text
        assert clean(seen.css("h1").xpath("string()").get("")) in text
        if truth["image"]:
            assert truth["image"]["url"] in page or site.host in truth["image"]["url"]
            for name in filter(None, (truth["image"]["caption"], truth["image"]["credit"])):
                assert (name.translate(letters) if letters else name) in text
        assert all(embed["url"].removeprefix("https:") in page for embed in truth["embeds"])


def test_the_same_arguments_give_the_same_bytes(site: EditionSite) -> None:
    code = next(code for code, edition in EDITIONS.items() if edition is site.edition)
    assert pages(site) == pages(site_of(code))
    assert pages(site) != pages(site_of(code, seed=2))


def test_every_design_is_worn_by_recent_stories_and_by_old_ones(site: EditionSite) -> None:
    old = {head.layout for head in site.heads if head.published_at.year < 2026}
    recent = {head.layout for head in site.heads if head.published_at.year == 2026}
    assert old == recent == set(site.edition.generations)


@pytest.mark.parametrize(("code", "letters"), SCRIPTS.items())
def test_words_are_in_the_letters_of_the_language(code: str, letters: str) -> None:
    for story, page in pages(site_of(code, 20)):
        headline = Selector(page).css("h1").xpath("string()").get("")
        found = re.findall(r"[^\W\d_]", headline.lower())
        assert len(found) > 20
        assert all(re.match(letters, letter) or letter in "\u0640" for letter in found), story.path


def test_latin_serbian_pages_are_the_cyrillic_ones() -> None:
    cyrillic, latin = site_of("sr"), site_of("sr-latn")
    assert list(cyrillic.addresses) == list(latin.addresses)
    assert latin.host == "https://lat.rt.rs"
    for _, page in pages(latin):
        assert not re.search(r"[а-шђјљњћџ]", Selector(page).css(".ArticleView-root").xpath("string()").get("").lower())


def test_load_more_reaches_the_end(site: EditionSite) -> None:
    answers, listing = EditionAnswers(site), site.listing
    section = next(iter(site.edition.sections))
    size = site.options.page_size
    assert listing.more.format(section=section, size=size, page=1) in (
        answers.answer(f"/{section}{site.edition.slash}").body.decode()
    )
    cards = ""
    for page in range(10):
        answer = answers.answer(listing.more.format(section=section, size=size, page=page))
        assert answer.status == 200
        cards += answer.body.decode()
    assert not answer.body
    for entry in site.entries(section):
        assert entry.url.removeprefix(site.host) in cards


def test_feeds_and_sitemaps_are_xml(site: EditionSite) -> None:
    answers, edition = EditionAnswers(site), site.edition
    if edition.feed:
        feed = ElementTree.fromstring(answers.answer(edition.feed).body)
        links = [link.text or "" for link in feed.findall("./channel/item/link")]
        assert links == [entry.url + edition.feed_query for entry in site.newest(edition.feed_length)]
    index = ElementTree.fromstring(answers.answer("/sitemap.xml").body)
    parts = [loc.text or "" for loc in index.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert parts
    assert all(part.startswith(f"{site.host}/sitemap_") for part in parts)
    assert all(answers.answer(part.removeprefix(site.host)).status == 200 for part in parts)
    assert ElementTree.fromstring(answers.answer("/newssitemap.xml").body) is not None
    assert site.host.encode() in answers.answer("/robots.txt").body


def test_sitemaps_come_in_parts() -> None:
    index = EditionAnswers(site_of("ru", sitemap_length=20)).answer("/sitemap.xml").body.decode()
    assert "/sitemap_2026_2.xml" in index


@pytest.mark.parametrize(
    ("code", "quirk"),
    [
        ("ar", r'class="intro"'),
        ("ar", r'<p>المصدر: [^<]+</p>\s*<div class="article__social-wrapper">'),
        ("de", r"<time [^>]*datetime=\"2019-02-06T08:20:22\+00:00\""),
        ("de", r"<p><em>von "),
        ("de", "Mehr zum Thema"),
        ("es", r'name="mediator_author" content="TereshaB"'),
        ("es", r'class="twitter-tweet lazyload" class="twitter-tweet"'),
        ("es", r'onload="return \{\s+socials'),
        ("fr", r"og:image[^>]+>(?s:.*)og:image[^>]+fb\.jpg"),
        ("fr", r'class="text__summary"'),
        ("fr", r"Lire aussi :</strong>"),
        ("ru", r'datetime="\d{4}-\d\d-\d \d\d:\d\d"'),
        ("ru", r'<h2 class="article__subtitle">'),
        ("ru", r"pl-17\.jpg"),
        ("sr", "author-simple-card__title"),
    ],
)
def test_quirks_are_there(code: str, quirk: str) -> None:
    assert any(re.search(quirk, page) for _, page in pages(site_of(code, 120)))


def test_some_were_changed_before_they_were_published(site: EditionSite) -> None:
    changed = [(story.published_at, story.modified_at) for story in site.stories if story.modified_at]
    assert any(modified < published for published, modified in changed)
    assert any(modified > published for published, modified in changed)


def test_flash_items_are_a_lead_alone() -> None:
    flashes = [(story, page) for story, page in pages(site_of("ru")) if not story.blocks]
    assert flashes
    assert all("article__text" not in page and story.lead for story, page in flashes)


def test_faults_of_the_english_pages_are_refused() -> None:
    with pytest.raises(ValueError, match="of the English edition"):
        site_of("ru", faults="truncated")
    kinds = {address.kind for address in site_of("ru", faults="all").addresses.values()}
    assert kinds >= {"gone", "flaky", "article"}


@pytest.mark.parametrize(
    "arguments", [("--listing-form", "1999"), ("--scripted", "shell"), ("--faults", "truncated"), ("--edition", "xx")]
)
def test_wrong_arguments_are_one_line(capsys: pytest.CaptureFixture[str], arguments: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(["--edition", "ru", *arguments])
    assert stop.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_truth_of_an_edition_is_written(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    command.write_truth(site_of("ar", 10), path)
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) == 10
    assert '"edition": "ar"' in lines[0]


def test_the_demo_names_the_editions() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.replica.demo", "-a", "edition=xx"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "edition=ru" in done.stderr
