"""Every operation of the table on variables, once for each of its signatures."""

from __future__ import annotations

from gradproof.errors import ShapeError
from gradproof.notation.expr import Expr, Symbol, call, number, symbol
from gradproof.ops import TABLE
from gradproof.ops.operation import Operation, Power, Reserved
from gradproof.shapes.dims import dim
from gradproof.shapes.shape import Shape, Signature


def _argument(name: str, axes: tuple, kind: str) -> Symbol:
    dims = tuple(dim("*".join(group)) for group in axes)
    return symbol(name, Shape("m" if kind == "*" else kind, dims or ((dim("i"), dim("j")) if kind == "*" else ())))


def _example(op: Operation, signature: Signature) -> Expr | None:
    args: list[Expr] = [_argument("XYZW"[k], slot.axes, slot.kind) for k, slot in enumerate(signature.args)]
    if isinstance(op.meaning, Power) and signature.args[0].letters == "ii":
        args[1] = number(3)
    for k in op.whole:
        args[k] = number(2)
    params = tuple(dim(op.fixed or x) for x in op.letters[: len(signature.out.parameters)])
    try:
        return call(op, *args, params=params)
    except ShapeError:  # a scalar plus a square matrix can mean two things
        return None


CASES = {
    f"{op.name} {signature.text}": e
    for op in dict.fromkeys(TABLE.values())
    if not isinstance(op.meaning, Reserved)
    for signature in op.signatures
    if (e := _example(op, signature)) is not None
}
