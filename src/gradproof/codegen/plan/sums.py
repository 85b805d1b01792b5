"""Sums of arrays: equal shapes by + and -, what is constant along an axis by broadcasting, diagonals written into their places."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.codegen.plan.program import Builder, Node
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim

LONG = (
    3  # the terms of a longer sum are added as soon as they can be, so that what they are made of is needed no longer
)


@dataclass(frozen=True, slots=True)
class BroadcastTerm:
    """A term: `sign` times an array over the distinct indices of `out`, ready to broadcast. An index twice in `out` is a diagonal."""

    sign: int
    node: Node
    out: tuple[int, ...]

    @property
    def diagonal(self) -> bool:
        return len(set(self.out)) < len(self.out)


def combine(graph: Builder, parts: Sequence[BroadcastTerm], axes: tuple[Dim, ...]) -> Node:
    """The sum of all parts, with these axes."""
    plain = [p for p in parts if not p.diagonal]
    diagonals = [p for p in parts if p.diagonal]
    base = graph.broadcast(_plain_sum(graph, plain), axes) if plain else None
    if not diagonals:
        return base if base is not None else graph.make("scatter", (), (), axes)
    data = tuple((_pattern(p.out), p.sign) for p in diagonals)
    nodes = tuple(p.node for p in diagonals)
    if base is None:
        return graph.make("scatter", nodes, data, axes)
    return graph.make("add_diagonals", (base, *nodes), data, axes)


def _pattern(out: tuple[int, ...]) -> tuple[int, ...]:
    distinct = list(dict.fromkeys(out))
    return tuple(distinct.index(i) for i in out)


def _plain_sum(graph: Builder, parts: Sequence[BroadcastTerm]) -> Node:
    if len(parts) == 2:
        turned = _with_transpose(graph, *parts)
        if turned is not None:
            return turned
    parts = _factored(graph, _scaled_alike(graph, parts))
    long = len(parts) > LONG
    ordered = sorted(parts, key=lambda p: (p.sign < 0, p.node.kind == "size", p.node.depth if long else 0))
    first, *rest = ordered
    total = first.node if first.sign > 0 else graph.neg(first.node)
    for p in rest:
        total = graph.add(total, p.node) if p.sign > 0 else graph.sub(total, p.node)
    return total


def _scaled_alike(graph: Builder, parts: Sequence[BroadcastTerm]) -> Sequence[BroadcastTerm]:
    """s*A + s*B as s*(A + B), and A/s + B/s as (A + B)/s, for scalars s."""
    groups: dict[tuple[str, Node, tuple[int, ...]], list[tuple[BroadcastTerm, Node]]] = {}
    for p in parts:
        if p.node.kind in ("mul", "div"):
            scalar, inner = p.node.args if p.node.kind == "mul" else p.node.args[::-1]
            if scalar.order == 0 and scalar.kind != "number" and inner.order and inner.axes == p.node.axes:
                groups.setdefault((p.node.kind, scalar, p.out), []).append((p, inner))
    for (kind, scalar, out), group in groups.items():
        if len(group) > 1 and len({inner.axes for _, inner in group}) == 1:
            axes = group[0][1].axes
            total = _plain_sum(graph, [BroadcastTerm(p.sign, inner, out) for p, inner in group])
            whole = graph.mul(scalar, total, axes) if kind == "mul" else graph.div(total, scalar, axes)
            gone = [p for p, _ in group]
            parts = [*(p for p in parts if p not in gone), BroadcastTerm(1, whole, out)]
    return parts


def _factored(graph: Builder, parts: Sequence[BroadcastTerm]) -> Sequence[BroadcastTerm]:
    """A B + A C as A (B + C), and the same from the right."""
    for side in (0, 1):
        groups: dict[Node, list[BroadcastTerm]] = {}
        for p in parts:
            if p.node.kind == "matmul" and p.node.args[side].order == 2:
                groups.setdefault(p.node.args[side], []).append(p)
        for shared, group in groups.items():
            others = [p.node.args[1 - side] for p in group]
            if (
                len(group) > 1
                and len({o.axes for o in others}) == 1
                and shared.axes
                and len({p.node.axes for p in group}) == 1
            ):
                total = _plain_sum(graph, [BroadcastTerm(p.sign, o, p.out) for p, o in zip(group, others, strict=True)])
                args = (shared, total) if side == 0 else (total, shared)
                joined = BroadcastTerm(1, graph.make("matmul", args, None, group[0].node.axes), group[0].out)
                return _factored(graph, [*(p for p in parts if p not in group), joined])
    return parts


def _with_transpose(graph: Builder, one: BroadcastTerm, two: BroadcastTerm) -> Node | None:
    """A + A' and A - A'."""
    if one.node.order != 2 or one.node.axes[0] is not one.node.axes[1]:
        return None
    for a, b in ((one, two), (two, one)):
        if len(a.out) == a.node.order == 2 and a.node.kind != "transpose" and b.node is graph.transpose(a.node, (1, 0)):
            whole = graph.make("plus_transpose", (a.node,), a.sign * b.sign, a.node.axes)
            return whole if a.sign > 0 else graph.neg(whole)
    return None
