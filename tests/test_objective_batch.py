"""Many problems of one formula at once: each is what it is alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize

import gradproof as gp

RNG = np.random.default_rng(11)
COUNT = 6
POSDEF = np.stack([a @ a.T + np.eye(3) for a in RNG.normal(size=(COUNT, 3, 3))])
REG = "X: matrix m n; y: vector m; w: vector n; l: scalar positive"

Case = tuple[str, list[str], str, dict[str, Any], list[str]]

CASES: list[Case] = [  # formula, variables, declarations, data, which are many
    ("sum(log(1 + exp(-y.*(X*w + b*ones(m))))) + l*norm2(w)^2", ["w", "b"], REG + "; b: scalar", {"X": RNG.normal(size=(COUNT, 9, 3)), "y": np.sign(RNG.normal(size=(COUNT, 9))), "l": 0.3}, ["X", "y"]),
    ("norm2(X*w - y)^2 + l*norm2(w)^2", ["w"], REG, {"X": RNG.normal(size=(9, 3)), "y": RNG.normal(size=9), "l": RNG.uniform(0.1, 2, COUNT)}, ["l"]),
    ("logdet(S) + tr(C*inv(S))", ["S"], "S: matrix n n posdef; C: matrix n n posdef", {"C": POSDEF}, ["C"]),
    ("tr(S*C*S) + tr(A*S)", ["S"], "S: matrix n n symmetric; C: matrix n n posdef; A: matrix n n", {"C": POSDEF, "A": RNG.normal(size=(COUNT, 3, 3))}, ["C", "A"]),
    ("sum(x.*log(x./p)) + t^2 - t*sum(x)/9", ["x", "t"], "x: vector n positive; p: vector n positive; t: scalar", {"p": RNG.uniform(0.5, 2, (COUNT, 4))}, ["p"]),
    ("sum(exp(X*W) - Y.*(X*W))", ["W"], "X: matrix m n; W: matrix n c; Y: matrix m c", {"X": RNG.normal(size=(9, 3)), "Y": RNG.uniform(0.5, 2, (COUNT, 9, 2))}, ["Y"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "where", "data", "batch"), CASES, ids=[c[0] for c in CASES])
def test_each_problem_is_what_it_is_alone(
    text: str, wrt: list[str], where: str, data: dict[str, Any], batch: list[str]
) -> None:
    objective = gp.objective(text, wrt, where)
    F = objective.bind_batch(batch, data)
    v = F.x0 + RNG.uniform(0.02, 0.3, F.x0.shape)
    p = RNG.normal(size=v.shape)
    found = F.solve()
    assert found.success.all()
    for k in range(COUNT):
        one = objective.bind({n: x[k] if n in batch else x for n, x in data.items()})
        assert np.isclose(F.fun(v)[k], one.fun(v[k]))
        assert np.allclose(F.jac(v)[k], one.jac(v[k]))
        assert np.allclose(F.hessp(v, p)[k], one.hessp(v[k], p[k]))
        assert np.allclose(F.hess(v)[k], one.hess(v[k]))
        best = minimize(one.fun, one.x0, jac=one.jac, hess=one.hess, method="trust-exact", options={"gtol": 1e-9})
        assert np.allclose(found.x[k], best.x, atol=1e-6)
        assert np.isclose(found.fun[k], best.fun)
    assert np.allclose(F.pack(F.unpack(v)), v)


def test_what_falls_for_ever_is_no_success() -> None:
    F = gp.objective("exp(a*x)", "x", "a: scalar; x: scalar").bind_batch("a", a=[1.0, -2.0, 0.0])
    found = F.solve()
    assert not found.success[:2].any() or np.all(found.fun[:2] < 1e-8)
    assert found.success[2]
    G = gp.objective("a*x^2 - x^4", "x", "a: scalar; x: scalar").bind_batch("a", a=[-1.0, -3.0])
    assert not G.solve(np.full((2, 1), 0.5)).success.any()


def test_errors() -> None:
    F = gp.objective("norm2(X*w - y)^2", "w", REG)
    X, y = RNG.normal(size=(9, 3)), RNG.normal(size=(COUNT, 9))
    with pytest.raises(gp.DomainError):
        F.bind_batch("y", X=X)
    with pytest.raises(gp.DomainError):
        F.bind_batch([], X=X, y=y)
    with pytest.raises(gp.ShapeError):
        F.bind_batch("y", X=X, y=y[:, :4])
    with pytest.raises(gp.ShapeError):
        F.bind_batch(["X", "y"], X=np.stack([X, X]), y=y)
    with pytest.raises(gp.ShapeError):
        F.bind_batch("y", X=X, y=1.0)
    with pytest.raises(gp.ShapeError):
        F.bind_batch("y", X=X, y=y).fun(np.zeros(3))
    with pytest.raises(gp.DomainError):
        F.bind_batch("y", X=X, y=y, w=np.ones(3))


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csc_matrix, sparse.coo_array])
@pytest.mark.parametrize("penalty", ["l/2*norm2(w)^2", "l*norm1(w)"])
def test_solve_takes_sparse_data(make: Any, penalty: str) -> None:
    X = sparse.random_array((60, 8), density=0.3, rng=np.random.default_rng(3))
    y = np.sign(np.random.default_rng(4).normal(size=60))
    for text in ("sum(log(1 + exp(-y.*(X*w)))) + ", "norm2(X*w - y)^2 + "):
        o = gp.minimize(text + penalty, "w", (), REG)
        thin, dense = o.solve(X=make(X), y=y, l=0.4), o.solve(X=X.toarray(), y=y, l=0.4)
        assert thin.success
        assert thin.kind == dense.kind == "global-minimum"
        assert np.allclose(thin.x, dense.x, atol=1e-7)
