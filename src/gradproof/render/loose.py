"""Constants whose size a reader could not tell: no variable beside them has it, so their text has to say it."""

from __future__ import annotations

from collections.abc import Iterator

from gradproof.notation.expr import Call, Expr, Symbol, signature_of, walk

Key = tuple[
    object, object
]  # a part of the formula, or the place of a constant in one; and its axis, or the letter of a signature


def loose(expr: Expr) -> frozenset[Expr]:
    """The constants of one size (eye(n), ones(n), zeros(n)) that stand somewhere where nothing tells it."""
    nodes = walk(expr)
    if not any(_constant(e) for e in nodes if not e.args):
        return frozenset()
    same = _Classes()
    known: list[Key] = [(e, k) for e in nodes if isinstance(e, Symbol) for k in range(len(e.type.dims))]
    places: list[tuple[Expr, Key]] = [(e, ((None, 0), 0)) for e in [expr] if _constant(e)]
    for node in nodes:
        if isinstance(node, Call) and node.args:
            for a, b in _links(node):
                same.join(a, b)
            places += [(a, ((node, k), 0)) for k, a in enumerate(node.args) if _constant(a)]
    told = {same.of(key) for key in known}
    return frozenset(e for e, key in places if same.of(key) not in told)


def _constant(e: Expr) -> bool:
    return isinstance(e, Call) and not e.args and len(e.params) == 1


def _links(node: Call) -> Iterator[tuple[Key, Key]]:
    """Axes of a node and of its arguments that are equal by its signature."""
    signature = signature_of(node)
    slots = [*signature.args, signature.out]
    for k, (slot, e) in enumerate(zip(slots, [*node.args, node], strict=True)):
        part: object = (node, k) if e is not node and _constant(e) else e
        if slot.kind == "*":
            yield from (((node, f"*{axis}"), (part, 0 if part is not e else axis)) for axis in range(len(e.type.dims)))
            continue
        for axis, group in enumerate(slot.axes):
            if len(group) == 1:
                yield (node, f"={group[0]}"), (part, 0 if part is not e else axis)


class _Classes:
    """Which keys are equal."""

    def __init__(self) -> None:
        self.parent: dict[Key, Key] = {}

    def of(self, key: Key) -> Key:
        while key in self.parent:
            key = self.parent[key]
        return key

    def join(self, a: Key, b: Key) -> None:
        a, b = self.of(a), self.of(b)
        if a != b:
            self.parent[a] = b
