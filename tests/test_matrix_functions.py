"""Matrix functions: values against SciPy, derivatives against SciPy's Fréchet derivatives and differences, and the forms that are printed."""

from __future__ import annotations

import re

import numpy as np
import pytest

import gradproof as gp
from gradproof.numeric.little import Algebra
from gradproof.numeric.ring import REAL
from gradproof.ops import TABLE
from gradproof.ops.equation_kernels import cholesky

linalg = pytest.importorskip("scipy.linalg")

RNG = np.random.default_rng(3)
ANY = RNG.normal(size=(4, 4))
RIGHT = ANY @ ANY.T + np.eye(4) + 0.3 * np.triu(ANY)  # its eigenvalues are in the right half-plane
E, F = RNG.normal(size=(2, 4, 4))
REFERENCE = {
    "expm": (linalg.expm, ANY),
    "logm": (linalg.logm, RIGHT),
    "sqrtm": (linalg.sqrtm, RIGHT),
    "sinm": (linalg.sinm, ANY),
    "cosm": (linalg.cosm, ANY),
    "sinhm": (linalg.sinhm, ANY),
    "coshm": (linalg.coshm, ANY),
    "tanhm": (linalg.tanhm, ANY),
    "signm": (linalg.signm, ANY),
}
every_function = pytest.mark.parametrize("name", REFERENCE)


@every_function
def test_values_are_those_of_scipy(name):
    """With NumPy, and on little arrays."""
    reference, x = REFERENCE[name]
    wanted = reference(x)
    np.testing.assert_allclose(TABLE[name].value(np, x), wanted, rtol=1e-10, atol=1e-11)
    algebra = Algebra(REAL)
    small = TABLE[name].kernel(algebra, algebra.constant(x.shape, x.ravel().tolist()))
    np.testing.assert_allclose(np.reshape(small.value, x.shape), wanted, rtol=1e-10, atol=1e-11)


@every_function
def test_derivatives_along_directions_are_those_of_differences(name):
    """The first, and the second along two directions, by central differences of SciPy's values."""
    reference, x = REFERENCE[name]
    first = gp.differential(f"{name}(X)", "X").evaluate(X=x, dX=E)
    h = 1e-5
    np.testing.assert_allclose(first, (reference(x + h * E) - reference(x - h * E)) / (2 * h), rtol=1e-5, atol=1e-7)
    second = gp.parse(f"d{name}(X, E, F)").evaluate(X=x, E=E, F=F)
    h = 1e-4
    corners = [s * t * reference(x + h * (s * E + t * F)) for s in (1, -1) for t in (1, -1)]
    np.testing.assert_allclose(second, sum(corners) / (4 * h * h), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("target", ["numpy-only", pytest.param("torch", marks=pytest.mark.long)])
def test_the_tangent_keeps_its_digits_far_out(target):
    """sinhm and coshm lose the small eigenvalues beside the large ones: the error was 0.02 where an eigenvalue is 35."""
    pytest.importorskip(target.partition("-")[0])
    V, w = ANY + 3 * np.eye(4), np.array([-35.0, -1.0, 0.5, 30.0])
    X, wanted = V @ np.diag(w) @ np.linalg.inv(V), V @ np.diag(np.tanh(w)) @ np.linalg.inv(V)
    d = gp.derive("c*tr(tanhm(X)*Y)", "c", "X: matrix n n; Y: matrix n n")
    values = {"X": X, "Y": E}
    np.testing.assert_allclose(gp.parse("tanhm(X)").evaluate(X=X), wanted, rtol=1e-9, atol=1e-10)
    given = (
        values if target == "numpy-only" else {n: pytest.importorskip("torch").as_tensor(v) for n, v in values.items()}
    )
    assert float(d.compile(target)(given)) == pytest.approx(np.trace(wanted @ E), rel=1e-9)


def test_the_exponential_is_that_of_scipy_along_a_direction():
    _, wanted = linalg.expm_frechet(ANY, E)
    np.testing.assert_allclose(gp.parse("dexpm(X, E)").evaluate(X=ANY, E=E), wanted, rtol=1e-10)


FORMS = [
    ("tr(expm(X))", "X", None, "expm(X)'"),
    ("log(tr(expm(X)))", "X", None, "expm(X)'/tr(expm(X))"),
    ("tr(A*expm(X))", "X", None, "dexpm(X, A)'"),
    ("expm(A + t*C)", "t", "t: scalar", "dexpm(A + t*C, C)"),
    ("a'*expm(t*A)*b", "t", "t: scalar; a: vector n", "a'*A*expm(t*A)*b"),
    ("tr(logm(X))", "X", None, "inv(X)'"),
    ("tr(logm(X)^2)", "X", "X: matrix n n posdef", "2*logm(X)*inv(X)"),
    ("tr(sqrtm(X'*X))", "X", None, "X*inv(sqrtm(X'*X))"),
    ("tr(tanhm(X))", "X", None, "eye(n) - tanhm(X)'^2"),
    ("tr(signm(X))", "X", None, "zeros(n,n)"),
    ("tr(X^k)", "X", "k: scalar integer", "k*X'^(k - 1)"),
    ("tr((X'*X)^k)", "X", "k: scalar integer", "2*k*X*(X'*X)^(k - 1)"),
    ("tr(powm(X,p))", "p", "p: scalar; X: matrix n n posdef", "tr(logm(X)*powm(X, p))"),
    ("tr(C*powm(X,a)*powm(X,b))", "C", "C: matrix n n; X: matrix n n posdef; a: scalar; b: scalar", "powm(X, a + b)"),
    ("tr(C*X^k*X)", "C", "C: matrix n n; X: matrix n n posdef; k: scalar integer", "X^(1 + k)"),
    ("logdet(expm(X))", "X", None, "eye(n)"),
    ("tr((A*X)^8)", "X", None, "8*A'*(X'*A')^7"),
    ("tr((A*X)^7*A*X)", "X", None, "8*A'*(X'*A')^7"),
    ("tr((2*A*X)^5)", "X", None, "160*A'*X'*A'*X'*A'*X'*A'*X'*A'"),
    ("tr((A*X)^6*inv((A*X)^5))", "X", None, "A'"),
    ("logdet((X'*X)^6)", "X", None, "12*X*inv(X'*X)"),
    ("det((A*X)^5)", "X", None, "5*det((A*X)^5)*A'*inv(A*X)'"),
    ("x'*(A*X)^12*x", ("x", "x"), None, "(A*X)^12 + (X'*A')^12"),
]


@pytest.mark.parametrize(
    "text", ["tr((A*X)^5)", "tr((A*X)^9*B)", "x'*(A*X)^6*x", "det((A*X)^6)", "tr(inv((A*X)^6)*B)", "tr((X'*A')^5*B)"]
)
def test_long_powers_of_products_have_the_slope_of_differences(text):
    """One node in place of the factors: the value and the derivative are those of NumPy's matrix_power."""
    rng = np.random.default_rng(3)
    given = {
        "A": rng.normal(size=(2, 3)),
        "X": rng.normal(size=(3, 2)),
        "B": rng.normal(size=(2, 2)),
        "x": rng.normal(size=2),
    }
    code = re.sub(r"\(([^()]*)\)\^(\d+)", r"P(\1, \2)", text).replace("'", ".T").replace("*", "@")
    names = {"P": np.linalg.matrix_power, "tr": np.trace, "det": np.linalg.det, "inv": np.linalg.inv, "sum": np.sum}

    def value(X):
        return eval(code, names | given | {"X": X})  # noqa: S307  (the list above)

    h, X = 1e-6, given["X"]
    steps = [h * np.eye(6)[k].reshape(3, 2) for k in range(6)]
    wanted = np.array([(value(X + s) - value(X - s)) / (2 * h) for s in steps]).reshape(3, 2)
    d = gp.derive(text, "X")
    own = {n: v for n, v in given.items() if n in {s.name for s in d.expression.variables}}
    for found in (d.evaluate(own), d.compile()(own)):
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7 * np.abs(wanted).max())


@pytest.mark.parametrize(("text", "wrt", "where", "form"), FORMS, ids=[f[0] for f in FORMS])
def test_what_is_printed_is_what_a_person_writes(text, wrt, where, form):
    d = gp.derive(text, wrt, where)
    assert d.result.ascii == form
    assert d.verified
    assert d.derivation("en").root
    assert d.derivation("zh").root


def test_results_can_be_pasted_back():
    d = gp.derive("norm2(X^k)^2", "X", "k: scalar integer")
    again = gp.parse(d.result.ascii, "k: scalar integer")
    values = {"X": 0.5 * ANY, "k": 3}
    np.testing.assert_allclose(again.evaluate(values), d.evaluate(values))


def test_second_derivatives_close_under_the_same_nodes():
    h = gp.derive("tr(A*expm(X))", ["X", "X"])
    value = h.evaluate(A=E, X=ANY)
    np.testing.assert_allclose(
        np.einsum("ijkl,ij,kl", value, F, F), np.trace(E @ TABLE["dexpm"].value(np, ANY, F, F)), rtol=1e-9
    )


@pytest.mark.parametrize("name", ["logm", "sqrtm"])
def test_outside_the_domain_nothing_is_answered(name):
    with pytest.raises(gp.DomainError, match="closed negative real axis"):
        gp.parse(f"{name}(X)").evaluate(X=np.diag([1.0, -1.0]))
    with pytest.raises(gp.DomainError, match="closed negative real axis"):
        gp.derive(f"tr(A*{name}(X))", "X").evaluate(A=np.eye(2), X=np.diag([1.0, 0.0]))


def test_a_power_that_is_not_known_to_be_whole_is_refused():
    with pytest.raises(gp.UnsupportedError, match="declared integer") as caught:
        gp.derive("tr(X^p)", "X", "p: scalar")
    assert "powm" in caught.value.hint


def test_a_wrong_derivative_of_a_function_is_caught():
    """Of the table's: the slope of a matrix function is used where directions commute, and the proof sees it."""
    from dataclasses import replace

    from gradproof.ops.operation import Primary

    op = TABLE["sinm"]
    wrong = replace(op, meaning=Primary("cosm(X) + X"))
    TABLE["sinm"] = wrong
    try:
        with pytest.raises(gp.VerificationError):
            _ = gp.derive("tr(sinm(3*X))", "X").result
    finally:
        TABLE["sinm"] = op


@pytest.mark.parametrize("text", ["sum(expm(X))", "sum(X^k)", "sum(lyap(X, A))"])
def test_code_of_a_direction_of_ones(text: str) -> None:
    where = "X: matrix n n; A: matrix n n; k: scalar integer"
    used = "; ".join(d for d in where.split("; ") if d[0] in text)
    wrt = "A" if "lyap" in text else "X"
    values = {"X": np.array([[0.2, 0.7], [-0.3, -0.6]]), "A": np.array([[1.0, 2.0], [0.0, 1.0]]), "k": 3}
    f = gp.derive(text, wrt=wrt, where=used).compile()
    mine = {n: values[n] for n in f.names}

    def value(x: np.ndarray) -> float:
        X, A = (x, values["A"]) if wrt == "X" else (values["X"], x)
        if "lyap" in text:
            return linalg.solve_sylvester(X, X.T, A).sum()
        return linalg.expm(X).sum() if "expm" in text else np.linalg.matrix_power(X, 3).sum()

    steps = [1e-6 * np.eye(2)[[i]].T @ np.eye(2)[[j]] for i in (0, 1) for j in (0, 1)]
    want = [(value(values[wrt] + h) - value(values[wrt] - h)) / 2e-6 for h in steps]
    assert np.allclose(f(mine), np.reshape(want, (2, 2)), atol=1e-6)


def test_the_determinant_of_an_exponential():
    A, t, h = np.random.default_rng(3).normal(size=(3, 3)), 0.3, 1e-5
    up, down = (np.linalg.det(linalg.expm((t + s * h) * A)) for s in (1, -1))
    d = gp.derive("det(expm(t*A))", "t", "A: matrix n n; t: scalar")
    assert d.evaluate(A=A, t=t) == pytest.approx((up - down) / (2 * h), rel=1e-8)
    assert "expm" not in d.result.ascii  # Jacobi: det expm(A) = exp(tr A)


def test_a_cholesky_factor_with_small_pivots() -> None:
    algebra = Algebra(REAL)
    found = cholesky(algebra, algebra.constant((2, 2), [0.25, 0.1, 0.1, 0.09]))
    np.testing.assert_allclose(np.reshape(found.value, (2, 2)), np.linalg.cholesky([[0.25, 0.1], [0.1, 0.09]]))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch itself
@pytest.mark.parametrize("library", ["jax", "torch"])
@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("tr(B*sqrtm(X))", np.diag([1.0, 2, -1])),
        ("tr(B*sqrtm(X))", np.diag([1.0, 2, 0])),
        ("tr(B*sqrtm(X))", np.eye(3, k=1)),
        ("tr(B*signm(X))", np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 2]])),
        ("tr(B*signm(X))", np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])),  # singular, but for rounding
        ("tr(B*logm(X))", np.diag([1.0, 2, -1])),
    ],
)
def test_code_of_a_matrix_function_has_no_number_where_it_has_no_derivative(text, x, library):
    """A branch that is a constant nan has the derivative zero: so none of them may be one."""
    module = pytest.importorskip(library)
    array = module.numpy.asarray if library == "jax" else module.tensor
    if library == "jax":
        module.config.update("jax_enable_x64", True)
    f = gp.derive(text, "X", where="X: matrix n n; B: matrix n n", verify=False).compile(library)
    try:
        found = np.asarray(f(X=array(x), B=array(np.arange(9.0).reshape(3, 3))))
    except gp.DomainError:
        return
    assert np.isnan(found).all()


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch itself
@pytest.mark.parametrize("library", ["jax", "torch"])
def test_the_derivative_of_code_by_the_library_itself_is_no_number_where_the_value_is_none(library):
    module = pytest.importorskip(library)
    x = np.diag([1.0, 2, -1])
    f = gp.derive("logdet(X)*s", "s", where="X: matrix n n; s: scalar", verify=False).compile(library)
    if library == "jax":
        module.config.update("jax_enable_x64", True)
        found = module.grad(lambda x: f(X=x))(module.numpy.asarray(x))
    else:
        found = module.func.grad(lambda x: f(X=x))(module.tensor(x))
    assert np.isnan(np.asarray(found)).all()
