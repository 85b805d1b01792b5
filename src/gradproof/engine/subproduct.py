"""Products inside of products: where X'*X, flat among other factors, is what an inverse stands beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradproof.engine.contract import symmetry
from gradproof.engine.tensor import Contraction, Factor, Tensor

MOST = 6  # factors of a product that is looked for


def found_at(
    a: Tensor, axis: int, index: int, beside: Sequence[Factor], factors: Sequence[Factor], out: tuple[int, ...]
) -> tuple[list[Factor], int] | None:
    """The factors of a product that are the matrix `a` with this axis at an index, which they and `beside` alone have, and the index of the other axis."""
    parts, ends = _parts(a)
    if not parts or index in out or not {id(p[0]) for p in parts} <= {id(f[0]) for f in factors}:
        return None
    start = {ends[axis]: index}
    rest = [f for f in factors if not any(f is b for b in beside)]
    for used, at in _matches(parts, start, rest):
        inner = {at[i] for i in at if i not in ends}
        alone = not inner & set(out) and not any(
            (inner | {index}) & set(f[1]) for f in rest if not any(f is u for u in used)
        )
        if alone and at[ends[1 - axis]] not in inner | {index}:
            return used, at[ends[1 - axis]]
    return None


def _parts(a: Tensor) -> tuple[list[Factor], tuple[int, ...]]:
    """The factors of a matrix, and the indices at its ends; no factors where it is none that is looked for."""
    if not isinstance(a, Contraction):
        return [(a, (0, 1), 1)], (0, 1)
    ends = {i for f in a.factors for i in f[1]} >= {*a.out}  # ones(m)*u' has nothing at its first
    simple = a.coefficient == 1 and 0 < len(a.factors) <= MOST and a.out[0] != a.out[1] and ends
    return (list(a.factors) if simple and all(f[1] for f in a.factors) else []), a.out


def _matches(
    parts: list[Factor], at: dict[int, int], factors: list[Factor]
) -> Iterator[tuple[list[Factor], dict[int, int]]]:
    """Ways to find all of these parts among the factors, with the indices that they have there."""
    if not parts:
        yield [], at
        return
    part = next((p for p in parts if any(i in at for i in p[1])), None)
    if part is None:
        return
    t, indices, e = part
    left = [p for p in parts if p is not part]
    for f in factors:
        if f[0] is not t or f[2] != e:
            continue
        for places in dict.fromkeys((f[1], f[1][::-1]) if symmetry(t) == 1 else (f[1],)):
            new = dict(at)
            if all(new.setdefault(i, p) == p for i, p in zip(indices, places, strict=True)):
                if len(set(new.values())) < len(new):
                    continue
                for used, found in _matches(left, new, [g for g in factors if g is not f]):
                    yield [f, *used], found
