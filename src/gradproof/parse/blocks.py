"""Block matrices and stacked vectors, `[A, B; C, D]`, `[x; y]`: blocks beside each other, then rows of them below each other.

A block matrix is a sum of its blocks, each between the first or last rows of identity matrices: [A, B] is A*head(m,m+n) + B*tail(n,m+n).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from gradproof.errors import Span
from gradproof.notation.expr import Expr, call
from gradproof.ops import Operation, basic
from gradproof.ops.operation import Definition, signatures
from gradproof.ops.placed import HEAD, LAST, TAIL, unit
from gradproof.parse.note import refusal
from gradproof.parse.tree import CallNode, NumberNode, SyntaxNode
from gradproof.shapes.dims import Dim, dim

BESIDE = Operation(
    "[,]",
    signatures("ij,ik->i(j+k) ij,i->i(j+1) i,ij->i(1+j) i,i->i2 i',j'->(i+j)' i',->(i+1)' ,i'->(1+i)' ,->2'"),
    Definition(""),
    "blocks beside each other",
)
BELOW = Operation(
    "[;]",
    signatures("ij,kj->(i+k)j ij,j'->(i+1)j j',ij->(1+i)j i',i'->2i i,j->(i+j) i,->(i+1) ,i->(1+i) ,->2"),
    Definition(""),
    "blocks below each other",
)
_ONE = dim(1)


Part = tuple[int, int, int]  # a node, and where its text begins and ends


def put(nodes: list[SyntaxNode], parts: Sequence[Part], ends: Sequence[int], span: Span, text: str) -> Part:
    """Append [A, B; C, D], where rows end after so many blocks: those of a row beside each other, then the rows below each other."""
    found = [nodes[index] for index, _, _ in parts]
    rows = [
        isinstance(node, CallNode) and node.op is BESIDE and text[at] == "["
        for node, (_, at, _) in zip(found, parts, strict=True)
    ]
    if len(parts) > 1 and not ends and all(rows):  # as NumPy has it
        raise refusal("blocks-nested", span)
    if not all(isinstance(node, NumberNode) for node in found):
        for node, (_, start, end) in zip(found, parts, strict=True):
            if isinstance(node, NumberNode) and not node.value.value:
                raise refusal("blocks-zero", (start, end))
    split = [parts[start:end] for start, end in pairwise([0, *ends, len(parts)])]
    whole, _, _ = _chain(nodes, BELOW, [_chain(nodes, BESIDE, row) for row in split])
    return (whole, *span)


def _chain(nodes: list[SyntaxNode], op: Operation, parts: Sequence[Part]) -> Part:
    """Blocks that follow one another, two at a time."""
    whole, start, end = parts[0]
    for index, _, end in parts[1:]:
        nodes.append(CallNode(op, (whole, index), (start, end), (start, end)))
        whole = len(nodes) - 1
    return whole, start, end


def beside(a: Expr, b: Expr) -> Expr:
    """Each block times the rows of an identity matrix that put it where it stands."""
    wide = [_width(e) for e in (a, b)]
    whole = wide[0] + wide[1]
    parts = [_put(a, wide[0], whole, first=True), _put(b, wide[1], whole, first=False)]
    return call("add", *parts)


def _width(e: Expr) -> Dim:
    return {"s": _ONE, "v": _ONE, "r": e.type.dims[-1:] and e.type.dims[-1], "m": e.type.dims[-1:] and e.type.dims[-1]}[
        e.type.kind
    ] or _ONE


def _put(e: Expr, wide: Dim, whole: Dim, first: bool) -> Expr:
    if e.type.kind in ("s", "v"):
        place = call(unit(1) if first else LAST, params=(whole,))
        return call("mul", e, call("transpose", place))
    return call("mul", e, call(HEAD if first else TAIL, params=(wide, whole)))


def _turned(e: Expr) -> Expr:
    if e.type.kind == "s":
        return e
    if e.type.kind == "m" and getattr(e, "op", None) is basic.TRANSPOSE:
        return e.args[0]
    return call("transpose", e)


def below(a: Expr, b: Expr) -> Expr:
    """The same with rows: head' * A + tail' * B."""
    high = [_ONE if e.type.kind in ("s", "r") else e.type.dims[0] for e in (a, b)]
    whole = high[0] + high[1]
    return call("add", _set(a, high[0], whole, first=True), _set(b, high[1], whole, first=False))


def _set(e: Expr, high: Dim, whole: Dim, first: bool) -> Expr:
    if e.type.kind in ("s", "r"):
        return call("mul", *_ordered(call(unit(1) if first else LAST, params=(whole,)), e))
    return call("mul", call("transpose", call(HEAD if first else TAIL, params=(high, whole))), e)


def _ordered(place: Expr, e: Expr) -> tuple[Expr, Expr]:
    return (e, place) if e.type.kind == "s" else (place, e)


BUILT = {BESIDE: beside, BELOW: below}
