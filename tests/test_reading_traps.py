"""What looks like one thing and is written for another: each is read as it is meant, by NumPy and differences, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import GradproofError
from test_reading_places import hold_as_meant

Meant = Callable[[dict[str, Any]], Any]
X, XY = "x: scalar", "x: scalar; y: scalar"

READ: list[tuple[str, str, str, Meant]] = [
    # a literal 1 before what is transposed, or side by side with a transposed 1, is a vector of ones
    ("X - 1μᵀ", "μ", "", lambda v: v["X"] - np.ones(len(v["X"]))[:, None] * v["mu"]),
    (r"X - 1\mu^\top", r"\mu", "", lambda v: v["X"] - np.ones(len(v["X"]))[:, None] * v["mu"]),
    ("X - 1 m^T", "m", "", lambda v: v["X"] - np.ones(len(v["X"]))[:, None] * v["m"]),
    ("||Y - XW - 1b'||_F^2", "b", "", lambda v: ((v["Y"] - v["X"] @ v["W"] - v["b"]) ** 2).sum()),
    ("A x - 1 1^T x", "x", "", lambda v: v["A"] @ v["x"] - v["x"].sum()),
    ("B - 1*1'", "B", "", lambda v: v["B"] - 1),
    # letters side by side that stand by themselves elsewhere, or are declared, are factors
    ("x² + 2xy + y²", "x", XY, lambda v: (v["x"] + v["y"]) ** 2),
    ("x^2 + xy + y^2", "x", XY, lambda v: v["x"] ** 2 + v["x"] * v["y"] + v["y"] ** 2),
    ("x^2 + xy + y^2", "x", "", lambda v: v["x"] ** 2 + v["x"] * v["y"] + v["y"] ** 2),
    ("tr(AB) + tr(A)", "A", "", lambda v: np.trace(v["A"] @ v["B"]) + np.trace(v["A"])),
    ("q_1q_2/r^2", "r", "q_1: scalar; q_2: scalar", lambda v: v["q_1"] * v["q_2"] / v["r"] ** 2),
    # functions without brackets, by the names that other languages and books have
    ("sec x", "x", X, lambda v: 1 / np.cos(v["x"])),
    ("2 csc x + 1", "x", X, lambda v: 2 / np.sin(v["x"]) + 1),
    ("cot x", "x", X, lambda v: 1 / np.tan(v["x"])),
    ("ctg x", "x", X, lambda v: 1 / np.tan(v["x"])),
    ("tg x", "x", X, lambda v: np.tan(v["x"])),
    ("sh x + ch x", "x", X, lambda v: np.exp(v["x"])),
    ("th x", "x", X, lambda v: np.tanh(v["x"])),
    ("lg x", "x", X, lambda v: np.log10(v["x"])),
    ("2 lg x + 1", "x", X, lambda v: 2 * np.log10(v["x"]) + 1),
    ("log10 x", "x", X, lambda v: np.log10(v["x"])),
    ("log2 x", "x", X, lambda v: np.log2(v["x"])),
    ("Ln x", "x", X, lambda v: np.log(v["x"])),
    ("sec^2 x", "x", X, lambda v: 1 / np.cos(v["x"]) ** 2),
    (r"\operatorname{sech}^2 x", "x", X, lambda v: 1 / np.cosh(v["x"]) ** 2),
    (r"\coth x", "x", X, lambda v: 1 / np.tanh(v["x"])),
    (r"\csc\theta", r"\theta", "", lambda v: 1 / np.sin(v["theta"])),
    ("arctg x", "x", X, lambda v: np.arctan(v["x"])),
    ("sum(sech(x))", "x", "", lambda v: (1 / np.cosh(v["x"])).sum()),
    ("b' vec X", "X", "X: matrix 2 3; b: vector 6", lambda v: v["b"] @ v["X"].reshape(-1, order="F")),
    (r"b^\top\vec(X)", "X", "X: matrix 2 3; b: vector 6", lambda v: v["b"] @ v["X"].reshape(-1, order="F")),
    ("2 det^2 X", "X", "", lambda v: 2 * np.linalg.det(v["X"]) ** 2),
    # between bars stands a vector, where it is set as one
    (r"\frac{1}{|\mathbf r|}", "r", "", lambda v: 1 / np.linalg.norm(v["r"])),
    (r"\frac{\mathbf r}{|\mathbf r|^3}", "r", "", lambda v: v["r"] / np.linalg.norm(v["r"]) ** 3),
    (r"|\vec r - \vec s|", "r", "", lambda v: np.linalg.norm(v["r"] - v["s"])),
    (r"|\mathbf a^\top\mathbf x|", "x", "", lambda v: abs(v["a"] @ v["x"])),
    (r"\mathbf 1^\top|\mathbf x|", "x", "", lambda v: np.abs(v["x"]).sum()),
    (r"|\mathbf x|^\top \mathbf y", "x", "", lambda v: np.abs(v["x"]) @ v["y"]),
    # Unicode: the root of a name with something below it; max with braces; a half, and what stands apart
    ("√dₖ V^T A", "V", "", lambda v: np.sqrt(v["d_k"]) * v["V"].T @ v["A"]),
    ("Σᵢ max{0, 1 − yᵢ wᵀxᵢ}", "w", "", lambda v: np.maximum(0, 1 - v["y"] * (v["X"] @ v["w"])).sum()),
    ("1/2 λ‖x‖²", "x", "", lambda v: v["lambda"] / 2 * (v["x"] @ v["x"])),
    ("‖x − x̂‖²", "x̂", "", lambda v: ((v["x"] - v["x_hat"]) ** 2).sum()),
    ("X⁻⊤b", "b", "", lambda v: np.linalg.inv(v["X"]).T @ v["b"]),
    ("∣∣x∣∣", "x", "x: vector n", lambda v: np.linalg.norm(v["x"])),
    ("√(xy)", "x", XY, lambda v: np.sqrt(v["x"] * v["y"])),
    ("2√(x^T x)", "x", "", lambda v: 2 * np.linalg.norm(v["x"])),
    ("sqrt2 x", "x", X, lambda v: np.sqrt(2) * v["x"]),
    # increments
    (
        r"g^\top\Delta_x + \frac12\Delta_x^\top H\Delta_x",
        r"\Delta_x",
        "",
        lambda v: v["g"] @ v["Delta_x"] + v["Delta_x"] @ v["H"] @ v["Delta_x"] / 2,
    ),
    # the mark of a list
    ("(a) x^T A x", "x", "", lambda v: v["x"] @ v["A"] @ v["x"]),
    ("a) x^T A x", "x", "", lambda v: v["x"] @ v["A"] @ v["x"]),
    ("(ii) x'*A*x", "x", "", lambda v: v["x"] @ v["A"] @ v["x"]),
    ("(c) ||Ax - b||^2", "x", "", lambda v: ((v["A"] @ v["x"] - v["b"]) ** 2).sum()),
    ("(a) x'*A*x", "x", "a: scalar", lambda v: v["a"] * (v["x"] @ v["A"] @ v["x"])),
    ("e^{-at}", "t", "t: scalar", lambda v: np.exp(-v["a"] * v["t"])),
]


@pytest.mark.parametrize(("text", "wrt", "where", "meant"), READ, ids=[f"{t} {w}" for t, _, w, _ in READ])
def test_what_is_read_is_what_is_meant(text: str, wrt: str, where: str, meant: Meant) -> None:
    d = gp.derive(text, wrt, where=where or None)
    name = {"μ": "mu", "x̂": "x_hat"}.get(wrt, wrt.lstrip("\\"))
    hold_as_meant(d, name, meant)


REFUSED: list[tuple[str, str, str, str]] = [
    ("x*y + xy", "x", X, "a name of its own, or the product"),
    ("x1x2 + x1", "x1", "", "does not fit"),
    ("sinc x", "x", X, "cardinal sine"),
    ("2 avg x + 1", "x", X, "means and deviations"),
    ("c ch x", "x", "c: scalar; x: scalar", "one name, or a product"),
    ("(b) ||Ax - b||^2", "x", "", "number of the equation"),
    ("x'Ax (b)", "x", "", "number of the equation"),
    ("Hessian of x'Ax", "x", "", "second derivative"),
    ("Compute the second derivative of x^T A x", "x", "", "second derivative"),
    ("求 x^TAx 的二阶导数", "x", "", "second derivative"),
    ("√xy", "x", XY, "how far the root"),
    ("eˣ²", "x", X, "a power of a power"),
    ("2⁻ˣ²", "x", X, "a power of a power"),
    ("(1/2σ²)‖x‖²", "x", "", "the divisor or not"),
    ("(1/2s^2) ||x||^2", "x", "s: scalar", "the divisor or not"),
    (r"(1/2\sigma^2)\|x\|^2", "x", "", "the divisor or not"),
    ("1/2σ² x'x", "x", "", "the divisor or not"),
    (r"\frac12\Delta\theta^\top H\Delta\theta", "H", "", "an increment"),
    ("½ΔθᵀHΔθ", "H", "", "an increment"),
    (r"\delta(x^\top A x)", "x", "", "a function or a product"),
    (r"\|X\|_\infty", "X", "", "the largest sum of a row"),
    (r"\|AX\|_\infty", "X", "", "the largest sum of a row"),
    (r"A \circ B x", "x", "", "a matrix by its letter"),
    (r"e^{At}", "t", "", "a function of the matrix, or of each entry"),
    (r"\exp(At)", "A", "", "a function of the matrix, or of each entry"),
    (r"\mathbf{F} \cdot d\mathbf{r}", "F", "", "the differential of r"),
    (r"x^\top\Sigma d\Sigma", "x", "", "the differential of"),
]


@pytest.mark.parametrize(("text", "wrt", "where", "message"), REFUSED, ids=[t for t, *_ in REFUSED])
def test_what_is_not_clear_is_refused_with_a_hint(text: str, wrt: str, where: str, message: str) -> None:
    with pytest.raises(GradproofError, match=message) as caught:
        gp.derive(text, wrt, where=where or None)
    assert caught.value.hint


def test_the_hessian_that_a_text_asks_for_is_derived() -> None:
    assert gp.hessian("Compute the Hessian of x^T A x", "x").result.ascii == "A + A'"
    assert gp.gradient("Find the gradient and the Hessian of $x^T x$", "x").result.ascii == "2*x"
