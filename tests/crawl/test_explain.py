"""`scrapy explain`: the command as a user runs it, on files, kept pages and pages of the replica."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from newscrawler.commands.explain import Command
from tests.harness import NOW, Run, addresses_until, altered, news, site_at
from tests.replica import Server
from tests.unit.test_structure import project_settings

ReplicaFactory = Callable[..., Server]


def test_a_file(run: Callable[..., Run], replica: ReplicaFactory, tmp_path: Path) -> None:
    server = replica()
    story = next(story for story in server.site.stories if story.layout == "2022-grid")
    (tmp_path / "page.html").write_bytes(server.answers.answer(story.path).body)
    done = run("explain", "page.html")
    assert (done.code, done.err) == (0, "")
    assert "result   a record, layout 2022-grid" in done.out
    assert "div.article > h1.article__heading" in done.out
    done = run("explain", "--json", "-", stdin=(tmp_path / "page.html").read_bytes())
    data = json.loads(done.out)
    assert (data["source"], data["layout"], data["error"]) == ("-", "2022-grid", None)
    assert [f["value"] for f in data["fields"] if f["field"] == "headline"] == [story.headline]


def test_an_address_is_fetched_as_a_crawl_would(run: Callable[..., Run], replica: ReplicaFactory) -> None:
    server = replica()
    story = server.site.stories[-1]
    done = run("explain", story.url, server=server)
    assert (done.code, done.err) == (0, "")
    assert f"page     {story.url}" in done.out
    assert [request.path for request in server.requests] == ["/robots.txt", story.path]
    assert "+https://example.org/newscrawler-contact" in server.requests[-1].headers["User-Agent"]


@pytest.mark.parametrize(
    ("robots", "path", "code", "says"),
    [("deny", None, 4, "robots"), ("rt", "/news/999999-no-such-story/", 3, "the site answers 404")],
)
def test_an_address_that_gives_no_page(
    run: Callable[..., Run], replica: ReplicaFactory, robots: str, path: str | None, code: int, says: str
) -> None:
    server = replica(robots=robots)
    url = server.site.stories[-1].url if path is None else f"https://www.rt.com{path}"
    done = run("explain", url, server=server)
    assert (done.code, done.out) == (code, "")
    [line] = done.err.splitlines()
    assert url in line
    assert says in line.lower()


def test_a_redesign_is_no_good_run(run: Callable[..., Run], served: Callable[..., Server]) -> None:
    addresses = addresses_until(NOW)
    for story in news(addresses)[-3:]:
        addresses = altered(addresses, story.path, kind="unknown_layout")
    server = served(site_at(NOW, addresses))
    quiet = {"LOG_LEVEL": "CRITICAL"}
    for options, look_at in (
        ((), "kept in data/kept; see one with: scrapy explain data/kept/en-"),
        (("-O", "a.jsonl"), "a one-off run keeps none; see one with: scrapy explain https://www.rt.com/news/"),
    ):
        done = run("crawl", "rt_world", *options, server=server, settings=quiet)
        [said] = [line.split("layouts", 1)[1].strip() for line in done.err.splitlines() if " layouts " in line]
        assert said.startswith(f"3 page(s) of no known layout; {look_at}")
        verdict = next(line for line in done.err.splitlines() if " verdict " in line)
        assert f"3 of {done.scheduled} pages of an unknown layout" in verdict
        assert done.code == 3


def test_a_kept_page_is_read_before_the_site_is_asked(
    run: Callable[..., Run], replica: ReplicaFactory, tmp_path: Path
) -> None:
    server = replica(faults="unknown_layout")
    run("crawl", "rt_world", server=server, settings={"LOG_LEVEL": "ERROR"})
    kept = sorted((tmp_path / "data" / "kept").iterdir())
    assert kept
    address = next(a for a in server.site.addresses.values() if a.kind == "unknown_layout" and a.url)
    asked = len(server.requests)
    done = run("explain", address.url, server=server)
    assert done.code == 3
    assert "no record: UnknownLayout" in done.out
    assert "read from data/kept/en-" in done.err
    assert len(server.requests) == asked
    assert run("explain", "--fetch", address.url, server=server).out.count(address.url) == 1
    assert len(server.requests) == asked + 2


def test_capture(run: Callable[..., Run], replica: ReplicaFactory, tmp_path: Path) -> None:
    server = replica()
    story = next(story for story in server.site.stories if story.layout == "2022-grid")
    done = run("capture", story.url, "--folder", "cases", "--case", "mine", server=server)
    assert (done.code, done.out, done.err) == (0, "cases/2022-grid/mine\n", "")
    page = (tmp_path / "cases/2022-grid/mine/page.html").read_text("utf-8")
    expected = json.loads((tmp_path / "cases/2022-grid/mine/expected.json").read_text("utf-8"))
    assert not [text for text in (story.headline, story.paragraphs[0]) if text in page]
    assert len(expected["paragraphs"]) == len(story.truth()["paragraphs"])
    done = run("capture", story.url, "--folder", "cases", "--case", "mine", server=server)
    assert (done.code, done.out) == (2, "")
    assert "there is a case of that name" in done.err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((), "name one page"),
        (("a.html", "b.html"), "name one page"),
        (("nowhere.html",), "nowhere.html: No such file"),
        (("https://www.rt.com/shows/x/473849-y/",), "not the URL of an RT article"),
        (("https://example.org/news/473849-y/",), "not the URL of an RT article"),
        (("http://127.0.0.1/news/473849-y/",), "not the URL of an RT article"),
        (("--url", "https://www.rt.com/x", "a.html"), "--url https://www.rt.com/x: not the URL"),
    ],
)
def test_a_wrong_argument_is_one_line(args: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("args", nargs="*")
    command = Command()
    command.settings = project_settings()
    command.add_options(parser)
    opts = parser.parse_args(args)
    with pytest.raises(SystemExit) as ended:
        command.load_page(opts.args, opts)
    assert ended.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert says in line
