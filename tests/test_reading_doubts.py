"""What can be meant in two ways is refused, or the decision is said; expected values come from NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.cli.main import main
from gradproof.errors import GradproofError

RNG = np.random.default_rng(7)
X, W, A = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3))
Y, V = RNG.normal(size=5), RNG.normal(size=3)


def gradient(text: str, wrt: str, values: dict[str, object], where: str | None = None) -> tuple[np.ndarray, str]:
    d = gp.derive(text, wrt=wrt, where=where)
    assert d.reading is not None
    return np.asarray(d.evaluate(values)), " | ".join(n.text for n in d.reading.notes)


@pytest.mark.parametrize(
    "text", ["sum (y - Xw)^2", "d/dw sum (y - Xw)^2", "sum (y - X*w)^2", "sum((y - Xw)^2)", "sum (y_i - w^T x_i)^2"]
)
def test_the_sum_of_squares_is_no_square_of_a_sum(text):
    found, said = gradient(text, "w", {"y": Y, "X": X, "w": V})
    np.testing.assert_allclose(found, -2 * X.T @ (Y - X @ V))
    assert "sum of the powers" in said or "entry by entry" in said or "the sum runs over i" in said


def test_a_mean_of_squares():
    for text in ("mean (y - Xw)^2", "mean((y - Xw)^2)"):
        found, _ = gradient(text, "w", {"y": Y, "X": X, "w": V})
        np.testing.assert_allclose(found, -2 * X.T @ (Y - X @ V) / 5)


@pytest.mark.parametrize("text", ["sum(x_i^2)", "sum(x_i*x_i)", "sum x_i^2", "sum_i x_i^2"])
def test_an_index_below_a_name_in_a_sum_is_summed_over(text):
    np.testing.assert_allclose(gradient(text, "x", {"x": V})[0], 2 * V)


@pytest.mark.parametrize(
    ("text", "wrt", "where", "message"),
    [
        ("sum(y - Xw)^2", "w", None, "sum of the powers"),
        ("sum(x_i - m)^2", "m", None, "sum of the powers"),
        ("sum((X - U*V')^2)", "U", None, "that of each entry, or that of the matrix"),
        ("sum(sum((X-UV^T)^2))", "U", None, "that of each entry, or that of the matrix"),
        ("x(1)^2 + x(2)^2", "x", "x: vector 2", "an entry, the value of a function, or a product"),
        ("A(1,2)", "A", None, "an entry, the value of a function, or a product"),
        ("d(x^T A x)", "x", None, "the differential, or a factor"),
        (r"\mathrm{d}\,(x^\top A x)", "x", None, "the differential, or a factor"),
        ("b'/A", "b", None, "a matrix by its letter"),
        (r"\frac{x}{A}", "x", None, "a matrix by its letter"),
        ("||A||_2", "A", None, "largest singular value"),
        (r"\|A\|_2^2", "A", None, "largest singular value"),
        (r"e^{i\theta}", r"\theta", None, "imaginary unit"),
        ("e^-x^2", "x", "x: scalar", "a power of a power"),
        ("xTy", "x", None, "a transpose, or a factor"),
        ("xTAy + 1", "x", None, "a transpose, or a factor"),
        (r"x^\top x + \|r\|^2, r_1 = A x - b", "x", None, "defined here"),
        (r"\|x^{\prime\prime}\|^2", "x", None, "transposed twice"),
        (r"\frac1n\sum_i (x_i-\bar x)^3", "x", None, "can be the mean of x"),
        (r"\sum_i (x_i-\bar x)(x_i-\bar x)^\top", "X", None, "can be the mean of x"),
        (r"E_k = \frac12\sum_{j=1}^l (\hat y_j^k - y_j^k)^2", r"\hat y", None, "a label, or a power"),
        ("x'*A*x", "x", "A > 0", "positive definite, or that its entries"),
        ("scipy.special.softmax(X @ W)", "W", None, "over all entries"),
    ],
)  # fmt: skip
def test_what_can_be_meant_in_two_ways_is_refused(text, wrt, where, message):
    with pytest.raises(GradproofError, match=message) as error:
        gp.derive(text, wrt=wrt, where=where)
    assert error.value.hint


def test_a_transpose_after_an_exponent_is_of_the_power():
    values = {"A": A + 4 * np.eye(3), "b": V}
    for text in ("A^-1'*b", "A^(-1)'*b", "A^{-1}'b", "A^-T b"):
        found, _ = gradient(text, "b", values)
        np.testing.assert_allclose(found, np.linalg.inv(values["A"]))  # of Mᵀb, with the denominator first: M


@pytest.mark.parametrize(
    ("text", "kind"),
    [("||A - X||^2", "norm-frobenius"), ("norm(A)^2", "norm-frobenius"), (r"\|A\|^2", "norm-frobenius"), (r"\log(x^\top x)^2", "power-of-value")],
)  # fmt: skip
def test_customary_decisions_are_said(text, kind):
    e = gp.parse(text)
    assert kind in [n.kind for n in e.reading.notes]


@pytest.mark.parametrize("text", [r"\|A\|_F^2", "||A||_F^2", "norm2(A)^2", "norm(A, 'fro')^2", "np.linalg.norm(A)**2"])
def test_a_norm_that_is_named_needs_no_note(text):
    assert "norm-frobenius" not in [n.kind for n in gp.parse(text).reading.notes]


def test_a_bar_that_is_no_mean_of_what_is_asked_for_is_a_name():
    found, _ = gradient(r"\|x - \bar x\|^2", "x", {"x": V, "x_bar": V + 1})
    np.testing.assert_allclose(found, -2 * np.ones(3))
    found, _ = gradient(r"\sum_i (x_i - \bar x)^3", "x", {"x": V, "x_bar": 0.5}, "x_bar: scalar")
    np.testing.assert_allclose(found, 3 * (V - 0.5) ** 2)
    found, _ = gradient(r"\sum_i (x_i - \bar x)(y_i - \bar y)", r"\bar y", {"x": V, "x_bar": 0.5, "y": V, "y_bar": 0.1})
    np.testing.assert_allclose(found, -np.sum(V - 0.5))


def test_softmax_of_a_matrix_is_taken_along_the_last_axis_where_the_library_does_so():
    values = {"X": X, "W": W}

    def loss(w: np.ndarray) -> float:
        z = X @ w
        return float(np.sum(z - np.log(np.exp(z).sum(1, keepdims=True))))

    step, wanted = 1e-6, np.zeros_like(W)
    for k in np.ndindex(W.shape):
        moved = np.zeros_like(W)
        moved[k] = step
        wanted[k] = (loss(W + moved) - loss(W - moved)) / (2 * step)
    for text in ("jax.nn.log_softmax(X @ W).sum()", "F.log_softmax(X @ W, dim=1).sum()"):
        np.testing.assert_allclose(gradient(text, "W", values)[0], wanted, atol=1e-7)


def test_bars_around_a_vector_are_said():
    assert "bars-entries" in [n.kind for n in gp.parse("|Ax|").reading.notes]
    assert not [n for n in gp.parse(r"\sum_i |x_i|").reading.notes if n.kind == "bars-entries"]


def test_what_words_say_of_other_letters_is_no_definition():
    found, said = gradient("x'x + c where c is the matrix of examples", "x", {"x": V, "c": 1.0})
    np.testing.assert_allclose(found, 2 * V)
    assert "stands around the formula" in said


def test_a_norm_with_its_power_first():
    for text in ("‖A‖²_F", "||A||^2_F", r"\|A\|^2_F"):
        np.testing.assert_allclose(gradient(text, "A", {"A": A})[0], 2 * A)


def test_source_that_closes_what_it_did_not_open_is_refused():
    for text in (" - y[None, :])**2(x[:, None]", "  x)@(y"):
        with pytest.raises(GradproofError):
            gp.parse(text)


def test_slices_show_numpy_source():
    x = RNG.normal(size=6)
    np.testing.assert_allclose(gradient("x[-1]", "x", {"x": x})[0], np.eye(6)[-1])
    difference = np.diff(np.eye(6), axis=0)
    found, _ = gradient("sum((x[1:] - x[:-1])**2)", "x", {"x": x})
    np.testing.assert_allclose(found, 2 * difference.T @ difference @ x)
    assert gp.parse("X[2,:]").reading.notation == "ascii"


def test_a_declared_function_with_the_name_of_a_mask_is_a_function():
    assert gp.parse(r"P_\Omega(x)", where="P_Omega: function x -> vector n").ascii == "P_Omega(x)"


@pytest.mark.parametrize(("text", "kind"), [(r"x \otimes y", "kron-of-vectors"), (r"\Sigma^{-1/2} x", "power-of-matrix"), (r"P_\Omega(X)", "mask-applied")])  # fmt: skip
def test_more_customary_decisions_are_said(text, kind):
    assert kind in [n.kind for n in gp.parse(text).reading.notes]
    assert "kron-of-vectors" not in [n.kind for n in gp.parse("kron(x, y)").reading.notes]


@pytest.mark.parametrize(
    "asked",
    [
        "derive --wrt U", "derive --wrt U --steps", "derive --wrt U --format latex", "derive --wrt U --format json", "check --wrt U --claim U",
        "check --wrt U --claim U --format json", "code --wrt U", "code --wrt U --target matlab", "minimize --over U", "minimize --over U --format json",
        "convexity --wrt U", "convexity --wrt U --format json",
    ],
)  # fmt: skip
def test_a_decision_is_said_in_every_output(asked, capsys):
    command, *options = asked.split()
    main([command, r"\|X - UV^\top\|^2", *options])
    assert "the norm of a matrix is read as" in capsys.readouterr().out


def test_a_decision_is_said_in_another_language(capsys):
    main(["minimize", r"\|X - UV^\top\|^2", "--over", "U", "--lang", "zh"])
    assert "矩阵的范数读作" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["w_0 + w_1 x_1", "w_0 + w_1 x_1 + w_2 x_2", "w_1 x_1 + w_2 x_2", "(y - w_0 - w_1 x_1)^2"]
)
def test_numbers_beside_entries_are_no_vectors(text):
    """The line of a simple regression: w_0 was a vector of its own, and x_1 one too, without a word."""
    with pytest.raises(GradproofError, match=r"counted from 0|a number, or a vector|does not fit"):
        gp.derive(text, "w")


def test_a_number_beside_an_entry_is_declared():
    d = gp.derive("w_1 x_1 + w_2 x_2", "w", where="x1: scalar; x2: scalar")
    np.testing.assert_allclose(d.evaluate(w=V, x1=2.0, x2=5.0), [2, 5, 0])
    assert gp.derive("||w - w_0||^2", "w").evaluate(w=V, w_0=V - 1).tolist() == pytest.approx([2, 2, 2])


@pytest.mark.parametrize("letter", ["k", "l", "t", "rho"])
def test_a_weight_beside_a_number_is_a_number(letter):
    found, said = gradient(f"norm2(X*w - y)^2 + {letter}*w'*w", "w", {"X": X, "w": V, "y": Y, letter: 0.7})
    np.testing.assert_allclose(found, 2 * X.T @ (X @ V - Y) + 1.4 * V)
    assert letter == "rho" or f"{letter} is read as a scalar" in said


def test_a_number_beside_a_vector_that_stays_one_is_added_to_its_entries():
    np.testing.assert_allclose(gradient("sum(x) + x", "x", {"x": V})[0], np.eye(3) + 1)
