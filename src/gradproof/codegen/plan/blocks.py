"""Row blocks: a loop over rows of the data, so that a block that was read once stays in cache for all that needs it.

A dimension qualifies where everything that has it works row by row, and what sums over it is a sum of the sums over blocks. A result of such a sum,
or a softmax over all rows, is complete only after the loop: what needs it runs in a further loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from gradproof.codegen.plan.program import Node
from gradproof.ops.operation import Operation
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim

BYTES = 1 << 20  # of the data, in one block: what a core's own cache holds; up to twice that, …
ROWS, FULL = 32, 128  # … for so many rows: fewer cost more in calls than they save
EVEN = 16  # a block has a multiple of so many rows, as the kernels of BLAS take several at a time
LARGE = 1 << 19  # entries of a matrix that is read more than once, from which on a loop is worth it
THIN = 64  # products of matrices with one side so narrow are bound by memory, as those with vectors

ROWWISE = frozenset("mul div add sub neg power nonzero log1p expand transpose".split())
ADDITIVE = frozenset("matmul sum vdot einsum".split())


@dataclass(frozen=True)
class RowLoop:
    """How a program is cut: the dimension, the rows of one block, the loop in which each node that has the dimension is computed
    (or, for other nodes, after how many loops it can be), and what is kept of the loops."""

    dim: Dim
    rows: int
    phase: Mapping[Node, int]
    inside: frozenset[Node]  # computed row by row, in a loop
    totals: frozenset[Node]  # sums over rows
    kept: frozenset[Node]  # vectors over the rows that are needed after their loop
    loops: frozenset[int]  # the phases that are loops; in others whole vectors are computed at once


def plan_blocks(order: Sequence[Node], roots: Sequence[Node], sizes: Mapping[str, int]) -> RowLoop | None:
    """The cut that saves reading a large matrix; None where there is none."""
    for data in order:
        if data.kind == "input" and data.order == 2 and data.axes[0] is not data.axes[1]:
            rows, width = (d.evaluate(sizes) for d in data.axes)
            if rows * width >= LARGE:
                found = _cut(data, _rows(8 * width), order, roots)
                if found is not None and _saves(found, data, order):
                    return found
                found = _cut(data, _rows(8 * width), order, roots, sizes)
                if found is not None and found.loops:
                    return found
    return None


def _rows(width: int) -> int:
    """How many rows a block has, for rows of so many bytes."""
    return max(ROWS, max(BYTES // width, min(FULL, 2 * BYTES // width)) // EVEN * EVEN)


def _saves(cut: RowLoop, data: Node, order: Sequence[Node]) -> bool:
    """Whether the matrix is read less often than without the loops, in products with vectors."""
    reads = [(n, a) for n in order for a in n.args if n.kind == "matmul" and base_of(a) is data]
    return (
        bool(cut.loops)
        and len(reads) > 1
        and all(
            min(a.order for a in n.args) == 1
            for n in order
            if n.kind == "matmul" and any(cut.dim in a.axes for a in n.args)
        )
    )


def base_of(a: Node) -> Node:
    """What a view is a view of."""
    while a.kind in ("transpose", "expand"):
        a = a.args[0]
    return a


def _cut(
    data: Node, rows: int, order: Sequence[Node], roots: Sequence[Node], sizes: Mapping[str, int] | None = None
) -> RowLoop | None:
    """The cut along the rows of the data; loops are where the data is read more than once, or, given sizes, where thin products make and use up
    several arrays as large.
    """
    d = data.axes[0]
    phase: dict[Node, int] = {}
    inside, totals, needs = set(), set(), set()
    for node in order:
        has = [a for a in node.args if d in a.axes]
        ready = max((phase[a] for a in node.args), default=0)
        if node.axes.count(d) > 1:
            return None
        if d not in node.axes and not has:
            phase[node] = ready
        elif d not in node.axes and node.kind in ADDITIVE:
            phase[node] = ready + 1
            totals.add(node)
        elif node.kind == "input" or (d in node.axes and has and _rowwise(node, d)):
            phase[node] = ready
            inside.add(node)
        else:  # of all rows at once
            phase[node] = ready + 1 if has else ready
            needs.update(has)
    crossing = {
        a
        for n in order
        if n in inside or n in totals
        for a in n.args
        if a in inside and phase[a] < phase[n] - (n in totals)
    }
    kept = {base_of(a) for a in needs | crossing | {r for r in roots if r in inside}} & inside
    kept = {k for k in kept if k.kind != "input"}
    widest = 1 if sizes is None else 2
    if any(k.order > widest or k.kind in ("transpose", "expand") or k.axes[0] is not d for k in kept):
        return None
    if any(a.order > 1 for a in needs):
        return None
    mine = {n: phase[n] - (n in totals) for n in order if n in inside or n in totals}
    loops = _rereading(data, mine) if sizes is None else _thin(mine, kept, data, sizes)
    if any(
        p not in loops and n.order > 1 and n in inside and base_of(n).kind != "input" and n not in kept
        for n, p in mine.items()
    ):
        return None
    return RowLoop(d, rows, phase, frozenset(inside), frozenset(totals), frozenset(kept), frozenset(loops))


def _rereading(data: Node, phase: Mapping[Node, int]) -> set[int]:
    """The phases in which the data is read more than once."""
    reads = Counter(p for n, p in phase.items() for a in n.args if base_of(a) is data and base_of(n) is not data)
    return {p for p, times in reads.items() if times > 1}


def _thin(phase: Mapping[Node, int], kept: set[Node], data: Node, sizes: Mapping[str, int]) -> set[int]:
    """The phases in which products with a narrow side make an array as large as the data, and use up several; none where a product is wider."""
    products = {n: p for n, p in phase.items() if n.kind == "matmul" and min(a.order for a in n.args) > 1}
    for n in products:
        if min(d.evaluate(sizes) for a in n.args for d in a.axes) > THIN:
            return set()
    made = {p for n, p in products.items() if set(n.axes) == set(data.axes)}
    used = {p for n, p in products.items() if any(base_of(a).kind != "input" for a in n.args)}
    large = Counter(
        p
        for n, p in phase.items()
        if base_of(n) is n and n.kind != "input" and n not in kept and set(n.axes) == set(data.axes)
    )
    return {p for p in made & used if large[p] > 2}


def _rowwise(node: Node, d: Dim) -> bool:
    if node.kind in ROWWISE:
        return True
    if node.kind == "apply":
        op: Operation = node.data
        return op.elementwise
    if node.kind == "matmul":  # the rows of the left factor, or the columns of the right one
        a, b = node.args
        return (a.order == 2 and a.axes[0] is d and d not in b.axes) or (
            b.order == 2 and b.axes[1] is d and d not in a.axes
        )
    if node.kind in ("softmax", "logsumexp"):
        return node.data is not None and node.args[0].axes.index(d) not in node.data
    return node.kind == "einsum" or (node.kind == "sum" and node.args[0].axes[0] is d)


def uses_in(nodes: Sequence[Node]) -> Counter[Node]:
    """How often each node is an argument of these."""
    return Counter(a for n in nodes for a in n.args)
