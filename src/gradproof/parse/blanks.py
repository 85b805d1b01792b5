"""Long runs of blanks and line ends say no more than short ones; patterns would go through them again and again."""

from __future__ import annotations

from bisect import bisect_right

from gradproof.errors import GradproofError, Span
from gradproof.parse.parsed import Parsed
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace

MOST = 40  # blanks and line ends in a row that are looked at
_RUN = pattern(rf"\s{{{MOST + 1},}}")


@dataclass(frozen=True, slots=True)
class Shortened:
    """A text with short runs of blanks, the text that it was made of, and by how much what stands at each of these places moved."""

    text: str
    whole: str
    places: tuple[int, ...]
    moved: tuple[int, ...]

    def error(self, error: GradproofError) -> GradproofError:
        """An error about the shorter text as one about the whole of it."""
        if error.text == self.text:
            error.text, error.span = self.whole, self._span(error.span)
        return error

    def parsed(self, found: Parsed) -> Parsed:
        """What was read, with its places in the whole text."""
        notes = tuple(replace(n, span=self._span(n.span)) for n in found.notes)
        spans = {e: (self._place(a), self._place(b)) for e, (a, b) in found.spans.items()}
        return replace(found, text=self.whole, spans=spans, notes=notes)

    def _span(self, span: Span | None) -> Span | None:
        return span and (self._place(span[0]), self._place(span[1]))

    def _place(self, at: int) -> int:
        before = bisect_right(self.places, at)
        return at + self.moved[before - 1] if before else at


def shortened(text: str) -> Shortened | None:
    """A text without the rest of its long runs of blanks and line ends; None where it has none that are long."""
    if len(text) <= MOST or _RUN.search(text) is None:
        return None
    pieces: list[str] = []
    places, moved = [], []
    at = length = 0
    for run in _RUN.finditer(text):
        last = run[0].rpartition("\n")[2]
        short = "\n" * min(2, run[0].count("\n")) + last[: MOST - 2]
        pieces += [text[at : run.start()], short]
        length += run.start() - at + len(short)
        at = run.end()
        places.append(length)
        moved.append(at - length)
    return Shortened("".join([*pieces, text[at:]]), text, tuple(places), tuple(moved))


def brief(text: str) -> str:
    """A text with short runs of blanks and line ends."""
    shorter = shortened(text) if len(text) > MOST else None
    return text if shorter is None else shorter.text
