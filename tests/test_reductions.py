"""Maximum, product, running sums, functions of rows, Huber's loss, means: values from NumPy and central differences."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp

RNG = np.random.default_rng(2)
V = {
    "x": np.array([0.7, -1.3, 2.1, 0.4]), "p": np.array([0.7, 1.3, 2.1, 0.4]), "b": RNG.normal(size=3), "A": RNG.normal(size=(3, 4)),
    "P": np.abs(RNG.normal(size=(3, 4))) + 0.1, "X": RNG.normal(size=(3, 4)), "Y": RNG.normal(size=(3, 4)), "c": RNG.normal(size=4), "t": 0.3,
}  # fmt: skip
WHERE = {
    "x": "vector n",
    "p": "vector n positive",
    "b": "vector m",
    "A": "matrix m n",
    "P": "matrix m n positive",
    "X": "matrix m n",
    "Y": "matrix m n",
    "c": "vector n",
    "t": "scalar positive",
}


def huber(x):
    return np.where(np.abs(x) <= 1, x**2 / 2, np.abs(x) - 0.5)


CASES = [
    ("max(x)", "x", lambda v: v["x"].max()),
    ("min(A*x)", "x", lambda v: (v["A"] @ v["x"]).min()),
    ("max(X)^2", "X", lambda v: v["X"].max() ** 2),
    ("log(prod(p))", "p", lambda v: np.log(v["p"].prod())),
    ("prod(P*p)", "p", lambda v: (v["P"] @ v["p"]).prod()),
    ("prod(p)^(1/n)", "p", lambda v: v["p"].prod() ** 0.25),
    ("c'*cumsum(x)", "x", lambda v: v["c"] @ np.cumsum(v["x"])),
    ("cumsum(x)", "x", lambda v: np.cumsum(v["x"])),
    ("norm21(X)", "X", lambda v: np.sum(np.linalg.norm(v["X"], axis=0))),
    ("tr(Y'*softmax_rows(X))", "X", lambda v: np.sum(v["Y"] * np.exp(v["X"]) / np.exp(v["X"]).sum(1)[:, None])),
    ("b'*logsumexp_rows(X)", "X", lambda v: v["b"] @ np.log(np.exp(v["X"]).sum(1))),
    ("sum(huber(A*x - b))", "x", lambda v: huber(v["A"] @ v["x"] - v["b"]).sum()),
    ("sum(leaky_relu(A*x - b))", "x", lambda v: (lambda r: np.where(r > 0, r, r / 100).sum())(v["A"] @ v["x"] - v["b"])),
    ("sum(max(t*(b - A*x), (t - 1)*(b - A*x)))", "x", lambda v: (lambda r: np.maximum(0.3 * r, -0.7 * r).sum())(v["b"] - v["A"] @ v["x"])),
    ("sum(min(A*x, b))", "x", lambda v: np.minimum(v["A"] @ v["x"], v["b"]).sum()),
    ("mean(A*x)^2", "x", lambda v: (v["A"] @ v["x"]).mean() ** 2),
    ("var(x)", "x", lambda v: v["x"].var()),
    ("var(X)", "X", lambda v: v["X"].var()),
    ("dot(c,x)^2 + tr(A'*outer(b,x))", "x", lambda v: (v["c"] @ v["x"]) ** 2 + np.sum(v["A"] * np.outer(v["b"], v["x"]))),
]  # fmt: skip


def slope(f, name, h=1e-6):
    x, rows = V[name], []
    for i in range(x.size):
        step = np.zeros(x.size)
        step[i] = h
        step = step.reshape(x.shape)
        rows.append((f({**V, name: x + step}) - f({**V, name: x - step})) / (2 * h))
    return np.reshape(rows, x.shape + np.shape(rows[0]))


@pytest.mark.parametrize(("text", "wrt", "f"), CASES, ids=[c[0] for c in CASES])
def test_reductions(text, wrt, f):
    names = {s.name for s in gp.parse(text, where=WHERE).variables}
    where, values = {n: WHERE[n] for n in names}, {n: V[n] for n in names}
    assert np.allclose(gp.parse(text, where=where).evaluate(values), f(V))
    d = gp.derive(text, wrt=wrt, where=where)
    want = slope(f, wrt)
    assert d.verified is True
    assert np.allclose(d.evaluate(values), want, atol=1e-6)
    assert np.allclose(d.compile()(values), want, atol=1e-6)
    for e in (d.result, d.expression):
        for notation in ("ascii", "latex"):
            read = gp.parse(getattr(e, notation), where=where, notation=notation)
            assert np.allclose(read.evaluate({**values, "n": 4}), e.evaluate({**values, "n": 4}))
    assert d.derivation().text()


def test_a_tie_is_a_condition():
    said = gp.derive("max(x)", wrt="x", where="x: vector n").derivation().text()
    assert "one largest entry" in said
    assert gp.derive("max(x)", wrt="x", where="x: vector n").evaluate(x=[1.0, 3.0, 3.0]).tolist() == [0, 0.5, 0.5]


def test_the_second_derivative_of_a_maximum_is_zero():
    assert gp.hessian("max(x)", wrt="x", where="x: vector n").result.ascii == "zeros(n,n)"


@pytest.mark.parametrize(
    ("text", "notation", "ascii"),
    [
        (r"\max(x)", "latex", "max(x)"),
        (r"\max(0, x)", "latex", "relu(x)"),
        (r"\max(a, b)", "latex", "b + relu(a - b)"),
        ("np.max(x)", "numpy", "max(x)"),
        ("np.prod(x)", "numpy", "prod(x)"),
        ("np.cumsum(x)", "numpy", "cumsum(x)"),
        ("np.sum(np.maximum(u, v))", "numpy", "sum(v + relu(u - v))"),
        ("x.max()", "numpy", "max(x)"),
        ("max(x)", "ascii", "max(x)"),
    ],
)
def test_reading(text, notation, ascii):
    assert gp.parse(text, where="x: vector n", notation=notation).ascii == ascii


def test_rows_are_stable():
    X = np.array([[1000.0, 1001.0], [-1000.0, -1002.0]])
    assert np.allclose(
        gp.parse("logsumexp_rows(X)").evaluate(X=X), np.array([1001.0, -1000.0]) + np.log1p(np.exp([-1.0, -2.0]))
    )


def test_the_larger_of_a_number_and_0_is_relu() -> None:
    w, y, X = np.array([0.3, -0.2]), np.array([1.0, -1.0, 1.0]), np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.1]])
    hinge = gp.derive("sum(max(0, 1 - y.*(X*w)))", wrt="w")
    assert "relu" in hinge.expression.ascii
    expected = -X.T @ (y * (1 - y * (X @ w) > 0))
    assert np.allclose(hinge.evaluate({"w": w, "y": y, "X": X}), expected)
    least = gp.derive("sum(min(a.*x, 0))", wrt="x", where="x: vector n; a: vector n")
    assert np.allclose(least.evaluate({"a": y[:2], "x": w}), y[:2] * (y[:2] * w < 0))


@pytest.mark.parametrize(
    ("formula", "wrt", "result"),
    [
        ("-sum(Y.*log(softmax_rows(X*W)))", "W", "X'*(diag(Y*ones(n))*softmax_rows(X*W) - Y)"),
        ("sum(C.*(softmax_rows(Q*K')*V))", "V", "softmax_rows(Q*K')'*C"),
        (
            "sum(C.*(softmax_rows(Q*K')*V))",
            "Q",
            "(softmax_rows(Q*K').*(C*V' - diag(C*V'*softmax_rows(Q*K')')*ones(q)'))*K",
        ),
        ("w'*(softmax_rows(Q*K'/sqrt(d))*V)*v", "V", "softmax_rows(Q*K'/sqrt(d))'*w*v'"),
        ("w'*softmax_rows(Q*K')*V*v", "w", "softmax_rows(Q*K')*V*v"),
        ("-sum(Y.*log(softmax_rows(X*W)))/n", "W", "X'*(diag(Y*ones(p))*softmax_rows(X*W) - Y)/n"),
        (
            "w'*softmax_rows(Q*K')*V*v",
            "Q",
            "(softmax_rows(Q*K').*(w*v'*V' - (w.*(softmax_rows(Q*K')*V*v))*ones(p)'))*K",
        ),
        ("sum(logsumexp_rows(X).^2)", "X", "2*diag(logsumexp_rows(X))*softmax_rows(X)"),
        ("sum(exp(X)*ones(n))", "X", "exp(X)"),
    ],
)
def test_functions_of_rows_have_their_names_in_results(formula: str, wrt: str, result: str) -> None:
    d = gp.derive(formula, wrt=wrt)
    assert d.result.ascii == result
    assert d.verified
    if "rows" in formula:
        told = d.derivation()
        assert told.summary.agreed == told.summary.steps


def test_the_gradient_of_a_softmax_layer_is_that_of_finite_differences() -> None:
    rng = np.random.default_rng(0)
    X, W, Y = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.uniform(size=(4, 2))

    def loss(w: np.ndarray) -> float:
        e = np.exp(X @ w)
        return -float(np.sum(Y * np.log(e / e.sum(1, keepdims=True))))

    found = gp.derive("-sum(Y.*log(softmax_rows(X*W)))", wrt="W").evaluate({"X": X, "W": W, "Y": Y})
    h = 1e-6
    for i, j in np.ndindex(W.shape):
        step = np.zeros_like(W)
        step[i, j] = h
        assert np.isclose((loss(W + step) - loss(W - step)) / (2 * h), found[i, j], atol=1e-6)


@pytest.mark.filterwarnings("ignore::gradproof.UnverifiedWarning")
@pytest.mark.parametrize("name", ["max", "min"])
def test_the_extreme_of_a_computed_symmetric_matrix(name: str) -> None:
    """It stands at two places that are equal but for rounding: one of them is found, and is not taken for both."""
    rng = np.random.default_rng(7)
    for _ in range(12):
        B = rng.normal(size=(3, 3))

        def value(b: np.ndarray) -> float:
            return float(getattr(np, name)(np.linalg.inv(np.eye(3) + b @ b.T) - 2 * np.eye(3) * (name == "max")))

        steps = 1e-6 * np.eye(9).reshape(9, 3, 3)
        want = np.array([(value(B + e) - value(B - e)) / 2e-6 for e in steps]).reshape(3, 3)
        shift = " - 2*eye(n)" if name == "max" else ""
        d = gp.derive(f"{name}(inv(eye(n) + B*B'){shift})", "B", where="B: matrix n n")
        np.testing.assert_allclose(d.evaluate(B=B), want, atol=1e-7)
        np.testing.assert_allclose(d.compile()(B=B), want, atol=1e-7)


@pytest.mark.parametrize("formula", ["sumtop(x,10)", "sumtop(x,2.5)", "sum(x.*topk(x,10))"])
@pytest.mark.filterwarnings("ignore::gradproof.errors.UnverifiedWarning")
def test_a_count_that_no_array_of_that_size_has_is_not_verified(formula: str) -> None:
    """There is no sum of the ten largest of four entries."""
    d = gp.derive(formula, "x", "x: vector 4")
    assert d.verified is False
    for ask in (d.evaluate, d.compile(), gp.parse(formula, "x: vector 4").evaluate):
        with pytest.raises(gp.DomainError):
            ask(x=[1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize("target", ["jax", "torch"])
def test_half_an_entry_is_not_a_number_where_code_cannot_raise(target: str) -> None:
    pytest.importorskip(target)
    code = gp.derive("c*sumtop(x,k)", "c", "c: scalar; x: vector n; k: scalar", verify=False).compile(target)
    x = np.array([1.0, 5.0, 2.0, 4.0])
    if target == "torch":
        import torch

        x = torch.tensor(x)
    assert float(code(x=x, k=2.0)) == 9.0
    assert np.isnan(float(code(x=x, k=2.5)))
