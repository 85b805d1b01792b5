"""How the entries of a little array, in a list, get a fact: floats, or whole numbers modulo a prime, where no square root is, and nothing is positive.

Each takes an algebra of little arrays, the entries and the shape. For matrices the shape is a square, but for triangles and constant diagonals.
"""

from __future__ import annotations

from operator import mul
from typing import Any

Entries = list[Any]
Shape = tuple[int, ...]


def symmetric(_: Any, a: Entries, shape: Shape) -> Entries:
    n = shape[0]
    return [a[max(i, j) * n + min(i, j)] for i in range(n) for j in range(n)]


def antisymmetric(_: Any, a: Entries, shape: Shape) -> Entries:
    n = shape[0]
    return [a[i * n + j] if i > j else -a[j * n + i] if i < j else 0 for i in range(n) for j in range(n)]


def lower(_: Any, a: Entries, shape: Shape) -> Entries:
    return [x if i // shape[1] >= i % shape[1] else 0 for i, x in enumerate(a)]


def upper(_: Any, a: Entries, shape: Shape) -> Entries:
    return [x if i // shape[1] <= i % shape[1] else 0 for i, x in enumerate(a)]


def toeplitz(_: Any, a: Entries, shape: Shape) -> Entries:
    m, n = shape
    first = [*a[:n][::-1], *a[n::n]] if n else []
    return [first[n - 1 + i - j] for i in range(m) for j in range(n)]


def circulant(_: Any, a: Entries, shape: Shape) -> Entries:
    n = shape[0]
    return [a[(i - j) % n * n] for i in range(n) for j in range(n)]


def psd(algebra: Any, a: Entries, shape: Shape) -> Entries:
    """A sum of squares; in exact arithmetic, where nothing is positive, symmetric is as general as that."""
    if algebra.ring.exact:
        return a
    n = shape[0]
    rows = [a[i * n : i * n + n] for i in range(n)]
    return [sum(map(mul, one, two)) / n for one in rows for two in rows]


def posdef(algebra: Any, a: Entries, shape: Shape) -> Entries:
    n = shape[0]
    return a if algebra.ring.exact else [x + 0.5 * (i // n == i % n) for i, x in enumerate(a)]


def orthogonal(algebra: Any, a: Entries, shape: Shape) -> Entries:
    """Cayley's (I - S)*inv(I + S), with one row of the other sign, so that the determinant is -1 as often as 1."""
    n = shape[0]
    s = antisymmetric(algebra, a, shape)
    unit_ = [int(i == j) for i in range(n) for j in range(n)]
    plus = algebra.constant((n, n), [x + y for x, y in zip(unit_, s, strict=True)])
    minus = algebra.constant((n, n), [x - y for x, y in zip(unit_, s, strict=True)])
    flat = algebra.contract(minus, algebra.inverse(plus), "ij,jk->ik").value
    return [-x if i < n and int(a[0] * 1000) % 2 else x for i, x in enumerate(flat)]


def onehot(_: Any, a: Entries, shape: Shape) -> Entries:
    return [int(i == int(a[0] * 1000) % len(a)) for i in range(len(a))]


def simplex(algebra: Any, a: Entries, shape: Shape) -> Entries:
    one = algebra.ring.reciprocal(*algebra.ring.reduce([sum(a)]))
    return [x * one for x in a]


def sumone(_: Any, a: Entries, shape: Shape) -> Entries:
    return [*a[1:], 1 - sum(a[1:])]


def unit(algebra: Any, a: Entries, shape: Shape) -> Entries:
    """The point of the unit sphere that a line through a pole meets, which is rational."""
    square = sum(x * x for x in a[:-1])
    one = algebra.ring.reciprocal(*algebra.ring.reduce([square + 1]))
    return [*(2 * x * one for x in a[:-1]), (square - 1) * one]
