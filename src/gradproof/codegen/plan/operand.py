"""Products of two arrays over named indices, each as the operation that fits it best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from gradproof.codegen.plan.order import Letters
from gradproof.codegen.plan.program import Builder, Node
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim, Sizes, product

Indices = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Operand:
    """An array with the index at each of its axes. `below`: it stands in the denominator. `factor`: the array is the inverse of what was factorised there."""

    node: Node
    indices: Indices
    below: bool = False
    factor: Node | None = None


class Pairs:
    """Multiplies operands; `dims`: the dimension of each index, `sizes`: what the dimensions are, as far as it is known."""

    def __init__(self, graph: Builder, dims: Mapping[int, Dim], sizes: Sizes | None = None):
        self.graph, self.dims, self.sizes = graph, dims, sizes

    def axes(self, indices: Sequence[int]) -> tuple[Dim, ...]:
        return tuple(self.dims[i] for i in indices)

    def operand(self, node: Node, indices: Indices, below: bool = False) -> Operand:
        """An operand as it lies in memory: without a transpose, and with the diagonal taken where an index stands twice."""
        while node.kind == "transpose":
            indices = tuple(indices[node.data.index(k)] for k in range(len(indices)))
            node = node.args[0]
        if len(set(indices)) < len(indices):
            distinct = tuple(dict.fromkeys(indices))
            node = self.graph.make(
                "diagonal", (node,), (tuple(distinct.index(i) for i in indices),), self.axes(distinct)
            )
            indices = distinct
        return Operand(node, indices, below)

    def upright(self, a: Operand) -> Operand:
        """Without a denominator."""
        return Operand(self.graph.power(a.node, -1), a.indices) if a.below else a

    def ordered(self, a: Operand, order: Indices) -> Node:
        """The array with its axes in this order."""
        return self.graph.transpose(a.node, tuple(a.indices.index(i) for i in order))

    def spread(self, a: Operand, order: Indices) -> Node:
        """The array with its axes placed in a longer order, ready to broadcast."""
        mine = tuple(i for i in order if i in a.indices)
        node = self.ordered(a, mine)
        return self.graph.expand(node, tuple(mine.index(i) if i in mine else None for i in order), self.axes(order))

    # -- products

    def pair(self, a: Operand, b: Operand, keep: Letters, wish: Indices) -> Operand:
        """The product of two, summed over the indices that are not in `keep`. `wish`: the order of axes that is wanted in the end."""
        if b.factor is not None and a.factor is None:
            a, b = b, a
        if a.factor is not None:
            solved = self._solve(a, b, keep)
            if solved is not None:
                return solved
        a, b = self._alone(a, b, keep), self._alone(b, a, keep)
        shared = [i for i in a.indices if i in b.indices]
        summed = tuple(i for i in shared if i not in keep)
        if not summed:
            return self._entrywise(a, b, wish)
        a, b = self.upright(a), self.upright(b)
        if len(summed) < len(shared):
            return self._batch(a, b, summed, tuple(i for i in shared if i in keep))
        return self._matmul(a, b, summed, wish)

    def alone(self, a: Operand, keep: Letters) -> Operand:
        """Summed over the indices that nothing else has."""
        gone = tuple(k for k, i in enumerate(a.indices) if i not in keep)
        if not gone:
            return a
        a = self.upright(a)
        left = tuple(i for i in a.indices if i in keep)
        if not left and a.node.kind == "power" and a.node.data == 2:  # a sum of squares
            root = Operand(a.node.args[0], a.indices)
            return self._dot(root, root, a.indices)
        return Operand(self.graph.make("sum", (a.node,), gone if left else (), self.axes(left)), left)

    def _alone(self, a: Operand, b: Operand, keep: Letters) -> Operand:
        return self.alone(a, keep | set(b.indices))

    def _entrywise(self, a: Operand, b: Operand, wish: Indices) -> Operand:
        if len(b.indices) > len(a.indices):
            a, b = b, a
        order = a.indices + tuple(i for i in b.indices if i not in a.indices)
        if set(order) == set(wish) and len(a.indices) < len(order):
            order = wish
        one, two = self.spread(a, order), self.spread(b, order)
        axes = self.axes(order)
        if a.below == b.below:
            if _behind(one, two):
                one, two = two, one
            return Operand(self.graph.mul(one, two, axes), order, a.below)
        return Operand(self.graph.div(two, one, axes) if a.below else self.graph.div(one, two, axes), order)

    def _matmul(self, a: Operand, b: Operand, summed: Indices, wish: Indices) -> Operand:
        rows, cols = tuple(i for i in a.indices if i not in summed), tuple(i for i in b.indices if i not in summed)
        if not rows and not cols:
            return self._dot(a, b, summed)
        if (
            rows
            and cols
            and self._turned(
                rows,
                cols,
                wish,
                self._clumsy(a, rows + summed, b, summed + cols) > self._clumsy(b, cols + summed, a, summed + rows),
            )
        ):
            a, b, rows, cols = b, a, cols, rows
        if not rows:  # a vector from the left: v @ A
            a, b, rows, cols = b, a, cols, rows
        left, right = self._matrix(a, rows, summed), self._matrix(b, summed, cols)
        flat = (() if not rows else (product(self.axes(rows)),)) + (() if not cols else (product(self.axes(cols)),))
        node = self.graph.make("matmul", (left, right), None, flat)
        return Operand(self.graph.reshape(node, self.axes(rows + cols)), rows + cols)

    def _turned(self, rows: Indices, cols: Indices, wish: Indices, clumsy: bool) -> bool:
        """Whether B' A' is better than A B: for the wanted order; else for fewer transposes, and so that both ways are one."""
        places = [wish.index(i) if i in wish else -1 for i in rows + cols]
        if -1 in places:
            return clumsy
        return places != sorted(places) and [*places[len(rows) :], *places[: len(rows)]] == sorted(places)

    def _clumsy(self, a: Operand, order: Indices, b: Operand, other: Indices) -> tuple[int, int, bool]:
        """How many transposes a product of two matrices needs, of how many entries, and whether the one that was made later stands first."""
        turned = [x for x, wanted in ((a, order), (b, other)) if x.indices != wanted]
        turned = [x for x in turned if x.node not in self.graph.symmetric]
        sizes = self.sizes or {}
        known = [] if self.sizes is None else [prod([d.length(sizes) for d in x.node.axes]) for x in turned]
        return len(turned), sum(known), a.node.rank > b.node.rank

    def _matrix(self, a: Operand, rows: Indices, cols: Indices) -> Node:
        """The array with these axes, each group as one."""
        node = self.ordered(a, rows + cols)
        if len(rows) <= 1 and len(cols) <= 1:
            return node
        return self.graph.reshape(node, tuple(product(self.axes(g)) for g in (rows, cols) if g))

    def _dot(self, a: Operand, b: Operand, summed: Indices) -> Operand:
        if len(summed) == 1:
            return Operand(self.graph.make("matmul", (a.node, b.node), None, ()), ())
        if a.indices == b.indices:
            return Operand(self.graph.make("vdot", (a.node, b.node), None, ()), ())
        return Operand(self._einsum(a, b, ()), ())

    def _einsum(self, a: Operand, b: Operand, out: Indices) -> Node:
        number: dict[int, int] = {}
        for i in (*a.indices, *b.indices):
            number.setdefault(i, len(number))
        spelled = tuple(tuple(number[i] for i in x) for x in (a.indices, b.indices, out))
        return self.graph.make("einsum", (a.node, b.node), spelled, self.axes(out))

    def _batch(self, a: Operand, b: Operand, summed: Indices, batch: Indices) -> Operand:
        """Products that share an index with the result, one for each value of it."""
        rows = tuple(i for i in a.indices if i not in summed and i not in batch)
        cols = tuple(i for i in b.indices if i not in summed and i not in batch)
        if not (rows and cols):
            return Operand(self._einsum(a, b, batch + rows + cols), batch + rows + cols)
        left = self._stack(a, batch, rows, summed)
        right = self._stack(b, batch, summed, cols)
        node = self.graph.make(
            "matmul", (left, right), None, (*self.axes(batch), product(self.axes(rows)), product(self.axes(cols)))
        )
        return Operand(self.graph.reshape(node, self.axes(batch + rows + cols)), batch + rows + cols)

    def _stack(self, a: Operand, batch: Indices, rows: Indices, cols: Indices) -> Node:
        node = self.ordered(a, batch + rows + cols)
        return self.graph.reshape(node, (*self.axes(batch), product(self.axes(rows)), product(self.axes(cols))))

    # -- inverses

    def _solve(self, a: Operand, b: Operand, keep: Letters) -> Operand | None:
        """inv(S) times an array, where they meet in one index that is summed."""
        met = [i for i in a.indices if i in b.indices]
        if len(met) != 1 or met[0] in keep or len(set(a.indices)) != 2:
            return None
        k = met[0]
        b = self.upright(self._alone(b, a, keep))
        free = tuple(i for i in b.indices if i != k)
        right = self._matrix(b, (k,), free)
        flipped = a.indices.index(k) == 0 and a.factor is not None and a.factor.kind == "lu"
        other = a.indices[0] if a.indices[1] == k else a.indices[1]
        assert a.factor is not None
        node = self.graph.make("solve", (a.factor, right), flipped, (self.dims[other], *right.axes[1:]))
        return Operand(self.graph.reshape(node, self.axes((other, *free))), (other, *free))


def _behind(one: Node, two: Node) -> bool:
    """Whether the second of two factors reads better in front: numbers, scalars and vectors before matrices."""
    return (two.order, two.kind != "number") < (one.order, one.kind != "number") or (
        two.kind == "expand" and one.kind != "expand"
    )
