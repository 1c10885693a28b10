"""A migration such as a later version of the program may bring."""

from __future__ import annotations

from newscrawler.ledger.schema import MIGRATIONS

LATER = (*MIGRATIONS, ("ALTER TABLE stories ADD COLUMN mood TEXT", "UPDATE stories SET mood = 'calm'"))
