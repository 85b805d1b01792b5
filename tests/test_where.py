"""Declarations as people write them, and that they say the same as the words of `where`."""

from __future__ import annotations

import pytest

import gradproof as gp
from gradproof.parse.declare import read_where

SAME = [
    ("S: symmetric", "S: matrix symmetric"), ("A symmetric posdef", "A: matrix symmetric posdef"), ("A in R^{m x n}", "A: matrix m n"),
    ("A: m×n", "A: matrix m n"), ("x ∈ ℝⁿ", "x: vector n"), ("S spd", "S: matrix posdef"), ("A, B: matrix m n; x: vector n", "A: matrix m n; B: matrix m n; x: vector n"),
    ("A in R^{m x n}, x in R^n, c > 0", "A: matrix m n; x: vector n; c: scalar positive"), (r"A \in \mathbb{R}^{m \times n}", "A: matrix m n"),
    (r"\lambda > 0", "lambda: scalar positive"), (r"x \in \mathbb R^n", "x: vector n"), ("A is symmetric", "A: matrix symmetric"),
    ("A is a symmetric matrix", "A: matrix symmetric"), ("A: (m, n)", "A: matrix m n"), ("x: n", "x: vector n"), ("c ∈ ℝ", "c: scalar"),
    ("A: m by n", "A: matrix m n"), ("A: m-by-n", "A: matrix m n"), ("x in R^{d_1}", "x: vector d_1"), ("x: R^d_1", "x: vector d_1"), ("A ∈ R^{d_1 × d_2}", "A: matrix d_1 d_2"), ("W ∈ R^{n_h×n_x}", "W: matrix n_h n_x"),
    ("x: R^{d+1}", "x: vector d+1"), ("x ∈ R^{n}_{++}", "x: vector n positive"), ("A is an m-by-n matrix", "A: matrix m n"), ("A: 3-by-2", "A: matrix 3 2"), ("S: n-by-n symmetric", "S: matrix n n symmetric"), ("S ≻ 0", "S: matrix posdef"), (r"S \succeq 0", "S: matrix psd"), ("S in S^n_{++}", "S: matrix n n posdef"),
    ("S: n x n symmetric", "S: matrix n n symmetric"), ("A ∈ ℝᵐˣⁿ", "A: matrix m n"), ("S: positive definite", "S: matrix posdef"),
    ("A: 3x4", "A: matrix 3 4"), ("x in R^n_+", "x: vector n nonneg"), ("λ: scalar", "lambda: scalar"), ("A (m,n)", "A: matrix m n"),
    ("A matrix m n", "A: matrix m n"), ("S: spd\nx: vector n", "S: matrix posdef; x: vector n"), ("let A ∈ R^{n×n}", "A: matrix n n"),
    ("f: function x, y -> vector q; A: m×n", "f: function x,y -> vector q; A: matrix m n"), ("D: diagonal", "D: matrix diagonal"),
    ("W: lower triangular", "W: matrix lower"), ("A: 对称", "A: matrix symmetric"), ("A: matrix m n, x: vector n", "A: matrix m n; x: vector n"),
    ("A对称", "A: matrix symmetric"), ("A为n阶对称正定矩阵，x是n维向量", "A: matrix n n symmetric posdef; x: vector n"), ("x是n维列向量", "x: vector n"), ("A是n阶方阵且x是向量", "A: matrix n n; x: vector"),
    (r"A \in \mathbb{R}^{n\times n}, A = A^\top", "A: matrix n n symmetric"), ("A: matrix n n; A: symmetric", "A: matrix n n symmetric"),
    ("A is symmetric and x is a vector", "A: matrix symmetric; x: vector"), ("A is n by n; x is n-dimensional", "A: matrix n n; x: vector n"),
    ("where A is an n x n matrix and x is a column vector", "A: matrix n n; x: vector"), ("x is a vector of length n", "x: vector n"),
    (r"c \in \mathbb{R}_{>0}", "c: scalar positive"), (r"x \in \mathbb{R}^n_{\ge 0}", "x: vector n nonneg"), ("x in R_+^n", "x: vector n nonneg"),
    ("x and y are vectors", "x: vector; y: vector"), ("A and B symmetric", "A: matrix symmetric; B: matrix symmetric"), ("A, B and C: matrix n n", "A: matrix n n; B: matrix n n; C: matrix n n"),
    ("A symmetric, B diagonal", "A: matrix symmetric; B: matrix diagonal"), ("A symmetric, B and C diagonal", "A: matrix symmetric; B: matrix diagonal; C: matrix diagonal"),
    ("vectors x, y", "x: vector; y: vector"), ("scalars a, b; vectors x and y", "a: scalar; b: scalar; x: vector; y: vector"), ("real scalars a, b", "a: scalar; b: scalar"),
    ("symmetric matrix A, vector x", "A: matrix symmetric; x: vector"), ("symmetric positive definite matrices S, T", "S: matrix symmetric posdef; T: matrix symmetric posdef"),
    ("lower triangular matrix L", "L: matrix lower"), ("a, b real numbers", "a: scalar; b: scalar"), ("a是实数", "a: scalar"), ("A为对称阵", "A: matrix symmetric"),
    ("S: matrix n n, symmetric, positive definite", "S: matrix n n symmetric posdef"), ("A: matrix m n, x vector n", "A: matrix m n; x: vector n"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "ours"), SAME)
def test_declarations_as_people_write_them(written: str, ours: str) -> None:
    found, wanted = read_where(written), read_where(ours)
    assert found.variables == wanted.variables
    assert found.functions == wanted.functions


@pytest.mark.parametrize("written", ["A: banana", "foo", "A: row vector n", "A: rank 3", "A in Z^n", "A: m n p", "A:", ": matrix", ";;,", "x ∈", "x > 1", "Q^T Q = I", "A: matrix m n; A: matrix n m", "w: weights", "x is a row vector"])  # fmt: skip
def test_what_is_not_understood_is_refused_or_says_nothing(written: str) -> None:
    try:
        found = read_where(written)
    except gp.GradproofError:
        return
    assert not found.variables


@pytest.mark.parametrize(
    "written",
    [
        "A: m*n",
        "A is n*n",
        "x: R^d+1",
        "x: +n",
        "A: symmetric or antisymmetric",
        "A: diagonal or symmetric",
        "A: symmetric if n",
    ],
)
def test_sizes_that_can_be_read_in_two_ways_are_refused(written: str) -> None:
    """m*n was a vector with so many entries, R^d+1 a matrix d × 1, `symmetric or antisymmetric` both, of the size or × or."""
    with pytest.raises(gp.GradproofError):
        gp.derive("norm2(A*x)", wrt="x", where=written)


def test_a_size_with_a_plus_says_nothing_of_signs() -> None:
    """R^{d+1} was read as the vectors without negative entries: the derivative of the sum of absolute values was ones."""
    assert gp.derive("norm1(x)", wrt="x", where="x: R^{d+1}").result.ascii == "sign(x)"


def test_a_name_that_is_not_in_the_formula_is_said() -> None:
    notes = gp.parse("x'*A*x", where="A: symmetric; B: matrix n n; x: n").reading.notes
    assert [n.text for n in notes] == ["B is declared, and is not in the formula"]
    assert not gp.derive("x'*A*x", wrt="x", where="A: n x n; x: n").reading.notes


def test_a_derivative_with_such_declarations() -> None:
    assert gp.derive("x'*A*x", wrt="x", where="A symmetric").result.ascii == "2*A*x"


@pytest.mark.parametrize(
    "said",
    ["x -> vector q", "x,y -> matrix 2*n+1 n", "x -> matrix n n posdef", "x -> scalar positive", "x,y -> entrywise", "entrywise", "x,y -> entrywise nonneg", "x -> matrix m n*(n+1)/2", "x -> matrix n n diagonal positive"],
)  # fmt: skip
def test_the_line_that_is_printed_of_a_function_declares_it_again(said: str) -> None:
    declared = read_where(f"f: function {said}").functions
    assert read_where(f"f: {declared['f'].declaration}").functions == declared


EQUATIONS = [  # what is said of y, or x, after a formula or where it is declared
    (r"\sum_k y_k = 1", "sumone"), (r"\sum_{k=1}^K y_k=1", "sumone"), ("sum(y) = 1", "sumone"), ("ones(n)'*y = 1", "sumone"), ("1'y = 1", "sumone"),
    (r"\mathbf{1}^\top y = 1", "sumone"), ("y^T 1 = 1", "sumone"), ("𝟏ᵀy = 1", "sumone"), ("norm2(y) = 1", "unit"), (r"\|y\|_2 = 1", "unit"), ("‖y‖ = 1", "unit"),
    (r"y^\top y = 1", "unit"), ("y'*y = 1", "unit"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "fact"), EQUATIONS)
def test_equations_say_what_is_known(said: str, fact: str) -> None:
    asked = "-y'*log(softmax(z)) + norm2(y)^2"
    d = gp.derive(asked, "z", f"{said}; z: vector n")
    assert fact in d.symbols["y"].facts
    assert not d.symbols["y"].facts & {"simplex", "nonneg", "onehot"}
    later = gp.derive(f"{asked}, {said}", "z")
    assert fact in later.symbols["y"].facts
    assert any("what is known of y" in str(n) for n in later.notes)
    assert later.result is d.result or fact == "unit"
    assert (d.result.ascii == "softmax(z) - y") == (fact == "sumone")


def test_an_equation_of_something_else_is_none() -> None:
    with pytest.raises(gp.GradproofError):
        gp.derive("y'*x", "x", "y: scalar; sum(y) = 1")
    with pytest.raises(gp.GradproofError):
        gp.derive("y'*x", "x", "sum(y) = 2")
    assert gp.derive("abs(y)'*x", "x", "sum(y) = 1").result.ascii == "abs(y)"
    text = r"-\sum_k y_k \log \mathrm{softmax}(Wx)_k \quad \text{with } \sum_k y_k = 1"
    assert gp.derive(text, "W").result.ascii == "(softmax(W*x) - y)*x'"


NOT_KNOWN = [  # said of another case, denied, of another vector, of a part of it, or of a matrix, for which 1 is no length
    r"\text{if not } \sum_k y_k = 1", r"\text{where it is not true that } \sum_k y_k = 1", r"\text{unless } y^\top y = 1", r"\text{initially } \|y\| = 1", r"\text{at the optimum } \|y\| = 1",
    r"z = 0 \text{ or } \|y\| = 1", r"-\sum_k y_k = 1", r"\lambda \sum_k y_k = 1", r"\sum_k y_k^2 = 1", r"\sum_k y_k \neq 1", r"\sum_k y_k = 1.1", r"\sum_{k=1}^{3} y_k = 1", r"\sum_{k=1}^{n-1} y_k = 1",
    r"\sum_{k=0}^{n} y_k = 1", r"\sum_{k=1}^{m} y_k = 1", r"\sum_{k \in S} y_k = 1", r"\sum_k y_i = 1", r"\|y\|_1 = 1", r"\|Ay\| = 1", r"\|Y\| = 1", r"Y^\top Y = 1", r"\|y\| = \|z\| = 1", r"\|w\| = 1",
]  # fmt: skip


@pytest.mark.parametrize("said", NOT_KNOWN)
def test_what_an_equation_does_not_say_is_not_assumed(said: str) -> None:
    """Nothing of y and Y is assumed: the factors that such a fact would make 1 stay, or the text is refused."""
    text = r"\left(\sum_{k=1}^{n} y_k\right) (y^\top y) \operatorname{tr}(Y^\top Y) x^\top x, \quad "
    try:
        d = gp.derive(text + said, "x")
    except gp.GradproofError:
        return
    assert not {f for name in "yY" for f in d.symbols[name].facts}
    assert gp.derive(text.rpartition(",")[0], "x").result.ascii == d.result.ascii
    assert any(said.split()[-1] in str(n) for n in d.notes)


@pytest.mark.parametrize("where", ["matrix A m n", "vectors of length n", "symmetric with size n"])
def test_words_of_kinds_are_no_names(where: str) -> None:
    """`vectors x, y` declared a variable called vectors."""
    with pytest.raises(gp.GradproofError):
        read_where(where)
