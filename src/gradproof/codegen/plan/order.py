"""In which order the factors of a product are multiplied: the cheapest, by a model of what arrays cost.

Times are in nanoseconds on one core, rough on purpose: what matters is that a matrix product is cheap for what it computes, that a product with
a vector, entry by entry or outer is bound by memory, and that every operation has a price of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from math import prod
from typing import NamedTuple

CALL = 700.0  # one operation
ENTRY = 0.6  # one entry read or written, from memory
GEMM = 0.03  # one multiplication and addition in a matrix product
GEMV = 0.4  # the same in a product with a vector
EXACT = 6  # so many factors are ordered exactly, by dynamic programming; longer products by opt_einsum
SLACK, LOOSE = 1.02, 1.3  # how much dearer the order from outside inwards may be

Tree = int | tuple["Tree", "Tree"]  # the number of a factor, or the product of two
Letters = frozenset[int]


def pair_cost(a: Letters, b: Letters, result: Letters, size: Mapping[int, int]) -> float:
    """What the product of two arrays costs, summed over the indices that are not in the result."""
    alone = sum(ENTRY * volume(x, size) for x, y in ((a, b), (b, a)) if x - y - result)
    a, b = a & (b | result), b & (a | result)
    shared = a & b
    summed, batch = shared - result, shared & result
    total = CALL + alone + ENTRY * volume(result, size)
    if not summed:
        return total
    work, free = volume(a | b, size), bool(a - shared) + bool(b - shared)
    if batch and free:
        return total + CALL * volume(batch, size) ** 0.5 + 4 * GEMM * work
    if free == 2:
        return total + GEMM * work
    return total + (ENTRY if batch else GEMV) * work


def volume(indices: Letters, size: Mapping[int, int]) -> float:
    """The number of entries."""
    return float(prod(size[i] for i in indices))


def best_tree(
    factors: Sequence[Letters], out: Letters, size: Mapping[int, int], dear: Sequence[float], tags: Sequence[int]
) -> Tree:
    """The cheapest order: from the outer indices inwards where that costs no more, so that chains which begin alike have their beginnings in common.

    `dear`: for each factor what it costs to have its array when it meets anything but one vector or matrix (an inverse), else 0;
    `tags`: equal for equal arrays.
    """
    if len(factors) == 1:
        return 0
    key = tuple(factors), out, tuple(sorted(size.items())), tuple(dear), tuple(tags)
    return _best(*key)


@lru_cache(4096)
def _best(
    factors: tuple[Letters, ...],
    out: Letters,
    sizes: tuple[tuple[int, int], ...],
    dear: tuple[float, ...],
    tags: tuple[int, ...],
) -> Tree:
    size = dict(sizes)
    cost, tree = _inwards(factors, out, size, dear, tags)
    if len(factors) <= EXACT:
        best, other = _exact(factors, out, size, dear)
        return tree if cost <= SLACK * best else other
    if any(dear):
        return tree
    other = _long(factors, out, size)
    return tree if cost <= LOOSE * tree_cost(other, factors, out, size) else other


class _Grouping(NamedTuple):
    """A factor or a product of some, while an order is sought."""

    tree: Tree
    letters: Letters
    dear: float
    tag: int


def _inwards(
    factors: Sequence[Letters], out: Letters, size: Mapping[int, int], dear: Sequence[float], tags: Sequence[int]
) -> tuple[float, Tree]:
    """The cheapest pair first; of equally cheap ones, one at the outer indices. Weights inside a chain wait until the chain has come to them.

    A product that was made before, on the other side of a chain, is there already.
    """
    live = {
        k: _Grouping(k, f, d, hash((tag, len(f))))
        for k, (f, d, tag) in enumerate(zip(factors, dear, tags, strict=True))
    }
    prices: dict[tuple[int, int], tuple[float, bool]] = {}
    total, fresh, made = 0.0, len(factors), set()
    while len(live) > 1:
        many = Counter(i for part in live.values() for i in part.letters)
        pairs = _meeting(live) or list(combinations(live, 2))
        for i, j in pairs:
            if (i, j) not in prices:
                prices[i, j] = _price(live[i], live[j], many, out, size), not (live[i].letters | live[j].letters) & out
        ranks = {}
        for p in pairs:
            a, b = live[p[0]], live[p[1]]
            price = CALL if a.tag + b.tag in made else prices[p][0]
            ranks[p] = (_waits(a.letters, b.letters, many, out), price, prices[p][1], p)
        one, two = min(ranks, key=ranks.__getitem__)
        a, b = live.pop(one), live.pop(two)
        total += ranks[one, two][1]
        live[fresh] = _Grouping((a.tree, b.tree), _left(a.letters, b.letters, many, out), 0.0, a.tag + b.tag)
        made.add(a.tag + b.tag)
        prices = {p: v for p, v in prices.items() if one not in p and two not in p}
        fresh += 1
    return total, next(iter(live.values())).tree


def _meeting(live: Mapping[int, _Grouping]) -> list[tuple[int, int]]:
    """The pairs that share an index, in order."""
    holders: dict[int, list[int]] = {}
    for k, part in live.items():
        for i in part.letters:
            holders.setdefault(i, []).append(k)
    return sorted({pair for at in holders.values() for pair in combinations(at, 2)})


def _waits(a: Letters, b: Letters, many: Mapping[int, int], out: Letters) -> bool:
    """Whether a pair is a vector that weighs a matrix somewhere inside a chain between two outer indices."""
    return (
        len(out) > 1
        and min(len(a), len(b)) == 1 < max(len(a), len(b))
        and not (a | b) & out
        and any(many[i] > 2 for i in a & b)
    )


def _left(a: Letters, b: Letters, many: Mapping[int, int], out: Letters) -> Letters:
    """The indices of a product: those of the result, or of others."""
    return frozenset(i for i in a | b if i in out or many[i] > (i in a) + (i in b))


def _price(a: _Grouping, b: _Grouping, many: Mapping[int, int], out: Letters, size: Mapping[int, int]) -> float:
    result = _left(a.letters, b.letters, many, out)
    cost = pair_cost(a.letters, b.letters, result, size)
    return cost + sum(
        one.dear for one, other in ((a, b), (b, a)) if one.dear and not _solvable(one.letters, other.letters, result)
    )


def tree_cost(tree: Tree, factors: Sequence[Letters], out: Letters, size: Mapping[int, int]) -> float:
    """What an order costs."""
    total = 0.0

    def visit(t: Tree, outside: Letters) -> Letters:
        nonlocal total
        if isinstance(t, int):
            return factors[t]
        one, two = (visit(t[0], outside | _all(t[1], factors)), visit(t[1], outside | _all(t[0], factors)))
        result = (one | two) & outside
        total += pair_cost(one, two, result, size)
        return result

    visit(tree, out)
    return total


def _all(t: Tree, factors: Sequence[Letters]) -> Letters:
    return factors[t] if isinstance(t, int) else _all(t[0], factors) | _all(t[1], factors)


def _exact(
    factors: Sequence[Letters], out: Letters, size: Mapping[int, int], dear: Sequence[float]
) -> tuple[float, Tree]:
    whole = (1 << len(factors)) - 1
    left: dict[int, Letters] = {}
    for mask in range(1, whole + 1):
        inside = frozenset().union(*(f for k, f in enumerate(factors) if mask >> k & 1))
        outside = out.union(*(f for k, f in enumerate(factors) if not mask >> k & 1))
        left[mask] = inside & outside
    best: dict[int, tuple[float, Tree]] = {1 << k: (0.0, k) for k in range(len(factors))}
    for mask in sorted(left, key=int.bit_count):
        for one in _halves(mask):
            two = mask ^ one
            cost = (
                best[one][0]
                + best[two][0]
                + pair_cost(_open(one, factors, left), _open(two, factors, left), left[mask], size)
            )
            for single, other in ((one, two), (two, one)):
                if (
                    single.bit_count() == 1
                    and dear[single.bit_length() - 1]
                    and not _solvable(factors[single.bit_length() - 1], left[other], left[mask])
                ):
                    cost += dear[single.bit_length() - 1]
            if mask not in best or cost < best[mask][0]:
                best[mask] = (cost, (best[one][1], best[two][1]))
    return best[whole]


def _open(mask: int, factors: Sequence[Letters], left: Mapping[int, Letters]) -> Letters:
    """The indices of a part: all of a factor, what is left of a product."""
    return factors[mask.bit_length() - 1] if mask.bit_count() == 1 else left[mask]


def _solvable(inverse: Letters, other: Letters, result: Letters) -> bool:
    """Whether the product of an inverse and another array is the solution of a linear system."""
    met = inverse & other
    return len(inverse) == 2 and len(met) == 1 and not met & result


def _halves(mask: int) -> Iterator[int]:
    """Every way to split a set in two, once each: the part that holds the lowest member."""
    low = mask & -mask
    rest = mask ^ low
    sub = rest
    while sub:
        sub = (sub - 1) & rest
        yield low | sub


def _long(factors: Sequence[Letters], out: Letters, size: Mapping[int, int]) -> Tree:
    import opt_einsum  # numbers are needed only here

    letters = {i: opt_einsum.get_symbol(k) for k, i in enumerate(size)}
    spelled = (
        ",".join("".join(letters[i] for i in sorted(f)) for f in factors)
        + "->"
        + "".join(letters[i] for i in sorted(out))
    )
    shapes = [tuple(size[i] for i in sorted(f)) for f in factors]
    path, _ = opt_einsum.contract_path(spelled, *shapes, shapes=True, optimize="auto")
    parts: list[Tree] = list(range(len(factors)))
    for step in path:
        taken = [parts[k] for k in sorted(step)]
        parts = [p for k, p in enumerate(parts) if k not in step]
        joined = taken[0]
        for t in taken[1:]:
            joined = (joined, t)
        parts.append(joined)
    return parts[0]
