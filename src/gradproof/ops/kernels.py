"""Values of matrix functions on little arrays of power series, without NumPy: by products and inverses alone, so that each is exact along every e.

`algebra` is `numeric.little.Algebra`: iterations of Newton's kind that have converged for the entries gain one order in e with every further step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gradproof.errors import DomainError
from gradproof.ops.basic import LARGEST_POWER
from gradproof.say import say

Function = Callable[..., Any]
STEPS = 50


def times(algebra: Any, *factors: Any) -> Any:
    """A product of square matrices."""
    total = factors[0]
    for f in factors[1:]:
        total = algebra.contract(total, f, "ij,jk->ik")
    return total


def turned(algebra: Any, a: Any) -> Any:
    """The transpose."""
    m, n = a.shape
    return algebra.gather(a, (n, m), [i * n + j for j in range(n) for i in range(m)])


def unit(algebra: Any, n: int) -> Any:
    return algebra.constant((n, n), [int(i == j) for i in range(n) for j in range(n)])


def plus(algebra: Any, *terms: tuple[Any, Any]) -> Any:
    """A sum of multiples of matrices."""
    return algebra.combine(terms, terms[0][1].shape)


def size(a: Any) -> float:
    """The largest sum of absolute values in a row. Raises DomainError where it is not finite."""
    n = a.shape[1]
    largest = max((math.fsum(map(abs, a.value[k : k + n])) for k in range(0, len(a.value), n)), default=0.0)
    if not math.isfinite(largest):
        raise DomainError(say("a matrix is not finite"))
    return largest


def distance(a: Any, b: Any) -> float:
    """The largest difference of two entries."""
    return max((abs(x - y) for x, y in zip(a.value, b.value, strict=True)), default=0.0)


def expm(algebra: Any, x: Any) -> Any:
    """Taylor's series of a scaled matrix, squared."""
    s = max(0, math.ceil(math.log2(max(size(x), 1e-300))) + 2)
    if s > 40:
        raise DomainError(say("the exponential is too large"))
    small, one = plus(algebra, (0.5**s, x)), unit(algebra, x.shape[0])
    total = one
    for k in range(18, 0, -1):
        total = plus(algebra, (1, one), (1 / k, times(algebra, small, total)))
    for _ in range(s):
        total = times(algebra, total, total)
    return total


def _rotation(algebra: Any, x: Any) -> Any:
    """[cos X, -sin X; sin X, cos X], the exponential of [0, -X; X, 0]."""
    n = x.shape[0]
    places = [-1] * (4 * n * n)
    for i in range(n):
        for j in range(n):
            places[(n + i) * 2 * n + j] = i * n + j
    lower = algebra.gather(x, (2 * n, 2 * n), places)
    return expm(algebra, plus(algebra, (1, lower), (-1, _moved(algebra, lower))))


def _moved(algebra: Any, a: Any) -> Any:
    """The lower left block as the upper right one."""
    n = a.shape[0] // 2
    return algebra.gather(
        a, a.shape, [(n + i) * 2 * n + j - n if i < n <= j else -1 for i in range(2 * n) for j in range(2 * n)]
    )


def block(algebra: Any, a: Any, n: int, row: int, col: int) -> Any:
    """The n × n block that begins at this row and column."""
    width = a.shape[1]
    return algebra.gather(a, (n, n), [(row + i) * width + col + j for i in range(n) for j in range(n)])


def cosm(algebra: Any, x: Any) -> Any:
    return block(algebra, _rotation(algebra, x), x.shape[0], 0, 0)


def sinm(algebra: Any, x: Any) -> Any:
    n = x.shape[0]
    return block(algebra, _rotation(algebra, x), n, n, 0)


def _exponentials(algebra: Any, x: Any) -> tuple[Any, Any]:
    return expm(algebra, x), expm(algebra, plus(algebra, (-1, x)))


def sinhm(algebra: Any, x: Any) -> Any:
    one, other = _exponentials(algebra, x)
    return plus(algebra, (0.5, one), (-0.5, other))


def coshm(algebra: Any, x: Any) -> Any:
    one, other = _exponentials(algebra, x)
    return plus(algebra, (0.5, one), (0.5, other))


def tanhm(algebra: Any, x: Any) -> Any:
    return times(algebra, algebra.inverse(coshm(algebra, x)), sinhm(algebra, x))


def _converged(algebra: Any) -> int:
    """How many further steps a quadratic iteration needs for the parts along the e."""
    return 2 + math.ceil(math.log2(algebra.total + 1))


def sqrtm(algebra: Any, x: Any) -> Any:
    """The product form of the iteration of Denman and Beavers. Raises DomainError for an eigenvalue on the closed negative real axis."""
    n = x.shape[0]
    one, m, y, left, away = unit(algebra, n), x, x, -1, math.inf
    for k in range(STEPS):
        inverse = algebra.inverse(m)
        mu = math.sqrt(_scale(inverse, m)) if k < 6 else 1.0
        y = plus(algebra, (mu / 2, y), (1 / (2 * mu), times(algebra, y, inverse)))
        m = plus(algebra, (0.5, one), (mu**2 / 4, m), (1 / (4 * mu**2), inverse))
        away = distance(m, one)
        left = left - 1 if left >= 0 else _converged(algebra) if away < 1e-8 and k >= 6 else -1
        if left == 0:
            break
    if not away < 1e-8 or not distance(times(algebra, y, y), x) <= 1e-9 * size(y) ** 2:
        raise DomainError(say("an eigenvalue is on the closed negative real axis"))
    return y


def _scale(inverse: Any, m: Any) -> float:
    """What brings a matrix and its inverse to the same size."""
    return math.sqrt(size(inverse) / size(m))


def logm(algebra: Any, x: Any) -> Any:
    """Square roots until the matrix is near one, then a series."""
    one, k = unit(algebra, x.shape[0]), 0
    while size(plus(algebra, (1, x), (-1, one))) > 0.25:
        x, k = sqrtm(algebra, x), k + 1
        if k > 40:
            raise DomainError(say("the logarithm is too large"))
    z = times(algebra, algebra.inverse(plus(algebra, (1, x), (1, one))), plus(algebra, (1, x), (-1, one)))
    square = times(algebra, z, z)
    total = plus(algebra, (1 / 25, z))
    for j in range(23, 0, -2):
        total = plus(algebra, (1 / j, z), (1, times(algebra, square, total)))
    return plus(algebra, (2.0 ** (k + 1), total))


def powm(algebra: Any, x: Any, p: Any) -> Any:
    """exp(p log X); by products where p is whole and does not move."""
    if not p.moves and p.value[0] == round(p.value[0]):
        return whole_power(algebra, x, p)
    return expm(algebra, algebra.times(p, logm(algebra, x)))


def whole_power(algebra: Any, x: Any, k: Any) -> Any:
    """By products. Raises DomainError for a power that is not whole."""
    value = Fraction(k.value[0])
    if value.denominator > 1 or k.moves or abs(value) > LARGEST_POWER:
        raise DomainError(say("the power of a matrix must be a whole number"))
    n, square, total = abs(int(value)), algebra.inverse(x) if value < 0 else x, unit(algebra, x.shape[0])
    while n:
        total = times(algebra, total, square) if n & 1 else total
        n >>= 1
        square = times(algebra, square, square) if n else square
    return total


def signm(algebra: Any, x: Any) -> Any:
    """Newton's iteration. Raises DomainError for an eigenvalue on the imaginary axis."""
    left, away = -1, math.inf
    for k in range(STEPS):
        inverse = algebra.inverse(x)
        if not k and size(x) * size(inverse) > 1e14:  # zero but for rounding
            raise DomainError(say("an eigenvalue is on the imaginary axis"))
        mu = _scale(inverse, x) if k < 6 else 1.0
        y = plus(algebra, (mu / 2, x), (1 / (2 * mu), inverse))
        away, x = distance(y, x) / max(size(y), 1e-300), y
        left = left - 1 if left >= 0 else _converged(algebra) if away < 1e-8 and k >= 6 else -1
        if left == 0:
            break
    if not away < 1e-8 or not distance(times(algebra, x, x), unit(algebra, x.shape[0])) < 1e-7:
        raise DomainError(say("an eigenvalue is on the imaginary axis"))
    return x


def frechet(function: Function, parameters: int, algebra: Any, x: Any, *rest: Any) -> Any:
    """The derivative of a matrix function along directions: a part of its series with one more e for each. Further axes of a direction stay."""
    given, directions = rest[:parameters], rest[parameters:]
    n, trailing = x.shape[0], [d.shape[2:] for d in directions]
    wide = type(algebra)(algebra.ring, (*algebra.degrees, *(1 for _ in directions)))
    start, more = _placed(wide, x, directions, 0), [_placed(wide, a, directions, 0) for a in given]
    parts = []
    for at in _places([math.prod(t) for t in trailing]):
        terms = [(1, start)]
        for j, (d, k) in enumerate(zip(directions, at, strict=True)):
            width = len(d.value) // (n * n)
            e = algebra.gather(d, (n, n), [p * width + k for p in range(n * n)])
            terms.append((1, _placed(wide, e, directions, 1 << (len(directions) - 1 - j))))
        value = function(wide, plus(wide, *terms), *more)
        last = (1 << len(directions)) - 1
        parts.append(type(x)((n, n), value.parts[last :: last + 1]))
    return _joined(algebra, parts, n, sum(trailing, ()))


def _placed(wide: Any, a: Any, directions: Sequence[Any], bits: int) -> Any:
    """A series as one with an e more for each direction, times some of these e."""
    parts: list[Any] = [None] * len(wide.monomials)
    parts[bits :: 1 << len(directions)] = a.parts
    return type(a)(a.shape, parts)


def _places(counts: Sequence[int]) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = [()]
    for c in counts:
        found = [(*at, k) for at in found for k in range(c)]
    return found


def _joined(algebra: Any, parts: Sequence[Any], n: int, trailing: tuple[int, ...]) -> Any:
    """Matrices as one array, which one it is being the last axes."""
    if not trailing:
        return parts[0]
    width, total = len(parts), []
    for k, p in enumerate(parts):
        places = [-1] * (n * n * width)
        places[k::width] = range(n * n)
        total.append((1, algebra.gather(p, (n, n, *trailing), places)))
    return algebra.combine(total, (n, n, *trailing))


# -- how far inside its domain a matrix lies


def _angle(algebra: Any, s: Any) -> float:
    """How far a spectrum lies within the right half-plane: 1 - the spectral radius of (S - a)/(S + a)."""
    a, one = size(s), unit(algebra, s.shape[0])
    c = times(algebra, algebra.inverse(plus(algebra, (1, s), (a, one))), plus(algebra, (1, s), (-a, one)))
    for _ in range(5):
        c = times(algebra, c, c)
    return 1 - size(c) ** (1 / 32)


def off_negative_axis(algebra: Any, x: Any) -> float:
    """How far the eigenvalues are from the closed negative real axis; 0 where one is on it."""
    try:
        return max(0.0, _angle(algebra, sqrtm(algebra, x)))
    except DomainError:
        return 0.0


def off_imaginary_axis(algebra: Any, x: Any) -> float:
    """How far the eigenvalues are from the imaginary axis; 0 where one is on it."""
    try:
        return max(0.0, _angle(algebra, times(algebra, signm(algebra, x), x)))
    except DomainError:
        return 0.0
