"""Products that are there already: a longer product may begin with one, as the gradient of a network begins with what its Hessian was made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from gradproof.budget import tick
from gradproof.codegen.plan.operand import Indices, Operand
from gradproof.codegen.plan.order import EXACT, best_tree, tree_cost
from gradproof.codegen.plan.program import Node
from gradproof.records import dataclass, field, replace

TRIES = 100  # places of factors that are tried for one product
FEW = 4  # so many products are tried, the longest first

Names = Mapping[int, int]  # the index of the longer product for each one of the shorter


@dataclass(frozen=True, slots=True)
class Made:
    """A product of arrays that was made: its factors with their indices, and the result."""

    factors: tuple[Operand, ...]
    result: Operand
    counts: Mapping[Node, int] = field(compare=False)  # how often each array is a factor


class MadeProducts:
    """All products that were made; `symmetric`: the matrices whose axes may stand in either order."""

    def __init__(self, symmetric: Collection[Node] = ()) -> None:
        self._symmetric = symmetric
        self._by_last: dict[Node, dict[Made, None]] = {}

    def add(self, factors: Sequence[Operand], result: Operand) -> None:
        """Notes a product. Inverses that are solved with, and denominators, are left out."""
        if not result.below and all(a.factor is None for a in factors):
            last = max((a.node for a in factors), key=lambda node: node.rank)
            *own, whole = _renumbered([*factors, result])
            self._by_last.setdefault(last, {})[Made(tuple(own), whole, Counter(a.node for a in factors))] = None

    def used_in(self, operands: list[Operand], kept: Indices, size: Mapping[int, int]) -> list[Operand]:
        """The operands of a product with some of them replaced by a product that is there, where that makes it cheaper."""
        found = self._replaced(operands, kept)
        if found is None:
            return operands
        while (more := self._replaced(found, kept)) is not None:
            found = more
        if len(operands) > EXACT:  # where pricing would cost more than it could save
            return found
        return found if _price(found, kept, size) < _price(operands, kept, size) else operands

    def _replaced(self, operands: list[Operand], kept: Indices) -> list[Operand] | None:
        there = Counter(a.node for a in operands)
        tried = [
            m for node in there for m in self._by_last.get(node, ()) if all(there[f] >= n for f, n in m.counts.items())
        ]
        for made in sorted(tried, key=lambda m: -len(m.factors))[:FEW]:
            found = _match(made, operands, kept, self._symmetric)
            if found is not None:
                return found
        return None


def _renumbered(operands: Sequence[Operand]) -> list[Operand]:
    """The operands with their indices numbered as they are met, so that a product is noted once."""
    number: dict[int, int] = {}
    return [replace(a, indices=tuple([number.setdefault(i, len(number)) for i in a.indices])) for a in operands]


def _price(operands: Sequence[Operand], kept: Indices, size: Mapping[int, int]) -> float:
    letters = [frozenset(a.indices) for a in operands]
    tree = best_tree(letters, frozenset(kept), size, [0.0] * len(letters), [a.node.rank for a in operands])
    return tree_cost(tree, letters, frozenset(kept), size)


def _match(
    made: Made, operands: list[Operand], kept: Indices, symmetric: Collection[Node] = ()
) -> list[Operand] | None:
    """The operands with the factors of a product replaced by it; None where they are not these factors, summed over the same indices.

    A factor is placed after one that it shares an index with, so that of many equal ones only those come into question that have this index.
    """
    factors = _connected(made.factors)
    tries = TRIES
    own: dict[Node, list[tuple[int, Indices]]] = {}  # the places of an array, and its indices there
    for p, a in enumerate(operands):
        if a.factor is None:
            own.setdefault(a.node, []).append((p, a.indices))
            if a.node in symmetric:
                own[a.node].append((p, a.indices[::-1]))

    def place(k: int, taken: frozenset[int], names: Names) -> list[Operand] | None:
        nonlocal tries
        if k == len(factors):
            rest = [a for p, a in enumerate(operands) if p not in taken]
            inner = {names[i] for a in factors for i in a.indices if i not in made.result.indices}
            if inner & {*kept, *(i for a in rest for i in a.indices)}:
                return None
            return [*rest, Operand(made.result.node, tuple(names[i] for i in made.result.indices))]
        factor = factors[k]
        tick()
        wanted = [(axis, names[i]) for axis, i in enumerate(factor.indices) if i in names]
        for p, indices in own.get(factor.node, ()):
            if p in taken or operands[p].below != factor.below or [1 for axis, i in wanted if indices[axis] != i]:
                continue
            tries -= 1
            if tries < 0:
                return None
            more = _named(names, factor.indices, indices)
            found = place(k + 1, taken | {p}, more) if more is not None else None
            if found is not None:
                return found
        return None

    return place(0, frozenset(), {})


def _connected(factors: Sequence[Operand]) -> list[Operand]:
    """The factors in an order in which each shares an index with an earlier one, where there is such an order."""
    left, order, seen = list(factors), [], set()
    while left:
        k = next((k for k, a in enumerate(left) if seen.intersection(a.indices)), 0)
        order.append(left.pop(k))
        seen.update(order[-1].indices)
    return order


def _named(names: Names, inner: Indices, outer: Indices) -> Names | None:
    """The names with these indices added; None where that would make two indices one."""
    found = dict(names)
    for i, j in zip(inner, outer, strict=True):
        if found.setdefault(i, j) != j:
            return None
    return found if len(set(found.values())) == len(found) else None
