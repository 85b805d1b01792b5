"""Layouts: shapes as in Wikipedia's 'Layout conventions', values against one another, and printed formulas against both."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.shapes.dims import dim

T = {"t": "scalar"}
CASES = [
    # formula, by, declarations, denominator, numerator, mixed
    ("x'*x", "x", None, ("n",), (1, "n"), ("n",)),
    ("A*x", "x", None, ("n", "m"), ("m", "n"), ("m", "n")),
    ("t*x", "t", {**T, "x": "vector n"}, (1, "n"), ("n",), ("n",)),
    ("t*A", "t", {**T, "A": "matrix m n"}, ("m", "n"), ("m", "n"), ("m", "n")),
    ("tr(A*X)", "X", {"X": "matrix m n"}, ("m", "n"), ("n", "m"), ("m", "n")),
    ("y'*A*x", ["x", "y"], {"A": "matrix m n"}, ("n", "m"), ("m", "n"), ("n", "m")),
    ("x'*A", "x", {"A": "matrix n p"}, ("n", "p"), ("p", "n"), ("p", "n")),
    (
        "A*X*B",
        "X",
        {"A": "matrix p m", "X": "matrix m n", "B": "matrix n q"},
        ("m", "n", "p", "q"),
        ("p", "q", "n", "m"),
        ("p", "q", "n", "m"),
    ),
    ("X*a", "X", {"X": "matrix m n", "a": "vector n"}, ("m", "n", "m"), ("m", "n", "m"), ("m", "n", "m")),
    ("kron(x,y)", "x", {"x": "vector n", "y": "vector m"}, ("n", "m*n"), ("m*n", "n"), ("m*n", "n")),
    ("t*kron(X,Y)", "t", {**T, "X": "matrix m n", "Y": "matrix p q"}, ("m*p", "n*q"), ("m*p", "n*q"), ("m*p", "n*q")),
]
SIZES = {"m": 2, "n": 3, "p": 4, "q": 5}
LAYOUTS = ("denominator", "numerator", "mixed")


def arrays(d: gp.Derivative) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {s.name: rng.normal(size=[x.evaluate(SIZES) for x in s.type.dims]) for s in d.symbols.values()}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_shape_value_and_formula(case, layout):
    text, wrt, where, *shapes = case
    d = gp.derive(text, wrt, where, layout=layout)
    assert d.layout == layout
    assert d.shape == shapes[LAYOUTS.index(layout)]
    assert d.verify().ok, d.verify()
    value = d.evaluate(arrays(d))
    assert value.shape == tuple(1 if s == 1 else dim(s).evaluate(SIZES) for s in d.shape)


@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_the_layouts_hold_the_same_numbers(case):
    text, wrt, where, *_ = case
    results = [gp.derive(text, wrt, where, layout=layout) for layout in LAYOUTS]
    values = [d.evaluate(arrays(results[0])) for d in results]
    for v in values[1:]:
        np.testing.assert_allclose(np.sort(v, axis=None), np.sort(values[0], axis=None))


def test_denominator_layout_of_a_matrix_by_a_matrix():
    """D[i,j,k,l] = ∂Y_kl/∂X_ij for Y = A X B is A_ki B_jl."""
    rng = np.random.default_rng(2)
    a, x, b = rng.normal(size=(4, 2)), rng.normal(size=(2, 3)), rng.normal(size=(3, 5))
    value = gp.derive("A*X*B", "X").evaluate(A=a, X=x, B=b)
    np.testing.assert_allclose(value, np.einsum("ki,jl->ijkl", a, b))


def test_numerator_layout_prints_the_row():
    assert gp.derive("a'*x", "x", layout="numerator").result.ascii == "a'"
    assert gp.derive("A*X*B", "X", layout="numerator").result.ascii == "kron(B', A)"
    assert gp.derive("X'", "X", {"X": "matrix m n"}, layout="numerator").result.ascii == "commutation(m,n)"


def test_an_unknown_layout_is_refused_with_the_known_ones():
    with pytest.raises(gp.GradproofError, match="layout") as caught:
        gp.derive("x'*x", "x", layout="row")
    assert "numerator" in caught.value.hint


@pytest.mark.parametrize("formula", ["kron(u, a + u)", "kron(u', a + u')", "a*kron(v, u)", "vec(a*v*u')"])
@pytest.mark.parametrize("layout", ["denominator", "numerator", "mixed"])
def test_a_stacked_vector_by_a_scalar_prints_in_the_shape_that_it_has(formula: str, layout: str) -> None:
    where, at = (
        "a: scalar; u: vector n; v: vector m",
        {"a": 0.3, "u": np.array([1.0, 2.0, 4.0]), "v": np.array([0.5, 3.0])},
    )
    d = gp.derive(formula, wrt="a", where=where, layout=layout)
    step = 1e-6
    moved = [np.ravel(gp.parse(formula, where=where).evaluate({**at, "a": at["a"] + s})) for s in (step, -step)]
    truth = (moved[0] - moved[1]) / (2 * step)
    truth = truth.reshape((1, -1) if layout == "denominator" else (-1,))
    np.testing.assert_allclose(d.evaluate(at), truth, 1e-8)
    printed = gp.parse(d.result.ascii, where=where)
    np.testing.assert_allclose(printed.evaluate(at), truth.ravel(), 1e-8)
    assert printed.shape == d.shape
    assert gp.check(formula, "a", d.result.ascii, where=where, layout=layout).verdict == "right"
