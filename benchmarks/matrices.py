"""Workloads of matrix functions, spectra, pseudo-inverses and matrix equations, beside what a practised person writes with SciPy, JAX and PyTorch.

    python benchmarks/workloads.py 100,300 matrix:

JAX and PyTorch have no solver of Lyapunov's equation; what they get is the system of all entries, at small sizes only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg


def spd(r: np.random.Generator, n: int) -> Any:
    X = r.normal(size=(n, n))
    return X @ X.T / n + np.eye(n)


def exponential(A: Any, X: Any) -> Any:
    return linalg.expm_frechet(X.T, A.T, compute_expm=False)


def largest(S: Any) -> Any:
    v = linalg.eigh(S, subset_by_index=[len(S) - 1, len(S) - 1])[1][:, 0]
    return np.outer(v, v)


def nuclear(X: Any) -> Any:
    u, _, v = np.linalg.svd(X, full_matrices=False)
    return u @ v


def projection(X: Any, y: Any) -> Any:
    q, r = linalg.qr(X, mode="economic")
    z = q.T @ y
    return np.outer(-2 * (y - q @ z), linalg.solve_triangular(r, z))


def gram(X: Any) -> Any:
    c = linalg.cho_factor(X.T @ X, lower=True)
    return 2 * linalg.cho_solve(c, X.T).T


def lyapunov(A: Any, Q: Any, C: Any) -> Any:
    x, y = linalg.solve_continuous_lyapunov(A, Q), linalg.solve_continuous_lyapunov(A.T, C)
    return -2 * y @ x


def riccati(P: Any, H: Any, R: Any, A: Any) -> Any:
    s = linalg.cho_factor(H @ P @ H.T + R, lower=True)
    M = A - A @ P @ H.T @ linalg.cho_solve(s, H)
    return M.T @ M


# name, formula, variable, declarations, data, by hand
MATRICES: tuple[tuple[Any, ...], ...] = (
    (
        "matrix: exponential, tr(A*expm(X)) by X", "tr(A*expm(X))", "X", "A: matrix n n; X: matrix n n",
        lambda r, n: {"A": r.normal(size=(n, n)), "X": r.normal(size=(n, n)) / n**0.5}, exponential,
    ),
    (
        "matrix: largest eigenvalue by S", "lambdamax(S)", "S", "S: matrix n n symmetric",
        lambda r, n: {"S": spd(r, n)}, largest,
    ),
    (
        "matrix: nuclear norm by X", "nuclear(X)", "X", "X: matrix m n", lambda r, n: {"X": r.normal(size=(2 * n, n))}, nuclear,
    ),
    (
        "matrix: residual of a projection by X", "norm2(y - X*pinv(X)*y)^2", "X", "X: matrix m n fullrank; y: vector m",
        lambda r, n: {"X": r.normal(size=(2 * n, n)), "y": r.normal(size=2 * n)}, projection,
    ),
    (
        "matrix: log det of X'X by X", "logdet(X'*X)", "X", "X: matrix m n fullrank", lambda r, n: {"X": r.normal(size=(2 * n, n))}, gram,
    ),
    (
        "matrix: Lyapunov equation by A", "tr(C*lyap(A,Q))", "A", "A: matrix n n; Q: matrix n n symmetric; C: matrix n n symmetric",
        lambda r, n: {"A": r.normal(size=(n, n)) / n**0.5 - 3 * np.eye(n), "Q": spd(r, n), "C": spd(r, n)}, lyapunov,
    ),
    (
        "matrix: Kalman step by P", "tr(A*P*A' - A*P*H'*inv(H*P*H' + R)*H*P*A')", "P",
        "P: matrix n n posdef; H: matrix q n; R: matrix q q posdef; A: matrix n n",
        lambda r, n: {"P": spd(r, n), "H": r.normal(size=(n // 2, n)), "R": np.eye(n // 2), "A": r.normal(size=(n, n)) / n**0.5}, riccati,
    ),
)  # fmt: skip


def _projected(m: Any, X: Any, y: Any) -> Any:
    e = y - X @ m.solve(X.T @ X, X.T @ y)
    return e @ e


def _kalman(m: Any, P: Any, H: Any, R: Any, A: Any) -> Any:
    AP = A @ P
    APH = AP @ H.T
    return (AP * A).sum() - (m.solve(H @ P @ H.T + R, H @ P @ A.T).T * APH).sum()


def _equation(m: Any, A: Any, Q: Any, C: Any) -> Any:
    if len(A) > 40:
        raise NotImplementedError("the system of all entries is too large")
    one = m.eye(len(A))
    x = m.solve(m.kron(A, one) + m.kron(one, A), Q.reshape(-1))
    return (C.reshape(-1) * x).sum()


# by name, as for JAX and PyTorch; `m` has the words that both share
OBJECTIVES = {
    "matrix: exponential, tr(A*expm(X)) by X": lambda m, A, X: (A.T * m.expm(X)).sum(),
    "matrix: largest eigenvalue by S": lambda m, S: m.eigvalsh(S)[-1],
    "matrix: nuclear norm by X": lambda m, X: m.svdvals(X).sum(),
    "matrix: residual of a projection by X": _projected,
    "matrix: log det of X'X by X": lambda m, X: 2 * m.log(m.diagonal(m.cholesky(X.T @ X))).sum(),
    "matrix: Lyapunov equation by A": _equation,
    "matrix: Kalman step by P": _kalman,
}
