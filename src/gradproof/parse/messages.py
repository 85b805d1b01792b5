"""Why operands do not fit, in one sentence, and what would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gradproof.errors import ShapeError, Span
from gradproof.notation.fit import misfit
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import PRODUCT
from gradproof.parse.rules import rows_of
from gradproof.say import NOTHING, Said, listed, say
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Shape

Same = Callable[[Dim, Dim], bool]

_AXIS = {"v": say("the length"), "r": say("the length"), "m": say("one size")}
_MUL, _TRANSPOSE = basic.MUL, basic.TRANSPOSE
_ENTRYWISE = {
    op.symbol: TABLE[entrywise.name]
    for op in TABLE.values()
    for entrywise in TABLE.values()
    if op.symbol and entrywise.symbol == "." + op.symbol
}


class WrittenOperand(NamedTuple):
    """An operand as it was typed, how tightly its spelling binds, and its shape."""

    text: str
    binds: int
    shape: Shape

    def inside(self, binds: int) -> str:
        """Its text as an operand of something that binds so tightly."""
        return self.text if self.binds >= binds else f"({self.text})"

    def transposed(self, latex: bool = False) -> WrittenOperand:
        row = rows_of(_TRANSPOSE)[(self.shape.kind,)]
        shape = Shape(row.out, tuple(self.shape.dims[axis] for ((_, axis),) in row.made))
        mark = r"^\top" if latex else _TRANSPOSE.symbol
        twice = self.binds == _TRANSPOSE.binds and self.text.endswith(mark)
        text = self.text.removesuffix(mark) if twice else self.inside(_TRANSPOSE.binds) + mark
        return WrittenOperand(text, _TRANSPOSE.binds, shape)


def does_not_fit(
    op: Operation,
    operands: tuple[WrittenOperand, ...],
    span: Span,
    same: Same,
    latex: bool = False,
    below: Sequence[str] = (),
) -> ShapeError:
    """The error for an operation on these operands. `same` says whether two dimensions are, or may be, equal.

    `latex`: whether the hint is to be in LaTeX; `below`: the undeclared names of the right operand.
    """
    shapes, names = tuple(o.shape for o in operands), tuple(o.text for o in operands)
    if not (op.symbol and len(operands) == 2):
        return ShapeError(misfit(op, shapes, names), span=span)
    clash = _clash(op, shapes)
    told = listed((say("{name} is {shape}", name=n, shape=s) for n, s in zip(names, shapes, strict=True)), "and")
    if clash is None:
        message = (
            _inner(told, *shapes) if op is _MUL else say("'{op}' does not fit: {operands}", op=op.symbol, operands=told)
        )
    elif _entrywise(op, shapes):
        message = say(
            "{op} needs operands of one shape; {operands}: {axis} would be both {first} and {second}",
            op=op.symbol, operands=told, axis=_AXIS[shapes[0].kind], first=clash[0], second=clash[1],
        )  # fmt: skip
    else:
        message = misfit(op, shapes, names)
    return ShapeError(message, span=span, hint=_hint(op, operands, same, latex, below))


def _inner(operands: Said, left: Shape, right: Shape) -> Said:
    """What keeps a matrix product from being one."""
    columns = {"v": "1", "s": "1"}.get(left.kind) or left.dims[-1]
    rows = {"r": "1", "s": "1"}.get(right.kind) or right.dims[0]
    return say(
        "'*' does not fit: {operands}; the inner sizes {columns} and {rows} differ",
        operands=operands, columns=columns, rows=rows,
    )  # fmt: skip


def _entrywise(op: Operation, shapes: tuple[Shape, ...]) -> bool:
    kinds = [shape.kind for shape in shapes]
    return any(all(slot.kind == "*" for slot in signature.args) and len({*kinds}) == 1 for signature in op.signatures)


def _clash(op: Operation, shapes: tuple[Shape, ...]) -> tuple[Dim, Dim] | None:
    """The first two dimensions that the operation wants equal, where the kinds of the operands fit."""
    row = rows_of(op).get(tuple(s.kind for s in shapes))
    pairs = [(shapes[a].dims[i], shapes[b].dims[j]) for (a, i), (b, j) in row.equal] if row else []
    return next(((x, y) for x, y in pairs if x is not y), None)


def _hint(op: Operation, operands: tuple[WrittenOperand, ...], same: Same, latex: bool, below: Sequence[str]) -> Said:
    """The spellings near this one that do fit."""
    left, right = operands
    entrywise = _ENTRYWISE.get(op.symbol)
    near = [(op, left.transposed(latex), right), (entrywise, left, right), (op, left, right.transposed(latex))]
    good = [
        _in_latex(o, a, b) if latex else f"{a.inside(o.binds)}{o.symbol}{b.inside(o.binds + 1)}"
        for o, a, b in near
        if o is not None and _fits(o, (a.shape, b.shape), same)
    ]
    if not good:
        return NOTHING
    if (left.shape.kind, right.shape.kind) == ("v", "v") and op.binds == PRODUCT:
        return say("write {good}; for a scalar times a vector, declare one of them: scalar", good=listed(good, "or"))
    if latex and left.shape.kind == "s" and below:  # 1/(4 N^2 M^2)
        return say('declare "{names}", or write {good}', names="; ".join(f"{n}: scalar" for n in below), good=good[0])
    return say("write {good}", good=listed(good, "or"))


def _in_latex(op: Operation, left: WrittenOperand, right: WrittenOperand) -> str:
    """An operation as LaTeX has it."""
    a, b = left.inside(op.binds), right.inside(op.binds + 1)
    if op.symbol == ".^":
        return rf"{a}^{{\odot {right.text}}}"
    return a + {".*": r" \odot ", "./": r" \oslash ", "*": " "}.get(op.symbol, op.symbol) + b


def _fits(op: Operation, shapes: tuple[Shape, ...], same: Same) -> bool:
    row = rows_of(op).get(tuple(s.kind for s in shapes))
    return row is not None and all(same(shapes[a].dims[i], shapes[b].dims[j]) for (a, i), (b, j) in row.equal)
