"""The site that all rounds crawl, before and after eight hours in which stories came, were edited and left the feed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.oracle import Expected, Truth, exact
from tests.replica import Address, Server, Site, serve
from tests.replica.site import Options

BEFORE = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
AFTER = BEFORE + timedelta(hours=8)
#: What stands in the way of a crawl without breaking it; none of the records may suffer.
FAULTS = "gone,no_body,second_slug,redirect_chain,windows_1252"
#: So short that stories of the first state are no longer named in the second.
OPTIONS = Options(page_size=10, feed_length=36)
#: Addresses that the first run fetches at most: the others wait for a later run.
FIRST_RUN = 20


@dataclass(frozen=True, slots=True)
class SiteStates:
    """Two states of one site. ``truths`` are of the second, by article id, and hold every valid article of both;
    ``old_truths`` are of the first. ``named`` are the ids that the second still names.
    """

    before: Site
    after: Site
    truths: dict[str, dict[str, Any]]
    old_truths: dict[str, dict[str, Any]]
    named: frozenset[str]

    @classmethod
    def build(cls, articles: int = 70, seed: int = 3) -> SiteStates:
        """Always the same for the same arguments."""
        old = list(Site.build(articles=articles, seed=seed, faults=FAULTS, now=AFTER).addresses.values())
        young = [one for one in old if one.kind == "article" and _age(one) < timedelta(hours=20)]
        edited = {one.path for one in young[::2]}
        moved = {one.path for one in young[1::4] if _age(one) < timedelta(hours=8)}
        first = [_edited(one) if one.path in edited else one for one in old]
        second = [_redated(one) if one.path in moved else one for one in first]
        before, after = Site(first, lambda: BEFORE, OPTIONS), Site(second, lambda: AFTER, OPTIONS)
        named = _valid(after, after)
        truths = {**_valid(before, after), **named}
        return cls(before, after, truths, _valid(before, before), frozenset(named))

    def truth(self, first: Sequence[bytes]) -> Truth:
        """What must be there after a run on the second state.

        ``first`` are the lines that the first run, on the first state, had written; none if there was no first run,
        and then what the second state does not name can't be there.
        """
        return Truth(
            articles={key: self._expected(key, optional=not first and key not in self.named) for key in self.truths},
            earlier=first,
            due_at=AFTER + timedelta(minutes=1),
        )

    def _expected(self, article_id: str, *, optional: bool) -> Expected:
        old, new = self.old_truths.get(article_id), self.truths[article_id]
        versions = [new] if old is None or exact(old) == exact(new) else [old, new]
        return Expected(versions, latest=len(versions) - 1, optional=optional)

    @contextmanager
    def served(self) -> Iterator[dict[tuple[str, bool], Server]]:
        """A server for each state, with validators and without. The pause makes a crawl last."""
        with ExitStack() as stack:
            yield {
                (name, validators): stack.enter_context(serve(site, latency=0.1, validators=validators))
                for name, site in (("before", self.before), ("after", self.after))
                for validators in (False, True)
            }


def _age(address: Address) -> timedelta:
    """How old the story is in the first state; a year if it is not there yet."""
    if address.head is None or address.head.published_at >= BEFORE:
        return timedelta(days=365)
    return BEFORE - address.head.published_at


def _edited(address: Address) -> Address:
    """With one edit between the two states."""
    assert address.head is not None
    edits = (*(edit for edit in address.head.edits if edit <= BEFORE), BEFORE + timedelta(hours=1))
    return replace(address, head=replace(address.head, edits=edits))


def _redated(address: Address) -> Address:
    """With another date and the same words."""
    assert address.head is not None
    return replace(address, head=replace(address.head, published_at=address.head.published_at - timedelta(minutes=2)))


def _valid(listed: Site, read: Site) -> dict[str, dict[str, Any]]:
    """What one state names and can be read, with its truth in another."""
    named = (listed.addresses[url.removeprefix("https://www.rt.com")] for url in listed.reachable() if "/news/" in url)
    found = (read.addresses[address.path] for address in named if address.readable)
    return {head.id: read.story_of(head).truth() for head in (address.head for address in found) if head}
