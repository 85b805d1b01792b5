"""Why operands do not fit, in one sentence, and what would."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.dims import Dim
from gradproof.errors import ShapeError, Span
from gradproof.expr import misfit
from gradproof.ops import TABLE, Operation
from gradproof.parse.rules import rows_of
from gradproof.shapes import Shape

Same = Callable[[Dim, Dim], bool]

_TRANSPOSE = TABLE["transpose"]
_ENTRYWISE = {op.symbol: TABLE[entrywise.name] for op in TABLE.values() for entrywise in TABLE.values() if op.symbol and entrywise.symbol == "." + op.symbol}


def does_not_fit(op: Operation, shapes: tuple[Shape, ...], names: tuple[str, ...], span: Span, same: Same) -> ShapeError:
    """The error for an operation on operands of these shapes. `same` says whether two dimensions are, or may be, equal."""
    infix = bool(op.symbol) and len(shapes) == 2
    kinds = tuple(s.kind for s in shapes)
    if infix and kinds not in rows_of(op):
        operands = " and ".join(f"{n} is {s}" for n, s in zip(names, shapes, strict=True))
        message = f"'{op.symbol}' does not fit: {operands}"
    else:
        message = misfit(op, shapes, names)
    return ShapeError(message, span=span, hint=_hint(op, shapes, names, same) if infix else "")


def _hint(op: Operation, shapes: tuple[Shape, ...], names: tuple[str, ...], same: Same) -> str:
    """The spellings near this one that do fit."""
    left, right = (f"({n})" if not n.isalnum() and not _closed(n) else n for n in names)
    flipped = tuple(_transposed(s) for s in shapes)
    entrywise = _ENTRYWISE.get(op.symbol)
    near = [
        (op, (flipped[0], shapes[1]), f"{left}'{op.symbol}{right}"),
        (entrywise, shapes, f"{left}.{op.symbol}{right}"),
        (op, (shapes[0], flipped[1]), f"{left}{op.symbol}{right}'"),
    ]
    good = [text for o, arguments, text in near if o is not None and _fits(o, arguments, same)]
    if not good:
        return ""
    scale = "; for a scalar times a vector, declare one of them: scalar" if [s.kind for s in shapes] == ["v", "v"] and op.symbol == "*" else ""
    return "write " + ", ".join(good[:-1]) + " or " * (len(good) > 1) + good[-1] + scale


def _closed(name: str) -> bool:
    """Whether the text is a name or a call, so that it can be followed by '."""
    head, bracket, rest = name.partition("(")
    return bool(bracket) and (not head or head.isalnum()) and name.endswith(")") and rest.count("(") == rest.count(")") - 1 and rest.find(")") == len(rest) - 1


def _transposed(shape: Shape) -> Shape:
    row = rows_of(_TRANSPOSE)[(shape.kind,)]
    return Shape(row.out, tuple(shape.dims[axis] for ((_, axis),) in row.made))


def _fits(op: Operation, shapes: tuple[Shape, ...], same: Same) -> bool:
    row = rows_of(op).get(tuple(s.kind for s in shapes))
    return row is not None and all(same(shapes[a].dims[i], shapes[b].dims[j]) for (a, i), (b, j) in row.equal)
