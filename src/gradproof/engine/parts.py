"""Entries, rows and columns of a derivative: the axes of a variable met with unit vectors."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.engine.contract import contract
from gradproof.engine.lower import lower
from gradproof.engine.tensor import Factor, Tensor
from gradproof.notation.expr import Symbol
from gradproof.parse.parts import Part


def taken(tensor: Tensor, symbols: Sequence[Symbol], parts: Sequence[Part | None]) -> Tensor:
    """The entries and rows of a derivative that are asked for."""
    factors: list[Factor] = [(tensor, tuple(range(tensor.order)), 1)]
    at = 0
    for s, part in zip(symbols, parts, strict=True):
        units = part.at if part is not None else [None] * len(s.type.dims)
        factors += [(lower(e).tensor, (at + k,), 1) for k, e in enumerate(units) if e is not None]
        at += len(units)
    fixed = {i for _, indices, _ in factors[1:] for i in indices}
    return contract(1, factors, tuple(i for i in range(tensor.order) if i not in fixed))
