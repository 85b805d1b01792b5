"""Functions of the real line to as many digits as the decimal context asks for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, getcontext, localcontext
from functools import cache

from gradproof.exact.scalars import FUNCTIONS, ONE, ZERO

LARGEST = 100_000  # arguments beyond this have no value here
SMALLEST = 20_000  # digits before the first of an argument, for which there are as many more to compute with
_GUARD = 12
_NEAR = 8  # digits of a small argument from which on the series is short
_FLAT = 27  # erf there is 1 to three hundred digits


def guarded(f: Callable[[Decimal], Decimal], more: float | None = None) -> Callable[[Decimal], Decimal]:
    """The function computed with digits to spare: a dozen, those before the first of a small argument, and `more` for each unit of the argument,
    which then may not be too large."""

    def value(x: Decimal) -> Decimal:
        if more is not None and abs(x) > LARGEST:
            raise OverflowError("the argument is too large")
        if x and -x.adjusted() > SMALLEST:
            raise OverflowError("the argument is too near zero")
        with localcontext() as context:
            context.prec += _GUARD + (int(more * float(abs(x))) if more else 0) + (max(0, -x.adjusted()) if x else 0)
            found = f(x)
        return +found

    return value


def _wave(x: Decimal) -> tuple[Decimal, Decimal]:
    """Cosine and sine: the series of exp(i x/2^k), squared k times."""
    with localcontext() as context:
        k = max(0, x.adjusted() * 4 + 8) if x else 0
        context.prec += k
        small = x / (1 << k)
        c, s, term, n = ONE, ZERO, ONE, 0
        while term and term.adjusted() > -context.prec - 2:
            n += 1
            term = term * small / n
            match n % 4:
                case 1:
                    s += term
                case 2:
                    c -= term
                case 3:
                    s -= term
                case 0:
                    c += term
        for _ in range(k):
            c, s = c * c - s * s, 2 * c * s
    return +c, +s


def _atan(x: Decimal) -> Decimal:
    """Eight half angles, then the series."""
    for _ in range(8):
        x = x / (1 + (1 + x * x).sqrt())
    total = term = x
    n, square = 1, x * x
    while term and term.adjusted() > -getcontext().prec - 4:
        term, n = -term * square, n + 2
        total += term / n
    return total * 256


@cache
def _pi(digits: int) -> Decimal:
    with localcontext() as context:
        context.prec = digits
        return 4 * _atan(ONE)


def _erf(x: Decimal) -> Decimal:
    if abs(x) > _FLAT:
        raise OverflowError("erf is 1 to all digits")
    total = term = x
    n, square = 0, x * x
    while term and term.adjusted() > -getcontext().prec - 4:
        n += 1
        term = -term * square / n
        total += term / (2 * n + 1)
    return 2 * total / _pi(getcontext().prec).sqrt()


def _erfc(x: Decimal) -> Decimal:
    """One minus erf; of large numbers, where that has too few digits, by a continued fraction."""
    if x < 20:
        return 1 - _erf(x)
    below = ONE
    for n in range(int(2 * (getcontext().prec / float(x)) ** 2) + getcontext().prec, 0, -1):
        below = 1 + n / (2 * x * x) / below
    return (-x * x).exp() / (x * _pi(getcontext().prec).sqrt() * below)


def _log1p(x: Decimal) -> Decimal:
    if not x or x.adjusted() > -_NEAR:
        return (1 + x).ln()
    total, power, n = x, x, 1
    while power.adjusted() > x.adjusted() - getcontext().prec:
        n, power = n + 1, -power * x
        total += power / n
    return total


def _sinh(x: Decimal) -> Decimal:
    return (x.exp() - (-x).exp()) / 2


def _cosh(x: Decimal) -> Decimal:
    return (x.exp() + (-x).exp()) / 2


def _asinh(x: Decimal) -> Decimal:
    size = (abs(x) + (x * x + 1).sqrt()).ln()
    return size.copy_sign(x)


def _asin(x: Decimal) -> Decimal:
    return _atan(x / ((1 - x) * (1 + x)).sqrt())


FUNCTIONS |= {
    "exp": Decimal.exp,  # rounded correctly, as are the next
    "log": Decimal.ln,
    "log1p": guarded(_log1p),
    "expm1": guarded(lambda x: x.exp() - 1),
    "sqrt": Decimal.sqrt,
    "sin": guarded(lambda x: _wave(x)[1], 0.0),
    "cos": guarded(lambda x: _wave(x)[0], 0.0),
    "tan": guarded(lambda x: (w := _wave(x))[1] / w[0], 0.0),
    "arcsin": guarded(_asin),
    "arccos": guarded(lambda x: _pi(getcontext().prec) / 2 - _asin(x)),
    "arctan": guarded(_atan),
    "sinh": guarded(_sinh),
    "cosh": guarded(_cosh),
    "tanh": guarded(lambda x: _sinh(x) / _cosh(x)),
    "arcsinh": guarded(_asinh),
    "arccosh": guarded(lambda x: (x + ((x - 1) * (x + 1)).sqrt()).ln()),
    "arctanh": guarded(lambda x: ((1 + x) / (1 - x)).ln() / 2),
    "erf": guarded(_erf, 12.0),
    "erfc": guarded(lambda x: guarded(_erfc, 24.0 if x < 20 else None)(x)),
}
