"""Dimensions by unification over the whole formula.

A dimension that was declared, or is a number, is rigid. Every other one starts as an unknown, a name that nobody can type, and is bound when
two axes meet. Products of dimensions (kron, vec) are solved by dividing common factors; what cannot be solved yet waits, and what
never fits is an error. A name that stands only in eye(n) or ones(n) is weak: it holds against unknowns and gives way to what was declared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import count
from math import gcd, lcm

from gradproof.parse.dimension import product, times
from gradproof.shapes.dims import Dim, added, dim, scaled, side

_LETTERS = "m n p q r k l s t u v w".split()
_ZERO, _ONE = dim(0), dim(1)
_MARK = "ⁿ"  # begins the names of unknowns; no name that is typed can hold it


class Sizes:
    """What is known of the dimensions of one formula."""

    def __init__(self, weak: Collection[str] = ()):
        self.made = 0
        self.bound: dict[Dim, Dim] = {}
        self.weak = set(map(dim, weak))
        self.given_way: dict[Dim, Dim] = {}  # weak names that were bound
        self.factors: dict[Dim, tuple[Dim, ...]] = {}  # what products were made of, slowest first
        self.summands: dict[Dim, tuple[Dim, ...]] = {}  # what sums were made of, in order
        self.waiting: list[tuple[Dim, Dim, int]] = []
        self.guessed: list[int] = []  # the nodes that fit in more than one way

    def fresh(self) -> Dim:
        """A new unknown. The same names serve every formula, so that few dimensions are ever made."""
        self.made += 1
        return dim(f"{_MARK}{self.made}")

    def unknown(self, d: Dim) -> bool:
        """Whether this is a single unknown, not yet bound."""
        return d.text[0] == _MARK and d not in self.bound and d.name is not None

    def now(self, d: Dim) -> Dim:
        """What is known of it now."""
        bound = self.bound
        if not bound:
            return d
        if d in bound:
            path = []
            while d in bound:
                path.append(d)
                d = bound[d]
            for step in path[:-1]:
                bound[step] = d
        terms = d.terms
        if len(terms) == 1 and (not terms[0][0] or (len(terms[0][0]) == 1 and terms[0][1] == 1)):
            return d
        known = {name: self.now(dim(name)) for name in d.names}
        if all(value.name == name for name, value in known.items()):
            return d
        total = _ZERO
        for names, c in terms:
            total = total + scaled(product(known[name] for name in names), c)
        return total

    def made_of(self, dims: Sequence[Dim]) -> Dim:
        """The product of several dimensions, the slowest first."""
        total = product(map(self.now, dims))
        if len(dims) > 1:
            self.factors[total] = tuple(factor for d in dims for factor in self.factors.get(d, (d,)))
        return total

    def sum_of(self, dims: Sequence[Dim]) -> Dim:
        """The sum of several dimensions, in the order in which they follow one another."""
        found = added([self.now(d) for d in dims])
        self.summands[found] = tuple(part for d in dims for part in self.summands.get(self.now(d), (d,)))
        return found

    def equal(self, a: Dim, b: Dim, node: int) -> bool:
        """Make two dimensions equal; False where they can't be. `node` is remembered for what has to wait."""
        if a is b:
            return True
        old, a, b = (a, b, node), self.now(a), self.now(b)
        if a.name is None and b.name is None:
            one, two = side(a), side(b)
            if one is not None and two is not None and (a.number is None or b.number is None):
                return self.equal(one, two, node)
        found = a is b or self._bind(a, b) or self._bind(b, a) or self._solve(*_reduced(a, b))
        if found is None:
            self.waiting.append(old)
        return found is not False

    def _bind(self, a: Dim, b: Dim) -> bool:
        if a.text[0] == _MARK and a.name is not None and a.text not in b.names:
            self.bound[a] = b
            return True
        return False

    def _solve(self, a: Dim, b: Dim) -> bool | None:
        """The same for products without common factors; None where it has to wait."""
        if a is b or self._bind(a, b) or self._bind(b, a):
            return True
        unknown = {n for n in (*a.names, *b.names) if n[0] == _MARK}
        for one, other in ((a, b), (b, a)):
            if not unknown and one in self.weak and other not in self.weak and one.text not in other.names:
                self.bound[one] = self.given_way[one] = other
                return True
            if one is _ONE and len(other.terms) == 1 and other.terms[0][1] == 1 and other.names == unknown:
                self.bound.update(dict.fromkeys(map(dim, unknown), _ONE))
                return True
        single = a in self.weak or b in self.weak
        return None if unknown or (not single and any(dim(n) in self.weak for n in (*a.names, *b.names))) else False

    def settle(self) -> int | None:
        """Solve what had to wait; the node whose dimensions can't be equal, or None."""
        while self.waiting:
            waiting, self.waiting, known = self.waiting, [], len(self.bound)
            for a, b, node in waiting:
                if not self.equal(a, b, node):
                    return node
            if self.waiting and len(self.bound) == known and not self._guess():
                return self.waiting[0][2]
        return None

    def _guess(self) -> bool:
        """Where a product of unknowns equals another product, take their factors in order: vec(W)'*kron(x,y)."""
        first, second, node = self.waiting[0]
        self.guessed.append(node)
        left, right = (self.factors.get(d) or self.summands.get(d, ()) for d in (first, second))
        known = len(self.bound)
        if len(left) == len(right) and not all(self.equal(x, y, node) for x, y in zip(left, right, strict=True)):
            return False
        if len(self.bound) > known:
            return True
        a, b = _reduced(self.now(first), self.now(second))
        for one, other in ((a, b), (b, a)):
            names, given = (d.terms[0][0] if len(d.terms) == 1 else () for d in (one, other))
            unknown = next((n for n in names if n[0] == _MARK), None)
            if unknown and given:
                self.bound[dim(unknown)] = dim(given[0])
                return True
        return False

    def name(self, dims: Iterable[Dim], taken: Collection[str]) -> None:
        """Give the unknowns among these dimensions names, in order: n where there is one, else m, n, p, q, …, none that is taken."""
        wanted = {n: None for d in dims for n in self._unknown_names(d)}
        letters = ["n", *_LETTERS] if len(wanted) == 1 else _LETTERS
        pool = (f"{letter}{i or ''}" for i in count() for letter in letters if f"{letter}{i or ''}" not in taken)
        used: set[str] = set()
        for name in wanted:
            good = next(letter for letter in pool if letter not in used)
            used.add(good)
            self.bound[dim(name)] = dim(good)

    def _unknown_names(self, d: Dim) -> list[str]:
        d = self.now(d)
        return [n for names, _ in d.terms for n in names if n[0] == _MARK]


def _reduced(a: Dim, b: Dim) -> tuple[Dim, Dim]:
    """Both without their common factors."""
    whole = lcm(*(c.denominator for _, c in (*a.terms, *b.terms)))
    a, b = scaled(a, whole), scaled(b, whole)
    common: Counter[str] | None = None
    divisor = 0
    for names, c in (*a.terms, *b.terms):
        common = Counter(names) if common is None else common & Counter(names)
        divisor = gcd(divisor, c.numerator)
    if not common and divisor == 1:
        return a, b
    return _divided(a, common or Counter(), divisor), _divided(b, common or Counter(), divisor)


def _divided(d: Dim, common: Counter[str], divisor: int) -> Dim:
    total = _ZERO
    for names, c in d.terms:
        total = total + times(
            dim(c.numerator // divisor), product(map(dim, sorted((Counter(names) - common).elements())))
        )
    return total
