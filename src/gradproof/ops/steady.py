"""Values of functions at arrays of real numbers, where the plain formula would overflow or lose digits. `np`: the module of the arrays."""

from __future__ import annotations

from typing import Any

from gradproof.records import dataclass


@dataclass(frozen=True, slots=True)
class Positive:
    """exp(log), and its value as it is computed without the logarithm."""

    log: Any
    value: Any


def exp(np: Any, u: Any) -> Any:
    return Positive(u, np.exp(u))


def cosh(np: Any, u: Any) -> Any:
    near = np.log1p(2.0 * np.sinh(0.5 * np.where(np.abs(u) < 1.0, u, 0.0)) ** 2)
    return Positive(np.where(np.abs(u) < 1.0, near, np.logaddexp(u, -u) - np.log(2.0)), np.cosh(u))


def sigmoid(np: Any, u: Any) -> Any:
    return Positive(-softplus(np, -u), np.exp(-softplus(np, -u)))


def softplus(np: Any, u: Any) -> Any:
    return np.logaddexp(0.0, u)


def logsumexp(np: Any, u: Any, axes: tuple[int, ...] | None = None) -> Any:
    """log(sum(exp(u))) along axes (None: all)."""
    if not np.size(u):
        return np.log(np.sum(np.exp(u), axes))
    top = np.max(u, axes, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    return np.log(np.sum(np.exp(u - top), axes)) + np.reshape(top, np.shape(np.sum(u, axes)))


def softmax(np: Any, u: Any) -> Any:
    log = u - logsumexp(np, u)
    return Positive(log, np.exp(log))
