"""Functions that are defined by others, and of which the table says how they bend: they are kept whole, as the sum that defines them hides it."""

from __future__ import annotations

from functools import cache

from gradproof.engine.contract import apply
from gradproof.engine.lower import Value, lower
from gradproof.engine.tensor import Tensor
from gradproof.notation.expr import Call, Expr, fold
from gradproof.ops import Operation
from gradproof.ops.operation import Definition, Elementwise
from gradproof.records import replace


@cache
def _whole(op: Operation) -> Operation:
    """The operation as one of each entry that has a kink, and no derivative that anybody may use."""
    return replace(op, meaning=Elementwise(("0*x",)), domain=None, analytic=False)


def _hidden(node: Expr) -> bool:
    if not isinstance(node, Call) or not isinstance(node.op.meaning, Definition) or not node.op.convexity:
        return False
    return len(node.args) == 1 and node.op.signatures[0].args[0].kind == "*"


def whole(expr: Expr, names: frozenset[str]) -> Tensor | None:
    """The formula lowered, with these functions whole; None where it has none."""
    values: dict[Expr, Value] = {}

    def visit(node: Expr, _: list[None]) -> None:
        if isinstance(node, Call) and _hidden(node):
            inner = lower(node.args[0], names, values)
            values[node] = Value(apply(_whole(node.op), (inner.tensor,)), inner.kind, inner.groups)

    fold(expr, visit)
    return lower(expr, names, values).tensor if values else None
