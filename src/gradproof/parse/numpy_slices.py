"""Slices of NumPy source, `x[1:]`, `X[:, :-1]`, `x[-1]`, and `np.diff`: products with rows of an identity matrix."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Protocol

from gradproof.errors import GradproofError, Span
from gradproof.ops import TABLE, Operation
from gradproof.ops.placed import TAIL, shift
from gradproof.parse import array_parts, arrays
from gradproof.parse.note import Note, note
from gradproof.parse.numpy_arguments import Arguments, is_all, whole
from gradproof.parse.numpy_values import NumberedValues, ReadArray
from gradproof.parse.tree import CallNode, SyntaxNode
from gradproof.say import Said, say
from gradproof.shapes.dims import Dim, dim


class ReadsSlices(Protocol):
    """What reads NumPy source, as far as slices need it."""

    nodes: list[SyntaxNode]
    notes: list[Note]

    def span(self, node: ast.AST) -> Span: ...
    def shown(self, node: ast.AST) -> str: ...
    def refuse(self, node: ast.AST, what: Said, hint: Said = ...) -> GradproofError: ...
    def put(self, op: Operation, at: ast.AST, *args: ReadArray, form: str = ..., scalar: bool = ...) -> ReadArray: ...
    def plain(self, node: ast.expr, what: str = ...) -> ReadArray: ...
    def number(self, text: str, at: ast.AST) -> ReadArray: ...


MOST_TURNS = 4  # how often np.diff(x, n) takes differences


def sliced(reader: ReadsSlices, node: ast.Subscript, value: ReadArray, at: Sequence[ast.expr]) -> ReadArray | None:
    """x[1:], X[:-1], X[:, 2:], x[-3:], x[-1]; None for anything else."""
    if len(at) == 1 and whole(at[0]) == -1:
        reader.nodes.append(CallNode(TABLE["lastunit"], (), reader.span(node), reader.span(node), (None,)))
        return reader.put(array_parts.ENTRIES["#"], node, value, ReadArray(len(reader.nodes) - 1))
    if not all(isinstance(a, ast.Slice) for a in at) or not 1 <= len(at) <= 2:
        return None
    ends = [_ends(a) for a in at if isinstance(a, ast.Slice)]
    if None in ends:
        return None
    for axis, (written, end) in enumerate(zip(at, ends, strict=True)):
        if end is not None and not is_all(written):
            rows = _rows(reader, node, *end)
            value = reader.put(arrays.MATMUL if axis == 0 else array_parts.LAST_AXIS, node, rows, value)
    return value


def numbered(reader: ReadsSlices, node: ast.Subscript, values: NumberedValues, place: int) -> ReadArray:
    """np.linalg.eigvalsh(S)[-1]."""
    reader.notes.append(note("numpy-places", reader.span(node), shown=reader.shown(node)))
    if place in values.named:
        return reader.put(values.named[place], node, values.of, scalar=True)
    if place < 0:
        raise reader.refuse(node, say("'{shown}'", shown=reader.shown(node)), say("count from the other end"))
    return reader.put(values.one, node, values.of, reader.number(str(place + 1), node), scalar=True)


def diff(reader: ReadsSlices, args: Arguments) -> ReadArray:
    """np.diff(x), np.diff(X, axis=0): each entry less the one before."""
    value = reader.plain(args.need("a", "input"), "differences")
    times, axis = args.take("n"), args.take("axis", "dim")
    turns, at = 1 if times is None else whole(times), -1 if axis is None else whole(axis)
    if turns is None or not 1 <= turns <= MOST_TURNS or at not in (0, 1, -1):
        raise reader.refuse(args.node, say("'{shown}'", shown=reader.shown(args.node)))
    op = arrays.MATMUL if at == 0 else array_parts.LAST_AXIS
    for _ in range(turns):
        later, sooner = (
            reader.put(op, args.node, _rows(reader, args.node, *end), value) for end in ((1, None), (0, -1))
        )
        value = reader.put(arrays.SUB, args.node, later, sooner)
    return value


def _ends(written: ast.Slice) -> tuple[int, int | None] | None:
    """Where a slice begins and ends, as whole numbers; None where it says something else."""
    low = 0 if written.lower is None else whole(written.lower)
    high = None if written.upper is None else whole(written.upper)
    step = 1 if written.step is None else whole(written.step)
    if low is None or step != 1 or (written.upper is not None and high is None):
        return None
    if low < 0 and high is not None:
        return None
    return None if high is not None and (high == 0 or 0 < high <= low) else (low, high)


def _rows(reader: ReadsSlices, node: ast.expr, low: int, high: int | None) -> ReadArray:
    """The rows of an identity matrix that a slice takes; how long the array is comes out later."""
    span = reader.span(node)
    length = dim(f"ⁿs{len(reader.nodes)}")
    op: Operation = TAIL if low < 0 else shift(low)
    count: Dim = (
        dim(-low) if low < 0 else dim(high - low) if high is not None and high > 0 else length + dim((high or 0) - low)
    )
    reader.nodes.append(CallNode(op, (), span, span, (count, length)))
    return ReadArray(len(reader.nodes) - 1)


__all__ = ["diff", "numbered", "sliced"]
