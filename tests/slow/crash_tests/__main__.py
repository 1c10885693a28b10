"""`python -m tests.slow.crash_tests --kills 200`: kill crawls, recover, check, report."""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from tests.slow.crash_tests.crawls import Setup
from tests.slow.crash_tests.rounds import POINTS, STOPS, Harness, Result, Task
from tests.slow.crash_tests.site_states import SiteStates

#: From so many kills on, each named instant has its ten.
_LONG = 200
_LEAST = 10


def tasks(kills: int, stops: int, seed: int) -> list[Task]:
    """Half of the kills at random instants, half at named ones in turn, and each form of interruption so often."""
    each = max(math.ceil(kills / 2 / len(POINTS)), _LEAST if kills >= _LONG else 0)
    hows = ["random"] * math.ceil(kills / 2) + [*POINTS] * each + [*STOPS] * stops
    return [Task(number, how, seed * 100_003 + number) for number, how in enumerate(hows, start=1)]


def run_rounds(
    rounds: Sequence[Task], folder: Path, *, parallel: int = 2, tell: Callable[[str], None] = lambda line: None
) -> list[Result]:
    """The rounds, several at a time, and tell each one's line as it ends."""
    states = SiteStates.build()
    with states.served() as servers, ThreadPoolExecutor(parallel) as threads:
        harness = Harness(states, servers, folder)
        # As many at a time as later, so that the length is that of a crawl under the same load.
        list(threads.map(harness.measure, [Setup(validators=bool(at % 2)) for at in range(max(2, parallel))]))
        results = []
        for result in threads.map(harness.run_round, rounds):
            tell(result.line())
            results.append(result)
        tell(f"a whole crawl takes {harness.length:.1f} s")
        return results


def summary(results: Sequence[Result]) -> str:
    """Kills and interruptions that hit, by instant and by phase, and what was wrong."""
    hit = Counter(result.how for result in results if result.hit)
    phases = Counter(result.phase for result in results if result.hit and result.how == "random")
    again = sum(bool(result.again) and "not" not in result.again for result in results)
    kills = sum(count for how, count in hit.items() if how not in STOPS)
    late = sum(len(result.instants) - result.hit for result in results)
    lines = [
        f"{kills} crawls killed, {hit['random']} at random instants "
        f"({', '.join(f'{phase} {count}' for phase, count in phases.most_common())}), "
        f"{again} of them again while recovering; {late} kills came too late and were repeated",
        "at named instants: " + ", ".join(f"{point} {hit[point]}" for point in POINTS),
        "interrupted: " + ", ".join(f"{stop} {hit[stop]}" for stop in STOPS),
        f"rounds that left something wrong: {sum(bool(result.problems) for result in results)}",
        f"rounds that never hit: {sum(not result.hit for result in results)}",
    ]
    return "\n".join(lines)


def main() -> int:
    """Exit code 1 when a dataset was not whole or an instant was never hit."""
    parser = argparse.ArgumentParser(prog="python -m tests.slow.crash_tests", description=__doc__)
    parser.add_argument("--kills", type=int, default=_LONG, help="crawls to kill at least (default: %(default)s)")
    parser.add_argument("--stops", type=int, default=5, help="rounds a form of interruption (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the instants that are drawn (default: %(default)s)")
    parser.add_argument("--parallel", type=int, default=2, help="rounds at a time (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's instants and findings there")
    given = parser.parse_args()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="crash-tests-"))
    rounds = tasks(given.kills, given.stops, given.seed)
    results = run_rounds(rounds, folder, parallel=given.parallel, tell=lambda line: print(line, flush=True))
    print(f"\n{summary(results)}\n{time.monotonic() - began:.0f} s, seed {given.seed}; data folders in {folder}")
    if given.json:
        given.json.write_text("".join(json.dumps(asdict(result)) + "\n" for result in results), "utf-8")
    return int(any(result.problems or not result.hit for result in results))


if __name__ == "__main__":
    sys.exit(main())
