"""Derivatives at points where their closed form is 0/0: the limit where there is one, written by hand, and nothing where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.codegen.targets.numpy_helpers import COMMON, PLAIN

ZERO = np.zeros(3)
A = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 5.0]])
NEARLY = np.array([[0.1, 0.2], [0.3, 0.6]])  # singular up to rounding


def adjugate(M: Any) -> Any:
    """By minors, as it is defined."""
    n = len(M)
    minor = [[np.linalg.det(np.delete(np.delete(M, j, 0), i, 1)) for j in range(n)] for i in range(n)]
    return np.array([[(-1) ** (i + j) * minor[i][j] for j in range(n)] for i in range(n)])


POINTS: list[tuple[str, list[str], str | None, dict[str, Any], Any]] = [
    ("(1+norm2(x))*exp(-norm2(x))", ["x"], None, {"x": ZERO}, ZERO),
    ("(1+norm2(x))*exp(-norm2(x))", ["x", "x"], None, {"x": ZERO}, -np.eye(3)),
    ("norm2(x)*x", ["x"], None, {"x": ZERO}, np.zeros((3, 3))),
    ("norm2(x)^3", ["x"], None, {"x": ZERO}, ZERO),
    ("norm2(x)^3", ["x", "x"], None, {"x": ZERO}, np.zeros((3, 3))),
    ("norm2(A*x - b)^3", ["x"], None, {"A": A, "x": np.ones(3), "b": A @ np.ones(3)}, ZERO),
    ("norm2(X)^3", ["X", "X"], "X: matrix m n", {"X": np.zeros((2, 2))}, np.zeros((2, 2, 2, 2))),
    ("norm2(x)", ["x"], None, {"x": ZERO}, np.full(3, np.nan)),
    ("x'*x + 1e-9*norm2(x)", ["x"], None, {"x": ZERO}, np.full(3, np.nan)),
    ("norm2(x)*y", ["x"], "y: vector n", {"x": ZERO, "y": np.ones(3)}, np.full((3, 3), np.nan)),
    ("det(X)", ["X"], None, {"X": SINGULAR}, adjugate(SINGULAR).T),
    ("det(X)", ["X"], None, {"X": np.ones((3, 3))}, np.zeros((3, 3))),
    ("det(X)", ["X"], None, {"X": NEARLY}, adjugate(NEARLY).T),
    ("det(S)", ["S"], "S: matrix n n symmetric", {"S": np.diag([2.0, 0.0, 3.0])}, np.diag([0.0, 6.0, 0.0])),
    (
        "det(X)",
        ["X", "X"],
        None,
        {"X": np.zeros((2, 2))},
        np.array([[[[0, 0], [0, 1]], [[0, 0], [-1, 0]]], [[[0, -1], [0, 0]], [[1, 0], [0, 0]]]]),
    ),
]


@pytest.mark.parametrize(("text", "wrt", "where", "values", "expected"), POINTS)
def test_the_value_is_the_limit(text: str, wrt: list[str], where: str | None, values: dict[str, Any], expected: Any):
    with np.errstate(all="ignore"):
        found = gp.derive(text, wrt, where=where).evaluate(values)
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("text", ["logdet(X)", "tr(inv(X))"])
def test_where_there_is_no_limit_the_matrix_is_singular(text: str):
    with pytest.raises(gp.DomainError, match="singular"):
        gp.derive(text, "X").evaluate(X=SINGULAR)


@pytest.mark.parametrize(
    ("text", "wrt", "asked"),
    [
        ("norm2(x)", ["x"], True),
        ("norm2(A*x - b)", ["x"], True),
        ("norm2(A*x)*norm2(b)", ["x"], True),
        ("norm2(x)^3", ["x", "x"], False),
        ("norm2(x)*x", ["x"], False),
        ("(1+norm2(x))*exp(-norm2(x))", ["x"], False),
        ("norm2(A*x - b)^3", ["x"], False),
    ],
)
def test_a_derivation_asks_for_a_norm_that_is_not_zero_only_where_it_must(text: str, wrt: list[str], asked: bool):
    conditions = gp.derive(text, wrt).derivation().conditions
    assert any(c.key == "norm-nonzero" for c in conditions) == asked


SINGULAR_PAIR = np.diag([1.0, 2.0, 0.0, 0.0])  # of rank n - 2, where the adjugate is zero
JORDAN = np.diag(np.ones(3), 1)  # every pivot is zero, and the adjugate is not
IN_CODE: list[tuple[str, list[str], str | None, dict[str, Any], Any]] = [
    *(p for p in POINTS if p[:2] != ("det(X)", ["X", "X"])),
    ("c*norm2(x)*x", ["x"], "c: scalar", {"x": ZERO, "c": 2.5}, np.zeros((3, 3))),
    ("cos(norm2(x))", ["x"], None, {"x": ZERO}, ZERO),
    ("y'*x*sign(norm2(x))/norm2(x)", ["y"], "y: vector n", {"x": ZERO, "y": np.ones(3)}, np.full(3, np.nan)),
    ("y'*x*exp(norm2(x))/norm2(x)", ["y"], "y: vector n", {"x": ZERO, "y": np.ones(3)}, np.full(3, np.nan)),
    ("y'*x*sin(norm2(x))/norm2(x)", ["y"], "y: vector n", {"x": ZERO, "y": np.ones(3)}, ZERO),
    ("norm2(x)^(5/2)", ["x", "x"], None, {"x": ZERO}, np.zeros((3, 3))),
    ("x*x'*y/norm2(x)", ["y"], "y: vector n", {"x": ZERO, "y": np.ones(3)}, np.zeros((3, 3))),
    ("x'*y/norm2(x)", ["y"], "y: vector n", {"x": ZERO, "y": np.ones(3)}, np.full(3, np.nan)),
    ("(x'*y)^2/(x'*x)", ["y"], "y: vector n", {"x": ZERO, "y": np.ones(3)}, np.full(3, np.nan)),
    ("(x'*y)^2/norm2(x)", ["x"], "y: vector n", {"x": np.array([3.0, 0, 4]), "y": np.ones(3)}, [1.624, 2.8, 1.232]),
    ("det(X)", ["X"], None, {"X": SINGULAR_PAIR}, np.zeros((4, 4))),
    ("det(X)", ["X"], None, {"X": JORDAN}, adjugate(JORDAN).T),
    ("det(X)", ["X"], None, {"X": np.zeros((1, 1))}, np.ones((1, 1))),
    ("-3*det(X)^2", ["X"], None, {"X": SINGULAR}, np.zeros((3, 3))),
    ("c*det(X)/2", ["X"], "c: scalar", {"X": SINGULAR, "c": 3.0}, 1.5 * adjugate(SINGULAR).T),
    ("det(X)*tr(X)", ["X"], None, {"X": SINGULAR}, 10 * adjugate(SINGULAR).T),
    ("det(X - A)", ["X"], "A: matrix n n", {"X": SINGULAR + 1, "A": np.ones((3, 3))}, adjugate(SINGULAR).T),
]


@pytest.mark.parametrize(("text", "wrt", "where", "values", "expected"), IN_CODE)
def test_numpy_code_has_the_limit_too(
    text: str, wrt: list[str], where: str | None, values: dict[str, Any], expected: Any
):
    made = gp.derive(text, wrt, where=where).compile()
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(made(values), expected, atol=1e-9)


@pytest.mark.parametrize("text", ["norm2(x)^3", "norm2(A*x - b)^3", "exp(-norm2(x))*(1 + norm2(x))"])
@pytest.mark.parametrize("target", ["jax", "torch"])
def test_code_of_other_libraries_has_the_limit_of_a_norm(text: str, target: str):
    library = pytest.importorskip(target)
    made = gp.derive(text, ["x", "x"]).compile(target=target)
    whole = {"x": np.ones(3), "A": A, "b": A @ np.ones(3)} if "A" in text else {"x": ZERO}
    array = library.numpy.asarray if target == "jax" else library.tensor
    expected = -np.eye(3) if "exp" in text else np.zeros((3, 3))
    np.testing.assert_allclose(np.asarray(made({n: array(a) for n, a in whole.items()})), expected, atol=1e-5)


def test_code_of_many_problems_has_the_limit_in_each():
    points = np.array([ZERO, [3.0, 0.0, 4.0]])
    found = gp.derive("norm2(x)*x", "x").compile(batch="x")(x=points)
    r = points[1]
    np.testing.assert_allclose(found, [np.zeros((3, 3)), 5 * np.eye(3) + np.outer(r, r) / 5])


@pytest.mark.parametrize("M", [SINGULAR, SINGULAR_PAIR, JORDAN, np.eye(2), np.zeros((1, 1))])
def test_the_adjugate_without_scipy(M: Any):
    space: dict[str, Any] = {"np": np}
    for text in (*(PLAIN[k] for k in ("_lu", "_lu_det", "_lu_inverse", "_lu_adjugate")), COMMON["_adjugate"]):
        exec(text, space)  # noqa: S102
    np.testing.assert_allclose(space["_lu_adjugate"](space["_lu"](M)), adjugate(M), atol=1e-12)


def test_where_code_has_no_limit_it_says_that_the_matrix_is_singular():
    with pytest.raises(gp.DomainError, match="singular"):
        gp.derive("logdet(X)", ["X", "X"]).compile()(X=SINGULAR)


B = np.array([[0.7, -1.3, 0.3], [0.2, 1.1, -0.8]])
ROW = np.array([1.0, 2.0, 0.5])
CODE: list[tuple[str, list[str], dict[str, Any], Any]] = [
    ("cos(norm2(x))", ["x", "x"], {"x": ZERO}, -np.eye(3)),
    ("log(1 + norm2(x)^3)", ["x", "x"], {"x": ZERO}, np.zeros((3, 3))),
    ("norm2(B*x)^3", ["x", "x"], {"x": ZERO, "B": B}, np.zeros((3, 3))),
    ("cosh(norm2(B*x))", ["x", "x"], {"x": ZERO, "B": B}, B.T @ B),
    ("norm2(x)", ["x"], {"x": ZERO}, np.full(3, np.nan)),
    ("det(x*y')", ["x"], {"x": ROW, "y": ROW}, ZERO),  # of rank one wherever it stands
    ("det(x*y')", ["x"], {"x": ROW[:1], "y": 3 * ROW[:1]}, 3 * ROW[:1]),
    ("det(x*y')", ["x", "y"], {"x": ROW[:2], "y": ROW[:2] + 1}, np.zeros((2, 2))),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::gradproof.UnverifiedWarning")
@pytest.mark.parametrize(("text", "wrt", "values", "expected"), CODE)
def test_compiled_code_has_the_limits_too(text: str, wrt: list[str], values: dict[str, Any], expected: Any):
    d = gp.derive(text, wrt, where="x: vector n; y: vector n")
    f = d.compile()
    with np.errstate(all="ignore"):
        for _ in range(2):
            np.testing.assert_allclose(f(values), expected, atol=1e-9)
        np.testing.assert_allclose(d.evaluate(values), expected, atol=1e-9)
        value, derivative = d.compile(value=True)(values)
    np.testing.assert_allclose(derivative, expected, atol=1e-9)
    assert np.isfinite(value)


def test_limits_in_code_keep_the_precision_and_are_asked_only_where_they_may_be():
    f = gp.derive("cos(norm2(x))", ["x", "x"]).compile()
    with np.errstate(all="ignore"):
        found = f(x=np.zeros(2, np.float32))
        assert np.all(np.isnan(f(x=np.array([np.nan, 1.0]))))
    assert found.dtype == np.float32


# -- determinants of matrices that are singular but for rounding

EPS = np.zeros((3, 3, 3))  # of Levi-Civita
for _i, _j, _k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    EPS[_i, _j, _k], EPS[_j, _i, _k] = 1, -1


def _cofactors(x: np.ndarray) -> np.ndarray:
    """The derivative of det(x) by x, by the sum over permutations."""
    return np.einsum("ika,jlb,kl,ab->ij", EPS, EPS, x, x) / 2


@pytest.mark.parametrize("seed", range(6))
def test_determinants_at_matrices_that_are_singular_but_for_rounding(seed: int) -> None:
    """Products of two thin matrices: LU factors find a pivot of 1e-17 for zero, and the inverse is noise."""
    rng = np.random.default_rng(seed)
    x, a = rng.normal(size=(3, 2)) @ rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
    one = gp.derive("det(A*X)", "X", "A: matrix n n; X: matrix n n")
    two = gp.derive("det(X)", ["X", "X"], "X: matrix n n")
    for found in (one.evaluate(A=a, X=x), one.compile()(A=a, X=x)):
        np.testing.assert_allclose(found, np.linalg.det(a) * _cofactors(x), rtol=1e-7, atol=1e-8)
    for found in (two.evaluate(X=x), two.compile()(X=x)):
        np.testing.assert_allclose(found, np.einsum("ika,jlb,ab->ijkl", EPS, EPS, x), rtol=1e-7, atol=1e-8)
    with pytest.raises(gp.DomainError, match=r"digits are lost|singular"):
        two.operator(X=x)


ALWAYS_ZERO = [  # determinants of 3×3 matrices of rank two, whatever the variables are
    ("det(x*ones(n)' - ones(n)*y')", ["y", "x"]), ("det(softmax(x)*ones(n)' - ones(n)*y')", ["x", "y"]), ("det(x*y' + y*x')", ["x", "y"]), ("det(M'*M)", ["M", "M"]),
    ("det(x*y' + u*v')", ["x", "u"]), ("det(x*x')", ["x"]),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt"), ALWAYS_ZERO, ids=[f for f, _ in ALWAYS_ZERO])
def test_derivatives_of_determinants_that_vanish_everywhere(formula: str, wrt: list[str]) -> None:
    where = {"M": "matrix m n", **dict.fromkeys("xyuv", "vector n")}
    rng = np.random.default_rng(3)
    values = {"M": rng.normal(size=(2, 3)), **{name: rng.normal(size=3) for name in "xyuv"}}
    d = gp.derive(formula, wrt, {k: v for k, v in where.items() if k in formula})
    used = {k: v for k, v in values.items() if k in [s.name for s in d.expression.variables]}
    for found in (d.evaluate(used), d.compile()(**used)):
        np.testing.assert_allclose(found, np.zeros_like(found), atol=1e-9)
