"""Declared functions of each entry: activations, losses and penalties that have no formula, against differences of NumPy's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.numeric.evaluate import evaluate

WHERE = "g: function entrywise; l: function a,b -> entrywise"
Function = Callable[..., Any]


def g(x: Any) -> Any:
    return np.sin(2 * x) + x**2


def loss(a: Any, b: Any) -> Any:
    return np.exp(a * b) + a * b**3


FUNCTIONS: dict[str, Function] = {
    "g": g,
    "Dg": lambda x: 2 * np.cos(2 * x) + 2 * x,
    "DDg": lambda x: -4 * np.sin(2 * x) + 2,
    "l": loss,
    "Dl_a": lambda a, b: b * np.exp(a * b) + b**3,
    "Dl_b": lambda a, b: a * np.exp(a * b) + 3 * a * b**2,
    "DDl_bb": lambda a, b: a**2 * np.exp(a * b) + 6 * a * b,
    "DDl_ab": lambda a, b: (1 + a * b) * np.exp(a * b) + 3 * b**2,
}

# the formula, the variable, the same in NumPy
SCALARS: list[tuple[str, str, Function]] = [
    ("sum(g(W*x + b))", "x", lambda W, x, b, **_: g(W @ x + b).sum()),
    ("c'*g(W*x + b)", "W", lambda W, x, b, c, **_: c @ g(W @ x + b)),
    ("norm2(g(X*W))^2", "W", lambda X, W, **_: (g(X @ W) ** 2).sum()),
    ("c'*g(V*g(W*x))", "W", lambda V, W, x, c, **_: c @ g(V @ g(W @ x))),
    ("g(x'*x)*sum(x)", "x", lambda x, **_: g(x @ x) * x.sum()),
    ("tr(g(X')*X)", "X", lambda X, **_: np.trace(g(X.T) @ X)),
    ("sum(g(x*c'))", "x", lambda x, c, **_: g(np.outer(x, c)).sum()),
    ("x'*g(S)*x", "x", lambda x, S, **_: x @ g(S) @ x),
    ("sum(l(y, W*x))", "x", lambda W, x, **o: loss(o.get("y", o.get("c")), W @ x).sum()),
    ("sum(l(a, x))", "x", lambda a, x, **_: loss(a, x).sum()),
    ("sum(l(a, x))", "a", lambda a, x, **_: loss(a, x).sum()),
    ("sum(i: l(c[i], W[i,:]*x))", "x", lambda W, x, **o: loss(o.get("y", o.get("c")), W @ x).sum()),
    (r"\sum_{i=1}^m c_i g(w_i^\top x + b_i)", "W", lambda W, x, b, c, **_: c @ g(W @ x + b)),
    (r"\sum_{i,j} g(X_{ij} - a)", "X", lambda X, a, **_: g(X - a).sum()),
]


def arrays(names: Any, rng: np.random.Generator) -> dict[str, Any]:
    shapes = {"W": (3, 4), "V": (3, 3), "X": (5, 3), "S": (4, 4), "x": (4,), "b": (3,), "c": (3,), "y": (3,), "a": ()}
    return {n: rng.normal(size=shapes[n]) / 2 for n in names if n in shapes}


def differences(f: Function, values: dict[str, Any], name: str) -> np.ndarray:
    """The gradient, by differences of both sides."""
    x = np.asarray(values[name], float)
    found = np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        step = np.zeros(x.shape)
        step[at] = 1e-6
        found[at] = (f(**{**values, name: x + step}) - f(**{**values, name: x - step})) / 2e-6
    return found


@pytest.mark.parametrize(("formula", "wrt", "plain"), SCALARS)
def test_gradients(formula: str, wrt: str, plain: Function) -> None:
    d = gp.derive(formula, wrt, WHERE)
    values = arrays(d.symbols, np.random.default_rng(2))
    wanted = differences(plain, values, wrt)
    np.testing.assert_allclose(d.evaluate({**values, **FUNCTIONS}), wanted, rtol=2e-6, atol=2e-6)
    compiled = d.compile()
    np.testing.assert_allclose(compiled({**values, **FUNCTIONS}), wanted, rtol=2e-6, atol=2e-6)
    assert d.verify().ok
    again = gp.parse(d.result.ascii, where={**d.symbols, **d.functions})
    np.testing.assert_allclose(evaluate(again, {**values, **FUNCTIONS}), wanted, rtol=2e-6, atol=2e-6)
    assert "each alone, at random points" in d.derivation().text()


@pytest.mark.parametrize(
    ("formula", "first", "second"),
    [("c'*g(W*x)", "x", "x"), ("c'*g(W*x)", "c", "x"), ("sum(l(y, W*x))", "x", "x"), ("sum(l(y, W*x))", "y", "x"), ("g(x'*x)", "x", "x"), ("sum(g(g(x)))", "x", "x")],
)  # fmt: skip
def test_second_derivatives(formula: str, first: str, second: str) -> None:
    once, twice = gp.derive(formula, first, WHERE), gp.derive(formula, [first, second], WHERE)
    values = arrays(twice.symbols, np.random.default_rng(3))
    x = values[second]
    wanted = np.stack(
        [
            (once.evaluate({**values, **FUNCTIONS, second: x + h}) - once.evaluate({**values, **FUNCTIONS, second: x - h})) / 2e-6
            for h in np.eye(len(x)) * 1e-6
        ],
        axis=-1,
    )  # fmt: skip
    np.testing.assert_allclose(twice.evaluate({**values, **FUNCTIONS}), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("target", ["jax", "torch", "array-api"])
def test_code(target: str) -> None:
    import importlib

    library = importlib.import_module({"jax": "jax.numpy", "array-api": "numpy"}.get(target, target))
    d = gp.derive("c'*g(V*g(W*x))", "W", WHERE)
    values = arrays(d.symbols, np.random.default_rng(4))
    there = {n: library.asarray(v) for n, v in values.items()}
    found = d.compile(target)({**there, "g": library.tanh, "Dg": lambda x: 1 - library.tanh(x) ** 2})
    wanted = gp.derive("c'*tanh(V*tanh(W*x))", "W").evaluate(values)
    np.testing.assert_allclose(np.asarray(found), wanted, rtol=1e-5)


@pytest.mark.parametrize(
    "said",
    ["function entrywise", "function -> entrywise", "function x -> elementwise", "R -> R", r"\mathbb{R} \to \mathbb{R}", "ℝ → ℝ", "function 逐元素"],
)  # fmt: skip
def test_declarations(said: str) -> None:
    d = gp.derive("c'*g(W*x)", "x", f"g: {said}")
    assert d.result is not None
    assert d.result.ascii == "W'*(c.*Dg(W*x))"


def test_told_apart_from_functions_of_a_whole_vector() -> None:
    assert gp.derive("g(x)", "x", "g: function x -> scalar").shape == gp.derive("sum(x)", "x").shape
    assert gp.derive("sum(g(x))", "x", "g: function entrywise").result.ascii == "Dg(x)"  # type: ignore[union-attr]
    with pytest.raises(gp.ParseError, match="names of the arguments"):
        gp.derive("f(x)", "x", "f: function scalar -> scalar")
    with pytest.raises(gp.ShapeError, match="each entry"):
        gp.derive("sum(l(a, b))", "a", "l: function a,b -> entrywise; a: vector n; b: vector m")  # fmt: skip
    with pytest.raises(gp.UnsupportedError, match="running index") as error:
        gp.derive(r"\sum_i g(x_i)", "x", "g: function x -> scalar")
    assert "g: function entrywise" in str(error.value.hint)


def test_a_loss_that_is_not_declared_is_no_factor() -> None:
    for name in (r"\rho", r"\ell", "g"):
        with pytest.raises(gp.ParseError, match="a function or a product") as error:
            gp.derive(rf"\sum_{{i=1}}^n {name}(y_i - x_i^\top b)", "b")
        assert "entrywise" in str(error.value.hint)
    assert gp.derive(r"\sum_{i=1}^n \rho(y_i - x_i^\top b)", "b", r"\rho: \mathbb{R} \to \mathbb{R}").result.ascii == "-X'*Drho(y - X*b)"  # type: ignore[union-attr]  # fmt: skip


def test_primes() -> None:
    for claim in (
        "W^T (v \\odot g'(Wx))",
        "Wᵀ(v ⊙ g′(W x))",
        "W'*(v.*Dg(W*x))",
        r"W^\top \operatorname{diag}(g^{\prime}(Wx)) v",
    ):
        assert gp.check("v'*g(W*x)", "x", claim, "g: function entrywise").verdict == "right", claim
    assert gp.check("v'*g(W*x)", "x", "W^T (v \\odot g''(Wx))", "g: function entrywise").verdict == "wrong"


def test_nothing_is_known_of_its_curvature() -> None:
    for where in ("g: function entrywise", "g: function x -> scalar"):
        assert gp.convexity("sum(g(x))" if "entry" in where else "g(x)", "x", where).verdict == "unknown"


def test_code_of_one_function_at_arrays_of_several_shapes() -> None:
    d = gp.derive("sum(g(x*c'))*g(a)*sum(g(x + a*ones(n)))", "a", WHERE + "; x: vector n; a: scalar")
    values = arrays(d.symbols, np.random.default_rng(6))
    wanted = differences(lambda x, c, a: g(np.outer(x, c)).sum() * g(a) * g(x + a).sum(), values, "a")
    np.testing.assert_allclose(d.compile()({**values, **FUNCTIONS}), wanted, rtol=1e-6)
    with pytest.raises(gp.ShapeError, match="gave an array of shape"):
        d.compile()({**values, **FUNCTIONS, "Dg": lambda x: np.zeros(2)})


@pytest.mark.parametrize("form", ["ascii", "unicode", "latex"])
@pytest.mark.parametrize("notation", ["auto", "plain"])
def test_names_of_derivatives_are_read_back(form: str, notation: str) -> None:
    """`Dact(W x)` was D times act(W x) in plain text."""
    if notation == "plain" and form != "unicode":
        return
    where = "act: function entrywise"
    for formula in ("sum(act(W*x))", "act(x'*x)", "x'*act(act(x))"):
        d = gp.derive(formula, "x", where)
        text = getattr(d.result, form)
        assert gp.parse(text, where={**d.symbols, **d.functions}, notation=notation) == d.result, text


@pytest.mark.parametrize(
    ("formula", "by"),
    [("act(kron(Y, v)) - c^2", "v"), ("act(kron(Y, v)) - c^2", "c"), ("act(vec(Y) + kron(v, v))", "v"), ("act(kron(Y, v))'*z", "Y"), ("h(kron(v, v))*v", "v")],
)  # fmt: skip
def test_functions_of_axes_that_are_made_of_several(formula: str, by: str) -> None:
    """Values and derivatives have one axis for each of matrix notation; they are those of differences."""
    rng = np.random.default_rng(3)
    values = {"Y": rng.normal(size=(3, 3)), "v": rng.normal(size=3), "z": rng.normal(size=9), "c": 0.7}
    functions = {"act": np.sin, "Dact": np.cos, "h": lambda w: w @ w, "Dh": lambda w: 2 * w}
    where = "act: function entrywise; h: function w -> scalar; w: vector n*n; Y: matrix n n; v: vector n; z: vector n*n; c: scalar"
    meant = {
        "act(kron(Y, v)) - c^2": lambda Y, v, z, c: np.sin(np.kron(Y, v[:, None])) - c**2,
        "act(vec(Y) + kron(v, v))": lambda Y, v, z, c: np.sin(Y.reshape(-1, order="F") + np.kron(v, v)),
        "act(kron(Y, v))'*z": lambda Y, v, z, c: np.sin(np.kron(Y, v[:, None])).T @ z,
        "h(kron(v, v))*v": lambda Y, v, z, c: np.kron(v, v) @ np.kron(v, v) * v,
    }[formula]
    rows = []
    for k in range(np.size(values[by])):
        step = (1e-6 * np.eye(np.size(values[by]))[k]).reshape(np.shape(values[by]))
        ahead, back = (meant(**{**values, by: values[by] + s}) for s in (step, -step))
        rows.append((ahead - back) / 2e-6)
    truth = np.array(rows).reshape(*np.shape(values[by]), *np.shape(rows[0]))
    d = gp.derive(formula, by, where)
    given = {**values, **functions}
    np.testing.assert_allclose(d.evaluate(given), truth, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(d.compile()(given), truth, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(gp.parse(formula, where=where).evaluate(given), meant(**values), rtol=1e-12)
