"""Formulas that are one rational number: 2, -2, 1/2."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from gradproof.notation.expr import Call, Expr, Number, fold
from gradproof.ops.operation import Combination, Einsum, Monomial


def rational(e: Expr) -> Fraction | None:
    """The number that a formula of numbers is; None where it is not known to be one."""
    return fold(e, _node)


def _node(node: Expr, args: list[Fraction | None]) -> Fraction | None:
    if isinstance(node, Number):
        return node.value
    known = [a for a in args if a is not None]
    if not isinstance(node, Call) or not args or len(known) < len(args) or node.type.kind != "s":
        return None
    match node.op.meaning:
        case Combination(weights=weights):
            return sum((w * a for w, a in zip(weights, known, strict=True)), Fraction(0))
        case Monomial(exponents=exponents) if all(e.denominator == 1 for e in exponents):
            zero = any(not a and e < 0 for a, e in zip(known, exponents, strict=True))
            return None if zero else prod((a**e.numerator for a, e in zip(known, exponents, strict=True)), start=Fraction(1))  # fmt: skip
        case Einsum():
            return prod(known, start=Fraction(1))
    return None
