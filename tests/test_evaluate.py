"""The value of a formula: every operation of the table, and what is said about values that do not fit."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import DomainError, GradproofError, ShapeError
from gradproof.notation.expr import Call, Expr, applied, call, size, substitute, symbol
from gradproof.notation.function import Function
from gradproof.notation.made import matrix_variable, scalar, vector
from gradproof.numeric.evaluate import Evaluator, evaluate, is_matrix_power, multilinear
from gradproof.numeric.given import bind_sizes
from gradproof.numeric.sample import Sampler
from gradproof.ops import TABLE, Operation
from gradproof.ops.operation import Einsum, Reserved
from gradproof.shapes.dims import dim
from gradproof.shapes.shape import SCALAR, Shape, Signature, column, row

RNG = np.random.default_rng(1)
A, B, C = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2))
Q = RNG.normal(size=(4, 4)) + 4 * np.eye(4)
X, Y, B3 = RNG.normal(size=4), RNG.normal(size=3), RNG.normal(size=3)
VALUES = {"A": A, "B": B, "C": C, "Q": Q, "x": X, "y": Y, "b": B3, "c": 2.5, "d": -1.25, "k": 3}

a, b_, c_, q = (
    matrix_variable("A", "m", "n"),
    matrix_variable("B", "m", "n"),
    matrix_variable("C", "n", "k"),
    matrix_variable("Q", "n", "n"),
)
x, y, b = vector("x", "n"), vector("y", "m"), vector("b", "m")
c, d = scalar("c"), scalar("d")
N, M = dim("n"), dim("m")

MEANINGS: dict[str, tuple[Expr, Any]] = {
    "matrix by vector": (a * x, A @ X),
    "row by matrix": (y.T * a, Y @ A),
    "matrix by matrix": (a * c_, A @ C),
    "inner": (x.T * x, X @ X),
    "outer": (y * x.T, np.outer(Y, X)),
    "row by matrix by column": (y.T * a * x, Y @ A @ X),
    "scalar by matrix": (c * a, 2.5 * A),
    "matrix by scalar": (a * c, 2.5 * A),
    "sum, difference, negative": (-(a + b_ - 2 * a), A - B),
    "broadcast": (call("add", 1, x), 1 + X),
    "division": (a / c, A / 2.5),
    "hadamard": (call("hadamard", a, b_), A * B),
    "entrywise division": (call("eldiv", y, b), Y / B3),
    "entrywise power": (call("elpow", x, 3), X**3),
    "negative entrywise power": (call("elpow", q, -2), Q**-2.0),
    "power of a scalar": (c**3, 2.5**3),
    "scalar to a scalar": (c**d, 2.5**-1.25),
    "matrix power": (q**3, Q @ Q @ Q),
    "matrix to 0": (q**0, np.eye(4)),
    "matrix to a negative power": (q**-2, np.linalg.inv(Q) @ np.linalg.inv(Q)),
    "transpose": (a.T, A.T),
    "row": (x.T, X),
    "diagonal matrix": (call("diag", x), np.diag(X)),
    "diagonal": (call("diag", q), np.diag(Q)),
    "diagonal matrix of a row": (call("diag", x.T), np.diag(X)),
    "trace": (call("tr", q), np.trace(Q)),
    "sum of all": (call("sum", a), A.sum()),
    "sum of a scalar": (call("sum", c), 2.5),
    "vec": (call("vec", a), A.reshape(-1, order="F")),
    "kron of matrices": (call("kron", a, c_), np.kron(A, C)),
    "kron of vectors": (call("kron", x, y), np.kron(X, Y)),
    "kron of a column and a row": (call("kron", x, y.T), np.outer(X, Y)),
    "kron of a row and a column": (call("kron", x.T, y), np.outer(Y, X)),
    "kron of a vector and a matrix": (call("kron", y, a), np.kron(Y[:, None], A)),
    "kron of a row and a matrix": (call("kron", y.T, a), np.kron(Y[None], A)),
    "kron of a matrix and a row": (call("kron", a, x.T), np.kron(A, X[None])),
    "kron with a scalar": (call("kron", c, a), 2.5 * A),
    "identity": (call("eye", params=(N,)), np.eye(4)),
    "ones": (call("ones", params=(N,)), np.ones(4)),
    "matrix of ones": (call("ones", params=(M, N)), np.ones((3, 4))),
    "zeros": (call("zeros", params=(M, N)), np.zeros((3, 4))),
    "commutation": (call("commutation", params=(M, N)) * call("vec", a), A.T.reshape(-1, order="F")),
    "size": (size(dim("m*n")) / 2, 6.0),
    "norm2": (call("norm2", a), np.linalg.norm(A)),
    "norm2 of a row": (call("norm2", x.T), np.linalg.norm(X)),
    "norm2 of a scalar": (call("norm2", d), 1.25),
    "norm1": (call("norm1", a), np.abs(A).sum()),
    "inverse": (call("inv", q), np.linalg.inv(Q)),
    "inverse of a scalar": (call("inv", c), 0.4),
    "determinant": (call("det", q), np.linalg.det(Q)),
    "determinant of a scalar": (call("det", d), -1.25),
    "logdet": (call("logdet", q), np.linalg.slogdet(Q)[1]),
    "adjugate": (call("adj", q), np.linalg.det(Q) * np.linalg.inv(Q)),
    "softmax": (call("softmax", x), np.exp(X) / np.exp(X).sum()),
    "logsumexp": (call("logsumexp", a), np.log(np.exp(A).sum())),
    "sigmoid": (call("sigmoid", x), 1 / (1 + np.exp(-X))),
    "softplus": (call("softplus", x), np.log(1 + np.exp(X))),
    "relu": (call("relu", x), np.maximum(X, 0)),
    "exp of a scalar": (call("exp", c), math.exp(2.5)),
    "erf": (call("erf", c), math.erf(2.5)),
    "sqrt": (call("sqrt", call("hadamard", x, x)), np.abs(X)),
}


@pytest.mark.parametrize("name", MEANINGS)
def test_value(name: str) -> None:
    expr, expected = MEANINGS[name]
    value = evaluate(expr, {**VALUES, "m": 3, "n": 4, "k": 2})
    assert np.shape(value) == np.shape(expected)
    np.testing.assert_allclose(value, expected, rtol=1e-13, atol=1e-13)


# -- the table


def applications(op: Operation) -> list[Expr]:
    """The operation at variables of every shape that it takes."""
    found = {}
    for signature in op.signatures:
        for any_shape in (SCALAR, column(N), row(N), Shape("m", (M, N))):
            given = dict(zip(op.letters, "mn", strict=False))  # in unvec(x,m,n) the axis of x is made of these
            args = [
                symbol(
                    "XABCD"[i],
                    any_shape
                    if s.kind == "*"
                    else Shape(
                        s.kind,
                        tuple(
                            dim("*".join(given[x] for x in g)) if len(g) > 1 else dim("pqrs"["ijkl".index(g[0])])
                            for g in s.axes
                        ),
                    ),
                )
                for i, s in enumerate(signature.args)
            ]
            params = tuple(dim(op.fixed or p) for p in "mn"[: len(signature.out.parameters)]) if op.letters else ()
            found[call(op, *args, params=params)] = None
    return list(found)


EVERY = [
    pytest.param(e, id=f"{op.name}-{i}")
    for op in TABLE.values()
    if not isinstance(op.meaning, Reserved)
    for i, e in enumerate(applications(op))
]


@pytest.mark.parametrize("expr", EVERY)
def at_a_point(expr: Expr, seed: int) -> dict[str, Any]:
    """Values in the domain; the exponent of a matrix power is a whole number."""
    if any(is_matrix_power(e) or e.op.whole for e in Evaluator(expr).nodes if isinstance(e, Call)):
        expr = substitute(expr, {v: scalar(v.name, "integer") for v in expr.variables if v.type == SCALAR})
    return Sampler(expr, (), ()).point(np.random.default_rng(seed)).values


@pytest.mark.parametrize("expr", EVERY)
def test_every_operation_has_a_value_of_its_shape(expr: Expr) -> None:
    values = at_a_point(expr, 0)
    value = evaluate(expr, values)
    assert np.shape(value) == tuple(n.evaluate(bind_sizes(expr.variables, values)) for n in expr.type.dims)
    assert np.all(np.isfinite(value))


@pytest.mark.parametrize("expr", [e for e in EVERY if e.values[0].op.analytic])
def test_the_complex_step_agrees_with_differences_where_an_operation_is_analytic(expr: Expr) -> None:
    values, h = at_a_point(expr, 3), 1e-5
    for v in expr.args:
        if v.type == SCALAR and (is_matrix_power(expr) or (isinstance(expr, Call) and expr.op.whole)):
            continue
        move = np.random.default_rng(4).normal(size=np.shape(values[v.name]))[()]
        exact = np.imag(evaluate(expr, {**values, v.name: values[v.name] + 1e-30j * move})) / 1e-30
        above, below = (evaluate(expr, {**values, v.name: values[v.name] + t * move}) for t in (h, -h))
        np.testing.assert_allclose((above - below) / (2 * h), exact, rtol=1e-5, atol=1e-5 * (1 + np.max(np.abs(exact))))


SIGNATURES = sorted(
    {
        s.text
        for op in TABLE.values()
        if isinstance(op.meaning, Einsum)
        for s in op.signatures
        if s.args and not set("*(") & set(s.text)
    }
)


@pytest.mark.parametrize(
    "text", [t for t in SIGNATURES if len(set(Signature.of(t).out.letters)) == len(Signature.of(t).out.letters)]
)
def test_a_signature_means_what_einsum_says(text: str) -> None:
    signature = Signature.of(text)
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=["ijkl".index(x) + 2 for x in slot.letters]) for slot in signature.args]
    np.testing.assert_allclose(multilinear(signature)(*arrays), np.einsum(signature.einsum, *arrays), rtol=1e-13)


def test_repeated_and_grouped_letters() -> None:
    R = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(multilinear(Signature.of("ij->(ij)(ij)"))(R), np.diag(R.ravel()))
    np.testing.assert_allclose(multilinear(Signature.of("ij->(ii)j"))(R), [R[0], 0 * R[0], 0 * R[1], R[1]])
    np.testing.assert_allclose(multilinear(Signature.of("i,ij,j->i"))(X[:2], R, X[:3]), X[:2] * (R @ X[:3]))
    np.testing.assert_allclose(multilinear(Signature.of("->(ij)(ij)"))(i=2, j=3), np.eye(6))


# -- numbers of other types


def test_float32_stays_float32() -> None:
    single = {name: np.asarray(v, dtype=np.float32) for name, v in VALUES.items() if name in "Ax"}
    for expr in (a * x / 3 + 0.5 * (a * x), call("exp", 2 * x) / c, call("sum", x) ** 2 * x * call("exp", c)):
        assert evaluate(expr, {**single, "c": 2.5}).dtype == np.float32


def test_complex_values_are_never_conjugated() -> None:
    z = X + 1j * np.arange(4)
    assert evaluate(call("norm2", x) ** 2, {"x": z}) == pytest.approx(z @ z)
    assert evaluate(x.T * x, {"x": z}) == pytest.approx(z @ z)
    np.testing.assert_allclose(
        evaluate(call("elpow", x, 120), {"x": X + 1e-30j}).imag, 120 * X**119 * 1e-30, rtol=1e-12
    )


def test_whole_numbers_and_lists_are_taken() -> None:
    assert evaluate(call("elpow", x, -1), {"x": [1, 2, 4]}).tolist() == [1, 0.5, 0.25]
    assert evaluate(c / 4, {"c": 1}) == 0.25
    assert evaluate(c**-1, {"c": np.int64(2)}) == 0.5


def test_numbers_follow_numpy_not_python() -> None:
    with np.errstate(all="ignore"):
        assert evaluate(1 / (c - c), VALUES) == math.inf
        assert math.isnan(evaluate(d**0.5, VALUES))
        assert evaluate(call("exp", c**10), VALUES) == math.inf


def test_the_result_is_not_an_argument() -> None:
    for expr, value in ((x, X), (x.T, X), (a.T, A), (call("diag", q), Q)):
        assert not np.shares_memory(evaluate(expr, VALUES), value)


def test_depth_is_no_limit_and_shared_parts_are_computed_once() -> None:
    deep: Expr = c
    for _ in range(5000):
        deep = call("sin", deep)
    assert abs(evaluate(deep, VALUES)) < 1
    shared: Expr = x
    for _ in range(200):
        shared = (shared + shared) / 2
    np.testing.assert_allclose(evaluate(shared, VALUES), X)


def test_a_part_is_computed_again_only_where_it_moves() -> None:
    evaluator = Evaluator(a * x + call("exp", y))
    value = evaluator.varying(evaluator.run(VALUES), {"x"})
    np.testing.assert_allclose(value({"x": 2 * X, "y": None}), 2 * A @ X + np.exp(Y))
    assert value({"x": X + 1j}).dtype == complex


# -- functions


def test_functions_are_called_with_arrays() -> None:
    f = Function("f", ("x",), column(dim("q")))
    u = Function("U", ("x", "y"), SCALAR)
    jac = np.arange(20.0).reshape(4, 5)
    given = {**VALUES, "f": lambda x: x @ jac, "Df": lambda x: jac, "DDU_xy": lambda x, y: np.outer(x, y)}
    np.testing.assert_allclose(evaluate(applied(f, (2 * x,)), given), 2 * X @ jac)
    np.testing.assert_allclose(evaluate(applied(f, (x,), (0,)), given), jac)
    np.testing.assert_allclose(evaluate(applied(u, (x, y), (0, 1)), given), np.outer(X, Y))
    with pytest.raises(DomainError, match="no value for the function DU_x"):
        evaluate(applied(u, (x, y), (0,)), given)
    with pytest.raises(DomainError, match="f is not a function"):
        evaluate(applied(f, (x,)), {**VALUES, "f": 3.0})
    with pytest.raises(ShapeError, match="f gave an array of shape"):
        evaluate(applied(f, (x,)), {**VALUES, "f": lambda x: 1.0})


# -- sizes


def test_sizes_come_from_the_arrays() -> None:
    w = vector("w", "m*n")
    assert bind_sizes([w, y], {"w": np.ones(12), "y": np.ones(3)}) == {"m": 3, "n": 4}
    assert bind_sizes([w, a], {"w": np.ones(12), "A": A}) == {"m": 3, "n": 4}
    assert bind_sizes([vector("w", "m + 2*n"), y], {"w": np.ones(11), "y": np.ones(3)}) == {"m": 3, "n": 4}
    chain = [vector("w", "m*n"), vector("v", "n + k"), vector("u", "k")]
    assert bind_sizes(chain, {"w": np.ones(6), "v": np.ones(3), "u": np.ones(1)}) == {"k": 1, "n": 2, "m": 3}
    assert bind_sizes([w], {"w": np.ones(12)}) == {}
    assert bind_sizes([w], {"w": np.ones(12), "n": 4}) == {"m": 3, "n": 4}
    assert bind_sizes([vector("w", "n*n")], {"w": np.ones(9), "n": 3}) == {"n": 3}


WRONG: list[tuple[Expr, dict[str, Any], type[GradproofError], str]] = [
    (a * x, {"A": A}, DomainError, "no value for x"),
    (a * x, {"A": A, "x": np.ones(3)}, ShapeError, r"x has shape \(3,\), expected \(n,\): n is 4 from A"),
    (y.T * a, {"A": A, "y": np.ones(5)}, ShapeError, r"A has shape \(3, 4\), expected \(m, n\): m is 5 from y"),
    (a * x, {"A": A[0], "x": X}, ShapeError, r"A has shape \(4,\), expected \(m, n\)"),
    (c * x, {"c": X, "x": X}, ShapeError, r"c has shape \(4,\), expected a number"),
    (q * x, {"Q": A, "x": X}, ShapeError, r"Q has shape \(3, 4\), expected \(n, n\): n is 3 from Q"),
    (call("tr", matrix_variable("Z", 3, 3)), {"Z": np.eye(4)}, ShapeError, r"Z has shape \(4, 4\), expected \(3, 3\)"),
    (
        call("sum", vector("w", "m*n")) * a,
        {"w": np.ones(13), "A": A},
        ShapeError,
        r"w has shape \(13,\), expected \(m\*n,\): m is 3 from A, n is 4 from A",
    ),
    (call("sum", vector("w", "m*n")) * y, {"w": np.ones(13), "y": Y}, ShapeError, r"w has shape \(13,\)"),
    (a * x + call("ones", params=(M,)), {"A": A, "x": X, "m": 7}, ShapeError, "m is given as 7, but it is 3 from A"),
    (call("eye", params=(dim("p"),)), {}, DomainError, "the size p is not known"),
    (size(dim("p")) * x, {"x": X}, DomainError, "the size p is not known"),
    (x, {"x": "four"}, DomainError, "x is not an array of numbers"),
    (x, {"x": [[1, 2], [3]]}, DomainError, "x is not an array of numbers"),
    (x, {"x": None}, DomainError, "x is not an array of numbers"),
    (call("inv", q), {"Q": np.zeros((4, 4))}, DomainError, "inv: the matrix is singular"),
    (q**c, {"Q": Q, "c": 0.5}, DomainError, "the power of a matrix must be a whole number"),
]


@pytest.mark.parametrize(("make", "values", "error", "message"), WRONG)
def test_values_that_do_not_fit(make: Expr, values: dict[str, Any], error: type[GradproofError], message: str) -> None:
    with pytest.raises(error, match=message):
        evaluate(make, values)


def test_sizes_under_a_name_that_a_variable_has_are_its_values() -> None:
    n = scalar("n")
    assert evaluate(n * x, {"n": 2, "x": X}).tolist() == (2 * X).tolist()


def test_a_number_too_large_for_floats_is_refused() -> None:
    with pytest.raises(DomainError, match="too large"):
        evaluate(x * 10**400, VALUES)
    with pytest.raises(DomainError, match="too large"):
        evaluate(c * 1, {"c": 10**400})


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("function", ["expm", "sinm", "cosm"])
@pytest.mark.parametrize("entry", [np.nan, np.inf])
def test_a_matrix_function_of_no_numbers_is_no_number(function: str, entry: float) -> None:
    assert np.isnan(gp.parse(f"{function}(X)").evaluate(X=np.array([[1.0, entry], [3.0, 4.0]]))).all()


def test_other_names_are_ignored() -> None:
    assert evaluate(c + 1, {"c": 1.0, "unused": object(), "A": "text"}) == 2.0


def test_numpy_is_imported_only_for_numbers() -> None:
    code = "import sys, gradproof.numeric.evaluate; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


FACES = ["formula", "evaluate", "compile", "value", "source", "hvp", "operator", "objective"]
NEGATIVE = ["(ones(n-5)'*ones(n-5))*x'*x", "norm2(ones(n-5))^2*x'*x", "norm2(commutation(n-5,n-6))^2/(n-6)*x'*x"]


@pytest.mark.parametrize("text", NEGATIVE)
@pytest.mark.parametrize("face", FACES)
def test_a_length_that_comes_out_negative_is_no_number(face: str, text: str) -> None:
    """The derivative has n - 5 as a mere number, and would go on below 5; the formula has a vector of that length."""
    where, x = "x: vector n", np.ones(2)
    d = gp.derive(text, "x", where)
    ask = {
        "formula": lambda x: gp.parse(text, where).evaluate(x=x),
        "evaluate": lambda x: d.evaluate(x=x),
        "compile": lambda x: d.compile()(x=x),
        "value": lambda x: d.compile(value=True)(x=x)[0],
        "source": lambda x: executed(d.compile().source)(x),
        "hvp": lambda x: gp.derive(text, ["x", "x"], where).hvp()(x=x, v=x),
        "operator": lambda x: gp.derive(text, ["x", "x"], where).operator(x=x).matvec(x),
        "objective": lambda x: gp.objective(text, "x", where).bind(n=len(x)).fun(x),
    }[face]
    with pytest.raises((gp.DomainError, ValueError), match="negative"):
        ask(x)
    assert np.sum(ask(np.ones(7))) == {"formula": 14, "value": 14, "objective": 14}.get(face, 28)


def executed(source: str) -> Any:
    """The function of an emitted source."""
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102
    return names["gradient"]


def test_the_logarithm_of_a_determinant_does_not_overflow() -> None:
    S = gp.parse("logdet(S)", where="S: matrix n n")
    assert np.isclose(S.evaluate(S=10 * np.eye(400)), 400 * np.log(10))
    assert np.isclose(S.evaluate(S=np.eye(400) / 10), -400 * np.log(10))
    with np.errstate(invalid="ignore"):
        assert np.isnan(S.evaluate(S=-np.eye(3)))
