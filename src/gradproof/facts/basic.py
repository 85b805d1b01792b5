"""The facts that matrix notation has signs for, as sets to give to a variable: X' = X, x ≥ 0, x > 0, X ⪰ 0, X ≻ 0. Other modules make variables with these, and no others;
what a variable has they ask `sense` for.
"""

from __future__ import annotations

from gradproof.facts import closed

SYMMETRIC = closed(frozenset({"symmetric"}))
NOT_NEGATIVE = closed(frozenset({"nonneg"}))
ABOVE_ZERO = closed(frozenset({"positive"}))
SEMIDEFINITE = closed(frozenset({"psd"}))
DEFINITE = closed(frozenset({"posdef"}))
