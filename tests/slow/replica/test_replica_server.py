"""The server and the program: start, answer, count, stop."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.replica import Server, Site, serve

ROOT = Path(__file__).resolve().parents[3]
Reply = tuple[int, dict[str, str], bytes]


def get(server_url: str, path: str, **headers: str) -> Reply:
    connection = http.client.HTTPConnection(urlsplit(server_url).netloc, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return (
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read(),
        )
    finally:
        connection.close()


def test_serves_and_remembers(server: Server, site: Site) -> None:
    story = site.stories[-1]
    status, headers, body = get(server.url, story.path + "?utm_source=rss", **{"User-Agent": "tester"})
    assert status == 200
    assert headers["content-type"] == "text/html; charset=UTF-8"
    assert int(headers["content-length"]) == len(body)
    request = server.requests[-1]
    assert (request.method, request.path, request.status) == ("GET", story.path + "?utm_source=rss", 200)
    assert request.headers["User-Agent"] == "tester"


def test_gzip_sitemap_has_no_encoding_header(server: Server) -> None:
    _, headers, body = get(server.url, "/sitemap_2025.xml")
    assert body.startswith(b"\x1f\x8b")
    assert "content-encoding" not in headers


def test_huge_page_declares_its_length(server: Server, site: Site) -> None:
    path = next(address.path for address in site.addresses.values() if address.kind == "huge")
    status, headers, body = get(server.url, path)
    assert status == 200
    assert int(headers["content-length"]) == len(body) > 2_000_000


def test_validators_answer_304(site: Site) -> None:
    path = site.stories[-1].path
    with serve(site, validators=True) as server:
        _, first, _ = get(server.url, path)
        for name, value in (("If-None-Match", first["etag"]), ("If-Modified-Since", first["last-modified"])):
            status, _, body = get(server.url, path, **{name: value})
            assert (status, body) == (304, b"")
        assert get(server.url, path, **{"If-None-Match": '"old"'})[0] == 200
    with serve(site) as server:
        assert "etag" not in get(server.url, path)[1]


def test_a_taken_port_is_an_error(site: Site, server: Server) -> None:
    port = urlsplit(server.url).port
    assert port
    with pytest.raises(OSError, match="in use"), serve(site, port):
        pass


def test_program_starts_and_stops(tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    command = [
        sys.executable,
        "-m",
        "tests.replica",
        "--articles",
        "40",
        "--faults",
        "gone,huge",
        "--truth",
        str(truth),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout
        line = program.stdout.readline().strip()
        assert line.startswith("replica: http://127.0.0.1:")
        assert get(line.removeprefix("replica: "), "/news/")[0] == 200
        program.send_signal(signal.SIGTERM)
        rest, errors = program.communicate(timeout=10)
    assert (program.returncode, rest, errors) == (0, "", "")
    lines = [json.loads(row) for row in truth.read_text(encoding="utf-8").splitlines()]
    assert {row["kind"] for row in lines} == {"article", "gone", "huge"}
    assert all((row["truth"] is None) == (row["kind"] == "gone") for row in lines)


@pytest.mark.parametrize("bad", [["--faults", "nonsense"], ["--articles", "0"], ["--robots", "maybe"], ["--port", "x"]])
def test_bad_arguments_get_one_line(bad: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.replica", *bad], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert bad[1] in done.stderr
