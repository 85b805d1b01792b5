"""Formulas of the tables at other formulas: inv(A)*dX with what A and X are, and with their sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.notation.expr import Call, Expr, Number, Size, Symbol, call, fold, rebuild, size
from gradproof.shapes.dims import Dim


def put(pattern: Expr, values: Mapping[str, Expr]) -> Expr:
    """The pattern with these formulas in the place of its variables, by their names."""
    dims: dict[Dim, Dim] = {}
    for s in pattern.variables:
        dims.update(zip(s.type.dims, values[s.name].type.dims, strict=False))
    named = {d.name: known for d, known in dims.items() if d.name}

    def length(d: Dim) -> Dim:
        return dims.get(d) or d.substitute(named)

    def visit(node: Expr, args: list[Expr]) -> Expr:
        if isinstance(node, Symbol):
            return values[node.name]
        if isinstance(node, Call) and node.op.square_scalar and len({a.type.kind for a in args}) == 2:
            args = [_spread(a, args) for a in args]
        if isinstance(node, Size):
            return size(length(node.dim))
        if isinstance(node, Call) and node.params:
            return call(node.op, params=tuple(length(d) for d in node.params))
        return rebuild(node, tuple(args))

    return fold(pattern, visit)


def _spread(e: Expr, args: Sequence[Expr]) -> Expr:
    """A number that meets every entry of a matrix, as a matrix."""
    like = next(a.type for a in args if a.type.kind != "s")
    if e.type.kind != "s" or not like.square:
        return e
    one = call("ones", params=like.dims)
    return one if isinstance(e, Number) and e.value == 1 else call("mul", e, one)
