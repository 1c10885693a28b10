"""Labels, prompts and notes that the site prints in and around prose (docs/extend/site.md#boilerplate)."""

from __future__ import annotations

import re

from newscrawler.pages.dates import VISIBLE_DATE

_DEVELOPING_WHOLE = re.compile(
    r"\W*(?:(?:breaking|urgent)\W+)?(?:(?:more )?(?:details|updates?|information|news) (?:are |is )?to (?:follow|come)"
    r"|more to (?:follow|come)|details (?:are )?(?:to )?follow(?:ing)?(?: soon| shortly)?"
    r"|(?:this (?:story )?is )?a (?:breaking|developing)(?: news)? story\b.{0,60}|developing story\b.{0,60}"
    r"|(?:this )?story (?:is )?(?:developing|(?:being |to be )updated)\b.{0,60}|to be updated"
    r"|(?:this )?(?:article|page|story) (?:is being|will be) updated\b.{0,60})\W*",
    re.IGNORECASE,
)
_DEVELOPING_TAIL = re.compile(r"(?:MORE )?(?:DETAILS|UPDATES) TO (?:FOLLOW|COME)\W*$|MORE TO (?:FOLLOW|COME)\W*$")


def is_developing(paragraph: str) -> bool:
    """Whether a paragraph is, or ends with, the note of an unfinished article (DETAILS TO FOLLOW and its kin).

    Prose that merely says so ("he promised more details to follow") does not count: the note is a paragraph
    of its own, or in capitals at the end of one.
    """
    tail = paragraph[-60:]
    return (" TO " in tail and _DEVELOPING_TAIL.search(tail) is not None) or (
        len(paragraph) < 120 and _DEVELOPING_WHOLE.fullmatch(paragraph) is not None
    )


_SHARE_PROMPT = re.compile(
    r"(?:(?:if you )?like this story\W+share it with a friend"
    r"|think your friends would be interested\W+share this story"
    r"|you can share this story on social media"
    r"|(?:subscribe|sign up) to (?:the )?rt newsletter to get news highlights[^.]{0,90}"
    r"|(?:the )?statements, views and opinions expressed in this (?:column|article) are solely those of the author "
    r"and do not necessarily represent those of rt)\W*$",
    re.IGNORECASE,
)
#: Longest prompt above with its punctuation: only the tail of a paragraph is searched, to keep it cheap.
_PROMPT_LENGTH = 200
_BOILERPLATE_LINE = re.compile(
    r"\W*(?:trends|tags|show comments|add to home screen|read more|also on rt\.com|top stories|podcasts"
    r"|get short url|follow rt on(?: \w+)?)\W*",
    re.IGNORECASE,
)


def is_boilerplate_line(line: str) -> bool:
    """Whether a line is nothing but a label, a prompt or a printed date of the site's own."""
    return not strip_boilerplate(line) or _LABELLED_DATE.fullmatch(line) is not None


def strip_boilerplate(paragraph: str) -> str:
    """The paragraph without the share prompt or label that the site glues to it; "" when nothing else is left.

    Source: docs/extend/site.md#boilerplate (in April 2021 the prompt was glued to the last paragraph).
    """
    tail_start = max(0, len(paragraph) - _PROMPT_LENGTH)
    # Of letters beyond ASCII, which take long to lower, the prompts have none.
    tail = paragraph[tail_start:].encode("ascii", "ignore").lower()
    if b"share" in tail or b"rt newsletter" in tail or b"necessarily represent" in tail:
        match = _SHARE_PROMPT.search(paragraph, tail_start)
        if match is not None:
            paragraph = paragraph[: match.start()].rstrip()
    if len(paragraph) < 40 and (not re.search(r"\w", paragraph) or _BOILERPLATE_LINE.fullmatch(paragraph)):
        return ""
    return paragraph


_LABELLED_DATE = re.compile(
    rf"\W*(?:(?:published|edited|updated)(?: time)?\W+)?{VISIBLE_DATE.pattern}\W*", re.IGNORECASE
)
_RELATED_LABEL = re.compile(
    r"\W*(?:read more|read also|also read|see also|watch more|also on rt(?:\.com)?|more on this story)"
    r"\s*(?::|[-–—]|$)?\s*",
    re.IGNORECASE,
)
_RELATED_LINE = re.compile(
    r"\W{0,3}(?:READ MORE|READ ALSO|ALSO READ|SEE ALSO|WATCH MORE|(?:Read more|Read also|Also read|See also|Watch more)"
    r"\s*:|Also on rt\.com)",
)


def is_related_line(paragraph: str) -> bool:
    """Whether a line is a pointer to another article: READ MORE: and its kin at its start."""
    return _RELATED_LINE.match(paragraph) is not None


def strip_related_label(text: str) -> str:
    """The title of a read-more line or card without its label."""
    match = _RELATED_LABEL.match(text)
    return text[match.end() :].strip() if match else text


_LABELS = re.compile(
    r"home|world news|russia today|rt news|rt international|rt question more|published time|edited time|"
    r"(?:get )?short url|trends|tags|share|(?:facebook|twitter|telegram|vk|whatsapp|reddit)",
    re.IGNORECASE,
)


_DATE_LABEL = re.compile(r"\b(?:published|edited|updated)(?: time)?(?=:)", re.IGNORECASE)


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Where a text holds what decides how it is read: the site's own labels, prompts and marks, credits and dates.

    For a page whose words are replaced: without these it would be read otherwise.
    """
    text = re.sub(r"\s", " ", text)
    start = len(text) - len(text.lstrip())
    whole = text.strip()
    patterns = (_DEVELOPING_WHOLE, _BOILERPLATE_LINE, _LABELS)
    if any(pattern.fullmatch(whole) for pattern in patterns):
        return [(start, start + len(whole))]
    found = [
        match.span() for pattern in (VISIBLE_DATE, _DATE_LABEL, _DEVELOPING_TAIL) for match in pattern.finditer(text)
    ]
    found += [match.span() for match in _SHARE_PROMPT.finditer(text)]
    found += [m.span() for m in (_RELATED_LABEL.match(text), _RELATED_LINE.match(text)) if m]
    return found + [match.span() for match in re.finditer("READ MORE:|Also on rt.com", text)]
