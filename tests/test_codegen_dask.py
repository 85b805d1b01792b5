"""Derivatives by rows on Dask: arrays and delayed blocks, in this process and on the workers of a cluster."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradproof as gp

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")

RNG = np.random.default_rng(0)
X, w = RNG.normal(size=(500, 5)), RNG.normal(size=5)
y, Y, W = np.sign(RNG.normal(size=500)), np.eye(3)[RNG.integers(0, 3, 500)], RNG.normal(size=(5, 3))
LOGISTIC = gp.derive("sum(log(1 + exp(-y.*(X*w)))) + lam*norm2(w)^2", wrt="w", where={"lam": "scalar"})
VALUES = {"X": X, "y": y, "w": w, "lam": 0.1}
SOFTMAX = gp.derive("sum(log(exp(X*W)*ones(c))) - tr(Y'*X*W)", wrt=["W", "W"], where={"Y": "matrix m c"})
BOTH = [(LOGISTIC, VALUES), (SOFTMAX, {"X": X, "Y": Y, "W": W})]


def read(first: int, rows: int = 100) -> dict[str, np.ndarray]:
    return {"X": X[first : first + rows], "y": y[first : first + rows]}


def delayed_blocks() -> list[Any]:
    return [dask.delayed(read)(first) for first in range(0, 500, 100)]


@pytest.fixture(scope="module", params=["threads of this process", "a worker process"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Any]:
    distributed = pytest.importorskip("dask.distributed")
    apart = request.param == "a worker process"
    with (
        distributed.LocalCluster(
            n_workers=1 if apart else 2, threads_per_worker=1, processes=apart, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def there(f: Any, values: dict[str, Any], rows: int = 130) -> dict[str, Any]:
    return {n: da.from_array(v, chunks=(rows, *v.shape[1:])) if n in f.data else v for n, v in values.items()}


@pytest.mark.parametrize(("d", "values"), BOTH)
def test_arrays(d: Any, values: dict[str, Any]) -> None:
    f = d.compile("dask")
    want = d.evaluate(values)
    assert np.allclose(f(there(f, values)), want, rtol=1e-10)
    assert np.allclose(
        f({**there(f, values), "X": X}), want, rtol=1e-10
    )  # an array that is here is cut as the other one is
    assert np.allclose(
        f({**there(f, values), "X": da.from_array(X, chunks=(70, 2))}), want, rtol=1e-10
    )  # columns in blocks as well
    later = f.delayed(there(f, values), {n: v for n, v in values.items() if n not in f.data})
    assert np.allclose(later.compute(), want, rtol=1e-10)


def test_arrays_whose_rows_are_not_known() -> None:
    f = LOGISTIC.compile("dask")
    positive = da.from_array(y, chunks=100) > 0
    some = {"X": da.from_array(X, chunks=(100, 5))[positive], "y": da.from_array(y, chunks=100)[positive]}
    assert np.allclose(f({**VALUES, **some}), LOGISTIC.evaluate({**VALUES, "X": X[y > 0], "y": y[y > 0]}))
    with pytest.raises(gp.ShapeError, match="not known"):
        f({**VALUES, **some, "y": da.from_array(y, chunks=100)[:300]})


def test_arrays_that_do_not_fit() -> None:
    f = LOGISTIC.compile("dask")
    with pytest.raises(gp.ShapeError, match="400 rows"):
        f({**there(f, VALUES), "y": y[:400]})
    with pytest.raises(gp.DomainError, match="there are no rows"):
        f.delayed([], w=w, lam=0.1)


def test_delayed_blocks() -> None:
    f = LOGISTIC.compile("dask")
    want = LOGISTIC.evaluate(VALUES)
    assert np.allclose(f.stream(delayed_blocks(), w=w, lam=0.1), want)
    assert np.allclose(f.delayed(delayed_blocks(), w=w, lam=0.1).compute(), want)
    parts = [
        {"X": dask.delayed(X[k : k + 50]), "y": y[k : k + 50]} for k in range(0, 500, 50)
    ]  # a mapping of delayed arrays
    assert np.allclose(f.stream(parts, w=w, lam=0.1), want)


def test_on_a_cluster(cluster: Any) -> None:
    f = LOGISTIC.compile("dask")
    want = LOGISTIC.evaluate(VALUES)
    assert np.allclose(f(there(f, VALUES)), want)
    blocks = [dask.delayed(dict)(X=X[k : k + 100], y=y[k : k + 100]) for k in range(0, 500, 100)]
    assert np.allclose(f.stream(blocks, w=w, lam=0.1), want)
    shown = io.StringIO()
    with contextlib.redirect_stderr(shown):
        assert np.allclose(f(there(f, VALUES), progress=True), want)
    assert "500 of 500  100%" in shown.getvalue()


@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_progress_without_a_cluster(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    f = LOGISTIC.compile("dask")
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    with dask.config.set(scheduler=scheduler):
        f(there(f, VALUES), progress=True)
        f.stream(delayed_blocks(), w=w, lam=0.1, progress=True)
        f.stream(delayed_blocks(), w=w, lam=0.1)
    rows, blocks = shown.getvalue().splitlines()
    assert "500 of 500  100%" in rows
    assert "5 of 5  100%" in blocks


def test_what_goes_wrong_on_a_block_is_told() -> None:
    f = LOGISTIC.compile("dask")
    with pytest.raises(gp.ShapeError):
        f.stream([dask.delayed({"X": X, "y": y[:1]})], w=w, lam=0.1)
