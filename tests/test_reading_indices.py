"""Indices that no sum runs over, largest entries and products over an index, rows of a softmax, words around: values by NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import GradproofError

RNG = np.random.default_rng(8)
V: dict[str, Any] = {
    "A": RNG.normal(size=(3, 4)), "B": RNG.normal(size=(4, 2)), "W": RNG.normal(size=(3, 4)), "x": RNG.normal(size=4), "b": RNG.normal(size=3),
    "S": RNG.normal(size=(3, 5)), "Q": RNG.normal(size=(3, 4)), "K": RNG.normal(size=(5, 4)), "V": RNG.normal(size=(5, 2)), "d": 4.0,
    "p": RNG.uniform(0.1, 1, 4), "q": RNG.uniform(0.1, 1, 4), "X": RNG.normal(size=(3, 4)), "w": RNG.normal(size=4), "y": RNG.normal(size=3),
    "n": 3.0, "lambda": 1.3, "e_i": np.eye(3)[1], "e_k": np.eye(3)[2], "e_y": np.eye(3)[0],
}  # fmt: skip


def rows(z: Any) -> Any:
    return np.exp(z) / np.exp(z).sum(1, keepdims=True)


def soft(z: Any) -> Any:
    return np.exp(z) / np.exp(z).sum()


MEANT: list[tuple[str, Callable[[Any], Any]]] = [
    (r"c_{ik} = \sum_j a_{ij} b_{jk}", lambda v: v["A"] @ v["B"]),
    ("c_ik = sum_j a_ij b_jk", lambda v: v["A"] @ v["B"]),
    (r"y_i = \sum_j W_{ij} x_j + b_i", lambda v: v["W"] @ v["x"] + v["b"]),
    ("yᵢ = Σⱼ Wᵢⱼ xⱼ", lambda v: v["W"] @ v["x"]),
    (r"h_j = \tanh\left(\sum_i w_{ji} x_i + b_j\right)", lambda v: np.tanh(v["W"] @ v["x"] + v["b"])),
    (r"a_{ij} = \frac{\exp(s_{ij})}{\sum_k \exp(s_{ik})}", lambda v: rows(v["S"])),
    (r"\sum_j W_{ij} x_j", lambda v: (v["W"] @ v["x"])[1]),
    (r"\sum_j W_{ij} x_j + b_i", lambda v: (v["W"] @ v["x"] + v["b"])[1]),
    (r"-\log \operatorname{softmax}(Wx)_y", lambda v: -np.log(soft(v["W"] @ v["x"])[0])),
    ("-log softmax(Wx)_y", lambda v: -np.log(soft(v["W"] @ v["x"])[0])),
    (r"\left[\operatorname{softmax}(Wx)\right]_k", lambda v: soft(v["W"] @ v["x"])[2]),
    ("(Wx + b)_k", lambda v: (v["W"] @ v["x"] + v["b"])[2]),
    (r"\operatorname{softmax}(QK^\top/\sqrt{d})V", lambda v: rows(v["Q"] @ v["K"].T / 2) @ v["V"]),
    ("softmax(Q @ K.T / np.sqrt(d), axis=-1) @ V", lambda v: rows(v["Q"] @ v["K"].T / 2) @ v["V"]),
    ("scipy.special.softmax(S, axis=1)", lambda v: rows(v["S"])),
    ("scipy.special.softmax(S, axis=0)", lambda v: rows(v["S"].T).T),
    (r"\max_i x_i", lambda v: v["x"].max()),
    (r"\max_{1 \le i \le n} b_i", lambda v: v["b"].max()),
    (r"\min_{i=1,\ldots,n} |b_i|", lambda v: abs(v["b"]).min()),
    (r"\min_w \max_i (w^\top x_i + b_i)", lambda v: (v["X"] @ v["w"] + v["b"]).max()),
    (r"\max_i \sum_j |a_{ij}|", lambda v: abs(v["A"]).sum(1).max()),
    (r"\prod_{i=1}^n b_i", lambda v: v["b"].prod()),
    (r"\log \prod_i \lambda e^{-\lambda p_i}", lambda v: np.log((v["lambda"] * np.exp(-v["lambda"] * v["p"])).prod())),
    (r"\prod_{i=1}^n p_i^{q_i}(1-p_i)^{1-q_i}", lambda v: (v["p"] ** v["q"] * (1 - v["p"]) ** (1 - v["q"])).prod()),
    ("max(i: p[i]*q[i])", lambda v: (v["p"] * v["q"]).max()),
    ("prod(i: p[i]^2)", lambda v: (v["p"] ** 2).prod()),
    ("max(i, j: A[i,j])", lambda v: v["A"].max()),
    (r"\|Wx - b\|_\infty", lambda v: abs(v["W"] @ v["x"] - v["b"]).max()),
    ("|Wx-b|^2", lambda v: ((v["W"] @ v["x"] - v["b"]) ** 2).sum()),
    ("|w|_2^2", lambda v: v["w"] @ v["w"]),
    ("Σ (y_i - w^T x_i)^2", lambda v: ((v["y"] - v["X"] @ v["w"]) ** 2).sum()),
    ("1/n Σ (y_i - w'x_i)^2", lambda v: ((v["y"] - v["X"] @ v["w"]) ** 2).mean()),
    ("KL = Σ p_i log(p_i / q_i)", lambda v: (v["p"] * np.log(v["p"] / v["q"])).sum()),
    ("Let f(x) = ||Wx - b||^2. Find the gradient.", lambda v: ((v["W"] @ v["x"] - v["b"]) ** 2).sum()),
    ("How do I differentiate w'x + ||b||^2 w.r.t. w?", lambda v: v["w"] @ v["x"] + v["b"] @ v["b"]),
    ("the loss is L = ||Xw - y||^2", lambda v: ((v["X"] @ v["w"] - v["y"]) ** 2).sum()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), MEANT, ids=[text for text, _ in MEANT])
def test_the_value_is_what_is_meant(text: str, meant: Callable[[Any], Any]) -> None:
    e = gp.parse(text, where="n: scalar" if "1/n" in text else None)
    assert np.allclose(e.evaluate({s.name: V[s.name] for s in e.variables}), meant(V), rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        r"\max_i x_i + y_i", r"\prod_{i<j} x_i x_j", r"(Ax)_b + b", "Σ x_i y_j", r"\max x_i", r"C_{ij} = A_{ik} B_{kj}",
        "2. x", "10. x^2",
    ],
)  # fmt: skip
def test_what_is_not_clear_is_refused(text: str) -> None:
    with pytest.raises(GradproofError):
        gp.parse(text)


def test_what_is_assumed_is_said() -> None:
    said = [str(n) for n in gp.parse(r"\operatorname{softmax}(XW)").reading.notes]
    assert any("row by row" in text for text in said)
    assert any("for each pair" in str(n) for n in gp.parse(r"c_{ik} = \sum_j a_{ij} b_{jk}").reading.notes)
    assert any("stands around" in str(n) for n in gp.parse("differentiate x^T A x with respect to x").reading.notes)


def test_a_covariance_stays_one() -> None:
    for text in ("x' Σ x", "(x_i - μ)' Σ (x_i - μ)", "x'*Σ*x", "Σ^-1 x"):
        assert "Sigma" in {s.name for s in gp.parse(text).variables}


@pytest.mark.parametrize(
    ("text", "where", "read"),
    [
        (r"\sum_{i<j} x_i x_j", None, "(sum(x)^2 - x'*x)/2"),
        (r"\sum_{i \le j} x_i x_j", None, "(sum(x)^2 + x'*x)/2"),
        (r"\sum_{i<j} (x_i - x_j)^2", None, "norm2(x*ones(n)' - ones(n)*x')^2/2"),
        ("<x, A x> - 2<b, x>", None, "x'*(A*x) - 2*(b'*x)"),
        (r"\operatorname*{arg\,min}_x \|Ax-b\|^2", None, "norm2(A*x - b)^2"),
        ("np.sum((X @ w - y)**2) / (2*n)", None, "sum((X*w - y).^2)/(2*n)"),
        (r"\| \Sigma^{-1/2}(x-\mu) \|^2", r"\Sigma: matrix n n posdef", "norm2(powm(Sigma, -1/2)*(x - mu))^2"),
    ],
)
def test_read(text: str, where: str | None, read: str) -> None:
    assert gp.parse(text, where=where).ascii == read


def test_pairs_without_their_diagonal() -> None:
    """Σ_i Σ_{j≠i} log σ(u_i'u_j): what is left out has a value, so that it can be taken away again."""
    e = gp.parse(r"\sum_{i} \sum_{j \neq i} \log \sigma(u_i^\top u_j)")
    U = np.random.default_rng(0).normal(size=(4, 3))
    wanted = sum(-np.log1p(np.exp(-U[i] @ U[j])) for i in range(4) for j in range(4) if i != j)
    assert np.isclose(e.evaluate(U=U), wanted)
    with pytest.raises(gp.UnsupportedError, match="no value"):
        gp.parse(r"\sum_{i} \sum_{j \neq i} \log(u_i^\top u_j)")


def test_what_is_quoted_has_its_brackets() -> None:
    for text in (
        r"\sum_i p_i \log\frac{p_i}{q_i}",
        r"\operatorname*{arg\,min}_x \|Ax-b\|^2",
        r"\operatorname{Attention}(Q) = \|Q\|^2",
    ):
        for note in gp.parse(text).reading.notes:
            assert note.text.count("{") == note.text.count("}"), note.text


@pytest.mark.parametrize("text", [r"\|x\|^2 + \|x_1\|^2", r"\|x - x_1\|^2 + \|x - x_2\|^2"])
def test_a_point_beside_the_variable_is_said_to_be_a_name_of_its_own(text: str) -> None:
    assert "name-beside-array" in {n.kind for n in gp.derive(text, "x", verify=False).reading.notes}


def test_two_formulas_in_one_text_are_refused() -> None:
    with pytest.raises(GradproofError) as caught:
        gp.derive("f(x) = x'x, g(x) = x'Ax", "x")
    assert caught.value.kind == "two-formulas"
