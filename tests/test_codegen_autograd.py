"""Functions that PyTorch and JAX differentiate by gradproof's closed forms: their gradients, of first and second order, by every variable."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

import corpus_sampling
import gradproof as gp
from corpus_answers import answered, close, of_matrix_functions
from corpus_entries import ENTRIES
from gradproof.cli.main import main
from gradproof.facts import TIES

Values = Mapping[str, Any]


@pytest.fixture
def torch() -> Iterator[Any]:
    found = pytest.importorskip("torch")
    before = found.get_default_dtype()
    found.set_default_dtype(found.float64)
    yield found
    found.set_default_dtype(before)


@pytest.fixture
def jax() -> Any:
    found = pytest.importorskip("jax")
    found.config.update("jax_enable_x64", True)
    return found


# formula, what it is differentiated by (any variable will do), declarations
FORMULAS = {
    "least squares": ("norm2(X*w - y)^2 + lam*norm2(w)^2", {"lam": "scalar"}),
    "logistic loss": ("sum(log(1 + exp(-y.*(X*w)))) + lam*norm2(w)^2", {"lam": "scalar"}),
    "generalised least squares": ("(y - X*b)'*inv(S)*(y - X*b)", {"S": "matrix n n posdef"}),
    "likelihood": ("logdet(S) + tr(inv(S)*C)", {"S": "matrix n n posdef", "C": "matrix n n"}),
    "logdet": ("logdet(X'*X + d*eye(n))", {"X": "matrix m n", "d": "scalar positive"}),
    "det": ("det(X)*c", {"X": "matrix n n", "c": "scalar"}),
    "softmax": ("softmax(A*x)", {}),
    "log-sum-exp": ("log(sum(exp(A*x + b)))", {}),
    "bilinear": ("A*X*B", {"A": "matrix m n", "X": "matrix n p", "B": "matrix p q"}),
    "transposed": ("(A*x)'", {"A": "matrix m n", "x": "vector n"}),
    "Kronecker": ("kron(A, B)*vec(C)", {"A": "matrix 2 3", "B": "matrix 3 2", "C": "matrix 2 3"}),
    "Kronecker product": ("kron(A, B)", {"A": "matrix 2 3", "B": "matrix 3 2"}),
    "vec": ("vec(A*X)", {"A": "matrix m n", "X": "matrix n p"}),
    "inverse": ("tr(inv(X'*X))", {"X": "matrix m n"}),
    "solve": ("inv(A)*b", {"A": "matrix n n", "b": "vector n"}),
    "diagonal": ("x'*diag(d)*x + sum(x./d)", {"d": "vector n positive"}),
    "factors": ("norm2(A*X*B - C)^2", {"A": "matrix m n", "X": "matrix n p", "B": "matrix p q"}),
    "scalars": ("a*b + sin(a)/b", {"a": "scalar", "b": "scalar positive"}),
    "network": ("v'*tanh(W*x + b)", {"W": "matrix m n", "x": "vector n", "b": "vector m"}),
    "constant in one": ("sum(x) + 0*c + y'*zeros(n)", {"x": "vector n", "y": "vector n", "c": "scalar"}),
    "itself": ("x", {"x": "vector n"}),
    "names": (
        "ctx'*grad_output + dtype*norm2(torch)^2 + g*saved",
        {"dtype": "scalar", "torch": "vector m", "g": "scalar", "saved": "scalar"},
    ),
}
SIZES = {"m": 4, "n": 3, "p": 2, "q": 5}
every_formula = pytest.mark.parametrize("name", FORMULAS)


def derivative(name: str) -> gp.Derivative:
    formula, where = FORMULAS[name]
    variables = gp.parse(formula, where=where).variables
    return gp.derive(formula, wrt=variables[0].name, where=where)


def drawn(d: gp.Derivative, seed: int = 0) -> dict[str, Any]:
    """Random values that have the declared facts; every dimension has its size."""
    rng = np.random.default_rng(seed)
    values = {}
    for n, s in d.symbols.items():
        x = rng.normal(size=[k.evaluate(SIZES) for k in s.type.dims]) * 0.7
        x = np.abs(x) + 0.5 if "positive" in s.facts else x
        values[n] = x @ x.T + np.eye(len(x)) if "posdef" in s.facts else x + 2 * np.eye(*x.shape) if x.ndim == 2 else x
    return values


def kept(d: gp.Derivative, values: Values) -> Values:
    """The values as functions of free ones, so that a difference keeps a declared symmetry."""
    return {n: (x + x.T) / 2 if d.symbols[n].facts & TIES else x for n, x in values.items()}


def expected(d: gp.Derivative, values: Values, seed: np.ndarray) -> dict[str, np.ndarray]:
    """The gradients of the inner product of the formula and `seed`, from the derivatives in denominator layout, axis by axis."""
    found = {}
    for n, s in d.symbols.items():
        whole = np.asarray(gp.derive(d.expression, wrt=n).evaluate(values))
        order = len(s.type.dims)
        shape = np.shape(values[n])
        if order + seed.ndim > 2 and whole.ndim == 2:  # a matrix with rows vec(variable) and columns vec(value)
            whole = whole.reshape([*shape, *seed.shape], order="F")
        found[n] = np.tensordot(whole.reshape([*shape, *seed.shape]), seed, seed.ndim)
    return found


# -- PyTorch


def tensors(torch: Any, values: Values) -> dict[str, Any]:
    return {n: torch.tensor(v, dtype=torch.float64, requires_grad=True) for n, v in values.items()}


@every_formula
def test_torch_gradients_of_both_orders(torch: Any, name: str) -> None:
    d = derivative(name)
    f = d.compile("torch", autograd=True)
    leaves = tensors(torch, drawn(d))

    def call(*args: Any) -> Any:
        return f(kept(d, dict(zip(leaves, args, strict=True))))

    assert f.names == tuple(leaves)
    assert torch.autograd.gradcheck(call, tuple(leaves.values()))
    assert torch.autograd.gradgradcheck(call, tuple(leaves.values()))


@every_formula
def test_torch_equals_the_derivative_and_its_own_of_plain_code(torch: Any, name: str) -> None:
    d = derivative(name)
    values = drawn(d)
    leaves, plain = tensors(torch, values), tensors(torch, values)
    f = d.compile("torch", autograd=True)
    value = f(leaves)
    assert close(value.detach(), d.expression.evaluate(values), 1e-12)
    assert close(value.detach(), f.function(*leaves.values()).detach(), 1e-12)
    seed = torch.tensor(np.random.default_rng(1).normal(size=tuple(value.shape)))
    found = torch.autograd.grad(value, list(leaves.values()), seed)
    own = torch.autograd.grad(
        d.compile("torch", value=True)(plain)[0], list(plain.values()), seed, materialize_grads=True
    )
    right = expected(d, values, seed.numpy())
    for n, a, b in zip(leaves, found, own, strict=True):
        assert close(a, right[n], 1e-9), n
        assert d.symbols[n].facts & TIES or close(a, b, 1e-9), n


def test_a_wrong_backward_is_caught(torch: Any) -> None:
    f = derivative("least squares").compile("torch", autograd=True)
    assert "grad_lam = t1 * grad_output" in f.source
    space: dict[str, Any] = {}
    exec(f.source.replace("grad_lam = t1 * grad_output", "grad_lam = 2 * t1 * grad_output"), space)
    leaves = tuple(tensors(torch, drawn(derivative("least squares"))).values())
    assert torch.autograd.gradcheck(f.function, leaves)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(space["formula"], leaves)


def test_a_second_derivative_that_forgets_what_was_kept_is_caught(torch: Any) -> None:
    f = derivative("least squares").compile("torch", autograd=True)
    space: dict[str, Any] = {}
    exec(f.source.replace("if torch.is_grad_enabled():", "if False:"), space)
    leaves = tuple(tensors(torch, drawn(derivative("least squares"))).values())
    with pytest.raises(RuntimeError, match="mismatch"):
        torch.autograd.gradgradcheck(space["formula"], leaves)


def test_torch_computes_what_is_asked_for(torch: Any) -> None:
    d = derivative("factors")
    f, values = d.compile("torch", autograd=True), drawn(d)
    for n in values:
        leaves = {k: torch.tensor(v, requires_grad=k == n) for k, v in values.items()}
        f(leaves).backward()
        assert close(leaves[n].grad, expected(d, values, np.array(1.0))[n], 1e-9)
        assert [k for k, v in leaves.items() if v.grad is not None] == [n]


def test_torch_raises_where_there_is_no_derivative(torch: Any) -> None:
    f = gp.derive("sum(x.^k)", wrt="x", where="x: vector n; k: scalar integer").compile("torch", autograd=True)
    x, k = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor(3.0, requires_grad=True)
    f(x=x, k=3).backward()
    assert x.grad.tolist() == [3, 12]
    with pytest.raises(NotImplementedError, match="no derivative by k"):
        f(x=x, k=k).backward()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_torch_keeps_the_dtype(torch: Any, dtype: str) -> None:
    for name in FORMULAS:
        d = derivative(name)
        leaves = {n: torch.tensor(v, dtype=getattr(torch, dtype), requires_grad=True) for n, v in drawn(d).items()}
        value = d.compile("torch", autograd=True)(leaves)
        grads = torch.autograd.grad(value.sum(), list(leaves.values()))
        assert {str(value.dtype), *(str(g.dtype) for g in grads)} == {f"torch.{dtype}"}, name


def test_torch_takes_numbers_and_integers(torch: Any) -> None:
    X, y = [[1, 2], [3, 4]], [1, 0]
    w = torch.tensor([0.5, -1.0], requires_grad=True)
    d = derivative("least squares")
    d.compile("torch", autograd=True)(X=torch.tensor(X), w=w, y=torch.tensor(y), lam=0.5).backward()
    assert close(w.grad, gp.derive(d.expression, wrt="w").evaluate(X=X, w=[0.5, -1.0], y=y, lam=0.5), 1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
@pytest.mark.parametrize("name", ["least squares", "softmax", "likelihood", "factors"])
def test_torch_compile(torch: Any, backend: str, name: str) -> None:
    d = derivative(name)
    values = drawn(d)
    run = torch.compile(d.compile("torch", autograd=True).function, backend=backend, fullgraph=True)
    leaves = tensors(torch, values)
    value = run(*leaves.values())
    seed = np.random.default_rng(1).normal(size=tuple(value.shape))
    found = torch.autograd.grad(value, list(leaves.values()), torch.tensor(seed))
    right = expected(d, values, seed)
    assert all(close(g, right[n], 1e-9) for n, g in zip(leaves, found, strict=True))


@pytest.mark.filterwarnings("ignore")
def test_torch_compile_refuses_to_differentiate_again(torch: Any) -> None:
    d = derivative("least squares")
    args = list(tensors(torch, drawn(d)).values())
    f = torch.compile(d.compile("torch", autograd=True).function, backend="aot_eager", fullgraph=True)
    (first,) = torch.autograd.grad(f(*args), args[1], create_graph=True)
    with pytest.raises(RuntimeError, match="double backward"):
        torch.autograd.grad((first * first).sum(), args)


def test_torch_vmap_and_func(torch: Any) -> None:
    d = derivative("least squares")
    f, values = d.compile("torch", autograd=True).function, drawn(d)
    X, w, y, lam = (torch.tensor(values[n], dtype=torch.float64) for n in ("X", "w", "y", "lam"))
    ws = torch.stack([w, 2 * w, -w])
    gradient = torch.func.grad(f, argnums=1)
    found = torch.vmap(gradient, in_dims=(None, 0, None, None))(X, ws, y, lam)
    assert all(close(a, gradient(X, b, y, lam), 1e-12) for a, b in zip(found, ws, strict=True))
    hessian = torch.func.jacrev(torch.func.jacrev(f, argnums=1), argnums=1)(X, w, y, lam)
    assert close(hessian, gp.derive(d.expression, wrt=["w", "w"]).evaluate(values), 1e-9)


# -- JAX


@every_formula
@pytest.mark.parametrize("mode", ["vjp", "jvp"])
def test_jax_gradients_of_both_orders(jax: Any, name: str, mode: str) -> None:
    d = derivative(name)
    f = d.compile("jax", autograd=mode)
    values = drawn(d)
    names = tuple(values)
    assert f.names == names

    def call(*args: Any) -> Any:
        return f(kept(d, dict(zip(names, args, strict=True))))

    def plain(v: Any) -> Any:
        return d.compile("jax", value=True)(v)[0]

    @jax.jit  # one compilation for all of it, and for the points beside
    def all_of_it(args: Any, u: Any, seed: Any) -> Any:
        of_args = dict(zip(names, args, strict=True))
        gradients = [jax.vjp(g, of_args)[1](seed)[0] for g in (f, plain)]
        if mode == "jvp":
            first = jax.jvp(call, args, u)[1]
            second = jax.jvp(lambda *a: jax.jvp(call, a, u)[1], args, u)[1]
            return call(*args), *gradients, first, second
        first = paired(jax.vjp(call, *args)[1](seed), u)
        again = jax.grad(lambda *a: paired(jax.vjp(call, *a)[1](seed), u), argnums=range(len(args)))(*args)
        return call(*args), *gradients, first, paired(again, u)

    def paired(a: Any, b: Any) -> Any:
        return sum(jax.numpy.vdot(x, y) for x, y in zip(a, b, strict=True))

    rng, args = np.random.default_rng(1), tuple(values.values())
    seed = rng.normal(size=np.shape(d.expression.evaluate(values)))
    u = tuple(rng.normal(size=np.shape(x)) for x in args)
    value, found, own, first, second = all_of_it(args, u, seed)
    step = 1e-5
    ahead, back = (all_of_it(tuple(x + h * t for x, t in zip(args, u, strict=True)), u, seed) for h in (step, -step))
    moved = (ahead[0] - back[0]) / (2 * step)
    assert close(first, moved if mode == "jvp" else np.sum(moved * seed), 1e-6)
    assert close(second, (ahead[3] - back[3]) / (2 * step), 1e-6)
    assert close(value, d.expression.evaluate(values), 1e-12)
    right = expected(d, values, seed)
    for n in names:
        assert close(found[n], right[n], 1e-9), n
        assert d.symbols[n].facts & TIES or close(found[n], own[n], 1e-9), n


@pytest.mark.parametrize("mode", [True, "vjp", "jvp"])
def test_jax_transformations(jax: Any, mode: Any) -> None:
    d = derivative("least squares")
    f, values = d.compile("jax", autograd=mode), drawn(d)

    def loss(w: Any) -> Any:
        return f({**values, "w": w})

    w = jax.numpy.asarray(values["w"])
    ws = jax.numpy.stack([w, 2 * w, -w])
    gradient, second = gp.derive(d.expression, wrt="w"), gp.derive(d.expression, wrt=["w", "w"])
    assert close(jax.jit(jax.grad(loss))(w), gradient.evaluate(values), 1e-12)
    assert close(jax.hessian(loss)(w), second.evaluate(values), 1e-12)
    found = jax.jit(jax.vmap(jax.grad(loss)))(ws)
    assert all(
        close(a, gradient.evaluate({**values, "w": np.asarray(b)}), 1e-12) for a, b in zip(found, ws, strict=True)
    )
    if mode == "jvp":
        assert close(jax.jvp(loss, (w,), (w,))[1], gradient.evaluate(values) @ values["w"], 1e-12)
    else:
        with pytest.raises(TypeError, match="custom_vjp"):
            jax.jvp(loss, (w,), (w,))


@pytest.mark.parametrize("mode", ["vjp", "jvp"])
def test_jax_raises_where_there_is_no_derivative(jax: Any, mode: str) -> None:
    f = gp.derive("sum(x.^k)", wrt="x", where="x: vector n; k: scalar integer").compile("jax", autograd=mode).function
    x = jax.numpy.asarray([1.0, 2.0])
    assert jax.grad(f)(x, 3.0).tolist() == jax.jit(jax.grad(f))(x, 3.0).tolist() == [3, 12]
    for run in (f, jax.jit(f)):
        with pytest.raises(NotImplementedError, match="no derivative by k"):
            jax.grad(run, argnums=1)(x, 3.0)


@pytest.mark.parametrize("mode", ["vjp", "jvp"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_jax_keeps_the_dtype(jax: Any, mode: str, dtype: str) -> None:
    for name in FORMULAS:
        d = derivative(name)
        values = {n: jax.numpy.asarray(v, dtype) for n, v in drawn(d).items()}
        f = d.compile("jax", autograd=mode)
        value, grads = jax.eval_shape(f, values), jax.eval_shape(jax.grad(lambda v, f=f: f(v).sum()), values)
        assert {str(value.dtype), *(str(g.dtype) for g in grads.values())} == {dtype}, name


def test_jax_takes_numbers_and_integers(jax: Any) -> None:
    f = derivative("least squares").compile("jax", autograd=True).function
    X, w, y = np.array([[1, 2], [3, 4]]), np.array([0.5, -1.0]), np.array([1, 0])
    found = jax.grad(f, argnums=(1, 3))(X, w, y, 0.5)
    assert close(
        found[0], gp.derive("norm2(X*w - y)^2 + lam*norm2(w)^2", wrt="w").evaluate(X=X, w=w, y=y, lam=0.5), 1e-12
    )
    assert close(found[1], w @ w, 1e-12)


# -- both


def scalar_formulas() -> list[tuple[str, gp.Derivative]]:
    """The scalar formulas of the corpus, each once."""
    found: dict[Any, tuple[str, gp.Derivative]] = {}
    for name, d in answered().items():
        if d.axes.kind == "s" and not d.functions and d.expression.variables:
            found.setdefault((d.expression.ascii, tuple(d.dims.items())), (name, d))
    return list(found.values())


AT_ONCE = 10  # gradients that JAX compiles together


# for JAX one formula in eight
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("target", "step"), [("torch", 1), ("jax", 8)])
def test_corpus(target: str, step: int, request: pytest.FixtureRequest) -> None:
    library = request.getfixturevalue(target)
    asked, refused = [], []
    for name, d in scalar_formulas()[::step]:
        try:
            f = d.compile(target, autograd=True)
        except gp.UnsupportedError:
            whole = any("integer" in s.facts for s in d.symbols.values())
            refused += [] if whole or of_matrix_functions(d) else [d.expression.ascii]  # these by their names
            continue
        assert set(f.task.refused) <= {n for n, s in d.symbols.items() if "integer" in s.facts}
        values = corpus_sampling.draw(ENTRIES[name], 0)
        asked.append((d, f, {n: values[n] for n in f.names}))
    wrong, count = [], 0
    found = _all_gradients(library, [(f, values) for _, f, values in asked])
    for (d, _, values), gradients in zip(asked, found, strict=True):
        for n, grad in gradients.items():
            count += 1
            if not close(grad, gp.derive(d.expression, wrt=n).evaluate(values), 1e-8):
                wrong.append((d.expression.ascii, n))
    assert count > 400 / step
    assert len(refused) <= 1, refused
    assert not wrong


def _all_gradients(library: Any, runs: list[tuple[Any, Values]]) -> Iterator[dict[str, Any]]:
    """For each function its gradients by every variable that has one."""
    if library.__name__ != "jax":
        yield from (_gradients(library, f, values) for f, values in runs)
        return
    for part in [runs[i : i + AT_ONCE] for i in range(0, len(runs), AT_ONCE)]:
        yield from library.jit(lambda part=part: [_gradients(library, f, values) for f, values in part])()


def _gradients(library: Any, f: Any, values: Values) -> dict[str, Any]:
    """The gradients by every variable that has one."""
    moving = [n for n in f.names if n not in f.task.refused]
    if library.__name__ == "jax":
        return library.grad(lambda v: f({**values, **v}))({n: np.asarray(values[n], float) for n in moving})
    leaves = {n: library.tensor(values[n], dtype=library.float64, requires_grad=True) for n in moving}
    return dict(zip(moving, library.autograd.grad(f({**values, **leaves}), [leaves[n] for n in moving]), strict=True))


def test_what_cannot_be_had_is_said() -> None:
    d = derivative("least squares")
    for target, autograd in (("numpy", True), ("torch", "jvp"), ("jax", "both"), ("rows", True), ("matlab", True)):
        with pytest.raises(gp.UnsupportedError, match="autograd"):
            d.compile(target, autograd=autograd)
    with pytest.raises(gp.UnsupportedError, match="value"):
        d.compile("torch", value=True, autograd=True)
    with pytest.raises(gp.UnsupportedError, match="declared functions"):
        gp.derive("sum(f(x))", wrt="x", where={"f": "function x -> vector n", "x": "vector n"}).compile(
            "torch", autograd=True
        )
    with pytest.raises(gp.UnsupportedError, match="size"):
        gp.derive("tr(eye(n))*c", wrt="c", where={"c": "scalar"}).compile("jax", autograd=True)


@pytest.mark.parametrize(("target", "mode"), [("torch", True), ("jax", "vjp"), ("jax", "jvp")])
def test_the_source_is_python_that_needs_no_gradproof(target: str, mode: Any) -> None:
    for name in FORMULAS:
        f = pickle.loads(pickle.dumps(derivative(name).compile(target, autograd=mode)))
        compile(f.source, name, "exec")
        assert "gradproof" not in f.source


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["code", "norm2(A*x)^2", "--wrt", "x", "--target"]
    for target, option, said in (
        ("torch", "--autograd", "autograd.Function"),
        ("jax", "--autograd", "custom_vjp"),
        ("jax", "--autograd=jvp", "custom_jvp"),
    ):
        assert main([*asked, target, option]) == 0
        assert said in capsys.readouterr().out
    assert main([*asked, "numpy", "--autograd"]) == 3
    assert "autograd" in capsys.readouterr().err


def test_a_scalar_keeps_its_gradient_in_plain_code(torch: Any) -> None:
    d = derivative("least squares")
    leaves = tensors(torch, drawn(d))
    value, _ = d.compile("torch", value=True)(leaves)
    value.backward()
    assert close(leaves["lam"].grad, (leaves["w"] @ leaves["w"]).detach(), 1e-12)
