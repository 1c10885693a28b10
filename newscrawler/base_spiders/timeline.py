"""Where an article's id lies in time. Ids increase roughly with time: docs/extend/site.md#ids.

An id is given when an article is begun, so an article may be published later than one of a greater id. Only the page
proves a date.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise


class Timeline:
    """Known pairs of id and time, and a guess for what is between them."""

    def __init__(self, known: Iterable[tuple[int, datetime]]) -> None:
        self._known = sorted(known)

    def learn(self, number: int, moment: datetime) -> None:
        """One more pair, from a page or from the ledger."""
        insort(self._known, (number, moment))

    def id_at(self, moment: datetime) -> int:
        """The id that an article begun at that moment would have: a guess, by the nearest pairs on both sides."""
        before = max((pair for pair in self._known if pair[1] <= moment), default=None)
        after = min((pair for pair in self._known if pair[1] > moment and (not before or pair > before)), default=None)
        if before is None or after is None:
            pair = before or after
            # Beyond all that is known: RT gives some hundred ids a day.
            return pair[0] + int((moment - pair[1]).total_seconds() / 864) if pair else 0
        share = (moment - before[1]) / (after[1] - before[1])
        return before[0] + int((after[0] - before[0]) * share)


#: Ids between which a boundary need not be searched any closer: what lies around it is read anyway.
_CLOSE = 8
#: Pages without a date in a row after which the search ends where it is.
_DEAD_ENDS = 6
#: Guesses by interpolation before the middle is taken, so that a wrong timeline costs little.
_GUESSES = 3


class BoundarySearch:
    """Finds, in ids in ascending order, where publication passes a moment, with few pages asked for their date.

    Ask ``next`` for an index, fetch the page, ``record`` its date; until ``next`` is None. Then the first article
    of the moment or later lies between ``low`` (excluded) and ``high``, but for articles that are out of order.
    """

    def __init__(self, numbers: Sequence[int], moment: datetime, timeline: Timeline) -> None:
        self._numbers = numbers
        self._moment = moment
        self._timeline = timeline
        self._dead: set[int] = set()
        self._asked = 0
        self.low, self.high = -1, len(numbers)

    def next(self) -> int | None:
        """The index of the next page to ask, or None."""
        if self.high - self.low <= _CLOSE or len(self._dead) >= _DEAD_ENDS:
            return None
        middle = (self.low + self.high) // 2
        if self._asked % (_GUESSES + 1) < _GUESSES:
            guess = bisect_right(self._numbers, self._timeline.id_at(self._moment))
            # Not at the very edge: an edge is drawn in by one article at a time.
            middle = min(max(guess, self.low + _CLOSE // 2), self.high - _CLOSE // 2)
        return self._alive(middle)

    def record(self, index: int, published_at: datetime | None) -> None:
        """The date of the page at an index; None if it gave none."""
        self._asked += 1
        if published_at is None:
            self._dead.add(index)
            return
        self._timeline.learn(self._numbers[index], published_at)
        if published_at < self._moment:
            self.low = max(self.low, index)
        else:
            self.high = min(self.high, index)

    def _alive(self, index: int) -> int | None:
        """The index, or the nearest one that was not found dead."""
        inside = range(self.low + 1, self.high)
        for distance in range(len(self._dead) + 1):
            for near in (index + distance, index - distance):
                if near in inside and near not in self._dead:
                    return near
        return None


#: A step back in time, between two ids in order, that an article begun early does not explain.
_BACKWARDS = timedelta(days=30)
_FEW, _SHARE = 2, 0.05


def is_in_order(dated: Iterable[tuple[int, datetime]]) -> bool:
    """Whether dates grow with ids, but for single articles: if not, a place in time can't be told from an id."""
    moments = [moment for _, moment in sorted(dated)]
    back = sum(later < earlier - _BACKWARDS for earlier, later in pairwise(moments))
    return back < max(_FEW, _SHARE * len(moments))
