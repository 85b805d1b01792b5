"""Operations that the random formulas leave out: their values are SciPy's, their derivatives central differences of those."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

import gradproof as gp

SCIPY: dict[str, Callable[[Any], Any]] = {
    "erfc": scipy.special.erfc,
    "gelu": lambda x: x * scipy.special.ndtr(x),
    "lgamma": scipy.special.gammaln,
    "digamma": scipy.special.digamma,
    "trigamma": lambda x: scipy.special.polygamma(1, x),
}
POINTS = np.array([0.03, 0.4, 1.0, 1.7, 3.2, 11.0, 60.0])


@pytest.mark.parametrize("name", SCIPY)
def test_the_value_is_that_of_scipy(name: str):
    found = gp.parse(f"{name}(x)", where="x: vector n").evaluate(x=POINTS)
    np.testing.assert_allclose(found, SCIPY[name](POINTS), rtol=2e-13, atol=2e-14)


@pytest.mark.parametrize("name", [n for n in SCIPY if n != "trigamma"])
def test_the_derivative_is_that_of_scipys_value(name: str):
    d = gp.derive(f"sum({name}(x))", wrt="x", where="x: vector n")
    x, h = POINTS[:-1], 1e-5
    want = (SCIPY[name](x + h) - SCIPY[name](x - h)) / (2 * h)
    for found in (d.evaluate(x=x), d.compile()(x=x)):
        np.testing.assert_allclose(found, want, rtol=2e-6, atol=1e-9)


def test_the_pseudo_inverse_and_its_derivative():
    rng = np.random.default_rng(3)
    A, C = rng.normal(size=(4, 2)), rng.normal(size=(4, 2))
    where = {"A": "matrix m n", "C": "matrix m n"}
    np.testing.assert_allclose(gp.parse("pinv(A)", where=where).evaluate(A=A), np.linalg.pinv(A), 1e-12)
    d = gp.derive("tr(C*pinv(A))", wrt="A", where=where)
    want = np.zeros_like(A)
    for i in np.ndindex(A.shape):
        step = np.zeros_like(A)
        step[i] = 1e-6
        want[i] = np.trace(C @ (np.linalg.pinv(A + step) - np.linalg.pinv(A - step))) / 2e-6
    for found in (d.evaluate(A=A, C=C), d.compile()(A=A, C=C)):
        np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-8)


def test_constants_stand_with_pi_and_are_one_root():
    """d erf(x) = 2 exp(-x^2)/sqrt(pi), Abramowitz & Stegun 7.1.19; the density of the normal distribution in that of gelu."""
    assert gp.derive("sum(erf(x))", "x").result.ascii == "2*exp(-x.^2)/sqrt(pi)"
    assert "/sqrt(2*pi)" in gp.derive("sum(gelu(x))", "x").result.ascii
    assert gp.derive("sum(gelu(W*x))", "W").result.ascii.count("exp(-(W*x).^2/2)") == 1
    claim = "(1 + erf(x/sqrt(2)))/2 + x.*exp(-x.^2/2)/sqrt(2*pi)"
    found = gp.check("sum(gelu(x))", "x", claim, "x: vector n")
    assert found.verdict == "right"
    assert found.evidence.how in ("canonical", "digits"), "not only to rounding"


def test_the_derivative_of_a_pseudo_inverse_is_refused_where_the_rank_is_lost() -> None:
    """Beside such a matrix pinv is as large as one likes: the difference quotient of NumPy's has no limit."""
    lost = np.array([[1.0, 2], [2, 4], [3, 6]])
    y, z, step = np.array([1.0, 2]), np.array([1.0, 2, 3]), np.array([[1.0, 0], [0, 0], [0, 0]])
    near = [float(y @ (np.linalg.pinv(lost + h * step) - np.linalg.pinv(lost)) @ z) / h for h in (1e-2, 1e-4)]
    assert abs(near[1]) > 50 * abs(near[0])  # no derivative there
    d = gp.derive("y'*pinv(X)*z", "X")
    assert [n.kind for n in d.notes] == ["rank-kept"]
    assert "full rank" in d.compile().source
    point = {"X": lost, "y": y, "z": z}
    for f in (d.evaluate, d.compile(), d.compile(value=True)):
        with pytest.raises(gp.DomainError, match="full rank"):
            f(**point)
    with pytest.raises(gp.DomainError, match="full rank"):
        d.jvp()(**point, v=step)
    with pytest.raises(gp.DomainError, match="full rank"):
        gp.derive("y'*pinv(X)*z", ["X", "X"]).operator(**point)
    np.testing.assert_allclose(gp.derive("y'*pinv(X)*z", "z").evaluate(**point), np.linalg.pinv(lost).T @ y, 1e-12)
    assert not gp.derive("y'*pinv(X)*z", "z").notes
    full = lost + 2 * step
    want = [float(y @ (np.linalg.pinv(full + h * step) - np.linalg.pinv(full - h * step)) @ z) / 2e-6 for h in (1e-6,)]
    np.testing.assert_allclose(d.evaluate(X=full, y=y, z=z)[0, 0], want[0], 1e-6, 1e-9)


@pytest.mark.parametrize("target", ["evaluate", "numpy", "numpy-only", "array-api", "jax", "torch"])
@pytest.mark.parametrize("n", [1, 3, 9, 11, 21, 60])
def test_digamma_and_trigamma_below_zero(n: int, target: str) -> None:
    """At 1/2 - n, where both are sums of fractions: Abramowitz & Stegun 6.3.4, 6.4.4, with 6.3.5, 6.4.6."""
    odd = 2 * np.arange(1, n + 1) - 1.0
    first, second = -np.euler_gamma - 2 * np.log(2) + 2 * np.sum(1 / odd), np.pi**2 / 2 + 4 * np.sum(odd**-2)
    d = gp.derive("sum(lgamma(x))", "x", where="x: vector n", verify=False)
    dd = gp.derive("sum(digamma(x))", "x", where="x: vector n", verify=False)
    x = np.array([0.5 - n])
    if target == "evaluate":
        found = d.evaluate(x=x), dd.evaluate(x=x)
    else:
        library = pytest.importorskip({"torch": "torch", "jax": "jax"}.get(target, "numpy"))
        if target == "jax":
            library.config.update("jax_enable_x64", True)
        x = library.tensor(x) if target == "torch" else x
        found = d.compile(target)(x=x), dd.compile(target)(x=x)
    np.testing.assert_allclose(np.ravel(np.asarray(found)), [first, second], rtol=1e-11)
