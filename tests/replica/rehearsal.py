"""A site whose stories follow a script, with hours in which it is down and a day on which its template changes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from tests.replica import story as s
from tests.replica.answers import Answer, Answers
from tests.replica.faults import Address
from tests.replica.feed_dates import rfc822
from tests.replica.heads import Head
from tests.replica.layouts import grid
from tests.replica.layouts.common import PageContext
from tests.replica.script import DAY, Script, corpus_times, invented_times, write_scripts
from tests.replica.site import Clock, Options, Site
from tests.replica.spans import Span
from tests.replica.writer import write_story

#: The 30 days from here have 541 stories of world news in the corpus, 18 a day, and no hole in the record.
DEFAULT_START = datetime.fromisoformat("2025-10-08T00:00:00+00:00")
_NUMBER = re.compile(r"^/[\w-]+/(\d+)-[^/]+/$")


@dataclass(frozen=True, slots=True)
class Calendar:
    """What happens to the site as a whole."""

    start: datetime
    days: int
    down: tuple[datetime, datetime]
    template_change: datetime
    #: From then on the lead stands in an element of another name; None: never.
    lead_lost: datetime | None = None

    @classmethod
    def of(cls, start: datetime, days: int, *, lose_lead_on: int | None = None) -> Calendar:
        """Two hours down after a third of the days, another template after two thirds.

        ``lose_lead_on`` is the day, from 1, at whose noon and some minutes the lead gets another name.
        """
        down = (start + days * DAY * 11 / 30).replace(hour=10, minute=0, second=0)
        change = (start + days * DAY * 2 / 3).replace(minute=0, second=0) + timedelta(hours=9, minutes=20)
        lost = None
        if lose_lead_on is not None:
            lost = (start + (lose_lead_on - 1) * DAY).replace(hour=12, minute=20, second=0)
        return cls(start, days, (down, down + timedelta(hours=2)), change, lost)

    @property
    def end(self) -> datetime:
        """The end of the rehearsal."""
        return self.start + self.days * DAY

    def is_down(self, moment: datetime) -> bool:
        """Whether the site answers nothing."""
        return self.down[0] <= moment < self.down[1]

    def is_lead_lost(self, moment: datetime) -> bool:
        """Whether the lead has its other name."""
        return self.lead_lost is not None and moment >= self.lead_lost


class ScriptedSite(Site):
    """Lists and pages as the scripts have them at the clock's time."""

    def __init__(self, scripts: Sequence[Script], calendar: Calendar, now: Clock) -> None:
        self.scripts = {script.number: script for script in scripts}
        self.calendar = calendar
        addresses = [Address(script.head.path, "article", script.head, (script.head.section,)) for script in scripts]
        super().__init__(addresses, now, Options())
        self._in_order = list(scripts)
        self._published = [script.head.published_at for script in scripts]
        self.final = lru_cache(maxsize=None)(self._final)
        self.version_of = lru_cache(maxsize=None)(self._version_of)

    @classmethod
    def rehearse(
        cls,
        days: int,
        now: Clock,
        *,
        corpus: Path | None = None,
        start: datetime = DEFAULT_START,
        seed: int = 1,
        lose_lead_on: int | None = None,
    ) -> ScriptedSite:
        """A site for a rehearsal of so many days; the same arguments give the same scripts."""
        times = corpus_times(corpus, start, days) if corpus else invented_times(start, days, seed)
        return cls(write_scripts(times, start, seed), Calendar.of(start, days, lose_lead_on=lose_lead_on), now)

    def entries(self, section: str = "") -> list[Address]:
        """See ``Site``."""
        return self.newest(len(self._in_order), section)

    def newest(self, count: int, section: str = "") -> list[Address]:
        """See ``Site``."""
        now = self.now()
        found: list[Address] = []
        for script in reversed(self._in_order[: bisect_right(self._published, now)]):
            if len(found) == count:
                break
            if not script.is_there(now):
                continue
            head = script.head_at(script.version_at(now))
            if section in ("", head.section):
                found.append(Address(head.path, "article", self._dated(script, head), (head.section,)))
        return found

    def version(self, head: Head) -> int:
        """How many of the times in ``head.edits`` are past; the template's change counts."""
        return bisect_right(head.edits, self.now())

    def story_of(self, head: Head) -> s.Story:
        """The version of a story that is online now."""
        return self.version_of(head.number, self.scripts[head.number].version_at(self.now()))

    def _dated(self, script: Script, head: Head) -> Head:
        """With the times that a sitemap's lastmod shows: the change of template touches every story."""
        moments = [step.at for step in script.steps]
        if script.head.published_at < self.calendar.template_change:
            moments = sorted([*moments, self.calendar.template_change])
        return replace(head, edits=tuple(moments))

    def _final(self, number: int) -> s.Story:
        head = self.scripts[number].head
        return write_story(head, 0, self._earlier(head, 8, number))

    def _version_of(self, number: int, version: int) -> s.Story:
        return self.scripts[number].write(self.final(number), version)


class ScriptedAnswers(Answers):
    """Answers of a scripted site. Story pages carry validators of their own, which know nothing of boilerplate."""

    site: ScriptedSite

    def answer(self, target: str) -> Answer:
        """The answer to a path; none at all in the second hour in which the site is down."""
        site, now = self.site, self.site.now()
        down, up = site.calendar.down
        if site.calendar.is_down(now):
            return self._not_found(503) if now < down + (up - down) / 2 else Answer(status=0)
        path = target.partition("?")[0]
        match = _NUMBER.match(path)
        script = site.scripts.get(int(match[1])) if match else None
        if script is None:
            return super().answer(target)
        version = script.version_at(now)
        # An address that is not the story's yet is nobody's.
        paths = [script.head_at(number).path for number in range(version + 1)]
        if not script.is_there(now) or path not in paths:
            return self._not_found()
        if path != paths[-1] and script.lifecycle != "renamed_both":
            return Answer(301, location=paths[-1])
        return self._story_page(script, version)

    def _story_page(self, script: Script, version: int) -> Answer:
        now, change = self.site.now(), self.site.calendar.template_change
        story = self.site.version_of(script.number, version)
        renewed = now >= change
        page = render(story, self.site.context(script.head), renewed=renewed)
        lost = self.site.calendar.is_lead_lost(now)
        if lost:
            page = page.replace('<div class="article__summary summary ">', '<div class="article__standfirst ">', 1)
        modified = max(script.starts[version], change) if renewed else script.starts[version]
        headers = {
            "ETag": f'"{script.number:x}-{version}-{int(renewed)}{"-lost" * lost}"',
            "Last-Modified": rfc822(modified).replace("+0000", "GMT"),
        }
        return Answer(body=page.encode(), headers=headers)


def render(story: s.Story, context: PageContext, *, renewed: bool) -> str:
    """The page before or after the change of template: same words, other boilerplate, other markup.

    Before, a third of the stories has paragraphs divided by `<br><br>`; after, another third. After, one story
    in five has its lead as the body's first paragraph, and an empty summary.
    """
    breaks = story.number % 3 == (1 if renewed else 0)
    if not renewed:
        page = grid.render(story, context)
    else:
        if story.lead and story.number % 5 == 0:
            story = replace(story, lead=None, blocks=(s.Paragraph((Span(story.lead),)), *story.blocks))
        page = grid.render(story, PageContext(context.now, context.others[::-1]))
        page = page.replace('<div class="Grid-block  Grid-is2to3-xs_is1to1 ">', _BANNER + _COLUMN, 1)
        page = page.replace(
            '<div class="article__text text ">', _PROMO + '<div class="article__text text text_2025">', 1
        )
        page = page.replace('<div class="article__share', _NEWSLETTER + '<div class="article__share', 1)
    return _with_breaks(page) if breaks else page


_COLUMN = '<div class="Grid-block Grid-is2to3-xs_is1to1 Grid-new">'
_BANNER = '<div class="Grid-block banner-line"><p>Read us where you like: our channels are listed here.</p></div>'
_PROMO = '<div class="promo-line"><p>Dear readers, thank you for your support!</p></div>'
_NEWSLETTER = '<div class="newsletter-box"><p>Subscribe to the weekly letter.</p></div>'


def _with_breaks(page: str) -> str:
    head, mark, rest = page.partition('<div class="article__text')
    body, share, tail = rest.partition('<div class="article__share')
    return head + mark + body.replace("</p><p>", "<br><br>") + share + tail
