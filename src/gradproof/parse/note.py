"""What was understood: a reading and its notes, and refusals, with texts from one catalogue in every language."""

from __future__ import annotations

from gradproof.errors import GradproofError, ParseError, Span, UnsupportedError, spoken
from gradproof.notation.expr import Expr
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace
from gradproof.say import NOTHING, Said, say

CUSTOMARY, DOUBTFUL = "customary", "doubtful"


_CLOSES = pattern(r"\s*(?:\\right\s*)?[)\]}]")
_OPENS = pattern(r"(?:\\left\s*|\\[A-Za-z]+\*?\s*)?[(\[{]\s*$")


def balanced(text: str, span: Span) -> str:
    """A part of a text, with the brackets that it opens and closes."""
    start, end = span

    def more(one: str, other: str) -> bool:
        return sum(map(text[start:end].count, one)) > sum(map(text[start:end].count, other))

    while more("([{", ")]}") and (closing := _CLOSES.match(text, end)):
        end = closing.end()
    while more(")]}", "([{") and (opening := _OPENS.search(text[:start])):
        start = opening.start()
    return text[start:end]


@dataclass(frozen=True)
class Note:
    """A decision that the text did not force.

    `text`: in English; `span`: its place in the text that was read, or None; `kind`: its identifier in the catalogue; `grade`: "customary" or
    "doubtful"; `alternatives`: what can be pasted to say otherwise. `said(lang)` is the text in another language.
    """

    text: Said
    span: Span | None = None
    kind: str = ""
    grade: str = CUSTOMARY
    alternatives: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text

    def said(self, lang: str = "en") -> str:
        """The text in a language. Raises GradproofError for a language without texts."""
        return self.text.told(spoken(lang))

    def json(self) -> dict[str, object]:
        """The note as JSON holds it."""
        span = None if self.span is None else list(self.span)
        return {
            "text": self.text,
            "span": span,
            "kind": self.kind,
            "grade": self.grade,
            "alternatives": list(self.alternatives),
        }


@dataclass(frozen=True)
class Reading:
    """How a text was read: the notation, the formula in ASCII, and what was decided on the way. Its text is what the command line prints."""

    notation: str
    read: Expr
    notes: tuple[Note, ...] = ()
    text: str = ""  # as it was typed

    @property
    def formula(self) -> str:
        """The formula in ASCII; written when it is asked for."""
        return self.read.ascii

    def __str__(self) -> str:
        return "\n".join([self.formula, *(f"note: {note}" for note in self.notes)])

    @property
    def decided(self) -> tuple[Said, ...]:
        """What a reader of the formula has to be told first: what was decided at a place of the text, but that numbers are added to all entries."""
        return tuple(n.text for n in self.notes if n.span is not None and n.kind != "broadcast")

    def with_notes(self, *notes: Note) -> Reading:
        """The same reading with more said."""
        return replace(self, notes=(*self.notes, *notes)) if notes else self

    def json(self) -> dict[str, object]:
        """The reading as JSON holds it."""
        return {"notation": self.notation, "formula": self.formula, "notes": [note.json() for note in self.notes]}


def note(
    kind: str,
    span: Span | None = None,
    alternatives: tuple[str, ...] = (),
    grade: str = CUSTOMARY,
    **values: object,
) -> Note:
    """A note of the catalogue.

    >>> str(note("number-pi"))
    'pi is read as the number; declare pi to say otherwise'
    """
    from gradproof.parse.texts import ALTERNATIVES, NOTES  # most formulas need no note

    known = {name: str(value) for name, value in values.items()}
    others = alternatives or tuple(text.format(**known) for text in ALTERNATIVES.get(kind, ()))
    return Note(say(NOTES[kind], **values), span, kind, grade, others)


def refusal(
    kind: str, span: Span | None = None, error: type[GradproofError] = ParseError, **values: object
) -> GradproofError:
    """A refusal of the catalogue, to be raised.

    >>> refusal("wrt-absent", wrt="x", fits="vector n").message
    'x does not occur in the formula'
    """
    from gradproof.parse.refusals import REFUSALS  # only where something is refused

    message, hint = REFUSALS[kind]
    found = error(say(message, **values), span=span, hint=say(hint, **values) if hint else NOTHING)
    found.kind = kind
    return found


def unsupported(kind: str, span: Span | None = None, **values: object) -> GradproofError:
    """The same for what is understood, and not there yet."""
    return refusal(kind, span, UnsupportedError, **values)
