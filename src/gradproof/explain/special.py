"""The special case that a reader checks by hand: all sizes are 1, so that every letter is a number."""

from __future__ import annotations

from gradproof.engine.lower import template
from gradproof.explain.algebra import Tidier
from gradproof.explain.atoms import DIV, ELDIV, ELPOW, MUL, ONES, POW, ZEROS
from gradproof.explain.steps import DERIVATIVE, Step
from gradproof.facts import FACTS
from gradproof.notation.expr import Call, Expr, Number, Size, Symbol, call, fold, number, symbol
from gradproof.notation.template import put
from gradproof.ops import basic
from gradproof.ops.basic import ABS
from gradproof.ops.operation import Combination, Einsum, Elementwise, Monomial
from gradproof.shapes.shape import SCALAR

LONGEST = 100  # characters of what is worth a look
KNOWN = {f.name for f in FACTS if f.sign or (f.whole and f.on == "any")}  # facts that a number may have
OF_ONE = {f.name for f in FACTS if f.fixed or f.definite or f.regular or (f.linear and f.turned != -1)}


class _Other(Exception):
    """An operation that is not looked at for numbers."""


def of_numbers(step: Step) -> Step | None:
    """The claim of a first derivative with all sizes 1; None where an operation has no simple form there."""
    if step.kind != DERIVATIVE or len(step.wrt) != 1 or not step.wrt[0].type.dims:
        return None
    try:
        goal, result = (fold(e, _visit) for e in (step.goal, step.result))
    except _Other:
        return None
    (x,) = step.wrt
    tidier = Tidier()
    goal, result = tidier.tidy(goal), tidier.tidy(result)
    if _number(x) not in goal.variables or goal is _number(x) or len(goal.ascii) + len(result.ascii) > LONGEST:
        return None
    return Step("scalar-derivative", DERIVATIVE, goal, (_number(x),), result, result, result, {"slope": result})


def _number(s: Symbol) -> Symbol:
    return symbol(s.name, SCALAR, s.facts & KNOWN)


def _visit(e: Expr, args: list[Expr]) -> Expr:
    if isinstance(e, Symbol):
        if e.facts - KNOWN - OF_ONE:
            raise _Other
        return _number(e)
    if isinstance(e, Number):
        return e
    if isinstance(e, Size):
        return number(1)
    if not isinstance(e, Call) or not args:
        if isinstance(e, Call) and e.op is ZEROS:
            return number(0)
        if isinstance(e, Call) and (e.op is ONES or e.op is basic.EYE):
            return number(1)
        raise _Other
    own = OWN.get(e.op)
    if own is not None:
        return own(*args)
    return put(template(e.op.of_number, (("x", "scalar"),)), {"x": args[0]}) if e.op.of_number else _by_meaning(e, args)


def _by_meaning(e: Call, args: list[Expr]) -> Expr:
    match e.op.meaning:
        case Combination() | Elementwise():
            return call(e.op, *args)
        case Einsum():
            return args[0] if len(args) == 1 else call(MUL, *args)
        case Monomial(exponents=exponents) if len(exponents) == 2:
            return call(DIV if min(exponents) < 0 else MUL, *args)
        case Monomial():
            return call(e.op, *args)
    raise _Other


def _power(a: Expr, b: Expr) -> Expr:
    even = isinstance(b, Number) and b.value.denominator == 1 and b.value % 2 == 0
    inner = a.args[0] if even and isinstance(a, Call) and a.op is ABS else a
    return call(POW, inner, b)


OWN = {
    POW: _power, ELPOW: _power, DIV: lambda a, b: call(DIV, a, b), ELDIV: lambda a, b: call(DIV, a, b),
}  # fmt: skip

__all__ = ["of_numbers"]
