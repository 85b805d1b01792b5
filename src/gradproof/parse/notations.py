"""The notations in which a formula can be written: one record a notation, and which of them a text is in.

Each notation turns a text into tokens of the ASCII syntax that keep their places; the one grammar, the one inference of kinds and sizes read these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from gradproof.parse.indices import Over
from gradproof.parse.lexer import Token, tokens
from gradproof.parse.note import Note, refusal
from gradproof.parse.scope import Scope
from gradproof.parse.tree import Node


@dataclass(frozen=True, slots=True)
class Draft:
    """One way to read a text: tokens with an END, notes, the kinds that type suggests (bold letters), and whether x_i may be a row of X.

    `tree`: the syntax tree and its running indices, where a notation has a grammar of its own.
    """

    tokens: list[Token]
    notes: tuple[Note, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    capitals: bool = False
    tree: tuple[list[Node], list[Over]] | None = None


@dataclass(frozen=True, slots=True)
class Notation:
    """`recognise`: whether a text shows that it is in this notation. `read`: the ways to read it, the plain one first; raises a GradproofError."""

    name: str
    recognise: Callable[[str], bool]
    read: Callable[[str, Scope], Iterable[Draft]]


def _ascii(text: str, scope: Scope) -> Iterable[Draft]:
    return _unicode(text, scope) if _is_unicode(text) else [Draft(tokens(text))]


def _is_unicode(text: str) -> bool:
    if text.isascii() and " " not in text:
        return False
    from gradproof.parse import unicode_text  # loaded only where there may be Unicode

    return unicode_text.is_unicode(text) or unicode_text.is_side_by_side(text)


def _unicode(text: str, scope: Scope) -> Iterable[Draft]:
    from gradproof.parse import unicode_text  # loaded only where there may be Unicode

    return (Draft(items, notes) for items, notes in unicode_text.read_unicode(text, scope))


_NO_LATEX = frozenset("\\{$")  # a text without these characters is no LaTeX


def _is_latex(text: str) -> bool:
    if _NO_LATEX.isdisjoint(text):
        return False
    from gradproof.parse import latex  # its modules are loaded only where there may be LaTeX

    return latex.is_latex(text)


def _latex(text: str, scope: Scope) -> Iterable[Draft]:
    from gradproof.parse import latex  # its modules are loaded only where there may be LaTeX

    return (
        Draft(way.tokens, way.said, way.hints, True) for way in latex.variants(text, scope.functions, set(scope.names))
    )


def _is_numpy(text: str) -> bool:
    if not any(sign in text for sign in _NUMPY):
        return False
    from gradproof.parse import numpy_source  # its modules are loaded only where there may be NumPy source

    return numpy_source.is_numpy(text)


_NUMPY = ("@", ".", "def ", "lambda ", "import ", "return", "[")  # a text without these is no NumPy source


def _numpy(text: str, scope: Scope) -> Iterable[Draft]:
    from gradproof.parse import numpy_source  # its modules are loaded only where there may be NumPy source

    source = numpy_source.read_source(text, scope.functions, set(scope.names))
    return [Draft([], source.notes, tree=(source.nodes, source.indices))]


def _never(text: str) -> bool:
    return False


NOTATIONS: dict[str, Notation] = {  # in the order in which a text is held against them; ASCII is what is left
    n.name: n
    for n in (
        Notation("latex", _is_latex, _latex),
        Notation("numpy", _is_numpy, _numpy),
        Notation("plain", _never, _latex),
        Notation("unicode", _is_unicode, _unicode),
        Notation("ascii", lambda text: True, _ascii),
    )
}


def notations(text: str, asked: str = "auto") -> Notation:
    """The notation that was asked for, or the one that the text shows. Raises ParseError for one that there is not."""
    if asked != "auto":
        if asked not in NOTATIONS:
            raise refusal("notation-unknown", name=asked, known=", ".join(["auto", *sorted(NOTATIONS)]))
        return NOTATIONS[asked]
    return next(n for n in NOTATIONS.values() if n.recognise(text))
