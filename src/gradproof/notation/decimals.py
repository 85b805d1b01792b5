"""Exact numbers as text that reads back exactly, and as floating-point numbers where these can hold them."""

from __future__ import annotations

from fractions import Fraction

from gradproof.errors import DomainError, UnsupportedError
from gradproof.say import say

DIGITS = 4000  # of the longest number that is written
PLAIN_DIGITS = 40  # a whole number with more digits is written with a power of ten, where it has few that are not zero
SHORT = 1000  # a denominator up to this is written as one
SMALLEST = Fraction(2) ** -1022  # floating-point numbers below this lose digits


def decimal(value: Fraction) -> str:
    """An exact number as people write it, and as it reads back: 3, 1/2, 0.25 where it was a long decimal, 1e-600.

    Raises UnsupportedError for one with more than 4000 digits.
    """
    if max(abs(value.numerator), value.denominator).bit_length() > DIGITS * 3.3:
        raise UnsupportedError(say("a number with more than {digits} digits", digits=DIGITS))
    if value.denominator == 1:
        whole = str(value.numerator)
        return whole if len(whole) <= PLAIN_DIGITS else _scientific(value) or whole
    if value.denominator <= SHORT:
        return f"{value.numerator}/{value.denominator}"
    return decimal_point(value) or f"{value.numerator}/{value.denominator}"


def decimal_point(value: Fraction) -> str | None:
    """A number with a long denominator as a decimal, where a short one is exactly that number."""
    if value.denominator <= SHORT:
        return None
    near = (
        repr(value.numerator / value.denominator) if abs(value) < 1 << 1000 else "inf"
    )  # Python's quotient is rounded once
    return near if near not in ("inf", "0.0", "-0.0") and Fraction(near) == value else _scientific(value)


def _scientific(value: Fraction) -> str | None:
    """A number as digits and a power of ten, where it has few digits: 1e-600."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator)
    mantissa = digits.rstrip("0")
    if rest != 1 or len(mantissa) > PLAIN_DIGITS:
        return None
    sign, exponent = "-" * (value < 0), len(digits) - 1 - places
    if 0 <= exponent < len(mantissa) - 1:
        return f"{sign}{mantissa[: exponent + 1]}.{mantissa[exponent + 1 :]}"
    point = f"{mantissa[0]}.{mantissa[1:]}".rstrip(".")
    return f"{sign}{point}e{exponent}"


def floating(c: Fraction) -> float:
    """A number to compute with. Raises DomainError where floating point cannot hold it."""
    try:
        near = float(c)
    except OverflowError:
        near = 0.0
    if abs(near) < SMALLEST and near != c:
        size = round(abs(abs(c.numerator).bit_length() - c.denominator.bit_length()) * 0.30103)
        raise DomainError(
            say("a number of about 1e{size} is too large for floating point", size=size)
            if abs(c) > 1
            else say("a number of about 1e-{size} is too small for floating point", size=size),
            hint=say("the closed form is exact; choose other units to compute with it"),
        )
    return near
