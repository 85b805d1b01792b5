"""The formulas in CasADi: MX graphs of a fixed size (it has neither symbolic sizes nor printed formulas), built and differentiated each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import casadi as ca

NAME = f"CasADi {ca.__version__}"

m, n, k, p = 5, 4, 3, 6


def M(name: str, rows: int, cols: int = 1) -> Any:
    return ca.MX.sym(name, rows, cols)


def quadratic() -> tuple[Any, Any]:
    x = M("x", n)
    return x.T @ M("A", n, n) @ x, x


def least_squares() -> tuple[Any, Any]:
    x = M("x", n)
    return ca.sumsqr(M("A", m, n) @ x - M("b", m)), x


def rayleigh() -> tuple[Any, Any]:
    f, x = quadratic()
    return f / ca.dot(x, x), x


def factorisation() -> tuple[Any, Any]:
    U = M("U", m, k)
    return ca.sumsqr(M("X", m, n) - U @ M("V", n, k).T), U


def trace() -> tuple[Any, Any]:
    X = M("X", m, n)
    return ca.trace(M("A", p, m) @ X @ M("B", n, p)), X


def trace_twice() -> tuple[Any, Any]:
    X = M("X", m, n)
    return ca.trace(M("A", n, n) @ X.T @ M("B", m, m) @ X @ M("C", n, n)), X


def determinant() -> tuple[Any, Any]:
    X = M("X", n, n)
    return ca.det(X), X


def log_determinant() -> tuple[Any, Any]:
    X = M("X", n, n)
    return ca.log(ca.det(X)), X


def inverse() -> tuple[Any, Any]:
    X = M("X", n, n)
    return M("a", n).T @ ca.inv(X) @ M("b", n), X


def inverse_of_product() -> tuple[Any, Any]:
    X = M("X", m, n)
    return ca.trace(ca.inv(X.T @ M("C", m, m) @ X) @ M("A", n, n)), X


def matrix_by_entrywise() -> tuple[Any, Any]:
    x = M("x", n)
    return M("A", m, n) @ ca.exp(x), x


def sum_of_sines() -> tuple[Any, Any]:
    x = M("x", n)
    return ca.sum1(ca.sin(M("A", m, n) @ x)), x


def softmax() -> tuple[Any, Any]:
    x = M("x", n)
    return ca.exp(x) / ca.sum1(ca.exp(x)), x


def logistic() -> tuple[Any, Any]:
    w = M("w", n)
    return ca.sum1(ca.log(1 + ca.exp(-M("y", m) * (M("X", m, n) @ w)))), w


def derivative(build: Callable[[], tuple[Any, Any]], by: Callable[[Any, Any], Any]) -> Callable[[], str]:
    """A run of one formula: a graph, no word to say about it."""

    def run() -> str:
        by(*build())
        return ""

    return run


FUNCTIONS = {
    "quadratic": derivative(quadratic, ca.gradient),
    "quadratic, Hessian": derivative(quadratic, ca.hessian),
    "least squares": derivative(least_squares, ca.gradient),
    "Rayleigh quotient": derivative(rayleigh, ca.gradient),
    "trace": derivative(trace, ca.gradient),
    "trace, X twice": derivative(trace_twice, ca.gradient),
    "factorisation": derivative(factorisation, ca.gradient),
    "determinant": derivative(determinant, ca.gradient),
    "log determinant": derivative(log_determinant, ca.gradient),
    "inverse": derivative(inverse, ca.gradient),
    "inverse of X'CX": derivative(inverse_of_product, ca.gradient),
    "entrywise": derivative(matrix_by_entrywise, ca.jacobian),
    "sum of sines": derivative(sum_of_sines, ca.gradient),
    "softmax": derivative(softmax, ca.jacobian),
    "logistic loss": derivative(logistic, ca.gradient),
    "logistic, Hessian": derivative(logistic, ca.hessian),
}


def nested_sine(depth: int) -> None:
    """d/dx of sin(sin(… x)), x a vector."""
    x = M("x", n)
    f = x
    for _ in range(depth):
        f = ca.sin(f)
    ca.gradient(ca.sum1(f), x)


def chain(length: int) -> None:
    """d/dX of tr(A1 X A2 X …)."""
    X = M("X", n, n)
    f = ca.MX.eye(n)
    for i in range(length):
        f = f @ M(f"A{i}", n, n) @ X
    ca.gradient(ca.trace(f), X)


def terms(count: int) -> None:
    """d/dx of a sum of linear and quadratic terms in turn."""
    x = M("x", n)
    f = ca.MX(0)
    for i in range(count):
        f = f + (ca.dot(M(f"a{i}", n), x) if i % 2 else x.T @ M(f"B{i}", n, n) @ x)
    ca.gradient(f, x)
