"""Formulas as papers, notes and messages have them, each with what is asked for: values by NumPy, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import GradproofError

RNG = np.random.default_rng(11)
UNIT = np.eye(4)
V: dict[str, Any] = {
    "A": RNG.normal(size=(3, 4)), "X": RNG.normal(size=(4, 3)), "W": RNG.normal(size=(4, 3)), "S": RNG.normal(size=(4, 4)),
    "x": RNG.uniform(0.5, 2, 4), "y": RNG.normal(size=4), "w": RNG.uniform(0.5, 2, 4), "y_hat": RNG.normal(size=4), "theta": RNG.normal(size=4),
    "z": RNG.normal(size=4), "b": RNG.normal(size=3), "v": RNG.normal(size=3), "e_i": UNIT[1], "e_j": UNIT[2], "e_k": UNIT[3],
    "Sigma": np.eye(4) + 0.1, "n": 4.0, "beta0": 0.7, "beta1": -1.2, "x_bar": 1.1, "y_bar": 0.3,
}  # fmt: skip
SPD = {**V, "X": V["Sigma"]}
Meaning = Callable[[Any], Any]

ENTRIES: list[tuple[str, str, str, Meaning]] = [  # by what, declared, what it is
    ("x_i^2", "x", "x: vector n", lambda v: v["x"][1] ** 2),
    (r"x_i^2 + y_i", "x", "x: vector n; y: vector n", lambda v: v["x"][1] ** 2 + v["y"][1]),
    (r"\log x_i", "x", "x: vector n", lambda v: np.log(v["x"][1])),
    (r"\theta_k^2", r"\theta", r"\theta: vector n", lambda v: v["theta"][3] ** 2),
    (r"\frac{x_i}{\|x\|}", "x", "", lambda v: v["x"][1] / np.linalg.norm(v["x"])),
    (r"S_{ij}^2", "S", "S: matrix n n", lambda v: v["S"][1, 2] ** 2),
    ("S_ij^2", "S", "", lambda v: v["S"][1, 2] ** 2),
    (r"w_k^\top v", "W", "", lambda v: v["W"][3] @ v["v"]),
    ("x_1^2 + x_2", "x", "x: vector n", lambda v: v["x"][0] ** 2 + v["x"][1]),
    (r"\hat{y}_i = \frac{x_i}{1 + \beta_0^2}", "x", "", lambda v: v["x"][1] / (1 + v["beta0"] ** 2)),
]

SUMS: list[tuple[str, str, str, Meaning]] = [
    ("SSE = Σ(yᵢ − β₀ − β₁xᵢ)²", "β₁", "", lambda v: ((v["y"] - v["beta0"] - v["beta1"] * v["x"]) ** 2).sum()),
    ("Σ(yᵢ − ŷᵢ)²", "ŷ", "", lambda v: ((v["y"] - v["y_hat"]) ** 2).sum()),
    ("1/n Σ (yᵢ - ŷᵢ)²", "ŷ", "", lambda v: ((v["y"] - v["y_hat"]) ** 2).mean()),
    ("Σ xᵢ²", "x", "", lambda v: v["x"] @ v["x"]),
    ("Σ|y_i - x_i|", "x", "", lambda v: abs(v["y"] - v["x"]).sum()),
    ("Σ xᵢyᵢ − (Σ xᵢ)(Σ yᵢ)/n", "x", "", lambda v: v["x"] @ v["y"] - v["x"].sum() * v["y"].sum() / 4),
    ("Σ wᵢ xᵢ / Σ wᵢ", "w", "", lambda v: v["w"] @ v["x"] / v["w"].sum()),
    ("Σ w_i x_i²/Σ w_i", "w", "", lambda v: v["w"] @ v["x"] ** 2 / v["w"].sum()),
    (r"\sum_i w_i x_i / \sum_i w_i", "w", "", lambda v: v["w"] @ v["x"] / v["w"].sum()),
    (r"\sum_{i=1}^n w_i x_i \Big/ \sum_{i=1}^n w_i", "x", "", lambda v: v["w"] @ v["x"] / v["w"].sum()),
    ("sum_i w_i x_i / sum_i w_i", "w", "", lambda v: v["w"] @ v["x"] / v["w"].sum()),
    ("Π x_i", "x", "", lambda v: v["x"].prod()),
    ("Σ(y - ŷ)²", "ŷ", "", lambda v: ((v["y"] - v["y_hat"]) ** 2).sum()),
    ("1/n Σ (y − Wv)²", "v", "", lambda v: ((v["y"] - v["W"] @ v["v"]) ** 2).mean()),
    ("1/n sum (y - Wv)^2", "v", "", lambda v: ((v["y"] - v["W"] @ v["v"]) ** 2).mean()),
    ("sum_i (y_i - x̄)^2", "y", "", lambda v: ((v["y"] - v["x_bar"]) ** 2).sum()),
    ("xᵀΣ⁻¹x", "x", "", lambda v: v["x"] @ np.linalg.inv(v["Sigma"]) @ v["x"]),
    ("1/n X^T X", "X", "", lambda v: v["X"].T @ v["X"] / 4),
    ("2/n X'(Xv - y)", "v", "", lambda v: v["X"].T @ (v["X"] @ v["v"] - v["y"]) / 2),
]  # fmt: skip

WRITTEN: list[tuple[str, str, str, Meaning]] = [
    (r"-y\log p-(1-y)\log(1-p)", "p", "", lambda v: -0.3 * np.log(0.6) - 0.7 * np.log(0.4)),
    ("L = -y log(p) - (1-y) log(1-p)", "p", "", lambda v: -0.3 * np.log(0.6) - 0.7 * np.log(0.4)),
    (r"f(p,y)=p^2y+\sin(py)", "p", "", lambda v: 0.36 * 0.3 + np.sin(0.18)),
    (r"p_1^2p_2", "p_1", "", lambda v: 0.25 * 3),
    (r"\mu + \sigma\odot\epsilon", r"\sigma", "", lambda v: v["x"] + v["w"] * v["y"]),
    (r"w^{(1)\top}Sx^{(2)}", "w^{(1)}", "", lambda v: v["w"] @ v["S"] @ v["x"]),
    (r"W^{(2)^T} y", "y", "", lambda v: v["W"].T @ v["y"]),
    (r"\sum_i (y^{(i)} - x^{(i)^T}v)^2", "v", "", lambda v: ((v["y"] - v["X"] @ v["v"]) ** 2).sum()),
    (r"f(\mathbf x)={}^t\mathbf x S\mathbf x", "x", "", lambda v: v["x"] @ v["S"] @ v["x"]),
    (r"\lambda\,{}^tx x + {}^{T}(x - y)(x - y)", "x", "", lambda v: 1.3 * v["x"] @ v["x"] + ((v["x"] - v["y"]) ** 2).sum()),
    (r"\|Wv - y\|_{\ell_2}^2 + \lambda\|v\|_{\ell_1}", "v", "", lambda v: ((v["W"] @ v["v"] - v["y"]) ** 2).sum() + 1.3 * abs(v["v"]).sum()),
    (r"\text{Minimize } \|Wv - y\|^2 \text{ subject to } v \ge 0", "v", "", lambda v: ((v["W"] @ v["v"] - v["y"]) ** 2).sum()),
    (r"\exp\left(-(t-t')^2\right)", "t", "t: scalar; t_prime: scalar", lambda v: np.exp(-0.49)),
    ("np.exp(-np.sum((x - w)**2) / (2*s**2))", "x", "", lambda v: np.exp(-((v["x"] - v["w"]) ** 2).sum() / 8)),
]  # fmt: skip

NAMED = {  # values of names that these formulas have
    "y": 0.3, "p": 0.6, "mu": V["x"], "sigma": V["w"], "epsilon": V["y"], "w1": V["w"], "x2": V["x"], "W2": V["W"], "lambda": 1.3,
    "p_1": 0.5, "p2": 3.0, "p_2": 3.0, "t": 1.2, "t_prime": 0.5, "s": 2.0,
}  # fmt: skip

TRIANGLE = np.triu(V["S"], 1)
SUMS += [
    (r"\sum_{i=1}^{n-1}\sum_{j=i+1}^{n} S_{ij}x_ix_j", "x", "", lambda v: v["x"] @ TRIANGLE @ v["x"]),
    (r"\sum_{i=2}^{n}\sum_{j=1}^{i-1} S_{ij}x_ix_j", "x", "", lambda v: v["x"] @ np.tril(v["S"], -1) @ v["x"]),
    ("what's d/dv of (y - Wv)^T (y - Wv)", "v", "", lambda v: ((v["y"] - v["W"] @ v["v"]) ** 2).sum()),
]  # fmt: skip

MEANT = [*ENTRIES, *SUMS]

REFUSED: list[tuple[str, str, str]] = [
    (r"a^\top x_i", "X", "X: matrix n d"),  # a row or a column
    ("1/2n sum (y - Xw)^2", "w", ""),
    ("a/b x", "x", ""),
    ("(x - x')^2", "x", "x: scalar"),
    (r"\exp(-x^2 - x'^2)", "x", "x: scalar"),
    (r"\mathrm{Find}\, x^\top x", "x", ""),
    (r"x^\top x~\text{Hence}", "x", ""),
    (r"\sum_{j=1}^n\|Xe_j\|_2", "X", ""),  # e_j may be a unit vector
    (r"\sum_{i=1}^{n-1}\sum_{j=i+1}^{n} x_j + x_i", "x", ""),
    (r"\sum_{i=1}^n x_i y_{n-i}", "x", ""),  # y_{n-i} is no name
    (r"\sum_{i,j} u_{i+j} x_i", "x", ""),
    (r"\text{(a)}\ x^\top A x", "x", ""),
    (r"\epsilon_{ijk}x_j y_k", "x", ""),
    ("x^1/2", "x", ""),
    ("A^1/2", "A", ""),
    ("sqrt x^T x", "x", ""),
    ("sqrt x^2 + y^2", "x", ""),
    ("√xᵀx", "x", ""),
    (r"\sum_{i=1}^{n-1}\sum_{j=i+1}^{m} A_{ij}", "A", ""),
]


@pytest.mark.parametrize(("text", "wrt", "where", "meant"), MEANT, ids=[m[0] for m in MEANT])
def test_a_formula_is_what_was_meant(text: str, wrt: str, where: str, meant: Meaning):
    d = gp.derive(text, wrt, where, verify=False)
    values = {s.name: V[s.name] for s in d.expression.variables}
    np.testing.assert_allclose(np.squeeze(np.asarray(d.expression.evaluate(values))), meant(V), rtol=1e-12)
    assert d.result.variables or d.result.ascii.strip("0")  # what is asked for is in the formula


@pytest.mark.parametrize(("text", "wrt", "where", "meant"), WRITTEN, ids=[m[0] for m in WRITTEN])
def test_it_is_read_as_it_is_written(text: str, wrt: str, where: str, meant: Meaning):
    d = gp.derive(text, wrt, where, verify=False)
    names = [s.name for s in d.expression.variables]
    values = {n: NAMED[n] if n in NAMED and (n != "y" or "p" in names) else V[n] for n in names}
    np.testing.assert_allclose(np.squeeze(np.asarray(d.expression.evaluate(values))), meant(V), rtol=1e-12)


@pytest.mark.parametrize(("text", "wrt", "where"), REFUSED, ids=[r[0] for r in REFUSED])
def test_two_meanings_are_refused(text: str, wrt: str, where: str):
    with pytest.raises(GradproofError) as caught:
        gp.derive(text, wrt, where, verify=False)
    assert caught.value.hint


def test_a_bold_letter_beside_a_number_stays_a_matrix():
    text = r"\frac{n}{2}\ln|\mathbf X| - \frac12\operatorname{tr}(\mathbf X^{-1}\mathbf S)"
    value = float(gp.parse(text).evaluate({name: SPD[name] for name in ("n", "X", "S")}))
    meant = 2 * np.log(np.linalg.det(SPD["X"])) - np.trace(np.linalg.inv(SPD["X"]) @ SPD["S"]) / 2
    assert value == pytest.approx(meant)


def test_a_declared_capital_sigma_is_no_sum():
    assert {s.name for s in gp.parse("Σ xᵢ", "Σ: matrix n n").variables} == {"Sigma", "x_i"}


@pytest.mark.parametrize(
    ("formula", "wrt", "claim", "verdict"),
    [
        ("-log softmax(z)_y", "z", "softmax(z) - e_y", "right"),  # e_y has one 1
        ("-log softmax(z)_y", "z", "e_y - softmax(z)", "wrong"),
        (r"\frac{e^{z_k}}{\sum_j e^{z_j}}", "z", r"\operatorname{softmax}(z)_k(e_k - \operatorname{softmax}(z))", "right"),
        (r"\frac{x_i}{\|x\|}", "x", r"\frac{e_i}{\|x\|}-\frac{x_i x}{\|x\|^3}", "right"),
        (r"\frac{x_i}{\|x\|}", "x", r"\frac{1}{\|x\|}-\frac{x_i^2}{\|x\|^3}", "wrong"),
        ("z_k^2", "z", "2z .* e_k", "right"),
    ],
)  # fmt: skip
def test_a_claim_about_a_fixed_index_is_judged_for_a_unit_vector(formula: str, wrt: str, claim: str, verdict: str):
    assert gp.check(formula, wrt, claim).verdict == verdict
