"""Operations in exact numbers: the number that NumPy gives, or none at all. Never that of another operation."""

from __future__ import annotations

from decimal import localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.exact.scalars import Digits, NotExact, Residue
from gradproof.exact.values import Exact, exact
from gradproof.numeric.evaluate import Evaluator
from gradproof.numeric.sample import Sampler
from operation_cases import CASES


def _points(name: str) -> Any:
    expr = CASES[name]
    evaluator = Evaluator(expr)
    sampler = Sampler(expr, (), (), evaluator)
    for seed in range(2):
        point = sampler.point(np.random.default_rng(seed)).values
        values = {s.name: np.round(np.asarray(point[s.name]) * 64) / 64 for s in expr.variables}
        sizes = {n: v for n, v in point.items() if isinstance(v, int)}
        try:
            wanted = np.asarray(evaluator.run({**point, **values})[-1])
        except (ArithmeticError, np.linalg.LinAlgError):
            continue  # rounded out of the domain
        yield expr, values, sizes, wanted


@pytest.mark.parametrize("name", CASES)
def test_many_digits_are_those_of_numpy_or_refused(name: str) -> None:
    for expr, values, sizes, wanted in _points(name):
        with localcontext(prec=50):
            try:
                found = Exact(Digits, {n: exact(Digits, a) for n, a in values.items()}, sizes).formula(expr)
            except ArithmeticError:
                continue
        got = np.asarray([float(x) for x in np.ravel(np.asarray(found, dtype=object))])
        assert np.shape(found) == wanted.shape
        np.testing.assert_allclose(np.reshape(got, wanted.shape), wanted, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_numbers_modulo_a_prime_are_those_of_numpy_or_refused(name: str) -> None:
    for expr, values, sizes, _ in _points(name):
        whole = {n: np.round(3 * a) for n, a in values.items()}
        try:
            found = Exact(Residue, {n: exact(Residue, a) for n, a in whole.items()}, sizes).formula(expr)
            wanted = np.asarray(Evaluator(expr).run({**sizes, **whole})[-1])
        except (ArithmeticError, NotExact, np.linalg.LinAlgError):
            continue
        assert np.shape(found) == wanted.shape
        for x, y in zip(np.ravel(np.asarray(found, dtype=object)), np.ravel(wanted), strict=True):
            simple = Fraction(float(y)).limit_denominator(10**5)
            if abs(float(simple) - y) < 1e-13 * max(
                1.0, abs(y)
            ):  # else its fraction is too long to be told from a float
                assert x.n == Residue.of(simple).n, (x.n, y)


@pytest.mark.parametrize(
    ("formula", "wrt", "where", "claim", "verdict"),
    [
        ("eigval(S,1)", "S", "S: symmetric matrix n n", "eigvec(S,1)*eigvec(S,1)'", "right"),
        ("eigval(S,1)", "S", "S: symmetric matrix n n", "eye(n)", "wrong"),  # what a first power would have
        ("eigval(S,2)", "S", "S: symmetric matrix n n", "2*S", "wrong"),
        ("singval(X,1)", "X", "X: matrix n n", "eye(n)", "wrong"),
        ("kyfan(X,2)", "X", "X: matrix n n", "2*X", "wrong"),
        ("sumtop(v,2)", "v", "v: vector n", "2*v", "wrong"),
        ("tr(X^11)", "X", "X: matrix n n", "11*(X')^10", "right"),
        ("tr(X^11)", "X", "X: matrix n n", "11*(X')^11", "wrong"),
    ],
)
def test_claims_on_what_a_whole_number_numbers(formula: str, wrt: str, where: str, claim: str, verdict: str) -> None:
    assert gp.check(formula, wrt=wrt, claim=claim, where=where).verdict == verdict


def test_digits_that_are_lost_beside_an_eigenvalue() -> None:
    d = gp.derive(
        "exp(eigval(S,1)*c)*exp(-eigval(S,1)*c)*c^2 + sumtop(v,1)",
        "c",
        where="S: symmetric matrix n n; c: scalar; v: vector n",
    )
    s = np.array([[4.0, 1.0], [1.0, 3.0]])
    assert d.expression.evaluate(S=s, c=3.0, v=np.array([2.0, 5.0])) == pytest.approx(9.0 + 5.0, rel=1e-12)
    assert d.evaluate(S=s, c=3.0, v=np.array([2.0, 5.0])) == pytest.approx(6.0, rel=1e-12)
