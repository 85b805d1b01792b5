"""What a program costs: floating-point operations, bytes, and an estimate of time by which alternatives are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from gradproof.codegen.order import CALL, ENTRY, GEMM, GEMV
from gradproof.codegen.program import VIEWS, Node, reachable

Sizes = Mapping[str, int]


def program_cost(roots: Iterable[Node], sizes: Sizes) -> float:
    """The time of all nodes that the roots need, in nanoseconds, by the model of `order`."""
    return sum(node_cost(node, sizes) for node in reachable(roots))


def entries(node: Node, sizes: Sizes) -> float:
    """The number of entries of an array."""
    return float(prod(d.evaluate(sizes) for d in node.axes))


def node_cost(node: Node, sizes: Sizes) -> float:
    """The time of one node."""
    if node.kind in VIEWS:
        return 0.0
    read = sum(entries(a, sizes) for a in node.args)
    total = CALL + ENTRY * entries(node, sizes)
    match node.kind:
        case "matmul":
            work = products(node, sizes)
            return total + work * (GEMM / (2 if symmetric(node) else 1) if min(a.order for a in node.args) > 1 else GEMV)
        case "solve" | "half_solve":
            return total + 2 * GEMM * entries(node, sizes) * node.args[0].axes[0].evaluate(sizes)
        case "cholesky" | "lu" | "inverse":
            return total + GEMM * node.axes[0].evaluate(sizes) ** 3
    return total + ENTRY * read


def products(node: Node, sizes: Sizes) -> float:
    """How many multiplications a matrix product takes."""
    a, b = node.args
    return entries(a, sizes) * (b.axes[-1].evaluate(sizes) if b.order > 1 else 1)


def symmetric(node: Node) -> bool:
    """Whether a matrix product is B' B, which costs half."""
    a, b = node.args
    return (a.kind == "transpose" and a.args[0] is b) or (b.kind == "transpose" and b.args[0] is a)
