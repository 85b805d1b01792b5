"""Derivatives by rows on several JAX devices: the same numbers as at once, for any number of rows. In a process of its own, which has four devices."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

import gradproof as gp

LOGISTIC = "sum(log(1 + exp(-y.*(X*w)))) + lam*norm2(w)^2"

PROGRAM = """
import warnings
warnings.simplefilter("error")
import jax
import numpy as np
import gradproof as gp

jax.config.update("jax_enable_x64", True)
assert len(jax.devices()) == 4
rng = np.random.default_rng(0)
X, w, W = rng.normal(size=(103, 5)), rng.normal(size=5), rng.normal(size=(5, 3))
y, Y = np.sign(rng.normal(size=103)), np.eye(3)[rng.integers(0, 3, 103)]
LOGISTIC = "sum(log(1 + exp(-y.*(X*w)))) + lam*norm2(w)^2"
CASES = [
    (LOGISTIC, "w", {"X": X, "y": y, "w": w, "lam": 0.1}, {"lam": "scalar"}),
    (LOGISTIC, ["w", "w"], {"X": X, "y": y, "w": w, "lam": 0.1}, {"lam": "scalar"}),
    ("norm2(X*w - y)", ["w", "w"], {"X": X, "y": y, "w": w}, None),
    ("norm2(X'*w - y)^2/m", "w", {"X": X.T.copy(), "y": y, "w": w}, "X: matrix n m; y: vector m"),
    ("sum(log(exp(X*W)*ones(c))) - tr(Y'*X*W)", ["W", "W"], {"X": X, "W": W, "Y": Y}, {"Y": "matrix m c"}),
]


def same(a, b):
    assert np.allclose(a, b, rtol=1e-10), (a, b)


for formula, wrt, values, where in CASES:
    d = gp.derive(formula, wrt=wrt, where=where)
    f = d.compile("jax-rows", value=True)
    for rows in (103, 3):
        part = {n: v.take(range(rows), axis=f.data[n]) if n in f.data else v for n, v in values.items()}
        want = d.expression.evaluate(part), d.evaluate(part)
        for run in (f, jax.jit(f)) if rows == 103 else (f,):
            for a, b in zip(run(part), want):
                same(a, b)
    for shape in ((3,), (2, 2)) if formula == LOGISTIC else ():
        devices = np.array(jax.devices()[: int(np.prod(shape))]).reshape(shape)
        same(f(values, mesh=jax.sharding.Mesh(devices, ("a", "b")[: len(shape)]))[1], d.evaluate(values))
    space = {}
    exec(f.source, space)
    (name,) = {"gradient", "hessian"} & space.keys()
    same(space[name](*[values[n] for n in f.names])[1], d.evaluate(values))

formula, wrt, values, where = CASES[0]
d = gp.derive(formula, wrt=wrt, where=where)
f = d.compile("jax-rows", value=True)
same(jax.grad(lambda w: f({**values, "w": w})[0])(w), d.evaluate(values))
same(jax.vmap(lambda w: f({**values, "w": w})[1])(np.stack([w, 2 * w]))[1], d.evaluate({**values, "w": 2 * w}))

whole = np.ones((8, 2), dtype=int)
same(gp.derive("norm2(X*w)^2", wrt="w").compile("jax-rows")(X=whole, w=np.ones(2)), [32, 32])
print("done")
"""


@pytest.mark.long
@pytest.mark.skipif(find_spec("jax") is None, reason="needs JAX")
def test_four_devices() -> None:
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=4"
    env = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    run = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=False)
    assert run.stdout == "done\n", run.stderr


def test_the_source_stands_alone() -> None:
    source = gp.derive(LOGISTIC, wrt="w", where={"lam": "scalar"}).compile("jax-rows", value=True).source
    compile(source, "<source>", "exec")
    order = [
        "from jax import shard_map",
        "def partial(y, X, w):",
        "def finish(total1, total2, w, lam):",
        "def sums(y, X, w, mesh):",
        "jax.lax.psum(",
    ]
    places = [source.index(text) for text in [*order, "def gradient(y, X, w, lam, mesh=None):"]]
    assert places == sorted(places)


def test_names_of_the_source_are_free_for_variables() -> None:
    d = gp.derive(
        "norm2(P*mesh - total1)^2 + even*norm2(mesh)^2", wrt="mesh", where={"even": "scalar", "P": "matrix m sums"}
    )
    source = d.compile("jax-rows").source
    assert "def gradient(P_, mesh_, total1, even_, mesh=None):" in source
    assert "def finish(total2, " in source


def test_it_says_why_not() -> None:
    with pytest.raises(gp.UnsupportedError, match=r"by rows: over m: .* needs all m rows at once"):
        gp.derive("log(sum(exp(X*w)))", wrt="w").compile("jax-rows")


def test_a_value_that_is_missing() -> None:
    pytest.importorskip("jax")
    with pytest.raises(gp.DomainError, match="no value for w"):
        gp.derive("norm2(X*w)^2", wrt="w").compile("jax-rows")(X=[[1.0]])
