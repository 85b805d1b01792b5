"""Certificates of convexity: textbook verdicts, and no certificate that chords refute."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.engine.lower import lower
from gradproof.languages import LANGUAGES
from gradproof.optimum.certificate import certify
from gradproof.parse import parse
from random_curvature import WHERE, certified, refuted

X, S, V = "X: matrix n n posdef", "S: matrix n n posdef", "x: vector n"
P = "x: vector n positive; p: vector n positive"

CASES = [  # formula, variables, declarations, verdict; from Boyd & Vandenberghe (2004), chapter 3, unless they are obvious
    ("norm2(A*x - b)^2", "x", "", "convex"),
    ("norm2(A*x - b)", "x", "", "convex"),
    ("norm2(A*x - b)^2 + l*norm1(x)", "x", "l: scalar positive", "convex"),
    ("norm2(A*x - b)^2 - l*norm1(x)", "x", "l: scalar positive", "neither"),
    ("log(sum(exp(A*x + b)))", "x", "", "convex"),
    ("log(sum(w.*exp(x)))", "x", "w: vector n positive", "convex"),
    ("sum(i: log(sum(j: exp(X[i,j]))))", "X", "X: matrix m n", "convex"),
    ("sum(log(1 + exp(-y.*(X*w))))", "w", "", "convex"),
    ("sum(relu(1 - y.*(X*w)))", "w", "", "convex"),
    ("sum(relu(1 - X*w).^2)", "w", "", "convex"),
    ("-sum(relu(X*w))", "w", "", "concave"),
    ("sum(exp(X*w)) - y'*(X*w)", "w", "", "convex"),
    ("-sum(log(b - A*x))", "x", "A: matrix m n; x: vector n; b: vector m", "convex"),
    ("x'*Q*x", "x", "Q: matrix n n symmetric", "neither"),
    ("x'*Q*x", "x", "Q: matrix n n psd", "convex"),
    ("x'*x/y", ["x", "y"], "x: vector n; y: scalar positive", "convex"),
    ("x'*inv(Y)*x", ["x", "Y"], "x: vector n; Y: matrix n n posdef", "convex"),
    ("logdet(X)", "X", X, "concave"),
    ("det(X)", "X", X, "neither"),
    ("tr(inv(X))", "X", X, "convex"),
    ("tr(B*inv(X))", "X", X + "; B: matrix n n psd", "convex"),
    ("tr(C*X) - logdet(X)", "X", X + "; C: matrix n n", "convex"),
    ("sum(x.*log(x))", "x", P, "convex"),
    ("sum(p.*log(p./x))", "x", P, "convex"),
    ("sum(sqrt(x))", "x", P, "concave"),
    ("exp(sum(log(x))/n)", "x", P, "concave"),  # the geometric mean
    ("1/sum(1./x)", "x", P, "concave"),  # the harmonic mean
    ("sum(x.^3)^(1/3)", "x", P, "convex"),
    ("sum(sqrt(x))^2", "x", P, "concave"),
    ("(p'*x)/sum(x)", "x", P, "neither"),
    ("sqrt(x'*S*x)", "x", S, "convex"),
    ("norm2(A*X*B - C)^2", "X", "A: matrix m n; X: matrix n p; B: matrix p q; C: matrix m q", "convex"),
    ("norm2(A*B - C)^2", "A", "A: matrix m n; B: matrix n p; C: matrix m p", "convex"),
    ("norm2(A*B - C)^2", ["A", "B"], "A: matrix m n; B: matrix n p; C: matrix m p", "neither"),
    ("a'*x + c", "x", "a: vector n; x: vector n", "affine"),
    ("sum(x)", "x", "x: vector n simplex", "affine"),
    ("-sum(x.*log(x))", "x", "x: vector n simplex", "concave"),
    ("sum(sigmoid(x))", "x", V, "neither"),
    ("tr(sqrtm(X))", "X", X, "concave"),  # spectral functions
    ("tr(X*logm(X))", "X", X, "convex"),
    ("tr(expm(X))", "X", "X: matrix n n symmetric", "convex"),
    ("tr(X*X*X)", "X", X, "convex"),
    ("lambdamax(Y)", "Y", "Y: matrix n n symmetric", "convex"),
    ("lambdamax(Y)", "Y", "Y: matrix n n", "neither"),
    ("lambdamin(A*Y*A')", "Y", "Y: matrix n n symmetric; A: matrix m n", "concave"),
    ("norm2(Y - C)^2 + l*nuclear(Y)", "Y", "l: scalar positive; Y: matrix m n; C: matrix m n", "convex"),
    ("abs(x)", "x", "x: scalar", "convex"),
    ("1/x", "x", "x: scalar positive", "convex"),
    ("1/x", "x", "x: scalar", "neither"),
    ("x'*x", "x", "x: vector n unit", "unknown"),
    (
        "logdet(A'*diag(x)*A)",
        "x",
        "x: vector n positive; A: matrix n k fullrank",
        "concave",
    ),  # optimal designs, chapter 7
    ("tr(inv(A'*diag(x)*A))", "x", "x: vector n positive; A: matrix n k fullrank", "convex"),
    ("logdet(eye(m) + H*Q*H')", "Q", "H: matrix m n; Q: matrix n n psd", "concave"),
    ("tr(inv(Y'*Y))", "Y", "Y: matrix n n", "neither"),
    ("y*log(sum(exp(x/y)))", ["x", "y"], "x: vector n; y: scalar positive", "convex"),  # perspectives
    ("-y*log(x/y)", ["x", "y"], "x: scalar positive; y: scalar positive", "convex"),
    ("y*sin(x/y)", ["x", "y"], "x: scalar; y: scalar positive", "neither"),
    ("sum(x.*log(x./y))", ["x", "y"], "x: vector n positive; y: vector n positive", "convex"),
    ("x^2 + x*y + y^2", ["x", "y"], "x: scalar; y: scalar", "convex"),
    ("x^2 + 3*x*y + y^2", ["x", "y"], "x: scalar; y: scalar", "neither"),
    ("sum(x)^2 + y*sum(x) + y^2/3", ["x", "y"], "x: vector n; y: scalar", "convex"),
    ("sum(x.^2) + y*sum(x) + y^2/3", ["x", "y"], "x: vector n; y: scalar", "neither"),
    ("x^4 - 4*x^3 + 6*x^2 - 4*x", "x", "x: scalar", "convex"),
    ("x^4 - 4*x^3 + 5*x^2", "x", "x: scalar", "neither"),
    ("log(exp(a'*x) + exp(c'*x))", "x", V + "; a: vector n; c: vector n", "convex"),  # log-convex
    ("log(tr(expm(Y)))", "Y", "Y: matrix n n symmetric", "convex"),
    ("log(1 + x'*x)", "x", V, "neither"),
    ("max(A*x) - min(x)", "x", "A: matrix m n; x: vector n", "convex"),
    ("norm21(Y)", "Y", "Y: matrix n k", "convex"),
    ("sum(sqrt((A*x - b).^2 + e^2))", "x", "A: matrix m n; x: vector n; b: vector m; e: scalar", "convex"),
    ("tr(X*logm(X) - X)", "X", X, "convex"),
]


@pytest.mark.parametrize(("text", "wrt", "where", "verdict"), CASES, ids=[f"{c[0]} by {c[1]}" for c in CASES])
def test_verdicts(text: str, wrt: Any, where: str, verdict: str) -> None:
    assert gp.convexity(text, wrt, where or None).verdict == verdict


def test_the_factor_is_the_reason() -> None:
    c = gp.convexity("sum(log(1 + exp(-y.*(X*w))))", "w")
    assert "X'*diag(y.^2.*sigmoid(-y.*(X*w)).*(1 - sigmoid(-y.*(X*w))))*X" in c.json()["reason"][0].replace(
        "ones(m)", "1"
    )
    assert "congruence" in c.reason


@pytest.mark.parametrize(
    ("text", "where", "modulus"),
    [("norm2(A*x - b)^2 + l*norm2(x)^2", "l: scalar positive", "2*l"), ("x'*x/y + exp(sum(x))", "y: scalar positive", "2/y"), ("sum(exp(x))", V, None)],
)  # fmt: skip
def test_modulus(text: str, where: str, modulus: str | None) -> None:
    c = gp.convexity(text, "x", where)
    assert (c.modulus.ascii if c.modulus is not None else None) == modulus
    assert c.strict


def test_strictness_needs_every_direction() -> None:
    assert not gp.convexity("norm2(A*x - b)^2", "x").strict
    assert not gp.convexity("x'*x", ["x", "t"], "x: vector n; t: scalar").strict
    assert gp.convexity("tr(inv(X))", "X", X).strict
    assert not gp.convexity("tr(B*inv(X))", "X", X + "; B: matrix n n psd").strict


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_every_language_has_words(lang: str) -> None:
    said = [gp.convexity(text, wrt, where or None, verify=False).text(lang) for text, wrt, where, _ in CASES[::4]]
    assert all(said)
    assert lang == "en" or not any("of its negative" in s or "congruence M" in s and lang == "zh" for s in said)


def test_a_witness_is_two_points_that_anybody_can_check() -> None:
    c = gp.convexity("sum(sigmoid(x))", "x", V)
    w = c.json()["witness"]
    f = lambda x: float(np.sum(1 / (1 + np.exp(-np.asarray(x)))))  # noqa: E731
    for key, sign in (("not_convex", 1), ("not_concave", -1)):
        a, b = (np.asarray(w[key][e]["x"]) for e in "ab")
        assert sign * (f((a + b) / 2) - (f(a) + f(b)) / 2) > 1e-6


def test_only_scalars_are_convex() -> None:
    with pytest.raises(gp.ShapeError):
        gp.convexity("A*x", "x")


# -- soundness


def test_no_certificate_is_refuted_by_a_chord() -> None:
    found = certified(6, 80)
    assert len(found) > 8
    assert not [r for k, (text, name, sign) in enumerate(found) if (r := refuted(text, name, sign, k, 12))]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_no_certificate_of_many_is_refuted_by_a_chord(seed: int) -> None:
    assert not [r for k, c in enumerate(certified(100 + seed, 400)) if (r := refuted(*c, k))]


@pytest.mark.parametrize(
    ("text", "name", "sign"), [("sum(x.^3)", "x", 1), ("x'*Q*x", "x", -1), ("det(X)", "X", 0), ("norm2(x)", "x", -1)]
)
def test_the_test_of_certificates_rejects_wrong_ones(text: str, name: str, sign: int) -> None:
    assert refuted(text, name, sign, 0)


def test_a_square_with_axes_under_a_square_is_no_crash() -> None:
    u = "(u.*(cosh(log(p./u)).^2.*exp(cosh(log(p./u)))))"
    parsed = parse(f"sum(softmax({u}).*{u}) + t*log(sum(p.*u))", WHERE, ("p", "u"))
    assert certify(parsed.expr, [parsed.symbols["p"], parsed.symbols["u"]]).sign is None


def test_a_weight_of_unknown_sign_is_no_certificate() -> None:
    for text in ("t*norm2(x)^2", "norm2(x)^2*sum(v)", "x'*(S - P)*x", "(v'*x)*(w'*x)", "x'*v*w'*x"):
        parsed = parse(text, WHERE, ("x",))
        assert certify(parsed.expr, [parsed.symbols["x"]]).sign is None
        assert lower(parsed.expr).tensor is not None
