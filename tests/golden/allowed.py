"""Differences from the golden records that are meant, each with its reason. `compare --allow FILE` adds to them."""

from __future__ import annotations

from tests.golden.compare import LINE, Allowed

_WORDS = "issue 9, 7: summary lines in plain English; their figures, outcomes and exit codes are compared"
_SOURCES = "issue 9, 3: the schema knows trend and warc, so that `dataset verify` accepts lines that an archive gave"

_STORED = "issue 12, 6: an archive's pages are no requests"
_EDITIONS = "issue 11: pages of six more editions are read, and a new field"
_DOUBTS = "issue 10: the record's doubts, and what the run says of them"

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
    Allowed("runs", "said.*", "line lost", _SOURCES, key="archive-dataset: verify", old=f'^"{_REFUSED}"$'),
    Allowed(
        *("runs", "said.*", "line lost", _SOURCES),
        key="archive-dataset: verify",
        old=r'^"\d+ files, (\d+) records; \1 problems: schema \1"$',
    ),
    Allowed(
        "runs", "said.*", "*", _SOURCES, key="archive-dataset: verify", new=r'^"\d+ files, \d+ records; no problems"$'
    ),
    Allowed("runs", "said.run", "value", _STORED, key="archive*", new='^"run  rt_archive, N s, 0 requests, N MB"$'),
    Allowed("*", "schema_version", "value", _DOUBTS, old='^"1.0.0"$', new='^"1.1.0"$'),
    Allowed("*", "extractor_version", "value", _DOUBTS, old='^"1"$', new='^"3"$'),
    # Two of the replica's faults are pages with a wrong charset.
    Allowed("*", "doubts", "key added", _DOUBTS, new=r'^\[("encoding_repaired")?\]$'),
    Allowed("*", "subheadline", "key added", _EDITIONS, new="^null$"),
    Allowed("extract", LINE, "added", _EDITIONS, key="[!e]*"),
    Allowed("extract", LINE, "added", _EDITIONS, key="es-*"),
    Allowed("runs", "said.*", "line lost", _EDITIONS, key="extract", old="known layouts|not an article's|25 of 37"),
    Allowed(
        "runs", "said.*", "line added", _EDITIONS, key="extract", new="ar-2020-1089254.html: the page's URL|1 of 37"
    ),
    *(
        Allowed("runs", "said.*", "line added", _DOUBTS, new=said)
        for said in ('^"agreement  ', '^"doubts  encoding_repaired 2"$', "^\"note  this machine's clock is ")
    ),
)
