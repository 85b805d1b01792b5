"""The derivation of what was asked: by the whole variable, by a part of it, by what is not free, by a complex variable or its real part, through an equation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from gradproof.engine.contract import scale
from gradproof.engine.lower import lower
from gradproof.engine.tensor import Tensor
from gradproof.errors import UnsupportedError
from gradproof.explain import explain
from gradproof.explain.derivation import Derivation
from gradproof.explain.part import whole
from gradproof.explain.problem import Problem
from gradproof.explain.restrict import Adjoint, Conjugates, free_name
from gradproof.lift.index import IndexForm
from gradproof.lift.input_order import reading_order
from gradproof.lift.layouts import Axes
from gradproof.lift.lifter import Lifter
from gradproof.notation.expr import Call, Expr, Symbol, call, symbol
from gradproof.numeric.turns import GRADIENT, Turned
from gradproof.parse.note import Reading
from gradproof.parse.parts import Part
from gradproof.records import replace
from gradproof.say import Said, say


class Posed(Protocol):
    """What has a problem to derive."""

    @property
    def problem(self) -> Problem: ...


class Asked(Posed, Protocol):
    """What must be known of a derivative to derive it step by step."""

    @property
    def expression(self) -> Expr: ...
    @property
    def wrt(self) -> tuple[str, ...]: ...
    @property
    def layout(self) -> str: ...
    @property
    def part(self) -> str: ...
    @property
    def parts(self) -> tuple[Part | None, ...]: ...
    @property
    def mapped(self) -> str: ...
    @property
    def reading(self) -> Reading: ...
    @property
    def formula(self) -> Expr | None: ...
    @property
    def turned(self) -> Turned | None: ...
    @property
    def equations(self) -> tuple[tuple[Symbol, Expr], ...]: ...
    @property
    def symbols(self) -> Mapping[str, Symbol]: ...
    @property
    def value(self) -> Tensor: ...
    @property
    def written(self) -> Mapping[Tensor, tuple[Tensor, ...]]: ...
    @property
    def tensor(self) -> Tensor: ...
    @property
    def origins(self) -> Sequence[Posed]: ...
    @property
    def variables(self) -> tuple[Symbol, ...]: ...
    @property
    def result(self) -> Expr | IndexForm: ...
    def parted(self, e: Expr) -> Expr: ...
    def refusal(self, what: Said) -> UnsupportedError: ...


_GRADIENTS = {"": "conjugate-gradient", "re": "real-part", "im": "imaginary-part"}


def derivation_of(d: Asked, closed: Expr | IndexForm, lang: str, method: str | None, detail: str) -> Derivation:
    """The derivation of a derivative; `closed`: its form in real algebra. Raises UnsupportedError where there is none yet."""
    if d.equations:
        adjoint = _adjoint(d, closed)
        return explain(_lagrangian(d), lang, method, detail, adjoint=adjoint)
    result = d.result
    if isinstance(result, Expr) and isinstance(closed, Expr) and d.layout == "denominator":
        if d.mapped:
            return explain(d.origins[0].problem, lang, method, detail, (d.mapped, result))
        if len(d.parts) == 1 and d.parts[0] is not None:
            problem = whole(d.problem, d.value, d.written)
            return explain(problem, lang, method, detail, part=(d.parts[0], result))
        if d.turned is not None and len(d.turned.by) == 1:
            ((base, turns),) = d.turned.by
            if d.origins:
                one, other = d.origins
                both = Conjugates("both-parts", f"re({base})", closed, other.problem)
                return explain(one.problem, lang, method, detail, conjugates=both)
            if turns == GRADIENT and isinstance(d.formula, Call):  # the derivative is that of twice the formula
                half = replace(d.problem, expr=d.formula.args[1], tensor=scale(Fraction(1, 2), d.tensor))
                by = Conjugates(_GRADIENTS[d.part], f"{d.part}({base})" if d.part else "", d.parted(closed))
                return explain(half, lang, method, detail, conjugates=by)
    if d.origins or d.part or d.parts:
        raise UnsupportedError(
            say("the derivation of this kind of derivative is not supported; derive by the variable itself")
        )
    return explain(d.problem, lang, method, detail)


def _adjoint(d: Asked, closed: Expr | IndexForm) -> Adjoint:
    """What holds for a variable that an equation defines: the derivatives by it, its multiplier, and what comes out. Raises UnsupportedError."""
    x, equation = next(iter(d.equations))
    several = len(d.equations) > 1 or len(d.wrt) > 1 or d.expression.type.kind != "s"
    if several or x.type.kind == "m" or not isinstance(closed, Expr) or d.layout != "denominator":
        raise d.refusal(say("a derivation"))
    return Adjoint(x, equation, _multiplier(d), (_problem(d, d.expression, x), _problem(d, equation, x)), closed)


def _multiplier(d: Asked) -> Symbol:
    return symbol(free_name(("lambda", "mu", "nu"), d.symbols), d.equations[0][0].type)


def _lagrangian(d: Asked) -> Problem:
    """The derivative of f - λ'*F, λ and the variable that F = 0 defines held."""
    (x, equation), m = d.equations[0], _multiplier(d)
    product = call("mul", m if x.type.kind == "s" else m.T, equation)
    problem = _problem(d, call("sub", d.expression, product), d.variables[0])
    return replace(problem, asked=d.expression, reading=d.reading)


def _problem(d: Asked, e: Expr, x: Symbol) -> Problem:
    """The derivative of another formula by one variable, in which nothing is defined by an equation."""
    written: dict[Tensor, tuple[Tensor, ...]] = {}
    value = lower(e, frozenset({x.name}), written=written)
    known = tuple(dict.fromkeys((*d.problem.symbols, *e.variables)))
    axes = Axes((len(x.type.dims),), value.kind, value.groups)
    plain = replace(d.problem, expr=e, wrt=(x,), symbols=known, axes=axes, lifter=Lifter(reading_order(e), written))
    return whole(replace(plain, asked=e, reading=None), value.tensor, written)
