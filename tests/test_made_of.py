"""Functions that are made of others, and inverses of block triangular matrices: against NumPy by hand, and central differences."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.parse.made_of import MADE_OF

RNG = np.random.default_rng(12)
A, X, B = RNG.normal(size=(3, 3)), RNG.normal(size=(2, 2)), RNG.normal(size=(3, 2))
x, y = RNG.normal(size=3), RNG.normal(size=3)
BLOCKS = np.block([[A, np.zeros((3, 2))], [np.zeros((2, 3)), X]])
SIGMOID = 1 / (1 + np.exp(-x))
VALUES = {
    "blkdiag": ("blkdiag(A, X)", BLOCKS),
    "block_diag": ("block_diag(A, X)", BLOCKS),
    "tril0": ("tril0(A)", np.tril(A, -1)),
    "triu0": ("triu0(A)", np.triu(A, 1)),
    "copyltu": ("copyltu(A)", np.tril(A) + np.tril(A, -1).T),
    "revcumsum": ("revcumsum(x)", np.cumsum(x[::-1])[::-1]),
    "step": ("step(x)", np.heaviside(x, 0.5)),
    "heaviside": ("heaviside(x)", np.heaviside(x, 0.5)),
    "silu": ("silu(x)", x * SIGMOID),
    "swish": ("swish(x)", x * SIGMOID),
    "logsigmoid": ("logsigmoid(x)", np.log(SIGMOID)),
    "log_sigmoid": ("log_sigmoid(x)", np.log(SIGMOID)),
    "expm1": ("expm1(x)", np.expm1(x)),
    "sec": ("sec(x)", 1 / np.cos(x)),
    **{name: (f"{name}(x)", 1 / np.sin(x)) for name in ("csc", "cosec")},
    **{name: (f"{name}(x)", 1 / np.tan(x)) for name in ("cot", "ctg", "cotg")},
    "sech": ("sech(x)", 1 / np.cosh(x)),
    "csch": ("csch(x)", 1 / np.sinh(x)),
    **{name: (f"{name}(x)", 1 / np.tanh(x)) for name in ("coth", "cth")},
    "hypot": ("hypot(x, y)", np.hypot(x, y)),
}
WHERE = "A: matrix n n; X: matrix m m; B: matrix n m; x: vector n; y: vector n"
GIVEN = {"A": A, "X": X, "B": B, "x": x, "y": y}


def given(text: str) -> dict[str, np.ndarray]:
    return {n: v for n, v in GIVEN.items() if n in {s.name for s in gp.parse(text, WHERE).variables}}


@pytest.mark.parametrize("name", MADE_OF)
def test_its_value_is_that_of_numpy(name: str) -> None:
    text, want = VALUES[name]
    assert np.allclose(gp.parse(text, WHERE).evaluate(given(text)), want)


SCALARS = {
    "logdet(blkdiag(A*A', X*X'))": ("A", lambda A: np.linalg.slogdet(A @ A.T)[1]),
    "norm2(blkdiag(A, X))^2 + sum(silu(x))": ("x", lambda x: np.sum(x / (1 + np.exp(-x)))),
    "tr(B'*tril0(A)*B)": ("A", lambda A: np.trace(B.T @ np.tril(A, -1) @ B)),
    "tr(B'*copyltu(A)*B)": ("A", lambda A: np.trace(B.T @ (np.tril(A) + np.tril(A, -1).T) @ B)),
    "sum(log(revcumsum(exp(x))))": ("x", lambda x: np.log(np.cumsum(np.exp(x)[::-1])).sum()),
    "y'*logsigmoid(x)": ("x", lambda x: y @ -np.log(1 + np.exp(-x))),
    "sum(hypot(x, y))": ("x", lambda x: np.hypot(x, y).sum()),
    "tr(inv([A, B; zeros(m,n), X]))": ("A", lambda A: np.trace(np.linalg.inv(A))),
    "sum(inv([A, B; zeros(m,n), X]))": (
        "B",
        lambda B: np.linalg.inv(np.block([[A, B], [np.zeros((2, 3)), X]])).sum(),
    ),
    "log(det([A, zeros(n,m); B', X])^2)": ("X", lambda X: np.log(np.linalg.det(X) ** 2)),
}


@pytest.mark.parametrize("text", SCALARS)
def test_its_gradient_is_a_difference_quotient(text: str) -> None:
    name, f = SCALARS[text]
    d = gp.derive(text, name, WHERE)
    want = np.zeros_like(GIVEN[name])
    for at in np.ndindex(want.shape):
        e = np.zeros_like(want)
        e[at] = 1e-5
        want[at] = (f(GIVEN[name] + e) - f(GIVEN[name] - e)) / 2e-5
    values = given(text)
    assert np.allclose(d.evaluate(values), want, rtol=1e-5, atol=1e-6)
    assert d.verified is True
    assert np.allclose(d.compile()(values), want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "by", "shown"),
    [
        ("logdet(blkdiag(A, X))", "X", "inv(X)'"),
        ("logdet([A, B; zeros(m,n), X])", "X", "inv(X)'"),
        ("blkdiag(A, X)*[x; B'*x]", "X", "-"),
        ("norm2(blkdiag(A, X)*z)^2", "z", "2*[A'*A, zeros(n,m); zeros(m,n), X'*X]*z"),
    ],
)
def test_blocks_of_zeros_are_seen_and_written(text: str, by: str, shown: str) -> None:
    d = gp.derive(text, by, f"{WHERE}; z: vector n+m", verify=False)
    if shown != "-":
        assert d.result.ascii == shown
    if by == "z":
        values = {"A": A, "X": X, "z": RNG.normal(size=5)}
        again = gp.parse(d.result.ascii, "A: matrix n n; X: matrix m m; z: vector n+m").evaluate(values)
        assert np.allclose(again, d.evaluate(values))


def test_a_symbolic_power_of_a_complex_matrix_compiles() -> None:
    Z = RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3))
    f = gp.derive("tr(Z^k)", "Z", "Z: matrix n n complex; k: scalar integer").compile()
    assert np.allclose(f(Z=Z, k=3), 3 * (Z @ Z).T)


def test_a_size_in_a_claim_is_no_variable() -> None:
    where = "A: matrix n n; x: vector n"
    text = "sum(i,1,n, sum(j,1,i, A[i,j]*x[j]))"
    own = gp.derive(text, "x", where).result.ascii
    assert gp.check(text, "x", own, where).verdict == "right"
    assert gp.check("n*norm2(cumsum(x))^2", "x", "2*n*lowertri(n)'*lowertri(n)*x", where).verdict == "right"
    assert str(gp.parse("lowertri(c)*x", "c: vector n*(n+1)/2; x: vector n")) == "trilvech(c)*x"
