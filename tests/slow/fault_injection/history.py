"""The site that the runs crawl: stories come all the time, some are edited; a fault can change any of its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tests.oracle import Expected, Truth
from tests.replica.answers import Answer
from tests.replica.rehearsal import Calendar, ScriptedAnswers, ScriptedSite
from tests.replica.script import Script, Step, invented_times, write_scripts
from tests.replica.server import Server, serve
from tests.slow.soak.crawls import Clock
from tests.slow.soak.truth import face_of

START = datetime(2026, 4, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
#: Between the runs before the fault.
RHYTHM = 6 * HOUR
_NEVER = datetime(2100, 1, 1, tzinfo=UTC)
_SEED = 7
#: What a fault makes of an answer, given its path.
Spoil = Callable[[str, Answer], Answer]


class FaultyAnswers(ScriptedAnswers):
    """Answers as the scripts have them, and then as a fault has them."""

    spoil: Spoil | None = None

    def answer(self, target: str) -> Answer:
        """See ``Answers``."""
        found = super().answer(target)
        return self.spoil(target.partition("?")[0], found) if self.spoil else found


@dataclass(frozen=True, slots=True)
class History:
    """So many days of runs before the fault. ``moment`` is when the run with the fault begins."""

    days: int

    @property
    def moment(self) -> datetime:
        """Six in the evening of the last day, a rhythm after the last run before the fault."""
        return START + timedelta(days=self.days, hours=18)

    @property
    def runs(self) -> list[datetime]:
        """The runs before the fault."""
        count = int((self.moment - START) / RHYTHM)
        return [START + number * RHYTHM for number in range(count)]

    def scripts(self) -> list[Script]:
        """ServedSite news some 18 times a day; those of the morning are edited shortly before the fault's run, those of
        the afternoon an hour and a half after it.
        """
        times = invented_times(START, self.days + 5, _SEED)
        return [self._edited(script) for script in write_scripts(times, _NEVER, _SEED)]

    def _edited(self, script: Script) -> Script:
        published, moment = script.head.published_at, self.moment
        if script.head.section != "news":
            return script
        if moment - 14 * HOUR <= published <= moment - 6.5 * HOUR:
            return replace(script, steps=(Step(moment - HOUR / 2, "text"),))
        if moment - 6 * HOUR <= published <= moment - HOUR:
            return replace(script, steps=(Step(moment + 1.5 * HOUR, "text"),))
        return script


@dataclass(frozen=True, slots=True)
class ServedSite:
    """A site, its clock and its server."""

    history: History
    clock: Clock
    site: ScriptedSite
    answers: FaultyAnswers
    server: Server

    @classmethod
    @contextmanager
    def of(cls, history: History) -> Iterator[ServedSite]:
        """Always the same for the same history."""
        clock = Clock(START)
        calendar = replace(Calendar.of(START, history.days + 5), down=(_NEVER, _NEVER), template_change=_NEVER)
        site = ScriptedSite(history.scripts(), calendar, clock.now)
        answers = FaultyAnswers(site)
        with serve(site, answers=answers) as server:
            yield cls(history, clock, site, answers, server)

    def truth(
        self, earlier: Sequence[bytes], until: datetime, *, stale: bool = False, without_lead: bool = False
    ) -> Truth:
        """What must be there after the last run, which was at ``until``.

        ``earlier`` are the lines that were there before the fault. ``stale``: an edit may still wait for its visit.
        ``without_lead``: the pages had no lead for a while, and lines may say so.
        """
        articles = {}
        for script in self.site.scripts.values():
            due = script.head.section == "news" and START < script.head.published_at <= until
            versions = [self.site.version_of(script.number, at).truth() for at in range(len(script.starts))]
            latest = None if stale else script.version_at(until)
            articles[str(script.number)] = Expected(versions, latest, optional=not due)
        return Truth(articles=articles, earlier=earlier, face=face_of, without_lead=without_lead, orphans=True)
