"""Two editions on a schedule in one data folder for a week, with a takedown in one: the other is what it is alone."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.crawl.test_editions import NUMBERS, Small, crawl, serving, shape, small
from tests.harness import run_scrapy
from tests.oracle import damage, records_of

#: Two runs a day.
SLOTS = 14
TAKEN_DOWN_AT = 7
EDITED = NUMBERS[0]
#: Wall-clock seconds of a record: runs of two folders are not started in the same one.
CLOCKS = ("first_seen_at", "fetched_at")
#: Which of two is the near-duplicate of the other depends on which was written first.
ONE_AT_A_TIME = {"CONCURRENT_REQUESTS": "1"}


def publish(site: Small, slot: int) -> None:
    """What the site has at a slot: an article more each time, and one that is edited every other day."""
    number = 640100 + slot
    site.article(number)
    if slot % 4 == 0:
        site.article(EDITED, extra=f" Mevona {slot}.")
    site.sources((EDITED, number), (number, *range(640100, number), *NUMBERS[1:]))


def lines_of(folder: Path, code: str) -> list[dict[str, Any]]:
    lines = [
        {name: value for name, value in record.items() if name not in CLOCKS}
        for record in records_of(folder / "data")
        if record["edition"] == code
    ]
    return sorted(lines, key=lambda line: (line["article_id"], line["revision"]))


@pytest.mark.parametrize(("code", "other_code"), [("en", "ru"), ("ar", "es")])
def test_a_week_of_two_editions(tmp_path: Path, code: str, other_code: str) -> None:
    together, alone = tmp_path / "together", tmp_path / "alone"
    for folder in (together, alone):
        folder.mkdir()
    sites = [small(code), small(other_code)]
    with ExitStack() as stack:
        one, other = (stack.enter_context(serving(site)) for site in sites)
        for slot in range(SLOTS):
            for site in sites:
                publish(site, slot)
            for folder, site in ((together, one), (together, other), (alone, other)):
                done = crawl(folder, site, "-a", "sources=listing,feed", hours=12 * slot, settings=ONE_AT_A_TIME)
                assert done.code == 0, done.err
            if slot == TAKEN_DOWN_AT:
                before = lines_of(together, other_code)
                done = run_scrapy(together, ["takedown", f"{code}/{EDITED}", "--reason", "asked", "--yes"])
                assert done.code == 0, done.err
                assert lines_of(together, other_code) == before
                one.requests.clear()
        asked_again = [path for path in one.requests if path == shape(one.edition, EDITED)]
    assert asked_again == []
    assert lines_of(together, other_code) == lines_of(alone, other_code)
    assert len([line for line in lines_of(alone, other_code) if line["article_id"] == str(EDITED)]) > 2
    taken = {record["article_id"] for record in lines_of(together, code)}
    assert str(EDITED) not in taken
    assert {str(640100 + slot) for slot in range(SLOTS)} <= taken
    assert list(damage(together / "data")) == []
    done = run_scrapy(together, ["dataset", "verify"])
    assert done.code == 0, done.err
