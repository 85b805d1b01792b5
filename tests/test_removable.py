"""Derivatives at points where their closed form is 0/0: the limit where there is one, written by hand, and nothing where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradproof as gp

ZERO = np.zeros(3)
A = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 5.0]])
NEARLY = np.array([[0.1, 0.2], [0.3, 0.6]])  # singular up to rounding


def adjugate(M: Any) -> Any:
    """By minors, as it is defined."""
    n = len(M)
    minor = [[np.linalg.det(np.delete(np.delete(M, j, 0), i, 1)) for j in range(n)] for i in range(n)]
    return np.array([[(-1) ** (i + j) * minor[i][j] for j in range(n)] for i in range(n)])


POINTS: list[tuple[str, list[str], str | None, dict[str, Any], Any]] = [
    ("(1+norm2(x))*exp(-norm2(x))", ["x"], None, {"x": ZERO}, ZERO),
    ("(1+norm2(x))*exp(-norm2(x))", ["x", "x"], None, {"x": ZERO}, -np.eye(3)),
    ("norm2(x)*x", ["x"], None, {"x": ZERO}, np.zeros((3, 3))),
    ("norm2(x)^3", ["x"], None, {"x": ZERO}, ZERO),
    ("norm2(x)^3", ["x", "x"], None, {"x": ZERO}, np.zeros((3, 3))),
    ("norm2(A*x - b)^3", ["x"], None, {"A": A, "x": np.ones(3), "b": A @ np.ones(3)}, ZERO),
    ("norm2(X)^3", ["X", "X"], "X: matrix m n", {"X": np.zeros((2, 2))}, np.zeros((2, 2, 2, 2))),
    ("norm2(x)", ["x"], None, {"x": ZERO}, np.full(3, np.nan)),
    ("x'*x + 1e-9*norm2(x)", ["x"], None, {"x": ZERO}, np.full(3, np.nan)),
    ("norm2(x)*y", ["x"], "y: vector n", {"x": ZERO, "y": np.ones(3)}, np.full((3, 3), np.nan)),
    ("det(X)", ["X"], None, {"X": SINGULAR}, adjugate(SINGULAR).T),
    ("det(X)", ["X"], None, {"X": np.ones((3, 3))}, np.zeros((3, 3))),
    ("det(X)", ["X"], None, {"X": NEARLY}, adjugate(NEARLY).T),
    ("det(S)", ["S"], "S: matrix n n symmetric", {"S": np.diag([2.0, 0.0, 3.0])}, np.diag([0.0, 6.0, 0.0])),
    (
        "det(X)",
        ["X", "X"],
        None,
        {"X": np.zeros((2, 2))},
        np.array([[[[0, 0], [0, 1]], [[0, 0], [-1, 0]]], [[[0, -1], [0, 0]], [[1, 0], [0, 0]]]]),
    ),
]


@pytest.mark.parametrize(("text", "wrt", "where", "values", "expected"), POINTS)
def test_the_value_is_the_limit(text: str, wrt: list[str], where: str | None, values: dict[str, Any], expected: Any):
    with np.errstate(all="ignore"):
        found = gp.derive(text, wrt, where=where).evaluate(values)
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("text", ["logdet(X)", "tr(inv(X))"])
def test_where_there_is_no_limit_the_matrix_is_singular(text: str):
    with pytest.raises(gp.DomainError, match="singular"):
        gp.derive(text, "X").evaluate(X=SINGULAR)


@pytest.mark.parametrize(
    ("text", "wrt", "asked"),
    [
        ("norm2(x)", ["x"], True),
        ("norm2(A*x - b)", ["x"], True),
        ("norm2(A*x)*norm2(b)", ["x"], True),
        ("norm2(x)^3", ["x", "x"], False),
        ("norm2(x)*x", ["x"], False),
        ("(1+norm2(x))*exp(-norm2(x))", ["x"], False),
        ("norm2(A*x - b)^3", ["x"], False),
    ],
)
def test_a_derivation_asks_for_a_norm_that_is_not_zero_only_where_it_must(text: str, wrt: list[str], asked: bool):
    conditions = gp.derive(text, wrt).derivation().conditions
    assert any(c.key == "norm-nonzero" for c in conditions) == asked
