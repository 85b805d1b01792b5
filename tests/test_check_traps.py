"""Right claims in clothes that do not conform, and definitions as they are typed: none is called wrong, and no wrong one right. By hand."""

from __future__ import annotations

import pytest

import gradproof as gp
from gradproof.check import check_steps

LEAST = "norm2(A*x - b)^2"
RIGHT: list[tuple[str, str | list[str], str, str]] = [
    # inverses, powers and quotients of the entries
    ("sum(log(x))", "x", "x^{-1}", ""),
    ("sum(log(x))", "x", "x⁻¹", ""),
    ("sum(log(A*x))", "x", "A^T(Ax)^{-1}", ""),
    ("sum(log(x))", ["x", "x"], "-diag(x^{-1})^2", ""),
    ("sum(log(1 + x))", "x", "exp(log1p(x))^{-1}", ""),
    ("sum(log(X))", "X", "1/X", "X: matrix m n"),
    ("sum(X.^3)", "X", "3X^2", "X: matrix m n"),
    # functions by the names of books
    ("sum(tanh(x))", "x", "sech(x)^2", ""),
    ("sum(tanh(W*x + b))", "W", "sech^2(Wx+b) x^T", ""),
    ("sum(log(sin(x)))", "x", r"\cot x", ""),
    # vectors of ones and identities whose sizes nobody says
    ("softmax(z)", "z", "diag(s)(I - 1 s^T) where s = softmax(z)", ""),
    ("sum(tanh(W*x + b))", "W", "diag(1-tanh(Wx+b)^2) 1 x'", ""),
    ("sum(X)", "X", "11^T", "X: matrix m n"),
    ("sum(x)^2", "x", "2 11^T x", "x: vector n"),
    ("sum(x)^2", "x", r"2(\sum_i x_i)\mathbf 1", "x: vector n"),
    ("A*X", "X", r"I \otimes A^\top", ""),
    ("A*x", "A", r"x \otimes I", ""),
    ("1/norm2(x)", "x", "-x/|x|^3", ""),
    ("exp(a'*x)", ["x", "x"], "a a^T f(x)", ""),
    ("log(det(X))", "X", "X⁻⊤", ""),
    # definitions
    (LEAST, "x", r"2A^\top r \text{ where } r = Ax-b", ""),
    (LEAST, "x", r"2A^\top r \quad\text{with}\quad r := Ax-b", ""),
    (LEAST, "x", r"2A^\top r \text{ for } r = Ax-b", ""),
    (LEAST, "x", r"2A^\top r,\quad r = Ax-b", ""),
    (LEAST, "x", r"2A^\top r,~r = Ax-b", ""),
    (LEAST, "x", "2 A^T r (r = A x - b)", ""),
    (LEAST, "x", "2 A^T r for r = A x - b", ""),
]


@pytest.mark.parametrize(("formula", "by", "claim", "where"), RIGHT, ids=[f"{f} | {c}" for f, _, c, _ in RIGHT])
def test_a_right_claim_is_right(formula: str, by: str | list[str], claim: str, where: str) -> None:
    found = gp.check(formula, by, claim, where or None)
    assert found.verdict == "right", found.text()


NOT_RIGHT: list[tuple[str, str | list[str], str, str, str]] = [
    ("sum(log(x))", "x", "-x^{-1}", "", "wrong"),
    ("sum(log(X))", "X", "X^{-1}", "X: matrix n n", "wrong"),
    ("sum(X.^3)", "X", "3X^2", "X: matrix n n", "wrong"),
    ("sum(tanh(x))", "x", "sech(x)", "", "wrong"),
    ("A*X", "X", r"I \otimes A", "A: matrix n n; X: matrix n n", "other-layout"),
    ("sum(x)", "x", "ones(q)", "x: vector n", "unknown"),
    ("A*X", "X", "2 (I ⊗ A')", "", "unknown"),
    ("x'*diag(d)*x", "x", "2dx", "", "unknown"),  # 2 d .* x, or a differential
    ("1/norm2(x)", "x", "x/|x|^3", "", "wrong"),
    ("log(a*x)", "x", "1/ax", "a: scalar; x: scalar", "unknown"),  # 1/(a x), or (1/a) x
    ("log(2*x)/2", "x", "1/2x", "x: scalar", "unknown"),
    ("det(X)", "X", r"\det X\,X^{-\top}", "", "unknown"),  # det(X) X^-T, or det(X X^-T)
    (LEAST, "x", r"2A^\top r \text{ for } r = b-Ax", "", "wrong"),
    (LEAST, "x", r"2A^\top r,\quad r = Ax+b", "", "wrong"),
    (LEAST, "x", "2 A^T r (r = A x + b)", "", "wrong"),
    (LEAST, "x", r"2A^\top r \text{ at } r = Ax - b", "", "unknown"),
    (LEAST, "x", "2 A^T r using r = A x - b", "", "unknown"),
]


@pytest.mark.parametrize(
    ("formula", "by", "claim", "where", "verdict"), NOT_RIGHT, ids=[f"{f} | {c}" for f, _, c, *_ in NOT_RIGHT]
)
def test_others_are_not(formula: str, by: str | list[str], claim: str, where: str, verdict: str) -> None:
    assert gp.check(formula, by, claim, where or None).verdict == verdict


STEPS: list[tuple[str, int | None]] = [
    ("令 r = Ax - b，则 f = r^T r\n∇f = 2A^T r\n令导数为零：A^T A x = A^T b", None),
    ("设 r = Ax - b，那么 f = r^T r，所以 ∇f = 2A^T r", None),
    ("设 r = Ax - b，则 df = r^T dr，于是 ∇f = 2A^T r", 1),
    ("Let r = Ax - b, then f = r'r, so ∇f = 2A'r", None),
    ("Let r = Ax - b, then f = r'r, so ∇f = A'r", 2),
    ("r := Ax − b\ndf = 2rᵀdr = 2rᵀA dx\n⇒ ∇f = 2Aᵀr", None),
    ("r := Ax − b\ndf = rᵀdr\n⇒ ∇f = 2Aᵀr", 1),
]


@pytest.mark.parametrize(("steps", "first"), STEPS, ids=[s for s, _ in STEPS])
def test_steps_that_follow_in_one_line(steps: str, first: int | None) -> None:
    """What follows `则` and `then` is a statement of its own: the first line was called wrong."""
    found = check_steps(LEAST, "x", steps)
    assert found.first_wrong == first, found.text()
    assert found.verdict == ("right" if first is None else "wrong")
