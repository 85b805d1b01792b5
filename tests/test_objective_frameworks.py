"""Objectives in JAX's and PyTorch's own optimisers, and in single precision: against SciPy's solvers in double precision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import least_squares, minimize

import gradproof as gp

RNG = np.random.default_rng(8)
X, SIGNS = RNG.normal(size=(30, 3)), np.sign(RNG.normal(size=30))
COV = np.cov(RNG.normal(size=(4, 40)))
LOGISTIC = (
    "sum(log(1 + exp(-y.*(X*w + b*ones(m))))) + norm2(w)^2",
    ["w", "b"],
    "X: matrix m n; y: vector m; w: vector n; b: scalar",
)
GAUSSIAN = ("logdet(S) + tr(C*inv(S))", "S", "S: matrix n n posdef; C: matrix n n posdef")
FREE = ("tr(S*C*S) + tr(A*S)^2 - tr(S)", "S", "S: matrix n n symmetric; C: matrix n n posdef; A: matrix n n")
CASES: list[tuple[tuple[str, Any, str], dict[str, Any]]] = [
    (LOGISTIC, {"X": X, "y": SIGNS}),
    (GAUSSIAN, {"C": COV}),
    (FREE, {"C": COV, "A": np.arange(16.0).reshape(4, 4)}),
]
RESIDUAL = ("X*w + exp(a)*ones(m) - y", ["w", "a"], "X: matrix m n; y: vector m; w: vector n; a: scalar")


def best(f: Any) -> Any:
    """The optimum by Newton's method from SciPy's."""
    v = minimize(f.fun, f.x0, jac=f.jac, hess=f.hess, method="trust-exact", options={"gtol": 1e-8}).x
    for _ in range(5):
        v = v - np.linalg.solve(f.hess(v), f.jac(v))
    return v


@pytest.fixture
def jax() -> Iterator[Any]:
    """JAX in double precision, or a skipped test."""
    module = pytest.importorskip("jax")
    before = module.config.jax_enable_x64
    module.config.update("jax_enable_x64", True)
    yield module
    module.config.update("jax_enable_x64", before)


@pytest.mark.parametrize(("problem", "data"), CASES, ids=[c[0][0] for c in CASES])
def test_jax_differentiates_by_the_closed_forms(problem: Any, data: Any, jax: Any) -> None:
    F = gp.objective(*problem).bind(data)
    f, v = F.function("jax"), F.x0 + 0.1 * np.arange(F.size)
    value, slope = jax.jit(jax.value_and_grad(f))(jax.numpy.asarray(v))
    assert np.isclose(value, F.fun(v), rtol=1e-12)
    assert np.allclose(slope, F.jac(v), rtol=1e-10, atol=1e-12)
    assert np.allclose(jax.jacrev(jax.grad(f))(jax.numpy.asarray(v)), F.hess(v), rtol=1e-8, atol=1e-8)


@pytest.mark.long
@pytest.mark.parametrize(("problem", "data"), CASES[:2], ids=[c[0][0] for c in CASES[:2]])
def test_jaxopt_finds_the_optimum(problem: Any, data: Any, jax: Any) -> None:
    jaxopt = pytest.importorskip("jaxopt")
    F = gp.objective(*problem).bind(data)
    start = jax.numpy.asarray(F.x0)
    assert np.allclose(jaxopt.LBFGS(F.function("jax"), tol=1e-10).run(start).params, best(F), atol=1e-7)
    by_scipy_words = jaxopt.BFGS(F.fun_and_jac, value_and_grad=True, jit=False, tol=1e-9).run(start).params
    assert np.allclose(by_scipy_words, best(F), atol=1e-7)


@pytest.mark.long
@pytest.mark.parametrize(("problem", "data"), CASES[:2], ids=[c[0][0] for c in CASES[:2]])
def test_optax_finds_the_optimum(problem: Any, data: Any, jax: Any) -> None:
    optax = pytest.importorskip("optax")
    F = gp.objective(*problem).bind(data)
    f, v = F.function("jax"), jax.numpy.asarray(F.x0)
    steps, both = optax.lbfgs(), optax.value_and_grad_from_state(f)

    @jax.jit
    def step(v: Any, state: Any) -> tuple[Any, Any]:
        value, g = both(v, state=state)
        moved, state = steps.update(g, state, v, value=value, grad=g, value_fn=f)
        return optax.apply_updates(v, moved), state

    state = steps.init(v)
    for _ in range(60):
        v, state = step(v, state)
    assert np.allclose(v, best(F), atol=1e-7)


def test_optax_takes_gradients_of_numpy(jax: Any) -> None:
    optax = pytest.importorskip("optax")
    F = gp.objective(*LOGISTIC).bind(X=X, y=SIGNS)
    steps, v = optax.adam(0.1), jax.numpy.asarray(F.x0)
    state = steps.init(v)
    for _ in range(800):
        moved, state = steps.update(jax.numpy.asarray(F.jac(v)), state)
        v = optax.apply_updates(v, moved)
    assert np.allclose(v, best(F), atol=1e-7)


@pytest.mark.long
def test_jaxopt_takes_residuals(jax: Any) -> None:
    jaxopt = pytest.importorskip("jaxopt")
    R = gp.residual(*RESIDUAL).bind(X=X, y=SIGNS + 3)
    f = R.function("jax")
    want = least_squares(R.fun, R.x0, R.jac, xtol=1e-15, ftol=1e-15, gtol=1e-14).x
    v = jax.numpy.asarray(R.x0)
    assert np.allclose(jax.jacrev(f)(v), R.jac(v))
    assert np.allclose(jaxopt.GaussNewton(f, tol=1e-12).run(v).params, want, atol=1e-7)
    assert np.allclose(jaxopt.LevenbergMarquardt(f, materialize_jac=True, tol=1e-10).run(v).params, want, atol=1e-6)


@pytest.mark.parametrize(("problem", "data"), CASES[:2], ids=[c[0][0] for c in CASES[:2]])
def test_torch_finds_the_optimum(problem: Any, data: Any) -> None:
    torch = pytest.importorskip("torch")
    F = gp.objective(*problem).bind(data)
    f, v = F.function("torch"), torch.tensor(F.x0, requires_grad=True)
    steps = torch.optim.LBFGS(
        [v], max_iter=200, tolerance_grad=1e-12, tolerance_change=1e-15, line_search_fn="strong_wolfe"
    )

    def closure() -> Any:
        steps.zero_grad()
        loss = f(v)
        loss.backward()
        return loss

    steps.step(closure)
    assert np.allclose(v.detach().numpy(), best(F), atol=1e-7)
    adam = torch.optim.Adam([w := torch.tensor(F.x0, requires_grad=True)], lr=0.05)
    for _ in range(1500):
        w.grad = torch.as_tensor(F.jac(w.detach().numpy()))
        adam.step()
    assert np.allclose(w.detach().numpy(), best(F), atol=1e-7)


def test_a_maximum_goes_up_and_lengths_are_checked(jax: Any) -> None:
    F = gp.objective("norm2(x - a)^2", "x").bind(a=[1.0, 2.0])
    with pytest.raises(gp.ShapeError):
        F.function("jax")(jax.numpy.zeros(3))
    R = gp.residual("X*W - Y", "W", "X: matrix m n; W: matrix n p; Y: matrix m p").bind(X=X, Y=RNG.normal(size=(30, 2)))
    v = np.arange(6.0)
    assert np.allclose(R.function("jax")(jax.numpy.asarray(v)), R.fun(v))
    assert np.allclose(jax.jacfwd(R.function("jax"))(jax.numpy.asarray(v)), R.jac(v))


# -- single precision


def single(data: dict[str, Any]) -> dict[str, Any]:
    """The data in single precision."""
    return {n: np.asarray(v, dtype=np.float32) for n, v in data.items()}


@pytest.mark.parametrize(("problem", "data"), CASES, ids=[c[0][0] for c in CASES])
def test_single_precision_stays_single(problem: Any, data: Any) -> None:
    F, G = gp.objective(*problem).bind(data), gp.objective(*problem).bind(single(data))
    v = (F.x0 + 0.1 * np.arange(F.size)).astype(np.float32)
    for found, want in ((G.jac(v), F.jac(v)), (G.hess(v), F.hess(v)), (G.hessp(v, v), F.hessp(v, v))):
        assert found.dtype == np.float32
        assert want.dtype == np.float64
        assert np.allclose(found, want, rtol=1e-3, atol=1e-4 * np.abs(want).max())
    assert np.isclose(G.fun(v), F.fun(v), rtol=1e-5)
    assert all(np.asarray(x).dtype == np.float32 for x in G.unpack(v).values())
    assert G.pack(G.unpack(v)).dtype == np.float32
    wide = G.jac(v.astype(float))  # as SciPy's solvers ask for it
    assert wide.dtype == np.float64
    assert np.array_equal(wide, G.jac(v))


@pytest.mark.parametrize("method", ["CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP", "Newton-CG", "trust-exact", "trust-ncg"])
@pytest.mark.parametrize(("problem", "data"), CASES[:2], ids=[c[0][0] for c in CASES[:2]])
def test_solvers_reach_single_precision(problem: Any, data: Any, method: str) -> None:
    F, G = gp.objective(*problem).bind(data), gp.objective(*problem).bind(single(data))
    more = {"hess": G.hess} if method in ("Newton-CG", "trust-exact", "trust-ncg") else {}
    found = minimize(G.fun, G.x0, jac=G.jac, method=method, **more).x
    assert F.fun(np.asarray(found, dtype=float)) - F.fun(best(F)) < 1e-4 * (1 + abs(F.fun(best(F))))
    assert np.allclose(found, best(F), atol=2e-2)


def test_residuals_and_batches_in_single_precision() -> None:
    data = {"X": X, "y": SIGNS + 3}
    R, S = gp.residual(*RESIDUAL).bind(data), gp.residual(*RESIDUAL).bind(single(data))
    v = S.x0.astype(np.float32)
    assert S.fun(v).dtype == S.jac(v).dtype == np.float32
    assert S.fun(S.x0).dtype == S.jac(S.x0).dtype == np.float64
    want = least_squares(R.fun, R.x0, R.jac, xtol=1e-15, ftol=1e-15, gtol=1e-14).x
    assert np.allclose(least_squares(S.fun, S.x0, S.jac).x, want, atol=1e-3)
    many = {"X": X, "y": np.stack([SIGNS, -SIGNS])}
    both = [gp.objective(*LOGISTIC).bind_batch("y", d).solve() for d in (many, single(many))]
    assert both[1].x.dtype == np.float32
    assert both[1].success.all()
    assert np.allclose(both[1].x, both[0].x, atol=1e-3)


def test_solve_computes_in_double_precision() -> None:
    o = gp.minimize("norm2(A*x - b)^2 + norm1(x)", "x", where="A: matrix m n; b: vector m; x: vector n")
    A, b = X.astype(np.float32), (X @ [3.0, 0.0, -2.0] + 0.1 * SIGNS).astype(np.float32)
    found, want = o.solve(A=A, b=b), o.solve(A=A.astype(float), b=b.astype(float))
    assert np.allclose(found.x, want.x, rtol=0, atol=1e-12)
    thin = o.solve(A=sparse.csr_array(A), b=b)
    assert np.allclose(thin.x, want.x, atol=1e-7)


def test_complex_vectors_are_refused() -> None:
    F = gp.objective("norm2(x - a)^2", "x").bind(a=[1.0, 2.0])
    with pytest.raises(gp.DomainError):
        F.fun(np.array([1.0 + 1e-20j, 0.0]))
