"""Intervals in which all entries of an array are known to lie; ends are exact, so that nothing is proven by rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

End = Fraction | float  # a float only where it is infinite


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
        return Bounds(self.low + other.low, self.high + other.high, self.strict or other.strict)

    def __and__(self, other: Bounds) -> Bounds:
        """What is known where both are."""
        low = max(self.low, other.low)
        strict = any(b.strict and b.low == low for b in (self, other))
        return Bounds(low, min(self.high, other.high), strict)

    def scaled(self, c: Fraction) -> Bounds:
        """Of c times the entries."""
        if c == 0:
            return exactly(c)
        return Bounds(c * self.low, c * self.high, self.strict) if c > 0 else Bounds(c * self.high, c * self.low)

    def __mul__(self, other: Bounds) -> Bounds:
        """Of products of two entries that know nothing of each other."""
        if self.low < 0 or other.low < 0:
            ends = [_product(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
            return Bounds(min(ends), max(ends))
        low = _product(self.low, other.low)
        return Bounds(low, _product(self.high, other.high), self.positive and other.positive)

    def power(self, e: int | Fraction) -> Bounds:
        """Of a power of the entries that is real; a root, and a power of it, is never negative."""
        e = Fraction(e)
        if e < 0:
            return Bounds(Fraction(0), math.inf, True) if self.nonnegative or _even(e) else Bounds()
        if self.nonnegative:
            if e.denominator == 1:
                return Bounds(self.low**e.numerator, self.high**e.numerator, self.positive)
            return Bounds(Fraction(self.low >= 1), Fraction(1) if self.high <= 1 else math.inf, self.positive)
        if e.denominator == 1:
            n = e.numerator
            if n % 2 == 0:
                return Bounds(Fraction(0), max(-self.low, self.high) ** n)
            return Bounds(self.low**n, self.high**n)
        return Bounds(Fraction(0)) if _even(e) else Bounds()


def _even(e: Fraction) -> bool:
    return e.numerator % 2 == 0 or e.denominator % 2 == 0


def _product(a: End, b: End) -> End:
    return Fraction(0) if a == 0 or b == 0 else a * b


def exactly(value: Fraction) -> Bounds:
    """All entries are this number."""
    return Bounds(value, value)


ANY = Bounds()
NONNEGATIVE, POSITIVE = Bounds(Fraction(0)), Bounds(Fraction(0), math.inf, True)
UNIT, BETWEEN = Bounds(Fraction(0), Fraction(1)), Bounds(Fraction(-1), Fraction(1))
