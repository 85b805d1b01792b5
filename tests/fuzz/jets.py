"""Exact derivatives by nested dual numbers: every mixed derivative up to the third order of arrays, at once.

A Jet of order k belongs to variables w_1 … w_k, one for each differentiation. `parts[S]`, for a set S of them (a bit mask), is the
derivative by the variables in S, an array of shape (p_1, …, p_k, rows, columns), with 1 for the variables that are not in S.
Everything is a matrix: scalars 1 × 1, vectors n × 1. A part that is not there is zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import mpmath
import numpy as np


class OutOfDomain(Exception):
    """The point is too near a kink or the edge of a domain to be compared at."""


@dataclass(frozen=True)
class Field:
    """The numbers that are computed with, and their functions on arrays."""

    name: str
    lift: Callable[[np.ndarray], np.ndarray]

    def apply(self, name: str, x: np.ndarray) -> np.ndarray:
        return _FUNCTIONS[self.name](name)(x)


@cache
def _float(name: str) -> Callable[[np.ndarray], np.ndarray]:
    if name in ("erf", "erfc"):
        return np.vectorize(getattr(math, name), otypes=[float])
    return getattr(np, {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}.get(name, name))


@cache
def _precise(name: str) -> Callable[[np.ndarray], np.ndarray]:
    return np.frompyfunc(getattr(mpmath, name), 1, 1)


_FUNCTIONS = {"float": _float, "precise": _precise}
FLOAT = Field("float", lambda a: np.asarray(a, float))
PRECISE = Field("precise", lambda a: np.asarray(np.frompyfunc(mpmath.mpf, 1, 1)(np.asarray(a, object)), object))
mpmath.mp.dps = 50

Parts = dict[int, np.ndarray]


@dataclass(frozen=True)
class Jet:
    field: Field
    parts: Parts

    @property
    def value(self) -> np.ndarray:
        return self.parts[0]


def submasks(s: int) -> Iterator[int]:
    """All subsets of a set, from itself down to the empty one."""
    t = s
    while True:
        yield t
        if not t:
            return
        t = (t - 1) & s


@cache
def partitions(s: int) -> tuple[tuple[int, ...], ...]:
    """All ways to split a set into blocks that are not empty."""
    if not s:
        return ((),)
    low = s & -s
    rest = s ^ low
    return tuple((low | t, *more) for t in submasks(rest) for more in partitions(rest ^ t))


def linear(f: Callable[[np.ndarray], np.ndarray], a: Jet) -> Jet:
    return Jet(a.field, {s: f(x) for s, x in a.parts.items()})


def bilinear(f: Callable[[np.ndarray, np.ndarray], np.ndarray], a: Jet, b: Jet) -> Jet:
    parts: Parts = {}
    for s, x in a.parts.items():
        for t, y in b.parts.items():
            if not s & t:
                z = f(x, y)
                parts[s | t] = parts[s | t] + z if s | t in parts else z
    return Jet(a.field, parts)


def add(a: Jet, b: Jet, sign: int = 1) -> Jet:
    shape = np.broadcast_shapes(a.value.shape[-2:], b.value.shape[-2:])
    parts: Parts = {}
    for jet, c in ((a, 1), (b, sign)):
        for s, x in jet.parts.items():
            x = np.broadcast_to(c * x, (*x.shape[:-2], *shape))
            parts[s] = parts[s] + x if s in parts else x
    return Jet(a.field, parts)


def times(a: Jet, b: Jet) -> Jet:
    return bilinear(np.multiply, a, b)


def scaled(a: Jet, c: float) -> Jet:
    return linear(lambda x: c * x, a)


def matmul(a: Jet, b: Jet) -> Jet:
    return bilinear(np.matmul, a, b)


def compose(a: Jet, derivatives: Callable[[int], np.ndarray]) -> Jet:
    """f(a) entry by entry, by the formula of Faà di Bruno; `derivatives(k)` is the k-th derivative of f at the value of a."""
    known: dict[int, np.ndarray] = {}
    everything = 0
    for s in a.parts:
        everything |= s
    parts: Parts = {}
    for s in submasks(everything):
        total = None
        for blocks in partitions(s):
            if all(b in a.parts for b in blocks):
                k = len(blocks)
                term = known[k] if k in known else known.setdefault(k, derivatives(k))
                for b in blocks:
                    term = term * a.parts[b]
                total = term if total is None else total + term
        if total is not None:
            parts[s] = total
    return Jet(a.field, parts)


def power(a: Jet, p: float) -> Jet:
    """a to a constant power, entry by entry."""
    whole = float(p).is_integer()

    def derivative(k: int) -> np.ndarray:
        c: float = 1
        for j in range(k):
            c = c * (p - j)
        x = a.value
        if whole and p >= k:
            return c * x ** int(p - k) if c else 0 * x
        if whole:
            _away_from_zero(x)
            return c / x ** int(k - p)
        _positive(x)
        return c * a.field.apply("exp", (p - k) * a.field.apply("log", x))

    return compose(a, derivative)


def function(name: str, a: Jet) -> Jet:
    """A function of the table below, entry by entry."""
    x, field = a.value, a.field
    found = FUNCTIONS[name](field.apply, x)
    return compose(a, lambda k: found[k] if k < len(found) else 0 * x)


def _away_from_zero(x: np.ndarray) -> None:
    if x.size and np.min(np.abs(x.astype(float))) < 1e-2:
        raise OutOfDomain


def _positive(x: np.ndarray) -> None:
    if x.size and not np.min(x.astype(float)) > 1e-2:
        raise OutOfDomain


def _inside(x: np.ndarray) -> None:
    if x.size and not np.max(np.abs(x.astype(float))) < 0.98:
        raise OutOfDomain


Apply = Callable[[str, np.ndarray], np.ndarray]
Derivatives = tuple[np.ndarray, ...]


def _exp(f: Apply, x: np.ndarray) -> Derivatives:
    if x.size and np.max(np.abs(x.astype(float))) > 30:
        raise OutOfDomain
    return (f("exp", x),) * 4


def _log(f: Apply, x: np.ndarray) -> Derivatives:
    _positive(x)
    return f("log", x), 1 / x, -1 / x**2, 2 / x**3


def _tan(f: Apply, x: np.ndarray) -> Derivatives:
    _away_from_zero(f("cos", x))
    y = f("tan", x)
    u = 1 + y * y
    return y, u, 2 * y * u, u * (2 + 6 * y * y)


def _asin(f: Apply, x: np.ndarray) -> Derivatives:
    _inside(x)
    r = 1 / f("sqrt", 1 - x * x)
    return f("asin", x), r, x * r**3, r**3 + 3 * x * x * r**5


def _acos(f: Apply, x: np.ndarray) -> Derivatives:
    return f("acos", x), *(-y for y in _asin(f, x)[1:])


def _atan(f: Apply, x: np.ndarray) -> Derivatives:
    u = 1 / (1 + x * x)
    return f("atan", x), u, -2 * x * u**2, (6 * x * x - 2) * u**3


def _tanh(f: Apply, x: np.ndarray) -> Derivatives:
    y = f("tanh", x)
    u = 1 - y * y
    return y, u, -2 * y * u, u * (6 * y * y - 2)


def _asinh(f: Apply, x: np.ndarray) -> Derivatives:
    r = 1 / f("sqrt", 1 + x * x)
    y = f("log", np.abs(x) + f("sqrt", 1 + x * x)) * np.sign(x.astype(float))
    return y, r, -x * r**3, (2 * x * x - 1) * r**5


def _acosh(f: Apply, x: np.ndarray) -> Derivatives:
    _positive(x - 1)
    r = 1 / f("sqrt", x * x - 1)
    return f("log", x + f("sqrt", x * x - 1)), r, -x * r**3, (2 * x * x + 1) * r**5


def _atanh(f: Apply, x: np.ndarray) -> Derivatives:
    _inside(x)
    u = 1 / (1 - x * x)
    return f("log", (1 + x) / (1 - x)) / 2, u, 2 * x * u**2, (2 + 6 * x * x) * u**3


def _sigmoid(f: Apply, x: np.ndarray) -> Derivatives:
    y = 1 / (1 + f("exp", -x))
    u = y * (1 - y)
    return y, u, u * (1 - 2 * y), u * (1 - 6 * y + 6 * y * y)


def _softplus(f: Apply, x: np.ndarray) -> Derivatives:
    return f("log", 1 + _exp(f, x)[0]), *_sigmoid(f, x)[:3]


def _erf(f: Apply, x: np.ndarray) -> Derivatives:
    e = f("exp", -x * x) * 2 / f("sqrt", 0 * x + (mpmath.pi() if x.dtype == object else math.pi))
    return f("erf", x), e, -2 * x * e, (4 * x * x - 2) * e


def _erfc(f: Apply, x: np.ndarray) -> Derivatives:
    _, *derivatives = _erf(f, x)
    return f("erfc", x), *(-d for d in derivatives)


def _gelu(f: Apply, x: np.ndarray) -> Derivatives:
    """x Φ(x), by the normal distribution's Φ and its density."""
    root = f("sqrt", 0 * x + 2)
    whole = f("erfc", -x / root) / 2
    density = f("exp", -x * x / 2) / f("sqrt", 0 * x + 2 * (mpmath.pi() if x.dtype == object else math.pi))
    return x * whole, whole + x * density, (2 - x * x) * density, (x * x - 4) * x * density


def _sign(f: Apply, x: np.ndarray) -> Derivatives:
    _away_from_zero(x)
    return (np.sign(x.astype(float)) + 0 * x,)


def _abs(f: Apply, x: np.ndarray) -> Derivatives:
    return np.abs(x), _sign(f, x)[0]


def _relu(f: Apply, x: np.ndarray) -> Derivatives:
    on = (1 + _sign(f, x)[0]) / 2
    return x * on, on


FUNCTIONS: dict[str, Callable[[Apply, np.ndarray], Derivatives]] = {
    "exp": _exp,
    "log": _log,
    "sin": lambda f, x: (f("sin", x), f("cos", x), -f("sin", x), -f("cos", x)),
    "cos": lambda f, x: (f("cos", x), -f("sin", x), -f("cos", x), f("sin", x)),
    "tan": _tan,
    "asin": _asin,
    "acos": _acos,
    "atan": _atan,
    "sinh": lambda f, x: (f("sinh", x), f("cosh", x)) * 2,
    "cosh": lambda f, x: (f("cosh", x), f("sinh", x)) * 2,
    "tanh": _tanh,
    "asinh": _asinh,
    "acosh": _acosh,
    "atanh": _atanh,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "abs": _abs,
    "sign": _sign,
    "relu": _relu,
    "erf": _erf,
    "erfc": _erfc,
    "gelu": _gelu,
}


def inverse(a: Jet) -> Jet:
    """B = A⁻¹, part by part from A B = I: B_S = -B_0 Σ A_T B_{S∖T} over T ≠ ∅."""
    base = inverted(a.value)
    everything = 0
    for s in a.parts:
        everything |= s
    parts: Parts = {0: base}
    for s in sorted(submasks(everything)):
        if s:
            terms = [a.parts[t] @ parts[s ^ t] for t in submasks(s) if t and t in a.parts and s ^ t in parts]
            if terms:
                parts[s] = -(base @ sum(terms[1:], terms[0]))
    return Jet(a.field, parts)


def log_determinant(a: Jet, sign: bool = False) -> Jet:
    """log |det A|, from ∂ log det A = tr(A⁻¹ ∂A); with `sign`, det A itself."""
    b = inverse(a)
    parts: Parts = {}
    everything = 0
    for s in a.parts:
        everything |= s
    for s in sorted(submasks(everything)):
        if s:
            low = s & -s
            found = [
                traces(b.parts[t] @ a.parts[s ^ t]) for t in submasks(s ^ low) if t in b.parts and s ^ t in a.parts
            ]
            if found:
                parts[s] = sum(found[1:], found[0])
    d = determinant(a.value)
    if not sign:
        _positive(d)
        return Jet(a.field, {0: a.field.apply("log", d), **parts})
    whole: Parts = {0: d}
    for s in sorted(submasks(everything)):
        if s:
            low = s & -s
            terms = [whole[t] * parts[s ^ t] for t in submasks(s ^ low) if t in whole and s ^ t in parts]
            if terms:
                whole[s] = sum(terms[1:], terms[0])
    return Jet(a.field, whole)


def traces(x: np.ndarray) -> np.ndarray:
    """The traces of matrices on the last two axes, kept as 1 × 1."""
    return np.diagonal(x, axis1=-2, axis2=-1).sum(axis=-1, keepdims=True)[..., None]


def determinant(x: np.ndarray) -> np.ndarray:
    """The determinants of matrices on the last two axes, kept as 1 × 1."""
    if x.dtype != object:
        return np.linalg.det(x)[..., None, None]
    return np.vectorize(lambda m: mpmath.det(_mp(m)), signature="(n,n)->()", otypes=[object])(x)[..., None, None]


def inverted(x: np.ndarray) -> np.ndarray:
    flat = x.astype(float)
    if x.shape[-1] and not np.max(np.linalg.cond(flat)) < 1e4:
        raise OutOfDomain
    if x.dtype != object:
        return np.linalg.inv(x)
    return np.vectorize(lambda m: _array(mpmath.inverse(_mp(m))), signature="(n,n)->(n,n)", otypes=[object])(x)


def _mp(m: np.ndarray) -> mpmath.matrix:
    return mpmath.matrix(m.tolist())


def _array(m: mpmath.matrix) -> np.ndarray:
    return np.array([[m[i, j] for j in range(m.cols)] for i in range(m.rows)], object)
