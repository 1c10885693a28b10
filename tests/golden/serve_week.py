"""Serves the scripted site of a checkout. A moment a line on standard input sets its clock, and is said back.

Run as a script with the checkout on PYTHONPATH: package of the replica, days, start, and optionally the corpus.
"""

from __future__ import annotations

import importlib
import sys
from datetime import datetime
from pathlib import Path


def main(module: str, package: str, days: str, start: str, corpus: str = "") -> None:
    """Serve until standard input ends."""
    scripted = importlib.import_module(module)
    serve = importlib.import_module(f"{package}.server").serve
    moment = datetime.fromisoformat(start)
    site = scripted.ScriptedSite.rehearse(
        int(days), lambda: moment, corpus=Path(corpus) if corpus else None, start=moment, seed=1
    )
    with serve(site, validators=True, answers=scripted.ScriptedAnswers(site)) as server:
        print(f"replica: {server.url}", flush=True)
        for line in sys.stdin:
            moment = datetime.fromisoformat(line.strip())
            print(moment.isoformat(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
