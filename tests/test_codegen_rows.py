"""Derivatives by blocks of rows: the same numbers as at once, and reasons where it cannot be."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import gradproof as gp

RNG = np.random.default_rng(0)
X, w = RNG.normal(size=(500, 5)), RNG.normal(size=5)
y, W = np.sign(RNG.normal(size=500)), RNG.normal(size=(5, 3))
Y = np.eye(3)[RNG.integers(0, 3, 500)]
LOGISTIC = "sum(log(1 + exp(-y.*(X*w)))) + lam*norm2(w)^2"

SPLIT: list[tuple[str, Any, dict[str, Any], dict[str, str]]] = [
    (LOGISTIC, "w", {"X": X, "y": y, "w": w, "lam": 0.1}, {"lam": "scalar"}),
    (LOGISTIC, ["w", "w"], {"X": X, "y": y, "w": w, "lam": 0.1}, {"lam": "scalar"}),
    ("norm2(X*w - y)^2/m", "w", {"X": X, "y": y, "w": w}, {"X": "matrix m n"}),
    ("sum(log(exp(X*W)*ones(c))) - tr(Y'*X*W)", "W", {"X": X, "W": W, "Y": Y}, {"Y": "matrix m c"}),
]


@pytest.mark.parametrize(("formula", "wrt", "values", "where"), SPLIT)
def test_blocks_give_the_same(formula: str, wrt: Any, values: dict[str, Any], where: dict[str, str]) -> None:
    d = gp.derive(formula, wrt=wrt, where=where)
    f = d.compile("rows", value=True)
    value, found = f(values, rows=64)
    assert np.allclose(value, d.expression.evaluate(values), rtol=1e-12)
    assert np.allclose(found, d.evaluate(values), rtol=1e-11)
    assert "def partial(" in f.source
    blocks = ({n: values[n][i : i + 100] for n in f.data} for i in range(0, 500, 100))
    assert np.allclose(f.stream(blocks, **{n: values[n] for n in f.names if n not in f.data})[1], found)


@pytest.mark.parametrize(("formula", "wrt", "values", "where"), SPLIT)
def test_dask_arrays(formula: str, wrt: Any, values: dict[str, Any], where: dict[str, str]) -> None:
    array = pytest.importorskip("dask.array")
    d = gp.derive(formula, wrt=wrt, where=where)
    f = d.compile("dask")
    there = {n: array.from_array(v, chunks=(130, *v.shape[1:])) if n in f.data else v for n, v in values.items()}
    assert np.allclose(f(there), d.evaluate(values), rtol=1e-11)


def test_worker_processes() -> None:
    distributed = pytest.importorskip("dask.distributed")
    array = pytest.importorskip("dask.array")
    formula, wrt, values, where = SPLIT[0]
    d = gp.derive(formula, wrt=wrt, where=where)
    f = d.compile("dask")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as cluster, distributed.Client(cluster):
        there = {n: array.from_array(v, chunks=(200, *v.shape[1:])) if n in f.data else v for n, v in values.items()}
        assert np.allclose(f(there), d.evaluate(values), rtol=1e-11)
    again = pickle.loads(pickle.dumps(f))
    assert np.allclose(again(values), d.evaluate(values), rtol=1e-11)


@pytest.mark.parametrize(
    ("formula", "why"),
    [("X*w", "has the m rows itself"), ("log(sum(exp(X*w)))", "needs all m rows at once"), ("norm2(X*w)", "by rows")],
)
def test_it_says_why_not(formula: str, why: str) -> None:
    d = gp.derive(formula, wrt="w")
    if formula.startswith("norm2"):
        assert np.allclose(d.compile("rows")(X=X, w=w, rows=7), d.evaluate(X=X, w=w))  # the root and the quotient come after the sum
        return
    with pytest.raises(gp.UnsupportedError, match=why):
        d.compile("rows")
