"""A formula that was read: how it was typed, where each part stands, how it was understood."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from gradproof.errors import Span
from gradproof.notation.expr import Expr, Symbol
from gradproof.notation.function import Function
from gradproof.parse.note import Note, Reading
from gradproof.records import dataclass


@dataclass(frozen=True, slots=True)
class Parsed:
    """A formula that was read: as it was typed, where each part stands, and how it was understood."""

    text: str
    expr: Expr
    spans: Mapping[Expr, Span]  # the first place of each node
    notes: tuple[Note, ...]  # what was chosen: "1 + exp(-z) is read as ones(m) + exp(-z)"
    symbols: Mapping[str, Symbol]  # every variable: of the text, declared, mentioned
    functions: Mapping[str, Function]
    notation: str = "ascii"
    wrt: str = ""  # the variable of a derivative sign that stood before the formula; "x,y" of a second derivative

    @property
    def reading(self) -> Reading:
        """How the text was read."""
        return Reading(self.notation, self.expr, self.notes, self.text)


# of formulas that were read, by the last text: the notation, the notes, the text. No formula, which would hold itself for ever
_known: WeakKeyDictionary[Expr, tuple[str, tuple[Note, ...], str]] = WeakKeyDictionary()


def remember(parsed: Parsed) -> None:
    """Lets the formula know how it was read."""
    _known[parsed.expr] = parsed.notation, parsed.notes, parsed.text


def reading_of(e: Expr) -> Reading:
    """How the text was read that this formula was last read from; of a formula that was made otherwise, just itself."""
    notation, notes, text = _known.get(e) or ("ascii", (), "")
    return Reading(notation, e, notes, text)
