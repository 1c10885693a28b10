"""Alarms: a bad verdict is sent once, a new kind of it again, and once more when all is good again.

What is sent when is pure: the state of each channel goes in and comes out, and the ledger keeps it. A channel is a
command, or whatever an Apprise URL names (mail, a webhook, a messenger).
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import threading
import time
import warnings
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol, Self, cast

from scrapy.settings import BaseSettings

from newscrawler.exceptions import ArgumentError, NewscrawlerError, require_extra
from newscrawler.monitoring.verdict import ExitCode, Verdict
from newscrawler.utils import atomic_write, escape_control_chars

Event = Literal["bad", "reminder", "recovered"]
#: Exit codes caused by the operator: no alarm.
_QUIET = (ExitCode.USAGE, ExitCode.ANOTHER_RUN, ExitCode.INTERRUPTED)
#: Seconds that the end of a run waits for its alarms: more than any server that works takes, and a small part of the
#: hour until the next run.
ALARM_TIMEOUT = 20.0
_SUBJECTS: dict[Event, str] = {"bad": "a bad run", "reminder": "still bad", "recovered": "good again"}


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What was sent on a channel: which ``kinds`` of reasons. ``undelivered``: a bad verdict could not be sent."""

    kinds: tuple[str, ...] = ()
    told_at: str | None = None
    since: str | None = None
    why: str = ""
    undelivered: bool = False

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Self:
        """What ``asdict`` gave, after a trip through a file."""
        known = {name: found[name] for name in ("told_at", "since", "why") if name in found}
        # Versions before 1.1 called it "owed".
        undelivered = bool(found.get("undelivered", found.get("owed", False)))
        return cls(kinds=tuple(found.get("kinds", ())), undelivered=undelivered, **known)

    def joined(self, other: ChannelState) -> ChannelState:
        """What is known from two places together."""
        first, last = sorted((self, other), key=lambda told: told.told_at or "")
        since = min((told.since for told in (self, other) if told.since), default=None)
        kinds = tuple(sorted({*first.kinds, *last.kinds}))
        return ChannelState(
            kinds, last.told_at or first.told_at, since, last.why or first.why, first.undelivered or last.undelivered
        )


def event_of(
    told: ChannelState, verdict: Verdict, now: datetime, *, reminder: timedelta, repeated: bool
) -> Event | None:
    """The event to send to a channel about a verdict, if any. ``repeated``: the run before had the same code.

    A run that a scheduler stopped is reported only if the next is stopped too: machines are restarted.
    """
    if verdict.good:
        return "recovered" if told.kinds or told.undelivered else None
    if verdict.code in _QUIET or (verdict.code is ExitCode.TERMINATED and not repeated):
        return None
    if {reason.kind for reason in verdict.reasons} - set(told.kinds):
        return "bad"
    last = datetime.fromisoformat(told.told_at) if told.told_at else None
    return "reminder" if reminder and last is not None and now - last >= reminder else None


def after(told: ChannelState, event: Event, verdict: Verdict, now: datetime, *, delivered: bool) -> ChannelState | None:
    """What the channel knows then; None for nothing bad."""
    if event == "recovered":
        return None if delivered else told
    since, why = told.since or now.isoformat(), verdict.why
    if not delivered:
        return ChannelState(told.kinds, told.told_at, since, why, undelivered=True)
    kinds = {*told.kinds, *(reason.kind for reason in verdict.reasons)}
    return ChannelState(tuple(sorted(kinds)), now.isoformat(), since, why)


@dataclass(frozen=True, slots=True)
class RunContext:
    """Which run the verdict is about."""

    spider: str
    data_dir: str
    run_id: str | None
    at: datetime


def message_of(event: Event, told: ChannelState, verdict: Verdict, context: RunContext) -> dict[str, Any]:
    """The message as data; docs/operate/alarms.md has the fields."""
    return {
        "event": event,
        "program": "newscrawler",
        "host": socket.gethostname(),
        "spider": context.spider,
        "data_dir": context.data_dir,
        "run_id": context.run_id,
        "at": context.at.isoformat(),
        "exit_code": int(verdict.code),
        "verdict": verdict.word,
        "why": escape_control_chars(verdict.why),
        "reasons": [{"kind": reason.kind, "text": escape_control_chars(reason.text)} for reason in verdict.reasons],
        "bad_since": told.since or (None if verdict.good else context.at.isoformat()),
        "bad_why": escape_control_chars(told.why) if verdict.good else None,
        "told_before": bool(told.kinds),
    }


def subject_line(message: Mapping[str, Any]) -> str:
    """For a mail: fixed words, and names that this machine gave."""
    return f"newscrawler on {message['host']}: {_SUBJECTS[message['event']]} ({message['spider']})"


def text_of(message: Mapping[str, Any]) -> str:
    """For a person."""
    lines = [f"{message['spider']} on {message['host']}: {message['verdict']} (exit code {message['exit_code']})", ""]
    lines += [f"- {reason['text']}" for reason in message["reasons"]] or [message["why"]]
    if message["event"] == "recovered":
        lines += ["", f"Bad since {message['bad_since']}: {message['bad_why']}"]
        if not message["told_before"]:
            lines.append("That could not be delivered then.")
    elif message["bad_since"] != message["at"]:
        lines += ["", f"Bad since {message['bad_since']}."]
    lines += ["", f"run {message['run_id'] or '-'} at {message['at']}, data in {message['data_dir']}"]
    lines += ["What to do: docs/operate/exit-codes.md", ""]
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
            # No thread can be started: sent at once, in this one, rather than not at all.
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


class AlarmDispatch:
    """The alarms of one run's end, on all channels at once."""

    def __init__(
        self,
        channels: Sequence[Channel],
        states: Mapping[str, Mapping[str, Any]],
        verdict: Verdict,
        context: RunContext,
        *,
        reminder: timedelta,
        repeated: bool,
    ) -> None:
        self._told = {name: ChannelState.of_json(state) for name, state in states.items()}
        self._verdict = verdict
        self._context = context
        self.deliveries: list[Delivery] = []
        for channel in channels:
            told = self._told.get(self._key(channel), ChannelState())
            event = event_of(told, verdict, context.at, reminder=reminder, repeated=repeated)
            if event is not None:
                self.deliveries.append(Delivery(channel, message_of(event, told, verdict, context)))

    def _key(self, channel: Channel) -> str:
        """What is told of one spider's runs says nothing of another's in the same data folder."""
        return f"{self._context.spider} {channel.name}"

    def begin(self) -> None:
        """Start all deliveries."""
        for delivery in self.deliveries:
            delivery.begin()

    def under_way(self) -> bool:
        """Whether any is still to come to its end."""
        return any(delivery.under_way for delivery in self.deliveries)

    def states(self) -> dict[str, dict[str, Any]]:
        """What each channel knows now."""
        found: dict[str, ChannelState | None] = dict(self._told)
        for delivery in self.deliveries:
            key = self._key(delivery.channel)
            told = self._told.get(key, ChannelState())
            delivered = delivery.failure is None
            found[key] = after(told, delivery.message["event"], self._verdict, self._context.at, delivered=delivered)
        return {name: asdict(told) for name, told in found.items() if told is not None}

    def notes(self) -> list[str]:
        """For the summary: what was sent to which channel, and what failed."""
        notes = []
        for delivery in self.deliveries:
            event = delivery.message["event"]
            if delivery.failure is None:
                notes.append(f"{event}: sent by {delivery.channel.name}")
            else:
                notes.append(
                    f"{event}: NOT sent, tried again at the next run: {escape_control_chars(delivery.failure)}"
                )
        return notes


def wait_for(dispatch: AlarmDispatch, seconds: float) -> None:
    """Until all is delivered or the time is over, for callers without an event loop."""
    end = time.monotonic() + seconds
    while dispatch.under_way() and time.monotonic() < end:
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
            return {str(name): asdict(ChannelState.of_json(state)) for name, state in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def write(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep it, or forget it when there is nothing to keep. A failure only means that it is sent again."""
        try:
            if not states:
                self._path.unlink(missing_ok=True)
                return
            with atomic_write(self._path) as file:
                file.write(json.dumps(states).encode())
        except OSError:
            return


def joined(one: Mapping[str, Mapping[str, Any]], other: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """States from ledger and file together."""
    names = {*one, *other}
    return {
        name: asdict(ChannelState.of_json(one.get(name, {})).joined(ChannelState.of_json(other.get(name, {}))))
        for name in names
    }


_COMMAND = "NEWSCRAWLER_ALARM_COMMAND"
#: Holds passwords and tokens, and is kept from the command's environment.
_URLS = "NEWSCRAWLER_ALARM_URLS"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Their log lines repeat URLs and what a server said to a login.
_TALKATIVE = ("apprise", "urllib3", "requests", "requests_oauthlib")


class AlarmFailed(NewscrawlerError):
    """Raised by a channel that could not deliver. The message names the channel and holds no secret."""


class Channel(Protocol):
    """One way to a person."""

    @property
    def name(self) -> str:
        """Short and stable: the state is kept by it."""

    def deliver(self, message: Mapping[str, Any], subject: str, text: str) -> None:
        """Say it, or raise AlarmFailed. May take longer than its time-out when the other side trickles."""


@dataclass(frozen=True, slots=True)
class Command:
    """Starts a program, without a shell, with the message as JSON on its standard input."""

    argv: tuple[str, ...]
    timeout: float = ALARM_TIMEOUT
    name: str = "command"

    def deliver(self, message: Mapping[str, Any], subject: str, text: str) -> None:
        """See ``Channel``. What hangs is killed, with all that it started."""
        del subject, text
        environment = {name: value for name, value in os.environ.items() if name != _URLS}
        try:
            process = subprocess.Popen(  # noqa: S603 - the operator's own command
                self.argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise AlarmFailed(f"command {self.argv[0]}: {error.strerror or error}") from error
        try:
            process.communicate(json.dumps(message).encode(), timeout=self.timeout)
        except subprocess.TimeoutExpired:
            # Not waited for yet, so the number is still its own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise AlarmFailed(f"command {self.argv[0]}: not done after {self.timeout:g} seconds") from None
        if process.returncode:
            raise AlarmFailed(f"command {self.argv[0]}: ended with {process.returncode}")


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """Any service that Apprise knows. Its URL is a secret: only the scheme is ever named."""

    plugin: Any = field(repr=False)
    name: str

    def deliver(self, message: Mapping[str, Any], subject: str, text: str) -> None:
        """See ``Channel``. Apprise says only whether it went well; `apprise -vv URL` says what did not."""
        kind = "success" if message["event"] == "recovered" else "failure"
        if not self.plugin.notify(body=text, title=escape_control_chars(subject), notify_type=kind):
            raise AlarmFailed(f"{self.name}: not delivered; see with: apprise -vv URL")


def channels_of(settings: BaseSettings) -> list[Channel]:
    """The channels that are set up; none by default. Raises ArgumentError for what can't be used."""
    found: list[Channel] = []
    if argv := _argv(_given(settings, _COMMAND)):
        found.append(Command(argv))
    urls = _given(settings, _URLS)
    for url in urls.split() if isinstance(urls, str) else urls:
        plugin = _plugin(url)
        scheme = str(url).partition(":")[0].lower()
        number = 1 + sum(channel.name.partition("-")[0] == scheme for channel in found)
        found.append(AppriseChannel(plugin, scheme if number == 1 else f"{scheme}-{number}"))
    return found


def _given(settings: BaseSettings, name: str) -> Any:
    value = settings.get(name)
    return value if value else os.environ.get(name, "")


def _argv(value: Any) -> tuple[str, ...]:
    try:
        argv = json.loads(value) if isinstance(value, str) and value else value or []
    except ValueError:
        argv = None
    if not isinstance(argv, list | tuple) or not all(isinstance(part, str) for part in argv):
        raise ArgumentError(f'{_COMMAND}: give a JSON list of texts, such as ["notify", "--now"]')
    return tuple(argv)


def _plugin(url: object) -> Any:
    """What delivers to an Apprise URL. Raises ArgumentError, in which nothing of the URL is repeated."""
    require_extra("alarms", _URLS, "apprise")
    plugin: Any = None
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        # It loads modules of Python's that are deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        # Half a second to load: only who has such a channel pays for it.
        from apprise import Apprise  # noqa: PLC0415

        plugin = Apprise.instantiate(cast("str", url), suppress_exceptions=True)
    if plugin is None:
        raise ArgumentError(f"{_URLS}: give Apprise URLs, separated by spaces, such as mailtos://USER:PASSWORD@HOST")
    insecure = plugin.protocol if isinstance(plugin.protocol, tuple | list) else (plugin.protocol,)
    clear = str(url).partition(":")[0].lower() in insecure and not plugin.secure
    host = getattr(plugin, "smtp_host", None) or plugin.host
    if clear and plugin.password and host not in _LOOPBACK:
        raise ArgumentError(f"{_URLS}: a password in the clear only to this machine; use the scheme that ends in s")
    return plugin
