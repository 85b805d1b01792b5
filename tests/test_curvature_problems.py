"""Verdicts of convexity on problems from books, whose truth is held against chords in NumPy."""

from __future__ import annotations

import pytest

import gradproof as gp
from curvature_problems import PROBLEMS, Problem, chords

OPEN = {  # no rule decides these; an answer would be right, and a wrong one is no less wrong
    "logdet(X) - logdet(X + A)",
}
BENT = 1e-9  # rounding of the values


def true(verdict: str, above: float, below: float) -> bool:
    """Whether chords do not refute a verdict."""
    wanted = {"convex": (False, True), "concave": (True, False), "neither": (True, True), "affine": (False, False)}
    return (above > BENT, below > BENT) == wanted[verdict]


@pytest.mark.parametrize("problem", PROBLEMS, ids=[f"{p[0]} by {p[1]}, {p[2]}" for p in PROBLEMS])
def test_what_is_proven_is_true(problem: Problem) -> None:
    text, wrt, where, verdict, _ = problem
    got = gp.convexity(text, wrt.split(), where, verify=False).verdict
    assert got == ("unknown" if verdict == "neither" or text in OPEN else verdict)
    assert true(verdict, *chords(problem, draws=24))


@pytest.mark.long
@pytest.mark.parametrize("problem", PROBLEMS[::2], ids=[f"{p[0]} by {p[1]}, {p[2]}" for p in PROBLEMS[::2]])
def test_what_is_refuted_is_refuted(problem: Problem) -> None:
    text, wrt, where, verdict, _ = problem
    assert gp.convexity(text, wrt.split(), where).verdict == ("unknown" if text in OPEN else verdict)


JOINT = [  # squares and what lies between them: convex up to a number, and not beyond
    ("x'*x", "x'*y", "y'*y"),
    ("x'*P*x", "x'*P*y", "y'*P*y"),
    ("x'*S*x", "x'*y", "y'*inv(S)*y"),
    ("norm2(C*x)^2", "(C*x)'*(C*y)", "norm2(C*y)^2"),
    ("l*x'*x", "sqrt(l*g)*x'*y", "g*y'*y"),
    ("sum(w.*x.^2)", "sum(x.*y)", "sum(y.^2./w)"),
    ("x'*P*x", "x'*P*S*y", "y'*S*P*S*y"),
]
APART = [  # no number is small enough for all data
    ("sum(w.*x.^2)", "sum(x.*y)", "sum(y.^2.*w)"),
    ("x'*P*x", "x'*P*y", "y'*y"),
    ("x'*S*x", "x'*y", "y'*S*y"),
    ("sum(x)^2", "x'*y", "sum(y)^2"),
    ("x'*P*x", "x'*S*P*y", "y'*P*y"),
]
WHERE = "; ".join([
    "x: vector n", "y: vector n", "P: matrix n n psd", "S: matrix n n posdef", "C: matrix k n", "w: vector n positive", "l: scalar positive", "g: scalar positive",
])  # fmt: skip


@pytest.mark.parametrize("terms", JOINT, ids=[t[1] + t[0] for t in JOINT])
def test_two_squares_outweigh_twice_their_product(terms: tuple[str, str, str]) -> None:
    a, b, c = terms
    for k, verdict in (("1", "convex"), ("2", "convex"), ("2.01", "unknown"), ("3", "unknown")):
        assert gp.convexity(f"{a} - {k}*({b}) + {c}", ["x", "y"], WHERE, verify=False).verdict == verdict


@pytest.mark.parametrize("terms", APART, ids=[t[1] + t[0] for t in APART])
def test_and_no_other_product(terms: tuple[str, str, str]) -> None:
    a, b, c = terms
    for k in ("0.1", "1", "2"):
        assert gp.convexity(f"{a} - {k}*({b}) + {c}", ["x", "y"], WHERE, verify=False).verdict == "unknown"


ONES = [  # g = ones(n) in (g'*x)^2 <= (g'*g)*(x'*x): the sum of its squares is n
    ("norm2(x)^2 - sum(x)^2/n", "convex"),
    ("norm2(x)^2 - sum(x)^2", "unknown"),
    ("norm2(x)^2 - sum(x)^2/2", "unknown"),
    ("sum(x.^2) - mean(x)*sum(x)", "convex"),
    ("sum(x.^2./w) - sum(x)^2/sum(w)", "convex"),
    ("sum(x.^2./w) - sum(x)^2/n", "unknown"),
    ("norm2(X)^2 - sum(X)^2/n^2", "convex"),
    ("norm2(X)^2 - sum(X)^2/n", "unknown"),
    ("norm2(X)^2 - norm2(X*ones(n))^2/n", "convex"),
    ("norm2(X)^2 - norm2(X*ones(n))^2/2", "unknown"),
]


@pytest.mark.parametrize(("text", "verdict"), ONES, ids=[o[0] for o in ONES])
def test_sums_of_ones_count(text: str, verdict: str) -> None:
    where = "x: vector n; w: vector n positive; X: matrix n n"
    assert gp.convexity(text, "X" if "X" in text else "x", where, verify=False).verdict == verdict


BORDERS = [  # true, and not true of a little more
    ("x^4 + y^4 + 6*x^2*y^2", "x y", "x: scalar; y: scalar", "convex"),
    ("x^4 + y^4 + 61/10*x^2*y^2", "x y", "x: scalar; y: scalar", "unknown"),
    ("norm2(x)^2*norm2(y)^2 - 2*(x'*y)^2", "x", "x: vector n; y: vector n", "unknown"),
    ("x'*(eye(n) - a*a')*x", "x", "x: vector n; a: vector n", "unknown"),
    ("tr(X'*X) - tr(X)^2/2", "X", "X: matrix n n", "unknown"),
    ("sum(p.*u./(p + u))", "p u", "p: vector n positive; u: vector n positive", "concave"),
    ("sum(p.*u./(p + u))", "p u", "p: vector n positive; u: vector n", "unknown"),
    ("sum(p.*u)/sum(p + u)", "p u", "p: vector n positive; u: vector n positive", "unknown"),
    ("x/(1 + x)", "x", "x: scalar", "unknown"),
    ("x^2/(1 + x)^2", "x", "x: scalar positive", "unknown"),
    ("abs(x^2 - y) + x^2", "x y", "x: scalar; y: scalar", "convex"),
    ("abs(x^2 - y) + x^2/2", "x y", "x: scalar; y: scalar", "unknown"),
    ("max(x^2, sqrt(y))", "x y", "x: scalar; y: scalar positive", "unknown"),
    ("schatten(X, 1/2)", "X", "X: matrix m n", "unknown"),
    ("schatten(X, q)", "X", "X: matrix m n; q: scalar positive", "unknown"),
    ("lambdamax(X'*S*X)", "X", "X: matrix m n; S: matrix m m symmetric", "unknown"),
    ("lambdamin(inv(X))", "X", "X: matrix n n posdef", "unknown"),
    ("lambdamin(S - X'*X)", "X", "X: matrix m n; S: matrix n n symmetric", "concave"),
    ("lambdamax(X*X)", "X", "X: matrix n n", "unknown"),
    ("tanh(x)", "x", "x: scalar", "unknown"),
    ("sum(lgamma(x)) - lgamma(sum(x) + 1)", "x", "x: vector n positive", "convex"),
    ("sum(lgamma(x)) - lgamma(sum(x) - 1)", "x", "x: vector n positive", "unknown"),
    ("sum(lgamma(x)) - lgamma(2*sum(x))", "x", "x: vector n positive", "unknown"),
    ("sum(lgamma(x))/2 - lgamma(sum(x))", "x", "x: vector n positive", "unknown"),
    ("n*lgamma(sum(x)) - sum(lgamma(x))", "x", "x: vector n positive", "unknown"),
    ("sum(lgamma(y + r)) - sum(lgamma(r))", "r", "y: vector n; r: vector n positive", "unknown"),
    ("2*a*log(b) - lgamma(a)", "a b", "a: scalar positive; b: scalar positive", "unknown"),
    ("sum(p.*log(p)) - 2*sum(p.*log(q))", "p q", "p: vector n positive; q: vector n positive", "unknown"),
    ("2*tr(X*logm(X)) - tr(X*logm(Y))", "X Y", "X: matrix n n posdef; Y: matrix n n posdef", "convex"),
    ("tr(X*logm(X)) - 2*tr(X*logm(Y))", "X Y", "X: matrix n n posdef; Y: matrix n n posdef", "unknown"),
    ("x'*x - x'*A'*inv(A*A' - eye(m))*A*x", "x", "A: matrix m n; x: vector n", "unknown"),
    ("x'*x - 101/100*x'*A'*inv(A*A' + eye(m))*A*x", "x", "A: matrix m n; x: vector n", "unknown"),
    ("norm2(x)^2/(1 + norm2(x)^2)", "x", "x: vector n", "unknown"),
    ("log(1 + exp(-norm2(x)))", "x", "x: vector n", "unknown"),
]


@pytest.mark.parametrize(("text", "wrt", "where", "verdict"), BORDERS, ids=[f"{b[0]}, {b[2]}" for b in BORDERS])
def test_borders(text: str, wrt: str, where: str, verdict: str) -> None:
    assert gp.convexity(text, wrt.split(), where, verify=False).verdict == verdict


ROOTS = [  # of homogeneous formulas; the degree decides
    ("prod(x)^(1/n)", "x: vector n positive", "concave"),
    ("prod(x)^(2/n)", "x: vector n positive", "unknown"),
    ("prod(x)^(1/n)", "x: vector n", "unknown"),
    ("det(X)^(1/n)", "X: matrix n n posdef", "concave"),
    ("det(X)^(0.5/n)", "X: matrix n n posdef", "concave"),
    ("det(X)^(1.5/n)", "X: matrix n n posdef", "unknown"),
    ("det(X + eye(n))^(1/n)", "X: matrix n n posdef", "unknown"),  # true, and no homogeneous formula
    ("det(X)^(1/m)", "X: matrix n n posdef; A: matrix m n", "unknown"),
    ("sum(x.^4)^(1/4)", "x: vector n", "convex"),
    ("sum(x.^4)^(1/8)", "x: vector n", "unknown"),
    ("1/tr(inv(X))", "X: matrix n n posdef", "concave"),
    ("1/tr(inv(X))^2", "X: matrix n n posdef", "unknown"),
    ("1/tr(inv(X))", "X: matrix n n symmetric", "unknown"),
    ("sum(huber(x.^2))", "x: vector n", "unknown"),
]


@pytest.mark.parametrize(("text", "where", "verdict"), ROOTS, ids=[f"{r[0]}, {r[1]}" for r in ROOTS])
def test_roots_of_homogeneous_formulas(text: str, where: str, verdict: str) -> None:
    name = where.split(":")[0]
    if "m)" in text:
        text = text + " + 0*norm2(A)"
    assert gp.convexity(text, name, where, verify=False).verdict == verdict
