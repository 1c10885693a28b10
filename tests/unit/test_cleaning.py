"""Single values: text, dates, captions and the marks in prose, in the forms that docs/extend/site.md lists."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawler.pages.captions import split_caption
from newscrawler.pages.dates import parse_machine_date, parse_visible_date
from newscrawler.pages.prose import is_developing, is_related_line, strip_boilerplate, strip_related_label
from newscrawler.pages.text import clean_text, content_hash
from newscrawler.utils import format_time

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def visible(text: str, zone: str = "UTC") -> str | None:
    moment = parse_visible_date(text, language="en", zone=zone, now=NOW)
    return format_time(moment) if moment else None


def machine(text: str) -> str | None:
    moment = parse_machine_date(text, now=NOW)
    return format_time(moment) if moment else None


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  two\n\t words ", "two words"),
        ("no\xa0break\u202fspaces\u2003here", "no break spaces here"),
        ("\u200bopens a head\u00adline\ufeff", "opens a headline"),
        ("cafe\u0301", "café"),
        ("‘quotes’ “stay” – as they…", "‘quotes’ “stay” – as they…"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("bell\x07 and null\x00", "bell and null"),
        ("\u200b\xa0", ""),
    ],
)
def test_clean_text(text: str, clean: str) -> None:
    assert clean_text(text) == clean
    assert clean_text(clean) == clean


def test_content_hash_is_of_the_words_alone() -> None:
    whole = content_hash("Head", "Lead here.", ["One two.", "Three."])
    assert whole == content_hash("Head", None, ["Lead\xa0here.", "One  two. Three."])
    assert whole == content_hash("He\u00adad", "Lead here. One", ["two.", "", "Three.\u200b"])
    assert whole != content_hash("Head", "Lead here.", ["One two.", "Three!"])
    assert content_hash("caf\u00e9", None, []) == content_hash("cafe\u0301", None, [])
    assert len(whole) == 64


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Published time: September 23, 2013 12:00", "2013-09-23T12:00:00+00:00"),
        ("Published time: 1 Apr, 2016 15:17", "2016-04-01T15:17:00+00:00"),
        ("20 Nov, 2019 05:47", "2019-11-20T05:47:00+00:00"),
        ("10 Oct, 2022 17:38\xa0 ", "2022-10-10T17:38:00+00:00"),
        ("Mar 9, 2023 08:25", "2023-03-09T08:25:00+00:00"),
        # Day and month could change places in these, for a guesser.
        ("1 Feb, 2016 03:04", "2016-02-01T03:04:00+00:00"),
        ("3 May, 2017 09:05", "2017-05-03T09:05:00+00:00"),
        ("12 Dec, 2021 00:00", "2021-12-12T00:00:00+00:00"),
    ],
)
def test_visible_dates(text: str, moment: str) -> None:
    assert visible(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "two hours ago",
        "yesterday",
        "/ Updated 3 years ago",
        "12:00",
        "September 2013",
        "10 Oct, 2022",
        "10/11/2022 12:00",
        "2022-10-11",
        "31 Feb, 2016 10:00",
        "1 Apr, 2016 25:17",
        "1 Nonsense, 2016 15:17",
        # Before there was a site, and after today.
        "10 Oct, 1999 17:38",
        "10 Oct, 2030 17:38",
        "10 Oct, 9999 23:59",
    ],
)
def test_what_is_no_visible_date(text: str) -> None:
    assert visible(text) is None


def test_a_zone_is_applied() -> None:
    assert visible("10 Oct, 2022 17:38", "Europe/Moscow") == "2022-10-10T14:38:00+00:00"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue, 21 Oct 2014 09:35:00 +0000", "2014-10-21T09:35:00+00:00"),
        ("Tue, 21 Oct 2014 12:35:00 +0300", "2014-10-21T09:35:00+00:00"),
        ("2022-10-10T17:38:12+00:00", "2022-10-10T17:38:12+00:00"),
        ("2022-10-10T17:38:12Z", "2022-10-10T17:38:12+00:00"),
        (" 2022-10-10T20:38:12+03:00\n", "2022-10-10T17:38:12+00:00"),
        # Without a zone nothing is proven.
        ("2022-10-10T17:38:12", None),
        ("2022-10-10", None),
        ("2026-05-07 22:03:26", None),
        ("Tue, 21 Oct 2014 09:35:00", None),
        ("10 Oct, 2022 17:38", None),
        ("", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("1970-01-01T00:00:00+00:00", None),
        ("2026-07-03T00:00:00+00:00", None),
    ],
)
def test_machine_dates(text: str, moment: str | None) -> None:
    assert machine(text) == moment


def test_a_clock_may_run_a_little_ahead() -> None:
    assert machine("2026-07-01T12:00:00+00:00") == "2026-07-01T12:00:00+00:00"


@pytest.mark.parametrize("locale", ["de_DE.UTF-8", "ru_RU.UTF-8", "en_GB.UTF-8", "tr_TR.UTF-8", "C", "nonsense"])
def test_the_machine_s_locale_changes_no_date(locale: str) -> None:
    texts = ["5 Mar, 2016 15:17", "March 5, 2016 15:17", "Mar 5, 2016 15:17", "5 May, 2016 15:17"]
    program = (
        "import json, locale, sys\n"
        "from datetime import UTC, datetime\n"
        "try:\n    locale.setlocale(locale.LC_ALL, '')\nexcept locale.Error:\n    pass\n"
        "from newscrawler.pages.dates import parse_machine_date, parse_visible_date\n"
        "from newscrawler.utils import format_time\n"
        "now = datetime(2026, 7, 1, tzinfo=UTC)\n"
        "texts = json.load(sys.stdin)\n"
        "found = [parse_visible_date(t, language='en', zone='UTC', now=now) for t in texts]\n"
        "found.append(parse_machine_date('Sat, 05 Mar 2016 15:17:00 +0000', now=now))\n"
        "print(json.dumps([format_time(f) if f else None for f in found]))\n"
    )
    environment = {**os.environ, "LC_ALL": locale, "LANG": locale, "LANGUAGE": locale, "TZ": "Asia/Tokyo"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        env=environment,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    march = "2016-03-05T15:17:00+00:00"
    assert json.loads(done.stdout) == [march, march, march, "2016-05-05T15:17:00+00:00", march]


@pytest.mark.parametrize(
    ("line", "caption", "credit"),
    [
        ("A harbor at noon (Reuters / Jo Doe)", "A harbor at noon", "Reuters / Jo Doe"),
        ("A harbor (left) at noon (AFP Photo / Jo Doe)", "A harbor (left) at noon", "AFP Photo / Jo Doe"),
        ("Reuters", None, "Reuters"),
        ("Reuters / Jo Doe", None, "Reuters / Jo Doe"),
        ("A harbor at noon © Jo Doe / Reuters", "A harbor at noon", "Jo Doe / Reuters"),
        ("© Jo Doe / Reuters", None, "Jo Doe / Reuters"),
        ("A harbor at noon", "A harbor at noon", None),
        ("The mayor (right) at noon.", "The mayor (right) at noon.", None),
        ("Фото: РИА Новости", None, "РИА Новости"),
        ("РИА Новости", None, "РИА Новости"),
        ("Foto: dpa", None, "dpa"),
        ("Photo: The mayor at noon", "Photo: The mayor at noon", None),
        ("", None, None),
    ],
)
def test_captions(line: str, caption: str | None, credit: str | None) -> None:
    assert split_caption(line) == (caption, credit)


@pytest.mark.parametrize("line", ["DETAILS TO FOLLOW", "Details to follow", "MORE TO FOLLOW", "Details to follow…"])
def test_a_developing_story_says_so(line: str) -> None:
    assert is_developing(line)
    assert is_developing(f"The harbor is closed. {line.upper()}")


@pytest.mark.parametrize(
    "line",
    [
        "He promised more details to follow the summit.",
        "The minister said that details would follow.",
        "This is a story of a developing country.",
        "",
    ],
)
def test_prose_is_no_mark(line: str) -> None:
    assert not is_developing(line)


@pytest.mark.parametrize(
    "line",
    [
        "Like this story? Share it with a friend!",
        "If you like this story, share it with a friend!",
        "You can share this story on social media:",
        "Follow RT on",
        "Get short URL",
        "Trends:",
        "Subscribe to RT newsletter to get news highlights of the day right in your mailbox",
        "",
    ],
)
def test_boilerplate_is_dropped(line: str) -> None:
    assert strip_boilerplate(line) == ""


def test_a_prompt_glued_to_a_paragraph_is_cut_off() -> None:
    prose = "The harbor was closed at noon."
    assert strip_boilerplate(f"{prose}If you like this story, share it with a friend!") == prose
    assert strip_boilerplate(prose) == prose


@pytest.mark.parametrize(
    "line",
    [
        "They like this story and share it with a friend of theirs every year.",
        "The trends are clear: harbors close at noon, and nobody knows why.",
        "Harbor police, he said, insist that the closure was completely unprovoked.",
    ],
)
def test_prose_is_no_boilerplate(line: str) -> None:
    assert strip_boilerplate(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "READ MORE: Harbor closed at noon",
        "READ MORE:\xa0Harbor closed at noon",
        "Read more: Harbor closed at noon",
        "Also on rt.com Harbor closed at noon",
    ],
)
def test_a_related_line_is_known_and_loses_its_label(line: str) -> None:
    clean = clean_text(line)
    assert is_related_line(clean)
    assert strip_related_label(clean) == "Harbor closed at noon"


def test_a_reader_is_no_related_line() -> None:
    assert not is_related_line("Read more books, the harbor master told the pupils.")
    assert strip_related_label("Harbor closed at noon") == "Harbor closed at noon"
