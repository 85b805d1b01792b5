"""Two kinds of number that decide equality: residues modulo a large prime, and decimals of any precision with a bound of their error.

    Residue   rational formulas: what is not identically zero is zero at a random point with a chance of its degree in 2**61
    Digits    all others: a value of many digits, and how far it may be from the true one

Arrays hold them as they hold floats, so that einsum, `@` and the text of an operation work on them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, DecimalException, getcontext
from fractions import Fraction
from typing import Any

PRIME = (1 << 61) - 1
_ROUGH = Context(prec=6, rounding="ROUND_UP", Emax=MAX_EMAX, Emin=MIN_EMIN)
ZERO, ONE = Decimal(0), Decimal(1)
_EDGED = frozenset({"log", "sqrt"})  # with an edge at zero


def entrywise(method: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The method, which leaves arrays to themselves."""

    def apply(self: Any, other: Any) -> Any:
        return NotImplemented if getattr(other, "ndim", 0) else method(self, other)

    return apply


class NotExact(ArithmeticError):
    """This kind of number does not have the operation, or cannot decide it here."""


class NoDigits(NotExact):
    """No exact value of an operation is known here, so that only floats can be compared."""


def plain(x: Any) -> Any:
    """An array without axes as what it holds."""
    return x.item() if hasattr(x, "dtype") else x


class Residue:
    """A number modulo `PRIME`: sums, products, quotients and whole powers."""

    __slots__ = ("n",)

    def __init__(self, n: int):
        self.n = n % PRIME

    @classmethod
    def of(cls, x: Any) -> Residue:
        """An exact number as a residue."""
        x = plain(x)
        if isinstance(x, Residue):
            return x
        exact = Fraction(float(x)) if not isinstance(x, int | Fraction) else Fraction(x)
        if exact.denominator % PRIME == 0:
            raise NotExact("the denominator is zero")
        return cls(exact.numerator * pow(exact.denominator, -1, PRIME))

    @entrywise
    def __add__(self, other: Any) -> Residue:
        return Residue(self.n + Residue.of(other).n)

    @entrywise
    def __sub__(self, other: Any) -> Residue:
        return Residue(self.n - Residue.of(other).n)

    @entrywise
    def __rsub__(self, other: Any) -> Residue:
        return Residue(Residue.of(other).n - self.n)

    @entrywise
    def __mul__(self, other: Any) -> Residue:
        return Residue(self.n * Residue.of(other).n)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Residue:
        return Residue(-self.n)

    @entrywise
    def __truediv__(self, other: Any) -> Residue:
        divisor = Residue.of(other).n
        if not divisor:
            raise NotExact("division by zero")
        return Residue(self.n * pow(divisor, -1, PRIME))

    @entrywise
    def __rtruediv__(self, other: Any) -> Residue:
        return Residue.of(other) / self

    def power(self, e: Fraction) -> Residue:
        """The power with a whole exponent."""
        if e.denominator != 1:
            raise NotExact("a root")
        if not self.n and e < 0:
            raise NotExact("division by zero")
        return Residue(pow(self.n, e.numerator, PRIME))

    @property
    def size(self) -> Decimal:
        """What a pivot is chosen by."""
        return ONE if self.n else ZERO

    @property
    def zero(self) -> bool:
        return not self.n


class Digits:
    """A number of many digits, with a bound of its error: the true number is in v ± r. How many, the decimal context says."""

    __slots__ = ("r", "v")

    def __init__(self, v: Decimal, r: Decimal = ZERO):
        self.v, self.r = v, r

    @classmethod
    def of(cls, x: Any) -> Digits:
        """An exact number; a float is taken as the fraction that it is."""
        x = plain(x)
        if isinstance(x, Digits):
            return x
        exact = Fraction(float(x)) if not isinstance(x, int | Fraction) else Fraction(x)
        v = Decimal(exact.numerator) / Decimal(exact.denominator)
        whole = exact.denominator == 1 and abs(exact.numerator) < 10 ** (getcontext().prec - 1)
        return cls(v, ZERO if whole else rounding(v))

    @entrywise
    def __add__(self, other: Any) -> Digits:
        o = Digits.of(other)
        v = self.v + o.v
        exact = not self.r and not o.r and v == 0
        return Digits(v, ZERO if exact else up(up(self.r, o.r), rounding(v)))

    @entrywise
    def __sub__(self, other: Any) -> Digits:
        return self + -Digits.of(other)

    @entrywise
    def __rsub__(self, other: Any) -> Digits:
        return Digits.of(other) + -self

    @entrywise
    def __mul__(self, other: Any) -> Digits:
        o = Digits.of(other)
        v = self.v * o.v
        if not v and (not self.v and not self.r or not o.v and not o.r):
            return Digits(ZERO)
        cross = up(times(abs(self.v), o.r), times(abs(o.v), self.r))
        return Digits(v, up(up(cross, times(self.r, o.r)), rounding(v)))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Digits:
        return Digits(-self.v, self.r)

    @entrywise
    def __truediv__(self, other: Any) -> Digits:
        o = Digits.of(other)
        if abs(o.v) <= 2 * o.r:
            raise NotExact("division by what may be zero")
        v = self.v / o.v
        slack = _ROUGH.divide(up(self.r, times(abs(v), o.r)), abs(o.v) - o.r)
        return Digits(v, up(slack, rounding(v)) if self.v or self.r else ZERO)

    @entrywise
    def __rtruediv__(self, other: Any) -> Digits:
        return Digits.of(other) / self

    def power(self, e: Fraction) -> Digits:
        """The power; with a broken exponent of positive numbers only."""
        if e.denominator == 1:
            result = self._whole(abs(e.numerator))
            return Digits(ONE) / result if e < 0 else result
        if e.denominator == 2:
            return self.apply("sqrt").power(Fraction(e.numerator))
        return (self.apply("log") * Digits.of(e)).apply("exp")

    def _whole(self, k: int) -> Digits:
        result, base = Digits(ONE), self
        while k:
            result = result * base if k & 1 else result
            base, k = (base * base if k > 1 else base), k >> 1
        return result

    @entrywise
    def __pow__(self, other: Any) -> Digits:
        if isinstance(other, Digits):
            if not other.r and other.v == other.v.to_integral_value():
                return self.power(Fraction(int(other.v)))
            return (self.apply("log") * other).apply("exp")
        return self.power(Fraction(float(other)) if not isinstance(other, int | Fraction) else Fraction(other))

    @entrywise
    def __rpow__(self, other: Any) -> Digits:
        return Digits.of(other) ** self

    def apply(self, name: str) -> Digits:
        """A function of the real line, by its name in `functions`; its error by the slope in the neighbourhood."""
        function = FUNCTIONS[name]
        try:
            v = function(self.v)
            if 0 < abs(self.v) <= 1000 * self.r and name in _EDGED:
                raise NotExact(f"{name} near the edge of its domain")
            step = max(self.r, rounding(self.v) if self.v else rounding(ONE))
            beside = function(self.v + 1000 * step)
        except (DecimalException, ValueError, OverflowError) as error:
            raise NotExact(f"{name} has no value there") from error
        if not v.is_finite() or not beside.is_finite():
            raise NotExact(f"{name} has no value there")
        spread = times(abs(beside - v), Decimal("0.01"))  # ten times the slope, for the curvature
        return Digits(v, up(spread if self.r else ZERO, rounding(v) * 10))

    def sin(self) -> Digits:
        """What arrays ask an entry for: random functions are made of sines."""
        return self.apply("sin")

    def __getitem__(self, place: tuple[()]) -> Digits:
        """Itself, for what takes a number for an array without axes."""
        return self

    # -- comparisons: only where the error allows them
    @property
    def sign(self) -> int:
        """1, -1, or 0 for what is exactly 0."""
        if abs(self.v) <= self.r and (self.v or self.r):
            raise NotExact("a sign that is not known")
        return (self.v > 0) - (self.v < 0)

    @entrywise
    def __gt__(self, other: Any) -> bool:
        return (self - other).sign > 0

    @entrywise
    def __lt__(self, other: Any) -> bool:
        return (self - other).sign < 0

    @entrywise
    def __ge__(self, other: Any) -> bool:
        return (self - other).sign >= 0

    @entrywise
    def __le__(self, other: Any) -> bool:
        return (self - other).sign <= 0

    def __abs__(self) -> Digits:
        return -self if self.sign < 0 else self

    def __float__(self) -> float:
        return float(self.v)

    @property
    def size(self) -> Decimal:
        """What a pivot is chosen by."""
        return abs(self.v)

    @property
    def zero(self) -> bool:
        """Whether it may be zero."""
        return abs(self.v) <= self.r


def rounding(v: Decimal) -> Decimal:
    """The error of rounding a result to the digits of the context."""
    return ZERO if not v else abs(v).scaleb(1 - getcontext().prec, _ROUGH)


def up(a: Decimal, b: Decimal) -> Decimal:
    return _ROUGH.add(a, b)


def times(a: Decimal, b: Decimal) -> Decimal:
    return _ROUGH.multiply(a, b)


FUNCTIONS: dict[str, Callable[[Decimal], Decimal]] = {}  # entered by `functions`
Scalar = Residue | Digits
