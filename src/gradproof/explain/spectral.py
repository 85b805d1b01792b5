"""Sums of entries in another form: sum(log(eigvals(X))) is tr(logm(X)), and the logarithm of softmax a difference."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.engine.lower import lower
from gradproof.engine.spectra import EIGVALS, SINGVALS
from gradproof.errors import BudgetError, GradproofError
from gradproof.explain.atoms import HADAMARD, made_of, ones
from gradproof.lift.input_order import reading_order
from gradproof.lift.lifter import lift
from gradproof.lift.rows import LOGSUMEXP_ROWS, SOFTMAX_ROWS
from gradproof.notation.expr import Call, Expr, call, walk
from gradproof.ops import TABLE, basic
from gradproof.ops.basic import LOG

LISTS = (EIGVALS, SINGVALS)
VECTORS = frozenset(TABLE[op.dyad] for op in TABLE.values() if op.dyad)


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


def of_the_matrix(e: Call) -> Expr | None:
    """max(eigvals(X)) as lambdamax(X), and v'*C*v of an eigenvector as tr(C*P) of its projector; None where nothing of the kind stands there."""
    x = e.args[0] if len(e.args) == 1 else None
    if isinstance(x, Call) and e.op.name in dict(x.op.reduced):
        return as_trace(e)
    if e.op not in (basic.MUL, basic.POW) or not _vectors(e):
        return None
    found = lift(lower(e).tensor, reading_order(e), dyads=False)
    return None if _vectors(found) else found


def _vectors(e: Expr) -> bool:
    return any(isinstance(n, Call) and n.op in VECTORS for n in walk(e))


def log_softmax_rows(e: Expr, varies: Callable[[Expr], bool]) -> Expr | None:
    """sum(Y.*log(softmax_rows(U))) as sum(Y.*U) - (Y*1)'*logsumexp_rows(U), of the Hadamard product; None for any other formula."""
    if not made_of(e, HADAMARD) or e.args[0].type != e.args[1].type:
        return None
    a, b = e.args if not varies(e.args[0]) else e.args[::-1]
    if varies(a) or not made_of(b, LOG) or not made_of(b.args[0], SOFTMAX_ROWS):
        return None
    u = b.args[0].args[0]
    totals = call("transpose", call("mul", a, ones(a.type.dims[1])))
    return call("sub", call("sum", call("hadamard", a, u)), call("mul", totals, call(LOGSUMEXP_ROWS, u)))


def _listed(e: Expr) -> bool:
    return any(isinstance(n, Call) and n.op in LISTS for n in walk(e))


__all__ = ["as_trace", "log_softmax_rows", "of_the_matrix"]
