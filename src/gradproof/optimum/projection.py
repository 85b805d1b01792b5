"""Matrices that are their own square: orthogonal projections, which are positive semidefinite, as eye(n) - a*a'/(a'*a) is."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from gradproof.engine.bounds import definite
from gradproof.engine.contract import add, contract, symmetry
from gradproof.engine.tensor import Sum, Tensor
from gradproof.optimum.tidy import content, divided

TERMS = 4  # of a sum that is squared


def semidefinite_middle(t: Tensor) -> bool:
    """Whether a matrix between two halves of a product is positive semidefinite."""
    return bool(definite(t)) or is_projection(t)


@lru_cache(1000)
def is_projection(t: Tensor) -> bool:
    """Whether a symmetric sum is a positive multiple of its square."""
    if not isinstance(t, Sum) or t.order != 2 or symmetry(t) != 1 or not 1 < len(t.terms) <= TERMS:
        return False
    t = divided(t, abs(content(t)))
    assert isinstance(t, Sum)
    squared: list[tuple[Fraction, Tensor]] = []
    for c, a in t.terms:
        for d, b in t.terms:
            squared.append((c * d, contract(1, [(a, (0, 1), 1), (b, (1, 2), 1)], (0, 2))))
    left = add([*squared, *((-c, a) for c, a in t.terms)], t.axes)
    return isinstance(left, Sum) and not left.terms
