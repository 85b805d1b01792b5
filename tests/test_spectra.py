"""Eigenvalues and singular values: values against NumPy, derivatives against differences, the signless forms, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.numeric.little import Algebra
from gradproof.numeric.ring import REAL
from gradproof.ops import spectral_kernels

RNG = np.random.default_rng(11)
Z = RNG.normal(size=(4, 4))
SYM = Z + Z.T
GENERAL = np.diag([1.0, 2.5, 4.0, 7.0]) + 0.2 * Z  # real, simple eigenvalues
TALL = RNG.normal(size=(5, 3))
C = RNG.normal(size=(4, 4))
vector_of = lambda a, i: np.linalg.eigh(a)[1][:, i - 1]  # noqa: E731

VALUES = [
    ("lambdamax(A)", SYM, np.linalg.eigvalsh(SYM)[-1]),
    ("lambdamin(A)", GENERAL, np.sort(np.linalg.eigvals(GENERAL).real)[0]),
    ("eigval(A, 2)", GENERAL, np.sort(np.linalg.eigvals(GENERAL).real)[1]),
    ("eigvals(A)", SYM, np.linalg.eigvalsh(SYM)),
    ("eigvecs(A)*diag(eigvals(A))*eigvecs(A)'", SYM, SYM),
    ("eigvecs(A)'*eigvecs(A) + A", SYM, np.eye(len(SYM)) + SYM),
    ("A*eigvecs(A) - eigvecs(A)*diag(eigvals(A)) + A", GENERAL, GENERAL),
    ("maxvec(A)*maxvec(A)'", SYM, np.outer(vector_of(SYM, 4), vector_of(SYM, 4))),
    ("specnorm(A)", TALL, np.linalg.norm(TALL, 2)),
    ("singval(A, 2)", TALL, np.linalg.svd(TALL)[1][1]),
    ("singvals(A)", TALL, np.linalg.svd(TALL)[1]),
    ("nuclear(A)", TALL, np.linalg.norm(TALL, "nuc")),
    ("cond(A)", TALL, np.linalg.cond(TALL)),
    ("schatten(A, 3)", TALL, np.sum(np.linalg.svd(TALL)[1] ** 3) ** (1 / 3)),
    ("kyfan(A, 2)", TALL, np.sum(np.linalg.svd(TALL)[1][:2])),
    ("polar(A)", TALL, (lambda u, s, v: u @ v)(*np.linalg.svd(TALL, full_matrices=False))),
]


@pytest.mark.parametrize(("text", "at", "value"), VALUES, ids=[v[0] for v in VALUES])
def test_values_are_those_of_numpy(text, at, value):
    np.testing.assert_allclose(
        gp.parse(text, "A: matrix m n" if at is TALL else None).evaluate(A=at), value, rtol=1e-10
    )


DERIVED = [
    ("lambdamax(A)", SYM),
    ("lambdamax(A)", GENERAL),
    ("eigval(A, 2)^2", GENERAL),
    ("lambdamax(A)/lambdamin(A)", GENERAL),
    ("sum(tanh(eigvals(A)))", GENERAL),
    ("sum(eigvals(A).*log(eigvals(A)))", GENERAL),
    ("eigvec(A, 2)'*C*eigvec(A, 2)", GENERAL),
    ("eigvec(A, 2)'*C*eigvec(A, 2)", SYM),
    ("(C[1,:]*maxvec(A))^2", GENERAL),
    ("specnorm(A)", TALL),
    ("singval(A, 2)", TALL),
    ("nuclear(A)", TALL),
    ("nuclear(A)", TALL.T),
    ("cond(A)", TALL),
    ("schatten(A, 3)", TALL),
    ("kyfan(A, 2)", TALL),
    ("sum(log(singvals(A)))", TALL),
    ("sum(exp(singvals(A)))", TALL),
    ("sum(polar(A).^3)", TALL),
    ("norm2(uv(A, 1) + A)^2", TALL),
]


@pytest.mark.parametrize(("text", "at"), DERIVED, ids=[f"{t} {k}" for k, (t, _) in enumerate(DERIVED)])
def test_gradients_are_those_of_differences(text, at):
    where = "A: matrix m n" if at.shape[0] != at.shape[1] else "A: matrix n n; C: matrix n n"
    formula, d = gp.parse(text, where), gp.derive(text, "A", where)
    assert d.verified
    given = {"C": C} if "C" in text else {}
    found = d.evaluate(A=at, **given)
    for i, j in np.ndindex(*at.shape):
        change = np.zeros(at.shape)
        change[i, j] = h = 1e-6
        slope = (formula.evaluate(A=at + change, **given) - formula.evaluate(A=at - change, **given)) / (2 * h)
        assert found[i, j] == pytest.approx(slope, rel=1e-5, abs=1e-6), (i, j)


FORMS = [
    ("lambdamax(A)", "A", "A: matrix n n symmetric", "maxvec(A)*maxvec(A)'"),
    ("lambdamin(A)", "A", "A: matrix n n symmetric", "eigvec(A, 1)*eigvec(A, 1)'"),
    ("lambdamax(B + diag(x))", "x", "B: matrix n n symmetric", "maxvec(B + diag(x)).^2"),
    ("lambdamax(A)", "A", None, "eigproj(A, n)'"),
    ("sum(log(eigvals(A)))", "A", "A: matrix n n symmetric", "inv(A)"),
    ("sum(tanh(eigvals(A)))", "A", "A: matrix n n symmetric", "eye(n) - tanhm(A)^2"),
    ("specnorm(X)^2", "X", None, "2*specnorm(X)*uv(X, 1)"),
    ("nuclear(X)", "X", None, "polar(X)"),
    ("nuclear(inv(X))", "X", None, "-inv(X)'*polar(inv(X))*inv(X)'"),
    ("sum(log(ones(n) + singvals(X).^2))", "X", None, "2*X*inv(eye(n) + X'*X)"),
]


@pytest.mark.parametrize(("text", "wrt", "where", "form"), FORMS, ids=[f"{f[0]} {k}" for k, f in enumerate(FORMS)])
def test_what_is_printed_has_no_sign(text, wrt, where, form):
    d = gp.derive(text, wrt, where)
    assert d.result.ascii == form
    assert d.verified


def test_second_derivatives_of_the_largest_eigenvalue():
    where = "A: matrix n n symmetric"
    h = gp.derive("lambdamax(A)", ["A", "A"], where).evaluate(A=SYM)
    g, e, step = gp.derive("lambdamax(A)", "A", where), C + C.T, 1e-5
    along = (g.evaluate(A=SYM + step * e) - g.evaluate(A=SYM - step * e)) / (2 * step)
    np.testing.assert_allclose(np.einsum("ijkl,kl->ij", h, e), along, atol=1e-7)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("maxvec(A)", "sign"),
        ("sum(maxvec(A))", "sign"),
        ("abs(c'*maxvec(A))", "sign"),
        ("eigvals(A)", "sums of functions"),
    ],
)
def test_what_has_a_sign_or_an_order_is_refused(text, word):
    with pytest.raises(gp.NotDifferentiableError, match=word):
        gp.derive(text, "A", "c: vector n")


def test_where_an_eigenvalue_is_not_simple_or_not_real_nothing_is_answered():
    d = gp.derive("lambdamax(A)", "A")
    with pytest.raises(gp.DomainError, match="real and simple"):
        d.evaluate(A=np.eye(3))
    with pytest.raises(gp.DomainError, match="real and simple"):
        d.evaluate(A=np.array([[1.0, 1.0], [0.0, 1.0]]))
    with pytest.raises(gp.DomainError, match="real and simple"):
        gp.parse("lambdamax(A)").evaluate(A=np.array([[0.0, 1.0], [-1.0, 0.0]]))
    with pytest.raises(gp.DomainError):
        gp.derive("specnorm(X)", "X").evaluate(X=np.eye(3))
    with pytest.raises(gp.DomainError):
        gp.derive("nuclear(X)", "X").evaluate(X=np.ones((3, 2)))
    with pytest.raises(gp.DomainError):
        gp.parse("eigval(A, 4)").evaluate(A=SYM[:3, :3])


def test_wide_matrices_are_refused_where_the_form_needs_tall_ones():
    for text in ("cond(X)", "schatten(X, 3)", "sum(log(singvals(X)))"):
        with pytest.raises(gp.DomainError):
            gp.derive(text, "X").evaluate(X=TALL.T)


def test_a_number_below_a_column() -> None:
    """What the bordered system is solved for: the shape is that of its entries, whatever products read of it."""
    algebra = Algebra(REAL, (1,))
    column, below = algebra.constant((3, 1), [2.0, 3.0, 5.0]), algebra.constant((1, 1), [7.0])
    stacked = spectral_kernels._stack(algebra, column, below)
    assert (stacked.shape, stacked.value) == ((4, 1), [2.0, 3.0, 5.0, 7.0])


@pytest.mark.parametrize("shape", [(4, 2), (3, 3)])
def test_the_sum_of_singular_values(shape):
    """It is the nuclear norm."""
    X = np.random.default_rng(5).normal(size=shape)
    u, _, v = np.linalg.svd(X, full_matrices=False)
    d = gp.derive("sum(singvals(X))", "X", "X: matrix m n")
    np.testing.assert_allclose(d.evaluate(X=X), u @ v, rtol=1e-10)
    assert d.result.ascii == "polar(X)"
