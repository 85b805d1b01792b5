"""Little arrays that have a declared structure: what is drawn is made symmetric, definite, orthogonal, …"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from gradproof.errors import DomainError
from gradproof.facts import FACTS, sense, told
from gradproof.facts.basic import SYMMETRIC
from gradproof.facts.little import posdef
from gradproof.numeric.little import Algebra
from gradproof.numeric.plans import Flat, Shape
from gradproof.numeric.ring import REAL, Ring
from gradproof.say import say

LINEAR = frozenset(fact.name for fact in FACTS if fact.ties and fact.linear and fact.little is not None)
_MADE = tuple(fact for fact in FACTS if fact.little is not None)


def structured(ring: Ring, flat: Flat, shape: Shape, facts: Iterable[str]) -> Flat:
    """The entries of an array with these facts, as far as these are made for little arrays. Raises DomainError for a shape that cannot have one."""
    asked = told(frozenset(facts)) if len(shape) == 1 else frozenset(facts)  # of a vector, one alone
    for fact in _MADE:
        if fact.name in asked and (fact.on == "vector") == (len(shape) == 1):
            if not fact.fits(shape):
                raise DomainError(say("a matrix that is not square is not {fact}", fact=fact.name))
            assert fact.little is not None
            flat = ring.reduce(fact.little(Algebra(ring), flat, shape))
    return flat


def of_complex(entries: Iterable[complex], shape: Shape, facts: Iterable[str]) -> Flat:
    """Complex entries of an array with these facts, where they are facts of complex arrays; the others are left out."""
    flat = cast("Flat", list(entries))
    if len(shape) != 2:
        return flat
    (m, n), facts = shape, frozenset(facts)
    known = sense(facts)
    own = bool("hermitian" in facts or known.definite)
    flat = structured(REAL, flat, shape, facts & LINEAR - (SYMMETRIC if own else frozenset()))
    if not own or m != n:
        return flat
    if not known.definite:
        return [(flat[i * n + j] + flat[j * n + i].conjugate()) / 2 for i in range(n) for j in range(n)]
    rows = [flat[i * n : i * n + n] for i in range(n)]
    found = [sum(x * y.conjugate() for x, y in zip(a, b, strict=True)) / n for a in rows for b in rows]
    return posdef(Algebra(REAL), found, shape) if known.definite == 2 else found
