"""Further workloads of benchmarks/workloads.py: the formula, random data of size n, and the derivative as an expert writes it in NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import blas, cho_factor, cho_solve, lapack
from scipy.special import expit

Case = tuple[str, str, list[str], str, Callable[[np.random.Generator, int], dict[str, Any]], Callable[..., Any]]


def spd(r: np.random.Generator, n: int) -> Any:
    M = r.normal(size=(n, n))
    return M @ M.T / n + np.eye(n)


def syrk(B: Any) -> Any:
    """B' B by half the work."""
    H = blas.dsyrk(1.0, B.T, lower=0) if B.flags.c_contiguous else blas.dsyrk(1.0, B, trans=1)
    return H + np.triu(H, 1).T


def ridge(X: Any, w: Any, y: Any, d: Any, lam: float) -> Any:
    e = X @ w
    e -= y
    e *= d
    return 2 * (e @ X + lam * w)


def logistic(X: Any, w: Any, y: Any) -> Any:
    return -(y * expit(-y * (X @ w))) @ X


def softmax(X: Any, W: Any, Y: Any) -> Any:
    P = X @ W
    P -= P.max(1, keepdims=True)
    np.exp(P, out=P)
    P /= P.sum(1, keepdims=True)
    P -= Y
    return X.T @ P


def attention(q: Any, K: Any, V: Any, c: Any) -> Any:
    s = K @ q
    p = np.exp(s - s.max())
    p /= p.sum()
    u = V @ c
    return (p * (u - p @ u)) @ K


def kernel_ridge(K: Any, a: Any, y: Any, lam: float) -> Any:
    Ka = K @ a
    return 2 * (K @ (Ka - y + lam * a))


def factorisation(A: Any, U: Any, V: Any) -> Any:
    return 4 * (U @ (V.T @ V) - A @ V) / 2


def autoregression(Y: Any, Z: Any, B: Any, P: Any) -> Any:
    return 2 * (P @ (B @ Z - Y)) @ Z.T


def trace_ratio(W: Any, A: Any, B: Any) -> Any:
    AW, BW = A @ W, B @ W
    b = np.vdot(W, BW)
    return 2 * (AW / b - (np.vdot(W, AW) / b**2) * BW)


def deflation(A: Any, u: Any, v: Any) -> Any:
    return 2 * (u * (v @ v) - A @ v)


def gaussian(S: Any, y: Any) -> Any:
    c = cho_factor(S, lower=True, check_finite=False)
    a = cho_solve(c, y, check_finite=False)
    G = cho_solve(c, np.eye(len(y)), check_finite=False)
    G -= np.outer(a, a)
    return G


def layer(W: Any, x: Any, b: Any, y: Any) -> Any:
    h = np.tanh(W @ x + b)
    return np.outer(2 * (h - y) * (1 - h * h), x)


def whitened(X: Any, m: Any, S: Any) -> Any:
    E = X - m
    return -2 * cho_solve(cho_factor(S, lower=True, check_finite=False), E.sum(0), check_finite=False)


def triangular(L: Any, y: Any) -> Any:
    a = L.T @ (z := L @ y)
    return 2 * np.outer(z, y) + 0 * a[:0].sum()


def smooth(X: Any, w: Any, y: Any) -> Any:
    e = X @ w - y
    return (e / np.sqrt(1 + e * e)) @ X


def poisson(X: Any, w: Any) -> Any:
    return syrk(X * np.exp(0.5 * (X @ w))[:, None])


def logistic_hessian(X: Any, w: Any) -> Any:
    s = expit(X @ w)
    return syrk(X * np.sqrt(s * (1 - s))[:, None])


def softmax_hessian(X: Any, W: Any, Y: Any) -> Any:
    m, d, c = *X.shape, W.shape[1]
    P = X @ W
    P -= P.max(1, keepdims=True)
    np.exp(P, out=P)
    P /= P.sum(1, keepdims=True)
    Z = (X[:, :, None] * P[:, None, :]).reshape(m, d * c)
    H = -(Z.T @ Z).reshape(d, c, d, c)
    for k in range(c):
        B = X * np.sqrt(P[:, k])[:, None]
        H[:, k, :, k] += B.T @ B
    return H


def metric(D: Any, M: Any, b: Any) -> Any:
    B = D * np.sqrt(expit(((D @ M) * D).sum(1) - b))[:, None]
    return B.T @ B


def squares(A: Any, u: Any, b: Any) -> Any:
    e = A @ (u * u)
    e -= b
    B = A * u
    H = B.T @ B
    H *= 8
    H.flat[:: len(u) + 1] += 4 * (A.T @ e)
    return H


def two_layers(X: Any, W1: Any, W2: Any, Y: Any) -> Any:
    T = np.tanh(X @ W1)
    E = T @ W2
    E -= Y
    G = E @ W2.T
    G *= 2
    T *= T
    np.subtract(1, T, out=T)
    G *= T
    return X.T @ G


def ridge_solution(X: Any, y: Any, l: float) -> Any:
    S = X.T @ X
    S.flat[:: len(S) + 1] += l
    c, _ = lapack.dpotrf(S.T, lower=1, overwrite_a=1, clean=0)
    return -lapack.dpotrs(c, lapack.dpotrs(c, X.T @ y, lower=1)[0], lower=1)[0]


def tall(r: np.random.Generator, n: int) -> dict[str, Any]:
    return {"X": r.normal(size=(2 * n, n)) / n**0.5, "w": r.normal(size=n), "y": np.sign(r.normal(size=2 * n))}


def with_weights(r: np.random.Generator, n: int) -> dict[str, Any]:
    return {**tall(r, n), "d": r.random(2 * n), "lam": 0.1}


def without(data: Callable[..., dict[str, Any]], *names: str) -> Callable[[np.random.Generator, int], dict[str, Any]]:
    return lambda r, n: {k: v for k, v in data(r, n).items() if k not in names}


VECTORS = "X: matrix m n; w: vector n; y: vector m"
CASES: tuple[Case, ...] = (
    ("weighted ridge", "(X*w - y)'*diag(d)*(X*w - y) + lam*norm2(w)^2", ["w"], f"{VECTORS}; d: vector m; lam: scalar", with_weights, ridge),
    ("logistic regression", "sum(log(1 + exp(-y.*(X*w))))", ["w"], VECTORS, tall, logistic),
    ("logistic regression, Hessian", "sum(log(1 + exp(X*w)))", ["w", "w"], "X: matrix m n; w: vector n", without(tall, "y"), logistic_hessian),
    ("Poisson regression, Hessian", "sum(exp(X*w))", ["w", "w"], "X: matrix m n; w: vector n", without(tall, "y"), poisson),
    ("pseudo-Huber regression", "sum(sqrt(1 + (X*w - y).^2))", ["w"], VECTORS, tall, smooth),
    (
        "softmax regression", "sum(log(exp(X*W)*ones(c))) - tr(Y'*X*W)", ["W"], "X: matrix m n; W: matrix n c; Y: matrix m c",
        lambda r, n: {"X": r.normal(size=(n, n)), "W": r.normal(size=(n, 10)) / n**0.5, "Y": np.eye(10)[r.integers(0, 10, n)]}, softmax,
    ),
    (
        "attention of one query by q", "softmax(K*q)'*V*c", ["q"], "K: matrix m n; q: vector n; V: matrix m p; c: vector p",
        lambda r, n: {"K": r.normal(size=(n, n)) / n**0.5, "q": r.normal(size=n), "V": r.normal(size=(n, n)), "c": r.normal(size=n)}, attention,
    ),
    (
        "kernel ridge by the coefficients", "norm2(K*a - y)^2 + lam*a'*K*a", ["a"], "K: matrix n n posdef; a: vector n; y: vector n; lam: scalar",
        lambda r, n: {"K": spd(r, n), "a": r.normal(size=n), "y": r.normal(size=n), "lam": 0.1}, kernel_ridge,
    ),
    (
        "matrix factorisation", "norm2(A - U*V')^2", ["U"], "A: matrix m n; U: matrix m k; V: matrix n k",
        lambda r, n: {"A": r.normal(size=(n, n)), "U": r.normal(size=(n, 10)), "V": r.normal(size=(n, 10))}, factorisation,
    ),
    (
        "vector autoregression", "tr((Y - B*Z)'*P*(Y - B*Z))", ["B"], "Y: matrix k t; B: matrix k q; Z: matrix q t; P: matrix k k posdef",
        lambda r, n: {"Y": r.normal(size=(n // 4, n)), "Z": r.normal(size=(n // 2, n)), "B": r.normal(size=(n // 4, n // 2)) / n, "P": spd(r, n // 4)},
        autoregression,
    ),
    (
        "trace ratio", "tr(W'*A*W)/tr(W'*B*W)", ["W"], "A: matrix n n symmetric; B: matrix n n posdef; W: matrix n k",
        lambda r, n: {"A": spd(r, n), "B": spd(r, n), "W": r.normal(size=(n, 10))}, trace_ratio,
    ),
    (
        "deflation by u", "norm2(A - u*v')^2", ["u"], "A: matrix m n; u: vector m; v: vector n",
        lambda r, n: {"A": r.normal(size=(n, n)), "u": r.normal(size=n), "v": r.normal(size=n)}, deflation,
    ),
    (
        "Gaussian likelihood by S", "logdet(S) + y'*inv(S)*y", ["S"], "S: matrix n n posdef; y: vector n",
        lambda r, n: {"S": spd(r, n), "y": r.normal(size=n)}, gaussian,
    ),
    (
        "Gaussian likelihood by the mean", "tr((X - ones(k)*m')*inv(S)*(X - ones(k)*m')')", ["m"], "X: matrix k n; m: vector n; S: matrix n n posdef",
        lambda r, n: {"X": r.normal(size=(n, n)), "m": r.normal(size=n), "S": spd(r, n)}, whitened,
    ),
    (
        "one layer of a network", "norm2(tanh(W*x + b) - y)^2", ["W"], "W: matrix m n; x: vector n; b: vector m; y: vector m",
        lambda r, n: {"W": r.normal(size=(n, n)) / n**0.5, "x": r.normal(size=n), "b": r.normal(size=n), "y": r.normal(size=n)}, layer,
    ),
    (
        "whitening by a factor", "norm2(L*y)^2", ["L"], "L: matrix n n; y: vector n",
        lambda r, n: {"L": np.tril(r.normal(size=(n, n))), "y": r.normal(size=n)}, triangular,
    ),
    (
        "softmax regression, Hessian", "sum(log(exp(X*W)*ones(c))) - tr(Y'*X*W)", ["W", "W"], "X: matrix m n; W: matrix n c; Y: matrix m c",
        lambda r, n: {
            "X": r.normal(size=(n, max(n // 10, 3))), "W": r.normal(size=(max(n // 10, 3), 5)) / n**0.5, "Y": np.eye(5)[r.integers(0, 5, n)],
        },
        softmax_hessian,
    ),
    (
        "metric learning by M", "sum(log(1 + exp(diag(D*M*D') - b)))", ["M"], "D: matrix m n; M: matrix n n posdef; b: vector m",
        lambda r, n: {"D": r.normal(size=(4 * n, n)) / n**0.5, "M": spd(r, n), "b": r.normal(size=4 * n)}, metric,
    ),
    (
        "least squares in squares, Hessian", "norm2(A*(u.*u) - b)^2", ["u", "u"], "A: matrix m n; u: vector n; b: vector m",
        lambda r, n: {"A": r.normal(size=(2 * n, n)), "u": r.normal(size=n), "b": r.normal(size=2 * n)}, squares,
    ),
    (
        "two-layer network by W1", "norm2(tanh(X*W1)*W2 - Y)^2", ["W1"], "X: matrix m n; W1: matrix n h; W2: matrix h c; Y: matrix m c",
        lambda r, n: {
            "X": r.normal(size=(n, n)), "W1": r.normal(size=(n, max(n // 4, 4))) / n**0.5,
            "W2": r.normal(size=(max(n // 4, 4), 10)), "Y": r.normal(size=(n, 10)),
        },
        two_layers,
    ),
    (
        "ridge solution by l, Jacobian", "inv(X'*X + l*eye(n))*X'*y", ["l"], "X: matrix m n; y: vector m; l: scalar positive",
        lambda r, n: {"X": r.normal(size=(2 * n, n)), "y": r.normal(size=2 * n), "l": 0.7}, ridge_solution,
    ),
)  # fmt: skip
