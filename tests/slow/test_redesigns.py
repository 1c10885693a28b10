"""A template changes after some days of runs: the verdict says so in time, and says nothing before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.slow.redesigns.__main__ import rehearse, warm_up
from tests.slow.redesigns.changes import CHANGES
from tests.slow.redesigns.runs import Rehearsal, copied

#: Long enough for a baseline; `make redesigns` takes a month.
WARM_UP = timedelta(days=10)


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rehearsal, Path]:
    """A site, and a data folder with ten quiet days."""
    rehearsal = Rehearsal(WARM_UP.days + 4)
    folder = tmp_path_factory.mktemp("redesigns") / "warm"
    assert [ended.verdict.why for ended in warm_up(rehearsal, folder, WARM_UP)] == []
    return rehearsal, folder


@pytest.mark.parametrize("share", [1.0, 0.5])
@pytest.mark.parametrize("name", CHANGES)
def test_a_redesign_is_told(warm: tuple[Rehearsal, Path], tmp_path: Path, name: str, share: float) -> None:
    rehearsal, folder = warm
    told = rehearse(rehearsal, copied(folder, tmp_path / "data"), name, share, length=WARM_UP)
    assert told.in_time, told


def test_a_slip_on_a_tenth_of_the_pages_is_told(warm: tuple[Rehearsal, Path], tmp_path: Path) -> None:
    rehearsal, folder = warm
    told = rehearse(rehearsal, copied(folder, tmp_path / "data"), "promo_in_body", 0.1, length=WARM_UP)
    # Ten days are a short baseline: within a day only after a month.
    assert "doubt/differs_from_feed" in told.kinds
