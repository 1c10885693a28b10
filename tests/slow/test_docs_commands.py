"""Every command that the documentation tells its reader to type, in a folder with the files that it speaks of."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import FAST, environment
from tests.replica import Server, Site, serve
from tests.unit.test_docs import COMMANDS
from tests.warc_files import Stored, write_warc

#: Commands that no test can run, with the reason.
NOT_RUN = {
    "make demo": "makes an environment; .ci/run runs it",
    "make test": "makes an environment and runs the tests; .ci/run runs it",
    "make test-slow": "makes an environment and runs the slow tests; .ci/run runs it",
    "make lint": "makes an environment; .ci/run runs it",
    ".venv/bin/python -m pip install -r requirements-readers.txt": "asks the package index, as make test does",
    "make bench": "takes minutes; test_benchmarks.py runs it in a small form",
    ".venv/bin/python -m benchmarks --corpus ../shared/corpus --articles 1000 --rounds 5 --captures 2000 "
    "--output bench.json": "takes minutes; test_benchmarks.py runs it in a small form",
    ".venv/bin/python -m tests.slow.soak --days 30 --corpus ../shared/corpus": "takes minutes; 3 days are tested",
    ".venv/bin/python -m tests.slow.soak --days 30 --corpus ../shared/corpus --validators": "takes minutes, too",
    ".venv/bin/python -m benchmarks.ledger --articles 10000,100000,1000000 --json build/ledger.json": "minutes",
    ".venv/bin/python -m tests.slow.soak --days 30 --corpus ../shared/corpus --lose-lead-on 20": "takes minutes, too",
    ".venv/bin/scrapy crawl rt_world -O articles.jsonl -a render=listing": "test_rendered_listings.py crawls so",
    ".venv/bin/scrapy crawl rt_world -O articles.jsonl -a render=all": "test_rendered.py crawls so",
    "make fuzz": "takes half an hour; test_fuzz.py is its short form",
    ".venv/bin/python -m tests.slow.fault_injection": "takes a quarter of an hour; some are tested",
    ".venv/bin/mypy newscrawler/pages/layouts": "reads the project; .ci/run does, too",
    ".venv/bin/python -m pytest tests/unit/test_pages.py -q -k 2022-oped": "make test runs it with all others",
    "make schema": "writes into the project; test_structure.py tells when it is due",
}
#: The first words of more of them.
NOT_RUN_BEGINS = {
    ".venv/bin/scrapy crawl rt_world_": "tests/crawl/test_editions.py crawls each edition",
    "for edition in ": "tests/crawl/test_editions.py crawls several into one folder",
    "sudo ": "puts files into the system; test_deploy.py runs what is in them",
    "make wheel": "tests/slow/test_wheel.py makes one",
    "pip install": "asks the package index; tests/slow/test_wheel.py installs it",
    "scrapy archive ": "tests/crawl/test_archive_rows.py and tests/slow/test_archive_scale.py run each",
    "newscrawler crawl": "tests/slow/test_wheel.py crawls so",
    "make egg": "tests/slow/test_scrapyd.py runs it in a copy of the project",
    '.venv/bin/python -m pip install -r requirements.txt "scrapyd': "asks the package index, as make test does",
    "curl ": "asks a scrapyd; tests/slow/test_scrapyd.py runs each",
    "podman ": "no container engine here; hadolint reads the file in test_deploy.py",
}


@pytest.fixture(scope="module")
def demo() -> Iterator[Server]:
    """The demo's site, served."""
    site = Site.build(articles=400, faults=("gone", "redirect_chain", "second_section", "windows_1252"))
    with serve(site) as server:
        yield server


@pytest.fixture(scope="module")
def folder(demo: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tools and files that the documentation speaks of.

    The tools add what makes a live crawl a short one of the replica, last, so that it beats what was typed.
    """
    path = tmp_path_factory.mktemp("docs")
    (path / ".venv/bin").mkdir(parents=True)
    options = {**FAST, "NEWSCRAWLER_MIRRORS": json.dumps({"www.rt.com": demo.url})}
    mapped = " ".join(f"-s {shlex.quote(f'{k}={v}')}" for k, v in options.items())
    python = f"{shlex.quote(sys.executable)} -W error"
    tools = {
        "scrapy": 'case "$*" in *rt_archive*|*max_articles=*) ;; crawl*) set -- "$@" -a max_articles=3;; esac\n'
        f'case "$1" in crawl|explain|capture|doctor) set -- "$@" {mapped};; esac\n'
        f'exec {python} -m scrapy "$@"\n',
        "python": f'case "$2" in tests.replica) set -- "$@" --port 0;; esac\nexec {python} "$@"\n',
    }
    for name, text in tools.items():
        tool = path / ".venv/bin" / name
        tool.write_text(f"#!/bin/sh\n{text}")
        tool.chmod(0o755)
    pages = [demo.answers.answer(story.path).body for story in list(demo.site.stories)[-4:]]
    article = demo.answers.answer("/news/639873-former-president-kala/").body
    (path / "saved-pages/deep").mkdir(parents=True)
    for name, body in zip(
        ("another.html", "saved-pages/a.html", "saved-pages/deep/b.html", "saved-pages/c.htm"), pages, strict=True
    ):
        (path / name).write_bytes(body)
    (path / "page.html").write_bytes(article)
    url = "https://www.rt.com/news/639873-former-president-kala/"
    write_warc(path / "crawl.warc.gz", [Stored(url, article)])
    (path / "urls.txt").write_text("\n".join(story.url for story in list(demo.site.stories)[-2:]))
    return path


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 20
    assert set(NOT_RUN) <= set(COMMANDS), "no page has these any more"
    assert all(any(command.startswith(words) for command in COMMANDS) for words in NOT_RUN_BEGINS)


def is_run(command: str) -> bool:
    return command not in NOT_RUN and not command.startswith(tuple(NOT_RUN_BEGINS))


@pytest.mark.parametrize("command", [command for command in COMMANDS if is_run(command)])
def test_commands_run(command: str, folder: Path, demo: Server) -> None:
    if re.search(r" -m tests\.replica( |$)", command):
        run_replica(command, folder)
        return
    if re.search(" (dataset|revisions|recover|report) ", f"{command} ") and not (folder / "data").exists():
        run_in_shell(".venv/bin/scrapy crawl rt_world", folder)
    if " revisions " in command:
        address = "https://www.rt.com/news/639873-former-president-kala/"
        run_in_shell(f".venv/bin/scrapy crawl rt_world -a url={address}", folder)
    if "warc=data/warc" in command and not (folder / "data/warc").exists():
        run_in_shell(".venv/bin/scrapy crawl rt_world -s NEWSCRAWLER_WARC=True", folder)
    if command.startswith("cp -a backup/") and not (folder / "backup").exists():
        run_in_shell(".venv/bin/scrapy dataset backup backup", folder)
    run_in_shell(command, folder)
    for name in re.findall(r"(?:-O|-o|>) (\S+\.jsonl)", command):
        lines = (folder / name).read_text("utf-8").splitlines()
        assert lines
        assert all(json.loads(line)["headline"] for line in lines)
        (folder / name).unlink()


def run_in_shell(command: str, folder: Path) -> None:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def run_replica(command: str, folder: Path) -> None:
    """A replica serves until it is told to stop."""
    arguments = shlex.split(command)
    with subprocess.Popen(arguments, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("replica: http://127.0.0.1:")
        process.terminate()
        assert process.wait(timeout=30) == 0
    if "--truth" in arguments:
        assert (folder / arguments[arguments.index("--truth") + 1]).stat().st_size
