"""Large temporary arrays: thin products go by row blocks, arrays that are needed no more are written to; the values are those by hand."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp

FORMULA, WHERE = (
    "norm2(M.*(A - U*V'))^2 + lam*norm2(U)^2",
    "A: matrix m n; M: matrix m n; U: matrix m k; V: matrix n k; lam: scalar",
)


def _data(m: int, n: int, k: int, dtype: type = float) -> dict[str, object]:
    r = np.random.default_rng(0)
    A, M, U, V = r.normal(size=(m, n)), r.random((m, n)), r.normal(size=(m, k)), r.normal(size=(n, k))
    return {**{name: a.astype(dtype) for name, a in zip("AMUV", (A, M, U, V), strict=True)}, "lam": 0.3}


@pytest.mark.parametrize("sizes", [(300, 200, 5), (1100, 500, 7), (1100, 500, 100), (130, 4100, 3), (4100, 130, 3)])
@pytest.mark.parametrize("dtype", [float, np.float32])
def test_masked_factorisation_by_either_factor(sizes: tuple[int, int, int], dtype: type) -> None:
    p = _data(*sizes, dtype)
    before = {n: np.copy(a) for n, a in p.items()}
    E = p["M"] ** 2 * (p["A"] - p["U"] @ p["V"].T)
    expected = {"U": 2 * p["lam"] * p["U"] - 2 * E @ p["V"], "V": -2 * E.T @ p["U"]}
    for by, value in expected.items():
        found = gp.derive(FORMULA, wrt=by, where=WHERE).compile()(
            {n: a for n, a in p.items() if n != "lam" or by == "U"}
        )
        assert found.dtype == dtype
        np.testing.assert_allclose(found, value, 1e-8 if dtype is float else 2e-3, 1e-8 if dtype is float else 2e-2)
    assert all(np.array_equal(a, p[n]) for n, a in before.items())


def test_thin_products_go_by_row_blocks_and_wide_ones_do_not() -> None:
    f = gp.derive(FORMULA, wrt="U", where=WHERE).compile()
    assert "for i in range(0, m" in f.source_for(m=1000, n=1000, k=10)
    assert "for i" not in f.source_for(m=1000, n=1000, k=500) + f.source_for(m=300, n=300, k=10) + f.source
    assert "np.subtract(A, t1, out=t1)" in f.source_for(m=300, n=300, k=10)


def test_an_array_that_is_needed_again_is_not_written_to() -> None:
    r = np.random.default_rng(1)
    A, u, v = r.normal(size=(400, 300)), r.normal(size=(400, 2)), r.normal(size=(300, 2))
    where = "A: matrix m n; U: matrix m k; V: matrix n k"
    f = gp.derive("sum((A - U*V').^4) + sum(exp(U*V'))", wrt="U", where=where).compile()
    P = u @ v.T
    np.testing.assert_allclose(f(A=A, U=u, V=v), (-4 * (A - P) ** 3 + np.exp(P)) @ v, 1e-8)
    g = gp.derive("sum(A.*A.*(A - A.*A.*(A - U*V')))", wrt="A", where=where).compile()
    expected = 3 * A**2 - (5 * A**4 - 4 * A**3 * P)
    np.testing.assert_allclose(g(A=A, U=u, V=v), expected, 1e-8, 1e-8)


def test_rows_are_summed_before_a_system_is_solved_with_them() -> None:
    where = "X: matrix k n; m: vector n; S: matrix n n posdef"
    f = gp.derive("tr((X - ones(k)*m')*inv(S)*(X - ones(k)*m')')", wrt="m", where=where).compile()
    assert "_cholesky_solve(t1, X.sum(0))" in f.source
    r = np.random.default_rng(2)
    X, m, S = r.normal(size=(7, 4)), r.normal(size=4), np.diag([1.0, 2, 3, 4]) + 0.1
    np.testing.assert_allclose(f(X=X, m=m, S=S), -2 * np.linalg.solve(S, (X - m).sum(0)))


def test_a_product_with_a_symmetric_matrix_is_made_once_for_both_sides() -> None:
    where = "A: matrix n n symmetric; B: matrix n n posdef; W: matrix n k"
    f = gp.derive("tr(W'*A*W)/tr(W'*B*W)", wrt="W", where=where).compile()
    assert f.source_for(n=1000, k=10).count(" @ ") == 2
    r = np.random.default_rng(3)
    A, B, W = np.diag([1.0, -2, 3]) + 0.5, np.eye(3) + 0.2, r.normal(size=(3, 2))
    a, b = np.trace(W.T @ A @ W), np.trace(W.T @ B @ W)
    np.testing.assert_allclose(f(A=A, B=B, W=W), 2 * (A @ W / b - a / b**2 * B @ W))
