"""Compiled code: the same numbers as `evaluate` on the whole corpus, readable sources, and the forms that an expert would write."""

from __future__ import annotations

import pickle
import re
import sys
import time
import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from corpus_answers import answered, at_a_point, close, of_matrix_functions
from gradproof.numeric.given import bind_sizes
from random_derivatives import random_derivatives

RIDGE = ("norm2(X*w - y)^2 + lam*norm2(w)^2", {"lam": "scalar"})
LOGISTIC = ("sum(log(1 + exp(-y.*(X*w))))", None)
GLS = ("(y - X*b)'*inv(Om)*(y - X*b)", {"Om": "matrix n n posdef", "b": "vector p"})
GAUSS = ("-1/2*(N*logdet(S) + tr(inv(S)*C))", {"S": "matrix n n posdef", "C": "matrix n n symmetric", "N": "scalar"})


def large(d: gp.Derivative, values: Any) -> Any:
    """What the source that is planned for large sizes gives."""
    f = d.compile()
    space: dict[str, Any] = {}
    exec(f.source, space)
    function = space[re.findall(r"^def (\w+)\(", f.source, re.MULTILINE)[-1]]
    return function(*[values[n] if n in values else sizes_of(d, values)[n] for n in f.names])


def sizes_of(d: gp.Derivative, values: Any) -> dict[str, int]:
    return bind_sizes(d.symbols.values(), values)


@pytest.mark.parametrize("name", answered())
def test_corpus(name: str) -> None:
    d = answered()[name]
    values, expected, value = at_a_point(name)
    assert close(d.compile()(values), expected, 1e-9)
    assert close(large(d, values), expected, 1e-9)
    assert close(d.compile("numpy-only")(values), expected, 1e-9)
    both = d.compile(value=True)(values)
    assert close(both[0], value, 1e-9)
    assert close(both[1], expected, 1e-9)


def test_float32_stays() -> None:
    narrow = {np.dtype(np.float64): np.float32}
    missed = []
    for name, d in answered().items():
        if d.functions or of_matrix_functions(d):  # SciPy's work in double precision
            continue
        values, expected, _ = at_a_point(name)
        small = {n: np.asarray(v, narrow[v.dtype]) if isinstance(v, np.ndarray) else v for n, v in values.items()}
        if not any(isinstance(v, np.ndarray) for v in small.values()):
            continue
        result = d.compile()(small)
        found = np.asarray(result)
        if type(result) is not float and found.dtype != np.float32 or not close(found, expected, 5e-3):
            missed.append((name, found.dtype))
    assert not missed


def call(formula: tuple[str, Any], wrt: Any, **values: Any) -> Any:
    return gp.derive(formula[0], wrt=wrt, where=formula[1]).compile()(values)


def source(formula: tuple[str, Any], wrt: Any, value: bool = False, **sizes: int) -> str:
    """The body of a source, without its docstring and helper functions."""
    text = gp.derive(formula[0], wrt=wrt, where=formula[1]).compile(value=value).source_for(**sizes)
    lines = text.rsplit('"""', 1)[1].strip().splitlines()
    return "\n".join(x for x in lines if "_array" not in x and "float" not in x).strip()


@pytest.mark.parametrize(
    ("formula", "wrt", "expected"),
    [
        (("x'*A*x", None), ["x", "x"], "return A + A.T"),
        (RIDGE, "w", "return 2 * (X.T @ (X @ w - y) + lam * w)"),
        (LOGISTIC, "w", "return -(X.T @ (y * expit(-(y * (X @ w)))))"),
        (("norm2(H*x)^2", None), "x", "return 2 * (H.T @ (H @ x))"),
        (("x'*diag(d)*x", None), "x", "return 2 * (x * d)"),
        (
            ("sum(log(exp(X*W)*ones(c))) - tr(Y'*X*W)", {"Y": "matrix m c"}),
            "W",
            "return X.T @ (_softmax_along(X @ W, 1) - Y)",
        ),
        (("sum(A*x)", None), "x", "return A.sum(0)"),
    ],
)
def test_source(formula: tuple[str, Any], wrt: Any, expected: str) -> None:
    assert source(formula, wrt, m=100, n=100, c=10) == expected


def test_source_of_a_logistic_hessian_is_a_symmetric_product() -> None:
    assert source(LOGISTIC, ["w", "w"]).splitlines()[-1].strip() == "return t2.T @ t2"


def test_a_factor_is_shared_by_value_and_derivative() -> None:
    text = source(GAUSS, "S", value=True)
    assert text.count("_cholesky(") == 1
    assert "_lu" not in text
    assert source(GLS, ["b", "b"]).count("_half_solve(") == 1


@pytest.mark.parametrize("formula", ["x'*A*x", "sum(exp(A*x))", "norm2(A*x)^2", "softmax(A*x)", "x'*inv(A)*x"])
def test_nothing_trivial_is_made_an_array(formula: str) -> None:
    text = gp.derive(formula, wrt="x").compile(value=True).source
    assert not any(word in text for word in ("eye", "ones(", "np.diag(", "linalg.inv("))


def test_sources_stand_alone() -> None:
    f = gp.derive(LOGISTIC[0], wrt=["w", "w"]).compile()
    assert "gradproof" not in f.source
    space: dict[str, Any] = {}
    exec(f.source, space)
    rng = np.random.default_rng(0)
    values = {"X": rng.normal(size=(6, 3)), "y": np.ones(6), "w": rng.normal(size=3)}
    assert close(space["hessian"](**{n: values[n] for n in f.names}), f(values), 1e-12)
    assert "(m, n)" in f.source
    assert LOGISTIC[0] in f.source


def test_loops_over_row_blocks_give_the_same() -> None:
    rng = np.random.default_rng(0)
    X, w, v = rng.normal(size=(1500, 800)), rng.normal(size=800) / 30, rng.normal(size=800)
    y = np.sign(rng.normal(size=1500))
    d = gp.derive(LOGISTIC[0], wrt="w")
    assert "for i in range" in d.compile(value=True).source_for(m=1500, n=800)
    found = d.compile(value=True)(X=X, y=y, w=w)
    z = -y * (X @ w)
    assert close(found[0], np.logaddexp(0, z).sum(), 1e-12)
    assert close(found[1], -X.T @ (y / (1 + np.exp(-z))), 1e-10)
    h = gp.derive("log(sum(exp(A*x)))", wrt=["x", "x"])
    assert "for i in range" in h.hvp().source_for(m=1500, n=800)
    assert close(h.hvp()(A=X, x=w, v=v), h.evaluate(A=X, x=w) @ v, 1e-9)


def test_every_name_works() -> None:
    d = gp.derive("lambda*norm2(self)^2 + np'*self", wrt="self", where={"lambda": "scalar"})
    values = {"lambda": 2.0, "self": np.array([1.0, 2.0]), "np": np.array([3.0, 4.0])}
    assert d.compile()(values).tolist() == [7.0, 12.0]
    compile(d.compile().source, "source", "exec")


def test_whole_numbers_and_lists_become_floating_point() -> None:
    f = gp.derive("x'*A*x/2", wrt="x").compile()
    assert f(A=[[1, 2], [3, 4]], x=np.array([1, 1])).tolist() == [3.5, 6.5]


def test_the_result_is_a_new_array() -> None:
    A = np.ones((2, 2))
    found = gp.derive("A*x", wrt="x").compile()(A=A)
    found[0, 0] = 5
    assert A[0, 0] == 1
    found = gp.derive("sum(X)", wrt="X").compile()(X=A)
    found[0, 0] = 5


def test_it_can_be_sent_elsewhere() -> None:
    f = gp.derive(RIDGE[0], wrt="w", where=RIDGE[1]).compile()
    values = {"X": np.eye(2), "y": np.ones(2), "w": np.zeros(2), "lam": 1.0}
    assert pickle.loads(pickle.dumps(f))(values).tolist() == f(values).tolist() == [-2, -2]


def test_errors_are_clear() -> None:
    f = gp.derive(RIDGE[0], wrt="w", where=RIDGE[1]).compile()
    good = {"X": np.ones((3, 2)), "y": np.ones(3), "w": np.ones(2), "lam": 1.0}
    f(good)
    with pytest.raises(gp.ShapeError, match="w has shape"):
        f({**good, "w": np.ones(3)})
    with pytest.raises(gp.DomainError, match="no value for lam"):
        f({n: v for n, v in good.items() if n != "lam"})
    with pytest.raises(gp.DomainError, match="there is no z"):
        f({n: v for n, v in good.items() if n != "lam"}, z=1)
    with pytest.raises(gp.DomainError, match="singular"):
        gp.derive("x'*inv(A)*x", wrt="x").compile()(A=np.zeros((2, 2)), x=np.ones(2))
    with pytest.raises(gp.DomainError, match="declared posdef"):
        call(GLS, "b", y=np.ones(2), X=np.ones((2, 1)), b=np.ones(1), Om=-np.eye(2))
    with pytest.raises(gp.UnsupportedError, match="fortran"):
        gp.derive("x'*x", wrt="x").compile("fortran")


def test_singular_determinants() -> None:
    f = gp.derive("logdet(X)", wrt="X").compile(value=True)
    singular = np.ones((2, 2))
    with pytest.raises(gp.DomainError, match="singular"):
        f(X=singular)
    assert gp.derive("det(X)*c", wrt="c").compile()(X=singular) == 0


def test_symmetric_and_products_with_vectors() -> None:
    rng = np.random.default_rng(0)
    for formula, wrt in (("log(sum(exp(A*x)))", "x"), ("sum(log(1 + exp(-y.*(X*w))))", "w")):
        d = gp.derive(formula, wrt=[wrt, wrt])
        values = {n: rng.normal(size=(4, 3) if n in "AX" else 4 if n == "y" else 3) for n in d.symbols}
        v = rng.normal(size=3)
        assert close(d.hvp()({**values, "v": v}), d.evaluate(values) @ v, 1e-10)
    d = gp.derive("softmax(A*x)", wrt="x")
    values, u, v = {"A": rng.normal(size=(4, 3)), "x": rng.normal(size=3)}, rng.normal(size=4), rng.normal(size=3)
    assert close(d.jvp()({**values, "v": v}), v @ d.evaluate(values), 1e-10)
    assert close(d.vjp()({**values, "v": u}), d.evaluate(values) @ u, 1e-10)
    with pytest.raises(gp.UnsupportedError, match="hvp"):
        d.hvp()


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


@pytest.mark.parametrize("layout", ["denominator", "numerator", "mixed"])
@pytest.mark.parametrize(
    ("formula", "wrt"),
    [
        ("A*x", "x"),
        ("x*c", "c"),
        ("A*X*B", "X"),
        ("tr(A*X)", "X"),
        ("kron(A, x)", "x"),
        ("X*x", "X"),
        ("x'*A*x", ["x", "x"]),
        ("norm2(x)", "x"),
    ],
)
def test_layouts(formula: str, wrt: Any, layout: str) -> None:
    rng = np.random.default_rng(0)
    d = gp.derive(formula, wrt=wrt, layout=layout)
    sizes = {
        name: k + 2
        for k, name in enumerate(sorted({n for s in d.symbols.values() for a in s.type.dims for n in a.names}))
    }
    values = {n: rng.normal(size=[a.evaluate(sizes) for a in s.type.dims])[()] for n, s in d.symbols.items()}
    assert close(d.compile()(values), d.evaluate(values), 1e-10)


def test_long_formulas_stay_short() -> None:
    chain = "tr(" + "*".join(f"A{k}*X" for k in range(64)) + ")"
    d = gp.derive(chain, wrt="X", where={"X": "matrix n n", **{f"A{k}": "matrix n n" for k in range(64)}})
    assert len(d.compile().source.splitlines()) < 350
    deep = "x"
    for _ in range(100):
        deep = f"sin({deep} + x)"
    assert len(gp.derive(f"sum({deep})", wrt="x", where={"x": "vector n"}).compile().source.splitlines()) < 400


@pytest.mark.parametrize("n", [4, 80, 1000])
@pytest.mark.parametrize("activation", ["relu", "softplus", "tanh"])
def test_products_that_are_there_already(activation: str, n: int) -> None:
    z = "W1*x"
    for k in range(2, 5):
        z = f"W{k}*{activation}({z})"
    where = {f"W{k}": "matrix n n" for k in range(1, 5)}
    d = gp.derive(f"log(sum(exp({z}))) - y'*{z}", wrt=["W1", "W1"], where=where)
    f = d.compile(value=True)
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=[4] * len(s.type.dims)) for name, s in d.symbols.items()}
    space: dict[str, Any] = {}
    exec(f.source_for(n=n), space)
    found = space["hessian"](*[values[k] for k in f.names])
    assert close(found[0], d.expression.evaluate(values), 1e-10)
    assert close(found[1], d.evaluate(values), 1e-10)


def test_the_outer_products_of_a_network_begin_with_what_its_chain_made() -> None:
    where = {f"W{k}": "matrix n n" for k in range(1, 4)}
    z = "W3*relu(W2*relu(W1*x))"
    text = source((f"log(sum(exp({z}))) - y'*{z}", where), ["W1", "W1"], n=10)
    assert text.count("W2") == 2  # forwards, and once in the chain


def test_a_deep_network_holds_few_layers_at_a_time() -> None:
    n, z = 100, "W1*x"
    for k in range(2, 11):
        z = f"W{k}*softplus({z})"
    d = gp.derive(f"log(sum(exp({z})))", wrt=["W1", "W1"], where={f"W{k}": "matrix n n" for k in range(1, 11)})
    f = d.compile(compressed=True)
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=[n] * len(s.type.dims)) / 10 for name, s in d.symbols.items()}
    f(values)
    tracemalloc.start()
    f(values)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * n * n * 8  # eight matrices; each of the ten layers makes two


def test_value_and_gradient_take_exponentials_once() -> None:
    formula = ("sum(log(exp(X*W)*ones(c))) - sum(Y.*(X*W))", None)
    text = source(formula, "W", value=True, m=100, n=20, c=5)
    assert text.count("_softmax_and_logsumexp(t1, 1)") == 1
    assert text.count("X.T") == 1
    assert text.count("X @ W") == 1


def test_equal_factors_are_solved_for_once() -> None:
    text = source(("(x-m)'*inv(S)*(x-m)", {"S": "matrix n n posdef", "m": "vector n"}), "S", n=100)
    assert text.count("_cholesky_solve(") == 1
    text = source(
        ("y'*inv(K+s*eye(n))*y + logdet(K+s*eye(n))", {"K": "matrix n n psd", "s": "scalar positive"}), "s", n=100
    )
    assert text.count("@ y") == 1


def test_large_arrays_are_written_in_place() -> None:
    formula = ("sum(log(exp(X*W)*ones(c))) - tr(Y'*X*W)", {"Y": "matrix m c"})
    assert source(formula, "W", m=4000, n=50, c=100).splitlines()[1:3] == [
        "    _softmax_along(t1, 1, out=t1)",
        "    t1 -= Y",
    ]
    rng = np.random.default_rng(0)
    X, W, Y = rng.normal(size=(2000, 5)), rng.normal(size=(5, 40)), rng.random((2000, 40))
    d = gp.derive(formula[0], wrt="W", where=formula[1])
    before = [a.copy() for a in (X, W, Y)]
    assert close(d.compile()(X=X, W=W, Y=Y), d.evaluate(X=X, W=W, Y=Y), 1e-10)
    assert all(np.array_equal(a, b) for a, b in zip(before, (X, W, Y), strict=True))
    mixed = d.compile()(X=X.astype(np.float32), W=W.astype(np.float32), Y=Y)  # in the precision of the widest
    assert mixed.dtype == np.float64
    assert close(mixed, d.evaluate(X=X.astype(np.float32), W=W.astype(np.float32), Y=Y), 1e-5)


def test_random_formulas() -> None:
    compared = 0
    for d, values, expected in random_derivatives(range(300)):
        assert close(d.compile()(values), expected, 1e-6), d.expression.ascii
        assert close(large(d, values), expected, 1e-6), d.expression.ascii
        compared += 1
    assert compared > 150  # the test means nothing if little can be compared


def test_a_library_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "jax", "jax.numpy"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it fails as if it were not there
    for target, autograd in (("torch", False), ("torch", True), ("jax", False)):
        f = gp.derive("sum(exp(x))", wrt="x").compile(target, autograd=autograd)
        with pytest.raises(gp.UnsupportedError, match=f"{target} is not installed") as caught:
            f(x=np.ones(2))
        assert f"gradproof[{target}]" in caught.value.hint
    with pytest.raises(gp.UnsupportedError, match="jax is not installed"):
        gp.derive(LOGISTIC[0], wrt="w").compile("jax-rows")(X=np.ones((2, 2)), y=np.ones(2), w=np.ones(2))


LONG_ONES: dict[str, tuple[str, Any, str]] = {
    "alternating": (
        "tr(" + "*".join(f"A{k}*X" for k in range(13)) + ")",
        "X",
        "; ".join(f"A{k}: matrix n n" for k in range(13)),
    ),
    "powers": ("tr((A*X)^10)", "X", ""),
    "a power between vectors": ("x'*A^16*x", "A", "x: vector n"),
    "nested sines": ("sum(" + "sin(" * 40 + "A*x" + ")" * 41, ["x", "x"], "A: matrix n n"),
    "a deep network": ("sum(" + "".join(f"tanh(W{k}*" for k in range(12)) + "x" + ")" * 13, ["x", "x"], ""),
    "a high power": ("tr(X^50)", "X", ""),
}


@pytest.mark.parametrize("name", LONG_ONES)
def test_compiling_long_formulas_ends(name: str) -> None:
    formula, wrt, where = LONG_ONES[name]
    d = gp.derive(formula, wrt=wrt, where=where or None)
    start = time.process_time()
    f = d.compile(check=False)
    assert time.process_time() - start < 8
    rng = np.random.default_rng(0)
    values = {n: rng.uniform(-1, 1, (3,) * len(s.type.dims)) for n, s in d.symbols.items()}
    x = values[d.wrt[0]]
    v = rng.uniform(-1, 1, x.shape)
    value = d.expression if len(d.wrt) == 1 else gp.derive(formula, wrt=wrt[0], where=where or None)
    ahead, back = (value.evaluate({**values, d.wrt[0]: x + h * v}) for h in (1e-6, -1e-6))
    told = np.tensordot(v, f(values), x.ndim)
    np.testing.assert_allclose(told, (ahead - back) / 2e-6, rtol=1e-4, atol=1e-6 * np.max(np.abs(told)))


def test_code_that_is_wrong_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from gradproof.codegen.targets import python_target

    right = python_target.WRITERS["matmul"]

    def doubled(spelling: Any, node: Any, scope: Any) -> Any:
        return python_target.Text(f"2 * ({right(spelling, node, scope).text})")

    d = gp.derive("norm2(A*x - b)^2", wrt="x")
    d.compile()
    monkeypatch.setitem(python_target.WRITERS, "matmul", doubled)
    with pytest.raises(gp.VerificationError, match="the code for"):
        d.compile()
    gp.derive("norm2(A*x - b)^2", wrt="x", verify=False).compile()


def test_the_first_point_that_tells_decides() -> None:
    from gradproof.codegen.proof import LARGE, agrees, settle

    one = np.array([1.0, 2.0])
    assert agrees(np, one, one, lambda: one) is True
    assert agrees(np, one * 1.001, one, lambda: one) is False
    assert agrees(np, one[:1], one, lambda: one) is False
    assert agrees(np, one * np.nan, one, lambda: one) is False
    assert agrees(np, one * 1.001, one, lambda: one * 1.2) is None  # near a singular matrix
    assert agrees(np, one, one * LARGE, lambda: one) is None
    assert agrees(np, one, one * np.inf, lambda: one) is None
    settle("x", [None, True, False])
    with pytest.raises(gp.VerificationError, match="other numbers"):
        settle("x", [None, False, True])
    with pytest.warns(gp.UnverifiedWarning, match="no point"):
        settle("x", [None, None])


@pytest.mark.parametrize("shape", [(8, 4), (4, 4), (3, 6)])
@pytest.mark.parametrize("rank", [9, 2])
def test_the_product_of_a_pseudo_inverse_and_a_vector_makes_no_matrix(shape: tuple[int, int], rank: int) -> None:
    rng = np.random.default_rng(4)
    d = gp.derive("norm2(y - X*pinv(X)*y)^2", "y", "X: matrix m n; y: vector m")
    f = d.compile()
    rank = min(rank, *shape)
    X, y = rng.normal(size=(shape[0], rank)) @ rng.normal(size=(rank, shape[1])), rng.normal(size=shape[0])
    assert np.allclose(f(X=X, y=y), 2 * (y - X @ np.linalg.pinv(X, rcond=1e-10) @ y), atol=1e-9)
    source = gp.derive("norm2(y - X*pinv(X)*y)^2", "X", "X: matrix m n fullrank; y: vector m").compile().source
    assert "_pinv_times(X, y)" in source
