"""What stands above and below in a product and quotient of entries cancels: s ⊙ (1 − s) ⊘ s is 1 − s."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.explain.atoms import ADD, ELDIV, ELPOW, HADAMARD, SUB, made_of, ones
from gradproof.notation.expr import Call, Expr, Number, call, number

MANY = 12  # factors of a product that is looked at


def cancelled(above: Sequence[Expr], below: Sequence[Expr]) -> Expr | None:
    """The product of the entries of `above` over those of `below`; None where nothing cancels."""
    tops, bottoms = [], []
    for e in above:
        _parts(e, tops, bottoms)
    for e in below:
        _parts(e, bottoms, tops)
    if len(tops) + len(bottoms) > MANY:
        return None
    left = [*tops]
    rest: list[Expr] = []
    for e in bottoms:
        same = next((t for t in left if _key(t) is _key(e)), None)
        if same is None:
            rest.append(e)
        else:
            left.remove(same)
    if len(rest) == len(bottoms):
        return None
    top = _product(left) if left else ones(*above[0].type.dims)
    return call(ELDIV, top if left else number(1), _product(rest)) if rest else top


def _parts(e: Expr, tops: list[Expr], bottoms: list[Expr]) -> None:
    stack = [(e, tops, bottoms)]
    while stack:
        node, up, down = stack.pop()
        if made_of(node, HADAMARD) and node.args[0].type == node.args[1].type:
            stack += [(node.args[1], up, down), (node.args[0], up, down)]
        elif made_of(node, ELDIV) and node.args[1].type == node.type:
            stack += [(node.args[1], down, up), (node.args[0], up, down)]
        elif made_of(node, ELPOW) and isinstance(node.args[1], Number) and node.args[1].value in (2, 3):
            stack += [(node.args[0], up, down)] * int(node.args[1].value)
        elif not (isinstance(node, Number) and node.value == 1):
            up.append(node)


def _key(e: Expr) -> Expr:
    """The formula, with a number that meets every entry as ones."""
    if isinstance(e, Call) and e.op in (ADD, SUB):
        args = [ones(*e.type.dims) if isinstance(a, Number) and a.value == 1 else a for a in e.args]
        return call(e.op, *args)
    return e


def _product(factors: Sequence[Expr]) -> Expr:
    result = factors[0]
    for f in factors[1:]:
        result = call(HADAMARD, result, f)
    return result


__all__ = ["cancelled"]
