"""Where the entries of an array lie: turned, spread, chosen by a key."""

from __future__ import annotations

import math
import operator
from functools import lru_cache
from typing import Any

Shape = tuple[int, ...]


@lru_cache(maxsize=2048)
def turned(shape: Shape, order: Shape) -> tuple[int, ...]:
    """The places of the entries of an array whose axes are in another order."""
    strides = [math.prod(shape[i + 1 :]) for i in range(len(shape))]
    places = [0]
    for i in order:
        places = [p + k * strides[i] for p in places for k in range(shape[i])]
    return tuple(places)


@lru_cache(maxsize=2048)
def spread_places(shape: Shape, wanted: Shape) -> tuple[int, ...]:
    places, padded = [0], (*[1] * (len(wanted) - len(shape)), *shape)
    strides = [math.prod(padded[i + 1 :]) for i in range(len(padded))]
    for n, own, stride in zip(wanted, padded, strides, strict=True):
        places = [p + k * stride * (own > 1) for p in places for k in range(n)]
    return tuple(places)


def selected(shape: Shape, key: tuple[Any, ...]) -> tuple[list[int], list[int]]:
    """The shape and the places of what numbers, slices and new axes choose."""
    if key == (Ellipsis,):
        return list(shape), list(range(math.prod(shape)))
    found, places, at = [], [0], 0
    for k in (*key, *[slice(None)] * (len(shape) - sum(k is not None for k in key))):
        if k is None:
            found.append(1)
            continue
        n = shape[at]
        chosen = [operator.index(k) % n if -n <= k < n else _outside(k)] if not isinstance(k, slice) else range(n)[k]
        if isinstance(k, slice):
            found.append(len(chosen))
        places = [p * n + i for p in places for i in chosen]
        at += 1
    return found, places


def _outside(k: Any) -> int:
    raise IndexError(k)


def broadcast_shape(*shapes: Shape) -> Shape:
    """The shape that all have when axes of one entry are repeated."""
    longest = max(map(len, shapes), default=0)
    found = []
    for sizes in zip(*((*[1] * (longest - len(s)), *s) for s in shapes), strict=True):
        others = {n for n in sizes if n != 1}
        if len(others) > 1:
            raise ValueError(f"arrays of shapes {', '.join(map(str, shapes))} do not fit together")
        found.append(others.pop() if others else 1)
    return tuple(found)
