"""Solutions in closed form of problems from books, held against NumPy at random data."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from curvature_problems import SIZES, draw
from optimum_problems import PROBLEMS, Problem

OPEN = {  # without a proven closed form here
    "norm2(S*X + X*H - G)^2",
    "norm2(A*X + X*B - G)^2",
    "c'*p - t*sum(p.*log(p))",
    "a*log(p) + c*log(1 - p)",
    "norm2(x - v)^2/2 + l*norm1(x)",
    "tr(C*inv(X))",
    "tr(X*logm(X)) + tr(H*X), constrained",
    "tr(C*X) + l*norm2(X)^2/2 - logdet(X)",
    "logdet(X) + tr(H*inv(X)) + (u - v)'*inv(X)*(u - v)",
    "norm2(X - G)^2, antisymmetric",
    "norm2(x - v)^2, nonneg",
}


@pytest.mark.parametrize("problem", PROBLEMS, ids=[f"{p[1]} over {p[2]}, {p[3]}" for p in PROBLEMS])
def test_solutions(problem: Problem) -> None:
    sense, text, over, subject_to, where, expected = problem
    o = getattr(gp, sense + "imize")(text, over.split(), list(subject_to), where)
    if {
        text,
        f"{text}, constrained" if subject_to else text,
        *(f"{text}, {w}" for w in where.replace(";", "").split()),
    } & OPEN:
        assert o.kind == "stationary" or o.conditions
        return
    assert o.solution is not None
    assert o.kind == f"global-{sense}imum"
    for seed in range(3):
        data = draw(where, np.random.default_rng(seed))
        given = {n: v for n, v in data.items() if n not in over.split()} | SIZES
        for name, want in expected(data).items():
            assert np.allclose(o.solution[name].evaluate(given), want, rtol=1e-7, atol=1e-9)
