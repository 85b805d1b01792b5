"""Terms that two squares outweigh together, with matrices between them: |c*u'*M*v| <= p*u'*M*u + r*v'*M*v, and |c*u'*v| <= p*u'*M*u + r*v'*inv(M)*v, wherever c^2 <= 4*p*r."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.contract import contract
from gradproof.engine.lower import number_of
from gradproof.engine.tensor import Factor, Tensor
from gradproof.ops.basic import INV
from gradproof.optimum.embed import embeddings
from gradproof.optimum.involution import Half, strictly

Places = Mapping[int, int]


def matched(factors: Sequence[Factor], one: Sequence[Half], other: Sequence[Half]) -> Fraction:
    """The number w^2/(a*b), for a term w*u'*K*v whose halves are those of a*u'*M*u and b*v'*N*v; 0 where it is not seen."""
    for g in one:
        for h in other:
            for first, second in ((g, h), (h, g)):
                for left, right, rest in _apart(factors, first, second):
                    found = _weighed(rest, (first, left), (second, right))
                    if found:
                        return found
    return Fraction(0)


def _apart(factors: Sequence[Factor], one: Half, other: Half) -> Iterator[tuple[Places, Places, list[Factor]]]:
    """The ways to see one half of each square in a term, with what is left of it."""
    for left, rest in embeddings(list(one.half), list(factors), one.fixed.union(_ends(one))):
        for right, last in embeddings(list(other.half), rest, other.fixed.union(_ends(other))):
            if {left[i] for i in one.fixed if i in left} == {right[i] for i in other.fixed if i in right}:
                yield left, right, last


def _ends(half: Half) -> list[int]:
    return [i for m in half.middles for i in m[1]]


def _weighed(rest: list[Factor], one: tuple[Half, Places], other: tuple[Half, Places]) -> Fraction:
    """What the weights of a term are against those of the two squares, where all matrices between them match."""
    left = _between(rest, one, other)
    first, second = _moved(*one), _moved(*other)
    if left is None or first is None or second is None:
        return Fraction(0)
    if set(left) == set(first) == set(second):
        return Fraction(1)
    sides = [*first, *second]
    fixed = {places[i] for half, places in (one, other) for i in half.fixed if i in places}
    if any(not fixed.issuperset(own) for _, own, _ in left) or not all(strictly(t, e) for t, _, e in sides):
        return Fraction(0)
    dims = {one[1][i]: n for t, own, _ in one[0].half for i, n in zip(own, t.axes, strict=True)}
    kept = tuple(sorted(fixed))
    whole: list[Factor] = [(t, own, 2 * e) for t, own, e in left]
    whole += [(t, own, -e) for t, own, e in sides]
    value = number_of(contract(1, whole, kept, {i: dims[i] for i in kept}))
    return value if value is not None and value > 0 else Fraction(0)


def _moved(half: Half, places: Places) -> list[Factor] | None:
    """The weights of a square, at the indices of a term; None where one stands on others."""
    if any(i not in places for _, own, _ in half.weights for i in own):
        return None
    return [(t, tuple(places[i] for i in own), e) for t, own, e in half.weights]


def _between(rest: Sequence[Factor], one: tuple[Half, Places], other: tuple[Half, Places]) -> list[Factor] | None:
    """What is left of a term without the matrices between its halves; None where these are not those of the squares."""
    left, waiting = list(rest), [(t, _end(own, other[1]), e) for t, own, e in other[0].middles]
    for t, own, e in one[0].middles:
        a = _end(own, one[1])
        found = next((m for m in waiting if e == m[2] == 1 and _meets(t, a, m[0], m[1], left)), None)
        if found is None:
            return None
        waiting.remove(found)
        if found[1] != a:
            left.remove(next(f for f in left if f[0] is t and set(f[1]) == {a, found[1]}))
    return None if waiting else left


def _end(own: tuple[int, ...], places: Places) -> int:
    return places[own[0]] if own[0] in places else places[own[1]]


def _meets(t: Tensor, a: int, other: Tensor, b: int, left: Sequence[Factor]) -> bool:
    """Whether a matrix of both squares stands between two indices; or these are one, and the matrices are inverse to each other."""
    if a == b:
        return apply(INV, (other,)) is t or apply(INV, (t,)) is other
    return t is other and any(f[0] is t and f[2] == 1 and set(f[1]) == {a, b} for f in left)
