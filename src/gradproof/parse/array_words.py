"""Operations of arrays that are there only while a formula is read."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.notation.expr import Expr
from gradproof.ops import Operation
from gradproof.ops.operation import ATOM, Definition, signatures
from gradproof.records import dataclass


@dataclass(frozen=True)
class ArrayWord:
    """An operation of arrays: the formula that it stands for, and the notes that its operands' kinds call for."""

    op: Operation
    built: Callable[..., Expr]
    said: Callable[..., str] | None = None  # the kind of note, by the shapes of the operands; "" for none


ARRAYS: dict[Operation, ArrayWord] = {}


def enter(
    name: str,
    text: str,
    built: Callable[..., Expr],
    said: Callable[..., str] | None = None,
    symbol: str = "",
    binds: int = ATOM,
) -> Operation:
    op = Operation(name, signatures(text), Definition(""), name, symbol=symbol, binds=binds)
    ARRAYS[op] = ArrayWord(op, built, said)
    return op
