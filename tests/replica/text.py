"""An invented newswire: sentences from word lists, the same ones for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from tests.replica import words
from tests.replica.spans import Span

_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiouAEIOU])")

# No frame has more than four fixed words in a row, so two stories share next to no run of five.
_FRAMES = (
    "{Person} {verb} the {thing} {when}.",
    "The {body} {verb} the {thing} outside {place} {when}, while {role} {name} {verb} a {thing}.",
    "{Number} {unit} near the {thing} were {verb} {when}, {role} {name} {said}.",
    "According to {name}, the {thing} in {place} was {verb} because the {thing} had been {verb} {when}.",
    "Nearly {number} {unit} and a {thing} remain {adj} after the {body} {verb} its {thing}.",
    "In {place}, {role} {name} {verb} the {adj} {thing} and {verb} a second {thing} {when}.",
    "Neither the {body} nor {name} {verb} the {thing} that {place} {verb} {when}.",
    "A {thing} worth {number} million was {verb} {when}, though {role} {name} {verb} the {adj} accounts.",
    "Residents of {place} {verb} a {thing} {when}, and the {body} {verb} {number} {unit}.",
    "{When}, {country} {verb} the {thing} despite a {thing} backed by {role} {name}.",
    "Critics of the {thing} {said} that {place} never {verb} its {adj} {noun}.",
    "Its {noun} and {noun} were {verb} {when} by the {body} of {country}.",
    "{Person} also {verb} a {noun}, a {noun} and the {adj} {noun} at {place}.",
    "Officials in {country} {verb} {number} {unit} bound for the {thing}, {name} {said}.",
    "The {adj} {noun} between {place} and {place} has been {verb} {number} times, the {body} {said}.",
    "With the {thing} {verb}, {country} {verb} its own {thing} {when}.",
)
_QUOTES = (
    "Our {noun} was {verb} {when} and nobody in {place} {verb} the {adj} {noun}",
    "We {verb} the {thing} {when}; {country} must answer for every {noun}",
    "No {adj} {noun} can replace a {noun} that {number} {unit} depended on",
    "If the {noun} is {verb}, then the {thing} will be {verb} as well",
    "This {adj} {noun} {verb} my {noun}, and {place} deserves a better {noun}",
    "Every {noun} in {country} was {verb} {when}",
)
_HEADLINES = (
    "{Country} {verb} {adj} {noun} near {place}",
    "{adj} {noun} {verb} in {place} – {body}",
    "‘{adj} {noun}’: {name} defends {noun} in {country}",
    "{Role} {name} {verb} {country}’s {adj} {noun}",
    "{number} {unit} {verb} after {adj} {noun} in {place}",
    "{body} {verb} {noun} over {adj} {noun} (VIDEO)",
    "{place} {noun} {verb} as {country} awaits {noun}",
    "Why {country}'s {adj} {noun} worries {place}",
    "{name} {verb} {noun} & {noun} in {place}",
    '"{adj}" {noun} forces {country} to rethink {noun}',
)


class Newswire:
    """Writes about one story: its people, places and bodies stay the same from sentence to sentence."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.people = [self._new_name() for _ in range(4)]
        self.places = [self._new_place() for _ in range(4)]
        self.countries = [self._new_country() for _ in range(2)]
        self.bodies = self.rng.sample(words.BODIES, 3)
        choice = self.pick
        self._slots: dict[str, Callable[[], str]] = {
            "name": lambda: choice(self.people),
            "person": lambda: f"{choice(words.ROLES)} {choice(self.people)}",
            "role": lambda: choice(words.ROLES),
            "place": lambda: choice(self.places),
            "country": lambda: choice(self.countries),
            "body": lambda: choice(self.bodies),
            "adj": lambda: choice(words.ADJECTIVES),
            "noun": lambda: choice(words.NOUNS),
            "thing": lambda: f"{choice(words.ADJECTIVES)} {choice(words.NOUNS)}",
            "verb": lambda: choice(words.PAST_VERBS),
            "said": lambda: choice(words.SAYING),
            "when": lambda: choice(words.TIMES),
            "unit": lambda: choice(words.UNITS),
            "number": lambda: f"{self.rng.randrange(3, 9800):,}",
        }

    def pick(self, items: Sequence[str]) -> str:
        """One of the items; `Random.choice` would take three times as long, and this is most of the work."""
        return items[int(self.rng.random() * len(items))]

    def _new_name(self) -> str:
        choice = self.pick
        first = choice(words.FIRST_HEADS) + choice(words.FIRST_TAILS)
        return f"{first} {choice(words.LAST_HEADS)}{choice(words.LAST_TAILS)}"

    def _new_place(self) -> str:
        choice = self.pick
        return choice(words.PLACE_HEADS) + choice(words.PLACE_MIDDLES) + choice(words.PLACE_TAILS)

    def _new_country(self) -> str:
        choice = self.pick
        return choice(words.PLACE_HEADS) + choice(words.PLACE_MIDDLES) + choice(words.COUNTRY_TAILS)

    def _fill(self, frame: str) -> str:
        def slot(match: re.Match[str]) -> str:
            name = match[1]
            value = self._slots[name.lower()]()
            return value[0].upper() + value[1:] if name[0].isupper() else value

        return _ARTICLE.sub(r"\1n ", _SLOT.sub(slot, frame))

    def sentence(self) -> str:
        """One sentence of prose."""
        text = self._fill(self.pick(_FRAMES))
        return text[0].upper() + text[1:]

    def headline(self) -> str:
        """A headline; some carry quotes, an ampersand or a bracketed label."""
        text = self._fill(self.pick(_HEADLINES))
        first = 1 if text[0] in '‘"' else 0
        return text[:first] + text[first].upper() + text[first + 1 :]

    def summary(self) -> str:
        """A standfirst, without a full stop as on the site."""
        return self._fill("The {thing} of {place} was {verb} {when}, {role} {name} {said}")

    def caption(self) -> str:
        """A picture's caption."""
        return self._fill("A {thing} and the {body} in {place}, {country}.")

    def subheading(self) -> str:
        """A short line between paragraphs."""
        text = self._fill("{adj} {noun}, {adj} {noun}")
        return text[0].upper() + text[1:]

    def biography(self, author: str) -> str:
        """What stands under an author's portrait."""
        return self._fill(author + ", a {role} from {place}, writes about the {thing} and the {noun} of {country}.")

    def remark(self) -> str:
        """A short message, for tweets and readers' comments."""
        return self._fill("{adj} {noun} at {place} {when}? {name} {verb} a {noun}!").capitalize()

    def quotation(self) -> tuple[Span, ...]:
        """A sentence with a quotation, in one of the forms that editors use."""
        words_said = self._fill(self.pick(_QUOTES))
        words_said = words_said[0].upper() + words_said[1:]
        tail = self._fill("{role} {name} {said} {when}.")
        form = self.rng.randrange(3)
        if form == 0:
            return Span("“"), Span(words_said, "em"), Span(f",” {tail}")
        if form == 1:
            return Span(f"“{words_said},”", "em"), Span(f" {tail}")
        return Span('"'), Span(words_said, "em"), Span(f',"\u00a0{tail}')

    def paragraph(self) -> tuple[Span, ...]:
        """A paragraph of 30 to 90 words, with the quotes, links and odd characters of real ones."""
        spans: list[Span] = []
        count = 0
        wanted = self.rng.randrange(30, 74)
        while count < wanted:
            if spans:
                spans.append(Span(" "))
            quoted = self.rng.random() < 0.22
            added = self.quotation() if quoted else (Span(self.sentence()),)
            spans.extend(added)
            count += sum(len(span.text.split()) for span in added)
        return tuple(self._decorate(spans))

    def _decorate(self, spans: list[Span]) -> list[Span]:
        """Links and invisible characters. None of them changes the cleaned text except by a removed character."""
        rng = self.rng
        if rng.random() < 0.35:
            spans = _with_link(spans, rng)
        dice = rng.random()
        last = len(spans) - 1
        if dice < 0.12:
            spans[last] = Span(spans[last].text + "\u00a0", spans[last].style, spans[last].href)
        elif dice < 0.16:
            spans[0] = Span("\u200b" + spans[0].text, spans[0].style, spans[0].href)
        elif dice < 0.20:
            longest = max(spans[last].text.split() or ["harbor"], key=len)
            middle = len(longest) // 2
            split = f"{longest[:middle]}\u00ad{longest[middle:]}"
            spans[last] = Span(spans[last].text.replace(longest, split, 1), spans[last].style, spans[last].href)
        elif dice < 0.24:
            spans[last] = Span(spans[last].text.replace(". ", ".  "), spans[last].style, spans[last].href)
        elif dice < 0.27:
            # A decomposed letter: looks like the composed one, differs in bytes.
            spans = [Span(span.text.replace("é", "e\u0301"), span.style, span.href) for span in spans]
        return spans


def _with_link(spans: list[Span], rng: random.Random) -> list[Span]:
    places = [index for index, span in enumerate(spans) if span.style == "plain" and span.text.count(" ") > 6]
    if not places:
        return spans
    index = rng.choice(places)
    pieces = spans[index].text.split(" ")
    start = rng.randrange(1, len(pieces) - 3)
    end = start + rng.randrange(1, 3)
    href = rng.choice(
        ("https://www.rt.com/tags/", "https://ministry.example/notes/", "https://paper.example/story?id=")
    )
    return [
        *spans[:index],
        Span(" ".join(pieces[:start]) + " "),
        Span(" ".join(pieces[start:end]), "link", f"{href}{rng.randrange(10_000, 99_999)}"),
        Span(" " + " ".join(pieces[end:])),
        *spans[index + 1 :],
    ]
