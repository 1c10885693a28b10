"""One story in the shape of the page of 29 December 2019 that the project started from; its words are invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tests.replica import story as s
from tests.replica.heads import Head
from tests.replica.spans import Span

SEED_TIME = datetime(2019, 12, 29, 16, 12, tzinfo=UTC)
_HEADLINE = "Harbor council of Velimare thanks rival port for warning that stopped a sabotage plot on night ferries"
_LEAD = (
    "Two night ferries were spared a sabotage plot because Ostholm warned its rival Velimare, whose mayor rang up "
    "his colleague on Sunday to say thank you, the harbor council said."
)
_PARAGRAPHS = (
    "Velimare had asked for the call, in which “several matters of the strait” came up.",
    (
        "Two deckhands sit in custody thanks to the tip, the Coast Patrol added afterwards: they had meant to flood "
        "the engine rooms of crowded boats in Lower Velimare on the eve of the Lantern Night fair."
    ),
    "Side by side against smugglers is how both patrols will go on working, a note from the council promised.",
    (
        "Ilvar Dorvini, who heads the Coast Patrol, disclosed in September that the watch rooms of the two harbors "
        "speak daily now, about radio traffic above all.  By his account, Ostholm had named people who were planning to cut "
        "mooring lines."
    ),
    (
        "Three winters ago, Ostholm raised the alarm over a plot to burn a grain pier in Upper Velimare; Velimare "
        "in turn lent divers to the Ostholm inquiry about a pilot boat that sank in 2012."
    ),
)
_RELATED_TITLE = "‘She means every word’: Velimare’s envoy describes the odd manners of talks with Ostholm"


def seed_head(number: int) -> Head:
    """Its head, under the id that its moment gives it."""
    path = f"/news/{number}-velimare-thanks-ostholm-warning/"
    return Head(number, -1, path, "news", _HEADLINE, s.LAYOUT_2019, SEED_TIME)


def seed_story(head: Head, earlier: Sequence[Head]) -> s.Story:
    """The whole story."""
    prose = [s.Paragraph((Span(text),)) for text in _PARAGRAPHS]
    href = earlier[0].path if earlier else "/news/470001-velimare-envoy-manners/"
    picture = "https://cdni.rt.com/files/2019.12/xxl/5e08c9d285f5406a5c1d0aa7.jpg"
    card = s.Related(_RELATED_TITLE, href, "card", "https://cdni.rt.com/files/2019.12/xxl/5e08c9d285f5406a5c1d0bb8.jpg")
    closing = s.Paragraph((Span("DETAILS TO FOLLOW"),), "developing")
    return s.Story(
        number=head.number,
        path=head.path,
        section="news",
        headline=_HEADLINE,
        lead=_LEAD,
        description=_LEAD,
        authors=(),
        published_at=SEED_TIME,
        modified_at=datetime(2019, 12, 29, 16, 40, 11, tzinfo=UTC),
        image=s.Picture(picture, None, "Global Prism / Harbor Press"),
        tags=(),
        blocks=(*prose[:3], card, *prose[3:], closing),
        layout=s.LAYOUT_2019,
        short_url="https://on.rt.com/a7xq",
        breadcrumbs=(("World News", "/news/"),),
    )
