"""Arrays in Julia sources: how many of their axes are written, and how they are aligned, reshaped and permuted.

Arrays in programs broadcast as NumPy's do, aligned at their last axes; Julia's are aligned at their first ones, as if axes of length one followed. So a node
that ends in axes of length one may be written without them where it is broadcast: its `rank` is the number of axes that are written.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.codegen.plan.program import VIEWS, Node
from gradproof.codegen.targets.emit import ATOM, SUM, Scope, Text
from gradproof.codegen.targets.reshapes import free_reshapes

ENTRYWISE = frozenset("mul div add sub neg power nonzero apply log1p".split())


class Arrays:
    """The arrays of a program."""

    def __init__(self, roots: Sequence[Node]):
        self.free = free_reshapes(roots)
        self.ranks: dict[Node, int] = {}

    def met(self, node: Node) -> None:
        """Takes note of a node, arguments first."""
        self.ranks[node] = self._rank(node)

    def _rank(self, node: Node) -> int:
        if node.kind == "expand":
            kept = stripped(node.data)
            return len(kept) if None in kept else self.ranks[node.args[0]]
        if node.kind in ENTRYWISE:
            return max(self.ranks[a] if a.order in (0, node.order) else node.order for a in node.args)
        return node.order

    def whole(self, node: Node, scope: Scope, most: int = SUM) -> str:
        """An argument with all its axes."""
        return self.reshaped(node, scope) if self.ranks[node] < node.order else scope.of(node, most)

    def reshaped(self, node: Node, scope: Scope, lead: int = 0) -> str:
        """An argument with all its axes, after some of length one."""
        inner = node.args[0] if node.kind == "expand" else node
        return f"reshape({self.stored(inner, scope)}, {', '.join([*['1'] * lead, *map(scope.dim, node.axes)])})"

    def stored(self, node: Node, scope: Scope) -> str:
        """An argument as an array that lies in memory in its own order, so that it is fast to reshape."""
        return (
            f"permutedims({scope.of(node.args[0])})" if node.kind == "transpose" and node.order == 2 else scope.of(node)
        )

    def aligned(self, a: Node, node: Node, scope: Scope, most: int) -> str:
        """An argument of an operation entry by entry."""
        if a.order in (0, node.order):
            return scope.of(a, most)
        if not node.order:  # a function of an array as a whole
            return self.whole(a, scope)
        if a.order == 1 and node.order == 2:
            return f"{scope.of(a, ATOM)}'"
        return self.reshaped(a, scope, node.order - a.order)

    def fresh(self, node: Node, scope: Scope) -> bool:
        """Whether the array of a node is used here only and is its own, so that it may be written to."""
        if scope.uses[node] > 1 or self.ranks[node] < node.order:
            return False
        if node.kind == "reshape" and node in self.free:
            return self.fresh(node.args[0], scope)
        return node.kind == "broadcast" or (node.kind not in VIEWS and node.kind != "call")


def stripped(places: Sequence[int | None]) -> Sequence[int | None]:
    """Without the axes of length one at the end."""
    while places and places[-1] is None:
        places = places[:-1]
    return places


def permuted(text: Text, places: Sequence[int], lazy: bool = True) -> Text:
    """An array whose axis k is axis places[k] of another; `lazy`: it may be a view."""
    if list(places) == sorted(places):
        return text
    if len(places) == 2:
        return Text(f"{text.at(ATOM)}'" if lazy else f"permutedims({text.text})")
    return Text(f"permutedims({text.text}, ({', '.join(str(p + 1) for p in places)}))")
