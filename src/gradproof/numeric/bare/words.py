"""The words of `bare`; those that would hide Python's own have other names here."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from typing import Any

from gradproof.numeric.bare.array import Array, as_array, broadcast, einsum, greatest, reduced, smallest, together
from gradproof.numeric.bare.places import broadcast_shape
from gradproof.numeric.little import Algebra
from gradproof.numeric.ring import REAL

ndarray = Array
inf, nan, pi = math.inf, math.nan, math.pi


def errstate(**_: str) -> contextlib.AbstractContextManager[None]:
    """Nothing warns here."""
    return contextlib.nullcontext()


# -- making arrays


def asarray(a: Any, dtype: Any = None) -> Array:
    return as_array(a)


array = asarray


def float64(x: Any) -> Array:
    """A number whose arithmetic is that of arrays."""
    return as_array(x)


def full(shape: Any, x: Any) -> Array:
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    return Array(sizes, [x] * math.prod(sizes))


def zeros(shape: Any, dtype: Any = None) -> Array:
    return full(shape, 0.0)


def ones(shape: Any, dtype: Any = None) -> Array:
    return full(shape, 1.0)


def eye(m: int, n: int | None = None) -> Array:
    n = m if n is None else n
    return Array((m, n), [float(i == j) for i in range(m) for j in range(n)])


def arange(n: int) -> Array:
    return Array((n,), list(range(n)))


def resize(a: Any, shape: Any) -> Array:
    """The entries again and again."""
    flat, sizes = as_array(a).flat, (shape,) if isinstance(shape, int) else tuple(shape)
    return Array(sizes, [flat[i % len(flat)] for i in range(math.prod(sizes))])


def stack(arrays: Sequence[Any], axis: int = 0) -> Array:
    first = as_array(list(arrays))
    order = list(range(1, first.ndim))
    order.insert(axis, 0)
    return first.transpose(order)


def append(a: Any, x: Any) -> Array:
    flat = [*as_array(a).flat, *as_array(x).flat]
    return Array((len(flat),), flat)


class _Grid:
    def __getitem__(self, slices: Sequence[slice]) -> list[Array]:
        found = []
        for k, s in enumerate(slices):
            sizes = [1] * len(slices)
            sizes[k] = s.stop
            found.append(arange(s.stop).reshape(sizes))
        return found


ogrid = _Grid()


# -- shapes


def shape(a: Any) -> tuple[int, ...]:
    return as_array(a).shape


def ndim(a: Any) -> int:
    return len(shape(a))


def size(a: Any) -> int:
    return as_array(a).size


def reshape(a: Any, sizes: Any) -> Array:
    return as_array(a).reshape(sizes)


def ravel(a: Any) -> Array:
    return reshape(a, -1)


def squeeze(a: Any) -> Array:
    a = as_array(a)
    return a.reshape([n for n in a.shape if n != 1])


def atleast_2d(a: Any) -> Array:
    a = as_array(a)
    return a if a.ndim > 1 else a.reshape(1, -1)


def transpose(a: Any, axes: Any = ()) -> Array:
    return as_array(a).transpose(list(axes))


def broadcast_to(a: Any, sizes: Any) -> Array:
    return broadcast(as_array(a), sizes)


def broadcast_arrays(*arrays: Any) -> list[Array]:
    sizes = broadcast_shape(*map(shape, arrays))
    return [broadcast_to(a, sizes) for a in arrays]


# -- matrices


def diag(a: Any) -> Array:
    a = as_array(a)
    n = a.shape[0] if a.ndim == 1 else smallest(a.shape)
    if a.ndim == 2:
        return Array((n,), [a.flat[i * a.shape[1] + i] for i in range(n)])
    zero = a.flat[0] * 0 if n else 0.0
    return Array((n, n), [a.flat[i] if i == j else zero for i in range(n) for j in range(n)])


def _kept(a: Any, wanted: Callable[[int, int], bool]) -> Array:
    a = as_array(a)
    n = a.shape[1]
    return Array(a.shape, [x if wanted(i // n, i % n) else x * 0 for i, x in enumerate(a.flat)])


def triu(a: Any, k: int = 0) -> Array:
    return _kept(a, lambda i, j: j - i >= k)


def tril(a: Any, k: int = 0) -> Array:
    return _kept(a, lambda i, j: j - i <= k)


def vdot(a: Any, b: Any) -> Any:
    return _total([x * y for x, y in zip(as_array(a).flat, as_array(b).flat, strict=True)])


def tensordot(a: Any, b: Any, axes: Any) -> Array:
    a, b = as_array(a), as_array(b)
    ours, theirs = (list(x) for x in axes)
    left = list(range(a.ndim))
    right = [left[ours[theirs.index(j)]] if j in theirs else a.ndim + j for j in range(b.ndim)]
    return einsum(a, left, b, right, [i for i in left if i not in ours] + [i for i in right if i >= a.ndim])


class subtract:
    @staticmethod
    def outer(a: Any, b: Any) -> Array:
        a, b = as_array(a), as_array(b)
        return Array((*a.shape, *b.shape), [x - y for x in a.flat for y in b.flat])


# -- of many, one


def add_up(a: Any, axis: Any = None) -> Any:
    return reduced(as_array(a), _total, axis)


def _total(xs: list[Any]) -> Any:
    total = xs[0] if xs else 0.0
    for x in xs[1:]:
        total = total + x
    return total


def prod(a: Any) -> Any:
    return math.prod(as_array(a).flat)


def mean(a: Any, axis: int = 0) -> Any:
    return add_up(a, axis) / len(a)


def top(a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    more = [] if initial is None else [initial]
    return reduced(as_array(a), lambda xs: greatest([*xs, *more]), axis, keepdims)


def bottom(a: Any, axis: Any = None, initial: Any = None) -> Any:
    more = [] if initial is None else [initial]
    return reduced(as_array(a), lambda xs: smallest([*xs, *more]), axis)


def argmax(a: Any) -> int:
    flat = as_array(a).flat
    return flat.index(greatest(flat))


def every(a: Any) -> bool:
    return False not in map(bool, as_array(a).flat)


def some(a: Any) -> bool:
    return True in map(bool, as_array(a).flat)


# -- functions of each entry


def _each(f: Callable[[Any], Any], name: str = "") -> Callable[[Any], Any]:
    """The function on arrays and on numbers; an exact number has its own of this name."""

    def one(x: Any) -> Any:
        if name and not isinstance(x, float | int):
            return getattr(x, name)()
        try:
            return f(x)
        except OverflowError:
            return math.inf
        except (ValueError, ZeroDivisionError):
            return math.nan

    def apply(a: Any) -> Any:
        return Array(a.shape, [one(x) for x in a.flat]) if isinstance(a, Array) else one(a)

    return apply


def _ends(f: Callable[[float], float], **at: float) -> Callable[[float], float]:
    """A function that is infinite at an end of its domain."""
    return lambda x: at["value"] if x == at["end"] else f(x)


def _atanh(x: float) -> float:
    return math.copysign(math.inf, x) if abs(x) == 1 else math.atanh(x)


def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(math.inf, x)


exp, expm1, sqrt = _each(math.exp, "exp"), _each(math.expm1), _each(math.sqrt, "sqrt")
log = _each(_ends(math.log, end=0.0, value=-math.inf), "log")
log1p = _each(_ends(math.log1p, end=-1.0, value=-math.inf))
log2 = _each(_ends(math.log2, end=0.0, value=-math.inf))
sin, cos, tan = _each(math.sin, "sin"), _each(math.cos), _each(math.tan)
arcsin, arccos, arctan = _each(math.asin), _each(math.acos), _each(math.atan)
sinh, cosh, tanh = _each(_sinh), _each(math.cosh), _each(math.tanh)
arcsinh, arccosh, arctanh = _each(math.asinh), _each(math.acosh), _each(_atanh)
rint = _each(lambda x: float(round(x)) if math.isfinite(x) else x)
floor = _each(lambda x: float(math.floor(x)) if math.isfinite(x) else x)
sign = _each(lambda x: x if x != x else float((x > 0) - (x < 0)))
isfinite, isnan = _each(math.isfinite), _each(math.isnan)


def real(a: Any) -> Any:
    """Of eigenvalues; of all else itself, as no entry is complex."""
    flat = getattr(a, "flat", ())
    return Array(a.shape, [z.real for z in flat]) if any(isinstance(z, complex) for z in flat) else a


def conj(a: Any) -> Any:
    flat = getattr(a, "flat", ())
    return Array(a.shape, [z.conjugate() for z in flat]) if any(isinstance(z, complex) for z in flat) else a


def imag(a: Any) -> Any:
    return 0.0


def iscomplexobj(a: Any) -> bool:
    return False


def vectorize(f: Callable[[Any], Any], otypes: Any = None) -> Callable[[Any], Any]:
    return _each(f)


def where(condition: Any, a: Any, b: Any) -> Any:
    if not isinstance(condition, Array):
        return a if condition else b
    return together(lambda c, x, y: x if c else y, condition, a, b)


def zeros_like(a: Any) -> Array:
    a = as_array(a)
    return Array(a.shape, [0.0] * a.size)


def sort(a: Any) -> Array:
    a = as_array(a)
    return Array(a.shape, sorted(a.flat))


def argsort(a: Any) -> Array:
    """The places of the entries of a vector in ascending order."""
    a = as_array(a)
    return Array(a.shape, sorted(range(a.size), key=lambda i: a.flat[i]))


def maximum(a: Any, b: Any) -> Any:
    return _of_two(lambda x, y: x if x > y or x != x else y, a, b)


def minimum(a: Any, b: Any) -> Any:
    return _of_two(lambda x, y: x if x < y or x != x else y, a, b)


def logaddexp(a: Any, b: Any) -> Any:
    return _of_two(_log_of_sum, a, b)


def _log_of_sum(x: float, y: float) -> float:
    top = x if x > y else y
    return top if not math.isfinite(top) else top + math.log1p(math.exp((y if x > y else x) - top))


def ldexp(a: Any, k: Any) -> Any:
    return _of_two(lambda x, n: float(x) * 2.0 ** int(n) if abs(n) < 1000 else _shifted(x, int(n)), a, k)


def _shifted(x: float, n: int) -> float:
    try:
        return math.ldexp(x, n)
    except OverflowError:
        return math.copysign(math.inf, x)


def copysign(a: Any, b: Any) -> Any:
    return _of_two(math.copysign, a, b)


def _of_two(f: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    return together(f, a, b) if isinstance(a, Array) or isinstance(b, Array) else f(a, b)


def by_kernel(kernel: Callable[..., Any], *args: Any) -> Any:
    """The value of an operation by what a proof computes it with."""
    given = [as_array(a) for a in args]
    found = kernel(_PLAIN, *[_PLAIN.constant(a.shape, list(a.flat)) for a in given])
    return Array(found.shape, list(found.value)) if found.shape else found.value[0]


_PLAIN = Algebra(REAL)
