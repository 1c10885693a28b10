"""`python -m tests.slow.fault_injection`: a table of faults.

Exit code 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.slow.fault_injection import of_disk, of_ledger, of_machine, of_pages, of_site
from tests.slow.fault_injection.fault import Fault, Harness, Result
from tests.slow.fault_injection.history import History
from tests.slow.fault_injection.table import table

ALL: Sequence[Fault] = (
    *of_site.FAULTS,
    *of_pages.FAULTS,
    *of_disk.FAULTS,
    *of_ledger.FAULTS,
    *of_machine.FAULTS,
)
#: Days of six-hourly runs before the fault: so many, and the run knows what is usual.
_DAYS = 7


def run_faults(
    faults: Sequence[Fault],
    folder: Path,
    *,
    days: int = _DAYS,
    parallel: int = 2,
    tell: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """Inject them, several at a time, and tell of each as it ends."""
    harness = Harness(folder, History(days))
    harness.before()

    def one(fault: Fault) -> Result:
        result = harness.run_fault(fault)
        tell(result)
        return result

    with ThreadPoolExecutor(parallel) as threads:
        return list(threads.map(one, faults))


def _say(result: Result) -> None:
    print(
        f"{result.fault.name}: {result.not_here or '; '.join(result.problems) or 'as expected'}",
        file=sys.stderr,
        flush=True,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 when anything was lost or not as expected."""
    parser = argparse.ArgumentParser(prog="python -m tests.slow.fault_injection", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="FAULT", help="only these (default: all)")
    parser.add_argument("--list", action="store_true", help="name them and end")
    parser.add_argument("--parallel", type=int, default=2, help="faults at a time (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="for the data folders, and with the history of an earlier call")
    parser.add_argument("--json", type=Path, metavar="FILE", default=Path("build/faults.json"))
    given = parser.parse_args(argv)
    if given.list:
        print("\n".join(f"{fault.name}: {fault.what}" for fault in ALL))
        return 0
    known = {fault.name: fault for fault in ALL}
    if unknown := [name for name in given.names if name not in known]:
        parser.error(f"no fault {unknown[0]}; --list names them")
    began = time.monotonic()
    # Not deleted: what is wrong is to be looked at. User nobody must come to it.
    folder = given.folder or Path(tempfile.mkdtemp(prefix="faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    chosen = [known[name] for name in given.names] or ALL
    results = run_faults(chosen, folder, parallel=given.parallel, tell=_say)
    print(table(results))
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps([result.as_json() for result in results], indent=1) + "\n", "utf-8")
    wrong = sum(bool(result.problems) for result in results)
    print(f"\n{len(results)} faults, {wrong} not as expected, {time.monotonic() - began:.0f} s; data folders: {folder}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
