"""The wheel, in an empty folder without the checkout: base first, then what is missing in it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import FAST, ROOT
from tests.replica import Server


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of a copy of the project: building leaves files beside what is built."""
    folder = tmp_path_factory.mktemp("wheel")
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in names:
        if name.startswith("newscrawler/") or "/" not in name:
            (folder / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "copy" / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([*command, str(folder), str(folder / "copy")], check=True, capture_output=True)
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed program. What it depends on is this environment's: no index is asked."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [packages] = (folder / "lib").glob("python*/site-packages")
    [ours] = (Path(sys.prefix) / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(f"{ours}\n")
    command = [sys.executable, "-m", "pip", "--python", str(folder), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "bin" / "newscrawler"


def test_the_wheel_holds_the_package_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"newscrawler"}
    assert {"newscrawler/py.typed", "newscrawler/article.schema.json", "newscrawler/report/report.html"} <= set(names)


def test_the_program_crawls_in_an_empty_folder(program: Path, replica: Callable[..., Server], tmp_path: Path) -> None:
    settings = {**FAST, "NEWSCRAWLER_MIRRORS": json.dumps({"www.rt.com": replica(articles=10).url})}
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    # A project of somebody else's lies in the folder.
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = nothing.such\n")
    command = [str(program), "crawl", "rt_world", "-O", "articles.jsonl", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "articles.jsonl").read_text("utf-8").splitlines()) >= 5
    listed = subprocess.run([str(program), "list"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "rt_world" in listed.stdout.split()
