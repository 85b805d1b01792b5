"""The kinds of misreading, one by one, each with variants: what is read has NumPy's value and its differences, the rest is refused with a hint."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.cli.main import main
from gradproof.errors import GradproofError
from test_reading_places import hold_as_meant

Meant = Callable[[dict[str, Any]], Any]


def distances(v: dict[str, Any], f: Callable[[float], float]) -> float:
    """The sum of a function of the squared distances between any two different rows of X."""
    X = v["X"]
    return sum(f(((X[i] - X[j]) ** 2).sum()) for i, j in np.ndindex(len(X), len(X)) if i != j)


READ: list[tuple[str, str, str, Meant]] = [
    # 1. a name beside its own array
    (r"x_k \|x\|^2", "x", "", lambda v: v["e_k"] @ v["x"] * (v["x"] @ v["x"])),
    (r"\frac{x_k}{\|x\|}", "x", "", lambda v: v["e_k"] @ v["x"] / np.sqrt(v["x"] @ v["x"])),
    ("xᵢ² + xᵀx", "x", "", lambda v: (v["e_i"] @ v["x"]) ** 2 + v["x"] @ v["x"]),
    (r"a_{ij} \operatorname{tr}(A)", "A", "", lambda v: v["e_i"] @ v["A"] @ v["e_j"] * np.trace(v["A"])),
    (r"w_k^\top x", "W", "", lambda v: v["W"].T @ v["e_k"] @ v["x"]),
    (r"w_k^\top x", "W", "W: matrix K n; x: vector n", lambda v: v["W"].T @ v["e_k"] @ v["x"]),
    (r"w_k^\top x", "W", "W: matrix n K; x: vector n", lambda v: v["W"] @ v["e_k"] @ v["x"]),
    (r"w_k^\top x + \|W\|_F^2", "W", "", lambda v: v["W"].T @ v["e_k"] @ v["x"] + (v["W"] ** 2).sum()),
    (r"\exp(\pi_k)", r"\pi", "", lambda v: np.exp(v["e_k"] @ v["pi"])),
    (r"x_k^2", "x", "", lambda v: (v["e_k"] @ v["x"]) ** 2),
    (r"x_k", "x", "x: vector n", lambda v: v["e_k"] @ v["x"]),
    (r"b_k + w_k^\top x", "b", "b: vector K", lambda v: v["e_k"] @ v["b"] + v["w_k"] @ v["x"]),
    (r"\|x - x_k\|^2", "x", "", lambda v: ((v["x"] - v["x_k"]) ** 2).sum()),
    (r"\sum_i (x_i - x_1)^2", "x", "", lambda v: ((v["x"] - v["x"][0]) ** 2).sum()),
    (r"\sum_i P_i \log P_i", "P", "", lambda v: v["P"] @ np.log(v["P"])),
    (r"\sum_i A_i^2", "A", "A: vector n", lambda v: v["A"] @ v["A"]),
    # 6. ones
    (r"x^\top 1", "x", "", lambda v: v["x"].sum()),
    ("1ᵀx", "x", "", lambda v: v["x"].sum()),
    ("x^T 1", "x", "", lambda v: v["x"].sum()),
    ("1'*x", "x", "", lambda v: v["x"].sum()),
    ("1' X 1", "X", "", lambda v: v["X"].sum()),
    ("1'*X*1", "X", "", lambda v: v["X"].sum()),
    (r"\mathds 1^\top x", "x", "", lambda v: v["x"].sum()),
    ("I_n x", "x", "", lambda v: v["x"]),
    # 7. sums
    (r"\sum_i \max_j A_{ij}", "A", "", lambda v: v["A"].max(1).sum()),
    (r"\sum_i \min_k \|x_i - c_k\|^2", "C", "", lambda v: ((v["X"][:, None] - v["C"][None]) ** 2).sum(2).min(1).sum()),
    (r"\min_i \max_j A_{ij}", "A", "", lambda v: v["A"].max(1).min()),
    (r"\sum_j \log \max_i A_{ij}", "A", "", lambda v: np.log(v["A"].max(0)).sum()),
    ("np.sum(np.max(A, axis=1))", "A", "", lambda v: v["A"].max(1).sum()),
    ("np.exp(np.min(A, axis=0)).sum()", "A", "", lambda v: np.exp(v["A"].min(0)).sum()),
    ("torch.amax(A, dim=1).sum()", "A", "", lambda v: v["A"].max(1).sum()),
    (r"\sum_{i<j} 1/(1+\|x_i-x_j\|^2)", "X", "", lambda v: distances(v, lambda d: 1 / (1 + d)) / 2),
    (
        r"\sum_{i<j} \frac{p_{ij}}{1+\|y_i-y_j\|^2}",
        "Y",
        "",
        lambda v: sum(
            v["P"][i, j] / (1 + ((v["Y"][i] - v["Y"][j]) ** 2).sum()) for i, j in np.ndindex(v["P"].shape) if i < j
        ),
    ),
    # plain text
    ("exp(-gamma ||x-y||^2)", "x", "", lambda v: np.exp(-v["gamma"] * ((v["x"] - v["y"]) ** 2).sum())),
    ("log(sum exp(Ax+b))", "x", "", lambda v: np.log(np.exp(v["A"] @ v["x"] + v["b"]).sum())),
    (r"\log\sum\exp(Ax+b)", "x", "", lambda v: np.log(np.exp(v["A"] @ v["x"] + v["b"]).sum())),
    ("mean((y-Xw)^2)", "w", "", lambda v: ((v["y"] - v["X"] @ v["w"]) ** 2).mean()),
    ("d/dx of x^T A x", "x", "", lambda v: v["x"] @ v["A"] @ v["x"]),
    # 8. left sides
    (r"x^\top A x =: f(x)", "x", "", lambda v: v["x"] @ v["A"] @ v["x"]),
    (r"f \colon x \mapsto x^\top A x", "x", "", lambda v: v["x"] @ v["A"] @ v["x"]),
    (r"p(x) \propto \exp(-x^\top x)", "x", "", lambda v: np.exp(-v["x"] @ v["x"])),
]


@pytest.mark.parametrize(("text", "wrt", "where", "meant"), READ, ids=[f"{t} {w}" for t, _, w, _ in READ])
def test_what_is_read_is_what_is_meant(text: str, wrt: str, where: str, meant: Meant) -> None:
    d = gp.derive(text, wrt, where=where or None)
    name = wrt.lstrip("\\")
    hold_as_meant(d, name, meant)


SAID: list[tuple[str, str, str]] = [
    (r"-\log(p_k)", "p_k", "kind-by-letter"),
    ("x_1^2 + x'*x", "x", "name-beside-array"),
    ("w_k'*x + norm2(W)^2", "W", "name-beside-array"),
    (r"w^\top w - \gamma(\mu^\top w - \mu_p)", "w", "name-beside-array"),
    ("1'*x", "x", "ones-row"),
    (r"-\frac12\log|\mathbf\Sigma| - x^\top\Sigma^{-1}x", r"\Sigma", "one-type"),
]


@pytest.mark.parametrize(("text", "wrt", "kind"), SAID)
def test_what_is_customary_is_said(text: str, wrt: str, kind: str) -> None:
    assert kind in [n.kind for n in gp.derive(text, wrt, verify=False).notes]


REFUSED: list[tuple[str, str, str, str]] = [
    (r"\sum_k \pi_k \log(2\pi)", r"\pi", "", "a number here"),
    (r"x^\top A x, b^\top x", "x", "", "no place here"),
    ("x'*A*x, b'*x", "x", "", "a comma stands only"),
    (r"\bigodot_i x_i", "x", "", "no place here"),
    (r"\sum_i \mathbb{1}(y_i = k) \log p_i", "p", "", "no place here"),
    ("sum(A,2)", "A", "", "takes 1 argument"),
    ("A.max(axis=1)", "A", "", "no place here"),
    (r"\mathbb E[x^\top A x]", "x", "", "expectations"),
    (r"\operatorname{rank}(X)", "X", "", "the rank"),
    (r"\sum_{ijk} T_{ijk} a_i b_j c_k", "a", "", "one index or two"),
    (r"\|X - a \circ b \circ c\|^2", "a", "", "outer product"),
    (r"\sum_i \rho_\tau(y_i - x_i^\top\beta)", r"\beta", "", "a function or a product"),
    (r"\mathcal L(Wx)", "W", "", "a function or a product"),
    (r"\mathbf 1\{x > 0\}", "x", "", "indicator"),
    ("||x ||y|| + y||", "x", "", "paired in more than one way"),
    ("sum exp(x'x)", "x", "", "sum"),
    ("torch.max(A, dim=1).values", "A", "", "argument dim"),
    ("torch.max(A, 1)[0]", "A", "", "argument"),
    (r"\sum_{i<j} \frac{1}{\|x_i-x_j\|}", "X", "", "may have no value"),
    (r"x_i^2 + x^\top x", "x", "", "an entry of x"),
    (r"A_{ij} + \operatorname{tr}(A)", "A", "", "an entry of A"),
    (r"\|X x_k - y\|^2", "X", "", "a name of its own"),
    (r"u_o^\top v_c", "v", "", "does not occur"),
    (r"\sum_i A_i", "A", "", "matrix for each index"),
    (r"\sum_i A_i x_i", "x", "", "matrix for each index"),
    (r"\sum_i \operatorname{tr}(A_i X)", "X", "", "matrix for each index"),
    (r"\|Ax-b\|^2", "z", "", "does not occur"),
    ("loss*2", "s", "", "does not occur"),
    ("ε² + ϵ²", "ε", "", "both read as epsilon"),
    ("σ² + ς²", "σ", "", "both read as sigma"),
    ("𝐱ᵀ𝐱 + x", "x", "", "both read as x"),
    (r"\mathbf{x}^\top A \mathbf{x} + x", "x", "", "two types"),
    (r"\mathcal{L} + L^\top L", "L", "", "two types"),
    ("x'*A*x  (2)", "x", "", "the number of the equation"),
    (r"x^\top A x\\ b^\top x", "x", "", "more than one formula"),
    ("x ☃ y", "x", "", "SNOWMAN"),
]


@pytest.mark.parametrize(("text", "wrt", "where", "message"), REFUSED, ids=[t for t, *_ in REFUSED])
def test_what_is_not_clear_is_refused_with_a_hint(text: str, wrt: str, where: str, message: str) -> None:
    with pytest.raises(GradproofError, match=message) as caught:
        gp.derive(text, wrt, where=where or None)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "wrt", "read"),
    [
        (r"\epsilon^2 + \varepsilon^3", r"\varepsilon", "3*varepsilon^2"),
        (r"\epsilon^2 + \varepsilon^3", r"\epsilon", "2*epsilon"),
        (r"\phi^\top\varphi", r"\varphi", "phi"),
        (r"\phi^\top\varphi", r"\phi", "varphi"),
        (r"\varphi^\top x", r"\varphi", "x"),
        (r"\varphi^\top x", "φ", "x"),
    ],
)
def test_two_forms_of_a_greek_letter_are_two_variables(text: str, wrt: str, read: str) -> None:
    """The derivative by \\varphi was that by \\phi."""
    assert gp.derive(text, wrt).result.ascii == read


def test_two_forms_of_a_greek_letter_are_not_declared_as_one() -> None:
    with pytest.raises(GradproofError, match="both read as epsilon"):
        gp.parse(r"\epsilon^2 + \varepsilon^3", r"\varepsilon: scalar positive")


def test_a_sign_between_sides_is_quoted_as_it_is_written() -> None:
    said = [str(n) for n in gp.parse(r"p(x) \propto \exp(-x^\top x)").reading.notes]
    assert r"'p(x) \propto' is taken off: the formula is what follows" in said
    said = [str(n) for n in gp.parse(r"f \colon x \mapsto x^\top A x").reading.notes]
    assert r"'f \colon x \mapsto' is taken off: the formula is what follows" in said


OUTPUTS: list[tuple[str, str, str]] = [  # by kind: a text, the variable, a right claim
    (r"x_k \|x\|^2", "x", "2*(x'*e_k)*x + (x'*x)*e_k"),
    ("f(x) = x^T A x", "x", "(A + A')*x"),
    (r"x^\top A x \quad (2)", "x", "(A + A')*x"),
    ("1'*x", "x", "ones(n)"),
    (r"\|\theta - \theta^*\|^2", "theta", "2*(theta - theta_star)"),
    (r"\sum_{i<j} (x_i - x_j)^2", "x", "2*n*x - 2*sum(x)*ones(n)"),
    (r"\min_x \|Ax-b\|^2 \quad \text{s.t.}\ Cx=d", "x", "2*A'*(A*x - b)"),
    (r"\|v\|_{R^{-1}}^2", "v", "(inv(R) + inv(R)')*v"),
    ("pi*r^2", "r", "2*pi*r"),
    ("np.sum((X - mu)**2)", "mu", "-2*(X - ones(m)*mu')'*ones(m)"),
]


@pytest.mark.parametrize(("text", "wrt", "claim"), OUTPUTS, ids=[t for t, *_ in OUTPUTS])
def test_every_output_says_what_was_decided(
    text: str, wrt: str, claim: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line, its steps, its JSON and the answer of `check` hold every note of the reading."""
    said = [str(n) for n in gp.parse(text).reading.notes]
    assert said
    for command in (
        ["derive", text, "--wrt", wrt],
        ["derive", text, "--wrt", wrt, "--steps"],
        ["derive", text, "--wrt", wrt, "--json"],
        ["check", text, "--wrt", wrt, "--claim", claim],
        ["check", text, "--wrt", wrt, "--claim", claim, "--json"],
    ):
        assert main(command) == 0, command
        shown = capsys.readouterr().out
        shown = json.dumps(json.loads(shown), ensure_ascii=False) if "--json" in command else shown
        flat = " ".join(shown.split()).replace("\\\\", "\\").replace('\\"', '"')
        for one in said:
            assert " ".join(one.split()) in flat, (command, one)
