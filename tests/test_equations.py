"""Cholesky factors and matrix equations: values against SciPy, derivatives against differences, and the adjoint forms that are printed."""

from __future__ import annotations

import re

import numpy as np
import pytest

import gradproof as gp

linalg = pytest.importorskip("scipy.linalg")

RNG = np.random.default_rng(5)
A = 0.4 * RNG.normal(size=(3, 3)) - 1.6 * np.eye(3)  # stable
SMALL = 0.3 * RNG.normal(size=(3, 3))
B, C, G = RNG.normal(size=(3, 2)), RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3))
Q, R = C @ C.T + np.eye(3), np.array([[2.0, 0.3], [0.3, 1.0]])
OTHER = np.array([[1.0, 0.2], [0.0, 2.0]])
VALUES = [
    ("chol(Q)", {"Q": Q}, np.linalg.cholesky(Q)),
    ("tril(C)", {"C": C}, np.tril(C)),
    ("triu(C)", {"C": C}, np.triu(C)),
    ("halflow(C)", {"C": C}, np.tril(C) - np.diag(np.diag(C)) / 2),
    ("sylv(Q, E, B)", {"Q": Q, "E": OTHER, "B": B}, linalg.solve_sylvester(Q, OTHER, B)),
    ("lyap(A, C)", {"A": A, "C": C}, linalg.solve_continuous_lyapunov(A, C)),
    ("dlyap(A, C)", {"A": SMALL, "C": C}, linalg.solve_discrete_lyapunov(SMALL, C)),
    ("care(A, B, Q, R)", {"A": A + 2 * np.eye(3), "B": B, "Q": Q, "R": R}, None),
    ("dare(A, B, Q, R)", {"A": 4 * SMALL, "B": B, "Q": Q, "R": R}, None),
]


def wanted(text, values, value):
    if value is not None:
        return value
    solve = linalg.solve_continuous_are if text.startswith("care") else linalg.solve_discrete_are
    return solve(*(values[n] for n in "ABQR"))


@pytest.mark.parametrize(("text", "values", "value"), VALUES, ids=[v[0] for v in VALUES])
def test_values_are_those_of_scipy(text, values, value):
    np.testing.assert_allclose(gp.parse(text).evaluate(values), wanted(text, values, value), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(("text", "values", "value"), VALUES, ids=[v[0] for v in VALUES])
def test_derivatives_are_those_of_differences(text, values, value):
    """By every argument, every entry free, in a scalar function of the value."""
    formula = gp.parse(text)
    weight = RNG.normal(size=formula.evaluate(values).shape)
    for name in values:
        d = gp.derive(f"sum(W.*({text}))", name)
        found = d.evaluate({**values, "W": weight})
        step = 1e-6
        for i, j in np.ndindex(*values[name].shape):
            change = np.zeros(values[name].shape)
            change[i, j] = step
            up, down = (np.sum(weight * formula.evaluate({**values, name: values[name] + s * change})) for s in (1, -1))
            assert found[i, j] == pytest.approx((up - down) / (2 * step), rel=2e-5, abs=2e-6), (name, i, j)


FORMS = [
    ("tr(G*sylv(A,B,C))", "C", None, "sylv(A', B', G')"),
    ("tr(G*sylv(A,B,C))", "A", None, "-sylv(A', B', G')*sylv(A, B, C)'"),
    ("-tr(C*lyap(A,B*B')*C')", "A", None, "2*lyap(A', C'*C)*lyap(A, B*B')"),
    ("tr(tril(X)*A)", "X", None, "tril(A')"),
    (
        "tr(B*chol(A))",
        "A",
        "A: matrix n n posdef",
        "inv(chol(A))'*(halflow(chol(A)'*B') + halflow(chol(A)'*B')')*inv(chol(A))/2",
    ),
    (
        "tr(G*care(A,B,Q,R))",
        "A",
        "G: matrix n n symmetric; R: matrix m m posdef",
        "-2*care(A, B, Q, R)*lyap(A - B*inv(R)*B'*care(A, B, Q, R), G)",
    ),
]


@pytest.mark.parametrize(("text", "wrt", "where", "form"), FORMS, ids=[f[0] + " by " + f[1] for f in FORMS])
def test_the_adjoint_form_is_printed(text, wrt, where, form):
    d = gp.derive(text, wrt, where)
    assert d.result.ascii == form
    assert d.verified
    assert d.derivation("en").root
    assert d.derivation("zh").root


def test_second_derivatives_of_a_lyapunov_equation():
    h = gp.derive("tr(G*lyap(A,Q))", ["A", "A"]).evaluate(A=A, G=G, Q=Q)
    step = 1e-5
    g = gp.derive("tr(G*lyap(A,Q))", "A")
    along = (g.evaluate(A=A + step * C, G=G, Q=Q) - g.evaluate(A=A - step * C, G=G, Q=Q)) / (2 * step)
    np.testing.assert_allclose(np.einsum("ijkl,kl->ij", h, C), along, rtol=1e-6, atol=1e-8)


def test_what_has_no_solution_is_refused():
    with pytest.raises(gp.DomainError):
        gp.parse("lyap(A, Q)").evaluate(A=np.diag([1.0, -1.0]), Q=np.eye(2))
    with pytest.raises(gp.DomainError):
        gp.parse("chol(A)").evaluate(A=-np.eye(2))
    with pytest.raises(gp.DomainError):
        gp.parse("care(A, B, Q, R)").evaluate(A=np.eye(2), B=np.zeros((2, 1)), Q=np.eye(2), R=np.eye(1))


def test_code_solves_what_evaluate_solves():
    d = gp.derive("tr(G*sylv(A,B,C))", "A")
    values = {"A": Q, "B": OTHER, "C": B, "G": B.T}
    np.testing.assert_allclose(d.compile("numpy")(**values), d.evaluate(values), rtol=1e-10)
    np.testing.assert_allclose(d.compile("numpy-only")(**values), d.evaluate(values), rtol=1e-10)


STACKED = [  # the formula, its variable, the matrix K with vec(dY) = K vec(dX) from the equation that Y solves
    ("sylv(A,B,C)", "C", lambda A, B, **_: np.linalg.inv(np.kron(np.eye(4), A) + np.kron(B.T, np.eye(3)))),
    ("sylv(A,B,C)'", "C", lambda A, B, **_: turn(3, 4) @ np.linalg.inv(np.kron(np.eye(4), A) + np.kron(B.T, np.eye(3)))),
    ("2*sylv(B,A,C')", "C", lambda A, B, **_: 2 * np.linalg.inv(np.kron(np.eye(3), B) + np.kron(A.T, np.eye(4))) @ turn(3, 4)),
    ("lyap(A,Q)", "Q", lambda A, **_: np.linalg.inv(np.kron(np.eye(3), A) + np.kron(A, np.eye(3)))),
    ("dlyap(A,Q)", "Q", lambda A, **_: np.linalg.inv(np.eye(9) - np.kron(A, A))),
    ("sqrtm(A)", "A", lambda A, **_: root(A)),
    ("sqrtm(A)'", "A", lambda A, **_: turn(3, 3) @ root(A)),
]  # fmt: skip


def turn(m, n):
    """vec(X') = turn(m, n) vec(X) of an m × n matrix X."""
    return np.eye(m * n)[[j * m + i for i in range(m) for j in range(n)]]


def root(A):
    S = linalg.sqrtm(A)
    return np.linalg.inv(np.kron(np.eye(3), S) + np.kron(S.T, np.eye(3)))


@pytest.mark.parametrize(("formula", "wrt", "K"), STACKED)
def test_derivatives_by_a_right_side_have_a_vec_form(formula, wrt, K):
    """From A Y + Y B = C by vec(A Y B) = (B' ⊗ A) vec(Y): Magnus & Neudecker; denominator layout has K'."""
    rng = np.random.default_rng(5)
    values = {"A": rng.normal(size=(3, 3)) / 4 + 2 * np.eye(3), "B": rng.normal(size=(4, 4)) / 4 + np.eye(4)}
    if formula.startswith("dlyap"):
        values["A"] = values["A"] / 4
    values |= {"C": rng.normal(size=(3, 4)), "Q": rng.normal(size=(3, 3))}
    d = gp.derive(formula, wrt, "A: matrix n n; B: matrix m m; Q: matrix n n; C: matrix n m")
    assert d.vec is not None
    used = {v.name for v in d.result.variables}
    found = gp.parse(d.result.ascii, "A: matrix n n; B: matrix m m; Q: matrix n n; C: matrix n m").evaluate({k: v for k, v in values.items() if k in used})  # fmt: skip
    np.testing.assert_allclose(found, K(**values).T, rtol=1e-9, atol=1e-12)
    assert d.verified


LIBRARIES = ["jax", "torch"]


def there(library, values):
    """Arrays in double precision of a library, and a derivative along a direction there."""
    found = pytest.importorskip(library)
    if library == "jax":
        found.config.update("jax_enable_x64", True)
        return {n: found.numpy.asarray(v) for n, v in values.items()}, lambda f, x, d: found.jvp(f, (x,), (d,))[1]
    return {n: found.tensor(v) for n, v in values.items()}, lambda f, x, d: found.func.jvp(f, (x,), (d,))[1]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch itself
@pytest.mark.parametrize(
    ("library", "n"), [("torch", 3), ("torch", 17), ("jax", 17)]
)  # a system of all entries, and by eigenvectors
@pytest.mark.parametrize(
    "text", ["sylv(A, -Q, C)", "lyap(A, Q)", "dlyap(A, Q)", "care(A, B, Q, R)", "dare(A, B, Q, R)"]
)
def test_code_of_equations_in_jax_and_torch(text, library, n):
    """Values against SciPy, and the derivative of the code itself against differences of SciPy."""
    rng = np.random.default_rng(n)
    a, c, b = rng.normal(size=(n, n)) / n**0.5, rng.normal(size=(n, n)), rng.normal(size=(n, 2))
    stable = 0.4 * a - (0 if text.startswith("d") else 2) * np.eye(n)
    given = {"A": stable, "B": b, "C": c, "Q": c @ c.T / n + np.eye(n), "R": R}
    solve = {
        "s": lambda A: linalg.solve_sylvester(A, -given["Q"], c),
        "l": lambda A: linalg.solve_continuous_lyapunov(A, given["Q"]),
        "dl": lambda A: linalg.solve_discrete_lyapunov(A, given["Q"], method="direct"),
        "c": lambda A: linalg.solve_continuous_are(A, b, given["Q"], R),
        "da": lambda A: linalg.solve_discrete_are(A, b, given["Q"], R),
    }[text[:2] if text.startswith("d") else text[0]]
    code = gp.derive(f"s*({text})", "s", {"s": "scalar"}).compile(library)
    values, along = there(library, {n: given[n] for n in code.names})
    (move,) = there(library, {"d": rng.normal(size=(n, n))})[0].values()
    np.testing.assert_allclose(np.asarray(code(**values)), solve(given["A"]), rtol=1e-8, atol=1e-9)
    h, d = 1e-5, np.asarray(move)
    found = np.asarray(along(lambda x: code(**{**values, "A": x}), values["A"], move))
    wanted = (solve(given["A"] + h * d) - solve(given["A"] - h * d)) / (2 * h)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6 * abs(wanted).max())


TURNED = np.linalg.qr(np.arange(16.0).reshape(4, 4) ** 2 + np.eye(4))[0]


@pytest.mark.filterwarnings("ignore:overflow encountered", "ignore:invalid value")
@pytest.mark.parametrize("library", ["numpy", "numpy-only", *LIBRARIES])
def test_code_has_no_number_where_there_is_no_solution(library):
    """nan, or an error that says that a system is singular."""

    def nothing(text, values):
        try:
            found = gp.derive(f"s*{text}", "s", {"s": "scalar"}).compile(library)(
                **(values if "numpy" in library else there(library, values)[0])
            )
        except (RuntimeError, gp.DomainError) as error:
            return any(word in str(error).lower() for word in ("singular", "stabilising"))
        return np.isnan(np.asarray(found)).all()

    assert nothing("lyap(A, Q)", {"A": np.diag([-1.0] + [1.0] * 16), "Q": np.eye(17)})
    ones = np.arange(1.0, 7.0)
    for first, second in (
        (np.eye(1), -np.eye(1)),
        (np.diag([1.0, 2, 3]), np.diag([-1.0, 5])),
        (np.diag([1.0, 2, 3]), np.diag([-1 - 1e-14, 5])),  # but for rounding
        (np.array([[1.0, 5], [0, 2]]), np.array([[-1.0, 0], [-3, -4]])),
        (np.array([[0.0, 1], [-1, 0]]), np.array([[0.0, 2], [-0.5, 0]])),  # i and -i
        (TURNED @ (np.diag([1.0, 1, 1, 3]) + np.diag([1.0, 1, 0], 1)) @ TURNED.T, -np.eye(1)),  # not diagonalisable
    ):
        right = ones[: len(first) * len(second)].reshape(len(first), len(second))
        assert nothing("sylv(A, B, C)", {"A": first, "B": second, "C": right})
    two = {"A": np.eye(2), "B": np.zeros((2, 1)), "Q": np.eye(2), "R": np.eye(1)}
    assert nothing("care(A, B, Q, R)", two)
    assert nothing("dare(A, B, Q, R)", {**two, "A": 2 * np.eye(2)})


KRONECKER = [  # in vec notation, denominator layout: Higham (2008), eq. 6.3; Magnus & Neudecker, ch. 2
    ("sqrtm(Q)", "Q", lambda Q: linalg.sqrtm(Q), None),
    ("sqrtm(Q')", "Q", lambda Q: linalg.sqrtm(Q.T), None),
    ("P*sqrtm(Q)", "Q", lambda P, Q: P @ linalg.sqrtm(Q), "inv(kron(sqrtm(Q), eye(n)) + kron(eye(n), sqrtm(Q)'))*kron(eye(n), P')"),
    ("sylv(Q,E,B)", "B", linalg.solve_sylvester, None),
    ("sylv(Q,E,B)", "Q", linalg.solve_sylvester, "-kron(sylv(Q, E, B), eye(n))*inv(kron(eye(m), Q') + kron(E, eye(n)))"),
    ("sylv(Q,E,B)'", "E", lambda Q, E, B: linalg.solve_sylvester(Q, E, B).T, None),
    ("lyap(A,C)", "C", linalg.solve_continuous_lyapunov, None),
    ("lyap(A,C)", "A", linalg.solve_continuous_lyapunov, None),
    ("dlyap(S,C)", "C", lambda S, C: linalg.solve_discrete_lyapunov(S, C, "direct"), None),
    ("dlyap(S,C)", "S", lambda S, C: linalg.solve_discrete_lyapunov(S, C, "direct"), None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "by", "f", "book"), KRONECKER, ids=[f"{k[0]} by {k[1]}" for k in KRONECKER])
def test_the_kronecker_form_is_printed(text, by, f, book):
    where = "Q,A,C,S: matrix n n; E: matrix m m; B: matrix n m; P: matrix m n"
    given = {"Q": Q, "A": A, "C": C, "S": SMALL, "E": OTHER, "B": B, "P": B.T}
    names = dict.fromkeys(re.findall("[A-Z]", text))
    for layout in ("denominator", "numerator"):
        d = gp.derive(text, by, where, layout=layout)
        assert d.verified
        assert d.derivation("en").root
        assert layout == "numerator" or book in (None, d.result.ascii)
        columns = []
        for k in range(given[by].size):
            step = np.zeros(given[by].size)
            step[k] = 1e-5
            moved = [{**given, by: given[by] + s * step.reshape(given[by].shape, order="F")} for s in (1, -1)]
            up, down = (f(*(v[n] for n in names)).reshape(-1, order="F") for v in moved)
            columns.append((up - down) / 2e-5)
        wanted = np.array(columns) if layout == "denominator" else np.array(columns).T
        for form in (d.result.ascii, d.result.latex):
            e = gp.parse(form, where)
            sizes = {"n": 3, "m": 2}
            found = e.evaluate({v.name: given[v.name] for v in e.variables} | sizes)
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)
