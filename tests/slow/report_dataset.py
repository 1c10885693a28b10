"""A data folder with a ledger, of so many invented articles, made by the same calls as a crawl's, without a crawl."""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from newscrawler.dataset.lock import RunLock
from newscrawler.dataset.recovery import compress_before
from newscrawler.dataset.writer import PartFile
from newscrawler.items import Article, record_of
from newscrawler.ledger import LEDGER_NAME, DiscoveredLink, Ledger, Run, new_run_id
from newscrawler.monitoring.stats import RunFigures
from newscrawler.outcomes import Outcome
from newscrawler.pages.text import content_hash
from newscrawler.report.figures import read_figures
from newscrawler.report.page import page, read_ledger
from newscrawler.utils import format_time

_SECTIONS = ("news", "news", "news", "russia", "russia", "business", "africa", "india", "pop-culture", "op-ed")
_LAYOUTS = ("2022-grid", "2022-grid", "2022-grid", "2022-oped", "2019")
_TEXT = (
    "minister talks port grain harvest bridge council vote river trade border summit museum railway budget "
    "storm rescue school satellite observatory treaty election harbour budget forecast energy pipeline region "
    "officials spoke residents repair new northern southern old long early late three hundred after before"
)
_WORDS = _TEXT.split()
_NAMES = ("Kala", "Ostrava", "Belmar", "Tirana", "Norden", "Sestra", "Quito", "Maru", "Veles", "Lira")
_LOSSES = (
    ("failed", "no response in time"),
    ("unknown_layout", ""),
    ("blocked", "captcha"),
    ("http_error", "status 500"),
)
_REVISED, _TWIN, _FIRST_ID = 0.15, 0.03, 600000


def make_report_dataset(
    data_dir: Path,
    *,
    articles: int,
    days: int,
    until: datetime,
    special: Mapping[int, dict[str, Any]] | None = None,
    editions: Sequence[str] = ("en",),
) -> None:
    """Write runs of ``days`` days, one an hour at most, with the last at ``until``; the same for the same arguments.

    ``special`` changes fields of the article with that number. Some articles are revised once or more, some are
    near-duplicates, and a few runs end badly. The runs take turns in the editions; every hundredth URL fails.
    """
    draw = random.Random(20260501)
    runs = max(1, min(articles, 24 * days, max(days, articles // 20)))
    step = timedelta(days=days) / runs
    shares = [articles * (at + 1) // runs - articles * at // runs for at in range(runs)]
    data_dir.mkdir(parents=True, exist_ok=True)
    recent: list[dict[str, Any]] = []
    number = 0
    with RunLock(data_dir, now=until), Ledger.open(data_dir / LEDGER_NAME) as ledger:
        for at, share in enumerate(shares):
            now = until - step * (runs - at - 1)
            edition = editions[at % len(editions)]
            run = ledger.runs.begin(
                *(new_run_id(now), now),
                extractor_version="1",
                command="rt_world" if edition == "en" else f"rt_world_{edition}",
            )
            part = PartFile(data_dir, ledger, run)
            fresh = [
                _record(draw, n, now, step, [one for one in recent if one["edition"] == edition])
                | {"edition": edition, "language": edition}
                | (special or {}).get(n, {})
                for n in range(number, number + share)
            ]
            number += share
            keys = [DiscoveredLink((r["edition"], r["article_id"]), r["url"], "feed") for r in fresh]
            ledger.urls.discovered(run, now, keys)
            revised = list(_revised(draw, recent, now))
            for record in fresh + revised:
                _save(ledger, part, run, record, now)
            for n in range(number - share, number):
                if n % 100 == 7:
                    lost = DiscoveredLink(
                        (edition, str(_FIRST_ID // 2 + n)), f"https://www.rt.com/news/{n}-lost/", "feed"
                    )
                    outcome, detail = _LOSSES[n // 100 % len(_LOSSES)]
                    ledger.urls.discovered(run, now, [lost])
                    ledger.urls.finished(run, lost.key, Outcome(outcome), now, detail)
            part.finish()
            recent = (recent + fresh)[-400:]
            counts = {"new": share, "revised": len(revised), "unchanged": draw.randrange(20, 60)}
            bad = draw.random() < 0.06 and at < runs - 1
            if bad:
                counts["unknown_layout"] = draw.randrange(5, 30)
            ended = now + timedelta(seconds=draw.randrange(40, 400))
            figures = RunFigures(
                requests=sum(counts.values()) + 4,
                response_bytes=sum(counts.values()) * 90_000,
                outcomes=counts,
                doubts={"odd_date": 1, "unclaimed_text": share // 10} if at % 3 == 0 else {},
                compared=share,
                agreed=share - at % 2,
            )
            why = f"{counts['unknown_layout']} pages have an unknown layout" if bad else "0 URLs failed"
            ledger.runs.end(
                *(run, ended),
                outcomes=counts,
                finish_reason="finished",
                exit_code=3 if bad else 0,
                verdict=why,
                figures=figures,
            )
        compress_before(data_dir, ledger, until.date())


def _record(
    draw: random.Random, number: int, now: datetime, step: timedelta, recent: list[dict[str, Any]]
) -> dict[str, Any]:
    section = draw.choice(_SECTIONS)
    published = now - draw.random() * step
    twin = draw.choice(recent) if recent and draw.random() < _TWIN else None
    paragraphs = list(twin["paragraphs"]) if twin else [_sentences(draw) for _ in range(draw.randrange(4, 12))]
    record = record_of(Article()) | {
        "article_id": str(_FIRST_ID + number),
        "edition": "en",
        "language": "en",
        "url": f"https://www.rt.com/{section}/{_FIRST_ID + number}-{draw.choice(_WORDS)}-{draw.choice(_WORDS)}/",
        "section": section,
        "headline": f"{draw.choice(_NAMES)} {' '.join(draw.choices(_WORDS, k=7))}",
        "lead": _sentences(draw) if draw.random() < 0.96 else None,
        "authors": [f"Ana {draw.choice(_NAMES)}"] if section == "op-ed" else [],
        "published_at": format_time(published),
        "image": {"url": "https://mf.b37mrtl.ru/a.jpg", "caption": None, "credit": None}
        if draw.random() < 0.98
        else None,
        "tags": draw.sample(_NAMES, k=2) if draw.random() < 0.8 else [],
        "paragraphs": paragraphs,
        "first_seen_at": format_time(now),
        "fetched_at": format_time(now),
        "discovered_via": "feed",
        "layout": draw.choice(_LAYOUTS),
        "extractor_version": "1",
    }
    if twin:
        record |= {"near_duplicate_of": twin["article_id"], "near_duplicate_similarity": round(draw.uniform(0.5, 1), 4)}
    return record


def _sentences(draw: random.Random) -> str:
    return " ".join(f"{' '.join(draw.choices(_WORDS, k=draw.randrange(8, 18))).capitalize()}." for _ in range(3))


def _revised(draw: random.Random, recent: list[dict[str, Any]], now: datetime) -> Iterator[dict[str, Any]]:
    """The revisions that a run sees; now and then one story is worked on for hours."""
    for record in recent:
        chance = _REVISED / 8 if int(record["article_id"]) % 50 else 0.4
        if draw.random() < chance:
            at = draw.randrange(len(record["paragraphs"]))
            words = record["paragraphs"][at].split()
            words[draw.randrange(len(words))] = draw.choice(_WORDS)
            record["paragraphs"][at] = " ".join(words)
            if draw.random() < 0.3:
                record["paragraphs"].append(_sentences(draw))
            yield record | {"fetched_at": format_time(now)}


def _save(ledger: Ledger, part: PartFile, run: Run, record: dict[str, Any], now: datetime) -> None:
    text = "\n\n".join([record["lead"] or "", *record["paragraphs"]]).strip()
    record |= {
        "text": text,
        "word_count": len(text.split()),
        "content_hash": content_hash(record["headline"], record["lead"], record["paragraphs"]),
    }
    decision = ledger.articles.decide(record)
    if decision.outcome == "unchanged":
        return
    record |= {
        "revision": decision.revision,
        "revision_of_hash": decision.revision_of_hash,
        "revision_reason": decision.reason,
    }
    line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
    part.save(line, lambda place: ledger.articles.save_line(run, record, decision, place, now))


def picture(target: Path) -> None:
    """Draw the head of a report of invented articles, as README.md shows it."""
    now = datetime(2026, 5, 1, 12, 20, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as name:
        data, html = Path(name) / "data", Path(name) / "report.html"
        make_report_dataset(data, articles=600, days=30, until=now - timedelta(minutes=20))
        figures = read_figures(data, now)
        with Ledger.open(data / LEDGER_NAME, read_only=True) as ledger:
            html.write_text(page(figures, read_ledger(data, ledger, figures), folder="data", days=30), "utf-8")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            view = browser.new_page(viewport={"width": 1180, "height": 830}, device_scale_factor=0.75)
            view.goto(html.as_uri())
            view.screenshot(path=target)
            browser.close()


if __name__ == "__main__":
    picture(Path(sys.argv[1]))
