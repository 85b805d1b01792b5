"""What is known of the values of a tensor: the interval of its entries, and whether a matrix is positive definite.

One analysis for the engine, the code and the conditions. Only what is proven is said: from declared facts, from the bounds that
operations state in the table, and from exact interval arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Exponent,
    Factor,
    Length,
    Stacking,
    Sum,
    Tensor,
    Unknown,
    Variable,
)
from gradproof.facts import FACTS, Keep, bounds_of, sense
from gradproof.facts.bounds import ANY, NONNEGATIVE, POSITIVE, UNIT, Bounds, exactly

KEPT: Mapping[int, frozenset[Keep]] = {
    fact.definite: fact.keeps for fact in FACTS
}  # what keeps that a matrix is so definite


def bounds(t: Tensor) -> Bounds:
    """An interval that holds all entries of a tensor."""
    if t.interval is None:
        t.interval = _bounds(t)
    return t.interval


def _bounds(t: Tensor) -> Bounds:
    match t:
        case Variable(facts=facts):
            return bounds_of(facts)
        case Unknown(function=f, partials=()):
            return bounds_of(f.facts)
        case Length():
            return POSITIVE
        case Stacking():
            return UNIT
        case Apply(op=op, args=args) if op.among:
            return bounds(args[0])
        case Apply(op=op, args=args) if op.spectrum and definite(args[0]) == 2:
            return POSITIVE
        case Apply(op=op, args=args):
            return op.bounds if op.rises_from is None else op.bounds & _beyond(bounds(args[0]), op.rises_from)
        case Sum(terms=terms):
            result = exactly(Fraction(0))
            for c, body in terms:
                result = result + bounds(body).scaled(c)
            return result
        case Contraction():
            return _of_product(t)
    return ANY


def _beyond(arg: Bounds, at_zero: Fraction) -> Bounds:
    """Of a function that rises: above its value at zero where the argument is above zero."""
    if arg.nonnegative:
        return Bounds(at_zero, math.inf, arg.positive)
    return Bounds(-math.inf, at_zero) if arg.high <= 0 else ANY


def _of_product(t: Contraction) -> Bounds:
    """Of a product: of its factors, which know nothing of each other; a sum over indices keeps only the sign."""
    result = exactly(t.coefficient)
    picked = t.summed and _is_entry(t)
    for tensor, own, e in _without_pair(t) or t.factors:
        if picked and isinstance(tensor, Apply) and tensor.op.place:
            continue  # the entries at a place: no sum
        b = bounds(tensor)
        if len(own) == 2 and own[0] == own[1] and not b.nonnegative and (d := definite(tensor)):
            b = POSITIVE if d == 2 else NONNEGATIVE  # the diagonal of a definite matrix
        result = result * b.power(e)
    if t.summed and not picked:
        result = POSITIVE if result.positive else NONNEGATIVE if result.nonnegative else ANY
    return result if len(set(t.out)) == len(t.out) else _with_zero(result)


def _is_entry(t: Contraction) -> bool:
    """Whether each index that is summed meets one unit vector: there is one term, the one at that place."""
    at = [own[0] for f, own, e in t.factors if isinstance(f, Apply) and f.op.place and e == 1]
    return len(set(at)) == len(at) and set(at) == set(range(len(t.dims))) - {*t.out}


def _without_pair(t: Contraction) -> list[Factor] | None:
    """The factors with <A, B> of two positive definite matrices as one diagonal entry, which is positive as it is; None where there is none."""
    factors = t.factors
    for k, (a, own, e) in enumerate(factors):
        if len(own) != 2 or own[0] == own[1] or set(own) & set(t.out) or e != 1 or not definite(a):
            continue
        for j in range(k + 1, len(factors)):
            b, other, x = factors[j]
            alone = all(not set(own) & set(f[1]) for i, f in enumerate(factors) if i not in (k, j))
            if set(other) == set(own) and x == 1 and alone and (least := min(definite(a), definite(b))):
                one = a if definite(a) == least else b
                return [*(f for i, f in enumerate(factors) if i not in (k, j)), (one, (own[0], own[0]), 1)]
    return None


def _with_zero(b: Bounds) -> Bounds:
    """With the zeros beside a diagonal."""
    return Bounds(min(b.low, Fraction(0)), max(b.high, Fraction(0)))


def nonnegative(t: Tensor) -> bool:
    """Whether all entries are known to be at least zero."""
    return bounds(t).nonnegative


def positive(t: Tensor) -> bool:
    """Whether all entries are known to be above zero."""
    return bounds(t).positive


def power_nonnegative(t: Tensor, e: Exponent) -> bool:
    """Whether all entries of a power are known to be at least zero, where it is real."""
    return bounds(t).power(e).nonnegative


# -- definiteness


def definite(t: Tensor) -> int:
    """2 for a matrix that is proven to be positive definite, 1 for semidefinite, else 0."""
    match t:
        case Variable(facts=facts):
            return sense(facts).definite
        case Unknown(function=f, partials=()):
            return sense(f.facts).definite
        case Apply(op=op, args=args) if op.keeps:
            return _kept(op.keeps, definite(args[0]))
        case Sum(terms=terms) if terms and all(c > 0 for c, _ in terms):
            found = [definite(b) for _, b in terms]
            return max(found) if all(found) else 0
        case Contraction(coefficient=c) if c > 0 and t.order == 2:
            return _definite_product(t)
    return 0


def _kept(how: Keep, least: int) -> int:
    """What is left of definiteness under an operation that keeps facts."""
    return least if least and how in KEPT[least] else 0


def _definite_product(t: Contraction) -> int:
    i, j = t.out
    scalars = [f for f in t.factors if not f[1]]
    rest = [f for f in t.factors if f[1]]
    if not all(power_nonnegative(f, e) for f, _, e in scalars):
        return 0
    strict = all(positive(f[0]) for f in scalars)
    if i == j:  # a diagonal
        if strict and all(positive(f) for f, _, _ in rest) and not t.summed:
            return 2
        return 1 if all(power_nonnegative(f, e) for f, _, e in rest) else 0
    if len(rest) == 1 and rest[0][2] == 1:
        return min(definite(rest[0][0]), 2 if strict else 1)
    found = gram(rest, i, j)
    if found is not None and not found[2] and strict and regular(found[0][0]):
        return 2
    return 1 if found is not None or _congruent(rest, i, j) else 0


def regular(t: Tensor) -> bool:
    """Whether a matrix is declared to be invertible."""
    return isinstance(t, Variable) and sense(t.facts).regular


def _congruent(factors: list[Factor], i: int, j: int) -> bool:
    """Whether a product is M'*...*P*...*M, with a semidefinite matrix in the middle."""
    while len(factors) >= 3 and len(factors) % 2:
        one, other = ([f for f in factors if k in f[1]] for k in (i, j))
        if len(one) != 1 or len(other) != 1 or not _mirrored(one[0], other[0], i, j):
            return False
        factors = [f for f in factors if f is not one[0] and f is not other[0]]
        i, j = (f[1][0] if f[1][1] == k else f[1][1] for f, k in ((one[0], i), (other[0], j)))
    return (
        len(factors) == 1
        and set(factors[0][1]) == {i, j}
        and i != j
        and factors[0][2] == 1
        and definite(factors[0][0]) > 0
    )


def _mirrored(one: Factor, other: Factor, i: int, j: int) -> bool:
    """Whether two matrices are one matrix and its transpose, seen from their outer indices."""
    same = one[0] is other[0] and one[2] == other[2] and len(one[1]) == len(other[1]) == 2
    return same and one[1].index(i) == other[1].index(j) and one[1][0] != one[1][1] and other[1][0] != other[1][1]


def gram(factors: list[Factor], i: int, j: int) -> tuple[Factor, Factor, list[Factor]] | None:
    """M[k,i], M[k,j] and nonnegative factors over k in a product that is M' diag(d) M; None where it is none."""
    for one in factors:
        if len(one[1]) == 2 and i in one[1] and j not in one[1] and one[1][0] != one[1][1]:
            swapped = tuple(j if k == i else k for k in one[1])
            other = next((f for f in factors if f[0] is one[0] and f[1] == swapped and f[2] == one[2]), None)
            if other is None:
                continue
            k = one[1][0] if one[1][1] == i else one[1][1]
            rest = [f for f in factors if f is not one and f is not other]
            if all(f[1] == (k,) and power_nonnegative(f[0], f[2]) for f in rest):
                return one, other, rest
    return None
