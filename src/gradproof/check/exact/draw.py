"""Points in exact numbers: random residues, or the digits of a point of floats, with the facts that are declared of the variables."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gradproof.exact.scalars import PRIME, Digits, NotExact, Residue
from gradproof.exact.values import exact, inverse
from gradproof.notation.expr import Symbol
from gradproof.numeric import bare as np

Array = Any
Make = Callable[[Array], Array]

# facts that an open set of arrays has, or of the arrays with the other facts: what holds there holds for residues everywhere
OPEN = frozenset({"positive", "nonneg", "posdef", "psd", "invertible", "integer", "constant", "fullrank", "distinct", "stable"})  # fmt: skip


def _toeplitz(M: Array) -> Array:
    m, n = M.shape
    return np.resize(M, m + n - 1)[np.subtract.outer(np.arange(m), np.arange(n)) + n - 1]


def _circulant(M: Array) -> Array:
    at = np.subtract.outer(np.arange(len(M)), np.arange(len(M)))
    return np.resize(M, len(M))[np.where(at < 0, at + len(M), at)]


LINEAR: Mapping[str, Make] = {
    "toeplitz": _toeplitz,
    "circulant": _circulant,
    "symmetric": lambda M: (M + M.T) / 2,
    "antisymmetric": lambda M: (M - M.T) / 2,
    "lower": np.tril,
    "upper": np.triu,
}


def _cayley(M: Array) -> Array:
    """A random orthogonal matrix."""
    one, skew = exact(type(M[0, 0]), np.eye(len(M))), (M - M.T) / 2
    return inverse(one + skew) @ (one - skew)


def _on_sphere(x: Array) -> Array:
    """The point of the unit sphere that a line through a pole meets."""
    square = (x[:-1] * x[:-1]).sum() if len(x) > 1 else x[0] * 0
    return np.append(x[:-1] * 2, square - 1) / (square + 1)


CURVED: Mapping[str, Make] = {
    "orthogonal": _cayley,
    "unit": _on_sphere,
    "simplex": lambda x: x / x.sum(),
    "sumone": lambda x: x / x.sum(),
}


def residues(symbols: Iterable[Symbol], sizes: Mapping[str, int], rng: random.Random) -> dict[str, Any]:
    """Random residues for every variable. Raises NotExact for facts that are not known here."""
    values: dict[str, Any] = {}
    for s in symbols:
        axes = tuple(d.evaluate(sizes) for d in s.type.dims)
        entries = np.Array(axes, [Residue(rng.randrange(1, PRIME)) for _ in range(math.prod(axes))])
        values[s.name] = _with_facts(entries, s.facts) if axes else entries.item()
    return values


def _with_facts(entries: Array, facts: frozenset[str]) -> Array:
    curved = facts & CURVED.keys()
    if facts - OPEN - LINEAR.keys() - CURVED.keys() - {"diagonal"} or (curved and facts - OPEN - curved):
        raise NotExact("no exact values are known that have " + ", ".join(sorted(facts)))
    for fact, make in (*LINEAR.items(), *CURVED.items()):
        entries = make(entries) if fact in facts else entries
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
    for fact in ("symmetric", "antisymmetric"):
        a = LINEAR[fact](a) if fact in facts and np.ndim(a) == 2 else a
    if "orthogonal" in facts and np.ndim(a) == 2:
        one = exact(Digits, np.eye(len(a)))
        for _ in range(8):  # each step doubles the digits
            a = a @ (one * 3 - a.T @ a) / 2
            for entry in np.ravel(a):
                entry.r = entry.r * 0
    if "unit" in facts:
        a = a / (a * a).sum().apply("sqrt")
    return a / a.sum() if facts & {"simplex", "sumone"} else a
