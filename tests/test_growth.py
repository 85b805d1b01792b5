"""Short inputs whose derivatives used to grow without bound: few terms, right values, little time."""

from __future__ import annotations

import re
import time

import numpy as np

import gradproof as gp

rng = np.random.default_rng(4)
X = rng.uniform(-0.5, 0.5, (3, 3)) + np.eye(3)


def test_the_trace_of_a_high_power():
    d = gp.derive("tr(X^50)", "X", where="X: matrix n n")
    assert d.result.ascii in ("50*X'^49", "50*(X^49)'")
    np.testing.assert_allclose(d.evaluate(X=X), 50 * np.linalg.matrix_power(X, 49).T, rtol=1e-10)


def test_a_high_power():
    d = gp.derive("X^20", "X", where="X: matrix n n")
    unit = np.zeros((3, 3))
    unit[1, 2] = 1.0
    power = np.linalg.matrix_power(X + 1e-30j * unit, 20)
    np.testing.assert_allclose(d.evaluate(X=X)[1, 2], np.imag(power) / 1e-30, rtol=1e-10)


def test_a_function_of_a_number_twenty_times():
    # the derivatives of t = tan(x) are polynomials in t: p -> p'(t)*(1 + t^2)
    p = [0, 1]
    for _ in range(20):
        slope = [k * c for k, c in enumerate(p)][1:]
        p = [a + b for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
    t = np.tan(0.3)
    d = gp.derive("tan(x)", ["x"] * 20, where="x: scalar")
    np.testing.assert_allclose(d.evaluate(x=0.3), sum(c * t**k for k, c in enumerate(p)), rtol=1e-12)
    assert len(d.result.ascii) < 1000


def test_a_kronecker_product_of_nine_has_its_form_quickly():
    start = time.process_time()
    d = gp.derive("kron(" * 8 + "X," + ",".join(["X)"] * 8), "X", where="X: matrix m n")
    assert d.vec is None
    assert d.index.count("delta") == 18
    assert time.process_time() - start < 5


def test_long_index_notation_names_its_shared_parts():
    text = gp.derive("sum(tanh(A*tanh(A*tanh(A*x))))", ["x", "x", "x"], where="A: matrix n n", verify=False).index
    _, _, parts = text.partition(" where ")
    assert len(text) < 3000
    defined = re.findall(r"\b(t\d+)(?:\[[\w,]+\])? = ", parts)
    assert len(defined) == len(set(defined)) > 3
    assert set(re.findall(r"\bt\d+\b", text)) == set(defined)
    met: set[str] = set()
    for name, definition in zip(defined, re.split(r"\bt\d+(?:\[[\w,]+\])? = ", parts)[1:], strict=True):
        assert set(re.findall(r"\bt\d+\b", definition)) <= met  # each is made of those before it
        met.add(name)
    assert gp.derive("A*x", "x").index == "D[i,j] = A[j,i]"


def test_the_hessian_of_nested_exponentials():
    # the first derivative of e(e(…)) is the product of all values; the second one that times the sum of products below
    depth, x, a = 45, np.array([0.2, -0.5]), np.array([0.3, 0.4])
    values = [a @ x - 8]
    for _ in range(depth):
        values.append(np.exp(values[-1]) - 8)
    slope, bend = 1.0, 0.0
    for v in values[1:]:
        bend = (v + 8) * (slope**2 + bend)
        slope *= v + 8
    text = "exp(" * depth + "a'*x - 8" + ") - 8" * depth
    start = time.process_time()
    d = gp.derive(text, ["x", "x"], where="a: vector n; x: vector n", verify=False)
    found = d.evaluate(a=a, x=x)
    assert time.process_time() - start < 8  # it took 13
    np.testing.assert_allclose(found, bend * np.outer(a, a), rtol=1e-9)
