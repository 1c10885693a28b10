"""Alarms: when something is told, and that it arrives, or fails in time, at real servers on this machine."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default as modern
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from scrapy.settings import Settings

from newscrawler.exceptions import ArgumentError
from newscrawler.monitoring.alarms import (
    AlarmDispatch,
    AlarmFailed,
    AppriseChannel,
    Channel,
    ChannelState,
    Command,
    RunContext,
    StateFile,
    after,
    channels_of,
    event_of,
    joined,
    message_of,
    text_of,
    wait_for,
)
from newscrawler.monitoring.verdict import ExitCode, Reason, Verdict

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GOOD = Verdict.of([], "0 of 9 URLs failed")
CONTEXT = RunContext("rt_world", "/data", "20260501T120000Z-1a2b", NOW)


def bad(*kinds: str, code: ExitCode = ExitCode.BAD_VERDICT, text: str = "9 of 9 URLs failed") -> Verdict:
    return Verdict.of([Reason(code, kind, text) for kind in kinds])


def story(*verdicts: Verdict, delivered: Callable[[int], bool] = lambda _: True) -> list[str | None]:
    """The events of hourly runs with these verdicts."""
    told = ChannelState()
    events: list[str | None] = []
    for number, verdict in enumerate(verdicts):
        now = NOW + number * HOUR
        event = event_of(told, verdict, now, reminder=DAY, repeated=number > 0 and verdicts[number - 1] == verdict)
        events.append(event)
        if event is not None:
            told = after(told, event, verdict, now, delivered=delivered(number)) or ChannelState()
            told = ChannelState.of_json(json.loads(json.dumps(asdict(told))))
    return events


def test_once_when_bad_and_once_when_recovered() -> None:
    faults = bad("faults")
    assert story(GOOD, faults, faults, faults, GOOD, GOOD) == [None, "bad", None, None, "recovered", None]


def test_another_kind_of_badness_is_told_but_not_each_return_of_the_first() -> None:
    full = bad("output", code=ExitCode.OUTPUT)
    assert story(bad("faults"), full, bad("faults"), full, GOOD) == ["bad", "bad", None, None, "recovered"]
    assert story(bad("faults"), bad("faults", "field/lead"), bad("field/lead")) == ["bad", "bad", None]


def test_a_reminder_each_day() -> None:
    assert story(*[bad("faults")] * 50).count("reminder") == 2
    assert story(*[bad("faults")] * 50)[24] == "reminder"


def test_what_failed_is_tried_again() -> None:
    faults = bad("faults")
    assert story(faults, faults, faults, GOOD, delivered=lambda n: n == 1) == ["bad", "bad", None, "recovered"]
    # Never told, and good meanwhile: still said, once.
    assert story(faults, GOOD, GOOD, GOOD, delivered=lambda n: n == 2) == ["bad", "recovered", "recovered", None]


@pytest.mark.parametrize("code", [ExitCode.ANOTHER_RUN, ExitCode.USAGE, ExitCode.INTERRUPTED])
def test_what_a_person_did_is_not_told(code: ExitCode) -> None:
    assert story(bad("x", code=code), bad("x", code=code)) == [None, None]
    assert story(bad("faults"), bad("x", code=code), bad("faults")) == ["bad", None, None]


def test_a_scheduler_s_stop_is_told_when_it_comes_again() -> None:
    stopped = bad("interrupted", code=ExitCode.TERMINATED)
    assert story(stopped, GOOD, stopped, stopped, stopped) == [None, None, None, "bad", None]


def test_a_message_says_what_and_since_when() -> None:
    told = ChannelState(("faults",), NOW.isoformat(), (NOW - HOUR).isoformat(), "9 of 9 URLs failed")
    message = message_of("recovered", told, GOOD, CONTEXT)
    assert message["bad_since"] == "2026-05-01T11:00:00+00:00"
    assert "Bad since 2026-05-01T11:00:00+00:00: 9 of 9 URLs failed" in text_of(message)
    message = message_of("bad", ChannelState(), bad("faults", "books"), CONTEXT)
    assert [reason["kind"] for reason in message["reasons"]] == ["faults", "books"]
    assert message["exit_code"] == 3


def test_states_of_two_places_are_joined() -> None:
    ledger = {"mail": asdict(ChannelState(("faults",), "2026-05-01T12:00:00+00:00", "2026-05-01T12:00:00+00:00", "a"))}
    kept = {"mail": asdict(ChannelState(("output",), "2026-05-01T13:00:00+00:00", "2026-05-01T13:00:00+00:00", "b"))}
    both = ChannelState.of_json(joined(ledger, kept)["mail"])
    assert (both.kinds, both.since, both.why) == (("faults", "output"), "2026-05-01T12:00:00+00:00", "b")


def test_a_state_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = StateFile(tmp_path / "data")
    assert file.read() == {}
    file.write({"mail": asdict(ChannelState(("output",)))})
    assert StateFile(tmp_path / "data").read()["mail"]["kinds"] == ("output",)
    [path] = (tmp_path / "state/newscrawler").iterdir()
    path.write_text("[")
    assert file.read() == {}
    file.write({})
    assert not path.exists()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    StateFile(tmp_path / "data").write({"mail": {}})


@dataclass
class Web:
    """A web server that answers as it is told to: a status, "hang" or "trickle"."""

    answer: int | str = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"json://me:geheim@127.0.0.1:{self.port}/hook/geheim"


@pytest.fixture
def web() -> Iterator[Web]:
    web, done = Web(), threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            web.paths.append(self.path)
            web.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if web.answer == "hang":
                done.wait(30)
            elif web.answer == "trickle":
                while not done.wait(0.05):
                    try:
                        self.wfile.write(b"HTTP/1.1 1")
                    except OSError:
                        return
            else:
                self.send_response(int(web.answer), "geheim")
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        web.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield web
        done.set()
        server.shutdown()
        thread.join()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Inbox:
    """Takes mails."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.tls: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=modern))
        self.tls.append(session.ssl is not None)
        return "250 OK"


def told(channel: Channel, verdict: Verdict, seconds: float = 10.0) -> AlarmDispatch:
    """One dispatch with that channel alone."""
    made = AlarmDispatch([channel], {}, verdict, CONTEXT, reminder=DAY, repeated=False)
    made.begin()
    wait_for(made, seconds)
    return made


def channel(**given: Any) -> Channel:
    [found] = channels_of(Settings({f"NEWSCRAWLER_ALARM_{name.upper()}": value for name, value in given.items()}))
    return found


def test_an_apprise_url_is_told(web: Web) -> None:
    done = told(channel(urls=web.url), bad("faults"))
    assert done.notes() == ["bad: sent by json"]
    assert web.paths == ["/hook/geheim"]
    assert web.bodies[0]["title"].endswith(": a bad run (rt_world)")
    assert "- 9 of 9 URLs failed" in web.bodies[0]["message"]
    assert web.bodies[0]["type"] == "failure"
    assert done.states()["rt_world json"]["kinds"] == ("faults",)


@pytest.mark.parametrize("answer", [500, "hang", "trickle", "nobody"])
def test_a_channel_that_fails_ends_in_time_and_tells_no_secret(
    web: Web, answer: int | str, caplog: pytest.LogCaptureFixture
) -> None:
    web.answer = answer
    url = "json://me:geheim@127.0.0.1:1/geheim" if answer == "nobody" else web.url
    begun = time.monotonic()
    with caplog.at_level("DEBUG"):
        done = told(channel(urls=url), bad("faults"), seconds=1.0)
    assert time.monotonic() - begun < 2
    [note] = done.notes()
    assert note.startswith("bad: NOT sent, tried again at the next run: json: not ")
    assert "geheim" not in note + repr(done.deliveries) + caplog.text
    assert done.states()["rt_world json"]["undelivered"]
    assert done.states()["rt_world json"]["kinds"] == ()


def test_channels_of_one_scheme_have_names_of_their_own(web: Web) -> None:
    settings = Settings({"NEWSCRAWLER_ALARM_URLS": f"{web.url} {web.url}2", "NEWSCRAWLER_ALARM_COMMAND": ["true"]})
    assert [found.name for found in channels_of(settings)] == ["command", "json", "json-2"]


def test_a_state_of_an_older_version_is_read() -> None:
    assert ChannelState.of_json({"kinds": [], "owed": True}).undelivered


def test_a_command_is_told_without_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSCRAWLER_ALARM_URLS", "json://127.0.0.1/geheim")
    code = "import os, sys; open(sys.argv[1], 'w').write(sys.stdin.read() + str(sorted(os.environ)))"
    target = tmp_path / "a; echo b $(c)"
    done = told(Command((sys.executable, "-c", code, str(target))), bad("faults"), 20)
    assert done.notes() == ["bad: sent by command"]
    message, _, names = target.read_text().partition("}[")
    assert json.loads(message + "}")["event"] == "bad"
    assert "PATH" in names
    assert "ALARM_URLS" not in names


def test_without_leave_for_a_thread_it_is_told_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As at a limit of memory or of processes: the run at that limit is the one to tell of."""

    def refused(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    done = told(channel(command=["tee", str(tmp_path / "told")]), bad("x"))
    assert done.notes() == ["bad: sent by command"]
    assert json.loads((tmp_path / "told").read_bytes())["event"] == "bad"


def test_a_command_that_fails() -> None:
    failed = "bad: NOT sent, tried again at the next run: command "
    assert told(channel(command=["false"]), bad("x")).notes() == [f"{failed}false: ended with 1"]
    missing = told(channel(command='["/no/such"]'), bad("x")).notes()
    assert missing == [f"{failed}/no/such: No such file or directory"]


def test_a_command_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    hanging = Command(("sh", "-c", f"sleep 60 & echo $! > {mark}; wait"), 0.5)
    with pytest.raises(AlarmFailed, match=r"not done after 0\.5 seconds"):
        hanging.deliver({}, "", "")
    status = Path(f"/proc/{mark.read_text().strip()}/stat")
    for _ in range(100):
        # Killed is not yet gone.
        if not status.exists() or ") Z " in status.read_text():
            return
        time.sleep(0.02)
    raise AssertionError(status.read_text())


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *subject]
    subprocess.run([*made, "-days", "2", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return key, cert


def test_mail() -> None:
    inbox, port = Inbox(), free_port()
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        text = "the output could not be written: Trap\r\nBcc: all@example.org \x1b[2J"
        url = f"mailto://127.0.0.1:{port}/?from=crawler@example.org&to=a@example.org,b@example.org&format=text"
        done = told(channel(urls=[url]), bad("output", code=ExitCode.OUTPUT, text=text))
    finally:
        server.stop()
    assert done.notes() == ["bad: sent by mailto"]
    mail = inbox.mails[0]
    assert sorted(str(one["To"]) for one in inbox.mails) == ["a@example.org", "b@example.org"]
    assert "crawler@example.org" in mail["From"]
    assert mail["Subject"].startswith("newscrawler on ")
    assert mail["Subject"].endswith(": a bad run (rt_world)")
    assert mail["Bcc"] is None
    body = mail.get_body().get_content()  # type: ignore[attr-defined]
    assert "\x1b" not in body
    assert "\nBcc" not in body
    assert "Trap" in body


def test_mail_with_starttls_and_password(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key, cert = certificate
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)

    def authenticated(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"ge:h@im", handled=False)

    inbox, port = Inbox(), free_port()
    options: dict[str, Any] = {
        "tls_context": context,
        "require_starttls": True,
        "authenticator": authenticated,
        "auth_required": True,
    }
    server = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        form = f"mailtos://me:%s@localhost:{port}/?from=me@example.org&to=a@example.org&mode=starttls"
        with caplog.at_level("DEBUG"):
            distrusted = told(channel(urls=form % "ge%3Ah%40im"), bad("x"))
            monkeypatch.setenv("SSL_CERT_FILE", str(cert))
            good = told(channel(urls=form % "ge%3Ah%40im"), bad("x"))
            wrong = told(channel(urls=form % "falsch"), bad("x"))
    finally:
        server.stop()
    assert "NOT sent" in distrusted.notes()[0]
    assert good.notes() == ["bad: sent by mailtos"]
    assert inbox.tls == [True]
    assert "NOT sent" in wrong.notes()[0]
    assert "falsch" not in repr(wrong.deliveries) + str(wrong.notes()) + caplog.text


def test_secrets_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSCRAWLER_ALARM_URLS", "jsons://example.org/geheim")
    [found] = channels_of(Settings())
    assert isinstance(found, AppriseChannel)
    assert "geheim" not in repr(found)


@pytest.mark.parametrize(
    "given",
    [
        {"command": "notify-me"},
        {"command": [1]},
        {"urls": "ftp://example.org/geheim"},
        {"urls": "json://127.0.0.1/ geheim"},
        {"urls": [1]},
        {"urls": "slack://geheim"},
        {"urls": "json://me:geheim@example.org"},
        {"urls": "mailto://me:geheim@example.org"},
    ],
)
def test_settings_that_can_t_be_used(given: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ArgumentError, match="NEWSCRAWLER_ALARM_") as error, caplog.at_level("DEBUG"):
        channel(**given)
    assert "geheim" not in str(error.value) + caplog.text


def test_a_known_provider_is_encrypted_whatever_the_scheme() -> None:
    assert channel(urls="mailto://me:geheim@gmail.com").name == "mailto"
