"""Linear algebra on little arrays of floating-point numbers."""

from __future__ import annotations

import math
from typing import Any

from gradproof.numeric.bare.array import Array, as_array
from gradproof.ops.eigen import eigenvalues

SWEEPS = 60
TINY = 1e-15


class LinAlgError(ValueError):
    """A matrix has no inverse, or a method does not converge."""


Rows = list[list[Any]]


def _rows(a: Any) -> Rows:
    a = as_array(a)
    n = a.shape[1]
    return [a.flat[i * n : i * n + n] for i in range(a.shape[0])]


def _array(rows: Rows, columns: int) -> Array:
    return Array((len(rows), columns), [x for row in rows for x in row])


def _eliminated(a: Any, right: Rows) -> tuple[float, Rows]:
    """The determinant and the solution for the columns of `right`: Gauss and Jordan, with pivots."""
    rows, n = [[*row, *more] for row, more in zip(_rows(a), right, strict=True)], as_array(a).shape[0]
    if any(not math.isfinite(x) for row in rows for x in row):
        return math.nan, [[math.nan] * len(more) for more in right]
    determinant, solving = 1.0, bool(right and right[0])
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(rows[i][k]))
        if best != k:
            rows[k], rows[best], determinant = rows[best], rows[k], -determinant
        pivot = rows[k][k]
        determinant *= pivot
        if not pivot:
            return 0.0, []
        for i in range(n) if solving else range(k + 1, n):
            c = rows[i][k] / pivot
            if i != k and c:
                rows[i] = [x - c * y for x, y in zip(rows[i], rows[k], strict=True)]
    return determinant, [[x / rows[i][i] for x in rows[i][n:]] for i in range(n)]


def det(a: Any) -> float:
    return _eliminated(a, [[] for _ in range(len(a))])[0]


def slogdet(a: Any) -> tuple[Any, float]:
    """A factor and what its logarithm is less than that of the determinant by: little matrices do not overflow."""
    return det(a), 0.0


def inv(a: Any) -> Array:
    return solve(a, Array((len(a), len(a)), [float(i == j) for i in range(len(a)) for j in range(len(a))]))


def solve(a: Any, b: Any) -> Array:
    b = as_array(b)
    determinant, found = _eliminated(a, _rows(b.reshape(len(b), -1)))
    if not determinant:
        raise LinAlgError("singular matrix")
    return _array(found, b.size // len(b) if len(b) else 0).reshape(b.shape)


def matrix_power(a: Any, k: int) -> Array:
    base = inv(a) if k < 0 else as_array(a)
    total = Array(base.shape, [float(i == j) for i in range(len(base)) for j in range(len(base))])
    for _ in range(abs(k)):
        total = total @ base
    return total


def norm(a: Any) -> float:
    return math.hypot(*as_array(a).flat)


def svd(a: Any) -> tuple[Array, Array, Array]:
    """u, s, v' with u*diag(s)*v' = a, for a matrix with no more columns than rows: columns are turned until they are orthogonal."""
    a = as_array(a)
    if a.shape[0] < a.shape[1]:
        v, s, u = svd(a.T)
        return u.T, s, v.T
    if not all(map(math.isfinite, a.flat)):
        raise LinAlgError("a matrix that is not finite")
    columns, n = _rows(a.T), a.shape[1]
    turns = [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(SWEEPS):
        turned = [_orthogonal(columns, turns, i, j) for i in range(n) for j in range(i + 1, n)]
        if True not in turned:
            break
    sizes = [math.hypot(*c) for c in columns]
    order = sorted(range(n), key=lambda k: -sizes[k])
    unit = [[x / sizes[k] if sizes[k] else 0.0 for x in columns[k]] for k in order]
    u, v = _array(unit, a.shape[0]).T, _array([turns[k] for k in order], n)
    return u, Array((n,), [sizes[k] for k in order]), v


def _orthogonal(columns: Rows, turns: Rows, i: int, j: int) -> bool:
    """Turns two columns until they are orthogonal; whether they were not."""
    p, q = columns[i], columns[j]
    a, b, c = (sum(x * y for x, y in zip(u, w, strict=True)) for u, w in ((p, p), (q, q), (p, q)))
    if abs(c) <= TINY * math.sqrt(a * b) or not c:
        return False
    z = (b - a) / (2 * c)
    t = math.copysign(1.0, z) / (abs(z) + math.hypot(1.0, z))
    cosine = 1 / math.hypot(1.0, t)
    for rows in (columns, turns):
        x, y = rows[i], rows[j]
        rows[i] = [cosine * (u - t * w) for u, w in zip(x, y, strict=True)]
        rows[j] = [cosine * (t * u + w) for u, w in zip(x, y, strict=True)]
    return True


def cond(a: Any, p: int | None = None) -> float:
    """The largest singular value by the smallest one."""
    s = svd(a)[1].flat
    return s[0] / s[-1] if s and s[-1] else math.inf


def matrix_rank(a: Any) -> int:
    s = svd(a)[1].flat
    return sum(x > s[0] * len(s) * 2.3e-16 for x in s)


def pinv(a: Any) -> Array:
    u, s, v = svd(a)
    least = max(s.flat, default=0.0) * TINY
    return v.T @ (Array((s.size, 1), [1 / x if x > least else 0.0 for x in s.flat]) * u.T)


def eigvalsh(a: Any) -> Array:
    """The eigenvalues of a symmetric matrix, in order, by Jacobi's rotations."""
    rows = _rows(a)
    n = len(rows)
    for _ in range(SWEEPS):
        if sum(rows[i][j] ** 2 for i in range(n) for j in range(i)) <= TINY**2 * sum(x * x for r in rows for x in r):
            break
        for i in range(n):
            for j in range(i + 1, n):
                _rotated(rows, i, j)
    return Array((n,), sorted(rows[i][i] for i in range(n)))


def _rotated(rows: Rows, i: int, j: int) -> None:
    if not rows[i][j]:
        return
    z = (rows[j][j] - rows[i][i]) / (2 * rows[i][j])
    t = math.copysign(1.0, z) / (abs(z) + math.hypot(1.0, z))
    c = 1 / math.hypot(1.0, t)
    s = c * t
    for row in rows:
        row[i], row[j] = c * row[i] - s * row[j], s * row[i] + c * row[j]
    x, y = rows[i], rows[j]
    rows[i], rows[j] = ([c * u - s * w for u, w in zip(x, y, strict=True)], [s * u + c * w for u, w in zip(x, y, strict=True)])  # fmt: skip


def eigvals(a: Any) -> Array:
    """All eigenvalues, complex, in no order."""
    a = as_array(a)
    found = eigenvalues(a.flat, a.shape[0])
    return Array((len(found),), list(found))
