"""Many problems at once give what `evaluate` gives for each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.codegen import batch

PROBLEMS = 4
SIZES = {"m": 5, "n": 3, "k": 2}
DECLARED = {
    "S": "matrix n n posdef", "T": "matrix n n symmetric", "lam": "scalar", "l": "scalar positive", "Q": "matrix n n",
}  # fmt: skip
RIDGE = "norm2(X*w - y)^2 + lam*norm2(w)^2"

CASES: list[tuple[str, Any, list[str]]] = [
    (RIDGE, "w", ["X", "y"]),
    (RIDGE, ["w", "w"], ["X", "y", "lam"]),
    (RIDGE, "w", ["w"]),
    ("sum(log(1 + exp(-y.*(X*w))))", ["w", "w"], ["X", "y", "w"]),
    ("sum(log(1 + exp(-y.*(X*w))))", ["w", "w"], ["y"]),
    ("log(sum(exp(A*x)))", ["x", "x"], ["x"]),
    ("log(sum(exp(A*x)))", ["x", "x"], ["A"]),
    ("y'*inv(S)*y + logdet(S)", "S", ["S"]),
    ("y'*inv(S)*y", "y", ["y"]),
    ("y'*inv(T)*y", "T", ["T", "y"]),
    ("x'*A*x", ["x", "x"], ["A"]),
    ("c*x'*x", "c", ["c", "x"]),
    ("softmax(x)", "x", ["x"]),
    ("sum(sin(X*w).*y)", "X", ["w"]),
    ("norm2(x)", ["x", "x"], ["x"]),
    ("inv(X'*X + l*eye(n))*X'*y", "l", ["y", "l"]),
    ("x*y'", "x", ["x"]),
    ("X'*diag(w)*X", "w", ["w"]),
    ("sum(relu(x).*v)", "x", ["v"]),
    ("det(Q)*y", "Q", ["Q"]),
    ("norm2(M.*(A - U*V'))^2", ["U", "U"], ["M"]),
]


def problem(d: gp.Derivative, many: list[str]) -> dict[str, np.ndarray]:
    """Random data; with a first axis of problems for these variables."""
    rng = np.random.default_rng(0)

    def draw(s: Any) -> Any:
        sizes = {**{n: 2 + len(n) % 3 for x in s.type.dims for n in x.names}, **SIZES}
        v = rng.uniform(0.3, 1.5, tuple(x.evaluate(sizes) for x in s.type.dims))
        v = v @ v.T + np.eye(len(v)) if "posdef" in s.facts else v + v.T if "symmetric" in s.facts else v
        return v if s.type.dims else float(v)

    return {n: np.stack([draw(s) for _ in range(PROBLEMS)]) if n in many else draw(s) for n, s in d.symbols.items()}


@pytest.mark.parametrize(
    "target",
    ["numpy", "numpy-only", pytest.param("jax", marks=pytest.mark.long), pytest.param("torch", marks=pytest.mark.long)],
)
@pytest.mark.parametrize(("formula", "wrt", "many"), CASES)
def test_many_problems(formula: str, wrt: Any, many: list[str], target: str) -> None:
    pytest.importorskip(target.partition("-")[0])
    declared = {n: said for n, said in DECLARED.items() if n in formula}
    d = gp.derive(formula, wrt=wrt, where=declared, verify=False)
    values = problem(d, many)
    each = [{n: v[k] if n in many else v for n, v in values.items()} for k in range(PROBLEMS)]
    f = d.compile(target, batch=many, value=True)
    close = 1e-4 if target == "jax" else 1e-9
    for _ in range(2):
        value, derivative = f(values)
        np.testing.assert_allclose(np.asarray(derivative), [d.evaluate(one) for one in each], close, close)
        np.testing.assert_allclose(np.asarray(value), [d.expression.evaluate(one) for one in each], close, close)


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_a_derivative_without_the_variables_of_many_problems_is_the_same_for_each(target: str) -> None:
    pytest.importorskip(target)
    f = gp.derive("A*x + b", wrt="x", where="A: matrix m n; x: vector n; b: vector m", verify=False).compile(
        target, batch=["x", "b"]
    )
    a = np.arange(6.0).reshape(2, 3)
    for count in (4, 2):
        found = np.asarray(f(A=a, x=np.zeros((count, 3)), b=np.zeros((count, 2))))
        np.testing.assert_array_equal(found, [a.T] * count)


def test_what_does_not_fit_is_refused() -> None:
    d = gp.derive(RIDGE, wrt="w", where={"lam": "scalar"})
    f = d.compile(batch=["X", "y"])
    X, y, w = np.ones((4, 5, 3)), np.ones((4, 5)), np.ones(3)
    for wrong in ({"y": y[:3]}, {"y": y[:, :4]}, {"X": X[0]}, {"w": np.ones((4, 3))}, {"X": X[:0], "y": y[:0]}):
        with pytest.raises(gp.GradproofError):
            f({"X": X, "y": y, "w": w, "lam": 1.0, **wrong})
    assert f(X=X, y=y, w=w, lam=1.0).shape == (4, 3)
    with pytest.raises(gp.UnsupportedError, match="no variable Z"):
        d.compile(batch=["Z"])
    with pytest.raises(gp.UnsupportedError, match="julia"):
        d.compile("julia", batch=["X"])


def test_code_that_mixes_problems_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    d = gp.derive("sum(prod(q)*t)", "q")
    monkeypatch.setitem(batch.KINDS, "apply", batch._Axis.same)  # the product of the entries of all problems
    with pytest.raises(gp.VerificationError, match="is wrong, and is not handed out"):
        d.compile(batch=["q", "t"])


def test_declared_facts_hold_in_each_problem() -> None:
    f = gp.derive("y'*inv(S)*y", wrt="y", where="S: matrix n n posdef").compile(batch=["S"])
    S = np.stack([np.eye(2), -np.eye(2)])
    with pytest.raises(gp.DomainError, match="S is declared posdef"):
        f(S=S, y=np.ones(2))


def test_the_source_stands_alone() -> None:
    f = gp.derive(RIDGE, wrt="w", where={"lam": "scalar"}).compile(batch="y")
    space: dict[str, Any] = {}
    exec(f.source, space)
    X, y, w = np.arange(6.0).reshape(3, 2), np.arange(12.0).reshape(4, 3), np.ones(2)
    given = {"X": X, "y": y, "w": w, "lam": 0.5}
    expected = np.stack([2 * X.T @ (X @ w - b) + w for b in y])
    np.testing.assert_allclose(space["gradient"](*[given[n] for n in f.names]), expected)
