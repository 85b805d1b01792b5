"""What a claim may be about: the derivative, the differential, or the value of the formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradproof.check.match import Target, truths
from gradproof.check.points import At, Form, Question, as_matrix
from gradproof.derive import derive
from gradproof.engine.contract import permute
from gradproof.engine.lower import lower
from gradproof.engine.tensor import Tensor
from gradproof.errors import GradproofError
from gradproof.lift.layouts import LAYOUTS
from gradproof.notation.expr import Expr, Symbol
from gradproof.numeric import bare as np
from gradproof.records import replace
from gradproof.shorthands import differential

DIFFERENTIAL, VALUE = Form("differential"), Form("value")


def derivative_target(question: Question) -> Target:
    result = question.correct.result
    return Target("derivative", truths, result if isinstance(result, Expr) else None)


def value_target(question: Question) -> Target:
    return Target("value", lambda at: {VALUE: at.value(question.expression)}, question.expression)


def differential_target(question: Question, moved: Mapping[str, Symbol]) -> Target:
    """The differential in these moved variables; without any, in the first variable of the question."""
    names = tuple(moved) or tuple(s.name for s in question.wrt[:1])
    where = {**question.symbols, **question.derivative.functions}
    parts = [
        (question.moving[n], replace(derive(question.expression, n, where, verify=False), layout=LAYOUTS[0]))
        for n in names
    ]

    def forms(at: At) -> Mapping[Form, Any]:
        total: Any = None
        for dx, d in parts:
            a, split, by = at.of(d), d.axes.split, np.asarray(at.values[dx.name])
            term = np.tensordot(by, a, (range(split), range(split))) if split else a * by
            total = term if total is None else total + term
        return {DIFFERENTIAL: as_matrix(question.expression, total)}

    try:
        formula = differential(question.expression, names, where=where)
    except GradproofError:
        formula = None
    return Target("differential", forms, formula)


def identical(question: Question, claim: Expr, target: Target, form: Form) -> bool:
    """Whether the claim is its target in canonical form: the same node of the engine."""
    d = question.derivative
    try:
        mine = lower(claim).tensor
        if target.role != "derivative":
            return target.formula is not None and lower(target.formula).tensor is mine
    except GradproofError:
        return False
    wanted = d.tensor
    if mine is wanted:
        return True
    orders = [tuple(reversed(range(wanted.order)))]
    if wanted.order > 2 and d.axes.wrt:
        first = next((n for n in (*d.axes.wrt, d.axes.split) if n), 0)
        rows, columns = tuple(reversed(range(first))), tuple(reversed(range(first, wanted.order)))
        orders = (
            [(*rows, *columns), (*columns, *rows)]
            if form.stacking == "column"
            else [(*range(first, wanted.order), *range(first))]
        )
    return any(_permuted(wanted, order) is mine for order in orders)


def same_node(question: Question, claim: Expr) -> bool:
    """Whether the claim is the derivative in denominator layout, axis by axis, in canonical form: whatever floats say."""
    if question.layout != LAYOUTS[0] or question.derivative.order > 2:
        return False
    try:
        return lower(claim).tensor is question.derivative.tensor
    except GradproofError:
        return False


def _permuted(t: Tensor, order: tuple[int, ...]) -> Tensor:
    return permute(t, order)
