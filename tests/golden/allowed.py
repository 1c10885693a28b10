"""Differences from the golden records that are meant, each with its reason. `compare --allow FILE` adds to them."""

from __future__ import annotations

from tests.golden.compare import Allowed

_WORDS = "issue 9, 7: summary lines in plain English; their figures, outcomes and exit codes are compared"
_SOURCES = "issue 9, 3: the schema knows trend and warc, so that `dataset verify` accepts lines that an archive gave"

_REFUSED = r"""schema  \S+  discovered_via: 'warc' is none of the values it may have"""

#: Near-duplicate marks are not among them: those of the golden records name articles of earlier runs, so that it does
#: not matter whether a run holds records back.
ALLOWED = (
    *(
        Allowed("runs", name, "wording", _WORDS, key=key)
        for name in ("said.*", "verdict")
        for key in ("crawl-*", "week 2*", "archive-faults", "archive-week", "archive dataset*")
    ),
    Allowed("runs", "exit_code", "value", _SOURCES, key="archive-dataset: verify", old="^3$", new="^0$"),
    Allowed(
        *("runs", "said", "length", _SOURCES),
        key="archive-dataset: verify",
        old=rf'^\[(?:"{_REFUSED}", )+"\d+ files, (\d+) records; \1 problems: schema \1"\]$',
        new=r'^\["\d+ files, \d+ records; no problems"\]$',
    ),
)
