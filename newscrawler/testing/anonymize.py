"""Other people's words out of a page, its structure left as it is.

Every word becomes an invented one of the same length, case and script, always the same for the same word, so that
what agreed on the page (headline and og:title, a byline and the URL of the author's page) still agrees. Tags, classes,
dates, digits, punctuation and the site's own phrases stay, since layouts are read by them. The source is rewritten
piece by piece, not parsed and printed again, so that broken markup stays broken.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote, unquote

from newscrawler.editions import EDITIONS, article_url
from newscrawler.pages.prose import protected_spans


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PIECE = re.compile(
    r"(?P<comment><!--.*?(?:-->|$))"
    r"|(?P<declaration><!\[CDATA\[|<[!?][^>]*>)"
    r"|(?P<code><(?P<name>script|style)\b(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^'\">])*+)>)(?P<inside>.*?)(?=</(?P=name)\s*>|$)"
    r"|(?P<tag></?[a-z](?:\"[^\"]*\"|'[^']*'|[^'\">])*+>|</?[a-z][^>]*>)"
    r"|(?P<text>[^<]+|<)",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"(?P<head>\s(?P<name>[^\s=>\"'/]+)\s*=\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s>\"']+)", re.DOTALL)
#: Attributes that layouts are built of. What is in no list is rewritten.
_STRUCTURE = _names(
    "class id rel type name property itemprop itemtype itemscope role http-equiv charset lang xml:lang "
    "data-rtcomponent data-widgets data-youtubeid data-youtubesrc "
    "dir style width height target method media sizes data-role data-telegram-post xmlns d viewbox fill "
    "color align border cellpadding cellspacing colspan rowspan frameborder scrolling allowfullscreen "
    "async defer crossorigin integrity value-type prefix version"
)
_LINKS = frozenset(("href", "action", "cite"))
_SOURCES = frozenset(("src", "data-src", "srcset", "data-srcset", "poster"))
_META_NAME = re.compile(r"\s(?:name|property|http-equiv)\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_TECHNICAL = re.compile(r"viewport|theme|site_name|robots|type|locale|verif|charset|:card$", re.IGNORECASE)
_LETTER = r"[^\W\d_]"
_WORD = rf"{_LETTER}(?:{_LETTER}|[\u0300-\u036f])*"
_URL = r"(?:https?:)?(?:\\?/){2}[^\s\"'<>\\)]+(?:\\/[^\s\"'<>\\)]*)*"
_DATE = (
    r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)?"
    r"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?\b\d{1,2}(?:st|nd|rd|th)?\.? [A-Z][a-z]{2,8}\.?,? \d{4}"
    r"|\b[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4}"
)
_ENTITY = r"&(?:#\d+|#x[0-9a-f]+|[a-z][a-z0-9]*);"
# Names with digits or underscores in them are a program's.
_TOKEN = re.compile(
    rf"(?P<keep>{_DATE}|{_ENTITY}|\\u[0-9a-fA-F]{{4}}|\\[nrtbf]|@\w+(?=\"\s*:)|\bG\.?M\.?T\b)|(?P<url>{_URL})"
    rf"|(?P<program>\w*(?:\d_|_\d|_\w|{_LETTER}\d|\d{_LETTER})\w*)|(?P<word>{_WORD})"
)
# In a script's attribute: JSON in a string of JavaScript.
_SHORT_URL = re.compile(r"shortUrl(?:\\u[0-9a-fA-F]{4})+[^\s\"']*")
_JSON_KEPT = re.compile(
    r"\"@(?:type|context)\"\s*:\s*(?:\[[^\]]*\]|\"[^\"]*\")|\"[@\w]+\"\s*:\s*(?=[\"\[{\dtfn-])|\b(?:true|false|null)\b"
)
_LETTER_ENTITY = re.compile(_ENTITY, re.IGNORECASE)
_SLUG = re.compile(rf"{_LETTER}+(?:[-_+]\w+){{2,}}")

_CONSONANTS, _VOWELS = "bcdfghklmnprstvz", "aeiou"
_ALPHABETS = {
    "CYRILLIC": ("бвгдзклмнпрстф", "аеиоу"),
    "ARABIC": ("بتجدرسشعفقكلمنه", "اوي"),
    "GREEK": ("βγδκλμνπρστ", "αειου"),
    "HEBREW": ("בגדזחכלמנפקרש", "אוי"),
}


def anonymize_html(source: str) -> str:
    """A page's source with invented words."""
    return _PIECE.sub(_piece, source)


def _piece(match: re.Match[str]) -> str:
    if match["text"] is not None:
        return anonymize_text(match["text"])
    if match["tag"] is not None:
        return _attributes(match["tag"])
    if match["comment"] is not None:
        return "<!--" + _words(match["comment"][4:]) if match["comment"][4:5] != "[" else match["comment"]
    if match["code"] is not None:
        inside = match["inside"]
        if match["name"].lower() == "script":
            inside = _json_ld(inside) if "ld+json" in match["attributes"] else _words(inside)
        return _attributes(match["code"]) + inside
    return match[0]


def anonymize_text(text: str) -> str:
    """Prose with invented words; the site's own phrases stay."""
    text = _LETTER_ENTITY.sub(_letter_of, text)
    return _around(text, protected_spans(text), _words)


def _letter_of(match: re.Match[str]) -> str:
    """A letter or space for an entity that stands for one: it belongs to the words or the date around it."""
    letter = html.unescape(match[0])
    return letter if letter.isalpha() or letter.isspace() else match[0]


def _around(text: str, spans: list[tuple[int, int]], rewrite: Callable[[str], str]) -> str:
    """The text rewritten but for some spans of it."""
    parts, at = [], 0
    for start, end in sorted(spans):
        if end > at:
            parts += [rewrite(text[at:start]) if start > at else "", text[max(start, at) : end]]
            at = end
    return "".join([*parts, rewrite(text[at:])])


def _words(text: str) -> str:
    return _TOKEN.sub(_token, text)


def _token(match: re.Match[str]) -> str:
    if match["word"] is not None:
        return _invented(match["word"])
    return anonymize_url(match["url"]) if match["url"] is not None else match[0]


def _json_ld(text: str) -> str:
    """JSON-LD without parsing it: one block of the site's is no JSON."""
    kept = [match.span() for match in _JSON_KEPT.finditer(text)]
    return _around(text, kept, lambda part: _around(part, protected_spans(part), _words))


def _attributes(tag: str) -> str:
    named = _META_NAME.search(tag) if tag[:5].lower() == "<meta" else None
    technical = named is not None and _TECHNICAL.search(named[1])

    def rewrite(match: re.Match[str]) -> str:
        name, value = match["name"].lower(), match["value"]
        if name in _STRUCTURE or technical:
            return match[0]
        mark = value[0] if value[0] in "\"'" else ""
        inside = value[len(mark) : len(value) - len(mark)]
        if name == "onload":
            inside = _around(inside, [found.span() for found in _SHORT_URL.finditer(inside)], _words)
        elif name in _SOURCES:
            inside = re.sub(r"[^\s,]+", lambda source: anonymize_url(source[0]), inside)
        elif name in _LINKS or re.fullmatch(rf"\s*(?:{_URL}|/[^\s<>]+)\s*", inside):
            inside = anonymize_url(inside)
        else:
            inside = anonymize_text(inside)
        return match["head"] + mark + inside + mark

    return _ATTRIBUTE.sub(rewrite, tag)


#: Path segments after which comes a name.
_NAMES_FOLLOW = frozenset(("authors", "author", "opinion", *(kind for edition in EDITIONS for kind in edition.topics)))


def anonymize_url(url: str) -> str:
    """A URL with invented words in its slugs; ids, sections, hosts and file names stay."""
    if url.startswith("data:"):
        return url
    path, cut, query = url.partition("?")
    if cut and re.search(r"%20|\+|%3A|://|[-_]", query):
        query = re.sub(r"=([^&#]*)", lambda value: "=" + _in_query(value[1]), query)
    plain = path.replace("\\/", "/").strip()
    article_id = _article_id(plain)
    # The slashes are at the odd indexes.
    steps = re.split(r"(\\?/)", path)
    for i in range(0, len(steps), 2):
        is_ours = article_id is not None and steps[i].startswith(article_id)
        by_name = i > 1 and steps[i - 2] in _NAMES_FOLLOW
        if is_ours or by_name or _SLUG.search(unquote(steps[i])) is not None:
            steps[i] = _slug(steps[i])
    return "".join([*steps, cut, query])


def _article_id(url: str) -> str | None:
    """The id of the article that a URL names, or a path in any edition."""
    if "//" in url:
        article = article_url(url)
        return None if article is None else article.article_id
    match = next((found for edition in EDITIONS if (found := edition.article_path(url))), None)
    return None if match is None else match["id"]


def _in_query(value: str) -> str:
    text = unquote(value.replace("+", " "))
    return quote(anonymize_url(text) if "://" in text else _words(text), safe=":/%@")


def _slug(step: str) -> str:
    if "%" in step:
        return quote(_slug(unquote(step)))
    stem, dot, ending = step.rpartition(".") if re.search(r"\.[a-z0-9]{2,5}$", step) else (step, "", "")
    return re.sub(_LETTER + "+", lambda match: _invented(match[0]), stem) + dot + ending


@lru_cache(maxsize=50_000)
def _invented(word: str) -> str:
    """A word of the same length, case and script; the same for every form of case of a word."""
    if len(word) < 2 or word.lower() in _KEPT_WORDS:
        return word
    # Without accents: the site's own slugs have none, and a byline must agree with its author's URL.
    bare = [unicodedata.normalize("NFD", character)[0] for character in word if character.isalpha()]
    digest = hashlib.sha256("".join(bare).lower().encode("utf-8", "replace")).digest()
    found = "".join(_letter(c, digest[i % 32] + 7 * i, (i + digest[31]) % 2) for i, c in enumerate(bare))
    return found if found.lower() not in _KEPT_WORDS else _invented_again(found)


def _invented_again(word: str) -> str:
    """By chance a word that means something: the next consonant in its place."""
    return "".join(("z" if c.islower() else "Z") if c.lower() in _CONSONANTS else c for c in word)


def _letter(character: str, number: int, vowel: int) -> str:
    script = unicodedata.name(character, "LATIN").split()[0]
    alphabet = _ALPHABETS.get(script, (_CONSONANTS, _VOWELS))[vowel]
    letter = alphabet[number % len(alphabet)]
    return letter.upper() if character.isupper() else letter


#: Words by which captions, bylines and marks are recognised, and the site's name.
_KEPT_WORDS = _names(
    "a an the and und or of in on to by from for via at is was de van von der da di al el bin ibn str ho pool left "
    "right center centre top bottom front back file archive stock photo photos picture pictures image images "
    "footage video still screenshot courtesy handout reuters afp ap tass ria novosti associated itar sputnik "
    "getty ruptly epa xinhua global look youtube wikipedia wikimedia twitter instagram facebook flickr vkontakte "
    "telegram bloomberg nasa rt read more also see watch details updates follow come breaking agency press news "
    "bureau service wire russia today international staff com org net ru gov uk www http https gmt utc"
)
