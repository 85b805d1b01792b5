"""Sums whose range is written: from a number or another index, to a size, an index or a declared whole number; the index as a number. Truth: Python loops."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp

RNG = np.random.default_rng(8)
N = 4
x, y, c = RNG.normal(size=N), RNG.normal(size=N), RNG.normal(size=N)
A, X, w = RNG.normal(size=(N, N)), RNG.normal(size=(N, 3)), RNG.normal(size=3)
GIVEN = {"x": x, "y": y, "c": c, "A": A, "X": X, "w": w, "a": 0.7, "t": 0.4, "s": 1.3, "k": 2, "l": 3}
WHERE = (
    "x: vector n; y: vector n; c: vector n; A: matrix n n; X: matrix n m; w: vector m; a: scalar; t: scalar; s: scalar; "
    "k: scalar integer; l: scalar integer"
)
R = range(N)

CASES = [
    ("sum(i,1,k, x[i]^2)", "x", lambda x: sum(x[i] ** 2 for i in range(2))),
    ("sum(i,k,n, exp(x[i]))", "x", lambda x: sum(np.exp(x[i]) for i in range(1, N))),
    ("sum(i,k,l, x[i]^3)", "x", lambda x: sum(x[i] ** 3 for i in range(1, 3))),
    ("sum(i,1,k, X[i,:]*w)^2", "w", lambda w: sum(X[i] @ w for i in range(2)) ** 2),
    ("sum(i,1,k, c[i]*x[i])/k", "x", lambda x: sum(c[i] * x[i] for i in range(2)) / 2),
    ("sum(i,1,n, sum(j,1,k, A[i,j]*x[i]*x[j]))", "x", lambda x: sum(A[i, j] * x[i] * x[j] for i in R for j in range(2))),
    ("sum(i,2,n, (x[i] - a*x[i-1])^2)", "x", lambda x: sum((x[i] - 0.7 * x[i - 1]) ** 2 for i in range(1, N))),
    ("sum(i,2,n, (x[i] - a*x[i-1])^2)", "a", lambda a: sum((x[i] - a * x[i - 1]) ** 2 for i in range(1, N))),
    ("sum(i,2,n-1, (x[i+1] - 2*x[i] + x[i-1])^2)", "x", lambda x: sum((x[i + 1] - 2 * x[i] + x[i - 1]) ** 2 for i in range(1, N - 1))),
    ("sum(i,3,n, x[i]*x[i-2])", "x", lambda x: sum(x[i] * x[i - 2] for i in range(2, N))),
    ("sum(i,1,n, sum(j,i,n, x[i]*y[j]))", "x", lambda x: sum(x[i] * y[j] for i in R for j in range(i, N))),
    ("sum(i,1,n, sum(j,i+1,n, A[i,j]*x[i]*x[j]))", "x", lambda x: sum(A[i, j] * x[i] * x[j] for i in R for j in range(i + 1, N))),
    ("sum(i,1,n, sum(j,1,i-1, A[i,j]*x[j]))", "x", lambda x: sum(A[i, j] * x[j] for i in R for j in range(i))),
    ("sum(i,1,n, i*x[i]^2)", "x", lambda x: sum((i + 1) * x[i] ** 2 for i in R)),
    ("sum(i,1,n, x[i]^2/i)", "x", lambda x: sum(x[i] ** 2 / (i + 1) for i in R)),
    ("sum(i,1,n, c[i]*exp(-i*t))", "t", lambda t: sum(c[i] * np.exp(-(i + 1) * t) for i in R)),
    ("sum(i,1,n, c[i]*s^i)", "s", lambda s: sum(c[i] * s ** (i + 1) for i in R)),
    ("sum(i,2,n, i*x[i]*x[i-1])", "x", lambda x: sum((i + 1) * x[i] * x[i - 1] for i in range(1, N))),
    ("sum(i,1,n, sum(j,1,n, abs(i - j)*x[i]*x[j]))", "x", lambda x: sum(abs(i - j) * x[i] * x[j] for i in R for j in R)),
    ("sum(i,1,k, i*x[i]^2)", "x", lambda x: sum((i + 1) * x[i] ** 2 for i in range(2))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "by", "f"), CASES, ids=[f"{c[0]} by {c[1]}" for c in CASES])
def test_its_value_and_derivative_are_those_of_a_loop(text: str, by: str, f) -> None:
    e = gp.parse(text, WHERE)
    values = {s.name: GIVEN[s.name] for s in e.variables}
    at = np.asarray(GIVEN[by], float)
    assert np.isclose(e.evaluate(values), f(at if at.shape else float(at)))
    want = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        step = np.zeros(at.shape)
        step[place] = 1e-4
        d1, d2 = (f(at + h * step) - f(at - h * step) for h in (1, 2))
        want[place] = (8 * d1 - d2) / 12e-4
    d = gp.derive(text, by, WHERE)
    assert d.verified is True
    assert np.allclose(np.squeeze(d.evaluate(values)), want, rtol=1e-7, atol=1e-8)
    assert np.allclose(np.squeeze(d.compile()(values)), want, rtol=1e-7, atol=1e-8)
    assert gp.check(text, by, d.result.ascii, WHERE).verdict == "right"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("sum(i,1,a, x[i])", "declared as a variable"),
        ("sum(i,1,k, log(x[i]))", "may have no value"),
        ("sum(i,2,n, sum(j,1,i, x[i]*y[j]))", "begins at 2"),
        ("sum(i,1,n-1, sum(j,i,n, x[i]*y[j]))", "whose end is another index"),
        ("sum(i,1,n-1, sum(j,1,i-1, x[i]*y[j]))", "whose end is another index"),
        ("sum(i,2,n, x[i+1])", "how far i runs"),
        ("sum(i,0,n, x[i])", "begins at 1"),
        ("sum(r,0,k, s^r)", "declared as a variable"),
    ],
)
def test_what_is_refused(text: str, word: str) -> None:
    with pytest.raises(gp.GradproofError, match=word):
        gp.derive(text, "x" if "x" in text else "s", WHERE)


@pytest.mark.parametrize("text", ["sum(i,1,k, x[i])", "sumtop(x, k)"])
def test_more_terms_than_entries_are_refused(text: str) -> None:
    """sumtop(x, 10) of four entries was their sum."""
    d = gp.derive(text, "x", WHERE)
    f = d.compile()
    for k in (5, -1):
        for value in (d.expression.evaluate, d.evaluate, f):
            with pytest.raises(gp.DomainError):
                value(x=x, k=k)


@pytest.mark.parametrize("target", ["jax", "torch"])
@pytest.mark.parametrize("text", ["sum(i,1,k, c[i]*x[i]^2)", "sumtop(x.^2, k)"])
def test_other_targets(text: str, target: str) -> None:
    library = pytest.importorskip(target)
    array = library.tensor if target == "torch" else library.numpy.asarray
    d = gp.derive(text, "x", WHERE)
    values = {n: array(GIVEN[n]) if n != "k" else 2 for n in (s.name for s in d.expression.variables)}
    want = d.evaluate({n: GIVEN[n] for n in values})
    assert np.allclose(np.asarray(d.compile(target=target)(values)), want, atol=1e-6)
    assert np.all(np.isnan(np.asarray(d.compile(target=target)({**values, "k": 5}))))


def test_two_sums_may_have_an_index_of_one_name_as_a_number() -> None:
    x, y = np.array([1.0, 2.0, 5.0]), np.array([3.0, 4.0])
    for text in ("sum(i: i*x[i]) + sum(i: i*y[i])", r"\sum_i i x_i + \sum_i i y_i"):
        assert np.isclose(gp.parse(text).evaluate(x=x, y=y), 1 + 4 + 15 + 3 + 8)
    for text in ("sum(i: i*x[i]) + i", "sum(i: i)", r"\sum_i i"):
        with pytest.raises(gp.GradproofError):
            gp.parse(text)
