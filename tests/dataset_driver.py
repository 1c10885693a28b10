"""Invented records and crawls for the tests of ledger and dataset, and a process that is killed while crawling.

``python -m tests.dataset_driver`` reads cases as JSON from its input. For each it forks one crawl a kill, waits
until that has been killed, then crawls once more undisturbed, and prints what became of them.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newscrawler import failpoints
from newscrawler.dataset.lock import RunLock
from newscrawler.dataset.recovery import compress_before, recover
from newscrawler.dataset.takedown import takedown
from newscrawler.dataset.writer import PartFile
from newscrawler.ledger import LEDGER_NAME, DiscoveredLink, Durability, Ledger, Run, Signature, Validators, new_run_id
from newscrawler.ledger.database import Database
from newscrawler.ledger.schema import MIGRATIONS
from newscrawler.pages.text import content_hash

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
#: A migration such as a later version may bring.
LATER = (*MIGRATIONS, ("ALTER TABLE stories ADD COLUMN mood TEXT", "UPDATE stories SET mood = 'calm'"))


def make_record(number: int, version: int = 0, **changes: Any) -> dict[str, Any]:
    """A record with every field that the ledger and the dataset look at. ``version`` changes its words."""
    paragraphs = [f"Paragraph {at} of story {number}, telling “{version}”." for at in range(3 + number % 5)]
    record: dict[str, Any] = {
        "article_id": str(600000 + number),
        "edition": "en",
        "url": f"https://www.rt.com/news/{600000 + number}-slug/",
        "section": "news",
        "headline": f"Story {number}",
        "lead": f"Lead of story {number}",
        "authors": [],
        "published_at": (START - timedelta(minutes=number % 60)).isoformat(),
        "paragraphs": paragraphs,
        "developing": False,
        "fetched_at": START.isoformat(),
        "extractor_version": "1",
        "status": "published",
        "revision": 1,
        "revision_of_hash": None,
        "revision_reason": None,
    } | changes
    record["text"] = "\n\n".join([record["lead"], *record["paragraphs"]])
    record["content_hash"] = content_hash(record["headline"], record["lead"], record["paragraphs"])
    return record


def entry(number: int, lastmod: datetime | None = None) -> DiscoveredLink:
    """The address of a made record, as a listing gives it."""
    return DiscoveredLink(
        ("en", str(600000 + number)), f"https://www.rt.com/news/{600000 + number}-slug/", "listing", lastmod
    )


def as_line(record: dict[str, Any]) -> bytes:
    """A record as a line of the dataset."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def save(ledger: Ledger, part: PartFile, run: Run, record: dict[str, Any], now: datetime, **more: Any) -> str:
    """Decide and, if there is something to write, write: what the pipelines do. The decision's kind."""
    decision = ledger.articles.decide(record, more.pop("old_page_record", None))
    key = (record["edition"], record["article_id"])
    if decision.outcome == "unchanged":
        ledger.visits.unchanged(run, key, now, decision=decision, validators=more.get("validators"))
        return decision.outcome
    line = record | {
        "revision": decision.revision,
        "revision_of_hash": decision.revision_of_hash,
        "revision_reason": decision.reason,
    }
    part.save(as_line(line), lambda location: ledger.articles.save_line(run, line, decision, location, now, **more))
    return decision.outcome


def crawl(
    data_dir: Path, now: datetime, *, articles: int, version: int, compress: bool, durability: Durability
) -> None:
    """One run over an invented site of so many articles; the even ones have the version, the odd ones the first."""
    with RunLock(data_dir, now=now), Ledger.open(data_dir / LEDGER_NAME, durability=durability) as ledger:
        recover(data_dir, ledger, now)
        run = ledger.runs.begin(new_run_id(now), now, extractor_version="1")
        part = PartFile(data_dir, ledger, run)
        for page in range(0, articles, 5):
            entries = [entry(number) for number in range(page, min(page + 5, articles))]
            plans = ledger.urls.discovered(run, now, entries)
            for plan in plans + ledger.urls.pending(run, now, edition="en", limit=10):
                if not plan.wanted:
                    continue
                number = int(plan.key[1]) - 600000
                record = make_record(number, 0 if number % 2 else version, fetched_at=now.isoformat())
                signature = Signature(tuple(range(number, number + 42)), b"x" * 800)
                save(ledger, part, run, record, now, validators=Validators(etag=str(version)), signature=signature)
        part.finish()
        ledger.runs.end(run, now, outcomes={"new": part.lines}, finish_reason="finished", exit_code=0)
        if compress:
            compress_before(data_dir, ledger, (now + timedelta(days=1)).date())


def _forked(work: Callable[[], None], kill_at: str | None, after_seconds: float | None = None) -> int:
    """Do the work in a child, which is killed at a named instant or after a while; how it ended, as waitpid."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            failpoints.arm(kill_at)
            work()
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    if after_seconds is not None:
        time.sleep(after_seconds)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def run_case(case: dict[str, Any]) -> dict[str, Any]:
    """Kill and repeat the crawls of a case; the last crawl is left alone."""
    data_dir = Path(case["data_dir"])
    draw = random.Random(case.get("seed", 0))
    now = START
    ends = []
    for version in (0, 1):
        for kill_at in [*case["kills"], None]:
            now += timedelta(hours=3) if kill_at == case["kills"][0] else timedelta(minutes=1)

            def work(now: datetime = now, version: int = version) -> None:
                crawl(
                    data_dir,
                    now,
                    articles=case["articles"],
                    version=version,
                    compress=case["compress"],
                    durability=case["durability"],
                )

            if kill_at == "random":
                ends.append(_forked(work, None, draw.uniform(0, case["longest"])))
            else:
                ends.append(_forked(work, kill_at))
    return {"ends": ends, "data_dir": str(data_dir)}


def migrate(path: Path) -> None:
    """Open a ledger with a version to come."""
    Database(path, durability="run", read_only=False, migrations=LATER).close()


def kill_takedown(data_dir: Path, kills: list[str]) -> list[int]:
    """Take the third article of a dataset down; be killed meanwhile, and in the recoveries that carry it on."""

    def begin() -> None:
        with Ledger.open(data_dir / LEDGER_NAME) as ledger:
            takedown(data_dir, ledger, entry(2).key, START)

    def carry_on() -> None:
        with Ledger.open(data_dir / LEDGER_NAME) as ledger:
            recover(data_dir, ledger, START)

    return [_forked(begin, kills[0]), *(_forked(carry_on, kill) for kill in kills[1:]), _forked(carry_on, None)]


def main() -> None:
    """Read cases, one JSON object a line; write what became of each, one a line."""
    for line in sys.stdin:
        case = json.loads(line)
        if "migrate" in case:
            ends = [_forked(lambda case=case: migrate(Path(case["migrate"])), case["kill_at"])]  # type: ignore[misc]
            print(json.dumps({"ends": ends}), flush=True)
        elif "takedown" in case:
            print(json.dumps({"ends": kill_takedown(Path(case["takedown"]), case["kills"])}), flush=True)
        else:
            print(json.dumps(run_case(case)), flush=True)


if __name__ == "__main__":
    main()
