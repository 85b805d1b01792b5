"""Functions that are defined by others, and of which the table says how they bend: they are kept whole, as the sum that defines them hides it."""

from __future__ import annotations

from functools import cache

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds
from gradproof.engine.lower import Value, lower
from gradproof.engine.tensor import Tensor
from gradproof.notation.expr import Call, Expr, fold
from gradproof.ops import Operation
from gradproof.ops.operation import Definition, Elementwise
from gradproof.records import replace


@cache
def _whole(op: Operation) -> Operation:
    """The operation with a kink, and no derivative that anybody may use."""
    each = op.signatures[0].args[0].kind == "*"
    meaning = Elementwise(("0*x",)) if each else op.meaning
    return replace(op, meaning=meaning, domain=None, analytic=False)


def _hidden(node: Expr, names: frozenset[str]) -> bool:
    if not isinstance(node, Call) or not isinstance(node.op.meaning, Definition) or not node.op.convexity:
        return False
    if node.op.convex_from is not None:
        p = node.args[-1]
        still = not any(s.name in names for s in p.variables)
        return still and bounds(lower(p).tensor).low >= node.op.convex_from
    return len(node.args) == 1 and node.op.signatures[0].args[0].kind == "*"


def whole(expr: Expr, names: frozenset[str]) -> Tensor | None:
    """The formula lowered, with these functions whole; None where it has none."""
    values: dict[Expr, Value] = {}

    def visit(node: Expr, _: list[None]) -> None:
        if isinstance(node, Call) and _hidden(node, names):
            inner = [lower(a, names, values) for a in node.args]
            found = apply(_whole(node.op), tuple(v.tensor for v in inner))
            values[node] = Value(found, inner[0].kind, inner[0].groups) if found.order else Value(found, "s", ())

    fold(expr, visit)
    return lower(expr, names, values).tensor if values else None
