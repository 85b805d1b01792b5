"""Differences of rows that stand multiplied out, |x_i|^2 + |y_j|^2 - 2 x_i'y_j and sum_j w_ij x_j - sum_j w_ij x_i, on data without their mean.

They do not change when the same vector is taken from all rows, and what is multiplied out loses the digits that the rows have in common.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradproof.engine.contract import add, contract
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Contraction, Factor, Sum, Tensor, length, walk_tensor


def centred(t: Tensor) -> Tensor:
    """The tensor with its differences of rows on centred data."""
    known: dict[Tensor, Tensor] = {
        node: found for node in walk_tensor(t) if isinstance(node, Sum) and (found := _centred(node)) is not None
    }
    return replace(t, known) if known else t


def _centred(t: Sum) -> Tensor | None:
    for c, body in t.terms:
        for factors in _products(body):
            squares = {(-c / 2, _squares(f, t)) for f in factors}
            if len(squares) == 2 and squares <= set(t.terms):
                rest = [term for term in t.terms if term not in squares and term[1] is not body]
                mine = [(_less_mean(f, k, factors[0]), f[1], 1) for k, f in enumerate(factors)]
                new = [(c, contract(1, mine, (0, 1))), *((-c / 2, _squares(f, t)) for f in mine)]
                return add([*rest, *new], t.axes)
    return None


def _products(t: Tensor) -> Iterator[tuple[Factor, Factor]]:
    """The two factors of x_i y_j, or of x_ik y_jk summed over k, over the outer indices i and j; none where a tensor is something else."""
    if not isinstance(t, Contraction) or t.coefficient != 1 or t.order != 2 or t.out[0] == t.out[1]:
        return
    if len(t.factors) != 2 or any(e != 1 or not 1 <= len(i) <= 2 or len(set(i)) < len(i) for _, i, e in t.factors):
        return
    for one, two in (t.factors, t.factors[::-1]):
        inner = [[k for k in f[1] if k not in t.out] for f in (one, two)]
        apart = t.out[0] in one[1] and t.out[1] in two[1] and t.out[1] not in one[1] and t.out[0] not in two[1]
        if apart and inner[0] == inner[1]:
            yield one, two
            return


def _squares(f: Factor, t: Sum) -> Tensor:
    """|x_i|^2 as a matrix that is constant along its other axis."""
    return contract(1, [(f[0], f[1], 2)], (0, 1), dict(enumerate(t.axes)))


def _less_mean(f: Factor, outer: int, other: Factor) -> Tensor:
    """The rows of one factor without the mean of the rows of another; the first has its rows along the index `outer`, the other along index 0."""
    x, indices, _ = f
    y, places, _ = other
    count = length(y.axes[places.index(0)])
    rows = {i: -1 if i == 0 else i for i in places}  # summed over
    mean = contract(
        1, [(y, tuple(rows[i] for i in places), 1), (count, (), -1)], indices, {outer: x.axes[indices.index(outer)]}
    )
    return add([(1, x), (-1, mean)], x.axes)
