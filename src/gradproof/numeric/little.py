"""Little arrays of truncated power series, without NumPy: what verification computes with.

A formula is evaluated at x + e1*u1 + e2*u2 + …, where e_i**(d_i + 1) = 0: the coefficient of e1**d1*e2**d2*… is its derivative along the
directions u, exactly, with no step. `Little` holds one flat list of scalars for each monomial in e (None where it is zero).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from operator import add, attrgetter, mul, sub

from gradproof.budget import room, tick
from gradproof.errors import DomainError
from gradproof.numeric.plans import Chain, Flat, PairPlan, Product, Shape, chain, entrywise, pair_plan, sloped
from gradproof.numeric.ring import Ring, Scalar
from gradproof.ops.series import Series, log
from gradproof.records import dataclass
from gradproof.say import say

EXPANDED = 9  # rows of a singular matrix whose determinant is expanded


class Little:
    """An array of series: its shape, and its entries row by row for each monomial."""

    __slots__ = ("parts", "shape")

    def __init__(self, shape: Shape, parts: list[Flat | None]):
        self.shape, self.parts = shape, parts

    @property
    def value(self) -> Flat:
        """The entries without their derivatives."""
        return self.parts[0] or [0] * math.prod(self.shape)

    @property
    def moves(self) -> bool:
        """Whether it depends on any e."""
        return self.parts[1:].count(None) < len(self.parts) - 1

    def each(self, part: Callable[[Scalar], Scalar]) -> Little:
        """A real-linear function of each entry."""
        return Little(self.shape, [None if p is None else [part(x) for x in p] for p in self.parts])


_ONE = Fraction(1)
_SHAPE = attrgetter("shape")
LARGE = 1e60  # numbers whose powers are still numbers


@dataclass(frozen=True)
class Algebra:
    """Arithmetic on little arrays over a ring; `degrees`: the highest power of each e."""

    ring: Ring
    degrees: tuple[int, ...] = ()

    @cached_property
    def monomials(self) -> list[tuple[int, ...]]:
        """The exponents of each part."""
        room(math.prod(d + 1 for d in self.degrees), "a series")
        return list(itertools.product(*(range(d + 1) for d in self.degrees)))

    @cached_property
    def count(self) -> int:
        """How many parts a series has."""
        return len(self.monomials)

    @cached_property
    def short(self) -> bool:
        """Whether there are values alone, or with one slope, whose last digits are left as they are."""
        return self.count < 3 and self.ring.jitter is None

    @cached_property
    def _units(self) -> list[int]:
        """The place of each e."""
        return [
            self.monomials.index(tuple(int(i == k) for k in range(len(self.degrees)))) for i in range(len(self.degrees))
        ]

    @cached_property
    def _none(self) -> list[None]:
        """The parts of what does not move, but the first."""
        return [None] * (self.count - 1)

    @cached_property
    def _pairs(self) -> list[list[tuple[int, int]]]:
        place = {m: i for i, m in enumerate(self.monomials)}
        return [
            [(place[a], place[tuple(x - y for x, y in zip(m, a, strict=True))]) for a in _below(m)]
            for m in self.monomials
        ]

    @property
    def total(self) -> int:
        """The highest total degree."""
        return sum(self.degrees)

    # -- making arrays

    def constant(self, shape: Shape, entries: Flat) -> Little:
        return Little(shape, [entries, *self._none])

    def number(self, value: Fraction) -> Little:
        return self.constant((), [self.ring.number(value)])

    def moved(self, shape: Shape, entries: Flat, directions: dict[int, Flat]) -> Little:
        """x + sum of e_i*u_i: `directions` gives u_i by i."""
        parts: list[Flat | None] = [entries, *self._none]
        for i, u in directions.items():
            parts[self._units[i]] = u
        return Little(shape, parts)

    # -- linear

    def gather(self, a: Little, shape: Shape, places: Sequence[int]) -> Little:
        """The entries at these places; -1 is a zero."""
        parts: list[Flat | None] = []
        whole = -1 not in places
        for p in a.parts:
            parts.append(
                None if p is None else [p[i] for i in places] if whole else [p[i] if i >= 0 else 0 for i in places]
            )
        return Little(shape, parts)

    def reshape(self, a: Little, shape: Shape) -> Little:
        return a if a.shape == shape else Little(shape, a.parts)

    def spread(self, a: Little, shape: Shape) -> Little:
        """A scalar at every entry."""
        n = math.prod(shape)
        return a if a.shape == shape else Little(shape, [None if p is None else p * n for p in a.parts])

    def scaled(self, c: Scalar, a: Little) -> Little:
        """A number times every entry."""
        return Little(a.shape, [None if p is None else self.ring.reduce([c * x for x in p]) for p in a.parts])

    def combine(self, terms: Sequence[tuple[Scalar, Little]], shape: Shape) -> Little:
        """A weighted sum; scalars are added to every entry."""
        total: list[Flat | None] = [None] * self.count
        for c, a in terms:
            for i, p in enumerate((a if a.shape == shape else self.spread(a, shape)).parts):
                if p is not None:
                    old = total[i]
                    if old is None:
                        total[i] = p if c == 1 else [c * x for x in p]
                    elif c == 1:
                        total[i] = list(map(add, old, p))
                    elif c == -1:
                        total[i] = list(map(sub, old, p))
                    else:
                        total[i] = list(map(add, old, [c * x for x in p]))
        if self.ring.plain:
            return Little(shape, total)
        return Little(shape, [None if p is None else self.ring.reduce(p) for p in total])

    # -- products

    def times(self, a: Little, b: Little) -> Little:
        """Entry by entry; scalars meet every entry."""
        shape = a.shape or b.shape
        x = a.parts if a.shape == shape else self.spread(a, shape).parts
        y = b.parts if b.shape == shape else self.spread(b, shape).parts
        return Little(shape, self._product(x, y, entrywise))

    def contract(self, a: Little, b: Little, pattern: str) -> Little:
        """Two arrays by letters: "ij,jk->ik". Letters of the result stand there once, and in an argument."""
        tick()
        plan = pair_plan(pattern, a.shape, b.shape)
        return Little(plan.shape, self._planned(a, b, plan))

    def _planned(self, a: Little, b: Little, plan: PairPlan) -> list[Flat | None]:
        if self.short:
            return plan.sloped(a.parts, b.parts, self.ring.prime)
        return self._product(a.parts, b.parts, plan.run)

    def _product(self, x: list[Flat | None], y: list[Flat | None], times: Product) -> list[Flat | None]:
        ring = self.ring
        if self.short:
            return sloped(times, x, y, ring.prime)
        parts: list[Flat | None] = []
        for pairs in self._pairs:
            total: list[Scalar] | None = None
            for i, j in pairs:
                p, q = x[i], y[j]
                if p is not None and q is not None:
                    product = times(p, q, 0)
                    total = product if total is None else list(map(add, total, product))
            parts.append(None if total is None else ring.reduce(total))
        return parts

    def einsum(self, arrays: Sequence[Little], letters: Sequence[str], out: str) -> Little:
        """Any number of arrays by letters; a letter of `out` stands there once, and in an argument."""
        if not arrays:
            return self.number(_ONE)
        how = chain(tuple(letters), tuple(map(_SHAPE, arrays)), out)
        if len(how[1]) == 1 and how[0] is None and self.short:  # as most are
            i, j, plan = how[1][0]
            if j > 0:
                return Little(plan.shape, plan.sloped(arrays[i].parts, arrays[j].parts, self.ring.prime))
        return self.chained(arrays, how)

    def chained(self, arrays: Sequence[Little], how: Chain) -> Little:
        """The same where it is known how: two at a time."""
        diagonals, steps = how
        left = list(arrays)
        if diagonals is not None:
            left = [a if d is None else self.gather(a, *d) for a, d in zip(arrays, diagonals, strict=True)]
        for i, j, plan in steps:
            if j >= 0:
                b = left.pop(j)  # behind the other
                parts = self._planned(left.pop(i), b, plan)
            elif self.ring.jitter is None:
                prime = self.ring.prime
                parts = [None if p is None else plan.alone(p, prime) for p in left.pop(i).parts]
            else:  # as of any product, the last digits change
                parts = self._product(left.pop(i).parts, self.constant((), [1]).parts, plan.run)
            left.append(Little(plan.shape, parts))
        return left[0]

    # -- functions of each entry

    def map(self, a: Little, series: Callable[[Scalar, int], list[Scalar]]) -> Little:
        """A function of each entry, from its Taylor series."""
        k = self.total if a.moves else 0
        return self._composed(
            a, k, [self.ring.reduce(list(c)) for c in zip(*(series(x, k) for x in a.value), strict=True)]
        )

    def _composed(self, a: Little, k: int, columns: Sequence[Flat]) -> Little:
        """A function of each entry from the coefficients of its Taylor series, a list for each power up to k."""
        if not columns:
            return a
        if k < 2:
            if not k:
                return Little(a.shape, [columns[0], *a.parts[1:]])
            slopes, reduce = columns[1], self.ring.reduce
            first = [None if p is None else reduce(list(map(mul, slopes, p))) for p in a.parts[1:]]
            return Little(a.shape, [columns[0], *first])
        small = Little(a.shape, [None, *a.parts[1:]])
        total = self.constant(a.shape, columns[k])
        for c in reversed(columns[:k]):
            total = self.times(total, small)
            total.parts[0] = c
        return total

    def apply(self, a: Little, series: Series) -> Little:
        sizes = self._sizes(a) if series is log else []
        if self.ring.plain and not sizes:
            k = self.total if a.moves else 0
            try:  # of real numbers inside the domain; for others all is done one by one, and errors are named
                return self._composed(
                    a, k, [[*c] for c in zip(*[series(x, k) for x in map(float, a.value)], strict=True)]
                )
            except (ZeroDivisionError, OverflowError, ValueError, TypeError):
                pass
        found = self.map(self._scaled(a, [1 / s for s in sizes]), lambda x, k: self.ring.apply(series, x, k))
        if sizes:
            found.parts[0] = [x + math.log(s) for x, s in zip(found.value, sizes, strict=True)]
        return found

    def power(self, a: Little, e: Fraction) -> Little:
        n, over = e.as_integer_ratio()
        if over == 1 and n == 1:
            return a
        if over == 1 and n == 2:
            return self.times(a, a)
        sizes = self._sizes(a)
        if not sizes and self.ring.jitter is None:
            k = self.total if a.moves else 0
            found = self.ring.powers(a.value, n, over, k) if k < 2 else None
            if found is not None:
                return self._composed(a, k, found)
        found = self.map(self._scaled(a, [1 / s for s in sizes]), lambda x, k: self.ring.power(x, e, k))
        try:
            return self._scaled(found, [s ** float(e) for s in sizes])
        except OverflowError:
            raise DomainError(say("values are not finite, or very large")) from None

    def _sizes(self, a: Little) -> list[float]:
        """Powers of two as large as the entries, where one is so large or small that its own powers would be lost; nothing else."""
        if self.ring.exact:
            return []
        sizes = list(map(abs, a.value))
        if (sizes and min(sizes) > 1 / LARGE and sum(sizes) < LARGE) or all(
            not x or 1 / LARGE < x < LARGE for x in sizes
        ):
            return []
        return [2.0 ** max(-1000, min(1000, math.frexp(x)[1])) if math.isfinite(x) else 1.0 for x in sizes]

    def _scaled(self, a: Little, sizes: Sequence[float]) -> Little:
        """Each entry, and how it moves, times a number."""
        if not sizes:
            return a
        return Little(a.shape, [None if p is None else [x * s for x, s in zip(p, sizes, strict=True)] for p in a.parts])

    # -- square matrices

    def inverse(self, a: Little) -> Little:
        """By elimination, and the derivatives from inv(X + N) = inv(X) - inv(X)*N*inv(X + N)."""
        tick()
        n = a.shape[0]
        first = _inverse(self.ring, a.value, n)
        parts: list[Flat | None] = [first, *[None] * (len(self.monomials) - 1)]
        plan = pair_plan("ij,jk->ik", a.shape, a.shape)
        for m in range(1, len(parts)):
            total: Flat | None = None
            for i, j in self._pairs[m]:
                p, q = a.parts[i], parts[j]
                if i and p is not None and q is not None:
                    product = plan.run(p, q)
                    total = product if total is None else list(map(add, total, product))
            if total is not None:
                parts[m] = self.ring.reduce(-x for x in plan.run(first, self.ring.reduce(total)))
        return Little(a.shape, parts)

    def determinant(self, a: Little) -> Little:
        """By elimination on series; rows are exchanged for a pivot away from zero. A little matrix without one is expanded by its columns."""
        left, total, one = a, self.number(Fraction(1)), Fraction(1)
        for n in range(a.shape[0], 0, -1):
            best = max(range(n), key=lambda i: abs(left.value[i * n]))
            if not left.value[best * n]:
                if a.shape[0] > EXPANDED:
                    raise DomainError(say("the matrix is singular"))
                return self._expanded(a)
            pivot = self.gather(left, (), [best * n])
            total = self.times(total if not best else self.combine([(-1, total)], ()), pivot)
            if n > 1:  # what is left: the rows below the pivot, without their part along its row
                rows = [0 if i == best else i for i in range(1, n)]
                below = self.times(self.gather(left, (n - 1,), [i * n for i in rows]), self.power(pivot, -one))
                beside = self.gather(left, (n - 1,), range(best * n + 1, best * n + n))
                rest = self.gather(left, (n - 1, n - 1), [i * n + j for i in rows for j in range(1, n)])
                left = self.combine([(1, rest), (-1, self.contract(below, beside, "i,j->ij"))], (n - 1, n - 1))
        return total

    def _expanded(self, a: Little) -> Little:
        """A determinant without a division: minors of the first rows, by their columns."""
        n = a.shape[0]
        minors: dict[tuple[int, ...], Little] = {(): self.number(Fraction(1))}
        for i in range(n):
            tick()
            row = [self.gather(a, (), [i * n + j]) for j in range(n)]
            minors = {
                columns: self.combine(
                    [
                        ((-1) ** (i + k), self.times(row[j], minors[columns[:k] + columns[k + 1 :]]))
                        for k, j in enumerate(columns)
                    ],
                    (),
                )
                for columns in itertools.combinations(range(n), i + 1)
            }
        return minors[tuple(range(n))]


def _below(m: tuple[int, ...]) -> list[tuple[int, ...]]:
    return list(itertools.product(*(range(d + 1) for d in m)))


def _inverse(ring: Ring, entries: Flat, n: int) -> Flat:
    """Gauss and Jordan, with pivots."""
    rows = [[*entries[i * n : i * n + n], *[0] * i, 1, *[0] * (n - 1 - i)] for i in range(n)]
    prime = ring.prime
    for k in range(n):
        column = [abs(row[k]) for row in rows[k:]]
        best = k + column.index(max(column))
        rows[k], rows[best] = rows[best], rows[k]
        if not rows[k][k]:
            raise DomainError(say("the matrix is singular"))
        over = ring.reciprocal(rows[k][k])
        rows[k] = pivots = [over * x % prime for x in rows[k]] if prime else ring.reduce([over * x for x in rows[k]])
        for i, row in enumerate(rows):
            c = row[k]
            if i == k or not c:
                continue
            if prime:
                rows[i] = [(x - c * y) % prime for x, y in zip(row, pivots, strict=True)]
            else:
                rows[i] = ring.reduce([x - c * y for x, y in zip(row, pivots, strict=True)])
    return [x for row in rows for x in row[n:]]


@lru_cache(maxsize=64)
def algebra_over(ring: Ring, degrees: tuple[int, ...] = ()) -> Algebra:
    """The arithmetic over a ring that changes no last digits, made once: what it knows of its series is kept."""
    return Algebra(ring, degrees)
