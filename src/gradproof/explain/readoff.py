"""The differential method: take dY, bring it into the form in which the derivative can be read off, and read it off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.explain.atoms import MUL, TRANSPOSE
from gradproof.explain.differential import Moving, differential_of
from gradproof.explain.rules import TextbookRule
from gradproof.explain.stacked import stack, vec
from gradproof.explain.steps import DERIVATIVE, EQUALITY, Step
from gradproof.explain.trace import collect
from gradproof.notation.expr import Expr, Symbol, call, number, substitute


def derive_by_differential(expr: Expr, wrt: Symbol, rules: Mapping[str, TextbookRule] | None = None) -> Step:
    """The proof tree of ∂expr/∂wrt by the differential. Raises NoDerivation."""
    first, context = differential_of(expr, (wrt,), rules)
    if not wrt.type.dims:
        return _by_scalar(first, context)
    if expr.type.kind == "s":
        w, lines = collect(first.result, context)
        return _read("read-off", first, lines, call(TRANSPOSE, w), context, {"G": w})
    return _by_stacking(first, context)


def _by_scalar(first: Step, context: Moving) -> Step:
    """dY = G dx."""
    (dx,) = context.moved
    g = substitute(first.result, {dx: number(1)})
    return _read("read-off-scalar", first, [], call(TRANSPOSE, g) if g.type.kind == "v" else g, context)


def _by_stacking(first: Step, context: Moving) -> Step:
    (dx,) = context.moved
    k = stack(first.result, context)
    before, after = vec(first.result), call(MUL, k, vec(dx))
    flat = first.goal.type.kind in "vr" and dx.type.kind == "v"
    lines = []
    if context.tidy(before) is not context.tidy(after):
        lines.append(
            Step(
                "stack-vectors" if flat else "vec",
                EQUALITY,
                before,
                context.wrt,
                after,
                after,
                after,
                moved=context.moved,
            )
        )
    return _read("read-off-vector" if flat else "read-off-stacked", first, lines, call(TRANSPOSE, k), context)


def _read(
    rule: str, first: Step, lines: Sequence[Step], line: Expr, context: Moving, parts: Mapping[str, Expr] | None = None
) -> Step:
    result = context.tidy(line)
    return Step(
        rule, DERIVATIVE, first.goal, context.wrt, result, result, result, parts or {}, (first, *lines), context.moved
    )
