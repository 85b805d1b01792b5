"""Terms of a quadratic form that two others outweigh together: |2*q*d*e| <= p*d^2 + r*e^2 wherever q^2 <= p*r, entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

from gradproof.engine.contract import contract
from gradproof.engine.tensor import Contraction, Factor, Tensor, length
from gradproof.optimum.involution import strictly
from gradproof.records import dataclass


@dataclass(frozen=True)
class Square:
    """The term coefficient * sum(weights * line^2); `own` are the indices of the line."""

    coefficient: Fraction
    line: Tensor
    own: tuple[int, ...]
    weights: tuple[Factor, ...]


def square(coefficient: Fraction, factors: Sequence[Factor], linear: Sequence[int]) -> Square | None:
    """A term as a weighted sum of squares of one linear tensor; None where it is none."""
    if len(linear) != 1 or factors[linear[0]][2] != 2:
        return None
    t, own, _ = factors[linear[0]]
    return Square(coefficient, t, own, tuple(f for k, f in enumerate(factors) if k != linear[0]))


def ratio(coefficient: Fraction, factors: Sequence[Factor], linear: Sequence[int], p: Square, r: Square) -> Fraction:
    """The number q^2/(4*p*r) for a term q*d*e and squares p*d^2, r*e^2; 0 where it is not seen to be a number."""
    lines = [factors[k] for k in linear]
    ends = [*lines, *lines] if len(lines) == 1 else lines
    for d, e in (ends, ends[::-1]):
        if d[0] is p.line and e[0] is r.line and (found := _ratio(coefficient, factors, d, e, linear, p, r)):
            return found
    return Fraction(0)


def _ratio(
    coefficient: Fraction, factors: Sequence[Factor], d: Factor, e: Factor, linear: Sequence[int], p: Square, r: Square
) -> Fraction:
    """The same, for a square of d whose entries each meet one entry of the term."""
    rest = [f for k, f in enumerate(factors) if k not in linear]
    if d[1] == e[1] and (found := _entrywise(coefficient, rest, d, p, r)):
        return found
    named = dict(zip(p.own, d[1], strict=True))
    alone = len(set(d[1])) == len(d[1]) == len(set(p.own)) and all(i in d[1] for f in (*rest, e) for i in f[1])
    if not alone or not all(strictly(t, x) and all(i in named for i in own) for t, own, x in p.weights):
        return Fraction(0)
    inverse: list[Factor] = [(t, tuple(named[i] for i in own), -x) for t, own, x in p.weights]
    twice: list[Factor] = [(t, own, 2 * x) for t, own, x in rest]
    inside: list[Factor] = [*twice, *inverse, (e[0], e[1], 2)]
    counted = {i for _, own, _ in inside for i in own}
    inside += [(length(n), (), 1) for i, n in zip(d[1], d[0].axes, strict=True) if i not in counted]
    needed = contract(1, inside, ())
    there = contract(1, [*r.weights, (r.line, r.own, 2)], ())
    one, other = _number(needed), _number(there)
    if one[1] is not other[1] or not other[0] * p.coefficient * r.coefficient:
        return Fraction(0)
    return coefficient**2 * one[0] / (4 * p.coefficient * r.coefficient * other[0])


def _entrywise(coefficient: Fraction, rest: Sequence[Factor], d: Factor, p: Square, r: Square) -> Fraction:
    """The same where q^2 is a multiple of p*r, entry by entry: the weights may be zero."""
    sides: list[Factor] = []
    for side in (p, r):
        named = dict(zip(side.own, d[1], strict=True))
        if len(set(d[1])) < len(d[1]) or any(i not in named for _, own, _ in side.weights for i in own):
            return Fraction(0)
        sides += [(t, tuple(named[i] for i in own), x) for t, own, x in side.weights]
    if any(i not in d[1] for _, own, _ in rest for i in own):
        return Fraction(0)
    dims = dict(zip(d[1], d[0].axes, strict=True))
    one = _number(contract(1, [(t, own, 2 * x) for t, own, x in rest], d[1], dims))
    other = _number(contract(1, sides, d[1], dims))
    if one[1] is not other[1] or other[0] * p.coefficient * r.coefficient <= 0:
        return Fraction(0)
    return coefficient**2 * one[0] / (4 * p.coefficient * r.coefficient * other[0])


def _number(t: Tensor) -> tuple[Fraction, Tensor]:
    """The number of a product, and the product without it."""
    if not isinstance(t, Contraction) or not t.coefficient:
        return Fraction(1), t
    dims = {i: t.dims[i] for i in t.out}
    return Fraction(t.coefficient), contract(1, t.factors, t.out, dims)


def shares(found: Fraction, p: Fraction, r: Fraction) -> tuple[Fraction, Fraction] | None:
    """How much of two squares outweighs a term with this ratio, where so much of them is left."""
    even = Fraction(_root(found.numerator * found.denominator), found.denominator)
    if even <= p and even <= r:
        return even, even
    if p > 0 and found / p <= r:
        return p, found / p
    return None


def covered(found: Fraction, p: Fraction, r: Fraction) -> Fraction:
    """The part of a term with this ratio that so much of two squares outweighs, rounded down."""
    whole = p * r / found
    return Fraction(isqrt(whole.numerator * whole.denominator), whole.denominator)


def _root(n: int) -> int:
    """The square root of a number, rounded up."""
    below = isqrt(n)
    return below if below * below == n else below + 1
