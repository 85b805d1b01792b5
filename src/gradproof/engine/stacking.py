"""Axes that are made of several: the laws by which stackings meet, and products without them.

A stacking P has the axes I and i, j, where I counts the pairs (i, j). So P[I,i,j]*P[I,k,l] makes i and k one index, and j and l; two stackings
of the same parts make their wholes one; and one whose whole, or whose parts, nothing else holds is a factor of ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.canonical import components
from gradproof.engine.contract import add, contract
from gradproof.engine.tensor import Apply, Contraction, Factor, Stacking, Sum, Tensor, stacking
from gradproof.ops import Operation
from gradproof.ops.basic import INV
from gradproof.ops.structures import DUPLICATION, TOEPLITZ
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim

SYMMETRIC = (DUPLICATION, TOEPLITZ)  # bases of symmetric matrices


def merged(t: Tensor, groups: Sequence[int]) -> Tensor:
    """The tensor with each group of axes as one axis."""
    if all(n == 1 for n in groups):
        return t
    factors: list[Factor] = [(t, tuple(range(t.order)), 1)]
    out, at, whole = [], 0, t.order
    for n in groups:
        mine = tuple(range(at, at + n))
        if n > 1:
            factors.append((stacking(t.axes[at : at + n]), (whole, *mine), 1))
            mine, whole = (whole,), whole + 1
        out += mine
        at += n
    return contract(1, factors, out)


def parted(t: Tensor, axis: int, parts: tuple[Dim, ...]) -> Tensor:
    """The tensor with one axis as those that make it up."""
    own = list(range(t.order))
    new = tuple(range(t.order, t.order + len(parts)))
    return contract(1, [(t, tuple(own), 1), (stacking(parts), (axis, *new), 1)], (*own[:axis], *new, *own[axis + 1 :]))


# -- laws


def met(coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]) -> Tensor | None:
    """Stackings that meet, or that nothing else meets."""
    found = [f for f in factors if isinstance(f[0], Stacking)]
    if not found:
        return None
    for k, one in enumerate(found):
        rest = [f for f in factors if f is not one]
        if one[2] != 1:  # its entries are 0 and 1
            return contract(coefficient, [*rest, (one[0], one[1], 1)], out, _ends(out, dims))
        for other in found[k + 1 :]:
            if one[0] is other[0] and one[2] == other[2] == 1:
                pairs = _united(one[1], other[1])
                if pairs:
                    deltas = [(contract(1, (), (0, 0), {0: dims[i]}), (i, j), 1) for i, j in pairs]
                    left = [f for f in factors if f is not other]
                    return contract(coefficient, [*left, *deltas], out, _ends(out, dims))
        used = {i for f in rest for i in f[1]} | set(out)
        whole, *parts = one[1]
        free = used.isdisjoint(parts) and len(set(parts)) == len(parts)
        if whole not in used or free:  # for each pair one whole, for each whole one pair, where a pair is any
            ends = parts if whole not in used else [whole]
            ones = contract(1, (), tuple(range(len(ends))), {n: dims[i] for n, i in enumerate(ends)})
            return contract(coefficient, [*rest, (ones, tuple(ends), 1)], out, _ends(out, dims))
    turned = _of_symmetric(found, factors, out)
    if turned is not None:
        return contract(coefficient, turned, out, _ends(out, dims))
    return _distributed(coefficient, factors, out, dims) if len(factors) == 2 else None


def _of_symmetric(stackings: Sequence[Factor], factors: Sequence[Factor], out: Sequence[int]) -> list[Factor] | None:
    """The axis of a basis of symmetric matrices taken apart has its two parts in order; None where they are."""
    for f in stackings:
        whole, *parts = f[1]
        others = [g for g in factors if whole in g[1] and g is not f]
        if len(parts) == 2 and parts[0] > parts[1] and len(others) == 1 and whole not in out:
            (t, at, e) = others[0]
            if isinstance(t, Apply) and t.op in SYMMETRIC and at.count(whole) == 1 and at[0] == whole and e == 1:
                return [(g[0], (whole, *sorted(parts)), 1) if g is f else g for g in factors]
    return None


def _ends(out: Sequence[int], dims: Mapping[int, Dim]) -> dict[int, Dim]:
    return {i: dims[i] for i in out}


def _united(one: tuple[int, ...], other: tuple[int, ...]) -> list[tuple[int, int]]:
    """The indices of two equal stackings that are one: all, where their wholes or all their parts are."""
    if one[0] != other[0] and one[1:] != other[1:]:
        return []
    return [(i, j) for i, j in zip(one, other, strict=True) if i != j]


def _distributed(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """A sum whose axes become one, or whose axis becomes several: term by term."""
    one, other = sorted(factors, key=lambda f: not isinstance(f[0], Stacking))
    t, indices, e = other
    there = set(indices) & set(one[1])
    if not isinstance(t, Sum) or e != 1 or there not in ({one[1][0]}, set(one[1][1:])) or set(out) & there:
        return None
    terms = [(c * coefficient, contract(1, [one, (b, indices, 1)], out, _ends(out, dims))) for c, b in t.terms]
    return add(terms, tuple(dims[i] for i in out))


def inverted(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    """inv(kron(A,B)) is kron(inv(A),inv(B)) for square A and B."""
    t = args[0]
    if op is not INV or not isinstance(t, Contraction) or t.order != 2 or t.coefficient == 0:
        return None
    ends = [next((f for f in t.factors if isinstance(f[0], Stacking) and f[1][0] == i), None) for i in t.out]
    if None in ends or ends[0] is ends[1]:
        return None
    one, two = (f for f in ends if f is not None)
    rest = [f for f in t.factors if f is not one and f is not two]
    parts = components([f for f in rest if f[1]], {*one[1][1:], *two[1][1:]})
    if one[0] is not two[0] or len(parts) != len(one[1]) - 1:
        return None
    factors: list[Factor] = [one, two, *((f, i, -e) for f, i, e in rest if not i)]
    for i, j in zip(one[1][1:], two[1][1:], strict=True):
        mine = next(((own, group) for own, group in parts if i in own), None)
        if mine is None or j not in mine[0]:
            return None
        block = contract(1, mine[1], (i, j), {i: t.dims[i], j: t.dims[j]})
        factors.append((apply(INV, (block,)), (j, i), 1))
    swapped = [(two[0], (one[1][0], *two[1][1:]), 1), (one[0], (two[1][0], *one[1][1:]), 1)]
    return contract(1 / t.coefficient, [*swapped, *factors[2:]], t.out)


# -- products without stackings


@dataclass(frozen=True)
class Opened:
    """A product with the parts in place of what they make up: the factors that are left, by their number, with their new indices."""

    factors: tuple[tuple[int, tuple[int, ...]], ...]
    out: tuple[int, ...]


def opened(factors: Sequence[Factor], out: Sequence[int]) -> Opened | None:
    """The product with the parts of axes instead of the axes; None where it has no stacking. A stacking that stands in another's way stays an array."""
    parts: dict[int, tuple[int, ...]] = {}
    left = []
    for k, (t, (*indices,), _) in enumerate(factors):
        if isinstance(t, Stacking):
            whole, own = indices[0], tuple(indices[1:])
            inner = {i for p in parts.values() for i in p}
            if whole not in parts and whole not in inner and parts.keys().isdisjoint(own):
                parts[whole] = own
                continue
        left.append(k)
    if not parts:
        return None
    new = [(k, tuple(p for i in factors[k][1] for p in parts.get(i, (i,)))) for k in left]
    return Opened(tuple(new), tuple(p for i in out for p in parts.get(i, (i,))))
