"""`scrapy extract`: the command as a user runs it, on the replica's pages saved to files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newscrawler.items import Article
from tests.harness import Run, environment, scrapy_command
from tests.replica import LAYOUTS, Site, Story
from tests.replica.answers import Answers


@pytest.fixture(scope="module")
def site() -> Site:
    return Site.build(articles=200, faults="unknown_layout,truncated,no_date,challenge")


@pytest.fixture(scope="module")
def answers(site: Site) -> Answers:
    return Answers(site)


@pytest.fixture(scope="module")
def stories(site: Site) -> list[Story]:
    """One story of each layout."""
    return list({story.layout: story for story in site.stories}.values())


def records(done: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


def page(answers: Answers, story: Story) -> bytes:
    return answers.answer(story.path).body


def check(record: dict[str, Any], story: Story) -> None:
    truth = story.truth()
    assert {name: record[name] for name in truth} == truth
    assert record["layout"] == story.layout
    assert record["fetched_at"] is None
    assert record["discovered_via"] == "file"
    assert list(record) == [*Article.__dataclass_fields__, "source"]


def test_files_folders_and_globs(
    run: Callable[..., Run], answers: Answers, stories: list[Story], tmp_path: Path
) -> None:
    assert {story.layout for story in stories} == set(LAYOUTS)
    expected: dict[str, Story] = {}
    for number, story in enumerate(stories):
        folder = ("", "folder/deep/", "globbed/")[number % 3]
        name = f"{folder}page-{number}.{'HTM' if number % 2 else 'html'}"
        if number == 0:
            name = "any-name.saved"
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(page(answers, story))
        expected[name] = story
    (tmp_path / "folder" / "notes.txt").write_text("not a page")
    files = [name for name in expected if "/" not in name]
    done = run("extract", *files, "folder", "globbed/page-*")
    assert (done.code, done.err) == (0, "")
    found = {record["source"]: record for record in records(done)}
    assert set(found) == set(expected)
    for name, story in expected.items():
        check(found[name], story)


def test_standard_input(run: Callable[..., Run], answers: Answers, stories: list[Story]) -> None:
    done = run("extract", "-", stdin=page(answers, stories[0]))
    assert (done.code, done.err) == (0, "")
    [record] = records(done)
    assert record["source"] == "-"
    check(record, stories[0])


def test_text_is_utf8_in_any_locale(answers: Answers, stories: list[Story], tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(page(answers, stories[-1]))
    command = scrapy_command("extract", "page.html")
    variables = {**environment(), "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, check=True)
    assert not done.stdout.isascii()
    check(json.loads(done.stdout.decode("utf-8")), stories[-1])


def test_an_address_that_the_page_does_not_state(
    run: Callable[..., Run], answers: Answers, stories: list[Story], tmp_path: Path
) -> None:
    story = next(story for story in stories if story.layout == "2022-grid")
    text = page(answers, story).decode()
    for tag in ("canonical", "og:url", "mainEntityOfPage", "amphtml"):
        text = text.replace(tag, f"no-{tag}")
    (tmp_path / "page.html").write_text(text, "utf-8")
    done = run("extract", "page.html")
    assert done.code == 3
    assert done.out == ""
    assert "--url" in done.err
    done = run("extract", "--url", story.url.replace("https://www.", "http://") + "?utm_source=rss", "page.html")
    assert (done.code, done.err) == (0, "")
    [record] = records(done)
    assert record["url"] == story.url


def test_an_address_of_another_article(
    run: Callable[..., Run], answers: Answers, stories: list[Story], tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_bytes(page(answers, stories[0]))
    done = run("extract", "--url", stories[1].url, "page.html")
    assert done.code == 3
    assert done.out == ""
    assert "other_article" in done.err


def test_broken_pages_keep_no_good_ones_back(
    run: Callable[..., Run], site: Site, answers: Answers, stories: list[Story], tmp_path: Path
) -> None:
    broken: dict[str, bytes] = {}
    for address in site.addresses.values():
        if address.kind in ("unknown_layout", "truncated", "no_date", "challenge"):
            broken.setdefault(address.kind, answers.answer(address.path).body)
    assert len(broken) == 4
    broken.update(empty=b"", binary=bytes(range(256)) * 50, listing=answers.answer("/news/").body)
    for name, body in broken.items():
        (tmp_path / f"{name}.html").write_bytes(body)
    (tmp_path / "good.html").write_bytes(page(answers, stories[0]))
    (tmp_path / "very-good.html").write_bytes(page(answers, stories[1]))
    done = run("extract", ".")
    assert done.code == 3
    assert [record["source"] for record in records(done)] == ["good.html", "very-good.html"]
    *lines, last = done.err.splitlines()
    assert sorted(line.split(".html: ")[0] for line in lines) == sorted(broken)
    assert last == f"{len(broken)} of {len(broken) + 2} pages gave no record"
    reasons = dict(line.split(".html: ", 1) for line in lines)
    assert "truncated" in reasons["truncated"]
    assert "missing_published_at" in reasons["no_date"]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((), "name at least one file"),
        (("nowhere.html",), "nowhere.html: no such file"),
        (("nothing-*.html",), "nothing-*.html: no such file"),
        (("a.html", "nowhere.html"), "nowhere.html: no such file"),
        (("--url", "https://www.rt.com/news/473849-x/", "a.html", "b.html"), "--url goes with one page; there are 2"),
        (("--url", "https://www.rt.com/news/473849-x/", "."), "--url goes with one page; there are 2"),
        (("--url", "https://www.rt.com/shows/x/473849-y/", "a.html"), "not the URL of an RT article"),
        (("-s", "NEWSCRAWLER_MIRORS={}", "a.html"), "did you mean NEWSCRAWLER_MIRRORS?"),
    ],
)
def test_a_wrong_argument_is_one_line(
    run: Callable[..., Run], tmp_path: Path, args: tuple[str, ...], says: str
) -> None:
    (tmp_path / "a.html").write_text("")
    (tmp_path / "b.html").write_text("")
    done = run("extract", *args)
    assert done.code == 2
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert says in done.err


def test_a_folder_without_pages_is_no_success(run: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    done = run("extract", "folder")
    assert done.code == 3
    assert done.err == "folder: no page of an article in it\n"


def test_a_reader_that_goes_away(answers: Answers, stories: list[Story], tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.html").write_bytes(page(answers, stories[0]))
    with subprocess.Popen(
        scrapy_command("extract", "."),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        # Not 0: what it had to say was not all taken.
        assert process.wait(timeout=60) == 6
