"""Claims that do not conform but for quotients and powers of vectors, `1/x`, `x^2`: where all of them are meant entry by entry, and that is right."""

from __future__ import annotations

from collections.abc import Iterator

from gradproof.check.claims import Claim
from gradproof.check.tree import DIV, ELDIV, ELPOW, OP, POW, Tree, build
from gradproof.notation.expr import Expr, call, symbol
from gradproof.shapes.dims import dim
from gradproof.shapes.shape import SCALAR, column

_X, _A = symbol("x", column(dim("n"))), symbol("a", SCALAR)
READINGS: dict[str, Expr] = {"a/x": call(ELDIV, _A, _X), "x^a": call(ELPOW, _X, _A)}


def entrywise(claim: Claim) -> Iterator[tuple[Claim, dict[str, Expr]]]:
    """The claim with these operations entry by entry, and how they were read; nothing where there are none."""
    for tree in claim.trees:
        memo: dict[Tree, Expr | None] = {}
        seen: dict[str, Expr] = {}
        e = build(_entrywise(tree, memo, seen), memo)
        if e is not None and seen:
            yield claim.conforming(e), seen


def _entrywise(tree: Tree, memo: dict[Tree, Expr | None], seen: dict[str, Expr]) -> Tree:
    args = tuple(_entrywise(a, memo, seen) for a in tree.args)
    for op, other, place, shown in ((DIV, ELDIV, 1, "a/x"), (POW, ELPOW, 0, "x^a")):
        if tree.is_op(op):
            a, b = (build(x, memo) for x in args)
            types = [e.type.kind for e in (a, b) if e is not None]
            if len(types) == 2 and types[place] in "vr" and types[1 - place] in ("s", types[place]):
                seen[shown] = READINGS[shown]
                return Tree(OP, args, other, tree.span)
    return tree if args == tree.args else Tree(tree.kind, args, tree.data, tree.span)
