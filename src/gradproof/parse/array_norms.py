"""The norms of arrays, by the kinds of their operands."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.errors import UnsupportedError
from gradproof.notation.expr import Expr, call
from gradproof.ops import Operation
from gradproof.parse.arrays import FIRST, LAST, SECOND, along, enter, squared
from gradproof.parse.readings import ABSOLUTE_SUM, BUILT, LARGEST
from gradproof.say import say

NORM = enter("norm", "i-> ij->", lambda e: call("norm2", e))
NORM_OF_MATRIX = enter("norm", "ij->", lambda e: call("norm2", e))


def _norm(of_vector: Callable[[Expr], Expr], of_matrix: Callable[[Expr], Expr] | None = None) -> Operation:
    """A norm that is another one for matrices; None: one that has no name here."""

    def built(e: Expr) -> Expr:
        if e.type.kind != "m":
            return of_vector(e)
        if of_matrix is None:
            raise UnsupportedError(
                say("this norm of a matrix, the largest sum of a row or a column, is not supported"),
                hint=say("write np.abs(X).sum() for the sum of all, np.abs(X).max() for the largest entry"),
            )
        return of_matrix(e)

    return enter("norm", "i-> ij->", built)


ORDERS = {  # np.linalg.norm(x, ord)
    "None": NORM,
    "fro": NORM_OF_MATRIX,
    "nuc": enter("norm", "ij->", lambda e: call("nuclear", e)),
    "1": _norm(lambda e: call(ABSOLUTE_SUM, e)),
    "2": _norm(lambda e: call("norm2", e), lambda e: call("specnorm", e)),
    "inf": _norm(BUILT[LARGEST]),
}
NORMS = {
    0: enter("norm along axis 0", FIRST, lambda e: call("sqrt", along(0)(squared(e)))),
    1: enter("norm along axis 1", SECOND, lambda e: call("sqrt", along(1)(squared(e)))),
    -1: enter("norm along the last axis", LAST, lambda e: call("sqrt", along(1)(squared(e)))),
}

FLAT_ORDERS = ORDERS | {  # torch.norm(x, p), tf.norm(x, ord): of a matrix that of all its entries
    "fro": NORM,
    "1": enter("norm", "i-> ij->", lambda e: call(ABSOLUTE_SUM, e)),
    "2": NORM,
    "inf": enter("norm", "i-> ij->", BUILT[LARGEST]),
}
