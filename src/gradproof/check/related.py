"""What a claim may be beside a slip: the derivative of another formula, or a sum each term of which has a factor of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from gradproof.check.match import simple
from gradproof.check.points import Array, same
from gradproof.engine.triangular import DET, LOGDET
from gradproof.notation.expr import Call, Expr, call, number
from gradproof.numeric import bare as np
from gradproof.ops import basic

LOG = basic.LOG


def relatives(f: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Formulas with which f is easily taken for another, with what their derivative is of f's."""
    if isinstance(f, Call) and f.op in (LOG, LOGDET):
        inner = f.args[0] if f.op is LOG else call(DET, f.args[0])
        yield inner, inner
    elif not (isinstance(f, Call) and f.op in (basic.ADD, basic.SUB, basic.NEG)):
        yield call(LOG, f), call("div", 1, f)
    if isinstance(f, Call) and f.op is basic.POW and f.args[1] is number(2):
        yield f.args[0], call("div", 1, call("mul", 2, f.args[0]))
    elif isinstance(f, Call) and f.op is basic.NORM2:
        yield call("pow", f, 2), call("mul", 2, f)


def coefficients(columns: Sequence[Sequence[Array]], whole: Sequence[Array]) -> list[Fraction] | None:
    """The fractions with which the terms, each an array for each point, add up to `whole`; None where they do not."""
    rows = [[_dot(a, b) for b in columns] for a in columns]
    right = [_dot(a, whole) for a in columns]
    size = len(columns)
    for k in range(size):  # elimination: two or three unknowns
        pivot = max(range(k, size), key=lambda i: abs(rows[i][k]))
        rows[k], rows[pivot], right[k], right[pivot] = rows[pivot], rows[k], right[pivot], right[k]
        if abs(rows[k][k]) < 1e-9:
            return None
        for i in range(size):
            if i != k:
                c = rows[i][k] / rows[k][k]
                rows[i] = [x - c * y for x, y in zip(rows[i], rows[k], strict=True)]
                right[i] -= c * right[k]
    found = [c for k in range(size) if (c := simple([right[k] / rows[k][k]])) is not None]
    if len(found) < size:
        return None
    for at, wanted in enumerate(whole):
        total = wanted * 0.0
        for c, column in zip(found, columns, strict=True):
            total = total + float(c) * column[at]
        if not same(total, wanted, 0.0):
            return None
    return found


def _dot(a: Sequence[Array], b: Sequence[Array]) -> float:
    return sum(float(np.vdot(x, y)) for x, y in zip(a, b, strict=True))


__all__ = ["DET", "LOG", "coefficients", "relatives"]
