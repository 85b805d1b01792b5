"""Matrices of scipy.sparse in compiled code: the numbers of the dense ones where all uses are products, and refused by name elsewhere."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import gradproof as gp

sparse = pytest.importorskip("scipy.sparse")
R = np.random.default_rng(0)
X = sparse.random_array((30, 8), density=0.3, rng=R, format="csr")
VALUES = {
    "X": X,
    "w": R.normal(size=8),
    "y": R.normal(size=30),
    "W": R.normal(size=(8, 3)),
    "Y": R.normal(size=(30, 3)),
}
WHERE = "X: matrix m n; w: vector n; y: vector m; W: matrix n c; Y: matrix m c"
MAKERS = [sparse.csr_array, sparse.csc_matrix, sparse.coo_array]

PRODUCTS = [
    ("norm2(X*w - y)^2", "w"),
    ("norm2(X*w - y)^2", "w w"),
    ("norm2(X*w - y)^2", "y"),
    ("norm2(X*w - y)^2", "X"),
    ("sum(log(1 + exp(-y.*(X*w))))", "w"),
    ("sum(log(1 + exp(X*w)))", "w w"),
    ("sum(exp(X*w)) - y'*X*w", "w w"),
    ("sqrt(norm2(X*w - y)^2 + 1)", "w w"),
    ("norm2(X*W - Y)^2", "W"),
    ("sum(log(exp(X*W)*ones(c))) - tr(Y'*X*W)", "W"),
    ("norm2(X'*X*w)^2", "w"),
    ("w'*inv(X'*X + eye(n))*w", "w w"),
    ("w'*X'*diag(y)*X*w", "w w"),
    ("ones(m)'*X*w", "w"),
]
DENSE = [
    ("norm2(X)^2", "X"),
    ("sum(X.^3)", "X"),
    ("y'*(X.*X)*w", "w"),
    ("tr(X'*exp(X))", "X"),
    ("y'*exp(X)*w", "w"),
]


@pytest.mark.parametrize(("formula", "wrt"), PRODUCTS)
@pytest.mark.parametrize("make", MAKERS)
def test_products_with_sparse_matrices(formula: str, wrt: str, make: type) -> None:
    d = gp.derive(formula, wrt=wrt.split(), where=WHERE)
    f, dense = d.compile(), d.compile()
    given = {n: v for n, v in VALUES.items() if n in f.names}
    expected = dense({**given, **({"X": X.toarray()} if "X" in f.names else {})})
    for k in (1.0, 2.0):
        found = f({**given, **({"X": make(X * k)} if "X" in f.names else {})})
        assert type(found) is np.ndarray
        if k == 1.0:
            np.testing.assert_allclose(found, expected, 1e-10, 1e-12)
    if "X" in f.names:
        np.testing.assert_allclose(f({**given, "X": X.toarray()}), expected, 1e-12)


@pytest.mark.parametrize(("formula", "wrt"), DENSE)
def test_what_would_be_made_dense_is_refused_by_name(formula: str, wrt: str) -> None:
    f = gp.derive(formula, wrt=wrt.split(), where=WHERE).compile()
    if "X" in f.names:
        with pytest.raises(gp.DomainError, match="X is a sparse matrix, and this derivative would make it dense"):
            f({n: v for n, v in VALUES.items() if n in f.names})


def test_a_sparse_matrix_with_declared_facts_and_a_complex_one_are_refused() -> None:
    S = sparse.eye_array(8, format="csr")
    for facts in ("symmetric", "posdef"):
        d = gp.derive("w'*S*w", wrt="w", where=f"S: matrix n n {facts}; w: vector n")
        with pytest.raises(gp.DomainError, match="S is a sparse matrix"):
            d.compile()(S=S, w=VALUES["w"])
        np.testing.assert_allclose(d.compile(check=False)(S=S, w=VALUES["w"]), 2 * VALUES["w"])
    with pytest.raises(gp.DomainError, match="complex"):
        gp.derive("w'*S*w", wrt="w").compile()(S=S * 1j, w=VALUES["w"])


def test_objectives_and_hessian_products_of_sparse_data() -> None:
    formula = "sum(log(1 + exp(-y.*(X*w)))) + norm2(w)^2/10"
    thin, thick = (gp.objective(formula, wrt="w").bind(X=a, y=np.sign(VALUES["y"])) for a in (X, X.toarray()))
    x, v = VALUES["w"], np.ones(8)
    for a, b in ((thin.fun, thick.fun), (thin.jac, thick.jac), (thin.hess, thick.hess)):
        np.testing.assert_allclose(a(x), b(x), 1e-10)
    np.testing.assert_allclose(thin.hessp(x, v), thick.hessp(x, v), 1e-10)
    h = gp.hessian(formula, "w").hvp()
    given = {"w": x, "y": np.sign(VALUES["y"]), "v": v}
    np.testing.assert_allclose(h({"X": X, **given}), h({"X": X.toarray(), **given}), 1e-10)


def test_a_matrix_that_would_not_fit_as_a_dense_one() -> None:
    big = sparse.random_array((100_000, 2_000), density=1e-4, rng=R, format="csr")
    f = gp.derive("norm2(X*w - y)^2", wrt="w", where=WHERE).compile()
    w, y = R.normal(size=2_000), R.normal(size=100_000)
    tracemalloc.start()
    found = f(X=big, w=w, y=y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6  # 1.6 GB as a dense matrix
    np.testing.assert_allclose(found, 2 * (big.T @ (big @ w - y)), 1e-9, 1e-9)


@pytest.mark.parametrize(
    ("formula", "wrt", "batch"),
    [
        ("norm2(X*w - y)^2", "w", "w"),
        ("norm2(X*w - y)^2", "w", "y"),
        ("norm2(X*w - y)^2", "w w", "y"),
        ("norm2(X*w - y)^2", "y", "w y"),
        ("sum(log(1 + exp(-y.*(X*w))))", "w", "w y"),
    ],
)
def test_many_problems_share_a_sparse_matrix(formula: str, wrt: str, batch: str) -> None:
    many = {n: R.normal(size=(4, *np.shape(VALUES[n]))) for n in batch.split()}
    d = gp.derive(formula, wrt=wrt.split(), where=WHERE)
    given = {**VALUES, **many}
    f = d.compile(batch=batch.split())
    found = f({n: given[n] for n in f.names})
    for k in range(4):
        one = {**VALUES, **{n: v[k] for n, v in many.items()}, "X": X.toarray()}
        np.testing.assert_allclose(found[k], d.evaluate({n: one[n] for n in d.symbols}), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("formula", "wrt", "batch", "said"),
    [
        ("norm2(X*w - y)^2", "w", "X", "X is a sparse matrix, which has no axis of problems"),
        ("sum(log(1 + exp(X*w)))", "w w", "w", "X is a sparse matrix, and this derivative would make it dense"),
        ("norm2(X*W - Y)^2", "W", "W", "X is a sparse matrix, and this derivative would make it dense"),
    ],
)
def test_what_many_problems_do_not_have_of_a_sparse_matrix(formula: str, wrt: str, batch: str, said: str) -> None:
    d = gp.derive(formula, wrt=wrt.split(), where=WHERE)
    f = d.compile(batch=batch.split())
    many = {n: np.stack([v] * 4) for n, v in VALUES.items() if n in batch.split() and n != "X"}
    with pytest.raises(gp.GradproofError, match=said):
        f({n: {**VALUES, **many}[n] for n in f.names})
