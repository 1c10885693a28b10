"""`python -m tests.slow.soak`: a month of hourly crawls in fast-forward, and whether every promise was kept."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.reactor import install_reactor

from newscrawler.ledger.revisit_policy import DEFAULT_TABLE
from tests.oracle import damage, records_of
from tests.replica.rehearsal import DEFAULT_START, ScriptedSite
from tests.slow.soak.alarms import alarm_figures, alarm_table
from tests.slow.soak.check import Violation, check
from tests.slow.soak.crawls import Clock, RunFigures, crawl_all
from tests.slow.soak.report import figures, table


def main(argv: Sequence[str] | None = None) -> int:
    """Run, check, report. The exit code is 1 when any promise was broken."""
    parser = _parser()
    args = parser.parse_args(argv)
    if args.days < 1:
        parser.error("--days: give a whole number from 1")
    if args.lose_lead_on is not None and not 1 <= args.lose_lead_on <= args.days:
        parser.error(f"--lose-lead-on: give a day of the soak, 1 to {args.days}")
    if args.corpus and not (args.corpus / "datasets").is_dir():
        parser.error(f"--corpus {args.corpus}: no such corpus")
    if args.data and args.data.exists() and any(args.data.iterdir()):
        parser.error(f"--data {args.data}: it is not empty")
    if args.data:
        return _run_soak(args, args.data)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        return _run_soak(args, Path(folder))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.slow.soak", description=__doc__)
    parser.add_argument("--days", type=int, default=30, help="days to live through (default 30)")
    parser.add_argument("--corpus", type=Path, help="folder of the corpus; without it the rhythm is invented")
    parser.add_argument("--validators", action="store_true", help="the server sends ETag and Last-Modified")
    parser.add_argument("--seed", type=int, default=1, help="seed of what is invented (default 1)")
    parser.add_argument("--data", type=Path, help="data folder to make and keep; it must be empty")
    parser.add_argument(
        "--lose-lead-on",
        type=int,
        metavar="DAY",
        help="from that day on the site's template loses the lead; shows when the alarm comes, checks nothing else",
    )
    parser.add_argument("--json", type=Path, help="write the figures there")
    return parser


def _run_soak(args: argparse.Namespace, data_dir: Path) -> int:
    clock = Clock(DEFAULT_START)
    site = ScriptedSite.rehearse(
        args.days, clock.now, corpus=args.corpus, seed=args.seed, lose_lead_on=args.lose_lead_on
    )
    runs = _run_all(site, clock, data_dir, validators=args.validators)
    if args.lose_lead_on is not None:
        found = alarm_figures(runs, site.calendar)
        print(alarm_table(found))
        _write(args.json, found, runs)
        return 0 if found["false_alarms"] == 0 and found["runs_until_seen"] is not None else 1
    report = check(records_of(data_dir), runs, site, DEFAULT_TABLE)
    report.violations += (Violation("dataset_damaged", what) for what in damage(data_dir))
    found = figures(report, runs, site)
    found["validators"] = args.validators
    print(table(found))
    print(f"\n{alarm_table(alarm_figures(runs, site.calendar))}")
    _write(args.json, found, runs)
    return 1 if report.violations else 0


def _write(path: Path | None, found: dict[str, Any], runs: Sequence[RunFigures]) -> None:
    if path:
        path.write_text(json.dumps({**found, "runs": [run.as_json() for run in runs]}, indent=1) + "\n", "utf-8")


def _run_all(site: ScriptedSite, clock: Clock, data_dir: Path, *, validators: bool) -> list[RunFigures]:
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor as installed  # noqa: PLC0415 - only now is it the right one

    reactor: Any = installed

    runs: list[RunFigures] = []
    failures: list[Any] = []

    async def all_runs() -> None:
        async for run in crawl_all(site, clock, data_dir, validators=validators):
            runs.append(run)
            if sys.stderr.isatty():
                print(f"\r{run.at:%d %b %H:%M}", end="", file=sys.stderr)

    def begin() -> None:
        done = deferred_from_coro(all_runs())
        done.addErrback(failures.append)
        done.addCallback(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()
    if failures:
        failures[0].raiseException()
    return runs


if __name__ == "__main__":
    sys.exit(main())
