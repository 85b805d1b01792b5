"""Sums as papers write them: limits that are indices, relations, sets, shifts. The truth is a loop over the entries."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import GradproofError

RNG = np.random.default_rng(1)
N = 5
I = range(N)
x, y, A, X = RNG.normal(size=N), RNG.normal(size=N), RNG.normal(size=(N, N)), RNG.normal(size=(N, 3))
M, B, S = (RNG.random((N, N)) > 0.5) * 1.0, RNG.normal(size=(3, 3)), (RNG.random(N) > 0.5) * 1.0
U, W = RNG.normal(size=(N, 2)), RNG.normal(size=(N, 2))
V = {
    "x": x,
    "y": y,
    "A": A,
    "X": X,
    "B": B,
    "u": x,
    "Omega": M,
    "U": U,
    "V": W,
    "R": A,
    "S": S,
    "E": M,
    "w": y,
    "c": 1.3,
    "a": y[:-1],
}


def pairs(entry, where):
    return sum(entry(i, j) for i in I for j in I if where(i, j))


READ = [
    (r"\sum_{i=1}^{n-1} (u_{i+1} - u_i)^2", lambda: np.sum(np.diff(x) ** 2)),
    ("sum_{i=1}^{n-1} |x_{i+1} - x_i|", lambda: np.sum(np.abs(np.diff(x)))),
    (r"\sum_{i=2}^{n} (u_i - u_{i-1})^2", lambda: np.sum(np.diff(x) ** 2)),
    (r"\sum_{i=2}^{n-1} (u_{i+1} - 2u_i + u_{i-1})^2", lambda: np.sum(np.diff(x, 2) ** 2)),
    (r"\sum_{i=1}^{n-2} (u_{i+2} - 2u_{i+1} + u_i)^2", lambda: np.sum(np.diff(x, 2) ** 2)),
    (r"\sum_{t=1}^{T-1} \|x_{t+1} - B x_t\|^2", lambda: sum(np.sum((X[t + 1] - B @ X[t]) ** 2) for t in range(N - 1))),
    (r"\sum_{t=0}^{T-2} \|x_{t+1} - B x_t\|^2", lambda: sum(np.sum((X[t + 1] - B @ X[t]) ** 2) for t in range(N - 1))),
    (r"\sum_{i=1}^{n-1} a_i (x_{i+1}-x_i)", lambda: np.sum(y[:-1] * np.diff(x))),
    (r"\sum_{i=1}^n x_i^2 + \sum_{i=1}^{n-1}(x_{i+1}-x_i)^2", lambda: np.sum(x**2) + np.sum(np.diff(x) ** 2)),
    (r"\sum_{i=2}^{n} x_i^2", lambda: np.sum(x[1:] ** 2)),
    (r"\sum_{i=1}^{n-1}\sum_{j=1}^n (A_{i+1,j}-A_{ij})^2", lambda: np.sum(np.diff(A, axis=0) ** 2)),
    (r"\sum_{i=1}^n \sum_{j=1}^{i} A_{ij} x_j", lambda: pairs(lambda i, j: A[i, j] * x[j], lambda i, j: j <= i)),
    (r"\sum_{i=1}^n \sum_{j=1}^{i-1} A_{ij} x_j", lambda: pairs(lambda i, j: A[i, j] * x[j], lambda i, j: j < i)),
    (r"\sum_{i=1}^n \sum_{j=i}^{n} A_{ij} x_j", lambda: pairs(lambda i, j: A[i, j] * x[j], lambda i, j: j >= i)),
    (r"\sum_{i=1}^n \sum_{j=i+1}^{n} A_{ij} x_j", lambda: pairs(lambda i, j: A[i, j] * x[j], lambda i, j: j > i)),
    (
        r"\sum_{i=1}^n\sum_{j\neq i} x_i x_j A_{ij}",
        lambda: pairs(lambda i, j: A[i, j] * x[i] * x[j], lambda i, j: i != j),
    ),
    (
        r"\sum_{i=1}^n\sum_{j=1,j\neq i}^n x_i x_j A_{ij}",
        lambda: pairs(lambda i, j: A[i, j] * x[i] * x[j], lambda i, j: i != j),
    ),
    (r"\sum_i\sum_{j \ne i} A_{ij}^2", lambda: pairs(lambda i, j: A[i, j] ** 2, lambda i, j: i != j)),
    (r"\sum_{i \neq j} (x_i - x_j)^2", lambda: pairs(lambda i, j: (x[i] - x[j]) ** 2, lambda i, j: i != j)),
    (r"\sum_{i<j} x_i x_j", lambda: pairs(lambda i, j: x[i] * x[j], lambda i, j: i < j)),
    (r"\sum_{i<j} A_{ij} x_j", lambda: pairs(lambda i, j: A[i, j] * x[j], lambda i, j: i < j)),
    (r"\sum_{i>j} A_{ij} x_j", lambda: pairs(lambda i, j: A[i, j] * x[j], lambda i, j: i > j)),
    (r"\sum_{i \le j} A_{ij} x_j", lambda: pairs(lambda i, j: A[i, j] * x[j], lambda i, j: i <= j)),
    (r"\sum_{1\le i<j\le n} (x_i-x_j)^2", lambda: pairs(lambda i, j: (x[i] - x[j]) ** 2, lambda i, j: i < j)),
    (r"\sum_i \sum_{j < i} \exp(x_i - x_j)", lambda: pairs(lambda i, j: np.exp(x[i] - x[j]), lambda i, j: j < i)),
    (r"\sum_i \sum_{j \neq i} x_i", lambda: (N - 1) * x.sum()),
    (r"\sum_i y_i \sum_{j=1}^i x_j", lambda: y @ np.cumsum(x)),
    (r"\sum_i (y_i - \sum_{j\le i} x_j)^2", lambda: np.sum((y - np.cumsum(x)) ** 2)),
    (r"\sum_{(i,j)\in\Omega} (R_{ij} - u_i^\top v_j)^2", lambda: np.sum(M * (A - U @ W.T) ** 2)),
    (r"\sum_{(i,j)\in E} A_{ij} x_i x_j", lambda: x @ (M * A) @ x),
    (r"\sum_{i\in S} x_i^2", lambda: np.sum(S * x**2)),
    ("sum_{i<j} x_i x_j", lambda: pairs(lambda i, j: x[i] * x[j], lambda i, j: i < j)),
    (r"\sum_{i=1}^n A_{i1} x_i", lambda: A[:, 0] @ x),
    (r"\sum_i (x_i - x_1)^2", lambda: np.sum((x - x[0]) ** 2)),
    (
        r"\frac12\sum_i \sum_j A_{ij} (x_i - x_j)^2",
        lambda: pairs(lambda i, j: A[i, j] * (x[i] - x[j]) ** 2 / 2, lambda i, j: True),
    ),
    (r"\|A - \sum_{k=1}^r \sigma_k u_k v_k^\top\|_F^2", None),
]


@pytest.mark.parametrize(("text", "meant"), READ, ids=[t for t, _ in READ])
def test_a_sum_is_what_a_loop_computes(text, meant):
    e = gp.parse(text)
    values = {s.name: V[s.name] for s in e.variables if s.name in V}
    if meant is None:
        U_, V_, s = RNG.normal(size=(2, N)), RNG.normal(size=(2, N)), RNG.normal(size=2)
        values |= {"U": U_, "V": V_, "sigma": s}
        wanted = np.sum((A - sum(s[k] * np.outer(U_[k], V_[k]) for k in range(2))) ** 2)
    else:
        wanted = meant()
    np.testing.assert_allclose(e.evaluate(values), wanted, atol=1e-12)
    assert gp.derive(text, e.variables[0].name).verified is True


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("sum_{j != i} x_j", "sum-pairs"), (r"\sum_{j \neq i} (x_i - x_j)^2", "sum-pairs"), (r"\sum_{i \neq j} x_j", "sum-pairs"),
        (r"\sum_{i\ne j} \log|x_i-x_j|", "sum-undefined"), (r"\sum_{i\neq j} \frac{1}{(x_i-x_j)^2}", "sum-undefined"),
        (r"\sum_{i} (u_{i+1} - u_i)^2", "sum-shift"), (r"\sum_{t=1}^T (x_t - x_{t-1})^2 + (x_0-a)^2", "number-beside-array"),
        (r"\sum_{i \in N(j)} x_i", "sum-set"), (r"\sum_{i=2}^n c", "sum-start"),
    ],
)  # fmt: skip
def test_sums_that_are_not_clear_are_refused(text, kind):
    with pytest.raises(GradproofError) as caught:
        gp.parse(text)
    assert caught.value.kind == kind
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [r"\max x_i", r"\prod_{i<j} x_i x_j", r"\sum_{i=1}^{n-1} x_i^2"],
)
def test_products_and_maxima_over_an_index_are_never_taken_off(text):
    with pytest.raises(GradproofError):
        gp.parse(text)


def test_what_a_sum_assumes_is_said():
    notes = {n.kind: str(n) for n in gp.parse(r"\sum_{(i,j)\in\Omega} (R_{ij} - u_i^\top v_j)^2").reading.notes}
    assert "Omega has a 1 for what is in the set" in notes["sum-mask"]
    assert "both i and j" in {n.kind: str(n) for n in gp.parse(r"\sum_{i<j} x_i x_j").reading.notes}["sum-pairs"]
    assert "a is read with n - 1 entries" in str(gp.parse(r"\sum_{i=1}^{n-1} a_i (x_{i+1}-x_i)").reading)
