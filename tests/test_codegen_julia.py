"""Julia sources, evaluated on the whole corpus by an interpreter of the subset of Julia that they are written in."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import corpus_sampling
import gradproof as gp
from corpus_answers import answered, close, of_matrix_functions
from corpus_entries import ENTRIES
from gradproof.ops import TABLE
from gradproof.ops.operation import Elementwise

pytest.importorskip("tree_sitter_julia", reason="the Julia grammar is not installed")
from julia_subset import JuliaError, load

GAPS: dict[str, str] = dict.fromkeys(
    ("cookbook-0133b", "cookbook-0143a", "cookbook-0144a"), "the bases of Toeplitz matrices"
)  # entries that have no source in Julia, with the reason

LEAST_SQUARES = ("norm2(X*w - y)^2", "w", {})
LOGISTIC = ("sum(log(1 + exp(-y.*(X*w))))", ["w", "w"], {})
GLS = ("(y - X*b)'*inv(Om)*(y - X*b)", "b", {"Om": "matrix n n posdef"})
WEIGHTED = ("sum(Om.*(T - U*V').^2)", ["U", "U"], {})
RIDGE = ("norm2(X*w - y)^2 + lam*norm2(w)^2", ["w", "w"], {"lam": "scalar"})

Question = tuple[str, Any, dict[str, str]]


def evaluated(source: str, values: Any) -> Any:
    """What the last function of a source gives. Arrays that are given may not be written to."""
    name, head = re.findall(r"^function (\w+)\((.*)\)$", source, re.MULTILINE)[-1]
    given = []
    for n in head.split(", ") if head else []:
        given.append(values[n])
        if isinstance(values[n], np.ndarray):
            given[-1] = values[n].copy()
            given[-1].flags.writeable = False
    return load(source)[name](*given)


def drawn(d: gp.Derivative, seed: int = 0) -> dict[str, Any]:
    """Random values for small sizes that are all different."""
    rng = np.random.default_rng(seed)
    names = sorted({n for s in d.symbols.values() for dim in s.type.dims for n in dim.names})
    sizes = dict(zip(names, rng.permutation(len(names)) + 2, strict=True))
    values: dict[str, Any] = {n: int(k) for n, k in sizes.items()}
    for s in d.symbols.values():
        shape = [dim.evaluate(sizes) for dim in s.type.dims]
        a = rng.normal(size=shape)
        values[s.name] = a @ a.T + np.eye(shape[0]) if "posdef" in s.facts else a if shape else float(a)
    return values


def right(source: str, d: gp.Derivative, values: Any) -> bool:
    return close(evaluated(source, values), d.evaluate(values), 1e-9)


def asked(question: Question) -> gp.Derivative:
    formula, wrt, where = question
    return gp.derive(formula, wrt=wrt, where=where)


def body(question: Question, value: bool = False) -> list[str]:
    """The statements of a source."""
    return [
        line.strip()
        for line in asked(question).compile("julia", value=value).source.rsplit('"""', 1)[1].strip().splitlines()[1:-1]
    ]


def agrees(name: str) -> bool:
    """Whether a source gives what `evaluate` does, alone and with the value."""
    d, values = answered()[name], corpus_sampling.draw(ENTRIES[name], 0)
    value, derivative = evaluated(d.compile("julia", value=True).source, values)
    both = close(derivative, d.evaluate(values), 1e-9) and close(value, d.expression.evaluate(values), 1e-9)
    return both and right(d.compile("julia").source, d, values)


@pytest.mark.parametrize("name", answered())
def test_corpus(name: str) -> None:
    if name in GAPS:
        with pytest.raises(gp.UnsupportedError):
            agrees(name)
        return
    if of_matrix_functions(answered()[name]):
        pytest.skip("the interpreter of the tests knows no functions of matrices")
    assert agrees(name)


FORMULAS = [  # what the corpus does not reach: stacks of matrices, products over joined axes, diagonals added in place
    ("sum(exp(exp(X*W)*Z))", ["W", "W"], {}),
    ("sum(exp(exp(X*W)*Z))", ["W", "X"], {}),
    ("sum(sin(A*X*B).*C)", ["X", "X"], {}),
    ("sum(log(exp(X*W)*ones(c)))", ["W", "W"], {"W": "matrix n c"}),
    ("logsumexp(A*X)", ["X"], {}),
    ("tr(X*A*X'*B)", ["X", "X"], {}),
    ("(A*X).*(X*B)", "X", {}),
    ("vec(A*X*B)", "X", {}),
    ("kron(X, Y)", "X", {}),
    ("sum(erf(x)) + a*x'*x", ["x", "x"], {"a": "scalar"}),
    ("X*A*X", "A", {}),
    WEIGHTED,
    RIDGE,
]


@pytest.mark.parametrize("question", FORMULAS, ids=lambda q: f"{q[0]} by {q[1]}")
@pytest.mark.parametrize("layout", ["denominator", "mixed"])
def test_formulas(question: Question, layout: str) -> None:
    formula, wrt, where = question
    d = gp.derive(formula, wrt=wrt, where=where, layout=layout)
    values = drawn(d)
    assert right(d.compile("julia").source, d, values)
    sizes = {n: v for n, v in values.items() if isinstance(v, int)}
    assert right(d.compile("julia").source_for(**sizes), d, values)


@pytest.mark.parametrize(
    "op",
    [op for op in TABLE.values() if isinstance(op.meaning, Elementwise) and len(op.signatures[0].args) == 1],
    ids=lambda op: op.name,
)
@pytest.mark.parametrize("kind", ["scalar", "vector n", "matrix m n"])
def test_every_function_of_the_table_has_a_spelling(op: Any, kind: str) -> None:
    d = gp.derive(f"c*sum({op.name}(x))" if kind != "scalar" else f"c*{op.name}(x)", wrt="c", where={"x": kind})
    values = drawn(d)
    values["x"] = np.abs(values["x"]) + 1.1 if op.name == "acosh" else np.tanh(np.abs(values["x"])) * 0.9
    assert right(d.compile("julia").source, d, values)


@pytest.mark.parametrize("x", [-1e3, -40.0, 0.0, 40.0, 1e3])
def test_nothing_overflows(x: float) -> None:
    values = {"x": np.array([x, x / 2, 0.0])}
    both = evaluated(gp.derive("sum(log(1 + exp(x)))", "x").compile("julia", value=True).source, values)
    assert close(both[0], np.logaddexp(0, values["x"]).sum(), 1e-14)
    assert close(both[1], np.exp(-np.logaddexp(0, -values["x"])), 1e-14)
    both = evaluated(gp.derive("log(sum(exp(x)))", "x").compile("julia", value=True).source, values)
    assert close(both[0] + 1, np.logaddexp.reduce(values["x"]) + 1, 1e-14)
    assert close(both[1], np.exp(values["x"] - np.logaddexp.reduce(values["x"])), 1e-14)


def test_factors_say_what_is_wrong() -> None:
    source, values = asked(GLS).compile("julia").source, drawn(asked(GLS))
    with pytest.raises(JuliaError, match="PosDef"):
        evaluated(source, {**values, "Om": -values["Om"]})
    with pytest.raises(JuliaError, match="Singular"):
        evaluated(
            gp.derive("y'*inv(A)*x", "A").compile("julia").source,
            {"A": np.zeros((2, 2)), "x": np.ones(2), "y": np.ones(2)},
        )


# -- what is written


def test_sources() -> None:
    assert body(LEAST_SQUARES) == ["return 2 .* (X' * (X * w .- y))"]
    assert body(GLS, value=True) == [
        "t1 = y .- X * b  # (n,)",
        "t2 = cholesky(Symmetric(Om)) \\ t1  # (n,)",
        "return dot(t1, t2), -2 .* (X' * t2)",
    ]
    assert body(LOGISTIC)[-1] == "return t2' * t2"
    assert body(RIDGE)[-3:] == ["@views t1[diagind(t1)] .+= lam", "t1 .*= 2", "return t1"]
    assert body(("logdet(S)", "S", {"S": "matrix n n posdef"}), value=True) == [
        "t1 = cholesky(Symmetric(S))  # (n, n)",
        "return logdet(t1), inv(t1)",
    ]
    assert body(("det(A)", "x", {"x": "scalar"}), value=True)[-1] == "return det(A), 0.0"


def test_a_hessian_by_a_matrix_is_written_along_its_diagonal() -> None:
    assert body(WEIGHTED)[-4:] == ["for i in 1:m", "@views t1[i, :, i, :] .= t2[i, :, :]", "end", "return t1"]


def test_names_and_documentation() -> None:
    source = (
        gp.derive("λ*norm2(size - μ)^2", wrt="μ", where={"λ": "scalar", "size": "vector n"}).compile("julia").source
    )
    assert "function gradient(lambda_, size_, mu)" in source
    assert (
        "    gradient(lambda_, size_, mu)\n\nThe derivative of f by mu, where f = lambda*norm2(size - mu)^2" in source
    )
    assert "- `lambda_`: number\n- `size_`: vector (n,)" in source


def test_a_result_is_not_an_argument() -> None:
    assert body(("A*x", "x", {})) == ["return permutedims(A)"]
    assert body(("a'*x", "x", {})) == ["return copy(a)"]


# -- the tester itself


WRONG = [
    (LEAST_SQUARES, "X' *", "X *"),
    (LEAST_SQUARES, ".- y", ".+ y"),
    (LOGISTIC, ".* X", "* X"),
    (LOGISTIC, "y .^ 2", "y"),
    (LOGISTIC, "t2' * t2", "t2 * t2'"),
    (GLS, "\\", "*"),
    (GLS, "Symmetric(Om)", "Om"),
    (WEIGHTED, "t1[i, :, i, :]", "t1[:, i, :, i]"),
    (WEIGHTED, "p * p), m, p, p)", "p * p), p, p, m)"),
    (WEIGHTED, "reshape(V, n, 1, p)", "reshape(V', n, 1, p)"),
    (RIDGE, "diagind(t1)", "1:1"),
    (RIDGE, "using LinearAlgebra", ""),
    (LEAST_SQUARES, "X * w .- y", "X * w - y .- 1"),
    (LEAST_SQUARES, "X * w .- y", "X * w .- y'"),
    (LEAST_SQUARES, "(X' ", "X' "),
]


@pytest.mark.parametrize(("question", "text", "wrong"), WRONG)
def test_a_wrong_source_is_caught(question: Question, text: str, wrong: str) -> None:
    d = asked(question)
    source, values = d.compile("julia").source, drawn(d)
    assert right(source, d, values)
    head, *middle, statements = source.split('"""')
    damaged = '"""'.join([head.replace(text, wrong), *middle, statements.replace(text, wrong)])
    assert damaged != source
    try:
        found = right(damaged, d, values)
    except (JuliaError, ValueError, SyntaxError):
        return
    assert not found


REFUSED = [
    "x + 1",
    "exp(x)",
    "x * x",
    "log(-1)",
    "sqrt.(x .- 9)",
    "A[3, 1]",
    "A[1]",
    "1 / x",
    "x ^ 2",
    "cholesky(A)",
    "x .= A",
    "A + x",
    "ones(2)",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_julia_refuses_is_refused(text: str) -> None:
    function = load(f"using LinearAlgebra\n\nfunction f(x, A)\n    {text}\nend\n")["f"]
    with pytest.raises((JuliaError, NotImplementedError, ValueError)):
        function(np.ones(2), np.eye(2))


VALUES = [
    ("A .+ x", [[2, 3], [5, 6]]),
    ("A .+ x'", [[2, 4], [4, 6]]),
    ("x * x'", [[1, 2], [2, 4]]),
    ("x' * x", 5),
    ("vec(A)", [1, 3, 2, 4]),
    ("reshape(A, 4, 1)", [[1], [3], [2], [4]]),
    ("A[diagind(A)]", [1, 4]),
    ("-x .^ 2", [-1, -4]),
    ("2 .^ -x", [0.5, 0.25]),
    ("sum(A; dims=1)", [[4, 6]]),
    ("maximum(A; dims=2)", [[2], [4]]),
    ("permutedims(x)", [[1, 2]]),
    ("repeat(x, 1, 2)", [[1, 1], [2, 2]]),
    ("A \\ x", [0, 0.5]),
    ("1 .- x ./ 2", [0.5, 0]),
    ("dot(A, A')", 29),
    ("2 * x'", [[2, 4]]),
    ("[A[i, i] + k for k in 1:3, i in 1:2]", [[2, 5], [3, 6], [4, 7]]),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_the_interpreter_on_what_the_manual_of_julia_says(text: str, value: Any) -> None:
    function = load(f"using LinearAlgebra\n\nfunction f(x, A)\n    return {text}\nend\n")["f"]
    assert close(function(np.array([1.0, 2.0]), np.array([[1.0, 2.0], [3.0, 4.0]])), np.array(value, float), 1e-15)


def test_what_is_no_julia_is_refused() -> None:
    with pytest.raises(SyntaxError):
        load("function f(x)\n    x .* * x\nend\n")
    with pytest.raises(NotImplementedError):
        load("function f(x)\n    while x > 1 end\nend\n")["f"](1)
