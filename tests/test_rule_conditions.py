"""Formulas that let a changed condition of a rule through: what a rule looks for stands beside something else. Right values by NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg

import gradproof as gp
from gradproof.engine.applied import apply
from gradproof.engine.contract import contract
from gradproof.engine.lower import lower
from gradproof.engine.tensor import Sum, variable
from gradproof.engine.value import tensor_value
from gradproof.lift.layouts import _unstacked  # pyright: ignore[reportPrivateUsage]
from gradproof.numeric.evaluate import filled
from gradproof.ops import TABLE
from gradproof.shapes.dims import dim

RNG = np.random.default_rng(11)
X, S, W, M2 = RNG.normal(size=(4, 2)), RNG.normal(size=(3, 3)), RNG.normal(size=(2, 2)), RNG.normal(size=(2, 3))
S = S @ S.T + np.eye(3)
x3, u3, u6, w6 = RNG.normal(size=3), RNG.normal(size=3), RNG.normal(size=6), RNG.normal(size=6)
P1 = np.outer(*[np.linalg.eigh(S)[1][:, 0]] * 2)
L = np.linalg.cholesky(S)
SOFT = np.exp(x3) / np.exp(x3).sum()
BESIDE = [  # what stands beside what a rule looks for: linear in u, so that the derivative by u is the rest, in NumPy
    ("u'*softmax(x + c*ones(n))", {"x": x3, "c": 0.7, "u": u3}, SOFT),
    ("u'*softmax(x - 2*ones(n) + x)", {"x": x3, "u": u3}, np.exp(2 * x3) / np.exp(2 * x3).sum()),
    ("u*logsumexp(x + c*ones(n))", {"x": x3, "c": 0.7, "u": 1.0}, np.log(np.exp(x3).sum()) + 0.7),
    ("u'*eigproj(S,1)*eigproj(S,1)*x", {"S": S, "x": x3, "u": u3}, P1 @ x3),
    ("x'*eigproj(S,1)*eigproj(S,1)*diag(x)*u", {"S": S, "x": x3, "u": u3}, x3 * (P1 @ x3)),
    ("u'*eigproj(S,1)'*(eigproj(S,1).*(x*x'))*x", {"S": S, "x": x3, "u": u3}, P1 @ (P1 * np.outer(x3, x3)) @ x3),
    ("ones(n)'*chol(S)*diag(x)*u", {"S": S, "x": x3, "u": u3}, x3 * L.sum(0)),
    ("u'*chol(S)*ones(n)", {"S": S, "u": u3}, L.sum(1)),
    ("u'*chol(S)*chol(S)*x", {"S": S, "u": u3, "x": x3}, L @ L @ x3),
    ("u'*inv(chol(S))*chol(S)'*x", {"S": S, "u": u3, "x": x3}, np.linalg.inv(L) @ L.T @ x3),
    ("u'*(pinv(X).^2)*X*w", {"X": X, "u": x3[:2], "w": u3[:2]}, (np.linalg.pinv(X) ** 2) @ X @ u3[:2]),
    (
        "u'*inv(diag(vec(M))*kron(S,W))*w",
        {"M": M2, "S": S, "W": W, "u": u6, "w": w6},
        np.linalg.solve(np.diag(M2.reshape(-1, order="F")) @ np.kron(S, W), w6),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "expected"), BESIDE, ids=[t for t, _, _ in BESIDE])
def test_a_rule_sees_what_stands_beside(text: str, values: dict[str, Any], expected: Any) -> None:

    where = {n: "scalar" if np.ndim(v) == 0 else f"vector {len(v)}" for n, v in values.items() if np.ndim(v) < 2}
    where |= {n: f"matrix {len(v)} {len(v[0])}" for n, v in values.items() if np.ndim(v) == 2}
    if "S" in values:
        where["S"] += " posdef"
    d = gp.derive(text.replace("ones(n)", "ones(3)"), "u", where=where)
    np.testing.assert_allclose(d.evaluate(values), expected, rtol=1e-9, atol=1e-11)


def test_two_directions_that_commute_with_the_matrix() -> None:
    """The second derivative of exp along A and A, at A: exp(t) has exp(t)*t*t there, eigenvalue by eigenvalue."""
    t = variable("A", (dim("n"), dim("n")))
    second = apply(TABLE["dexpm"], (t, t, t))
    np.testing.assert_allclose(tensor_value(second, {"A": W}, {"n": 2}), W @ W @ scipy.linalg.expm(W), rtol=1e-9)


def test_a_direction_with_another_axis_in_a_product_of_three() -> None:
    """tr(L(X; E(y))*C*D*P): what is moved over is all of C*D*P, by SciPy's derivative along a direction."""
    n = dim("n")
    v = {c: variable(c, (n, n)) for c in "XABCDP"}
    values = {c: RNG.normal(size=(2, 2)) for c in v} | {"y": RNG.normal(size=2)}
    along = apply(TABLE["dexpm"], (v["X"], contract(1, [(v["A"], (0, 2), 1), (v["B"], (2, 1), 1)], (0, 1, 2))))
    around = [(v["C"], (1, 3), 1), (v["D"], (3, 4), 1), (v["P"], (4, 0), 1), (variable("y", (n,)), (2,), 1)]
    whole = contract(1, [(along, (0, 1, 2), 1), *around], ())
    e = np.einsum("ik,kj,k->ij", values["A"], values["B"], values["y"])
    expected = np.trace(scipy.linalg.expm_frechet(values["X"], e)[1] @ values["C"] @ values["D"] @ values["P"])
    np.testing.assert_allclose(tensor_value(whole, values, {"n": 2}), expected, rtol=1e-9)


def test_what_a_projection_leaves_is_zero_beside_the_matrix_inside_a_product() -> None:
    """v'*X'*(y - X*pinv(X)*y) as one product: X' times what is left of y is zero."""
    where = "X: matrix m n; y: vector m; v: vector n"
    x, rest, v = (lower(gp.parse(t, where)).tensor for t in ("X", "y - X*pinv(X)*y", "v"))
    whole = contract(1, [(v, (0,), 1), (x, (1, 0), 1), (rest, (1,), 1)], ())
    assert isinstance(whole, Sum)
    assert not whole.terms


def test_a_product_of_numbers_beyond_the_range_has_its_value() -> None:
    """x'*A*v with parts beyond 1e308 inside: each factor without its power of ten, by NumPy."""
    a, x, v = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([1.0, 2.0]), np.array([1.0, -2.0])
    d = gp.derive("c*x'*A*v", "c", {"c": "scalar"})
    found = d.evaluate(c=1.0, x=x * 1e180, A=a * 1e200, v=v * 1e-220)
    np.testing.assert_allclose(found, (x @ a @ v) * 1e160, rtol=1e-9)


@pytest.mark.parametrize("formula", ["c/(x'*y - y'*x)", "c/(tr(A) - tr(A'))", "c*(x'*y - y'*x)^-2"])
def test_a_division_by_what_is_found_to_be_zero_is_refused(formula: str) -> None:
    with pytest.raises(gp.DomainError, match="zero"):
        gp.derive(formula, "c", {"c": "scalar"}).evaluate(c=1.0, x=x3, y=u3, A=S)


EXP_W, EXP_Z = np.exp(RNG.normal(size=(3, 2))), np.exp(RNG.normal(size=(3, 2)))
G = RNG.normal(size=(3, 2))
SUMS = EXP_Z.sum(1)
ROWS = [  # linear in u: what stands over the sums of the rows of exp(Z), as it is printed
    ("u'*((exp(W)*v)./(exp(Z)*ones(k)))", EXP_W @ u3[:2] / SUMS),
    ("u'*((exp(Z)*v)./(exp(Z)*ones(k)))", EXP_Z @ u3[:2] / SUMS),
    ("u'*(diag(exp(W)*G')./(exp(Z)*ones(k)))", (EXP_W * G).sum(1) / SUMS),
    ("u'*(diag(exp(Z)*G')./(exp(Z)*ones(k)))", (EXP_Z * G).sum(1) / SUMS),
]


@pytest.mark.parametrize(("text", "expected"), ROWS, ids=[t for t, _ in ROWS])
def test_functions_of_rows_are_of_one_matrix(text: str, expected: Any) -> None:
    where = "W: matrix n k; Z: matrix n k; G: matrix n k; v: vector k; u: vector n"
    values = {"W": np.log(EXP_W), "Z": np.log(EXP_Z), "G": G, "v": u3[:2], "u": x3}
    d = gp.derive(text, "u", where)
    for found in (d.evaluate(values), gp.parse(str(d.result), where).evaluate(values)):
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_the_axes_behind_one_that_is_taken_apart_move_up() -> None:
    """kron(A,X)*M: its rows are pairs, and its columns the axis after both."""
    where = "A: matrix 2 3; X: matrix 2 2; M: matrix 6 5"
    t = lower(gp.parse("kron(A,X)*M", where)).tensor
    apart, rows, cols = _unstacked(t, (0,), (1,))
    assert (rows, cols) == ((0, 1), (2,))
    assert [axis.evaluate({}) for axis in apart.axes] == [2, 2, 5]


@pytest.mark.parametrize("formula", ["log(1 + exp(x'*S*x))", "sigmoid(x'*S*x)", "sum(softmax(S*x).^2)", "norm2(S*x)^3"])
def test_what_is_declared_of_an_array_is_asked_in_formulas_with_a_stable_spelling(formula: str) -> None:
    with pytest.raises(gp.DomainError, match="symmetric"):
        gp.parse(formula, "S: matrix n n symmetric; x: vector n").evaluate(S=np.array([[1.0, 2], [0, 1]]), x=x3[:2])


def test_the_trace_of_a_symmetric_matrix_of_its_lower_half() -> None:
    """By its entries: 1 at those of the diagonal, which stand at 0, 3 and 5 of vech."""
    d = gp.derive("tr(unvech(v))", "v", "v: vector 6")
    np.testing.assert_array_equal(d.evaluate(v=np.arange(6.0)), [1, 0, 0, 1, 0, 1])


@pytest.mark.parametrize(
    ("text", "printed"),
    [("u'*chol(S)*chol(S)'*x", "S*x"), ("u'*inv(chol(S))'*inv(chol(S))*x", "inv(S)*x")],
)
def test_a_factor_and_its_transpose_are_the_matrix(text: str, printed: str) -> None:
    """Of two that nothing else is summed over with."""
    d = gp.derive(text, "u", "S: matrix n n posdef; u: vector n; x: vector n")
    assert str(d.result) == printed


def test_a_call_has_no_brackets_in_index_notation() -> None:
    d = gp.derive("tr(X*A)*X", "X", "A: matrix n n; X: matrix n n")
    assert d.index == "D[i,j,k,l] = tr(X*A)*delta[i,k]*delta[j,l] + X[k,l]*A[j,i]"


@pytest.mark.parametrize("formula", ["x'*A*v", "v'*A'*x", "tr(v*x'*A)", "x'*A*v + 1", "sum((x'*A)'.*v)"])
def test_a_formula_with_parts_beyond_the_range_has_its_value(formula: str) -> None:
    """Each factor without its power of ten, by NumPy."""
    a, x, v = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([1.0, 2.0]), np.array([1.0, -2.0])
    found = gp.parse(formula).evaluate(x=x * 1e180, A=a * 1e200, v=v * 1e-220)
    np.testing.assert_allclose(found, (x @ a @ v) * 1e160, rtol=1e-9)


def test_a_power_of_a_matrix_along_its_exponent() -> None:
    """d/dc P^c = P^c log(P), by eigenvalues."""
    found = gp.derive("powm(S,c)", "c", "S: matrix n n posdef; c: scalar").jvp()(S=S, c=0.7, v=0.5)
    values, vectors = np.linalg.eigh(S)
    np.testing.assert_allclose(found, 0.5 * (vectors * (values**0.7 * np.log(values))) @ vectors.T, rtol=1e-9)


def test_the_basis_of_cross_products() -> None:
    """The matrix of w ×, column by column, is linear in w."""
    basis = filled(TABLE["crossbasis"], (9, 3), np)
    w, x = RNG.normal(size=3), RNG.normal(size=3)
    np.testing.assert_allclose((basis @ w).reshape(3, 3, order="F") @ x, np.cross(w, x))
