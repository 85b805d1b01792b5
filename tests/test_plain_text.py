"""Plain text as people type it: what is read has the value that the writer means, computed by NumPy; what is not clear is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradproof as gp

RNG = np.random.default_rng(4)
V: dict[str, Any] = {
    "A": RNG.normal(size=(3, 3)), "X": RNG.normal(size=(4, 3)), "w": RNG.normal(size=3), "x": RNG.normal(size=3), "y": RNG.normal(size=4),
    "b": RNG.normal(size=3), "c": 1.7, "U": RNG.normal(size=(3, 2)), "V": RNG.normal(size=(3, 2)), "B": RNG.normal(size=(3, 3)),
    "S": 2 * np.eye(3) + 0.1, "lambda": 0.3, "Q": RNG.normal(size=(3, 3)), "beta": RNG.normal(size=3),
}  # fmt: skip
norm = np.linalg.norm

MEANT: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("||Ax - b||^2", "x", lambda v: norm(v["A"] @ v["x"] - v["b"]) ** 2),
    ("||Ax-b||_2^2", "x", lambda v: norm(v["A"] @ v["x"] - v["b"]) ** 2),
    ("1/2 ||Ax - b||^2 + lambda ||x||^2", "x", lambda v: norm(v["A"] @ v["x"] - v["b"]) ** 2 / 2 + v["lambda"] * norm(v["x"]) ** 2),
    ("Tr(AXB)", "X", lambda v: np.trace(v["A"] @ v["S"] @ v["B"])),
    ("||A - UV^T||_F^2", "U", lambda v: norm(v["A"] - v["U"] @ v["V"].T) ** 2),
    ("x^TAx", "x", lambda v: v["x"] @ v["A"] @ v["x"]),
    ("x^T A x", "x", lambda v: v["x"] @ v["A"] @ v["x"]),
    ("x'Ax", "x", lambda v: v["x"] @ v["A"] @ v["x"]),
    ("x^tAx", "x", lambda v: v["x"] @ v["A"] @ v["x"]),
    ("x^t A x", "x", lambda v: v["x"] @ v["A"] @ v["x"]),
    ("Σ_i log(1+exp(-y_i x_i^T w))", "w", lambda v: np.log(1 + np.exp(-v["y"] * (v["X"] @ v["w"]))).sum()),
    ("½ Σ_k w_k^2", "w", lambda v: (v["w"] ** 2).sum() / 2),
    ("x⊤Ax", "x", lambda v: v["x"] @ v["A"] @ v["x"]),
    ("2X'(Xw - y)", "w", lambda v: 2 * v["X"].T @ (v["X"] @ v["w"] - v["y"])),
    ("A x + b", "x", lambda v: v["A"] @ v["x"] + v["b"]),
    ("log det S", "S", lambda v: np.log(np.linalg.det(v["S"]))),
    ("sum(exp(Ax))", "x", lambda v: np.exp(v["A"] @ v["x"]).sum()),
    ("exp(-x^Tx/2)", "x", lambda v: np.exp(-v["x"] @ v["x"] / 2)),
    ("1/2 x^T Q x - b^T x", "x", lambda v: v["x"] @ v["Q"] @ v["x"] / 2 - v["b"] @ v["x"]),
    ("sum_i (y_i - w^T x_i)^2", "w", lambda v: np.sum((v["y"] - v["X"] @ v["w"]) ** 2)),
    ("Σᵢ (yᵢ − wᵀxᵢ)²", "w", lambda v: np.sum((v["y"] - v["X"] @ v["w"]) ** 2)),
    ("sum_i log(1+exp(-y_i w^T x_i))", "w", lambda v: np.sum(np.log1p(np.exp(-v["y"] * (v["X"] @ v["w"]))))),
    ("‖y − Xβ‖²", "β", lambda v: norm(v["y"] - v["X"] @ v["beta"]) ** 2),
    ("½ xᵀQx", "x", lambda v: v["x"] @ v["Q"] @ v["x"] / 2),
    ("(c+c)(c-1)", "c", lambda v: 2 * v["c"] * (v["c"] - 1)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "meant"), MEANT, ids=[text for text, _, _ in MEANT])
def test_what_is_meant(text: str, wrt: str, meant: Callable[[Any], Any]) -> None:
    values = V | ({"X": V["S"]} if "AXB" in text else {})
    d = gp.derive(text, wrt=wrt)
    names = [v.name for v in d.expression.variables]
    assert np.allclose(d.expression.evaluate({n: values[n] for n in names}), meant(V)), d.expression.ascii


def test_a_declared_name_stays_whole() -> None:
    d = gp.derive("||Ax - b||^2", wrt="x", where="Ax: vector n; x: vector k")
    assert {v.name for v in d.expression.variables} == {"Ax", "b"}


@pytest.mark.parametrize(
    ("text", "wrt", "message"),
    [
        ("x'*y", "z", "z does not occur"), ("norm2(A*x - b)^2", "y", "y does not occur"), ("Loss*y", "s", "s does not occur"),
        ("hello x", "x", "one name, or a product"),
        (r"x^\top y", "z", "z does not occur"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_refused(text: str, wrt: str, message: str) -> None:
    with pytest.raises(gp.GradproofError, match=message):
        gp.derive(text, wrt=wrt)


def test_a_declared_variable_that_is_absent_has_the_derivative_zero() -> None:
    d = gp.derive("x'*y", wrt="z", where="z: vector k")
    assert d.result.ascii == "zeros(k)"


def test_a_declared_name_is_never_a_word_of_prose() -> None:
    """`a` is an article in a text, and a vector where it is declared: nothing after it may be left out."""
    where = {"A": "matrix m n", "z": "vector n", "a": "vector p", "S": "matrix p q", "b": "vector q", "on": "vector n"}
    A, S = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2) - 2
    z, a, b = np.array([1.0, -2.0, 3.0]), np.array([2.0, 1.0, -1.0]), np.array([0.5, 4.0])
    found = gp.parse("2 A z aᵀ S b", where=where).evaluate(A=A, z=z, a=a, S=S, b=b)
    np.testing.assert_allclose(found, 2 * A @ z * (a @ S @ b))
    np.testing.assert_allclose(gp.parse("zᵀ on", where=where).evaluate(z=z, on=z), z @ z)


def test_a_square_i_that_may_be_the_identity_is_said() -> None:
    said = [n.kind for n in gp.parse("I + A", where={"A": "matrix n n"}).reading.notes]
    assert "name-identity" in said
    where = {"A": "matrix n n", "I": "matrix n n"}
    assert gp.parse("I + A", where=where).reading.notes == ()


def test_a_declared_variable_above_is_a_power_and_no_label() -> None:
    where = "a: scalar positive; b: scalar"
    for text in ("a^{b}", "2 a^{b} b", r"\frac{2}{1} a^{b} b"):
        factor = 1 if text == "a^{b}" else 2 * 3.0
        assert gp.parse(text, where=where).evaluate(a=1.7, b=3.0) == pytest.approx(factor * 1.7**3)


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        ("E[(w^T x - y)^2]", "w"), (r"E\left[(w^\top x - y)^2\right]", "w"), (r"\mathrm{E}[\|x\|^2]", "x"), ("E_x[x^T A x]", "A"),
        ("Var(w^T x)", "w"), (r"\operatorname{Var}(w^\top x)", "w"), (r"\mathrm{Var}[w^\top x]", "w"), ("mad(w^T x)", "w"),
        ("-sum_i log sigma(u^T v)", "v"), (r"\sum_i \|x\|^2", "x"), (r"\sum_i\sum_j x_i", "x"), ("sum(i: norm2(x)^2)", "x"),
    ],
)  # fmt: skip
def test_what_is_applied_or_counts_nothing_is_no_product(text, wrt):
    """A mean, a variance, a function that nobody knows; a sum whose index stands nowhere, so that nothing says how many terms it has."""
    with pytest.raises(gp.GradproofError):
        gp.derive(text, wrt=wrt)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("a/2 ||w||^2", "a/2*norm2(w)^2"), ("lambda/2 ||w||^2", "lambda/2*norm2(w)^2"), ("1/2 x'Ax", "1/2*x'*A*x"), ("1/2x^TAx", "1/2*x'*A*x"),
        ("a/2x'x", None), ("1/2sigma^2 ||x||^2", None), ("1/2n ||Xw-y||^2", None), (r"1/2\sigma^2 \|x\|^2", None), ("a/b x'x", None),
    ],
)  # fmt: skip
def test_what_stands_beside_a_divisor(text, formula):
    """A number alone, and a blank after it, end a divisor; a name that stands at it at once may belong to it."""
    if formula is None:
        with pytest.raises(gp.GradproofError):
            gp.parse(text)
    else:
        assert gp.parse(text).reading.formula == formula


@pytest.mark.parametrize(
    ("text", "formula", "wrt"),
    [
        ("d/dx (x^T A x + b^T x)", "x'*A*x + b'*x", "x"), ("d/dX tr(A*X*B)", "tr(A*X*B)", "X"), ("∂/∂w ‖Xw − y‖²", "norm2(X*w - y)^2", "w"),
        (r"\partial/\partial x\, x^\top A x", "x'*A*x", "x"), ("∇_x (xᵀAx)", "x'*A*x", "x"),
    ],
)  # fmt: skip
def test_a_derivative_sign_names_the_variable(text, formula, wrt):
    d = gp.derive(text, wrt=None)
    assert (d.reading.formula, d.wrt) == (formula, (wrt,))


@pytest.mark.parametrize("text", ["d/dx*y", "d/dx", "d/dx - 1", "d/dx .* y"])
def test_a_quotient_is_no_derivative_sign(text):
    assert {"d", "dx"} <= {v.name for v in gp.parse(text).variables}


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("求 tr(A^T X B X^T) 对 X 的导数", "tr(A'*X*B*X')"), ("Find the gradient of ||Ax-b||^2 with respect to x", "norm2(A*x - b)^2"),
        ("gradient of x^T A x", "x'*A*x"), (r"设 $f(x)=\frac{1}{2}x^TAx-b^Tx$，求 $\nabla f(x)$", "1/2*x'*A*x - b'*x"),
        ("已知 f(x) = x'Ax, 求导", "x'*A*x"), ("tr(A) 和 tr(B)", None), ("x^T A x 与 y", None), ("x'x 的导数 + 1", None),
        (r"设 $f(x)=x^Tx$，$g(x)=x^TAx$", None), ("求 x'Ax 和 A 的导数", None),
    ],
)  # fmt: skip
def test_words_around_a_formula_are_said_and_left_out(text, formula):
    if formula is None:
        with pytest.raises(gp.GradproofError):
            gp.parse(text)
    else:
        reading = gp.parse(text).reading
        assert reading.formula == formula
        assert any(n.kind == "around" for n in reading.notes)


@pytest.mark.parametrize(
    "text", ["tr(A) 和 tr(B)", "x*和", r"x^\top 和 x", "а*x", "x_ы", "ש*x", "𝔼x", r"\mathrm{和} x"]
)
def test_letters_of_other_scripts_are_no_variables(text):
    """Words, and letters that look like Latin ones: the а of the second is Cyrillic."""
    with pytest.raises(gp.GradproofError):
        gp.parse(text)


def test_styled_letters_are_names_of_their_own():
    assert gp.parse("‖𝐀𝐱 − 𝐛‖²").ascii == "norm2(A*x - b)^2"
    assert gp.parse("𝐱₁ᵀ𝐱₂").ascii == "x1'*x2"


@pytest.mark.parametrize("text", ["||w||2", "||w||2^2", r"\|w\|2", "|x|2", "(x)2"])
def test_a_number_right_after_a_bracket_is_refused(text):
    with pytest.raises(gp.ParseError, match="an index, a power or a factor"):
        gp.parse(text)


def test_a_matrix_below_which_an_index_stands_is_no_sum():
    assert gp.parse("x_k^T Σ_k x_k").ascii == "x_k'*Sigma_k*x_k"
    assert gp.parse("(x_k - m_k)^T Σ_k^-1 (x_k - m_k)").ascii == "(x_k - m_k)'*inv(Sigma_k)*(x_k - m_k)"


@pytest.mark.parametrize(("text", "name"), [("-N/2*tr(S)", "N"), (r"-\frac{A}{2}\log\det S", "A"), ("x*sum(y)", "x")])
def test_a_letter_that_alone_keeps_a_formula_from_being_a_scalar_is_said(text, name):
    assert [n.kind for n in gp.parse(text).reading.notes].count("kind-by-letter") == 1
    assert "kind-by-letter" not in [n.kind for n in gp.parse(text, f"{name}: scalar").reading.notes]


@pytest.mark.parametrize(
    ("text", "read", "scalars"),
    [
        ("-N/2 tr(S)", "-N/2*tr(S)", "N"), (r"\frac{n-p-1}{2}\ln|X|", "(n - p - 1)/2*log(det(X))", "np"), ("tanh(gamma x^T y + r)", "tanh(gamma*x'*y + r)", "r"),
        (r"\frac{m}{2}\|v\|^2 + \frac{k}{2}\|x\|^2", "m/2*norm2(v)^2 + k/2*norm2(x)^2", "mk"),
    ],
)  # fmt: skip
def test_letters_of_counts_are_numbers_beside_numbers(text, read, scalars):
    e = gp.parse(text)
    assert e.ascii == read
    assert e.shape == ()
    assert [n.text.split()[0] for n in e.reading.notes if n.kind == "kind-by-scalar"] == [*scalars]


@pytest.mark.parametrize(
    "text", [r"k \odot q", r"\|x\|^2 y", r"W x + p", r"\tanh(Wx + r)", r"n^\top v\, w + \|x\|^2 w"]
)
def test_vectors_stay_vectors_where_no_number_is_meant(text):
    assert gp.parse(text).shape != ()


def test_e_beside_pi_is_the_number():
    assert gp.parse(r"\log(2\pi e\sigma^2)", "sigma: scalar").evaluate({"sigma": 1.0}) == pytest.approx(
        2.8378770664093453
    )


@pytest.mark.parametrize("text", ["A*x", "exp(x)", "softmax(W*x)", "(A*x)*sum(y)", "x*y'"])
def test_what_is_no_scalar_anyway_has_no_such_note(text):
    assert "kind-by-letter" not in [n.kind for n in gp.parse(text).reading.notes]


@pytest.mark.parametrize("text", ["X^trigamma(c)", "x^tau", "x^tan(y)", "c^t*x", "x^t*y", "x^(t*y)"])
def test_a_power_that_begins_with_t_is_no_transpose(text):
    assert "'" not in gp.parse(text, "X: matrix n n; x: scalar; c: scalar").ascii


@pytest.mark.parametrize(
    "text", ["‖x ‖y‖ + y‖", "|c |d| c|", r"\|x \|y\| + y\|", "||x ||y|| + y||", "‖X W ‖x − a‖ − Y‖", "sum(x.^𝟏2)"]
)
def test_bars_that_pair_in_two_ways_are_refused(text):
    """`‖x ‖y‖ + y‖` was read as ‖x‖ y ‖+y‖."""
    with pytest.raises(gp.GradproofError):
        gp.parse(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [("‖ x ‖(c+1)", "norm2(x)*(c + 1)"), (r"\| x \| \, \|y\|", "norm2(x)*norm2(y)"), ("2 |a| |b| c", "2*abs(a)*abs(b)*c"), ("‖x/‖x‖‖", "norm2(x/norm2(x))")],
)  # fmt: skip
def test_bars_that_pair_in_one_way_are_read(text, read):
    assert gp.parse(text).ascii == read


@pytest.mark.parametrize(
    "formula",
    ["norm2(X*W*norm2(x-a)-Y)", "abs(c*abs(d)*c)", "norm2(c*norm1(x)*x)", "norm2(x*norm2(y) + y)", "norm2(norm2(y)*x + norm2(x)*y)", "sigmoid(sigma*x)", "lgamma(Gamma*c)"],
)  # fmt: skip
def test_bars_and_letters_that_are_printed_are_read_back(formula):
    e = gp.parse(formula)
    where = {v.name: v for v in e.variables}
    assert gp.parse(e.unicode, where=where) == e
    assert gp.parse(e.latex, where=where) == e


@pytest.mark.parametrize(
    ("text", "read"),
    [("σ'(x)", None), ("sum(σ'(W x))", None), ("φ'(A x)", None), ("y'(A x)", "y'*(A*x)"), ("φᵀ(A x)", "phi'*(A*x)")],
)
def test_a_prime_of_a_letter_that_is_a_function_elsewhere_is_no_transpose(text, read):
    if read is None:
        with pytest.raises(gp.ParseError, match="can be a function here, or a factor"):
            gp.parse(text)
    else:
        assert gp.parse(text).ascii == read


@pytest.mark.parametrize("notation", ["auto", "unicode", "plain", "latex"])
@pytest.mark.parametrize(
    ("text", "read"),
    [("(A x)[2] c", "(A*x)[2]*c"), ("σ(A x)[1]", "sigmoid(A*x)[1]"), ("c (2 A x)[2]²", "c*(2*A*x)[2]^2"), ("(A x yᵀ)[2,1]", "(A*x*y')[2,1]"), ("c (x + x)ᵀ[1]", "c*(x + x)'[1]")],
)  # fmt: skip
def test_a_number_in_brackets_behind_brackets_is_the_place_of_an_entry(text, read, notation):
    where = "A: matrix m n; x: vector n; y: vector n; c: scalar"
    meant = gp.parse(read, where=where, notation="ascii")
    if notation == "latex" and "σ" in text:
        return
    assert gp.parse(text, where=where, notation=notation).ascii == meant.ascii


def test_a_sum_that_ends_before_it_begins_is_refused():
    with pytest.raises(gp.ParseError, match="not a dimension"):
        gp.parse(r"\sum_{t=0}^{0-1} x_t^\top Q x_t")


@pytest.mark.parametrize("text", ["A^+T b", "norm2(A^+T b)", "$A^+T b$", "A^+H b"])
def test_a_letter_after_a_raised_plus_is_no_factor(text: str) -> None:
    with pytest.raises(gp.GradproofError, match="sign of a transpose"):
        gp.parse(text)
    assert gp.parse("A^+ T b").ascii == "pinv(A)*T*b"
