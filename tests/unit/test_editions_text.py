"""Dates, phrases and words of the editions in other languages and scripts."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from newscrawler.editions import EDITIONS, edition_of_code
from newscrawler.near_duplicates import jaccard, normalised_words, shingle_hashes
from newscrawler.pages import prose
from newscrawler.pages.captions import join_credits
from newscrawler.pages.dates import parse_visible_date
from newscrawler.pages.prose import is_developing, is_related_line, strip_boilerplate, strip_related_label
from newscrawler.pages.text import clean_text, content_hash, is_site_name

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "printed", "expected"),
    [
        ("ru", "2020-07-3 23:04", "2020-07-03T20:04:00"),
        ("ru", "20 марта 2025, 12:44", "2025-03-20T09:44:00"),
        ("ru", "07.02.2012, 13:34", "2012-02-07T09:34:00"),
        ("ru", "2010-07-07 12:00", "2010-07-07T08:00:00"),
        ("ru", "2010-12-07 12:00", "2010-12-07T09:00:00"),
        # The clock was put back by an hour in that night.
        ("ru", "26.10.2014, 01:34", None),
        ("es", "2017-02-06 06:37:20", "2017-02-06T06:37:20"),
        ("es", "Publicado: 6 feb 2017 06:37 GMT", "2017-02-06T06:37:00"),
        ("es", "14 jun 2026 | 12:39 GMT", "2026-06-14T12:39:00"),
        ("es", "6 de julio de 2020 10:05 GMT", "2020-07-06T10:05:00"),
        ("fr", "6 juil. 2020, 07:21", "2020-07-06T05:21:00"),
        ("fr", "1er janvier 2020 à 07h21", "2020-01-01T06:21:00"),
        ("de", "4.07.2020 • 07:00 Uhr", "2020-07-04T05:00:00"),
        ("de", "3.12.2020 06:45 Uhr", "2020-12-03T05:45:00"),
        ("de", "4. Juli 2021, 07:00 Uhr", "2021-07-04T05:00:00"),
        ("de", "31.03.2024 02:30 Uhr", None),
        ("de", "27.10.2024 02:30 Uhr", None),
        ("de", "31.02.2024 02:30 Uhr", None),
        ("ar", "تاريخ النشر: 10.02.2016 | 13:49 GMT |", "2016-02-10T13:49:00"),
        ("ar", "١٠ فبراير ٢٠١٦ | ١٣:٤٩ GMT", "2016-02-10T13:49:00"),
        # On the page nothing stands between the label and the day.
        ("ar", "آخر تحديث:07.04.2020 | 18:05 GMT |", "2020-04-07T18:05:00"),
        ("ar", "7 أبريل 2020، 17:38 GMT", "2020-04-07T17:38:00"),
        ("ar", "2020/04/07 17:38", "2020-04-07T17:38:00"),
        ("es", "Publicado:6 feb 2017 06:37 GMT", "2017-02-06T06:37:00"),
        ("ar", "10 كانون الثاني 2016, 13:49", "2016-01-10T13:49:00"),
        ("sr", "4. јула 2023. 07:00", "2023-07-04T05:00:00"),
        ("sr", "4. decembra 2023. 07:00", "2023-12-04T06:00:00"),
        ("fr", "6 xyz 2020 10:00", None),
        ("es", "6 ene 2021 3:05 p. m. GMT", "2021-01-06T15:05:00"),
        ("de", "4.07.2020 13:30 am Samstag", "2020-07-04T11:30:00"),
        ("es", "6 ene 2021 12:05 AM", "2021-01-06T00:05:00"),
        ("es", "6 ene 2021 15:05 am", None),
        ("ar", "10.02.2016 | 1:49 م", "2016-02-10T13:49:00"),
        ("ar", "10.02.2016 | 1:49 ص", "2016-02-10T01:49:00"),
    ],
)
def test_a_printed_date_is_in_the_edition_s_zone(code: str, printed: str, expected: str | None) -> None:
    edition = edition_of_code(code)
    assert edition is not None
    found = parse_visible_date(printed, language=edition.language, zone=edition.zone, now=NOW)
    assert (found and f"{found:%FT%T}") == expected


@pytest.mark.parametrize(
    "note",
    [
        "NOTICIA EN DESARROLLO",
        "Más información, en breve.",
        "DÉTAILS À SUIVRE",
        "Plus de détails à suivre...",
        "WEITERE DETAILS FOLGEN",
        "Weitere Informationen folgen in Kürze.",
        "Подробности следуют",
        "НОВОСТЬ ДОПОЛНЯЕТСЯ",
        "التفاصيل لاحقا..",
        "Вест се допуњује",
        "Detalji uskoro",
    ],
)
def test_the_note_of_an_unfinished_article(note: str) -> None:
    assert is_developing(note)
    assert strip_boilerplate(note) == note
    assert not is_developing(f"Anna sagte: {note} Das war alles.")


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Mehr zum Thema - Ein Turm", "Ein Turm"),
        ("Lire aussi : Un phare", "Un phare"),
        ("LEA MÁS: Un faro", "Un faro"),
        ("إقرأ المزيد: منارة", "منارة"),
        ("اقرأ أيضاً: منارة", "منارة"),
        ("Читайте также: Маяк", "Маяк"),
        ("Прочитајте још: Светионик", "Светионик"),
        ("Также по теме: Маяк", "Маяк"),
        ("Mehr dazu - Ein Turm", "Ein Turm"),
        ("Te puede interesar: Un faro", "Un faro"),
    ],
)
def test_a_line_that_points_to_another_article(line: str, title: str) -> None:
    assert is_related_line(line)
    assert strip_related_label(line) == title


@pytest.mark.parametrize(
    "line",
    [
        "Подписывайтесь на наш канал в Дзен",
        "Ошибка в тексте? Выделите её и нажмите «Ctrl + Enter»",
        "تابعوا RT على",
        "Si te ha gustado, ¡compártelo con tus amigos!",
        "Folge uns auf",
        "Raconter l'actualité",
        "Пратите нас на Телеграму",
        "RT Deutsch bemüht sich um ein breites Meinungsspektrum. Gastbeiträge sind nicht die Sichtweise der Redaktion.",
        "Les opinions exprimées dans cette section sont le fait de leur auteur et n'engagent pas la rédaction.",
        "المقال يعبر عن رأي الكاتب",
    ],
)
def test_boilerplate_is_no_prose(line: str) -> None:
    assert strip_boilerplate(line) == ""


@pytest.mark.parametrize(
    "prose",
    [
        "المصدر: وكالات",
        "Читайте также новости порта, сказал смотритель.",
        "Folgen hatte das nicht.",
        "Подробности он обещал сообщить позже.",
    ],
)
def test_prose_that_resembles_boilerplate_stays(prose: str) -> None:
    assert strip_boilerplate(prose) == prose
    assert not is_related_line(prose)
    assert not is_developing(prose)


def test_no_note_is_as_long_as_a_text() -> None:
    note = "Durch die Sperrung von RT zielt die EU darauf ab"
    assert strip_boilerplate(f"{note}, {'peket ' * 100}.") == ""
    started = time.process_time()
    text = f"{note}{'!' * 300_000}x"
    assert strip_boilerplate(text) == text
    assert time.process_time() - started < 2


def test_words_stay_as_written_and_invisible_characters_go() -> None:
    assert clean_text("\u200fالأهالـــي\u200e \ufefbجمارك\u00a0في") == "الأهالـــي \ufefbجمارك في"
    assert clean_text("«\u202fchacun\u202f!\u00a0»") == "« chacun ! »"
    # A Latin letter in a Cyrillic word is the page's.
    assert clean_text("Mосква") == "Mосква"
    assert content_hash("قرية\u200f", None, ["منارة"]) == content_hash("قرية", None, ["منارة"])


def _beginnings(tokens: Iterable[tuple[Any, Any]]) -> set[str]:
    """The first two characters of whatever a pattern finds, out of its parse."""
    found = {""}
    for code, value in tokens:
        if all(len(begun) == 2 for begun in found):
            break
        match str(code):
            case "LITERAL":
                step = {chr(value)}
            case "IN":
                assert all(str(kind) == "LITERAL" for kind, _ in value), value
                step = {chr(letter) for _, letter in value}
            case "BRANCH":
                step = set().union(*map(_beginnings, value[1]))
            case "SUBPATTERN":
                step = _beginnings(value[3])
            case "MAX_REPEAT":
                assert value[1] == 1, "a phrase that begins with a repetition"
                step = _beginnings(value[2]) | ({""} if value[0] == 0 else set())
            case other:
                raise AssertionError(other)
        found = {(begun + more)[:2] for begun in found for more in step}
    return found


@pytest.mark.parametrize(
    ("starts", "patterns"),
    [
        (prose._BOILERPLATE_STARTS, [prose._BOILERPLATE_ELSEWHERE]),
        (prose._RELATED_STARTS, [prose._RELATED_LABEL]),
        (prose._DEVELOPING_STARTS, [prose._DEVELOPING_WHOLE, prose._DEVELOPING_ELSEWHERE]),
    ],
)
def test_a_first_look_at_a_text_misses_no_phrase(starts: frozenset[str], patterns: list[re.Pattern[str]]) -> None:
    parses = [list(re._parser.parse(pattern.pattern)) for pattern in patterns]  # type: ignore[attr-defined]
    marks = re._parser.parse(r"\W*")  # type: ignore[attr-defined]
    assert all(str(parse[:1]) == str(list(marks)) for parse in parses)
    assert set().union(*(_beginnings(parse[1:]) for parse in parses)) == starts


def test_near_duplicates_are_found_in_every_script() -> None:
    assert normalised_words("الأهالـــي صَوَّتوا \ufefb") == normalised_words("الأهالي صوتوا لا")
    for word in ("мај{}", "منارة{}", "phare{}", "Türme{}"):
        text = " ".join(word.format(chr(ord("a") + i % 26) * (1 + i // 26)) for i in range(60))
        changed = text.replace(" ", "\u00a0", 3).upper() + " ещё"
        assert jaccard(shingle_hashes(text), shingle_hashes(changed)) > 0.9


def test_an_edition_s_own_name_is_no_author() -> None:
    assert all(is_site_name(name) for edition in EDITIONS for name in edition.own_names)
    assert not is_site_name("Анна Проба")


def test_a_credit_has_no_label() -> None:
    assert join_credits(["Quelle: www.example.com", " / © Anna Muster"]) == "www.example.com / Anna Muster"
    assert join_credits(["© Нейросеть"]) == "Нейросеть"
    assert join_credits(["© Jo Phare Source: ABC"]) == "Jo Phare / ABC"
    assert join_credits(["Lichtquellen: viele"]) == "Lichtquellen: viele"
    assert join_credits(["", " / "]) is None
