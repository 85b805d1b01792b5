"""Compressed results: the whole that they make is the one of `evaluate`, over the corpus, and the parts are those of the closed form."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import corpus_sampling
import gradproof as gp
from corpus_answers import answered, close
from corpus_entries import ENTRIES


def test_corpus() -> None:
    made = 0
    for name, d in answered().items():
        if d.tensor.order < 2:
            continue
        if any(n != 1 for n in d.axes.groups):
            with pytest.raises(gp.UnsupportedError, match="stacked axes"):
                d.compile(compressed=True)
            continue
        f = d.compile(compressed=True)
        values = corpus_sampling.draw(ENTRIES[name], 0)
        found = f(values)
        assert close(found.todense(), d.evaluate(values), 1e-9), name
        made += found.nbytes < found.todense().nbytes
    assert made > 100


@pytest.mark.parametrize(
    ("formula", "wrt", "expected"),
    [
        ("softmax(x)", "x", {"i->ii", "i,j->ij"}),  # diag(s) - s s'
        ("A*X*B", "X", {"ik,jl->ijkl"}),  # A' and B
        ("x'*S*x*norm2(x)^2", ["x", "x"], {"ij->ij"}),
        ("sum(Om.*(T - U*V').^2)", ["U", "U"], {"ijl->ijil"}),  # a block for each row
        ("sin(X)", "X", {"ij->ijij"}),
        ("exp(-norm2(x)^2)", ["x", "x"], {"->ii", "i,j->ij"}),
        ("log(sum(exp(W2*tanh(W1*x))))", ["W1", "W1"], {"ik,j,l->ijkl"}),  # B times x x'
    ],
)
def test_parts(formula: str, wrt: Any, expected: set[str]) -> None:
    d = gp.derive(formula, wrt=wrt)
    rng = np.random.default_rng(0)
    sizes = {
        name: k + 2
        for k, name in enumerate(sorted({n for s in d.symbols.values() for a in s.type.dims for n in a.names}))
    }
    values = {n: rng.normal(size=[a.evaluate(sizes) for a in s.type.dims]) for n, s in d.symbols.items()}
    found = d.compile(compressed=True)(values)
    assert {t.spelled for t in found.terms} == expected
    assert found.shape == found.todense().shape
    assert close(found.todense(), d.evaluate(values), 1e-10)


def test_value_too_and_elsewhere() -> None:
    f = gp.hessian("log(sum(exp(x)))", wrt="x").compile(value=True, compressed=True)
    x = np.array([0.5, -1.0, 2.0])
    value, hessian = pickle.loads(pickle.dumps(f))(x=x)
    p = np.exp(x) / np.exp(x).sum()
    assert value == pytest.approx(np.log(np.exp(x).sum()))
    assert close(hessian.todense(), np.diag(p) - np.outer(p, p), 1e-12)
    assert "D = einsum('i->ii', a1) + einsum('i,j->ij', a2, a3)" in f.source


def test_sizes_that_no_array_of_the_result_tells() -> None:
    f = gp.derive("x", wrt="x").compile(compressed=True)
    assert [f(x=np.ones(n)).todense().tolist() for n in (2, 1)] == [[[1, 0], [0, 1]], [[1]]]
    g = gp.derive("ones(n)*sum(x)", wrt="x").compile(compressed=True)
    assert g(x=np.ones(2), n=3).todense().tolist() == [[1, 1, 1], [1, 1, 1]]
    with pytest.raises(gp.DomainError, match="no value for n"):
        g(x=np.ones(2))


def test_a_size_that_only_a_product_of_sizes_tells() -> None:
    f = gp.derive("norm2(a*(x.*v))^2", ["x", "x"], where="a: scalar; v, x: vector m*n").compile(compressed=True)
    v, x = np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0, -6.0, 7.0, 0.5])
    found = f(a=3.0, v=v, x=x)
    assert found.shape == (4, 4)
    np.testing.assert_allclose(found.todense(), np.diag(18 * v**2))  # by hand: a^2 sum(v^2 x^2)
    for v in (np.ones(5), np.ones(1)):
        with pytest.raises(gp.ShapeError, match=" from "):
            f(a=3.0, v=v, x=x)


def test_large_compressed_results_are_small() -> None:
    f = gp.jacobian("softmax(x)", wrt="x").compile(compressed=True)
    found = f(x=np.zeros(10**6))
    assert found.shape == (10**6, 10**6)
    assert found.nbytes <= 3 * 8 * 10**6


def test_what_is_not_compressed() -> None:
    with pytest.raises(gp.UnsupportedError, match="fewer than two axes"):
        gp.derive("x'*x", wrt="x").compile(compressed=True)
    with pytest.raises(gp.UnsupportedError, match="denominator layout"):
        gp.derive("A*x", wrt="x", layout="numerator").compile(compressed=True)
    with pytest.raises(gp.UnsupportedError, match="torch"):
        gp.derive("softmax(x)", wrt="x").compile("torch", compressed=True)
