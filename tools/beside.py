"""Writes docs/beside.md: the same derivatives asked of SymPy, CasADi and JAX, each as its users would write it. `python tools/beside.py`"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

import casadi as ca  # noqa: E402
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import sympy as sp  # noqa: E402
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction as Elementwise  # noqa: E402

import gradproof as gp  # noqa: E402

jax.config.update("jax_enable_x64", True)
SIZE = 3
m, n = sp.symbols("m n", integer=True, positive=True)
S = {name: sp.MatrixSymbol(name, n, n) for name in "AXB"}
V = {name: sp.MatrixSymbol(name, n, 1) for name in "xby"}
R, W = sp.MatrixSymbol("X", m, n), sp.MatrixSymbol("w", n, 1)
Z = sp.MatrixSymbol("y", m, 1)
t = sp.Symbol("t")


class Question(NamedTuple):
    """A formula for each system; `sympy` gives its own derivative, the others a function that is differentiated."""

    text: str
    wrt: str
    shapes: dict[str, tuple[int, ...]]
    sympy: Callable[[], Any]
    casadi: Callable[..., Any] | None
    jax: Callable[..., Any]
    where: str = ""
    twice: bool = False


def _loss() -> Any:
    inner = Elementwise(sp.Lambda(t, sp.log(1 + sp.exp(-t))), sp.HadamardProduct(Z, R * W))
    return sp.MatrixSymbol("o", 1, m) * inner


SQUARE, COLUMN = (SIZE, SIZE), (SIZE,)
QUESTIONS = (
    Question("x'*A*x", "x", {"x": COLUMN, "A": SQUARE}, lambda: (V["x"].T * S["A"] * V["x"]).diff(V["x"]),
             lambda x, A: x.T @ A @ x, lambda x, A: x @ A @ x),
    Question("norm2(A*x - b)^2", "x", {"x": COLUMN, "A": SQUARE, "b": COLUMN},
             lambda: ((S["A"] * V["x"] - V["b"]).T * (S["A"] * V["x"] - V["b"])).diff(V["x"]),
             lambda x, A, b: ca.sumsqr(A @ x - b), lambda x, A, b: jnp.sum((A @ x - b) ** 2)),
    Question("logdet(X)", "X", {"X": SQUARE}, lambda: sp.log(sp.Determinant(S["X"])).diff(S["X"]),
             lambda X: ca.log(ca.det(X)), lambda X: jnp.linalg.slogdet(X)[1]),
    Question("det(X)", "X", {"X": SQUARE}, lambda: sp.Determinant(S["X"]).diff(S["X"]), lambda X: ca.det(X), jnp.linalg.det),
    Question("tr(A*X*B)", "X", {"X": SQUARE, "A": SQUARE, "B": SQUARE}, lambda: sp.Trace(S["A"] * S["X"] * S["B"]).diff(S["X"]),
             lambda X, A, B: ca.trace(A @ X @ B), lambda X, A, B: jnp.trace(A @ X @ B)),
    Question("tr(A*inv(X))", "X", {"X": SQUARE, "A": SQUARE}, lambda: sp.Trace(S["A"] * S["X"].I).diff(S["X"]),
             lambda X, A: ca.trace(A @ ca.inv(X)), lambda X, A: jnp.trace(A @ jnp.linalg.inv(X))),
    Question("sum(log(1 + exp(-y.*(X*w))))", "w", {"w": COLUMN, "X": SQUARE, "y": COLUMN}, lambda: _loss().diff(W),
             lambda w, X, y: ca.sum1(ca.log(1 + ca.exp(-y * (X @ w)))), lambda w, X, y: jnp.sum(jnp.log(1 + jnp.exp(-y * (X @ w))))),
    Question("sum(log(1 + exp(-y.*(X*w))))", "w", {"w": COLUMN, "X": SQUARE, "y": COLUMN}, lambda: _loss().diff(W).diff(W),
             lambda w, X, y: ca.sum1(ca.log(1 + ca.exp(-y * (X @ w)))), lambda w, X, y: jnp.sum(jnp.log(1 + jnp.exp(-y * (X @ w)))),
             twice=True),
    Question("A*X*B", "X", {"X": SQUARE, "A": SQUARE, "B": SQUARE}, lambda: (S["A"] * S["X"] * S["B"]).diff(S["X"]),
             lambda X, A, B: A @ X @ B, lambda X, A, B: A @ X @ B),
    Question("softmax(x)", "x", {"x": COLUMN}, lambda: (V["x"].applyfunc(sp.exp) / (sp.MatrixSymbol("o", 1, n) * V["x"].applyfunc(sp.exp))[0, 0]).diff(V["x"]),
             lambda x: ca.exp(x) / ca.sum1(ca.exp(x)), jax.nn.softmax),
)  # fmt: skip


def of_sympy(q: Question) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return f"`{q.sympy()}`"
    except Exception as error:  # whatever it raises is what its user sees
        return f"{type(error).__name__}: {str(error)[:60]}"


def of_casadi(q: Question) -> str:
    given = [ca.SX.sym(name, *shape) for name, shape in q.shapes.items()]
    f = q.casadi(*given) if q.casadi else None
    slope = ca.hessian(f, given[0])[0] if q.twice else ca.jacobian(f, given[0])
    return (
        f"{slope.size1()} × {slope.size2()} numbers, {ca.Function('f', given, [slope]).n_instructions()} instructions"
    )


def of_jax(q: Question) -> str:
    """Its numbers beside ours, at one point."""
    rng = np.random.default_rng(0)
    values = {
        name: rng.normal(size=shape) + 2 * np.eye(SIZE) if len(shape) == 2 else rng.normal(size=shape)
        for name, shape in q.shapes.items()
    }
    values = {name: v @ v.T if name == "X" and q.text == "logdet(X)" else v for name, v in values.items()}
    slope = (jax.hessian if q.twice else jax.jacobian)(q.jax)(*values.values())
    ours = np.asarray(_ours(q).evaluate(values))
    if np.ndim(q.jax(*values.values())):  # its axes come last, those of the variable
        one = len(q.shapes[q.wrt])
        slope = jnp.moveaxis(slope, range(slope.ndim - one, slope.ndim), range(one))
    return f"numbers; ours differ by {np.max(np.abs(ours - slope)) / np.max(np.abs(ours)):.0e}"


def _ours(q: Question) -> gp.Derivative:
    return gp.derive(q.text, [q.wrt, q.wrt] if q.twice else q.wrt, q.where or None)


HEAD = """# gradproof beside SymPy, CasADi and JAX

What each says to the same question, asked as its users write it (`python tools/beside.py` wrote this page: SymPy {sympy}, CasADi {casadi}, JAX {jax}). SymPy keeps
sizes open like gradproof; CasADi and JAX differentiate programs at fixed sizes, here {size}, and have no formula to show. Which is better depends on what is wanted:
for the slope of a long program take JAX; for a formula, its proof and its derivation, this. The examples in matrixcalculus.org's documentation, with what it prints there,
are among [the verified identities](identities/README.md).

| formula | by | gradproof | SymPy | CasADi | JAX |
|---|---|---|---|---|---|
"""


def main() -> None:
    rows = []
    for q in QUESTIONS:
        by = f"{q.wrt}, {q.wrt}" if q.twice else q.wrt
        cells = (f"`{q.text}`", f"`{by}`", f"`{_ours(q).result.ascii}`", of_sympy(q), of_casadi(q), of_jax(q))
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    head = HEAD.format(sympy=sp.__version__, casadi=ca.__version__, jax=jax.__version__, size=SIZE)
    (ROOT / "docs" / "beside.md").write_text(head + "\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()
