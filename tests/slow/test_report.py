"""`scrapy report` as a user runs it, and its page in a real Chromium: what is drawn, said, asked for and escaped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from newscrawler.dataset.files import finished_files, read_lines
from newscrawler.ledger import LEDGER_NAME, Ledger, new_run_id
from newscrawler.monitoring.stats import RunFigures
from newscrawler.report.articles import site_url
from tests.clock import VARIABLE
from tests.command_runs import DAY, scrapy
from tests.dataset_driver import START
from tests.slow.report_dataset import make_report_dataset

QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
MARKUP = '<img src=x onerror="document.title=1"><script>document.title=1</script>&amp;</style>{{7*7}}'
HOSTILE: dict[str, Any] = {
    "headline": f"{MARKUP} \u202eevil\u202c \u0007",
    "section": f"</svg>{MARKUP}",
    "layout": f'"><b>{MARKUP}',
    "authors": [MARKUP],
    "url": "javascript:document.title=1",
    "paragraphs": [f"{MARKUP} [-never-] {{+said+}} \x01\x03" + " word" * 60, "An ordinary end."],
}


@dataclass
class Seen:
    """A page in the browser, and what it did."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    #: Addresses of requests that the page's policy forbade.
    refused: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none the tests fail: a page that nobody looked at is not tested."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no chromium; install it, as .ci/run does"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield started
        started.close()


def look(browser: Browser, file: Path, *, scheme: Any = "light", width: int = 1200) -> Seen:
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    seen = Seen(page)
    page.on("console", lambda message: seen.said.append(message.text))
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.on("request", lambda request: seen.asked.append(request.url))
    page.on("requestfailed", lambda request: seen.refused.append(request.url) if request.failure == "csp" else None)
    page.goto(file.as_uri())
    return seen


def report(folder: Path, *args: str) -> Path:
    done = scrapy(folder, "report", *args, env={VARIABLE: START.isoformat()})
    assert done.code == 0, done.err
    assert done.only_line.endswith("report.html")
    return folder / "data" / "report.html"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on 500 articles, some of them hostile: new and revised, the newest and a pair of near-duplicates."""
    folder = tmp_path_factory.mktemp("report")
    special = {number: HOSTILE for number in (50, 100, 498, 499)}
    special[499] = {**HOSTILE, "near_duplicate_of": "600498", "near_duplicate_similarity": 0.9}
    make_report_dataset(folder / "data", articles=500, days=10, until=START, special=special)
    before = files_in(folder / "data")
    path = report(folder)
    assert files_in(folder / "data") - before == {"report.html"}
    return path


def files_in(folder: Path) -> set[str]:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in names if not name.endswith(("-wal", "-shm"))}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 1200), ("light", 390), ("dark", 320)])
def test_the_page_in_a_browser(written: Path, browser: Browser, scheme: str, width: int) -> None:
    seen = look(browser, written, scheme=scheme, width=width)
    assert seen.said == []
    assert seen.asked == [written.as_uri()]
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    back = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = sum(map(int, back.removeprefix("rgb(").removesuffix(")").split(","))) > 3 * 128
    assert light == (scheme == "light")
    charts = seen.page.locator("svg")
    assert charts.count() >= 8
    for at in range(charts.count()):
        box = charts.nth(at).bounding_box()
        assert box is not None
        assert box["width"] > 200
    # A chart's bars have the style sheet's colour and not SVG's black.
    assert seen.page.evaluate("getComputedStyle(document.querySelector('.rect')).fill") != "rgb(0, 0, 0)"
    seen.page.close()


def test_what_comes_from_pages_is_text(written: Path, browser: Browser) -> None:
    seen = look(browser, written)
    page = seen.page
    assert seen.said == []
    assert page.title().startswith("Good")
    assert page.locator("script, img, iframe, object, embed, form").count() == 0
    attributes = "[...document.querySelectorAll('*')].flatMap(one => one.getAttributeNames())"
    assert not [name for name in page.evaluate(attributes) if name.startswith("on") or name == "style"]
    text = page.locator("body").inner_text()
    assert MARKUP in text
    assert "\\u202eevil\\u202c" in text
    assert not {"\u202e", "\x07", "\x01"} & set(page.content())
    links = page.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert all(link.startswith(("#", "https://www.rt.com/")) for link in links)
    assert any(link.startswith("https://") for link in links)
    page.close()


def test_a_script_in_the_page_would_not_run(written: Path, browser: Browser, tmp_path: Path) -> None:
    """The policy is there for the day on which something is not escaped."""
    broken = tmp_path / "broken.html"
    html = written.read_text("utf-8")
    bad = "<script>document.title='owned'</script><img src='x.png' onerror='document.title=`owned`'><p style='top:0'>"
    broken.write_text(html.replace("<main>", f"<main>{bad}"))
    seen = look(browser, broken)
    assert "owned" not in seen.page.title()
    assert seen.refused == [(broken.parent / "x.png").as_uri()]
    said = " ".join(seen.said)
    assert all(what in said for what in ("inline script", "image", "inline style"))
    seen.page.close()


def test_figures_agree_with_the_dataset(written: Path, browser: Browser) -> None:
    files = finished_files(written.parent)
    lines = [json.loads(line) for path in files for _, line in read_lines(path)]
    seen = look(browser, written)
    page = seen.page
    facts = dict(zip(page.locator("dt").all_inner_texts(), page.locator("dd").all_inner_texts(), strict=True))
    changed = [record for record in lines if record["revision_reason"] == "content"]
    assert facts["Articles"].startswith("500\n")
    assert facts["Changes of words"].startswith(f"{len(changed)}\n")
    assert len(changed) > 20
    rows = table(page, "Articles by number of revisions")
    most: dict[str, int] = {}
    for record in lines:
        most[record["article_id"]] = max(record["revision"], most.get(record["article_id"], 0))
    assert {int(n): int(count) for n, count in rows} == {
        n: sum(found == n for found in most.values()) for n in range(1, max(most.values()) + 1)
    }
    by_section = {name: int(count) for name, count in table(page, "Sections")}
    firsts = [record["section"] for record in lines if record["revision"] == 1]
    assert by_section["news"] == firsts.count("news")
    assert sum(by_section.values()) == 500
    by_day = table(page, "Articles published a day, the last 30 days")
    assert sum(int(cell) for _, *cells in by_day for cell in cells) == 500
    [after] = {sum(int(cell) for _, cell in table(page, "From first sight to the first change"))}
    assert after == sum(record["revision"] == 2 for record in changed)
    last = max(changed, key=lambda record: record["fetched_at"])["fetched_at"]
    shown = page.locator("#last-revised + .card .headline").all_inner_texts()
    assert len(shown) == 8
    assert shown[0] in {record["headline"] for record in changed if record["fetched_at"] == last}
    assert page.locator("#last-revised + .card ins").count() >= 8
    assert page.locator("#most-revised + .card del").count() >= 8
    page.close()


def table(page: Page, title: str) -> list[list[str]]:
    """The cells of a chart's table."""
    rows = page.locator("figure", has=page.get_by_text(title, exact=True)).locator("tbody tr")
    cells: list[list[str]] = rows.evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.textContent))")
    return cells


def test_an_empty_folder(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "data").mkdir()
    seen = look(browser, report(tmp_path), width=390)
    assert seen.said == []
    assert "There is nothing in this data folder yet" in seen.page.locator("main").inner_text()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
    seen.page.close()


def test_a_folder_without_a_ledger_and_with_a_broken_file(tmp_path: Path, browser: Browser) -> None:
    data = tmp_path / "data"
    make_report_dataset(data, articles=20, days=2, until=START)
    (data / LEDGER_NAME).unlink()
    plain, packed = (min(data.glob(f"articles/**/*{ending}")) for ending in (".jsonl", ".jsonl.gz"))
    plain.write_bytes(plain.read_bytes() + b"[]\nnot JSON\n")
    packed.write_bytes(b"no gzip")
    text = look(browser, report(tmp_path)).page.locator("main").inner_text()
    assert "Not everything could be read" in text
    assert "2 lines are no records" in text
    assert packed.name in text
    assert "No ledger, so nothing of the runs" in text


def test_a_bad_last_run_and_one_under_way(tmp_path: Path, browser: Browser) -> None:
    data = tmp_path / "data"
    make_report_dataset(data, articles=20, days=2, until=START - DAY)
    with Ledger.open(data / LEDGER_NAME) as ledger:
        for hours, code in ((-1, 3), (0, None)):
            now = START + hours * DAY / 24
            run = ledger.runs.begin(new_run_id(now), now, extractor_version="1", command="rt_world")
            if code is not None:
                ledger.runs.end(
                    *(run, now + DAY / 48),
                    outcomes={"failed": 7},
                    finish_reason="finished",
                    exit_code=code,
                    verdict=f"7 of 7 URLs failed: {MARKUP}",
                    figures=RunFigures(requests=1234, response_bytes=5_600_000),
                )
        seen = look(browser, report(tmp_path))  # while the ledger is in use
    assert seen.page.title().startswith("Bad verdict")
    verdict = seen.page.locator(".verdict").inner_text()
    assert "Last run: bad verdict" in verdict
    assert f"7 of 7 URLs failed: {MARKUP}" in verdict
    assert "took 30 min, 1\u202f234 requests, 5.6 MB: 0 new, 0 revised, 0 unchanged, 7 faults" in verdict
    assert "A run that began 1 May 2026, 12:00 UTC is under way" in verdict
    assert seen.page.locator(".verdict.bad").count() == 1
    assert table(seen.page, "Received from the network")[0] == ["1 May 11:00", "5.6 MB"]
    assert table(seen.page, "Requests")[0][1] == "1\u202f234"
    seen.page.close()


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["--data", "nowhere"], 2, "newscrawler: error: nowhere: no such data folder"),
        (["--days", "1"], 2, "newscrawler: error: --days 1: give a number from 2 to 90"),
        (["data"], 2, "newscrawler: error: data: the report takes no arguments"),
        (["-o", "data"], 6, "is no regular file"),
    ],
)
def test_what_is_refused(tmp_path: Path, args: list[str], code: int, said: str) -> None:
    (tmp_path / "data").mkdir()
    done = scrapy(tmp_path, "report", *args)
    assert done.code == code
    assert said in done.only_line
    assert not list((tmp_path / "data").iterdir())


def test_a_failed_write_leaves_the_old_page(tmp_path: Path) -> None:
    make_report_dataset(tmp_path / "data", articles=20, days=2, until=START)
    page = tmp_path / "data" / "report.html"
    page.write_text("old")
    (tmp_path / "data" / LEDGER_NAME).write_bytes(b"this is no ledger at all")
    done = scrapy(tmp_path, "report")
    assert done.code == 6
    assert "it is not a ledger" in done.only_line
    assert page.read_text() == "old"


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://www.rt.com/news/1-a/", True),
        ("http://swentr.site/news/1-a/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//www.rt.com/news/", False),
        ("https://www.rt.com.example.org/", False),
        ("https://www.rt.com@example.org/", False),
        ("https://www.rt.com:8443/", False),
        ("https://www.rt.com\\@example.org/", False),
        ("https://www.rt.com/\u202e", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_only_the_site_s_addresses_are_links(address: str | None, good: bool) -> None:
    assert (site_url(address) is not None) == good
