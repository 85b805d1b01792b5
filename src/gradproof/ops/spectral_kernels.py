"""Eigenvalues, projectors and singular values on little arrays of power series, without NumPy: by Newton's method on the bordered system.

Each refuses points where the eigenvalue in question is complex, or near another one.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from gradproof.errors import DomainError
from gradproof.ops.eigen import eigenvalues
from gradproof.ops.kernels import expm, logm, plus, powm, size, sqrtm, times, turned, unit
from gradproof.say import say

GAP = 0.02  # to the next eigenvalue, against the size of the matrix
REFINED = 3


def _chosen(x: Any, i: Any, count: int | None = None) -> tuple[float, float]:
    """An eigenvalue, and how far it is from all others; `i` counts from 1, in ascending order."""
    n = x.shape[0]
    place = Fraction(i.value[0]) if hasattr(i, "value") else Fraction(i)
    if place.denominator > 1 or not 1 <= place <= (n if count is None else count):
        raise DomainError(say("there is no eigenvalue of this number"))
    found = sorted(eigenvalues(x.value, n), key=lambda z: (z.real, z.imag))
    mine = found.pop(int(place) - 1)
    if abs(mine.imag) > 1e-9 * max(size(x), 1e-300):
        raise DomainError(say("the eigenvalue is not real"))
    return mine.real, min((abs(z - mine) for z in found), default=math.inf)


def _vector(algebra: Any, x: Any, value: float) -> tuple[Any, Any]:
    """The eigenvalue near a number as a series, and its vector, as a column."""
    n = x.shape[0]
    plain = type(x)(x.shape, [x.value, *[None] * (len(x.parts) - 1)])
    shift = value + 1e-7 * max(size(x), 1e-300)
    away = algebra.inverse(plus(algebra, (1, plain), (-shift, unit(algebra, n))))
    v = algebra.constant((n, 1), [1.0 + 0.3 * k for k in range(n)])
    for _ in range(4):
        v = times(algebra, away, v)
        v = plus(algebra, (1 / math.hypot(*v.value), v))
    w, eigenvalue = turned(algebra, v), algebra.constant((1, 1), [value])
    one = algebra.constant((1, 1), [1.0])
    for _ in range(REFINED + math.ceil(math.log2(algebra.total + 1))):
        moved = plus(algebra, (1, x), (-1, algebra.times(algebra.reshape(eigenvalue, ()), unit(algebra, n))))
        rest = [_stack(algebra, times(algebra, moved, v), plus(algebra, (1, times(algebra, w, v)), (-1, one)))]
        step = times(algebra, algebra.inverse(_bordered(algebra, moved, v, w)), rest[0])
        v = plus(algebra, (1, v), (-1, algebra.gather(step, (n, 1), range(n))))
        eigenvalue = plus(algebra, (1, eigenvalue), (-1, algebra.gather(step, (1, 1), [n])))
    return eigenvalue, v


def _stack(algebra: Any, a: Any, b: Any) -> Any:
    """The column a with the number b below it."""
    n = a.shape[0]
    column = (n + 1, 1)
    above, below = algebra.gather(a, column, [*range(n), -1]), algebra.gather(b, column, [-1] * n + [0])
    return plus(algebra, (1, above), (1, below))


def _bordered(algebra: Any, a: Any, v: Any, w: Any) -> Any:
    """[A, -v; w, 0]."""
    n = a.shape[0]
    rows = range(n + 1)
    inner = [i * n + j if i < n and j < n else -1 for i in rows for j in rows]
    right = [i if i < n and j == n else -1 for i in rows for j in rows]
    below = [j if i == n and j < n else -1 for i in rows for j in rows]
    shape = (n + 1, n + 1)
    parts = [(1, algebra.gather(a, shape, inner)), (-1, algebra.gather(v, shape, right))]
    return plus(algebra, *parts, (1, algebra.gather(w, shape, below)))


def _simple(algebra: Any, x: Any, i: Any) -> tuple[Any, Any]:
    value, gap = _chosen(x, i)
    if not gap > GAP * size(x):
        raise DomainError(say("the eigenvalue is not simple"))
    return _vector(algebra, x, value)


def eigval(algebra: Any, x: Any, i: Any) -> Any:
    return algebra.reshape(_simple(algebra, x, i)[0], ())


def eigvec(algebra: Any, x: Any, i: Any) -> Any:
    """The unit vector whose largest entry is positive."""
    v = _simple(algebra, x, i)[1]
    over = algebra.power(algebra.contract(v, v, "ij,ij->"), Fraction(-1, 2))
    sign = 1 if max(v.value, key=abs) > 0 else -1
    return algebra.reshape(plus(algebra, (sign, algebra.times(over, v))), (x.shape[0],))


def eigproj(algebra: Any, x: Any, i: Any) -> Any:
    """v u'/(u'v), of the right and the left eigenvector."""
    v, u = _simple(algebra, x, i)[1], turned(algebra, _simple(algebra, turned(algebra, x), i)[1])
    over = algebra.power(algebra.reshape(times(algebra, u, v), ()), Fraction(-1))
    return algebra.times(over, times(algebra, v, u))


def eigres(algebra: Any, x: Any, i: Any) -> Any:
    """The inverse of λI - X on the other eigenvectors, 0 on this one: inv(λI - X + P) - P."""
    p, value = eigproj(algebra, x, i), eigval(algebra, x, i)
    whole = plus(algebra, (1, algebra.times(value, unit(algebra, x.shape[0]))), (-1, x), (1, p))
    return plus(algebra, (1, algebra.inverse(whole)), (-1, p))


def _joined(algebra: Any, numbers: list[Any]) -> Any:
    """Numbers as a vector."""
    n = len(numbers)
    placed = [algebra.gather(e, (n,), [0 if j == k else -1 for j in range(n)]) for k, e in enumerate(numbers)]
    return algebra.combine([(1, p) for p in placed], (n,))


def eigvals(algebra: Any, x: Any) -> Any:
    return _joined(algebra, [eigval(algebra, x, k + 1) for k in range(x.shape[0])])


def eigvecs(algebra: Any, x: Any) -> Any:
    n = x.shape[0]
    places = [[i if j == k else -1 for i in range(n) for j in range(n)] for k in range(n)]
    columns = [(1, algebra.gather(eigvec(algebra, x, k + 1), (n, n), places[k])) for k in range(n)]
    return algebra.combine(columns, (n, n))


def lambdamax(algebra: Any, x: Any) -> Any:
    return eigval(algebra, x, x.shape[0])


def lambdamin(algebra: Any, x: Any) -> Any:
    return eigval(algebra, x, 1)


def maxvec(algebra: Any, x: Any) -> Any:
    return eigvec(algebra, x, x.shape[0])


# -- singular values


def gram(algebra: Any, x: Any) -> Any:
    return algebra.contract(x, x, "ki,kj->ij")


def _number(i: Any) -> Fraction:
    return Fraction(i.value[0]) if hasattr(i, "value") else Fraction(i)


def _place(x: Any, i: Any) -> Fraction:
    """Which eigenvalue of X'X the square of a singular value is."""
    if not 1 <= _number(i) <= min(x.shape):
        raise DomainError(say("there is no singular value of this number"))
    return x.shape[1] + 1 - _number(i)


def singval(algebra: Any, x: Any, i: Any) -> Any:
    square = eigval(algebra, gram(algebra, x), _place(x, i))
    if not square.value[0] > GAP**2 * size(x) ** 2:
        raise DomainError(say("the singular value is zero"))
    return algebra.power(square, Fraction(1, 2))


def uv(algebra: Any, x: Any, i: Any) -> Any:
    """The dyad of the singular vectors: X P/σ."""
    p, s = eigproj(algebra, gram(algebra, x), _place(x, i)), singval(algebra, x, i)
    return algebra.times(algebra.power(s, Fraction(-1)), times(algebra, x, p))


def specnorm(algebra: Any, x: Any) -> Any:
    return singval(algebra, x, 1)


def singvals(algebra: Any, x: Any) -> Any:
    _tall(x)
    return _joined(algebra, [singval(algebra, x, k + 1) for k in range(x.shape[1])])


def _tall(x: Any) -> None:
    if x.shape[0] < x.shape[1]:
        raise DomainError(say("the matrix has more columns than rows"))


def cond(algebra: Any, x: Any) -> Any:
    _tall(x)
    smallest = algebra.power(singval(algebra, x, x.shape[1]), Fraction(-1))
    return algebra.times(singval(algebra, x, 1), smallest)


def topuv(algebra: Any, x: Any, k: Any) -> Any:
    """The sum of the dyads of the k largest singular values."""
    return plus(algebra, *((1, uv(algebra, x, j + 1)) for j in range(_count(x, k))))


def kyfan(algebra: Any, x: Any, k: Any) -> Any:
    return algebra.combine([(1, singval(algebra, x, j + 1)) for j in range(_count(x, k))], ())


def _count(x: Any, k: Any) -> int:
    if _number(k).denominator > 1 or not 1 <= _number(k) <= min(x.shape):
        raise DomainError(say("there is no singular value of this number"))
    return int(_number(k))


def polar(algebra: Any, x: Any) -> Any:
    """X inv(sqrtm(X'X)), or inv(sqrtm(XX')) X."""
    if x.shape[0] >= x.shape[1]:
        return times(algebra, x, algebra.inverse(sqrtm(algebra, gram(algebra, x))))
    return turned(algebra, polar(algebra, turned(algebra, x)))


def nuclear(algebra: Any, x: Any) -> Any:
    return algebra.contract(x, polar(algebra, x), "ij,ij->")


def schatten(algebra: Any, x: Any, p: Any) -> Any:
    _tall(x)
    half = algebra.combine([(0.5, p)], ())
    total = algebra.contract(powm(algebra, gram(algebra, x), half), unit(algebra, x.shape[1]), "ij,ij->")
    log = logm(algebra, algebra.reshape(total, (1, 1)))
    return algebra.reshape(expm(algebra, algebra.times(algebra.power(p, Fraction(-1)), log)), ())


def column_rank(algebra: Any, x: Any) -> float:
    """How far a matrix is from one whose columns depend on each other."""
    if x.shape[0] < x.shape[1]:
        return 0.0
    try:
        inverse = algebra.inverse(gram(algebra, x))
    except DomainError:
        return 0.0
    return 5 / math.sqrt(max(size(inverse) * size(gram(algebra, x)), 1e-300))


def anywhere(algebra: Any, x: Any) -> float:
    """The kernels themselves refuse points that are not inside."""
    return math.inf
