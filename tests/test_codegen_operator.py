"""Derivatives as linear operators: the products, diagonals and solutions of the matrix that is never formed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradproof as gp

RNG = np.random.default_rng(0)
A, x = RNG.normal(size=(4, 6)), RNG.normal(size=6)
FACTORISATION = {
    "Om": RNG.uniform(0.5, 1, size=(4, 5)),
    "T": np.ones((4, 5)),
    "U": RNG.normal(size=(4, 2)),
    "V": RNG.normal(size=(5, 2)),
}
KRONECKER = {"A": RNG.normal(size=(4, 4)), "B": RNG.normal(size=(3, 3)), "X": RNG.normal(size=(4, 3))}

OPERATORS: list[
    tuple[str, Any, dict[str, Any], dict[str, str], bool]
] = [  # formula, variables, values, declarations, whether it can be solved
    ("log(sum(exp(x))) + norm2(x)^2", ["x", "x"], {"x": x}, {}, True),
    ("log(sum(exp(A*x)))", ["x", "x"], {"A": A, "x": x}, {}, False),
    (
        "norm2(A*x - b)^2 + lam*norm2(x)^2",
        ["x", "x"],
        {"A": A, "x": x, "b": np.ones(4), "lam": 0.3},
        {"lam": "scalar"},
        True,
    ),
    ("sum(Om.*(T - U*V').^2)", ["U", "U"], FACTORISATION, {}, True),
    ("A*X*B", "X", KRONECKER, {"A": "matrix m m", "B": "matrix n n", "X": "matrix m n"}, True),
    ("tr(A*X*B*X')", ["X", "X"], KRONECKER, {}, False),
    ("A*x", "x", {"A": A, "x": x}, {}, False),
    ("sum(x.^3)", ["x", "x"], {"x": x}, {}, True),
]


@pytest.mark.parametrize(("formula", "wrt", "values", "where", "solves"), OPERATORS)
def test_operator(formula: str, wrt: Any, values: dict[str, Any], where: dict[str, str], solves: bool) -> None:
    d = gp.derive(formula, wrt=wrt, where=where)
    o = d.operator(values)
    D = d.evaluate(values).reshape(o.shape)
    u, v = RNG.normal(size=o.shape[0]), RNG.normal(size=o.shape[1])
    assert np.allclose(o.matvec(v), D @ v)
    assert np.allclose(o.rmatvec(u), D.T @ u)
    assert np.allclose(o.todense(), D)
    if o.shape[0] == o.shape[1]:
        assert np.allclose(o.diagonal(), D.diagonal())
    if solves:
        assert np.allclose(D @ o.solve(u), u)
    else:
        with pytest.raises(gp.UnsupportedError):
            o.solve(u)


def test_it_is_a_linear_operator_of_scipy() -> None:
    linalg = pytest.importorskip("scipy.sparse.linalg")
    o = gp.derive("log(sum(exp(x))) + norm2(x)^2", wrt=["x", "x"]).operator(x=x)
    b = np.ones(6)
    found, failed = linalg.cg(o.linear, b, rtol=1e-12)
    assert not failed
    assert np.allclose(found, o.solve(b))


def test_a_million_variables() -> None:
    n = 1_000_000
    big = np.linspace(0, 1, n)
    o = gp.derive("log(sum(exp(x))) + norm2(x)^2", wrt=["x", "x"]).operator(x=big)
    y = o.matvec(big)
    p = np.exp(big) / np.exp(big).sum()
    assert np.allclose(y, p * big - p * (p @ big) + 2 * big)
    assert np.allclose(o.solve(y), big)


def test_a_singular_matrix_is_refused() -> None:
    with pytest.raises(gp.DomainError, match="singular"):
        gp.derive("softmax(x)", wrt="x").operator(x=x).solve(np.ones(6))
    with pytest.raises(gp.UnsupportedError):
        gp.derive("x'*x", wrt="x").operator(x=x)


def test_no_matrix_is_formed() -> None:
    source = gp.derive("log(sum(exp(A*x)))", wrt=["x", "x"]).operator(A=np.ones((300, 200)), x=np.ones(200)).source
    assert "[:, None] * A" not in source


def test_a_vector_of_another_size_is_an_error_of_ours() -> None:
    operator = gp.derive("X*X'", "X").operator(X=np.eye(3))
    for product in (operator.matvec, operator.rmatvec):
        with pytest.raises(gp.ShapeError, match="4 entries, and 9 are needed"):
            product(np.ones(4))
    diagonal = gp.derive("norm2(diag(s)*x)^2", ["x", "x"]).operator(x=np.ones(3), s=np.arange(1.0, 4))
    with pytest.raises(gp.ShapeError, match="4 entries, and 3 are needed"):
        diagonal.solve(np.ones(4))


def test_a_matrix_that_is_singular_but_for_rounding_is_not_solved() -> None:
    """I - u*u' + 3*v*v' with a unit vector u at a right angle to v: u is in its null space."""
    d = gp.derive("norm2(x)^2/2 - (u'*x)^2/2 + 3*(v'*x)^2/2", ["x", "x"])
    u, v = np.array([1, 2, 3, 4]) / np.sqrt(30), np.array([2.0, -1, 0, 0])
    with pytest.raises(gp.DomainError, match="singular"):
        d.operator(u=u, v=v, x=np.ones(4)).solve(np.ones(4))
