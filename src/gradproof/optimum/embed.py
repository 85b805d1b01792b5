"""Where one product of factors stands within another one."""

from __future__ import annotations

from collections.abc import Iterator

from gradproof.engine.contract import symmetry
from gradproof.engine.tensor import Factor

EMBEDDINGS = 500  # steps to find one product in another


def embeddings(
    pattern: list[Factor], target: list[Factor], outer: frozenset[int]
) -> Iterator[tuple[dict[int, int], list[Factor]]]:
    """All ways in which a product stands in another one, whose rest meets it at the `outer` indices only."""
    budget = [EMBEDDINGS]

    def search(k: int, places: dict[int, int], left: list[Factor]) -> Iterator[tuple[dict[int, int], list[Factor]]]:
        budget[0] -= 1
        if budget[0] < 0:
            return
        if k == len(pattern):
            inner = {j for i, j in places.items() if i not in outer}
            if len(set(places.values())) == len(places) and not any(inner.intersection(g[1]) for g in left):
                yield places, left
            return
        t, own, e = pattern[k]
        for g in left:
            if g[0] is not t or g[2] != e:
                continue
            orders = [g[1], g[1][::-1]] if len(own) == 2 and symmetry(t) == 1 else [g[1]]
            for order in orders:
                new = dict(places)
                if all(new.setdefault(i, j) == j for i, j in zip(own, order, strict=True)):
                    yield from search(k + 1, new, [h for h in left if h is not g])

    yield from search(0, {}, list(target))
