"""Taylor series of functions of one number, without NumPy: `f(x, k)` gives the coefficients of f(x + t) up to t**k.

They are written from the functions' own definitions, not from the derivatives of the table, so that one can be held against the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

Series = Callable[[float, int], list[float]]


CUT = 1e-9  # how near to its negative real axis a complex number has no logarithm that rounding leaves alone


def exp(x: float, k: int) -> list[float]:
    y = math.exp(x) if type(x) is float else _for(x).exp(x)
    if k < 2:  # as most are
        return [y, y] if k else [y]
    return [y / math.factorial(j) for j in range(k + 1)]


def log(x: float, k: int) -> list[float]:
    y = math.log(x) if type(x) is float else _for(off_cut(x)).log(x)
    if k < 2 and type(x) is float:
        return [y, 1 / x] if k else [y]
    return [y, *(-((-1 / x) ** j) / j for j in range(1, k + 1))]


def sin(x: float, k: int) -> list[float]:
    s, c = _sine_and_cosine(x)
    if k < 2:
        return [s, c] if k else [s]
    turns = (s, c, -s, -c)
    return [turns[j % 4] / math.factorial(j) for j in range(k + 1)]


def cos(x: float, k: int) -> list[float]:
    s, c = _sine_and_cosine(x)
    if k < 2:
        return [c, -s] if k else [c]
    turns = (c, -s, -c, s)
    return [turns[j % 4] / math.factorial(j) for j in range(k + 1)]


def _sine_and_cosine(x: float) -> tuple[Any, Any]:
    words = math if type(x) is float else _for(x)
    return words.sin(x), words.cos(x)


def atan(x: float, k: int) -> list[float]:
    return _integrated(_for(x).atan(x), power([1 + x * x, 2 * x, 1.0], -1.0, k))


def asin(x: float, k: int) -> list[float]:
    return _integrated(_for(x).asin(x), power([1 - x * x, -2 * x, -1.0], -0.5, k))


def erf(x: float, k: int) -> list[float]:
    """By the exponential of a quadratic: c' = (-2x - 2t) c."""
    c = [2 / math.sqrt(math.pi) * math.exp(-x * x)]
    for j in range(1, k):
        c.append((-2 * x * c[j - 1] - 2 * (c[j - 2] if j > 1 else 0.0)) / j)
    return _integrated(math.erf(x), c)


def lgamma(x: float, k: int) -> list[float]:
    return _integrated(math.lgamma(x), digamma(x, max(k - 1, 0)))[: k + 1]


def digamma(x: float, k: int) -> list[float]:
    """The value by the functional equation and Binet's series; the rest from sums of powers."""
    y = _far(x)
    far = math.log(y) - 1 / (2 * y) - sum(b / (2 * i * y ** (2 * i)) for i, b in enumerate(_BERNOULLI, 1))
    value = far - math.fsum(1 / (x + n) for n in range(16))
    return [value, *((-1) ** (j + 1) * _zeta(j + 1, x) for j in range(1, k + 1))]


def trigamma(x: float, k: int) -> list[float]:
    return [(-1) ** j * (j + 1) * _zeta(j + 2, x) for j in range(k + 1)]


def absolute(x: float, k: int) -> list[float]:
    return _piece(abs(x), math.copysign(1.0, x) if x else 0.0, k)


def sign(x: float, k: int) -> list[float]:
    return _piece(math.copysign(1.0, x) if x else 0.0, 0.0, k)


def positive_part(x: float, k: int) -> list[float]:
    return _piece(max(x, 0.0), 0.5 + 0.5 * math.copysign(1.0, x) if x else 0.5, k)


def off_cut(x: float) -> float:
    """A number, where its logarithm and its roots do not jump. Raises ValueError on the negative real axis of complex numbers."""
    if isinstance(x, complex) and x.real <= 0 and abs(x.imag) <= CUT * abs(x):
        raise ValueError("a cut of the complex plane")
    return x


def _for(x: float) -> Any:
    """The functions of the standard library for a number: of real or of complex ones."""
    if not isinstance(x, complex):
        return math
    import cmath  # most numbers are real

    return cmath


def power(q: Sequence[float], a: float, k: int) -> list[float]:
    """The series of q(t)**a for a polynomial q with q(0) != 0: c' q = a q' c."""
    c = [q[0] ** a]
    for n in range(1, k + 1):
        c.append(sum((a * j - n + j) * q[j] * c[n - j] for j in range(1, min(n, len(q) - 1) + 1)) / (n * q[0]))
    return c


def binomials(a: float, k: int) -> list[float]:
    """The coefficients of (1 + t)**a."""
    return list(accumulate(range(k), lambda c, j: c * (a - j) / (j + 1), initial=1.0))


def _integrated(first: float, derivative: Sequence[float]) -> list[float]:
    """The series of a function from its value and the series of its derivative."""
    return [first, *(c / (j + 1) for j, c in enumerate(derivative))]


def _piece(value: float, slope: float, k: int) -> list[float]:
    return [value, slope, *[0.0] * (k - 1)][: k + 1]


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730)


def _far(x: float) -> float:
    """Where the asymptotic series of the gamma functions hold. Raises ValueError where that is still below zero or near it."""
    if x < -8:
        raise ValueError("the gamma function is asked beyond its recurrence")
    return x + 16


def _zeta(s: int, x: float) -> float:
    """The sum of 1/(x + n)**s over n >= 0, by Euler and Maclaurin."""
    y, rise = _far(x), float(s)
    total = math.fsum((x + n) ** -s for n in range(16)) + y ** (1 - s) / (s - 1) + y**-s / 2
    for i, b in enumerate(_BERNOULLI, 1):
        total += b / math.factorial(2 * i) * rise * y ** (1 - s - 2 * i)
        rise *= (s + 2 * i - 1) * (s + 2 * i)
    return total
