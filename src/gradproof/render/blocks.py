"""Block matrices as they are read: head(n,n+m)'*x + tail(m,n+m)'*y is [x; y], and a sum of blocks between such rows [A, B; C, D]."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from gradproof.notation.expr import Call, Expr, call, call_of_shape, fold, number, operations
from gradproof.ops import Operation, basic
from gradproof.ops.operation import Fill, signatures
from gradproof.ops.placed import HEAD, LAST, TAIL
from gradproof.shapes.dims import Dim, dim, scaled
from gradproof.shapes.shape import SCALAR, Shape, column, matrix, row

_ADD, _SUB, _NEG, _MUL, _DIV, _TRANSPOSE = basic.ADD, basic.SUB, basic.NEG, basic.MUL, basic.DIV, basic.TRANSPOSE
_ONE = dim(1)
BLOCKS = frozenset((HEAD, TAIL, LAST))  # what block matrices are made of

GRIDS: dict[
    Operation, int
] = {}  # operations that are there only while a formula is written, and how many columns they have
Term = tuple[int, Expr]  # a sign and the rest


@cache
def grid(rows: int, columns: int) -> Operation:
    """What so many blocks make; it is there only while a formula is written."""
    op = Operation(f"[{rows}x{columns}]", signatures("*->*"), Fill(lambda *at: False), "blocks")
    GRIDS[op] = columns
    return op


def with_blocks(expr: Expr) -> Expr:
    """The formula with block matrices as such, to be written."""
    return fold(expr, _visit) if not BLOCKS.isdisjoint(operations(expr)) else expr


def _visit(node: Expr, args: list[Expr]) -> Expr:
    if not isinstance(node, Call):
        return node
    node_ = call_of_shape(node.op, tuple(args), node.type, node.params)
    if node.op not in (_ADD, _SUB):
        return node_
    return _stacked(node_) or node_


def _stacked(e: Expr) -> Expr | None:
    terms = _terms(e)
    return _split(e.type, terms, below=True) or _split(e.type, terms, below=False)


def _terms(e: Expr, sign: int = 1) -> list[Term]:
    found: list[Term] = []
    waiting = [(sign, e)]
    while waiting:
        sign, e = waiting.pop()
        if isinstance(e, Call) and e.op in (_ADD, _SUB):
            waiting += [(sign if e.op is _ADD else -sign, e.args[1]), (sign, e.args[0])]
        elif isinstance(e, Call) and e.op is _NEG:
            waiting.append((-sign, e.args[0]))
        else:
            found.append((sign, e))
    return found


def _sum(terms: Sequence[Term]) -> Expr:
    sign, e = terms[0]
    e = e if sign > 0 else call_of_shape(_NEG, (e,), e.type)
    for sign, t in terms[1:]:
        e = call_of_shape(_ADD if sign > 0 else _SUB, (e, t), e.type)
    return e


def _split(kind: Shape, terms: Sequence[Term], below: bool) -> Expr | None:
    """Terms of which each stands in the first or in the last rows (columns) of the whole, as one block below (beside) the other."""
    if not terms or kind.kind == "s" or (below and kind.kind == "r") or (not below and kind.kind == "v"):
        return None
    whole = kind.dims[0] if below else kind.dims[-1]
    parts: dict[bool, list[Term]] = {True: [], False: []}
    sizes: dict[bool, Dim] = {}
    for sign, t in terms:
        found = _placed(t, below)
        if found is None:
            return None
        first, size, rest = found
        if sizes.setdefault(first, size) is not size:
            return None
        parts[first].append((sign, rest))
    if not parts[True] or not parts[False] or sizes[True] + sizes[False] is not whole:
        return None
    blocks = [_whole(parts[first]) for first in (True, False)]
    return _joined([_filled(b) or b for b in blocks] if below else blocks, kind, below)


def _filled(block: Expr) -> Expr | None:
    """A block that stands in the first or the last columns alone, beside zeros: A*head(n,m+n) is [A, zeros]."""
    found = [(sign, _placed(t, below=False)) for sign, t in _terms(block)] if block.type.kind == "m" else []
    stood = [(sign, *p) for sign, p in found if p is not None]
    if len(stood) < len(found) or len({(first, size) for _, first, size, _ in stood}) != 1:
        return None
    (_, first, size, _), high, whole = stood[0], block.type.dims[0], block.type.dims[1]
    rest = whole + scaled(size, -1)
    if any(c < 0 for _, c in rest.terms) or size is _ONE:
        return None
    nothing = call("zeros", params=(high, rest)) if rest is not _ONE else call("zeros", params=(high,))
    blocks = [_whole([(sign, t) for sign, _, _, t in stood]), nothing]
    return call_of_shape(grid(1, 2), tuple(blocks if first else blocks[::-1]), block.type)


def _whole(terms: Sequence[Term]) -> Expr:
    e = _sum(terms)
    return (_stacked(e) or e) if e.type.kind != "s" else e


def _joined(blocks: Sequence[Expr], kind: Shape, below: bool) -> Expr | None:
    tables = [_table(b) for b in blocks]
    if below:
        wide = {len(t[0]) for t in tables}
        if len(wide) > 1:
            tables = [[[b]] for b in blocks]
        rows = [r for t in tables for r in t]
        if len(rows) > 1 and len(rows[0]) > 1 and len({tuple(_columns(b) for b in r) for r in rows}) > 1:
            rows = [[b] for b in blocks]
    else:
        if len({len(t) for t in tables}) > 1 or any(len(t) > 1 for t in tables):
            tables = [[[b]] for b in blocks]
        rows = [[b for t in tables for b in t[0]]]
    return call_of_shape(grid(len(rows), len(rows[0])), tuple(b for r in rows for b in r), kind)


def _columns(b: Expr) -> Dim:
    return b.type.dims[-1] if b.type.kind in ("r", "m") else _ONE


def _table(b: Expr) -> list[list[Expr]]:
    """The rows of blocks that a block is made of."""
    if isinstance(b, Call) and b.op is _TRANSPOSE and isinstance(b.args[0], Call) and b.args[0].op in GRIDS:
        inner = b.args[0]
        if GRIDS[inner.op] == 1 and inner.type.kind == "v":
            return [[_turned(a) for a in inner.args]]
    if isinstance(b, Call) and b.op in GRIDS:
        n = GRIDS[b.op]
        return [list(b.args[k : k + n]) for k in range(0, len(b.args), n)]
    return [[b]]


def _turned(e: Expr) -> Expr:
    return e if e.type.kind == "s" else call_of_shape(_TRANSPOSE, (e,), row(e.type.dims[0]))


def _placed(e: Expr, below: bool) -> tuple[bool, Dim, Expr] | None:
    """Whether a term stands in the first rows (columns) or in the last ones, how many these are, and what stands there."""
    if isinstance(e, Call) and e.op is _DIV and e.args[0].type.kind != "s":
        found = _placed(e.args[0], below)
        return found and (found[0], found[1], call_of_shape(_DIV, (found[2], e.args[1]), found[2].type))
    if isinstance(e, Call) and e.op is _NEG:
        found = _placed(e.args[0], below)
        return found and (found[0], found[1], call_of_shape(_NEG, (found[2],), found[2].type))
    factors = _factors(e)
    scalars = [f for f in factors if f.type.kind == "s"]
    chain = [f for f in factors if f.type.kind != "s"]
    if not chain or _product(factors) is None:
        return None
    place, rest = (chain[0], chain[1:]) if below else (chain[-1], chain[:-1])
    upright = place
    if isinstance(place, Call) and place.op is _TRANSPOSE:
        upright = place.args[0]
    turned = upright is not place
    if not isinstance(upright, Call):
        return None
    if upright.op in (HEAD, TAIL) and turned == below:
        size = upright.params[0]
        left = rest or [call("eye", params=(size,))]
        return upright.op is HEAD, size, _product([*scalars, *left]) or number(1)
    if (upright.op is LAST or upright.op.place == 1) and turned != below:
        left = [*scalars, *rest] or [number(1)]
        return upright.op is not LAST, _ONE, _product(left) or number(1)
    return None


def _factors(e: Expr) -> list[Expr]:
    """The factors of a product from left to right; inner products are one."""
    found: list[Expr] = []
    while isinstance(e, Call) and e.op is _MUL and e.type.kind != "s":
        found.append(e.args[1])
        e = e.args[0]
    return [e, *reversed(found)]


def _product(factors: Sequence[Expr]) -> Expr | None:
    e = factors[0]
    for f in factors[1:]:
        shape = _shape(e.type, f.type)
        if shape is None:
            return None
        e = call_of_shape(_MUL, (e, f), shape)
    return e


def _shape(a: Shape, b: Shape) -> Shape | None:
    """The shape of a product."""
    kinds = a.kind + b.kind
    if "s" in kinds:
        return b if a.kind == "s" else a
    return {
        "rv": SCALAR,
        "vr": matrix(a.dims[0], b.dims[-1]),
        "mv": column(a.dims[0]),
        "rm": row(b.dims[-1]),
        "mm": matrix(a.dims[0], b.dims[-1]),
    }.get(kinds)


__all__ = ["BLOCKS", "GRIDS", "with_blocks"]
