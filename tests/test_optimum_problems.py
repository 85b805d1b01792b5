"""Solutions in closed form of problems from books, held against NumPy at random data."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from curvature_problems import SIZES, draw
from optimum_problems import PROBLEMS, Problem


@pytest.mark.parametrize("problem", PROBLEMS, ids=[f"{p[1]} over {p[2]}, {p[3]}" for p in PROBLEMS])
def test_solutions(problem: Problem) -> None:
    sense, text, over, subject_to, where, expected = problem
    o = getattr(gp, sense + "imize")(text, over.split(), list(subject_to), where)
    assert o.solution is not None
    assert o.kind == f"global-{sense}imum"
    for seed in range(3):
        data = draw(where, np.random.default_rng(seed))
        given = {n: v for n, v in data.items() if n not in over.split()} | SIZES
        for name, want in expected(data).items():
            assert np.allclose(o.solution[name].evaluate(given), want, rtol=1e-7, atol=1e-9)


REFUSED = [  # the optimum is another one where the stationary point does not lie in the set
    ("norm2(x - v)^2", "x", (), "x: vector n simplex; v: vector n"),
    ("norm2(x - v)^2", "x", ("x >= a", "x <= c"), "x: vector n; v: vector n; a: vector n; c: vector n"),
    ("norm2(A*x - v)^2", "x", (), "A: matrix m n; x: vector n nonneg; v: vector m"),
    ("tr(A*X*X) - tr(B*X)", "X", (), "X: matrix n n psd; A: matrix n n posdef; B: matrix n n symmetric"),
]


@pytest.mark.parametrize(("text", "over", "subject_to", "where"), REFUSED, ids=[f"{r[0]}, {r[3]}" for r in REFUSED])
def test_no_solution_that_may_lie_outside(text: str, over: str, subject_to: tuple[str, ...], where: str) -> None:
    assert gp.minimize(text, over, list(subject_to), where).solution is None


TURNED = [
    ("minimize", "-x'*S*x", (), "x: vector n; S: matrix n n posdef", "it is a maximum: the formula is concave"),
    ("maximize", "norm2(x)^2", ("sum(x) = 1",), "x: vector n", "it is a minimum: the formula is convex"),
    (
        "minimize",
        "x'*Q*x",
        (),
        "x: vector n; Q: matrix n n symmetric",
        "it is a global minimum where Q is positive semidefinite; elsewhere there is none",
    ),
    (
        "maximize",
        "l*norm2(x)^2 - c'*x",
        (),
        "x: vector n; c: vector n; l: scalar",
        "it is a global maximum where −l Iₙ is positive semidefinite; elsewhere there is none",
    ),
    (
        "minimize",
        "l*x^2 - c*x",
        (),
        "x: scalar; c: scalar; l: scalar",
        "it is a global minimum where l is not negative; elsewhere there is none",
    ),
    ("minimize", "x^3 - 3*x", (), "x: scalar", "it is a local minimum: the curvature is positive there"),
    ("maximize", "3*x - x^3", (), "x: scalar", "it is a local maximum: the curvature is negative there"),
]


@pytest.mark.parametrize(("sense", "text", "subject_to", "where", "line"), TURNED, ids=[t[1] for t in TURNED])
def test_a_point_that_is_proven_to_be_the_opposite_says_so(sense, text, subject_to, where, line) -> None:
    o = getattr(gp, sense)(text, "x", list(subject_to), where)
    assert o.kind == "stationary"
    assert line in o.text()
    assert o.text("fr") != o.text("zh") != o.text()
