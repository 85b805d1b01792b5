"""What floats cannot decide: functions that are 1 to sixteen digits, determinants of matrices that are singular at every point."""

from __future__ import annotations

import random

import numpy as np
import pytest

import gradproof as gp
from gradproof.engine.contract import contract
from gradproof.exact.proof import Stated, proven_by_digits
from gradproof.numeric.little import Algebra
from gradproof.numeric.report import DIGITS
from gradproof.numeric.ring import EXACT, PRIME, REAL
from gradproof.ops.spectral_kernels import kyfan
from gradproof.proven import proof

FLAT = [
    ("tanh(20 + exp(x))", ["x"], "x: scalar"),
    ("tanh(20 + exp(x))", ["x", "x"], "x: scalar"),
    ("sum(tanh(20*ones(n) + exp(A*x)))", ["x"], "A: matrix n m; x: vector m"),
    ("sum(erf(8*ones(n) + exp(x)))*y", ["x", "y"], "x: vector n; y: scalar"),
]


@pytest.mark.parametrize(("formula", "wrt", "where"), FLAT)
def test_flat_functions_are_proven_by_many_digits(formula: str, wrt: list[str], where: str) -> None:
    report = gp.derive(formula, wrt, where=where, verify=False).verify()
    assert report.ok, report
    assert report.max_relative_error < 1e-9


@pytest.mark.parametrize("factor", ["1.0001", "2", "(1 + 1e-20)"])
def test_a_wrong_result_is_refuted_by_many_digits(factor: str) -> None:
    right = gp.derive("tanh(20 + exp(x))", "x", where="x: scalar", verify=False)
    wrong = gp.derive(f"{factor}*tanh(20 + exp(x))", "x", where="x: scalar", verify=False)
    for tensor, printed in ((wrong.tensor, right.result), (right.tensor, wrong.result)):
        stated = Stated(tensor, printed, tensor.axes, right.axes.printed(tensor.order, "denominator"))  # type: ignore[arg-type]
        report = proven_by_digits(right.expression, right.variables, stated, right.symbols.values(), 3)
        assert report is not None
        assert not report.ok
        assert report.method == DIGITS


def test_determinants_of_singular_matrices_are_proven() -> None:
    """det(x*y') is linear in x: its second derivative by x is zero, though the first is written with an inverse."""
    assert gp.derive("det(x*y')", ["x", "x"], where="x: vector n; y: vector n").verified
    assert gp.derive("tr(A)*det(x*y')", ["A"], where="A: matrix n n; x: vector n; y: vector n").verified


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_a_determinant_is_expanded_where_there_is_no_pivot(n: int) -> None:
    rng = random.Random(n)
    rows = [[float(rng.randint(-5, 5)) for _ in range(n)] for _ in range(n)]
    if n > 1:
        rows[-1] = [2 * x for x in rows[0]]
        rows[0][0] += 3.0  # no longer singular
    flat = [x for row in rows for x in row]
    algebra = Algebra(REAL, (1,))
    direction = [float(rng.randint(-5, 5)) for _ in flat]
    got = algebra._expanded(algebra.moved((n, n), flat, {0: direction}))
    wanted = np.linalg.det(np.array(rows))
    assert got.value[0] == pytest.approx(wanted, abs=1e-9)
    h = 1e-6
    moved = [np.linalg.det(np.array(rows) + s * h * np.reshape(direction, (n, n))) for s in (1, -1)]
    assert (got.parts[1] or [0.0])[0] == pytest.approx((moved[0] - moved[1]) / (2 * h), rel=1e-6, abs=1e-5)
    exact = Algebra(EXACT)
    zero = exact.determinant(
        exact.constant((n + 1, n + 1), [i * j % PRIME for i in range(n + 1) for j in range(n + 1)])
    )
    assert zero.value[0] % PRIME == 0


@pytest.mark.parametrize("k", [0, 3, 1.5, -1])
def test_a_proof_refuses_a_number_of_singular_values_that_are_not_there(k: float) -> None:
    algebra = Algebra(REAL)
    X = algebra.constant((2, 4), [1.0, 2.0, 0.5, 0.0, -1.0, 3.0, 1.0, 2.0])
    with pytest.raises(gp.DomainError, match="no singular value of this number"):
        kyfan(algebra, X, algebra.constant((), [k]))
    two = kyfan(algebra, X, algebra.constant((), [2.0])).value[0]
    assert two == pytest.approx(np.linalg.norm(np.reshape(X.value, (2, 4)), "nuc"))


@pytest.mark.parametrize(
    ("formula", "wrt", "where"),
    [
        ("det(x*y')", ["x"], None),
        ("det(x*y')", ["x", "y"], None),
        ("det(x*x')", ["x"], None),
        ("det(X*Y')", ["X"], "X: matrix 3 2; Y: matrix 3 2"),
        ("c*det(A*x*y')^2 + sum(x)", ["x"], None),
        ("det(x*y')*det(u*v')", ["x"], None),
        ("exp(det(x*y'))", ["x"], None),
    ],
)
def test_determinants_of_matrices_that_are_singular_everywhere_are_decided(
    formula: str, wrt: list[str], where: str | None
) -> None:
    """Values: tests/test_removable.py. That what is printed is a limit is said."""
    d = gp.derive(formula, wrt, where)
    assert d.verified
    assert "in the limit" in str(d.verify())


@pytest.mark.parametrize("formula", ["log(det(x*y'))", "sqrt(det(x*y'))", "x/det(x*y')", "tr(inv(x*y')*B)"])
def test_what_has_no_value_has_no_limit(formula: str) -> None:
    with pytest.warns(gp.UnverifiedWarning):
        assert not gp.derive(formula, "x").verified


def test_a_wrong_limit_is_not_taken() -> None:
    """Twice the tensor, beside the formula as it is printed."""
    d = gp.derive("det(x*y')", "x")
    double = contract(2, [(d.tensor, (0,), 1)], (0,))
    found = proof(d.expression, d.variables, double, d.axes, d.layout, d.closed, d.symbols.values(), ())
    assert not found.ok
