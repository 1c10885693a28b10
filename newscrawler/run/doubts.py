"""What only the run can doubt: pages against what its sources say, and against the pages before.

A feed has the whole text of most articles: where this run has read it, the words of page and feed are compared, which
is the one measure of accuracy that a crawl in production has.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newscrawler.items import Article, Doubt, Source
from newscrawler.ledger import Key
from newscrawler.pages.feeds import has_same_text, read_feed_text
from newscrawler.pages.listings import ListingEntry
from newscrawler.pages.prose import is_developing

#: Words by which page and feed may differ in either direction: a typo that was mended, a name that was added.
_MAX_OTHER_WORDS = 5
#: Sources print minutes, and an article that was scheduled may be out some minutes later.
MAX_APART = timedelta(minutes=30)
#: Characters of articles' texts, and articles, that are kept of what sources say; a feed has some 600,000 and 100.
_MAX_TEXT = 8_000_000
_MAX_ARTICLES = 5_000
#: A shorter paragraph is a sub-heading or a label, which articles share by nature.
_MIN_WORDS = 4
#: Other articles of the last weeks that have a paragraph, from which it recurs.
MIN_OTHERS = 3
#: A revision of fewer words than this share of those before has shrunk, from so many words on.
_SHRUNK = 0.5
_MIN_SHRUNK_WORDS = 50
_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class Said:
    """What the sources of a run say of one article: titles and dates, and the feed's text with its time."""

    titles: set[str] = field(default_factory=set)
    dates: dict[Source, set[datetime]] = field(default_factory=dict)
    url: str = ""
    html: str = ""
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A page compared with what was said. ``agrees`` is None where no feed tells the article's text."""

    doubts: frozenset[Doubt] = frozenset()
    agrees: bool | None = None
    #: The feed's paragraphs.
    feed: Sequence[str] = ()

    def in_feed(self, paragraph: str) -> bool:
        """Whether the feed has the paragraph in the article's text."""
        return _words(paragraph) in map(_words, self.feed)


class Witnesses:
    """Keeps what sources say, within bounds: what was said first is forgotten first."""

    def __init__(self) -> None:
        self._said: OrderedDict[Key, Said] = OrderedDict()
        self._size = 0

    def hear(self, key: Key, source: Source, entry: ListingEntry, now: datetime) -> None:
        """Take in what a source says of an article beside its URL."""
        if not entry.title and entry.published_at is None and not entry.html:
            return
        said = self._said.setdefault(key, Said())
        # A list cuts long titles off.
        if entry.title and not entry.title.endswith(("…", "...")):
            said.titles.add(_words(entry.title))
        if entry.published_at is not None and source is not Source.SITEMAP:
            said.dates.setdefault(source, set()).add(entry.published_at)
        if entry.html:
            self._size += len(entry.html) - len(said.html)
            said.html, said.url = entry.html, entry.url
        # What is said later may say of an edit what was said earlier could not.
        as_of = min(entry.as_of or now, now)
        said.as_of = as_of if said.as_of is None else min(said.as_of, as_of)
        while self._size > _MAX_TEXT or len(self._said) > _MAX_ARTICLES:
            _, oldest = self._said.popitem(last=False)
            self._size -= len(oldest.html)

    def compare(self, article: Article, key: Key, now: datetime) -> Compared:
        """A page compared with what was said of it, once; of what was said before the page's last change, nothing is
        left to compare.
        """
        said = self._said.pop(key, None)
        if said is None:
            return Compared()
        self._size -= len(said.html)
        changed = article.modified_at
        # A change in the future is a wrong date and explains nothing.
        if changed is not None and said.as_of is not None and said.as_of < changed <= now + MAX_APART:
            return Compared()
        doubts = set()
        if said.titles and _words(article.headline or "") not in said.titles:
            doubts.add(Doubt.HEADLINE_DIFFERS)
        if (at := article.published_at) and any(
            all(abs(date - at) > MAX_APART for date in dates) for dates in said.dates.values()
        ):
            doubts.add(Doubt.DATE_DIFFERS)
        if has_same_text(said.html, article.paragraphs):
            return Compared(frozenset(doubts), True, article.paragraphs)
        feed = read_feed_text(said.html, said.url, now) if said.html else []
        if not feed:
            return Compared(frozenset(doubts))
        agrees = _tell_the_same(article, feed)
        if not agrees:
            doubts.add(Doubt.DIFFERS_FROM_FEED)
        return Compared(frozenset(doubts), agrees, feed)


def _tell_the_same(article: Article, feed: Sequence[str]) -> bool:
    """Whether page and feed have the same words, but for a few.

    The feed's text begins with a lead of its own, which the page may have in other words, or only in the list.
    """
    if " ".join(article.paragraphs) == " ".join(feed[1:]):
        return True  # nearly always, and told in no time
    body = _counted(article.paragraphs)
    if _differ_little(body, _counted(feed[1:])):
        return True
    lead = _counted([article.lead] if article.lead else [])
    return _differ_little(body + lead, _counted(feed))


def _differ_little(page: Counter[str], feed: Counter[str]) -> bool:
    return max((page - feed).total(), (feed - page).total()) <= _MAX_OTHER_WORDS


def _counted(paragraphs: Iterable[str]) -> Counter[str]:
    return Counter(_WORD.findall(" ".join(paragraphs).casefold()))


def _words(text: str) -> str:
    """The words of a text, whatever stands between them."""
    return " ".join(_WORD.findall(text.casefold()))


def known_again(article: Article) -> list[str]:
    """The paragraphs by which a recurrence is seen, each once."""
    long = (text for text in article.paragraphs if text.count(" ") >= _MIN_WORDS - 1)
    if article.developing:
        long = (text for text in long if not is_developing(text))
    return list(dict.fromkeys(long))


def has_shrunk(words: int, before: int) -> bool:
    """Whether a revision lost most of the words that the one before it had."""
    return before >= _MIN_SHRUNK_WORDS and words < _SHRUNK * before
