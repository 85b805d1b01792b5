"""The other targets: the same numbers as `evaluate` on the whole corpus, where the library is installed."""

from __future__ import annotations

import importlib
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from corpus_answers import answered, at_a_point, close
from gradproof.codegen import TARGETS, source_file
from gradproof.ops import TABLE
from random_derivatives import random_derivatives


def _jax() -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    importlib.import_module("jax").config.update("jax_enable_x64", True)
    return lambda x: x, np.asarray


def _torch() -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    torch = importlib.import_module("torch")
    torch.set_default_dtype(torch.float64)
    return lambda x: x, lambda x: x.numpy() if hasattr(x, "numpy") else np.asarray(x)


def _array_api() -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    xp = importlib.import_module("array_api_strict")
    return (
        lambda x: xp.asarray(x) if isinstance(x, np.ndarray) else x,
        lambda x: np.from_dlpack(x) if hasattr(x, "__dlpack__") else np.asarray(x),
    )


def _cupy() -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """NumPy and SciPy stand in for CuPy, which has their names; on a device nobody has tried it here."""
    sys.modules.setdefault("cupy", np)
    for name in ("special", "linalg"):
        sys.modules.setdefault(f"cupyx.scipy.{name}", importlib.import_module(f"scipy.{name}"))
    for name in ("cupyx", "cupyx.scipy"):
        sys.modules.setdefault(name, types.ModuleType(name))
    return lambda x: x, np.asarray


def _gaps(target: str) -> set[str]:
    """The operations that a target refuses."""
    spelling, refused = TARGETS[target].spelling(), set()
    for op in TABLE.values():
        try:
            spelling.function(op)
        except gp.UnsupportedError:
            refused.add(op.name)
    return refused


LIBRARIES = {
    "jax": ("jax", _jax),
    "torch": ("torch", _torch),
    "array-api": ("array_api_strict", _array_api),
    "cupy": ("scipy", _cupy),
}
Library = tuple[str, Callable[[Any], Any], Callable[[Any], Any]]


def refused(d: gp.Derivative, target: str) -> bool:
    """Whether a target refuses code by the name of an operation that it has not."""
    try:
        d.compile(target, value=True)
    except gp.UnsupportedError as error:
        named = any(str(error).startswith(f"{name} is not there") for name in _gaps(target))
        return named or "complex variables" in str(error)
    return False


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    """A target, and the ways to its arrays and back."""
    name, prepare = LIBRARIES[request.param]
    pytest.importorskip(name)
    return request.param, *prepare()


Run = tuple[Any, dict[str, Any]]  # compiled code, and what it is called with
AT_ONCE = 15  # functions that are jitted together: most of the time that JAX takes is for each compilation


def called(target: str, runs: list[Run]) -> Iterator[Any]:
    """The results of compiled code, in order."""
    if target != "jax":
        yield from (f(values) for f, values in runs)
        return
    jax = importlib.import_module("jax")
    for part in [runs[i : i + AT_ONCE] for i in range(0, len(runs), AT_ONCE)]:
        arrays = [{n: v for n, v in values.items() if isinstance(v, np.ndarray)} for _, values in part]

        def together(given: Any, part: list[Run] = part) -> Any:
            return [f({**values, **own}) for (f, values), own in zip(part, given, strict=True)]

        yield from jax.jit(together)(arrays)


PARTS = 6  # of the corpus for JAX


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("part", [0, *(pytest.param(k, marks=pytest.mark.long) for k in range(1, PARTS))])
def test_corpus(library: Library, part: int) -> None:
    """JAX takes longer than the others together: a part of the corpus is enough for `make test`, `make test-all` has the rest."""
    target, there, back = library
    if target != "jax" and part:
        pytest.skip("only JAX is slow enough for parts: this target had all formulas in part 0")
    names = [n for n, d in answered().items() if not d.functions][part :: PARTS if target == "jax" else 1]
    asked = {n: d for n in names if not refused(d := answered()[n], target)}
    at = {n: at_a_point(n) for n in asked}
    runs = [(d.compile(target, value=True), {k: there(v) for k, v in at[n].values.items()}) for n, d in asked.items()]
    wrong = []
    for name, (value, found) in zip(asked, called(target, runs), strict=True):
        if not (close(back(found), at[name].derivative, 1e-9) and close(back(value), at[name].value, 1e-9)):
            wrong.append(name)
    assert not wrong


def test_what_the_corpus_has_not(library: Library) -> None:
    target, there, back = library
    rng = np.random.default_rng(0)
    for formula, wrt in (
        ("logsumexp(X)", "X"),
        ("logsumexp(X)", ["X", "X"]),
        ("log(sum(exp(A*X)))", "X"),
        ("X*acosh(cosh(2))", "X"),
        ("norm2(X)", ["X", "X"]),
    ):
        d = gp.derive(formula, wrt=wrt, where={"X": "matrix n c", "A": "matrix m n"})
        values = {n: rng.normal(size=[3, 2] if n == "X" else [4, 3]) for n in d.symbols}
        value, found = d.compile(target, value=True)({n: there(v) for n, v in values.items()})
        assert close(back(found), d.evaluate(values), 1e-9), formula
        assert close(back(value), d.expression.evaluate(values), 1e-9), formula


@pytest.mark.filterwarnings("ignore")
def test_random_formulas(library: Library) -> None:
    target, there, back = library
    asked, runs = [], []
    for d, values, expected in random_derivatives(range(1000, 1040 if target == "jax" else 1300)):
        try:
            f = d.compile(target)
        except gp.UnsupportedError:
            assert refused(d, target)
            continue
        asked.append((d, expected))
        runs.append((f, {n: there(v) for n, v in values.items()}))
    for (d, expected), found in zip(asked, called(target, runs), strict=True):
        assert close(back(found), expected, 1e-6), d.expression.ascii
    assert len(asked) > 25


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("part", [0, *(pytest.param(k, marks=pytest.mark.long) for k in range(1, 3))])
def test_float32_stays(library: Library, part: int) -> None:
    target, there, back = library
    if target != "jax" and part:
        pytest.skip("only JAX is slow enough for parts: this target had all formulas in part 0")
    asked, runs = [], []
    some = list(answered().items())[::3]
    for name, d in some[part::3] if target == "jax" else some:  # compiling a new function for each takes JAX a while
        values, expected, _ = at_a_point(name)
        if d.functions or not any(isinstance(v, np.ndarray) for v in values.values()) or refused(d, target):
            continue
        small = {
            n: there(v.astype(np.float32) if isinstance(v, np.ndarray) and v.dtype == np.float64 else v)
            for n, v in values.items()
        }
        asked.append((name, expected))
        runs.append((d.compile(target), small))
    missed = []
    for (name, expected), (f, small), result in zip(asked, runs, called(target, runs), strict=True):
        used = any(
            np.ndim(small.get(n)) for n in f.names
        )  # a result that follows from no array has the usual precision
        if (used and not str(result.dtype).endswith("float32")) or not close(back(result), expected, 5e-3):
            missed.append((name, str(result.dtype)))
    assert not missed


def test_jax_is_jitted_and_differentiated_again() -> None:
    jax = pytest.importorskip("jax")
    _jax()
    f = gp.derive("sum(log(1 + exp(X*w)))", wrt="w").compile("jax")
    X, w = np.arange(6.0).reshape(3, 2) / 6, np.array([0.3, -0.2])
    hessian = gp.derive("sum(log(1 + exp(X*w)))", wrt=["w", "w"]).evaluate(X=X, w=w)
    again = jax.jacobian(jax.jit(lambda w: f(X=X, w=w)))(w)
    assert np.allclose(again, hessian)


FILES = [
    ("sum(log(1 + exp(-y.*(X*w))))", "w", {}, True, True),
    ("norm2(X*w - y)^2 + lambda*norm2(w)^2", "w", {"lambda": "scalar"}, True, False),
    ("x'*A*x", "x", {}, False, True),
    ("softmax(A*x)", "x", {}, False, False),
    ("logdet(S) + tr(inv(S)*C)", "S", {"S": "matrix n n posdef"}, True, False),
]


@pytest.mark.parametrize(("formula", "wrt", "where", "value", "hessian"), FILES)
def test_modules_run_by_themselves(
    formula: str, wrt: str, where: dict[str, str], value: bool, hessian: bool, tmp_path: Any
) -> None:
    second = gp.derive(formula, wrt=[wrt, wrt], where=where) if hessian else None
    text = source_file(gp.derive(formula, wrt=wrt, where=where), second, value, "f")
    assert "import gradproof" not in text
    path = tmp_path / "module.py"
    path.write_text(text, encoding="utf-8")
    shown = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert "against differences" in shown.stdout


def test_modules_check_shapes() -> None:
    space: dict[str, Any] = {"__name__": "module"}
    exec(source_file(gp.derive("norm2(A*x)^2", wrt="x"), name="f"), space)
    assert space["f"](np.eye(2), np.ones(2)).tolist() == [2, 2]
    with pytest.raises(ValueError, match=r"x has shape \(3,\), expected \(n,\)"):
        space["f"](np.eye(2), np.ones(3))


def test_costs() -> None:
    d = gp.derive("norm2(H*x)^2", wrt="x")
    c = d.cost(m=100, n=50)
    assert c.formula == "4 m n + n"
    assert c.flops == 4 * 100 * 50 + 50
    assert c.largest == 100
    assert gp.derive("sum(log(1 + exp(-y.*(X*w))))", wrt=["w", "w"]).cost(m=10, n=3).formula.startswith("m n²")
    assert "naive" in str(c)


@pytest.mark.parametrize("formula", ["log(2)*x", "log(1 + tanh(sqrt(x))) + x*log(3)", "x*acosh(cosh(2))"])
def test_jax_code_with_functions_of_numbers_can_be_jitted(formula: str) -> None:
    jax = pytest.importorskip("jax")
    _jax()
    d = gp.derive(formula, wrt="x", where="x: scalar positive")
    f = d.compile("jax", value=True)
    value, found = jax.jit(lambda x: f(x=x))(0.7)
    step = 1e-6
    ahead, back = (d.expression.evaluate(x=0.7 + h) for h in (step, -step))
    assert close(value, d.expression.evaluate(x=0.7), 1e-12)
    assert close(found, (ahead - back) / (2 * step), 1e-8)


def test_functions_of_numbers_have_all_digits_whatever_the_default_precision_is() -> None:
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        f = gp.derive("log(3)*x'*x", wrt="x", where="x: vector n").compile("torch")
        found = f(x=torch.ones(1, dtype=torch.float64))
        assert f(x=torch.ones(1)).dtype == torch.float32
    finally:
        torch.set_default_dtype(before)
    assert abs(float(found[0]) - 2 * np.log(3)) < 1e-15
