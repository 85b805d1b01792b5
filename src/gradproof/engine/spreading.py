"""Tensors that say how others stand in a larger whole: the identity, and scalars that are the same for all entries."""

from __future__ import annotations

from functools import lru_cache

from gradproof.engine.contract import contract, stripped
from gradproof.engine.tensor import Contraction, Tensor
from gradproof.shapes.dims import Dim


@lru_cache(256)
def identity(axes: tuple[Dim, ...]) -> Tensor:
    """The derivative of a tensor with these axes by itself."""
    places = tuple(range(len(axes)))
    return contract(1, (), places + places, dict(enumerate(axes)))


def spread(t: Tensor, axes: tuple[Dim, ...]) -> Tensor:
    """The tensor with these axes all of whose entries are a scalar."""
    return contract(1, [(t, (), 1)], tuple(range(len(axes))), dict(enumerate(axes)))


def body(t: Tensor, axes: tuple[Dim, ...]) -> Tensor:
    """A tensor without its number, as it stands in a sum with these axes: a scalar is the same for all entries there."""
    if t.axes != axes:
        t = spread(t, axes)
    return stripped(t) if isinstance(t, Contraction) and t.coefficient != 1 else t
