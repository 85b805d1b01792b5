"""How derivatives by complex variables follow from those along real and imaginary directions."""

from __future__ import annotations

from gradproof.notation.expr import Expr
from gradproof.records import dataclass

# for what a derivative is by, the weights of the derivatives along the turned direction
Turns = tuple[tuple[complex, complex], ...]
BY_REAL: Turns = ((1, 1),)
BY_IMAGINARY: Turns = ((1, 1j),)
BY_Z: Turns = ((0.5, 1), (-0.5j, 1j))
BY_CONJUGATE: Turns = ((0.5, 1), (0.5j, 1j))
GRADIENT: Turns = ((1, 1), (1j, 1j))


By = tuple[tuple[str, Turns], ...]  # for each variable that a derivative is by in turn, its name and turns


@dataclass(frozen=True)
class Turned:
    """A formula in complex variables and their twins, its conjugate, and how the derivative, and what is printed of it, follow from the formula as given."""

    formula: Expr
    conjugate: Expr
    by: By
    printed: By
