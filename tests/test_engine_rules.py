"""Rules of the engine that give wrong derivatives when one comparison in them is changed; right values by NumPy and by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

import gradproof as gp
from differences import derivative
from gradproof.explain import Problem
from gradproof.explain.rules import RULES, TextbookRule
from gradproof.explain.steps import Step
from gradproof.explain.textbook import derive_by_rules
from gradproof.notation.expr import number

rng = np.random.default_rng(3)
A, B = np.eye(3) * 2 + rng.uniform(0.1, 0.6, (2, 3, 3))
X = np.array([0.4, 0.9, 1.1])


def test_a_difference_of_nonnegative_terms_has_no_known_sign():
    # sqrt((u - v)^2 * w) is |u - v|*sqrt(w), and not (u - v)*sqrt(w)
    where = "u: scalar nonneg; v: scalar nonneg; w: scalar nonneg"
    d = gp.derive("sqrt((u - v)^2*w)", wrt="u", where=where)
    assert d.evaluate(u=1.0, v=3.0, w=4.0) == -2.0
    assert gp.parse("sqrt((u - v)^2)", where=where).evaluate(u=1.0, v=3.0) == 2.0
    e = gp.derive("sqrt((exp(x) - exp(y))*c)", wrt="c", where="x: scalar; y: scalar; c: scalar")
    np.testing.assert_allclose(e.evaluate(x=0.0, y=1.0, c=-2.0), np.sqrt((1 - np.e) * -2.0) / (2 * -2.0))


def test_a_function_of_the_same_argument_twice_has_the_sum_of_both_partial_derivatives():
    d = gp.derive("U(x, x)", wrt="x", where="U: function x y -> scalar; x: vector n; y: vector n")
    C = rng.normal(size=(3, 3))
    values = {"x": X, "U": lambda x, y: x @ C @ y, "DU_x": lambda x, y: C @ y, "DU_y": lambda x, y: C.T @ x}
    np.testing.assert_allclose(d.evaluate(values), (C + C.T) @ X)


def test_an_inverse_meets_its_matrix_only_where_nothing_stands_between():
    d = gp.derive("tr(inv(A)*diag(v)*A*B)", wrt="v", where="A: matrix n n; v: vector n")
    np.testing.assert_allclose(d.evaluate(A=A, B=B, v=X), np.diag(A @ B @ np.linalg.inv(A)))
    d = gp.derive("tr(inv(A)*diag(v)*A*B)", wrt="B", where="A: matrix n n; v: vector n")
    np.testing.assert_allclose(d.evaluate(A=A, B=B, v=X), (np.linalg.inv(A) @ np.diag(X) @ A).T)
    q, _ = np.linalg.qr(A)
    d = gp.derive("tr(Q'*diag(v)*Q*B)", wrt="v", where="Q: matrix n n orthogonal; v: vector n")
    np.testing.assert_allclose(d.evaluate(Q=q, B=B, v=X), np.diag(q @ B @ q.T))


def test_roots_are_joined_only_where_both_are_real():
    # at x = 4 sine and cosine are negative: the quotient of their roots is not the root of the tangent everywhere
    e = gp.derive("c*sqrt(sin(x))/sqrt(cos(x))", wrt="c", where="x: scalar; c: scalar")
    assert "tan" not in e.result.ascii
    np.testing.assert_allclose(e.evaluate(x=1.0, c=1.0), np.sqrt(np.tan(1.0)))
    with np.errstate(invalid="ignore"):
        assert np.isnan(e.evaluate(x=4.0, c=1.0))


def test_an_inverse_of_a_symmetric_matrix_meets_it_from_either_side():
    where = "S: matrix n n symmetric; x: vector n; y: vector n"
    for text in ("x'*S*inv(S)*y", "x'*inv(S)*S*y", "y'*S*inv(S)*x"):
        assert gp.derive(text, wrt="y", where=where).result.ascii == "x"


def test_a_symmetric_matrix_between_two_sums_is_one_node_however_it_was_built():
    where = "S: matrix n n symmetric; T: matrix n n symmetric"
    d = gp.derive("x'*S*A*T*y - y'*T*A'*S*x", wrt="x", where=where)
    assert d.result.ascii == "zeros(n)"
    assert derivative(lambda x: x @ A @ X, ["x"], {"x": X}).shape == (3,)


# -- derivations


BOTH = [
    ("x.^x", "x", "x: vector n"),
    ("x^x", "x", "x: scalar"),
    ("sum(A.^A)", "A", "A: matrix m n"),
    ("norm2(A*x - B)^2", "x", "x: scalar; A: matrix m n; B: matrix m n"),
    ("norm2(x*A)^2", "x", "x: scalar; A: matrix m n"),
    ("norm1(x*A)", "x", "x: scalar; A: matrix m n"),
    ("sum(A.^(x*B))", "x", "x: scalar; A: matrix m n positive; B: matrix m n"),
]


@pytest.mark.parametrize(("text", "wrt", "where"), BOTH)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_derivations_are_written_in_full_or_refused_by_name(text: str, wrt: str, where: str, lang: str):
    t = gp.derive(text, wrt, where=where).derivation(lang)
    assert t.summary.ok
    assert t.text()
    assert t.json()["root"]["check"]["ok"] is not False
    for method in ("rules", "differential", "entries"):
        try:
            gp.derive(text, wrt, where=where).derivation(lang, method).text()
        except gp.UnsupportedError:
            continue


def test_a_derivation_with_a_step_that_fails_does_not_leave(monkeypatch: pytest.MonkeyPatch):
    wrong = dict(RULES)
    wrong["squared-norm"] = replace(RULES["squared-norm"], formula=lambda du, u: number(3) * du * u)
    monkeypatch.setattr("gradproof.explain.prove", lambda problem, method: _with(problem, method, wrong))
    with pytest.raises(gp.VerificationError, match="fails its check"):
        gp.derive("norm2(A*x - b)^2", "x").derivation()


def _with(problem: Problem, method: str | None, rules: Mapping[str, TextbookRule]) -> tuple[str, Step]:
    """A derivation by wrong rules, whose end nobody compares."""
    return "rules", derive_by_rules(problem.expr, problem.wrt[0], rules)


@pytest.mark.parametrize(
    ("text", "wrt", "result"),
    [
        ("norm2(X*X' - K)^2", "X", "4*(X*X' - K)*X"),
        ("(K + 3*K + A + A')*x", "x", "4*K + A + A'"),
        ("x'*(K + K')*x", "x", "4*K*x"),
        ("tr((inv(K + B) + inv(K + B)')*C)", "C", "2*inv(K + B)"),
        ("x'*inv(K + B)*x", "x", "2*inv(K + B)*x"),
        ("logdet(K + B)", "K", "inv(K + B)"),
    ],
)
def test_like_terms_under_declared_facts_are_one(text: str, wrt: str, result: str):
    where = "K: matrix n n symmetric; B: matrix n n symmetric; X: matrix n n; C: matrix n n"
    d = gp.derive(text, wrt, where=where if "C" in text or "B" in text or "X" in text else "K: matrix n n symmetric")
    assert d.result.ascii == result
    assert d.verify().ok


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("diag(Q)'*Q*Q*x", lambda v: np.diag(v["Q"]) @ v["Q"] @ v["Q"] @ v["x"]),
        ("diag(Q)'*Q'*x", lambda v: np.diag(v["Q"]) @ v["Q"].T @ v["x"]),
        ("x'*Q'*diag(Q)", lambda v: v["x"] @ v["Q"].T @ np.diag(v["Q"])),
        ("diag(inv(A))'*A*x", lambda v: np.diag(np.linalg.inv(v["A"])) @ v["A"] @ v["x"]),
        ("diag(A)'*inv(A)*x", lambda v: np.diag(v["A"]) @ np.linalg.inv(v["A"]) @ v["x"]),
    ],
)
def test_a_diagonal_does_not_cancel_with_the_matrix(formula, value):
    """Only a matrix of a product does: the index of diag(Q) stands twice at it, and the sum over it is not the identity."""
    rng = np.random.default_rng(2)
    v = {"Q": np.linalg.qr(rng.normal(size=(3, 3)))[0], "A": rng.normal(size=(3, 3)), "x": rng.normal(size=3)}
    d = gp.derive(formula, wrt="x", where="Q: matrix n n orthogonal; A: matrix n n; x: vector n")
    at = {name: v[name] for name in d.dims}
    np.testing.assert_allclose(d.evaluate(at) @ v["x"], value(v), 1e-12)


def test_mixed_second_derivatives_of_a_declared_function_are_not_symmetric():
    """f(x,y) = x'*M*y: by x and y M, by y and x M'; by x twice the Hessian is symmetric."""
    M, point = np.array([[1.0, 2.0], [3.0, 5.0]]), {"x": np.array([1.0, 2.0]), "y": np.array([0.5, 1.0])}
    where = "f: function x, y -> scalar; x: vector n; y: vector n"
    for wrt, wanted in ((["x", "y"], M), (["y", "x"], M.T)):
        d = gp.derive("f(x, y)", wrt, where=where)
        np.testing.assert_array_equal(d.evaluate(**point, DDf_xy=lambda a, b: M), wanted)
    d = gp.derive("x'*f(x, y)*y", ["x", "y"], where=where)
    functions = {"f": lambda a, b: a @ M @ b, "Df_x": lambda a, b: M @ b, "Df_y": lambda a, b: M.T @ a}
    x, y = point.values()
    f, fx, fy = x @ M @ y, M @ y, M.T @ x  # by hand, of f*(x'*y)
    wanted = f * np.eye(2) + np.outer(y, fy) + np.outer(fx, x) + (x @ y) * M
    np.testing.assert_allclose(d.evaluate(**point, **functions, DDf_xy=lambda a, b: M), wanted)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("sinh(sum(K)^3) + x'*x", lambda K, x: np.sinh(K.sum() ** 3) + x @ x),
        ("tan(sum(K)) + sum(K*x)", lambda K, x: np.tan(K.sum()) + (K @ x).sum()),
        ("exp(sum(K.^3)) + sum(K.^2)", lambda K, x: np.exp((K**3).sum()) + (K**2).sum()),
        ("tr(M*K)/(1 + x'*x)", lambda K, x, M: np.trace(M @ K) / (1 + x @ x)),
        ("tr(M*K)*tr(M*M) + tr(K*M*K)", lambda K, x, M: np.trace(M @ K) * np.trace(M @ M) + np.trace(K @ M @ K)),
        ("exp(sum(M.*K.*M))*x", lambda K, x, M: np.exp((M * K * M).sum()) * x),
        ("x'*K*M*K*M*K*x + x'*K*M*K*x", lambda K, x, M: x @ K @ M @ K @ M @ K @ x + x @ K @ M @ K @ x),
        ("(x'*(M.*K)*x + 2)*tr(K*M*K*K)", lambda K, x, M: (x @ (M * K) @ x + 2) * np.trace(K @ M @ K @ K)),
    ],
)
def test_the_entries_of_an_antisymmetric_matrix_add_up_to_zero(formula, value):
    A, x = np.random.default_rng(7).normal(size=(4, 4)), np.arange(1.0, 5.0)
    e = gp.parse(formula, where="K: matrix n n antisymmetric; x: vector n; M: matrix n n symmetric")
    values = {"K": A - A.T, "x": x, "M": A + A.T}
    np.testing.assert_allclose(
        e.evaluate({v.name: values[v.name] for v in e.variables}),
        value(*[values[n] for n in value.__code__.co_varnames]),
        1e-9,
        1e-12,
    )


@pytest.mark.parametrize(
    "formula", ["norm2(inv(ones(m)*u')*u + inv(ones(m)*u')*u + u)", "norm2(inv(u*ones(m)')*u + u)"]
)
def test_an_inverse_of_a_matrix_with_ones_at_one_side(formula):
    """Of vectors of one entry, inv(u)*u is 1: |2 + u| and |1 + u| have the second derivative 0."""
    d = gp.derive(formula, ["u", "u"], where="u: vector m", verify=False)
    np.testing.assert_allclose(d.evaluate(u=np.array([0.7])), [[0.0]], atol=1e-12)


@pytest.mark.parametrize("formula", ["logdet(p + w'*w)", "log(det(p + w'*w))", "log(p + w'*w)"])
def test_the_determinant_of_a_number_is_that_number(formula):
    """By hand: 2 w/(p + w'w)."""
    d = gp.derive(formula, "w", where="p: scalar positive; w: vector n")
    np.testing.assert_allclose(d.evaluate(p=2.0, w=np.array([1.0, 3.0])), [1 / 6, 1 / 2], 1e-12)
