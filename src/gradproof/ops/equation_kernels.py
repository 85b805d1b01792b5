"""Triangles, Cholesky factors and solutions of matrix equations on little arrays of power series, without NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from gradproof.errors import DomainError
from gradproof.ops.kernels import STEPS, distance, plus, signm, size, times, turned, unit
from gradproof.say import say

Function = Callable[..., Any]


def masked(keep: Callable[[int, int], Fraction], algebra: Any, x: Any) -> Any:
    """Every entry of a matrix times a number that depends on where it stands; further axes stay."""
    m, n = x.shape[:2]
    width = math.prod(x.shape[2:])
    parts: dict[Fraction, list[int]] = {}
    for i in range(m):
        for j in range(n):
            weight = keep(i, j)
            if weight:
                places = parts.setdefault(weight, [-1] * (m * n * width))
                at = (i * n + j) * width
                places[at : at + width] = range(at, at + width)
    terms = [(algebra.ring.number(w), algebra.gather(x, x.shape, p)) for w, p in parts.items()]
    return algebra.combine(terms, x.shape)


def cholesky(algebra: Any, x: Any) -> Any:
    """The lower factor of the symmetric part. Raises DomainError where that is not positive definite."""
    n = x.shape[0]
    s = plus(algebra, (0.5, x), (0.5, turned(algebra, x)))
    entries = [[algebra.gather(s, (), [i * n + j]) for j in range(n)] for i in range(n)]
    lower: list[list[Any]] = [[algebra.constant((), [0])] * n for _ in range(n)]
    for j in range(n):
        pivot = _less(algebra, entries[j][j], lower[j], lower[j], j)
        if not pivot.value[0] > 0:
            raise DomainError(say("the matrix is not positive definite"))
        lower[j][j] = algebra.power(pivot, Fraction(1, 2))
        over = algebra.power(lower[j][j], Fraction(-1))
        for i in range(j + 1, n):
            lower[i][j] = algebra.times(_less(algebra, entries[i][j], lower[i], lower[j], j), over)
    flat = [lower[i][j] for i in range(n) for j in range(n)]
    parts = [
        None if all(e.parts[k] is None for e in flat) else [e.parts[k][0] if e.parts[k] else 0 for e in flat]
        for k in range(len(x.parts))
    ]
    return type(x)((n, n), parts)


def _less(algebra: Any, a: Any, u: list[Any], v: list[Any], count: int) -> Any:
    """a - u[0]*v[0] - u[1]*v[1] - …"""
    return algebra.combine([(1, a), *((-1, algebra.times(u[k], v[k])) for k in range(count))], ())


def definite(algebra: Any, x: Any) -> float:
    """How far the symmetric part of a matrix is from one that is not positive definite, against its size."""
    try:
        factor = cholesky(algebra, x)
    except DomainError:
        return 0.0
    n = x.shape[0]
    return min((factor.value[i * n + i] ** 2 for i in range(n)), default=1.0) / max(size(x), 1e-300) * math.sqrt(n)


def _solved(algebra: Any, k: Any, c: Any) -> Any:
    """The array of the shape of c that the matrix K maps to it; further axes of c stay."""
    m, n = c.shape[:2]
    width = math.prod(c.shape[2:])
    flat = algebra.reshape(c, (m * n, width))
    return algebra.reshape(algebra.contract(algebra.inverse(k), flat, "ij,jk->ik"), c.shape)


def _kron(algebra: Any, a: Any, b: Any) -> Any:
    (m, n), (p, q) = a.shape, b.shape
    return algebra.reshape(algebra.contract(a, b, "ij,kl->ikjl"), (m * p, n * q))


def sylvester(algebra: Any, a: Any, b: Any, c: Any) -> Any:
    """A X + X B = C."""
    m, n = a.shape[0], b.shape[0]
    one, two = _kron(algebra, a, unit(algebra, n)), _kron(algebra, unit(algebra, m), turned(algebra, b))
    return _solved(algebra, plus(algebra, (1, one), (1, two)), c)


def lyapunov(algebra: Any, a: Any, q: Any) -> Any:
    """A X + X A' = Q."""
    return sylvester(algebra, a, turned(algebra, a), q)


def discrete_lyapunov(algebra: Any, a: Any, q: Any) -> Any:
    """X = A X A' + Q."""
    k = plus(algebra, (1, unit(algebra, a.shape[0] ** 2)), (-1, _kron(algebra, a, a)))
    return _solved(algebra, k, q)


def _symmetric(algebra: Any, a: Any) -> Any:
    return plus(algebra, (0.5, a), (0.5, turned(algebra, a)))


def _quadratic(algebra: Any, b: Any, r: Any) -> Any:
    """B inv(R) B'."""
    inverse = algebra.inverse(_symmetric(algebra, r))
    return times(algebra, b, inverse, turned(algebra, b))


def _placed(algebra: Any, a: Any, n: int, row: int, col: int) -> Any:
    """An n × n matrix as a block of one of twice the size."""
    places = [-1] * (4 * n * n)
    for i in range(n):
        for j in range(n):
            places[(row + i) * 2 * n + col + j] = i * n + j
    return algebra.gather(a, (2 * n, 2 * n), places)


def care(algebra: Any, a: Any, b: Any, q: Any, r: Any) -> Any:
    """The stabilising X of A'X + XA - X B inv(R) B' X + Q = 0, by the sign of the Hamiltonian matrix."""
    n, s = a.shape[0], _quadratic(algebra, b, r)
    blocks = [
        (1, _placed(algebra, a, n, 0, 0)),
        (-1, _placed(algebra, s, n, 0, n)),
        (-1, _placed(algebra, _symmetric(algebra, q), n, n, 0)),
        (-1, _placed(algebra, turned(algebra, a), n, n, n)),
    ]
    z = plus(algebra, (1, signm(algebra, plus(algebra, *blocks))), (1, unit(algebra, 2 * n)))
    left, right = _halves(algebra, z, n)
    normal = algebra.contract(right, right, "ki,kj->ij")
    x = plus(algebra, (-1, times(algebra, algebra.inverse(normal), algebra.contract(right, left, "ki,kj->ij"))))
    closed = plus(algebra, (1, turned(algebra, a)), (-1, times(algebra, x, s)))
    rest = [(1, times(algebra, closed, x)), (1, times(algebra, x, a)), (1, _symmetric(algebra, q))]
    if size(plus(algebra, *rest)) > 1e-8 * (1 + size(x)) * (1 + size(a) + size(s) * size(x)):
        raise DomainError(say("the equation has no stabilising solution"))
    return x


def _halves(algebra: Any, z: Any, n: int) -> tuple[Any, Any]:
    """The left and the right columns."""
    rows = range(2 * n)
    return (
        algebra.gather(z, (2 * n, n), [i * 2 * n + j for i in rows for j in range(n)]),
        algebra.gather(z, (2 * n, n), [i * 2 * n + n + j for i in rows for j in range(n)]),
    )


def dare(algebra: Any, a: Any, b: Any, q: Any, r: Any) -> Any:
    """The stabilising X of X = A'XA - A'XB inv(R + B'XB) B'XA + Q, by doubling (Chu, Fan, Lin, Wang 2004)."""
    n, left = a.shape[0], -1
    one, g, h, power = unit(algebra, n), _quadratic(algebra, b, r), _symmetric(algebra, q), a
    for _ in range(STEPS):
        w = algebra.inverse(plus(algebra, (1, one), (1, times(algebra, g, h))))
        step = times(algebra, turned(algebra, power), h, w, power)
        g = plus(algebra, (1, g), (1, times(algebra, power, w, g, turned(algebra, power))))
        power = times(algebra, power, w, power)
        before, h = h, plus(algebra, (1, h), (1, step))
        away = distance(h, before)
        left = left - 1 if left >= 0 else 3 if away <= 1e-10 * max(size(h), 1e-300) else -1
        if left == 0:
            return h
    raise DomainError(say("the equation has no stabilising solution"))
