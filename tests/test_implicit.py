"""Variables that are defined by an equation: derivatives against differences of solutions that NumPy finds, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp

RNG = np.random.default_rng(2)
W, B, C = 0.3 * RNG.normal(size=(3, 3)), RNG.normal(size=3), RNG.normal(size=3)


def fixed_point(w, b):
    x = 0 * b
    for _ in range(300):
        x = np.tanh(w @ x + b)
    return x


def root(a):
    x = 0.0
    for _ in range(60):
        x -= (x + np.exp(x) - a) / (1 + np.exp(x))
    return x


DEQ = "c: vector n; x: vector n defined by x = tanh(W*x + b)"


@pytest.mark.parametrize("name", ["W", "b"])
def test_a_fixed_point_by_what_it_depends_on(name):
    d = gp.derive("c'*x + x'*x", name, DEQ)
    assert d.verified
    values = {"W": W, "b": B, "c": C}
    found = d.evaluate(**values, x=fixed_point(W, B))

    def f(v):
        x = fixed_point(v["W"], v["b"])
        return C @ x + x @ x

    for at in np.ndindex(*values[name].shape):
        change = np.zeros(values[name].shape)
        change[at] = 1e-6
        up, down = (f({**values, name: values[name] + s * change}) for s in (1, -1))
        assert found[at] == pytest.approx((up - down) / 2e-6, rel=1e-6, abs=1e-8)


def test_the_adjoint_form_is_printed():
    d = gp.derive("x", "b", "x: vector n defined by A*x + x.^3 = b")
    assert d.result.ascii == "inv(3*diag(x.^2) + A)'"


def test_second_derivatives_go_through_the_equation_again():
    d = gp.derive("x^2", ["a", "a"], "a: scalar positive; x: scalar defined by x + exp(x) - a = 0")
    assert d.verified
    h = 1e-4
    slope = (root(2 + h) ** 2 - 2 * root(2) ** 2 + root(2 - h) ** 2) / h**2
    assert d.evaluate(a=2.0, x=root(2)) == pytest.approx(slope, rel=1e-5)


def test_equations_that_depend_on_others():
    where = "a: scalar; x: scalar defined by x + x^3 = a; y: scalar defined by exp(y) + y = x + a"
    d = gp.derive("y*x", "a", where)
    assert d.verified


def test_where_the_gradient_by_the_variable_is_zero_the_envelope_is_left():
    """x minimises x'*A*x - 2*b'*x, so that the derivative by b is the partial one."""
    d = gp.derive("x'*A*x - 2*b'*x", "b", "A: matrix n n symmetric; x: vector n defined by A*x - b = 0")
    a = np.diag([1.0, 2.0, 4.0])
    x = np.linalg.solve(a, B)
    np.testing.assert_allclose(d.evaluate(A=a, b=B, x=x), -2 * x)


@pytest.mark.parametrize(
    ("text", "wrt", "where", "error"),
    [
        ("c'*x", "x", DEQ, gp.UnsupportedError),
        ("x + y", "a", "a: scalar; x: scalar defined by x = y + a; y: scalar defined by y = x", gp.UnsupportedError),
        ("tr(X)", "A", "X: matrix n n defined by A*X + X*A = eye(n)", gp.UnsupportedError),
        ("x", "a", "x: scalar defined by a = 2; a: scalar", gp.GradproofError),
        ("x", "a", "x: scalar defined by x = a = 2; a: scalar", gp.ParseError),
    ],
)
def test_what_is_not_there_is_refused(text, wrt, where, error):
    with pytest.raises(error):
        gp.derive(text, wrt, where)


def test_a_value_that_does_not_solve_the_equation_is_refused():
    d = gp.derive("c'*x", "b", DEQ)
    with pytest.raises(gp.DomainError, match="equation"):
        d.evaluate(W=W, b=B, c=C, x=np.ones(3))
    with pytest.raises(gp.UnsupportedError, match="x is defined by an equation"):
        d.jvp()


def test_other_entrances_do_not_take_equations():
    with pytest.raises(gp.GradproofError):
        gp.check("c'*x", "b", "c", DEQ)
    with pytest.raises(gp.GradproofError):
        gp.differential("c'*x", "b", DEQ)


EQUATIONS = [  # the formula, by what, what is declared, a line of the derivation: λ, or what comes out
    ("c'*x", "b", "b: vector n; c: vector n; x: vector n defined by x = tanh(W*x+b)", "L = cᵀ x − λᵀ(x − tanh(z))"),
    ("c'*x", "W", "b: vector n; c: vector n; x: vector n defined by x = tanh(W*x+b)", "∂L/∂W = (λ ⊙ (𝟏 − tanh(z)⊙²)) xᵀ"),
    ("x^2", "a", "a: scalar positive; x: scalar defined by x+exp(x)=a", "λ = 2 x/(1 + exp(x))"),
    ("mu", "a", "a: vector n positive; mu: scalar defined by sum(ones(n)./(a + mu*ones(n))) - 1=0", "held"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt", "where", "line"), EQUATIONS)
def test_the_derivation_through_an_equation_is_that_of_the_lagrangian(
    formula: str, wrt: str, where: str, line: str
) -> None:
    """Each step is held against numbers of its own; the result is proven by the solution of the equation at moved points."""
    d = gp.derive(formula, wrt, where)
    t = d.derivation()
    assert t.root.rule == "adjoint"
    assert line in t.text()
    assert d.verified
    assert all(d.derivation(lang).text() for lang in ("zh", "fr"))


def test_what_has_no_derivation_through_an_equation_says_so() -> None:
    with pytest.raises(gp.UnsupportedError, match="defined by an equation"):
        gp.derive("x", "b", "b: vector n; x: vector n defined by x = tanh(W*x+b)").derivation()


@pytest.mark.parametrize("names", ["lambda mu nu lambda_1", "L H M L_1"])
def test_the_lagrangian_and_its_multiplier_have_names_of_their_own(names: str) -> None:
    where = "b: vector n; c: vector n; x: vector n defined by x = tanh(W*x+b)"
    d = gp.derive(f"c'*x*{names.replace(' ', '*')}", "b", where + "".join(f"; {n}: scalar" for n in names.split()))
    assert d.derivation().root.rule == "adjoint"
