"""`make demo` as a newcomer sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema

from newscrawler.schema import article_schema
from tests.harness import environment
from tests.replica import READABLE, Site
from tests.replica.demo import demo_site


def within_reach(site: Site) -> set[str]:
    """Ids of the valid world-news articles that the demo's crawl can find."""
    stories = (
        site.story(url)
        for url, kind in site.reachable("news").items()
        if kind in READABLE and url.startswith("https://www.rt.com/news/")
    )
    return {story.truth()["article_id"] for story in stories if story is not None}


def test_the_demo_ends_with_a_file_of_valid_records(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.replica.demo"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) < 20
    assert max(map(len, done.stdout.splitlines())) < 120
    path = tmp_path / "build/demo/articles.jsonl"
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    validator = jsonschema.Draft202012Validator(article_schema())
    for record in records:
        validator.validate(record)
    expected = within_reach(demo_site())
    assert {record["article_id"] for record in records} == expected
    assert len(records) == len(expected)
    assert f"{len(records)} records in build/demo/articles.jsonl; of the first:" in done.stdout
