"""The files in deploy/: checked by the tools that will read them, and their commands run as they stand."""

from __future__ import annotations

import configparser
import ctypes
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import FAST, ROOT, Data
from tests.replica import Server, Site, serve
from tests.scheduling import make_project

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("newscrawler*"))
#: prctl: no memory that was ever writable becomes executable, as MemoryDenyWriteExecute=yes.
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1


class Unit(configparser.RawConfigParser):
    """A unit file; of an option that is given twice, the first counts here."""

    def __init__(self, name: str) -> None:
        super().__init__(strict=False, comment_prefixes=("#",), delimiters=("=",))
        self.read(DEPLOY / "systemd" / name, "utf-8")

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(Site.build(articles=40, faults="none")) as running:
        yield running


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project in it, which every user may enter."""
    folder = tmp_path_factory.mktemp("machine")
    make_project(folder / "opt")
    return folder


def here(text: str, folder: Path) -> str:
    """What a file in deploy/ says, for a machine whose root is that folder."""
    places = {
        "/opt/newscrawler": "opt",
        "/etc/newscrawler.env": "newscrawler.env",
        "/var/lib/newscrawler": "data",
        "/var/log/newscrawler": "log",
    }
    for there, name in places.items():
        text = text.replace(there, str(folder / name))
    return text


def options_for(server: Server) -> list[str]:
    """The options that make a crawl one of a replica, none with a space in it."""
    options = {**FAST, "NEWSCRAWLER_MIRRORS": json.dumps({"www.rt.com": server.url}, separators=(",", ":"))}
    return [word for name, value in options.items() for word in ("-s", f"{name}={value}")]


def systemd_analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.fail("no systemd-analyze; install Debian's package systemd, as .ci/run does")
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def units(installed: Path, tmp_path: Path) -> list[Path]:
    """The unit files for a machine whose root is the folder, where their programs are."""
    (installed / "newscrawler.env").write_text((DEPLOY / "newscrawler.env").read_text("utf-8"))
    paths = []
    for unit in UNITS:
        paths.append(tmp_path / unit.name)
        paths[-1].write_text(here(unit.read_text("utf-8"), installed))
    return paths


def test_systemd_takes_the_units(units: list[Path]) -> None:
    assert [unit.name for unit in UNITS] == ["newscrawler-failed.service", "newscrawler.service", "newscrawler.timer"]
    done = systemd_analyze("verify", *map(str, units))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_tells_a_wrong_unit(units: list[Path]) -> None:
    """Else the test above could not fail."""
    [service] = [unit for unit in units if unit.name == "newscrawler.service"]
    service.write_text(service.read_text("utf-8").replace("MemoryMax=1G", "MemoryMaximum=1G"))
    assert "'MemoryMaximum'" in systemd_analyze("verify", str(service)).stderr


def test_the_service_is_closed(units: list[Path]) -> None:
    [service] = [str(unit) for unit in units if unit.name == "newscrawler.service"]
    done = systemd_analyze("security", "--offline=true", "--threshold=13", service)  # tenths: 1.3
    assert done.returncode == 0, done.stdout[-300:]


def test_when_the_timer_elapses() -> None:
    calendar = Unit("newscrawler.timer")["Timer"]["OnCalendar"]
    shown = systemd_analyze("calendar", "--iterations=3", "--base-time=2026-05-01 00:00:00 UTC", calendar).stdout
    assert re.findall(r"2026-05-01 (\S+) UTC", shown) == ["00:07:00", "01:07:00", "02:07:00"]


def test_what_the_service_does_at_its_end() -> None:
    service = Unit("newscrawler.service")["Service"]
    assert service["SuccessExitStatus"] == "143"
    assert service["Restart"] == "no"
    from newscrawler import settings  # noqa: PLC0415
    from newscrawler.middlewares.backoff import MAX_RETRY_AFTER  # noqa: PLC0415

    longest = settings.DOWNLOAD_TIMEOUT + MAX_RETRY_AFTER
    assert int(service["TimeoutStopSec"]) > longest


def confine() -> None:
    """What of the service's sandbox a process can do to itself without systemd."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_MDWE")
    os.umask(0o027)


def test_the_service_s_command(installed: Path, server: Server) -> None:
    service = Unit("newscrawler.service")["Service"]
    settings = dict(
        line.split("=", 1)
        for line in (DEPLOY / "newscrawler.env").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
    line = here(service["ExecStart"], installed)
    assert line.endswith(" $CRAWL_OPTIONS")  # a word of its own: systemd splits its value at spaces
    command = [*line.split()[:-1], *settings["CRAWL_OPTIONS"].split(), *options_for(server)]
    done = subprocess.run(
        command,
        cwd=here(service["WorkingDirectory"], installed),
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=confine,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    data = Data(installed)
    assert data.problems() == []
    [file] = data.files
    assert file.suffix == ".jsonl"
    assert file.stat().st_mode & 0o777 == 0o640


def cron_runs(line: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """As cron runs a line: by the table's shell, in the user's home, with next to no environment."""
    fields = line.split(None, 6)
    assert fields[5] == "newscrawler"
    assert "%" not in line, "cron takes it for a line's end"
    return subprocess.run(
        [environment["SHELL"], "-c", fields[6]],
        cwd=folder,
        env={"HOME": str(folder), "LOGNAME": "newscrawler", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_the_cron_line(tmp_path: Path, server: Server) -> None:
    make_project(tmp_path / "opt")
    (tmp_path / "log").mkdir()
    lines = [
        line
        for line in here((DEPLOY / "crontab").read_text("utf-8"), tmp_path).splitlines()
        if not line.startswith("#")
    ]
    environment = dict(line.split("=", 1) for line in lines[:-1])
    assert set(environment) == {"MAILTO", "SHELL", "PATH", "LOG"}
    line = lines[-1].replace("crawl rt_world", f"crawl rt_world {shlex.join(options_for(server))}")
    good = cron_runs(line, environment, tmp_path)
    log = (tmp_path / "log/crawl.log").read_text("utf-8")
    assert (good.returncode, good.stdout, good.stderr) == (0, "", ""), log
    assert "verdict  good (exit code 0)" in log.splitlines()[-1]
    assert Data(tmp_path).problems() == []
    bad = cron_runs(line.replace("crawl rt_world", "crawl rt_world -a colour=red"), environment, tmp_path)
    assert bad.stdout.startswith("exit code 2\n")
    assert "unknown argument -a colour=…" in bad.stdout.splitlines()[-1]
    assert bad.stderr == ""


def test_the_container_file() -> None:
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([program, DEPLOY / "Containerfile"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    copied = [line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    allowed = {line[1:] for line in (ROOT / ".containerignore").read_text("utf-8").splitlines() if line[0] == "!"}
    assert set(copied) == allowed
    assert all((ROOT / name).exists() for name in copied)


def test_the_linter_of_container_files_finds_faults(tmp_path: Path) -> None:
    """Else the test above could not fail."""
    (tmp_path / "Containerfile").write_text("FROM python\nRUN cd /tmp\nCMD scrapy list\n")
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [program, tmp_path / "Containerfile"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert {"DL3006", "DL3025"} <= set(re.findall(r"DL\d+", done.stdout))
