"""Block matrices and matrices with a structure, against differences of functions that NumPy and SciPy compute."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

import gradproof as gp

RNG = np.random.default_rng(20)
N, M = 3, 2


def spd(n):
    a = RNG.normal(size=(n, n))
    return a @ a.T + n * np.eye(n)


VALUES = {
    "A": spd(N), "D": spd(M), "B": 0.1 * RNG.normal(size=(N, M)), "C": 0.1 * RNG.normal(size=(M, N)),
    "S": RNG.normal(size=(N + M, N + M)), "P": RNG.normal(size=(N + 1, N + 1)), "Q": RNG.normal(size=(N, N)),
    "x": RNG.normal(size=N), "y": RNG.normal(size=M), "b": RNG.normal(size=N), "c": RNG.normal(size=N), "s": 0.7,
    "w": RNG.normal(size=3), "u": RNG.normal(size=3), "v": RNG.normal(size=6) + 2 * np.array([1, 0, 0, 1, 0, 1]),
}  # fmt: skip
WHERE = (
    "A: matrix n n; D: matrix m m; B: matrix n m; C: matrix m n; S: matrix n+m n+m; P: matrix n+1 n+1; Q: matrix n n; x,b,c: vector n; "
    "y: vector m; s: scalar; w,u: vector 3; v: vector n*(n+1)/2"
)


def lower(v):
    n = int((2 * len(v)) ** 0.5)
    found = np.zeros((n, n))
    found.T[np.triu_indices(n)] = v
    return found


def unvech(v):
    return lower(v) + lower(v).T - np.diag(np.diag(lower(v)))


def logdet(x):
    return np.linalg.slogdet(x)[1]


CASES = [  # a formula, what it is in NumPy, by what, and where something more has to be said
    ("logdet([A, B; C, D])", lambda A, B, C, D: logdet(np.block([[A, B], [C, D]])), "ABCD"),
    ("logdet([A, B; B', D])", lambda A, B, D: logdet(np.block([[A, B], [B.T, D]])), "ABD"),
    ("tr(inv([A, B; C, D])*S)", lambda A, B, C, D, S: np.trace(np.linalg.inv(np.block([[A, B], [C, D]])) @ S), "AC"),
    ("[x; y]'*S*[x; y]", lambda x, y, S: np.r_[x, y] @ S @ np.r_[x, y], "xyS"),
    ("norm2([Q; s*eye(n)]*x - [b; zeros(n)])^2", lambda Q, s, x, b: sum((Q @ x - b) ** 2) + s**2 * sum(x**2), "Qxs"),
    ("norm2([Q, b]*[x; s] - c)^2", lambda Q, b, x, s, c: sum((np.c_[Q, b] @ np.r_[x, s] - c) ** 2), "Qbxs"),
    ("logdet([A, b; c', 9 + s])", lambda A, b, c, s: logdet(np.block([[A, b[:, None]], [c[None], np.array([[9 + s]])]])), "Abcs"),
    ("[x; 1]'*P*[x; 1]", lambda x, P: np.r_[x, 1] @ P @ np.r_[x, 1], "xP"),
    ("sum(exp([x; y; b]))", lambda x, y, b: sum(np.exp(np.r_[x, y, b])), "xyb"),
    ("norm2([x, b, c]'*b)^2", lambda x, b, c: sum((np.c_[x, b, c].T @ b) ** 2), "xbc"),
    ("tr([A, B; C, D]*[A, B; C, D])", lambda A, B, C, D: np.trace(np.block([[A, B], [C, D]]) @ np.block([[A, B], [C, D]])), "ABCD"),
    ("log(norm2([s, 2; 3, s]*[s; 1]))", lambda s: np.log(np.linalg.norm(np.array([[s, 2], [3, s]]) @ [s, 1])), "s"),
    ("logdet(unvech(v) + 4*eye(n))", lambda v: logdet(unvech(v) + 4 * np.eye(N)), "v"),
    ("norm2(lowertri(v)*b)^2", lambda v, b: sum((lower(v) @ b) ** 2), "vb"),
    ("norm2(vech(A*Q))^2", lambda A, Q: sum((A @ Q).T[np.triu_indices(N)] ** 2), "AQ"),
    ("tr(Q*symtoep(c)*A)", lambda Q, c, A: np.trace(Q @ scipy.linalg.toeplitz(c) @ A), "cQ"),
    ("norm2(circ(c)*b - x)^2", lambda c, b, x: sum((scipy.linalg.circulant(c) @ b - x) ** 2), "cbx"),
    ("w'*cross(u, w.*u)", lambda w, u: w @ np.cross(u, w * u), "wu"),
    ("norm2(skewx(w)*u)^2", lambda w, u: sum(np.cross(w, u) ** 2), "wu"),
    ("sum(k, 1, 3, k*s^k)", lambda s: sum(k * s**k for k in (1, 2, 3)), "s"),
    ("norm2(sum(k, 0, 2, Q^k*x))^2", lambda Q, x: sum((x + Q @ x + Q @ Q @ x) ** 2), "Qx"),
]  # fmt: skip
EACH = [(text, f, name) for text, f, names in CASES for name in names]


def differences(f, values, name):
    x = np.asarray(values[name], float)
    found = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[at] = 1e-5
        up, down = (f(**{**values, name: x + sign * step if x.shape else float(x + sign * step)}) for sign in (1, -1))
        found[at] = (up - down) / 2e-5
    return found


@pytest.mark.parametrize(("text", "f", "name"), EACH, ids=[f"{t}-{n}" for t, _, n in EACH])
def test_gradients(text, f, name):
    names = f.__code__.co_varnames[: f.__code__.co_argcount]
    values = {n: VALUES[n] for n in names}
    d = gp.derive(text, name, WHERE)
    wanted = differences(f, values, name)
    assert d.verified
    for got in (
        d.evaluate(values),
        d.compile("numpy")(**{n: v for n, v in values.items() if n in d.compile("numpy").names}),
    ):
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6 * (1 + abs(wanted).max()))
    for form in (d.result.ascii, d.result.unicode, d.result.latex):
        back = gp.parse(form, WHERE)
        used = {v.name for v in back.variables}
        got = back.evaluate({n: v for n, v in VALUES.items() if n in used} | {"n": N, "m": M})
        np.testing.assert_allclose(
            np.reshape(got, wanted.shape), wanted, rtol=1e-5, atol=1e-6 * (1 + abs(wanted).max())
        )


SCHUR = "A: matrix n n posdef; D: matrix m m posdef; B: matrix n m; C: matrix m n; E: matrix m m; F: matrix n n; x,b,c: vector n; s: scalar"


@pytest.mark.parametrize(("text", "by", "book"), [  # Magnus & Neudecker, ch. 1.11; Boyd & Vandenberghe, app. A.5.5
    ("logdet([A, B; B', D])", "A", "inv(A - B*inv(D)*B')"),
    ("logdet([A, B; B', D])", "B", "-2*inv(A)*B*inv(D - B'*inv(A)*B)"),
    ("logdet([A, B; B', D])", "D", "inv(D - B'*inv(A)*B)"),
    ("logdet([A, B; C, E])", "E", "inv(E - C*inv(A)*B)'"),
    ("logdet([A, B; C, E])", "C", "-inv(E - C*inv(A)*B)'*B'*inv(A)"),
    ("logdet([E, B'; C', A])", "B", "-inv(A)*C'*inv(E - B'*inv(A)*C')"),
    ("logdet([A, b; b', s])", "b", "-2*inv(A)*b/(s - b'*inv(A)*b)"),
    ("logdet([s, b'; b, A])", "s", "1/(s - b'*inv(A)*b)"),
    ("logdet([F, B; C, E])", "E", "tail(m,m + n)*inv([F, B; C, E])'*tail(m,m + n)'"),  # no block is known to be invertible
])  # fmt: skip
def test_blocks_of_an_inverse(text, by, book):
    d = gp.derive(text, by, SCHUR)
    rng = np.random.default_rng(4)
    values = {**VALUES, "E": 4 * np.eye(M) + rng.normal(size=(M, M)), "F": 4 * np.eye(N) + rng.normal(size=(N, N))}
    used = {v.name for v in gp.parse(text, SCHUR).variables}
    values = {n: v for n, v in values.items() if n in used} | ({"s": 9.0} if "s" in used else {})
    free = gp.parse(text, SCHUR.replace(" posdef", ""))
    wanted = differences(lambda **v: free.evaluate(v), values, by)
    np.testing.assert_allclose(d.evaluate(values), wanted, rtol=1e-5, atol=1e-8)
    assert gp.check(text, by, book, SCHUR).verdict == "right"
    assert len(d.result.ascii) <= len(gp.parse(book, SCHUR).ascii)
    assert ("Schur" in str(d.derivation())) == ("head" not in book and "tail" not in book)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[1, 2], [3, 4]]*x", "rows of a matrix"),
        ("norm2([x; 0])", "a block of zeros"),
        ("[x, y", "never closed"),
        ("x; y", "no place"),
        ("[x; A*y]", "x"),
        ("sum(k, 0, 300, s^k)", "300"),
        ("sum(i, 1, 20, sum(j, 1, 20, sum(k, 1, 20, x[i]*x[j]*x[k])))", "too long"),
    ],
)
def test_what_is_no_block_matrix(text, said):
    with pytest.raises(gp.GradproofError, match=said):
        gp.derive(text, "x" if "x" in text else "s", WHERE)


@pytest.mark.parametrize(("fact", "basis"), [
    ("toeplitz", lambda i, j: [(a, a + j - i) for a in range(N) if 0 <= a + j - i < N]),
    ("symmetric toeplitz", lambda i, j: [(a, b) for a in range(N) for b in range(N) if abs(a - b) == abs(i - j)]),
    ("circulant", lambda i, j: [(a, b) for a in range(N) for b in range(N) if (a - b - i + j) % N == 0]),
])  # fmt: skip
def test_free_entries(fact, basis):
    """The derivative by the entries that move together."""
    first = RNG.normal(size=N)
    T = scipy.linalg.circulant(first) if fact == "circulant" else scipy.linalg.toeplitz(first)
    d = gp.derive("tr(Q*T*Q*T)", "T", f"Q: matrix n n; T: matrix n n {fact}", structured=True)
    free = 2 * (VALUES["Q"] @ T @ VALUES["Q"]).T
    wanted = [[sum(free[at] for at in basis(i, j)) for j in range(N)] for i in range(N)]
    np.testing.assert_allclose(d.evaluate(T=T, Q=VALUES["Q"]), wanted, rtol=1e-10)
    with pytest.raises(gp.GradproofError, match="T is declared"):
        d.evaluate(T=T + np.triu(np.ones((N, N)), 1) * np.arange(N), Q=VALUES["Q"])


def test_a_size_out_of_a_triangle():
    d = gp.derive("a'*unvech(x)*a", "x", "x: vector n*(n+1)/2; a: vector n")
    with pytest.raises(gp.ShapeError):
        d.evaluate(x=np.ones(5), a=np.ones(3))
    with pytest.raises(gp.GradproofError, match="not a dimension"):
        gp.parse("x", "x: vector n/2")


@pytest.mark.parametrize("fact", ["symmetric", "lower"])
def test_by_the_half_vectorisation(fact):
    """Gradient and Hessian by vech, against differences in the free entries."""
    made = unvech if fact == "symmetric" else lower
    v, where = VALUES["v"] + 3 * np.array([1, 0, 0, 1, 0, 1]), f"X: matrix n n {fact}; b: vector n"
    values = {"X": made(v), "b": VALUES["b"]}

    def f(v):
        return sum((np.linalg.inv(made(v)) @ VALUES["b"]) ** 2)

    first = differences(f, {"v": v}, "v")
    d = gp.derive("norm2(inv(X)*b)^2", "vech(X)", where)
    np.testing.assert_allclose(d.evaluate(values), first, rtol=1e-6, atol=1e-9)
    second = gp.derive("norm2(inv(X)*b)^2", ["vech(X)", "vech(X)"], where)
    wanted = [differences(lambda v, k=k: differences(f, {"v": v}, "v")[k], {"v": v}, "v") for k in range(6)]
    np.testing.assert_allclose(second.evaluate(values), wanted, rtol=1e-3, atol=1e-5)
    with pytest.raises(gp.UnsupportedError, match="symmetric"):
        gp.derive("tr(X)", "vech(X)", "X: matrix n n")


@pytest.mark.parametrize(
    "source",
    [
        "np.linalg.slogdet(np.block([[A, B], [C, D]]))[1]",
        "np.sum((np.vstack([Q, s*np.eye(len(x))]) @ x - np.concatenate([b, 0*x]))**2)",
        "np.hstack([x, y]) @ S @ np.hstack([x, y])",
        "np.sum((np.hstack([A, B]) @ np.concatenate((x, y)) - b)**2)",
        "np.trace(np.concatenate([A, C]) @ np.concatenate([Q, B], axis=1))",
        "np.sum(np.concatenate([x, y, b])**3)",
    ],
)
def test_numpy_source_that_joins_arrays(source):
    """Read as what NumPy makes of it."""
    e = gp.parse(source, WHERE)
    used = {v.name: VALUES[v.name] for v in e.variables}
    np.testing.assert_allclose(e.evaluate({**used, "n": N, "m": M}), eval(source, {"np": np, **VALUES}), rtol=1e-12)  # noqa: S307  (of this file)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("formula", ["sum(1./head(2,3))", "sum(1./lastunit(3))", "sum((1./head(2,3))*lastunit(3))"])
def test_what_is_divided_by_a_zero_of_a_constant_has_no_value(formula):
    d = gp.derive(f"c*{formula}", "c", "c: scalar", verify=False)
    assert not np.isfinite(d.evaluate(c=1.0))


@pytest.mark.parametrize(("text", "least"), [("np.sum(np.exp(x[1:3]))", 3), ("np.sum(np.exp(x[-3:]))", 3), ("sum(exp(head(2,n)*x))", 2)])  # fmt: skip
def test_rows_that_are_not_there_are_refused(text: str, least: int) -> None:
    """NumPy's slice of a shorter array is shorter: rows of zeros in its place would be another number."""
    d = gp.derive(text, "x", "x: vector n")
    x = np.arange(1.0, least + 1)
    for f in (d.evaluate, d.compile(), d.expression.evaluate):
        assert np.all(np.isfinite(f(x=x)))
        with pytest.raises(gp.GradproofError, match="negative"):
            f(x=x[1:])
