"""Sums of functions of eigenvalues as traces: sum(log(eigvals(X))) is tr(logm(X))."""

from __future__ import annotations

from gradproof.engine.lower import lower
from gradproof.engine.spectra import EIGVALS, SINGVALS
from gradproof.errors import BudgetError, GradproofError
from gradproof.lift.lifter import lift
from gradproof.lift.pretty import reading_order
from gradproof.notation.expr import Call, Expr, walk

LISTS = (EIGVALS, SINGVALS)


def as_trace(e: Expr) -> Expr | None:
    """The sum in matrix functions; None where there are no eigenvalues in it, or it is none of their functions."""
    if not _listed(e):
        return None
    try:
        found = lift(lower(e).tensor, reading_order(e))
    except BudgetError:
        raise
    except GradproofError:
        return None
    return None if _listed(found) else found


def _listed(e: Expr) -> bool:
    return any(isinstance(n, Call) and n.op in LISTS for n in walk(e))


__all__ = ["as_trace"]
