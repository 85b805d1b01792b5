"""Functions and constants as papers and other languages write them; the values are NumPy's and SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln

import gradproof as gp
from gradproof.errors import GradproofError

RNG = np.random.default_rng(5)
V = {
    "x": RNG.uniform(0.3, 2, 4), "y": RNG.integers(0, 6, 4).astype(float), "a": RNG.normal(size=4), "b": RNG.normal(size=4), "A": RNG.normal(size=(4, 4)),
    "X": RNG.normal(size=(4, 3)), "w": RNG.normal(size=3), "lambda": RNG.uniform(0.5, 3, 4), "R": np.diag([1.0, 2, 3, 4]) + 0.1, "H": RNG.normal(size=(4, 4)),
    "U": RNG.normal(size=(4, 3)), "r": 1.7, "Sigma": 2 * np.eye(4) + 0.3, "p": RNG.uniform(0.1, 1, 4), "z": 0.4, "im": 2.5, "max": 1.5,
}  # fmt: skip
hinge = np.maximum(0, 1 - V["y"] * (V["X"] @ V["w"]))

READ = [
    (r"\log_2(x^\top x)", None, lambda: np.log2(V["x"] @ V["x"])),
    (r"\log_{10} r", "r: scalar", lambda: np.log10(1.7)),
    (r"\lg r", "r: scalar", lambda: np.log10(1.7)),
    (r"\log_2^2(r)", "r: scalar", lambda: np.log2(1.7) ** 2),
    (r"-\sum_i p_i \log_2 p_i", None, lambda: -np.sum(V["p"] * np.log2(V["p"]))),
    (
        r"\sum_i (\lambda_i - y_i \log\lambda_i + \log(y_i!))",
        None,
        lambda: np.sum(V["lambda"] - V["y"] * np.log(V["lambda"]) + gammaln(V["y"] + 1)),
    ),
    (r"\sum_i \left(1 - y_i w^\top x_i\right)_+", None, lambda: hinge.sum()),
    (r"\sum_i [1 - y_i w^\top x_i]_+^2", None, lambda: np.sum(hinge**2)),
    (r"(z)_- + (z)_+", "z: scalar", lambda: 0.4),
    (
        r"\|y-Hx\|_{R^{-1}}^2",
        None,
        lambda: (V["y"] - V["H"] @ V["x"]) @ np.linalg.inv(V["R"]) @ (V["y"] - V["H"] @ V["x"]),
    ),
    (r"\|x\|_{\Sigma^{-1}}", None, lambda: np.sqrt(V["x"] @ np.linalg.inv(V["Sigma"]) @ V["x"])),
    (r"\frac12\|x\|_A^2", None, lambda: V["x"] @ V["A"] @ V["x"] / 2),
    (r"{\|U\|}_F^2", None, lambda: np.sum(V["U"] ** 2)),
    (r"2\pi r", "r: scalar", lambda: 2 * np.pi * 1.7),
    ("π r²", "r: scalar", lambda: np.pi * 1.7**2),
    ("np.pi*r**2", "r: scalar", lambda: np.pi * 1.7**2),
    ("1/(1+e^(-w'*w))", None, lambda: 1 / (1 + np.exp(-V["w"] @ V["w"]))),
    ("e^-z", "z: scalar", lambda: np.exp(-0.4)),
    ("dot(a,b)", None, lambda: V["a"] @ V["b"]),
    ("dot(x, dot(A, x))", None, lambda: V["x"] @ V["A"] @ V["x"]),
    ("tr(outer(a,b))", None, lambda: V["a"] @ V["b"]),
    ("inner(x, transpose(A)*x)", None, lambda: V["x"] @ V["A"].T @ V["x"]),
    ("mean(x) + mean(A)", None, lambda: V["x"].mean() + V["A"].mean()),
    ("Log(Determinant(Sigma))", None, lambda: np.linalg.slogdet(V["Sigma"])[1]),
    ("im*x'*x", "im: scalar", lambda: 2.5 * V["x"] @ V["x"]),
]


@pytest.mark.parametrize(("text", "where", "meant"), READ, ids=[t for t, _, _ in READ])
def test_the_value_is_what_is_meant(text, where, meant):
    if meant is None:
        with pytest.raises(GradproofError, match="max"):
            gp.parse(text, where)
        return
    e = gp.parse(text, where)
    values = {s.name: V[s.name] for s in e.variables}
    np.testing.assert_allclose(e.evaluate(values), meant())
    if e.variables:
        assert gp.derive(text, e.variables[0].name, where).verified is True
    known = {s.name: s for s in e.variables}
    for printed in (e.ascii, e.unicode, e.latex):
        np.testing.assert_allclose(gp.parse(printed, known).evaluate(values), meant(), err_msg=printed)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (r"\|W\|_{2,1}", "norm-mixed"), ("Log[Det[X]]", "mathematica"), ("e^x + e", "number-or-name"), (r"\operatorname{tr}\sqrt{X}", "matrix-or-entries"),
        (r"\operatorname{tr} e^{X}", "matrix-or-entries"), (r"\log_{x+1} y", "log-base"),
    ],
)  # fmt: skip
def test_what_has_two_meanings_is_refused_with_both(text, kind):
    with pytest.raises(GradproofError) as caught:
        gp.parse(text, "X: matrix n n" if "X" in text else None)
    assert caught.value.kind == kind
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        r"\operatorname{Var}(x)",
        r"\mathbb E[x^\top A x]",
        r"\sum_i \mathbf 1\{x_i > 0\}",
        r"\operatorname{sim}(a, b)",
        r"\text{diag}^{-1}(x)",
    ],
)
def test_what_is_not_there_is_refused_by_name(text):
    with pytest.raises(GradproofError):
        gp.parse(text)


def test_pi_is_printed_as_pi():
    d = gp.derive("pi*r^2", "r", "r: scalar")
    assert (d.result.ascii, d.result.unicode, d.result.latex) == ("2*pi*r", "2 π r", r"2 \pi r")
    assert gp.check("pi*r^2", "r", "2*pi*r", "r: scalar").verdict == "right"
    assert gp.check("pi*r^2", "r", "6.28*r", "r: scalar").verdict == "wrong"
    assert d.compile()(r=2.0) == pytest.approx(4 * np.pi)
    assert gp.parse("pi'*x", "pi: vector n").variables[0].name == "pi"


def test_the_logarithm_of_a_factorial_is_no_exponential():
    assert gp.parse(r"\log(y!)", "y: vector n").ascii == "lgamma(y + 1)"
