"""What compiled functions and `evaluate` take: the right number or one of our errors, on every call and whatever was called before.

The right numbers come from NumPy's own products on plain arrays.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import GradproofError

pandas = pytest.importorskip("pandas")
sparse = pytest.importorskip("scipy.sparse")

RNG = np.random.default_rng(0)
X, Y = RNG.uniform(0.5, 2, (3, 3)).round(2), RNG.uniform(0.5, 2, 3).round(2)


class Sub(np.ndarray):
    """A subclass whose product is not the matrix product."""

    def __matmul__(self, other: Any) -> Any:
        return np.asarray(self) * 0


def strided(a: np.ndarray) -> np.ndarray:
    return np.repeat(a, 2, axis=0)[::2]


def read_only(a: np.ndarray) -> np.ndarray:
    a = a.copy()
    a.flags.writeable = False
    return a


KINDS: dict[str, Callable[[np.ndarray], Any]] = {
    "array": np.array,
    "list": lambda a: a.tolist(),
    "tuple": lambda a: tuple(map(tuple, a.tolist())) if a.ndim == 2 else tuple(a.tolist()),
    "subclass": lambda a: a.view(Sub),
    "matrix": lambda a: a.view(np.matrix) if a.ndim == 2 else a[None, :].view(np.matrix),
    "pandas": lambda a: (
        pandas.Series(a, index=range(7, 7 + len(a))) if a.ndim == 1 else pandas.DataFrame(a, list("cab"))
    ),
    "sparse": lambda a: sparse.csr_matrix(a),
    "sparse array": lambda a: sparse.coo_array(a),
    "masked": lambda a: np.ma.masked_greater(a, 1.0),
    "nothing masked": lambda a: np.ma.masked_array(a, False),
    "numbers as objects": lambda a: a.astype(object),
    "objects": lambda a: np.full(a.shape, "a", dtype=object),
    "float32": lambda a: a.astype(np.float32),
    "float16": lambda a: a.astype(np.float16),
    "long": lambda a: a.astype(np.longdouble),
    "big-endian": lambda a: a.astype(">f8"),
    "fortran": np.asfortranarray,
    "strided": strided,
    "read-only": read_only,
    "wrong shape": lambda a: a[None],
    "column": lambda a: a[..., None],
    "number": lambda a: 2.0,
    "complex": lambda a: a + 0.5j,
    "text": lambda a: a.astype(str),
    "none": lambda a: None,
    "ragged": lambda a: [[1.0], [1.0, 2.0], 3.0],
}
REFUSED = {
    "sparse",
    "sparse array",
    "masked",
    "objects",
    "wrong shape",
    "column",
    "number",
    "complex",
    "text",
    "none",
    "ragged",
}
MATRICES_ONLY = {"matrix"}

CASES: list[tuple[str, str, Callable[..., Any]]] = [
    ("x'*(M.^2)*x", "x", lambda M, x: (M**2 + (M**2).T) @ x),
    ("sum(M.*M.*M)", "M", lambda M: 3 * M * M),
    ("logdet(M)", "M", lambda M: np.linalg.inv(M).T),
    ("sum(x.*x.*x)", "x", lambda x: 3 * x * x),
]


@pytest.mark.parametrize(("formula", "wrt", "truth"), CASES)
def test_every_kind_of_argument_after_every_other(formula: str, wrt: str, truth: Callable[..., Any]) -> None:
    d = gp.derive(formula, wrt=wrt, where={"x": "vector n"} if "x" in formula else None)
    f = d.compile()
    names = list(f.names)
    plain = {"M": X + 3 * np.eye(3), "x": Y}
    for first, second in itertools.product(["array", "float32"], KINDS):
        for kind in (first, second, second):
            for name in names:
                given = {n: KINDS[kind if n == name else "array"](plain[n]) for n in names}
                for call in (f, d.evaluate):
                    refused = kind in REFUSED - ({"complex"} if call != f else set())
                    if refused or (kind in MATRICES_ONLY and name == "x"):
                        with pytest.raises(GradproofError):
                            call(given)
                    elif kind != "complex":
                        rounding = {"float32": 1e-4, "float16": 1e-1}.get(kind, 1e-12)
                        found = call(given)
                        assert type(found) is np.ndarray
                        np.testing.assert_allclose(found, truth(**{n: plain[n] for n in names}), rounding, rounding)


@pytest.mark.parametrize(
    "c", [2, 2.0, True + 1, np.float32(2), np.int8(2), np.array(2), np.array(2, dtype=object), Fraction(2)]
)
def test_scalars(c: Any) -> None:
    f = gp.derive("x'*x/c^20", wrt="c", where="x: vector n; c: scalar").compile()
    f(x=Y, c=1.5)
    expected = -20 * (Y @ Y) / 2.0**21
    for _ in range(2):
        if isinstance(c, np.ndarray) and c.dtype.hasobject:
            with pytest.raises(GradproofError):
                f(x=Y, c=c)
        else:
            np.testing.assert_allclose(f(x=Y, c=c), expected, 1e-6)


def test_a_scalar_is_no_list() -> None:
    f = gp.derive("c*x", wrt="x", where="x: vector n; c: scalar").compile()
    f(x=Y, c=2.0)
    for _ in range(2):
        with pytest.raises(GradproofError, match="c has shape"):
            f(x=Y, c=[2.0])


def test_names_that_are_not_there_and_sizes_that_contradict_are_refused_on_every_call() -> None:
    f = gp.derive("x'*x", wrt="x").compile()
    for more in ({"z": 1.0}, {"n": 7}):
        f(x=Y)
        for _ in range(2):
            with pytest.raises(GradproofError):
                f(x=Y, **more)


def test_sizes_are_whole_numbers() -> None:
    f = gp.derive("sum(c*ones(k))", wrt="c", where="c: scalar").compile()
    assert f(c=1.0, k=4) == f(c=1.0, k=np.int64(4)) == 4
    for k in (4.0, True, -4, None, [4]):
        with pytest.raises(GradproofError):
            f(c=1.0, k=k)


def test_the_value_of_a_function_is_an_array_of_its_shape() -> None:
    d = gp.derive("f(x)'*f(x)", wrt="x", where="f: function x -> vector q; x: vector n")
    g, D = d.compile(), np.arange(6.0).reshape(3, 2)
    expected = 2 * D @ [1.0, 2.0]
    for value in (np.array([1.0, 2.0]), [1.0, 2.0], np.array([1, 2]), 1.0):
        known = {"x": Y, "f": lambda x, value=value: value, "Df": lambda x: D}
        if np.shape(value) != (2,):
            with pytest.raises(GradproofError):
                g(known)
        else:
            np.testing.assert_allclose(g(known), expected)


@pytest.mark.parametrize("target", ["jax", "torch", "array-api"])
def test_other_targets(target: str) -> None:
    pytest.importorskip({"array-api": "array_api_strict"}.get(target, target))
    f = gp.derive("x'*(M.^2)*x", wrt="x").compile(target)
    expected = (X**2 + (X**2).T) @ Y
    for kind in (*KINDS, *KINDS):
        given = {"M": KINDS[kind](X), "x": Y}
        if kind in REFUSED:
            with pytest.raises(GradproofError):
                f(given)
        else:
            rounding = 1e-2 if kind == "float16" else 1e-4
            np.testing.assert_allclose(np.asarray(f(given)), expected, rounding)


def test_sources_take_lists_and_whole_numbers() -> None:
    d = gp.derive("c*norm2(A*x)^2/2", wrt="x", where="c: scalar")
    space: dict[str, Any] = {}
    exec(d.compile().source, space)
    A, x = [[1, 2], [3, 4], [5, 6]], [1, 2]
    expected = 3 * np.array(A).T @ (np.array(A) @ x)
    assert d.compile().names == ("c", "A", "x")
    np.testing.assert_allclose(space["gradient"](3, A, x), expected)
    for wrong in ([3], None, 1j):
        with pytest.raises((TypeError, ValueError)):
            space["gradient"](wrong, A, x)


# -- declared facts

S = X @ X.T + np.eye(3)
BROKEN: dict[str, tuple[Any, Any]] = {  # of each fact what has it up to rounding, and what has not
    "matrix n n symmetric": (S * (1 + 1e-11 * X), S + 1e-6 * np.eye(3, k=1)),
    "matrix n n antisymmetric": (X - X.T, X - X.T + np.eye(3)),
    "matrix n n diagonal": (np.diag(Y), np.diag(Y) + 1e-6 * np.eye(3, k=-1)),
    "matrix n n lower": (np.tril(X), X),
    "matrix n n upper": (np.triu(X), X),
    "matrix n n orthogonal": (np.linalg.qr(X)[0], X),
    "matrix n n psd": (np.outer(Y, Y), -S),
    "matrix n n posdef": (S, S - 20 * np.eye(3)),
    "matrix n n invertible": (X, np.outer(Y, Y)),
    "matrix m n positive": (X, X - X.min()),
    "matrix m n nonneg": (X - X.min(), X - 1),
    "vector n positive": (Y, -Y),
}


@pytest.mark.parametrize("declared", BROKEN)
def test_declared_facts_are_tested_on_every_call(declared: str) -> None:
    good, bad = BROKEN[declared]
    d = gp.derive("sum(A.*A)", wrt="A", where={"A": declared})
    f, unchecked = d.compile(), d.compile(check=False)
    np.testing.assert_allclose(f(A=good), 2 * good, 1e-9)
    for call in (f, d.evaluate, d.expression.evaluate):
        for value in (bad, good, bad, bad * np.nan):
            if value is good:
                call(A=value)
            else:
                with pytest.raises(GradproofError, match="A is declared"):
                    call(A=value)
    np.testing.assert_allclose(unchecked(A=bad), 2 * bad)


@pytest.mark.parametrize("declared", BROKEN)
def test_an_array_that_is_changed_in_place_is_tested_again(declared: str) -> None:
    good, bad = BROKEN[declared]
    f = gp.derive("sum(A.*A)", wrt="A", where={"A": declared}).compile()
    A = np.array(good)
    for _ in range(3):
        f(A=A)
    A[...] = bad
    with pytest.raises(GradproofError, match="A is declared"):
        f(A=A)
    A[...] = good
    np.testing.assert_allclose(f(A=A), 2 * A, 1e-6)


@pytest.mark.parametrize("dtype", [float, np.float32])
def test_two_rows_that_are_exchanged_in_place_are_seen(dtype: type) -> None:
    f = gp.derive("x'*S*x", wrt="x", where="S: matrix n n symmetric; x: vector n").compile()
    kept, x = np.random.default_rng(3).normal(size=(40, 40)), np.ones(40)
    kept = (kept + kept.T).astype(dtype)
    f(S=kept, x=x)
    kept[[3, 17]] = kept[[17, 3]]
    with pytest.raises(GradproofError, match="S is declared symmetric"):
        f(S=kept, x=x)


def test_a_matrix_is_factored_for_its_declared_facts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    f = gp.derive("x'*S*x", wrt="x", where="S: matrix n n posdef; x: vector n").compile()
    calls, cholesky = [], np.linalg.cholesky
    monkeypatch.setattr(np.linalg, "cholesky", lambda A: calls.append(1) or cholesky(A))
    for k in range(4):
        np.testing.assert_allclose(f(S=S, x=Y + k), 2 * S @ (Y + k))
    assert len(calls) == 1


def test_whole_numbers_that_are_declared() -> None:
    d = gp.derive("k*sum(x)", wrt="x", where="k: scalar integer")
    d.compile()(k=2.0, x=Y)
    with pytest.raises(GradproofError, match="not whole"):
        d.compile()(k=2.5, x=Y)


@pytest.mark.parametrize("target", ["jax", "torch", "rows", "array-api"])
def test_other_targets_test_declared_facts(target: str) -> None:
    pytest.importorskip({"array-api": "array_api_strict", "rows": "numpy"}.get(target, target))
    formula, where = "sum(d.*(X*w).^2)", {"d": "vector m positive"}
    f = gp.derive(formula, wrt="w", where=where).compile(target)
    f(X=X, w=Y, d=Y)
    with pytest.raises(GradproofError, match="d is declared positive"):
        f(X=X, w=Y, d=-Y)
    gp.derive(formula, wrt="w", where=where).compile(target, check=False)(X=X, w=Y, d=-Y)


# -- plans that need a size which others do not


def test_a_size_that_only_some_plans_need() -> None:
    d = gp.derive("sum(softmax(z).^2)", wrt=["z", "z"], where="z: vector n+1")
    z = np.array([0.1, 0.7, -0.3, 0.2])
    for _ in range(2):
        h = d.compile(compressed=True)(z=z).todense()
        np.testing.assert_allclose(h, differences(lambda z: d.expression.evaluate(z=z), z), atol=1e-5)


def differences(f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 1e-4) -> np.ndarray:
    """The Hessian by central differences."""
    e = h * np.eye(len(x))
    return np.array([[(f(x + a + b) - f(x + a - b) - f(x - a + b) + f(x - a - b)) / (4 * h * h) for a in e] for b in e])


def test_a_gram_matrix_that_is_constant() -> None:
    d = gp.derive("tr(((1 + ones(m,n)).^2.7)'*(1 + ones(m,n)).^2.7 + c*W)", wrt=["c", "c"])
    value, second = d.compile(value=True)(c=1.5, W=np.eye(3), m=4)
    np.testing.assert_allclose(value, 12 * 2**5.4 + 4.5)
    assert second == 0


def test_values_that_are_no_mapping_are_refused() -> None:
    d = gp.hessian("x'*A*x", wrt="x")
    for call in (d.compile(), d.operator, d.evaluate):
        with pytest.raises(gp.DomainError, match="by name"):
            call("nonsense")  # type: ignore[operator]


def test_the_code_of_a_count_is_checked_at_a_whole_number() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = gp.derive("sumtop(x, k)", "x", where="x: vector n; k: scalar").compile()
    np.testing.assert_array_equal(compiled(x=np.array([3.0, 1.0, 2.0]), k=2), [1.0, 0.0, 1.0])


@pytest.mark.long
def test_torch_numbers_in_double_precision_keep_their_digits() -> None:
    torch = pytest.importorskip("torch")
    f = gp.derive("a*sin(x)", "x", where="x: scalar; a: scalar", verify=False).compile("torch")
    x, a = torch.tensor(0.3, dtype=torch.float64), torch.tensor(0.7, dtype=torch.float64)
    assert float(f(x=x, a=a)) == pytest.approx(0.7 * np.cos(0.3), rel=1e-15)
    assert f(x=x.float(), a=a.float()).dtype == torch.float32
    assert f(x=0.3, a=0.7).dtype == torch.get_default_dtype()
