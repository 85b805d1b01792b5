"""Claims in which differentials and derivatives stand as such, second differentials, and inverses that do not exist at every point."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.check import check_steps

SQUARES, INVERSE, BELL = "norm2(A*x - b)^2", "tr(inv(X)*A)", "sin(x)*exp(-x^2)"
FORMULAS = {
    SQUARES: "np.sum((A @ x - b)**2)",
    INVERSE: "np.trace(inv(X) @ A)",
    BELL: "np.sin(x)*np.exp(-x**2)",
    "logdet(X)": "np.log(abs(np.linalg.det(X)))",
    "logdet(Y'*Y)": "np.log(np.linalg.det(Y.T @ Y))",
    "x'*B*x": "x @ B @ x",
    "tr(inv(Y'*Y))": "np.trace(inv(Y.T @ Y))",
}

# formula, by, claim, how many times the formula is moved, what the claim says in NumPy
MOVED = [
    (INVERSE, "X", "df = tr(d(inv(X))*A)", 1, "-np.trace(inv(X) @ dX @ inv(X) @ A)"),
    (INVERSE, "X", "df = tr(A*dX^{-1})", 1, "-np.trace(inv(X) @ dX @ inv(X) @ A)"),
    (INVERSE, "X", "df = -tr(A*dX^{-1})", 1, "np.trace(inv(X) @ dX @ inv(X) @ A)"),
    (INVERSE, "X", r"\mathrm{d}f = \mathrm{tr}(A\,\mathrm{d}(X^{-1}))", 1, "-np.trace(inv(X) @ dX @ inv(X) @ A)"),
    (SQUARES, "x", "df = 2*(A*x-b)'*d(A*x-b)", 1, "2*(A @ x - b) @ A @ dx"),
    (SQUARES, "x", "df = 2 (Ax-b)^T d(Ax)", 1, "2*(A @ x - b) @ A @ dx"),
    (SQUARES, "x", "df = (A*x-b)'*d(A*x-b)", 1, "(A @ x - b) @ A @ dx"),
    ("logdet(X)", "X", "df = d(det(X))/det(X)", 1, "np.trace(inv(X) @ dX)"),
    ("logdet(X)", "X", "df = d(det(X))", 1, "np.linalg.det(X)*np.trace(inv(X) @ dX)"),
    (SQUARES, "x", "d²f = 2 dx' A' A dx", 2, "2*dx @ A.T @ A @ dx"),
    (SQUARES, "x", "d^2f = dx'*A'*A*dx", 2, "dx @ A.T @ A @ dx"),
    ("x'*B*x", "x", r"\mathrm{d}^2 f = \mathrm{d}x^\top (B+B^\top)\, \mathrm{d}x", 2, "dx @ (B + B.T) @ dx"),
    ("x'*B*x", "x", "d²f = dx'*B*dx", 2, "dx @ B @ dx"),
    ("logdet(X)", "X", "d²f = -tr(inv(X)*dX*inv(X)*dX)", 2, "-np.trace(inv(X) @ dX @ inv(X) @ dX)"),
    ("logdet(X)", "X", "d²f = tr(inv(X)*dX*inv(X)*dX)", 2, "np.trace(inv(X) @ dX @ inv(X) @ dX)"),
    ("x'*B*x", "x", "df = u*dx + dx'*B*x where u = x'*B", 1, "x @ (B + B.T) @ dx"),
    ("x'*B*x", "x", "df = 2*u*dx where u = x'*B'", 1, "2*dx @ B @ x"),
    ("x'*B*x", "x", "Df(x)[h] = x'*(B + B')*h", 1, "x @ (B + B.T) @ dx"),
    ("x'*B*x", "x", "Df(x)[h] = 2*x'*B'*h", 1, "2*dx @ B @ x"),
    ("logdet(X)", "X", "d²f = tr(d(inv(X))*dX)", 2, "-np.trace(inv(X) @ dX @ inv(X) @ dX)"),
]  # fmt: skip

# formula, by, claim, what it says in NumPy
PLAIN = [
    (BELL, "x", "(sin(x))'*exp(-x^2) + sin(x)*(exp(-x^2))'", "(np.cos(x) - 2*x*np.sin(x))*np.exp(-x**2)"),
    (BELL, "x", "sin(x)'*exp(-x^2) + sin(x)*exp(-x^2)'", "(np.cos(x) - 2*x*np.sin(x))*np.exp(-x**2)"),
    (BELL, "x", "d/dx(sin(x))*exp(-x^2) + sin(x)*d/dx(exp(-x^2))", "(np.cos(x) - 2*x*np.sin(x))*np.exp(-x**2)"),
    (BELL, "x", "(sin(x))'*exp(-x^2) - sin(x)*(exp(-x^2))'", "(np.cos(x) + 2*x*np.sin(x))*np.exp(-x**2)"),
    (BELL, "x", "(sin(x))'*(exp(-x^2))'", "-2*x*np.cos(x)*np.exp(-x**2)"),
    (SQUARES, "x", "2*A'*A*(x - inv(A'*A)*A'*b)", "2*A.T @ A @ (x - inv(A.T @ A) @ A.T @ b)"),
    (SQUARES, "x", "A'*A*(x - inv(A'*A)*A'*b)", "A.T @ A @ (x - inv(A.T @ A) @ A.T @ b)"),
    ("logdet(Y'*Y)", "Y", "2*Y*inv(Y'*Y)", "2*Y @ inv(Y.T @ Y)"),
    ("logdet(Y'*Y)", "Y", "Y*inv(Y'*Y)", "Y @ inv(Y.T @ Y)"),
    ("tr(inv(Y'*Y))", "Y", "-2*Y*inv(Y'*Y)^2", "-2*Y @ inv(Y.T @ Y) @ inv(Y.T @ Y)"),
    (SQUARES, "x", "df/dx = dr/dx*df/dr where r = A*x - b", "2*A.T @ (A @ x - b)"),
    (SQUARES, "x", "df/dx = dr/dx*df/dr/2 where r = A*x - b", "A.T @ (A @ x - b)"),
    (SQUARES, "x", r"\frac{\partial r}{\partial x} \frac{\partial f}{\partial r} where r = Ax - b", "2*A.T @ (A @ x - b)"),
    ("x'*B*x", "x", "u' + B*x where u = x'*B", "(B + B.T) @ x"),
    ("x'*B*x", "x", "2*u' where u = x'*B", "2*B.T @ x"),
    ("x'*B*x", "x", "(x'*B*x)' = (B + B')*x", "(B + B.T) @ x"),
    ("x'*B*x", "x", "(x'*B*x)' = (B - B')*x", "(B - B.T) @ x"),
]  # fmt: skip

VALUES = {"A": (4, 3), "b": (4,), "B": (3, 3), "X": (3, 3), "Y": (4, 3), "x": (3,)}
WHERE = {BELL: "x: scalar"}


def says(formula: str, by: str, claim: str, times: int) -> bool:
    """Whether what a claim says in NumPy is the derivative, or the differential of this order, by central differences."""
    rng, right = np.random.default_rng(5), True
    for _ in range(3):
        values = {n: rng.normal(size=shape) for n, shape in VALUES.items()}
        values["A"] = rng.normal(size=(3, 3) if formula == INVERSE else (4, 3))
        values["x"] = rng.normal() if formula == BELL else values["x"]
        moved = rng.normal(size=np.shape(values[by]))
        names = {"np": np, "inv": np.linalg.inv, **values, f"d{by}": moved}

        def at(step: np.ndarray, names: dict = names, x: np.ndarray = values[by]) -> float:
            return eval(FORMULAS[formula], {**names, by: x + step})  # noqa: S307

        h = 1e-4
        if times == 2:
            truth = (at(h * 10 * moved) - 2 * at(0 * moved) + at(-h * 10 * moved)) / (100 * h * h)
        elif times:
            truth = (at(h * moved) - at(-h * moved)) / (2 * h)
        else:
            units = np.eye(max(1, np.size(moved))).reshape(-1, *np.shape(moved))
            truth = np.reshape([(at(h * e) - at(-h * e)) / (2 * h) for e in units], np.shape(moved))
        right &= np.allclose(eval(claim, names), truth, rtol=1e-4, atol=1e-4)  # noqa: S307
    return right


@pytest.mark.parametrize("case", MOVED, ids=lambda c: f"{c[0]} | {c[2]}")
def test_what_stands_behind_a_d_is_moved(case: tuple[str, str, str, int, str]) -> None:
    formula, by, claim, times, meant = case
    found = gp.check(formula, by, claim, WHERE.get(formula))
    wrong = ("wrong", "right-if")  # if B is symmetric
    assert found.verdict in (("right",) if says(formula, by, meant, times) else wrong), found.text()


@pytest.mark.parametrize("case", PLAIN, ids=lambda c: f"{c[0]} | {c[2]}")
def test_primes_are_derivatives_and_inverses_are_judged_where_they_exist(case: tuple[str, str, str, str]) -> None:
    formula, by, claim, meant = case
    found = gp.check(formula, by, claim, WHERE.get(formula))
    assert found.verdict in (("right",) if says(formula, by, meant, 0) else ("wrong", "right-if")), found.text()


@pytest.mark.parametrize(
    ("formula", "by", "claim", "verdict"),
    [
        ("x'*x", "x", "2*x*x'*inv(x*x')*x", "unknown"),  # a matrix of rank one has no inverse
        ("logdet(X'*X)", "X", "2*inv(X*X')*X", "right-if"),  # an inverse where X is square only
        (SQUARES, "x", "2*A'*(A*x-b) + (A'*inv(A*A')*A - eye(n))*inv(A'*A)*x", "right-if"),
    ],
)
def test_what_has_no_value_at_ordinary_points_is_not_wrong(formula: str, by: str, claim: str, verdict: str) -> None:
    found = gp.check(formula, by, claim)
    assert found.verdict == verdict, found.text()
    assert found.counterexample is None


@pytest.mark.parametrize(
    ("second", "line"), [("d²f = dx'*(B+B')*dx", None), ("d²f = dx'*B*dx", 2), ("d²f = 2*dx'*B*dx", None)]
)
def test_a_second_differential_in_a_derivation(second: str, line: int | None) -> None:
    found = check_steps("x'*B*x", "x", f"df = x'*(B+B')*dx\n{second}\nH = B + B'")
    assert (None if found.first_wrong is None else found.links[found.first_wrong].line) == line, found.text()


# a chain rule in numerator layout, and rows that were given a name
DERIVATIONS = [
    (SQUARES, "x", "let r = A*x - b\ndf/dx = df/dr*dr/dx\n= 2*A'*r", "other-layout", None),
    (SQUARES, "x", "let r = A*x - b\ndf/dx = dr/dx*df/dr\n= A'*r", "wrong", 3),
    (SQUARES, "x", "let r = A*x - b\nlet g = 2*r'*A\ndf = g*dx\ndf/dx = g'", "other-layout", None),
    (SQUARES, "x", "let r = A*x - b\nlet g = 2*r'*A\ndf = g*dx/2\ndf/dx = g'", "wrong", 3),
    ("(v'*tanh(W*x) - y)^2", "W", "let z = W*x\nlet h = tanh(z)\nlet e = v'*h - y\ndf/dz = dh/dz*df/dh\n= 2*e*(v.*(1-h.^2))\ndf/dW = (df/dz)*x'", "right", None),
    ("(v'*tanh(W*x) - y)^2", "W", "let z = W*x\nlet h = tanh(z)\nlet e = v'*h - y\ndf/dz = dh/dz*df/dh\n= 2*e*(v.*(1-h))\ndf/dW = (df/dz)*x'", "wrong", 5),
]  # fmt: skip


@pytest.mark.parametrize("case", DERIVATIONS, ids=lambda c: c[2])
def test_derivations_by_the_chain_rule(case: tuple[str, str, str, str, int | None]) -> None:
    formula, by, text, verdict, line = case
    found = check_steps(formula, by, text, "y: scalar" if "y" in formula else None)
    assert found.verdict == verdict, found.text()
    assert verdict != "wrong" or (found.first_wrong is not None and found.links[found.first_wrong].line == line)
