"""Sums that are known to be one: of the entries of a vector on the simplex, of the squares of a unit vector, of softmax; and what softmax does not see."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, contract
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor, Variable, length, lonely
from gradproof.facts import TABLE
from gradproof.ops import Operation
from gradproof.shapes.dims import Dim

FEW = 3  # terms of a sum that is multiplied out by another one


def _known(t: Tensor) -> set[int]:
    """The powers of a vector's entries whose sum is 1."""
    if isinstance(t, Variable):
        return {TABLE[name].total for name in t.facts} - {0}
    return {t.op.total} - {0} if isinstance(t, Apply) else set()


def added_up(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """A vector that is summed alone, whose sum is known."""
    for factor in factors:
        t, indices, e = factor
        if len(indices) != 1 or indices[0] in out or e not in _known(t):
            continue
        rest = [f for f in factors if f is not factor]
        if not any(indices[0] in f[1] for f in rest):
            return contract(coefficient, rest, out, {i: dims[i] for i in out})
    return None


def cancelled(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """A sum of which an axis is summed alone, where terms cancel: ones(n)'*(x - ones(n)*sum(x)/n) is zero."""
    for k, (t, indices, e) in enumerate(factors):
        if type(t) is not Sum or e != 1:
            continue
        others = factors[:k] + factors[k + 1 :]
        taken = {*out}.union(*(f[1] for f in others))
        kept = tuple([a for a, i in enumerate(indices) if i in taken or indices.count(i) > 1])
        if len(kept) == len(indices):
            continue
        axes = tuple([t.axes[a] for a in kept])
        places = tuple(range(len(indices)))
        total = add([(c, contract(1, [(u, places, 1)], kept)) for c, u in t.terms], axes)
        if type(total) is not Sum or len(total.terms) < len(t.terms):
            inner = (total, tuple([indices[a] for a in kept]), 1)
            return contract(coefficient, [*others, inner], out, {i: dims[i] for i in out})
    return None


def absorbed(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """Two sums that meet and are no longer than the longer of them when they are multiplied out: H*H is H, where H is eye(n) - ones(n,n)/n."""
    sums = [k for k, (t, indices, e) in enumerate(factors) if _short(t) and e == 1 and len({*indices}) == len(indices)]
    for j, k in itertools.combinations(sums, 2):
        (a, one, _), (b, two, _) = factors[j], factors[k]
        assert isinstance(a, Sum)
        assert isinstance(b, Sum)
        others = [f for i, f in enumerate(factors) if i not in (j, k)]
        taken = {*out}.union(*(f[1] for f in others))
        shared = {*one} & {*two}
        kept = tuple([i for i in (*one, *two) if i not in shared])
        if len(shared) != 1 or shared & taken or not kept or not (_repeats(a) or _repeats(b)):
            continue  # an inner product of vectors stays whole: it has more digits
        terms = [(c * d, contract(1, [(u, one, 1), (v, two, 1)], kept)) for c, u in a.terms for d, v in b.terms]
        total = add(terms, tuple([dims[i] for i in kept]))
        if type(total) is not Sum or len(total.terms) <= max(len(a.terms), len(b.terms)):
            return contract(coefficient, [*others, (total, kept, 1)], out, {i: dims[i] for i in out})
    return None


def _short(t: Tensor) -> bool:
    return type(t) is Sum and len(t.terms) <= FEW


def _repeats(t: Sum) -> bool:
    """Whether this sum itself has a term that is the same all along an axis."""
    return any(map(lonely, t.children))


def unshifted(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    """softmax(v + c*ones(n)) is softmax(v), and logsumexp of it c + logsumexp(v); softmax(c*ones(n)) is 1/n everywhere."""
    if op.shift is None:
        return None
    t = args[0]
    if op.total == 1 and _spread(t):
        return contract(1, [(length(t.axes[0]), (), -1)], (0,), {0: t.axes[0]})
    if not isinstance(t, Sum):
        return None
    same = [(c, b) for c, b in t.terms if _spread(b)]
    if not same or len(same) == len(t.terms):
        return None
    value = apply(op, (add([term for term in t.terms if term not in same], t.axes),))
    if not op.shift:
        return value
    numbers = [(c * op.shift, contract(b.coefficient, b.factors, ())) for c, b in same if isinstance(b, Contraction)]
    return add([(Fraction(1), value), *numbers], ())


def _spread(t: Tensor) -> bool:
    """Whether all entries of a tensor are one number."""
    return isinstance(t, Contraction) and len(set(t.out)) == len(t.out) and not any(f[1] for f in t.factors)
