"""Matrices by matrices as one formula with Kronecker products: the printed formula has the entries of a difference quotient, column after column."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg as sl

import gradproof as gp
from gradproof.ops import TABLE
from gradproof.ops.operation import Frechet

RNG = np.random.default_rng(3)
SIZES = {"m": 2, "n": 3}
N = RNG.normal(size=(3, 3))
ARRAYS = {
    "Y": RNG.normal(size=(2, 3)), "A": RNG.normal(size=(2, 3)), "B": RNG.normal(size=(3, 2)), "X": N / 2, "x": RNG.normal(size=3), "b": RNG.normal(size=3),
    "P": N @ N.T + np.eye(3), "a": 0.7, "k": 3, "t": 0.5,
}  # fmt: skip
WHERE = (
    "Y: matrix m n; A: matrix p n; B: matrix n m; X: matrix n n; x: vector n; b: vector n; P: matrix n n posdef; "
    "a: scalar; k: scalar integer; t: scalar"
)


def power(X, p):
    w, v = np.linalg.eigh((X + X.T) / 2)
    return (v * w**p) @ v.T if np.allclose(X, X.T) else sl.fractional_matrix_power(X, p)


CASES = [
    ("kron(Y,A)", "Y", lambda Y: np.kron(Y, ARRAYS["A"])),
    ("kron(A,Y)", "Y", lambda Y: np.kron(ARRAYS["A"], Y)),
    ("kron(Y',A)", "Y", lambda Y: np.kron(Y.T, ARRAYS["A"])),
    ("kron(Y,Y)", "Y", lambda Y: np.kron(Y, Y)),
    ("kron(A,kron(Y,B))", "Y", lambda Y: np.kron(ARRAYS["A"], np.kron(Y, ARRAYS["B"]))),
    ("kron(x*b',A)", "x", lambda x: np.kron(np.outer(x, ARRAYS["b"]), ARRAYS["A"])),
    ("inv(kron(X,P))", "X", lambda X: np.linalg.inv(np.kron(X, ARRAYS["P"]))),
    ("expm(X)", "X", sl.expm),
    ("X^k", "X", lambda X: np.linalg.matrix_power(X, 3)),
    ("X^k*b", "X", lambda X: np.linalg.matrix_power(X, 3) @ ARRAYS["b"]),
    ("sinm(X)", "X", sl.sinm),
    ("coshm(X)*b", "X", lambda X: sl.coshm(X) @ ARRAYS["b"]),
    ("tanhm(X)", "X", sl.tanhm),
    ("logm(P)", "P", sl.logm),
    ("powm(P,a)", "P", lambda P: power(P, 0.7)),
    ("sqrtm(P)*b", "P", lambda P: sl.sqrtm(P) @ ARRAYS["b"]),
    ("expm(B*Y)*b", "Y", lambda Y: sl.expm(ARRAYS["B"] @ Y) @ ARRAYS["b"]),
    ("expm(x*x')*b", "x", lambda x: sl.expm(np.outer(x, x)) @ ARRAYS["b"]),
    ("B*Y*expm(t*X)", "X", lambda X: ARRAYS["B"] @ ARRAYS["Y"] @ sl.expm(0.5 * X)),
]


def vec(a) -> np.ndarray:
    return np.asarray(a).T.ravel()


def jacobian(f, x: np.ndarray) -> np.ndarray:
    """Rows: vec of what moves; columns: vec of the value. Fourth order."""
    rows = []
    for place in np.ndindex(x.shape[::-1]):
        e = np.zeros_like(x)
        e[place[::-1]] = 1e-3
        rows.append((8 * (vec(f(x + e)) - vec(f(x - e))) - vec(f(x + 2 * e)) + vec(f(x - 2 * e))) / 12e-3)
    return np.array(rows)


@pytest.mark.parametrize(("text", "by", "f"), CASES, ids=[c[0] for c in CASES])
def test_the_printed_formula_is_the_jacobian(text: str, by: str, f) -> None:
    d = gp.derive(text, by, WHERE)
    assert isinstance(d.result, gp.Expr), d.result.ascii
    values = {s.name: ARRAYS[s.name] for s in gp.parse(text, WHERE).variables}
    want = jacobian(f, ARRAYS[by])
    size = float(np.max(abs(want)))
    if "kron(" in text:
        values |= SIZES
    assert np.allclose(d.result.evaluate(values), want, atol=1e-7 * size)
    again = gp.parse(d.result.ascii, WHERE)
    assert np.allclose(again.evaluate(values), want, atol=1e-7 * size)
    assert d.verified is True


def test_second_derivatives_of_traces_have_one() -> None:
    X = ARRAYS["X"]
    f = lambda X: np.log(np.trace(sl.expm(X)))  # noqa: E731
    d = gp.hessian("log(tr(expm(X)))", "X", WHERE)
    want = jacobian(lambda X: jacobian(lambda Z: np.array([f(Z)]), X)[:, 0], X)
    assert np.allclose(d.result.evaluate(X=X), want, atol=1e-6)


@pytest.mark.parametrize("op", [op for op in TABLE.values() if isinstance(op.meaning, Frechet)], ids=lambda op: op.name)
def test_every_derivative_along_a_direction_has_its_matrix(op) -> None:
    given = {"powm": "P,a", "integer_power": "X^k"}.get(op.meaning.of, "P" if op.domain else "X")
    text = given if "^" in given else f"{op.meaning.of}({given})"
    d = gp.derive(text, given[0], WHERE, verify=False)
    values = {s.name: ARRAYS[s.name] for s in gp.parse(text, WHERE).variables}
    moved = d.evaluate(values)  # the axes of X, then those of the value
    want = np.transpose(moved, (1, 0, 3, 2)).reshape(9, 9)
    assert np.allclose(d.result.evaluate(values), want, atol=1e-8)


def test_sizes_of_any_name_are_put_in() -> None:
    d = gp.derive("expm(Z)", "Z", "Z: matrix j j")
    assert "2*j*j" in d.result.ascii
    assert np.allclose(d.result.evaluate(Z=ARRAYS["X"]), jacobian(sl.expm, ARRAYS["X"]), atol=1e-7)


def test_the_derivation_of_one() -> None:
    text = str(gp.derive("expm(X)", "X", WHERE).derivation())
    assert "kron" in text or "⊗" in text


def test_a_differential_of_a_number_without_a_matrix_form_is_refused_with_its_index_notation() -> None:
    with pytest.raises(gp.UnsupportedError, match="no form in matrix notation"):
        gp.differential("-tr(dsqrtm(3*eye(n) + M, M, C))", "M", "C: matrix n n; M: matrix n n")
