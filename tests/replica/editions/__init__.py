"""The other six editions of the site, in their newest and older designs, with invented text in their letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.replica.editions.ar import ARABIC
from tests.replica.editions.de import GERMAN
from tests.replica.editions.edition import Edition
from tests.replica.editions.es import SPANISH
from tests.replica.editions.fr import FRENCH
from tests.replica.editions.ru import RUSSIAN
from tests.replica.editions.site import EditionAnswers, EditionSite
from tests.replica.editions.sr import SERBIAN, SERBIAN_LATIN
from tests.replica.server import Server, serve

#: By code; `sr-latn` are the Serbian pages of the other host, with the same paths.
EDITIONS: Mapping[str, Edition] = {
    **{edition.code: edition for edition in (ARABIC, GERMAN, SPANISH, FRENCH, RUSSIAN, SERBIAN)},
    "sr-latn": SERBIAN_LATIN,
}

__all__ = ["EDITIONS", "Edition", "EditionAnswers", "EditionSite", "serve_edition"]


@contextmanager
def serve_edition(code: str, *, latency: float = 0.0, validators: bool = False, **options: Any) -> Iterator[Server]:
    """Serve an edition on a free port; the options are those of `EditionSite.of`."""
    site = EditionSite.of(EDITIONS[code], **options)
    with serve(site, latency=latency, validators=validators, answers=EditionAnswers(site)) as server:
        yield server
