"""Numbers at the far ends: `evaluate` of formulas and derivatives, and compiled code, against 60-digit decimal arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest

import gradproof as gp

POINTS = (-800.0, -40.0, -1.5, 0.0, 0.3, 40.0, 800.0)
Real = Callable[[Decimal], Decimal]


def sigmoid(x: Decimal) -> Decimal:
    return 1 / (1 + (-x).exp())


SCALAR: dict[str, tuple[Real, Real]] = {  # the value and the derivative
    "sigmoid(x)": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "1 - sigmoid(x)": (lambda x: sigmoid(-x), lambda x: -sigmoid(x) * sigmoid(-x)),
    "2 - 2*sigmoid(x)": (lambda x: 2 * sigmoid(-x), lambda x: -2 * sigmoid(x) * sigmoid(-x)),
    "1/(1 + exp(-x))": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "exp(x)/(1 + exp(x))": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "softplus(x)": (lambda x: (1 + x.exp()).ln(), sigmoid),
    "log(1 + exp(x))": (lambda x: (1 + x.exp()).ln(), sigmoid),
    "log(exp(x) + exp(2))": (lambda x: (x.exp() + Decimal(2).exp()).ln(), lambda x: sigmoid(x - 2)),
    "log(sigmoid(x))": (lambda x: sigmoid(x).ln(), lambda x: sigmoid(-x)),
    "log(1 - sigmoid(x))": (lambda x: sigmoid(-x).ln(), lambda x: -sigmoid(x)),
    "log(exp(x)/(exp(x) + exp(-x)))": (lambda x: sigmoid(2 * x).ln(), lambda x: 2 * sigmoid(-2 * x)),
}


@pytest.mark.parametrize("formula", SCALAR)
@pytest.mark.parametrize("target", ["numpy", "numpy-only"])
def test_functions_of_a_number(formula: str, target: str) -> None:
    value, slope = SCALAR[formula]
    d = gp.derive(formula, wrt="x", where="x: scalar")
    f = d.compile(target, value=True)
    with localcontext() as context:
        context.prec = 400
        for x in POINTS:
            truth = [float(value(Decimal(x))), float(slope(Decimal(x)))]
            np.testing.assert_allclose(f(x=x), truth, 1e-13, 1e-300, err_msg=f"compiled at {x}")
            np.testing.assert_allclose(
                [d.expression.evaluate(x=x), d.evaluate(x=x)], truth, 1e-13, 1e-300, err_msg=f"{x}"
            )


def decimals(a: Any) -> np.ndarray:
    return np.vectorize(Decimal, otypes=[object])(np.asarray(a, float))


def exp(a: np.ndarray) -> np.ndarray:
    return np.vectorize(lambda v: v.exp(), otypes=[object])(a)


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_log_of_a_sum_of_exponentials(scale: float) -> None:
    x = np.array([1.0, 0.9995, -0.3, 0.999]) * scale
    with localcontext() as context:
        context.prec = 60
        e = exp(decimals(x))
        truth, share = float(e.sum().ln()), (e / e.sum()).astype(float)
    d = gp.derive("log(sum(exp(x)))", wrt="x", where="x: vector n")
    value, gradient = d.compile(value=True)(x=x)
    np.testing.assert_allclose([value, d.expression.evaluate(x=x)], truth, 1e-14)
    for g in (gradient, d.evaluate(x=x)):
        np.testing.assert_allclose(g, share, 1e-12, 1e-300)
    mean = gp.derive("sum(y.*exp(x))/sum(exp(x))", wrt="x", where="x: vector n; y: vector n")
    y = np.array([1.0, -2.0, 0.5, 3.0])
    expected = share * (y - share @ y)
    for g in (mean.compile()(x=x, y=y), mean.evaluate(x=x, y=y)):
        np.testing.assert_allclose(g, expected, 1e-11, 1e-300)


def test_softmax_cross_entropy_of_a_batch_at_logits_of_800() -> None:
    d = gp.derive("-sum(Y.*log(exp(X*W)./(exp(X*W)*ones(k)*ones(k)')))", wrt="W", where="W: matrix n k")
    X, W, Y = np.diag([800.0, 750.0, 1.0]), np.array([[1.0, -1, 0.999], [0.5, 1, 1], [3, 2, 1]]), np.eye(3) + 0.25
    with localcontext() as context:
        context.prec = 700
        Z = decimals(X) @ decimals(W)
        P = exp(Z) / exp(Z).sum(1)[:, None]
        log_p = np.vectorize(lambda v: v.ln(), otypes=[object])(P)
        truth = float(-(decimals(Y) * log_p).sum())
        gradient = (decimals(X).T @ (decimals(Y.sum(1))[:, None] * P - decimals(Y))).astype(float)
    value, found = d.compile(value=True)(X=X, W=W, Y=Y)
    np.testing.assert_allclose([value, d.expression.evaluate(X=X, W=W, Y=Y)], truth, 1e-13)
    for g in (found, d.evaluate(X=X, W=W, Y=Y)):
        np.testing.assert_allclose(g, gradient, 1e-12, 1e-12)
    assert d.result.ascii == "X'*(diag(Y*ones(k))*softmax_rows(X*W) - Y)"


@pytest.mark.parametrize("power", [-300, -160, -20, 0, 20, 160, 299])
def test_norms_from_the_smallest_to_the_largest(power: int) -> None:
    x = np.array([3.0, -4.0, 12.0]) * 10.0**power
    unit = np.array([3.0, -4.0, 12.0]) / 13
    d, h = gp.derive("norm2(x)", wrt="x"), gp.hessian("norm2(x)", wrt="x")
    value, gradient = d.compile(value=True)(x=x)
    np.testing.assert_allclose([value, d.expression.evaluate(x=x)], 13 * 10.0**power, 1e-14)
    for g in (gradient, d.evaluate(x=x)):
        np.testing.assert_allclose(g, unit, 1e-14)
    for H in (h.compile()(x=x), h.evaluate(x=x)):
        np.testing.assert_allclose(H * 10.0**power, (np.eye(3) - np.outer(unit, unit)) / 13, 1e-13, 1e-15)


def test_squared_distances_of_data_far_from_zero() -> None:
    near = np.random.default_rng(0).integers(-8, 9, (6, 3)) / 4.0  # so that adding the offset is exact
    far = np.array([1e8, -1e8, 3e7])
    X, Y = near + far, near[:4] + far + 0.25
    distances = ((near[:, None] - near[None]) ** 2).sum(2)
    d = gp.derive("sum(i, j: W[i,j]*exp(-sum(k: (X[i,k] - X[j,k])^2)))", wrt="W")
    for found in (d.compile()(X=X), d.evaluate(X=X, W=np.eye(6))):
        np.testing.assert_allclose(found, np.exp(-distances), 1e-9)
    apart = ((near[:, None] - near[None, :4] - 0.25) ** 2).sum(2)
    where = "X: matrix n p; Y: matrix m p"
    d = gp.derive("sum(A.*(X.^2*ones(p)*ones(m)' + ones(n)*(Y.^2*ones(p))' - 2*X*Y'))", wrt="A", where=where)
    for found in (d.compile()(X=X, Y=Y), d.evaluate(X=X, Y=Y, A=apart)):
        np.testing.assert_allclose(found, apart, 1e-9)


@pytest.mark.parametrize("where", ["matrix 1 1", "matrix m n"])
def test_products_of_a_logsumexp_of_a_large_matrix_are_finite(where: str) -> None:
    first = gp.derive("logsumexp(X)", "X", where=f"X: {where}")
    second = gp.hessian("logsumexp(X)", "X", where=f"X: {where}")
    shape = (1, 1) if "1" in where else (2, 3)
    X, v = 1e4 + np.arange(np.prod(shape)).reshape(shape), np.arange(2.0, 2.0 + np.prod(shape)).reshape(shape)
    p = np.exp(X - X.max()) / np.exp(X - X.max()).sum()  # by hand: f' v = sum(p*v), H v = p*(v - sum(p*v))
    np.testing.assert_allclose(first.jvp()(X=X, v=v), (p * v).sum(), rtol=1e-10)
    np.testing.assert_allclose(second.hvp()(X=X, v=v), p * (v - (p * v).sum()), rtol=1e-10, atol=1e-11)


def test_a_positive_diagonal_matrix_among_positive_factors() -> None:
    """The diagonal of a matrix is a factor whose index stands twice."""
    u = np.array([0.2, -0.3, 1.1])
    s = 1 / (1 + np.exp(-u))
    zeros = len(u) * (len(u) - 1)
    got = gp.derive("logsumexp(diag(sigmoid(u)))", wrt="u", where="u: vector n").evaluate(u=u)
    np.testing.assert_allclose(got, np.exp(s) * s * (1 - s) / (np.exp(s).sum() + zeros), 1e-13)
    got = gp.derive("logsumexp(inv(diag(sigmoid(u))))", wrt="u", where="u: vector n").evaluate(u=u)
    np.testing.assert_allclose(got, np.exp(1 / s) * (s - 1) / s / (np.exp(1 / s).sum() + zeros), 1e-13)


@pytest.mark.parametrize("p", [3.0, 9.0, 10.5])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_exponentials_of_exponentials_of_a_matrix_have_their_share(p: float, order: int) -> None:
    """Of one entry, logsumexp(exp(P)) is exp(P), and so is each of its derivatives; beside a small entry it nearly is."""
    d = gp.derive("logsumexp(exp(P))", ["P"] * order, where="P: matrix m n")
    f = d.compile()
    for g in (d.evaluate(P=[[p]]), f(P=np.array([[p]]))):
        np.testing.assert_allclose(g.ravel(), np.exp(p), 1e-5 if order == 3 else 1e-8)  # exp(3*p) cancels
    if order == 1:
        for g in (d.evaluate(P=[[300.0, p]]), f(P=np.array([[300.0, p]]))):
            np.testing.assert_allclose(g, [[np.exp(300.0), 0.0]], 1e-14)


@pytest.mark.parametrize("x", [-40.0, -12.0, 12.0, 40.0])
def test_what_is_divided_by_a_small_one_plus_tanh(x: float) -> None:
    """The derivative of log(1 + tanh(x)) is 1 - tanh(x), of log(1 - tanh(x)^2) it is -2*tanh(x)."""
    with localcontext() as context:
        context.prec = 60
        e = (2 * Decimal(x)).exp()
        one, two = float(2 / (1 + e)), float(-2 * (e - 1) / (e + 1))
    for formula, truth in (("log(1 + tanh(x))", one), ("log(1 - tanh(x)^2)", two)):
        d = gp.derive(formula, "x", where="x: scalar")
        np.testing.assert_allclose([d.evaluate(x=x), d.compile()(x=x)], truth, 1e-10)


def test_an_infinite_entry_gives_infinite_products() -> None:
    found = gp.derive("(x'*y)^2", "y").evaluate(x=np.array([np.inf, 1.0]), y=np.ones(2))
    assert np.all(found == np.inf)
