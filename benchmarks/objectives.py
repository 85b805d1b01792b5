"""The formulas of the workloads as a practised person writes them for JAX and PyTorch: vectors first, Cholesky factors, Woodbury; `m` has the words that both share."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import matrices

Objective = Callable[..., Any]


def quadratic(A: Any, x: Any) -> Any:
    return x @ (A @ x)


def square(e: Any) -> Any:
    return (e * e).sum()


def low_rank(m: Any, d: Any, V: Any, y: Any) -> Any:
    W = V / d[:, None]
    c = m.cholesky(m.eye(V.shape[1]) + V.T @ W)
    z = m.lower_solve(c, W.T @ y)
    return m.log(d).sum() + 2 * m.log(m.diagonal(c)).sum() + y @ (y / d) - z @ z


def gaussian_process(m: Any, D: Any, l: Any, s: Any, y: Any) -> Any:
    c = m.cholesky(m.exp(-D / l) + s * m.eye(len(y)))
    z = m.lower_solve(c, y)
    return z @ z + 2 * m.log(m.diagonal(c)).sum()


def gaussian(m: Any, S: Any, y: Any) -> Any:
    c = m.cholesky(S)
    z = m.lower_solve(c, y)
    return 2 * m.log(m.diagonal(c)).sum() + z @ z


def regulator(m: Any, A: Any, B: Any, K: Any, Q: Any, R: Any, x: Any) -> Any:
    u = K @ x
    z = A @ x - B @ u
    return quadratic(Q, A @ z - B @ (K @ z)) + quadratic(R, u)


def joseph(m: Any, P: Any, R: Any, H: Any, K: Any) -> Any:
    M = m.eye(len(P)) - K @ H
    return ((M @ P) * M).sum() + ((K @ R) * K).sum()


def whitened(words: Any, /, X: Any, m: Any, S: Any) -> Any:
    return square(words.lower_solve(words.cholesky(S), (X - m).T))


def ridge_solution(m: Any, X: Any, y: Any, l: Any) -> Any:
    return m.solve(X.T @ X + l * m.eye(X.shape[1]), X.T @ y)


def softmax_loss(m: Any, X: Any, W: Any, Y: Any) -> Any:
    Z = X @ W
    return m.logsumexp(Z).sum() - (Y * Z).sum()


OBJECTIVES: dict[str, Objective] = {
    "low rank plus diagonal Gaussian by d": low_rank,
    "LQR cost by K": regulator,
    "GP likelihood by a length scale": gaussian_process,
    "Kalman covariance, Joseph form, by K": joseph,
    "masked factorisation with ridge by U": lambda m, A, M, U, V, lam: square(M * (A - U @ V.T)) + lam * square(U),
    "Kronecker least squares by X": lambda m, A, B, X, Y: square(B @ X @ A.T - Y),
    "weighted ridge": lambda m, X, w, y, d, lam: (d * (X @ w - y) ** 2).sum() + lam * (w @ w),
    "logistic regression": lambda m, X, w, y: m.softplus(-y * (X @ w)).sum(),
    "logistic regression, Hessian": lambda m, X, w: m.softplus(X @ w).sum(),
    "Poisson regression, Hessian": lambda m, X, w: m.exp(X @ w).sum(),
    "pseudo-Huber regression": lambda m, X, w, y: m.sqrt(1 + (X @ w - y) ** 2).sum(),
    "softmax regression": softmax_loss,
    "softmax regression, Hessian": softmax_loss,
    "attention of one query by q": lambda m, K, q, V, c: m.softmax(K @ q) @ (V @ c),
    "kernel ridge by the coefficients": lambda m, K, a, y, lam: square(K @ a - y) + lam * quadratic(K, a),
    "matrix factorisation": lambda m, A, U, V: square(A - U @ V.T),
    "vector autoregression": lambda m, Y, Z, B, P: (lambda E: (E * (P @ E)).sum())(Y - B @ Z),
    "trace ratio": lambda m, W, A, B: (W * (A @ W)).sum() / (W * (B @ W)).sum(),
    "deflation by u": lambda m, A, u, v: square(A - m.outer(u, v)),
    "Gaussian likelihood by S": gaussian,
    "Gaussian likelihood by the mean": whitened,
    "one layer of a network": lambda m, W, x, b, y: square(m.tanh(W @ x + b) - y),
    "whitening by a factor": lambda m, L, y: square(L @ y),
    "metric learning by M": lambda m, D, M, b: m.softplus(((D @ M) * D).sum(1) - b).sum(),
    "least squares in squares, Hessian": lambda m, A, u, b: square(A @ (u * u) - b),
    "two-layer network by W1": lambda m, X, W1, W2, Y: square(m.tanh(X @ W1) @ W2 - Y),
    "ridge solution by l, Jacobian": ridge_solution,
    **matrices.OBJECTIVES,
}


def jax_derivative(objective: Objective, names: list[str], values: dict[str, Any]) -> Callable[[], Any]:
    """A run of the derivative by JAX, compiled; its first run compiles."""
    import jax
    import jax.numpy as jnp
    from jax.scipy.linalg import solve_triangular

    jax.config.update("jax_enable_x64", True)
    words = SimpleNamespace(
        **{n: getattr(jnp, n) for n in ("exp", "log", "sqrt", "tanh", "eye", "outer", "diagonal")},
        cholesky=jnp.linalg.cholesky, solve=jnp.linalg.solve, softmax=jax.nn.softmax, softplus=jax.nn.softplus,
        expm=jax.scipy.linalg.expm, eigvalsh=jnp.linalg.eigvalsh, svdvals=lambda x: jnp.linalg.svd(x, compute_uv=False), kron=jnp.kron,
        logsumexp=lambda Z: jax.scipy.special.logsumexp(Z, axis=1), lower_solve=lambda c, b: solve_triangular(c, b, lower=True),
    )  # fmt: skip
    given = {k: jnp.asarray(a) for k, a in values.items()}

    def value(x: Any, rest: Any) -> Any:
        return objective(words, **{**rest, names[0]: x})

    scalar = jax.eval_shape(value, given[names[0]], given).ndim == 0
    f = jax.jit((jax.hessian if len(names) > 1 else jax.grad if scalar else jax.jacfwd)(value))
    return lambda: jax.block_until_ready(f(given[names[0]], given))


def torch_derivative(objective: Objective, names: list[str], values: dict[str, Any]) -> Callable[[], Any]:
    """A run of the derivative by PyTorch, eager."""
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    words = SimpleNamespace(
        **{n: getattr(torch, n) for n in ("exp", "log", "sqrt", "tanh", "eye", "outer", "diagonal")},
        cholesky=torch.linalg.cholesky, solve=torch.linalg.solve, softmax=lambda z: torch.softmax(z, 0),
        expm=torch.linalg.matrix_exp, eigvalsh=torch.linalg.eigvalsh, svdvals=torch.linalg.svdvals, kron=torch.kron,
        softplus=torch.nn.functional.softplus, logsumexp=lambda Z: torch.logsumexp(Z, 1),
        lower_solve=lambda c, b: torch.linalg.solve_triangular(c, b.reshape(len(b), -1), upper=False).reshape(b.shape),
    )  # fmt: skip
    given = {k: torch.tensor(a) for k, a in values.items()}

    def value(x: Any) -> Any:
        return objective(words, **{**given, names[0]: x})

    def gradient() -> Any:
        x = given[names[0]].detach().requires_grad_()
        return torch.autograd.grad(value(x), x)[0]

    many = torch.func.hessian(value) if len(names) > 1 else torch.func.jacfwd(value)
    return gradient if len(names) == 1 and value(given[names[0]]).ndim == 0 else lambda: many(given[names[0]])


PEERS = {"JAX": jax_derivative, "PyTorch": torch_derivative}
