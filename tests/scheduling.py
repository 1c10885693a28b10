"""What docs/operate/scheduling.md tells its reader to type, for the tests that run it."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from tests.harness import ROOT

PAGE = ROOT / "docs" / "operate" / "scheduling.md"
#: What an egg and a checkout need.
PROJECT = ("Makefile", "README.md", "newscrawler", "pyproject.toml", "tests", "requirements.txt", "scrapy.cfg")


def commands(section: str) -> list[str]:
    """The commands of a section of the page, in order."""
    text = PAGE.read_text("utf-8")
    [body] = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    blocks: list[str] = re.findall(r"^```sh\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]


def make_project(folder: Path) -> Path:
    """A copy of the project whose .venv is the environment of this process."""
    ignored = shutil.ignore_patterns("__pycache__")
    folder.mkdir(parents=True)
    for name in PROJECT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    for name, call in (("python", sys.executable), ("scrapy", f"{sys.executable} -W error -m scrapy")):
        (binaries / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n')
        (binaries / name).chmod(0o755)
    (folder / ".venv" / ".env").touch()  # make takes the environment for made
    return folder
