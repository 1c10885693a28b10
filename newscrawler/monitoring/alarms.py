"""What is told to whom and when: a bad verdict once, a new kind of it again, and once when all is good again.

Pure but for ``deliver``. The state of each channel goes in and comes out; the ledger keeps it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import smtplib
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any, Literal, Protocol, Self
from urllib.parse import SplitResult, unquote, urlsplit

from scrapy.settings import BaseSettings

from newscrawler.exceptions import ArgumentError, NewscrawlerError
from newscrawler.monitoring.verdict import ExitCode, Verdict
from newscrawler.utils import atomic_write, printable

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
    """The message as data; docs/operate/alarms.md has the fields."""
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
            with atomic_write(self._path) as file:
                file.write(json.dumps(states).encode())
        except OSError:
            return


def joined(one: Mapping[str, Mapping[str, Any]], other: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """States from ledger and file together."""
    names = {*one, *other}
    return {name: asdict(Told.of_json(one.get(name, {})).joined(Told.of_json(other.get(name, {})))) for name in names}


# --- alarm_channels ---

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
#: Not for the eyes of the command.
_SECRET = ("NEWSCRAWLER_ALARM_WEBHOOK", "NEWSCRAWLER_ALARM_SMTP")


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
    timeout: float
    name: str = "command"

    def deliver(self, message: Mapping[str, Any], subject: str, text: str) -> None:
        """See ``Channel``. What hangs is killed, with all that it started."""
        del subject, text
        environment = {name: value for name, value in os.environ.items() if name not in _SECRET}
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
class Webhook:
    """Posts the message as JSON. Addresses often are secrets, so only the host is ever named."""

    url: str = field(repr=False)
    timeout: float
    name: str = "webhook"

    def deliver(self, message: Mapping[str, Any], subject: str, text: str) -> None:
        """See ``Channel``. Only an answer of 2xx counts; redirects are not followed."""
        del subject, text
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(
                host, parts.port, timeout=self.timeout, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(host, parts.port, timeout=self.timeout)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "application/json", "User-Agent": "newscrawler", "Connection": "close"}
        try:
            connection.request("POST", target, json.dumps(message).encode(), headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise AlarmFailed(f"webhook at {host}: {_short(error)}") from error
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise AlarmFailed(f"webhook at {host}: answered {status}")


@dataclass(frozen=True, slots=True)
class Mail:
    """Sends a plain text mail. Headers hold fixed words and the machine's name only."""

    server: SplitResult = field(repr=False)
    sender: str
    recipients: tuple[str, ...]
    timeout: float
    name: str = "mail"

    def deliver(self, message: Mapping[str, Any], subject: str, text: str) -> None:
        """See ``Channel``."""
        mail = EmailMessage()
        mail["Subject"] = printable(subject)
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.recipients)
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(domain="newscrawler.invalid")
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        mail.add_attachment(json.dumps(message, indent=1).encode(), "application", "json", filename="verdict.json")
        host = self.server.hostname or ""
        try:
            with self._connected(host) as smtp:
                refused = smtp.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise AlarmFailed(f"mail by {host}: {_short(error)}") from error
        if refused:
            raise AlarmFailed(f"mail by {host}: {len(refused)} of {len(self.recipients)} recipients refused")

    def _connected(self, host: str) -> smtplib.SMTP:
        port = self.server.port or _PORTS[self.server.scheme]
        context = ssl.create_default_context()
        if self.server.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self.timeout, context=context)
        else:
            smtp = smtplib.SMTP(host, port, timeout=self.timeout)
        try:
            if self.server.scheme == "smtp+tls":
                smtp.starttls(context=context)
            if self.server.username:
                smtp.login(unquote(self.server.username), unquote(self.server.password or ""))
        except BaseException:
            smtp.close()
            raise
        return smtp


def _short(error: Exception) -> str:
    """An error in one line; what a server said to a login may repeat what it was told."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "user or password refused"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"answered {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "all recipients refused"
    text = str(error.strerror or error) if isinstance(error, OSError) else type(error).__name__
    return printable(text)[:200]


def channels_of(settings: BaseSettings) -> list[Channel]:
    """The channels that are set up; none by default. Raises ArgumentError for what can't be used."""
    timeout = settings.getfloat("NEWSCRAWLER_ALARM_TIMEOUT")
    found: list[Channel] = []
    if argv := _argv(_given(settings, "NEWSCRAWLER_ALARM_COMMAND")):
        found.append(Command(argv, timeout))
    if url := str(_given(settings, "NEWSCRAWLER_ALARM_WEBHOOK")):
        if not _is_web_address(url):
            raise ArgumentError("NEWSCRAWLER_ALARM_WEBHOOK: give a web address without user and password")
        found.append(Webhook(url, timeout))
    recipients = _mailboxes("NEWSCRAWLER_ALARM_MAIL_TO", str(_given(settings, "NEWSCRAWLER_ALARM_MAIL_TO")))
    if recipients:
        senders = _mailboxes("NEWSCRAWLER_ALARM_MAIL_FROM", str(_given(settings, "NEWSCRAWLER_ALARM_MAIL_FROM")))
        server = _server(str(_given(settings, "NEWSCRAWLER_ALARM_SMTP")))
        found.append(Mail(server, (senders or recipients)[0], recipients, timeout))
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
        raise ArgumentError('NEWSCRAWLER_ALARM_COMMAND: give a JSON list of texts, such as ["notify", "--now"]')
    return tuple(argv)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        return False


def _mailboxes(name: str, value: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in value.split(",") if part.strip())
    if not all(part.isascii() and part.isprintable() and "@" in part[1:-1] and " " not in part for part in found):
        raise ArgumentError(f"{name}: give addresses such as me@example.org, separated by commas")
    return found


def _server(value: str) -> SplitResult:
    form = "NEWSCRAWLER_ALARM_SMTP: give smtp://HOST, smtp+tls://USER:PASSWORD@HOST:587 or smtps://…"
    try:
        parts = urlsplit(value)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ArgumentError(form) from None
    if not usable:
        raise ArgumentError(form)
    if parts.username and parts.scheme == "smtp" and parts.hostname not in _LOOPBACK:
        raise ArgumentError(
            "NEWSCRAWLER_ALARM_SMTP: a password in the clear only to this machine; use smtp+tls or smtps"
        )
    return parts
