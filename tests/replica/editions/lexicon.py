"""Invented words of a language: syllables in its letters, and the marks it puts around them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property

from tests.replica.spans import Span

_LINKS = ("https://ministry.example/notes/", "https://paper.example/story?id=")


@dataclass(frozen=True)
class Lexicon:
    """What words of a language are made of. Each field of syllables and short words is separated by spaces."""

    onsets: str
    vowels: str
    codas: str
    particles: str
    quotes: tuple[str, str]
    stop: str = "."
    question: str = "?"
    comma: str = ","
    #: Share of the words that begin with a capital inside a sentence.
    capitals: float = 0.05
    #: Characters that words may hold and that a record keeps, such as the tatweel.
    kept: str = ""
    #: Characters that nobody sees and that a record loses.
    hidden: str = "\u00ad\u200b"

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The vocabulary: always the same."""
        rng = random.Random(self.onsets)
        onsets, vowels, codas = self.onsets.split(), self.vowels.split(), [*self.codas.split(), "", ""]
        found: dict[str, None] = {}
        while len(found) < 700:
            syllables = rng.choice((2, 2, 3, 3, 4))
            word = "".join(rng.choice(onsets) + rng.choice(vowels) for _ in range(syllables)) + rng.choice(codas)
            found[word] = None
        return tuple(found)


class Scribe:
    """Writes one story in a language."""

    def __init__(self, lexicon: Lexicon, seed: int) -> None:
        self.lexicon = lexicon
        self.rng = random.Random(seed)
        self._particles = lexicon.particles.split()

    def word(self) -> str:
        """A word, with one of the letters that only this language has now and then."""
        word = self.rng.choice(self.lexicon.words)
        if self.lexicon.kept and self.rng.random() < 0.04:
            return word[:2] + self.rng.choice(self.lexicon.kept) + word[2:]
        return word[0].upper() + word[1:] if self.rng.random() < self.lexicon.capitals else word

    def words(self, count: int) -> str:
        """So many words, some of them short ones."""
        short = [self.rng.choice(self._particles) if place % 3 == 1 else self.word() for place in range(count)]
        return " ".join(short)

    def title(self, low: int, high: int) -> str:
        """Words that begin with a capital and end without a full stop."""
        text = self.words(self.rng.randrange(low, high))
        return text[0].upper() + text[1:]

    def name(self) -> str:
        """A person."""
        return " ".join(word[0].upper() + word[1:] for word in self.rng.sample(self.lexicon.words, 2))

    def sentence(self) -> str:
        """A sentence of prose."""
        lexicon = self.lexicon
        middle = f"{lexicon.comma} " if self.rng.random() < 0.5 else " "
        end = lexicon.question if self.rng.random() < 0.08 else lexicon.stop
        return f"{self.title(5, 9)}{middle}{self.words(self.rng.randrange(4, 9))}{end}"

    def headline(self) -> str:
        """A headline; some hold a quotation."""
        if self.rng.random() < 0.3:
            opening, closing = self.lexicon.quotes
            return f"{self.name()}: {opening}{self.title(3, 6)}{closing}"
        return self.title(7, 11)

    def lead(self) -> str:
        """A standfirst."""
        return f"{self.sentence()} {self.sentence()}"

    def paragraph(self) -> tuple[Span, ...]:
        """Two to four sentences with links, quotations and the invisible characters of real ones."""
        rng, (opening, closing) = self.rng, self.lexicon.quotes
        spans: list[Span] = []
        for place in range(rng.randrange(2, 5)):
            space = " " if place else ""
            form = rng.random()
            if form < 0.15:
                spans += [
                    Span(f"{space}{self.title(3, 6)} "),
                    Span(self.words(2), "link", rng.choice(_LINKS) + str(rng.randrange(10_000, 99_999))),
                    Span(f" {self.words(4)}{self.lexicon.stop}"),
                ]
            elif form < 0.35:
                said = Span(self.title(5, 10), rng.choice(("em", "plain")))
                spans += [Span(f"{space}{opening}"), said, Span(f"{closing}, {self.words(3)} {self.name()}.")]
            elif form < 0.45:
                spans += [Span(space), Span(self.title(3, 6), "strong"), Span(f" {self.words(5)}{self.lexicon.stop}")]
            else:
                spans.append(Span(space + self.sentence()))
        dice = rng.random()
        if dice < 0.12:
            spans.append(Span("\u00a0"))
        elif dice < 0.24:
            spans.insert(0, Span(rng.choice(self.lexicon.hidden)))
        return tuple(spans)
