"""docs/extend/add-a-layout.md is true: a copy of the project, changed as it says, reads the replica's pages of that
design."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import environment
from tests.replica import Site
from tests.replica.answers import Answers

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "extend" / "add-a-layout.md").read_text("utf-8")


def in_copy(copy: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", *args]
    variables = {**environment(), "PYTHONPATH": str(copy)}
    return subprocess.run(command, cwd=copy, env=variables, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project, with a page of the new design as a run would have kept it."""
    for name in ("newscrawler", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "pages", "crawl"))
    shutil.copytree(ROOT / "newscrawler/pages", tmp_path / "newscrawler/pages")
    shutil.copytree(ROOT / "tests/pages/2022", tmp_path / "tests/pages/2022")
    shutil.copytree(ROOT / "tests/pages/2019", tmp_path / "tests/pages/2019")
    for name in ("2013", "2014", "2016", "2016-opedge", "2022-oped"):
        shutil.copytree(ROOT / "tests/pages" / name / "news", tmp_path / "tests/pages" / name / "news")
    for name in ("pyproject.toml", "scrapy.cfg"):
        shutil.copy(ROOT / name, tmp_path)
    site = Site.build(articles=40, faults="unknown_layout")
    address = next(address for address in site.addresses.values() if address.kind == "unknown_layout")
    kept = tmp_path / "data/kept/en-639873.html"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(Answers(site).answer(address.path).body)
    return tmp_path


def test_the_page_is_true(copy: Path) -> None:
    kept = "data/kept/en-639873.html"
    assert f"scrapy explain {kept}" in DOC
    done = in_copy(copy, "scrapy", "explain", kept)
    assert done.returncode == 3, done.stderr
    assert "no record: UnknownLayout" in done.stdout
    assert f"scrapy capture {kept} --case news" in DOC
    done = in_copy(copy, "scrapy", "capture", kept, "--case", "news")
    assert (done.returncode, done.stdout) == (0, "tests/pages/unknown/news\n"), done.stderr
    (copy / "tests/pages/unknown").rename(copy / "tests/pages/2027")
    (copy / "tests/pages/2027/news/expected.json").unlink()
    [module] = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
    (copy / "newscrawler/pages/layouts/story.py").write_text(module)
    init = copy / "newscrawler/pages/layouts/__init__.py"
    text = init.read_text("utf-8")
    text = text.replace("= (\n    Article2022,", "= (\n    Story2027,\n    Article2022,")
    init.write_text(text.replace("\nLAYOUTS", "\nfrom newscrawler.pages.layouts.story import Story2027\n\nLAYOUTS"))
    english = copy / "newscrawler/editions/en.py"
    named = re.sub(r"layouts=\(", 'layouts=("2027-story", ', english.read_text("utf-8"), count=1)
    english.write_text(named)
    tests = ("pytest", "-q", "-k", "2027", "tests/unit/test_pages.py")
    done = in_copy(copy, *tests)
    assert done.returncode == 1
    assert "expected.json was missing" in done.stdout, done.stdout
    expected = json.loads((copy / "tests/pages/2027/news/expected.json").read_text("utf-8"))
    assert expected["layout"] == "2027-story"
    assert len(expected["paragraphs"]) >= 3
    assert (expected["published_at"], expected["lead"]) == (None, None)
    done = in_copy(copy, *tests)
    assert done.returncode == 0, done.stdout
    done = in_copy(copy, "scrapy", "explain", kept)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"2027-story +matches", done.stdout)
    assert "section.Story-prose > div.Prose-line" in done.stdout


def test_the_module_is_as_the_others_are(tmp_path: Path) -> None:
    [module] = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
    path = tmp_path / "story.py"
    path.write_text(module)
    for command in (
        ["ruff", "check", "--config", str(ROOT / "pyproject.toml")],
        ["mypy", "--config-file", str(ROOT / "pyproject.toml")],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
