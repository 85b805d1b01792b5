"""The public interface: what a Derivative tells, the shorthands, differentials, Python objects, and what is refused."""

from __future__ import annotations

import copy
import pickle
import threading

import numpy as np
import pytest

import gradproof as gp
from gradproof.notation.expr import Expr

rng = np.random.default_rng(0)
A3, X3, B4 = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=4)


def test_a_derivative_tells_what_it_is():
    d = gp.derive("norm2(A*x - b)^2", wrt="x")
    assert (d.wrt, d.layout, d.order, d.shape) == (("x",), "denominator", 1, ("n",))
    assert d.expression.ascii == "norm2(A*x - b)^2"
    assert (d.result.ascii, d.result.unicode) == ("2*A'*(A*x - b)", "2 Aᵀ(A x − b)")
    assert d.result.latex == r"2 A^\top \left(A x - b\right)"
    assert d.dims == {"A": "matrix m n", "x": "vector n", "b": "vector m"}
    assert d.vec is None
    assert d.index == "D[i] = sum(j: 2*A[j,i]*(A*x - b)[j])"


def test_orders_three_and_four_have_a_matrix_and_entries():
    d = gp.derive("A*X*B", wrt="X")
    assert d.order == 4
    assert d.vec is not None
    assert d.vec.ascii == d.result.ascii == "kron(B, A')"
    assert d.index == "D[i,j,k,l] = A[k,i]*B[j,l]"


def test_orders_beyond_matrix_notation_are_entries():
    d = gp.derive("x.^3", wrt=["x", "x"], where={"x": "vector n"})
    assert d.order == 3
    assert d.vec is None
    assert d.result.ascii == d.index == "D[i,j,k] = 6*x[i]*delta[i,j]*delta[i,k]"
    assert d.evaluate(x=[1.0, 2.0])[1, 1, 1] == 12.0


def test_a_third_derivative():
    d = gp.derive("sum(x.^3)", wrt=["x", "x", "x"])
    assert d.shape == ("n", "n", "n")
    assert d.verify().ok
    value = d.evaluate(x=np.ones(2))
    assert value[0, 0, 0] == 6
    assert value[0, 1, 0] == 0


def test_a_mixed_second_derivative_has_the_first_variable_first():
    d = gp.derive("y'*A*x", wrt=["x", "y"])
    assert d.result.ascii == "A'"
    np.testing.assert_allclose(d.evaluate(A=A3, x=X3, y=B4), A3.T)


@pytest.mark.parametrize("name", ["lambda", "self", "class", "dX", "values"])
def test_variables_of_any_name_are_given_in_a_mapping(name):
    d = gp.derive(f"{name}'*{name}", wrt=name, where={name: "vector n"})
    assert d.evaluate({name: np.array([1.0, 2.0])}).tolist() == [2.0, 4.0]


def test_evaluate_says_what_is_missing_or_does_not_fit():
    d = gp.derive("norm2(A*x - b)^2", wrt="x")
    with pytest.raises(gp.GradproofError, match="b"):
        d.evaluate(A=A3, x=X3)
    with pytest.raises(gp.ShapeError, match="x"):
        d.evaluate(A=A3, x=np.ones(5), b=B4)


def test_the_size_of_a_dimension_that_no_array_has_is_given_by_its_name():
    d = gp.derive("c*sum(ones(n))", wrt="c")
    assert d.evaluate(c=2.0, n=7) == 7.0
    with pytest.raises(gp.DomainError, match="n"):
        d.evaluate(c=2.0)


def test_declared_functions_are_evaluated_with_their_derivatives():
    d = gp.derive("f(x)^2", wrt="x", where={"x": "vector n", "f": "function x -> scalar"})
    assert d.evaluate(x=X3, f=lambda x: 2.0, Df=lambda x: x).tolist() == (4 * X3).tolist()


# -- shorthands


def test_gradient_jacobian_hessian():
    assert gp.gradient("x'*x", "x").result.ascii == "2*x"
    assert gp.jacobian("A*x", "x").result.ascii == "A'"
    assert gp.hessian("x'*A*x", "x").result.ascii == "A + A'"
    assert gp.hessian("x'*A*y", ["x", "y"]).result.ascii == "A"


@pytest.mark.parametrize(
    ("shorthand", "text"), [(gp.gradient, "A*x"), (gp.jacobian, "x'*x"), (gp.jacobian, "A*X"), (gp.hessian, "A*x")]
)
def test_shorthands_check_what_they_are_for(shorthand, text):
    with pytest.raises(gp.ShapeError, match="needs"):
        shorthand(text, "X" if "X" in text else "x")


# -- differentials


@pytest.mark.parametrize(
    ("text", "wrt", "expected"),
    [
        ("inv(X)", "X", "-inv(X)*dX*inv(X)"),  # Matrix Cookbook, eq. 40
        ("det(X)", "X", "det(X)*tr(inv(X)*dX)"),  # eq. 42
        ("logdet(X)", "X", "tr(inv(X)*dX)"),  # eq. 43
        ("tr(X)", "X", "tr(dX)"),
        ("X*Y", ["X", "Y"], "X*dY + dX*Y"),  # eq. 37
        ("kron(X,Y)", ["X", "Y"], "kron(X, dY) + kron(dX, Y)"),  # eq. 39
        ("vec(X)", "X", "vec(dX)"),
        ("x'*A", "x", "dx'*A"),
        ("x'*x", "x", "2*dx'*x"),
    ],
)
def test_differential(text, wrt, expected):
    found, wanted = (
        gp.differential(text, wrt),
        gp.parse(expected, {s.name: s for s in gp.differential(text, wrt).variables}),
    )
    values = {s.name: rng.normal(size=[3] * len(s.type.dims)) for s in found.variables}
    np.testing.assert_allclose(found.evaluate(values), wanted.evaluate(values))
    assert len(found.ascii) <= len(expected)


def test_a_differential_does_not_take_the_name_of_a_variable():
    with pytest.raises(gp.ParseError, match="dX"):
        gp.differential("tr(X*dX)", "X", where="X: matrix n n; dX: matrix n n")


# -- Python objects


def test_python_objects_are_the_parsed_text():
    x, A, b = gp.vector("x", "n"), gp.matrix("A", "m", "n"), gp.vector("b", "m")
    assert x.T @ A.T @ A @ x is gp.parse("x'*A'*A*x", {"x": x, "A": A})
    assert gp.norm2(A @ x - b) ** 2 is gp.parse("norm2(A*x - b)^2", {"x": x, "A": A, "b": b})
    assert gp.derive(gp.norm2(A @ x - b) ** 2, x).result.ascii == "2*A'*(A*x - b)"
    assert gp.eye("n").shape == ("n", "n")
    with pytest.raises(AttributeError, match="foo"):
        _ = gp.foo


def test_a_parsed_formula_tells_what_it_is():
    e = gp.parse("x'*A*x")
    assert isinstance(e, Expr)
    assert [v.name for v in e.variables] == ["x", "A"]
    assert e.shape == ()
    assert e.evaluate(x=np.ones(2), A=np.eye(2)) == 2.0


# -- what is refused


@pytest.mark.parametrize(
    ("call", "topic"),
    [
        (lambda: gp.derive("x'*x", "conj(x)"), "complex"),
        (lambda: gp.derive("tr(svd(X))", "X"), "svd"),
    ],
)
def test_later_work_is_refused_by_name(call, topic):
    with pytest.raises(gp.UnsupportedError, match=topic):
        call()


@pytest.mark.parametrize("wrt", ["", "3", "x + y", []])
def test_what_is_no_variable_is_refused(wrt):
    with pytest.raises(gp.GradproofError):
        gp.derive("x'*x", wrt)


def test_a_declared_function_is_no_variable():
    with pytest.raises(gp.ParseError, match="function"):
        gp.derive("f(x)", "f", {"x": "vector n", "f": "function x -> scalar"})


def test_notes_say_how_it_was_read():
    assert "ones(m)" in " ".join(map(str, gp.derive("sum(log(1 + exp(X*w)))", "w").notes))
    assert "free" in " ".join(map(str, gp.derive("tr(S*A)", "S", {"S": "matrix n n symmetric"}).notes))
    assert "does not occur" in " ".join(map(str, gp.derive("a'*a", "x", "x: vector n").notes))


def test_a_fact_of_the_variable_is_used_after_differentiation():
    """All entries of S are free: the gradient of tr(S*A) is A', not (A + A')/2, though S' = S simplifies what S is in."""
    assert gp.derive("tr(S*A)", "S", {"S": "matrix n n symmetric"}).result.ascii == "A'"
    assert gp.derive("logdet(S)", "S", {"S": "matrix n n posdef"}).result.ascii == "inv(S)"


# -- copies and threads


def test_a_copy_is_the_node_itself():
    d = gp.derive("norm2(A*x - b)^2", "x")
    assert copy.deepcopy(d.result) is d.result
    again = pickle.loads(pickle.dumps(d))
    assert again.result is d.result
    assert again.tensor is d.tensor


def test_threads_share_their_nodes():
    found: list[Expr] = []

    def work() -> None:
        found.extend(gp.derive(f"sum(log(1 + exp(-y.*(X*w)))) + {k}*norm2(w)^2", "w").result for k in range(2, 22))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 120
    assert len({id(e) for e in found}) == 20


LONG_SUMS = {
    "X": "matrix m n",
    "w": "vector n",
    "Y": "matrix m c",
    "u": "vector c",
    "v": "vector m",
    "mu": "vector n",
    "lam": "scalar",
}


def test_a_term_that_gives_up_an_end_twice_is_collected_once():
    d = gp.derive("v'*((X.^2*w - Y*u))*log(1 + norm2((X.^2*w).*(Y*u))^2) + lam*norm2(w)^2", wrt="w", where=LONG_SUMS)
    assert "log(1 + norm2" in d.result.ascii
    assert d.verify().ok


def test_an_inner_product_inside_a_transposed_product_stays_together():
    inner = "tanh((tanh(X*w))'*(tanh(norm2(w)^2/9)*(X*mu/m))/9)"
    d = gp.derive(
        f"norm2(X'*({inner}*(tanh(X*w))))*sum(tanh(tr(X'*diag(Y*u)*X)/m/9)*(Y*u)) + lam*norm2(w)^2",
        wrt=["w", "w"],
        where=LONG_SUMS,
    )
    assert d.result.shape == ("n", "n")
    assert d.verify().ok
