"""Dimensions: names, numbers, and their sums and products, kept as integer polynomials.

`dim("m*n") is dim("n*m")`: a dimension is interned, so equal is identical.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gradproof.errors import DomainError, ParseError
from gradproof.patterns import pattern
from gradproof.say import say

Monomial = tuple[str, ...]  # the names, sorted; () is the constant term


class Dim:
    """An integer polynomial in the names of dimensions. Make one with `dim`."""

    __slots__ = ("terms", "text", "key", "__weakref__")
    terms: tuple[tuple[Monomial, int], ...]
    text: str  # as it is written: "n", "3", "m*n", "n + 1"
    key: int  # a hash that is the same in every process

    def __repr__(self) -> str:
        return f"dim({self.text!r})"

    def __str__(self) -> str:
        return self.text

    def __reduce__(self):
        return dim, (self.text,)

    def __mul__(self, other: Dim) -> Dim:
        total: dict[Monomial, int] = {}
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
        return self.terms[0][1] if len(self.terms) == 1 and self.terms[0][0] == () else None

    @property
    def name(self) -> str | None:
        """Its name where it is a single name, else None."""
        if len(self.terms) != 1:
            return None
        names, c = self.terms[0]
        return names[0] if len(names) == 1 and c == 1 else None

    @property
    def names(self) -> frozenset[str]:
        """All names in it."""
        return frozenset(n for names, _ in self.terms for n in names)

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
            product = dim(c)
            for n in names:
                product = product * (values[n] if n in values else dim(n))
            total = total + product
        return total

    def evaluate(self, sizes: Mapping[str, int]) -> int:
        """The number it is when the names have these sizes. Raises KeyError for a name without a size."""
        total = 0
        for names, c in self.terms:
            for n in names:
                c *= sizes[n]
            total += c
        return total

    def length(self, sizes: Mapping[str, int]) -> int:
        """The same, as the length of an axis. Raises DomainError where it is negative."""
        n = self.evaluate(sizes)
        if n < 0:
            raise DomainError(say("the size {size} is {value} there: no dimension is negative", size=self, value=n))
        return n


_interned: dict[tuple[tuple[Monomial, int], ...], Dim] = {}
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


def product(dims: Iterable[Dim]) -> Dim:
    """The product of several dimensions; the number 1 of none."""
    total = dim(1)
    for d in dims:
        total = total * d
    return total


def _make(total: Mapping[Monomial, int]) -> Dim:
    terms = tuple(sorted((names, c) for names, c in total.items() if c))
    found = _interned.get(terms)
    if found is None:
        found = object.__new__(Dim)
        found.terms, found.text = terms, _text(terms)
        found.key = int.from_bytes(found.text.encode()[:64], "little") % ((1 << 61) - 1)
        found = _interned.setdefault(terms, found)
    return found


def _text(terms: tuple[tuple[Monomial, int], ...]) -> str:
    parts = []
    for names, c in sorted(terms, key=lambda t: (-len(t[0]), t[0])):
        factors = [str(abs(c))] if abs(c) != 1 or not names else []
        parts.append((" - " if c < 0 else " + ") + "*".join([*factors, *names]))
    if not parts:
        return "0"
    first, *rest = parts
    return ("-" if first.startswith(" - ") else "") + first[3:] + "".join(rest)


def _parse(text: str) -> Dim:
    if _NAME.match(text):
        return _make({(text,): 1})
    total = _make({})
    for sign, part in re.findall(r"([+-]?)\s*([^+-]+)", text.strip()) or [("", "")]:
        factor = dim(-1 if sign == "-" else 1)
        for word in part.split("*"):
            word = word.strip()
            if not (word.isdecimal() or _NAME.match(word)):
                raise ParseError(
                    say("'{text}' is not a dimension", text=text),
                    hint=say("a dimension is a name, a number, or a sum or product of these: n, 3, m*n, n+1"),
                )
            factor = factor * (_make({(): int(word)}) if word.isdecimal() else _make({(word,): 1}))
        total = total + factor
    return total
