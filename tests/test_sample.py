"""Random values have their facts, random functions know their derivatives, and points lie inside the domain."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof.errors import DomainError
from gradproof.facts import TABLE as FACTS
from gradproof.notation.expr import Expr, call, symbol
from gradproof.notation.function import Function
from gradproof.notation.made import matrix_variable, scalar, vector
from gradproof.numeric.condition import inside
from gradproof.numeric.sample import RandomFunction, Sampler, draw, point, sizes
from gradproof.numeric.verify import numeric_derivative
from gradproof.ops import domain
from gradproof.shapes.dims import dim
from gradproof.shapes.shape import SCALAR, column, matrix

A, Q, X = matrix_variable("A", "m", "n"), matrix_variable("Q", "n", "n"), matrix_variable("X", "n", "n")
a, x, b, z = vector("a", "n"), vector("x", "n"), vector("b", "m"), vector("z", "n", "positive")
S, c, t = matrix_variable("S", "n", "n", "posdef"), scalar("c"), scalar("t")


def f(name: str, *args: Any) -> Expr:
    return call(name, *args)


HOLDS: dict[str, Callable[[Any], bool]] = {
    "symmetric": lambda M: np.allclose(M, M.T),
    "antisymmetric": lambda M: np.allclose(M, -M.T),
    "posdef": lambda M: np.allclose(M, M.T) and np.linalg.eigvalsh(M).min() > 1e-3,
    "psd": lambda M: np.allclose(M, M.T) and np.linalg.eigvalsh(M).min() > -1e-12,
    "invertible": lambda M: np.linalg.cond(M) < 1e3,
    "orthogonal": lambda M: np.allclose(M.T @ M, np.eye(len(M))),
    "diagonal": lambda M: np.allclose(M, np.diag(np.diag(M))),
    "lower": lambda M: np.allclose(M, np.tril(M)),
    "upper": lambda M: np.allclose(M, np.triu(M)),
    "toeplitz": lambda M: all(len(set(np.diag(M, k))) == 1 for k in range(1 - len(M), len(M))),
    "circulant": lambda M: np.array_equal(M, np.roll(np.roll(M, 1, 0), 1, 1)),
    "positive": lambda M: np.all(np.asarray(M) > 0),
    "nonneg": lambda M: np.all(np.asarray(M) >= 0),
    "integer": lambda M: np.all(np.rint(M) == M),
    "constant": lambda M: True,
    "sumone": lambda x: math.isclose(np.sum(x), 1),
    "simplex": lambda x: np.all(x >= 0) and math.isclose(np.sum(x), 1),
    "onehot": lambda x: sorted(x) == [0] * (len(x) - 1) + [1],
    "unit": lambda x: math.isclose(np.sum(x**2), 1),
    "fullrank": lambda M: np.linalg.matrix_rank(M) == min(M.shape),
    "stable": lambda M: np.linalg.eigvals(M).real.max() < 0,
    "distinct": lambda M: np.all(np.abs(np.diff(np.linalg.svd(M, compute_uv=False))) > 0),
}
OF_VECTORS = {"sumone", "simplex", "onehot", "unit"}
TOGETHER = [
    "symmetric orthogonal", "diagonal orthogonal", "symmetric invertible", "lower invertible", "diagonal posdef", "symmetric toeplitz",
    "positive posdef", "orthogonal constant",
]  # fmt: skip


def test_every_fact_can_be_drawn() -> None:
    assert HOLDS.keys() == FACTS.keys() - {"complex", "hermitian"}  # test_complex.py


@pytest.mark.parametrize("facts", [*sorted(HOLDS.keys() - OF_VECTORS), *TOGETHER])
@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_matrices_have_their_facts(facts: str, scale: float) -> None:
    names = set(facts.split())
    for seed in range(20):
        s = symbol("M", matrix(dim("n"), dim("n")), frozenset(names))
        value = draw([s], [], {"n": 4}, np.random.default_rng(seed), scale)["M"]
        assert value.shape == (4, 4)
        assert all(HOLDS[fact](value) for fact in s.facts), (s.facts, value)


@pytest.mark.parametrize("fact", sorted(OF_VECTORS))
def test_vectors_have_their_facts(fact: str) -> None:
    for seed in range(20):
        assert HOLDS[fact](draw([vector("x", "n", fact)], [], {"n": 5}, np.random.default_rng(seed))["x"])


def test_facts_that_contradict_each_other_have_no_value() -> None:
    with pytest.raises(DomainError, match="lower triangular and positive definite"):
        draw([matrix_variable("X", "n", "n", "lower", "posdef")], [], {"n": 3}, np.random.default_rng(0))


@pytest.mark.parametrize("fact", ["positive", "nonneg", "integer"])
def test_vectors_and_scalars_have_their_facts(fact: str) -> None:
    for seed in range(20):
        values = draw([vector("x", "n", fact), scalar("c", fact)], [], {"n": 5}, np.random.default_rng(seed))
        assert HOLDS[fact](values["x"])
        assert HOLDS[fact](values["c"])
        assert values["x"].shape == (5,)
        assert isinstance(values["c"], int if fact == "integer" else float)


def test_sizes_are_small_and_differ() -> None:
    for seed in range(50):
        found = sizes(["m", dim("n*k"), dim("m + 1")], np.random.default_rng(seed))
        assert found.keys() == {"m", "n", "k"}
        assert len(set(found.values())) == 3
        assert set(found.values()) <= set(range(2, 7))
    many = sizes([f"d{i}" for i in range(9)], np.random.default_rng(0))
    assert len(set(many.values())) == 9


def test_points_differ_in_their_sizes() -> None:
    shapes = {point(A * x, [], [], np.random.default_rng(seed))["A"].shape for seed in range(20)}
    assert len(shapes) > 5


def test_sizes_that_no_array_has_are_given_by_name() -> None:
    values = point(call("eye", params=(dim("q"),)), [], [], np.random.default_rng(0))
    assert values.keys() == {"q"}


# -- random functions


@pytest.mark.parametrize("shape", [SCALAR, column(dim("q")), matrix(dim("q"), dim("r"))])
def test_random_functions_know_their_derivatives(shape: Any) -> None:
    given = RandomFunction(Function("U", ("x", "Y"), shape), {"q": 2, "r": 3}, np.random.default_rng(0)).spellings()
    assert {"U", "DU_x", "DU_Y", "DDU_xY", "DDU_Yx", "DDDU_xYx"} <= given.keys()
    at = {"x": np.array([0.2, -0.4]), "Y": np.arange(6.0).reshape(3, 2) / 5}
    for name, base, by in (
        ("DU_x", "U", "x"),
        ("DU_Y", "U", "Y"),
        ("DDU_xY", "DU_Y", "x"),
        ("DDU_Yx", "DU_x", "Y"),
        ("DDDU_Yxx", "DDU_xx", "Y"),
    ):
        numeric = numeric_derivative(lambda v: given[base](v["x"], v["Y"]), at, [by], analytic=True)  # noqa: B023
        np.testing.assert_allclose(given[name](at["x"], at["Y"]), numeric.array, atol=1e-14)


@pytest.mark.parametrize("fact", sorted(HOLDS.keys() - {"orthogonal", "integer", "distinct"} - OF_VECTORS))
def test_random_functions_have_their_facts(fact: str) -> None:
    for seed in range(10):
        given = RandomFunction(
            Function("F", ("x",), matrix(dim("q"), dim("q")), frozenset({fact})), {"q": 3}, np.random.default_rng(seed)
        ).spellings()
        for scale in (0.1, 1, 10):
            assert HOLDS[fact](given["F"](np.arange(4) * scale)), given["F"](np.arange(4) * scale)
    given = RandomFunction(
        Function("F", ("x",), SCALAR, frozenset({"positive"})), {}, np.random.default_rng(0)
    ).spellings()
    assert given["F"](np.ones(3)) > 0


def test_facts_that_no_random_function_has() -> None:
    with pytest.raises(DomainError, match="orthogonal"):
        draw(
            [],
            [Function("F", ("x",), matrix(dim("q"), dim("q")), frozenset({"orthogonal"}))],
            {"q": 3},
            np.random.default_rng(0),
        )


# -- points in domains

HARD: list[Expr] = [
    f("log", 1 - x.T * x),
    f("log", f("log", f("log", c))),
    f("sum", f("log", A * x - b)),
    f("sum", f("acosh", z)),
    f("asin", a.T * x),
    f("atanh", f("asin", c)),
    f("logdet", A.T * A),
    f("logdet", X - matrix_variable("P", "n", "n")),
    f("logdet", f("inv", X)),
    f("sqrt", x.T * Q * x),
    f("tr", f("inv", matrix_variable("K", "n", "n", "antisymmetric"))),
    f("sum", f("elpow", A * x, c)),
    f("sum", f("eldiv", a, x)) / (a.T * x),
    f("tan", c * t),
    Q**-3,
    f("norm2", f("diag", x)),
    f("norm1", f("diag", x)),
    f("exp", f("exp", f("exp", x.T * x))),
    f("log", f("det", S) - 1),
]


@pytest.mark.parametrize("expr", HARD, ids=map(str, range(len(HARD))))
def test_points_are_found_where_the_domain_is_small(expr: Expr) -> None:
    for seed in range(10):
        sampler = Sampler(expr, (), ())
        p = sampler.point(np.random.default_rng(seed))
        assert not sampler._outside(p.slots, 0.0)


def test_conditions_of_the_table() -> None:
    v = column(dim("n"))
    assert inside(domain.POSITIVE, v)(np.array([0.5, 2])) == 0.5
    assert inside(domain.ABOVE_ONE, v)(np.array([0.5, 2])) == -0.5
    assert inside(domain.BELOW_ONE, v)(np.array([0.5, -0.75])) == 0.25
    assert inside(domain.NONZERO, v)(np.array([0.5, -0.25, 0])) == 0.25
    assert inside(domain.NONZERO, v)(np.zeros(2)) == 0
    assert inside(domain.COSINE_NONZERO, v)(np.array([math.pi / 2])) < 1e-15
    assert inside(domain.DETERMINANT_POSITIVE, matrix(dim("n"), dim("n")))(np.diag([1.0, -2.0])) == pytest.approx(-2)
    assert inside(domain.DETERMINANT_POSITIVE, SCALAR)(3.0) == pytest.approx(3)
