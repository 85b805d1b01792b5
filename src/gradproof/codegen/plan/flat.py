"""Products without nesting: a product of products is one, and what stands in every term of a sum as an outer factor is taken out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import count

from gradproof.engine.contract import add, contract
from gradproof.engine.tensor import Contraction, Exponent, Factor, Sum, Tensor, length
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim

FEW = 8  # a sum with more terms is not multiplied into a product


@dataclass(frozen=True)
class Flat:
    """A number times a product of factors, summed over the indices that are not in `out`; a product as in `Contraction`, of any length."""

    coefficient: Fraction
    factors: tuple[Factor, ...]
    out: tuple[int, ...]
    dims: Mapping[int, Dim]

    def times(self, c: Fraction) -> Flat:
        return Flat(self.coefficient * c, self.factors, self.out, self.dims)


def flat_of(t: Tensor) -> Flat:
    """A tensor that is no product, as a product of one."""
    places = tuple(range(t.order))
    return Flat(Fraction(1), ((t, places, 1),), places, dict(enumerate(t.axes)))


def flatten(t: Contraction, opens: Callable[[Contraction], bool]) -> Flat:
    """The product with those factors opened up that are products themselves, for which `opens` holds."""
    same: dict[int, int] = {}
    dims: dict[int, Dim] = {}
    fresh = count()

    def find(i: int) -> int:
        while i in same:
            i = same[i]
        return i

    numbers = {k: next(fresh) for k in range(len(t.dims))}
    dims.update((numbers[k], d) for k, d in enumerate(t.dims))
    total, done = t.coefficient, []
    stack: list[Factor] = [(f, tuple(numbers[i] for i in indices), e) for f, indices, e in reversed(t.factors)]
    while stack:
        f, indices, e = stack.pop()
        if not (isinstance(f, Contraction) and f.order and e == 1 and opens(f)):
            done.append((f, indices, e))
            continue
        total *= f.coefficient
        inner: dict[int, int] = {}
        for own, i in zip(f.out, indices, strict=True):
            if own in inner and find(inner[own]) != find(i):
                same[find(i)] = find(inner[own])
            inner.setdefault(own, i)
        for own, d in enumerate(f.dims):
            if own not in inner:
                inner[own] = next(fresh)
                dims[inner[own]] = d
        stack += [(g, tuple(inner[i] for i in where), power) for g, where, power in reversed(f.factors)]
    merged: dict[tuple[Tensor, tuple[int, ...]], Exponent] = {}
    for f, indices, e in done:
        key = f, tuple(find(i) for i in indices)
        merged[key] = merged.get(key, 0) + e
    out = tuple(find(numbers[i]) for i in t.out)
    factors = [(f, i, e) for (f, i), e in merged.items() if e]
    used = {i for _, indices, _ in factors for i in indices} | set(out)
    factors += [
        (length(d), (), 1) for i, d in dims.items() if find(i) == i and i not in used
    ]  # summed, and constant along it
    return Flat(total, tuple(factors), out, {i: d for i, d in dims.items() if find(i) == i})


def spread(flat: Flat, worth: Callable[[Sum], bool]) -> list[Flat] | None:
    """The product with a sum among its factors multiplied out; None where none is worth it."""
    for k, (f, indices, e) in enumerate(flat.factors):
        if isinstance(f, Sum) and e == 1 and f.order >= 2 and 0 < len(f.terms) <= FEW and worth(f):
            rest = flat.factors[:k] + flat.factors[k + 1 :]
            return [_with(flat, rest, c, t, indices) for c, t in f.terms]
    return None


def opened(t: Tensor) -> list[Flat]:
    """The terms of a tensor, multiplied out."""
    if isinstance(t, Sum):
        return [f.times(c) for c, body in t.terms for f in opened(body)]
    waiting, done = [flatten(t, lambda _: True) if isinstance(t, Contraction) else flat_of(t)], []
    while waiting:
        flat = waiting.pop()
        terms = spread(flat, lambda _: True)
        if terms is None:
            done.append(flat)
        else:
            waiting += terms[::-1]
    return done


def _with(flat: Flat, rest: tuple[Factor, ...], c: Fraction, t: Tensor, indices: tuple[int, ...]) -> Flat:
    """The product of the rest and one term: a term that is a product is opened, as it may be a diagonal."""
    first = max(flat.dims, default=0) + 1
    if not isinstance(t, Contraction):
        return Flat(flat.coefficient * c, (*rest, (t, indices, 1)), flat.out, flat.dims)
    inner: dict[int, int] = {}
    same: dict[int, int] = {}

    def find(i: int) -> int:
        while i in same:
            i = same[i]
        return i

    for own, i in zip(t.out, indices, strict=True):
        one, other = find(inner.setdefault(own, i)), find(i)
        if one != other:
            same[other] = one
    dims = dict(flat.dims)
    for own, d in enumerate(t.dims):
        if own not in inner:
            inner[own] = first
            dims[first] = d
            first += 1
    factors = [(f, tuple(find(i) for i in where), e) for f, where, e in rest]
    factors += [(f, tuple(find(inner[i]) for i in where), e) for f, where, e in t.factors]
    out = tuple(find(i) for i in flat.out)
    used = {i for _, where, _ in factors for i in where} | set(out)
    factors += [
        (length(flat.dims[i]), (), 1) for i in flat.dims if find(i) == i and i not in used
    ]  # summed, and constant along it
    return Flat(
        flat.coefficient * c * t.coefficient, tuple(factors), out, {i: d for i, d in dims.items() if find(i) == i}
    )


def components(flat: Flat) -> list[list[Factor]]:
    """The factors with axes, in groups that share no index with each other."""
    found: list[tuple[set[int], list[Factor]]] = []
    for f in flat.factors:
        if not f[1]:
            continue
        met = [group for group in found if group[0] & set(f[1])]
        found = [group for group in found if group not in met]
        found.append(({*f[1]}.union(*(g[0] for g in met)), [*(g for group in met for g in group[1]), f]))
    return [factors for _, factors in found]


def common_factors(flats: Sequence[Flat]) -> tuple[dict[int, tuple[Tensor, Exponent]], list[Flat]]:
    """Vectors that stand alone at the same place of every term: by place; and the terms without them and their places."""
    shared: dict[int, tuple[Tensor, Exponent]] | None = None
    for flat in flats:
        mine = _lone_vectors(flat)
        shared = mine if shared is None else {p: v for p, v in shared.items() if mine.get(p) == v}
        if not shared:
            return {}, list(flats)
    assert shared is not None
    stripped = []
    for flat in flats:
        gone = {flat.out[p] for p in shared}
        factors = tuple(f for f in flat.factors if not gone.intersection(f[1]))
        out = tuple(i for p, i in enumerate(flat.out) if p not in shared)
        stripped.append(Flat(flat.coefficient, factors, out, {i: d for i, d in flat.dims.items() if i not in gone}))
    return shared, stripped


def _lone_vectors(flat: Flat) -> dict[int, tuple[Tensor, Exponent]]:
    uses: dict[int, int] = {}
    for _, indices, _ in flat.factors:
        for i in indices:
            uses[i] = uses.get(i, 0) + 1
    found = {}
    for f, indices, e in flat.factors:
        if len(indices) == 1 and uses[indices[0]] == 1 and flat.out.count(indices[0]) == 1:
            found[flat.out.index(indices[0])] = (f, e)
    return found


def grouped(flats: Sequence[Flat]) -> list[Flat]:
    """The terms of a matrix with a*x' + b*x' as (a + b)*x': outer products with a vector in common are one."""
    alike: dict[tuple[int, Tensor, Exponent], list[Flat]] = {}
    for flat in flats:
        if len(flat.out) == len(set(flat.out)) == 2:
            for p, (x, e) in _lone_vectors(flat).items():
                alike.setdefault((p, x, e), []).append(flat)
    found = max(alike.items(), key=lambda item: len(item[1]), default=None)
    if found is None or not 1 < len(found[1]) < len(flats):
        return list(flats)
    (p, x, e), group = found
    axes = [group[0].dims[i] for i in group[0].out]
    rests = [_without(flat, p) for flat in group]
    rest = add(rests, (axes[1 - p],))
    whole = Flat(Fraction(1), ((rest, (1 - p,), 1), (x, (p,), e)), (0, 1), dict(enumerate(axes)))
    return grouped([*(f for f in flats if f not in group), whole])


def _without(flat: Flat, place: int) -> tuple[Fraction, Tensor]:
    """A term without the vector at one of its two places: a multiple of another vector."""
    gone, other = flat.out[place], flat.out[1 - place]
    factors = [f for f in flat.factors if f[1] != (gone,)]
    return flat.coefficient, contract(1, factors, (other,), {other: flat.dims[other]})
