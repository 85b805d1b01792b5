"""Tensor -> program: products in the best order, sums with their diagonals written into place, inverses as solves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from gradproof.codegen.plan.cost import program_cost
from gradproof.codegen.plan.flat import Flat, common_factors, components, flat_of, flatten, grouped, spread
from gradproof.codegen.plan.limits import removable
from gradproof.codegen.plan.multiplying import Multiplying
from gradproof.codegen.plan.operand import Indices, Operand, Pairs
from gradproof.codegen.plan.program import Builder, Node
from gradproof.codegen.plan.special import applied, normalisers, root_of_squares
from gradproof.codegen.plan.sums import BroadcastTerm, combine
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
from gradproof.shapes.dims import Dim, Sizes

INV = basic.INV


SHORT = 4  # a vector that is a product of more factors than this is computed by itself
DEEPEST = 5  # so many sums inside each other are multiplied out
LONGEST = 48  # a product with more factors than this is not opened up


@dataclass(frozen=True, slots=True)
class Core:
    """A product before it is spread out: the array of its distinct axes, and the index at each axis of the whole."""

    array: Operand
    out: Indices


class Lowering(Multiplying):
    """Makes the nodes of tensors. `sizes`: what orders are chosen for; `explicit`: the inverses that are wanted as arrays anyway;
    `open_sums`: whether a sum that is used more than once may be multiplied out; `thin`: the sums that may be, however often they are used;
    `choices`: what is multiplied out, where that was found before; `tried`: whether there was a choice; `halves`: as `Multiplying` has it."""

    def __init__(
        self,
        graph: Builder,
        roots: Sequence[Tensor],
        sizes: Sizes,
        explicit: frozenset[Node] = frozenset(),
        open_sums: bool = False,
        thin: frozenset[Tensor] = frozenset(),
        choices: Mapping[Tensor, list[Flat]] | None = None,
        halves: bool = True,
    ):
        super().__init__(graph, sizes, explicit, halves)
        self.open_sums = open_sums
        self.memo: dict[Tensor, Node] = {}
        self.thin = thin
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
        pairs = Pairs(self.graph, t.dims, self.sizes)
        factors = [f for f in t.factors if f[1]]
        operands = self.gram(factors, tuple(dict.fromkeys(t.out)), pairs)
        below = normalisers(t.factors) if operands is None else []
        held = removable(t.factors)
        scalars = [f for f in t.factors if f not in below]
        if operands is None:
            operands, scalars = self._units(self.operands([*factors, *below], pairs, t.out), scalars, held)
        scalar, denominator = self._scalars(scalars, held)
        scalar = self.graph.mul(self.graph.number(t.coefficient), scalar)
        if not factors:
            return Core(Operand(self.quotient(scalar, denominator), ()), t.out)
        kept = tuple(i for i in dict.fromkeys(t.out) if any(i in a.indices for a in operands))
        return Core(self.multiply(operands, kept, pairs, scalar, denominator), t.out)

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

    def _scalars(self, factors: Sequence[Factor], held: frozenset[Tensor]) -> tuple[Node, Node | None]:
        """The factors without axes: a product, and a denominator where there is one. `held`: what is divided by as if it were never zero."""
        above, below = self.graph.number(1), None
        for f, indices, e in factors:
            if not indices and e > 0:
                above = self.graph.mul(above, self._power(f, e))
            elif not indices:
                node = self._divisor(f, -e, held)
                below = node if below is None else self.graph.mul(below, node)
        return above, below

    def _divisor(self, f: Tensor, e: Exponent, held: frozenset[Tensor]) -> Node:
        node = self._power(f, e)
        return self.graph.make("nonzero", (node,), None, node.axes) if f in held else node

    def _power(self, f: Tensor, e: Exponent) -> Node:
        """A power of a number; of a sum of squares one that is no half is a power of its root, since the squares may leave the range of floats."""
        if not isinstance(e, int | Fraction) or not Fraction(2 * e).denominator > 1 or root_of_squares(f) is None:
            return self.graph.power(self.node(f), e)
        return self.graph.power(self.graph.power(self.node(f), Fraction(1, 2)), 2 * e)

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
