"""Like terms that are seen only when sums are multiplied out: (1 - y).*s - y.*(1 - s) is s - y.

A result is taken apart term by term, two at a time; what is shorter afterwards stays, everything else is left as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product

from gradproof.engine.contract import add, contract, scale, zero
from gradproof.engine.laws import laws
from gradproof.engine.replace import rebuild, replace
from gradproof.engine.simplify import complements
from gradproof.engine.subproduct import found_at
from gradproof.engine.tensor import Apply, Contraction, Exponent, Length, Sum, Tensor, Term, fold_tensor, walk_tensor
from gradproof.ops import Operation, basic

INV = basic.INV
TERMS = 6  # of a sum whose terms are held against each other
OPENED = 12  # terms that two of them may become on the way
NODES = 400  # of a result that is looked through


def merged(t: Tensor, written: Collection[Tensor] = ()) -> Tensor:
    """The tensor with its sums in a shorter form, where multiplying out leads to one. Sums that are `written` stay as they stand."""
    nodes = walk_tensor(t)
    if len(nodes) > NODES or not any(type(n) is Sum for n in nodes):
        return t
    known = {n: one for n in nodes for one in [_multiplied_out(n)] if one is not None}
    if known:
        return merged(replace(t, known), written)
    sums = [s for s in nodes if isinstance(s, Sum) and s not in written and 1 < len(s.terms) <= TERMS]
    for s in sums:
        now = rebuild(s, [replace(c, known) for c in s.children]) if known else s
        shorter = _shorter(now) if isinstance(now, Sum) else None
        if shorter is not None:
            known[s] = shorter
    return replace(t, known) if known else t


def _multiplied_out(t: Tensor) -> Tensor | None:
    """A product with a sum in it multiplied out, where fewer terms are left of it: sum(x - mean(x)*ones(n)) is zero, tr((A*B + B*A)*C) one term."""
    if not isinstance(t, Contraction) or not any(isinstance(f, Sum) and e == 1 for f, _, e in t.factors):
        return None
    if _apart(t):
        return None
    opened = list(_opened([(Fraction(1), t)], {}))
    whole = add(opened, t.axes) if len(opened) <= OPENED else t
    if whole is zero(t.axes):
        return whole
    terms = len(whole.terms) if isinstance(whole, Sum) else 1
    fewer = terms < min(len(f.terms) for f, _, e in t.factors if isinstance(f, Sum) and e == 1)
    return whole if fewer and _size([whole]) < _size([t]) else None


def _apart(t: Contraction) -> bool:
    """Whether it is seen without multiplying out that no term is zero then and no two are alike: products of different variables, about which no law speaks."""
    sums = [f for f, _, _ in t.factors if isinstance(f, Sum)]
    if len(sums) > 1 or laws(t.within) or any(isinstance(x, Operation) for x in t.within):
        return False
    if any(n.symmetry == -1 for n in walk_tensor(t)):  # x'*K*x is zero
        return False
    found = [_leaves(b) for _, b in sums[0].terms]
    return None not in found and len(set(found)) == len(found)


def _leaves(t: Tensor) -> frozenset[tuple[Tensor, Exponent]] | None:
    """What is multiplied in a product and in its scalar factors, without dimensions; None where a sum is among it."""
    total: dict[Tensor, Exponent] = {}
    waiting: list[tuple[Tensor, Exponent]] = [(t, 1)]
    while waiting:
        f, e = waiting.pop()
        if isinstance(f, Contraction):
            waiting += [(inner, own * e) for inner, _, own in f.factors]
        elif isinstance(f, Sum):
            return None
        elif not isinstance(f, Length):
            total[f] = total.get(f, 0) + e
    return frozenset(total.items())


def _shorter(s: Sum) -> Tensor | None:
    """The sum with two terms put together, again and again; None where nothing is shorter."""
    terms, found = list(s.terms), False
    leaves: dict[Tensor, set[Tensor]] = {}
    while len(terms) > 1:
        leaves |= {t: set(walk_tensor(t)) for _, t in terms if t not in leaves}
        pairs = combinations(range(len(terms)), 2)
        better = next(filter(None, (_pair(terms, i, j, s, leaves) for i, j in pairs)), None)
        if better is None:
            break
        terms, found = better, True
    return add(terms, s.axes) if found else None


def _pair(terms: Sequence[Term], i: int, j: int, s: Sum, leaves: Mapping[Tensor, set[Tensor]]) -> list[Term] | None:
    """The terms with two of them put together, where these are shorter so."""
    two = (terms[i], terms[j])
    one, other = (leaves[t] for _, t in two)
    if not any(isinstance(n, Apply) or not n.children for n in one & other):
        return None
    openings = _openings(one | other)
    if not openings and not any(isinstance(n, Sum) for n in one | other):
        return None
    size = _size(t for _, t in two)
    for way in _ways(two, openings, s):
        opened = list(way)
        if not 0 < len(opened) <= OPENED or (len(opened) == 2 and {t for _, t in opened} == {t for _, t in two}):
            continue
        whole = add(opened, s.axes)
        new = list(whole.terms) if isinstance(whole, Sum) else [_weighted(whole)]
        if len(new) <= 2 and _size(t for _, t in new) < size:
            return [*(t for k, t in enumerate(terms) if k not in (i, j)), *new]
    return None


def _ways(two: tuple[Term, Term], openings: Sequence[dict[Tensor, Tensor]], s: Sum) -> Iterator[Iterator[Term]]:
    """What two terms may be put together from."""
    yield from (_opened(two, o) for o in openings or [{}])
    for pair in (two, two[::-1]):
        yield _over_one_denominator(*pair)
    for pair in (two, two[::-1]):
        yield _over_one_inverse(*pair)
    yield _twice(*two, s)


def _twice(one: Term, other: Term, s: Sum) -> Iterator[Term]:
    """X'*(A + A')*X and its own transpose: one term, where the two are equal when they are multiplied out."""
    (c, t), (d, u) = one, other
    if (
        isinstance(t, Contraction)
        and isinstance(u, Contraction)
        and any(isinstance(f, Sum) for x in (t, u) for f in x.children)
    ):
        whole = [add(opened, s.axes) for opened in (list(_opened([(Fraction(1), x)], {})) for x in (t, u)) if len(opened) <= OPENED]  # fmt: skip
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


def _opened(terms: Iterable[Term], opening: Mapping[Tensor, Tensor]) -> Iterator[Term]:
    """The terms multiplied out."""
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
        out = _distributed(t)
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
