"""Shorthands of derive: gradient, jacobian, hessian, differential, which refuse what is none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from gradproof.asked import Where, names_of, read_asked, refuse_absent, several_in, symbol_of
from gradproof.budget import limited
from gradproof.choices import Layout, Manifold, NotationName
from gradproof.derivative import Derivative
from gradproof.derive import derive, derived, untied
from gradproof.engine.differentiate import push_forward
from gradproof.engine.lower import lower
from gradproof.engine.merge import merged
from gradproof.engine.replace import replace
from gradproof.engine.tensor import variable
from gradproof.engine.twins import COMPLEX, concerns, moved_name, part_of
from gradproof.errors import GradproofError, ParseError, ShapeError, UnsupportedError, public
from gradproof.facts import TIES
from gradproof.lift.index import IndexForm
from gradproof.lift.input_order import reading_order
from gradproof.lift.layouts import Axes, closed_form
from gradproof.lift.lifter import Lifter
from gradproof.notation.expr import Expr, Symbol, verdicts
from gradproof.parse.defined import split_where
from gradproof.say import NOTHING, Said, say
from gradproof.wirtinger import by_complex, differential_restored, in_twins


@public
def gradient(
    expression: str | Expr,
    wrt: str | Symbol,
    where: Where = None,
    layout: Layout = "denominator",
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Derivative:
    """The derivative of a scalar by one variable. Raises ShapeError where the formula is no scalar.

    >>> gradient("x'*x", wrt="x").result.ascii
    '2*x'
    """
    found = _complex_gradient(expression, wrt, where, layout, notation, verify)
    return _checked(
        found or derive(expression, wrt, where, layout, notation=notation, verify=verify),
        "s",
        say("a gradient"),
        say("a scalar"),
        1,
    )


def _complex_gradient(
    expression: str | Expr,
    wrt: str | Symbol,
    where: Where,
    layout: Layout,
    notation: NotationName,
    verify: bool,
) -> Derivative | None:
    """The gradient of a real-valued function of a complex variable, 2 df/dconj(z); None of a real one."""
    names = names_of(wrt, expression)
    implicit = bool(split_where(where)[1])
    parsed = None if implicit or any(part_of(n)[0] for n in names) else read_asked(expression, where, names, notation)
    if (
        parsed is None
        or len(names) != 1
        or names[0] not in parsed.symbols
        or COMPLEX not in parsed.symbols[names[0]].facts
    ):
        return None
    refuse_absent(parsed, names, where)
    return by_complex(parsed, names, partial(derived, layout=layout, verify=verify), gradient=True)


@public
def jacobian(
    expression: str | Expr,
    wrt: str | Symbol,
    where: Where = None,
    layout: Layout = "denominator",
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Derivative:
    """The derivative of a vector by one variable. Raises ShapeError where the formula is no vector.

    >>> jacobian("A*x", wrt="x").result.ascii
    "A'"
    """
    return _checked(
        derive(expression, wrt, where, layout, notation=notation, verify=verify),
        "vr",
        say("a Jacobian"),
        say("a vector"),
        1,
    )


@public
def hessian(
    expression: str | Expr,
    wrt: str | Symbol | Sequence[str | Symbol],
    where: Where = None,
    layout: Layout = "denominator",
    notation: NotationName = "auto",
    *,
    verify: bool = True,
    manifold: Manifold | None = None,
    along: str = "",
) -> Derivative:
    """The second derivative of a scalar, by one variable twice or by two. Raises ShapeError where the formula is no scalar.

    `manifold`, `along`: the Riemannian Hessian along a tangent direction of this name.

    >>> hessian("x'*A*x", wrt="x").result.ascii
    "A + A'"
    """
    if manifold is not None:
        if not along:
            raise GradproofError(say("a Hessian on a manifold is along a direction"), hint=say("write along='d'"))
        from gradproof.restricted import along_manifold  # asked for seldom

        first = gradient(expression, wrt, where, layout, notation, verify=verify)  # type: ignore[arg-type]
        return along_manifold(first, hessian(expression, wrt, where, layout, notation, verify=verify), manifold, along)
    several = several_in(wrt)
    twice = several * (3 - len(several)) if len(several) < 3 else several
    return _checked(
        derive(expression, twice, where, layout, notation=notation, verify=verify),
        "s",
        say("a Hessian"),
        say("a scalar"),
        2,
    )


def _checked(d: Derivative, kinds: str, what: Said, needs: Said, times: int) -> Derivative:
    if d.axes.kind not in kinds:
        raise ShapeError(
            say("{what} needs {needs}, and this formula is {type}", what=what, needs=needs, type=d.expression.type),
            hint=say("derive takes formulas of any shape"),
        )
    if len(d.wrt) != times:
        wanted = (say("one variable"), say("two variables"))[times - 1]
        raise GradproofError(
            say("{what} is by {wanted}, not {count}", what=what, wanted=wanted, count=len(d.wrt)),
            hint=say("write gp.gradients for the gradient by each of them")
            if (d.axes.kind, times) == ("s", 1)
            else NOTHING,
        )
    return d


@public
@limited
def differential(
    expression: str | Expr,
    wrt: str | Symbol | Sequence[str | Symbol],
    where: Where = None,
    notation: NotationName = "auto",
    *,
    verify: bool = True,
) -> Expr:
    """The differential of a formula: for wrt="X" a formula with dX in it. Several names move together.

    Raises what `derive` raises, and UnsupportedError where it has no form in matrix notation.

    >>> differential("inv(X)", wrt="X").ascii
    '-inv(X)*dX*inv(X)'
    """
    names = names_of(wrt, expression)
    parsed = read_asked(expression, where, names, notation)
    refuse_absent(parsed, names, where)
    given, asked = parsed, names
    for name in names:
        if "d" + name in {v.name for v in parsed.expr.variables}:
            raise ParseError(
                say("d{name} is a variable of the formula, and would be the differential of {name}", name=name),
                hint=say("rename the variable d{name}", name=name),
            )
    complex_ = concerns(parsed, names)
    if complex_:
        parsed, names = in_twins(parsed, names)
    symbols = [symbol_of(parsed, name) for name in names]
    moved = {untied(s): variable(moved_name(s.name), s.type.dims) for s in symbols}
    try:
        value = lower(parsed.expr, frozenset(names))
        tensor = push_forward(value.tensor, moved)
    except GradproofError as error:
        raise error.located(parsed.text) from None
    tensor = replace(tensor, {untied(s): variable(s.name, s.type.dims, s.facts) for s in symbols if s.facts & TIES})
    tensor = merged(tensor)
    lifter = Lifter(reading_order(parsed.expr), lengths=not complex_)
    e = closed_form(tensor, Axes((), value.kind, value.groups), "mixed", lifter)
    if isinstance(e, IndexForm):
        raise UnsupportedError(
            say("this differential has no form in matrix notation; in index notation it is {formula}", formula=e.ascii)
        )
    e = lifter.style.transpose(e) if value.kind == "r" else e
    if verify:
        from gradproof.proven import differential_proof, must_hold  # the proof is loaded only where there is one

        report = differential_proof(parsed.expr, e, symbols, parsed.symbols.values(), parsed.functions.values())
        if complex_ and report.ok:  # what was read, too, and not only the formula in variables and their conjugates
            from gradproof.proven import complex_differential_proof  # with it

            shown = differential_restored(e, given, names)
            report = complex_differential_proof(
                given.expr, shown, asked, given.symbols.values(), given.functions.values()
            )
        held = must_hold(report, given.expr)
        e = differential_restored(e, given, names) if complex_ else e
        verdicts[e] = held
        return e
    return differential_restored(e, given, names) if complex_ else e
