"""Dimensions: names, numbers, and their sums and products, kept as polynomials; n*(n+1)/2 is one whose value is always whole.

`dim("m*n") is dim("n*m")`: a dimension is interned, so equal is identical.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from itertools import product as product_of
from math import isqrt, lcm, prod

from gradproof.errors import DomainError, ParseError
from gradproof.patterns import pattern
from gradproof.say import say

Monomial = tuple[str, ...]  # the names, sorted; () is the constant term
Coefficient = int | Fraction
Sizes = Mapping[str, int]  # of the dimensions, by name


class Dim:
    """A polynomial in the names of dimensions. Make one with `dim`."""

    __slots__ = ("terms", "text", "key", "names", "__weakref__")
    terms: tuple[tuple[Monomial, Coefficient], ...]
    text: str  # as it is written: "n", "3", "m*n", "n + 1"
    key: int  # a hash that is the same in every process
    names: frozenset[str]  # all names in it

    def __repr__(self) -> str:
        return f"dim({self.text!r})"

    def __str__(self) -> str:
        return self.text

    def __reduce__(self):
        return dim, (self.text,)

    def __mul__(self, other: Dim) -> Dim:
        total: dict[Monomial, Coefficient] = {}
        for a, c in self.terms:
            for b, d in other.terms:
                names = tuple(sorted(a + b))
                total[names] = total.get(names, 0) + c * d
        return _make(total)

    def __add__(self, other: Dim) -> Dim:
        total = dict(self.terms)
        for names, c in other.terms:
            total[names] = total.get(names, 0) + c
        return _make(total)

    @property
    def number(self) -> int | None:
        """Its value where it is a number, else None."""
        if not self.terms:
            return 0
        c = self.terms[0][1] if len(self.terms) == 1 and self.terms[0][0] == () else None
        return c if isinstance(c, int) else None

    @property
    def name(self) -> str | None:
        """Its name where it is a single name, else None."""
        if len(self.terms) != 1:
            return None
        names, c = self.terms[0]
        return names[0] if len(names) == 1 and c == 1 else None

    @property
    def differs(self) -> bool:
        """Whether it is a difference such as n - 5, which is no length where it comes out negative."""
        return any(c < 0 for _, c in self.terms)

    @property
    def public(self) -> str | int:
        """As users see it: a number or a text."""
        number = self.number
        return self.text if number is None else number

    def substitute(self, values: Mapping[str, Dim]) -> Dim:
        """The dimension with some names replaced by dimensions."""
        if not (self.names & values.keys()):
            return self
        total = _make({})
        for names, c in self.terms:
            product = _make({(): c})
            for n in names:
                product = product * (values[n] if n in values else dim(n))
            total = total + product
        return total

    def evaluate(self, sizes: Mapping[str, int]) -> int:
        """The number it is when the names have these sizes. Raises KeyError for a name without a size."""
        if self.text in sizes:  # a name alone
            return sizes[self.text]
        total: Coefficient = 0
        for names, c in self.terms:
            for n in names:
                c *= sizes[n]
            total += c
        return int(total)

    def length(self, sizes: Mapping[str, int]) -> int:
        """The same, as the length of an axis. Raises DomainError where it is negative."""
        n = self.evaluate(sizes)
        if n < 0:
            raise DomainError(say("the size {size} is {value} there: no dimension is negative", size=self, value=n))
        return n


_interned: dict[tuple[tuple[Monomial, Coefficient], ...], Dim] = {}
_by_text: dict[str | int, Dim] = {}
_NAME = pattern(r"[^\W\d]\w*\Z")


def dim(value: str | int | Dim) -> Dim:
    """The dimension that a name, a number or a text like "m*n" or "n + 1" stands for.

    Raises ParseError where the text is none of these, or a number is negative.

    >>> dim("n*m") is dim("m*n")
    True
    """
    if isinstance(value, Dim):
        return value
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ParseError(
            say("a dimension is a name or a number, not {type}", type=type(value).__name__),
            hint=say('"n", 3, "m*n" or "n + 1"'),
        )
    found = _by_text.get(value)
    if found is None:
        found = _by_text[value] = _make({(): value}) if isinstance(value, int) else _parse(value)
    return found


@cache
def names_in(dims: tuple[Dim | None, ...]) -> frozenset[str]:
    """The names in several dimensions, of which some may be unknown."""
    return frozenset().union(*[d.names for d in dims if d is not None])


def product(dims: Iterable[Dim]) -> Dim:
    """The product of several dimensions; the number 1 of none."""
    total = dim(1)
    for d in dims:
        total = total * d
    return total


def scaled(d: Dim, c: Coefficient) -> Dim:
    """The dimension times a number."""
    return d if c == 1 else d * _make({(): c})


@cache
def triangle(d: Dim) -> Dim:
    """How many entries a triangle with its diagonal has: n*(n+1)/2."""
    return d * (d + dim(1)) * _make({(): Fraction(1, 2)})


@cache
def side(d: Dim) -> Dim | None:
    """The n of n*(n+1)/2, where the dimension is one; else None.

    >>> side(dim("n*(n+1)/2"))
    dim('n')
    """
    if d.number is not None:
        n = dim((isqrt(8 * d.number + 1) - 1) // 2)
        return n if triangle(n) is d else None
    squares = {names: c for names, c in d.terms if len(names) == 2}
    root = _make({})
    for (a, b), c in squares.items():
        scale = isqrt(int(2 * c)) if a == b and c > 0 else 0
        root = root + dim(scale) * dim(a)
    linear = {names[0]: c for names, c in d.terms if len(names) == 1}
    for name in root.names:  # the constant in it, by the linear term: (2*c + 1)*scale/2
        scale = next(c for names, c in root.terms if names == (name,))
        shift = (2 * linear.get(name, 0) / Fraction(scale) - 1) / 2
        if shift.denominator == 1 and triangle(root + dim(int(shift))) is d:
            return root + dim(int(shift))
    return None


def added(dims: Iterable[Dim]) -> Dim:
    """The sum of several dimensions."""
    found = _make({})
    for d in dims:
        found = found + d
    return found


def _make(total: Mapping[Monomial, Coefficient]) -> Dim:
    whole = {names: c.numerator if c.denominator == 1 else c for names, c in total.items()}
    terms = tuple(sorted((names, c) for names, c in whole.items() if c))
    found = _interned.get(terms)
    if found is None:
        found = object.__new__(Dim)
        found.terms, found.text = terms, _text(terms)
        found.names = frozenset([n for names, _ in terms for n in names])
        found.key = int.from_bytes(found.text.encode()[:64], "little") % ((1 << 61) - 1)
        found = _interned.setdefault(terms, found)
    return found


def _text(terms: tuple[tuple[Monomial, Coefficient], ...]) -> str:
    common = lcm(*(c.denominator for _, c in terms))
    if common > 1:
        return _quotient(terms, common)
    parts = []
    for names, c in sorted(terms, key=lambda t: (-len(t[0]), t[0])):
        factors = [str(abs(c))] if abs(c) != 1 or not names else []
        parts.append((" - " if c < 0 else " + ") + "*".join([*factors, *names]))
    if not parts:
        return "0"
    first, *rest = parts
    return ("-" if first.startswith(" - ") else "") + first[3:] + "".join(rest)


def _quotient(terms: tuple[tuple[Monomial, Coefficient], ...], common: int) -> str:
    """A dimension with a denominator, as n*(n + 1)/2 where it is that."""
    whole = tuple((names, (c * common).numerator) for names, c in terms)
    linear = next((names for names, c in terms if len(names) == 1 and c == Fraction(1, 2)), None)
    if linear and len(terms) == 2 and ((*linear, *linear), Fraction(1, 2)) in terms:
        return f"{linear[0]}*({linear[0]} + 1)/2"
    return f"({_text(whole)})/{common}"


def _parse(text: str) -> Dim:
    if (text.isascii() and text.isidentifier()) or _NAME.match(text):
        return _make({(text,): 1})
    if "(" in text or "/" in text:
        return _bracketed(text)
    total = _make({})
    for sign, part in re.findall(r"([+-]?)\s*([^+-]+)", text.strip()) or [("", "")]:
        factor = dim(-1 if sign == "-" else 1)
        for word in part.split("*"):
            word = word.strip()
            if not (word.isdecimal() or _NAME.match(word)):
                raise _no_dimension(text)
            factor = factor * (_make({(): int(word)}) if word.isdecimal() else _make({(word,): 1}))
        total = total + factor
    return total


_TOKEN = pattern(r"\s*([^\W\d]\w*|\d+|[-+*/()])")
_DEEP = 20  # brackets in brackets


def _bracketed(text: str) -> Dim:
    """A dimension with brackets or a division in it. Raises ParseError where it is none, or not always whole."""
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _no_dimension(text)
        tokens.append(found[1])
        at = found.end()
    total, rest = _added(tokens, text, 0)
    if rest or not is_whole(total):
        raise _no_dimension(text)
    return total


def _added(tokens: list[str], text: str, depth: int) -> tuple[Dim, list[str]]:
    total, sign = _make({}), 1
    if tokens[:1] == ["-"]:
        sign, tokens = -1, tokens[1:]
    while True:
        part, tokens = _multiplied(tokens, text, depth)
        total = total + _make({(): sign}) * part
        if tokens[:1] not in (["+"], ["-"]):
            return total, tokens
        sign, tokens = (1 if tokens[0] == "+" else -1), tokens[1:]


def _multiplied(tokens: list[str], text: str, depth: int) -> tuple[Dim, list[str]]:
    total, sign = dim(1), "*"
    while True:
        if not tokens or tokens[0] in "+-*/)" or depth > _DEEP:
            raise _no_dimension(text)
        if tokens[0] == "(":
            part, tokens = _added(tokens[1:], text, depth + 1)
            if tokens[:1] != [")"]:
                raise _no_dimension(text)
        else:
            part = dim(int(tokens[0]) if tokens[0].isdecimal() else tokens[0])
        if sign == "/":
            if not part.number:
                raise _no_dimension(text)
            part = _make({(): Fraction(1, part.number)})
        total, tokens = total * part, tokens[1:]
        if tokens[:1] not in (["*"], ["/"]):
            return total, tokens
        sign, tokens = tokens[0], tokens[1:]


def root(d: Dim) -> Dim | None:
    """The n of n*n, where the dimension is a square of one term; else None."""
    if len(d.terms) != 1:
        return None
    names, c = d.terms[0]
    found = product([dim(isqrt(int(c))), *map(dim, sorted(names)[::2])])
    return found if found * found is d else None


def is_whole(d: Dim) -> bool:
    """Whether it is a whole number for all sizes: where its denominators allow it at all small ones, by the period of a polynomial."""
    common = lcm(*(c.denominator for _, c in d.terms))
    if common == 1:
        return True
    names = sorted(d.names)
    if common ** len(names) > 10_000:
        return False
    return all(
        (sum(c * prod(dict(zip(names, at, strict=True))[n] for n in monomial) for monomial, c in d.terms)).denominator
        == 1
        for at in product_of(range(common), repeat=len(names))
    )


def _no_dimension(text: str) -> ParseError:
    return ParseError(
        say("'{text}' is not a dimension", text=text[:40]),
        hint=say("a dimension is a name, a number, or a sum or product of these: n, 3, m*n, n+1"),
    )
