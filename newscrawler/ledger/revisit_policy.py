"""When a known article is fetched again: a small table and pure functions of the clock.

News is edited in its first hours, so re-visits are dense there, get lazier with age and end. With a run an
hour, an article first fetched at age u (0 to 1 h) is visited at the ages

    u+2, u+4, u+6, u+8 h          105 minutes apart while younger than 8 h: every second hourly run
    u+18 h                        9 h 45 min after that, while younger than 15 h
    u+18 h + 5 d                  a late correction; then no more

which is **six** re-visits. An article that is developing at first has one more, at u+1 h. No article has more than
eight, whatever happens to it: ``most`` is a budget that every visit draws on, those caused by a lastmod and those
that find a 404 or a fault too. The last but one is reserved for the late correction, the last for what can't be
planned: the second 404 that a withdrawal needs, or a look whether the article is back. See docs/operate/revisits.md.

Intervals are a quarter of an hour short of whole hours: an hourly run comes to an article some seconds sooner or
later than the run before, and a visit due seconds after a run would wait for the next one.

A developing article (DETAILS TO FOLLOW) is visited by every hourly run in its first two hours, then as others are,
and is never given up before its mark is gone: every thirty days at last, even beyond the budget, because many
pages keep the mark for ever. Where a table of one's own is denser, the interval doubles with each visit in a row
that found nothing new, from the seventh on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from newscrawler.exceptions import ArgumentError
from newscrawler.outcomes import Outcome
from newscrawler.utils import parse_duration

#: The longest a developing article waits, and what its interval grows to.
DEVELOPING_LONGEST = timedelta(days=30)
#: Visits without news before a developing article's interval begins to double.
PATIENCE = 6
#: A lastmod is not followed sooner after a visit than this: every hourly run at most.
LASTMOD_GAP = timedelta(minutes=45)
#: Nor when the table's own visit is at most this far away: it finds the same, and a further one is saved.
LASTMOD_PATIENCE = timedelta(hours=2)
#: Visits in a row without a change that lastmods may cause, before they are ignored for the article.
MAX_LASTMOD_MISSES = 1
#: A known article is withdrawn when it answered 404 or 410 twice, at least this far apart.
WITHDRAWN_AFTER = timedelta(days=1)
#: When a withdrawn article is asked for again; after that only if a listing names it.
WITHDRAWN_GAPS = (timedelta(days=7), timedelta(days=30))
#: A listing that names a withdrawn article has it asked for again, at most this often.
WITHDRAWN_GAP = timedelta(days=1)
#: Outcomes whose last gap repeats for ever.
ENDLESS = frozenset({Outcome.ROBOTS})
_SHORTEST = timedelta(minutes=1)
_LONGEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Step:
    """While an article is younger than ``until_age`` at a visit, the next one is ``interval`` later."""

    until_age: timedelta
    interval: timedelta


@dataclass(frozen=True, slots=True)
class RevisitTable:
    """Steps in order of age. Beyond the last one, published articles are done with and developing ones wait
    ``DEVELOPING_LONGEST``. ``lastmod_until_age`` is the age up to which a lastmod is followed: without an end, a
    migration that touches every page's time would have the whole archive fetched again. ``most`` is the number
    of re-visits that an article may cost in all.
    """

    published: tuple[Step, ...]
    developing: tuple[Step, ...]
    lastmod_until_age: timedelta
    most: int = 8


def _minutes(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


DEFAULT_TABLE = RevisitTable(
    published=(
        Step(timedelta(hours=8), _minutes(105)),
        Step(timedelta(hours=15), _minutes(585)),
        Step(timedelta(days=5), timedelta(days=5) - _minutes(15)),
    ),
    developing=(
        Step(timedelta(hours=2), _minutes(45)),
        Step(timedelta(hours=8), _minutes(105)),
        Step(timedelta(hours=15), _minutes(585)),
        Step(timedelta(days=5), timedelta(days=5) - _minutes(15)),
    ),
    lastmod_until_age=timedelta(days=90),
)


def _gaps(*texts: str) -> tuple[timedelta, ...]:
    return tuple(map(parse_duration, texts))


#: Outcome to gaps; their number is that of the further attempts.
RETRY_GAPS: Mapping[Outcome, tuple[timedelta, ...]] = MappingProxyType(
    {
        Outcome.FAILED: _gaps("45m", "165m", "12h", "1d", "3d", "7d"),
        Outcome.HTTP_ERROR: _gaps("45m", "165m", "12h", "1d", "3d", "7d"),
        Outcome.BLOCKED: _gaps("45m", "165m", "12h", "1d", "2d", "4d", "7d", "14d"),
        # An article that was just listed may not be on every server yet; after that a 404 is final.
        Outcome.GONE: _gaps("45m", "1d", "7d"),
        # The page may be repaired. A new extractor version has them all tried again at once.
        Outcome.INVALID: _gaps("165m", "1d", "3d", "7d", "30d"),
        Outcome.UNKNOWN_LAYOUT: _gaps("165m", "1d", "3d", "7d", "30d"),
        # No request is made for these, so asking costs nothing: see ENDLESS.
        Outcome.ROBOTS: _gaps("1d", "7d", "30d"),
        # Led to another article's record; asked again because that record may have failed to be written.
        Outcome.DUPLICATE: _gaps("1d", "7d", "30d"),
        Outcome.NOT_ARTICLE: (),
    }
)


def next_visit(
    published_at: datetime,
    fetched_at: datetime,
    developing: bool,
    unchanged_streak: int,
    now: datetime,
    table: RevisitTable = DEFAULT_TABLE,
    *,
    visits: int = 0,
) -> datetime | None:
    """When to fetch an article again that was seen at ``fetched_at``, or None for never. All times aware.

    ``unchanged_streak`` counts the visits in a row that found nothing new, ``visits`` all re-visits so far. A
    visit that would lie in the past, as after a capture from an archive, is planned anew from ``now``, at the age
    the article has then.
    """
    interval = _interval(fetched_at - published_at, developing, unchanged_streak, visits, table)
    due = None if interval is None else fetched_at + interval
    if due is not None and due < now:
        interval = _interval(now - published_at, developing, unchanged_streak, visits, table)
        due = None if interval is None else now + interval
    return due


def lastmod_is_due(
    lastmod: datetime,
    *,
    published_at: datetime,
    visited_at: datetime,
    misses: int,
    now: datetime,
    table: RevisitTable = DEFAULT_TABLE,
    next_at: datetime | None = None,
    visits: int = 0,
) -> bool:
    """Whether a time that a feed or sitemap gives for a known article is a reason to fetch it before its turn.

    It proves nothing: it must be newer than the last visit, and ``misses``, the visits in a row that it
    caused without a change, must be few. It is not followed where the table's own visit (``next_at``) is near, nor with
    what the budget keeps for those: an article whose last version comes hours after a lastmod would have it on the
    sixth day. The caller must not ask twice for the same lastmod.
    """
    own = 0 if next_at is None else 1 + max(1, _visits_ahead(now - published_at, table))
    return (
        lastmod > visited_at
        and lastmod <= now + timedelta(days=1)
        and now - visited_at >= LASTMOD_GAP
        and now - published_at < table.lastmod_until_age
        and misses < MAX_LASTMOD_MISSES
        and (next_at is None or next_at - now > LASTMOD_PATIENCE)
        and visits < table.most - own
    )


def _visits_ahead(age: timedelta, table: RevisitTable) -> int:
    """How many visits the table has after one at this age; a developing article is settled by then."""
    count = 0
    while count < table.most and (step := _step(age, table.published)) is not None:
        age += step.interval
        count += 1
    return count


def after_withdrawal(looks: int, visits: int, now: datetime, table: RevisitTable = DEFAULT_TABLE) -> datetime | None:
    """When to look again whether a withdrawn article is back, after so many looks; None: only if a listing names it."""
    if looks >= len(WITHDRAWN_GAPS) or visits >= table.most:
        return None
    return now + WITHDRAWN_GAPS[looks]


def next_attempt(outcome: Outcome, attempts: int, now: datetime) -> datetime | None:
    """When to try a URL again after its ``attempts``-th attempt in a row without a record; None: never.

    Raises KeyError for an outcome without a row.
    """
    gaps = RETRY_GAPS[outcome]
    if attempts > len(gaps) and outcome in ENDLESS:
        attempts = len(gaps)
    return now + gaps[attempts - 1] if 1 <= attempts <= len(gaps) else None


def parse_table(setting: Mapping[str, object]) -> RevisitTable:
    """The table that a setting spells, such as::

        {"published": ["8h: 105m", "15h: 9h45m", "5d: 4d23h45m"], "developing": ["2h: 45m"], "hints": "90d", "most": 8}

    Each step is "younger than: interval" with d, h and m. What is left out is taken from the default table.
    Raises ArgumentError naming the part that can't be used.
    """
    parts = ("published", "developing", "hints", "most")
    unknown = set(setting).difference(parts)
    if unknown:
        raise ArgumentError(f"revisit table: unknown part {sorted(unknown)[0]!r}; use {', '.join(parts)}")
    hints, most = setting.get("hints"), str(setting.get("most", DEFAULT_TABLE.most))
    if not (most.isascii() and most.isdigit() and len(most) <= 4 and int(most) > 0):
        raise ArgumentError(f"revisit table: most: {most!r} is no whole number from 1 to 9999")
    return RevisitTable(
        published=_steps("published", setting.get("published"), DEFAULT_TABLE.published),
        developing=_steps("developing", setting.get("developing"), DEFAULT_TABLE.developing),
        lastmod_until_age=DEFAULT_TABLE.lastmod_until_age if hints is None else _duration("hints", hints),
        most=int(most),
    )


def _interval(age: timedelta, developing: bool, streak: int, visits: int, table: RevisitTable) -> timedelta | None:
    left = table.most - visits - 1  # one is not planned: see the module's text
    if left <= 0:
        return DEVELOPING_LONGEST if developing else None
    step = _step(age, table.developing if developing else table.published)
    interval = None if step is None else step.interval
    if interval is not None and left == 1 and table.published:
        interval = max(interval, table.published[-1].interval)
    if not developing:
        return interval
    if interval is None:
        return DEVELOPING_LONGEST
    doublings = min(max(0, streak - PATIENCE), 20)
    longer: timedelta = interval * 2**doublings
    return min(longer, DEVELOPING_LONGEST)


def _step(age: timedelta, steps: Sequence[Step]) -> Step | None:
    return next((step for step in steps if age < step.until_age), None)


def _steps(part: str, value: object, default: tuple[Step, ...]) -> tuple[Step, ...]:
    if value is None:
        return default
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ArgumentError(f"revisit table: {part} must be a list of 'age: interval'")
    steps: list[Step] = []
    for text in value:
        age, colon, interval = str(text).partition(":")
        if not colon:
            raise ArgumentError(f"revisit table: {part}: {text!r} is not 'age: interval'")
        step = Step(_duration(part, age), _duration(part, interval))
        if steps and step.until_age <= steps[-1].until_age:
            raise ArgumentError(f"revisit table: {part}: ages must rise, {text!r} does not")
        steps.append(step)
    return tuple(steps)


def _duration(part: str, value: object) -> timedelta:
    text = str(value).strip()
    try:
        duration = parse_duration(text)
    except ValueError as error:
        raise ArgumentError(f"revisit table: {part}: {error}") from None
    if not _SHORTEST <= duration <= _LONGEST:
        raise ArgumentError(f"revisit table: {part}: {text!r} is not between a minute and ten years")
    return duration
