"""Bounds of entries and of operations, against numbers; a domain has its text."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import gradproof as gp
from gradproof.engine.bounds import bounds, definite
from gradproof.engine.lower import lower
from gradproof.explain.texts import texts
from gradproof.facts.bounds import ANY, BETWEEN, NONNEGATIVE, POSITIVE, UNIT, Bounds
from gradproof.languages import LANGUAGES
from gradproof.numeric.evaluate import evaluate
from gradproof.numeric.sample import point
from gradproof.ops import TABLE
from gradproof.ops.domain import DOMAINS
from test_table import use

INTERVALS = [
    ANY, BETWEEN, NONNEGATIVE, POSITIVE, UNIT, Bounds(Fraction(1)), Bounds(Fraction(2), Fraction(3), True), Bounds(Fraction(-3), Fraction(-2)),
]  # fmt: skip
POINTS = (-50.0, -3.0, -2.5, -2.0, -1.0, -0.25, -1e-9, 0.0, 1e-9, 0.25, 1.0, 2.0, 2.5, 3.0, 50.0)


def inside(b: Bounds, x: float) -> bool:
    return b.low <= x <= b.high and not (b.strict and x == b.low)


def test_arithmetic_of_intervals_holds_all_numbers() -> None:
    for a, b in product(INTERVALS, repeat=2):
        for x, y in product(POINTS, repeat=2):
            if inside(a, x) and inside(b, y):
                assert inside(a + b, x + y), (a, b, x, y)
                assert inside(a * b, x * y), (a, b, x, y)
    for a, x in product(INTERVALS, POINTS):
        for c in (-2, 0, Fraction(1, 4), 5):
            assert not inside(a, x) or inside(a.scaled(Fraction(c)), float(c * Fraction(x)))
        for e in (1, 2, 3, -1, -2, Fraction(1, 2), Fraction(3, 2), Fraction(-1, 2), Fraction(1, 3)):
            real = x > 0 or (x == 0 and e > 0) or (x < 0 and Fraction(e).denominator == 1)
            if inside(a, x) and real:
                assert inside(a.power(e), x**e), (a, x, e)


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.bounds is not ANY], ids=lambda op: op.name)
def test_values_of_an_operation_lie_within_its_bounds(op) -> None:
    e = (
        use(op, op.signatures[0])
        if op.signatures[0].args
        else gp.parse(f"{op.name}({op.fixed or ','.join(op.letters)})" if op.letters else op.name)
    )
    for seed in range(10):
        value = evaluate(e, point(e, (), (), np.random.default_rng(seed)))
        assert np.all(np.asarray(value) >= float(op.bounds.low))
        assert np.all(np.asarray(value) <= float(op.bounds.high))


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.rises_from is not None], ids=lambda op: op.name)
def test_what_rises_rises_from_its_value_at_zero(op) -> None:
    assert op.rises_from is not None
    e = gp.parse(f"{op.name}(x)", "x: vector n")
    value = np.asarray(evaluate(e, {"x": np.linspace(-5, 5, 201)}))
    assert np.all(np.diff(value) >= 0)
    assert value[100] == float(op.rises_from)


@pytest.mark.parametrize(
    ("formula", "low", "high"),
    [
        ("1 - tanh(x).^2", 0, 1),
        ("sigmoid(x).*(1 - sigmoid(x))", 0, 1),
        ("2 + cos(x) - 3*sin(x)", -2, 6),
        ("exp(x) + 1", 1, math.inf),
        ("sum(x.^2)", 0, math.inf),
        ("x - x.^2", -math.inf, math.inf),
        ("diag(exp(x))", 0, math.inf),
        ("0.3 - 0.1*tanh(x) - 0.2*sin(x)", 0, Fraction(6, 10)),
    ],
)
def test_bounds_of_a_formula(formula: str, low: float, high: float) -> None:
    e = gp.parse(formula, "x: vector n")
    found = bounds(lower(e).tensor)
    assert (found.low, found.high) == (low, high)
    value = np.asarray(evaluate(e, {"x": np.linspace(-4, 4, 9)}))
    assert value.min() >= low - 1e-12
    assert value.max() <= high + 1e-12


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("P", 2), ("inv(P)", 2), ("H", 1), ("P + H", 2), ("P - H", 0), ("X'*X", 1), ("X'*P*X", 1), ("X'*Y*H*Y'*X", 1), ("X'*P*H*X", 0), ("X*P*X", 0), ("X'*Y*X", 0), ("X'*P*Y", 0), ("X*X", 0), ("-P", 0), ("R'*R", 2), ("R*R'", 2), ("R'*H*R", 1), ("R*R", 0), ("inv(R)'*inv(R)", 1), ("P*P", 2),
     ("diag(exp(x))", 2), ("diag(x)", 0), ("X'*diag(exp(x))*X", 1), ("exp(c)*P", 2), ("c*P", 0)],
)  # fmt: skip
def test_definiteness(formula: str, expected: int) -> None:
    where = "P: matrix n n posdef; H: matrix n n psd; X: matrix n n; Y: matrix n n; R: matrix n n invertible; x: vector n; c: scalar"
    assert definite(lower(gp.parse(formula, where)).tensor) == expected


@pytest.mark.parametrize(
    ("formula", "sign"),
    [("tr(P)", 2), ("tr(H)", 1), ("tr(P*H)", 1), ("tr(P*inv(Q))", 2), ("diag(P)", 2), ("c*tr(P)", 0), ("tr(P*Q*H)", 0), ("P.*Q", 0), ("sum(P.*Q)", 2), ("(P.*Q)*x", 0), ("sum(P)", 0), ("tr(P*S)", 0)],
)  # fmt: skip
def test_traces_of_definite_matrices(formula: str, sign: int) -> None:
    where = (
        "P: matrix n n posdef; Q: matrix n n posdef; H: matrix n n psd; S: matrix n n symmetric; x: vector n; c: scalar"
    )
    found = bounds(lower(gp.parse(formula, where)).tensor)
    assert (found.positive, found.nonnegative) == (sign == 2, sign >= 1)


def test_every_domain_has_its_text() -> None:
    assert {op.domain for op in TABLE.values()} - {None} <= set(DOMAINS)
    for lang in LANGUAGES:
        assert {d.key for d in DOMAINS} <= texts(lang).words.keys()
