"""Kronecker products, vec and reshapes that meet plain arrays of product size: values from NumPy and central differences, all the way to code."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import gradproof as gp

SIZES = {"m": 2, "n": 3, "p": 4, "q": 2}
WHERE = {
    "A": "matrix m n", "B": "matrix p q", "S": "matrix m m posdef", "T": "matrix n n posdef", "X": "matrix m n", "C": "matrix m*p n*q", "M": "matrix m*n m*n",
    "D": "matrix q q", "P": "matrix m*n m*n posdef", "x": "vector n*q", "y": "vector m*p", "z": "vector m*n", "a": "vector m", "b": "vector n", "s": "scalar positive",
}  # fmt: skip


def unvec(x, m, n):
    return np.reshape(x, (m, n), order="F")


def vec(x):
    return np.reshape(x, -1, order="F")


CASES = [
    ("norm2(kron(A,B)*x - y)^2", "x", "2*kron(A', B')*(kron(A, B)*x - y)", lambda v: np.sum((np.kron(v["A"], v["B"]) @ v["x"] - v["y"]) ** 2)),
    ("norm2(kron(A,B)*x - y)^2", "A", "2*unvec(kron(A, B)*x - y, p, m)'*B*unvec(x, q, n)", lambda v: np.sum((np.kron(v["A"], v["B"]) @ v["x"] - v["y"]) ** 2)),
    ("y'*kron(A,B)*x", "B", "unvec(y, p, m)*A*unvec(x, q, n)'", lambda v: v["y"] @ np.kron(v["A"], v["B"]) @ v["x"]),
    ("z'*kron(a,b)", "a", "unvec(z, n, m)'*b", lambda v: v["z"] @ np.kron(v["a"], v["b"])),
    ("z'*kron(a,b)", "b", "unvec(z, n, m)*a", lambda v: v["z"] @ np.kron(v["a"], v["b"])),
    ("z'*vec(X)", "X", "unvec(z, m, n)", lambda v: v["z"] @ vec(v["X"])),
    ("logdet(kron(S,T))", "S", "n*inv(S)", lambda v: np.log(np.linalg.det(np.kron(v["S"], v["T"])))),
    ("det(kron(S,T))", "T", "m*det(kron(S, T))*inv(T)", lambda v: np.linalg.det(np.kron(v["S"], v["T"]))),
    ("z'*inv(kron(S,T))*z", "z", "2*kron(inv(S), inv(T))*z", lambda v: v["z"] @ np.linalg.inv(np.kron(v["S"], v["T"])) @ v["z"]),
    ("z'*inv(kron(S,T) + s*eye(m*n))*z", "S", None, lambda v: v["z"] @ np.linalg.inv(np.kron(v["S"], v["T"]) + v["s"] * np.eye(6)) @ v["z"]),
    ("logdet(kron(S,eye(n)) + P)", "S", None, lambda v: np.log(np.linalg.det(np.kron(v["S"], np.eye(3)) + v["P"]))),
    ("norm2(kron(A,B) - C)^2", "A", None, lambda v: np.sum((np.kron(v["A"], v["B"]) - v["C"]) ** 2)),
    ("norm2(kron(A,B) - C)^2", "B", None, lambda v: np.sum((np.kron(v["A"], v["B"]) - v["C"]) ** 2)),
    ("tr(M*kron(S,eye(n)))", "S", None, lambda v: np.trace(v["M"] @ np.kron(v["S"], np.eye(3)))),
    ("norm2(kron(S,b')*M)^2", "S", "2*S*kron(eye(m), b')*M*M'*kron(eye(m), b)", lambda v: np.sum((np.kron(v["S"], v["b"][None]) @ v["M"]) ** 2)),
    ("tr(M*kron(eye(m),T))", "T", None, lambda v: np.trace(v["M"] @ np.kron(np.eye(2), v["T"]))),
    ("norm2(X*unvec(x,n,q)*D)^2", "x", "2*kron(D*D', X'*X)*x", lambda v: np.sum((v["X"] @ unvec(v["x"], 3, 2) @ v["D"]) ** 2)),
    ("norm2(X*unvec(x,n,q)*D)^2", "X", "2*X*unvec(x, n, q)*D*D'*unvec(x, n, q)'", lambda v: np.sum((v["X"] @ unvec(v["x"], 3, 2) @ v["D"]) ** 2)),
    ("vec(X)'*M*vec(X)", "X", "unvec(M'*vec(X), m, n) + unvec(M*vec(X), m, n)", lambda v: vec(v["X"]) @ v["M"] @ vec(v["X"])),
    ("vec(X)'*inv(P)*vec(X)", "X", "2*unvec(inv(P)*vec(X), m, n)", lambda v: vec(v["X"]) @ np.linalg.inv(v["P"]) @ vec(v["X"])),
    ("sum(log(1 + exp(kron(A,B)*x)))", "x", "kron(A', B')*sigmoid(kron(A, B)*x)", lambda v: np.sum(np.log1p(np.exp(np.kron(v["A"], v["B"]) @ v["x"])))),
    ("kron(A,B)*x", "A", "kron(unvec(x, q, n)'*B', eye(m))*commutation(p,m)", lambda v: np.kron(v["A"], v["B"]) @ v["x"]),
    ("kron(A,B)*x", "x", "kron(A', B')", lambda v: np.kron(v["A"], v["B"]) @ v["x"]),
]  # fmt: skip


def test_a_vector_along_a_part_of_an_axis_is_not_summed_away():
    """The second derivative by a matrix that meets kron(X,P)*u: its vector stands along a part of the rows."""
    where = "A: matrix k p*n; M: matrix p*n k; P: matrix n n; X: matrix p p; u: vector p*n; z: vector k"
    d = gp.derive("z'*A*M*A*(kron(X,P)*u)", ["A", "A"], where)
    assert d.verified
    rng = np.random.default_rng(6)
    M, P, X, u, z = (rng.normal(size=s) for s in ((6, 2), (3, 3), (2, 2), 6, 2))
    v = np.kron(X, P) @ u
    wanted = np.einsum("i,jk,l->ijkl", z, M, v)
    found = d.evaluate(A=np.zeros((2, 6)), M=M, P=P, X=X, u=u, z=z)
    np.testing.assert_allclose(found, wanted + wanted.transpose(2, 3, 0, 1), 1e-10, 1e-12)


def point(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    found = {}
    for name, said in WHERE.items():
        kind, *dims = said.split()
        shape = [
            math.prod(SIZES[n] for n in d.split("*")) for d in dims[: {"scalar": 0, "vector": 1, "matrix": 2}[kind]]
        ]
        x = rng.normal(size=shape)
        found[name] = x @ x.T + np.eye(len(x)) if "posdef" in said else float(abs(x)) + 0.5 if not shape else x
    return found


def slope(value, values, name: str, h: float = 1e-6):
    """Central differences, all entries moved alone: the axes of the variable first."""
    x, rows = np.asarray(values[name], float), []
    for i in range(x.size):
        step = np.zeros(x.size)
        step[i] = h
        step = step.reshape(x.shape)
        rows.append((value({**values, name: x + step}) - value({**values, name: x - step})) / (2 * h))
    return np.reshape(rows, x.shape + np.shape(rows[0]))


@pytest.mark.parametrize(("text", "wrt", "printed", "value"), CASES, ids=[f"{c[0]} by {c[1]}" for c in CASES])
def test_a_kronecker_product_with_plain_arrays(text, wrt, printed, value):
    values = point()
    used = {
        name: said for name, said in WHERE.items() if name in {s.name for s in gp.parse(text, where=WHERE).variables}
    }
    d = gp.derive(text, wrt=wrt, where=used)
    assert d.verified is True
    if printed:
        assert d.result.ascii == printed
    mine = {name: values[name] for name in used} | {
        k: n for k, n in SIZES.items() if re.search(rf"\b{k}\b", " ".join(used.values()))
    }
    want = slope(value, values, wrt)
    assert np.allclose(d.evaluate(mine), want, rtol=1e-5, atol=1e-6)
    assert np.allclose(d.compile("numpy")(mine), want, rtol=1e-5, atol=1e-6)
    for notation in ("ascii", "latex"):
        read = gp.parse(getattr(d.result, notation), where=used, notation=notation)
        assert np.allclose(read.evaluate(mine), d.result.evaluate(mine))
    assert d.derivation().text()
    assert d.derivation(lang="zh").text()
    assert gp.check(text, wrt=wrt, claim=d.result.ascii, where=used).verdict == "right"


def test_code_forms_no_kronecker_product():
    source = (
        gp.derive("norm2(kron(A,B)*x - y)^2", "A", where={n: WHERE[n] for n in "ABxy"})
        .compile("numpy", value=True)
        .source
    )
    body = source.partition("map(_array")[2]
    assert "kron" not in body
    assert "reshape(n, q)" in body


def test_a_solve_meets_the_plain_vector_before_it_is_taken_apart():
    where = {n: WHERE[n] for n in ("S", "T", "s", "z")}
    source = gp.derive("z'*inv(kron(S,T) + s*eye(m*n))*z", "S", where=where).compile("numpy").source
    assert "_inverse" not in source.partition("map(_array")[2]


@pytest.mark.parametrize(
    ("source", "formula"),
    [
        ("np.sum((A @ x.reshape(m, n) @ B)**2)", "sum((A*unvec(x, n, m)'*B).^2)"),
        ("np.sum((A @ x.reshape((3, 4), order='F') @ B)**2)", "sum((A*unvec(x, 3, 4)*B).^2)"),
        ("np.sum((np.kron(A, B) @ x - y)**2)", "sum((kron(A, B)*x - y).^2)"),
    ],
)
def test_reshape_in_numpy_source(source, formula):
    assert gp.parse(source, notation="numpy").ascii == formula


def test_reshape_row_by_row_has_the_value_of_numpy():
    rng = np.random.default_rng(3)
    A, x, B = rng.normal(size=(2, 3)), rng.normal(size=12), rng.normal(size=(4, 5))
    e = gp.parse("np.sum((A @ x.reshape(m, n) @ B)**2)", notation="numpy")
    assert np.isclose(e.evaluate(A=A, x=x, B=B), np.sum((A @ x.reshape(3, 4) @ B) ** 2))


def test_unvec_of_vec_is_the_matrix():
    assert gp.derive("tr(A*unvec(vec(X),m,n))", wrt="X", where="X: matrix m n").result.ascii == "A'"


def test_two_orders_of_one_axis_meet():
    """kron(A,B) and kron(B,A) take the same vector: it has no one pair of indices."""
    where = {"A": "matrix m m", "B": "matrix n n", "x": "vector m*n"}
    d = gp.derive("x'*(kron(A,B) + kron(B,A))*x", wrt="A", where=where)
    rng = np.random.default_rng(0)
    v = {"A": rng.normal(size=(2, 2)), "B": rng.normal(size=(3, 3)), "x": rng.normal(size=6)}
    want = slope(lambda u: u["x"] @ (np.kron(u["A"], u["B"]) + np.kron(u["B"], u["A"])) @ u["x"], v, "A")
    assert d.verified is True
    assert np.allclose(d.evaluate(v), want, atol=1e-6)


def test_an_elementwise_function_of_a_kronecker_product_twice():
    """Its value has three axes or four, and its derivative meets each of them."""
    rng = np.random.default_rng(0)
    Q, v, y, step = rng.normal(size=(2, 2)), rng.normal(size=2), rng.normal(size=2), 1e-4

    def f(v: np.ndarray, y: np.ndarray) -> float:
        return np.abs(np.kron(Q, v / np.log1p(np.exp(y)))).sum()

    truth = np.array(
        [
            [sum(s * t * f(v + s * step * a, y + t * step * b) for s in (1, -1) for t in (1, -1)) for b in np.eye(2)]
            for a in np.eye(2)
        ]
    )
    d = gp.derive("norm1(kron(Q, v'./softplus(y')))", wrt=["v", "y"], where="Q: matrix m m; v: vector n; y: vector n")
    np.testing.assert_allclose(d.evaluate(Q=Q, v=v, y=y), truth / (4 * step**2), atol=1e-6)


def test_an_index_that_stands_twice_among_the_parts_of_an_axis():
    """vec(diag(u)) and vec(eye(n)) beside what cannot be taken apart: the diagonal of it, which is no sum over all of it."""
    A, u = np.array([[0.3, -0.7], [1.1, 0.4]]), np.array([0.6, -0.9])
    p = np.exp(A) / np.exp(A).sum()
    d = gp.derive("softmax(vec(A))'*vec(diag(u))", "u", where="A: matrix n n; u: vector n")
    for g in (d.evaluate(A=A, u=u), d.compile()(A=A), d.result.evaluate(A=A)):
        np.testing.assert_allclose(g, np.diag(p), 1e-14)
    d = gp.derive("softmax(vec(A))'*vec(eye(n))", "A", where="A: matrix n n")
    wanted = np.diag(np.diag(p)) - np.trace(p) * p  # by hand: dp = p.*dA - p*sum(p.*dA)
    for g in (d.evaluate(A=A), d.compile()(A=A), d.result.evaluate(A=A)):
        np.testing.assert_allclose(g, wanted, 1e-13)


def test_parts_of_an_axis_that_nothing_else_holds_are_counted():
    A, c = np.array([[0.3, -0.7, 2.0], [1.1, 0.4, 1.0]]), 2.0
    d = gp.derive("sum(kron(c*ones(m), ones(n)).*vec(A)) + sum(kron(c*ones(m), ones(n)))", "c", where="A: matrix n m")
    np.testing.assert_allclose(d.evaluate(A=A, c=c), A.sum() + A.size)


def test_an_index_that_is_made_of_two_in_two_ways_is_not_lost_in_index_notation():
    """sum over I of kron(u,v)[I]*kron(v,u)[I]: the printed body, summed over all its indices by Python."""
    u, v = [0.5, 2.0], [1.0, -3.0, 0.25]
    d = gp.derive("kron(u, v)'*kron(v, u)*c", "c", where="u: vector m; v: vector n; c: scalar")
    found = re.fullmatch(r"D = sum\(([a-z,]+): (delta\[\((\w),(\w)\),\((\w),(\w)\)\])\*(.*)\)", d.index)
    assert found, d.index
    letters = found[1].split(",")
    length = {k: 2 if f"u[{k}]" in found[7] else 3 for k in letters}
    total = 0.0
    for at in np.ndindex(*[length[k] for k in letters]):
        point = dict(zip(letters, at, strict=True))
        a, b, c, e = (point[k] for k in found.groups()[2:6])
        if a * length[found[4]] + b == c * length[found[6]] + e:
            total += math.prod({"u": u, "v": v}[name][point[k]] for name, k in re.findall(r"(\w)\[(\w)\]", found[7]))
    np.testing.assert_allclose(total, np.kron(u, v) @ np.kron(v, u))


def test_scalars_beside_stacked_axes():
    """Found by make fuzz ONLY=7000151."""
    u, v, w, g = np.array([1.0, -2.0, 0.5, 3.0]), np.array([0.5, 2.0]), np.array([1.0, -3.0]), 1.5
    where = "u: vector m*n; v: vector m; w: vector n; g: scalar"
    d = gp.derive("g*u'*exp(kron(v, w))*g", ["g", "v"], where=where)
    wanted = 2 * g * (u * np.exp(np.kron(v, w))).reshape(2, 2) @ w
    np.testing.assert_allclose(d.evaluate(u=u, v=v, w=w, g=g).reshape(-1), wanted)
    np.testing.assert_allclose(np.asarray(d.result.evaluate(u=u, v=v, w=w, g=g)).reshape(-1), wanted)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_code_sums_the_diagonals_of_a_matrix(n: int) -> None:
    A, c = np.random.default_rng(n).normal(size=(n, n)), np.arange(2 * n - 1) / 3
    sums = np.array(
        [np.trace(A, -k) for k in range(1 - n, n)]
    )  # column k of the basis: what stands k - n + 1 below the diagonal
    d = gp.derive("vec(A)'*diagonalsbasis(n,m)*exp(c)", "c", where="A: matrix n n; c: vector m")
    for found in (d.compile()(A=A, c=c), d.evaluate(A=A, c=c)):
        np.testing.assert_allclose(found, sums * np.exp(c), 1e-12)
