"""Where alarms go: a command, a webhook, a mailbox. Each bounded in time; none ever says its secrets.

The settings may be given in environment variables of the same names, since a command line can be read by others.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import smtplib
import ssl
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from scrapy.settings import BaseSettings

from newscrawler.exceptions import ArgumentError, NewscrawlerError
from newscrawler.terminal import printable

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
