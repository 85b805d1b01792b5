"""What the places of entries ask of sizes: x[3] needs three entries."""

from __future__ import annotations

from collections.abc import Iterable

from gradproof.notation.expr import Call, Expr


def least_sizes(nodes: Iterable[Expr]) -> dict[str, int]:
    """The least size of each dimension that has a place in it."""
    found: dict[str, int] = {}
    for e in nodes:
        if isinstance(e, Call) and e.op.place and e.params[0].name is not None:
            found[e.params[0].name] = max(e.op.place, found.get(e.params[0].name, 1))
    return found


def enlarged(sizes: dict[str, int], least: dict[str, int]) -> dict[str, int]:
    """Sizes that are large enough."""
    return {name: max(n, least.get(name, 1)) for name, n in sizes.items()} if least else sizes
