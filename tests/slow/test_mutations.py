"""Thousands of single changes of pages: hardly any gives a wrong record without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.slow.mutations.__main__ import MAX_SILENT, Result, Tally, pages_of, run
from tests.slow.mutations.changes import CHANGES, UNSEEN


def tells(tally: Tally) -> str:
    return "\n".join((*tally.lines(), *tally.silent))


def test_what_a_page_shows_is_told(pytestconfig: pytest.Config) -> None:
    corpus: Path | None = pytestconfig.getoption("--corpus")
    tally = run(pages_of(corpus), each=2, seed=1)
    assert tally.count(CHANGES).total() > 5000
    assert tally.share_silent() <= MAX_SILENT, tells(tally)
    # No kind of change hides behind the many that are harmless.
    shares = {change.__name__: tally.share_silent([change]) for change in CHANGES}
    assert {name: share for name, share in shares.items() if share > 3 * MAX_SILENT} == {}, tells(tally)


def test_the_check_sees_what_one_page_cannot_show() -> None:
    tally = run(pages_of(None)[:20], each=1, seed=1)
    found = tally.count(UNSEEN)
    assert found[Result.SILENT] > 0.9 * found.total()
