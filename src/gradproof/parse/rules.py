"""What the signatures of the table say about kinds and dimensions, laid out for inference. Nothing here knows an operation by its name.

The kind of a value is "s", "v", "r" or "m" (scalar, column, row, matrix). A `Row` is one combination of argument kinds that an operation takes.
Some rows are *doubtful*: legal, but not what people mean when the kind of a variable is open. They are

* a variable that would be a scalar under an operation of vectors and matrices: `a'`, `norm2(a)`, `tr(S)`;
* a scalar that meets every entry of something (`A*x - b`), unless it is a plain number or the exponent of a power;
* a scalar variable on the right where a vector fits: `X*b`, `a'*b`;
* a scalar times a row, where both are variables with scalar letters: `a*b'`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from gradproof.ops import Operation
from gradproof.ops.operation import Power
from gradproof.records import dataclass
from gradproof.shapes.shape import Signature

KINDS = "svrm"
NEUTRAL, OPEN, CLOSED = 0, 1, 2  # an operand without variables; one whose kind is that of its variables; any other

_WEAK, _STRONG = 1.5, 3.0  # what a doubtful place costs; a variable against its letter costs 1

Kinds = tuple[str, ...]
Place = tuple[int, int]  # an argument and one of its axes


@dataclass(frozen=True, slots=True)
class Row:
    """Argument kinds that fit: the kind of the result, axes that are equal, and what each axis of the result is made of."""

    out: str
    equal: tuple[tuple[Place, Place], ...]
    made: tuple[tuple[Place, ...], ...]
    plain: bool  # every axis of the result is an axis of an argument
    like: int | None  # the argument that has the axes of the result, all of them in order
    more: bool  # whether more than equal axes is asked: an axis has a length of its own, a number is added to entries, or is no square matrix


class ShapeRule:
    """An operation at one place: its rows, those that are doubtful there, and whether its own kind is open."""

    __slots__ = ("_allowed", "doubtful", "rows", "state")

    def __init__(self, op: Operation, states: tuple[int, ...] | None, outer: bool):
        if states is None:
            self.rows, self.doubtful, self.state = rows_of(op), {}, NEUTRAL
            return
        self.rows = {kinds: row for kinds, row in rows_of(op).items() if len(kinds) == len(states)}
        costs = {kinds: _STRONG if outer and kinds == ("s", "r") else _doubt(op, kinds, states) for kinds in self.rows}
        self.doubtful = {kinds: cost for kinds, cost in costs.items() if cost}
        self.state = _state(self.rows, states)
        self._allowed: dict[tuple[bool, tuple[int, ...]], tuple[int, ...] | None] = {}

    def allowed(self, strict: bool, masks: tuple[int, ...]) -> tuple[int, ...] | None:
        """What is left of the sets of kinds of the arguments and of the result; None where nothing fits."""
        key = (strict, masks)
        if key not in self._allowed:
            self._allowed[key] = self._narrow(strict, masks)
        return self._allowed[key]

    def _narrow(self, strict: bool, masks: tuple[int, ...]) -> tuple[int, ...] | None:
        left = [0] * len(masks)
        for kinds, row in self.rows.items():
            bits = [BIT[k] for k in (*kinds, row.out)]
            if all(b & m for b, m in zip(bits, masks, strict=True)) and not (strict and kinds in self.doubtful):
                left = [m | b for m, b in zip(left, bits, strict=True)]
        return tuple(left) if left[-1] else None


BIT = {kind: 1 << i for i, kind in enumerate(KINDS)}


@cache
def rule(op: Operation, states: tuple[int, ...] | None, outer: bool = False) -> ShapeRule:
    """The rule of an operation whose arguments have these states, None where no variable is open; `outer` where it may be an outer product of two variables."""
    return ShapeRule(op, states, outer)


@cache
def rows_of(op: Operation) -> dict[Kinds, Row]:
    """Every combination of kinds that the operation takes; the first signature that fits counts."""
    rows: dict[Kinds, Row] = {}
    for signature in op.signatures:
        for kinds in _expand(signature):
            rows.setdefault(kinds, _row(op, signature, kinds))
    return rows


def _expand(signature: Signature) -> Iterator[Kinds]:
    if not any(slot.kind == "*" for slot in signature.args):
        yield tuple(slot.kind for slot in signature.args)
        return
    for kind in KINDS:
        yield tuple(kind if slot.kind == "*" else slot.kind for slot in signature.args)


def _row(op: Operation, signature: Signature, kinds: Kinds) -> Row:
    first: dict[object, Place] = {}
    equal = []
    for arg, (slot, kind) in enumerate(zip(signature.args, kinds, strict=True)):
        letters = range(AXES[kind]) if slot.kind == "*" else [group[0] for group in slot.axes]
        for group in slot.axes:
            first.update(
                dict.fromkeys(group if len(group) > 1 else (), (arg, 0))
            )  # letters that are given as dimensions
        for axis, letter in enumerate(letters):
            if slot.kind != "*" and len(slot.axes[axis]) > 1:
                continue
            if str(letter).isdigit() and slot.kind != "*":
                continue
            if letter in first:
                equal.append((first[letter], (arg, axis)))
            else:
                first[letter] = (arg, axis)
    if signature.out.kind == "*":
        out = next(kind for slot, kind in zip(signature.args, kinds, strict=True) if slot.kind == "*")
        made = tuple((first[axis],) for axis in range(AXES[out]))
    else:
        out = signature.out.kind
        unmade: Place = (0, 0)  # an axis that has a length of its own
        made = tuple(tuple(first.get(letter, unmade) for letter in group) for group in signature.out.axes)
        made = made if signature.args else ()
    whole = [[((arg, axis),) for axis in range(AXES[kind])] for arg, kind in enumerate(kinds)]
    like = next((arg for arg, axes in enumerate(whole) if axes == [*made]), None)
    more = op.measured or (op.square_scalar and len({*kinds}) > 1) or (op.of_square and kinds[0] == "s")
    return Row(out, tuple(equal), made, all(len(group) == 1 for group in made), like, more)


AXES = {"s": 0, "v": 1, "r": 1, "m": 2}


def _doubt(op: Operation, kinds: Kinds, states: tuple[int, ...]) -> float:
    """What it costs to read these kinds there; 0 where nothing speaks against it."""
    if op.measured and len(kinds) == 2:  # a number is a block as good as any
        return 0
    own = [s for s in op.signatures if len(s.args) == len(kinds)]
    if len(own) > 1 and all(
        len(s.out.axes) == len(s.args[0].axes) + 1 for s in own if s.args
    ):  # one more axis for anything
        return 0
    explicit = [{s.args[i].kind for s in own} - {"s", "*"} for i in range(len(kinds))]
    infix = op.symbol and len(kinds) == 2
    scalars = [i for i, kind in enumerate(kinds) if kind == "s"]
    if not infix:
        entrywise = any(all(slot.kind == "*" for slot in s.args) for s in op.signatures)
        return _STRONG * (not entrywise and any(states[i] == OPEN and explicit[i] for i in scalars))
    if isinstance(op.meaning, Power) or len(scalars) != 1:
        return 0
    (at,) = scalars
    if any(s.fits(kinds) and all(slot.kind != "*" for slot in s.args) for s in op.signatures):
        return _WEAK * (states[at] != NEUTRAL)
    return _WEAK * (at == 1 and states[at] == OPEN and (kinds[0], "v") in rows_of(op))


def _state(rows: dict[Kinds, Row], states: tuple[int, ...]) -> int:
    """Open, where the kind of the result is the kind of all its open arguments."""
    if not any(states):
        return NEUTRAL
    if CLOSED in states:
        return CLOSED
    for kinds, row in rows.items():
        if all(kind == "s" for kind, state in zip(kinds, states, strict=True) if state == NEUTRAL) and not {*kinds} <= {
            "s",
            row.out,
        }:
            return CLOSED
    return OPEN
