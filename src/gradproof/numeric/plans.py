"""How products of little arrays are put together, by their letters and sizes: worked out once for each pattern."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import add, itemgetter, mul

from gradproof.budget import tick
from gradproof.errors import DomainError
from gradproof.numeric.ring import Scalar
from gradproof.records import dataclass
from gradproof.say import say

WORK = 2_000_000  # products that are made at once, at most

Flat = list[Scalar]
Gather = Callable[[Flat], Sequence[Scalar]]  # some entries of an array

Shape = tuple[int, ...]


Product = Callable[[Flat, Flat, int], Flat]  # of two arrays' entries, modulo a prime where there is one


class TooLarge(DomainError):
    """An array that is not little: no proof is tried with it."""


def entrywise(a: Flat, b: Flat, prime: int) -> Flat:
    """The product of each entry with its partner."""
    return [x * y % prime for x, y in zip(a, b, strict=True)] if prime else list(map(mul, a, b))


def sloped(times: Product, x: Sequence[Flat | None], y: Sequence[Flat | None], prime: int) -> list[Flat | None]:
    """The product of values, or of values with one slope each; None is zero."""
    p, q = x[0], y[0]
    value = None if p is None or q is None else times(p, q, prime)
    if len(x) < 2:
        return [value]
    u, v = x[1], y[1]
    if p is None or v is None:
        return [value, None if u is None or q is None else times(u, q, prime)]
    if u is None or q is None:
        return [value, times(p, v, prime)]
    first, second = times(p, v, 0), times(u, q, 0)
    if prime:
        return [value, [(a + b) % prime for a, b in zip(first, second, strict=True)]]
    return [value, list(map(add, first, second))]


@dataclass(frozen=True, slots=True)
class PairPlan:
    """Rows of the one array and of the other whose inner products are the entries of the result; where nothing is summed, one row of each."""

    shape: Shape
    left: tuple[Gather, ...]
    right: tuple[Gather, ...]
    pairs: list[tuple[int, int]] | None  # which rows meet; None: each with each, in order
    inner: bool

    def run(self, a: Flat, b: Flat, prime: int = 0) -> Flat:
        """The entries of the product, modulo a prime where one is given."""
        pairs = self.pairs
        if not self.inner:
            x, y = self.left[0](a), self.right[0](b)
            if prime:
                return (
                    [p * q % prime for p in x for q in y] if pairs is None else [x[i] * y[j] % prime for i, j in pairs]
                )
            return [p * q for p in x for q in y] if pairs is None else [x[i] * y[j] for i, j in pairs]
        left, right = self.left, self.right
        if pairs is not None:
            rows, cols = [g(a) for g in left], [g(b) for g in right]
            found = [sum(map(mul, rows[i], cols[j])) for i, j in pairs]
            return [x % prime for x in found] if prime else found
        if len(left) == 1:
            row = left[0](a)
            if len(right) == 1:
                total = sum(map(mul, row, right[0](b)))
                return [total % prime if prime else total]
            return (
                [sum(map(mul, row, g(b))) % prime for g in right]
                if prime
                else [sum(map(mul, row, g(b))) for g in right]
            )
        cols = [g(b) for g in right]
        if len(cols) == 1:
            col = cols[0]
            return (
                [sum(map(mul, g(a), col)) % prime for g in left] if prime else [sum(map(mul, g(a), col)) for g in left]
            )
        rows = [g(a) for g in left]
        if prime:
            return [sum(map(mul, r, c)) % prime for r in rows for c in cols]
        return [sum(map(mul, r, c)) for r in rows for c in cols]

    def sloped(self, x: Sequence[Flat | None], y: Sequence[Flat | None], prime: int) -> list[Flat | None]:
        """The product of values, or of values with one slope each; None is zero. As `sloped`, with each row taken once."""
        p, q = x[0], y[0]
        if len(x) < 2 or p is None or q is None or self.pairs is not None or not self.inner:
            return sloped(self.run, x, y, prime)
        u, v = x[1], y[1]
        rows, cols = [g(p) for g in self.left], [g(q) for g in self.right]
        value = _each(rows, cols, prime)
        if v is None:
            return [value, None if u is None else _each([g(u) for g in self.left], cols, prime)]
        more = [g(v) for g in self.right]
        if u is None:
            return [value, _each(rows, more, prime)]
        moved = [g(u) for g in self.left]
        slope = map(add, _each(rows, more, 0), _each(moved, cols, 0))
        return [value, [a % prime for a in slope] if prime else list(slope)]

    def alone(self, a: Flat, prime: int) -> Flat:
        """The same where the other array is the number one."""
        if not self.inner:
            return [*self.left[0](a)]
        return [sum(g(a)) % prime for g in self.left] if prime else [sum(g(a)) for g in self.left]


def _each(rows: list[Sequence[Scalar]], cols: list[Sequence[Scalar]], prime: int) -> Flat:
    """The inner products of each row with each column."""
    if len(cols) == 1:
        col = cols[0]
        return [sum(map(mul, r, col)) % prime for r in rows] if prime else [sum(map(mul, r, col)) for r in rows]
    if prime:
        return [sum(map(mul, r, c)) % prime for r in rows for c in cols]
    return [sum(map(mul, r, c)) for r in rows for c in cols]


@lru_cache(maxsize=4096)
def pair_plan(pattern: str, a: Shape, b: Shape) -> PairPlan:
    """How two arrays of these shapes are multiplied, by letters. Raises TooLarge."""
    inputs, out = pattern.split("->")
    x, y = inputs.split(",")
    sizes = dict(zip(x + y, a + b, strict=True))
    summed = "".join(c for c in dict.fromkeys(x + y) if c not in out)
    shape = tuple(sizes[c] for c in out)
    inner = math.prod(sizes[c] for c in summed)
    if (work := math.prod(shape) * max(1, inner)) > WORK:
        raise TooLarge(say("a sum of {work} products is too large for a proof", work=work))
    ours, theirs = ("".join(c for c in out if c in names) for names in (x, y))
    left, right = _rows(x, a, ours, summed, sizes), _rows(y, b, theirs, summed, sizes)
    all_out = list(itertools.product(*(range(n) for n in shape)))
    i, j = (_ranks(out, names, all_out, sizes) for names in (ours, theirs))
    pairs = list(zip(i, j, strict=True))
    rows = [tuple(map(_gather, places if summed else [list(map(itemgetter(0), places))])) for places in (left, right)]
    each = pairs == list(itertools.product(range(len(left)), range(len(right))))
    return PairPlan(shape, rows[0], rows[1], None if each else pairs, bool(summed))


def _gather(places: list[int]) -> Gather:
    """The entries at these places: a slice where they are evenly spaced."""
    if len(places) < 2:
        return itemgetter(slice(places[0], places[0] + 1) if places else slice(0, 0))
    step = places[1] - places[0]
    even = step > 0 and all(b - a == step for a, b in itertools.pairwise(places))
    return itemgetter(slice(places[0], places[-1] + 1, step)) if even else itemgetter(*places)


def _rows(names: str, shape: Shape, kept: str, summed: str, sizes: dict[str, int]) -> list[list[int]]:
    """For every index of the kept letters, the places that the summed letters run through."""
    inner = tuple(sizes[c] for c in summed)
    places = _places(names, shape, kept + summed, (*(sizes[c] for c in kept), *inner))
    n = math.prod(inner)
    return (
        [places[i : i + n] for i in range(0, len(places), n)]
        if n
        else [[] for _ in range(math.prod(sizes[c] for c in kept))]
    )


def _places(names: str, shape: Shape, letters: str, sizes: Shape) -> list[int]:
    """The place in an array with these axes for every index of the letters; axes that are not among them are at 0."""
    strides: dict[str, int] = {}
    step = 1
    for c, n in zip(reversed(names), reversed(shape), strict=True):
        strides[c] = strides.get(c, 0) + step
        step *= n
    places = [0]
    for c, n in zip(letters, sizes, strict=True):
        tick()
        places = [p + i * strides.get(c, 0) for p in places for i in range(n)]
    return places


def _ranks(out: str, names: str, indices: list[tuple[int, ...]], sizes: dict[str, int]) -> list[int]:
    """The number of each index among those of some letters."""
    at = [out.index(c) for c in names]
    ranks = []
    for index in indices:
        rank = 0
        for k, c in zip(at, names, strict=True):
            rank = rank * sizes[c] + index[k]
        ranks.append(rank)
    return ranks


Diagonal = tuple[Shape, list[int]]


@lru_cache(maxsize=4096)
def order(
    letters: tuple[str, ...], shapes: tuple[Shape, ...], out: str
) -> tuple[list[Diagonal | None] | None, list[tuple[int, int, str]]]:
    """How arrays are multiplied, two at a time: diagonals that are taken first, where there are any, and the places of each two with their letters; -1 is a one."""
    sizes = {x: n for names, shape in zip(letters, shapes, strict=True) for x, n in zip(names, shape, strict=True)}
    diagonals: list[Diagonal | None] = []
    left: list[str] = []
    for names, shape in zip(letters, shapes, strict=True):
        distinct = "".join(dict.fromkeys(names))
        own = tuple(sizes[x] for x in distinct)
        diagonals.append(None if distinct == names else (own, _places(names, shape, distinct, own)))
        left.append(distinct)
    steps = []
    while len(left) > 1:
        i, j = _cheapest(left, out, sizes)
        y, x = left.pop(j), left.pop(i)
        kept = (
            "".join(c for c in dict.fromkeys(x + y) if c in out or any(c in names for names in left)) if left else out
        )
        steps.append((i, j, f"{x},{y}->{kept}"))
        left.append(kept)
    if left[0] != out:
        steps.append((0, -1, f"{left[0]},->{out}"))
    return diagonals if any(d is not None for d in diagonals) else None, steps


Chain = tuple[list[Diagonal | None] | None, list[tuple[int, int, PairPlan]]]


@lru_cache(maxsize=4096)
def chain(letters: tuple[str, ...], shapes: tuple[Shape, ...], out: str) -> Chain:
    """The same with the plan of each product."""
    diagonals, steps = order(letters, shapes, out)
    left = [own if d is None else d[0] for own, d in zip(shapes, diagonals or (None,) * len(shapes), strict=True)]
    found = []
    for i, j, pattern in steps:
        b = left.pop(j) if j >= 0 else ()
        plan = pair_plan(pattern, left.pop(i), b)
        found.append((i, j, plan))
        left.append(plan.shape)
    return diagonals, found


def _cheapest(letters: list[str], out: str, sizes: dict[str, int]) -> tuple[int, int]:
    """The two arrays whose product is the cheapest to make: their places, in order."""
    if len(letters) == 2:
        return 0, 1
    best, least = (0, 1), math.inf
    for i, j in itertools.combinations(range(min(len(letters), 12)), 2):
        others = out + "".join(names for k, names in enumerate(letters) if k not in (i, j))
        both = set(letters[i] + letters[j])
        work = math.prod(sizes[c] for c in both)
        kept = math.prod(sizes[c] for c in both if c in others)
        if (cost := work + 4 * kept) < least:
            best, least = (i, j), cost
    return best
