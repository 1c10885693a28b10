"""The body block of the layouts since 2016: prose with entities, cards, embeds, pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.replica.layouts.common import player_html, tweet_html
from tests.replica.spans import spans_html, text_html
from tests.replica.story import Block, Paragraph, Picture, Player, Related, Tweet

RelatedHtml = Callable[[Related], str]
PictureHtml = Callable[[Picture], str]


def paragraph_html(paragraph: Paragraph) -> str:
    """One block of prose; a list item comes without its list."""
    inner = spans_html(paragraph.spans, entities=True)
    match paragraph.role:
        case "h2" | "li":
            return f"<{paragraph.role}>{inner}</{paragraph.role}>"
        case "h3":
            return f"<h3><strong>{inner}</strong></h3>"
        case "bold":
            return f"<p><strong>{inner}</strong></p>"
        case "quote":
            return f"<blockquote><p>{inner}</p></blockquote>"
        case "developing":
            return f"<p><strong>{inner}</strong></p>"
        case _:
            return f"<p>{inner}</p>"


def body_html(blocks: Sequence[Block], related: RelatedHtml, picture: PictureHtml) -> str:
    """The blocks on one line, as the server prints them. Empty paragraphs stand before cards and embeds."""
    parts: list[str] = []
    in_list = False
    for index, block in enumerate(blocks):
        is_item = isinstance(block, Paragraph) and block.role == "li"
        if is_item != in_list:
            parts.append("<ul>" if is_item else "</ul>")
            in_list = is_item
        if isinstance(block, Paragraph):
            if block.role == "h2" and index % 2:
                parts.append("<p></p>")
            parts.append(paragraph_html(block))
            continue
        if index % 3 == 1:
            parts.append("<p></p>")
        if isinstance(block, Tweet):
            parts.append(f'<div class="rtcode">{tweet_html(block)}</div>')
        elif isinstance(block, Player):
            parts.append(f'<div class="rtcode">{player_html(block)}</div>')
        elif isinstance(block, Related):
            parts.append(related(block))
        else:
            parts.append(picture(block))
    if in_list:
        parts.append("</ul>")
    return "".join(parts)


def credit_line(picture: Picture) -> str:
    """`Caption © Credit` in one string, as printed until 2019."""
    credit = f"© {picture.credit}" if picture.credit else ""
    return text_html(" ".join(part for part in (picture.caption, credit) if part))


def caption_parts(picture: Picture) -> str:
    """Caption and credit in spans of their own, as printed since 2019; a missing part has no span."""
    parts = []
    if picture.caption:
        parts.append(f'<span data-role="title">                {text_html(picture.caption)}&nbsp;</span>')
    if picture.credit:
        parts.append('<span data-role="copyright-symbol">©&nbsp;</span>')
        parts.append(f'<span data-role="copyright">                {text_html(picture.credit)}</span>')
    return "".join(parts)
