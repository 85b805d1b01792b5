"""The formulas in SymPy: MatrixSymbol expressions of symbolic size, built and differentiated from nothing each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp
from sympy.core.cache import clear_cache

NAME = f"SymPy {sp.__version__}"

m, n, k, p = sp.symbols("m n k p", integer=True, positive=True)


def M(name: str, rows: Any, cols: Any = 1) -> Any:
    return sp.MatrixSymbol(name, rows, cols)


def entrywise(function: Any, x: Any) -> Any:
    return x.applyfunc(function)


def total(x: Any) -> Any:
    return sp.OneMatrix(1, x.shape[0]) * x


def quadratic() -> tuple[Any, Any]:
    x = M("x", n)
    return x.T * M("A", n, n) * x, x


def least_squares() -> tuple[Any, Any]:
    x = M("x", n)
    r = M("A", m, n) * x - M("b", m)
    return r.T * r, x


def rayleigh() -> tuple[Any, Any]:
    f, x = quadratic()
    return f * sp.Inverse(x.T * x), x


def factorisation() -> tuple[Any, Any]:
    U = M("U", m, k)
    r = M("X", m, n) - U * M("V", n, k).T
    return sp.Trace(r.T * r), U


def trace() -> tuple[Any, Any]:
    X = M("X", m, n)
    return sp.Trace(M("A", p, m) * X * M("B", n, p)), X


def trace_twice() -> tuple[Any, Any]:
    X = M("X", m, n)
    return sp.Trace(M("A", n, n) * X.T * M("B", m, m) * X * M("C", n, n)), X


def determinant() -> tuple[Any, Any]:
    X = M("X", n, n)
    return sp.Determinant(X), X


def log_determinant() -> tuple[Any, Any]:
    X = M("X", n, n)
    return sp.log(sp.Determinant(X)), X


def inverse() -> tuple[Any, Any]:
    X = M("X", n, n)
    return M("a", n).T * X.inv() * M("b", n), X


def inverse_of_product() -> tuple[Any, Any]:
    X = M("X", m, n)
    return sp.Trace((X.T * M("C", m, m) * X).inv() * M("A", n, n)), X


def matrix_by_entrywise() -> tuple[Any, Any]:
    x = M("x", n)
    return M("A", m, n) * entrywise(sp.exp, x), x


def sum_of_sines() -> tuple[Any, Any]:
    x = M("x", n)
    return total(entrywise(sp.sin, M("A", m, n) * x)), x


def softmax() -> tuple[Any, Any]:
    x = M("x", n)
    e = entrywise(sp.exp, x)
    return e * sp.Inverse(total(e)), x


def logistic() -> tuple[Any, Any]:
    w = M("w", n)
    z = -sp.HadamardProduct(M("y", m), M("X", m, n) * w)
    return total(entrywise(sp.log, sp.OneMatrix(m, 1) + entrywise(sp.exp, z))), w


def derivative(build: Callable[[], tuple[Any, Any]], times: int = 1) -> Callable[[], str]:
    """A run of one formula: its result in a word."""

    def run() -> str:
        clear_cache()  # a formula is met for the first time
        f, v = build()
        for _ in range(times):
            f = f.diff(v)
        return _word(f)

    return run


def _word(g: Any) -> str:
    if g == 0 or isinstance(g, sp.ZeroMatrix):
        return "0 (wrong)"
    if isinstance(g, sp.Derivative) or g.has(sp.Derivative):
        return "left as it was"
    return "arrays" if "array" in type(g).__module__ else ""


FUNCTIONS = {
    "quadratic": derivative(quadratic),
    "quadratic, Hessian": derivative(quadratic, 2),
    "least squares": derivative(least_squares),
    "Rayleigh quotient": derivative(rayleigh),
    "trace": derivative(trace),
    "trace, X twice": derivative(trace_twice),
    "factorisation": derivative(factorisation),
    "determinant": derivative(determinant),
    "log determinant": derivative(log_determinant),
    "inverse": derivative(inverse),
    "inverse of X'CX": derivative(inverse_of_product),
    "entrywise": derivative(matrix_by_entrywise),
    "sum of sines": derivative(sum_of_sines),
    "softmax": derivative(softmax),
    "logistic loss": derivative(logistic),
    "logistic, Hessian": derivative(logistic, 2),
}


def nested_sine(depth: int) -> None:
    """d/dx of sin(sin(… x)), x a vector."""
    clear_cache()
    x = M("x", n)
    f = x
    for _ in range(depth):
        f = entrywise(sp.sin, f)
    total(f).diff(x)


def chain(length: int) -> None:
    """d/dX of tr(A1 X A2 X …)."""
    clear_cache()
    X = M("X", n, n)
    sp.Trace(sp.MatMul(*[factor for i in range(length) for factor in (M(f"A{i}", n, n), X)])).diff(X)


def terms(count: int) -> None:
    """d/dx of a sum of linear and quadratic terms in turn."""
    clear_cache()
    x = M("x", n)
    sp.MatAdd(*[M(f"a{i}", n).T * x if i % 2 else x.T * M(f"B{i}", n, n) * x for i in range(count)]).diff(x)
