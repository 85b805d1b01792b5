"""How products of little arrays are put together, by their letters and sizes: worked out once for each pattern."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from operator import mul

from gradproof.budget import tick
from gradproof.errors import DomainError
from gradproof.numeric.ring import Scalar
from gradproof.records import dataclass
from gradproof.say import say

WORK = 2_000_000  # products that are made at once, at most

Flat = list[Scalar]

Shape = tuple[int, ...]


class TooLarge(DomainError):
    """An array that is not little: no proof is tried with it."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Rows of the one array and of the other whose inner products are the entries of the result."""

    shape: Shape
    left: list[list[int]]
    right: list[list[int]]
    pairs: list[tuple[int, int]]
    inner: bool

    def run(self, a: Flat, b: Flat) -> Flat:
        if not self.inner:
            x, y = [a[row[0]] for row in self.left], [b[row[0]] for row in self.right]
            return [x[i] * y[j] for i, j in self.pairs]
        rows, cols = [[a[t] for t in row] for row in self.left], [[b[t] for t in row] for row in self.right]
        return [sum(map(mul, rows[i], cols[j])) for i, j in self.pairs]


@lru_cache(maxsize=4096)
def pair_plan(pattern: str, a: Shape, b: Shape) -> _Plan:
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
    return _Plan(shape, left, right, list(zip(i, j, strict=True)), bool(summed))


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
