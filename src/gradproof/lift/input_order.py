"""What the input tells of the order in which a reader wants to see a result."""

from __future__ import annotations

from gradproof.notation.expr import Applied, Call, Expr, Symbol, walk
from gradproof.ops import basic


class InputOrder(dict[str, int]):
    """The names of an input, numbered as they appear; `typed`: the products in it whose factors could stand the other way round."""

    typed: frozenset[Expr] = frozenset()


def reading_order(e: Expr) -> InputOrder:
    """The names of variables and declared functions, numbered as they appear."""
    order, nodes = InputOrder(), walk(e)
    for node in nodes:
        if type(node) is not Call:
            for name in names_in(node):
                order.setdefault(name, len(order))
    order.typed = frozenset(
        n for n in nodes if type(n) is Call and (n.op is basic.HADAMARD or (n.op is basic.MUL and n.type.kind == "s"))
    )
    return order


def names_in(node: Expr) -> tuple[str, ...]:
    return (node.name,) if isinstance(node, Symbol) else (node.function.name,) if isinstance(node, Applied) else ()
