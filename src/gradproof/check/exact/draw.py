"""Points in exact numbers: random residues, or the digits of a point of floats, with the facts that are declared of the variables."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from gradproof.exact.scalars import PRIME, Digits, NotExact, Residue
from gradproof.exact.values import exact, inverse
from gradproof.facts import FACTS, TABLE, computed
from gradproof.notation.expr import Symbol
from gradproof.numeric import bare as np

Array = Any

DENSE = frozenset(fact.name for fact in FACTS if fact.dense)
LINEAR = tuple(fact for fact in FACTS if fact.ties and fact.linear)
CURVED = {fact.name: fact for fact in FACTS if fact.rational}
_RATIONAL = SimpleNamespace(
    append=np.append, eye=lambda n: exact(Residue, np.eye(n)), linalg=SimpleNamespace(inv=inverse)
)  # what these need


def residues(symbols: Iterable[Symbol], sizes: Mapping[str, int], rng: random.Random) -> dict[str, Any]:
    """Random residues for every variable. Raises NotExact for facts that are not known here."""
    values: dict[str, Any] = {}
    for s in symbols:
        axes = tuple(d.evaluate(sizes) for d in s.type.dims)
        entries = np.Array(axes, [Residue(rng.randrange(1, PRIME)) for _ in range(math.prod(axes))])
        values[s.name] = _with_facts(entries, s.facts) if axes else entries.item()
    return values


def _with_facts(entries: Array, facts: frozenset[str]) -> Array:
    curved, known = facts & CURVED.keys(), DENSE | CURVED.keys() | {fact.name for fact in LINEAR}
    if facts - known or (curved and facts - DENSE - curved):
        raise NotExact("no exact values are known that have " + ", ".join(sorted(facts)))
    for fact in LINEAR:
        entries = computed(fact.make)(np, entries) if fact.name in facts else entries
    for name in curved:
        entries = computed(CURVED[name].rational)(_RATIONAL, entries)
    return exact(Residue, entries)


def digits(symbols: Iterable[Symbol], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a point of floats, as exact numbers; declared functions as they are."""
    facts = {s.name: s.facts for s in symbols}
    return {
        name: v if callable(v) else _polished(exact(Digits, v), facts.get(name, frozenset()))
        for name, v in values.items()
    }


def _polished(a: Array, facts: frozenset[str]) -> Array:
    """Floats have a fact to 16 digits: these have it to all."""
    for fact in LINEAR:
        a = computed(fact.make)(np, a) if fact.name in facts and np.ndim(a) == 2 else a
    for name in (name for name in facts if TABLE[name].polished and np.ndim(a) == 2):
        space = SimpleNamespace(eye=lambda n: exact(Digits, np.eye(n)))
        for _ in range(8):  # each step doubles the digits
            a = computed(TABLE[name].polished)(space, a)
            for entry in np.ravel(a):
                entry.r = entry.r * 0
    totals = {TABLE[name].total for name in facts}
    if 2 in totals:
        a = a / (a * a).sum().apply("sqrt")
    return a / a.sum() if 1 in totals else a
