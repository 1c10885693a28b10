"""What pyproject.toml says of dependencies is what requirements.txt installs; what is missing is told in one line."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from newscrawler.exceptions import ArgumentError, require_extra
from tests.harness import ROOT, environment


def requirements(name: str) -> set[str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith(("#", "-r"))}


def test_base_and_extras_are_the_requirements() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    # Those of requirements-readers.txt are in no environment of `make env`.
    whole = {*project["dependencies"], *(line for names in extras.values() for line in names)}
    assert whole - requirements("requirements-readers.txt") == requirements("requirements.txt")
    page = (ROOT / "docs/use/install.md").read_text("utf-8")
    assert all(f"| `{name}` |" in page for name in extras)


def test_a_missing_extra_names_the_pip_command() -> None:
    with pytest.raises(ArgumentError, match=r"^the report needs nothing_such: pip install 'newscrawler\[report\]'$"):
        require_extra("report", "the report", "json", "nothing_such")


def test_a_python_that_is_too_old_is_one_line_before_anything_is_installed(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\ncase $2 in *print*) echo 3.9;; *) exit 1;; esac\n")
    old.chmod(0o755)
    command = ["make", "env", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    told = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert told == [f"newscrawler needs Python 3.11 or later, and {old} is 3.9; name another: make PYTHON=python3.12"]
    assert not (tmp_path / "venv").exists()


def newscrawler(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from newscrawler.__main__ import main; main()", *args]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def test_a_damaged_scrapy_cfg_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("mood")
    done = newscrawler(tmp_path, "list")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert done.stderr.startswith("newscrawler: error: scrapy.cfg: ")
    assert newscrawler(tmp_path, "--version").stdout.startswith("newscrawler 1.")


def test_ctrl_c_in_source_that_is_made_does_not_kill_by_the_signal(tmp_path: Path) -> None:
    """Python ends by the signal when KeyboardInterrupt was raised in a string that exec runs, though it was caught."""
    made = "import os, signal; os.kill(os.getpid(), signal.SIGINT); [None for _ in range(10**6)]"
    program = (
        "import sys, types; from newscrawler.__main__ import main\n"
        f"sys.modules['scrapy.cmdline'] = types.SimpleNamespace(execute=lambda: exec({made!r}))\n"
        "main()"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "newscrawler: interrupted\n")
