"""The laws of unit vectors: entries are 0 and 1, two places at one index are none, their sum is 1. And that of the imaginary unit: its square is -1."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.contract import contract, zero
from gradproof.engine.tensor import Apply, Exponent, Factor, Tensor
from gradproof.ops import IUNIT
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


def imaginary_units(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """i^2 is -1: a product keeps i once, or not at all."""
    whole = sum(int(e) for t, _, e in factors if _is_unit(t, e))
    mine = [f for f in factors if _is_unit(f[0], f[2])]
    if not mine or (len(mine) == 1 and whole == 1):
        return None
    rest = [f for f in factors if f not in mine] + ([(mine[0][0], (), 1)] if whole % 2 else [])
    return contract(coefficient * (-1 if whole % 4 in (2, 3) else 1), rest, out, {i: dims[i] for i in out})


def _is_unit(t: Tensor, exponent: Exponent) -> bool:
    return isinstance(t, Apply) and t.op is IUNIT and Fraction(exponent).denominator == 1
