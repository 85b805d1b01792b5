"""Eigenvalues of little matrices, in Python alone: the QR algorithm on a Hessenberg matrix, with shifts."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence

from gradproof.errors import DomainError
from gradproof.say import say

ROUNDS = 60  # for each eigenvalue
Rows = list[list[complex]]


def eigenvalues(flat: Sequence[float], n: int) -> list[complex]:
    """All eigenvalues of a square matrix, row by row. Raises DomainError where they are not found."""
    if not all(math.isfinite(x) for x in flat):
        raise DomainError(say("a matrix is not finite"))
    h = _hessenberg([[complex(x) for x in flat[i * n : i * n + n]] for i in range(n)])
    size = max((abs(x) for row in h for x in row), default=0.0)
    found: list[complex] = []
    last, rounds = n - 1, 0
    while last >= 0:
        low = last
        while low > 0 and abs(h[low][low - 1]) > 1e-16 * (abs(h[low][low]) + abs(h[low - 1][low - 1]) + 1e-3 * size):
            low -= 1
        if low == last:
            found.append(h[last][last])
            last, rounds = last - 1, 0
            continue
        rounds += 1
        if rounds > ROUNDS:
            raise DomainError(say("the eigenvalues are not found"))
        _step(h, low, last, _shift(h, last, rounds))
    return found


def _hessenberg(a: Rows) -> Rows:
    """A similar matrix with zeros below the first subdiagonal, by elimination with pivots."""
    n = len(a)
    for k in range(1, n - 1):
        best = max(range(k, n), key=lambda i: abs(a[i][k - 1]))
        if not a[best][k - 1]:
            continue
        a[k], a[best] = a[best], a[k]
        for row in a:
            row[k], row[best] = row[best], row[k]
        for i in range(k + 1, n):
            factor = a[i][k - 1] / a[k][k - 1]
            if factor:
                a[i] = [x - factor * y for x, y in zip(a[i], a[k], strict=True)]
                for row in a:
                    row[k] += factor * row[i]
    return a


def _shift(h: Rows, last: int, rounds: int) -> complex:
    """The eigenvalue of the last 2 × 2 block that is nearest to its last entry; now and then another number."""
    if rounds % 11 == 10:
        return h[last][last] + abs(h[last][last - 1])
    a, b, c, d = h[last - 1][last - 1], h[last - 1][last], h[last][last - 1], h[last][last]
    half, root = (a + d) / 2, cmath.sqrt(((a - d) / 2) ** 2 + b * c)
    return min(half + root, half - root, key=lambda z: abs(z - d))


def _step(h: Rows, low: int, last: int, shift: complex) -> None:
    """One QR step on the rows and columns from low to last."""
    for i in range(low, last + 1):
        h[i][i] -= shift
    turns = []
    for k in range(low, last):
        a, b = h[k][k], h[k + 1][k]
        r = math.hypot(abs(a), abs(b))
        c, s = (a / r, b / r) if r else (1.0 + 0j, 0j)
        turns.append((c, s))
        for j in range(k, last + 1):
            x, y = h[k][j], h[k + 1][j]
            h[k][j], h[k + 1][j] = c.conjugate() * x + s.conjugate() * y, c * y - s * x
    for k, (c, s) in zip(range(low, last), turns, strict=True):
        for i in range(low, min(k + 2, last) + 1):
            x, y = h[i][k], h[i][k + 1]
            h[i][k], h[i][k + 1] = c * x + s * y, c.conjugate() * y - s.conjugate() * x
    for i in range(low, last + 1):
        h[i][i] += shift
