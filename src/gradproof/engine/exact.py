"""Exact powers of rational numbers."""

from __future__ import annotations

from fractions import Fraction

from gradproof.engine.tensor import Exponent
from gradproof.errors import DomainError
from gradproof.say import say

LONGEST = 1 << 14  # bits of a power that is written out


def power(c: Fraction, e: Exponent) -> Fraction:
    """c**e, where it is a rational number."""
    exact = power_exact(c, e)
    if exact is None:
        raise DomainError(say("{c} to the power {e} is not a rational number", c=c, e=e))
    return exact


def power_exact(c: Fraction, e: Exponent) -> Fraction | None:
    """c**e where it is a rational number, else None."""
    if c == 1:
        return c
    e = Fraction(e)
    if c == 0:
        return c if e > 0 else None
    if max(abs(c.numerator), c.denominator).bit_length() * abs(e.numerator) > LONGEST * e.denominator:
        return None
    if e.denominator == 1:
        return c**e.numerator
    if c < 0:
        return None
    top, bottom = _root(c.numerator, e.denominator), _root(c.denominator, e.denominator)
    return Fraction(top, bottom) ** e.numerator if top is not None and bottom is not None else None


def _root(n: int, k: int) -> int | None:
    if n > 1 << 52:
        return None
    r = round(n ** (1 / k))
    return r if r**k == n else None
