"""NumPy source as input: what is read has the value that NumPy gives to the source itself; the rest is refused by its name."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import scipy

import gradproof as gp
from corpus_entries import ENTRIES, declaration
from corpus_sampling import draw, reference
from gradproof.parse.numpy_source import is_numpy

RNG = np.random.default_rng(11)
VALUES: dict[str, Any] = {
    "X": RNG.normal(size=(4, 3)), "Y": RNG.normal(size=(4, 3)), "A": RNG.normal(size=(3, 3)) + 4 * np.eye(3), "B": RNG.normal(size=(3, 3)),
    "S": np.diag([1.0, 2.0, 3.0]) + 0.1, "w": RNG.normal(size=3), "x": RNG.normal(size=3), "v": RNG.normal(size=3), "y": RNG.normal(size=4),
    "u": RNG.normal(size=4), "mu": RNG.normal(size=3), "lam": 0.7, "c": 1.3, "W": RNG.normal(size=(3, 2)), "p": np.abs(RNG.normal(size=3)) + 0.5,
}  # fmt: skip
WHERE = "X, Y: matrix m n; A, B, S: matrix n n; w, x, v, mu, p: vector n; y, u: vector m; lam, c: scalar; W: matrix n k"
MODULES = {"m": 4, "n": 3, "np": np, "numpy": np, "scipy": scipy}


def where_of(text: str) -> str:
    """A declaration for each name."""
    return "; ".join(f"{name.strip()}: {kind}" for names, _, kind in (p.partition(":") for p in text.split(";")) for name in names.split(","))  # fmt: skip


def computed(source: str, values: Mapping[str, Any]) -> Any:
    """What NumPy computes: the last expression, the last assignment, or what the function returns for the values of its arguments."""
    names: dict[str, Any] = {**MODULES, **values}
    try:
        return eval(source.strip(), names)  # noqa: S307  (a source of this file)
    except SyntaxError:
        before = set(names)
        *lines, last = source.strip().splitlines()
        if not last.startswith((" ", "def ")) and "=" not in last.partition("(")[0]:
            exec("\n".join(lines), names)  # noqa: S102
            return eval(last, names)  # noqa: S307
        exec(source, names)  # noqa: S102
        made = names[[n for n in names if n not in before and n != "__builtins__"][-1]]
        return (
            made(*(values[n] for n in made.__code__.co_varnames[: made.__code__.co_argcount]))
            if callable(made)
            else made
        )


SOURCES = [
    "np.sum(np.log(1 + np.exp(-y*(X@w))))", "X.T @ (X @ w - y)", "np.linalg.slogdet(S)[1]", "np.trace(A @ B)", "np.linalg.norm(X @ w - y)**2",
    "(A*B).sum()", "A.dot(x)", "A.T.dot(x)", "np.outer(x, y)", "x[:, None] * A", "A * x", "x * A", "A / x", "A / x[:, None]", "x - A", "A - x",
    "A ** 2", "A @ A", "p ** A", "2 ** x", "x @ A @ w", "x.T @ A @ w", "x @ w", "np.dot(x, w) * x", "np.inner(A, B)", "np.vdot(A, B)",
    "x[:, None] - w[None, :]", "x[:, None] + w", "w + x[:, None]", "y[:, None] * x", "(x[:, None] * w[None, :]).T @ v", "x[:, None] @ w[None, :]",
    "np.sum((X - mu)**2)", "((X @ w - y)**2).mean()", "X.mean(axis=0) @ w", "X.mean(axis=1) @ y", "np.sum(X, axis=1)", "np.sum(X, 0)",
    "X / X.sum(axis=1, keepdims=True)", "X - X.mean(axis=0, keepdims=True)", "X - X.mean(axis=0)", "np.linalg.norm(X, axis=1)",
    "np.linalg.norm(A)", "np.linalg.norm(A, 'fro')", "np.linalg.norm(x, 1)", "np.linalg.norm(x, ord=2)", "np.linalg.inv(A) @ x",
    "np.linalg.solve(A, x)", "np.linalg.solve(A, B)", "np.linalg.det(A)", "np.linalg.matrix_power(A, 3)", "np.linalg.multi_dot([X, A, w])",
    "np.diag(x) @ A", "np.diag(A) @ x", "np.eye(n) + A", "A - np.eye(A.shape[0])", "np.ones(n) @ x", "np.ones_like(x) @ x", "X + np.ones((m, n))",
    "np.zeros_like(A) + A", "np.maximum(x, 0)", "np.maximum(0, 1 - y * (X @ w))", "np.logaddexp(0, -y * (X @ w))", "np.logaddexp(x, w)",
    "np.log1p(p) + np.expm1(p)", "np.log2(p) * np.log10(p)", "np.square(x) + np.reciprocal(p)", "np.multiply(x, w) + np.add(x, 1)",
    "np.power(p, 1.5)", "p**-0.5", "p**lam", "-x**2", "2 - A", "A + c", "1 + X", "np.pi * x + np.e", "np.var(x) + np.std(x)", "X.ravel() @ Y.ravel()",
    "X.reshape(-1) @ Y.flatten()", "x.reshape(-1, 1) * A", "x.reshape(1, -1) * A", "np.kron(A, B)", "np.kron(x, y)", "np.transpose(X) @ y",
    "X.reshape(-1, order='F')", "X.shape[0] * c + X.size", "np.exp(x) / np.exp(x).sum()", "np.arctan(x) + np.arcsinh(x)", "np.abs(x) @ np.sign(w)",
    "scipy.special.expit(x)", "scipy.special.logsumexp(A @ x)", "scipy.special.softmax(x)", "scipy.special.logsumexp(X, axis=1)",
    "A.sum(axis=0, keepdims=True) - A.sum(axis=1)", "0b11*c + 0x10", "1_000*c + 1e-3", "np.linalg.norm(x[:, None])", "np.linalg.lstsq(X, y, rcond=None)[0]", "X / X.sum(axis=0, keepdims=1)", "A / A.sum(axis=1, keepdims=1)", "x.copy() @ w", "A.transpose(1, 0) @ x", "np.transpose(A, (1, 0)) @ x", "x.astype(float) @ w",
    "from scipy.special import softmax\nsoftmax(x) @ w", "a = 2*c\nf = lambda q: a * q @ q\na = 3*c\nf(x)", "a = 2*c\ndef g(q):\n    return a * q @ q\ndef f(x):\n    a = 3*c\n    return a * g(x)",
    "def f(q):\n    return g(q) + 1\ndef g(q):\n    return q @ q\nf(x)", "r = x.copy()\nr += w\nx @ r", "def g(q):\n    q = q - q.mean()\n    q *= 2\n    return q @ q\ng(x) + x @ x",
    "np.linalg.eigvalsh(A + A.T)[0]", "np.linalg.cholesky(S + c**2*np.eye(n)) @ x", "np.linalg.cholesky(X.T @ X + S) @ x", "np.linalg.svd(X, compute_uv=0)[1]",
    "np.einsum('ij,j->i', A, x)", "np.einsum('i,ij,j', x, A, w)", "np.einsum('ij,kj->ik', X, Y)", "np.einsum('ii', A)", "np.einsum('ij,ij->i', X, Y)",
    "np.einsum('ij->ji', X)", "np.einsum('ij,jk', A, B)", "np.einsum('i,j->ij', x, y)", "np.einsum('ij,ij', X, Y)",
    "r = X @ w - y\n0.5 * r @ r", "m, n = X.shape\nloss = np.sum((X @ w - y)**2) / m", "n = len(y)\nnp.sum(y) / n + X.shape[1]",
    "def f(w, X, y):\n    'loss'\n    r = X @ w - y\n    return 0.5 * np.sum(r**2) + c * w @ w", "f = lambda x: x @ A @ x",
    "def f(w, x):\n    def g(z):\n        return np.sum(z**2)\n    return g(A @ w) - g(x)", "s = np.sum(x)\ns += c * np.sum(w)\ns *= 2",
    "sign, logdet = np.linalg.slogdet(S)\nlogdet + c", "import numpy as np\nfrom numpy.linalg import norm\nnorm(x) * np.sum(w)",
    "np.sum(A @ B * A)", "A * x @ w", "A @ (x * w)", "-A @ x", "x @ -A", "(X.T * y) @ u", "y @ X * w", "np.float64(2) * x.copy()",
    "np.linalg.norm(X, 2)", "np.linalg.norm(A, 'nuc')", "np.linalg.norm(x, np.inf)", "np.clip(x, 0, 1)", "np.clip(A, -0.5, c)",
    "x.clip(-1, 1).sum()", "np.clip(x, None, 1)", "np.average(X @ w)", "np.linalg.eigvalsh(S)",
    "np.linalg.eigvalsh(S)[-1]", "np.linalg.eigvalsh(S)[0] + np.linalg.eigvalsh(S)[1]", "np.linalg.svd(X, compute_uv=False)[0]",
    "s = np.linalg.svd(X, compute_uv=False)\ns[1] / s[0]", "np.linalg.svd(X, compute_uv=False)", "np.sum(np.linalg.cholesky(S) @ x)",
    "np.linalg.eigh(S)[0][-1]", "w, v = np.linalg.eigh(S)\nw[0] * w[1]", "u, s, vt = np.linalg.svd(X)\ns[1]", "np.linalg.svd(X)[1][0]", "scipy.linalg.polar(A)[0] @ x",
    "u, p = scipy.linalg.polar(A)\nnp.sum(u)", "np.linalg.lstsq(X, y)[0]", "scipy.linalg.cholesky(S)", "scipy.linalg.cholesky(S, lower=True)", "np.linalg.cholesky(S)",
    "np.tril(A, -1)", "np.triu(A, 1)", "np.triu(A, k=0)", "scipy.linalg.solve_sylvester(A, S, B)", "scipy.linalg.solve_continuous_lyapunov(A, S)",
    "scipy.linalg.solve_discrete_lyapunov(A/20, S)", "scipy.linalg.solve_continuous_are(A, B, S, S)", "scipy.linalg.solve_discrete_are(A/9, B, S, S)",
    "scipy.linalg.fractional_matrix_power(S, 0.3)", "scipy.special.psi(p)", "scipy.linalg.expm(A/5)", "scipy.linalg.sqrtm(S)", "scipy.linalg.pinv(X)",
    "scipy.special.gammaln(p) + scipy.special.erfc(x)", "np.var(x, ddof=1)", "np.std(y, ddof=1) * c", "np.var(X)", "np.hypot(x, w) @ v", "np.hypot(x[0], c)", "np.linalg.eigvalsh(S).sum()",
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_sources_mean_what_numpy_computes(source: str) -> None:
    wanted = np.asarray(computed(source, VALUES))
    read = gp.parse(source, where=where_of(WHERE), notation="numpy")
    names = {v.name for v in read.variables}
    found = np.asarray(read.evaluate({k: v for k, v in VALUES.items() if k in names} | {"m": 4, "n": 3, "k": 2}))
    assert found.shape == wanted.shape or found.size == wanted.size == max(wanted.shape, default=1), read.ascii
    assert np.allclose(found.reshape(wanted.shape), wanted, rtol=1e-10), read.ascii


def test_the_sources_of_the_corpus_mean_what_numpy_computes() -> None:
    """Every source of the corpus is read, with the value that NumPy gives, or refused; at least nine of ten are read."""
    seen: Counter[str] = Counter()
    for entry in list(ENTRIES.values())[::3]:
        real = not any(v["kind"] == "function" or v.get("field") == "complex" for v in entry["vars"].values())
        for source in [entry[key] for key in ("numpy_expr", "numpy_expected") if real and entry.get(key)]:
            try:
                read = gp.parse(source, {k: declaration(v) for k, v in entry["vars"].items()}, notation="numpy")
            except gp.UnsupportedError:
                seen["refused"] += 1
                continue
            known = draw(entry, 5)
            wanted = reference(source)(known)
            found = np.asarray(read.evaluate(known))
            assert found.shape == wanted.shape, (entry["id"], source, read.ascii)
            assert np.allclose(found, wanted, rtol=1e-8, equal_nan=True), (entry["id"], source, read.ascii)
            seen["read"] += 1
    assert seen["read"] > 9 * seen["refused"], seen


def test_undeclared_names_follow_use_and_letters() -> None:
    read = gp.parse("np.sum(np.log(1 + np.exp(-y*(X@w))))")
    assert {v.name: v.shape for v in read.variables} == {"y": ("m",), "X": ("m", "n"), "w": ("n",)}
    assert gp.derive("np.sum(np.log(1 + np.exp(-y*(X@w))))", wrt="w").verify().ok


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("np.sum((X - mu)**2)", "meets every row"),
        ("np.sum(A @ w + b)", "declare it a scalar"),
        ("np.sum(X @ w + b)", "declare it a vector"),
        ("A**2 @ np.linalg.inv(A)", "entry by entry, as in NumPy"),
        ("np.linalg.slogdet(S)[1]", "positive determinant"),
        ("r = X @ w\nX @ w - y", "not used"),
        ("def f(w, lam=1.0):\n    return lam * w @ w", "default values"),
        ("X.ravel()", "the rows one after the other"),
        ("np.sum(x.T * x)", "has one axis"),
    ],
)
def test_what_was_decided_is_said(source: str, said: str) -> None:
    read = gp.parse(source, notation="numpy")
    assert any(said in str(n) for n in read.reading.notes), read.reading.notes
    assert read.reading.notation == "numpy"


REFUSED = [
    ("np.where(x > 0, x, 0)", "where"), ("x if c else y", "a choice by a condition"), ("x > 0", "a comparison"), ("np.sort(x)", "sort"),
    ("for i in range(3):\n    c = c + 1\nc", "control flow"), ("if c:\n    x = 1\nx", "control flow"),
    ("x @ x.T", "inner product"), ("X[:, None] - Y", "a third axis"), ("np.linalg.norm(A, 3)", "order"), ("np.linalg.norm(A, 1)", "norm of a matrix"),
    ("x ^ 2", "'x ^ 2'"), ("np.sum(x, axis=3)", "axis 3"), ("x.foo()", "function foo"), ("np.stack([x, y])", "stack"),
    ("print(x)", "function print"), ("f(*x)", "a star"), ("np.sum(x, where=m)", "argument"), ("x.shape", "a shape"),
    ("np.linalg.slogdet(S)", "slogdet without"), ("torch.var(x)", "n - 1"), ("np.linalg.svd(X)", "without"), ("np.linalg.svd(X)[0]", "svd"), ("scipy.linalg.polar(A)", "polar without"), ("cholesky(S)", "module"), ("torch.topk(x, 2)[0]", "topk"), ("jax.nn.gelu(x)", "gelu"), ("tf.linalg.svd(X)[1]", "another order"), ("tf.linalg.lstsq(A, x)[0]", "another order"), ("np.hypot(x[:, None], w)", "new axis"), ("np.linalg.eigvalsh(S)[-2]", "other end"),
    ("np.var(X, axis=0)", "axis"), ("np.linalg.eigvalsh(S)[1:]", "[1:]"), ("[x, y]", "[x, y]"), ("import os\nx", "package os"),
    ("x = 1; import sys", "package sys"), ("while True: pass", "control flow"), ("np.sum", "'np.sum'"), ("x.at[0]", ".at"), ("'a' + x", "'a'"),
    ("f = lambda x: f(x)\nf(x)", "f"), ("def f(x):\n    x\n", "does not end with return"), ("1j * x", "1j"), ("True + x", "True"),
    ("np.add.outer(x, w)", "add.outer"), ("np.subtract.outer(x, w)", "subtract.outer"), ("np.ma.sum(x)", "ma.sum"), ("import numpy.ma as ma\nma.sum(x)", "ma.sum"), ("np.linalg.eigvals(S)", "no order"),
    ("torch.linalg.eigvals(S)", "no order"), ("np.linalg.lstsq(X, y, rcond=0.5)[0]", "singular values"), ("np.linalg.norm(x[None, :], 1)", "new axis"), ("np.maximum(x, w[:, None])", "new axis"),
    ("np.clip(x[:, None], w, v)", "new axis"), ("np.sum(α*x) + alpha", "beside"), ("r = x\nr += w\nx @ r", "in place"), ("r = A.T\nr *= 2\nnp.sum(A*B)", "in place"), ("r = x[1:]\nr *= 3\nx @ w", "in place"), ("r = X.ravel()\nr += 1\nnp.sum(X**3)", "in place"),
    ("def g(q):\n    q *= 2\n    return q @ w\ng(x) + x @ x", "in place"), ("r = X @ w\ns = r\nr -= y\nnp.sum(s*r)", "in place"), ("r = x.reshape(-1, 1)\nr -= 1\nx @ w", "in place"),
    ("@jax.grad\ndef f(x):\n    return x @ x", "decorator"), ("from scipy.special import softmax\nsoftmax(A)", "all entries"), ("import scipy.special as sp\nsp.softmax(A)", "all entries"),
    ("np.sum(A.transpose(0, 1) * B)", "order of axes"), ("A.transpose(0, 1)", "order of axes"), ("jnp.transpose(A, (0, 1))", "order of axes"), ("np.sum(x.astype(int))", "another type"),
    ("np.asarray(x, dtype=int) @ w", "another type"), ("np.sum(x, dtype=np.int64)", "another type"), ("x.detach() @ x", "constant"), ("sum(A) * c", "Python"), ("torch.sum(x) * x.var()", "n - 1"),
    ("import torch\ndef f(x):\n    return x.std()", "n - 1"), ("np.linalg.eigvalsh(A @ B)[0]", "triangle"), ("np.linalg.cholesky(A + B @ A)", "triangle"),
    ("torch.std(x)", "n - 1"), ("(x[None, :] + z).T", "open"), ("np.sum(x[:, None], axis=1)", "new axis"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "named"), REFUSED)
def test_what_is_not_read_is_refused_by_its_name(source: str, named: str) -> None:
    with pytest.raises(gp.GradproofError) as caught:
        gp.parse(source, notation="numpy")
    assert named in str(caught.value)
    assert caught.value.span is not None


@pytest.mark.parametrize("source", ["x +", "(x", "x y", "", "def f(", "\x00", "x" * 10, "1 +" * 3000 + "1", "(" * 400, "-" * 5000 + "x", "é + x", "x[", "lambda", "'''", "f'{x}'", "np." * 500 + "sum(x)", "x.T" + ".T" * 3000])  # fmt: skip
def test_bad_source_never_crashes(source: str) -> None:
    with contextlib.suppress(gp.GradproofError):
        gp.parse(source, notation="numpy")


@pytest.mark.parametrize(
    ("text", "numpy"),
    [
        ("np.sum(x)", True), ("jnp.dot(a, b)", True), ("X.T @ (X @ w - y)", True), ("A.dot(x)", True), ("def f(x): return x", True),
        ("x'*A*x", False), ("norm2(A*x - b)^2", False), ("A.T*x", False), (r"\lVert Ax \rVert^2", False), ("sum(i: x[i]*y[i])", False),
        ("x.^2", False), ("A.*B", False), ("norm2(A@x - b)^2", False), ("sum(x)", False), ("2.5*x", False), ("x @", False),
    ],
)  # fmt: skip
def test_source_is_recognised(text: str, numpy: bool) -> None:
    assert is_numpy(text) is numpy


@pytest.mark.parametrize(
    "source", ["np.linalg.eigvalsh(A)[0]", "np.linalg.cholesky(A) @ x", "np.linalg.eigh(A)[0][-1]"]
)
@pytest.mark.parametrize("where", [None, "A: matrix n n; x: vector n"])
def test_a_matrix_of_which_one_triangle_is_read_is_symmetric_or_refused(source: str, where: str | None) -> None:
    read = gp.parse(source, where=where)
    assert any("taken as symmetric" in str(n) for n in read.reading.notes)
    values = {name: VALUES[name] for name in {v.name for v in read.variables}}
    with pytest.raises(
        gp.GradproofError, match="symmetric"
    ):  # NumPy has the eigenvalues of what its lower triangle makes
        read.evaluate(values)
    values["A"] = VALUES["S"]
    assert np.allclose(read.evaluate(values), computed(source, values))


def test_source_is_never_run(tmp_path: Any) -> None:
    for source in (f"open({str(tmp_path / 'made')!r}, 'w')", "__import__('os').system('true')", "x.__class__.__mro__"):
        with pytest.raises(gp.GradproofError):
            gp.parse(source, notation="numpy")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "source", ["np.trace(np.linalg.inv(A + t*B) @ C)", "np.sum((X*w)**2)", "np.sum(np.exp(-s*D))", "np.sum(X/s)"]
)
def test_a_name_that_only_its_letter_makes_an_array_of_rows_is_not_guessed(source: str) -> None:
    with pytest.raises(gp.GradproofError, match="a number, or an array of one axis"):
        gp.parse(source)
    name = next(n for n in "tws" if f"{n}*" in source or f"*{n}" in source or f"/{n}" in source)
    gp.parse(source, where=f"{name}: scalar")


def test_what_a_product_says_of_a_name_is_no_guess() -> None:
    e = gp.parse("np.sum((X*w)**2) + np.sum((X@w)**2)")
    X, w = np.arange(6.0).reshape(2, 3), np.array([1.0, -2.0, 0.5])
    assert e.evaluate(X=X, w=w) == pytest.approx(((X * w) ** 2).sum() + ((X @ w) ** 2).sum())
