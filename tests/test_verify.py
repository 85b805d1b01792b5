"""The verifier is verified: right derivatives pass, wrong ones are caught, and what cannot be decided is said to be undecided."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.linalg import inv

import gradproof as gp
from gradproof.errors import ShapeError
from gradproof.notation.expr import Expr, Symbol, applied, call
from gradproof.notation.function import Function
from gradproof.notation.made import matrix_variable, scalar, vector
from gradproof.numeric.sample import Sampler
from gradproof.numeric.verify import Report, numeric_derivative, verify
from gradproof.shapes.dims import dim
from gradproof.shapes.shape import SCALAR, column

Closed = Callable[[Mapping[str, Any]], Any]

A, B, C = matrix_variable("A", "m", "n"), matrix_variable("B", "n", "k"), matrix_variable("C", "k", "m")
Q, X, S = matrix_variable("Q", "n", "n"), matrix_variable("X", "n", "n"), matrix_variable("S", "n", "n", "posdef")
W, Y = matrix_variable("W", "m", "n"), matrix_variable("Y", "m", "k")
a, x, y, b, z = vector("a", "n"), vector("x", "n"), vector("y", "m"), vector("b", "m"), vector("z", "n", "positive")
c, t, p = scalar("c"), scalar("t"), scalar("p", "positive")


def f(name: str, *args: Any) -> Expr:
    return call(name, *args)


def sigmoid(v: Any) -> Any:
    return 1 / (1 + np.exp(-v))


def softmax(v: Any) -> Any:
    e = np.exp(v - v.max())
    return e / e.sum()


@dataclass(frozen=True)
class Case:
    """A formula, what it is differentiated by, the derivative by hand, and wrong ones that are near it."""

    expr: Expr
    wrt: tuple[Symbol, ...]
    closed: Closed
    wrong: tuple[Closed, ...] = ()


def e(text: str) -> Closed:
    """NumPy, in the names of the variables."""
    code = compile(text, text, "eval")
    return lambda values: eval(code, {"np": np, "inv": inv, "sigmoid": sigmoid, "softmax": softmax, **values})  # noqa: S307  (a text of this file)


CASES = {
    # scalar results
    "scalar by scalar": Case(
        f("sin", c * t) + t**3, (t,),
        e("c*np.cos(c*t) + 3*t**2"), (e("np.cos(c*t) + 3*t**2"), e("c*np.cos(c*t)"), e("c*np.cos(c*t) + 3*t**3")),
    ),
    "linear": Case(a.T * x, (x,), e("a"), (e("x"), e("2*a"))),
    "quadratic": Case(x.T * Q * x, (x,), e("(Q + Q.T) @ x"), (e("2*Q @ x"), e("Q @ x"), e("Q.T @ x"), e("(Q - Q.T) @ x"))),
    "symmetric quadratic": Case(x.T * S * x, (x,), e("2*S @ x")),
    "least squares": Case(
        f("norm2", A * x - b) ** 2, (x,),
        e("2*A.T @ (A @ x - b)"), (e("2*A.T @ (A @ x + b)"), e("A.T @ (A @ x - b)"), e("2*A.T @ A @ x")),
    ),
    "norm": Case(
        f("norm2", A * x - b), (x,),
        e("A.T @ (A @ x - b)/np.linalg.norm(A @ x - b)"), (e("A.T @ (A @ x - b)/np.linalg.norm(A @ x - b)**2"),),
    ),
    "logistic loss": Case(
        f("sum", f("log", f("add", 1, f("exp", -f("hadamard", y, A * x))))), (x,),
        e("-A.T @ (y*sigmoid(-y*(A @ x)))"), (e("-A.T @ (y*sigmoid(y*(A @ x)))"), e("-A.T @ sigmoid(-y*(A @ x))")),
    ),
    "logsumexp": Case(f("logsumexp", x), (x,), e("softmax(x)"), (e("softmax(-x)"), e("np.exp(x)"))),
    "entropy": Case(f("sum", f("hadamard", z, f("log", z))), (z,), e("np.log(z) + 1"), (e("np.log(z)"),)),
    "by a scalar inside": Case(f("norm2", c * x) ** 2, (c,), e("2*c*(x @ x)"), (e("2*c"),)),
    "trace of a product": Case(f("tr", A * B * C), (A,), e("(B @ C).T"), (e("B @ C"), e("-(B @ C).T"))),
    "log determinant": Case(f("logdet", X), (X,), e("inv(X).T"), (e("inv(X)"), e("inv(X).T/2"), e("X.T"))),
    "log determinant at a symmetric point": Case(f("logdet", S), (S,), e("inv(S)"), (e("2*inv(S) - np.diag(np.diag(inv(S)))"),)),
    "determinant": Case(f("det", X), (X,), e("np.linalg.det(X)*inv(X).T"), (e("np.linalg.det(X)*inv(X)"), e("inv(X).T"))),
    "inverse in a form": Case(
        a.T * f("inv", X) * x, (X,),
        e("-inv(X).T @ np.outer(a, x) @ inv(X).T"), (e("-inv(X).T @ np.outer(x, a) @ inv(X).T"), e("-inv(X) @ np.outer(a, x) @ inv(X)")),
    ),
    "factorisation": Case(f("norm2", Y - W * B) ** 2, (W,), e("-2*(Y - W @ B) @ B.T"), (e("-2*(Y + W @ B) @ B.T"), e("2*(Y - W @ B) @ B.T"))),
    "weights of a layer": Case(
        y.T * f("sigmoid", W * x), (W,),
        e("np.outer(y*sigmoid(W @ x)*(1 - sigmoid(W @ x)), x)"), (e("np.outer(y*sigmoid(W @ x), x)"),),
    ),
    "power with an exponent": Case(f("sum", f("elpow", z, c)), (c,), e("(z**c*np.log(z)).sum()"), (e("(c*z**(c - 1)).sum()"),)),
    "zero": Case(f("tr", A * B * C) - f("tr", C * A * B), (A,), e("np.zeros(A.shape)"), (e("1e-6*A"),)),
    "a variable that does not occur": Case(a.T * x, (X,), e("np.zeros(X.shape)"), (e("X"),)),
    # vectors and matrices
    "identity": Case(x, (x,), e("np.eye(len(x))")),
    "Jacobian of a product": Case(A * x, (x,), e("A.T"), (e("2*A.T"), e("A"))),
    "row": Case(x.T * B, (x,), e("B"), (e("B.T"),)),
    "vector by a scalar": Case(f("exp", t * x), (t,), e("x*np.exp(t*x)"), (e("np.exp(t*x)"),)),
    "vector by a scalar as a row": Case(f("exp", t * x), (t,), e("(x*np.exp(t*x))[None]"), (e("(x*np.exp(t*x))[:, None]"),)),
    "scalar times vector": Case(
        (a.T * x) * x, (x,),
        e("np.outer(a, x) + (a @ x)*np.eye(len(x))"), (e("np.outer(x, a) + (a @ x)*np.eye(len(x))"), e("np.outer(a, x)")),
    ),
    "softmax": Case(
        f("softmax", x), (x,),
        e("np.diag(softmax(x)) - np.outer(softmax(x), softmax(x))"),
        (e("np.diag(softmax(x))"), e("np.diag(softmax(x)) + np.outer(softmax(x), softmax(x))")),
    ),
    "layer": Case(f("sigmoid", W * x), (x,), e("W.T @ np.diag(sigmoid(W @ x)*(1 - sigmoid(W @ x)))"), (e("W.T @ np.diag(sigmoid(W @ x))"),)),
    "matrix by a scalar": Case(t**2 * A, (t,), e("2*t*A"), (e("t*A"),)),
    "matrix by matrix": Case(
        A * X * B, (X,),
        e("np.einsum('ki,jl->ijkl', A, B)"), (e("np.einsum('ki,jl->jikl', A, B)"), e("np.einsum('ki,jl->ijlk', A, B)")),
    ),
    "transpose by matrix": Case(
        X.T, (X,),
        e("np.einsum('il,jk->ijkl', np.eye(len(X)), np.eye(len(X)))"), (e("np.einsum('ik,jl->ijkl', np.eye(len(X)), np.eye(len(X)))"),),
    ),
    "inverse by matrix": Case(f("inv", X), (X,), e("-np.einsum('ki,jl->ijkl', inv(X), inv(X))"), (e("-np.einsum('ik,jl->ijkl', inv(X), inv(X))"),)),
    "Kronecker product": Case(f("kron", x, y), (x,), e("np.kron(np.eye(len(x)), y)"), (e("np.kron(y, np.eye(len(x)))"),)),
    # second and third derivatives
    "second by a scalar": Case(f("sin", c * t), (t, t), e("-c**2*np.sin(c*t)"), (e("c**2*np.sin(c*t)"), e("-c*np.sin(c*t)"))),
    "Hessian of a form": Case(x.T * Q * x, (x, x), e("Q + Q.T"), (e("2*Q"), e("Q"))),
    "Hessian of least squares": Case(f("norm2", A * x - b) ** 2, (x, x), e("2*A.T @ A"), (e("A.T @ A"), e("2*A @ A.T"))),
    "Hessian of the norm": Case(
        f("norm2", x), (x, x),
        e("np.eye(len(x))/np.linalg.norm(x) - np.outer(x, x)/np.linalg.norm(x)**3"),
        (e("np.eye(len(x))/np.linalg.norm(x)"), e("np.eye(len(x))/np.linalg.norm(x) - np.outer(x, x)/np.linalg.norm(x)**2")),
    ),
    "Hessian of logsumexp": Case(f("logsumexp", x), (x, x), e("np.diag(softmax(x)) - np.outer(softmax(x), softmax(x))"), (e("np.diag(softmax(x))"),)),
    "Hessian of a linear form is zero": Case(a.T * x, (x, x), e("np.zeros((len(x), len(x)))"), (e("1e-6*np.outer(a, a)"),)),
    "mixed": Case(y.T * A * x, (y, x), e("A"), (e("-A"), e("A.T"))),
    "mixed with a matrix": Case(
        y.T * A * x, (A, x),
        e("np.einsum('i,jk->ijk', y, np.eye(len(x)))"), (e("np.einsum('i,jk->ijk', y + 1, np.eye(len(x)))"),),
    ),
    "Hessian by a matrix": Case(
        f("logdet", X), (X, X),
        e("-np.einsum('li,jk->ijkl', inv(X), inv(X))"),
        (e("-np.einsum('ki,jl->ijkl', inv(X), inv(X))"), e("np.einsum('li,jk->ijkl', inv(X), inv(X))")),
    ),
    "second of a vector": Case(
        f("exp", x), (x, x),
        e("np.einsum('ij,jk,k->ijk', np.eye(len(x)), np.eye(len(x)), np.exp(x))"),
        (e("np.einsum('ij,jk,k->ijk', np.eye(len(x)), np.eye(len(x)), np.exp(-x))"),),
    ),
    "second of a vector by a scalar": Case(f("exp", t * x), (t, t), e("(x**2*np.exp(t*x))[None, None]"), (e("(x*np.exp(t*x))[None, None]"),)),
    "third": Case(
        (a.T * x) ** 3, (x, x, x),
        e("6*np.einsum('i,j,k->ijk', a, a, a)"), (e("3*np.einsum('i,j,k->ijk', a, a, a)"), e("6*np.einsum('i,j,k->ijk', a, a, x)")),
    ),
    # not analytic
    "absolute values": Case(
        f("norm1", A * x - b), (x,),
        e("A.T @ np.sign(A @ x - b)"), (e("A.T @ np.sign(A @ x + b)"), e("np.sign(A.T @ (A @ x - b))")),
    ),
    "rectifier": Case(y.T * f("relu", A * x), (x,), e("A.T @ (y*(A @ x > 0))"), (e("A.T @ y"), e("A.T @ (y*(A @ x < 0))"))),
    "sign": Case(f("sum", f("sign", x)), (x,), e("np.zeros(len(x))"), (e("np.ones(len(x))"),)),
    "error function": Case(f("sum", f("erf", x)), (x,), e("2/np.sqrt(np.pi)*np.exp(-x**2)"), (e("np.exp(-x**2)"),)),
    "Hessian with absolute values": Case(
        f("sum", f("elpow", f("abs", x), 3)), (x, x),
        e("np.diag(6*abs(x))"), (e("np.diag(6*x)"), e("np.diag(3*abs(x))")),
    ),
    "Hessian of the rectifier is zero": Case(y.T * f("relu", A * x), (x, x), e("np.zeros((len(x), len(x)))"), (e("1e-4*A.T @ A"),)),
}  # fmt: skip

every_case = pytest.mark.parametrize("name", CASES)


def judge(name: str, closed: Closed, seed: int = 0) -> Report:
    case = CASES[name]
    return verify(case.expr, case.wrt, closed, seed=seed)


def example(name: str) -> Any:
    """The value of the derivative by hand at one point."""
    case = CASES[name]
    return np.asarray(case.closed(Sampler(case.expr, case.wrt, ()).point(np.random.default_rng(0)).values))


@every_case
def test_a_right_derivative_is_verified(name: str) -> None:
    for seed in range(10):
        report = judge(name, CASES[name].closed, seed)
        assert report.ok, f"{report} with seed {seed}"
        assert report.points == (9 if report.method == "central differences" else 3)
        assert report.max_relative_error <= (1e-9 if report.method == "complex step" else 1e-7)


@every_case
def test_a_wrong_derivative_is_caught(name: str) -> None:
    for wrong in CASES[name].wrong:
        for seed in range(5):
            report = judge(name, wrong, seed)
            assert not report.ok
            assert str(report).startswith("NOT verified"), report


def one_entry_off(value: Any) -> Any:
    value = np.array(value)
    value.flat[value.size // 2] += 1e-4 * np.max(np.abs(value))
    return value


MUTATIONS: dict[str, Callable[[Any], Any]] = {
    "factor 2": lambda d: 2 * d,
    "sign": lambda d: -np.asarray(d),
    "1e-4 off": lambda d: 1.0001 * np.asarray(d),
    "one entry 1e-4 off": one_entry_off,
    "one more": lambda d: np.asarray(d) + 1,
    "an axis too many": lambda d: np.asarray(d)[..., None],
}


@every_case
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_changed_derivative_is_caught(name: str, mutation: str) -> None:
    closed = CASES[name].closed
    if not np.any(example(name)) and mutation not in ("one more", "an axis too many"):
        return  # zero stays zero
    for seed in range(3):
        report = judge(name, lambda values: MUTATIONS[mutation](closed(values)), seed)
        assert str(report).startswith("NOT verified"), f"{mutation}: {report}"


@every_case
def test_a_transposed_derivative_is_caught(name: str) -> None:
    closed, value = CASES[name].closed, example(name)
    if (
        np.ndim(value) == 2
        and 1 not in value.shape
        and (value.shape[0] != value.shape[1] or not np.allclose(value, value.T))
    ):
        assert str(judge(name, lambda values: closed(values).T)).startswith("NOT verified")


def test_methods() -> None:
    def method(name: str) -> str:
        return judge(name, CASES[name].closed).method

    assert method("least squares") == "complex step"
    assert method("Hessian of logsumexp") == "complex step and central differences"
    assert method("absolute values") == method("Hessian with absolute values") == "central differences"
    # what does not move need not be analytic
    assert verify(f("norm1", a) * (x.T * x), [x], e("2*abs(a).sum()*x")).method == "complex step"


# -- undecided


def undecided(report: Report) -> str:
    assert not report.ok
    assert math.isnan(report.max_relative_error)
    assert report.points == 0
    assert str(report).startswith("could not verify: ")
    return report.reason


def test_no_point_in_the_domain() -> None:
    assert "log needs x > 0" in undecided(verify(f("sum", f("log", -f("exp", x))), [x], e("np.ones(len(x))")))
    assert "asin needs abs(x) < 1" in undecided(verify(f("asin", 2 + f("exp", c)), [c], e("c")))
    low = matrix_variable("L", "n", 1) * matrix_variable("R", 1, "n")
    assert "inv" in undecided(verify(f("tr", f("inv", low)), low.variables[:1], e("L")))


def test_values_that_are_not_finite() -> None:
    assert "not finite" in undecided(verify(x.T * x, [x], e("x*np.inf")))
    assert "not finite" in undecided(verify(f("exp", f("exp", 1000 + f("exp", c))), [c], e("c")))


def test_a_closed_form_that_has_no_value() -> None:
    def fails(values: Mapping[str, Any]) -> Any:
        raise ShapeError("the operands do not fit")

    assert undecided(verify(x.T * x, [x], fails)) == "the operands do not fit"
    assert "ingular" in undecided(verify(x.T * x, [x], e("inv(np.zeros((2, 2)))")))


def test_differences_that_rounding_hides() -> None:
    assert "only known to" in undecided(verify(f("abs", c + 10**10) - 10**10, [c], e("1.0")))
    hilbert = 1 / (1 + np.add.outer(np.arange(9), np.arange(9)))
    one = lambda v: (inv(hilbert * v["x"][0]) @ (hilbert * v["x"][0]))[0, 0]  # noqa: E731  (in exact arithmetic)
    assert "rounding" in undecided(verify(x.T * x, [x], lambda v: 2 * v["x"] * one(v)))


def test_numbers_of_very_different_size() -> None:
    assert verify(x.T * x + 10**12, [x], e("2*x")).ok
    assert not verify(x.T * x + 10**12, [x], e("2.0002*x")).ok
    assert verify(x.T * x / 10**30, [x], e("2*x/1e30")).ok
    assert not verify(x.T * x / 10**30, [x], e("2.0002*x/1e30")).ok
    assert not verify(x.T * x / 10**30, [x], e("0*x")).ok
    product: Expr = X
    for _ in range(63):
        product = product * X
    right = e("64*np.linalg.matrix_power(X, 63).T")
    assert verify(f("tr", product), [X], right).ok
    assert str(verify(f("tr", product), [X], lambda v: 1.0001 * right(v))).startswith("NOT")


def test_a_closed_form_of_another_shape_is_wrong() -> None:
    report = verify(A * x, [x], e("A"))
    assert (report.ok, report.max_relative_error) == (False, math.inf)
    assert "the closed form has shape" in report.reason


def test_a_right_derivative_for_positive_entries_only_is_wrong() -> None:
    assert not verify(f("norm1", x), [x], e("np.ones(len(x))")).ok
    assert verify(f("norm1", z), [z], e("np.ones(len(z))")).ok


# -- the report


def test_report() -> None:
    assert str(Report(True, 2e-11, 3, "complex step")) == "verified: 3 points, relative error 2e-11 (complex step)"
    assert str(Report(True, 0.0, 1, "complex step")) == "verified: 1 point, relative error 0 (complex step)"
    assert str(verify(x.T * x, [x], e("x"))) == "NOT verified: relative error 5e-01 at point 1 (complex step)"


def test_the_same_seed_gives_the_same_report() -> None:
    case = CASES["inverse in a form"]
    assert len({verify(case.expr, case.wrt, case.closed, seed=4) for _ in range(3)}) == 1


def test_speed() -> None:
    case = CASES["least squares"]
    verify(case.expr, case.wrt, case.closed)
    start = time.process_time()
    for _ in range(10):
        verify(case.expr, case.wrt, case.closed)
    assert (time.process_time() - start) / 10 < 0.05  # a machine may be busy


def test_large_derivatives_are_checked_along_random_directions() -> None:
    big = matrix_variable("G", 40, 30)
    expr, closed = f("sum", f("elpow", big, 3)), e("3*G**2")
    assert verify(expr, [big], closed).ok
    assert not verify(expr, [big], lambda v: one_entry_off(closed(v))).ok
    fourth = e("np.einsum('ik,jl,ij->ijkl', np.eye(len(G)), np.eye(len(G.T)), 6*G)")
    assert verify(expr, [big, big], fourth, points=1).ok
    assert not verify(expr, [big, big], lambda v: fourth(v).swapaxes(0, 2) * 1.0001, points=1).ok
    deep: Expr = x.T * x
    for _ in range(3000):
        deep = f("sin", deep)
    start = time.process_time()
    verify(deep, [x], lambda v: np.zeros_like(v["x"]))
    assert time.process_time() - start < 2


# -- numeric derivatives


@pytest.mark.parametrize("analytic", [True, False])
def test_numeric_derivatives_of_a_plain_function(analytic: bool) -> None:
    v, m = np.array([0.3, -0.7]), np.arange(6.0).reshape(2, 3)
    array, _, noise = numeric_derivative(lambda d: np.exp(d["x"]) @ d["M"], {"x": v, "M": m}, ["x"], analytic)
    np.testing.assert_allclose(array, np.exp(v)[:, None] * m, atol=max(noise, 1e-14))
    array, _, noise = numeric_derivative(lambda d: np.exp(d["x"]) @ d["M"], {"x": v, "M": m}, ["M", "x"], analytic)
    np.testing.assert_allclose(array, np.einsum("ik,jl,k->ijkl", np.eye(2), np.eye(3), np.exp(v)), atol=1e-8)
    array, _, _ = numeric_derivative(lambda d: d["x"] @ d["x"], {"x": v}, [], analytic)
    assert array == pytest.approx(v @ v)


def test_the_error_estimate_sees_a_kink() -> None:
    def kink(d: Mapping[str, Any]) -> Any:
        return np.abs(d["c"] - 1e-3)

    assert numeric_derivative(kink, {"c": 0.0}, ["c"], analytic=False).noise > 1e-3
    assert numeric_derivative(kink, {"c": 1.0}, ["c"], analytic=False).noise < 1e-12


# -- functions


def test_formulas_with_functions_are_verified() -> None:
    u = Function("u", ("x",), column(dim("m")))
    g = Function("g", ("u",), SCALAR)
    right = lambda v: v["Du"](v["x"]) @ v["Dg"](v["u"](v["x"]))  # noqa: E731
    expr = applied(g, (applied(u, (x,)),))
    assert verify(expr, [x], right, functions=[u, g]).max_relative_error < 1e-12
    assert not verify(expr, [x], lambda v: v["Du"](v["x"]) @ v["Dg"](v["u"](2 * v["x"]))).ok
    inner = y.T * applied(u, (x,))
    assert verify(inner, [x, x], lambda v: v["DDu"](v["x"]) @ v["y"]).ok
    assert not verify(inner, [x, x], lambda v: v["DDu"](v["x"]) @ v["y"] * 1.001).ok
    assert verify(applied(u, (x,), (0,)) * y, [x], lambda v: np.einsum("ijk,k->ij", v["DDu"](v["x"]), v["y"])).ok


@pytest.mark.parametrize("wrong", ["a", 1.5, None, -1, float("nan"), [1], ""])
@pytest.mark.parametrize("name", ["points", "seed"])
def test_counts_are_whole_numbers(name: str, wrong: Any) -> None:
    d = gp.derive("x'*x", wrt="x")
    with pytest.raises(gp.DomainError, match=f"{name} is a whole number"):
        d.verify(**{name: wrong})
    assert not d.verify(points=0).ok


@pytest.mark.parametrize("wrong", [[1], {}, None, ["positive"], 3])
def test_facts_are_words(wrong: Any) -> None:
    with pytest.raises(gp.UnsupportedError, match="unknown fact"):
        gp.scalar("c", wrong)


@pytest.mark.parametrize("wrong", ["", None, -1, 1.5])
def test_a_width_is_a_whole_number(wrong: Any) -> None:
    with pytest.raises(gp.DomainError, match="width is a whole number"):
        gp.derive("inv(A)*x", "x").text(width=wrong)


@pytest.mark.parametrize("text", ["sumtop(x, k)", "topk(x, k)'*y", "upto(x, k)", "sumtop(x, k)*norm2(x)^2"])
def test_a_count_is_drawn_as_a_whole_number_whether_it_is_declared_so_or_not(text: str) -> None:
    assert gp.derive(text, "x", where="x: vector n; y: vector n; k: scalar").verified
