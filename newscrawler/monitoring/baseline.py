"""Is a run as good as its baseline, the runs of the same command before it? Without any, floors count.

Small samples are judged by chance: a figure counts only if one so low would come less than once in 10,000 runs,
were the site already as poor as the threshold allows. So an hour without news at 3 a.m. on a Sunday is no finding.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple, Self

from newscrawler.items import Doubt
from newscrawler.monitoring.stats import OP_ED_AUTHORS, WATCHED, Recurrence, RunFigures
from newscrawler.outcomes import Outcome
from newscrawler.utils import truncate

#: A figure counts only if one so low would come by chance less often than this.
P_VALUE = 1e-4
#: Records over which a field's share is looked for at most: older ones say nothing of the page as it is.
_MAX_NEWEST_RECORDS = 50
#: Records that make a baseline of shares.
_MIN_BASELINE_RECORDS = 50
#: Articles by which ceilings and lengths are judged.
MIN_ARTICLES = 10
#: As P_VALUE, for what was counted so often at most in four weeks: two of a kind that there never was are no chance;
#: and for shares that vary with the news, which a year of hourly runs looks at some 100,000 times.
P_RARE = 3e-4
P_SHARES = 1e-6
_SELDOM = 2
_MIN_RARE = 2
_MIN_REVISED = 8
#: What still strikes as many pages as before spares so many in a row less often than this.
_ENDED = 0.05
#: ExitCode.OUTPUT of verdict.py, which imports this module.
_OUTPUT_FAILED = 6
#: A post or a read-more card is added to an article that is being written, to several on a day with one great story.
_ADDED_BY_EDITORS = ("embeds gained", "related gained")
#: What has never been seen yet is expected half a time.
_PRIOR = 0.5
#: Of a normal distribution, once in 1,000,000.
_MAX_Z = 4.9
#: How long a paragraph that recurs is new, and how many articles must have it.
_SUDDEN = timedelta(days=7)
_MIN_SUDDEN = 5
#: Hours that end with the run, compared with the same hours of the days before.
_WINDOWS = (6, 12, 24, 48)
_DAYS = 7
_MIN_DAYS = 5
#: Sources that always name about as many URLs. A sitemap read for a gap names what came since.
_STEADY = ("listing", "feed", "newssitemap")
_MIN_RUNS = 5
_MIN_NAMED = 10
_MAX_RUNS = 7 * 24
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class Finding(NamedTuple):
    """What is not as it should be; ``text`` has the figure and the threshold."""

    kind: str
    text: str


def articles(now: datetime, figures: RunFigures, history: Sequence[PastRun], least: float) -> Finding | None:
    """Too few new articles in the hours up to ``now``, for what the same hours of the last days brought.

    The median of seven days is the baseline: a week has two quiet days, and one outage, or the first run's backlog, is
    no rule. At least five of the days must have runs in those hours. Killed runs count with what they committed.
    """
    oldest = now - _DAYS * _DAY - _WINDOWS[-1] * _HOUR
    earlier = [(past.started_at, past.figures.new) for past in history if past.started_at > oldest]
    brought = [(now, figures.new), *earlier]
    for hours in _WINDOWS:
        window = hours * _HOUR
        days = [_within(brought, now - day * _DAY, window) for day in range(1, _DAYS + 1)]
        known = [found for found in days if found is not None]
        if len(known) < _MIN_DAYS:
            continue
        baseline = statistics.median_low(known)
        found = _within(brought, now, window) or 0
        if poisson_tail(found, least * baseline) < P_VALUE:
            text = f"{found} new articles in {hours} hours, usually {baseline}; less than {least:.0%} and not by chance"
            return Finding("few_articles", text)
    return None


def _within(brought: Sequence[tuple[datetime, int]], end: datetime, window: timedelta) -> int | None:
    found = [count for at, count in brought if end - window < at <= end]
    return sum(found) if found else None


def sources(figures: RunFigures, history: Sequence[PastRun], least: float) -> Iterator[Finding]:
    """Sources that answer as always, but name far fewer URLs."""
    for source in _STEADY:
        named = figures.named.get(source)
        if named is None and source in figures.unchanged:
            # What it said last still stands.
            named = next((past.figures.named[source] for past in history if source in past.figures.named), None)
        earlier = [past.figures.named[source] for past in history if past.good and source in past.figures.named]
        if named is None or len(earlier) < _MIN_RUNS:
            continue
        baseline = statistics.median_low(earlier[:_MAX_RUNS])
        if baseline >= _MIN_NAMED and named < least * baseline:
            text = f"the {source} named {named} URLs, usually {baseline}; less than {least:.0%}"
            yield Finding(f"few_named/{source}", text)


def lost_sources(figures: RunFigures, history: Sequence[PastRun], most: int) -> Iterator[Finding]:
    """Sources that gave nothing in so many runs in a row. Once is a note in the summary."""
    for source, why in figures.lost.items():
        in_a_row = 1
        for past in history:
            if past.killed or not _asked(past.figures, source):
                continue
            if source not in past.figures.lost:
                break
            in_a_row += 1
        # A year's sitemap in which nothing has changed since is no loss.
        if 0 < most <= in_a_row and (source, why) != ("sitemap", "empty"):
            text = f"the {source} gave no URLs in {in_a_row} runs in a row ({why}); at most {most - 1}"
            yield Finding(f"lost/{source}", text)


def _asked(figures: RunFigures, source: str) -> bool:
    return source in figures.lost or source in figures.named or source in figures.unchanged


def coverage(
    figures: RunFigures, history: Sequence[PastRun], floors: Mapping[str, float], least: float
) -> Iterator[Finding]:
    """Fields that too few of the newest records have, by the floor or for their baseline; floor 0 asks for none."""
    for field, floor in floors.items():
        runs = latest_with(figures, history, lambda run, field=field: _base(run, field))  # type: ignore[misc]
        if not runs or floor <= 0:
            continue
        baseline = _baseline_share(field, history)
        lowest = max(floor, least * (baseline or 0.0))
        records = having = 0
        for run in runs:
            records += _base(run, field)
            having += run.fields.get(field, 0)
            if having >= lowest * records and run is runs[0]:
                break
            if binomial_tail(having, records, lowest) < P_VALUE:
                was = f", usually {baseline:.0%}" if baseline is not None else ""
                text = f"{field.replace('_', ' ')} in {having} of {records} records{was}; less than {lowest:.0%}"
                yield Finding(f"field/{field}", text)
                break
            if records >= _MAX_NEWEST_RECORDS:
                break


def _base(figures: RunFigures, field: str) -> int:
    if field not in figures.fields:
        return 0
    return figures.op_eds if field == OP_ED_AUTHORS else figures.records


def _baseline_share(field: str, history: Sequence[PastRun]) -> float | None:
    good = [past.figures for past in history if past.good]
    records = sum(_base(run, field) for run in good)
    return sum(run.fields.get(field, 0) for run in good) / records if records >= _MIN_BASELINE_RECORDS else None


def doubts(now: datetime | None, figures: RunFigures, history: Sequence[PastRun], most: float) -> Iterator[Finding]:
    """Doubts that more of a day's records have than is usual and not by chance, or than the ceiling allows.

    A recurring paragraph has no usual share: it is a find of its own (``sudden``), since closing lines come and stay.
    """
    newest = _of_a_day(now, figures, history)
    good = _alike(history, newest)
    records = sum(run.examined for run in good)
    for kind in sorted({kind for run in newest for kind in run.doubts}):
        usual = None
        if records >= _MIN_BASELINE_RECORDS and kind != Doubt.RECURRING_PARAGRAPH:
            usual = (sum(run.doubts.get(kind, 0) for run in good), records)
        found = _too_many([(run.doubts.get(kind, 0), run.examined) for run in newest], usual, most)
        if found is not None:
            yield Finding(f"doubt/{kind}", f"{kind.replace('_', ' ')}: {found}")


def changed_fields(now: datetime | None, figures: RunFigures, history: Sequence[PastRun]) -> Iterator[Finding]:
    """Fields that known articles lose, or new ones lack, more often than is usual and not by chance; and the reverse.

    Both are one sign.
    """
    newest = _of_a_day(now, figures, history)
    good = _Pages.of(_alike(history, newest))
    if not newest or good.known + good.new < _MIN_BASELINE_RECORDS:
        return
    recent = [_Pages.of([run]) for run in newest]
    for field in WATCHED:
        for how in ("lost", "gained"):
            found = None if f"{field} {how}" in _ADDED_BY_EDITORS else _unusual(field, how, recent, good)
            if found is not None:
                yield Finding(f"{how}/{field}", f"{field.replace('_', ' ')} {how}: {found}")


class _Pages(NamedTuple):
    """Known pages, with the changes of their fields, and new ones, with the fields that they have."""

    known: int
    new: int
    changed: Counter[str]
    having: Counter[str]

    @classmethod
    def of(cls, runs: Sequence[RunFigures]) -> Self:
        """Those of some runs."""
        changed, having = Counter[str](), Counter[str]()
        for run in runs:
            changed.update(run.changed_fields)
            having.update(run.having)
        new = sum(map(_first_read, runs))
        return cls(sum(map(_examined, runs)) - new, new, changed, having)

    def counts(self, field: str, how: str) -> tuple[int, int]:
        """Known pages that lost (or gained) a field, and new ones that lack (or have) it."""
        having = self.having[field]
        return self.changed[f"{field} {how}"], self.new - having if how == "lost" else having


def _unusual(field: str, how: str, recent: Sequence[_Pages], good: _Pages) -> str | None:
    """Whether too many of the recent pages are of this sort; known and new ones have each their usual share.

    What new pages often lack would hide what known ones hardly ever lose: such new pages are left to ``shares``.
    """
    changed, new = good.counts(field, how)
    per_known, per_new = (changed + _PRIOR) / (good.known + 1), (new + _PRIOR) / (good.new + 1)
    with_new = new <= _SELDOM
    least = P_RARE if changed + new * with_new <= _SELDOM else P_SHARES
    found = read = clean = 0
    expected = 0.0
    for pages in recent:
        changed, new = pages.counts(field, how)
        found += changed + new * with_new
        read += pages.known + pages.new * with_new
        clean = clean if found else read
        if _is_over(clean, found, read):
            return None
        expected += per_known * pages.known + per_new * pages.new * with_new
        if found >= _MIN_RARE and 1 - poisson_tail(found - 1, expected) < least:
            return f"{found} of {read} records, usually {expected:.1f} of so many; that is not by chance"
    return None


def _alike(history: Sequence[PastRun], newest: Sequence[RunFigures]) -> list[RunFigures]:
    """Good runs before the newest that read pages as this one does: another extractor has other doubts and fields."""
    judged = set(map(id, newest))
    return [past.figures for past in history if past.good and past.same_extractor and id(past.figures) not in judged]


def _newest(figures: RunFigures, history: Sequence[PastRun], base: Count) -> list[RunFigures]:
    """The runs that have the newest records, enough to judge by."""
    found = []
    records = 0
    for run in latest_with(figures, history, base):
        found.append(run)
        records += base(run)
        if records >= _MAX_NEWEST_RECORDS:
            break
    return found


def _of_a_day(now: datetime | None, figures: RunFigures, history: Sequence[PastRun]) -> list[RunFigures]:
    """The newest runs, and all of the last day: of a change that strikes one page in ten, little is seen in an hour."""
    day = [past for past in history if now is not None and now - past.started_at < _DAY]
    return max(_newest(figures, history, _examined), latest_with(figures, day, _examined), key=len)


def _examined(run: RunFigures) -> int:
    return run.examined


def _first_read(run: RunFigures) -> int:
    return run.first_read


def _too_many(counts: Iterable[tuple[int, int]], usual: tuple[int, int] | None, most: float) -> str | None:
    """Whether too many of the records have something; ``counts`` are those with it and all, run by run."""
    found = records = clean = 0
    for having, read in counts:
        found += having
        records += read
        clean = clean if found else records
        if _is_over(clean, found, records):
            return None
        # One that is the only one of its kind is no sign, however rare the kind.
        if usual is not None and found >= _MIN_RARE:
            share = (usual[0] + _PRIOR) / (usual[1] + 1)
            least = P_RARE if usual[0] <= _SELDOM else P_SHARES
            if binomial_tail(records - found, records, 1 - share) < least:
                return f"{found} of {records} records, usually {usual[0] / usual[1]:.1%}; that is not by chance"
        if records >= MIN_ARTICLES and found > most * records:
            return f"{found} of {records} records, more than {most:.0%}"
    return None


def _is_over(clean: int, found: int, records: int) -> bool:
    """Whether the newest ``clean`` of the records show that what ``found`` of the others have has ended."""
    return 0 < clean < records and (1 - found / (records - clean)) ** clean < _ENDED


def shares(figures: RunFigures, history: Sequence[PastRun]) -> Iterator[Finding]:
    """Fields that far fewer, or far more, of the articles read for the first time have than usual."""
    runs = _newest(figures, history, _first_read)
    good = _alike(history, runs)
    base = sum(map(_first_read, good))
    if not runs or base < _MIN_BASELINE_RECORDS:
        return
    for field in WATCHED:
        usual = sum(run.having.get(field, 0) for run in good)
        having = read = 0
        for run in runs:
            having += run.having.get(field, 0)
            read += run.first_read
            few, many = (having, usual), (read - having, base - usual)
            if min(difference_tail(found, read, before, base) for found, before in (few, many)) < P_SHARES:
                name = field.replace("_", " ")
                text = f"{name} in {having} of {read} new articles, usually {usual / base:.0%}; that is not by chance"
                yield Finding(f"share/{field}", text)
                break


def lengths(figures: RunFigures, history: Sequence[PastRun]) -> Iterator[Finding]:
    """Articles that are shorter, or longer, than those of the last weeks: as ranks among them, by the rank-sum test."""
    runs = _newest(figures, history, _first_read)
    usual = _lengths(_alike(history, runs))
    if usual.total() < _MIN_BASELINE_RECORDS:
        return
    newest: Counter[int] = Counter()
    for run in runs:
        newest += _lengths([run])
        if newest.total() >= MIN_ARTICLES and abs(_rank_sum(newest, usual)) > _MAX_Z:
            now, before = _median_words(newest), _median_words(usual)
            text = (
                f"half of {newest.total()} new articles have up to {now} words, usually {before}; that is not by chance"
            )
            yield Finding("lengths", text)
            return


def _lengths(runs: Iterable[RunFigures]) -> Counter[int]:
    found: Counter[int] = Counter()
    for run in runs:
        found.update({int(name): count for name, count in run.lengths.items()})
    return found


def _rank_sum(newest: Counter[int], usual: Counter[int]) -> float:
    """How many standard deviations the newest lie above the usual ones in rank (Mann and Whitney), ties shared."""
    below = more = 0.0
    ties = 0
    for length in sorted({*newest, *usual}):
        more += newest[length] * (below + usual[length] / 2)
        below += usual[length]
        ties += (newest[length] + usual[length]) ** 3 - newest[length] - usual[length]
    n, m = newest.total(), usual.total()
    both = n + m
    variance = n * m / 12 * (both + 1 - ties / (both * (both - 1)))
    return (more - n * m / 2) / math.sqrt(variance) if variance > 0 else 0.0


def _median_words(counts: Counter[int]) -> int:
    middle = statistics.median_low(counts.elements())
    return round(2 ** (middle / 4) - 1)


def revisions(figures: RunFigures, history: Sequence[PastRun]) -> Iterator[Finding]:
    """Known pages that say something else in far larger a share than usual: a template was changed, or the dates.

    What a new extractor reads, and a template that was mended, are no such sign.
    """
    good = [past.figures for past in history if past.good]
    base = sum(map(_seen_again, good))
    if base < _MIN_BASELINE_RECORDS:
        return
    usual = sum(run.count(Outcome.REVISED) for run in good)
    share = (usual + _PRIOR) / (base + 1)
    revised = seen = 0
    # Pages change once: what made a run bad before is not counted again.
    since_bad = list(takewhile(lambda past: past.good or not past.stored, history))
    for run in _newest(figures, since_bad, _seen_again):
        revised += run.count(Outcome.REVISED) - run.explained
        seen += _seen_again(run)
        if revised >= _MIN_REVISED and binomial_tail(seen - revised, seen, 1 - share) < P_SHARES:
            text = f"{revised} of {seen} known pages were revised, usually {usual / base:.0%}; that is not by chance"
            yield Finding("revisions", text)
            return


def _seen_again(run: RunFigures) -> int:
    return run.count(Outcome.REVISED) + run.count(Outcome.UNCHANGED)


def sudden(recurring: Sequence[Recurrence], now: datetime | None, most: float) -> Iterator[Finding]:
    """Paragraphs that no article had, and then nearly every one. What the feed has too is the site's own text."""
    for one in recurring:
        recent = now is not None and now - one.first_at <= _SUDDEN
        if not recent or one.in_feed or one.before < _MIN_BASELINE_RECORDS or one.articles < _MIN_SUDDEN:
            continue
        if one.articles > most * one.since:
            text = f"{one.articles} of {one.since} articles have the same paragraph, none before: {_quoted(one.text)}"
            yield Finding("recurring_paragraph", text)


def _quoted(text: str) -> str:
    return f'"{truncate(text, 80)}"'


def poisson_tail(found: int, mean: float) -> float:
    """The chance of so few or fewer events where ``mean`` come on average."""
    if mean <= 0:
        return 1.0
    logs = (count * math.log(mean) - mean - math.lgamma(count + 1) for count in range(found + 1))
    return min(1.0, sum(map(math.exp, logs)))


def binomial_tail(found: int, drawn: int, share: float) -> float:
    """The chance of so few or fewer among those drawn, where that share has it."""
    if share <= 0 or found >= drawn:
        return 1.0
    if share >= 1:
        return 0.0
    # By logarithms: the number of ways to draw is beyond a float from some 1,030 records on.
    ways = math.lgamma(drawn + 1)
    logs = (
        ways - math.lgamma(n + 1) - math.lgamma(drawn - n + 1) + n * math.log(share) + (drawn - n) * math.log1p(-share)
        for n in range(found + 1)
    )
    return min(1.0, sum(map(math.exp, logs)))


def difference_tail(found: int, drawn: int, found_before: int, drawn_before: int) -> float:
    """The chance of so few or fewer among those drawn, were they and those before of one kind (Fisher's exact test).

    A share that is known from sixty articles is not known well.
    """

    def ways(count: int, of: int) -> float:
        return math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)

    having, lacking = found + found_before, drawn + drawn_before - found - found_before
    logs = (
        ways(n, having) + ways(drawn - n, lacking) - ways(drawn, having + lacking)
        for n in range(max(0, drawn - lacking), found + 1)
    )
    return min(1.0, sum(map(math.exp, logs)))


Count = Callable[[RunFigures], int]


class PastRun(NamedTuple):
    """One earlier run. A killed one is known only by the lines that it committed; it has no exit code."""

    started_at: datetime
    exit_code: int | None
    figures: RunFigures
    same_extractor: bool = True

    @property
    def good(self) -> bool:
        """Whether it counts for the baseline."""
        return self.exit_code == 0

    @property
    def killed(self) -> bool:
        """Whether it never came to its end."""
        return self.exit_code is None

    @property
    def stored(self) -> bool:
        """Whether what it read is in the dataset. If not, the next run reads the same again."""
        return self.exit_code not in (None, _OUTPUT_FAILED)


def latest_with(figures: RunFigures, history: Sequence[PastRun], base: Count) -> list[RunFigures]:
    """The run and those before it, newest first, from the first that has anything to judge by.

    A run that fetched nothing is no evidence: what was wrong before stays wrong.
    """
    runs = [figures, *(past.figures for past in history if past.stored)]
    start = next((number for number, run in enumerate(runs) if base(run)), len(runs))
    return runs[start:]


def accumulated(runs: Sequence[RunFigures], enough: int, base: Count, count: Count) -> tuple[int, int]:
    """Base and count of the newest run, with those of the runs before it until the base is enough to judge by."""
    total = found = 0
    for run in runs:
        total += base(run)
        found += count(run)
        if total >= enough:
            break
    return total, found
