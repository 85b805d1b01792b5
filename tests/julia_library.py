"""Julia's operators and functions on NumPy's arrays, for tests/julia_subset.py: broadcasting, reshaping and products mean what they mean in Julia.

What Julia refuses (an array plus a number without a dot, exp of an array, the logarithm of a negative number) raises JuliaError.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.special


class JuliaError(Exception):
    """What Julia would raise."""


class Row(np.ndarray):
    """The adjoint of a vector."""


@dataclass(frozen=True)
class Colon:
    """`:` alone."""


@dataclass(frozen=True)
class Scaling:
    """A multiple of the identity, of any size."""

    by: float


@dataclass(frozen=True)
class Symmetric:
    """A matrix of which the upper triangle counts."""

    matrix: np.ndarray


@dataclass(frozen=True)
class Factor:
    """A factorisation of a matrix; `L`: the lower factor, where it is a Cholesky factorisation."""

    matrix: np.ndarray
    L: np.ndarray | None = None


@dataclass(frozen=True)
class Type:
    """A type of numbers."""

    name: str


FLOAT = Type("Float64")


def refuse(condition: bool, why: str) -> None:
    if condition:
        raise JuliaError(why)


def is_number(x: Any) -> bool:
    return isinstance(x, int | float | np.number | np.bool_)


def plain(x: Any) -> Any:
    """An array of no axes as a number."""
    return x[()] if isinstance(x, np.ndarray) and x.ndim == 0 else x


def lined_up(args: Sequence[Any]) -> list[Any]:
    """Arguments of a broadcast, aligned at their first axes."""
    refuse(
        not all(is_number(a) or isinstance(a, np.ndarray) for a in args), "only numbers and arrays are broadcast here"
    )
    most = max(np.ndim(a) for a in args)
    return [np.asarray(a).reshape(np.shape(a) + (1,) * (most - np.ndim(a))) if np.ndim(a) else a for a in args]


def broadcast(function: Callable[..., Any], *args: Any) -> Any:
    with np.errstate(all="ignore"):
        return plain(np.asarray(function(*lined_up(args))))


# -- operators


def in_domain(function: Callable[..., Any], holds: Callable[..., Any]) -> Callable[..., Any]:
    """A function of entries that raises outside its domain."""

    def checked(*args: Any) -> Any:
        refuse(not np.all(holds(*args)), "DomainError")
        return function(*args)

    return checked


ENTRYWISE: dict[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.true_divide,
    "^": in_domain(np.power, lambda x, a: (np.asarray(x) >= 0) | (np.asarray(a) == np.round(a))),
}


def times(a: Any, b: Any) -> Any:
    if isinstance(b, Scaling):
        refuse(not is_number(a), "an array times I")
        return Scaling(a * b.by)
    if is_number(a) or is_number(b):
        return broadcast(np.multiply, a, b)
    refuse(not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)), "a product of what are no arrays")
    refuse(a.ndim > 2 or b.ndim > 2, "a product of arrays with more than two axes")
    if a.ndim == 1:
        refuse(b.ndim == 1, "a product of two vectors")
        return np.asarray(a)[:, None] @ np.asarray(b)
    found = np.asarray(a) @ np.asarray(b)
    return found[0] if isinstance(a, Row) and b.ndim == 1 else found


def plus(sign: int) -> Callable[[Any, Any], Any]:
    def add(a: Any, b: Any) -> Any:
        if isinstance(b, Scaling):
            refuse(a.ndim != 2 or a.shape[0] != a.shape[1], "a multiple of I is added to a square matrix")
            return a + sign * b.by * np.eye(len(a))
        refuse(np.shape(a) != np.shape(b), "arrays of different shapes are added without a dot")
        return a + sign * b

    return add


def over(a: Any, b: Any) -> Any:
    refuse(not is_number(b), "division by an array without a dot")
    return broadcast(np.true_divide, a, b)


def solve(a: Any, b: Any) -> Any:
    matrix = a.matrix if isinstance(a, Factor) else a
    refuse(
        not isinstance(a, Factor | np.ndarray) or matrix.shape[0] != matrix.shape[1],
        "the left side of \\ is no square matrix",
    )
    try:
        return np.linalg.solve(matrix, b)
    except np.linalg.LinAlgError as error:
        raise JuliaError("SingularException") from error


def to_power(a: Any, b: Any) -> Any:
    refuse(not (is_number(a) and is_number(b)), "a power of an array without a dot")
    return broadcast(ENTRYWISE["^"], float(a) if not isinstance(b, int) or b < 0 else a, b)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": plus(1),
    "-": plus(-1),
    "*": times,
    "/": over,
    "\\": solve,
    "^": to_power,
}


def adjoint(a: Any) -> Any:
    if isinstance(a, Factor):
        return Factor(a.matrix.T)
    refuse(a.ndim > 2, "the adjoint of an array with more than two axes")
    return a.reshape(1, -1).view(Row) if a.ndim == 1 else np.asarray(a).T


# -- functions of numbers, which take arrays only with a dot

SCALAR: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in "exp sin cos tan sinh cosh tanh abs sign isfinite".split()},
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "log": in_domain(np.log, lambda x: np.asarray(x) >= 0),
    "log1p": in_domain(np.log1p, lambda x: np.asarray(x) >= -1),
    "sqrt": in_domain(np.sqrt, lambda x: np.asarray(x) >= 0),
    "asin": in_domain(np.arcsin, lambda x: np.abs(x) <= 1),
    "acos": in_domain(np.arccos, lambda x: np.abs(x) <= 1),
    "acosh": in_domain(np.arccosh, lambda x: np.asarray(x) >= 1),
    "atanh": in_domain(np.arctanh, lambda x: np.abs(x) <= 1),
    "max": np.maximum,
    "zero": lambda x: 0 * np.ones_like(x),
    "ifelse": np.where,
    "erf": scipy.special.erf,
    "erfc": scipy.special.erfc,
    "loggamma": scipy.special.gammaln,
    "digamma": scipy.special.digamma,
    "trigamma": lambda x: scipy.special.polygamma(1, x),
}
PACKAGES: dict[str, Sequence[str]] = {
    "LinearAlgebra": "Diagonal I Symmetric cholesky det diag diagind diagm dot logdet lu tr".split(),
    "SpecialFunctions": ["erf", "erfc", "loggamma", "digamma", "trigamma"],
}


# -- functions of arrays


def reduced(function: Callable[..., Any]) -> Callable[..., Any]:
    def along(x: Any, dims: Any = Colon()) -> Any:
        if isinstance(dims, Colon):
            return plain(function(np.asarray(x)))
        axes = tuple(k - 1 for k in (dims if isinstance(dims, tuple) else (dims,)))
        return function(np.asarray(x), axis=axes, keepdims=True)

    return along


def reshape(x: Any, *shape: Any) -> Any:
    refuse(sum(isinstance(d, Colon) for d in shape) > 1, "two sizes are open")
    return np.asarray(x).reshape([-1 if isinstance(d, Colon) else d for d in shape], order="F")


def permutedims(x: Any, places: tuple[int, ...] | None = None) -> Any:
    if places is None:
        refuse(x.ndim > 2, "permutedims needs an order of the axes")
        return np.array(x.reshape(1, -1) if x.ndim == 1 else x.T)
    refuse(sorted(places) != list(range(1, x.ndim + 1)), "no order of the axes")
    return np.array(x).transpose([p - 1 for p in places])


def repeat(x: Any, *counts: int) -> Any:
    order = max(x.ndim, len(counts))
    return np.tile(np.asarray(x).reshape(x.shape + (1,) * (order - x.ndim)), (*counts, *[1] * (order - len(counts))))


def dot(a: Any, b: Any) -> Any:
    refuse(np.size(a) != np.size(b), "dot of arrays of different lengths")
    return np.ravel(a, "F") @ np.ravel(b, "F")


def cholesky(a: Any) -> Factor:
    refuse(not isinstance(a, Symmetric), "cholesky of what need not be symmetric")
    whole = np.triu(a.matrix) + np.triu(a.matrix, 1).T
    try:
        return Factor(whole, np.linalg.cholesky(whole))
    except np.linalg.LinAlgError as error:
        raise JuliaError("PosDefException") from error


def lu(a: np.ndarray) -> Factor:
    refuse(np.linalg.det(a) == 0, "SingularException")
    return Factor(a)


def logdet(a: Any) -> Any:
    sign, value = np.linalg.slogdet(a.matrix if isinstance(a, Factor) else a)
    refuse(sign < 0, "DomainError")
    return value


def diagind(a: np.ndarray) -> range:
    refuse(a.ndim != 2, "diagind of what is no matrix")
    return range(1, min(a.shape) * (a.shape[0] + 1), a.shape[0] + 1)


def identity(scaling: Any, rows: int, columns: int) -> np.ndarray:
    refuse(not isinstance(scaling, Scaling), "Matrix of what is no multiple of I")
    return scaling.by * np.eye(rows, columns)


def zeros(*shape: Any) -> np.ndarray:
    sizes = [d for d in shape if not isinstance(d, Type)]
    refuse(not sizes, "an array without axes, which is no number")
    return np.zeros(sizes)


def size(a: np.ndarray, k: int | None = None) -> Any:
    return a.shape if k is None else a.shape[k - 1] if k <= a.ndim else 1


FUNCTIONS: dict[str, Any] = {
    "size": size,
    "sum": reduced(np.sum),
    "maximum": reduced(np.max),
    "reshape": reshape,
    "permutedims": permutedims,
    "repeat": repeat,
    "vec": lambda x: np.ravel(x, "F"),
    "dropdims": lambda x, dims: np.squeeze(x, tuple(k - 1 for k in (dims if isinstance(dims, tuple) else (dims,)))),
    "copy": np.array,
    "pi": np.pi,
    "zeros": zeros,
    "fill": lambda x, *shape: zeros(*shape) + x,
    "eltype": lambda x: FLOAT,
    "promote_type": lambda *types: FLOAT,
    "float": lambda x: x if isinstance(x, Type) else times(1.0, x),
    "Float64": FLOAT,
    "CartesianIndices": lambda shape: list(itertools.product(*(range(1, d + 1) for d in shape))),
    "Matrix": identity,
    "inv": lambda a: solve(a, np.eye(len(a.matrix if isinstance(a, Factor) else a))),
    "I": Scaling(1),
    "Symmetric": Symmetric,
    "Diagonal": lambda x: np.diag(np.asarray(x)),
    "cholesky": cholesky,
    "lu": lu,
    "det": lambda a: np.linalg.det(a.matrix if isinstance(a, Factor) else a),
    "logdet": logdet,
    "diag": lambda a: np.array(np.diagonal(a)),
    "diagm": lambda x: np.diag(np.ravel(x)) if x.ndim == 1 else refuse(True, "diagm of what is no vector"),
    "diagind": diagind,
    "dot": dot,
    "tr": lambda a: np.trace(a),
}
