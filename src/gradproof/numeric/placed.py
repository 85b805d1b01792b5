"""The arrays of constants whose entries depend on where they stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from gradproof.budget import room
from gradproof.errors import DomainError
from gradproof.numeric import bare
from gradproof.ops import Operation
from gradproof.ops.operation import Fill
from gradproof.say import say


def placed(meaning: Fill, shape: tuple[int, ...], *at: int) -> bool | float:
    """The entry of a constant of this shape at this place."""
    return meaning.entry(*at, *shape) if meaning.sized else meaning.entry(*at)


def filled(op: Operation, shape: Sequence[int], np: Any) -> Any:
    """A constant whose entries depend on where they stand, or zeros. Raises DomainError for a place that there is not."""
    if op.place and op.place > shape[0]:
        raise DomainError(say("an entry {place} is asked for, and there are {size}", place=op.place, size=shape[0]))
    room(math.prod(shape))
    if not isinstance(op.meaning, Fill):
        return np.zeros(shape)
    if np is not bare:
        return op.value(np, np.ones(shape)) if shape else op.meaning.entry() * 1.0
    entry = partial(placed, op.meaning, tuple(shape))
    if not shape:
        return entry() * 1.0
    rows = [
        [float(entry(i, j)) for j in range(shape[1])] if len(shape) > 1 else float(entry(i)) for i in range(shape[0])
    ]
    return np.array(rows)
