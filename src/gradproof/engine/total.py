"""Sums that are known to be one: of the entries of a vector on the simplex, of the squares of a unit vector, of softmax."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.contract import contract
from gradproof.engine.tensor import Apply, Factor, Tensor, Variable
from gradproof.facts import TABLE
from gradproof.shapes.dims import Dim


def _known(t: Tensor) -> set[int]:
    """The powers of a vector's entries whose sum is 1."""
    if isinstance(t, Variable):
        return {TABLE[name].total for name in t.facts} - {0}
    return {t.op.total} - {0} if isinstance(t, Apply) else set()


def added_up(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """A vector that is summed alone, whose sum is known."""
    for factor in factors:
        t, indices, e = factor
        if len(indices) != 1 or indices[0] in out or e not in _known(t):
            continue
        rest = [f for f in factors if f is not factor]
        if not any(indices[0] in f[1] for f in rest):
            return contract(coefficient, rest, out, {i: dims[i] for i in out})
    return None
