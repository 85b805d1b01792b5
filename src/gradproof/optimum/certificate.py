"""The certificate: what is proven of the curvature of a lowered formula, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gradproof.engine.contract import add, contract
from gradproof.engine.lower import lower
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Apply, Contraction, Sum, Tensor, Variable, variable, walk_tensor
from gradproof.errors import GradproofError
from gradproof.facts import TIES, sense
from gradproof.facts.basic import ABOVE_ZERO
from gradproof.notation.expr import Expr, Symbol, symbol
from gradproof.ops import domain
from gradproof.optimum.apart import logs_apart
from gradproof.optimum.compose import multiplied_out, perspectives
from gradproof.optimum.curvature import Curve, Curves
from gradproof.optimum.direction import QuadraticForm, directions, free, known, product, second_differential
from gradproof.optimum.entry import one_entry
from gradproof.optimum.one_sided import one_sided
from gradproof.optimum.opaque import whole
from gradproof.optimum.psd import Weighing, prove
from gradproof.optimum.smooth import smooth
from gradproof.optimum.through import through_one_number
from gradproof.records import dataclass


@dataclass(frozen=True)
class Reason:
    """Why a term bends the way it does: a part of the quadratic form, or a term of the formula that composition decides."""

    part: Weighing | None
    term: Tensor
    curve: Curve


@dataclass(frozen=True)
class Certificate:
    """What is proven: `sign` 1 convex, -1 concave, 0 affine, None nothing. `form`: the second differential along `moved`, where it has been used."""

    sign: int | None
    reasons: tuple[Reason, ...] = ()
    strict: bool = False
    modulus: Tensor | None = None
    form: Tensor | None = None
    moved: Mapping[Symbol, Variable] | None = None


UNKNOWN = Certificate(None)


def certify(expr: Expr, wrt: Sequence[Symbol]) -> Certificate:
    """What is proven of the curvature of a scalar formula jointly in some variables, wherever their facts hold."""
    names = frozenset(s.name for s in wrt)
    found = of_value(lower(expr, names).tensor, wrt)
    kept = whole(expr, names) if found.sign is None else None
    return found if kept is None else of_value(kept, wrt)


def of_value(value: Tensor, wrt: Sequence[Symbol]) -> Certificate:
    """The same of a lowered formula, whose variables stand without the facts that tie their entries."""
    wrt, narrowed = _narrowed(value, wrt)
    value = replace(value, narrowed) if narrowed else value
    back: dict[Tensor, Tensor] = {free(s): known(s) for s in wrt if s.facts & TIES}
    told = replace(value, back) if back else value
    curves = Curves(frozenset(known(s) for s in wrt))
    moved = directions(wrt)
    whole = _by_form(value, told, curves, moved)
    if whole.sign is not None:
        return whole
    found = _by_terms(value, told, curves, moved)
    return found if found.sign is not None else _otherwise(value, told, wrt)


def _otherwise(value: Tensor, told: Tensor, wrt: Sequence[Symbol]) -> Certificate:
    """By the formula with its logarithms apart, its squares multiplied out, or as the perspective s*g(x/s) of one in fewer variables."""
    single = logs_apart(told)
    if single is not told:
        found = of_value(replace(single, {known(s): free(s) for s in wrt if s.facts & TIES}), wrt)
        if found.sign is not None:
            return found
    for plain in (one_sided(value), multiplied_out(multiplied_out(value), (1, 2))):
        if plain is not value:
            found = of_value(plain, wrt)
            if found.sign is not None:
                return found
    if any(s.facts & TIES for s in wrt):
        return UNKNOWN
    alone = one_entry(told, wrt)
    if alone is not None and (sign := of_value(*alone).sign) is not None:
        return Certificate(sign, (Reason(None, told, Curve(sign >= 0, sign <= 0)),))
    for one in through_one_number(told, Curves(frozenset(known(s) for s in wrt))):
        sign = of_value(one.formula, [one.number]).sign
        if sign is not None and (not one.norm or (sign and one.moves(sign))):
            return Certificate(sign, (Reason(None, told, Curve(sign >= 0, sign <= 0)),))
    symbols: dict[Tensor, Symbol] = {known(s): s for s in wrt}
    for g, others in perspectives(told, frozenset(symbols)):
        sign = of_value(g, [symbols[v] for v in others if v in symbols]).sign
        if sign is not None:
            return Certificate(sign, (Reason(None, told, Curve(sign >= 0, sign <= 0)),))
    return UNKNOWN


def _narrowed(value: Tensor, wrt: Sequence[Symbol]) -> tuple[list[Symbol], dict[Tensor, Tensor]]:
    """Variables that the formula itself asks to be positive (it has their logarithm, or a root, or divides by what is not negative) are taken as that."""
    asked: set[Tensor] = set()
    below: set[Tensor] = set()
    for node in walk_tensor(value):
        if isinstance(node, Apply) and node.op.domain is domain.POSITIVE and not node.op.convexity:
            asked.update(node.args)
        if isinstance(node, Contraction):
            asked.update(t for t, _, e in node.factors if Fraction(e).denominator > 1)
            below.update(t for t, _, e in node.factors if e < 0)
    found: list[Symbol] = []
    narrowed: dict[Tensor, Tensor] = {}
    for s in wrt:
        meant = free(s) in asked or (free(s) in below and sense(s.facts).nonnegative)
        if meant and not sense(s.facts).positive:
            new = symbol(s.name, s.type, s.facts | ABOVE_ZERO)
            narrowed[free(s)] = free(new)
            found.append(new)
        else:
            found.append(s)
    return found, narrowed


def _by_form(value: Tensor, told: Tensor, curves: Curves, moved: Mapping[Symbol, Variable]) -> Certificate:
    """By the sign of the second differential."""
    if not smooth(told, curves):
        return UNKNOWN
    try:
        form = second_differential(value, dict(moved))
    except GradproofError:
        return UNKNOWN
    if isinstance(form, Sum) and not form.terms:
        return Certificate(0, (), False, None, form, moved)
    kind = QuadraticForm(moved.values())
    for sign in (1, -1):
        parts = prove(form, kind, sign)
        if parts is not None:
            reasons = tuple(Reason(p, p.term, Curve(sign > 0, sign < 0)) for p in parts)
            covered = frozenset().union(*(p.strict for p in parts))
            modulus = _modulus(parts, moved)
            return Certificate(sign, reasons, covered == frozenset(moved.values()), modulus, form, moved)
    return UNKNOWN


def _modulus(parts: Sequence[Weighing], moved: Mapping[Symbol, Variable]) -> Tensor | None:
    """A number below all curvatures: the multiples of the squared length of the one direction."""
    if len(moved) > 1:
        return None
    names = {s.name for s in moved}
    still = [
        p.modulus
        for p in parts
        if p.modulus is not None
        and not any(isinstance(n, Variable) and n.name in names for n in walk_tensor(p.modulus))
    ]
    return add([(1, m) for m in still], ()) if still else None


def _by_terms(value: Tensor, told: Tensor, curves: Curves, moved: Mapping[Symbol, Variable]) -> Certificate:
    """Term by term: each by rules of composition, or by its own second differential."""
    if not isinstance(told, Sum) or not isinstance(value, Sum):
        curve = curves.of(told)
        return _composed([(told, curve, None)])
    back: dict[Tensor, Tensor] = {free(s): known(s) for s in moved if s.facts & TIES}
    found = []
    for c, raw in value.terms:
        term = contract(c, [(raw, (), 1)], ())
        here = replace(term, back) if back else term
        curve, part = curves.of(here), None
        if not curve.convex and not curve.concave:
            part = _by_form(term, here, curves, moved)
            curve = Curve(part.sign in (0, 1), part.sign in (0, -1))
        found.append((here, curve, part))
    whole = _composed(found)
    return whole if whole.sign is not None else _composed([(told, curves.of(told), None)])


def _composed(found: Sequence[tuple[Tensor, Curve, Certificate | None]]) -> Certificate:
    reasons = tuple(Reason(None, t, c) for t, c, _ in found if not c.constant)
    strict = any(p is not None and p.strict for _, _, p in found)
    modulus = next((p.modulus for _, _, p in found if p is not None and p.modulus is not None), None)
    if all(c.affine for _, c, _ in found):
        return Certificate(0, reasons)
    if all(c.convex for _, c, _ in found):
        return Certificate(1, reasons, strict, modulus)
    if all(c.concave for _, c, _ in found):
        return Certificate(-1, reasons, strict, modulus)
    return UNKNOWN


def shown(t: Tensor, moved: Mapping[Symbol, Variable]) -> Tensor:
    """A form with its directions named d and the variable."""
    return replace(t, {d: variable("d" + s.name, d.axes, d.facts) for s, d in moved.items()})


def hessian_term(t: Tensor, d: Variable) -> Tensor | None:
    """The matrix of a quadratic form in one vector; None where that is not seen."""
    if isinstance(t, Sum):
        parts = [(c, hessian_term(b, d)) for c, b in t.terms]
        whole = [(c, b) for c, b in parts if b is not None]
        return add(whole, (*d.axes, *d.axes)) if whole and len(whole) == len(parts) else None
    if not isinstance(t, Contraction) or t.order:
        return None
    coefficient, factors, first = t.coefficient, list(t.factors), len(t.dims)
    while True:
        k = next((k for k, f in enumerate(factors) if isinstance(f[0], Contraction) and _has(f[0], d)), None)
        if k is None:
            break
        inner, own, e = factors.pop(k)
        assert isinstance(inner, Contraction)
        if e not in (1, 2) or len(set(inner.out)) < len(inner.out):
            return None
        for _ in range(int(e)):
            coefficient *= inner.coefficient
            factors = product(factors, inner, own, first)
            first += len(inner.dims)
    ends = [i for f, own, e in factors if f is d for i in own for _ in range(int(e))]
    rest = [f for f in factors if f[0] is not d]
    if len(ends) != 2 * d.order or any(_has(f[0], d) for f in rest):
        return None
    return contract(coefficient, rest, tuple(ends), dict.fromkeys(ends, d.axes[0]) if d.order else {})


def _has(t: Tensor, d: Variable) -> bool:
    return any(n is d for n in walk_tensor(t))
