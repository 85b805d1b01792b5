"""`from_function`: the formula of a Python function has the value that the function itself returns for arrays of numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

import gradproof as gp

RNG = np.random.default_rng(2)
VALUES: dict[str, Any] = {
    "X": RNG.normal(size=(4, 3)), "w": RNG.normal(size=3), "y": np.sign(RNG.normal(size=4)), "A": RNG.normal(size=(3, 3)) + 4 * np.eye(3),
    "x": RNG.normal(size=3), "lam": 0.3, "mu": RNG.normal(size=3), "S": 0.2 * np.ones((3, 3)) + np.eye(3),
}  # fmt: skip
WHERE = {
    "X": "matrix m n", "w": "vector n", "y": "vector m", "A": "matrix n n", "x": "vector n", "lam": "scalar", "mu": "vector n", "S": "matrix n n",
}  # fmt: skip


def logistic(w, X, y, lam=0.5):
    """Logistic loss."""
    margin = y * (X @ w)
    loss = np.log1p(np.exp(-margin)).mean()
    return loss + lam * w @ w


def looped(w, X):
    """A loop that no value decides."""
    z = X @ w
    for _ in range(3):
        z = np.tanh(z) * z
    return np.sum(z)


def deep(x):
    """A formula with a part that is used twice, and twice again."""
    for _ in range(60):
        x = 0.5 * (x + np.sin(x))
    return x @ x


def in_place(x, w):
    """Assignment with an operator."""
    r = x - w
    r *= 2
    r += 1
    return (r**2).sum()


def shaped(X, y):
    """Sizes as numbers of the formula."""
    m, n = X.shape
    return np.sum(X) / m + y.shape[0] * np.ones_like(y) @ y / n


def keyworded(x, *, A, c=2.0):
    """Arguments by name."""
    return c * np.dot(x, A.dot(x))


FUNCTIONS: list[Callable[..., Any]] = [
    logistic, looped, deep, in_place, shaped, keyworded,
    lambda X, w, y: np.linalg.norm(X @ w - y) ** 2, lambda A: np.linalg.slogdet(A)[1], lambda S, x: x @ np.linalg.solve(S, x),
    lambda X, mu: np.sum((X - mu) ** 2, axis=1), lambda x, w: np.outer(x, w) @ x, lambda A, x: np.einsum("ij,j->i", A, x),
    lambda x: scipy.special.expit(x) * np.float64(2.0), lambda x: 1 / (1 + np.exp(-x)), lambda x: 2**x + x**2 - abs(x), lambda A: A.T @ A + A.trace() * A,
    lambda x, w: x[:, None] * w[None, :], lambda x, w: np.maximum(x, 0).dot(w), lambda A, x: A.mean(axis=0) @ x + A.sum(), lambda x: +x - -x,
    lambda A: np.trace(np.linalg.inv(A) @ A.T), lambda x, w: np.add(x, w) @ np.multiply(x, w), lambda X: X.reshape(-1) @ X.ravel(),
    lambda x: np.sum(x[1:] * x[:-1]), lambda X, y: np.linalg.eigvalsh(X.T @ X)[-1] * y[0], lambda X: np.linalg.svd(X, compute_uv=False)[1], lambda x: np.std(x, ddof=1),
    lambda X, y: np.sum(np.linalg.cholesky(X.T @ X)) * y[0], lambda X: np.linalg.eigvalsh(X.T @ X)[0],
]  # fmt: skip


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f"{f.__name__}-{f.__code__.co_firstlineno}-{FUNCTIONS.index(f)}")
def test_the_formula_has_the_value_of_the_function(f: Callable[..., Any]) -> None:
    names = f.__code__.co_varnames[: f.__code__.co_argcount + f.__code__.co_kwonlyargcount]
    defaults = {"lam"} if f is logistic else {"c"}
    known = {n: VALUES[n] for n in names if n not in defaults or n not in {"c", "lam"}}
    wanted = np.asarray(f(**known))
    e = gp.from_function(f, where={n: WHERE[n] for n in known})
    used = {v.name for v in e.variables}
    found = np.asarray(e.evaluate({n: v for n, v in known.items() if n in used} | {"m": 4, "n": 3}))
    assert np.allclose(found, wanted), e.ascii
    assert e.reading.notation == "numpy"


def test_it_goes_through_derive_and_check() -> None:
    e = gp.from_function(logistic, where={"X": "matrix m n", "y": "vector m", "w": "vector n", "lam": "scalar"})
    d = gp.derive(e, wrt="w")
    assert d.verify().ok
    step = 1e-6
    numeric = [(logistic(VALUES["w"] + step * k, VALUES["X"], VALUES["y"], 0.3) - logistic(VALUES["w"] - step * k, VALUES["X"], VALUES["y"], 0.3)) / (2 * step) for k in np.eye(3)]  # fmt: skip
    assert np.allclose(d.evaluate({n: VALUES[n] for n in ("w", "X", "y", "lam")}), numeric, rtol=1e-6)
    least = gp.from_function(lambda x, A: x @ A @ x, where={"A": "matrix n n"})
    assert gp.check(least, wrt="x", claim="(A + A')*x").verdict == "right"


def test_kinds_that_are_not_declared_are_inferred() -> None:
    assert gp.from_function(lambda w, X, y: np.sum((X @ w - y) ** 2)).ascii == "sum((X*w - y).^2)"


def test_sizes_that_are_numbers() -> None:
    e = gp.from_function(lambda A: np.trace(A @ (A - np.eye(A.shape[0]))), where={"A": "matrix 3 3"})
    assert np.isclose(e.evaluate(A=VALUES["A"]), np.trace(VALUES["A"] @ (VALUES["A"] - np.eye(3))))


def _if(x):
    return x if x[0] > 0 else -x


def _loop(x):
    return sum(v for v in x)


def _two(x):
    return x, x


def _many(*x):
    return x[0]


CONSTANT = RNG.normal(size=3)
REFUSED: list[tuple[Callable[..., Any], str]] = [
    (_if, "is not read from a function"), (_loop, "a loop over the entries"), (_two, "returns tuple"), (_many, "any number of arguments"),
    (lambda x: None, "returns nothing"), (lambda x: x if x.sum() else -x, "if, and, or"), (lambda x: float(x.sum()), "as a number"),
    (lambda x: len(x) * x, "len of an array"), (lambda x: x @ CONSTANT, "an argument of the function"), (lambda x: np.sort(x), "sort"),
    (lambda x: x == 1, "a comparison"), (lambda x: np.where(x, x, 0), "where"), (lambda x: np.array([x, x]), "an array of numbers"),
    (lambda x: x.ndim * x, "ndim"), (lambda x: np.eye(x.shape[0]) @ x, "a size as a number"), (lambda x: x[::2] @ x[::2], "a part"),
    (lambda x: np.add.reduce(x), "reduce"), (lambda x: x @ x.T, "inner product"), (lambda x: functools.reduce(lambda a, b: a, x), "a loop"),
    (lambda x: undefined_function(x), "undefined"),  # noqa: F821
]  # fmt: skip


@pytest.mark.parametrize(("f", "named"), REFUSED, ids=lambda v: v if isinstance(v, str) else None)
def test_what_asks_for_values_is_refused(f: Callable[..., Any], named: str) -> None:
    with pytest.raises((gp.GradproofError, NameError), match=named):
        gp.from_function(f, where={"x": "vector n"} if f is not _many else None)


def test_a_name_that_is_no_argument_is_refused() -> None:
    with pytest.raises(gp.ParseError, match="no argument of the function"):
        gp.from_function(lambda x: x @ x, where={"z": "vector n"})


def test_a_function_of_jax_is_told_what_to_do() -> None:
    jnp = pytest.importorskip("jax.numpy")
    with pytest.raises(gp.UnsupportedError, match=r"inspect\.getsource"):
        gp.from_function(lambda x: jnp.sum(x))


def _changes_its_argument(x: Any) -> Any:
    r = x
    r += 1
    return x @ r


def _changes_a_view(x: Any, A: Any) -> Any:
    r = A.T
    r *= 2
    return x @ A @ x


def _changes_a_slice(x: Any) -> Any:
    r = x[1:]
    r -= 1
    return np.sum(x)


def _changes_what_it_returns(x: Any) -> Any:
    r = x
    r *= 2
    return x


@pytest.mark.parametrize("f", [_changes_its_argument, _changes_a_view, _changes_a_slice, _changes_what_it_returns])
def test_arrays_that_are_changed_under_another_name_are_refused(f: Any) -> None:
    """NumPy changes the array itself: what was read without that had another value."""
    with pytest.raises(gp.UnsupportedError, match="in place"):
        gp.from_function(f, where={"x": "vector n"})


def _changes_its_own(x: Any, w: Any) -> Any:
    loss = 0.0
    loss += x @ x
    r = x - w
    r *= 2
    r -= x.mean()
    loss += np.sum(r**2)
    return loss


def test_operators_in_place_have_the_values_of_numpy() -> None:
    rng = np.random.default_rng(3)
    x, w = rng.normal(size=4), rng.normal(size=4)
    read = gp.from_function(_changes_its_own, where="x, w: vector n")
    assert np.isclose(read.evaluate(x=x, w=w), _changes_its_own(x.copy(), w.copy()))
