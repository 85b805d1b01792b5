"""Convex in the order of semidefinite matrices: v'*T*v is convex for every v, as it is of X'*X, of inv(X) and of -sqrtm(X)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

from gradproof.engine.bounds import definite, power_nonnegative
from gradproof.engine.contract import symmetry
from gradproof.engine.lower import number_of
from gradproof.engine.spectra import LOGM, POWM, SQRTM
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor
from gradproof.ops.basic import INV

ROOTS = (SQRTM, LOGM)  # functions of numbers that rise and are concave in this order, too


class EntrywiseBend(Protocol):
    """What `Curves` says of a tensor, entry by entry."""

    @property
    def affine(self) -> bool: ...
    @property
    def constant(self) -> bool: ...


Of = Callable[[Tensor], EntrywiseBend]


def bend(t: Tensor, of: Of) -> int | None:
    """1 where a symmetric matrix is convex in this order, -1 where it is concave, 0 where it is affine; None where nothing is seen."""
    if t.order != 2 or symmetry(t) != 1:
        return None
    if of(t).affine:
        return 0
    match t:
        case Sum(terms=terms):
            return _total([(c, bend(b, of)) for c, b in terms])
        case Apply(op=op, args=(arg,)) if op is INV or op in ROOTS:
            inner = bend(arg, of)
            least = definite(arg)
            fits = inner in (0, -1) and (least == 2 or (least == 1 and inner == 0 and op is INV))
            return None if not fits else 1 if op is INV else -1
        case Apply(op=op, args=(arg, e)) if op is POWM and definite(arg) == 2:
            return _of_power(number_of(e), bend(arg, of))
        case Contraction():
            return _of_product(t, of)
    return None


def _of_power(p: Fraction | None, inner: int | None) -> int | None:
    """Of X^p for a positive definite X: p from -1 to 0 falls and is convex, to 1 rises and is concave, to 2 is convex (Loewner)."""
    if p is None or inner is None or not -1 <= p <= 2:
        return None
    if p > 1:
        return 1 if inner == 0 else None
    return None if inner == 1 else 1 if p < 0 else -1


def _total(parts: list[tuple[Fraction, int | None]]) -> int | None:
    signs = {0 if s == 0 else s if c > 0 else -s for c, s in parts if s is not None}
    if any(s is None for _, s in parts) or {1, -1} <= signs:
        return None
    return next(iter(signs - {0}), 0)


def _of_product(t: Contraction, of: Of) -> int | None:
    """Of a multiple, of M'*T*M, and of M'*P*M for an affine M and a semidefinite P."""
    i, j = t.out
    scalars = [f for f in t.factors if not f[1]]
    rest = [f for f in t.factors if f[1]]
    if i == j or not all(of(f).constant and power_nonnegative(f, e) for f, _, e in scalars):
        return None
    sign = 1 if t.coefficient > 0 else -1
    while True:
        if len(rest) == 1 and set(rest[0][1]) == {i, j} and rest[0][2] == 1:
            inner = bend(rest[0][0], of)
            return None if inner is None else sign * inner
        ends = [[f for f in rest if k in f[1]] for k in (i, j)]
        if any(len(e) != 1 or len(e[0][1]) != 2 or e[0][1][0] == e[0][1][1] or e[0][2] != 1 for e in ends):
            return None
        one, other = ends[0][0], ends[1][0]
        if one is other or one[0] is not other[0] or one[1].index(i) != other[1].index(j):
            return None
        left = [f for f in rest if f is not one and f is not other]
        a, b = _other(one, i), _other(other, j)
        if not of(one[0]).constant:
            return sign if of(one[0]).affine and _semidefinite(left, a, b, of) else None
        if a == b:
            return None
        rest, i, j = left, a, b


def _other(f: Factor, i: int) -> int:
    return f[1][0] if f[1][1] == i else f[1][1]


def _semidefinite(middle: list[Factor], a: int, b: int, of: Of) -> bool:
    """Whether what stands between two halves does not move, and is positive semidefinite."""
    if not all(of(f).constant for f, _, _ in middle):
        return False
    if a == b:
        return all(own == (a,) and power_nonnegative(f, e) for f, own, e in middle)
    return len(middle) == 1 and set(middle[0][1]) == {a, b} and middle[0][2] == 1 and definite(middle[0][0]) > 0
