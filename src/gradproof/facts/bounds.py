"""Intervals in which all entries of an array are known to lie; ends are exact, so that nothing is proven by rounding."""

from __future__ import annotations

import math
from fractions import Fraction

from gradproof.records import dataclass

End = Fraction | float  # a float only where it is infinite
LARGEST = 64  # the exponent up to which powers are bounded


@dataclass(frozen=True, slots=True)
class Bounds:
    """All entries are at least `low` and at most `high`; above `low` where `strict`.

    >>> (Bounds(Fraction(0), Fraction(1)) + Bounds(Fraction(2), math.inf)).low
    Fraction(2, 1)
    """

    low: End = -math.inf
    high: End = math.inf
    strict: bool = False

    @property
    def nonnegative(self) -> bool:
        """Whether all entries are at least zero."""
        return self.low >= 0

    @property
    def positive(self) -> bool:
        """Whether all entries are above zero."""
        return self.low > 0 or (self.low == 0 and self.strict)

    def __add__(self, other: Bounds) -> Bounds:
        low, high = _plus(self.low, other.low), _plus(self.high, other.high)
        return Bounds(low, high, self.strict or other.strict)

    def __and__(self, other: Bounds) -> Bounds:
        """What is known where both are."""
        low = max(self.low, other.low)
        strict = any(b.strict and b.low == low for b in (self, other))
        return Bounds(low, min(self.high, other.high), strict)

    def scaled(self, c: Fraction) -> Bounds:
        """Of c times the entries."""
        if c == 0:
            return exactly(c)
        low, high = _product(c, self.low), _product(c, self.high)
        return Bounds(low, high, self.strict) if c > 0 else Bounds(high, low)

    def __mul__(self, other: Bounds) -> Bounds:
        """Of products of two entries that know nothing of each other."""
        if self.low < 0 or other.low < 0:
            ends = [_product(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
            return Bounds(min(ends), max(ends))
        low = _product(self.low, other.low)
        strict = self.strict or other.strict if low else self.positive and other.positive
        return Bounds(low, _product(self.high, other.high), strict)

    def power(self, e: int | Fraction) -> Bounds:
        """Of a power of the entries that is real; a root, and a power of it, is never negative."""
        e = Fraction(e)
        if abs(e) > LARGEST:
            return NONNEGATIVE if self.nonnegative or _even(e) else ANY
        if e < 0:
            return Bounds(Fraction(0), math.inf, True) if self.nonnegative or _even(e) else Bounds()
        if self.nonnegative:
            if e.denominator == 1:
                return Bounds(self.low**e.numerator, self.high**e.numerator, self.strict)
            high = Fraction(1) if self.high <= 1 else math.inf
            return Bounds(Fraction(1), high, self.strict) if self.low >= 1 else Bounds(Fraction(0), high, self.positive)
        if e.denominator == 1:
            n = e.numerator
            if n % 2 == 0:
                return Bounds(Fraction(0), max(-self.low, self.high) ** n)
            return Bounds(self.low**n, self.high**n)
        return Bounds(Fraction(0)) if _even(e) else Bounds()


def _even(e: Fraction) -> bool:
    return e.numerator % 2 == 0 or e.denominator % 2 == 0


def _plus(a: End, b: End) -> End:
    """A sum; a Fraction may be too large for the float that an infinite end is."""
    return (
        next((x for x in (a, b) if isinstance(x, float)), a) if isinstance(a, float) or isinstance(b, float) else a + b
    )


def _product(a: End, b: End) -> End:
    if a == 0 or b == 0:
        return Fraction(0)
    if isinstance(a, float) or isinstance(b, float):
        return math.inf if (a > 0) == (b > 0) else -math.inf
    return a * b


def exactly(value: Fraction) -> Bounds:
    """All entries are this number."""
    return Bounds(value, value)


ANY = Bounds()
NONNEGATIVE, POSITIVE = Bounds(Fraction(0)), Bounds(Fraction(0), math.inf, True)
UNIT, BETWEEN = Bounds(Fraction(0), Fraction(1)), Bounds(Fraction(-1), Fraction(1))
CHANCE = Bounds(Fraction(0), Fraction(1), True)
