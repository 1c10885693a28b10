"""What was said last on each channel of the alarms, so that a bad verdict is told once and not at every run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from newscrawler.ledger.database import Database


class Alarms:
    """The table of channels; a channel without an entry knows of nothing bad."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def states(self) -> dict[str, dict[str, Any]]:
        """By channel, as ``save`` had them."""
        return {channel: json.loads(state) for channel, state in self._db.all("SELECT channel, state FROM alarms")}

    def save(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep these states and forget all others."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM alarms")
            connection.executemany(
                "INSERT INTO alarms (channel, state) VALUES (?, ?)",
                [(channel, json.dumps(state, sort_keys=True)) for channel, state in states.items()],
            )
