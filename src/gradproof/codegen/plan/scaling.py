"""Where a number that stands before a product goes: to the smallest array on the way to the result, so that few entries are multiplied by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from gradproof.codegen.plan.operand import Indices, Operand
from gradproof.codegen.plan.order import Letters, Tree, volume

Members = frozenset[int]


def smallest_factor(operands: Sequence[Operand], kept: Indices, size: Mapping[int, int]) -> int | None:
    """Which operand takes the number: not one of two equal ones, whose products are shared; None where the result is not larger than the smallest."""
    many = Counter(a.node for a in operands)
    ranked = [
        (volume(frozenset(a.indices), size), k)
        for k, a in enumerate(operands)
        if a.factor is None and many[a.node] == 1
    ]
    if len(operands) == 1 and operands[0].below and ranked:
        return 0
    return min(ranked)[1] if ranked and min(ranked)[0] < volume(frozenset(kept), size) else None


def smaller_product(
    tree: Tree, letters: Sequence[Letters], kept: Letters, size: Mapping[int, int], factor: int
) -> Members | None:
    """The product inside of a tree that has fewer entries than a factor, the last of the smallest: what it is made of may be shared with other terms."""
    found = [(volume(left, size), -len(members), members) for members, left in _products(tree, letters, kept)]
    best = min(found, key=lambda f: f[:2], default=None)
    return best[2] if best is not None and best[0] < volume(letters[factor], size) else None


def _products(tree: Tree, letters: Sequence[Letters], kept: Letters) -> Iterator[tuple[Members, Letters]]:
    """The products in a tree below its root: the factors, and the indices that are left of them."""
    waiting = [] if isinstance(tree, int) else [*tree]
    while waiting:
        t = waiting.pop()
        if isinstance(t, int):
            continue
        members = members_of(t)
        outside = kept.union(*(x for k, x in enumerate(letters) if k not in members))
        yield members, frozenset().union(*(letters[k] for k in members)) & outside
        waiting += t


def members_of(t: Tree) -> Members:
    """The factors in a tree."""
    return frozenset((t,)) if isinstance(t, int) else members_of(t[0]) | members_of(t[1])
