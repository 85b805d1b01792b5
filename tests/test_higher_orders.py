"""Second and third derivatives, and long products, against differences of NumPy functions written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special

import gradproof as gp
from differences import Function, derivative

rng = np.random.default_rng(5)
SQUARE = rng.uniform(0.2, 1.0, (3, 3))
VALUES: dict[str, Any] = {
    "A": rng.uniform(0.2, 1.0, (2, 3)),
    "B": SQUARE,
    "C": rng.uniform(0.2, 1.0, (3, 3)),
    "U": rng.uniform(0.2, 1.0, (3, 3)),
    "V": rng.normal(size=(3, 3)),
    "W": rng.normal(size=(2, 3)),
    "P": SQUARE @ SQUARE.T + np.eye(3),
    "x": rng.uniform(0.3, 1.2, 3),
    "y": rng.uniform(0.3, 1.2, 3),
    "s": rng.uniform(0.3, 1.2, 3),
    "z": rng.uniform(0.3, 1.2, 3),
    "c": 0.8,
    "d": 1.3,
}


def norm(a: Any) -> Any:
    return np.sqrt(np.sum(a * a))


def lse(a: Any) -> Any:
    return np.log(np.sum(np.exp(a)))


HIGHER: list[tuple[str, list[str], Function]] = [
    ("x./(1+(B*x).^2)", ["x", "x"], lambda B, x: x / (1 + (B @ x) ** 2)),
    ("logsumexp((A*x).^2)", ["A", "A"], lambda A, x: lse((A @ x) ** 2)),
    ("logsumexp((A*x).^2)", ["x", "A"], lambda A, x: lse((A @ x) ** 2)),
    ("norm2(1+(A*x).^2)", ["A", "A"], lambda A, x: norm(1 + (A @ x) ** 2)),
    ("norm2(A*x)", ["A", "A", "x"], lambda A, x: norm(A @ x)),
    ("sum(log(1+(A*x).^2))", ["x", "x", "x"], lambda A, x: np.sum(np.log(1 + (A @ x) ** 2))),
    ("(V - y'*y*ones(n,n))*(s.*(U*s))", ["y", "s"], lambda V, y, s, U: (V - y @ y) @ (s * (U @ s))),
    ("(W - y'*y)*(s.*(U*s))", ["y", "s"], lambda W, y, s, U: (W - y @ y) @ (s * (U @ s))),
    ("sum(exp((B*x)./(1+(C*x).^2)))", ["x", "B"], lambda B, C, x: np.sum(np.exp((B @ x) / (1 + (C @ x) ** 2)))),
    ("logsumexp(B*tanh(C*x))", ["C", "x"], lambda B, C, x: lse(B @ np.tanh(C @ x))),
    ("logdet(P + x*x')", ["x", "x"], lambda P, x: np.log(np.linalg.det(P + np.outer(x, x)))),
    ("tr(inv(P + x*y')*B)", ["x", "y"], lambda P, x, y, B: np.trace(np.linalg.inv(P + np.outer(x, y)) @ B)),
]


@pytest.mark.parametrize(("text", "wrt", "f"), HIGHER, ids=lambda v: str(v) if not callable(v) else "")
def test_higher_derivatives_are_those_of_the_function(text: str, wrt: list[str], f: Function):
    names = f.__code__.co_varnames[: f.__code__.co_argcount]
    values = {name: VALUES[name] for name in names}
    kinds = {0: "scalar", 1: "vector n", 2: "matrix n n"}
    where = {name: "matrix m n" if name in "AW" else kinds[np.ndim(v)] for name, v in values.items()}
    d = gp.derive(text, wrt, where=where)
    expected = derivative(f, wrt, values)
    size = np.max(np.abs(expected))
    np.testing.assert_allclose(d.evaluate(values), expected, rtol=0, atol=3e-7 * size)
    np.testing.assert_allclose(d.compile()(values), expected, rtol=0, atol=3e-7 * size)


LONG: list[tuple[str, list[str], Function]] = [
    (
        "(2*x/c)'*((C*x).*(B*U*x).*(B*U*(2*x/c)))/d",
        ["x"],
        lambda x, c, C, B, U, d: (2 * x / c) @ ((C @ x) * (B @ U @ x) * (B @ U @ (2 * x / c))) / d,
    ),
    (
        "sqrt(1 + (logsumexp(x)*inv(P)*y)'*inv(P + x*y')*inv(P)*x)",
        ["y", "y"],
        lambda x, y, P: np.sqrt(
            1 + lse(x) * (np.linalg.inv(P) @ y) @ np.linalg.inv(P + np.outer(x, y)) @ np.linalg.inv(P) @ x
        ),
    ),
    (
        "(3*x'*y)*(c*x/2)'*B*(2*C)*(U*x)*(5*x'*B*y)*(x'*C*y)*(y'*U*x)/d",
        ["x"],
        lambda x, y, c, B, C, U, d: (
            (3 * x @ y) * (c * x / 2) @ B @ (2 * C) @ (U @ x) * (5 * x @ B @ y) * (x @ C @ y) * (y @ U @ x) / d
        ),
    ),
]


@pytest.mark.parametrize(("text", "wrt", "f"), LONG, ids=[text for text, _, _ in LONG])
def test_printed_formulas_of_long_products_keep_their_numbers(text: str, wrt: list[str], f: Function):
    names = f.__code__.co_varnames[: f.__code__.co_argcount]
    values = {name: VALUES[name] for name in names}
    kinds = {0: "scalar", 1: "vector n", 2: "matrix n n"}
    where = {name: kinds[np.ndim(v)] + " posdef" * (name == "P") for name, v in values.items()}
    d = gp.derive(text, wrt, where=where)
    expected = derivative(f, wrt, values)
    printed = gp.parse(d.result.ascii, where=where).evaluate(values)
    np.testing.assert_allclose(printed, expected, rtol=0, atol=3e-7 * np.max(np.abs(expected)))
    np.testing.assert_allclose(d.evaluate(values), expected, rtol=0, atol=3e-7 * np.max(np.abs(expected)))


def test_roots_of_numbers_that_meet_are_numbers():
    """Two factors 1/sqrt(2) are the number 1/2, which a sum of diagonal matrices used to lose."""
    d = gp.derive("gelu(B*y)", ["B", "y"], where="B: matrix n m; y: vector m", verify=False)
    rng = np.random.default_rng(5)
    B, y = rng.normal(size=(3, 2)), rng.normal(size=2)
    u = B @ y
    density = np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)
    first = scipy.special.ndtr(u) + u * density
    want = np.einsum("i,j,ik,il->ijkl", (2 - u**2) * density, y, B, np.eye(3)) + np.einsum(
        "i,jk,il->ijkl", first, np.eye(2), np.eye(3)
    )
    for found in (d.evaluate(B=B, y=y), d.compile()(B=B, y=y)):
        np.testing.assert_allclose(found, want, rtol=1e-12, atol=1e-13)
