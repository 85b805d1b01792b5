"""The laws of the inverse, on products of any length: inv(A)*A, Q'*Q, inv(A*B), inv(c*A), inv(diag(v)).

A product in index notation has no fixed length, so that these are written as functions and not as lines of the table of rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.contract import contract, symmetry
from gradproof.engine.subproduct import found_at
from gradproof.engine.tensor import Apply, Contraction, Factor, Tensor, Variable
from gradproof.ops import Operation, basic
from gradproof.shapes.dims import Dim

INV, ORTHOGONAL = basic.INV, "orthogonal"


def cancelled(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """inv(A)*A and Q'*Q are the identity: their two outer indices are one."""
    for factor in factors:
        t, indices, e = factor
        if e != 1 or len(indices) != 2 or indices[0] == indices[1]:  # a diagonal is no matrix of a product
            continue
        if not _may_cancel(t, factors):
            continue
        for k, summed in enumerate(indices):
            partners = _partners(factor, k, summed, factors, out)
            if partners is not None:
                outer, other = indices[1 - k], partners[1]
                rest = [f for f in factors if f is not factor and not any(f is p for p in partners[0])]
                delta = contract(1, (), (0, 0), {0: t.axes[0]})
                return contract(coefficient, [*rest, (delta, (outer, other), 1)], out, {i: dims[i] for i in out})
    return None


def _may_cancel(t: Tensor, factors: list[Factor]) -> bool:
    """Whether a matrix is one that another undoes, and what does so may be there."""
    if type(t) is Apply and t.op is INV:
        return type(t.args[0]) is Contraction or t.args[0] in [f[0] for f in factors]
    return type(t) is Variable and ORTHOGONAL in t.facts


def _partners(
    factor: Factor, k: int, summed: int, factors: list[Factor], out: tuple[int, ...]
) -> tuple[list[Factor], int] | None:
    """The factors that undo another across its axis k, one or, of inv(X'*X), several, and the index at their other end."""
    partner = _partner(factor, k, summed, factors, out)
    if partner is not None:
        return [partner], partner[1][0] if partner[1][1] == summed else partner[1][1]
    t = factor[0]
    if isinstance(t, Apply) and t.op is INV and isinstance(t.args[0], Contraction):
        return found_at(t.args[0], 1 - k, summed, [factor], factors, out)
    return None


def _partner(factor: Factor, k: int, summed: int, factors: list[Factor], out: tuple[int, ...]) -> Factor | None:
    """The factor that undoes another across its axis k, where the index there is summed over these two alone."""
    t = factor[0]
    inverse = t.args[0] if isinstance(t, Apply) and t.op is INV else None
    orthogonal = isinstance(t, Variable) and ORTHOGONAL in t.facts
    if summed in out or (inverse is None and not orthogonal):
        return None
    around = [f for f in factors if summed in f[1] and f is not factor]
    if len(around) != 1:
        return None
    other = around[0]
    if other[2] != 1 or len(other[1]) != 2 or other[1][0] == other[1][1]:
        return None
    place = other[1].index(summed)
    if inverse is not None and other[0] is inverse and (place == 1 - k or symmetry(inverse) == 1):
        return other
    return other if orthogonal and other[0] is t and (place == k or symmetry(t) == 1) else None


def inverses(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    """inv of a product of square matrices, of a multiple, of a diagonal or orthogonal matrix."""
    if op is not INV or args[0].order != 2:
        return None
    a = args[0]
    if isinstance(a, Variable) and "orthogonal" in a.facts:
        return contract(1, [(a, (0, 1), 1)], (1, 0))
    if not isinstance(a, Contraction) or a.coefficient == 0:
        return None
    path = _path(a)
    if path is None:
        return None
    inverted: list[Factor] = []
    for t, indices, e in a.factors:
        if len(indices) == 2 and a.out[0] != a.out[1]:
            if len(path) == 1 and a.coefficient == 1 and len(a.factors) == 1:
                return None
            inverted.append((apply(INV, (t,)), indices[::-1], 1))
        else:
            inverted.append((t, indices, -e))
    return contract(
        1 / a.coefficient,
        inverted,
        a.out[::-1],
        dict(enumerate(a.dims)) if not inverted else {i: a.dims[i] for i in a.out},
    )


def _square(a: Contraction) -> list[Factor] | None:
    """The matrices of a product, none of them a mere diagonal or a power; None where one of them is, or is not square."""
    found = [f for f in a.factors if len(f[1]) == 2]
    odd = any(e != 1 or i == j or t.axes[0] is not t.axes[1] for t, (i, j), e in found)
    return None if odd else found


def _path(a: Contraction) -> list[Factor] | None:
    """The matrices of a product in a row, where all are square; [] for a diagonal matrix; None where it is none of these."""
    here, end = a.out
    matrices = [f for f in a.factors if len(f[1]) == 2 and f[1] != (here, end)] if here == end else _square(a)
    if matrices is None or any(len(f[1]) > 2 for f in a.factors) or (here == end and matrices):
        return None
    found: list[Factor] = []
    while here != end:
        following = [f for f in matrices if here in f[1] and f not in found]
        if len(following) != 1:
            return None
        found.append(following[0])
        here = following[0][1][1] if following[0][1][0] == here else following[0][1][0]
    return found if len(found) == len(matrices) else None
