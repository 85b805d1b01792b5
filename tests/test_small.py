"""Little arrays without NumPy, held against NumPy: every operation of the table, its value and its derivatives."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gradproof.errors import ShapeError
from gradproof.notation.expr import Call, call, symbol
from gradproof.numeric.evaluate import Evaluator
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.ring import EXACT, PRIME, REAL
from gradproof.numeric.sample import Sampler
from gradproof.numeric.small import ReadyFormula, is_rational
from gradproof.numeric.verify import numeric_derivative
from gradproof.ops import TABLE
from gradproof.shapes.dims import dim
from gradproof.shapes.shape import Shape
from operation_cases import CASES

LETTERS = "ijkl"
SOLVED = ("sylv", "lyap", "dlyap")  # their fractions are too long to be read off a number modulo the prime


def _little(algebra: Algebra, a: Any) -> Little:
    return algebra.constant(np.shape(a), [float(x) for x in np.ravel(a)])


@pytest.mark.parametrize("name", CASES)
def test_every_operation_has_the_value_that_numpy_gives(name: str) -> None:
    expr = CASES[name]
    evaluator = Evaluator(expr)
    sampler = Sampler(expr, (), (), evaluator)
    for seed in range(3):
        point = sampler.point(np.random.default_rng(seed))
        values = {s.name: point.values[s.name] for s in expr.variables}
        wanted = np.asarray(evaluator.run({**point.values, **values})[-1])
        algebra = Algebra(REAL, (1,))
        sizes = {n: v for n, v in point.values.items() if isinstance(v, int)}
        moved = {n: _moved(algebra, v, seed) for n, v in values.items()}
        found = ReadyFormula(expr).run(algebra, moved, sizes)[-1]
        close = 1e-11 if not isinstance(expr, Call) or expr.op.rational else 1e-8  # iterations lose some digits
        np.testing.assert_allclose(np.reshape(found.value, found.shape), wanted, rtol=close, atol=close / 100)
        assert found.shape == wanted.shape
        np.testing.assert_allclose(
            np.reshape(found.parts[1] or np.zeros(wanted.size), wanted.shape),
            _difference(evaluator, {**point.values, **values}, {n: np.reshape(m.parts[1] or 0.0 * np.ravel(values[n]), np.shape(values[n])) for n, m in moved.items()}),
            rtol=1e-5 if close == 1e-11 else 1e-4, atol=1e-7 if close == 1e-11 else 1e-5,
        )  # fmt: skip


def _moved(algebra: Algebra, value: Any, seed: int) -> Little:
    direction = np.random.default_rng(seed + 10).uniform(0.5, 1.5, np.shape(value))
    return algebra.moved(
        np.shape(value), [float(x) for x in np.ravel(value)], {0: list(map(float, np.ravel(direction)))}
    )


def _difference(evaluator: Evaluator, values: Any, along: Any) -> Any:
    def at(t: float) -> Any:
        return np.asarray(evaluator.run({**values, **{n: np.asarray(values[n]) + t * u for n, u in along.items()}})[-1])

    h = 1e-3 if evaluator.expr.op.rational and evaluator.expr.op.name not in SOLVED else 1e-4  # these change fast
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


@pytest.mark.parametrize(
    "name", [n for n, e in CASES.items() if is_rational(e) and e.variables and n.split()[0] not in SOLVED]
)
def test_exact_arithmetic_is_that_of_rational_numbers(name: str) -> None:
    expr = CASES[name]
    rng = np.random.default_rng(1)
    sizes = dict(zip(LETTERS, (3, 2, 4, 2), strict=True))
    program, exact, real = ReadyFormula(expr), Algebra(EXACT, (1, 1)), Algebra(REAL, (1, 1))
    first, second = {}, {}
    for s in expr.variables:
        shape = tuple(d.evaluate(sizes) for d in s.type.dims)
        whole = [[int(x) for x in rng.integers(1, 9, math.prod(shape))] for _ in range(3)]
        first[s.name] = exact.moved(shape, whole[0], {0: whole[1], 1: whole[2]})
        second[s.name] = real.moved(
            shape, *[[float(x) for x in whole[0]], {k: [float(x) for x in whole[k + 1]] for k in (0, 1)}]
        )
    found, wanted = program.run(exact, first, sizes)[-1], program.run(real, second, sizes)[-1]
    for p, q in zip(found.parts, wanted.parts, strict=True):
        for x, y in zip(p or [0] * len(found.value), q or [0.0] * len(found.value), strict=True):
            assert abs(_rational(int(x)) - y) <= 1e-6 * max(1, abs(y)), (x, y)


def _rational(x: int) -> float:
    """The simplest fraction that is x modulo the prime."""
    a, b, s, t = PRIME, x, 0, 1
    while b * b > PRIME:
        q = a // b
        a, b, s, t = b, a - q * b, t, s - q * t
    return float(Fraction(b, t))


@pytest.mark.parametrize("name", [n for n, op in TABLE.items() if op.series or op.small])
def test_second_and_third_derivatives(name: str) -> None:
    op = TABLE[name]
    x = symbol("x", Shape("v", (dim("n"),)))
    try:
        expr = call(op, x)
    except ShapeError:
        expr = call(op, symbol("x", Shape("m", (dim("n"), dim("n")))))
    evaluator = Evaluator(expr)
    value = Sampler(expr, (), (), evaluator).point(np.random.default_rng(2)).values["x"]
    directions = [np.random.default_rng(k).uniform(0.5, 1.5, np.shape(value)) for k in range(3)]
    function = evaluator.varying(evaluator.run({"x": value}), ["x"])
    for order in (2, 3):
        algebra = Algebra(REAL, (1,) * order)
        moved = algebra.moved(
            np.shape(value),
            list(map(float, np.ravel(value))),
            {k: list(map(float, np.ravel(directions[k]))) for k in range(order)},
        )
        found = ReadyFormula(expr).run(algebra, {"x": moved}, {"n": len(value)})[-1].parts[-1]
        wanted = numeric_derivative(
            function, {"x": value}, ["x"] * order, op.analytic, dict(enumerate(directions[:order])), 1e-2
        )
        scale = float(np.max(np.abs(wanted.array), initial=0.0)) + 1
        np.testing.assert_allclose(
            np.reshape(found or 0.0 * np.ravel(wanted.array), np.shape(wanted.array)), wanted.array, atol=1e-4 * scale
        )


def test_a_variable_many_times_is_one_series() -> None:
    algebra = Algebra(REAL, (20,))
    c = symbol("c", Shape("s"))
    found = ReadyFormula(call("exp", 2 * c)).run(algebra, {"c": algebra.moved((), [0.3], {0: [1.0]})}, {})[-1]
    assert found.parts[20] is not None
    assert math.isclose(found.parts[20][0] * math.factorial(20), 2**20 * math.exp(0.6), rel_tol=1e-12)


def test_products_of_many_arrays_are_those_of_numpy() -> None:
    rng, algebra = np.random.default_rng(0), Algebra(REAL)
    letters, out = ["ij", "jk", "kl", "il", "k", "jj"], "lk"
    sizes = dict(zip("ijkl", (2, 3, 4, 5), strict=True))
    arrays = [rng.normal(size=[sizes[x] for x in names]) for names in letters]
    found = algebra.einsum([_little(algebra, a) for a in arrays], letters, out)
    np.testing.assert_allclose(np.reshape(found.value, found.shape), np.einsum(",".join(letters) + "->" + out, *arrays))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6])
def test_determinants_of_series_are_those_of_numpy(n: int) -> None:
    """With its first and second derivative along a line, by differences; with a zero where the first pivot would be, and modulo a prime."""
    rng, h = np.random.default_rng(n), 1e-4
    for k in range(6):
        M, N = rng.normal(size=(n, n)), rng.normal(size=(n, n))
        if k % 2 and n > 1:
            M[: n - 1, 0] = 0
        series = Algebra(REAL, (2,))
        found = series.determinant(series.moved((n, n), M.ravel().tolist(), {0: N.ravel().tolist()}))
        low, mid, high = (float(np.linalg.det(M + t * N)) for t in (-h, 0, h))
        want = [mid, (high - low) / (2 * h), (high - 2 * mid + low) / h**2 / 2]
        np.testing.assert_allclose([p[0] if p else 0 for p in found.parts], want, rtol=1e-5, atol=1e-5)
    whole, exact = rng.integers(-5, 6, size=(n, n)), Algebra(EXACT, ())
    value = exact.determinant(exact.constant((n, n), [int(x) % PRIME for x in whole.ravel()])).value[0]
    assert int(value) % PRIME == round(float(np.linalg.det(whole))) % PRIME
