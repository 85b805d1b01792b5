"""The scalars of verification, without NumPy: whole numbers modulo a prime, exact for rational formulas, and floating-point numbers.

`Ring` says what little arrays need of them. Everything else is Python's own arithmetic on lists.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from fractions import Fraction
from functools import cached_property

from gradproof.errors import DomainError
from gradproof.ops.series import Series, binomials, off_cut
from gradproof.records import dataclass, field
from gradproof.say import say

_BITS = 61
PRIME = (1 << _BITS) - 1
JITTER = 4e-15  # relative
LEAST, SPREAD = 0.3, 1.5 - 0.3  # of the size of random numbers
SMALL, FAR = (
    1e-290,
    300.0,
)  # numbers below have lost digits; arguments beyond this, or below its reciprocal, can make them
REALNESS = 1e-9  # how large the imaginary part of a real number may be, relative

Scalar = int | float


@dataclass(frozen=True)
class Ring:
    """`prime` is 0 for floating-point numbers; `jitter` changes the last digits of every intermediate result, which shows what rounding may do."""

    prime: int = 0
    jitter: random.Random | None = field(default=None, compare=False)

    @cached_property
    def exact(self) -> bool:
        """Whether the scalars are whole numbers modulo a prime."""
        return self.prime > 0

    @cached_property
    def plain(self) -> bool:
        """Whether the results of sums and products are scalars as they are."""
        return not self.prime and self.jitter is None

    def number(self, value: Fraction) -> Scalar:
        """An exact number as a scalar."""
        n, over = value.as_integer_ratio()
        p = self.prime
        if p:
            return n % p if over == 1 else n * pow(over, -1, p) % p
        try:
            return n / over
        except OverflowError:
            raise DomainError(say("a number is too large for a floating-point number")) from None

    def number_of(self, rng: random.Random, scale: float) -> Scalar:
        """A random number: of about this size, or any modulo the prime."""
        return self.numbers_of(rng, scale, 1)[0]

    def numbers_of(self, rng: random.Random, scale: float, count: int) -> list[Scalar]:
        """So many of them."""
        if self.prime:
            return residues(rng, count)
        draw, bits, found = rng.random, rng.getrandbits, list[Scalar]()
        for _ in range(count):
            size, positive = scale * (LEAST + SPREAD * draw()), bits(2)
            while positive > 1:  # as `rng.choice((-1, 1))` has it, in fewer calls
                positive = bits(2)
            found.append(size if positive else -size)
        return found

    def reduce(self, xs: Iterable[Scalar]) -> list[Scalar]:
        """The results of sums and products, as scalars."""
        p = self.prime
        if p:
            return [x % p for x in xs]
        if self.jitter is None:
            return xs if isinstance(xs, list) else list(xs)
        draw = self.jitter.random
        return [x * (1 - JITTER + 2 * JITTER * draw()) for x in xs]

    def reciprocal(self, x: Scalar) -> Scalar:
        if self.prime or self.jitter is not None:
            return self.power(x, _INVERSE, 0)[0]
        try:
            return _inexact(x) ** -1
        except (ZeroDivisionError, OverflowError):
            return self.power(x, _INVERSE, 0)[0]

    def powers(self, xs: list[Scalar], n: int, over: int, k: int) -> list[list[Scalar]] | None:
        """The Taylor series of x**(n/over) of many numbers, up to its slope: a list for each power; None where one of them is not plainly there."""
        try:
            if not n or (over != 1 and (self.prime or min(xs, default=1) <= 0)):
                return None
            if self.prime:
                return _residues(list(map(int, xs)), n, k, self.prime)
            own, e = list(map(_inexact, xs)), n if over == 1 else n / over
            return [[x**e for x in own], [e * x ** (e - 1) for x in own]] if k else [[x**e for x in own]]
        except (ZeroDivisionError, OverflowError, ValueError, TypeError):
            return None

    def power(self, x: Scalar, a: Fraction, k: int) -> list[Scalar]:
        """The Taylor series of x**a up to t**k. Raises DomainError where there is none."""
        try:
            if not self.prime:
                return self._held(x, _real_power(_inexact(x), a, k))
            if a.denominator > 1:
                raise DomainError(say("a root is not exact"))
            n, p = a.numerator, self.prime
            if k == 0:
                return [pow(int(x), n, p)]
            return [_binomial(n, j) * pow(int(x), n - j, p) % p if j <= n or n < 0 else 0 for j in range(k + 1)]
        except (ZeroDivisionError, OverflowError, ValueError) as error:
            raise DomainError(say("a power is not defined: {error}", error=error)) from None

    def _held(self, x: Scalar, found: list[Scalar]) -> list[Scalar]:
        """What was found; where last digits are looked at, an error for a number that has none: exp(-800), 1e200^-2, 1/inf."""
        if self.jitter is not None and abs(found[0]) < SMALL and (abs(x) > FAR or x != 0 and abs(x) < 1 / FAR):
            raise DomainError(say("a number on the way is too large or too small for floating-point numbers"))
        return found

    def apply(self, series: Series, x: Scalar, k: int) -> list[Scalar]:
        """The Taylor series of a function of floating-point numbers. Raises DomainError outside its domain."""
        try:
            try:
                return self._held(x, [*series(_inexact(x), k)])
            except TypeError:  # a function of real numbers
                return [*series(ordered(x), k)]
        except (ZeroDivisionError, OverflowError, ValueError, TypeError) as error:
            raise DomainError(say("a function is not defined: {error}", error=error)) from None


def _residues(xs: list[int], n: int, k: int, p: int) -> list[list[Scalar]]:
    if not k:
        return [[pow(x, n, p) for x in xs]]
    below = [pow(x, n - 1, p) for x in xs]
    return [[x * y % p for x, y in zip(xs, below, strict=True)], [n * y % p for y in below]]


def residues(rng: random.Random, count: int) -> list[Scalar]:
    """Random numbers modulo the prime that are not zero: each is `rng.randrange(1, PRIME)`, in fewer calls."""
    bits, found = rng.getrandbits, list[Scalar]()
    for _ in range(count):
        x = bits(_BITS)
        while x >= PRIME - 1:
            x = bits(_BITS)
        found.append(x + 1)
    return found


def ordered(x: Scalar) -> float:
    """A scalar as a real number, where rounding alone has left it an imaginary part. Raises TypeError for other complex numbers."""
    if isinstance(x, complex) and abs(x.imag) > REALNESS * abs(x):
        raise TypeError("a complex number is neither small nor large")
    return float(x.real)


_INVERSE = Fraction(-1)
REAL, EXACT = Ring(), Ring(PRIME)


def _inexact(x: Scalar) -> float:
    """A scalar as a floating-point number, which may be complex: everything here is arithmetic that both have."""
    return x if isinstance(x, complex) else float(x)


def _real_power(x: float, a: Fraction, k: int) -> list[Scalar]:
    if a.denominator == 1:
        n = a.numerator
        return [math.comb(n, j) * x ** (n - j) if 0 <= j <= n else _below(n, j, x) for j in range(k + 1)]
    if isinstance(x, complex):
        off_cut(x)
    elif x <= 0 and not (x == 0 and a > k):
        raise DomainError(say("a root of a number that is not positive"))
    e = float(a)
    return [c * x ** (e - j) for j, c in enumerate(binomials(e, k))]


def _below(n: int, j: int, x: float) -> float:
    return float(_binomial(n, j)) * x ** (n - j) if n < 0 else 0.0


def _binomial(n: int, j: int) -> int:
    """The generalised binomial coefficient for any whole n."""
    return math.comb(n, j) if n >= 0 else (-1) ** j * math.comb(j - n - 1, j)
