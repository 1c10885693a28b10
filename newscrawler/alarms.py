"""What is told to whom and when: a bad verdict once, a new kind of it again, and once when all is good again.

Pure but for ``deliver``. The state of each channel goes in and comes out; the ledger keeps it.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

from newscrawler.alarm_channels import AlarmFailed, Channel
from newscrawler.terminal import printable
from newscrawler.verdict import ExitCode, Verdict

Event = Literal["bad", "reminder", "good_again"]
#: Ends that somebody caused and knows of.
_QUIET = (ExitCode.USAGE, ExitCode.ANOTHER_RUN, ExitCode.INTERRUPTED)
_SUBJECTS: dict[Event, str] = {"bad": "a bad run", "reminder": "still bad", "good_again": "good again"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel knows. ``kinds`` of reasons were told; ``owed``: a bad verdict could not be delivered."""

    kinds: tuple[str, ...] = ()
    told_at: str | None = None
    since: str | None = None
    why: str = ""
    owed: bool = False

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Self:
        """What ``asdict`` gave, after a trip through a file."""
        known = {name: found[name] for name in ("told_at", "since", "why", "owed") if name in found}
        return cls(kinds=tuple(found.get("kinds", ())), **known)

    def joined(self, other: Told) -> Told:
        """What is known from two places together."""
        first, last = sorted((self, other), key=lambda told: told.told_at or "")
        since = min((told.since for told in (self, other) if told.since), default=None)
        kinds = tuple(sorted({*first.kinds, *last.kinds}))
        return Told(kinds, last.told_at or first.told_at, since, last.why or first.why, first.owed or last.owed)


def event_of(told: Told, verdict: Verdict, now: datetime, *, reminder: timedelta, repeated: bool) -> Event | None:
    """What a channel is to be told of a verdict, if anything. ``repeated``: the run before had the same code.

    One run that a scheduler stopped is told of only if the next is stopped too: machines are restarted.
    """
    if verdict.good:
        return "good_again" if told.kinds or told.owed else None
    if verdict.code in _QUIET or (verdict.code is ExitCode.TERMINATED and not repeated):
        return None
    if {reason.kind for reason in verdict.reasons} - set(told.kinds):
        return "bad"
    last = datetime.fromisoformat(told.told_at) if told.told_at else None
    return "reminder" if reminder and last is not None and now - last >= reminder else None


def after(told: Told, event: Event, verdict: Verdict, now: datetime, *, delivered: bool) -> Told | None:
    """What the channel knows then; None for nothing bad."""
    if event == "good_again":
        return None if delivered else told
    since, why = told.since or now.isoformat(), verdict.why
    if not delivered:
        return Told(told.kinds, told.told_at, since, why, owed=True)
    kinds = {*told.kinds, *(reason.kind for reason in verdict.reasons)}
    return Told(tuple(sorted(kinds)), now.isoformat(), since, why)


@dataclass(frozen=True, slots=True)
class Subject:
    """Which run it is about."""

    spider: str
    data_dir: str
    run_id: str | None
    at: datetime


def message_of(event: Event, told: Told, verdict: Verdict, subject: Subject) -> dict[str, Any]:
    """The message as data; docs/alarms.md has the fields."""
    return {
        "event": event,
        "program": "newscrawler",
        "host": socket.gethostname(),
        "spider": subject.spider,
        "data_dir": subject.data_dir,
        "run_id": subject.run_id,
        "at": subject.at.isoformat(),
        "exit_code": int(verdict.code),
        "verdict": verdict.word,
        "why": printable(verdict.why),
        "reasons": [{"kind": reason.kind, "text": printable(reason.text)} for reason in verdict.reasons],
        "bad_since": told.since or (None if verdict.good else subject.at.isoformat()),
        "bad_why": printable(told.why) if verdict.good else None,
        "told_before": bool(told.kinds),
    }


def subject_line(message: Mapping[str, Any]) -> str:
    """For a mail: fixed words, and names that this machine gave."""
    return f"newscrawler on {message['host']}: {_SUBJECTS[message['event']]} ({message['spider']})"


def text_of(message: Mapping[str, Any]) -> str:
    """For a person."""
    lines = [f"{message['spider']} on {message['host']}: {message['verdict']} (exit code {message['exit_code']})", ""]
    lines += [f"- {reason['text']}" for reason in message["reasons"]] or [message["why"]]
    if message["event"] == "good_again":
        lines += ["", f"Bad since {message['bad_since']}: {message['bad_why']}"]
        if not message["told_before"]:
            lines.append("That could not be delivered then.")
    elif message["bad_since"] != message["at"]:
        lines += ["", f"Bad since {message['bad_since']}."]
    lines += ["", f"run {message['run_id'] or '-'} at {message['at']}, data in {message['data_dir']}"]
    lines += ["What to do: docs/exit-codes.md", ""]
    return "\n".join(lines)


@dataclass(slots=True)
class Delivery:
    """A message under way on one channel."""

    channel: Channel
    message: Mapping[str, Any]
    failure: str | None = "not tried"
    thread: threading.Thread | None = None

    def begin(self) -> None:
        """In a thread that cannot hold up the program's end: a server that trickles outlives every time-out."""
        self.failure = f"{self.channel.name}: not done in time"
        thread = threading.Thread(target=self._deliver, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # No memory or no leave for one more: told here and now rather than to nobody.
            self._deliver()
        else:
            self.thread = thread

    @property
    def under_way(self) -> bool:
        """Whether it is neither done nor failed."""
        return self.thread is not None and self.thread.is_alive()

    def _deliver(self) -> None:
        try:
            self.channel.deliver(self.message, subject_line(self.message), text_of(self.message))
        except AlarmFailed as error:
            self.failure = str(error)
        except Exception as error:
            self.failure = f"{self.channel.name}: {type(error).__name__}"
        else:
            self.failure = None


class Round:
    """The alarms of one run's end, on all channels at once."""

    def __init__(
        self,
        channels: Sequence[Channel],
        states: Mapping[str, Mapping[str, Any]],
        verdict: Verdict,
        subject: Subject,
        *,
        reminder: timedelta,
        repeated: bool,
    ) -> None:
        self._told = {name: Told.of_json(state) for name, state in states.items()}
        self._verdict = verdict
        self._subject = subject
        self._events: dict[str, Event] = {}
        self.deliveries: list[Delivery] = []
        for channel in channels:
            told = self._told.get(channel.name, Told())
            event = event_of(told, verdict, subject.at, reminder=reminder, repeated=repeated)
            if event is not None:
                self._events[channel.name] = event
                self.deliveries.append(Delivery(channel, message_of(event, told, verdict, subject)))

    def begin(self) -> None:
        """Start all deliveries."""
        for delivery in self.deliveries:
            delivery.begin()

    def under_way(self) -> bool:
        """Whether any is still to come to its end."""
        return any(delivery.under_way for delivery in self.deliveries)

    def states(self) -> dict[str, dict[str, Any]]:
        """What each channel knows now."""
        found: dict[str, Told | None] = dict(self._told)
        for delivery in self.deliveries:
            name = delivery.channel.name
            told = self._told.get(name, Told())
            delivered = delivery.failure is None
            found[name] = after(told, self._events[name], self._verdict, self._subject.at, delivered=delivered)
        return {name: asdict(told) for name, told in found.items() if told is not None}

    def notes(self) -> list[str]:
        """For the summary: what was told where, and what failed."""
        notes = []
        for delivery in self.deliveries:
            event = self._events[delivery.channel.name].replace("_", " ")
            if delivery.failure is None:
                notes.append(f"{event}: told by {delivery.channel.name}")
            else:
                notes.append(f"{event}: NOT told, tried again at the next run: {printable(delivery.failure)}")
        return notes


def wait(round_: Round, seconds: float) -> None:
    """Until all is delivered or the time is over, for callers without an event loop."""
    end = time.monotonic() + seconds
    while round_.under_way() and time.monotonic() < end:
        time.sleep(0.02)


class StateFile:
    """Keeps the state where there is no ledger to keep it: in the user's own state folder, if it can be written."""

    def __init__(self, data_dir: Path) -> None:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
        name = zlib.crc32(os.fsencode(data_dir.absolute()))
        self._path = base / "newscrawler" / f"alarms-{name:08x}.json"

    def read(self) -> dict[str, dict[str, Any]]:
        """What was kept; nothing when it can't be read."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
            return {str(name): asdict(Told.of_json(state)) for name, state in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def write(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep it, or forget it when there is nothing to keep. A failure only means that it is told again."""
        try:
            if not states:
                self._path.unlink(missing_ok=True)
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._path.with_suffix(".tmp")
            beside.write_text(json.dumps(states), "utf-8")
            beside.replace(self._path)
        except OSError:
            return


def joined(one: Mapping[str, Mapping[str, Any]], other: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """States from ledger and file together."""
    names = {*one, *other}
    return {name: asdict(Told.of_json(one.get(name, {})).joined(Told.of_json(other.get(name, {})))) for name in names}
