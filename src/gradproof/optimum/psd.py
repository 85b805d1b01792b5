"""Why a quadratic form is never negative: each of its terms is, or is outweighed by another one (Cauchy-Schwarz)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradproof.engine.bounds import bounds, definite
from gradproof.engine.contract import add, contract, scale
from gradproof.engine.lower import plain, substitute_template, template
from gradproof.engine.tensor import Apply, Contraction, Exponent, Factor, Tensor, Variable
from gradproof.facts import sense
from gradproof.ops import basic
from gradproof.optimum.blocks import matched
from gradproof.optimum.direction import QuadraticForm, product
from gradproof.optimum.involution import Half, halves, strictly
from gradproof.optimum.outweigh import FormTerm, outweighed, two_squares, under_inverse
from gradproof.optimum.pairs import covered, ratio, shares, square
from gradproof.optimum.weights import at_least_zero
from gradproof.records import dataclass, replace


@dataclass(frozen=True)
class Weighing:
    """One reason: `rule`, the term of the form that it is about, and for an inequality what it outweighs."""

    rule: str
    term: Tensor
    outweighed: Tensor | None = None
    strict: frozenset[Tensor] = frozenset()  # the directions in which it is above zero
    modulus: Tensor | None = None  # it is at least this times the squared length of its one direction


def prove(form: Tensor, kind: QuadraticForm, sign: int = 1) -> list[Weighing] | None:
    """The reasons why a form is never negative (`sign` 1) or never positive (-1); None where it is not seen."""
    terms = kind.expanded(form)
    if terms is None:
        return None
    flat = [_flattened(sign * c, t, kind) for c, t in terms if c]
    if any(f is None for f in flat):
        return None
    whole = [f for f in flat if f is not None]
    found = _proven(whole, kind)
    if found is None and any(weaker := [_weaker(f) for f in whole]):
        whole = [w or replace(f, found=[], left=Fraction(1)) for w, f in zip(weaker, whole, strict=True)]
        found = _proven(whole, kind)
    if found is None:
        whole, together = _together([replace(f, found=[], left=Fraction(1)) for f in whole], kind)
        rest = _proven(whole, kind) if together else None
        found = None if rest is None else [*together, *rest]
    return found


def _weaker(f: FormTerm) -> FormTerm | None:
    """A term that is at least zero with a function of positive arguments replaced by what that is above of; None where it has none."""
    for k, (t, own, e) in enumerate(f.factors):
        fits = isinstance(t, Apply) and t.op.above and e == 1 and f.coefficient > 0 and k not in f.linear
        if (
            fits
            and isinstance(t, Apply)
            and bounds(t.args[0]).positive
            and any(t is w[0] for h in f.found for w in h.weights)
        ):
            lower = _below(t)
            factors = [*f.factors[:k], *_opened(lower, own), *f.factors[k + 1 :]]
            linear = [factors.index(f.factors[j]) for j in f.linear]
            return FormTerm(f.coefficient, factors, contract(f.coefficient, factors, ()), linear)
    return None


def _below(t: Apply) -> Tensor:
    """What an entrywise function is above of."""
    expr = template(t.op.above, (("x", "vector n"),))
    return substitute_template(expr, x=plain(t.args[0], "v")).tensor


def _opened(t: Tensor, own: tuple[int, ...]) -> list[Factor]:
    """The factors of an entrywise product at these indices."""
    if isinstance(t, Contraction) and not t.summed and t.coefficient == 1 and len(set(t.out)) == len(t.out):
        at = dict(zip(t.out, own, strict=True))
        return [(f, tuple(at[i] for i in inner), e) for f, inner, e in t.factors]
    return [(t, own, 1)]


def _together(whole: Sequence[FormTerm], kind: QuadraticForm) -> tuple[list[FormTerm], list[Weighing]]:
    """The terms that are squares of the entries of one direction, where their weights are nowhere negative together; and what is left."""
    groups: dict[Tensor, list[tuple[FormTerm, Tensor]]] = {}
    for f in whole:
        d, own, e = f.factors[f.linear[0]]
        rest = [g for k, g in enumerate(f.factors) if k != f.linear[0]]
        entries = len(f.linear) == 1 and e == 2 and d in kind.moving and len(set(own)) == len(own)
        if entries and all(set(g[1]) <= set(own) for g in rest):
            weight = contract(f.coefficient, rest, own, dict(zip(own, d.axes, strict=True)))
            groups.setdefault(d, []).append((f, weight))
    gone: list[FormTerm] = []
    parts: list[Weighing] = []
    for d, members in groups.items():
        if len(members) < 2 or all(f.coefficient > 0 for f, _ in members):
            continue
        total = add([(1, w) for _, w in members], d.axes)
        if at_least_zero(total):
            gone += [f for f, _ in members]
            parts.append(Weighing("weighted-square", add([(1, f.term) for f, _ in members], ())))
    return [f for f in whole if not any(f is g for g in gone)], parts


def _proven(whole: Sequence[FormTerm], kind: QuadraticForm) -> list[Weighing] | None:
    """The reasons why a sum of terms is never negative."""
    parts: list[Weighing] = []
    negative: list[FormTerm] = []
    for f in whole:
        if f.coefficient > 0:
            f.found = _shown(f)
        if not f.found:
            negative.append(f)
    positive = [f for f in whole if f.found]
    for f in negative:
        against = outweighed(f, positive) or under_inverse(f, positive) if f.coefficient < 0 else None
        both = (
            [against] if against is not None else _paired(f, positive) or _matched(f, positive) or _apart(f, positive)
        )
        if both is None:
            return None
        parts.append(Weighing("cauchy-schwarz", add([(1, g.term) for g in both], ()), f.term))
    return [*(_part(f, kind) for f in positive if f.left == 1), *parts]


def _apart(f: FormTerm, positive: Sequence[FormTerm]) -> list[FormTerm] | None:
    """Terms that outweigh the squares of two sums, and so the product of these."""
    before = [(g, g.left) for g in positive]
    found = [outweighed(s, positive) for s in two_squares(f)]
    if found and all(found):
        return [g for g in found if g is not None]
    for g, left in before:
        g.left = left
    return None


def _paired(f: FormTerm, positive: Sequence[FormTerm]) -> list[FormTerm] | None:
    """Pairs of terms that outweigh one together."""
    squares = [(g, s) for g in positive if (s := square(g.coefficient, g.factors, g.linear)) is not None]
    before = [(g, g.left) for g in positive]
    still, used = Fraction(1), list[FormTerm]()
    for k, (g, p) in enumerate(squares):
        for h, r in squares[k + 1 :]:
            found = ratio(f.coefficient, f.factors, f.linear, p, r) if g.left and h.left else Fraction(0)
            if not found:
                continue
            used += [g, h]
            parts = shares(found * still**2, g.left, h.left)
            if parts is not None:
                g.left, h.left = g.left - parts[0], h.left - parts[1]
                return used
            still -= covered(found, g.left, h.left)
            g.left = h.left = Fraction(0)
    for g, left in before:
        g.left = left
    return None


def _matched(f: FormTerm, positive: Sequence[FormTerm]) -> list[FormTerm] | None:
    """The same, for terms that are sums of squares, or have matrices in the middle."""
    for k, g in enumerate(positive):
        for h in positive[k + 1 :]:
            found = matched(f.factors, [_halved(g, x) for x in g.found], [_halved(h, x) for x in h.found])
            ratio_ = f.coefficient**2 * found / (4 * g.coefficient * h.coefficient)
            parts = shares(ratio_, g.left, h.left) if found else None
            if parts is not None:
                g.left, h.left = g.left - parts[0], h.left - parts[1]
                return [g, h]
    return None


def _halved(f: FormTerm, half: Half) -> Half:
    """A half that has its direction, where that is squared, too."""
    d, own, _ = f.factors[f.linear[0]]
    weights = tuple(w for w in half.weights if w[0] is not d)
    return half if half.half else replace(half, half=((d, own, 1),), weights=weights)


def _flattened(c: Fraction, t: Tensor, kind: QuadraticForm) -> FormTerm | None:
    """A term with its quadratic scalar factors opened; None where it is no product of two linear factors."""
    if not isinstance(t, Contraction):
        t_factors: list[Factor] = [(t, (), 1)]
        first = 0
    else:
        c, t_factors, first = c * t.coefficient, list(t.factors), len(t.dims)
    term = scale(c, t) if not isinstance(t, Contraction) else scale(c / t.coefficient, t)
    while True:
        k = next((k for k, f in enumerate(t_factors) if kind.degree(f[0]) == 2), None)
        if k is None:
            break
        inner, indices, e = t_factors[k]
        if not isinstance(inner, Contraction) or e != 1 or len(set(inner.out)) < len(inner.out):
            return None
        c *= inner.coefficient
        t_factors = product([f for j, f in enumerate(t_factors) if j != k], inner, indices, first)
        first += len(inner.dims)
    t_factors = _joined(_merged(t_factors), kind)
    linear = [k for k, f in enumerate(t_factors) if kind.degree(f[0]) == 1]
    degree = sum((Fraction(t_factors[k][2]) for k in linear), Fraction(0))
    if degree != 2 or any(kind.degree(f[0]) not in (0, 1) for f in t_factors):
        return None
    return FormTerm(c, t_factors, term, linear)


def _joined(factors: list[Factor], kind: QuadraticForm) -> list[Factor]:
    """Factors that no index leads to from a direction are one scalar."""
    near = {i for f in factors if kind.degree(f[0]) for i in f[1]}
    while True:
        more = near.union(*(f[1] for f in factors if near.intersection(f[1])))
        if more == near:
            break
        near = more
    apart = [f for f in factors if f[1] and not kind.degree(f[0]) and not near.intersection(f[1])]
    if not apart or not near:
        return factors
    return [(contract(1, apart, ()), (), 1), *(f for f in factors if f not in apart)]


def _merged(factors: Sequence[Factor]) -> list[Factor]:
    total: dict[tuple[Tensor, tuple[int, ...]], Exponent] = {}
    for t, i, e in factors:
        total[t, i] = total.get((t, i), 0) + e
    return [(t, i, e) for (t, i), e in total.items() if e]


def _shown(f: FormTerm) -> list[Half]:
    """The ways in which a term with a positive number is seen to be at least zero."""
    if len(f.linear) == 1:
        return list(halves(f.factors))[:1]
    i, j = f.linear
    if f.factors[i][0] is not f.factors[j][0]:
        return []
    return list(halves(f.factors, (i, j)))


# -- one term


def _part(f: FormTerm, kind: QuadraticForm) -> Weighing:
    half = f.found[0]
    d = f.factors[f.linear[0]]
    strict = frozenset({d[0]}) if d[0] in kind.moving and any(_strict(f, h) for h in f.found) else frozenset()
    rule = "square" if len(f.linear) == 1 else "middle" if half.middles else "congruence"
    if len(f.linear) == 1 and (half.weights and len(f.factors) > 1):
        rule = "weighted-square"
    return Weighing(rule, f.term, None, frozenset(strict), _modulus(f, kind))


def _modulus(f: FormTerm, kind: QuadraticForm) -> Tensor | None:
    """The number of a term that is a multiple of the squared length of a direction."""
    d, indices, _ = f.factors[f.linear[0]]
    rest = [g for g in f.factors if g[0] is not d]
    if len(f.linear) > 1 or d not in kind.moving or len(set(indices)) < len(indices) or any(g[1] for g in rest):
        return None
    return contract(f.coefficient, rest, ()) if all(strictly(t, e) for t, _, e in rest) else None


def _strict(f: FormTerm, half: Half) -> bool:
    """Whether a term is above zero wherever its direction is not zero: each axis of the direction ends, through invertible matrices, at a weight or a middle."""
    linear = [f.factors[k] for k in f.linear]
    d = next((g for g in half.half if g in linear), linear[0])
    weights = [w for w in half.weights if w[0] is not d[0]]
    if len(set(d[1])) < len(d[1]) or not _above(weights, half.middles):
        return False
    unused = [g for g in half.half if g is not d]
    ends: list[int] = []
    for i in d[1]:
        at = i
        while at not in half.fixed and not any(at in m[1] for m in half.middles):
            step = [g for g in unused if at in g[1]]
            if len(step) != 1 or not _regular(step[0]):
                return False
            unused.remove(step[0])
            at = step[0][1][0] if step[0][1][1] == at else step[0][1][1]
        ends.append(at)
    return not unused and len(set(ends)) == len(ends)


def _above(weights: Sequence[Factor], middles: Sequence[Factor]) -> bool:
    """Whether weights are above zero and middles positive definite."""
    return all(strictly(t, e) for t, _, e in weights) and all(definite(t) == 2 for t, _, _ in middles)


def _regular(f: Factor) -> bool:
    """Whether a factor is a matrix that is known to be invertible."""
    t, indices, e = f
    if len(indices) != 2 or e != 1 or indices[0] == indices[1]:
        return False
    known = isinstance(t, Variable) and sense(t.facts).regular
    return known or definite(t) == 2 or (isinstance(t, Apply) and t.op is basic.INV)
