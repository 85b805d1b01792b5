"""Flat vectors for variables: how the entries of each are told by free numbers, and how derivatives follow.

plain      all entries, row by row
symmetric  the lower triangle, row by row; the derivative by an entry beside the diagonal is that of both
posdef     X = L*L' with a lower triangular L: its entries below the diagonal, and the logarithms of those on it (Cholesky)
"""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol

import numpy as np

from gradproof.errors import UnsupportedError
from gradproof.facts import FACTS, SIGNS, in_order, sense
from gradproof.facts.basic import SYMMETRIC
from gradproof.notation.expr import Symbol
from gradproof.numeric.arrays import real
from gradproof.records import dataclass
from gradproof.say import say

Array = Any


class Chart(Protocol):
    """Free numbers t for a variable: its value, and the chain rule once and twice."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    @property
    def said(self) -> str:
        """What they are, in words."""
        ...

    def value(self, t: Array, xp: Any = np) -> Array:
        """The variable, in the arrays of NumPy, of JAX or of PyTorch (`xp`)."""
        ...

    def numbers(self, x: Array) -> Array:
        """The free numbers of a value."""
        ...

    def pull(self, t: Array, g: Array) -> Array:
        """The derivative by t, for the derivative by the variable."""
        ...

    def push(self, t: Array, v: Array) -> Array:
        """How the variable moves when t moves along v."""
        ...

    def pull_moved(self, t: Array, v: Array, g: Array, dg: Array) -> Array:
        """How `pull` moves when t moves along v, and g by dg."""
        ...


@dataclass(frozen=True)
class AllEntries:
    """All entries."""

    shape: tuple[int, ...]
    said: str = "all entries, row by row"

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def value(self, t: Array, xp: Any = np) -> Array:
        return t.reshape(self.shape)[()]

    def numbers(self, x: Array) -> Array:
        return np.ravel(floating(x))

    def pull(self, t: Array, g: Array) -> Array:
        return np.ravel(g)

    def push(self, t: Array, v: Array) -> Array:
        return self.value(v)

    def pull_moved(self, t: Array, v: Array, g: Array, dg: Array) -> Array:
        return np.ravel(dg)


@dataclass(frozen=True)
class Symmetric:
    """The lower triangle of a symmetric matrix."""

    n: int
    said: str = "the lower triangle, row by row"

    @property
    def size(self) -> int:
        return self.n * (self.n + 1) // 2

    def value(self, t: Array, xp: Any = np) -> Array:
        return t[_places(self.n)]

    def numbers(self, x: Array) -> Array:
        return floating(x)[np.tril_indices(self.n)]

    def pull(self, t: Array, g: Array) -> Array:
        return (g + g.T - np.diag(np.diag(g)))[np.tril_indices(self.n)]

    def push(self, t: Array, v: Array) -> Array:
        return self.value(v)

    def pull_moved(self, t: Array, v: Array, g: Array, dg: Array) -> Array:
        return self.pull(t, dg)


@dataclass(frozen=True)
class Cholesky:
    """A positive definite matrix by its Cholesky factor, whose diagonal is given by logarithms."""

    n: int
    said: str = "X = L*L': the lower triangle of L, row by row, with the logarithms of its diagonal (Cholesky)"

    @property
    def size(self) -> int:
        return self.n * (self.n + 1) // 2

    def _factor(self, t: Array, xp: Any = np) -> Array:
        places = t[_places(self.n)]
        below, diagonal = xp.asarray(np.tri(self.n, k=-1) > 0), xp.asarray(np.eye(self.n) > 0)
        return xp.where(diagonal, xp.exp(xp.where(diagonal, places, 0)), xp.where(below, places, 0))

    def _moved(self, low: Array, v: Array) -> Array:
        d = np.tril(v[_places(self.n)])
        np.fill_diagonal(d, np.diag(d) * np.diag(low))
        return d

    def value(self, t: Array, xp: Any = np) -> Array:
        low = self._factor(t, xp)
        return low @ low.T

    def numbers(self, x: Array) -> Array:
        low = np.linalg.cholesky(floating(x))
        np.fill_diagonal(low, np.log(np.diag(low)))
        return low[np.tril_indices(self.n)]

    def pull(self, t: Array, g: Array) -> Array:
        low = self._factor(t)
        by = (g + g.T) @ low
        np.fill_diagonal(by, np.diag(by) * np.diag(low))
        return by[np.tril_indices(self.n)]

    def push(self, t: Array, v: Array) -> Array:
        low = self._factor(t)
        d = self._moved(low, v)
        return d @ low.T + low @ d.T

    def pull_moved(self, t: Array, v: Array, g: Array, dg: Array) -> Array:
        low = self._factor(t)
        d = self._moved(low, v)
        by, moved = (g + g.T) @ low, (dg + dg.T) @ low + (g + g.T) @ d
        np.fill_diagonal(moved, np.diag(moved) * np.diag(low) + np.diag(by) * np.diag(d))
        return moved[np.tril_indices(self.n)]


def floating(x: Any) -> Array:
    """An array of floating-point numbers; single precision is kept. Raises DomainError for complex ones."""
    x = np.asarray(x)
    real("v", np.iscomplexobj(x))
    return x if x.dtype == np.float32 else x.astype(float, copy=False)


@cache
def _places(n: int) -> Array:
    """For each entry of a symmetric matrix its place in the lower triangle, row by row."""
    low = np.zeros((n, n), dtype=int)
    low[np.tril_indices(n)] = np.arange(n * (n + 1) // 2)
    return low + np.tril(low, -1).T


ENTRIES = SIGNS | {"fullrank"} | {f.name for f in FACTS if f.regular or f.fixed}  # facts that leave all entries free


def chart(s: Symbol, shape: tuple[int, ...]) -> Chart:
    """The free numbers of a variable. Raises UnsupportedError where its facts have none here."""
    if sense(s.facts).definite == 2:
        return Cholesky(shape[0])
    others = [f.name for f in in_order(s.facts) if f.name not in ENTRIES]
    if others == [*SYMMETRIC]:
        return Symmetric(shape[0])
    if others:
        raise UnsupportedError(
            say("{name} is declared {fact}, and no free numbers are known for that here", name=s.name, fact=others[-1]),
            hint=say("write it by what is free, such as softmax(z) for a vector on the simplex"),
        )
    return AllEntries(shape)
