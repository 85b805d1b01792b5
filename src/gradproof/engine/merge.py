"""Like terms that are seen only when sums are multiplied out: (1 - y).*s - y.*(1 - s) is s - y.

A result is taken apart term by term, two at a time; what is shorter afterwards stays, everything else is left as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product

from gradproof.engine.contract import add, contract, scale, zero
from gradproof.engine.laws import laws, sum_laws
from gradproof.engine.replace import rebuild, replace
from gradproof.engine.simplify import complemented, complements
from gradproof.engine.subproduct import found_at
from gradproof.engine.tensor import (
    ONE,
    Apply,
    Contraction,
    Exponent,
    Length,
    Sum,
    Tensor,
    Term,
    fold_tensor,
    joined_tokens,
    walk_tensor,
)
from gradproof.notation.expr import fold
from gradproof.ops import Operation, basic

INV = basic.INV
TERMS = 6  # of a sum whose terms are held against each other
OPENED = 12  # terms that two of them may become on the way
NODES = 400  # of a result that is looked through

Distributed = dict[Tensor, list[Term] | None]  # products, and the terms of each where one sum in it is multiplied out


def merged(t: Tensor, written: Collection[Tensor] = ()) -> Tensor:
    """The tensor with its sums in a shorter form, where multiplying out leads to one. Sums that are `written` stay as they stand."""
    if not t.adds:
        return t
    nodes = walk_tensor(t)
    if len(nodes) > NODES:
        return t
    known: dict[Tensor, Tensor] = {}
    out: Distributed = {}
    for n in nodes:
        if n.adds and type(n) is Contraction and (one := _multiplied_out(n, out)) is not None:
            known[n] = one
    if known:
        return merged(replace(t, known), written)
    for s in nodes:
        if type(s) is Sum and 1 < len(s.terms) <= TERMS and s not in written:
            now = rebuild(s, [replace(c, known) for c in s.children]) if known else s
            shorter = _shorter(now, out) if isinstance(now, Sum) else None
            if shorter is not None:
                known[s] = shorter
    return replace(t, known) if known else t


def _multiplied_out(t: Contraction, out: Distributed) -> Tensor | None:
    """A product with a sum in it multiplied out, where fewer terms are left of it: sum(x - mean(x)*ones(n)) is zero, tr((A*B + B*A)*C) one term."""
    sums = [f for f, _, e in t.factors if e == 1 and isinstance(f, Sum)]
    if not sums or _apart([t]):
        return None
    opened = list(_opened([(ONE, t)], {}, out))
    whole = add(opened, t.axes) if len(opened) <= OPENED else t
    if whole is zero(t.axes):
        return whole
    terms = len(whole.terms) if isinstance(whole, Sum) else 1
    fewer = terms < min(len(f.terms) for f in sums)
    return whole if fewer and _size([whole]) < _size([t]) else None


Leaves = frozenset[tuple[Tensor, Exponent]]  # what is multiplied in a product, without dimensions


def _apart(products: Sequence[Tensor]) -> bool:
    """Whether it is seen without multiplying out that no term is zero then and no two are alike: products of different leaves, about which no law speaks."""
    tokens = joined_tokens([t.within for t in products])
    if any(
        isinstance(t, Contraction) and len({*t.out}) < t.order for t in products
    ):  # diagonals, whose sum is one term
        if (
            any(isinstance(x, Operation) for x in tokens)
            or sum(type(f) is Sum for t in products for f in t.children) > 1
        ):
            return False
    else:
        tokens -= {Sum}  # of which none is a factor then
    if laws(tokens) or sum_laws(tokens):
        return False
    found, memo = list[Leaves](), dict[Tensor, list[Leaves] | None]()
    for t in products:
        mine = _monomials(t, memo)
        if mine is None:
            return False
        found += mine
    if len(set(found)) < len(found):
        return False
    return not any(n.symmetry == -1 for t in products for n in walk_tensor(t))  # x'*K*x is zero


def _monomials(t: Tensor, memo: dict[Tensor, list[Leaves] | None]) -> list[Leaves] | None:
    """What is multiplied in each term of a product that is multiplied out, and in its scalar factors; None where these are too many to tell."""
    return fold(t, _leaves, _opened_up, memo)


def _opened_up(t: Tensor) -> tuple[Tensor, ...]:
    return t.children if isinstance(t, Sum | Contraction) else ()


def _leaves(t: Tensor, below: list[list[Leaves] | None]) -> list[Leaves] | None:
    if isinstance(t, Sum):
        terms = [m for part in below for m in part or ()]
        return None if None in below or len(terms) > OPENED else terms
    if not isinstance(t, Contraction):
        return [frozenset(() if isinstance(t, Length) else ((t, 1),))]
    found: list[Leaves] = [frozenset()]
    for (f, _, e), mine in zip(t.factors, below, strict=True):
        if isinstance(f, Sum) and e != 1:
            mine = None if e == 2 else [frozenset(((f, e),))]
        elif mine is not None and e != 1:
            mine = [frozenset([(x, k * e) for x, k in m]) for m in mine] if len(mine) == 1 else None
        if mine is None or len(found) * len(mine) > OPENED:
            return None
        found = [_together(m, other) for m in found for other in mine]
    return found


def _together(one: Leaves, other: Leaves) -> Leaves:
    """The leaves of the product of two products."""
    if not one or not other:
        return one or other
    total = dict(one)
    for x, e in other:
        total[x] = total.get(x, 0) + e
    return frozenset([(x, e) for x, e in total.items() if e])


def _shorter(s: Sum, out: Distributed) -> Tensor | None:
    """The sum with two terms put together, again and again; None where nothing is shorter."""
    terms, found = list(s.terms), False
    nodes: dict[Tensor, set[Tensor]] = {}
    while len(terms) > 1:
        pairs = combinations(range(len(terms)), 2)
        better = next(filter(None, (_pair(terms, i, j, s, nodes, out) for i, j in pairs)), None)
        if better is None:
            break
        terms, found = better, True
    return add(terms, s.axes) if found else None


def _pair(
    terms: Sequence[Term], i: int, j: int, s: Sum, nodes: dict[Tensor, set[Tensor]], out: Distributed
) -> list[Term] | None:
    """The terms with two of them put together, where these are shorter so. `nodes`: what is in the terms that were looked through."""
    two = (_, t), (_, u) = terms[i], terms[j]
    if not (t.adds or u.adds or complemented(t.within) or complemented(u.within)):
        return None
    for b in (t, u):
        if b not in nodes:
            nodes[b] = set(walk_tensor(b))
    one, other = nodes[t], nodes[u]
    if not any(isinstance(n, Apply) or not n.children for n in one & other):
        return None
    openings = _openings(one | other)
    if not openings and not (t.adds or u.adds):
        return None
    for way in _ways(two, openings, s, out):
        opened = list(way)
        if not 0 < len(opened) <= OPENED or (len(opened) == 2 and {b for _, b in opened} == {t, u}):
            continue
        whole = add(opened, s.axes)
        new = list(whole.terms) if isinstance(whole, Sum) else [_weighted(whole)]
        if len(new) <= 2 and _size(b for _, b in new) < _size((t, u)):
            return [*(term for k, term in enumerate(terms) if k not in (i, j)), *new]
    return None


def _ways(
    two: tuple[Term, Term], openings: Sequence[dict[Tensor, Tensor]], s: Sum, out: Distributed
) -> Iterator[Iterator[Term]]:
    """What two terms may be put together from."""
    apart = not openings and _apart([t for _, t in two])
    if not apart:
        yield from (_opened(two, o, out) for o in openings or [{}])
    for pair in (two, two[::-1]):
        yield _over_one_denominator(*pair)
    for pair in (two, two[::-1]):
        yield _over_one_inverse(*pair)
    if not apart:
        yield _twice(*two, s, out)


def _twice(one: Term, other: Term, s: Sum, out: Distributed) -> Iterator[Term]:
    """X'*(A + A')*X and its own transpose: one term, where the two are equal when they are multiplied out."""
    (c, t), (d, u) = one, other
    if (
        isinstance(t, Contraction)
        and isinstance(u, Contraction)
        and any(isinstance(f, Sum) for x in (t, u) for f in x.children)
    ):
        whole = [add(opened, s.axes) for opened in (list(_opened([(ONE, x)], {}, out)) for x in (t, u)) if len(opened) <= OPENED]  # fmt: skip
        if len(whole) == 2 and whole[0] is whole[1]:
            yield c + d, t


def _over_one_denominator(one: Term, other: Term) -> Iterator[Term]:
    """1/d - a/d^2 with d = a + b is a/d^2 + b/d^2 - a/d^2: the first multiplied by d/d, where the other has one more d below; nothing where it has not."""
    (c, t), (_, below) = one, other
    if not isinstance(below, Contraction):
        return
    for d, indices, e in below.factors:
        if not isinstance(d, Sum) or e >= 0 or not set(indices) <= set(below.out):
            continue
        places = tuple([below.out.index(i) for i in indices])
        if _exponent(t, d, places) != e + 1:
            continue
        own = tuple(range(t.order))
        for weight, part in d.terms:
            yield c * weight, contract(1, [(t, own, 1), (part, places, 1), (d, places, -1)], own)
        yield other
        return


def _over_one_inverse(one: Term, other: Term) -> Iterator[Term]:
    """X - X*inv(M)*A with M = A + B is X*inv(M)*B: the first multiplied by inv(M)*M, where the other is that with A; nothing where it is not."""
    (c, t), (_, below) = one, other
    if not isinstance(below, Contraction) or INV not in below.within:
        return
    for f in below.factors:
        m, ends, e = f
        if not (isinstance(m, Apply) and m.op is INV and isinstance(m.args[0], Sum) and e == 1 and len(set(ends)) == 2):
            continue
        for axis, (_, part) in product((0, 1), m.args[0].terms):
            found = found_at(part, 1 - axis, ends[axis], [f], below.factors, below.out)
            if found is None:
                continue
            rest = [g for g in below.factors if g is not f and not any(g is p for p in found[0])]
            sizes = {i: below.dims[i] for i in below.out}
            one_there = contract(1, (), (0, 0), {0: m.axes[0]})
            bare = contract(below.coefficient, [*rest, (one_there, (ends[1 - axis], found[1]), 1)], below.out, sizes)
            if bare is t:
                for w, a in m.args[0].terms:
                    places = (ends[axis], found[1]) if axis else (found[1], ends[axis])
                    yield c * w, contract(below.coefficient, [*rest, f, (a, places, 1)], below.out, sizes)
                yield other
                return


def _exponent(t: Tensor, d: Tensor, places: tuple[int, ...]) -> Exponent:
    """The power of a tensor in a product, where it stands at these axes."""
    if isinstance(t, Contraction):
        for f, indices, e in t.factors:
            if f is d and tuple([t.out.index(i) if i in t.out else -1 for i in indices]) == places:
                return e
    return 0


def _weighted(t: Tensor) -> Term:
    if isinstance(t, Contraction) and t.coefficient != 1:
        return t.coefficient, scale(1 / t.coefficient, t)
    return Fraction(1), t


def _openings(nodes: Iterable[Tensor]) -> list[dict[Tensor, Tensor]]:
    """Functions that stand beside their complement, written by it: σ(-x) as 1 - σ(x), or σ(x) as 1 - σ(-x)."""
    there = set(nodes)
    found: tuple[dict[Tensor, Tensor], dict[Tensor, Tensor]] = ({}, {})
    for node in sorted((n for n in there if isinstance(n, Apply)), key=lambda n: n.key):
        for other, value in complements(node):
            if other in there:
                found[0 if _negative(node.args[0]) or (not _negative(other.args[0]) and node.key < other.key) else 1][
                    node
                ] = value
    return [f for f in found if f]


def _negative(t: Tensor) -> bool:
    return isinstance(t, Contraction) and t.coefficient < 0


def _opened(terms: Iterable[Term], opening: Mapping[Tensor, Tensor], known: Distributed) -> Iterator[Term]:
    """The terms multiplied out. `known`: what products were multiplied out to, one sum of each."""
    waiting = [(c, _inside(t, opening)) for c, t in terms]
    count = 0
    while waiting:
        c, t = waiting.pop()
        count += 1
        if count > 4 * OPENED:
            yield from ((c, t), *waiting)
            return
        if isinstance(t, Sum):
            waiting += t.terms if c == 1 else [(c * d, b) for d, b in t.terms]
            continue
        if t not in known:
            known[t] = _distributed(t)
        out = known[t]
        if out is None:
            yield c, t
        else:
            waiting += out if c == 1 else [(c * d, b) for d, b in out]


def _inside(t: Tensor, opening: Mapping[Tensor, Tensor]) -> Tensor:
    return fold_tensor(t, lambda node, args: opening.get(node) or rebuild(node, args)) if opening else t


def _distributed(t: Tensor) -> list[Term] | None:
    """A product with a sum as a factor, as a sum of products."""
    if not isinstance(t, Contraction):
        return None
    for k, (f, indices, e) in enumerate(t.factors):
        if isinstance(f, Sum) and isinstance(e, int) and 1 <= e <= 2:
            rest = [*t.factors[:k], *t.factors[k + 1 :], *([(f, indices, e - 1)] if e > 1 else [])]
            ends = {i: t.dims[i] for i in t.out}
            made = [contract(1, [(b, indices, 1), *rest], t.out, ends) for _, b in f.terms]
            own = t.coefficient
            return [(c if own == 1 else c * own, b) for (c, _), b in zip(f.terms, made, strict=True)]
    return None


def _size(ts: Iterable[Tensor]) -> int:
    """How much there is to read: names and operations, what occurs twice counted twice."""
    memo: dict[Tensor, int] = {}
    return sum(fold_tensor(t, lambda node, args: 1 + sum(args), memo) for t in ts)
