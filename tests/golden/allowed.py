"""Differences from the golden records that are meant, each with its reason. `compare --allow FILE` adds to them."""

from __future__ import annotations

from tests.golden.compare import Allowed

_MARKS = "issue 9, 5: near-duplicate marks are made against the dataset as it is when the line is written"
_WORDS = "issue 9, 7: summary lines in plain English; their figures are compared"
_SOURCES = "issue 9, 3: the schema knows trend and warc, so that `dataset verify` accepts lines that an archive gave"

#: The latest view (`*-latest`) is not among them: its marks are deterministic and stay.
ALLOWED = (
    Allowed("crawl-*", "near_duplicate_*", "*", _MARKS),
    Allowed("week", "near_duplicate_*", "*", _MARKS),
    Allowed("archive-faults", "near_duplicate_*", "*", _MARKS),
    Allowed("archive-week", "near_duplicate_*", "*", _MARKS),
    Allowed("archive-dataset", "near_duplicate_*", "*", _MARKS),
    Allowed("runs", "said.*", "wording", _WORDS),
    Allowed("runs", "exit_code", "value", _SOURCES, old="^3$", new="^0$", key="archive-dataset: verify"),
    Allowed(
        "runs", "said", "length", _SOURCES, old="discovered_via|'warc'", new=r"^\[\]$", key="archive-dataset: verify"
    ),
)
