"""A scalar that is a sum over entries, f = Σᵢ fᵢ(zᵢ): its gradient has the entries fᵢ'(zᵢ)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from gradproof.engine.lower import lower
from gradproof.errors import GradproofError
from gradproof.explain.atoms import DIV, ELDIV, ELPOW, HADAMARD, MUL, NEG, TRANSPOSE, is_ones, made_of
from gradproof.explain.context import Context, signed, terms_of
from gradproof.explain.finish import complements, named_functions, shortest
from gradproof.explain.steps import DERIVATIVE, Remark, Step
from gradproof.lift.layouts import Axes
from gradproof.lift.lifter import Lifter
from gradproof.notation.expr import Call, Expr, Symbol, call, walk
from gradproof.ops import Operation, basic
from gradproof.ops.operation import Combination, Elementwise, Monomial

SUM = basic.SUM
COLUMN = Axes((1,), "s", ())


class NotSeparable(Exception):
    """The entries depend on each other."""


def separable(expr: Expr, z: Symbol, lifter: Lifter) -> Step | None:
    """The gradient of a sum over entries, entry by entry; None for any other formula."""
    context = _Entrywise(expr, (z,))
    try:
        slopes = [(sign, context.slope(context.entries(t))) for sign, t in terms_of(expr) if context.varies(t)]
    except NotSeparable:
        return None
    if not slopes or not any(isinstance(n, Call) and _of_each(n.op) for n in walk(expr)):
        return None
    raw = signed([(sign * own, e) for sign, slope in slopes for own, e in _terms(slope)])
    cancelled = signed([(sign, _cancelled(t, lifter)) for sign, t in terms_of(raw)])
    final = shortest(raw, COLUMN, lifter)
    if final is None:
        return None
    notes = [*(named_functions(final, (expr, raw)) or _cancellations(raw, cancelled, final))]
    notes += [c for c in complements(cancelled, final) if c not in notes]
    return Step("separable", DERIVATIVE, expr, (z,), raw, cancelled, final, {"z": z}, notes=tuple(notes))


def _terms(e: Expr) -> list[tuple[int, Expr]]:
    """The terms of a sum, each with its sign, also of sums behind a minus sign."""
    if made_of(e, NEG):
        return [(-sign, t) for sign, t in _terms(e.args[0])]
    terms = terms_of(e)
    return terms if terms == [(1, e)] else [(sign * own, t) for sign, whole in terms for own, t in _terms(whole)]


def _cancellations(raw: Expr, cancelled: Expr, final: Expr) -> Iterator[Remark]:
    """What cancels between the lines: factors above and below, then terms."""
    divided = [n for n in walk(raw) if made_of(n, ELDIV) and made_of(n.args[0], HADAMARD)]
    left = {n.args[1] for n in walk(cancelled) if made_of(n, ELDIV)}
    gone = [d for d in dict.fromkeys(n.args[1] for n in divided) if d not in left]
    if gone and cancelled is not raw:
        yield Remark("cancels-two" if len(gone) > 1 else "cancels", dict(zip("de", gone, strict=False)))
        if final is not cancelled and len(terms_of(final)) <= len(terms_of(cancelled)) > 1:
            yield Remark("cancels-terms", {})


def _cancelled(term: Expr, lifter: Lifter) -> Expr:
    """One term with what is above and below cancelled."""
    try:
        return lifter.lift(lower(term).tensor)
    except GradproofError:
        return term


def _of_each(op: Operation) -> bool:
    """Whether it is a function of each entry: also a root."""
    match op.meaning:
        case Elementwise():
            return True
        case Monomial(exponents=(_,)):
            return True
    return False


class _Entrywise(Context):
    """Reads a scalar as the sum of the entries of a vector, and differentiates that entry by entry."""

    def entries(self, e: Expr) -> Expr:
        """The vector whose entries are summed."""
        if not isinstance(e, Call):
            raise NotSeparable
        if e.op is NEG:
            return call(NEG, self.entries(e.args[0]))
        if e.op is SUM and e.args[0].type.kind == "v":
            return e.args[0]
        if e.op is DIV and not self.varies(e.args[1]):
            return call("div", self.entries(e.args[0]), e.args[1])
        if e.op is MUL:
            a, b = e.args
            if a.type.kind == b.type.kind == "s":
                k = 0 if self.varies(a) else 1
                if self.varies(e.args[1 - k]):
                    raise NotSeparable
                return call(MUL, e.args[1 - k], self.entries(e.args[k]))
            if a.type.kind == "r" and b.type.kind == "v":
                return self._met(a, b)
        raise NotSeparable

    def _met(self, a: Expr, b: Expr) -> Expr:
        sign = isinstance(a, Call) and a.op is NEG
        inner = a.args[0] if sign else a
        if not isinstance(inner, Call) or inner.op is not TRANSPOSE:
            raise NotSeparable
        found = b if is_ones(inner.args[0]) else call(HADAMARD, inner.args[0], b)
        return call(NEG, found) if sign else found

    def slope(self, v: Expr) -> Expr:
        """The derivative of each entry by the same entry of the variable."""
        found = self._slope(v)
        if found is None or found.type.kind != "v":
            raise NotSeparable
        return found

    def _slope(self, v: Expr) -> Expr | None:
        """None stands for 1."""
        if v is self.wrt[0]:
            return None
        if not isinstance(v, Call):
            raise NotSeparable
        if isinstance(v.op.meaning, Combination):
            moving = [(Fraction(w), a) for w, a in zip(v.op.meaning.weights, v.args, strict=True) if self.varies(a)]
            return signed([(1 if w > 0 else -1, self._one(self._slope(a), v)) for w, a in moving])
        if v.op is HADAMARD and v.args[0].type == v.args[1].type:
            return self._product(v.args)
        if v.op is MUL and "s" in (v.args[0].type.kind, v.args[1].type.kind):
            c, u = v.args if v.args[0].type.kind == "s" else v.args[::-1]
            if not self.varies(c):
                return call(MUL, c, self._one(self._slope(u), v))
        if v.op is DIV and not self.varies(v.args[1]):
            return call("div", self._one(self._slope(v.args[0]), v), v.args[1])
        if _of_each(v.op) or (v.op is ELPOW and not self.varies(v.args[1])):
            if v.args[0].type.kind != "v":
                raise NotSeparable
            return self._times(self.slopes(v)[0], self._slope(v.args[0]))
        if v.op is ELDIV and v.args[1].type == v.type and not (self.varies(v.args[0]) and self.varies(v.args[1])):
            if not self.varies(v.args[1]):
                top = v.args[0] if v.args[0].type == v.type else None
                return None if top is None else call(ELDIV, self._one(self._slope(top), v), v.args[1])
            slope = call(NEG, call(ELDIV, v.args[0], call(ELPOW, v.args[1], 2)))
            return self._times(slope, self._slope(v.args[1]))
        raise NotSeparable

    def _product(self, args: Sequence[Expr]) -> Expr:
        a, b = args
        terms = []
        if self.varies(a):
            terms.append(self._times(b, self._slope(a)))
        if self.varies(b):
            terms.append(self._times(a, self._slope(b)))
        return signed([(1, t) for t in terms])

    def _times(self, a: Expr, b: Expr | None) -> Expr:
        if b is None:
            return a
        if isinstance(b, Call) and b.op is NEG:
            return call(NEG, self._times(a, b.args[0]))
        return self.tidier.hadamard(a, b, cancel=False)

    def _one(self, slope: Expr | None, like: Expr) -> Expr:
        return call("ones", params=like.type.dims) if slope is None else slope
