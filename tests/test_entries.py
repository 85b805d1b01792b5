"""Entries, rows and columns by number: in formulas, in `wrt`, in claims, in what is printed. Expected values are NumPy's, or differences."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import GradproofError

RNG = np.random.default_rng(3)
V = {
    "x": RNG.normal(size=4), "y": RNG.normal(size=4), "A": RNG.normal(size=(4, 4)), "X": RNG.normal(size=(4, 4)), "B": RNG.normal(size=(4, 4)), "w": RNG.normal(size=4),
}  # fmt: skip

READ = [
    ("x[2]^2 + x'*x", lambda v: v["x"][1] ** 2 + v["x"] @ v["x"]),
    ("A[1,2]*x[4]", lambda v: v["A"][0, 1] * v["x"][3]),
    ("A[:,2]'*x", lambda v: v["A"][:, 1] @ v["x"]),
    ("A[2,:]*x", lambda v: v["A"][1] @ v["x"]),
    ("(A*x)[3]", lambda v: (v["A"] @ v["x"])[2]),
    ("exp(x)[2]", lambda v: np.exp(v["x"])[1]),
    ("sum(i: A[i,1]*x[i])", lambda v: v["A"][:, 0] @ v["x"]),
    (r"[x]_2 + [A]_{1,3}", lambda v: v["x"][1] + v["A"][0, 2]),
    (r"\lVert x \rVert^2 x[3]", lambda v: v["x"] @ v["x"] * v["x"][2]),
    ("x[0] * np.sum(x)", lambda v: v["x"][0] * v["x"].sum()),
    ("A[0, 1] * np.trace(A)", lambda v: v["A"][0, 1] * np.trace(v["A"])),
    ("X[1] @ w", lambda v: v["X"][1] @ v["w"]),
    ("X[:, 1] @ y", lambda v: v["X"][:, 1] @ v["y"]),
    ("x'*lowertri(n)*y", lambda v: v["x"] @ np.tri(4) @ v["y"]),
    ("norm2(shift1(n - 1,n)*x - shift0(n - 1,n)*x)^2", lambda v: np.sum(np.diff(v["x"]) ** 2)),
]


@pytest.mark.parametrize(("text", "meant"), READ, ids=[t for t, _ in READ])
def test_entries_are_read_computed_and_printed(text, meant):
    e = gp.parse(text)
    values = {s.name: V[s.name] for s in e.variables}
    np.testing.assert_allclose(e.evaluate(values), meant(V))
    name = e.variables[0].name
    where = {
        s.name: f"{'vector' if np.ndim(V[s.name]) == 1 else 'matrix'} {' '.join(map(str, s.shape))}"
        for s in e.variables
    }
    for printed in (e.ascii, e.unicode, e.latex):
        np.testing.assert_allclose(gp.parse(printed, where).evaluate(values), meant(V), err_msg=printed)
    d = gp.derive(text, name)
    assert d.verified is True
    found = difference(lambda a: meant({**V, name: a}), V[name])
    np.testing.assert_allclose(d.evaluate(values), found, atol=1e-6)
    np.testing.assert_allclose(d.compile()(**values), found, atol=1e-6)


def difference(f, a):
    found = np.zeros_like(a)
    for at in np.ndindex(a.shape):
        step = np.zeros_like(a)
        step[at] = 1e-6
        found[at] = (f(a + step) - f(a - step)) / 2e-6
    return found


BY = [
    ("x'*A*x", "x[2]", lambda v: ((v["A"] + v["A"].T) @ v["x"])[1]),
    ("x'*A*x", "x_2", lambda v: ((v["A"] + v["A"].T) @ v["x"])[1]),
    ("tr(A*X*B)", "X[1,2]", lambda v: (v["B"] @ v["A"]).T[0, 1]),
    ("tr(A*X*B)", "X[2,:]", lambda v: (v["B"] @ v["A"]).T[1]),
    ("tr(A*X*B)", "X[:,2]", lambda v: (v["B"] @ v["A"]).T[:, 1]),
    (r"\operatorname{tr}(AXB)", "X_{12}", lambda v: (v["B"] @ v["A"]).T[0, 1]),
    ("A*x", "x[1]", lambda v: v["A"][:, 0][None]),
    ("x'*A*x", ["x[1]", "x[2]"], lambda v: v["A"][0, 1] + v["A"][1, 0]),
    ("x'*A*x", ["x", "x[2]"], lambda v: (v["A"] + v["A"].T)[:, 1]),
    ("log(sum(exp(A*x)))", "A[2,:]", lambda v: (np.exp(v["A"] @ v["x"]) / np.exp(v["A"] @ v["x"]).sum())[1] * v["x"]),
    ("np.sum(X@w)*w[0]", "w[0]", lambda v: (v["X"] @ v["w"]).sum() + v["w"][0] * v["X"][:, 0].sum()),
    ("logdet(X)", "X[1,2]", lambda v: np.linalg.inv(v["X"]).T[0, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "meant"), BY, ids=[f"{t} by {w}" for t, w, _ in BY])
def test_a_derivative_by_an_entry_or_a_row(text, wrt, meant):
    d = gp.derive(text, wrt)
    assert d.verified is True
    values = {s.name: V[s.name] for s in d.expression.variables}
    np.testing.assert_allclose(d.evaluate(values), meant(V))
    np.testing.assert_allclose(d.compile()(**values), meant(V))


@pytest.mark.parametrize(("wrt", "at"), [("w_k", 2), (r"w_y", 1), ("W[2,:]", 1), ("w_3", 2)])
def test_a_row_by_an_index_that_is_a_letter(wrt, at):
    """The softmax loss: row r of the derivative is (p_r - [r = y]) x."""
    x, W = V["x"], V["A"][:3]
    d = gp.derive(r"-\log\frac{e^{w_y^\top x}}{\sum_j e^{w_j^\top x}}", wrt)
    p = np.exp(W @ x) / np.exp(W @ x).sum()
    units = {"e_y": np.eye(3)[1], "e_k": np.eye(3)[2]}
    found = d.evaluate(W=W, x=x, **{n: u for n, u in units.items() if n in d.symbols})
    np.testing.assert_allclose(found, (p[at] - (at == 1)) * x)


@pytest.mark.parametrize(
    ("text", "wrt", "where", "kind"),
    [
        ("x[0]", "x", None, "entry-number"), ("x[1.5]", "x", None, "entry-number"), ("x[5] + x'*x", "x", "x: vector 3", "entry-beyond"),
        ("x'*x", "x[5]", "x: vector 3", "entry-beyond"), ("A*x", "x[1,2]", None, "part-places"), ("x'*x", "z[1]", None, "wrt-absent"),
    ],
)  # fmt: skip
def test_places_that_are_not_there_are_refused(text, wrt, where, kind):
    with pytest.raises(GradproofError) as caught:
        gp.derive(text, wrt, where)
    assert caught.value.kind == kind


def test_an_entry_beyond_the_array_has_no_value():
    d = gp.derive("x[3]^2", "x")
    for run in (d.evaluate, gp.parse("x[3]^2").evaluate):
        with pytest.raises(gp.DomainError):
            run(x=[1.0, 2.0])


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("(A*x + A'*x)[2]", "right"),
        ("A[2,:]*x + A[:,2]'*x", "right"),
        ("2*A[2,:]*x", "right-if"),
        ("(A*x)[2]", "wrong"),
        ("A*x + A'*x", "wrong"),
    ],
)
def test_a_claim_about_an_entry(claim, verdict):
    assert gp.check("x'*A*x", "x[2]", claim).verdict == verdict


def test_the_proof_of_an_entry_sees_a_wrong_one():
    from gradproof.proven import proof

    d = gp.derive("x'*A*x", "x[2]")
    other = gp.derive("x'*A*x", "x[1]")
    report = proof(
        d.expression, d.variables, other.tensor, d.axes, "denominator", None, d.symbols.values(), (), parts=d.parts
    )
    assert not report.ok
    assert report.decided
