"""Tensor -> program: products in the best order, sums with their diagonals written into place, inverses as solves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from gradproof.codegen.plan.cost import program_cost
from gradproof.codegen.plan.flat import Flat, common_factors, components, flat_of, flatten, grouped, spread
from gradproof.codegen.plan.limits import removable
from gradproof.codegen.plan.operand import Indices, Operand, Pairs
from gradproof.codegen.plan.order import EXACT, GEMM, Tree, best_tree
from gradproof.codegen.plan.program import Builder, Node
from gradproof.codegen.plan.reuse import MadeProducts
from gradproof.codegen.plan.scaling import Members, members_of, smaller_product, smallest_factor
from gradproof.codegen.plan.special import applied, normalised, normalisers, root_of_squares
from gradproof.codegen.plan.sums import BroadcastTerm, combine
from gradproof.engine.bounds import definite, gram
from gradproof.engine.canonical import components as indexed
from gradproof.engine.contract import contract, symmetry
from gradproof.engine.stacking import Opened, opened
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Exponent,
    Factor,
    Length,
    Stacking,
    Sum,
    Tensor,
    Unknown,
    Variable,
    variable,
    walk_tensor,
)
from gradproof.ops import basic
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim

INV = basic.INV

Sizes = Mapping[str, int]

SHORT = 4  # a vector that is a product of more factors than this is computed by itself
DEEPEST = 5  # so many sums inside each other are multiplied out
LONGEST = 48  # a product with more factors than this is not opened up


@dataclass(frozen=True, slots=True)
class Core:
    """A product before it is spread out: the array of its distinct axes, and the index at each axis of the whole."""

    array: Operand
    out: Indices


class Lowering:
    """Makes the nodes of tensors. `sizes`: what orders are chosen for; `explicit`: the inverses that are wanted as arrays anyway;
    `open_sums`: whether a sum that is used more than once may be multiplied out; `thin`: the sums that may be, however often they are used;
    `choices`: what is multiplied out, where that was found before; `tried`: whether there was a choice."""

    def __init__(
        self,
        graph: Builder,
        roots: Sequence[Tensor],
        sizes: Sizes,
        explicit: frozenset[Node] = frozenset(),
        open_sums: bool = False,
        thin: frozenset[Tensor] = frozenset(),
        choices: Mapping[Tensor, list[Flat]] | None = None,
    ):
        self.graph, self.sizes, self.explicit, self.open_sums = graph, sizes, explicit, open_sums
        self.memo: dict[Tensor, Node] = {}
        self.thin = thin
        self.products = MadeProducts()
        self.times: dict[Node, float] = {}
        self.uses: Counter[Tensor] = Counter(roots)
        self.inner: set[Tensor] = (
            set()
        )  # products that are used by one product or sum alone: they get no array of their own
        self.choices: dict[Tensor, list[Flat]] = dict(choices or {})
        self.given, self.tried = choices is not None, False
        inside: Counter[Tensor] = Counter()
        seen: set[Tensor] = set()
        for root in roots:
            for t in walk_tensor(root, seen):
                seen.add(t)
                self.uses.update(t.children)
                inside.update(_places(t))
        self.inner = {t for t, n in inside.items() if n == self.uses[t]}

    def lower(self, root: Tensor) -> Node:
        """The node of a tensor, with all that it needs."""
        for t in self._needed(root) if self.given else walk_tensor(root, self.memo):
            if t is root or t not in self.inner:
                self.memo[t] = self._node(t)
                if symmetry(t) == 1 and self.memo[t].kind != "transpose":
                    self.graph.symmetric.add(self.memo[t])
        return self.memo[root]

    def _needed(self, root: Tensor) -> Iterator[Tensor]:
        """What has to be made for a tensor, by what is multiplied out, each once and what it needs first."""
        done = set(self.memo)
        stack = [root]
        while stack:
            t = stack[-1]
            waiting = [a for a in self._below(t) if a not in done]
            if t in done or not waiting:
                stack.pop()
                if t not in done:
                    done.add(t)
                    yield t
            else:
                stack.extend(waiting[::-1])

    def _below(self, t: Tensor) -> Sequence[Tensor]:
        if isinstance(t, Contraction) and t in self.choices:
            return [f for flat in self.choices[t] for f, _, _ in flat.factors]
        if isinstance(t, Sum):
            open_ = [b for _, b in t.terms if isinstance(b, Contraction) and (b in self.inner or _structured(b))]
            return [f for _, b in t.terms for f in (self._below(b) if b in open_ else [b])]
        return t.children

    def node(self, t: Tensor) -> Node:
        """The node of a tensor that may not have been met yet."""
        return self.memo[t] if t in self.memo else self.lower(t)

    def _node(self, t: Tensor) -> Node:
        make = self.graph.make
        match t:
            case Variable(name=name):
                return make("input", (), name, t.axes)
            case Length(dim=d):
                return make("size", (), d, ())
            case Stacking():
                diagonal = combine(self.graph, [BroadcastTerm(1, self.graph.number(1), (0, 0))], (t.axes[0], t.axes[0]))
                return make("reshape", (diagonal,), None, t.axes)
            case Contraction():
                return self.sum(self._flats(t), t.axes)
            case Sum():
                return self._sum(self.terms(t), t.axes)
            case Apply(args=args):
                return applied(self.graph, t, tuple(self.node(a) for a in args), self.node)
            case Unknown(function=function, partials=partials, args=args):
                return make("call", tuple(self.node(a) for a in args), function.spelling(partials), t.axes)
        raise AssertionError(t)

    # -- sums

    def terms(self, t: Tensor) -> list[Flat]:
        """A tensor as a sum of products."""
        if isinstance(t, Sum):
            return [f for c, b in t.terms for f in self._term(c, b)]
        return self._flats(t) if isinstance(t, Contraction) else [flat_of(t)]

    def sum(self, flats: list[Flat], axes: tuple[Dim, ...]) -> Node:
        """The array of a sum of products."""
        return self._whole(self.product(flats[0]), axes) if len(flats) == 1 else self._sum(flats, axes)

    def _term(self, c: Fraction, t: Tensor) -> list[Flat]:
        """A term of a sum as products; one that is needed elsewhere too stays whole, unless it is better not made an array at all."""
        if isinstance(t, Contraction) and (t in self.inner or _structured(t)):
            return [f.times(c) for f in self._flats(t)]
        return [flat_of(t).times(c)]

    def _sum(self, flats: list[Flat], axes: tuple[Dim, ...]) -> Node:
        vectors, flats = common_factors(flats) if len(flats) > 1 else ({}, flats)
        if vectors:
            inner = tuple(d for p, d in enumerate(axes) if p not in vectors)
            return self._beside(self._sum(flats, inner), vectors, axes)
        flats = grouped(flats)
        common = {abs(f.coefficient) for f in flats}
        scale = common.pop() if len(common) == 1 and len(flats) > 1 else Fraction(1)
        made = {
            k: self._part(flats[k].times(1 / scale))
            for k in sorted(range(len(flats)), key=lambda k: len(components(flats[k])))
        }  # outer products last:
        parts = [made[k] for k in range(len(flats))]  # their vectors may follow from what the others need
        return self.graph.mul(self.graph.number(scale), combine(self.graph, parts, axes), axes)

    def _beside(self, rest: Node, vectors: Mapping[int, tuple[Tensor, Exponent]], axes: tuple[Dim, ...]) -> Node:
        """An array times vectors along axes of their own: the outer factors of a sum."""
        pairs = Pairs(self.graph, dict(enumerate(axes)))
        result = Operand(rest, tuple(p for p in range(len(axes)) if p not in vectors))
        for p in sorted(vectors, reverse=True):
            tensor, e = vectors[p]
            vector = Operand(self.graph.power(self.node(tensor), abs(e)), (p,), below=e < 0)
            result = pairs.pair(result, vector, frozenset(range(len(axes))), tuple(range(len(axes))))
        return pairs.ordered(pairs.upright(result), tuple(range(len(axes))))

    def _part(self, flat: Flat) -> BroadcastTerm:
        """A term as something to add: its sign apart, its diagonals not yet spread out."""
        sign = 1 if flat.coefficient > 0 else -1
        core = self.product(flat.times(Fraction(sign)))
        distinct = tuple(dict.fromkeys(core.out))
        return BroadcastTerm(sign, Pairs(self.graph, flat.dims).spread(core.array, distinct), core.out)

    def _whole(self, core: Core, axes: tuple[Dim, ...]) -> Node:
        """A product as a full array."""
        distinct = tuple(dict.fromkeys(core.out))
        dims = dict(zip(core.out, axes, strict=True))
        node = Pairs(self.graph, dims).spread(core.array, distinct)
        if distinct == core.out:
            return self.graph.broadcast(node, axes)
        return combine(self.graph, [BroadcastTerm(1, node, core.out)], axes)

    # -- products

    def _flats(self, t: Contraction) -> list[Flat]:
        """The product without nesting, multiplied out where that is cheaper."""
        if t not in self.choices:
            flat = flatten(t, lambda f: f.order > 2 or (f in self.inner and (f.order == 2 or len(f.factors) <= SHORT)))
            if len(flat.factors) > LONGEST:  # a long product keeps its parts, which others may share
                flat = flatten(t, lambda f: f.order > 2)
            self.choices[t] = self._chosen(flat, t.axes)
        return self.choices[t]

    def _chosen(self, flat: Flat, axes: tuple[Dim, ...], depth: int = 0) -> list[Flat]:
        """The product, or the sum that it is multiplied out, sums within sums as well down to a depth."""
        terms = spread(
            flat,
            lambda s: (
                self.open_sums
                or self.uses[s] == 1
                or s in self.thin
                or all(isinstance(b, Contraction) and _structured(b) for _, b in s.terms)
            ),
        )
        if terms is None or depth == DEEPEST:
            return [flat]
        self.tried = True
        options = [[flat], [f for t in terms for f in self._chosen(t, axes, depth + 1)]]
        costs = [program_cost([self.sum(option, axes)], self.sizes, self.times) for option in options]
        return options[costs.index(min(costs))]

    def product(self, t: Flat) -> Core:
        """The product, with the axes that its factors have."""
        t = _gathered(t)
        found = opened(t.factors, tuple(dict.fromkeys(t.out)))
        if found is not None:
            return self._stacked(t, found)
        pairs = Pairs(self.graph, t.dims)
        factors = [f for f in t.factors if f[1]]
        operands = self._gram(factors, tuple(dict.fromkeys(t.out)), pairs)
        below = normalisers(t.factors) if operands is None else []
        held = removable(t.factors)
        scalars = [f for f in t.factors if f not in below]
        if operands is None:
            operands, scalars = self._units(self._operands([*factors, *below], pairs, t.out), scalars, held)
        scalar, denominator = self._scalars(scalars, held)
        scalar = self.graph.mul(self.graph.number(t.coefficient), scalar)
        if not factors:
            return Core(Operand(self._quotient(scalar, denominator), ()), t.out)
        kept = tuple(i for i in dict.fromkeys(t.out) if any(i in a.indices for a in operands))
        return Core(self._multiply(operands, kept, pairs, scalar, denominator), t.out)

    def _stacked(self, t: Flat, found: Opened) -> Core:
        """A product with stacked axes: of arrays that have the parts as axes."""
        factors = []
        for k, indices in found.factors:
            f, own, e = t.factors[k]
            if own != indices:
                f = self._reshaped(f, tuple(t.dims[i] for i in indices))
            factors.append((f, indices, e))
        axes = tuple(t.dims[i] for i in found.out)
        whole = self._whole(self.product(Flat(t.coefficient, tuple(factors), found.out, t.dims)), axes)
        out = tuple(dict.fromkeys(t.out))
        return Core(Operand(self.graph.reshape(whole, tuple(t.dims[i] for i in out)), out), t.out)

    def _reshaped(self, f: Tensor, axes: tuple[Dim, ...]) -> Tensor:
        """A stand-in for a tensor with other axes, whose node is a view of the tensor's."""
        other = variable(f"\0{f.key}", axes)
        self.memo[other] = self.graph.reshape(self.node(f), axes)
        return other

    def _quotient(self, a: Node, below: Node | None) -> Node:
        return a if below is None else self.graph.div(a, below)

    def _scalars(self, factors: Sequence[Factor], held: frozenset[Tensor]) -> tuple[Node, Node | None]:
        """The factors without axes: a product, and a denominator where there is one. `held`: what is divided by as if it were never zero."""
        above, below = self.graph.number(1), None
        for f, indices, e in factors:
            if not indices and e > 0:
                above = self.graph.mul(above, self.graph.power(self.node(f), e))
            elif not indices:
                node = self._divisor(f, -e, held)
                below = node if below is None else self.graph.mul(below, node)
        return above, below

    def _divisor(self, f: Tensor, e: Exponent, held: frozenset[Tensor]) -> Node:
        node = self.graph.power(self.node(f), e)
        return self.graph.make("nonzero", (node,), None, node.axes) if f in held else node

    def _units(
        self, operands: list[Operand], factors: list[Factor], held: frozenset[Tensor]
    ) -> tuple[list[Operand], list[Factor]]:
        """Operands divided by their norm where the product is divided by its third power or a higher one, which would leave the range of the numbers."""
        for k, (s, indices, e) in enumerate(factors):
            u = root_of_squares(s) if not indices and e <= Fraction(-3, 2) and Fraction(e).denominator == 2 else None
            if u is None:
                continue
            node, norm = self.node(u), self._divisor(s, Fraction(1, 2), held)
            mine = [j for j, a in enumerate(operands) if a.node is node and not a.below][: int(-2 * e) - 1]
            for j in mine:
                operands[j] = Operand(self.graph.div(node, norm, node.axes), operands[j].indices)
            factors = [*factors[:k], (s, indices, e + Fraction(len(mine), 2)), *factors[k + 1 :]]
        return operands, factors

    def _operands(self, factors: Sequence[Factor], pairs: Pairs, out: Indices) -> list[Operand]:
        found = []
        for node, indices, e in normalised(self.graph, factors, out, self.node):
            a = pairs.operand(node, indices)
            if a.node.kind == "inverse" and e == 1 and a.node not in self.explicit and len(a.indices) == 2:
                found.append(Operand(a.node, a.indices, factor=a.node.args[0]))
            else:
                found.append(Operand(self.graph.power(a.node, abs(e)), a.indices, below=e < 0))
        return found

    def _gram(self, factors: Sequence[Factor], kept: Indices, pairs: Pairs) -> list[Operand] | None:
        """M' diag(d) M with d >= 0 as B' B, and M' inv(S) M with S positive definite as well: half the work."""
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
        half = pairs.upright(self._operands([one], pairs, one[1])[0])
        if weights:
            k = weights[0][1]
            root = self._multiply(self._operands(weights, pairs, k), k, pairs, self.graph.number(1), None)
            root = Operand(self.graph.power(pairs.upright(root).node, Fraction(1, 2)), k)
            half = pairs.pair(half, root, frozenset(half.indices), half.indices)
        return half

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

    def _multiply(
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
            top = self._quotient(scalar, below)
            return Operand(self.graph.div(top, a.node, a.node.axes), a.indices)
        node = a.node
        if scalar.kind != "number" or scalar.data != 1:
            scalar, below = self._quotient(scalar, below) if node.order else scalar, below if not node.order else None
            node = self.graph.mul(scalar, node, node.axes)
        return Operand(self._quotient(node, below), a.indices)

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


def _gathered(t: Flat) -> Flat:
    """The product with what hangs on a stacked axis, other than its parts, as one vector, so that it is made before it is taken apart."""
    factors = list(t.factors)
    for f in [f for f in factors if isinstance(f[0], Stacking) and f[1][0] not in t.out]:
        whole, *own = f[1]
        rest = [g for g in factors if g[1] and g is not f]
        indices, mine = next(group for group in indexed(rest, {whole}) if whole in group[0])
        if f in factors and len(mine) > 1 and indices.isdisjoint((*own, *t.out)):
            factors = [g for g in factors if g not in mine] + [(contract(1, mine, (whole,)), (whole,), 1)]
    return Flat(t.coefficient, tuple(factors), t.out, t.dims)


def _places(t: Tensor) -> list[Tensor]:
    """The products among the children of a product or sum that need no array of their own there."""
    match t:
        case Contraction(factors=factors):
            return [f for f, indices, e in factors if isinstance(f, Contraction) and e == 1 and indices]
        case Sum(terms=terms):
            return [b for _, b in terms if isinstance(b, Contraction)]
    return []


def _structured(t: Contraction) -> bool:
    """Whether a product is a diagonal, an outer product, or constant along an axis."""
    return (
        all(len(indices) < 2 for _, indices, _ in t.factors)
        or len(set(t.out)) < len(t.out)
        or any(all(i not in indices for _, indices, _ in t.factors) for i in t.out)
    )
