"""`scrapy doctor` on the replica, in the states in which a newcomer may find the site."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
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
    assert states(done) == dict.fromkeys(
        ("robots.txt", "listing", "feed", "news sitemap", "sitemap index", "article", "clock"), "good"
    )
    assert "behind a button that robots.txt forbids" in done.out
    bundle = zipfile.ZipFile(tmp_path / "report.zip")
    assert bundle.read("doctor.txt").decode().strip() == done.out.strip()
    assert b"<h1" in bundle.read("article.txt")


@pytest.mark.parametrize(
    ("site", "changed", "code", "what", "state", "says"),
    [
        ({"refusal": "forbidden"}, {}, 4, "listing", "blocked", "docs/operate/blocked.md"),
        ({"refusal": "challenge_200"}, {}, 4, "listing", "blocked", "blocked (challenge)"),
        ({}, {"/news/": Answer(200, SHAPED % b"<p>Words</p>")}, 3, "listing", "bad", "no known form of listing"),
        ({}, {"/rss/": Answer(404, b"gone")}, 3, "feed", "bad", "the site answers 404"),
        ({}, {"/sitemap.xml": Answer(301, location="/maps/")}, 3, "sitemap index", "bad", "has moved to /maps/"),
        ({"robots": "deny"}, {}, 0, "listing", "note", "robots.txt forbids"),
        ({"robots": "error"}, {}, 3, "robots.txt", "bad", "no request is sent without it"),
    ],
    ids=["blocked", "challenge", "listing-redesigned", "feed-gone", "sitemap-moved", "robots-forbids", "robots-gone"],
)  # fmt: skip
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


def test_a_redesigned_article_leads_to_explain(replica: Callable[..., Server], doctor: Callable[..., Run]) -> None:
    server = replica()
    listed = server.answers.answer("/news/").body
    changed = {"/news/6": Answer(200, SHAPED % (b"<p>Many words</p>" * 40))}
    assert b"/news/6" in listed
    done = doctor(server, changed)
    assert done.code == 3, done.log
    assert states(done)["article"] == "bad"
    assert "-> scrapy explain https://www.rt.com/news/" in done.out


def test_a_clock_that_is_off_is_told(replica: Callable[..., Server], doctor: Callable[..., Run]) -> None:
    done = doctor(replica(), at=NOW)
    assert states(done)["clock"] == "bad"
    assert "behind the site's" in done.out
    assert done.code == 3


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
