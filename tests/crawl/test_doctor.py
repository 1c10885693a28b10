"""`scrapy doctor` on the replica, in the states in which a newcomer may find the site."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newscrawler.exceptions import plain_error
from tests.clock import VARIABLE
from tests.harness import NOW, Run, run_scrapy
from tests.replica import Server
from tests.replica.answers import Answer

SHAPED = b"<!DOCTYPE html><html><head><title>x</title></head><body><main><h2>New look</h2>%s</main></body></html>"


@pytest.fixture
def doctor(tmp_path: Path) -> Callable[..., Run]:
    """Run the command against a replica, some of whose paths are answered otherwise."""

    def start(server: Server, changed: dict[str, Answer] | None = None, *args: str, at: datetime | None = None) -> Run:
        usual = server.answers.answer

        def answer(target: str) -> Answer:
            return next((found for path, found in (changed or {}).items() if target.startswith(path)), usual(target))

        server.answers.answer = answer  # type: ignore[method-assign]
        options = ["-s", f'NEWSCRAWLER_MIRRORS={{"www.rt.com": "{server.url}"}}', "-s", "DOWNLOAD_DELAY=0"]
        done = run_scrapy(tmp_path, ["doctor", *args, *options], env={VARIABLE: (at or datetime.now(UTC)).isoformat()})
        assert not (tmp_path / "data").exists()
        assert len(server.requests) <= 6
        return done

    return start


def states(done: Run) -> dict[str, str]:
    """The state of each finding."""
    return {line[:13].strip(): line[15:22].strip() for line in done.out.splitlines() if line[:13].strip()}


def test_all_is_well(replica: Callable[..., Server], doctor: Callable[..., Run], tmp_path: Path) -> None:
    done = doctor(replica(), None, "--bundle", "report.zip")
    assert done.code == 0, done.log
    pages = ("robots.txt", "listing", "feed", "news sitemap", "sitemap index", "article")
    assert states(done) == dict.fromkeys((*pages, "agreement", "time zone", "clock"), "good")
    assert "it forbids more of the listing" in done.out
    assert "behind a button that robots.txt forbids" in done.out
    bundle = zipfile.ZipFile(tmp_path / "report.zip")
    assert bundle.read("doctor.txt").decode().strip() == done.out.strip()
    assert b"<h1" in bundle.read("article.txt")


@pytest.mark.slow
def test_a_bundle_has_the_structure_and_no_word_of_the_site(
    replica: Callable[..., Server], doctor: Callable[..., Run], tmp_path: Path
) -> None:
    server = replica()
    # A feed in CDATA, and an article that is not recognised, whose URL the findings name.
    feed = server.answers.answer("/rss/news/").body.decode()
    feed = re.sub(r"<title>([^<]*)</title>", r"<title><![CDATA[\1]]></title>", feed)
    redesigned = Answer(200, SHAPED % (b"<p>Words</p>" * 9))
    changed = {"/rss/": Answer(200, feed.encode(), "text/xml"), "/news/5": redesigned, "/news/6": redesigned}
    assert doctor(server, changed, "--bundle", "report.zip").code == 3
    bundle = zipfile.ZipFile(tmp_path / "report.zip")
    texts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert set(texts) == {
        *("doctor.txt", "robots.txt", "listing.txt", "feed.txt", "news-sitemap.txt", "sitemap-index.txt", "article.txt")
    }
    assert "Disallow: " in texts["robots.txt"]
    assert "<![CDATA[" in texts["feed.txt"]
    assert re.search(r"https://www\.rt\.com/news/\d+-", texts["doctor.txt"])
    said = "".join(texts.values())
    for story in server.site.stories:
        assert story.path.rstrip("/").rpartition("-")[0] not in said
        assert story.headline not in said


@pytest.mark.parametrize(
    ("site", "changed", "code", "what", "state", "says"),
    [
        ({"refusal": "forbidden"}, {}, 4, "listing", "blocked", "docs/operate/blocked.md"),
        ({"refusal": "challenge_200"}, {}, 4, "listing", "blocked", "blocked (challenge)"),
        ({}, {"/news/": Answer(200, SHAPED % b"<p>Words</p>")}, 3, "listing", "bad", "no known form of listing"),
        ({}, {"/rss/": Answer(404, b"gone")}, 3, "feed", "bad", "the site answers 404"),
        ({}, {"/sitemap.xml": Answer(301, location="/maps/")}, 3, "sitemap index", "bad", "has moved to /maps/"),
        ({"robots": "deny"}, {}, 0, "listing", "note", "robots.txt forbids"),
        ({"robots": "deny"}, {}, 0, "robots.txt", "good", "it forbids listing, feed, news sitemap, sitemap index"),
        ({"robots": "error"}, {}, 3, "robots.txt", "bad", "no request is sent without it"),
    ],
    ids=[
        *("blocked", "challenge", "listing-redesigned", "feed-gone", "sitemap-moved"),
        *("robots-forbids", "robots-says-so", "robots-gone"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_what_is_wrong_is_named_with_its_remedy(
    site: dict[str, Any],
    changed: dict[str, Answer],
    code: int,
    what: str,
    state: str,
    says: str,
    replica: Callable[..., Server],
    doctor: Callable[..., Run],
) -> None:
    done = doctor(replica(**site), changed)
    assert done.code == code, done.log
    assert states(done)[what] == state
    assert says in done.out


@pytest.mark.slow
def test_a_redesigned_article_leads_to_explain(replica: Callable[..., Server], doctor: Callable[..., Run]) -> None:
    server = replica()
    listed = server.answers.answer("/news/").body
    changed = dict.fromkeys(("/news/5", "/news/6"), Answer(200, SHAPED % (b"<p>Many words</p>" * 40)))
    assert b"/news/6" in listed
    done = doctor(server, changed)
    assert done.code == 3, done.log
    assert states(done)["article"] == "bad"
    assert "-> scrapy explain https://www.rt.com/news/" in done.out


@pytest.mark.slow
def test_an_article_is_compared_with_what_the_sources_say_of_it(
    replica: Callable[..., Server], doctor: Callable[..., Run]
) -> None:
    """As when a template moves the text, or prints its times in another zone: the page alone looks right."""
    server = replica()
    usual = server.answers.answer

    def shifted(target: str) -> Answer:
        found = usual(target)
        if not re.match(r"/news/\d", target):
            return found
        body = re.sub(rb"T\d\d:", b"T23:", found.body)
        return replace(found, body=re.sub(rb"<p>[^<]{80,}</p>", b"<p>Other words</p>", body))

    server.answers.answer = shifted  # type: ignore[method-assign]
    done = doctor(server)
    assert done.code == 3, done.log
    assert states(done)["agreement"] == "bad"
    assert states(done)["time zone"] == "bad"


@pytest.mark.slow
def test_a_clock_that_is_off_is_told(replica: Callable[..., Server], doctor: Callable[..., Run]) -> None:
    done = doctor(replica(), at=NOW)
    assert states(done)["clock"] == "bad"
    assert "behind the site's" in done.out
    assert done.code == 3


@pytest.mark.slow
def test_a_mirror_that_is_not_there_is_said_in_plain_words(tmp_path: Path) -> None:
    done = run_scrapy(tmp_path, ["doctor", "-s", 'NEWSCRAWLER_MIRRORS={"www.rt.com": "http://127.0.0.1:9"}'])
    assert done.code == 3
    assert "nothing listens there" in done.out or "no request is sent without it" in done.out
    assert "Traceback" not in done.log


def test_errors_are_in_plain_words() -> None:
    assert "DNS" in plain_error(type("CannotResolveHostError", (OSError,), {})("x"))
    assert "TLS" in plain_error(OSError("certificate verify failed"))
    assert plain_error(TimeoutError()) == "no response in time"


def test_only_spiders_of_the_live_site_are_asked(tmp_path: Path) -> None:
    done = run_scrapy(tmp_path, ["doctor", "rt_archive"])
    assert done.code == 2
    assert done.only_line.startswith("newscrawler: error: rt_archive: no spider of the live site; there are: ")
