"""Index notation as input: sums over entries are what loops over the entries compute."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from corpus_entries import ENTRIES, declarations
from gradproof.engine.lower import lower
from gradproof.errors import GradproofError, ParseError, UnsupportedError
from gradproof.parse import parse

SIZES = {"m": 3, "n": 4}
SHAPES = {"x": "n", "y": "n", "u": "m", "v": "m", "A": "mn", "B": "nn", "C": "mn", "E": "mm"}
WHERE = (
    "; ".join(f"{name}: {('vector', 'matrix')[len(dims) - 1]} {' '.join(dims)}" for name, dims in SHAPES.items())
    + "; c: scalar"
)
VALUES = {
    name: np.random.default_rng(k).uniform(0.3, 1.2, [SIZES[d] for d in dims])
    for k, (name, dims) in enumerate(SHAPES.items())
} | {"c": 0.7}

Entry = Callable[[Mapping[str, int]], float]


# -- random sums


def entry(rng: random.Random, around: Mapping[str, str]) -> tuple[str, Entry]:
    """An entry of a variable at indices that run."""
    fits = [(name, [[i for i, d in around.items() if d == dim] for dim in dims]) for name, dims in SHAPES.items()]
    name, choices = rng.choice([(name, choices) for name, choices in fits if all(choices)])
    chosen = [rng.choice(c) for c in choices]
    return f"{name}[{','.join(chosen)}]", lambda at: VALUES[name][tuple(at[i] for i in chosen)]


def formula(rng: random.Random, around: Mapping[str, str], depth: int) -> tuple[str, Entry]:
    """A formula over running indices: its text, and its value by loops."""
    kind = rng.choice(("entry", "product", "sum", "function", "square", "over", "over"))
    if not depth or kind == "entry":
        return entry(rng, around) if around else ("c", lambda at: VALUES["c"])
    free = [i for i in "ijkl" if i not in around]
    if kind == "over" and free:
        i, size = free[0], rng.choice("mn")
        (first, one), (text, body) = entry(rng, {i: size}), formula(rng, {**around, i: size}, depth - 1)
        return f"sum({i}: {first}*{text})", lambda at: sum(one({i: k}) * body({**at, i: k}) for k in range(SIZES[size]))
    a, left = formula(rng, around, depth - 1)
    if kind == "function":
        name, function = rng.choice((("log", np.log), ("atan", np.arctan), ("sqrt", np.sqrt)))
        return f"{name}(1 + ({a})^2)", lambda at: function(1 + left(at) ** 2)
    if kind == "square":
        return f"({a})^2", lambda at: left(at) ** 2
    b, right = formula(rng, around, depth - 1)
    return (
        (f"{a}*{b}", lambda at: left(at) * right(at))
        if kind == "product"
        else (f"({a} + {b})", lambda at: left(at) + right(at))
    )


@pytest.mark.parametrize("seed", range(150))
def test_sums_are_what_loops_compute(seed):
    rng = random.Random(seed)
    around = {i: rng.choice("mn") for i in "ij"[: rng.choice((0, 0, 1, 2))]}
    text, value = formula(rng, around, 4)
    for i, size in around.items():  # so that the size of every index is known
        text = f"({text})*{'u' if size == 'm' else 'x'}[{i}]"
    wanted = [
        value(at) * np.prod([VALUES["u" if around[i] == "m" else "x"][k] for i, k in at.items()])
        for at in places(around)
    ]
    if around:
        text = f"D[{','.join(around)}] = {text}"
    try:
        got = gp.parse(text, WHERE).evaluate(VALUES)
    except UnsupportedError as error:
        if "no form in matrix notation" in error.message:
            return
        raise
    assert np.allclose(np.asarray(got).ravel(), wanted)


def places(around: Mapping[str, str]) -> list[dict[str, int]]:
    return [dict(zip(around, at, strict=True)) for at in np.ndindex(*[SIZES[d] for d in around.values()])]


# -- what sums are


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(i, j: A[i,j]*x[i]*y[j])", "x'*A*y"),
        ("sum(i: x[i]*y[i])", "x'*y"),
        ("sum(i: A[i,i])", "tr(A)"),
        ("sum(i, j: A[i,j]*B[i,j])", "tr(A'*B)"),
        ("sum(i: inv(A)[i,i])", "tr(inv(A))"),
        ("sum(i: exp((A*x)[i]))", "sum(exp(A*x))"),
        ("sum(i: log(1 + exp(-y[i]*X[i,:]*w)))", "sum(log(1 + exp(-y.*(X*w))))"),
        ("sum(i, j: delta[i,j]*A[i,j])", "tr(A)"),
        ("2*sum(i: x[i]) + 1", "2*sum(x) + 1"),
        ("D[i,j] = sum(k: 2*A[k,i]*A[k,j])", "2*A'*A"),
        ("D[i] = sum(j: A[i,j]*x[j])", "A*x"),
        ("D[i,j] = x[i]*y[j]", "x*y'"),
        (
            "sum(i, j: w[i,j]*norm2(X[i,:] - X[j,:])^2)",
            "sum((X.^2)'*w'*ones(m)) + sum((X.^2)'*w*ones(m)) - 2*tr(w*X*X')",
        ),
        ("sum(x)", "sum(x)"),
    ],
)
def test_sums(text, expected):
    got = gp.parse(text)
    wanted = gp.parse(expected, {s.name: s for s in got.variables})
    assert lower(got).tensor is lower(wanted).tensor


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("sum(i: x[i]*y[j])", "j"),
        ("x[i]", "i"),
        ("A[0,2]", "0"),
        ("sum(i, i: A[i,i])", "i, i:"),
        ("sum(i: x[i]*sum(i: y[i]))", "i:"),
        ("sum(i: A[i,i,i])", "[i,i,i]"),
        ("sum(i: x[i)", "["),
        ("sum(i: x[i]", "("),
        ("D[i,j,k] = x[i]*y[j]*z[k]", "D[i,j,k] ="),
        ("sum(i: det(x[i]*A))", "sum(i: det(x[i]*A))"),
        ("sum(i: f(x[i]))", "sum(i: f(x[i]))"),
        ("x]", "]"),
    ],
)
def test_refusals(text, place):
    with pytest.raises(GradproofError) as caught:
        gp.parse(text, "f: function x -> scalar", notation="ascii")
    start, end = caught.value.span
    assert text[start:end] == place


def test_rows_and_columns():
    where = "w: vector d; y: vector n; X: matrix "
    assert parse("sum(i: y[i]*X[i]'*w)", where + "n d").expr is gp.parse("y'*X*w", where + "n d")
    assert (
        lower(gp.parse("sum(i: y[i]*X[i]'*w)", where + "d n")).tensor
        is lower(gp.parse("y'*X'*w", where + "d n")).tensor
    )
    with pytest.raises(ParseError, match="both fit"):
        gp.parse("sum(i: y[i]*X[i]'*w)", "w: vector n; y: vector n; X: matrix n n")


def test_the_variable_that_is_asked_for_is_the_one_that_is_read():
    text = r"\sum_i (y_i - w^\top x_i)^2"
    assert gp.derive(text, wrt="X").result.ascii == "-2*(y - X*w)*w'"
    by_rows = gp.derive(text, wrt="x")  # the vectors x_i, one in each row
    assert by_rows.result.ascii == "-2*(y - x*w)*w'"
    assert any("x_i is read as a row of the matrix x" in n.text for n in by_rows.notes)


def test_the_size_of_an_index_is_a_dimension():
    e = gp.parse_latex(r"\frac{1}{n}\sum_{i=1}^{n} x_i", "x: vector m")
    assert e.variables[0].shape == ("m",)
    assert np.isclose(e.evaluate(x=np.arange(4.0)), 1.5)


def test_index_notation_of_results_is_read_back():
    """What `index` prints is read back, for results of up to two axes: at least nine in ten are the same tensor at once."""
    read = same = 0
    for entry in ENTRIES.values():
        if entry.get("form") == "differential" or entry.get("needs"):
            continue
        try:
            d = gp.derive(entry["expr"], wrt=entry["wrt"], where=declarations(entry))
        except GradproofError:
            continue
        if d.tensor.order > 2:
            continue
        e = gp.parse(str(d.index).removeprefix("D = "), declarations(entry))
        read += 1
        same += lower(e).tensor is d.tensor
    assert read > 300
    assert same / read > 0.75


@pytest.mark.parametrize(
    ("formula", "wrt", "where"),
    [
        ("asin(erf(tr(kron(A, v')*Q))/2)", ["v", "Q"], "A: matrix n m; Q: matrix m*n n; v: vector n"),
        ("norm2(exp(kron(A, Q)))", "A", "A: matrix m m; Q: matrix n n"),
    ],
)
def test_an_index_has_no_name_of_a_variable_and_every_part_is_written(formula, wrt, where):
    """Arguments of functions with more axes than a matrix are written by their entries."""
    d = gp.derive(formula, wrt=wrt, where=where, verify=False)
    left = d.index.split("=")[0]
    assert not set(left[2:].strip(" ]").split(",")) & set(d.dims)
    assert "NoMatrixForm" not in d.index


def test_index_letters_leave_out_the_names_of_variables():
    where = "; ".join(f"{name}: vector n" for name in "vijkl")
    d = gp.derive("v'*i*j'*k*(l'*v)", wrt=["v", "k", "v"], where=where)
    assert d.index == "D[k,p,q] = i[k]*j[p]*l[q] + i[q]*j[p]*l[k]"


@pytest.mark.parametrize(
    ("text", "ascii"),
    [
        ("sum(i,1,n, x[i]^2)", "x'*x"),
        ("sum(i,1,n, sum(j,1,i, x[i]*x[j]))", "(sum(x)^2 + x'*x)/2"),
    ],
)
def test_a_sum_that_counts_from_one(text, ascii):
    assert gp.parse(text, where="x: vector n").ascii == ascii


@pytest.mark.parametrize("text", ["sum(i,1,k, x[i]^2)", r"\sum_{i=1}^{k} x_i^2"])
def test_a_sum_to_a_declared_number(text):
    x = np.array([1.0, 2.0, 3.0])
    assert gp.parse(text, where="x: vector n; k: scalar integer").evaluate(x=x, k=2) == 5.0
    with pytest.raises(gp.UnsupportedError, match="declared as a variable"):
        gp.parse(text, where="x: vector n; k: scalar")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sum(i,1,n-1, (x[i+1]-x[i])^2)", lambda x: np.sum(np.diff(x) ** 2)),
        ("sum(i,1,n-1, x[i]*x[i+1])", lambda x: np.sum(x[:-1] * x[1:])),
        ("sum(i,1,n-2, (x[i+2]-2*x[i+1]+x[i])^2)", lambda x: np.sum(np.diff(x, 2) ** 2)),
        ("sum(i,1,n-2, x[i]*x[i+1])", lambda x: np.sum(x[:-2] * x[1:-1])),
        ("sum(i,1,n-1, exp(x[i+1])*sin(x[i]))", lambda x: np.sum(np.exp(x[1:]) * np.sin(x[:-1]))),
        ("sum(i,1,n-1, sum(j,1,n-1, x[i]*x[j+1]))", lambda x: np.sum(x[:-1]) * np.sum(x[1:])),
    ],
)
def test_sums_that_end_before_the_last_entry(text: str, value: Callable[[np.ndarray], float]) -> None:
    x, h = np.random.default_rng(0).normal(size=6), 1e-6
    slope = [(value(x + h * e) - value(x - h * e)) / (2 * h) for e in np.eye(6)]
    np.testing.assert_allclose(gp.derive(text, "x").evaluate(x=x), slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("text", ["sum(i,1,n-1, x[i+2])", "sum(i,1,n-1, x[i-1])", "sum(i,1,n-1, sum(j,1,i-1, x[j]))"])
def test_sums_past_the_ends_are_refused(text: str) -> None:
    with pytest.raises(gp.GradproofError):
        gp.derive(text, "x")


FREE = "S: matrix n n symmetric; T: matrix n n antisymmetric; D: matrix n n diagonal; p: vector n sumone; u: vector n"
FREELY = [  # text, by, the derivative by free entries: what is declared is used after differentiation
    ("sum(i: S[i,1]*u[i]^3)", "S", lambda u, e, S: np.outer(u**3, e)),
    ("sum(i: S[1,i]*u[i]^3)", "S", lambda u, e, S: np.outer(e, u**3)),
    ("sum(i: T[i,1]*u[i])", "T", lambda u, e, S: np.outer(u, e)),
    ("sum(i: sum(j: D[i,j]*u[j]))", "D", lambda u, e, S: np.outer(np.ones(3), u)),
    ("sum(i: u[i]*p[i])*sum(i: p[i])", "p", lambda u, e, S: u + u @ np.array([0.2, 0.3, 0.5])),
    (r"\sum_i S_{i1} u_i^3", "S", lambda u, e, S: np.outer(u**3, e)),
]


@pytest.mark.parametrize(("text", "by", "meant"), FREELY, ids=[t for t, _, _ in FREELY])
def test_declared_facts_are_not_used_while_a_sum_is_read(text, by, meant) -> None:
    u, e = np.array([0.5, -1.0, 2.0]), np.eye(3)[0]
    arrays = {"S": np.ones((3, 3)), "T": np.zeros((3, 3)), "D": np.eye(3), "p": np.array([0.2, 0.3, 0.5])}
    d = gp.derive(text, by, where=FREE)
    np.testing.assert_allclose(d.evaluate({by: arrays[by], "u": u}), meant(u, e, arrays["S"]), atol=1e-12)


@pytest.mark.parametrize("power", ["^3", "^a", ""])
def test_distances_to_a_power_that_may_have_no_derivative_are_refused(power: str) -> None:
    with pytest.raises(gp.GradproofError, match="leaves out may have no value"):
        gp.derive(rf"\sum_{{i\ne j}} \lVert x_i - x_j\rVert{power}", "X", where={"X": "matrix m n"})


@pytest.mark.parametrize("digits", ["1" * 6000, "0" * 6000 + "1"])
@pytest.mark.parametrize("notation", ["auto", "latex", "plain"])
def test_a_place_of_thousands_of_digits_is_refused(digits: str, notation: Any) -> None:
    """Python itself refuses to make a number of more than 4,300 digits, with a ValueError."""
    with pytest.raises(gp.GradproofError):
        gp.parse(f"x[{digits}]", notation=notation)
