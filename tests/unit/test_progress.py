"""The live line on a terminal, from counters."""

from __future__ import annotations

from newscrawler.extensions.progress import progress_line
from newscrawler.monitoring.stats import snapshot_of


def test_time_left_is_said_when_only_articles_are_left() -> None:
    counted = {
        "newscrawler/scheduled": 100,
        "newscrawler/outcome/new": 8,
        "newscrawler/outcome/failed": 2,
        "scheduler/enqueued": 104,
        "scheduler/dequeued": 16,
    }
    begun = "discovered 100  fetched 10  new 8  revised 0  errors 2  60/min"
    assert progress_line(snapshot_of(counted), 10, 2) == f"{begun}  1:30 left"
    assert progress_line(snapshot_of(counted), 10, 3) == begun, "a listing is still on its way"
    assert progress_line(snapshot_of(counted), 10, None) == begun
    assert progress_line(snapshot_of({}), 0, 0) == "discovered 0  fetched 0  new 0  revised 0  errors 0"
    slow = {**counted, "newscrawler/scheduled": 10_000, "scheduler/enqueued": 10_004}
    assert progress_line(snapshot_of(slow), 10, 2).endswith("2:46:30 left")
