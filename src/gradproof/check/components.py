"""Claims written with indexed letters, `sum_i t_i^2*x_i*x_i'`: only whether they conform can be said of them.

An entry t_i of a vector t is a scalar, x_i of a matrix X is one of its rows or columns, taken as a column; any other indexed letter is a scalar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product

from gradproof.check.points import Question
from gradproof.errors import GradproofError, ShapeError
from gradproof.notation.expr import Symbol, symbol
from gradproof.parse import parse
from gradproof.patterns import pattern
from gradproof.say import say
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import SCALAR, Shape, column

_SUM = pattern(r"(?<!\\)\bsum_\w+(?:\^\w+)?")
_INDEXED = pattern(r"\b([^\W\d_]\w*?)_([ijkl])\b")

_ROW = pattern(r"\b([^\W\d_]\w*?_[ijkl])\s*'\s*\*?")

_PLACED = pattern(r"(?<![\w\\])([^\W\d_])_\s*\{?\s*([i-t]\s*,?\s*[i-t]?)\s*\}?(?!\w)")


def indexed(text: str) -> bool:
    """Whether a text is a sum over an index, written as a prefix."""
    return bool(_SUM.search(text)) and bool(_INDEXED.search(_SUM.sub("", text)))


def as_rows(text: str) -> str:
    """The text as LaTeX writes it, where a_i is row i of a matrix as a column: sum_i (a_i'*x - b_i)*a_i."""
    return _SUM.sub(lambda m: "\\" + m[0], _ROW.sub(r"\1^T ", text))


def unfitting(question: Question, places: Mapping[str, Dim], text: str) -> ShapeError | None:
    """Why entries do not fit the indices of a label, ∂f/∂X_ij = 2 X_ji: an index would have two ranges; None where they do."""
    for m in _PLACED.finditer(text):
        known, letters = question.symbols.get(m[1]), [ch for ch in m[2] if ch.isalpha()]
        for letter, d in zip(letters, known.type.dims if known is not None else (), strict=False):
            bound = re.search(rf"sum_\s*\{{?\s*(?:\w\s*,\s*)*{letter}(?![A-Za-z])", text)
            if letter in places and places[letter] != d and not bound and len(letters) == len(known.type.dims):  # type: ignore[union-attr]
                told = {"op": m[0].strip(), "wanted": f"({', '.join(map(str, known.type.dims))})"}  # type: ignore[union-attr]
                return ShapeError(
                    say(
                        "{op} needs {wanted}; {operands}: {letter} would be both {first} and {second}",
                        **told,
                        operands=text.strip(),
                        letter=letter,
                        first=str(places[letter]),
                        second=str(d),
                    )
                )
    return None


def misfit(question: Question, text: str) -> ShapeError | None:
    """Why such a claim does not conform, however its rows are read; None where it does, or cannot be read."""
    body = _SUM.sub(lambda m: " " * len(m[0]), text)
    error: ShapeError | None = None
    for letters in _readings(question, body):
        try:
            parse(body, {**question.symbols, **letters})
            return None
        except ShapeError as found:
            error = error or found
        except GradproofError:
            return None
    if error is not None:
        error.text = text
    return error


def _readings(question: Question, text: str) -> Iterator[Mapping[str, Symbol]]:
    names = sorted({m[0] for m in _INDEXED.finditer(text)})
    choices = [_shapes(question, name.rpartition("_")[0]) for name in names]
    for shapes in product(*choices):
        yield {name: symbol(name, shape) for name, shape in zip(names, shapes, strict=True)}


def _shapes(question: Question, base: str) -> list[Shape]:
    """What an indexed letter may be: an entry of a vector, a row or a column of a matrix."""
    known = question.symbols.get(base) or question.symbols.get(base.upper())
    if known is not None and known.type.kind == "m":
        return [column(d) for d in dict.fromkeys(known.type.dims)]
    return [SCALAR]
