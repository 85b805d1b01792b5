"""SymPy in and out: what is written for SymPy has the value of the formula, by an evaluator that knows only SymPy's classes; and it is read back."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from corpus_entries import ENTRIES, declarations
from corpus_sampling import draw, reference

sympy = pytest.importorskip("sympy")

_ENTRYWISE = {
    "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh, "Abs": np.abs,
    "sign": np.sign,
}  # fmt: skip


def value(e: Any, known: dict[str, Any]) -> Any:
    """The number or the two-axis array that a formula of SymPy is."""
    if e.is_Symbol and not e.is_Matrix:
        return float(known[e.name])
    if isinstance(e, sympy.MatrixSymbol):
        found = np.asarray(known[e.name], float)
        return found.reshape(-1, 1) if found.ndim < 2 else found
    if e.is_number:
        return float(e)
    name, E = type(e).__name__, sympy.matrices.expressions
    if isinstance(e, E.Identity):
        return np.eye(int(value(e.shape[0], known)))
    if isinstance(e, (sympy.OneMatrix, sympy.ZeroMatrix)):
        return np.full([int(value(d, known)) for d in e.shape], float(isinstance(e, sympy.OneMatrix)))
    if name == "ElementwiseApplyFunction":
        (variable,) = e.function.variables
        inner = value(e.expr, known)
        return np.vectorize(lambda entry: value(e.function.expr, known | {variable.name: entry}))(inner)
    if name == "Sum":
        *inner, (index, low, high) = e.limits
        body = sympy.Sum(e.function, *inner) if inner else e.function
        places = range(int(value(low, known)), int(value(high, known)) + 1)
        return sum(value(body, known | {index.name: place}) for place in places)
    if name == "MatrixElement":
        return value(e.args[0], known)[tuple(int(value(a, known)) for a in e.args[1:])]
    if name == "BlockMatrix":
        return np.block(
            [[value(e.blocks[i, j], known) for j in range(e.blockshape[1])] for i in range(e.blockshape[0])]
        )
    args = [value(a, known) for a in e.args]
    if name in ("MatMul", "Mul"):
        product: Any = 1.0
        for a in args:
            both = np.ndim(product) == 2 and np.ndim(a) == 2
            product = (
                product @ a if both and 1 not in (product.size, np.size(a)) else product @ a if both else product * a
            )
        return product
    if name in _ENTRYWISE:
        return _ENTRYWISE[name](args[0])
    simple = {
        "Add": sum, "MatAdd": sum, "Max": max, "Pow": lambda a: a[0] ** a[1], "HadamardPower": lambda a: a[0] ** a[1],
        "HadamardProduct": lambda a: np.prod(np.stack(a), axis=0), "Transpose": lambda a: a[0].T, "Trace": lambda a: np.trace(a[0]),
        "Inverse": lambda a: np.linalg.inv(a[0]), "Determinant": lambda a: np.linalg.det(a[0]),
        "MatPow": lambda a: np.linalg.matrix_power(a[0], int(a[1])), "DiagMatrix": lambda a: np.diag(a[0].ravel()),
        "DiagonalOf": lambda a: np.diag(a[0]).reshape(-1, 1), "KroneckerProduct": lambda a: np.kron(*a),
    }  # fmt: skip
    return simple[name](args)


REAL = [
    e for e in ENTRIES.values()
    if "field" not in str(e["vars"]) and not any(v["kind"] == "function" for v in e["vars"].values()) and "numpy_expr" in e
]  # fmt: skip
SAMPLE = REAL[::7]
HAS_NO_FORM = 0.2  # of the corpus, at most


def test_the_corpus_goes_to_sympy_and_back() -> None:
    refused = 0
    for entry in SAMPLE:
        try:
            expr = gp.parse(entry["expr"], where=declarations(entry))
            written = expr.to_sympy()
        except gp.UnsupportedError:
            refused += 1
            continue
        known = draw(entry, 5)
        wanted = reference(entry["numpy_expr"])(known)
        if not np.isfinite(wanted).all():
            continue
        kept = np.errstate(all="ignore")
        with kept:
            found = np.asarray(value(written, known))
        assert np.allclose(found.reshape(wanted.shape), wanted, rtol=1e-8), (entry["id"], written)
        back = gp.from_sympy(written)
        again = np.asarray(back.evaluate({v.name: known[v.name] for v in back.variables} | _sizes(back, known)))
        assert np.allclose(again.reshape(wanted.shape), wanted, rtol=1e-8), (entry["id"], back)
    assert refused <= HAS_NO_FORM * len(SAMPLE)


def _sizes(expr: gp.Expr, known: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in known.items() if isinstance(v, int) and k not in {s.name for s in expr.variables}}


m, n = sympy.symbols("m n", integer=True, positive=True)
X, S, x = sympy.MatrixSymbol("X", m, n), sympy.MatrixSymbol("S", n, n), sympy.MatrixSymbol("x", n, 1)
a, t = sympy.Symbol("a"), sympy.Symbol("t", positive=True)


@pytest.mark.parametrize(
    "formula",
    [
        x.T * S * x, sympy.Trace(S**-1 * S.T), sympy.log(sympy.Determinant(S)), 2 * X.T * (X * x), sympy.exp(x.T * x) + a,
        sympy.HadamardProduct(S, S.T) - 2 * S, sympy.HadamardPower(X, 3), X.applyfunc(sympy.Lambda(a, a**2 + 1)),
        S.applyfunc(sympy.Lambda(a, a + 1)), S.T.applyfunc(sympy.sin), (x.T).applyfunc(sympy.exp), sympy.cos(a) / sympy.sqrt(t), n * a / m,
        S - a * sympy.Identity(n), sympy.DiagMatrix(x) * S, sympy.DiagonalMatrix(S), sympy.KroneckerProduct(x, S), sympy.Max(0, a), S**3,
        sympy.OneMatrix(1, m) * X, x * x.T * S, (a + 2) ** -2 * x, -x + S * x, sympy.pi * a, sympy.Rational(1, 3) * sympy.Trace(S),
        (x.T * S * x).diff(x), sympy.Trace(S * S).diff(S),
    ],
    ids=str,
)  # fmt: skip
def test_formulas_of_sympy_are_read(formula: Any) -> None:
    rng = np.random.default_rng(3)
    known = {
        "X": rng.normal(size=(4, 3)),
        "S": rng.normal(size=(3, 3)) + 4 * np.eye(3),
        "x": rng.normal(size=3),
        "a": 0.7,
        "t": 1.3,
    }
    read = gp.from_sympy(formula)
    names = {v.name for v in read.variables}
    found = np.asarray(read.evaluate({k: v for k, v in known.items() if k in names} | {"m": 4, "n": 3}))
    wanted = np.asarray(_value(formula, known))
    assert np.allclose(found.ravel(), wanted.ravel())


def _value(formula: Any, known: dict[str, Any]) -> Any:
    if isinstance(formula, sympy.DiagonalMatrix):
        return np.diag(np.diag(known["S"]))
    return value(formula, known | {"m": 4, "n": 3})


def test_a_derivative_of_what_sympy_gave() -> None:
    d = gp.derive(gp.from_sympy(x.T * S * x), wrt="x")
    assert d.verify().ok
    assert str(d.result.to_sympy()) == "(S + S.T)*x"


@pytest.mark.parametrize(
    ("formula", "named"),
    [
        (sympy.Sum(a, (a, 1, 3)), "Symbol"), (sympy.gamma(a), "gamma"), (S[t, 0], "Symbol"), (sympy.Integral(a, a), "Integral"),
        (sympy.MatrixSymbol("r", 1, n), "row"), (sympy.Adjoint(S), "Adjoint"), (sympy.Eq(a, t), "Equality"), (sympy.Max(a, t), "Max"),
        (sympy.Piecewise((a, a > 0), (0, True)), "Piecewise"), (sympy.ImmutableMatrix([[1, 2]]), "Matrix"),
    ],
    ids=str,
)  # fmt: skip
def test_what_has_no_place_is_refused_by_its_name(formula: Any, named: str) -> None:
    with pytest.raises(gp.UnsupportedError, match=named):
        gp.from_sympy(formula)


def test_what_is_no_formula_is_refused() -> None:
    with pytest.raises(gp.ParseError, match="takes a formula of SymPy"):
        gp.from_sympy("x")


def test_what_sympy_has_no_word_for_is_refused() -> None:
    for text in ("vec(X)", "commutation(m,n)*vec(X)", "x.^y"):
        with pytest.raises(gp.UnsupportedError, match="has no form in SymPy"):
            gp.parse(text).to_sympy()


def test_without_sympy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(gp.UnsupportedError, match=r"sympy is not installed\n.*gradproof\[sympy\]"):
        gp.parse("x'*x").to_sympy()


def _indexed() -> dict[str, Any]:
    """Formulas of SymPy with entries and sums, and what is read."""
    n, m, i, j = sympy.symbols("n m i j", integer=True, positive=True)
    c = sympy.Symbol("c")
    X, A, x = sympy.MatrixSymbol("X", m, n), sympy.MatrixSymbol("A", n, n), sympy.MatrixSymbol("x", n, 1)
    Sum, log, exp = sympy.Sum, sympy.log, sympy.exp
    return {
        "x'*A*x": (x.T * A * x)[0, 0],
        "sqrt(x'*x)": sympy.sqrt((x.T * x)[0, 0]),
        "x[1]^2 + x[2]": x[0, 0] ** 2 + x[1, 0],
        "c*A[1,2]": c * A[0, 1],
        "x'*x": Sum(x[i, 0] ** 2, (i, 0, n - 1)),
        "sum(log(1 + exp(x)))": Sum(log(1 + exp(x[i, 0])), (i, 0, n - 1)),
        "sum(log(1 + exp(X*x)))": Sum(log(1 + exp(Sum(X[i, j] * x[j, 0], (j, 0, n - 1)))), (i, 0, m - 1)),
        "ones(n - 1)'*shift1(n - 1,n)*x": Sum(x[i, 0], (i, 1, n - 1)),
        "x'*shift1(n - 1,n)'*head(n - 1,n)*x": Sum(x[i, 0] * x[i + 1, 0], (i, 0, n - 2)),
        "tr(A)": Sum(A[i, i], (i, 0, n - 1)),
        "sum(lowertri(n)*x)": Sum(x[j, 0], (j, 0, i), (i, 0, n - 1)),
        "pi*tr([A, x; x', c])": sympy.pi
        * sympy.Trace(sympy.BlockMatrix([[A, x], [x.T, sympy.MatrixSymbol("c", 1, 1)]])),
    }


@pytest.mark.parametrize("name", _indexed())
def test_entries_and_sums_have_the_value_that_sympy_gives(name: str) -> None:
    e = _indexed()[name]
    rng = np.random.default_rng(0)
    known = {"X": rng.normal(size=(3, 2)), "A": rng.normal(size=(2, 2)), "x": rng.normal(size=2), "c": 1.7}
    read = gp.from_sympy(e)
    assert read.ascii == name
    wanted = float(np.squeeze(value(e, known | {"m": 3, "n": 2})))
    found = float(read.evaluate(**{v.name: known[v.name] for v in read.variables}))
    assert found == pytest.approx(wanted, rel=1e-12), read.ascii
    wrt = next(v for v in read.variables if v.name != "c").name
    assert gp.derive(read, wrt=wrt).verify().ok


def test_what_no_index_notation_has_is_refused() -> None:
    n, i = sympy.symbols("n i", integer=True, positive=True)
    x = sympy.MatrixSymbol("x", n, 1)
    for e in (
        sympy.Sum(i * x[i, 0], (i, 0, n - 1)),
        x[i, 0],
        sympy.Sum(x[2 * i, 0], (i, 0, n - 1)),
        sympy.Sum(x[i, 0], (i, n, 2 * n)),
    ):
        with pytest.raises(gp.UnsupportedError, match="of SymPy"):
            gp.from_sympy(e)
