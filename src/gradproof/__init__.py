"""gradproof: matrix calculus in closed form, derived, checked and explained.

    >>> import gradproof as gp
    >>> d = gp.derive("norm2(A*x - b)^2", wrt="x")
    >>> d.result.ascii
    "2*A'*(A*x - b)"
    >>> d.verify().ok
    True
"""

from __future__ import annotations

from typing import Any

from gradproof import evaluate as _evaluate
from gradproof.check import check
from gradproof.derive import Derivative, derive, differential, gradient, hessian, jacobian
from gradproof.errors import DomainError, GradproofError, NotDifferentiableError, ParseError, ShapeError, UnsupportedError
from gradproof.expr import Expr, scalar, vector
from gradproof.expr import matrix_variable as matrix
from gradproof.parse import parse as _parse

assert _evaluate  # imported for the view of Expr that it enters

__version__ = "0.1.0"

__all__ = [
    "Derivative",
    "DomainError",
    "Expr",
    "GradproofError",
    "NotDifferentiableError",
    "ParseError",
    "ShapeError",
    "UnsupportedError",
    "check",
    "derive",
    "differential",
    "gradient",
    "hessian",
    "jacobian",
    "matrix",
    "parse",
    "parse_latex",
    "scalar",
    "vector",
]


def parse(text: str, where: Any = None) -> Expr:
    """The formula that a text stands for, nothing simplified. `where`: what is known of the names, as in `derive`.

    Raises ParseError, ShapeError.

    >>> parse("x'*A*x").shape
    ()
    """
    return _parse(text, where).expr


def parse_latex(text: str, where: Any = None) -> Expr:
    """A formula in LaTeX: not there yet."""
    raise UnsupportedError("LaTeX input is not supported yet", hint="write the formula in the ASCII syntax: A'*(A*x - b)")
