"""Formulas that differ in the order of their terms, or of factors that commute, alone."""

from __future__ import annotations

from collections import Counter

from gradproof.explain.atoms import ADD, HADAMARD, MUL, NEG, SUB, made_of
from gradproof.explain.context import terms_of
from gradproof.explain.steps import DERIVATIVE, Step
from gradproof.notation.expr import Call, Expr


def reordered(step: Step) -> bool:
    """Whether a step only writes terms, or factors that commute, in another order."""
    return step.kind == DERIVATIVE and _unordered(step.result) == _unordered(step.children[0].result)


def _unordered(e: Expr) -> object:
    if not isinstance(e, Call) or e.op not in (ADD, SUB, HADAMARD, NEG, MUL):
        return e
    if e.op is MUL:
        return tuple(map(_unordered, e.args))
    if e.op is HADAMARD:
        return frozenset(Counter(_hadamard_factors(e)).items())
    return frozenset(Counter((sign, _unordered(t) if t is not e else t) for sign, t in terms_of(e)).items())


def _hadamard_factors(e: Expr) -> list[Expr]:
    return [f for a in e.args for f in _hadamard_factors(a)] if made_of(e, HADAMARD) else [e]


__all__ = ["reordered"]
