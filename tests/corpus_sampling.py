"""Random values for the variables of a corpus entry, and the NumPy sources of the corpus.

An entry names its variables with kind, shape and properties ("posdef", "nonzero", …). `draw` gives every dimension its own size
and every variable a random value that has its properties; a function of the corpus becomes a smooth random function whose
derivatives are known exactly. Nothing here knows gradproof: these values judge it.
"""

from __future__ import annotations

import inspect
import itertools
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.linalg

Entry = Mapping[str, Any]
Rng = np.random.Generator

_SMALLER = {"m>n": ("n", "m"), "n>m": ("m", "n"), "n>k": ("k", "n")}  # the constraints that occur, as (smaller, larger)


def draw(entry: Entry, seed: int) -> dict[str, Any]:
    """A random value for every variable of the entry, `Df` and `DDf` for every function, and the size of every dimension; the same for the same seed."""
    rng = np.random.default_rng([seed, *entry["id"].encode()])
    sizes = _sizes(entry, rng)
    values: dict[str, Any] = dict(sizes)  # a variable may have the name of a dimension, and goes before it
    for name, spec in entry["vars"].items():
        shape = tuple(_size(d, sizes) for d in spec.get("shape", ()))
        if spec["kind"] == "function":
            args = [tuple(_size(d, sizes) for d in dims) for dims in spec["arg_shapes"]]
            values |= SmoothFunction(rng, args, shape).spellings(name, spec["args"])
        else:
            values[name] = _value(rng, shape, frozenset(spec.get("props", ())), spec.get("field") == "complex")
    return values


def reference(source: str) -> Callable[..., Any]:
    """A NumPy source of the corpus as a function of a mapping with all values."""
    function = eval(source, {"np": np, "scipy": scipy})
    names = tuple(inspect.signature(function).parameters)

    def call(values: Mapping[str, Any]) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(function(**{name: values[name] for name in names}))

    return call


class SmoothFunction:
    """c + C cos(W z + b), where z holds all entries of all arguments: a function of any shapes with its exact first and second derivatives."""

    hidden = 5

    def __init__(self, rng: Rng, args: list[tuple[int, ...]], shape: tuple[int, ...]):
        self.args, self.shape = args, shape
        lengths = [math.prod(a) for a in args]
        stops = list(itertools.accumulate(lengths))
        self.parts = [slice(stop - length, stop) for stop, length in zip(stops, lengths, strict=True)]
        self.weights = rng.normal(size=(self.hidden, stops[-1])) / math.sqrt(stops[-1])
        self.phase = rng.uniform(0, 2 * math.pi, size=self.hidden)
        self.scales = rng.normal(size=(math.prod(shape), self.hidden)) * 0.4
        # far enough from zero for logarithms, and, as a matrix, from singular
        self.base = (2.5 + (2.5 * np.eye(*shape) if len(shape) == 2 else np.zeros(shape))).reshape(-1)

    def _angles(self, values: tuple[Any, ...]) -> np.ndarray:
        flat = np.concatenate([np.asarray(v).reshape(-1) for v in values])
        return self.weights @ flat + self.phase

    def __call__(self, *values: Any) -> Any:
        return (self.base + self.scales @ np.cos(self._angles(values))).reshape(self.shape)[()]

    def first(self, k: int) -> Callable[..., Any]:
        """The derivative by argument k: its axes, then the axes of the value."""
        part, shape = self.weights[:, self.parts[k]], self.args[k] + self.shape
        return lambda *values: np.einsum("hp,h,oh->po", part, -np.sin(self._angles(values)), self.scales).reshape(
            shape
        )[()]

    def second(self, k: int, m: int) -> Callable[..., Any]:
        """The second derivative: the axes of argument k, of argument m, of the value."""
        left, right, shape = (
            self.weights[:, self.parts[k]],
            self.weights[:, self.parts[m]],
            self.args[k] + self.args[m] + self.shape,
        )
        return lambda *values: np.einsum(
            "hp,hq,h,oh->pqo", left, right, -np.cos(self._angles(values)), self.scales
        ).reshape(shape)[()]

    def spellings(self, name: str, formals: list[str]) -> dict[str, Callable[..., Any]]:
        """The function and its derivatives by the names that formulas use: f, Df, DDf, or U, DU_x, DDU_xy."""
        several = len(formals) > 1
        named: dict[str, Callable[..., Any]] = {name: self}
        for k, a in enumerate(formals):
            named[f"D{name}_{a}" if several else f"D{name}"] = self.first(k)
            for m, b in enumerate(formals):
                named[f"DD{name}_{a}{b}" if several else f"DD{name}"] = self.second(k, m)
        return named


def _sizes(entry: Entry, rng: Rng) -> dict[str, int]:
    """A size for every dimension symbol, all different."""
    shapes = [s for spec in entry["vars"].values() for s in (spec.get("shape", ()), *spec.get("arg_shapes", ()))]
    names = sorted({d for shape in shapes for d in shape if isinstance(d, str)})
    low, high = entry.get("dim_range", (2, 6))
    pool = np.arange(low, max(high, low + len(names) - 1) + 1)
    sizes = dict(zip(names, rng.permutation(pool)[: len(names)].tolist(), strict=True))
    for constraint in entry.get("dim_constraints", ()):
        small, large = _SMALLER[constraint]
        sizes[small], sizes[large] = sorted((sizes[small], sizes[large]))
    return sizes


def _size(d: str | int, sizes: Mapping[str, int]) -> int:
    if isinstance(d, int):
        return d
    assert re.fullmatch(r"[A-Za-z]\w*", d), f"{d} is not a dimension of the corpus"
    return sizes[d]


def _value(rng: Rng, shape: tuple[int, ...], props: frozenset[str], is_complex: bool) -> Any:
    if is_complex:
        return _complex_value(rng, shape, props)
    if "integer" in props:
        return int(rng.integers(2, 5))
    if len(shape) == 2:
        for prop, sampler in _MATRICES.items():
            if prop in props:
                return sampler(rng, shape, props)
    for prop, sampler in _ENTRIES.items():
        if prop in props:
            return sampler(rng, shape)[()]
    return _signed(rng, 0.4, 1.6, shape)[()] if shape == () else rng.normal(size=shape) * 0.8


def _complex_value(rng: Rng, shape: tuple[int, ...], props: frozenset[str]) -> Any:
    z = (rng.normal(size=shape) + 1j * rng.normal(size=shape)) * 0.6
    if "posdef" in props:
        return z @ z.conj().T + np.eye(shape[0])
    if "hermitian" in props:
        return (z + z.conj().T) / 2
    return z + 2 * np.eye(shape[0]) if "invertible" in props else z[()]


def _signed(rng: Rng, low: float, high: float, shape: tuple[int, ...]) -> np.ndarray:
    return rng.uniform(low, high, size=shape) * rng.choice([-1.0, 1.0], size=shape)


def _labels(rng: Rng, shape: tuple[int, ...]) -> np.ndarray:
    return rng.permutation(np.resize([-1.0, 1.0], shape))  # both labels occur


def _simplex(rng: Rng, shape: tuple[int, ...]) -> np.ndarray:
    weights = rng.uniform(0.2, 1, size=shape)
    return weights / weights.sum()


_ENTRIES: dict[str, Callable[[Rng, tuple[int, ...]], np.ndarray]] = {
    "simplex": _simplex,
    "label": _labels,
    "bounded": lambda rng, shape: (
        rng.uniform(0.3, 0.9, size=shape) * (rng.choice([-1.0, 1.0], size=shape) if shape else 1.0)
    ),
    "positive": lambda rng, shape: rng.uniform(0.4, 1.8, size=shape),
    "nonzero": lambda rng, shape: _signed(rng, 0.3, 1.5, shape),
    "tiny": lambda rng, shape: 0.2 * rng.normal(size=shape),
}


def _orthogonal(rng: Rng, n: int) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(n, n)))[0]


def _spread(rng: Rng, n: int) -> np.ndarray:
    """Positive numbers, ascending and well apart."""
    return 0.6 + 0.7 * np.arange(n) + rng.uniform(-0.1, 0.1, size=n)


def _with_eigenvalues(rng: Rng, values: np.ndarray) -> np.ndarray:
    q = _orthogonal(rng, len(values))
    s = (q * values) @ q.T
    return (s + s.T) / 2


def _posdef(rng: Rng, shape: tuple[int, ...], _: frozenset[str]) -> np.ndarray:
    return _with_eigenvalues(rng, rng.uniform(0.7, 2.2, size=shape[0]))


def _symmetric(rng: Rng, shape: tuple[int, ...], props: frozenset[str]) -> np.ndarray:
    if "distincteig" in props:
        return _with_eigenvalues(rng, _spread(rng, shape[0]))
    if "invertible" in props:
        return _with_eigenvalues(rng, _signed(rng, 0.7, 2, shape[:1]))
    m = rng.normal(size=shape)
    return (m + m.T) / 2


def _real_eigenvalues(rng: Rng, shape: tuple[int, ...], _: frozenset[str]) -> np.ndarray:
    v = _orthogonal(rng, shape[0]) + 0.2 * rng.normal(size=shape)
    return v @ np.diag(_spread(rng, shape[0])) @ np.linalg.inv(v)


def _invertible(rng: Rng, shape: tuple[int, ...], props: frozenset[str]) -> np.ndarray:
    m = (_orthogonal(rng, shape[0]) * rng.uniform(0.7, 1.9, size=shape[0])) @ _orthogonal(rng, shape[0])
    if "posdet" in props and np.linalg.det(m) < 0:
        m[0] *= -1
    return m


def _small(rng: Rng, shape: tuple[int, ...], _: frozenset[str]) -> np.ndarray:
    m = rng.normal(size=shape)
    return 0.7 * m / np.linalg.norm(m, 2)


def _toeplitz(rng: Rng, shape: tuple[int, ...], _: frozenset[str]) -> np.ndarray:
    return scipy.linalg.toeplitz(rng.normal(size=shape[0]), rng.normal(size=shape[0]))


# the first property of this table that a matrix has makes it
_MATRICES: dict[str, Callable[[Rng, tuple[int, ...], frozenset[str]], np.ndarray]] = {
    "posdef": _posdef,
    "diagonal": lambda rng, shape, _: np.diag(_signed(rng, 0.5, 1.8, shape[:1])),
    "symtoeplitz": lambda rng, shape, _: scipy.linalg.toeplitz(rng.normal(size=shape[0])),
    "toeplitz": _toeplitz,
    "realeig": _real_eigenvalues,
    "symmetric": _symmetric,
    "posdet": _invertible,
    "invertible": _invertible,
    "small": _small,
    "diagdom": lambda rng, shape, _: 1.5 * np.eye(shape[0]) + 0.5 * rng.normal(size=shape) / math.sqrt(shape[0]),
}
