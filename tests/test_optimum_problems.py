"""Solutions in closed form of problems from books, held against NumPy at random data."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from curvature_problems import SIZES, draw
from optimum_problems import PROBLEMS, Problem

OPEN = {"norm2(S*X + X*H - G)^2", "norm2(A*X + X*B - G)^2"}  # without a closed form here


@pytest.mark.parametrize("problem", PROBLEMS, ids=[f"{p[1]} over {p[2]}, {p[3]}" for p in PROBLEMS])
def test_solutions(problem: Problem) -> None:
    sense, text, over, subject_to, where, expected = problem
    o = getattr(gp, sense + "imize")(text, over.split(), list(subject_to), where)
    if text in OPEN:
        assert o.solution is None
        return
    assert o.solution is not None
    assert o.kind == f"global-{sense}imum"
    for seed in range(3):
        data = draw(where, np.random.default_rng(seed))
        given = {n: v for n, v in data.items() if n not in over.split()} | SIZES
        for name, want in expected(data).items():
            assert np.allclose(o.solution[name].evaluate(given), want, rtol=1e-7, atol=1e-9)
