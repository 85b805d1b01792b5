"""Formulas for solvers: against differences, against SciPy's solvers."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import check_grad, least_squares, minimize

import gradproof as gp
from gradproof.cli.main import main

RNG = np.random.default_rng(4)
X, Y, A, C = RNG.normal(size=(20, 3)), RNG.normal(size=20), RNG.normal(size=(4, 4)), RNG.normal(size=(4, 4))
COV = A @ A.T + np.eye(4)

CASES: list[tuple[str, Any, str, dict[str, Any]]] = [  # formula, variables, declarations, data
    ("sum(log(1 + exp(-y.*(X*w + b*ones(m))))) + norm2(w)^2", ["w", "b"], "X: matrix m n; y: vector m; w: vector n; b: scalar", {"X": X, "y": np.sign(Y)}),
    ("norm2(X*W*V - Y)^2", ["W", "V"], "X: matrix m n; W: matrix n k; V: matrix k p; Y: matrix m p", {"X": X, "Y": RNG.normal(size=(20, 2)), "k": 2}),
    ("logdet(S) + tr(C*inv(S))", "S", "S: matrix n n posdef; C: matrix n n posdef", {"C": COV}),
    ("tr(S*C*S) + tr(A*S)^2", "S", "S: matrix n n symmetric; C: matrix n n; A: matrix n n", {"C": C, "A": A}),
    ("sum(x.*log(x./p)) + t^2*sum(x)", ["x", "t"], "x: vector n positive; p: vector n positive; t: scalar", {"p": np.arange(1.0, 6.0)}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "where", "data"), CASES, ids=[c[0] for c in CASES])
def test_derivatives_against_differences(text: str, wrt: Any, where: str, data: dict[str, Any]) -> None:
    F = gp.objective(text, wrt, where).bind(data)
    v = F.x0 + 0.3 * np.random.default_rng(1).uniform(0.2, 1, F.size)
    assert check_grad(F.fun, F.jac, v) < 1e-5 * (1 + np.linalg.norm(F.jac(v)))
    H, h = F.hess(v), 1e-5
    for k, e in enumerate(np.eye(F.size)):
        want = (F.jac(v + h * e) - F.jac(v - h * e)) / (2 * h)
        assert np.allclose(H[:, k], want, rtol=1e-5, atol=1e-5 * (1 + np.abs(H).max()))
        assert np.allclose(F.hessp(v, e), H[:, k], rtol=1e-9, atol=1e-9 * (1 + np.abs(H).max()))
    assert np.allclose(H, H.T)
    assert np.allclose(F.pack(F.unpack(v)), v)
    value = gp.parse(text, where).evaluate({**data, **F.unpack(v)})
    assert np.isclose(F.fun(v), value)
    assert F.fun_and_jac(v)[0] == F.fun(v)


@pytest.mark.parametrize(
    "method",
    ["CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP", "Newton-CG", "trust-ncg", "trust-krylov", "trust-exact", "dogleg"],
)
def test_every_method_of_scipy(method: str) -> None:
    text = "norm2(X*w - y)^2 + sum(log(1 + exp(w)))"
    F = gp.objective(text, "w", "X: matrix m n; y: vector m; w: vector n").bind(X=X, y=Y)
    second = {"Newton-CG", "trust-ncg", "trust-krylov", "trust-exact", "dogleg"}
    more = {"hess": F.hess} if method in second else {}
    found = minimize(F.fun, F.x0, jac=F.jac, method=method, **more)
    assert np.linalg.norm(F.jac(found.x)) < 1e-2
    best = minimize(F.fun, F.x0, jac=F.jac, hess=F.hess, method="trust-exact", options={"gtol": 1e-10}).x
    assert np.allclose(found.x, best, atol=1e-3)


def test_the_covariance_is_found_by_its_cholesky_factor() -> None:
    F = gp.objective("logdet(S) + tr(C*inv(S))", "S", "S: matrix n n posdef; C: matrix n n posdef").bind(C=COV)
    found = minimize(F.fun, F.x0, jac=F.jac, hess=F.hess, method="trust-exact", options={"gtol": 1e-10})
    assert np.allclose(F.unpack(found.x)["S"], COV, atol=1e-7)
    assert "Cholesky" in F.parametrisation["S"]


def test_bounds_of_positive_variables() -> None:
    F = gp.objective("norm2(X*w - y)^2", "w", "X: matrix m n; y: vector m; w: vector n nonneg").bind(X=X, y=Y)
    assert F.bounds == [(0.0, None)] * 3
    found = minimize(F.fun, F.x0, jac=F.jac, bounds=F.bounds, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-12})
    from scipy.optimize import nnls  # the reference of this test alone

    assert np.allclose(found.x, nnls(X, Y)[0], atol=1e-6)


def test_residuals() -> None:
    R = gp.residual("X*w + exp(a)*ones(m) - y", ["w", "a"], "X: matrix m n; y: vector m; w: vector n; a: scalar").bind(
        X=X, y=Y + 3
    )
    found = least_squares(R.fun, R.x0, R.jac, xtol=1e-15, ftol=1e-15, gtol=1e-12)
    want = np.linalg.lstsq(np.column_stack([X, np.ones(20)]), Y + 3)[0]
    assert np.allclose(np.append(found.x[:3], np.exp(found.x[3])), want, atol=1e-7)
    M = gp.residual("X*W - Y", "W", "X: matrix m n; W: matrix n p; Y: matrix m p").bind(X=X, Y=np.stack([Y, Y], 1))
    v = RNG.normal(size=6)
    assert np.allclose(
        M.jac(v), np.stack([(M.fun(v + 1e-5 * e) - M.fun(v - 1e-5 * e)) / 2e-5 for e in np.eye(6)], 1), atol=1e-6
    )


def test_errors() -> None:
    F = gp.objective("norm2(X*w - y)^2", "w", "X: matrix m n; y: vector m; w: vector n")
    with pytest.raises(gp.DomainError):
        F.bind(X=X)
    with pytest.raises(gp.ShapeError):
        F.bind(X=X, y=Y[:3])
    with pytest.raises(gp.DomainError):
        F.bind(X=X, y=Y, w=np.ones(3))
    with pytest.raises(gp.ShapeError):
        F.bind(X=X, y=Y).fun(np.ones(2))
    with pytest.raises(gp.ShapeError):
        gp.objective("X*w", "w")
    with pytest.raises(gp.UnsupportedError):
        gp.objective("sum(p.^2)", "p", "p: vector n simplex").bind(n=3)
    with pytest.raises(gp.DomainError):
        gp.objective("norm2(w)^2", "w", "w: vector n").bind()


MODULES = [
    (
        "sum(log(1 + exp(-y.*(X*w + b*ones(m))))) + lambda*norm2(w)^2",
        ["w", "b"],
        "X: matrix m n; y: vector m; w: vector n; b: scalar; lambda: scalar positive",
    ),
    ("norm2(A*X - B)^2 + sum(exp(X))", ["X"], "A: matrix m n; X: matrix n 3; B: matrix m 3"),
    ("sum(x.*log(x./p)) + sum(x)^2", ["x"], "x: vector n positive; p: vector n positive"),
    ("n*log(1 + norm2(x)^2)", ["x"], "x: vector n"),
]


@pytest.mark.parametrize(("text", "wrt", "where"), MODULES, ids=[c[0] for c in MODULES])
def test_a_module_runs_by_itself(text: str, wrt: list[str], where: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["code", text, *(f"--wrt={n}" for n in wrt), "--where", where, "--objective"]) == 0
    source = capsys.readouterr().out
    assert "gradproof" not in source
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "gradient against differences" in ran.stdout


@pytest.mark.parametrize(
    ("text", "wrt", "where"),
    [
        ("X*w - y", "w", "X: matrix m n; w: vector n; y: vector m"),
        ("tanh(X*w) - y", "w", "X: matrix m n; w: vector n; y: vector m"),
        ("X*W*S - Y", ["W", "S"], "X: matrix m n; W: matrix n k; Y: matrix m k; S: matrix k k posdef"),
    ],
)
def test_residuals_of_sparse_data(text: str, wrt: Any, where: str) -> None:
    """The Jacobian is never formed; it is held against the one of the same data as an array."""
    rng = np.random.default_rng(0)
    thin = sparse.random_array((30, 4), density=0.4, rng=rng, format="csr")
    data = {"y": rng.normal(size=30)} if "y" in where else {"Y": rng.normal(size=(30, 2))}
    R, D = (gp.residual(text, wrt, where).bind(X=x, **data) for x in (thin, thin.toarray()))
    v, u = rng.normal(size=R.size), rng.normal(size=len(D.fun(D.x0)))
    assert np.allclose(R.fun(v), D.fun(v))
    assert np.allclose(R.jac(v).matmat(np.eye(R.size)), D.jac(v))
    assert np.allclose(R.jac(v).rmatvec(u), D.jac(v).T @ u)
    close = {"xtol": 1e-14, "ftol": 1e-14, "gtol": 1e-12}
    if len(wrt) == 1:
        assert np.allclose(
            least_squares(R.fun, R.x0, R.jac, **close).x, least_squares(D.fun, D.x0, D.jac, **close).x, atol=1e-6
        )


def test_the_hessian_asks_for_no_more_data_than_the_formula() -> None:
    F = gp.objective("c'*x + norm2(x)^2", "x", "c: vector n; x: vector n; A: matrix m n").bind(c=[1.0, 2.0])
    assert np.allclose(F.hess([0.0, 0.0]), 2 * np.eye(2))
