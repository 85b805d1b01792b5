"""Problems whose variables are measured in units far apart: against certified values, and other solvers in units of their own.

Longley's data and the certified values are those of NIST's Statistical Reference Datasets.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

import gradproof as gp

LONGLEY = np.array([
    60323, 83, 234289, 2356, 1590, 107608, 1947,
    61122, 88.5, 259426, 2325, 1456, 108632, 1948,
    60171, 88.2, 258054, 3682, 1616, 109773, 1949,
    61187, 89.5, 284599, 3351, 1650, 110929, 1950,
    63221, 96.2, 328975, 2099, 3099, 112075, 1951,
    63639, 98.1, 346999, 1932, 3594, 113270, 1952,
    64989, 99, 365385, 1870, 3547, 115094, 1953,
    63761, 100, 363112, 3578, 3350, 116219, 1954,
    66019, 101.2, 397469, 2904, 3048, 117388, 1955,
    67857, 104.6, 419180, 2822, 2857, 118734, 1956,
    68169, 108.4, 442769, 2936, 2798, 120445, 1957,
    66513, 110.8, 444546, 4681, 2637, 121950, 1958,
    68655, 112.6, 482704, 3813, 2552, 123366, 1959,
    69564, 114.2, 502601, 3931, 2514, 125368, 1960,
    69331, 115.7, 518173, 4806, 2572, 127852, 1961,
    70551, 116.9, 554894, 4007, 2827, 130081, 1962,
]).reshape(16, 7)  # fmt: skip
y, X = LONGLEY[:, 0], np.column_stack([np.ones(16), LONGLEY[:, 1:]])
CERTIFIED = [-3482258.63459582, 15.0618722713733, -0.358191792925910e-01, -2.02022980381683, -1.03322686717359, -0.511041056535807e-01, 1829.15146461355]  # fmt: skip
WHERE = "X: matrix m n; y: vector m; w: vector n"
SCALED = X / np.abs(X).max(axis=0)


def squares(w: np.ndarray) -> float:
    return float(np.sum((X @ w - y) ** 2))


def test_least_squares_has_the_certified_values() -> None:
    """It was said to be a global minimum at a value that is 2.7 times as large."""
    found = gp.minimize("norm2(X*w - y)^2", "w", where=WHERE).solve(X=X, y=y)
    assert found.success
    assert np.allclose(found.x, CERTIFIED, rtol=1e-8)
    assert np.isclose(found.fun, 836424.055505915, rtol=1e-9)


def test_nonnegative_least_squares() -> None:
    found = gp.minimize("norm2(X*w - y)^2", "w", where=WHERE + " nonneg").solve(X=X, y=y)
    want = nnls(SCALED, y)[0] / np.abs(X).max(axis=0)
    assert found.success
    assert np.isclose(found.fun, squares(want), rtol=1e-9)
    assert np.allclose(found.x, want, rtol=1e-6, atol=1e-6 * np.abs(want).max())


@pytest.mark.parametrize("relation", ["=", "<="])
def test_with_a_constraint(relation: str) -> None:
    """w[2] = 5, which is less than it would be: the others by themselves."""
    C = np.zeros((1, 7))
    C[0, 1] = 1.0
    o = gp.minimize("norm2(X*w - y)^2", "w", f"C*w {relation} d", where=WHERE + "; C: matrix k n; d: vector k")
    found = o.solve(X=X, y=y, C=C, d=np.array([5.0]))
    rest = [0, 2, 3, 4, 5, 6]
    want = np.linalg.lstsq(SCALED[:, rest], y - 5 * X[:, 1])[0] / np.abs(X).max(axis=0)[rest]
    assert found.success
    assert np.allclose(found.x[rest], want, rtol=1e-6)
    assert np.isclose(found.x[1], 5.0)


def test_absolute_deviations_are_right_or_not_said_to_be() -> None:
    found = gp.minimize("norm1(X*w - y)", "w", where=WHERE).solve(X=X, y=y)
    assert not found.success or found.fun <= 2438.7793 * (1 + 1e-6)


def test_a_logistic_model_in_other_units() -> None:
    """The optimum is the same, measured otherwise."""
    rng = np.random.default_rng(0)
    A, s = rng.normal(size=(60, 4)), np.sign(rng.normal(size=60))
    units = np.array([1e-4, 1.0, 1e3, 1e6])
    o = gp.minimize("sum(log(1 + exp(-s.*(A*w))))", "w", where="A: matrix m n; s: vector m; w: vector n")
    one, other = o.solve(A=A, s=s), o.solve(A=A * units, s=s)
    assert one.success
    assert other.success
    assert np.allclose(other.x * units, one.x, rtol=1e-7, atol=1e-9)
