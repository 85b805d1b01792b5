"""Optima of formulas with kinks and constraints, against closed forms, linear programs and CVXPY; what is no optimum is not called one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

import gradproof as gp

RNG = np.random.default_rng(3)
A, b = RNG.normal(size=(16, 4)), RNG.normal(size=16)
Y, S = np.sign(b), np.cov(RNG.normal(size=(30, 4)).T)
Z, MASK = RNG.normal(size=(6, 4)), (RNG.random((6, 4)) > 0.3).astype(float)
REGRESSION = "A: matrix m n; b: vector m; x: vector n"


def solved(text: str, over: str, where: str, subject_to: Any = (), **data: Any) -> Any:
    found = gp.minimize(text, over, subject_to, where).solve(data)
    assert (found.kind, found.success) == ("global-minimum", True)
    return found


def program(rows: int, upper: np.ndarray, right: np.ndarray, cost: np.ndarray) -> float:
    free = [(None, None)] * (len(cost) - rows) + [(None, None)] * rows
    return float(linprog(cost, upper, right, bounds=free).fun)


def test_least_absolute_deviations() -> None:
    eye = np.eye(16)
    upper = np.vstack([np.hstack([A, -eye]), np.hstack([-A, -eye])])
    want = program(16, upper, np.concatenate([b, -b]), np.concatenate([np.zeros(4), np.ones(16)]))
    assert solved("norm1(A*x - b)", "x", REGRESSION, A=A, b=b).fun == pytest.approx(want, abs=1e-7)


def test_the_largest_residual() -> None:
    want = program(1, np.hstack([A, -np.ones((16, 1))]), b, np.array([0.0, 0, 0, 0, 1]))
    assert solved("max(A*x - b)", "x", REGRESSION, A=A, b=b).fun == pytest.approx(want, abs=1e-7)


@pytest.mark.parametrize("l", [0.5, 100.0])
def test_proximal_steps_have_closed_forms(l: float) -> None:
    found = solved("norm2(x - b)^2/2 + l*norm2(x)", "x", "b: vector n; x: vector n; l: scalar positive", b=b, l=l)
    assert np.allclose(found.x, max(0.0, 1 - l / np.linalg.norm(b)) * b, atol=1e-7)
    found = solved("norm2(X - Z)^2/2 + l*norm21(X)", "X", "X: matrix m n; Z: matrix m n; l: scalar positive", Z=Z, l=l)
    assert np.allclose(found["values"]["X"], np.maximum(0, 1 - l / np.linalg.norm(Z, axis=0)) * Z, atol=1e-7)
    found = solved("norm2(X - Z)^2/2 + l*nuclear(X)", "X", "X: matrix m n; Z: matrix m n; l: scalar positive", Z=Z, l=l)
    u, s, v = np.linalg.svd(Z, full_matrices=False)
    assert np.allclose(found["values"]["X"], (u * np.maximum(s - l, 0)) @ v, atol=1e-7)
    assert found.fun == pytest.approx(np.sum(np.minimum(s, l) ** 2) / 2 + l * np.sum(np.maximum(s - l, 0)), abs=1e-8)


def test_matrix_completion_satisfies_its_conditions() -> None:
    """The slope of the smooth part is minus l times a subgradient of the nuclear norm: U*V' and a rest that is orthogonal to both, of norm at most 1."""
    text = "norm2(W.*(X - Z))^2/2 + l*nuclear(X)"
    where = "X: matrix m n; Z: matrix m n; W: matrix m n; l: scalar positive"
    X = solved(text, "X", where, Z=Z, W=MASK, l=1.0)["values"]["X"]
    u, s, v = np.linalg.svd(X, full_matrices=False)
    r = int(np.sum(s > 1e-8))
    assert 0 < r < 4
    rest = -MASK * (X - Z) - u[:, :r] @ v[:r]
    assert np.allclose(u[:, :r].T @ rest, 0, atol=1e-7)
    assert np.allclose(rest @ v[:r].T, 0, atol=1e-7)
    assert np.linalg.norm(rest, 2) <= 1 + 1e-7


def test_cvxpy_finds_the_same() -> None:
    cp = pytest.importorskip("cvxpy")
    w = cp.Variable(4)
    other = cp.Problem(cp.Minimize(cp.sum(cp.pos(1 - cp.multiply(Y, A @ w))) + 0.5 * cp.sum_squares(w)))
    other.solve(solver="CLARABEL")
    found = solved("sum(relu(1 - y.*(A*x))) + l*norm2(x)^2", "x", REGRESSION.replace("b:", "y:") + "; l: scalar positive", A=A, y=Y, l=0.5)  # fmt: skip
    assert found.fun == pytest.approx(other.value, abs=1e-6)
    assert np.allclose(found.x, w.value, atol=1e-4)
    K = cp.Variable((4, 4), symmetric=True)
    other = cp.Problem(cp.Minimize(cp.trace(S @ K) - cp.log_det(K) + 0.1 * cp.sum(cp.abs(K))))
    other.solve(solver="CLARABEL")
    found = solved("tr(S*K) - logdet(K) + l*norm1(K)", "K", "S: matrix n n symmetric; K: matrix n n posdef; l: scalar positive", S=S, l=0.1)  # fmt: skip
    assert found.fun == pytest.approx(other.value, abs=1e-6)
    assert np.any(found["values"]["K"] == 0) == np.any(np.abs(K.value) < 1e-6)


def test_a_ball() -> None:
    found = solved("c'*x", "x", "c: vector n; x: vector n", "norm2(x) <= 1", c=b)
    assert np.allclose(found.x, -b / np.linalg.norm(b), atol=1e-6)


def test_a_sphere_has_a_start() -> None:
    A = np.diag([1.0, 1.0, 3.0])
    found = gp.minimize("x'*A*x", "x", "x'*x = 1", "A: matrix n n symmetric; x: vector n").solve(A=A)
    assert found.fun == pytest.approx(1.0, abs=1e-6)


def test_a_box() -> None:
    cases = (("x >= 0", np.maximum(b, 0)), (["x >= 0", "x <= 1/2"], np.clip(b, 0, 0.5)))
    for constraints, want in cases:
        found = solved("norm2(x - b)^2", "x", "b: vector n; x: vector n", constraints, b=b)
        assert np.allclose(found.x, want, atol=1e-7)


@pytest.mark.parametrize(
    ("text", "where", "data"),
    [
        ("sum(exp(x))", "x: vector n", {"n": 3}),
        ("sum(log(1 + exp(-y.*(A*x))))", REGRESSION.replace("b:", "y:"), {"A": A[:3], "y": np.ones(3)}),
        ("c'*x", "x: vector n; c: vector n", {"c": np.array([2.0, 0.0])}),
        ("sum(exp(x)) - c'*x", "x: vector n; c: vector n", {"c": np.array([2.0, -1.0])}),
    ],
)
def test_what_has_no_minimum_gets_none(text: str, where: str, data: dict[str, Any]) -> None:
    found = gp.minimize(text, "x", (), where).solve(data)
    assert not found.success
    assert found.kind == "stationary"


@pytest.mark.parametrize(
    ("text", "constraints"),
    [("norm2(x)^2 - norm1(A*x - b)", ()), ("lambdamax(x*x')", ())],
)
def test_other_kinks_are_refused_by_name(text: str, constraints: Any) -> None:
    with pytest.raises(gp.UnsupportedError):
        gp.minimize(text, "x", constraints, REGRESSION if "A" in text else "x: vector n").solve(
            {"A": A, "b": b} if "A" in text else {"n": 3}
        )


@pytest.mark.parametrize("ask", [gp.convexity, gp.minimize, gp.objective, gp.residual])
def test_complex_variables_and_equations_are_refused_by_name(ask: Any) -> None:
    with pytest.raises(gp.UnsupportedError, match="complex"):
        ask("norm2(A*z - b)^2", ["z"], where="z: vector n complex; A: matrix m n complex; b: vector m complex")
    with pytest.raises(gp.UnsupportedError, match="x is defined by an equation"):
        ask("x'*x + b'*b", ["b"], where="W: matrix n n; x: vector n defined by x = tanh(W*x + b)")


def test_gradients_go_through_equations() -> None:
    where = "W: matrix n n; b: vector n; x: vector n defined by x = tanh(W*x + b)"
    W, at = 0.2 * RNG.normal(size=(3, 3)), RNG.normal(size=3)

    def fixed(c: np.ndarray) -> np.ndarray:
        x = np.zeros(3)
        for _ in range(200):
            x = np.tanh(W @ x + c)
        return x

    found = gp.gradients("x'*x + b'*b", ["b"], where)["b"].evaluate(W=W, b=at, x=fixed(at))
    f = lambda c: fixed(c) @ fixed(c) + c @ c  # noqa: E731
    steps = [(f(at + 1e-6 * e) - f(at - 1e-6 * e)) / 2e-6 for e in np.eye(3)]
    assert np.allclose(found, steps, atol=1e-7)
