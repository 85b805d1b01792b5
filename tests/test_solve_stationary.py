"""Solvers at points where the slope is zero and there is no minimum, at the border of what is positive, and with constraints that follow from one another.

Expected values are from calculus by hand, singular values (NumPy), CVXPY-like duals by hand, and SciPy on a formula written in NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import linalg, optimize

import gradproof as gp
from gradproof.optimum.solution import AWAY, STUCK

RNG = np.random.default_rng(7)
B, C = RNG.normal(size=(5, 4)), RNG.normal(size=(4, 3))
A = RNG.normal(size=(6, 3))


def test_a_maximum_in_the_middle_is_left() -> None:
    """x^4 - 2*x^2 has its minima -1 at -1 and 1, and was said to be solved at 0, a maximum."""
    found = gp.minimize("x^4 - 2*x^2", "x", (), "x: scalar").solve()
    assert found.success
    assert found.fun == pytest.approx(-1.0)
    assert abs(found.x[0]) == pytest.approx(1.0)


def test_the_best_matrix_of_rank_one() -> None:
    """Zero is a saddle: the optimum is what the other singular values leave (Eckart and Young)."""
    found = gp.minimize("norm2(B - u*v')^2", ["u", "v"], (), "B: matrix m n; u: vector m; v: vector n").solve(B=B)
    assert found.success
    assert found.fun == pytest.approx(np.sum(np.linalg.svd(B)[1][1:] ** 2))


FALLS: list[tuple[str, str, str, tuple[str, ...], str, dict[str, Any]]] = [
    ("min", "x*y", "x y", ("x + y = c",), "x: scalar; y: scalar; c: scalar", {"c": 1.0}),
    ("min", "x^2 - y^2", "x y", (), "x: scalar; y: scalar", {}),
    ("min", "sum(w.*(A*x - b).^2)", "x", (), "A: matrix m n; x: vector n; b: vector m; w: vector m", {"A": A, "b": A[:, 0] + 1, "w": np.array([1.0, -2, 1, 1, -3, 1])}),
    ("max", "x'*S*x - c'*x", "x", (), "x: vector n; S: matrix n n symmetric; c: vector n", {"S": np.diag([1.0, -1.0]), "c": np.ones(2)}),
]  # fmt: skip


@pytest.mark.parametrize(("sense", "text", "over", "subject_to", "where", "data"), FALLS, ids=[f[1] for f in FALLS])
def test_what_has_no_optimum_is_not_said_to_be_solved(sense, text, over, subject_to, where, data) -> None:
    found = getattr(gp, sense + "imize")(text, over.split(), subject_to, where).solve(data)
    assert not found.success
    assert "run away" in found.message


def test_a_ratio_that_rises_without_end_along_a_constraint() -> None:
    """u'*w/sqrt(w'*S*w) where sum(w) = 1: where sum(inv(S)*u) is negative, the supremum is met far out only."""
    o = gp.maximize("u'*w/sqrt(w'*S*w)", "w", ("sum(w) = 1",), "u: vector n; w: vector n; S: matrix n n posdef")
    assert not o.solve(S=np.diag([1.0, 2.0, 3.0]), u=np.array([0.3, -2.0, 0.1])).success
    best = o.solve(S=np.diag([1.0, 2.0, 3.0]), u=np.array([0.3, 2.0, 0.1]))
    assert best.success
    assert best.fun == pytest.approx(np.sqrt(0.3**2 + 2.0**2 / 2 + 0.1**2 / 3), rel=1e-7)


def test_the_curvature_of_a_constraint_counts() -> None:
    """The minimum of -x^2 - 2*y^2 on the circle is at the poles, the one at (1, 0) a saddle of the Lagrangian; x^2*y on it has a maximum 2 at y = 1."""
    o = gp.minimize("-x^2 - 2*y^2", ["x", "y"], ("x^2 + y^2 = 1",), "x: scalar; y: scalar")
    assert o.solve().fun == pytest.approx(-2.0)


def test_a_distance_to_orthonormal_columns() -> None:
    """Half of X'*X = eye(k) follows from the other half; the best of many starts by SciPy."""
    M, N = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 2))
    o = gp.minimize("norm2(A*X - B)^2", "X", ("X'*X = eye(k)",), "A: matrix m n; X: matrix n k; B: matrix m k")

    def value(t: Any) -> float:
        return float(np.sum((M @ linalg.polar(t.reshape(3, 2))[0] - N) ** 2))

    found = o.solve(A=M, B=N)
    assert found.success
    assert np.allclose(found["values"]["X"].T @ found["values"]["X"], np.eye(2), atol=1e-8)
    moved = [found["values"]["X"] @ linalg.expm(1e-3 * np.array([[0, s], [-s, 0]])) for s in (1, -1)]
    assert all(np.sum((M @ x - N) ** 2) >= found.fun - 1e-9 for x in moved)
    assert found.fun >= min(optimize.minimize(value, RNG.normal(size=6)).fun for _ in range(20)) - 1e-6


def test_equations_that_follow_from_one_another() -> None:
    dependent = np.outer([1.0, 2.0], [1.0, 2.0, 3.0])
    o = gp.minimize("norm2(x)^2", "x", ("A*x = b",), "A: matrix k n; b: vector k; x: vector n")
    found = o.solve(A=dependent, b=np.array([1.0, 2.0]))
    assert found.success
    assert np.allclose(found.x, np.array([1.0, 2.0, 3.0]) / 14)
    apart = o.solve(A=dependent, b=np.array([1.0, 3.0]))
    assert not apart.success
    assert "meets the constraints" in apart.message


def test_sizes_that_only_constraints_tell() -> None:
    """The largest entropy of a mean: p is proportional to exp(t*a), with t by SciPy."""
    a = np.array([1.0, 2.0, 4.0])
    o = gp.maximize("-sum(p.*log(p))", "p", ("sum(p) = 1", "a'*p = r"), "p: vector n positive; a: vector n; r: scalar")
    share = lambda t: np.exp(t * a) / np.sum(np.exp(t * a))  # noqa: E731
    want = share(optimize.brentq(lambda t: share(t) @ a - 3.0, -10, 10))
    assert np.allclose(o.solve(a=a, r=3.0).x, want, atol=1e-7)


def test_a_design_of_experiments_does_not_end_at_the_border() -> None:
    """A-optimal weights: diag(A*inv(A'*diag(w)*A)^2*A') is the same for all that are positive, and no larger elsewhere (Kiefer)."""
    o = gp.minimize("tr(inv(A'*diag(w)*A))", "w", ("sum(w) = 1",), "A: matrix m n; w: vector m positive")
    data = np.vstack([np.eye(3), 0.9 * np.ones((1, 3))])
    found = o.solve(A=data)
    slopes = np.diag(data @ np.linalg.matrix_power(np.linalg.inv(data.T @ np.diag(found.x) @ data), 2) @ data.T)
    assert found.success
    assert np.allclose(slopes, found.fun, rtol=1e-5)


def test_a_variance_beside_a_penalty() -> None:
    """By logarithms of the variance, with SciPy; the plain steps went to a variance of zero."""
    X = np.array([[0.34, -1.95, 0.5], [-0.97, -1.24, 1.12], [-1.61, -1.59, -0.84], [1.41, 0.92, -0.17]])
    y = np.array([-1.09, 0.78, -0.38, 0.3])
    o = gp.minimize("norm2(y - X*w)^2/v + m*log(v) + l*norm2(w)^2", ["w", "v"], (), "y: vector m; X: matrix m n; w: vector n; v: scalar positive; l: scalar positive")  # fmt: skip
    value = lambda z: np.sum((y - X @ z[:3]) ** 2) / np.exp(z[3]) + 4 * z[3] + 0.37 * z[:3] @ z[:3]  # noqa: E731
    want = optimize.minimize(value, np.zeros(4), tol=1e-12).fun
    assert o.solve(X=X, y=y, l=0.37).fun == pytest.approx(want, rel=1e-7)


def test_roots_of_numbers_are_written_as_in_books() -> None:
    o = gp.maximize("x + y", ["x", "y"], "x^2 + 4*y^2 = 3", "x: scalar; y: scalar")
    assert [o.solution[n].ascii for n in "xy"] == ["2*sqrt(15)/5", "sqrt(15)/10"]
    assert o.solve().fun == pytest.approx(np.sqrt(3 * (1 + 1 / 4)))


def test_one_condition_is_said_once() -> None:
    o = gp.maximize("c'*x", "x", "x'*x <= 1", "c: vector n; x: vector n")
    assert o.conditions == ("c is not zero",)


def test_a_run_to_the_border_of_positive_definite_matrices_is_no_error() -> None:
    """tr(C*X) - logdet(X) falls for ever where C is not positive definite; it was a DomainError of the matrix on the way."""
    o = gp.minimize("tr(C*X) - logdet(X)", "X", (), "X: matrix n n posdef; C: matrix n n symmetric")
    for c in (np.diag([1.0, -2.0, 0.5]), np.array([[0.3, 2.0, 0.1], [2.0, 0.4, -1.0], [0.1, -1.0, 0.2]])):
        found = o.solve(C=c)
        assert not found.success
        assert found.message in (AWAY, STUCK)
    assert o.solve(C=2 * np.eye(3)).fun == pytest.approx(3 + 3 * np.log(2))


FACTORS = [("x*exp(-x)", "x: scalar", "1"), ("a*x*exp(-b*x)", "x: scalar; a: scalar positive; b: scalar positive", "1/b"), ("x*exp(-x^2/2)", "x: scalar positive", "1")]  # fmt: skip


@pytest.mark.parametrize(("text", "where", "point"), FACTORS, ids=[f[0] for f in FACTORS])
def test_factors_that_are_positive_are_left_out_of_equations(text: str, where: str, point: str) -> None:
    """The slope of x*exp(-x) is exp(-x)*(1 - x)."""
    solution = gp.maximize(text, "x", (), where).solution
    assert solution is not None
    assert solution["x"].ascii == point
