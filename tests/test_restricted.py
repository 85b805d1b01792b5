"""Derivatives by the free entries of structured matrices, on manifolds, and several at once; values from central differences along what may move."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp

N = 3
RNG = np.random.default_rng(4)
A, B, Y = RNG.normal(size=(N, N)), RNG.normal(size=(N, N)), RNG.normal(size=(N, 2))
a = RNG.normal(size=N)
SPD = A @ A.T + N * np.eye(N)
VALUES = {
    "logdet(X)": lambda X: np.log(np.linalg.det(X)),
    "tr(A*X*B*X)": lambda X: np.trace(A @ X @ B @ X),
    "a'*inv(X)*a": lambda X: a @ np.linalg.inv(X) @ a,
    "tr(A*X)": lambda X: np.trace(A @ X),
}
KINDS = {
    "symmetric": (SPD, lambda i, j: {(i, j): 1.0, (j, i): 1.0}, lambda i, j: i >= j),
    "posdef": (SPD, lambda i, j: {(i, j): 1.0, (j, i): 1.0}, lambda i, j: i >= j),
    "diagonal": (np.diag([1.0, 2.0, 0.5]), lambda i, j: {(i, i): 1.0}, lambda i, j: i == j),
    "lower": (np.tril(A) + 4 * np.eye(N), lambda i, j: {(i, j): 1.0}, lambda i, j: i >= j),
    "upper": (np.triu(A) + 4 * np.eye(N), lambda i, j: {(i, j): 1.0}, lambda i, j: i <= j),
}


@pytest.mark.parametrize("fact", KINDS)
@pytest.mark.parametrize("text", VALUES)
def test_the_derivative_by_free_entries(text, fact):
    X, moved, free = KINDS[fact]
    X = X.astype(float)
    d = gp.derive(
        text, wrt="X", where=f"X: matrix n n {fact}; A: matrix n n; B: matrix n n; a: vector n", structured=True
    )
    values = {"X": X, "A": A, "B": B, "a": a}
    found = d.evaluate({k: v for k, v in values.items() if k == "X" or k in text})
    for i in range(N):
        for j in range(N):
            step = np.zeros((N, N))
            for at, x in moved(i, j).items():
                step[at] = x * 1e-6
            want = (VALUES[text](X + step) - VALUES[text](X - step)) / 2e-6
            if free(i, j):
                assert np.isclose(found[i, j], want, rtol=1e-5, atol=1e-6)
            elif fact not in ("symmetric", "posdef"):
                assert found[i, j] == 0
    assert d.verified is True
    assert np.allclose(d.compile()({k: v for k, v in values.items() if k == "X" or k in text}), found)
    assert any("free entries" in str(note) for note in d.notes)


def test_an_antisymmetric_matrix():
    S = A - A.T
    d = gp.derive(
        "a'*X^3*a + tr(A*X)", wrt="X", where="X: matrix n n skew; A: matrix n n; a: vector n", structured=True
    )
    found = d.evaluate(X=S, A=A, a=a)
    f = lambda X: a @ X @ X @ X @ a + np.trace(A @ X)  # noqa: E731
    for i in range(N):
        for j in range(i):
            step = np.zeros((N, N))
            step[i, j], step[j, i] = 1e-6, -1e-6
            assert np.isclose(found[i, j], (f(S + step) - f(S - step)) / 2e-6, atol=1e-6)


def test_books_forms():
    form = gp.derive("logdet(S)", wrt="S", where="S: matrix n n symmetric", structured=True).result.ascii
    assert form == "2*inv(S) - diag(diag(inv(S)))"
    assert gp.derive("tr(A*L)", "L", "L: matrix n n lower; A: matrix n n", structured=True).result.ascii == "tril(A')"


def test_a_matrix_by_itself():
    D = gp.derive("S", wrt="S", where="S: matrix n n symmetric", structured=True).evaluate(S=SPD)
    eye = np.eye(N)
    want = np.einsum("ik,jl->ijkl", eye, eye) + np.einsum("il,jk->ijkl", eye, eye)
    want -= np.einsum("ij,ik,il->ijkl", eye, eye, eye)
    assert np.allclose(D, want)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: gp.derive("tr(A*X)", "X", "A: matrix n n; X: matrix n n", structured=True), "no structure"),
        (lambda: gp.derive("x'*x", "x", "x: vector n", structured=True), "no structure"),
        (lambda: gp.derive("x'*X*x", ["X", "X"], "X: matrix n n symmetric", structured=True), "one derivative"),
        (lambda: gp.derive("A*x", "x", manifold="sphere"), "scalar"),
        (lambda: gp.hessian("tr(A*X)", "X", "X: matrix n n", manifold="so", along="d"), "Hessian"),
    ],
)
def test_refused(call, said):
    with pytest.raises(gp.UnsupportedError, match=said):
        call()


def test_other_words_are_errors():
    with pytest.raises(gp.GradproofError, match="no manifold"):
        gp.derive("x'*x", "x", manifold="circle")  # type: ignore[arg-type]
    with pytest.raises(gp.ShapeError):
        gp.derive("x'*x", "x", manifold="stiefel")
    with pytest.raises(gp.GradproofError, match="along"):
        gp.hessian("x'*x", "x", manifold="sphere")


# -- manifolds: the inner product of the gradient with a tangent is the derivative along it

Q, _ = np.linalg.qr(RNG.normal(size=(4, 2)))
O, _ = np.linalg.qr(RNG.normal(size=(N, N)))
C4, D4 = RNG.normal(size=(4, 4)), RNG.normal(size=(4, 2))
x0 = RNG.normal(size=4)
x0 /= np.linalg.norm(x0)
p0 = np.array([0.2, 0.5, 0.3])


def skew(n):
    W = RNG.normal(size=(n, n))
    return W - W.T


def tangents(manifold):
    for _ in range(4):
        match manifold:
            case "sphere":
                d = RNG.normal(size=4)
                yield d - (x0 @ d) * x0
            case "stiefel" | "stiefel-canonical":
                yield Q @ skew(2) + (np.eye(4) - Q @ Q.T) @ RNG.normal(size=(4, 2))
            case "grassmann":
                yield (np.eye(4) - Q @ Q.T) @ RNG.normal(size=(4, 2))
            case "so":
                yield O @ skew(N)
            case "simplex":
                d = RNG.normal(size=3)
                yield d - d.mean()
            case _:
                d = RNG.normal(size=(N, N))
                yield d + d.T


INNER = {
    "stiefel-canonical": lambda g, d, X: np.sum(g * ((np.eye(4) - X @ X.T / 2) @ d)),
    "spd": lambda g, d, X: np.trace(np.linalg.solve(X, g) @ np.linalg.solve(X, d)),
    "simplex": lambda g, d, X: np.sum(g * d / X),
}
MANIFOLDS = {
    "sphere": ("x'*C*x", "x", x0, lambda X: X @ C4 @ X),
    "stiefel": ("tr(X'*C*X) + tr(D'*X)", "X", Q, lambda X: np.trace(X.T @ C4 @ X) + np.sum(D4 * X)),
    "stiefel-canonical": ("tr(X'*C*X) + tr(D'*X)", "X", Q, lambda X: np.trace(X.T @ C4 @ X) + np.sum(D4 * X)),
    "grassmann": ("tr(X'*C*X)", "X", Q, lambda X: np.trace(X.T @ C4 @ X)),
    "so": ("tr(A*X)", "X", O, lambda X: np.trace(A @ X)),
    "spd": ("tr(A*X) + logdet(X)", "X", SPD, lambda X: np.trace(A @ X) + np.log(np.linalg.det(X))),
    "symmetric": ("tr(A*X*X)", "X", SPD, lambda X: np.trace(A @ X @ X)),
    "simplex": ("sum(x.*log(x))", "x", p0, lambda x: np.sum(x * np.log(x))),
}


@pytest.mark.parametrize("manifold", MANIFOLDS)
def test_riemannian_gradients(manifold):
    text, name, X, f = MANIFOLDS[manifold]
    where = "A: matrix n n; C: matrix m m; D: matrix m k; " + (
        "X: matrix n n" if X.shape == (N, N) else "X: matrix m k" if X.ndim == 2 else "x: vector m"
    )
    d = gp.derive(text, wrt=name, where=where, manifold=manifold)
    values = {n: v for n, v in {name: X, "A": A, "C": C4, "D": D4}.items() if n == name or n in text}
    g = d.evaluate(values)
    assert d.verified is True
    assert np.allclose(d.compile()(values), g)
    inner = INNER.get(manifold, lambda g, d, X: np.sum(g * d))
    for t in tangents(manifold):
        assert np.isclose(inner(g, t, X), (f(X + 1e-6 * t) - f(X - 1e-6 * t)) / 2e-6, rtol=1e-5, atol=1e-6)


def test_a_hessian_on_the_sphere():
    """Along a great circle: f(x cos t + d sin t), for a tangent d of length 1."""
    S4 = C4 + C4.T
    h = gp.hessian(
        "x'*C*x + a'*x", "x", "C: matrix m m symmetric; x: vector m; a: vector m", manifold="sphere", along="d"
    )
    d = next(iter(tangents("sphere")))
    d /= np.linalg.norm(d)
    b = RNG.normal(size=4)
    f = lambda t: (lambda y: y @ S4 @ y + b @ y)(x0 * np.cos(t) + d * np.sin(t))  # noqa: E731
    want = (f(1e-4) - 2 * f(0) + f(-1e-4)) / 1e-8
    assert np.isclose(d @ h.evaluate(x=x0, C=S4, a=b, d=d), want, rtol=1e-4)
    assert h.verified is True


# -- several at once


def test_gradients_share_one_program():
    g = gp.gradients("norm2(X*w + b*ones(m) - y)^2", wrt=["w", "b"], where="b: scalar")
    values = {"X": RNG.normal(size=(5, 2)), "w": RNG.normal(size=2), "b": 0.3, "y": RNG.normal(size=5)}
    f, by_w, by_b = g.compile(value=True)(values)
    r = values["X"] @ values["w"] + 0.3 - values["y"]
    assert np.allclose([f, by_b], [r @ r, 2 * r.sum()])
    assert np.allclose(by_w, 2 * values["X"].T @ r)
    assert list(g) == ["w", "b"]
    assert np.allclose(g["w"].evaluate(values), by_w)


def test_blocks_of_a_hessian():
    h = gp.hessian_blocks(
        "norm2(x - u)^2/(2*exp(2*c)) + n*c", wrt=["u", "c"], where="x: vector n; u: vector n; c: scalar"
    )
    x, u, c = RNG.normal(size=3), RNG.normal(size=3), 0.2

    def slope(v):
        r = x - v[:3]
        return np.array([*(-r / np.exp(2 * v[3])), 3 - r @ r / np.exp(2 * v[3])])

    v = np.array([*u, c])
    want = np.array([(slope(v + e) - slope(v - e)) / 2e-6 for e in 1e-6 * np.eye(4)])
    part = {k: np.asarray(d.evaluate(x=x, u=u, c=c)) for k, d in h.items()}
    found = np.block(
        [[part["u", "u"], part["u", "c"].reshape(3, 1)], [part["c", "u"].reshape(1, 3), part["c", "c"].reshape(1, 1)]]
    )
    assert np.allclose(found, want, atol=1e-6)


@pytest.mark.parametrize("wrt", [[], ["x", "x"], [3]])
def test_wrong_lists(wrt):
    with pytest.raises(gp.GradproofError):
        gp.gradients("x'*x", wrt=wrt)


@pytest.mark.parametrize("lang", ["en", "zh", "fr"])
@pytest.mark.parametrize(
    ("formula", "wrt", "where", "options", "last"),
    [
        ("logdet(S)", "S", "S: matrix n n symmetric posdef", {"structured": True}, "2*inv(S) - diag(diag(inv(S)))"),
        ("tr(A*X)", "X", "X: matrix n n antisymmetric", {"structured": True}, "A' - A"),
        ("a'*S*b", "vech(S)", "S: matrix n n symmetric", {}, "duplication(n)'*kron(a, b)"),
        ("x'*A*x", "x", "A: matrix n n symmetric", {"manifold": "sphere"}, "2*A*x - 2*(x'*A*x)*x"),
    ],
)
def test_the_derivation_ends_with_the_map_of_the_free_gradient(lang, formula, wrt, where, options, last):
    t = gp.derive(formula, wrt, where, **options).derivation(lang=lang)
    assert t.summary.ok
    assert t.summary.steps > 2
    assert t.root.result.ascii == last
    assert t.root.children[0].result is gp.derive(formula, wrt.removeprefix("vech(").removesuffix(")"), where).result


def test_what_is_symmetric_when_multiplied_out_stands_once() -> None:
    """X'*(A + A')*X is its own transpose: Absil, Mahony & Sepulchre (2008), the projection on the tangent space of the Stiefel manifold."""
    assert gp.derive("tr(X'*A*X)", "X", manifold="stiefel").result.ascii == "(A + A')*X - X*X'*(A + A')*X"


def test_points_that_are_square_have_to_be() -> None:
    with pytest.raises(gp.ShapeError) as caught:
        gp.derive("tr(A*X)", "X", manifold="spd")
    assert "X: matrix n n" in str(caught.value.hint)


FREE = {  # how far along a row and a column the entries of one free number lie: which entries move with entry i, j
    "toeplitz": lambda i, j, k, m: k - m == i - j,
    "symmetric toeplitz": lambda i, j, k, m: abs(k - m) == abs(i - j),
    "circulant": lambda i, j, k, m: (k - m - i + j) % N == 0,
    "lower": lambda i, j, k, m: (k, m) == (i, j) and i >= j,
    "upper": lambda i, j, k, m: (k, m) == (i, j) and i <= j,
}


@pytest.mark.parametrize("fact", FREE)
@pytest.mark.parametrize(
    ("text", "value"),
    [("X*a", lambda X: X @ a), ("A*X*B", lambda X: A @ X @ B), ("X*X", lambda X: X @ X)],
)
def test_vectors_and_matrices_by_free_entries(fact, text, value):
    first, rows = 1.0 + np.arange(N), np.arange(N)
    distance = rows[:, None] - rows
    X = {
        "toeplitz": np.array([0.5, 3.0, 1.0, 2.0, 4.0])[distance + N - 1],
        "symmetric toeplitz": first[abs(distance)],
        "circulant": first[distance % N],
        "lower": np.tril(A),
        "upper": np.triu(A),
    }[fact]
    d = gp.derive(
        text, wrt="X", where=f"X: matrix n n {fact}; A: matrix n n; B: matrix n n; a: vector n", structured=True
    )
    given = {k: v for k, v in {"X": X, "A": A, "B": B, "a": a}.items() if k in text}
    for found in (d.evaluate(given), d.compile()(given)):
        for i in range(N):
            for j in range(N):
                step = 1e-5 * np.array([[float(FREE[fact](i, j, k, m)) for m in rows] for k in rows])
                want = (value(X + step) - value(X - step)) / 2e-5
                np.testing.assert_allclose(found[i, j], want, 1e-6, 1e-8)
