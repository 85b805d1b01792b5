"""Variables made in Python."""

from __future__ import annotations

from gradproof.errors import ParseError, ShapeError, UnsupportedError
from gradproof.facts import BY_WORD, DECLARED
from gradproof.notation.expr import Symbol, symbol
from gradproof.say import listed, say
from gradproof.shapes.dims import Dim, dim
from gradproof.shapes.shape import SCALAR, Shape, column, matrix


def scalar(name: str, *facts: str) -> Symbol:
    """A scalar variable. Facts: positive, nonneg, integer, …

    >>> scalar("c", "positive").shape
    ()
    """
    return _declared(name, SCALAR, facts)


def vector(name: str, n: str | int | Dim, *facts: str) -> Symbol:
    """A column vector of n entries.

    >>> vector("x", "n").shape
    ('n',)
    """
    return _declared(name, column(dim(n)), facts)


def matrix_variable(name: str, m: str | int | Dim, n: str | int | Dim, *facts: str) -> Symbol:
    """An m × n matrix. Facts: symmetric, posdef, orthogonal, …

    >>> matrix_variable("S", "n", "n", "symmetric").shape
    ('n', 'n')
    """
    return _declared(name, matrix(dim(m), dim(n)), facts)


def _named(name: str) -> str:
    """The name of a variable. Raises ParseError for what is none."""
    if not isinstance(name, str) or not name.isidentifier():
        raise ParseError(
            say("{name:.40} is not the name of a variable", name=repr(name)),
            hint=say("a name begins with a letter: x, x1, w_old"),
        )
    return name


def _declared(name: str, shape: Shape, words: tuple[str, ...]) -> Symbol:
    unknown = [w if isinstance(w, str) else repr(w)[:40] for w in words if not isinstance(w, str) or w not in BY_WORD]
    if unknown:
        raise UnsupportedError(
            say("unknown fact: {names}", names=listed(sorted(set(unknown)))),
            hint=say("facts are {known}", known=listed(DECLARED)),
        )
    for word in words:
        if not BY_WORD[word].fits(shape.dims):
            raise ShapeError(
                say("{name} is {shape}, so it cannot be {word}", name=name, shape=shape, word=word),
                hint=say("only a {kind} can", kind=BY_WORD[word].on),
            )
    return symbol(_named(name), shape, frozenset(BY_WORD[word].name for word in words))
