"""A forgotten factor of the chain rule: the claim is the derivative of the outer, or of the inner part of the formula alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import process_time

from gradproof.check.match import fit, value_of
from gradproof.check.points import At, Form, Question, derivative_value, laid_out
from gradproof.check.search import Finding
from gradproof.derive import Derivative, derive
from gradproof.errors import GradproofError
from gradproof.notation.expr import Call, Expr, Symbol, substitute, symbol, walk
from gradproof.numeric import bare as np
from gradproof.records import replace

PATIENCE = 1.5  # seconds
MOST = 24  # parts of a formula that are tried


def forgotten(question: Question, claim: Expr, points: list[At]) -> Iterator[Finding]:
    """Confirmed findings: which part's derivative was left out."""
    if len(question.wrt) != 1 or question.derivative.parts:
        return
    x, formula = question.wrt[0], question.expression
    parts = [
        e
        for e in walk(formula)
        if e is not formula and isinstance(e, Call) and e.args and x in e.variables and e.type.kind != "r"
    ]
    end = process_time() + PATIENCE
    for part in parts[:MOST]:
        if process_time() > end:
            return
        inner = symbol("u_", part.type)
        outer = substitute(formula, {part: inner})
        for whole, d, at_values in (
            (outer, _derived(outer, inner, question), part),
            (part, _derived(part, x, question), None),
        ):
            if d is None or (whole is outer and x in outer.variables):
                continue
            found = fit(points, value_of(claim), lambda at, d=d, p=at_values: _forms(d, at, p, question.layout))
            if found is not None:
                cost = 1.15 + (0 if found.exact else 1.0) + (0.8 if found.form.layout != question.layout else 0)
                data: dict[str, Expr | str] = {
                    "forgotten" if whole is outer else "outer": part if whole is outer else formula
                }
                yield Finding(
                    "missing-chain-factor", cost, found.form, data if found.exact else {**data, "factor": found.factor}
                )
                return


def _derived(e: Expr, by: Symbol, question: Question) -> Derivative | None:
    try:
        return replace(derive(e, by, where={**question.symbols, by.name: by}, verify=False), layout="denominator")
    except GradproofError:
        return None


def _forms(d: Derivative, at: At, inner: Expr | None, asked: str) -> Mapping[Form, object]:
    """The forms of another derivative at the same point; `inner`: the formula whose value the new variable has."""
    values = dict(at.values)
    if inner is not None:
        found = at.try_value(inner)
        if found is None:
            return {}
        values["u_"] = (
            found.reshape(-1) if inner.type.kind == "v" else found if inner.type.kind == "m" else float(found[0, 0])
        )
    try:
        return laid_out(d, derivative_value(d, values), asked)
    except (GradproofError, np.linalg.LinAlgError):
        return {}
