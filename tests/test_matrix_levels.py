"""Derivations through named matrices: mixtures, normalised layers, kernels, attention; products and quotients that have names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.explain.gathered import gathered
from gradproof.explain.quotients import Quotient, divided, with_value
from gradproof.notation.expr import Expr, symbol
from gradproof.numeric.evaluate import evaluate
from told_lines import check_page

LEVELS: list[tuple[str, str, str, list[str]]] = [  # formula, variable, what is known, lines in their order
    (
        "sum(log(exp(-(x*ones(m)' - ones(n)*mu').^2/2)*p))", "mu", "x: vector n; mu: vector m; p: vector m",
        [
            "the residual", "A = exp(−R⊙²/2)", "Γ = ((1 ⊘ (A p)) pᵀ) ⊙ A", "the responsibilities", "∂f/∂A = (1 ⊘ (A p)) pᵀ", "dA = A ⊙", "df = tr((∂f/∂A)ᵀ dA)", "∂f/∂R = −Γ ⊙ R",
            "m×1 is wanted, and the factors fit in this order only: (m×n)(n×1).", "∂f/∂μ = (Γ ⊙ R)ᵀ 𝟏", "Result: ∂f/∂μ = (Γ ⊙ R)ᵀ 𝟏\n",
        ],
    ),
    (
        "norm2(g.*((x - mean(x))./sqrt(var(x) + e)) + b - y)^2/2", "x", "x: vector n; g: vector n; b: vector n; y: vector n; e: scalar",
        [
            "the mean", "the centred values", "the variance", "s = √(v + e)", "the standard deviation", "z = c/s", "the normalised values", "∂f/∂r = 2 r/2", "= g ⊙ r", "∂z/∂c = (I − z zᵀ/n)/s",
            "∂f/∂c = (∂z/∂c)(∂f/∂z)", "= (I − z zᵀ/n)(g ⊙ r)/s", "∂c/∂x = I − 𝟏 𝟏ᵀ/n", "Result: ∂f/∂x = (I − 𝟏 𝟏ᵀ/n)(I − z zᵀ/n)(g ⊙ r)/s\n",
        ],
    ),
    (
        "-y'*inv(exp(-D/(2*l^2)) + s^2*eye(n))*y/2 - logdet(exp(-D/(2*l^2)) + s^2*eye(n))/2", "l", "D: matrix n n symmetric; y: vector n; s: scalar; l: scalar",
        [
            "K = exp(−D/(2 l²)) (n×n), the kernel matrix", "C = K + s² I (n×n), the covariance", "α = C⁻¹ y (n×1)", "df = tr((∂f/∂C)ᵀ dC)", "df = tr(α αᵀ dC)/2 − tr(C⁻¹ dC)/2", "= (α αᵀ − C⁻¹)/2",
            "Dᵀ = D, since D is symmetric", "Cᵀ = C", "dC = dl (K ⊙ D)/l³", "Result: ∂f/∂l = tr((α αᵀ − C⁻¹)(K ⊙ D))/(2 l³)\n", "D is symmetric (declared)",
        ],
    ),
    (
        "sum(C.*(softmax_rows(Q*K')*V))", "K", "Q: matrix m n; K: matrix p n; V: matrix p k; C: matrix m k",
        [
            "S = Q Kᵀ", "the scores", "P = softmax_rows(S)", "the weights", "∂f/∂P = C Vᵀ", "∂f/∂S = P ⊙ (∂f/∂P − (P ⊙ (∂f/∂P)) 𝟏 𝟏ᵀ)", "= Δ", "= tr(Δᵀ(Q dKᵀ))",
            "p×n is wanted, and the factors fit in this order only: (p×m)(m×n).", "Result: ∂f/∂K = Δᵀ Q\n",
        ],
    ),
    (
        "norm2(X - V*tanh(W*X))^2", "W", "X: matrix d p; V: matrix d h; W: matrix h d",
        ["the pre-activation", "the activations", "∂f/∂R = 2 R", "∂f/∂A = −2 Vᵀ R", "∂f/∂Z = (∂f/∂A) ⊙ (", "= Δ", "dZ = dW X", "Result: ∂f/∂W = Δ Xᵀ\n"],
    ),
    (
        "logdet(L*L' + P) + tr(inv(L*L' + P)*S)", "L", "S: matrix n n symmetric; P: matrix n n posdef; L: matrix n k",
        ["C = L Lᵀ + P (n×n), the covariance", "= C⁻¹ − C⁻¹ S C⁻¹", "df = 2 tr(Lᵀ(C⁻¹ − C⁻¹ S C⁻¹) dL)", "Result: ∂f/∂L = 2(C⁻¹ − C⁻¹ S C⁻¹) L\n", "P is positive definite (declared); S is symmetric (declared)"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt", "where", "lines"), LEVELS, ids=lambda v: str(v)[:30])
def test_a_formula_goes_through_its_matrices(formula: str, wrt: str, where: str, lines: list[str]) -> None:
    t = gp.derive(formula, wrt, where).derivation()
    text, at = t.text(color=False), 0
    for line in lines:
        found = text.find(line, at)
        assert found >= 0, f"{line!r} is not there, or not in its order:\n{text}"
        at = found
    assert t.summary.agreed == t.summary.steps


TOLD: list[tuple[str, Any, str, list[str], list[str]]] = [  # formula, variable, what is known, lines in their order, lines that are not there
    ("x'*A*x/(x'*x)", "x", "A: matrix n n symmetric; x: vector n", ["Result: ∂f/∂x = 2(A x − f x)/(xᵀ x)\n"], []),
    ("w'*B*w/(w'*S*w)", "w", "B: matrix n n symmetric; S: matrix n n posdef; w: vector n", ["Result: ∂f/∂w = 2(B w − f S w)/(wᵀ S w)\n"], []),
    (
        "a'*b/(norm2(a)*norm2(b))", "a", "a: vector n; b: vector n",
        ["Result: ∂f/∂a = (b/‖b‖ − f a/‖a‖)/‖a‖\n", "This holds where ‖b‖ ≠ 0", "a ≠ 0"], ["b ≠ 0, since", "‖a‖ ‖b‖ ≠ 0"],
    ),
    (
        "-q'*k/t + log(exp(q'*k/t) + sum(exp(N*q/t)))", "q", "q: vector n; k: vector n; N: matrix m n; t: scalar",
        ["the sum of the exponentials", "p₁ = exp(qᵀ k/t)/u", "p₂ = exp(z)/u (m×1)", "Result: ∂f/∂q = (p₁ − 1) k/t + Nᵀ p₂/t\n"], ["everywhere"],
    ),
    (
        "v'*(sigmoid(U*h + b).*tanh(W*h + c))", "h", "v: vector m; U: matrix m n; h: vector n; b: vector m; W: matrix m n; c: vector m",
        ["the pre-activation", "a₁ = tanh(z₁)", "a₂ = σ(z₂)", "= Uᵀ(v ⊙ a₂ ⊙ (𝟏 − a₂) ⊙ a₁) + Wᵀ(v ⊙ a₂ ⊙ (𝟏 − a₁⊙²))"], ["predictor", "everywhere", "a₁ ⊙ v)"],
    ),
    (
        "norm2(A*x - b)^2 + c*norm2(x)^2", ["x", "x"], "A: matrix m n; x: vector n; b: vector m; c: scalar",
        ["∂r/∂x = ∂(A x)/∂x − ∂b/∂x", "∂g/∂x = 2((∂r/∂x) A) + ∂(2 c x)/∂x    [by (3)]", "with g", "∂²f/∂x∂x = 2 Aᵀ A + 2 c I"], ["everywhere", "second derivative"],
    ),
    (
        "-sum(y.*log(sigmoid(X*w)) + (1 - y).*log(1 - sigmoid(X*w)))", "w", "X: matrix m n; y: vector m; w: vector n",
        ["Result: ∂f/∂w = Xᵀ(s − y)\n", "This holds everywhere."], ["−(−", "− −"],
    ),
    ("det(X)", "X", "X: matrix n n", ["This holds where X is invertible, for this form (the derivative of det(X) exists elsewhere, too)."], ["everywhere"]),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt", "where", "there", "absent"), TOLD, ids=lambda v: str(v)[:30])
def test_the_final_form_is_the_one_of_books(
    formula: str, wrt: Any, where: str, there: list[str], absent: list[str]
) -> None:
    check_page(formula, wrt, where, there, absent)


@pytest.mark.parametrize(
    ("quotient", "gradient"),
    [
        ("(x'*A*x)/(x'*x)", "2*A*x/(x'*x) - 2*(x'*A*x)*x/(x'*x)^2"),
        ("(x'*y)/(norm2(x)*norm2(y))", "y/(norm2(x)*norm2(y)) - (x'*y)*x/(norm2(x)^3*norm2(y))"),
        ("2*(x'*y)/(3*(x'*A*x))", "c*y - 5*(x'*y)*x/(x'*A*x)^2"),
        ("(x'*y)/sqrt(c)", "y/sqrt(c) - (x'*y)*x/(2*c^(3/2))"),
    ],
)
def test_the_name_of_a_quotient_in_its_gradient_keeps_the_value(quotient: str, gradient: str) -> None:
    where = "x: vector n; y: vector n; A: matrix n n; c: scalar"
    whole, e = gp.parse(quotient, where), gp.parse(gradient, where)
    f = symbol("f", whole.type)
    found = with_value(e, f, whole)
    assert found is not None
    assert f in found.variables
    values: dict[str, Any] = {
        "x": np.array([1.0, -2.0, 0.5]),
        "y": np.array([0.3, 0.7, -1.1]),
        "A": np.diag([1.0, 2.0, 3.0]) + 0.1,
        "c": 1.7,
    }
    values["f"] = evaluate(whole, values)
    np.testing.assert_allclose(evaluate(found, values), evaluate(e, values), rtol=1e-12)


def test_a_determinant_before_a_gradient_is_of_the_variable_too() -> None:
    t = gp.derive("det(P + s*Q)", "s", "P: matrix n n; Q: matrix n n; s: scalar").derivation()
    assert t.summary.agreed == t.summary.steps


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("y'*inv(C)*M*inv(C)*y", ["inv(C)*y"]),
        ("-y'*inv(C)*M - y'*inv(C)", ["inv(C)*y"]),
        ("(-(u*p').*A.*R)'*ones(m)", ["(u*p').*A"]),
        ("R.*A.*(u*p')", ["(u*p').*A"]),
        ("A.*A.*(u*p')", ["(u*p').*A"]),
        ("inv(C)*y*(2*y'*inv(C)*y)", ["inv(C)*y"]),
    ],
)
def test_products_that_are_put_together_keep_their_value(text: str, products: list[str]) -> None:
    where = (
        "C: matrix m m symmetric; M: matrix m m; y: vector m; u: vector m; p: vector m; A: matrix m m; R: matrix m m"
    )
    e = gp.parse(text, where)
    whole = [gp.parse(p, where) for p in products]
    found = gathered(e, whole)
    assert any(p in _nodes(found) for p in whole)
    rng = np.random.default_rng(5)
    values: dict[str, Any] = {s.name: rng.normal(size=(3,) * len(s.type.dims)) for s in e.variables}
    if "C" in values:
        values["C"] = values["C"] + values["C"].T + 9 * np.eye(3)
    np.testing.assert_allclose(evaluate(found, values), evaluate(e, values), rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "eye(n)/s - c*c'/(s^3*n)", "(eye(n)/s - c*c'/(n*(e + v)^(3/2)))*a", "c/s^2 + a/s", "(c'*a)*c/(s^3*k)", "-c/(s*k)", "a/s - (c'*a)*c/(s^3*k)", "c*(1/s)", "c*c'/s", "2*c/s - 3*a/(4*s)",
    ],
)  # fmt: skip
def test_quotients_with_a_name_keep_their_value(text: str) -> None:
    where = "c: vector n; a: vector n; z: vector n; s: scalar; e: scalar; v: scalar; k: scalar; n: scalar"
    e = gp.parse(text, where.replace("; n: scalar", ""))
    z, c, s = (
        next(x for x in gp.parse("z*s + c", where.replace("; n: scalar", "")).variables if x.name == name)
        for name in "zcs"
    )
    found = divided(e, [Quotient(z, c, s, gp.parse("v + e", "v: scalar; e: scalar"))])
    values: dict[str, Any] = {
        "c": np.array([1.0, -2.0, 0.5]),
        "a": np.array([0.3, 0.7, -1.1]),
        "e": 0.5,
        "v": 1.75,
        "s": 1.5,
        "k": 4.0,
    }
    values["z"] = values["c"] / 1.5
    np.testing.assert_allclose(evaluate(found, values), evaluate(e, values), rtol=1e-12)


def _nodes(e: Expr) -> list[Expr]:
    return [e, *(n for a in e.args for n in _nodes(a))]
