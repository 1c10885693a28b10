"""What a run loses makes another exit code than 0: outputs of every kind, sources that were cut, words not heard."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from newscrawler.__main__ import main
from tests.harness import (
    NOW,
    Data,
    Run,
    addresses_until,
    arguments_of,
    environment,
    run_scrapy,
    scrapy_command,
    site_at,
    start_scrapy,
    wait_until,
)
from tests.replica import Server, Site, serve
from tests.replica.answers import XML, Answer, Answers

FEW = ("-a", "max_articles=3")
OLD = '{"article_id": "before"}\n'


def crawl(*output: str) -> tuple[str, ...]:
    """A crawl of a few articles."""
    return ("crawl", "rt_world", *FEW, *output)


def to_full(args: tuple[str, ...], folder: Path, url: str | None = None) -> Run:
    """A command whose standard output has no space left."""
    return run_scrapy(folder, arguments_of(*args, url=url), streams={1: "/dev/full"})


def to_nobody(args: tuple[str, ...], folder: Path, url: str | None = None) -> Run:
    """A command whose standard output is a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    command = scrapy_command(*args, url=url)
    done = subprocess.run(
        command, cwd=folder, env=environment(), stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    return Run(done.returncode, "", done.stderr)


@pytest.mark.parametrize(
    ("start", "why", "form"), [(to_full, "No space left", "jsonlines"), (to_nobody, "Broken pipe", "csv")]
)
def test_a_crawl_whose_standard_output_fails_stops(
    replica: Callable[..., Server], tmp_path: Path, start: Callable[..., Run], why: str, form: str
) -> None:
    server = replica(articles=60)
    done = start(("crawl", "rt_world", "-O", f"-:{form}"), tmp_path, server.url)
    assert done.code == 6, done.err
    assert f"the output could not be written: standard output: {why}" in done.last_line
    assert not done.has_traceback
    assert len(server.requests) < 40


def closed(args: tuple[str, ...], folder: Path) -> Run:
    """A command that is started without a standard output."""
    command = scrapy_command(*args)
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command],
        cwd=folder,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return Run(done.returncode, "", done.stderr)


PAGE = next((Path(__file__).parents[1] / "pages").glob("2016/*/page.html"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small dataset."""
    addresses = addresses_until(NOW, articles=3)
    with serve(site_at(NOW, addresses)) as server:
        assert Data(tmp_path).crawl(server).code == 0
    return tmp_path


@pytest.mark.slow
def test_commands_whose_standard_output_fails(folder: Path) -> None:
    extract: tuple[str, ...] = ("extract", str(PAGE))
    latest: tuple[str, ...] = ("dataset", "latest", "-o", "-")
    for args in (extract, latest):
        done = to_full(args, folder)
        assert (done.code, done.err) == (6, "newscrawler: error: standard output: No space left on device\n")
    gone = to_nobody(latest, folder)
    assert (gone.code, gone.err) == (6, ""), "a reader that has seen enough need not be told"
    for args in (("schema",), extract, crawl("-O", "-:jsonl")):
        without = closed(args, folder)
        assert (without.code, without.only_line) == (6, "newscrawler: error: standard output is closed")


@pytest.mark.slow
def test_a_terminal_of_another_charset(folder: Path) -> None:
    for args in (("explain", str(PAGE)), ("revisions", Data(folder).records[0]["article_id"])):
        done = run_scrapy(folder, args, env={"PYTHONIOENCODING": "ascii"})
        assert done.code == 0, done.err
        assert done.out


def test_a_link_is_written_through_and_the_mode_is_kept(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path
) -> None:
    server = replica(articles=10)
    (tmp_path / "far").mkdir()
    target = tmp_path / "far" / "real.jsonl"
    target.write_text(OLD)
    target.chmod(0o640)
    (tmp_path / "link.jsonl").symlink_to("far/real.jsonl")
    (tmp_path / "dangling.jsonl").symlink_to("far/later.jsonl")
    assert run(*crawl("-o", "link.jsonl"), server=server).code == 0
    assert len(target.read_text().splitlines()) == 4
    assert run(*crawl("-O", "link.jsonl", "-O", "dangling.jsonl"), server=server).code == 0
    for name in ("link", "dangling"):
        assert (tmp_path / f"{name}.jsonl").is_symlink()
        assert len((tmp_path / f"{name}.jsonl").read_text().splitlines()) == 3
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert sorted(path.name for path in target.parent.iterdir()) == ["later.jsonl", "real.jsonl"]


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def make_loop(path: Path) -> None:
    path.symlink_to(path.name)


def make_link_to_folder(path: Path) -> None:
    (path.parent / "inner").mkdir()
    path.symlink_to("inner")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (os.mkfifo, "is no regular file; name a file, or - for standard output"),
        (make_socket, "is no regular file"),
        (lambda path: path.symlink_to("/dev/null"), "is no regular file"),
        (Path.mkdir, "is a folder; name a file"),
        (make_link_to_folder, "is a folder; name a file"),
        (make_loop, "symbolic links"),
    ],
)
def test_what_is_no_file_is_left_alone(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path, make: Callable[[Path], object], why: str
) -> None:
    server, path = replica(articles=5), tmp_path / "out"
    make(path)
    before = path.lstat()
    done = run(*crawl("-O", "out:jsonl"), server=server)
    assert done.code == 6
    assert why in done.only_line
    assert not server.requests
    assert (path.lstat().st_mode, path.lstat().st_ino) == (before.st_mode, before.st_ino)


@pytest.mark.parametrize("name", ["/proc/newscrawler.jsonl", "plain/out.jsonl"])
def test_a_place_that_cannot_be_written_is_told_before_the_first_request(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path, name: str
) -> None:
    server = replica(articles=5)
    (tmp_path / "plain").write_text("a file")
    done = run(*crawl("-O", name), server=server)
    assert done.code == 6
    assert Path(name).name in done.only_line
    assert not server.requests


def test_a_missing_folder_is_made(replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path) -> None:
    assert run(*crawl("-O", "a/b/out.jsonl"), server=replica(articles=5)).code == 0
    assert len((tmp_path / "a" / "b" / "out.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (("-O", "zz://host/out.jsonl"), "no such kind of output: zz://"),
        (("-O", "gs://bucket/out.jsonl"), "needs google.cloud.storage"),
        (("-O", "out.foo"), "foo"),
        (
            ("-O", "out.marshal"),
            "out.marshal: no format; give one as the name's ending or as FILE:jsonl",
        ),
        (("-O", "out.jsonl.gz"), "out.jsonl.gz: no format"),
        (("-O", "out.jsonl", "--result", "./out.jsonl"), "the same file as out.jsonl"),
        (("-O", "out.jsonl", "--max_articles=3"), "no option --max_articles=3; see --help"),
        (("-O", "out.jsonl", "-O", "./out.jsonl:csv"), "the same file as"),
        (("-s", 'FEEDS={"out": {"format": "foo"}}'), "format foo: choose one of csv, jl"),
        (("-s", 'FEEDS={"out": {}}'), "format None: choose one of"),
        (("-s", "FEEDS=[1]"), "FEEDS=[1]: give a JSON object"),
        (("-s", "FEEDS=out"), "FEEDS=out: give a JSON object"),
        (("-O", "out.jsonl", "-s", "NEWSCRAWLER_DATA_DIR="), "NEWSCRAWLER_DATA_DIR=: give a folder"),
        (("-O", "out.jsonl", "--pidfile", "nowhere/pid"), "nowhere/pid: No such file or directory"),
        (("-s", 'FEEDS={"out": {"format": "jsonl", "batch_item_count": 2}}'), "%(batch_id)d"),
    ],
)
def test_an_output_that_cannot_be_is_refused(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path, output: tuple[str, ...], why: str
) -> None:
    server = replica(articles=5)
    done = run(*crawl(*output), server=server)
    assert done.code == 2, done.err
    assert why in done.only_line
    assert not server.requests
    assert not list(tmp_path.glob("out*"))


def test_a_store_that_fails(replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "near.jsonl").write_text(OLD)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        uri = f"ftp://me:secret@127.0.0.1:{taken.getsockname()[1]}/far.jsonl"
        done = run(*crawl("-O", uri, "-O", "near.jsonl"), server=replica(articles=5))
    assert done.code == 6, done.err
    assert "can't be stored: [Errno 111] Connection refused" in done.verdict
    assert "secret" not in done.err
    assert (tmp_path / "near.jsonl").read_text() == OLD, "with any code but 0 the others stay as they are"
    for name in ("far", "near"):
        assert len((tmp_path / f"{name}.jsonl.part").read_text().splitlines()) == 3


class Ftp(threading.Thread):
    """A server that takes files, as much of FTP as an upload needs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.stored: dict[str, bytes] = {}

    def run(self) -> None:
        while True:
            client, _ = self._listener.accept()
            client.sendall(b"220 ready\r\n")
            data = socket.create_server(("127.0.0.1", 0))
            for line in client.makefile("rb"):
                word, _, rest = line.decode().strip().partition(" ")
                if word == "EPSV":
                    client.sendall(f"229 passive (|||{data.getsockname()[1]}|)\r\n".encode())
                elif word == "PASV":
                    high, low = divmod(data.getsockname()[1], 256)
                    client.sendall(f"227 passive (127,0,0,1,{high},{low})\r\n".encode())
                elif word == "STOR":
                    client.sendall(b"150 go on\r\n")
                    with data.accept()[0] as upload:
                        self.stored[rest] = upload.makefile("rb").read()
                    client.sendall(b"226 done\r\n")
                else:
                    client.sendall({"USER": b"331", "PASS": b"230", "QUIT": b"221"}.get(word, b"250") + b" yes\r\n")


def test_a_remote_file_is_of_a_good_run(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path
) -> None:
    ftp = Ftp()
    ftp.start()
    uri = f"ftp://me:secret@127.0.0.1:{ftp.port}/far.jsonl"
    done = run(*crawl("-O", uri), server=replica(articles=5))
    assert done.code == 0, done.err
    assert [len(data.splitlines()) for data in ftp.stored.values()] == [3]
    assert f"ftp://127.0.0.1:{ftp.port}/far.jsonl" in done.summary("output")
    assert not (tmp_path / "far.jsonl.part").exists()
    ftp.stored.clear()
    settings = {"NEWSCRAWLER_MIRRORS": json.dumps({"www.rt.com": "http://127.0.0.1:9"}), "RETRY_TIMES": "0"}
    assert run(*crawl("-O", uri), settings=settings).code == 3
    assert not ftp.stored
    assert (tmp_path / "far.jsonl.part").exists()


def test_files_in_pieces(replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path) -> None:
    feeds = {"piece-%(batch_id)d.jsonl": {"format": "jsonl", "batch_item_count": 2, "overwrite": True}}
    done = run("crawl", "rt_world", "-a", "max_articles=5", "-s", f"FEEDS={json.dumps(feeds)}", server=replica())
    assert done.code == 0, done.err
    pieces = sorted(tmp_path.glob("piece-*"))
    assert [path.name for path in pieces] == [f"piece-{number}.jsonl" for number in (1, 2, 3)]
    assert [len(path.read_text().splitlines()) for path in pieces] == [2, 2, 1]


def test_nothing_does_not_replace_something(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path
) -> None:
    """A range of days without an article."""
    server = replica(articles=10)
    days = ("-a", "since=2019-12-24", "-a", "until=2019-12-24")
    output = tmp_path / "articles.jsonl"
    output.write_text(OLD)
    done = run("crawl", "rt_world", *days, "-O", "articles.jsonl", server=server)
    assert done.code == 3, done.err
    assert output.read_text() == OLD


def test_a_name_that_cannot_be_made_ends_the_run(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path
) -> None:
    """Scrapy logs it and crawls on without an output; stopped as usual the run would never end."""
    server = replica(articles=5)
    done = run(*crawl("-O", "%(mood)s.jsonl"), server=server)
    assert done.code == 6, done.err
    assert "%(mood)s.jsonl: can't be opened: no %(mood)s for its name" in done.verdict
    assert not done.has_traceback
    assert not server.requests


def test_nobody_reads_standard_error(replica: Callable[..., Server], tmp_path: Path) -> None:
    """With a code but 0 FILE would have to be as it was."""
    args = arguments_of(*crawl("-O", "out.jsonl"), url=replica(articles=5).url)
    assert run_scrapy(tmp_path, args, streams={2: "/dev/full"}).code == 0
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3


def test_a_table_is_added_to_below_its_header(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path
) -> None:
    server = replica(articles=5)
    for _ in range(2):
        assert run(*crawl("-o", "out.csv"), server=server).code == 0
    assert len({row["article_id"] for row in rows_of(tmp_path / "out.csv")}) == 3
    assert len(rows_of(tmp_path / "out.csv")) == 6


def test_csv_and_xml_are_those_of_the_dataset(folder: Path, run: Callable[..., Run], tmp_path: Path) -> None:
    addresses = addresses_until(NOW, articles=3)
    with serve(site_at(NOW, addresses)) as server:
        for name in ("one.csv", "one.xml", "one.json", "one.jsonl"):
            assert run("crawl", "rt_world", "-O", name, server=server).code == 0
    assert run("dataset", "latest", "-o", "latest.csv").code == 0
    times = ("fetched_at", "first_seen_at", "discovered_via")
    wanted = {row["article_id"]: row for row in rows_of(folder / "latest.csv")}
    found = {row["article_id"]: row for row in rows_of(tmp_path / "one.csv")}
    assert found.keys() == wanted.keys()
    assert found
    for key, row in found.items():
        assert list(row) == list(wanted[key])
        assert {n: v for n, v in row.items() if n not in times} == {
            n: v for n, v in wanted[key].items() if n not in times
        }
    records = [json.loads(line) for line in (tmp_path / "one.jsonl").read_text().splitlines()]
    assert len(json.loads((tmp_path / "one.json").read_text())) == len(records)
    items = ElementTree.parse(tmp_path / "one.xml").getroot()
    for item in items:
        record = next(one for one in records if one["article_id"] == item.findtext("article_id"))
        assert [value.text for value in item.findall("paragraphs/value")] == record["paragraphs"]
        assert (item.findtext("near_duplicate_of") or None) == record["near_duplicate_of"]
        assert item.findtext("developing") == json.dumps(record["developing"])


def rows_of(path: Path) -> list[dict[str, str]]:
    """A table's rows."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Changed(Answers):
    """The replica, some of whose answers are changed."""

    def __init__(self, site: Site, change: dict[str, Callable[[bytes], bytes]]) -> None:
        super().__init__(site)
        self._change = change

    def answer(self, target: str) -> Answer:
        """The replica's answer, changed."""
        answer = super().answer(target)
        change = self._change.get(target)
        return answer if change is None else Answer(body=change(answer.body), content_type=XML)


def cut(body: bytes) -> bytes:
    return body[: len(body) * 2 // 3]


def raw_markup(body: bytes) -> bytes:
    """A line break as HTML has it, in front of an item's link."""
    return re.sub(rb"<item>", b"<item><description>a line<br>and another</description>", body, count=1)


def nameless(body: bytes) -> bytes:
    """An item that names nothing."""
    return body.replace(b"</channel>", b"<item><title>a kettle</title></item></channel>")


def foreign_guid(body: bytes) -> bytes:
    """The site's numbers in place of the pages' URLs."""
    return re.sub(rb"<guid[^>]*>[^<]*</guid>", b'<guid isPermaLink="false">https://www.rt.com/?p=1</guid>', body)


@pytest.mark.parametrize("path", ["/rss/news/", "/newssitemap.xml"])
def test_a_source_that_is_cut_off(run: Callable[..., Run], path: str) -> None:
    source = "feed" if "rss" in path else "newssitemap"
    with serve(site := Site.build(articles=30, faults="none"), answers=Changed(site, {path: cut})) as server:
        done = run("crawl", "rt_world", "-O", "articles.jsonl", "-a", f"sources={source}", server=server)
    assert done.code == 3, done.err
    assert re.search(rf"a part of the {source} was lost: it ends too early, after \d+ items", done.verdict)
    assert done.outcomes["new"] > 3
    assert set(done.outcomes) <= {"new", "duplicate"}, "a URL that was cut off is not asked for"


@pytest.mark.parametrize(("change", "code"), [(raw_markup, 0), (foreign_guid, 0), (nameless, 3)])
def test_items_of_a_feed(run: Callable[..., Run], tmp_path: Path, change: Callable[[bytes], bytes], code: int) -> None:
    site = Site.build(articles=30, faults="none")
    args = ("crawl", "rt_world", "-O", "articles.jsonl", "-a", "sources=feed")
    with serve(site) as server:
        whole = run(*args, server=server)
    with serve(site, answers=Changed(site, {"/rss/news/": change})) as server:
        done = run(*args, server=server)
    assert done.code == code, done.err
    assert done.outcomes == whole.outcomes


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("-a", "max_pages=1", "-a", "max_pages=2"), "-a max_pages=… is given twice"),
        (("-a", "max_pages"), "Invalid -a value"),
        (("-a", "max_pages=-1"), "max_pages=-1: give a whole number from 1"),
        (("-s", "NEWSCRAWLER_MIROR={}"), "NEWSCRAWLER_MIROR: no such setting; did you mean NEWSCRAWLER_MIRRORS?"),
        (("-s", "DOWNLAOD_DELAY=9"), "DOWNLAOD_DELAY: no such setting; did you mean DOWNLOAD_DELAY?"),
        (("-L", "LOUD"), "LOG_LEVEL=LOUD: no such level"),
    ],
)
def test_words_that_nothing_reads(run: Callable[..., Run], given: tuple[str, ...], why: str) -> None:
    done = run("crawl", "rt_world", "-O", "out.jsonl", *given)
    assert done.code == 2
    assert why in done.only_line


def test_a_variable_that_nothing_reads(tmp_path: Path) -> None:
    for name, why in {
        "NEWSCRAWLER_ALARM_URL": "no such environment variable; did you mean NEWSCRAWLER_ALARM_URLS?",
        "NEWSCRAWLER_DATA_DIR": "is not read from the environment; give it with -s NEWSCRAWLER_DATA_DIR=…",
    }.items():
        done = run_scrapy(tmp_path, ("dataset", "verify"), env={name: "x"})
        assert done.code == 2
        assert why in done.only_line


@pytest.mark.slow
def test_a_stop_waits_for_what_is_under_way_only(replica: Callable[..., Server], tmp_path: Path) -> None:
    server = replica(articles=100)
    command = scrapy_command("crawl", "rt_world", "-O", "out.jsonl", url=server.url, settings={"DOWNLOAD_DELAY": "1"})
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE) as process:
        wait_until(lambda: len(server.requests) >= 7)
        sent, began = len(server.requests), time.monotonic()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - began < 5, "at one request a second it was as many seconds as requests were waiting"
    assert len(server.requests) <= sent + 1
    assert "Stopping: " in err.decode()


@pytest.mark.parametrize("pause", [0.0, 0.1])
def test_a_stop_that_is_asked_for_over_and_over(replica: Callable[..., Server], tmp_path: Path, pause: float) -> None:
    server = replica(articles=100, latency=0.1)
    with start_scrapy(tmp_path, arguments_of("crawl", "rt_world", "-O", "out.jsonl", url=server.url)) as process:
        wait_until(lambda: len(server.requests) >= 7)
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            time.sleep(pause)
            if process.poll() is not None:
                break
        assert process.wait(60) == 130


def test_a_stop_while_the_program_is_imported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def execute() -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "scrapy.cmdline", types.SimpleNamespace(execute=execute))
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "newscrawler.settings")
    usual = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        signal.signal(signal.SIGINT, usual)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "newscrawler: interrupted\n"


def test_a_listing_that_repeats_itself_ends(run: Callable[..., Run]) -> None:
    site = Site.build(articles=60, faults="none", robots="open")
    first = Answers(site).answer("/news/").body
    button = re.search(rb'data-href="([^"]*/listing/[^"]*)"', first)
    assert button is not None
    with serve(site, answers=Repeating(site, first)) as server:
        done = run("crawl", "rt_world", "-O", "a.jsonl", "-a", "sources=listing", "-a", "max_pages=40", server=server)
        asked = [request.path for request in server.requests if "/listing/" in request.path]
    assert 1 <= len(asked) <= 2
    assert done.code == 0, done.err
    assert "the listing repeats itself, and was not read further" in done.err


class Repeating(Answers):
    """The replica, whose listing goes on with the same page for ever."""

    def __init__(self, site: Site, page: bytes) -> None:
        super().__init__(site)
        self._again = page

    def answer(self, target: str) -> Answer:
        """The first page for each of its fragments."""
        return Answer(body=self._again) if "/listing/" in target else super().answer(target)
