"""A formula taken apart as a product: what meets above and below is without_common, what is equal stands together."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradproof.explain.atoms import (
    DIV,
    MUL,
    NEG,
    POW,
)
from gradproof.notation.expr import Call, Expr, Number
from gradproof.records import dataclass

ONE = Fraction(1)

MANY = 8  # factors of a long product


@dataclass(frozen=True, slots=True)
class Product:
    """coefficient * scalars * chain / below; the chain holds vectors and matrices."""

    coefficient: Fraction = ONE
    scalars: tuple[Expr, ...] = ()
    chain: tuple[Expr, ...] = ()
    below: tuple[Expr, ...] = ()


def inside_product(e: Expr) -> tuple[Expr, ...]:
    """The factors that a formula is taken apart into."""
    if not isinstance(e, Call):
        return ()
    if e.op in (NEG, DIV) or (e.op is MUL and (e.type.kind != "s" or all(a.type.kind == "s" for a in e.args))):
        return e.args
    small = e.op is POW and e.type.kind == "s" and isinstance(e.args[1], Number) and e.args[1].value in (1, 2, 3, 4)
    return e.args[:1] if small else ()


def appends(p: Product, q: Product, chain: Sequence[Expr]) -> bool:
    """Whether a product only grows by one factor at its end."""
    if (
        p.below
        or q.below
        or q.coefficient != 1
        or len(q.scalars) + len(q.chain) != 1
        or (p.coefficient.denominator != 1)
    ):
        return False
    if q.chain:
        closes = bool(p.chain) and p.chain[0].type.kind == "r" and q.chain[0].type.kind == "v"  # an inner product
        return bool(p.chain) and chain == p.chain + q.chain and q.chain[0] is not p.chain[-1] and not closes
    return not p.chain and bool(p.scalars) and q.scalars[0] not in p.scalars


def joined(p: Product, q: Product) -> Product:
    return Product(p.coefficient * q.coefficient, p.scalars + q.scalars, p.chain + q.chain, p.below + q.below)


def without_common(scalars: Sequence[Expr], below: Sequence[Expr]) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    left, under = list(scalars), []
    for e in below:
        if e in left:
            left.remove(e)
        else:
            under.append(e)
    return tuple(left), tuple(under)


def unpowered(scalars: Sequence[Expr]) -> tuple[Expr, ...]:
    """Small powers as repeated factors, so that what is equal meets."""
    found: list[Expr] = []
    for e in scalars:
        n = e.args[1].value if isinstance(e, Call) and e.op is POW and isinstance(e.args[1], Number) else 1
        found += [e.args[0]] * int(n) if n in (2, 3, 4) else [e]
    return tuple(found)


def grouped(below: Sequence[Expr]) -> list[Expr]:
    """Equal divisors next to each other, so that they are written as a power."""
    return [e for first in dict.fromkeys(below) for e in [first] * below.count(first)]
