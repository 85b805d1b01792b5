"""Compiled code at the ends of the range of numbers: the right value, infinity or an error, and never a nan that the function itself does not have."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradproof as gp

STABLE = [  # their values and derivatives are finite wherever the squares of the numbers are
    "sum(log(1 + exp(x)))",
    "log(sum(exp(x)))",
    "logsumexp(x)",
    "y'*softmax(x)",
    "sum(sigmoid(x))",
    "sum(tanh(x))",
    "norm2(x)^2",
    "sum(log(1 + exp(-y.*x)))",
    "log(1 + exp(y'*x))",
    "-y'*log(sigmoid(x)) - sum((ones(n) - y).*log(1 - sigmoid(x)))",
    "-y'*log(softmax(x))",
    "sum(exp(x)./(1 + exp(x)))",
    "sum(relu(x))",
    "sum(erf(x))",
]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("formula", STABLE)
def test_nothing_overflows(formula: str, order: int) -> None:
    f = gp.derive(formula, wrt=["x"] * order, where={"x": "vector n"}).compile(value=True)
    for x in ([1e3, -1e3, 0.5], [745.0, -745.0, 0.0], [1e-300, -1e-300, 0.0], [0.0, 0.0, 0.0], [1e150, -1e150, 1.0]):
        given = {"x": np.array(x), "y": np.array([1.0, 0.0, 1.0])}
        value, derivative = f({n: given[n] for n in f.names})
        assert np.isfinite(value), x
        assert np.all(np.isfinite(derivative)), x


@pytest.mark.parametrize(
    "formula", ["logsumexp(X)", "log(sum(exp(X)))", "log(sum(exp(A*X)))", "sum(log(exp(A*X)*ones(c)))"]
)
@pytest.mark.parametrize("order", [1, 2])
def test_exponentials_of_matrices(formula: str, order: int) -> None:
    X = np.array([[1e3, 1e3], [-1e3, 0.0]])
    where = {"X": "matrix n c", "A": "matrix m n"}
    value, derivative = gp.derive(formula, wrt=["X"] * order, where=where).compile(value=True)({"X": X, "A": np.eye(2)})
    assert value == pytest.approx(1000 + np.log(2))
    assert np.all(np.isfinite(derivative))
    if order == 1:
        assert derivative.sum() == pytest.approx(1 if "ones" not in formula else 2)


def test_softplus_at_infinity() -> None:
    f = gp.derive("sum(log(1 + exp(x)))", wrt="x").compile(value=True)
    value, slope = f(x=np.array([np.inf, -np.inf, 1e300, -1e300]))
    assert value == np.inf
    assert slope.tolist() == [1, 0, 1, 0]


def test_cross_entropy_keeps_its_digits() -> None:
    formula = "-y'*log(sigmoid(x)) - sum((ones(n) - y).*log(1 - sigmoid(x)))"
    value, slope = gp.derive(formula, wrt="x", where={"x": "vector n"}).compile(value=True)(
        x=np.array([-800.0, 40.0]), y=np.array([1.0, 1.0])
    )
    assert value == pytest.approx(800, rel=1e-15)
    assert slope == pytest.approx([-1, -np.exp(-40.0)], rel=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1.0, 1e200, 1e300])
def test_norms_of_any_size(scale: float) -> None:
    value, slope = gp.derive("norm2(x)", wrt="x").compile(value=True)(x=scale * np.array([3.0, 0.0, -4.0]))
    assert value == pytest.approx(5 * scale, rel=1e-14)
    assert slope == pytest.approx([0.6, 0, -0.8], rel=1e-14)
    value, slope = gp.derive("norm2(X)", wrt="X").compile(value=True)(X=scale * np.array([[3.0, 0.0], [0.0, -4.0]]))
    assert value == pytest.approx(5 * scale, rel=1e-14)
    assert slope[1, 1] == pytest.approx(-0.8, rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nearly_singular_matrices(dtype: Any) -> None:
    tiny = np.finfo(dtype).eps
    S = np.array([[1, 1], [1, 1 + 64 * tiny]], dtype)
    f = gp.derive("y'*inv(S)*y", wrt="y", where={"S": "matrix n n posdef"}).compile()
    found = f(S=S, y=np.array([1, 1], dtype))  # S (1, 0)' = y
    assert found.dtype == dtype
    assert found == pytest.approx([2, 0], abs=0.2)
    with pytest.raises(gp.DomainError, match="declared posdef"):
        f(S=np.ones((2, 2), dtype), y=np.ones(2, dtype))
    with pytest.raises(gp.DomainError, match="singular"):
        gp.derive("y'*inv(A)*y", wrt="y").compile()(A=np.ones((2, 2), dtype), y=np.ones(2, dtype))
    with pytest.raises(gp.DomainError, match="singular"):
        gp.derive("y'*inv(A)*y", wrt="y").evaluate(A=np.ones((2, 2)), y=np.ones(2))


def test_a_formula_that_takes_long_to_find_is_left_out_of_the_docstring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradproof.codegen.FORMULA", 0.001)
    formula = f"x'*{'*'.join('ABAABBABBA' * 30)}*x"
    d = gp.derive(formula, wrt="A", where="A: matrix n n; B: matrix n n; x: vector n", verify=False)
    f = d.compile()
    assert "as a formula it takes more than 0.001 s to find" in f.source
    A, B = (np.linalg.qr(M)[0] for M in np.random.default_rng(0).normal(size=(2, 3, 3)))
    values = {"A": A, "B": B, "x": np.ones(3)}
    np.testing.assert_allclose(f(values), d.evaluate(values))


def library(target: str) -> Any:
    """The arrays of a target in double precision."""
    if target == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
        return pytest.importorskip("jax.numpy").asarray
    return pytest.importorskip("torch").as_tensor


@pytest.mark.parametrize("target", ["jax", "torch"])
@pytest.mark.parametrize("power", [-300, -160, -20, 0, 20, 160, 299])
def test_norms_of_other_libraries_from_the_smallest_to_the_largest(target: str, power: int) -> None:
    array, x = library(target), np.array([3.0, -4.0, 12.0])
    value, gradient = gp.derive("norm2(x)", "x").compile(target, value=True)(x=array(x * 10.0**power))
    np.testing.assert_allclose(float(value), 13 * 10.0**power, 1e-14)
    np.testing.assert_allclose(np.asarray(gradient), x / 13, 1e-14)


TIED, FLAT = np.diag([1.0, 2.0, 2.0]), np.ones((3, 2))
# formula of X, a matrix where it has no derivative, and one where it has, with the derivative: by Magnus (1985) and Lewis (1995)
SPECTRAL = [
    ("lambdamax(X)", TIED, np.diag([1.0, 2.0, 3.0]), np.diag([0.0, 0.0, 1.0])),
    ("eigval(X,2)", TIED, np.diag([1.0, 2.0, 3.0]), np.diag([0.0, 1.0, 0.0])),
    ("eigval(X,1)", np.eye(3), TIED, np.diag([1.0, 0.0, 0.0])),
    ("eigval(X,2)", np.eye(1), np.diag([1.0, 2.0]), np.diag([0.0, 1.0])),
    ("specnorm(X)", TIED, np.diag([1.0, 3.0, 2.0]), np.diag([0.0, 1.0, 0.0])),
    ("nuclear(X)", FLAT, np.diag([1.0, 3.0, 3.0]), np.eye(3)),
    ("kyfan(X,2)", np.eye(3), TIED, np.diag([0.0, 1.0, 1.0])),
    ("cond(X)", np.eye(2), np.diag([1.0, 4.0]), np.diag([-4.0, 1.0])),
    ("cond(X)", FLAT, np.diag([2.0, 4.0]), np.diag([-1.0, 0.5])),
]  # fmt: skip


@pytest.mark.parametrize("target", ["jax", "torch"])
@pytest.mark.parametrize("case", SPECTRAL, ids=lambda c: c[0])
def test_spectra_of_other_libraries_have_no_number_where_there_is_no_derivative(target: str, case: tuple) -> None:
    formula, without, there, wanted = case
    array = library(target)
    where = "X: matrix n n symmetric" if "eig" in formula or "lambda" in formula else "X: matrix m n"
    f = gp.derive(formula, "X", where=where).compile(target)
    np.testing.assert_allclose(np.asarray(f(X=array(there))), wanted, atol=1e-12)
    try:
        found = np.asarray(f(X=array(without)))
    except IndexError:  # no eigenvalue of this number
        return
    assert not np.all(np.isfinite(found))


U, V = np.array([3.0, 4.0, 1.0]), np.array([1.0, -2.0, 2.0])
U_NORM, V_NORM = np.sqrt(26.0), 3.0
OF_NORMS = [  # with the degree of the derivative in a common scale of x and y
    ("log(norm2(x))", U / 26, -1),
    ("log(x'*x)", 2 * U / 26, -1),
    ("sqrt(norm2(x))", U / (2 * 26**0.75), -0.5),
    ("norm2(x)^(1/3)", U / (3 * 26 ** (5 / 6)), -2 / 3),
    ("norm2(x)^2.2", 2.2 * U * 26**0.1, 1.2),
    ("norm2(x)/norm2(y)", U / (U_NORM * V_NORM), -1),
    ("log(norm2(x) + norm2(y))", U / (U_NORM * (U_NORM + V_NORM)), -1),
    ("x'*y/norm2(x)^2", V / 26 - 2 * (U @ V) * U / 26**2, -1),
    ("x'*y/(norm2(x)*norm2(y))", V / (U_NORM * V_NORM) - (U @ V) * U / (26 * U_NORM * V_NORM), -1),
]


@pytest.mark.parametrize("scale", [1e-290, 1e-200, 1e-160, 1e-20, 1e160, 1e200])
@pytest.mark.parametrize(("formula", "expected", "degree"), OF_NORMS, ids=[f for f, _, _ in OF_NORMS])
def test_functions_of_norms_of_any_size(formula: str, expected: np.ndarray, degree: float, scale: float) -> None:
    """By hand at moderate arrays; the derivative is homogeneous."""
    size = 10.0 ** (degree * np.log10(scale))
    if not 1e-280 < size < 1e280:
        pytest.skip("the derivative itself is beyond the range of floats")
    made = gp.derive(formula, "x", {"x": "vector n", "y": "vector n"}).compile()
    found = made(x=U * scale, **({"y": V * scale} if "y" in formula else {}))
    np.testing.assert_allclose(found / size, expected, rtol=1e-8)
