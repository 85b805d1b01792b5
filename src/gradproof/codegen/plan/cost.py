"""What a program costs: floating-point operations, bytes, and an estimate of time by which alternatives are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import prod

from gradproof.codegen.plan.order import CALL, ENTRY, GEMM, GEMV
from gradproof.codegen.plan.program import VIEWS, Node, entries, reachable
from gradproof.engine.tensor import Apply, Contraction, Sum, Tensor, walk_tensor
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim, Sizes, dim, product


def program_cost(roots: Iterable[Node], sizes: Sizes, known: dict[Node, float] | None = None) -> float:
    """The time of all nodes that the roots need, in nanoseconds, by the model of `order`; `known`: the times of nodes, kept from call to call."""
    known = {} if known is None else known
    total = 0.0
    for node in reachable(roots):
        if node not in known:
            known[node] = node_cost(node, sizes)
        total += known[node]
    return total


def node_cost(node: Node, sizes: Sizes) -> float:
    """The time of one node."""
    if node.kind in VIEWS:
        return 0.0
    read = sum(entries(a, sizes) for a in node.args)
    total = CALL + ENTRY * entries(node, sizes)
    match node.kind:
        case "matmul":
            work = products(node, sizes)
            return total + work * (
                GEMM / (2 if symmetric(node) else 1) if min(a.order for a in node.args) > 1 else GEMV
            )
        case "solve" | "half_solve":
            work = entries(node, sizes) * node.args[0].axes[0].evaluate(sizes)
            return total + GEMM * work * (2 if node.kind == "solve" else 1)
        case "cholesky" | "sym" | "lu" | "inverse":
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


# -- the report


Polynomial = dict[tuple[str, ...], Fraction]  # the names of a monomial, sorted: its coefficient


@dataclass(frozen=True)
class Cost:
    """What a derivative costs at given sizes, as the emitted program computes it and as its index notation would be without any planning.

    `flops`: floating-point operations; `bytes`: of all arrays that are read and written, in float64; `largest`: entries of the largest array that is
    made; `formula`: the flops as a formula in the dimensions; `naive_flops`, `naive_formula`: one loop nest for each product.
    """

    sizes: Mapping[str, int]
    flops: int
    bytes: int
    largest: int
    formula: str
    naive_flops: int
    naive_formula: str

    def __str__(self) -> str:
        at = ", ".join(f"{n}={size:,}" for n, size in self.sizes.items())
        return "\n".join([
            f"at {at or 'no sizes'}",
            f"flops     {self.flops:,}  ({self.formula})",
            f"naive     {self.naive_flops:,}  ({self.naive_formula})",
            f"bytes     {self.bytes:,}",
            f"largest   {self.largest:,} entries",
        ])  # fmt: skip


def report(roots: Iterable[Node], tensors: Iterable[Tensor], sizes: Sizes) -> Cost:
    """The cost of a program, and of the tensors without one."""
    nodes = list(reachable(roots))
    made = [n for n in nodes if n.kind not in VIEWS]
    total, naive = _sum(_flops(n) for n in nodes), _sum(_naive(t) for root in tensors for t in walk_tensor(root))
    moved = sum(entries(n, sizes) + sum(entries(a, sizes) for a in n.args) for n in made)
    largest = max((entries(n, sizes) for n in made), default=0)
    used = {name for p in (total, naive) for names in p for name in names}
    shown = {n: sizes[n] for n in sorted(used) if n in sizes}
    return Cost(
        shown, _value(total, sizes), 8 * int(moved), int(largest), _text(total), _value(naive, sizes), _text(naive)
    )


def _flops(node: Node) -> Polynomial:
    whole = product(node.axes)
    match node.kind:
        case "matmul":
            a, b = node.args
            return _times(1 if symmetric(node) else 2, product(a.axes) * (b.axes[-1] if b.order > 1 else dim(1)))
        case "vdot" | "sum":
            return _times(2 if node.kind == "vdot" else 1, product(node.args[0].axes))
        case "einsum":
            one, two, _ = node.data
            size = dict(zip((*one, *two), (*node.args[0].axes, *node.args[1].axes), strict=True))
            return _times(2, product(size.values()))
        case "solve" | "half_solve":
            return _times(2 if node.kind == "solve" else 1, whole * node.args[0].axes[0])
        case "cholesky" | "sym" | "lu" | "inverse":
            third = {"cholesky": 1, "sym": 1, "lu": 2}.get(node.kind, 4 if node.args[0].kind == "lu" else 2)
            return _times(Fraction(third, 3), whole * node.axes[0])
        case "scatter" | "add_diagonals":
            return _sum(_times(1, product(a.axes)) for a in node.args[node.kind == "add_diagonals" :])
        case "softmax" | "logsumexp":
            return _times(4, product(node.args[0].axes))
        case "logdet" | "det":
            return _times(2, node.args[0].axes[0])
    return {} if node.kind in VIEWS or node.kind in ("reshape", "call") else _times(1, whole)


def _naive(t: Tensor) -> Polynomial:
    match t:
        case Contraction(factors=factors, dims=dims):
            return _times(len(factors), product(dims)) if factors else {}
        case Sum(terms=terms):
            return _times(len(terms), product(t.axes))
        case Apply(args=args):
            a = product(args[0].axes)
            return _times(1, a * args[0].axes[0]) if args[0].order == 2 and not t.op.elementwise else _times(1, a)
    return {}


def _times(c: Fraction | int, d: Dim) -> Polynomial:
    return {names: Fraction(c) * times for names, times in d.terms}


def _sum(parts: Iterable[Polynomial]) -> Polynomial:
    total: Polynomial = {}
    for p in parts:
        for names, c in p.items():
            total[names] = total.get(names, Fraction(0)) + c
    return total


def _value(p: Polynomial, sizes: Sizes) -> int:
    return round(sum(c * prod(sizes[n] for n in names) for names, c in p.items()))


def _text(p: Polynomial) -> str:
    """2 m n² + n, the highest powers first."""
    parts = []
    for names, c in sorted(p.items(), key=lambda t: (-len(t[0]), t[0])):
        powers = [n + ("" if k == 1 else str(k).translate(_RAISED)) for n, k in Counter(names).items()]
        parts.append(" ".join([*([str(c)] if c != 1 or not powers else []), *powers]))
    return " + ".join(parts) or "0"


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
