"""`gradproof minimize --data` on the data sets that scikit-learn brings, against its own solvers, and SciPy's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import nnls

from gradproof.cli.main import main

sklearn = pytest.importorskip("sklearn")
from sklearn import covariance, datasets, linear_model  # noqa: E402

WHERE = "X: matrix m n; y: vector m; w: vector n; l: scalar positive"


def standard(x: Any) -> Any:
    return (x - x.mean(axis=0)) / x.std(axis=0)


def solved(capsys: pytest.CaptureFixture[str], file: Path, text: str, over: str, where: str, **data: Any) -> Any:
    """What the command says, for arrays in a file."""
    np.savez(file, **data)
    assert main(["minimize", text, "--over", over, "--where", where, "--data", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["result"]
    assert found["success"]
    assert found["kind"] == "global-minimum"
    return np.asarray(found["values"][over])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data.npz"


def test_diabetes(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    X, y = datasets.load_diabetes(return_X_y=True)
    X, y = standard(X), y - y.mean()
    plain = {"fit_intercept": False, "tol": 1e-13, "max_iter": 100000}
    w = solved(capsys, file, "norm2(X*w - y)^2 + l*norm2(w)^2", "w", WHERE, X=X, y=y, l=5.0)
    assert np.allclose(w, linear_model.Ridge(alpha=5.0, fit_intercept=False).fit(X, y).coef_, rtol=1e-9)
    w = solved(capsys, file, "norm2(X*w - y)^2/(2*m) + l*norm1(w)", "w", WHERE, X=X, y=y, l=5.0)
    assert np.allclose(w, linear_model.Lasso(alpha=5.0, **plain).fit(X, y).coef_, atol=1e-9)
    w = solved(capsys, file, "norm2(X*w - y)^2/(2*m) + l*norm1(w)/2 + l*norm2(w)^2/4", "w", WHERE, X=X, y=y, l=5.0)
    assert np.allclose(w, linear_model.ElasticNet(alpha=5.0, l1_ratio=0.5, **plain).fit(X, y).coef_, atol=1e-9)
    w = solved(
        capsys, file, "norm2(X*w - y)^2", "w", WHERE.replace("w: vector n", "w: vector n nonneg"), X=X, y=y, l=1.0
    )
    assert np.allclose(w, nnls(X, y)[0], atol=1e-9)


def test_breast_cancer(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    X, y = datasets.load_breast_cancer(return_X_y=True)
    X, y = standard(X), 2.0 * y - 1
    w = solved(capsys, file, "sum(log(1 + exp(-y.*(X*w)))) + l/2*norm2(w)^2", "w", WHERE, X=X, y=y, l=1.0)
    own = linear_model.LogisticRegression(fit_intercept=False, tol=1e-12, solver="newton-cholesky", max_iter=1000)
    assert np.allclose(w, own.fit(X, y).coef_[0], atol=1e-7)
    w = solved(capsys, file, "sum(relu(1 - y.*(X*w)).^2) + l/2*norm2(w)^2", "w", WHERE, X=X, y=y, l=1.0)
    slack = np.maximum(1 - y * (X @ w), 0)  # the slope is zero, and there is one minimum
    assert np.allclose(w - 2 * X.T @ (y * slack), 0, atol=1e-7)


def test_iris_and_wine(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    X, y = datasets.load_iris(return_X_y=True)
    X, Y = standard(X), np.eye(3)[y]
    where = "X: matrix m n; Y: matrix m k; W: matrix n k; l: scalar positive"
    W = solved(capsys, file, "sum(logsumexp_rows(X*W)) - sum(Y.*(X*W)) + l/2*norm2(W)^2", "W", where, X=X, Y=Y, l=1.0)
    own = linear_model.LogisticRegression(fit_intercept=False, tol=1e-12, solver="newton-cg", max_iter=10000).fit(X, y)
    assert np.allclose(W, own.coef_.T, atol=1e-7)
    S = np.cov(standard(datasets.load_wine().data).T)[:6, :6]
    where = "S: matrix n n symmetric; K: matrix n n posdef; l: scalar positive"
    K = solved(capsys, file, "tr(S*K) - logdet(K) + l*(norm1(K) - tr(K))", "K", where, S=S, l=0.2)
    want = covariance.graphical_lasso(S, 0.2, tol=1e-10, enet_tol=1e-10, max_iter=1000)[1]
    assert np.allclose(K, want, atol=1e-7)


def test_tables_and_numbers_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    X, y = datasets.load_diabetes(return_X_y=True)
    np.savetxt(tmp_path / "X.csv", X, delimiter=",", header="a,b,c", comments="")
    np.savetxt(tmp_path / "y.csv", y)
    np.save(tmp_path / "y.npy", y)
    asked = ["minimize", "norm2(X*w - y)^2 + l*norm2(w)^2", "--over", "w", "--where", WHERE, "--data", f"X={tmp_path / 'X.csv'}", "--data", "l=0.5", "--json", "--data"]  # fmt: skip
    want = linear_model.Ridge(alpha=0.5, fit_intercept=False).fit(X, y).coef_
    for name in ("y.csv", "y.npy"):
        assert main([*asked, f"y={tmp_path / name}"]) == 0
        assert np.allclose(json.loads(capsys.readouterr().out)["result"]["values"]["w"], want, rtol=1e-9)
    for wrong in (f"y={tmp_path / 'none.csv'}", "l=much"):
        assert main([*asked, wrong]) != 0
        assert "cannot read" in capsys.readouterr().err
