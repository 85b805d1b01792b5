"""Products of arrays in the best order: what has a shape of its own (grams, solves) as that, numbers where they cost least."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from gradproof.codegen.plan.operand import Indices, Operand, Pairs
from gradproof.codegen.plan.order import EXACT, GEMM, Tree, best_tree
from gradproof.codegen.plan.program import Builder, Node
from gradproof.codegen.plan.reuse import MadeProducts
from gradproof.codegen.plan.scaling import Members, members_of, smaller_product, smallest_factor
from gradproof.codegen.plan.special import normalised
from gradproof.engine.bounds import definite, gram
from gradproof.engine.tensor import Apply, Factor, Tensor
from gradproof.ops import basic
from gradproof.shapes.dims import Sizes

INV = basic.INV


class Multiplying:
    """Makes the nodes of products of arrays. `explicit`: the inverses that are wanted as arrays anyway; `halves`: whether diagonals may be made from
    half-solved systems, `halved`: whether one was."""

    def __init__(self, graph: Builder, sizes: Sizes, explicit: frozenset[Node], halves: bool = True):
        self.graph, self.sizes, self.explicit = graph, sizes, explicit
        self.products = MadeProducts(graph.symmetric)
        self.halves, self.halved = halves, False

    def node(self, t: Tensor) -> Node:
        """The node of a tensor."""
        raise NotImplementedError

    def quotient(self, a: Node, below: Node | None) -> Node:
        return a if below is None else self.graph.div(a, below)

    def operands(self, factors: Sequence[Factor], pairs: Pairs, out: Indices) -> list[Operand]:
        found = []
        for node, indices, e in normalised(self.graph, factors, out, self.node):
            a = pairs.operand(node, indices)
            if a.node.kind == "inverse" and e == 1 and a.node not in self.explicit and len(a.indices) == 2:
                found.append(Operand(a.node, a.indices, factor=a.node.args[0]))
            else:
                found.append(Operand(self.graph.power(a.node, abs(e)), a.indices, below=e < 0))
        return found

    def gram(self, factors: Sequence[Factor], kept: Indices, pairs: Pairs) -> list[Operand] | None:
        """M' diag(d) M with d >= 0 as B' B, and M' inv(S) M with S positive definite as well, or its diagonal: half the work."""
        if len(kept) == 1 and self.halves:
            return self._diagonal(factors, kept[0], pairs)
        if len(kept) != 2:
            return None
        half = self._weighted(factors, kept, pairs) or self._half_solved(factors, kept, pairs)
        if half is None or len(half.indices) != 2:  # or constant along an axis
            return None
        k = next((i for i in half.indices if i not in kept), None)
        if k is None:  # constant along what is summed: no product of matrices
            return None
        other = tuple(k if i == k else kept[1] for i in half.indices)
        half = Operand(half.node, tuple(k if i == k else kept[0] for i in half.indices))
        return [pairs.pair(half, Operand(half.node, other), frozenset(kept), kept)]

    def _weighted(self, factors: Sequence[Factor], kept: Indices, pairs: Pairs) -> Operand | None:
        found = gram(list(factors), *kept)
        if found is None:
            return None
        one, _, weights = found
        half = pairs.upright(self.operands([one], pairs, one[1])[0])
        if weights:
            k = weights[0][1]
            root = self.multiply(self.operands(weights, pairs, k), k, pairs, self.graph.number(1), None)
            root = Operand(self.graph.power(pairs.upright(root).node, Fraction(1, 2)), k)
            half = pairs.pair(half, root, frozenset(half.indices), half.indices)
        return half

    def _diagonal(self, factors: Sequence[Factor], i: int, pairs: Pairs) -> list[Operand] | None:
        """The diagonal of M' inv(S) M, times vectors along it: sums of squares of a half-solved system."""
        core = [f for f in factors if f[1] != (i,)]
        one = next((f for f in core if i in f[1] and len(f[1]) == 2), None)
        if one is None or len(core) != 3 or len({*one[1]}) < 2:
            return None
        two = next((f for f in core if f is not one and f[0] is one[0] and i in f[1]), None)
        if two is None:
            return None
        other = -1  # no index of a product here
        apart = two[0], tuple([other if x == i else x for x in two[1]]), two[2]
        half = self._half_solved([*[f for f in core if f is not two], apart], (i, other), pairs)
        if half is None:
            return None
        self.halved = True
        square = pairs.pair(half, half, frozenset((i,)), (i,))
        return [square, *self.operands([f for f in factors if f[1] == (i,)], pairs, (i,))]

    def _half_solved(self, factors: Sequence[Factor], kept: Indices, pairs: Pairs) -> Operand | None:
        inverse = next(
            (f for f in factors if isinstance(f[0], Apply) and f[0].op is INV and definite(f[0].args[0]) == 2), None
        )
        if (
            inverse is None
            or len(factors) != 3
            or self.node(inverse[0]).kind != "inverse"
            or self.node(inverse[0]) in self.explicit
        ):
            return None
        one, two = (f for f in factors if f is not inverse)
        k, m = inverse[1]
        if one[0] is not two[0] or {k, m} & set(kept) or len(one[1]) != 2 or one[2] != 1 or two[2] != 1 or k == m:
            return None
        place = next((p for p in (0, 1) if {one[1][p], two[1][p]} == {k, m}), None)
        if place is None or {one[1][1 - place], two[1][1 - place]} != set(kept):
            return None
        free = one[1][1 - place]
        a = Operand(self.node(one[0]), one[1])
        right = pairs.ordered(a, (one[1][place], free))
        node = self.graph.make("half_solve", (self.node(inverse[0]).args[0], right), None, right.axes)
        return Operand(node, (k, free))

    def multiply(
        self, operands: list[Operand], kept: Indices, pairs: Pairs, scalar: Node, below: Node | None
    ) -> Operand:
        """The product of all operands and a scalar, with the axes `kept` in this order."""
        size = {i: d.length(self.sizes) for i, d in pairs.dims.items()}
        operands = self.products.used_in(operands, kept, size)
        operands = self._joined(operands, pairs) if len(operands) > EXACT else operands
        letters = [frozenset(a.indices) for a in operands]
        dear = [GEMM * size[a.indices[0]] ** 3 if a.factor is not None else 0.0 for a in operands]
        out = frozenset(kept)
        tree = best_tree(letters, out, size, dear, [a.node.rank for a in operands])
        small, inner = smallest_factor(operands, kept, size), None
        if small is not None and not operands[small].below:
            inner = smaller_product(tree, letters, out, size, small)
        if inner is not None:
            number, over = scalar, below
            scaled = {inner: lambda a: self._scaled(pairs.upright(a), number, over, pairs)}
        else:
            scaled = {}
            if small is not None:
                operands[small] = self._scaled(operands[small], scalar, below, pairs)
                tree = best_tree(letters, out, size, dear, [a.node.rank for a in operands])
        if small is not None:
            scalar, below = self.graph.number(1), None
        result = self._grow(tree, operands, letters, out, kept, pairs, scaled)
        result = pairs.alone(result, out)
        result = self._scaled(
            pairs.upright(result) if len(operands) > 1 or kept or not result.below else result, scalar, below, pairs
        )
        return Operand(pairs.ordered(result, kept), kept)

    def _joined(self, operands: list[Operand], pairs: Pairs) -> list[Operand]:
        """Vectors along the same axis of a long product as one."""
        found: dict[Indices, Operand] = {}
        for k, a in enumerate(operands):
            key = a.indices if len(a.indices) == 1 and a.factor is None else (-1, k)
            found[key] = pairs.pair(found[key], a, frozenset(key), key) if key in found else a
        return list(found.values())

    def _scaled(self, a: Operand, scalar: Node, below: Node | None, pairs: Pairs) -> Operand:
        """An operand times a scalar, in one operation where that is enough."""
        if a.below:
            top = self.quotient(scalar, below)
            return Operand(self.graph.div(top, a.node, a.node.axes), a.indices)
        node = a.node
        if scalar.kind != "number" or scalar.data != 1:
            scalar, below = self.quotient(scalar, below) if node.order else scalar, below if not node.order else None
            node = self.graph.mul(scalar, node, node.axes)
        return Operand(self.quotient(node, below), a.indices)

    def _grow(
        self,
        tree: Tree,
        operands: Sequence[Operand],
        letters: Sequence[frozenset[int]],
        out: frozenset[int],
        wish: Indices,
        pairs: Pairs,
        scaled: Mapping[Members, Callable[[Operand], Operand]],
    ) -> Operand:
        """The product in the order of a tree; `scaled`: what is done with a product inside of it."""

        def visit(t: Tree) -> Operand:
            if isinstance(t, int):
                return operands[t]
            inside = members_of(t)
            keep = out.union(*(x for k, x in enumerate(letters) if k not in inside))
            result = pairs.pair(visit(t[0]), visit(t[1]), keep, wish)
            if not any(done < inside for done in scaled):
                self.products.add([operands[k] for k in inside], result)
            return scaled[inside](result) if inside in scaled else result

        return visit(tree)
