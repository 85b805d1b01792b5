"""The order of factors and the numbers of indices in a product: the same however it was built.

Each index gets a colour from its place in the product alone, refined until it tells all indices apart; indices that are alike in every respect
are told apart by naming one of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from fractions import Fraction

from gradproof.engine.exact import power
from gradproof.engine.laws import laws
from gradproof.engine.tensor import NOTHING, ONE, Contraction, Factor, Sum, Tensor, intern_node, known_node, new_node
from gradproof.shapes.dims import Dim


def canonical(coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]) -> Tensor:
    """The interned node: factors and summed indices in an order of their own; zero where that order is reached with both signs."""
    turning = -1 in [f[0].symmetry for f in factors]
    found = None
    if not turning:
        if len(factors) < 2:
            found = _numbered(factors, out)
        else:
            by_key = {f[0].key: f for f in factors}
            if len(by_key) == len(factors):  # told apart by what they are
                found = _numbered([by_key[key] for key in sorted(by_key)], out)
    if found is None and turning:
        ways = [_coloured(factors, out, c) for c in _all_colours(factors, out)]
        found = min(ways, key=lambda way: [(t.key, i, e) for t, i, e in way[1]])
        if any(
            way[0] != found[0] for way in ways if way[1] == found[1]
        ):  # M symmetric, K antisymmetric: tr(M*K) is -tr(M*K)
            return zero(tuple([dims[i] for i in out]))
    sign, body, places, number = found or _coloured(factors, out, _colours(factors, out))
    coefficient = coefficient if sign == 1 else coefficient * sign
    sizes = tuple([dims[i] for i in number])
    return _made(coefficient, body, places, sizes, tuple([sizes[k] for k in places]))


def at_once(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """The same for most products, from their factors as they are: no two of one tensor, none symmetric, no law about them, all connected; None for others."""
    by_key: dict[int, Factor] = {}
    reached, left, within = {*(out or (factors[0][1] if factors else ()))}, [], NOTHING
    for f in factors:
        t, indices, e = f
        if type(e) is not int or not e or (type(t) is Sum and (not t.terms or t.order > 2)):
            return None
        by_key[t.key] = f
        if t.within:
            within = within | t.within if within else t.within
        if len(indices) == 2 and t.symmetry != 0:
            return None
        if not reached.isdisjoint(indices):
            reached.update(indices)
        elif indices:
            left.append(indices)
    if len(by_key) < len(factors) or (within and laws(within)) or not (coefficient is ONE or coefficient):
        return None
    if left and not connected(reached, left):
        return None
    if len(reached) < len(dims) or (not out and reached and (coefficient != 1 or () in [f[1] for f in factors])):
        return None
    if len(factors) == 1 and factors[0][1:] == (out, 1) and len(reached) == len(out) and coefficient == 1:
        return factors[0][0]
    number: dict[int, int] = {}
    places = tuple([number.setdefault(i, len(number)) for i in out])
    ordered = [by_key[key] for key in sorted(by_key)] if len(factors) > 1 else factors
    body = tuple([(t, tuple([number.setdefault(i, len(number)) for i in own]), e) for t, own, e in ordered])
    sizes = tuple([dims[i] for i in number])
    return _made(coefficient, body, places, sizes, tuple([sizes[k] for k in places]))


def connected(reached: set[int], left: list[tuple[int, ...]]) -> bool:
    """Whether all of these factors, by their indices, are connected to what is reached; that grows by theirs."""
    while left:
        away = [indices for indices in left if reached.isdisjoint(indices)]
        if len(away) == len(left):
            return False
        for indices in left:
            if indices not in away:
                reached.update(indices)
        left = away
    return True


def weighted(c: Contraction, coefficient: Fraction) -> Contraction:
    """The product with another number, which is not zero."""
    return _made(coefficient, c.factors, c.out, c.dims, c.axes)


def _made(
    coefficient: Fraction,
    body: tuple[Factor, ...],
    places: tuple[int, ...],
    sizes: tuple[Dim, ...],
    axes: tuple[Dim, ...],
) -> Contraction:
    """The interned node."""
    ratio = (1, 1) if coefficient is ONE else coefficient.as_integer_ratio()
    identity = (*ratio, body, places, sizes)
    found = known_node(Contraction, axes, identity)
    if found is not None:
        return found
    key = (*ratio, tuple([(t.key, i, e) for t, i, e in body]), places, tuple([d.key for d in sizes]))
    if ratio == (1, 1):
        coefficient = ONE
    return new_node(Contraction, axes, identity, key, coefficient=coefficient, factors=body, out=places, dims=sizes)


def zero(axes: tuple[Dim, ...]) -> Tensor:
    """The tensor of zeros."""
    return intern_node(Sum, axes, (), (len(axes), 0), terms=())


Numbered = tuple[Fraction | int, tuple[Factor, ...], tuple[int, ...], dict[int, int]]


def _coloured(factors: list[Factor], out: tuple[int, ...], colours: Mapping[int, int]) -> Numbered:
    """The same where indices are told apart by their colours."""
    found = _numbered(sorted(factors, key=lambda f: (f[0].key, f[2], _around(f, colours))), out, colours)
    assert found is not None
    return found


def _numbered(factors: list[Factor], out: tuple[int, ...], colours: Mapping[int, int] | None = None) -> Numbered | None:
    """A sign, the factors with their indices in the order in which they are met, the indices of `out`, and the number of each index.

    None where both indices of a symmetric matrix are met there first, so that only colours tell their order.
    """
    number: dict[int, int] = {}
    places = tuple([number.setdefault(i, len(number)) for i in out])
    final: list[Factor] = []
    sign: Fraction | int = 1
    for t, indices, e in factors:
        if t.symmetry:  # its two indices stand in either order
            if colours is not None:
                for i in sorted(indices, key=colours.__getitem__):
                    number.setdefault(i, len(number))
            elif indices[0] != indices[1] and number.keys().isdisjoint(indices):
                return None
        new = tuple([number.setdefault(i, len(number)) for i in indices])
        if t.symmetry and new[0] > new[1] and (t.symmetry > 0 or isinstance(e, int)):
            new = new[::-1]
            if t.symmetry < 0:
                sign *= power(Fraction(-1), e)
        final.append((t, new, e))
    return sign, tuple(final), places, number


def _all_colours(factors: list[Factor], out: tuple[int, ...]) -> list[dict[int, int]]:
    """The colours with each of the first indices that are alike named in turn."""
    tied: list[int] = []
    first = _colours(factors, out, 0, tied)
    return [first, *(_colours(factors, out, k) for k in range(1, len(tied)))]


def _colours(
    factors: list[Factor], out: tuple[int, ...], choice: int = 0, alike: list[int] | None = None
) -> dict[int, int]:
    """A number for each index that tells it from the others by its place in the product alone.

    `choice`: which of the first indices that are alike is named first; `alike` gets these.
    """
    colours = {i: 1 for _, indices, _ in factors for i in indices}
    free = len(colours)
    for place, i in enumerate(out):
        colours[i] = hash((colours.get(i, 1), place + 2))
    free -= len(colours.keys() & set(out))
    while free > 1:
        classes = len(set(colours.values()))
        if classes == len(colours):
            break
        refined = _refine(colours, factors)
        if len(set(refined.values())) > classes:
            colours = refined
            continue
        values = sorted(refined.values())
        tied = next(a for a, b in itertools.pairwise(values) if a == b)
        same = [i for i in colours if refined[i] == tied]
        if alike is not None and not alike:
            alike += same
        chosen, choice = same[choice], 0
        colours = {**refined, chosen: hash((tied, -7))}  # alike in every respect: name one of them
    return colours


def _refine(colours: dict[int, int], factors: list[Factor]) -> dict[int, int]:
    seen: dict[int, list[int]] = {i: [] for i in colours}
    for t, indices, e in factors:
        base, alike = hash((t.key, hash(e), *_around((t, indices, e), colours))), t.symmetry
        for place, i in enumerate(indices):
            seen[i].append(hash((base, 0 if alike else place)))
    return {i: hash((c, *sorted(seen[i]))) for i, c in colours.items()}


def _around(f: Factor, colours: Mapping[int, int]) -> list[int]:
    """The colours of the indices of a factor; of a symmetric one, in no order."""
    around = [colours[i] for i in f[1]]
    return sorted(around) if f[0].symmetry else around


def components(factors: Iterable[Factor], alone: Iterable[int] = ()) -> list[tuple[set[int], list[Factor]]]:
    """The connected parts of a product, each with its indices; the indices `alone` are parts even where they stand in no factor."""
    parts: list[tuple[set[int], list[Factor]]] = [({i}, []) for i in dict.fromkeys(alone)]
    for f in factors:
        mine, group = set(f[1]), [f]
        for p in [p for p in parts if not mine.isdisjoint(p[0])]:
            parts.remove(p)
            mine |= p[0]
            group = p[1] + group
        parts.append((mine, group))
    return parts
