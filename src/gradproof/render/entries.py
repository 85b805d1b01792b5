"""Products with unit vectors as they are read: `x'*e_2` is x[2], `A*e_2` is A[:,2], `e_1'*A*e_2` is A[1,2]."""

from __future__ import annotations

from functools import cache
from typing import TypeGuard

from gradproof.notation.expr import Call, Expr, call, call_of_shape, fold, operations, rebuild
from gradproof.ops import Operation, basic
from gradproof.ops.operation import Fill, signatures
from gradproof.shapes.shape import SCALAR, column, row

_MUL, _TRANSPOSE = basic.MUL, basic.TRANSPOSE


SHOWN: dict[Operation, str] = {}  # operations that are there only while a formula is written, and their places


@cache
def entry_at(places: str) -> Operation:
    """What `[places]` takes from what stands before it; it is there only while a formula is written."""
    op = Operation(f"[{places}]", signatures("*->*"), Fill(lambda *at: False), f"[{places}]")
    SHOWN[op] = places
    return op


def with_entries(expr: Expr) -> Expr:
    """The formula with its entries, rows and columns as such, to be written."""
    shown = any(op.place or op in SHOWN for op in operations(expr))
    return fold(expr, _visit) if shown else expr


def _visit(node: Expr, args: list[Expr]) -> Expr:
    if isinstance(node, Call) and node.op is _MUL and node.type.kind != "m":
        factors = _factors(node)
        if len(factors) > 1:
            written = _written(factors)
            if written is not None:
                return fold(written, _visit) if written is not node else node
    if isinstance(node, Call) and node.op in SHOWN:
        return call_of_shape(node.op, tuple(args), node.type)
    return _kept(node, args) if isinstance(node, Call) else rebuild(node, tuple(args))


def _kept(node: Expr, args: list[Expr]) -> Expr:
    assert isinstance(node, Call)
    return call_of_shape(node.op, tuple(args), node.type, node.params)


def _factors(e: Expr) -> list[Expr]:
    """The factors of a product that is written from left to right; an inner product in front is one factor."""
    found: list[Expr] = []
    while isinstance(e, Call) and e.op is _MUL and e.args[0].type.kind != "s":
        found.append(e.args[1])
        e = e.args[0]
    return [e, *reversed(found)]


def _place(e: Expr) -> int:
    """The place of a unit vector that stands upright; 0 for anything else."""
    return e.op.place if isinstance(e, Call) else 0


def _lying(e: Expr) -> int:
    return _place(e.args[0]) if _turned(e) else 0


def _written(factors: list[Expr]) -> Expr | None:
    """A product that ends with a unit vector, or begins with one that lies; None where there is none."""
    first, last = _lying(factors[0]), _place(factors[-1])
    if len(factors) > 1 and (first or last):
        inner = factors[1 if first else -2]
        if isinstance(inner, Call) and inner.op is _MUL and inner.args[0].type.kind == "s":  # a scalar goes before
            at = 1 if first else len(factors) - 2
            return call(_MUL, inner.args[0], _joined([*factors[:at], inner.args[1], *factors[at + 1 :]]))
    if first and len(factors) > 1:
        inner, rest = factors[1], factors[2:]
        if inner.type.kind == "v":
            return (
                _joined([call_of_shape(entry_at(str(first)), (inner,), SCALAR), *rest]) if not _place(inner) else None
            )
        if inner.type.kind != "m":
            return None
        if last and len(factors) == 3:
            turned, places = (inner.args[0], (last, first)) if _turned(inner) else (inner, (first, last))
            return call_of_shape(entry_at("{},{}".format(*places)), (turned,), SCALAR)
        return _joined([_line(inner, first, False), *rest])
    if last and len(factors) > 1:
        *before, inner = factors[:-1]
        if inner.type.kind == "m":
            return _joined([*before, _line(inner, last, True)])
        if inner.type.kind == "r" and not before:
            turned = inner.args[0] if _turned(inner) else inner
            return call_of_shape(entry_at(str(last)), (turned,), SCALAR)
    return None


def _turned(e: Expr) -> TypeGuard[Call]:
    return isinstance(e, Call) and e.op is _TRANSPOSE


def _line(e: Expr, place: int, upright: bool) -> Expr:
    """A column of a matrix, or a row; a column of X' is the row of X, turned."""
    if _turned(e):
        return call(_TRANSPOSE, _line(e.args[0], place, not upright))
    shape = column(e.type.dims[0]) if upright else row(e.type.dims[1])
    return call_of_shape(entry_at(f":,{place}" if upright else f"{place},:"), (e,), shape)


def _joined(factors: list[Expr]) -> Expr:
    e = factors[0]
    for f in factors[1:]:
        e = call(_MUL, e, f)
    return e
