"""Claims that do not conform, where quotients, powers and products of vectors, `1/x`, `x^2`, `s (1 - s)`, are all meant entry by entry, and that is right."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradproof.check.claims import Claim
from gradproof.check.tree import (
    DIV,
    ELDIV,
    ELPOW,
    HADAMARD,
    KRON,
    ONES,
    OP,
    POW,
    PROD,
    SUM,
    TRANSPOSE,
    UNSIZED,
    Tree,
    build,
    leaf,
    op_tree,
)
from gradproof.notation.expr import Expr, Number, call, symbol
from gradproof.patterns import pattern
from gradproof.shapes.dims import dim
from gradproof.shapes.shape import SCALAR, Shape, column

_X, _Y, _A = symbol("x", column(dim("n"))), symbol("y", column(dim("n"))), symbol("a", SCALAR)
READINGS: dict[str, Expr] = {
    "a/x": call(ELDIV, _A, _X),
    "x^a": call(ELPOW, _X, _A),
    "x y": call(HADAMARD, _X, _Y),
    "x ⊗ y": call("mul", _X, call("transpose", symbol("y", column(dim("m"))))),
    "1": call(ONES, params=(dim("n"),)),
}


def entrywise(claim: Claim) -> Iterator[tuple[Claim, dict[str, Expr]]]:
    """The claim with these operations entry by entry, and how they were read; nothing where there are none."""
    for tree in claim.unsized:
        memo: dict[Tree, Expr | None] = {}
        seen: dict[str, Expr] = {}
        e = build(_entrywise(tree, memo, seen), memo)
        if e is not None and seen:
            yield claim.conforming(e), seen


def otherwise(claim: Claim) -> Iterator[tuple[Claim, dict[str, Expr]]]:
    """A claim that conforms, with a 1 behind a matrix as a vector of ones, and x ⊗ y as x*y'; nothing where it has neither."""
    for tree in claim.trees if _OTHERWISE.search(claim.text) else ():
        memo: dict[Tree, Expr | None] = {}
        seen: dict[str, Expr] = {}
        e = build(_otherwise(tree, memo, seen), memo)
        if e is not None and seen:
            yield claim.conforming(e), seen


_OTHERWISE = pattern(r"⊗|\\otimes|(?<![\w.^_{])1\s*(?:$|[-+)])")


def _otherwise(tree: Tree, memo: dict[Tree, Expr | None], seen: dict[str, Expr]) -> Tree:
    args = tuple(_otherwise(a, memo, seen) for a in tree.args)
    if tree.is_op(KRON):
        a, b = (build(x, memo) for x in args)
        if a is not None and b is not None and a.type.kind == b.type.kind == "v":
            seen["x ⊗ y"] = READINGS["x ⊗ y"]
            return Tree(PROD, (args[0], op_tree(TRANSPOSE, args[1])))
    if tree.kind == PROD:
        args = _ones_behind(args, memo, seen)
    return tree if args == tree.args else Tree(tree.kind, args, tree.data, tree.span)


def _entrywise(tree: Tree, memo: dict[Tree, Expr | None], seen: dict[str, Expr]) -> Tree:
    args = tuple(_entrywise(a, memo, seen) for a in tree.args)
    for op, other, place, shown in ((DIV, ELDIV, 1, "a/x"), (POW, ELPOW, 0, "x^a")):
        if tree.is_op(op):
            a, b = (build(x, memo) for x in args)
            types = [e.type for e in (a, b) if e is not None]
            if len(types) == 2 and _of_entries(types[place]) and types[1 - place] in (SCALAR, types[place]):
                seen[shown] = READINGS[shown]
                return Tree(OP, args, other, tree.span)
    if tree.kind == SUM and any(a.kind == UNSIZED for a in args):
        args = _sized(args, memo)
    if tree.kind == PROD:
        args = _multiplied(args, memo, seen)
        if len(args) == 1:
            return args[0]
    return tree if args == tree.args else Tree(tree.kind, args, tree.data, tree.span)


def _of_entries(shape: Shape) -> bool:
    """Whether what has this shape has no power and no quotient but those of its entries."""
    return shape.kind in "vr" or (shape.kind == "m" and not shape.square)


def _sized(args: tuple[Tree, ...], memo: dict[Tree, Expr | None]) -> tuple[Tree, ...]:
    """The terms of a sum, a vector of ones among them as large as the others."""
    like = next((e.type for a in args if (e := build(a, memo)) is not None and e.type.kind in "vr"), None)
    if like is None:
        return args
    ones = call(ONES, params=like.dims)
    return tuple(leaf(ones if like.kind == "v" else ones.T, a.span) if a.kind == UNSIZED else a for a in args)


def _ones_behind(args: tuple[Tree, ...], memo: dict[Tree, Expr | None], seen: dict[str, Expr]) -> tuple[Tree, ...]:
    """The factors of a product, a 1 behind a matrix as a vector of ones."""
    found = [*args]
    for k, one in enumerate(args[1:], 1):
        if one.kind != UNSIZED and not (isinstance(one.data, Number) and one.data.value == 1):
            continue
        left = build(found[k - 1], memo)
        if left is not None and left.type.kind in "mr":
            if one.kind != UNSIZED:
                seen["1"] = READINGS["1"]
            found[k] = leaf(call(ONES, params=left.type.dims[-1:]), one.span)
    return tuple(found)


def _multiplied(args: tuple[Tree, ...], memo: dict[Tree, Expr | None], seen: dict[str, Expr]) -> tuple[Tree, ...]:
    """The factors of a product: a 1 behind a matrix as a vector of ones, neighbours that are both columns, or both rows, as one."""
    factors = [*_ones_behind(args, memo, seen)]
    if build(Tree(PROD, tuple(factors)), memo) is not None:
        return tuple(factors)
    k = 0
    while k + 1 < len(factors):
        a, b = build(factors[k], memo), build(factors[k + 1], memo)
        if a is not None and b is not None and a.type == b.type and a.type.kind in "vr":
            seen["x y"] = READINGS["x y"]
            factors[k : k + 2] = [op_tree(HADAMARD, factors[k], factors[k + 1])]
        else:
            k += 1
    return tuple(factors)


_RAISED_T = pattern(r"\s*\^\s*(?:T(?![A-Za-z])|\{\s*T\s*\}|⊤|\\top(?![A-Za-z])|\{\s*\\top\s*\})|ᵀ|'")
_WORD = pattern(r"(?<![\w.])[^\W\d_]+(?![\w(])")
_NUMBER = pattern(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?=[^\W\d_eE]|\()")


def as_numpy(text: str, known: dict[str, Expr]) -> str | None:
    """A text in which @ stands beside ^ or ', in the words of NumPy alone; None where it is no such text."""
    if "@" not in text or not re.search(r"[\^'⊙ᵀ]|\.[*/]", text) or "\\" in text:
        return None

    def product(m: re.Match[str]) -> str:
        if m[0] in known or not all(c in known for c in m[0]):
            return m[0]
        return f"({'@'.join(m[0])})"

    text = _RAISED_T.sub(".T", text)
    text = re.sub(r"\.?\^", "**", re.sub(r"\.([*/])", r"\1", text.replace("⊙", "*")))
    return _NUMBER.sub(r"\1*", _WORD.sub(product, text))
