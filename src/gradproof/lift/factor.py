"""Common factors of a sum in index notation: A*x + A'*x becomes (A + A')*x.

A product can give up a factor at an end: A*x gives up x or A, u*v' gives up u or v'. Terms that give up the same are one product, with
the sum of their rests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from fractions import Fraction

from gradproof.engine.canonical import components
from gradproof.engine.contract import add, constant, contract, permute, scale, symmetry
from gradproof.engine.tensor import Contraction, Exponent, Factor, Sum, Tensor, Term
from gradproof.lift.pretty import content
from gradproof.records import dataclass, replace

SUMMED, FREE, FIRST = (
    0,
    1,
    10,
)  # the indices of a product that is put together again: the summed one, that of the end, those of the rest


@dataclass(frozen=True)
class End:
    """A factor at an end of a product, by which terms are grouped.

    `indices`: of its axes, each SUMMED or FREE; `axis`: that of the result which it holds, or None for a vector that is summed away;
    `order`: of the result; `scalars`: the scalar factors beside it.
    """

    factor: Tensor
    indices: tuple[int, ...]
    axis: int | None
    order: int
    scalars: frozenset[Factor]


@dataclass(frozen=True)
class Rest:
    """What a product is without an end. `diagonal`: that is one, as of diag(u)*A; `weak`: it is an outer product, u*v' of u*(v'*A), or ones(m,n)
    of a sum of rows, which is wanted beside others alone."""

    end: End
    factors: tuple[Factor, ...]
    out: tuple[int, ...]
    body: Contraction
    diagonal: bool = False
    weak: bool = False

    def tensor(self) -> Tensor:
        return contract(self.body.coefficient, self.factors, self.out, {i: self.body.dims[i] for i in self.out})


Ways = Callable[[Tensor], tuple["Rest", ...]]


def collect(
    terms: Sequence[Term], known: dict[Tensor, tuple[Rest, ...]], written: Collection[Tensor] = (), *, wide: bool = True
) -> list[Term]:
    """The terms of a sum with common ends written once. `known` keeps the ends of products that were seen; a rest that is `written` keeps its sign.
    `wide`: also the ends that terms share beside different scalars, and matrices before vectors: A'*u - A'*v is A'*(u - v).
    """
    terms = _gathered(list(terms), known, _rests, written)
    if not wide or len(terms) < 2:
        return terms
    mirrored = _mirrored(terms)
    apart = _same_but_scalars([t for t in terms if t not in mirrored])
    return [*_gathered(apart, {}, _wide_rests, written), *mirrored]


def _same_but_scalars(terms: list[Term]) -> list[Term]:
    """Terms that are the same but for their scalars as one: s*a - 2*s^2*a is (s - 2*s^2)*a."""
    if len({_without_scalars(b) for _, b in terms}) == len(terms):
        return terms
    groups: dict[Tensor, list[tuple[Fraction, Tensor]]] = {}
    for c, body in terms:
        shell, scalar = body, constant(1)
        if isinstance(body, Contraction) and body.order and len(set(body.out)) == body.order:
            inner = [f for f in body.factors if f[1]]
            shell = contract(1, inner, body.out, {i: body.dims[i] for i in body.out})
            scalar = contract(body.coefficient, [f for f in body.factors if not f[1]], ())
        groups.setdefault(shell, []).append((c, scalar))
    if len(groups) == len(terms):
        return terms
    found = []
    for shell, scalars in groups.items():
        places = tuple(range(shell.order))
        whole = contract(1, [(add(scalars, ()), (), 1), (shell, places, 1)], places, dict(enumerate(shell.axes)))
        found.append((Fraction(1), whole))
    return found


def _without_scalars(body: Tensor) -> Tensor | frozenset[tuple[Tensor, Exponent]]:
    """What two terms have in common that are the same but for their scalars."""
    if not isinstance(body, Contraction):
        return frozenset(((body, 1),))
    if not body.order or len(set(body.out)) < body.order:
        return body
    return frozenset([(t, e) for t, indices, e in body.factors if indices])


def _mirrored(terms: list[Term]) -> list[Term]:
    """The terms of which a sum has the transpose too, u*v' + v*u': a reader wants to see both."""
    square = [(c, t) for c, t in terms if t.order == 2]
    if len(square) < 2:
        return []
    where = {t: _where(t, (0, 1)) for _, t in square}
    there = {t: c for c, t in terms}
    found = []
    for c, t in square:
        turned = _where(t, (1, 0))
        if any(turned == there_too for u, there_too in where.items() if u is not t):
            other = permute(t, (1, 0))
            if other is not t and there.get(other) == c:
                found.append((c, t))
    return found


def _where(t: Tensor, axes: tuple[int, int]) -> set[tuple[Tensor, Exponent, tuple[int, ...]]]:
    """The factors of a matrix, and at which of its axes, by these names, each of theirs is; what has another such set is another matrix."""
    if not isinstance(t, Contraction):
        return {(t, 1, _unless_symmetric(t, axes))}
    at = dict(zip(t.out, axes, strict=True))
    return {(f, e, _unless_symmetric(f, tuple([at.get(i, -1) for i in indices]))) for f, indices, e in t.factors}


def _unless_symmetric(t: Tensor, places: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(places)) if len(places) == 2 and symmetry(t) else places


def _parts(t: Tensor) -> tuple[Tensor, ...]:
    """The factors of a product; anything else itself."""
    return t.children if isinstance(t, Contraction) else (t,)


def _gathered(
    terms: list[Term], known: dict[Tensor, tuple[Rest, ...]], ways: Ways, written: Collection[Tensor]
) -> list[Term]:
    while len(terms) > 1 and _meet(body for _, body in terms):
        groups: dict[End, dict[int, Rest]] = {}  # by term: a term that could give up an end twice does so once
        known |= {body: ways(body) for _, body in terms if body not in known}
        diagonal = any(rest.diagonal for _, body in terms for rest in known[body])
        mirrored = {body for _, body in _mirrored(terms)} if diagonal else ()
        for k, (_, body) in enumerate(terms):
            for rest in known[body]:
                if not (rest.diagonal and body in mirrored):
                    groups.setdefault(rest.end, {}).setdefault(k, rest)
        shared = [
            (end, members)
            for end, members in groups.items()
            if len(members) > 1 and _fits(members.values()) and not _elsewhere(terms, end, members)
        ]
        if not shared:
            break
        terms = _gather(terms, shared, written)
    return terms


def _fits(members: Collection[Rest]) -> bool:
    """Whether an outer product among the rests has another matrix beside it."""
    return not all(r.weak for r in members) or not any(r.weak for r in members)


def _meet(bodies: Iterable[Tensor]) -> bool:
    """Whether a factor stands in two products: else they share no end."""
    seen: set[Tensor] = set()
    for b in bodies:
        mine = {b, *b.children}
        if not seen.isdisjoint(mine):
            return True
        seen |= mine
    return False


def _gather(terms: list[Term], shared: list[tuple[End, dict[int, Rest]]], written: Collection[Tensor]) -> list[Term]:
    """The largest groups that have no term in common, each as one term."""
    taken: set[int] = set()
    joined = []
    for end, members in sorted(
        shared, key=lambda g: (-len(g[1]), -g[0].factor.order, -(g[0].axis or 0), g[0].factor.key)
    ):
        if taken.isdisjoint(members):
            taken.update(members)
            rests = [(terms[k][0], rest.tensor()) for k, rest in members.items()]
            joined.append(_joined(add(rests, rests[0][1].axes), end, written))
    return [term for k, term in enumerate(terms) if k not in taken] + joined


def _elsewhere(terms: Sequence[Term], end: End, members: Collection[int]) -> bool:
    """Whether other terms have the same factors in another order, so that they are better left alike: A*X^2 + X*A*X + X^2*A."""
    if end.factor.order < 2 or end.order < 2:
        return False
    mine = {_factors_of(terms[k][1]) for k in members}
    return any(_factors_of(b) in mine for k, (_, b) in enumerate(terms) if k not in members)


def _factors_of(t: Tensor) -> tuple[Tensor, ...]:
    """What a product is made of, in whatever order."""
    return tuple(sorted(_parts(t), key=lambda f: f.key))


def _joined(inner: Tensor, end: End, written: Collection[Tensor]) -> Term:
    """The product of a sum of rests and the factor that they share."""
    c = Fraction(1)
    if isinstance(inner, Sum) and inner.terms:
        c = content([w for w, _ in inner.terms])
        turned = add([(-w / c, b) for w, b in inner.terms], inner.axes)
        plain = add([(w / c, b) for w, b in inner.terms], inner.axes)
        if turned in written or (c < 0 and plain not in written and any(w > 0 for w, _ in inner.terms)):
            c, plain = -c, turned  # (s - y)*x', not -(y - s)*x'
        inner = plain
    out = [FREE if place == end.axis else FIRST + place for place in range(end.order)]
    labels = [SUMMED if place == end.axis else FIRST + place for place in range(end.order)]
    if end.axis is None:
        labels.append(SUMMED)
    elif SUMMED not in end.indices:
        labels.remove(SUMMED)
    whole = contract(1, [(inner, tuple(labels), 1), (end.factor, end.indices, 1), *end.scalars], tuple(out))
    if isinstance(whole, Contraction) and whole.coefficient != 1:
        return c * whole.coefficient, scale(1 / whole.coefficient, whole)
    return c, whole


def _rests(body: Tensor) -> tuple[Rest, ...]:
    """Every way in which a product gives up an end."""
    if not isinstance(body, Contraction) or not 0 < body.order < 3 or len(set(body.out)) < body.order:
        return ()
    scalars = frozenset(f for f in body.factors if not f[1])
    found = list(_halves(body, scalars)) if body.order == 2 else []
    for k, (_, indices, e) in enumerate(body.factors):
        summed = [i for i in indices if i not in body.out]
        if e == 1 and len(summed) == 1 and len(set(indices)) == len(indices) < 3:
            around = [other[1] for j, other in enumerate(body.factors) if j != k and summed[0] in other[1]]
            if len(around) == 1 and len(around[0]) == 2 or len(indices) == 2 and _weighted(body, k, summed[0]):
                found += _single(body, k, summed[0], scalars)
            elif len(indices) == 2 == body.order and all(where == (summed[0],) for where in around):
                found += [replace(r, weak=True) for r in _single(body, k, summed[0], scalars)]
        elif e == 1 and not summed and len(indices) == 2 == len(set(indices)):
            found += _scaled(body, k, scalars)
    return tuple(found)


def _weighted(body: Contraction, k: int, summed: int) -> bool:
    """Whether a matrix meets one other matrix, and between them vectors: X'*diag(u)*X gives up X."""
    others = [f for j, f in enumerate(body.factors) if j != k and f[1]]
    apart = [(t, tuple(i for i in where if i != summed), e) for t, where, e in others]
    ends = [where for where, _ in components(apart) if not set(body.out).isdisjoint(where)]
    met = {frozenset(where) for _, where, _ in others if summed in where and ends and not ends[0].isdisjoint(where)}
    return len(ends) == 1 == len(met)  # one matrix, or several entry by entry


def _scaled(body: Contraction, k: int, scalars: frozenset[Factor]) -> Iterator[Rest]:
    """The matrix of diag(u)*A, and of A*diag(u)."""
    f, indices, _ = body.factors[k]
    vectors = tuple(other for j, other in enumerate(body.factors) if j != k and other[1])
    for scaled, free in (body.out, body.out[::-1]):
        if vectors and not any(free in where for _, where, _ in vectors):
            shape = (SUMMED, FREE) if symmetry(f) == 1 or indices[0] == scaled else (FREE, SUMMED)
            yield Rest(End(f, shape, body.out.index(free), 2, scalars), vectors, (scaled, scaled), body, diagonal=True)


def _wide_rests(body: Tensor) -> tuple[Rest, ...]:
    """The ways in which a product gives up the column or row of an outer product, or the matrix before a vector, with its scalars in the rest."""
    if not isinstance(body, Contraction) or not 0 < body.order < 3 or len(set(body.out)) < body.order:
        return ()
    scalars = tuple(f for f in body.factors if not f[1])
    none: frozenset[Factor] = frozenset()
    if body.order == 2:
        return tuple(
            Rest(End(r.end.factor, r.end.indices, r.end.axis, 2, none), (*r.factors, *scalars), r.out, body)
            for r in _halves(body, none)
        )
    found = []
    for k, (f, indices, e) in enumerate(body.factors):
        rest = tuple(other for j, other in enumerate(body.factors) if j != k)
        if e != 1 or len(indices) != 2 or body.out[0] not in indices or any(body.out[0] in o[1] for o in rest):
            continue
        summed = next((i for i in indices if i != body.out[0]), body.out[0])
        if summed != body.out[0] and any(summed in o[1] for o in rest):
            shape = (SUMMED, FREE) if symmetry(f) == 1 or indices[0] == summed else (FREE, SUMMED)
            found.append(Rest(End(f, shape, 0, 1, none), rest, (summed,), body))
    return tuple(found)


def _single(body: Contraction, k: int, summed: int, scalars: frozenset[Factor]) -> list[Rest]:
    """One vector or matrix at an end, joined to the rest by one summed index."""
    f, indices, _ = body.factors[k]
    rest = tuple(other for j, other in enumerate(body.factors) if j != k and other[1])
    if f.order == 1:
        return [Rest(End(f, (SUMMED,), None, 1, scalars), rest, (*body.out, summed), body)] if body.order == 1 else []
    free = next(i for i in indices if i != summed)
    if free not in body.out or any(free in other[1] for other in rest):
        return []
    out = tuple(summed if i == free else i for i in body.out)
    shape = (SUMMED, FREE) if symmetry(f) == 1 or indices[0] == summed else (FREE, SUMMED)
    return [Rest(End(f, shape, body.out.index(free), body.order, scalars), rest, out, body)]


def _halves(body: Contraction, scalars: frozenset[Factor]) -> list[Rest]:
    """The column and the row of an outer product."""
    parts = components([f for f in body.factors if f[1]], body.out)
    halves = [next(group for indices, group in parts if i in indices) for i in body.out]
    if not all(halves) or halves[0] is halves[1]:
        return []
    found = []
    for axis in (0, 1):
        vector = contract(1, halves[axis], (body.out[axis],))
        found.append(Rest(End(vector, (FREE,), axis, 2, scalars), tuple(halves[1 - axis]), (body.out[1 - axis],), body))
    return found
