"""Which reshapes of a program need no reordering in a language that counts the entries of an array column by column.

Reshapes in programs count row by row. Where axes are joined for a product and parted after it, both ways are the same: any order of the entries will do, as
long as it is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from gradproof.codegen.plan.program import Node, reachable
from gradproof.shapes.dims import Dim, dim, product

Axes = tuple[Dim, ...]
Groups = tuple[Axes, ...]


def groups(fine: Axes, coarse: Axes) -> Groups | None:
    """The axes that each coarse one is joined from, in their order; None where the coarse ones are not joined from the fine ones."""
    found, at = [], 0
    for d in coarse:
        end = at + 1
        while end <= len(fine) and product(fine[at:end]) is not d:
            end += 1
        found.append(fine[at:end])
        at = end
    return tuple(found) if at == len(fine) else None


def free_reshapes(roots: Sequence[Node]) -> frozenset[Node]:
    """The reshapes that may count either way."""
    nodes = list(reachable(roots))
    users: dict[Node, list[Node | None]] = defaultdict(list)
    for node in nodes:
        for a in node.args:
            users[a].append(node)
    for root in roots:
        users[root].append(None)
    joins = {n: g for n in nodes if n.kind == "reshape" and (g := groups(n.args[0].axes, n.axes)) is not None}
    while True:
        products = {n: g for n in nodes if n.kind in LABELS and (g := _agreed(n, users[n], joins)) is not None}
        spoiled = [n for n in joins if not all(user in products for user in users[n])]
        if not spoiled:
            break
        for n in spoiled:
            del joins[n]
    parts = {
        n
        for n in nodes
        if n.kind == "reshape" and n.args[0] in products and groups(n.axes, n.args[0].axes) == products[n.args[0]]
    }
    return frozenset(n for n in nodes if n.kind == "reshape" and (n in joins or n in parts or _trivial(n)))


def _trivial(node: Node) -> bool:
    """Whether only axes of length one come or go."""
    one = dim(1)
    return [d for d in node.axes if d is not one] == [d for d in node.args[0].axes if d is not one]


def _agreed(node: Node, users: Sequence[Node | None], joins: dict[Node, Groups]) -> Groups | None:
    """What the axes of a product are joined from, where it is joined alike on both sides, and parted alike by all that use it."""
    labels = LABELS[node.kind](*(joins.get(a) or tuple((d,) for d in a.axes) for a in node.args))
    if labels is None:
        return None
    plain = all(len(g) == 1 for g in labels)
    same = all(user is not None and user.kind == "reshape" and groups(user.axes, node.axes) == labels for user in users)
    return labels if plain or same else None


def _matmul(a: Groups, b: Groups) -> Groups | None:
    rows, cols = a[-2:-1], b[-1:] if len(b) > 1 else ()
    if a[-1:] != (b[-2:-1] or b) or any(len(g) > 1 for g in a[:-2]):
        return None
    return a[:-2] + rows + cols


def _solve(factor: Groups, b: Groups) -> Groups | None:
    return factor[:1] + b[1:] if len(b[0]) == 1 else None


LABELS = {"matmul": _matmul, "solve": _solve, "half_solve": _solve}
