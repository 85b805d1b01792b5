"""Like terms that are seen only when sums are multiplied out, and sums that are known to be one: forms people know, values from NumPy."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.engine.contract import add, contract
from gradproof.engine.lower import lower
from gradproof.engine.merge import _apart, _opened, merged
from gradproof.engine.tensor import Contraction, Sum, walk_tensor
from gradproof.engine.value import tensor_value

RNG = np.random.default_rng(3)
m, n = 4, 3
X, W = RNG.normal(size=(m, n)), RNG.normal(size=(m, n))
w, x = RNG.normal(size=n), RNG.normal(size=n)
z, y = X @ w, RNG.normal(size=m)
p = np.exp(W @ x) / np.exp(W @ x).sum()
ONE = np.eye(m)[2]
S = np.abs(y) / np.abs(y).sum()
LOGISTIC = "-y'*log(sigmoid(X*w)) - (1-y)'*log(1-sigmoid(X*w))"


def sigma(t: Any) -> Any:
    return 1 / (1 + np.exp(-t))


def soft(t: Any) -> Any:
    return np.exp(t) / np.exp(t).sum()


CASES: list[tuple[str, str | list[str], str | None, str, Callable[[], Any], dict[str, Any]]] = [
    (LOGISTIC, "w", None, "X'*(sigmoid(X*w) - y)", lambda: X.T @ (sigma(z) - y), {"X": X, "w": w, "y": y}),
    (
        LOGISTIC,
        ["w", "w"],
        None,
        "X'*diag(sigmoid(X*w).*(ones(m) - sigmoid(X*w)))*X",
        lambda: X.T @ np.diag(sigma(z) * (1 - sigma(z))) @ X,
        {"X": X, "w": w, "y": y},
    ),
    (
        "sum(log(1 + exp(X*w)) - y.*(X*w))",
        "w",
        None,
        "X'*(sigmoid(X*w) - y)",
        lambda: X.T @ (sigma(z) - y),
        {"X": X, "w": w, "y": y},
    ),
    (
        "-y'*log(softmax(W*x))",
        "W",
        "y: vector m onehot",
        "(softmax(W*x) - y)*x'",
        lambda: np.outer(p - ONE, x),
        {"W": W, "x": x, "y": ONE},
    ),
    (
        "-y'*log(softmax(W*x))",
        "W",
        "y: vector m simplex",
        "(softmax(W*x) - y)*x'",
        lambda: np.outer(p - S, x),
        {"W": W, "x": x, "y": S},
    ),
    (
        "-y'*log(softmax(W*x))",
        "W",
        None,
        "(sum(y)*softmax(W*x) - y)*x'",
        lambda: np.outer(y.sum() * p - y, x),
        {"W": W, "x": x, "y": y},
    ),
    ("-y'*log(softmax(z))", "z", "y: vector m onehot", "softmax(z) - y", lambda: soft(z) - ONE, {"z": z, "y": ONE}),
    ("(u'*u)*x'*x", "x", "u: vector m unit", "2*x", lambda: 2 * x, {"u": y / np.linalg.norm(y), "x": x}),
    ("sum(softmax(z))*x'*x", "x", None, "2*x", lambda: 2 * x, {"z": z, "x": x}),
    (
        "y'*X*w - (X*w)'*(X*w)/2",
        "w",
        None,
        "X'*(y - X*w)",
        lambda: X.T @ (y - X @ w),
        {"X": X, "w": w, "y": y},
    ),
]


@pytest.mark.parametrize(
    ("formula", "wrt", "where", "form", "value", "point"),
    CASES,
    ids=lambda v: str(v)[:40] if isinstance(v, str | list) else "",
)
def test_the_form_people_know(
    formula: str, wrt: Any, where: str | None, form: str, value: Callable[[], Any], point: dict[str, Any]
) -> None:
    d = gp.derive(formula, wrt=wrt, where=where)
    assert d.verified
    assert d.result.ascii == form
    assert np.allclose(d.evaluate(point), value(), rtol=1e-10)


PARTS = ["a.*s", "b.*s", "(1 - a).*s", "b.*(1 - s)", "a.*t", "(a - b).*t", "(1 - s).*s.*a", "(a + b).*(1 - t)", "s.*t"]


@pytest.mark.parametrize("seed", range(40))
def test_merging_changes_no_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    text = " + ".join(f"{rng.integers(-2, 3) or 1}*({PARTS[k]})" for k in rng.integers(0, len(PARTS), 4))
    text = text.replace("s", "sigmoid(q)").replace("t", "sigmoid(-q)")
    e = gp.parse(text, where="a: vector n; b: vector n; q: vector n")
    values = {name: rng.normal(size=5) for name in "abq"}
    before = lower(e).tensor
    spread = add(
        [(2, contract(1, [(before, (0,), 1)], (0,))), (1, lower(gp.parse("0*a", where="a: vector n")).tensor)],
        before.axes,
    )
    sizes = {"n": 5}
    for t in (before, spread):
        assert np.allclose(tensor_value(merged(t), values, sizes, np), tensor_value(t, values, sizes, np), rtol=1e-10)


def test_softmax_does_not_see_what_is_added_to_all_entries() -> None:
    """By finite differences it does not move at all: the derivative is exactly zero, not what rounding leaves of one."""
    where = "B: matrix n m; w: vector m; y: vector n; c: scalar"
    d = gp.derive("softmax((w.*w)' - y'*B*w)", wrt=["y", "y"], where=where)
    rng = np.random.default_rng(4)
    assert not d.evaluate(B=rng.normal(size=(3, 2)), w=rng.normal(size=2), y=rng.normal(size=3)).any()
    assert gp.derive("logsumexp(w + c + 2)", wrt="w", where=where).result.ascii == "softmax(w)"
    assert gp.derive("logsumexp(w - 3*c)", wrt="c", where=where).result.ascii == "-3"
    w = rng.normal(size=4)
    shifted = gp.parse("logsumexp(w + c)", where=where).evaluate(w=w, c=1000.0)
    np.testing.assert_allclose(shifted, 1000 + np.log(np.exp(w).sum()), 1e-14)


def test_what_stands_twice_in_an_entrywise_product_is_squared() -> None:
    d = gp.derive("sum(log(1 + (A*x).^2))", ["x", "x"])
    assert "(A*x).^2./" in d.result.ascii
    assert "(A*x).*(A*x)" not in d.result.ascii


def test_a_scalar_leaves_a_product_that_is_squared() -> None:
    s = gp.parse("sum((A*x/s).^2) - sum((A*x).^2)/s^2", where="s: scalar")
    assert gp.derive(s, "x").result.ascii == "zeros(n)"


FACTORS = ["A", "A'", "S", "K", "inv(S)", "(A + B)", "(S - A*B)", "(K + A)", "(B - B')", "(x*x' + A)"]
ENDS = [("x'*", "*x"), ("x'*", "*y"), ("tr(", ")"), ("", ""), ("sum(x - sum(x)/n*ones(n))*", "")]


@pytest.mark.parametrize("seed", range(60))
def test_products_that_are_not_multiplied_out_would_have_no_term_less(seed: int) -> None:
    """What says without multiplying out that nothing meets is held against multiplying out."""
    rng = np.random.default_rng(seed)
    before, after = ENDS[rng.integers(len(ENDS))]
    inner = "*".join(FACTORS[k] for k in rng.integers(0, len(FACTORS), rng.integers(1, 4)))
    where = "A: matrix n n; B: matrix n n; S: matrix n n symmetric invertible; K: matrix n n antisymmetric; x: vector n; y: vector n"
    t = lower(gp.parse(f"{before}{inner}{after}", where=where)).tensor
    for node in walk_tensor(t):
        sums = [f for f, _, e in node.factors if isinstance(f, Sum) and e == 1] if isinstance(node, Contraction) else []
        if isinstance(node, Contraction) and sums and _apart([node]):
            opened = add(list(_opened([(Fraction(1), node)], {}, {})), node.axes)
            assert isinstance(opened, Sum)
            assert len(opened.terms) >= min(len(f.terms) for f in sums)


APART = [
    ("(x + y)'*(A*x - c)", 4, True),
    ("(x + y)'*(x - y)", 2, False),  # x'*y is y'*x
    ("(x + y)'*A*(x + y)", 4, False),  # x'*A*y may be y'*A*x
    ("tanh(x)'*(tanh(y) + c)", 2, True),
    ("sin(x)'*(sin(x) + cos(x))", 2, False),  # there is a law about the squares of both
    ("x'*inv(A)*(A*x - c)", 2, False),  # and one about inverses
    ("sum((ones(n) + x).*(y - c))", 4, True),
]


@pytest.mark.parametrize(("formula", "terms", "apart"), APART)
def test_what_products_of_sums_become_is_known_where_their_terms_have_different_factors(
    formula: str, terms: int, apart: bool
) -> None:
    where = "A: matrix n n invertible; x: vector n; y: vector n; c: vector n"
    t = lower(gp.parse(formula, where=where)).tensor
    opened = add(list(_opened([(Fraction(1), t)], {}, {})), t.axes)
    assert isinstance(opened, Sum)
    assert _apart([t]) == apart
    assert len(opened.terms) == terms


def test_a_diagonal_of_a_sum_is_one_term() -> None:
    d = gp.derive("sum(tan(x))", ["x", "x"], where="x: vector n")
    assert d.result.ascii == "diag(2*tan(x).^3 + 2*tan(x))"


def test_a_product_of_which_a_term_is_zero_is_multiplied_out() -> None:
    t = lower(gp.parse("x'*(K*x + b)", where="K: matrix n n antisymmetric; x: vector n; b: vector n")).tensor
    assert isinstance(t, Contraction)
    assert not _apart([t])
    assert gp.derive("x'*(K*x + b)", "x", where="K: matrix n n antisymmetric").result.ascii == "b"
