"""Products that are at least zero because exchanging their indices in pairs maps them to themselves.

A product of factors over summed indices is sum_f w_f * v_f' * M * v_f where an involution of the indices maps the factors to themselves: f are
the indices that it leaves in place, w the factors that stand on these alone, M the symmetric matrices whose two indices it exchanges, and v one
half of all other factors. It is at least zero where w is and M is positive semidefinite (several such M meet in a Kronecker or entrywise product,
which is positive semidefinite too).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gradproof.engine.bounds import bounds, definite, power_nonnegative
from gradproof.engine.contract import symmetry
from gradproof.engine.tensor import Contraction, Factor, Sum, Tensor
from gradproof.optimum.projection import semidefinite_middle
from gradproof.records import dataclass

STEPS = 3000  # that a search may take

Map = dict[int, int]


@dataclass(frozen=True)
class Half:
    """A product as sum_f w_f * v_f' * M * v_f.

    `fixed`: the indices f; `weights`: the factors w; `middles`: the factors M; `half`: the factors v; `image`: where each index goes.
    """

    fixed: frozenset[int]
    weights: tuple[Factor, ...]
    middles: tuple[Factor, ...]
    half: tuple[Factor, ...]
    image: Mapping[int, int]


def strictly(t: Tensor, e: object) -> bool:
    """Whether all entries of a power are above zero."""
    return bounds(t).positive or (bool(e) and bounds(t).power(e).positive)  # type: ignore[arg-type]


def halves(factors: Sequence[Factor], seed: tuple[int, int] | None = None, signed: bool = False) -> Iterator[Half]:
    """All ways in which a product is seen to be at least zero; `seed`: two factors that are exchanged. `signed`: weights and middles may have any sign."""
    indices = {i for f in factors for i in f[1]}
    starts: Iterable[Map] = [{}]
    if seed is not None:
        starts = list(_onto({}, factors[seed[0]], factors[seed[1]]))
    budget = [STEPS]
    for start in starts:
        for image in _search(start, list(factors), budget):
            whole = {i: image.get(i, i) for i in indices}
            found = _half(whole, factors, signed)
            if found is not None:
                yield found


def _onto(image: Map, one: Factor, other: Factor) -> Iterator[Map]:
    """The involution extended so that one factor goes to another."""
    orders = [other[1]]
    if len(other[1]) == 2 and symmetry(other[0]) == 1 and other[1][0] != other[1][1]:
        orders.append(other[1][::-1])
    for order in orders:
        new = dict(image)
        for i, j in zip(one[1], order, strict=True):
            if new.setdefault(i, j) != j or new.setdefault(j, i) != i:
                break
        else:
            yield new


def _search(image: Map, waiting: list[Factor], budget: list[int]) -> Iterator[Map]:
    """All involutions that map the factors to themselves; indices that nothing reaches stay where they are."""
    budget[0] -= 1
    if budget[0] < 0:
        return
    touched = next((f for f in waiting if any(i in image for i in f[1])), None)
    if touched is None:
        yield image
        return
    for other in waiting:
        if other[0] is touched[0] and other[2] == touched[2]:
            for new in _onto(image, touched, other):
                yield from _search(new, [f for f in waiting if f is not touched and f is not other], budget)


def _half(image: Map, factors: Sequence[Factor], signed: bool) -> Half | None:
    """The product taken apart by an involution; None where that does not show its sign."""
    moved = {i for i, j in image.items() if i != j}
    weights, middles, rest = [], [], []
    for f in factors:
        t, indices, _ = f
        if moved.isdisjoint(indices):
            weights.append(f)
        elif len(indices) == 2 and image[indices[0]] == indices[1] and symmetry(t) == 1:
            middles.append(f)
        else:
            rest.append(f)
    if not signed and not all(_weight(*f) for f in weights):
        return None
    if not signed and not all(isinstance(e, int) and e > 0 and semidefinite_middle(t) for t, _, e in middles):
        return None
    parts = _parts(moved, rest)
    chosen: set[int] = set()
    for part in parts:
        mirrored = {image[i] for i in part}
        if not part.isdisjoint(mirrored) or mirrored not in parts:
            return None
        if chosen.isdisjoint(mirrored):
            chosen |= part
    half = tuple(f for f in rest if chosen.intersection(f[1]))
    fixed = frozenset(image) - moved
    return Half(fixed, tuple(weights), tuple(middles), half, image)


def _weight(t: Tensor, indices: tuple[int, ...], e: object) -> bool:
    """Whether a factor is known to be at least zero wherever it is taken."""
    if power_nonnegative(t, e):  # type: ignore[arg-type]
        return True
    diagonal = len(indices) == 2 and indices[0] == indices[1] and definite(t) > 0
    return diagonal or (t.order == 0 and nonnegative(t))


def _parts(moved: set[int], factors: Sequence[Factor]) -> list[set[int]]:
    """The moved indices in connected parts."""
    parts = [{i} for i in moved]
    for f in factors:
        own = moved.intersection(f[1])
        touching = [p for p in parts if not own.isdisjoint(p)]
        if len(touching) > 1:
            parts = [p for p in parts if p not in touching] + [set().union(*touching)]
    return parts


def nonnegative(t: Tensor) -> bool:
    """Whether a scalar is known to be at least zero: by its bounds, or as a product that is one."""
    if bounds(t).nonnegative:
        return True
    if isinstance(t, Sum):
        return bool(t.terms) and all((c > 0 and nonnegative(b)) or bounds(b).scaled(c).nonnegative for c, b in t.terms)
    if not isinstance(t, Contraction) or t.order or t.coefficient < 0:
        return False
    if any(_weight(*f) is False for f in t.factors if not f[1]):
        return False
    factors = [f for f in t.factors if f[1]]
    if all(_weight(*f) for f in factors):
        return True
    return any(any(halves(factors, seed)) for seed in seeds(factors)) if factors else True


def seeds(factors: Sequence[Factor]) -> list[tuple[int, int]]:
    """Pairs of factors that may be exchanged."""
    return [
        (i, j)
        for i in range(len(factors))
        for j in range(i + 1, len(factors))
        if factors[i][0] is factors[j][0] and factors[i][2] == factors[j][2]
    ]
