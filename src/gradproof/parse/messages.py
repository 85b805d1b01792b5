"""Why operands do not fit, in one sentence, and what would."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gradproof.errors import ShapeError, Span
from gradproof.notation.fit import misfit
from gradproof.ops import TABLE, Operation
from gradproof.ops.operation import PRODUCT
from gradproof.parse.rules import rows_of
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Shape

Same = Callable[[Dim, Dim], bool]

_AXIS = {"v": "the length", "r": "the length", "m": "one size"}
_MUL, _TRANSPOSE = TABLE["mul"], TABLE["transpose"]
_ENTRYWISE = {
    op.symbol: TABLE[entrywise.name]
    for op in TABLE.values()
    for entrywise in TABLE.values()
    if op.symbol and entrywise.symbol == "." + op.symbol
}


class Operand(NamedTuple):
    """An operand as it was typed, how tightly its spelling binds, and its shape."""

    text: str
    binds: int
    shape: Shape

    def inside(self, binds: int) -> str:
        """Its text as an operand of something that binds so tightly."""
        return self.text if self.binds >= binds else f"({self.text})"

    def transposed(self) -> Operand:
        row = rows_of(_TRANSPOSE)[(self.shape.kind,)]
        shape = Shape(row.out, tuple(self.shape.dims[axis] for ((_, axis),) in row.made))
        twice = self.binds == _TRANSPOSE.binds and self.text.endswith(_TRANSPOSE.symbol)
        return Operand(
            self.text[:-1] if twice else self.inside(_TRANSPOSE.binds) + _TRANSPOSE.symbol, _TRANSPOSE.binds, shape
        )


def does_not_fit(op: Operation, operands: tuple[Operand, ...], span: Span, same: Same) -> ShapeError:
    """The error for an operation on these operands. `same` says whether two dimensions are, or may be, equal."""
    shapes, names = tuple(o.shape for o in operands), tuple(o.text for o in operands)
    if not (op.symbol and len(operands) == 2):
        return ShapeError(misfit(op, shapes, names), span=span)
    clash = _clash(op, shapes)
    told = " and ".join(f"{n} is {s}" for n, s in zip(names, shapes, strict=True))
    if clash is None:
        message = f"'{op.symbol}' does not fit: {told}{_inner(*shapes) if op is _MUL else ''}"
    elif _entrywise(op, shapes):
        message = f"{op.symbol} needs operands of one shape; {told}: {_AXIS[shapes[0].kind]} would be both {clash[0]} and {clash[1]}"
    else:
        message = misfit(op, shapes, names)
    return ShapeError(message, span=span, hint=_hint(op, operands, same))


def _inner(left: Shape, right: Shape) -> str:
    """What keeps a matrix product from being one."""
    columns = {"v": "1", "s": "1"}.get(left.kind) or left.dims[-1]
    rows = {"r": "1", "s": "1"}.get(right.kind) or right.dims[0]
    return f"; the inner sizes {columns} and {rows} differ"


def _entrywise(op: Operation, shapes: tuple[Shape, ...]) -> bool:
    kinds = [shape.kind for shape in shapes]
    return any(all(slot.kind == "*" for slot in signature.args) and len({*kinds}) == 1 for signature in op.signatures)


def _clash(op: Operation, shapes: tuple[Shape, ...]) -> tuple[Dim, Dim] | None:
    """The first two dimensions that the operation wants equal, where the kinds of the operands fit."""
    row = rows_of(op).get(tuple(s.kind for s in shapes))
    pairs = [(shapes[a].dims[i], shapes[b].dims[j]) for (a, i), (b, j) in row.equal] if row else []
    return next(((x, y) for x, y in pairs if x is not y), None)


def _hint(op: Operation, operands: tuple[Operand, ...], same: Same) -> str:
    """The spellings near this one that do fit."""
    left, right = operands
    entrywise = _ENTRYWISE.get(op.symbol)
    near = [(op, left.transposed(), right), (entrywise, left, right), (op, left, right.transposed())]
    good = [
        f"{a.inside(o.binds)}{o.symbol}{b.inside(o.binds + 1)}"
        for o, a, b in near
        if o is not None and _fits(o, (a.shape, b.shape), same)
    ]
    if not good:
        return ""
    scale = (
        "; for a scalar times a vector, declare one of them: scalar"
        if (left.shape.kind, right.shape.kind) == ("v", "v") and op.binds == PRODUCT
        else ""
    )
    return "write " + ", ".join(good[:-1]) + " or " * (len(good) > 1) + good[-1] + scale


def _fits(op: Operation, shapes: tuple[Shape, ...], same: Same) -> bool:
    row = rows_of(op).get(tuple(s.kind for s in shapes))
    return row is not None and all(same(shapes[a].dims[i], shapes[b].dims[j]) for (a, i), (b, j) in row.equal)
