"""The laws of unit vectors: entries are 0 and 1, two places at one index are none, their sum is 1."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.contract import contract, zero
from gradproof.engine.tensor import Apply, Factor, Tensor
from gradproof.shapes.dims import Dim


def _place(t: Tensor) -> int:
    return t.op.place if isinstance(t, Apply) else 0


def unit_vectors(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """e_k.*e_k is e_k, e_j.*e_k is 0, sum(e_k) is 1."""
    units = [f for f in factors if _place(f[0])]
    if not units:
        return None
    places: dict[int, int] = {}
    for t, (i,), _ in units:
        if places.setdefault(i, _place(t)) != _place(t):
            return zero(tuple(dims[i] for i in out))
    kept = [(t, i, 1 if _place(t) and e > 0 else e) for t, i, e in factors]
    used = [i for f in kept for i in f[1]]
    kept = [f for f in kept if not (_place(f[0]) and f[2] == 1 and used.count(f[1][0]) == 1 and f[1][0] not in out)]
    return contract(coefficient, kept, out, {i: dims[i] for i in out}) if kept != factors else None
