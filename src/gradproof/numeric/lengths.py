"""The sizes of dimensions at a point, and the shapes that they make."""

from __future__ import annotations

import math
from collections.abc import Mapping

from gradproof.errors import DomainError
from gradproof.numeric.plans import Shape, TooLarge
from gradproof.say import say
from gradproof.shapes.dims import Dim, Sizes

LARGEST = 20_000  # entries of an array that is still little


class Lengths(dict[str, int]):
    """The sizes of dimensions, by name, at a point; `shapes`: what they make of dimensions, as far as it was asked."""

    __slots__ = ("shapes",)

    def __init__(self, sizes: Mapping[str, int]):
        super().__init__(sizes)
        self.shapes: dict[tuple[Dim, ...], Shape] = {}


def size(d: Dim, sizes: Sizes) -> int:
    """The number that a dimension is. Raises DomainError where it is not known."""
    try:
        return d.evaluate(sizes)
    except KeyError as error:
        raise DomainError(say("the size {name} is not known", name=error.args[0])) from None


def axes(dims: tuple[Dim, ...], sizes: Sizes) -> Shape:
    """The shape that dimensions are. Raises DomainError where an array would be too large for a proof."""
    if not isinstance(sizes, Lengths):
        return _axes(dims, sizes)
    shape = sizes.shapes.get(dims)
    if shape is None:
        shape = sizes.shapes[dims] = _axes(dims, sizes)
    return shape


def _axes(dims: tuple[Dim, ...], sizes: Sizes) -> Shape:
    shape = tuple([sizes[d.text] if d.text in sizes else size(d, sizes) for d in dims])
    if shape and min(shape) < 1:
        raise DomainError(say("a dimension has no positive size"))
    if math.prod(shape) > LARGEST:
        raise TooLarge(say("an array of {count} entries is too large for a proof", count=math.prod(shape)))
    return shape
