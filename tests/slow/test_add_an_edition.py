"""docs/extend/add-an-edition.md is true: a copy of the project, changed as it says, has an eighth edition."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.crawl.test_editions import PAGE
from tests.harness import environment

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "extend" / "add-an-edition.md").read_text("utf-8")
URL = "https://esperanto.rt.com/mondo/640001-balovo"


def in_copy(copy: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", *args]
    variables = {**environment(), "PYTHONPATH": str(copy)}
    return subprocess.run(command, cwd=copy, env=variables, capture_output=True, text=True, timeout=120, check=False)


def test_the_page_is_true(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "pages", "slow")
    shutil.copytree(ROOT / "newscrawler", tmp_path / "newscrawler", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=ignored)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    for name in ("pyproject.toml", "scrapy.cfg"):
        shutil.copy(ROOT / name, tmp_path)
    facts, line, form = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
    files = re.findall(r"^\| `([\w./]+)` \| (?!a class|a line)", DOC, re.MULTILINE)
    assert files[:3] == [
        "newscrawler/editions/eo.py",
        "newscrawler/editions/__init__.py",
        "newscrawler/spiders/rt_world_eo.py",
    ]
    module, registry, spider = (tmp_path / name for name in files[:3])
    module.write_text(facts)
    spider.write_text(form)
    text = registry.read_text("utf-8")
    text = text.replace("from newscrawler.editions.es ", f"{line}from newscrawler.editions.es ")
    registry.write_text(text.replace("SERBIAN)", "SERBIAN, ESPERANTO)"))
    done = in_copy(tmp_path, "scrapy", "list")
    assert "rt_world_eo" in done.stdout.splitlines(), done.stderr
    done = in_copy(tmp_path, "scrapy", "crawl", "rt_world_eo", "-a", "section=news", "-O", "x.jsonl")
    assert (done.returncode, "there are: mondo, sporto" in done.stderr) == (2, True), done.stderr
    checks = ("test_an_edition_s_facts_fit_together[eo]", "test_each_has_a_spider[eo]")
    done = in_copy(
        tmp_path, "pytest", "-q", "-p", "no:cacheprovider", *(f"tests/unit/test_editions.py::{name}" for name in checks)
    )
    assert "2 passed" in done.stdout, done.stdout
    page = tmp_path / "page.html"
    page.write_text(PAGE.format(url=URL, day=1, hour=1, words="mevona", text="mevona " * 40), encoding="utf-8")
    done = in_copy(tmp_path, "scrapy", "extract", str(page))
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["edition"], record["language"], record["section"]) == ("eo", "eo", "mondo")
    assert record["url"] == URL
