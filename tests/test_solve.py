"""Optima for data: against the solvers of other packages, to seven digits."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog, nnls
from scipy.optimize import minimize as scipy_minimize
from sklearn.linear_model import Lasso, LogisticRegression, PoissonRegressor, Ridge

import gradproof as gp
from gradproof.cli.main import main

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5))
TRUE = np.array([1.0, -2.0, 0.0, 0.0, 0.5])
Y = X @ TRUE + 0.1 * RNG.normal(size=60)
LABELS, COUNTS = np.sign(Y), RNG.poisson(np.exp(0.3 * X @ TRUE)).astype(float)
WHERE = "X: matrix m n; y: vector m; w: vector n; l: scalar positive"
S = np.cov(RNG.normal(size=(30, 6)).T)

CASES: list[tuple[str, str, dict[str, Any], Any, str]] = [
    ("norm2(X*w - y)^2 + l*norm2(w)^2", WHERE, {"y": Y, "l": 2.0}, lambda: Ridge(alpha=2.0, fit_intercept=False, tol=1e-12).fit(X, Y).coef_, "closed form"),
    ("norm2(X*w - y)^2/(2*m) + l*norm1(w)", WHERE, {"y": Y, "l": 0.3}, lambda: Lasso(alpha=0.3, fit_intercept=False, tol=1e-14, max_iter=100000).fit(X, Y).coef_, "L-BFGS-B on both signs, then Newton"),
    ("sum(log(1 + exp(-y.*(X*w)))) + l*norm2(w)^2/2", WHERE, {"y": LABELS, "l": 1.0},
     lambda: LogisticRegression(C=1.0, fit_intercept=False, tol=1e-12, max_iter=10000, solver="newton-cholesky").fit(X, LABELS).coef_[0], "trust-exact"),
    ("sum(exp(X*w)) - y'*(X*w)", WHERE, {"y": COUNTS}, lambda: PoissonRegressor(alpha=0, fit_intercept=False, tol=1e-12, max_iter=10000, solver="newton-cholesky").fit(X, COUNTS).coef_, "trust-exact"),
    ("norm2(X*w - y)^2", WHERE.replace("w: vector n", "w: vector n nonneg"), {"y": Y}, lambda: nnls(X, Y)[0], "L-BFGS-B, then Newton"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "where", "data", "expected", "method"), CASES, ids=[c[0] for c in CASES])
def test_other_packages_find_the_same(text: str, where: str, data: dict[str, Any], expected: Any, method: str) -> None:
    found = gp.minimize(text, "w", (), where).solve(X=X, **data)
    assert (found.kind, found.method, found.success) == ("global-minimum", method, True)
    assert np.allclose(found.x, expected(), atol=1e-7)
    assert np.allclose(found["values"]["w"], found.x)
    whole = {"X": X, "w": found.x, **data}
    assert np.isclose(found.fun, gp.parse(text, where).evaluate({**whole, "m": 60}))


def test_constraints() -> None:
    mu = np.arange(6) / 10
    o = gp.minimize(
        "w'*S*w", "w", ["sum(w) = 1", "mu'*w >= r"], "S: matrix n n psd; w: vector n nonneg; mu: vector n; r: scalar"
    )
    found = o.solve(S=S, mu=mu, r=0.3)
    assert found.kind == "global-minimum"
    assert abs(np.sum(found.x) - 1) < 1e-9
    assert found.x @ mu > 0.3 - 1e-9
    rows = [{"type": "eq", "fun": lambda w: np.sum(w) - 1}, {"type": "ineq", "fun": lambda w: mu @ w - 0.3}]
    start, bounds = np.full(6, 1 / 6), [(0, None)] * 6
    other = scipy_minimize(
        lambda w: 1e3 * w @ S @ w, start, bounds=bounds, constraints=rows, method="SLSQP", options={"ftol": 1e-14}
    )
    assert np.allclose(found.x, other.x, atol=1e-4)


def test_a_linear_program() -> None:
    c, A, b = np.array([1.0, 2.0, 0.5]), np.array([[1.0, 1.0, 0.3], [0.2, 1.0, 2.0]]), np.array([1.0, 1.0])
    found = gp.minimize("c'*x", "x", "A*x >= b", "c: vector n; x: vector n nonneg; A: matrix m n; b: vector m").solve(
        c=c, A=A, b=b
    )
    assert np.isclose(found.fun, linprog(c, -A, -b).fun, atol=1e-8)
    assert found.kind == "global-minimum"


def test_what_is_not_convex_is_not_called_global() -> None:
    found = gp.minimize("norm2(x.^2 - p)^2 + sum(x)", "x", (), "x: vector n; p: vector n").solve(p=np.ones(3))
    assert found.kind == "stationary"


def test_a_maximum() -> None:
    found = gp.maximize("sum(log(1 + x)) - x'*x", "x", (), "x: vector n positive").solve(n=4)
    assert found.kind == "global-maximum"
    assert np.allclose(2 * found.x * (1 + found.x), 1, atol=1e-9)


def test_a_closed_form_whose_condition_fails_gives_way_to_a_solver() -> None:
    o = gp.minimize("norm2(A*x - b)^2", "x")
    found = o.solve(A=np.ones((4, 2)), b=np.arange(4.0))
    assert found.method == "trust-exact"
    assert np.isclose(found.fun, 5.0)


def test_a_squared_kink_is_smooth() -> None:
    squared = gp.minimize("sum(relu(1 - y.*(X*w)).^2) + norm2(w)^2", "w", (), WHERE).solve(X=X, y=LABELS)
    assert squared.kind == "global-minimum"


def test_a_matrix_that_is_only_semidefinite_beside_constraints() -> None:
    rng = np.random.default_rng(2)
    root, c, C, d = rng.normal(size=(4, 2)), rng.normal(size=4), rng.normal(size=(2, 4)), rng.normal(size=2)
    P = root @ root.T
    where = "P: matrix n n psd; c: vector n; x: vector n; C: matrix k n; d: vector k"
    found = gp.minimize("x'*P*x/2 - c'*x", "x", "C*x = d", where).solve(P=P, c=c, C=C, d=d)
    want = np.linalg.solve(np.block([[P, C.T], [C, np.zeros((2, 2))]]), np.append(c, d))[:4]
    assert found.method == "closed form"
    assert np.allclose(found.x, want, atol=1e-9)


def test_no_answer_where_no_point_meets_the_constraints() -> None:
    """Five orthonormal columns of three entries."""
    o = gp.maximize("tr(W'*A*W)", "W", "W'*W = eye(k)", "A: matrix n n symmetric; W: matrix n k")
    assert o.solve(A=np.diag([1.0, 2.0, 3.0]), k=2).fun == pytest.approx(5.0)
    found = o.solve(A=np.diag([1.0, 2.0, 3.0]), k=5)
    assert not found.success
    assert found.kind == "stationary"


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.npz"
    np.savez(path, A=X, b=Y, l=np.array(0.5))
    line = [
        "minimize",
        "norm2(A*x - b)^2 + l*norm1(x)",
        "--over",
        "x",
        "--where",
        "l: scalar positive; A: matrix m n; b: vector m; x: vector n",
    ]
    assert main([*line, "--data", str(path)]) == 0
    assert "global minimum" in capsys.readouterr().out.lower()
    assert main([*line, "--data", str(path), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["result"]["kind"] == "global-minimum"
    assert len(found["result"]["values"]["x"]) == 5


def test_a_long_run_shows_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal; short runs and pipes show nothing."""
    from gradproof.codegen.rows import progress

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    o = gp.minimize("sum(log(1 + exp(-y.*(A*x)))) + norm2(x)^2", "x", where="A: matrix m n; y: vector m; x: vector n")
    data = {"A": np.arange(12.0).reshape(4, 3), "y": np.array([1.0, -1.0, 1.0, -1.0])}
    for delay, stream in ((0.0, Terminal()), (60.0, Terminal()), (0.0, io.StringIO())):
        monkeypatch.setattr(progress, "DELAY", delay)
        monkeypatch.setattr("sys.stderr", stream)
        assert o.solve(data).success
        assert ("evaluations" in stream.getvalue()) == (delay == 0.0 and stream.isatty())
