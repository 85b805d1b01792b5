"""Little arrays that have a declared structure: what is drawn is made symmetric, definite, orthogonal, …"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from gradproof.errors import DomainError
from gradproof.numeric.little import Algebra
from gradproof.numeric.plans import Flat, Shape
from gradproof.numeric.ring import REAL, Ring
from gradproof.say import say


def _symmetric(ring: Ring, a: Flat, n: int) -> Flat:
    return [a[max(i, j) * n + min(i, j)] for i in range(n) for j in range(n)]


def _antisymmetric(ring: Ring, a: Flat, n: int) -> Flat:
    return [a[i * n + j] if i > j else -a[j * n + i] if i < j else 0 for i in range(n) for j in range(n)]


def _toeplitz(ring: Ring, a: Flat, n: int) -> Flat:
    first = [*a[:n][::-1], *a[n::n]] if n else []
    return [first[n - 1 + i - j] for i in range(n) for j in range(n)]


def _psd(ring: Ring, a: Flat, n: int) -> Flat:
    """A sum of squares; in exact arithmetic, where nothing is positive, symmetric is as general as that."""
    if ring.exact:
        return a
    return [
        sum(x * y for x, y in zip(a[i * n : i * n + n], a[j * n : j * n + n], strict=True)) / n
        for i in range(n)
        for j in range(n)
    ]


def _posdef(ring: Ring, a: Flat, n: int) -> Flat:
    return a if ring.exact else [x + 0.5 * (i // n == i % n) for i, x in enumerate(a)]


def _orthogonal(ring: Ring, a: Flat, n: int) -> Flat:
    """Cayley's (I - S)*inv(I + S), with one row of the other sign, so that the determinant is -1 as often as 1."""
    algebra = Algebra(ring)
    s = _antisymmetric(ring, a, n)
    unit = [int(i == j) for i in range(n) for j in range(n)]
    plus = algebra.constant((n, n), [x + y for x, y in zip(unit, s, strict=True)])
    minus = algebra.constant((n, n), [x - y for x, y in zip(unit, s, strict=True)])
    flat = algebra.contract(minus, algebra.inverse(plus), "ij,jk->ik").value
    return [-x if i < n and int(a[0] * 1000) % 2 else x for i, x in enumerate(flat)]


def _circulant(ring: Ring, a: Flat, n: int) -> Flat:
    return [a[(i - j) % n * n] for i in range(n) for j in range(n)]


LINEAR: dict[str, Callable[[Ring, Flat, int], Flat]] = {
    "toeplitz": _toeplitz,
    "circulant": _circulant,
    "symmetric": _symmetric,
    "antisymmetric": _antisymmetric,
    "lower": lambda ring, a, n: [x if i // n >= i % n else 0 for i, x in enumerate(a)],
    "upper": lambda ring, a, n: [x if i // n <= i % n else 0 for i, x in enumerate(a)],
}

_OTHER: dict[str, Callable[[Ring, Flat, int], Flat]] = {"psd": _psd, "posdef": _posdef, "orthogonal": _orthogonal}


def _onehot(ring: Ring, a: Flat) -> Flat:
    return [int(i == int(a[0] * 1000) % len(a)) for i in range(len(a))]


def _simplex(ring: Ring, a: Flat) -> Flat:
    one = ring.reciprocal(*ring.reduce([sum(a)]))
    return [x * one for x in a]


def _unit(ring: Ring, a: Flat) -> Flat:
    """The point of the unit sphere that a line through a pole meets, which is rational."""
    square = sum(x * x for x in a[:-1])
    one = ring.reciprocal(*ring.reduce([square + 1]))
    return [*(2 * x * one for x in a[:-1]), (square - 1) * one]


VECTORS: dict[str, Callable[[Ring, Flat], Flat]] = {
    "onehot": _onehot,
    "simplex": _simplex,
    "sumone": lambda ring, a: [*a[1:], 1 - sum(a[1:])],
    "unit": _unit,
}


def structured(ring: Ring, flat: Flat, shape: Shape, facts: Iterable[str]) -> Flat:
    """A square matrix with these facts."""
    m, n = shape
    for fact, make in (*LINEAR.items(), *_OTHER.items()):
        if fact in facts:
            if m != n:
                return _rectangular(flat, shape, fact)
            flat = ring.reduce(make(ring, flat, n))
    return flat


def of_complex(entries: Iterable[complex], shape: Shape, facts: Iterable[str]) -> Flat:
    """Complex entries of an array with these facts, where they are facts of complex arrays; the others are left out."""
    flat = cast("Flat", list(entries))
    if len(shape) != 2:
        return flat
    (m, n), facts = shape, frozenset(facts)
    own = bool(facts & {"hermitian", "psd", "posdef"})
    flat = structured(REAL, flat, shape, facts & LINEAR.keys() - ({"symmetric"} if own else set()))
    if not own or m != n:
        return flat
    if not facts & {"psd", "posdef"}:
        return [(flat[i * n + j] + flat[j * n + i].conjugate()) / 2 for i in range(n) for j in range(n)]
    rows = [flat[i * n : i * n + n] for i in range(n)]
    found = [sum(x * y.conjugate() for x, y in zip(a, b, strict=True)) / n for a in rows for b in rows]
    return _posdef(REAL, found, n) if "posdef" in facts else found


def _rectangular(flat: Flat, shape: Shape, fact: str) -> Flat:
    """Triangles and constant diagonals of a matrix that is not square."""
    n = shape[1]
    at = [(i // n, i % n) for i in range(len(flat))]
    if fact == "toeplitz":
        first = {i - j: x for (i, j), x in zip(at, flat, strict=True)}
        return [first[i - j] for i, j in at]
    keep = {"lower": lambda i, j: i >= j, "upper": lambda i, j: i <= j}.get(fact)
    if keep is None:
        raise DomainError(say("a matrix that is not square is not {fact}", fact=fact))
    return [x if keep(i, j) else 0 for (i, j), x in zip(at, flat, strict=True)]
