"""Which article does a user mean? Its id, edition/id, or its address in any form."""

from __future__ import annotations

import re

from newscrawler.editions import EDITIONS, edition_of_code
from newscrawler.exceptions import ArgumentError
from newscrawler.urls import article_address

_ID = re.compile(r"\d{4,9}|[a-z0-9][a-z0-9-]*-\d{3}")


def article_key(text: str) -> tuple[str, str]:
    """Edition and id of the article that ``text`` names: `639873`, `en/639873`, an address of any host of the
    edition with or without `https://`, or its path. Raises ArgumentError for anything else.

    A bare id is the first edition's.
    """
    name = text.strip()
    edition, _, article_id = name.partition("/")
    if edition_of_code(edition) and _ID.fullmatch(article_id):
        return (edition, article_id)
    if _ID.fullmatch(name):
        return (EDITIONS[0].code, name)
    path = name.lstrip("/")
    if re.fullmatch("[a-z]{2}", edition) and article_id and edition not in EDITIONS[0].sections:
        raise ArgumentError(f"{text}: there is no edition {edition}; there are: {', '.join(e.code for e in EDITIONS)}")
    for address in (name, f"https://{path}", f"https://{EDITIONS[0].host}/{path}"):
        parsed = article_address(address)
        if parsed is not None:
            return parsed.key
    raise ArgumentError(f"{text}: names no article; give its id, edition/id or address")
