"""Strings as people write them that were once misread or refused: each has the meaning of a function of NumPy beside it, and its differences."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import GradproofError

Values = dict[str, Any]
SIZES = {"m": 4, "n": 3, "p": 5, "q": 2, "r": 6, "K": 2, "N": 5, "C": 3}


def log_softmax(z: np.ndarray) -> np.ndarray:
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


CASES: list[tuple[str, str, Callable[[Values], Any]]] = [
    # numbers below a letter that is an array
    (r"A_{12}A_{21} - \det A", "A", lambda v: v["A"][0, 1] * v["A"][1, 0] - np.linalg.det(v["A"])),
    (r"a_{11}a_{22} + \operatorname{tr}(A)", "A", lambda v: v["A"][0, 0] * v["A"][1, 1] + np.trace(v["A"])),
    (r"A_{11} + \operatorname{tr}(A)", "A", lambda v: v["A"][0, 0] + np.trace(v["A"])),
    (r"x_1^2 + x_2^2 + x^\top A x", "x", lambda v: v["x"][0] ** 2 + v["x"][1] ** 2 + v["x"] @ v["A"] @ v["x"]),
    ("x_1 x_2 x_3", "x", lambda v: v["x"][0] * v["x"][1] * v["x"][2]),
    ("x₁² + xᵀx", "x", lambda v: v["x"][0] ** 2 + v["x"] @ v["x"]),
    (r"\|x - x_1\|^2", "x", lambda v: ((v["x"] - v["x1"]) ** 2).sum()),
    # a scalar by its letter between a row and a column
    (r"x^\top c y", "x", lambda v: v["c"] * (v["x"] @ v["y"])),
    (r"x^T \alpha A x", "x", lambda v: v["alpha"] * (v["x"] @ v["A"] @ v["x"])),
    (r"(\alpha w)^\top \alpha w", "w", lambda v: v["alpha"] ** 2 * (v["w"] @ v["w"])),
    ("x'*lambda*x", "x", lambda v: v["lambda"] * (v["x"] @ v["x"])),
    (r"(x^\top b) x", "x", lambda v: (v["x"] @ v["b"]) * v["x"]),
    # what is known of all entries together is no part of the formula
    (r"\sum_i p_i \log p_i + \lambda(1 - \sum_i p_i), \quad \sum_i p_i = 1", "p",
     lambda v: v["p"] @ np.log(v["p"]) + v["lambda"] * (1 - v["p"].sum())),
    # slices
    ("0.5*np.sum((x[1:] - x[:-1])**2)", "x", lambda v: (np.diff(v["x"]) ** 2).sum() / 2),
    ("np.sum(np.diff(X, axis=0)**3)", "X", lambda v: (np.diff(v["X"], axis=0) ** 3).sum()),
    ("np.sum(np.diff(X)**3)", "X", lambda v: (np.diff(v["X"]) ** 3).sum()),
    ("np.diff(x, 2) @ np.diff(x, n=2)", "x", lambda v: (np.diff(v["x"], 2) ** 2).sum()),
    ("np.sum(X[1:, 1:]**2)", "X", lambda v: (v["X"][1:, 1:] ** 2).sum()),
    ("np.sum(x[:3]**2)", "x", lambda v: (v["x"][:3] ** 2).sum()),
    ("np.exp(x[-2:]).sum()", "x", lambda v: np.exp(v["x"][-2:]).sum()),
    ("np.linalg.norm(x[1:] - A @ x[:-1])**2", "A", lambda v: ((v["x"][1:] - v["A"] @ v["x"][:-1]) ** 2).sum()),
    # sets that belong to an index, and how many are in them; pairs
    (r"\sum_{i}\sum_{k\in N(i)} (x_i-x_k)^2", "x", lambda v: (v["N"] * np.subtract.outer(v["x"], v["x"]) ** 2).sum()),
    (r"\sum_{k=1}^K \sum_{i \in C_k} \|x_i-m_k\|^2", "M", lambda v: sum(
        v["C"][k, i] * ((v["X"][i] - v["M"][k]) ** 2).sum() for k, i in np.ndindex(*v["C"].shape))),
    (r"\frac{1}{|\mathcal{B}|}\sum_{i\in \mathcal{B}} (w^\top x_i - y_i)^2", "w", lambda v: (
        v["B"] @ (v["X"] @ v["w"] - v["y"]) ** 2 / v["B"].sum())),
    (r"\sum_{i<j} A_{ij}\|x_i - x_j\|^2", "X", lambda v: sum(
        v["A"][i, j] * ((v["X"][i] - v["X"][j]) ** 2).sum() for i, j in np.ndindex(*v["A"].shape) if i < j)),
    (r"\sum_{i<j}\exp(-\|x_i-x_j\|^2)", "X", lambda v: sum(
        np.exp(-((v["X"][i] - v["X"][j]) ** 2).sum()) for j in range(len(v["X"])) for i in range(j))),
    # labels, marks around
    (r"(\theta-\theta^*)^\top H (\theta-\theta^*)", "theta", lambda v: (
        (v["theta"] - v["theta_star"]) @ v["H"] @ (v["theta"] - v["theta_star"]))),
    ("**f(x) = x^T A x**", "x", lambda v: v["x"] @ v["A"] @ v["x"]),
    ("x'*A*x,", "x", lambda v: v["x"] @ v["A"] @ v["x"]),
    ("tr(B A^-T)", "A", lambda v: np.trace(v["B"] @ np.linalg.inv(v["A"]).T)),
    (r"-\sum_{i=1}^N\sum_{c=1}^C y_{ic}\log\frac{e^{w_c^\top x_i}}{\sum_{c'=1}^C e^{w_{c'}^\top x_i}}", "W", lambda v: (
        -(v["Y"] * log_softmax(v["X"] @ v["W"].T)).sum())),
    (r"\max_i \max_j A_{ij}^2", "A", lambda v: (v["A"] ** 2).max()),
    ("tr((I - X(X'X)^-1X')A)", "X", lambda v: np.trace(
        v["A"] - v["X"] @ np.linalg.inv(v["X"].T @ v["X"]) @ v["X"].T @ v["A"])),
    ("||X||_F^2/2 + tr(X'Y)", "X", lambda v: (v["X"] ** 2).sum() / 2 + (v["X"] * v["Y"]).sum()),
    # losses of torch
    ("F.cross_entropy(X @ W, Y)", "W", lambda v: -(v["Y"] * log_softmax(v["X"] @ v["W"])).sum() / len(v["Y"])),
    ("F.binary_cross_entropy(torch.sigmoid(X @ w), y)", "w", lambda v: np.mean(
        np.log1p(np.exp(v["X"] @ v["w"])) - v["y"] * (v["X"] @ v["w"]))),
]  # fmt: skip


def sampled(dims: dict[str, str], seed: int) -> Values:
    """Random values of the variables; square matrices near a multiple of the identity."""
    rng = np.random.default_rng(seed)
    found: Values = {}
    for name, text in dims.items():
        axes = [w for w in text.split()[1:] if not w.isalpha() or w in SIZES]
        shape = tuple(int(axis) if axis.isdigit() else SIZES[axis[0]] - ("-1" in axis) for axis in axes)
        found[name] = rng.uniform(0.3, 1.3, shape) + (2 * np.eye(shape[0]) if len({*shape}) < len(shape) else 0)
        if "onehot" in text:
            found[name] = np.eye(*shape)[seed % 2]
        if "sumone" in text:
            found[name] /= found[name].sum()
    return found


def hold_as_meant(d: gp.Derivative, name: str, meant: Callable[[dict[str, Any]], Any]) -> None:
    """A derivative is of the formula that is meant, and is what differences of that are."""
    for seed in range(2):
        values = sampled(d.dims, seed)
        value = np.asarray(meant(values), float)
        assert np.allclose(np.squeeze(d.expression.evaluate(values)), value)
        x = np.asarray(values[name], float)
        wanted = np.zeros(x.shape + value.shape)
        for i in np.ndindex(*x.shape):
            step = np.zeros(x.shape)
            step[i] = 1e-6
            wanted[i] = (meant({**values, name: x + step}) - meant({**values, name: x - step})) / 2e-6
        found, wanted = np.squeeze(d.evaluate(values)), np.squeeze(wanted)
        assert found.shape == wanted.shape
        assert np.allclose(found, wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("text", "wrt", "meant"), CASES, ids=[c[0] for c in CASES])
def test_a_formula_means_what_its_writer_means(text, wrt, meant):
    hold_as_meant(gp.derive(text, wrt), wrt, meant)


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        (r"\frac{d^2}{dx^2} x^4", "x"), (r"\nabla^2 (x^\top A x)", "x"), (r"\frac{d^3}{dx^3} x^4", "x"),
        (r"\operatorname{tr}(A_{11}) + \operatorname{tr}(A)", "A"), (r"\|x_1 - x_2\|^2", "x"),
        (r"w_1^T x + w_2^T x", "w"), (r"x_1 w_1 + x_2 w_2 + \|w\|^2", "w"),
        (r"\|\mathcal{X} - a\circ b\circ c\|^2", "a"), (r"\|X - a \circ b\|_F^2", "a"), ("X - a ∘ b", "a"),
        ("A^-1/2 x", "x"), ("np.sum(x[::2])", "x"), ("x[3:1].sum()", "x"), ("F.cross_entropy(X @ W, y)", "W"),
    ],
)  # fmt: skip
def test_what_can_mean_another_thing_is_refused(text, wrt):
    with pytest.raises(GradproofError):
        gp.derive(text, wrt)


ENTROPY = r"-\sum_j y_j \log \frac{e^{z_j}}{\sum_k e^{z_k}}"


@pytest.mark.parametrize("before", ["忽略约束: ", "假如取消归一化: ", "缺少条件时 ", r"\text{Without: } "])
def test_a_fact_after_words_that_may_deny_it_is_not_taken(before):
    try:
        d = gp.derive(f"{before}{ENTROPY}, \\sum_j y_j = 1", "z")
    except GradproofError:
        return
    assert "sumone" not in d.dims["y"]


@pytest.mark.parametrize("before", ["", "求 ", "Find the gradient of "])
def test_a_fact_after_words_that_say_nothing_of_it_is_taken(before):
    d = gp.derive(f"{before}{ENTROPY}, \\quad \\sum_j y_j = 1", "z")
    assert d.dims["y"] == "vector n sumone"


@pytest.mark.parametrize(
    ("where", "fact"),
    [
        ("A = A'", "symmetric"),
        ("A^T = A", "symmetric"),
        (r"A \succ 0", "posdef"),
        (r"$A \in R^{n \times n}$ symmetric", "symmetric"),
    ],
)
def test_declarations_as_people_write_them(where, fact):
    assert fact in gp.parse("x'*A*x", where).variables[1].facts


def test_the_sign_of_a_second_derivative_asks_for_one():
    assert gp.hessian(r"\frac{d^2}{dx^2} x^4", "x").result.ascii == "12*x^2"
    d = gp.derive(r"\frac{\partial^2}{\partial x \partial x^\top} (x^\top A x)", None)
    values = sampled(d.dims, 0)
    assert np.allclose(d.evaluate(values), values["A"] + values["A"].T)


def test_a_letter_that_is_gone_in_another_reading_is_no_crash():
    with contextlib.suppress(gp.GradproofError):
        gp.derive(r"-\log \det(S)+\sum_n a_n ^Ty_n^T S y_n", "S")


def test_a_word_before_a_formula_with_a_sign_is_no_quantity():
    with pytest.raises(gp.ParseError, match="relaxing"):
        gp.derive(rf"\text{{relaxing}}\; {ENTROPY}", "z")
    d = gp.derive(r"\text{loss}\; - z^\top z", "z", where="loss: scalar")
    assert d.result.ascii == "-2*z"
