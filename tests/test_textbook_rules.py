"""Every line of the tutorial's table of rules: as an instance, and with unspecified functions. Denominator layout.

The expected forms are the statements of the rules themselves.
"""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from forms import form
from gradproof.parse import parse

X = {"x": "vector p"}
Y_Z = {**X, "y": "function x -> vector q", "z": "function x -> vector q"}
CASES = [
    # rule, formula, wrt, declarations, expected, shape
    ("1 definition", "f(x)", "x", {**X, "f": "function x -> scalar"}, "Df(x)", ("p",)),
    ("1 instance", "a'*x", "x", {**X, "a": "vector p"}, "a", ("p",)),
    ("2 definition", "y(x)", "x", {"x": "scalar", "y": "function x -> vector q"}, "Dy(x)'", (1, "q")),
    ("2 instance", "sin(x*b)", "x", {"x": "scalar", "b": "vector q"}, "(b.*cos(x*b))'", (1, "q")),
    ("3 definition", "y(x)", "x", Y_Z, "Dy(x)", ("p", "q")),
    ("3 instance", "A*exp(x)", "x", {**X, "A": "matrix q p"}, "diag(exp(x))*A'", ("p", "q")),
    ("4 sum", "y(x) + z(x)", "x", Y_Z, "Dy(x) + Dz(x)", ("p", "q")),
    ("4 instance", "A*x + B*x", "x", {**X, "A": "matrix q p", "B": "matrix q p"}, "A' + B'", ("p", "q")),
    ("5.1 inner product", "y(x)'*z(x)", "x", Y_Z, "Dy(x)*z(x) + Dz(x)*y(x)", ("p",)),
    ("5.1 instance", "x'*x", "x", X, "2*x", ("p",)),
    (
        "5.2 bilinear form",
        "y(x)'*A*z(x)",
        "x",
        {**X, "y": "function x -> vector s", "z": "function x -> vector t", "A": "matrix s t"},
        "Dy(x)*A*z(x) + Dz(x)*A'*y(x)",
        ("p",),
    ),
    ("5.2 instance", "x'*A*x", "x", {**X, "A": "matrix p p"}, "(A + A')*x", ("p",)),
    (
        "5.3 scalar times vector",
        "y(x)*z(x)",
        "x",
        {**X, "y": "function x -> scalar", "z": "function x -> vector q"},
        "y(x)*Dz(x) + Dy(x)*z(x)'",
        ("p", "q"),
    ),
    ("5.3 instance", "(a'*x)*x", "x", {**X, "a": "vector p"}, "(a'*x)*eye(p) + a*x'", ("p", "p")),
    (
        "6.1 chain",
        "g(u(x))",
        "x",
        {**X, "u": "function x -> vector s", "g": "function u -> vector t"},
        "Du(x)*Dg(u(x))",
        ("p", "t"),
    ),
    ("6.1 instance", "exp(A*x)", "x", {**X, "A": "matrix q p"}, "A'*diag(exp(A*x))", ("p", "q")),
    ("7.1 identity", "x", "x", X, "eye(p)", ("p", "p")),
    ("7.2 linear from the left", "A*x", "x", {**X, "A": "matrix q p"}, "A'", ("p", "q")),
    ("7.3 linear from the right", "x'*A", "x", {**X, "A": "matrix p q"}, "A", ("p", "q")),
    ("case A, scalar", "1/(1 + exp(-x))", "x", {"x": "scalar"}, "sigmoid(x)*(1 - sigmoid(x))", ()),
    ("case A, vector", "1./(1 + exp(-x))", "x", X, "diag(sigmoid(x).*(ones(p) - sigmoid(x)))", ("p", "p")),
    ("case B", "exp(x)/(ones(p)'*exp(x))", "x", X, "diag(softmax(x)) - softmax(x)*softmax(x)'", ("p", "p")),
    ("second derivative", "f(x)", ["x", "x"], {**X, "f": "function x -> scalar"}, "DDf(x)", ("p", "p")),
    (
        "several arguments",
        "g(x, w)",
        ["x", "w"],
        {"x": "scalar", "w": "scalar", "g": "function x,w -> matrix m n"},
        "DDg_xw(x, w)",
        ("m", "n"),
    ),
]


@pytest.mark.parametrize(("rule", "text", "wrt", "where", "expected", "shape"), CASES, ids=[c[0] for c in CASES])
def test_rule(rule, text, wrt, where, expected, shape):
    d = gp.derive(text, wrt, where)
    wanted = parse(expected, {**d.symbols, **d.functions}).expr
    assert form(d.result) == form(wanted), d.result.ascii
    assert d.shape == shape
    assert d.verify().ok, d.verify()


def test_rule_6_2_chain_through_a_vector_for_a_matrix_variable():
    """∂g/∂X_ij = (∂u/∂X_ij)(∂g/∂u): no matrix form, so index notation; its value by the rule itself."""
    where = {"X": "matrix p q", "u": "function X -> vector s", "g": "function u -> scalar"}
    d = gp.derive("g(u(X))", "X", where)
    assert d.shape == ("p", "q")
    rng = np.random.default_rng(3)
    slope, weight = rng.normal(size=(2, 3, 4)), rng.normal(size=4)
    functions = {
        "u": lambda x: np.einsum("ijk,ij->k", slope, x),
        "Du": lambda x: slope,
        "g": lambda u: weight @ u,
        "Dg": lambda u: weight,
    }
    values = {"X": rng.normal(size=(2, 3)), **functions}
    np.testing.assert_allclose(d.evaluate(values), slope @ weight)
    assert d.verify().ok


def test_a_formula_that_does_not_depend_on_the_variable_has_a_zero_of_the_right_shape():
    d = gp.derive("a", "x", {"a": "vector m", "x": "vector n"})
    assert d.shape == ("n", "m")
    assert d.evaluate(a=np.ones(3), x=np.ones(2)).tolist() == np.zeros((2, 3)).tolist()
    assert d.verify().ok


def test_an_unspecified_function_counts_as_depending_only_on_its_arguments():
    d = gp.derive("u(x)'*a", "a", {"x": "vector n", "u": "function x -> vector m", "a": "vector m"})
    assert d.result.ascii == "u(x)"
