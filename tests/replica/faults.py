"""The ways in which an address of the replica may disappoint, and how many of each there are."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.replica.heads import Head, Slot, slugify
from tests.replica.story import HOST, LAYOUT_2022, site_url
from tests.replica.text import Newswire

# Kind -> addresses of it under /news/.
FAULT_COUNTS: dict[str, int] = {
    "gone": 2,
    "withdrawn": 2,
    "forbidden": 2,
    "server_error": 2,
    "flaky": 2,
    "slow": 2,
    "redirect_chain": 2,
    "offsite_redirect": 2,
    "too_many_redirects": 2,
    "challenge": 2,
    "unknown_layout": 2,
    "no_date": 2,
    "no_body": 2,
    "truncated": 2,
    "empty": 2,
    "foreign_page": 2,
    "windows_1252": 2,
    "huge": 1,
    "second_section": 2,
    "second_slug": 2,
    "show": 3,
    "podcast": 3,
}
FAULTS = frozenset(FAULT_COUNTS)
# Kinds behind which a good story can be read, so that a record of it is to be expected.
READABLE = frozenset(
    {"article", "redirect_chain", "flaky", "slow", "windows_1252", "second_section", "second_slug", "huge"}
)
_WINDOW = timedelta(hours=34)


@dataclass(frozen=True, slots=True)
class Address:
    """One address of the site: what it answers as, and where it is shown."""

    path: str
    kind: str
    head: Head | None = None
    sections: tuple[str, ...] = ()
    target: str = ""

    @property
    def url(self) -> str:
        """The canonical form of the address itself (an alias is its own)."""
        return site_url(self.head.host if self.head else HOST, self.path)

    @property
    def readable(self) -> bool:
        """Whether the story can be read there by a patient client."""
        return self.kind in READABLE


def parse_faults(text: str) -> frozenset[str]:
    """`all`, `none` or a list with commas; ValueError names what is unknown."""
    if text == "all":
        return FAULTS
    names = frozenset(part.strip() for part in text.split(",") if part.strip()) - {"none"}
    if unknown := sorted(names - FAULTS):
        raise ValueError(f"unknown fault {', '.join(unknown)} (known: {', '.join(sorted(FAULTS))})")
    return names


def fault_slots(kinds: frozenset[str], rng: random.Random, until: datetime) -> list[Slot]:
    """Recent slots for the chosen kinds, so that feeds and the first listing pages lead to them."""
    slots: list[Slot] = []
    for kind, count in FAULT_COUNTS.items():
        for index in range(count if kind in kinds else 0):
            moment = until - timedelta(minutes=5) - _WINDOW * rng.random()
            section = "russia" if kind == "second_section" and index == 1 else "news"
            slots.append(Slot(moment, LAYOUT_2022, section, kind))
    return slots


def addresses_of(kind: str, head: Head) -> list[Address]:
    """The addresses that stand for one slot of that kind."""
    section, path = head.section, head.path
    here = (section,)
    tail = path.rstrip("/").rsplit("/", 1)[-1]
    other_slug = f"/{section}/{head.number}-{slugify(Newswire(head.seed + 1).headline(), 4)}/"
    if kind in ("show", "podcast"):
        folder = "shows/harbor-lights" if kind == "show" else "podcast"
        return [
            Address(
                f"/{folder}/{tail}/",
                kind,
                replace(head, path=f"/{folder}/{tail}/", section=folder.split("/", maxsplit=1)[0]),
            )
        ]
    if kind == "second_section":
        other = "russia" if section == "news" else "news"
        return [
            Address(path, "article", head, here),
            Address(f"/{other}/{tail}/", kind, head, ("news", "russia")),
        ]
    if kind == "second_slug":
        return [Address(path, "article", head, here), Address(other_slug, kind, head, here)]
    if kind == "redirect_chain":
        hop = f"/{section}/{head.number}/"
        return [
            Address(path, "article", head),
            Address(hop, "redirect_hop", head, target=path),
            Address(other_slug, kind, head, here, target=hop),
        ]
    if kind == "too_many_redirects":
        return [
            Address(path, kind, head, here, target=other_slug),
            Address(other_slug, "redirect_hop", head, target=path),
        ]
    target = f"https://partner.invalid/landing/{head.number}/" if kind == "offsite_redirect" else ""
    return [Address(path, kind, head, here, target)]
