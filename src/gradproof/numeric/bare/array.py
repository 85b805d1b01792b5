"""Arrays of any scalars in Python alone: the part of NumPy's arrays that random points, their values and exact arithmetic take.

They are little: three or four rows. The scalars are floating-point numbers, which overflow and divide by zero as NumPy's do, or exact numbers of any kind.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from gradproof.numeric.bare.places import broadcast_shape, selected, spread_places, turned
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.ring import REAL

_ALGEBRA = Algebra(REAL)
_PATTERNS = {(2, 2): "ij,jk->ik", (2, 1): "ij,j->i", (1, 2): "i,ij->j", (1, 1): "i,i->"}


class Array:
    """Its shape, and its entries row by row."""

    __slots__ = ("flat", "shape")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, shape: Sequence[int], flat: list[Any]):
        self.shape, self.flat = tuple(shape), flat

    # -- what it is

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return len(self.flat)

    @property
    def T(self) -> Array:
        return self.transpose()

    @property
    def dtype(self) -> None:
        """Of no kind: entries are what they are."""
        return None

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(self.shape[0]))

    def __repr__(self) -> str:
        return f"array({self.tolist()})"

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item() if not self.shape else str(self), spec)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """As an array of NumPy, for those who have it."""
        import numpy as np  # asked for by NumPy itself

        return np.array(self.tolist(), dtype=dtype)

    def item(self) -> Any:
        """Its only entry."""
        if len(self.flat) != 1:
            raise ValueError("an array of several entries is no number")
        return self.flat[0]

    def tolist(self) -> Any:
        """Nested lists; of no axes, the entry."""
        found: list[Any] = self.flat
        for n in reversed(self.shape[1:]):
            found = [found[i : i + n] for i in range(0, len(found), n)] if n else [[] for _ in range(self.shape[0])]
        return found if self.shape else found[0]

    def copy(self) -> Array:
        return Array(self.shape, self.flat.copy())

    # -- other shapes

    def reshape(self, *shape: Any) -> Array:
        wanted = list(shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)
        if -1 in wanted:
            rest = math.prod(n for n in wanted if n != -1)
            wanted[wanted.index(-1)] = len(self.flat) // rest if rest else 0
        if math.prod(wanted) != len(self.flat):
            raise ValueError(f"an array of shape {self.shape} has no shape {tuple(wanted)}")
        return Array(wanted, self.flat)

    def transpose(self, *axes: Any) -> Array:
        order = tuple(axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes)
        order = order or tuple(reversed(range(self.ndim)))
        if order == tuple(range(self.ndim)):
            return self
        places = turned(self.shape, order)
        return Array([self.shape[i] for i in order], [self.flat[i] for i in places])

    # -- entries

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Array):
            return self._chosen(key)
        shape, places = selected(self.shape, key if isinstance(key, tuple) else (key,))
        if not shape and not any(
            k is None or isinstance(k, slice) for k in (key if isinstance(key, tuple) else (key,))
        ):
            return self.flat[places[0]]
        return Array(shape, [self.flat[i] for i in places])

    def _chosen(self, key: Array) -> Array:
        """Entries where a mask of the same shape holds, or rows by their numbers."""
        if key.flat and isinstance(key.flat[0], bool):
            kept = [x for x, wanted in zip(self.flat, key.flat, strict=True) if wanted]
            return Array((len(kept),), kept)
        n = math.prod(self.shape[1:])
        rows = [self.flat[i * n : i * n + n] for i in map(int, key.flat)]
        return Array((*key.shape, *self.shape[1:]), [x for row in rows for x in row])

    def __setitem__(self, key: Any, value: Any) -> None:
        keys = [as_array(k) for k in (key if isinstance(key, tuple) else (key,))]
        shape = broadcast_shape(*(k.shape for k in keys))
        spread = [broadcast(k, shape).flat for k in keys]
        n = math.prod(self.shape[len(keys) :])
        values = broadcast(as_array(value), (*shape, *self.shape[len(keys) :])).flat
        for at, index in enumerate(zip(*spread, strict=True) if spread else [()]):
            place = 0
            for i, size in zip(index, self.shape, strict=False):
                place = place * size + int(i)
            self.flat[place * n : place * n + n] = values[at * n : at * n + n]

    # -- arithmetic

    def __add__(self, other: Any) -> Array:
        return _binary(operator.add, self, other)

    def __radd__(self, other: Any) -> Array:
        return _binary(operator.add, other, self)

    def __sub__(self, other: Any) -> Array:
        return _binary(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Array:
        return _binary(operator.sub, other, self)

    def __mul__(self, other: Any) -> Array:
        return _binary(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Array:
        return _binary(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Array:
        return _careful(operator.truediv, _divided, self, other)

    def __rtruediv__(self, other: Any) -> Array:
        return _careful(operator.truediv, _divided, other, self)

    def __pow__(self, other: Any) -> Array:
        return _careful(_power, _power, self, other)

    def __rpow__(self, other: Any) -> Array:
        return _careful(_power, _power, other, self)

    def __neg__(self) -> Array:
        return Array(self.shape, [-x for x in self.flat])

    def __abs__(self) -> Array:
        return Array(self.shape, list(map(abs, self.flat)))

    def __matmul__(self, other: Array) -> Any:
        return einsum(_PATTERNS[self.ndim, other.ndim], self, other)

    # -- comparisons, entry by entry

    def __eq__(self, other: object) -> Array:  # type: ignore[override]
        return _binary(operator.eq, self, other)

    def __ne__(self, other: object) -> Array:  # type: ignore[override]
        return _binary(operator.ne, self, other)

    def __lt__(self, other: Any) -> Array:
        return _binary(operator.lt, self, other)

    def __le__(self, other: Any) -> Array:
        return _binary(operator.le, self, other)

    def __gt__(self, other: Any) -> Array:
        return _binary(operator.gt, self, other)

    def __ge__(self, other: Any) -> Array:
        return _binary(operator.ge, self, other)

    def __and__(self, other: Any) -> Array:
        return _binary(operator.and_, self, other)

    def __or__(self, other: Any) -> Array:
        return _binary(operator.or_, self, other)

    # -- what is left of many

    def sum(self) -> Any:
        return reduced(self, lambda xs: sum(xs[1:], xs[0]) if xs else 0.0)

    def min(self, initial: Any = None) -> Any:
        return smallest([*self.flat, initial] if initial is not None else self.flat)

    def max(self, initial: Any = None) -> Any:
        return greatest([*self.flat, initial] if initial is not None else self.flat)


def as_array(a: Any) -> Array:
    """Nested lists, numbers and arrays as an array."""
    if isinstance(a, Array):
        return a
    if hasattr(a, "tolist"):  # an array of NumPy
        a = a.tolist()
    if isinstance(a, list | tuple | range):
        rows = [as_array(row) for row in a]
        shape = rows[0].shape if rows else ()
        if any(row.shape != shape for row in rows):
            raise ValueError("rows have different lengths")
        return Array((len(rows), *shape), [x for row in rows for x in row.flat])
    return Array((), [a])


def greatest(xs: Sequence[Any]) -> Any:
    """The largest; nan where one is."""
    return _extreme(max, xs)


def smallest(xs: Sequence[Any]) -> Any:
    return _extreme(min, xs)


def _extreme(f: Callable[[Iterable[Any]], Any], xs: Sequence[Any]) -> Any:
    if not xs:
        raise ValueError("an array without entries has no largest one")
    found = f(xs)
    return math.nan if isinstance(found, float) and any(map(operator.ne, xs, xs)) else found


def reduced(a: Array, f: Callable[[list[Any]], Any], axis: Any = None, keepdims: bool = False) -> Any:
    """A function of the entries along axes (None: all)."""
    axes = tuple(range(a.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if len(axes) == a.ndim and not keepdims:
        return f(a.flat)
    left = [i for i in range(a.ndim) if i not in axes]
    n = math.prod(a.shape[i] for i in axes)
    ordered = a.transpose([*left, *axes]).flat
    flat = [f(ordered[i : i + n]) for i in range(0, len(ordered), n)] if n else []
    return Array(
        [1 if i in axes else k for i, k in enumerate(a.shape)] if keepdims else [a.shape[i] for i in left], flat
    )


# -- places


def broadcast(a: Array, shape: Sequence[int]) -> Array:
    """With axes of one entry repeated."""
    shape = tuple(shape)
    if a.shape == shape:
        return a
    if broadcast_shape(a.shape, shape) != shape:
        raise ValueError(f"an array of shape {a.shape} does not spread to {shape}")
    return Array(shape, [a.flat[i] for i in spread_places(a.shape, shape)])


# -- operations


def together(f: Callable[..., Any], *args: Any) -> Array:
    """A function of entries that meet."""
    arrays = [as_array(a) for a in args]
    shape = broadcast_shape(*(a.shape for a in arrays))
    return Array(shape, list(map(f, *(broadcast(a, shape).flat for a in arrays))))


def _binary(f: Callable[[Any, Any], Any], a: Any, b: Any) -> Array:
    if isinstance(a, Array):
        if not isinstance(b, Array | list | tuple):
            return Array(a.shape, [f(x, b) for x in a.flat])
        if isinstance(b, Array) and a.shape == b.shape:
            return Array(a.shape, list(map(f, a.flat, b.flat)))
    elif not isinstance(a, list | tuple):
        return Array(b.shape, [f(a, y) for y in b.flat])
    return together(f, a, b)


def _careful(f: Callable[[Any, Any], Any], slow: Callable[[Any, Any], Any], a: Any, b: Any) -> Array:
    """What may divide by zero, which is infinite then."""
    try:
        return _binary(f, a, b)
    except (ZeroDivisionError, OverflowError):
        return _binary(slow, a, b)


def _divided(x: Any, y: Any) -> Any:
    try:
        return x / y
    except ZeroDivisionError:
        if not isinstance(x, int | float) or not isinstance(y, int | float):
            raise
        return math.nan if not x or x != x else math.copysign(math.inf, x) * math.copysign(1.0, y)


def _power(x: Any, e: Any) -> Any:
    """A power as NumPy has it: never complex."""
    if isinstance(e, Array):
        e = e.item()
    if not isinstance(x, int | float) or not isinstance(e, int | float):
        return x**e
    try:
        return math.pow(x, e)
    except OverflowError:
        return -math.inf if x < 0 and e % 2 == 1 else math.inf
    except ValueError:  # 0 to a negative power, or a root of a negative number
        return math.nan if x else math.copysign(math.inf, x) if e % 2 == 1 else math.inf


def einsum(*operands: Any) -> Any:
    """As NumPy's: by letters, or by lists of indices after each array and for the result. No letter of the result stands there twice."""
    if isinstance(operands[0], str):
        inputs, out = operands[0].split("->")
        letters, arrays = inputs.split(","), [as_array(a) for a in operands[1:]]
    else:
        *pairs, last = operands
        name = {i: chr(0x4E00 + k) for k, i in enumerate(dict.fromkeys(itertools.chain(*pairs[1::2], last)))}
        letters = ["".join(name[i] for i in indices) for indices in pairs[1::2]]
        out, arrays = "".join(name[i] for i in last), [as_array(a) for a in pairs[::2]]
    found = _ALGEBRA.einsum([Little(a.shape, [a.flat]) for a in arrays], letters, out)
    flat = found.parts[0]
    assert flat is not None
    return Array(found.shape, flat)
