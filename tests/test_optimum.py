"""Optima in closed form: textbook solutions, an independent solver, and what must not be called one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.linalg import solve_sylvester
from scipy.optimize import minimize as scipy_minimize

import gradproof as gp
from gradproof.engine.lower import lower
from gradproof.languages import LANGUAGES
from gradproof.optimum.evidence import Candidate, gather
from gradproof.parse import parse

M, N, P = 7, 3, 4
ONES = np.ones(N)


def data(seed: int = 0) -> dict[str, Any]:
    """Arrays for all names of the cases."""
    rng = np.random.default_rng(seed)
    gram = lambda n: (lambda a: a @ a.T + 0.5 * np.eye(n))(rng.normal(size=(n, n)))  # noqa: E731
    return {
        "A": rng.normal(size=(M, N)), "b": rng.normal(size=M), "B": rng.normal(size=(M, P)), "C": rng.normal(size=(2, N)), "d": rng.normal(size=2),
        "S": gram(N), "R": gram(M), "D": rng.normal(size=(P, N)), "l": 0.7, "v": rng.normal(size=N), "c": rng.normal(size=N), "k": rng.uniform(1, 3, N),
        "Q": rng.normal(size=(P, N)), "G": rng.normal(size=(N, N)), "s": rng.normal(size=N), "y": rng.normal(size=N), "H": gram(N), "r": 2.5, "q": 1.5,
    }  # fmt: skip


INV, T = np.linalg.inv, np.transpose
WHERE = "; ".join([
    "A: matrix m n", "b: vector m", "B: matrix m p", "C: matrix k n", "d: vector k", "S: matrix n n posdef", "R: matrix m m posdef", "D: matrix p n", "l: scalar positive",
    "v: vector n", "c: vector n", "k: vector n positive", "Q: matrix p n", "G: matrix n n", "s: vector n", "y: vector n", "H: matrix n n posdef", "r: scalar positive",
    "q: scalar positive",
])  # fmt: skip

CASES: list[tuple[str, list[str], list[str], str, Callable[[dict[str, Any]], dict[str, Any]], str]] = [
    ("norm2(A*x - b)^2", ["x"], [], "x: vector n", lambda e: {"x": np.linalg.lstsq(e["A"], e["b"])[0]}, "global-minimum"),
    ("(A*x - b)'*inv(R)*(A*x - b)", ["x"], [], "x: vector n", lambda e: {"x": INV(e["A"].T @ INV(e["R"]) @ e["A"]) @ e["A"].T @ INV(e["R"]) @ e["b"]}, "global-minimum"),
    ("norm2(A*x - b)^2 + l*norm2(x)^2", ["x"], [], "x: vector n", lambda e: {"x": np.linalg.solve(e["A"].T @ e["A"] + e["l"] * np.eye(N), e["A"].T @ e["b"])}, "global-minimum"),
    ("norm2(A*x - b)^2 + norm2(D*x)^2", ["x"], [], "x: vector n", lambda e: {"x": np.linalg.lstsq(np.vstack([e["A"], e["D"]]), np.concatenate([e["b"], np.zeros(P)]))[0]}, "global-minimum"),
    ("norm2(A*X - B)^2", ["X"], [], "X: matrix n p", lambda e: {"X": np.linalg.lstsq(e["A"], e["B"])[0]}, "global-minimum"),
    ("norm2(A*x + t*ones(m) - b)^2", ["x", "t"], [], "x: vector n; t: scalar", lambda e: (lambda z: {"x": z[:N], "t": z[N]})(np.linalg.lstsq(np.column_stack([e["A"], np.ones(M)]), e["b"])[0]), "global-minimum"),
    ("tr(W*S*W') - 2*tr(W*Q')", ["W"], [], "W: matrix p n", lambda e: {"W": e["Q"] @ INV(e["S"])}, "global-minimum"),
    ("norm2(x)^2", ["x"], ["C*x = d"], "x: vector n", lambda e: {"x": np.linalg.pinv(e["C"]) @ e["d"]}, "global-minimum"),
    ("norm2(x - v)^2", ["x"], ["C*x = d"], "x: vector n", lambda e: {"x": e["v"] - np.linalg.pinv(e["C"]) @ (e["C"] @ e["v"] - e["d"])}, "global-minimum"),
    ("w'*S*w", ["w"], ["c'*w = 1"], "w: vector n", lambda e: {"w": INV(e["S"]) @ e["c"] / (e["c"] @ INV(e["S"]) @ e["c"])}, "global-minimum"),
    ("norm2(X - G)^2", ["X"], ["X*s = y"], "X: matrix n n", lambda e: {"X": e["G"] + np.outer(e["y"] - e["G"] @ e["s"], e["s"]) / (e["s"] @ e["s"])}, "global-minimum"),
    ("norm2(X - G)^2", ["X"], [], "X: matrix n n symmetric", lambda e: {"X": (e["G"] + e["G"].T) / 2}, "global-minimum"),
    ("-sum(k.*log(p))", ["p"], [], "p: vector n simplex", lambda e: {"p": e["k"] / np.sum(e["k"])}, "global-minimum"),
    ("sum(x.*log(x)) - c'*x", ["x"], ["sum(x) = 1"], "x: vector n positive", lambda e: {"x": np.exp(e["c"]) / np.sum(np.exp(e["c"]))}, "global-minimum"),
    ("sum(exp(x)) - k'*x", ["x"], [], "x: vector n", lambda e: {"x": np.log(e["k"])}, "global-minimum"),
    ("tr(H*X) - logdet(X)", ["X"], [], "X: matrix n n posdef", lambda e: {"X": INV(e["H"])}, "global-minimum"),
    ("logdet(X) + tr(H*inv(X))", ["X"], [], "X: matrix n n posdef", lambda e: {"X": e["H"]}, "global-minimum"),  # the covariance of Gaussian data
    ("q*log(t) + r/(2*t^2)", ["t"], [], "t: scalar positive", lambda e: {"t": np.sqrt(e["r"] / e["q"])}, "global-minimum"),  # their standard deviation
    ("u'*H*u + (G*v + S*u)'*S*(G*v + S*u)", ["u"], [], "u: vector n", lambda e: {"u": -INV(e["H"] + e["S"] @ e["S"] @ e["S"]) @ e["S"] @ e["S"] @ e["G"] @ e["v"]}, "global-minimum"),
    ("v'*x + c'*x*(c'*x)*r - x'*G*x", ["x"], [], "x: vector n", lambda e: {"x": np.linalg.solve(e["G"] + e["G"].T - 2 * e["r"] * np.outer(e["c"], e["c"]), e["v"])}, "stationary"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "over", "subject_to", "more", "expected", "kind"), CASES, ids=[f"{c[0]} {c[2] or ''}" for c in CASES]
)
def test_solutions(text: str, over: list[str], subject_to: list[str], more: str, expected: Any, kind: str) -> None:
    names = {s.split(":")[0]: s.split(":")[1] for s in WHERE.split("; ")}
    used = {n: d for n, d in names.items() if n in text or any(n in c for c in subject_to)}
    o = gp.minimize(
        text, over, subject_to, {**used, **{p.split(":")[0].strip(): p.split(":")[1] for p in more.split(";")}}
    )
    assert o.kind == kind
    assert o.solution is not None
    for seed in range(2):
        e = data(seed)
        if text.startswith("norm2(A*x + t"):
            e["m"] = M
        for n, want in expected(e).items():
            assert np.allclose(o.solution[n].evaluate(e), want, rtol=1e-8, atol=1e-10)


def test_a_sphere_is_compact() -> None:
    o = gp.maximize("a'*x", "x", "x'*inv(S)*x = 1", "S: matrix n n posdef; a: vector n; x: vector n")
    assert (o.kind, o.solution["x"].ascii) == ("global-maximum", "S*a/sqrt(a'*S*a)")
    assert gp.minimize("a'*x", "x", "x'*x = 1", "a: vector n; x: vector n").solution["x"].ascii == "-a/norm2(a)"


def test_against_a_solver() -> None:
    e = data(3)
    o = gp.minimize(
        "norm2(A*x - b)^2 + x'*S*x",
        "x",
        "C*x = d",
        "A: matrix m n; b: vector m; S: matrix n n posdef; C: matrix k n; d: vector k; x: vector n",
    )
    f = lambda x: np.sum((e["A"] @ x - e["b"]) ** 2) + x @ e["S"] @ x  # noqa: E731
    found = scipy_minimize(f, np.zeros(N), constraints={"type": "eq", "fun": lambda x: e["C"] @ x - e["d"]}, tol=1e-14)
    assert np.allclose(o.solution["x"].evaluate(e), found.x, atol=1e-6)


def root(a: np.ndarray) -> np.ndarray:
    w, v = np.linalg.eigh(a)
    return v @ np.diag(np.sqrt(w)) @ v.T


def polar(a: np.ndarray) -> np.ndarray:
    u, _, v = np.linalg.svd(a, full_matrices=False)
    return u @ v


SHAPES = [  # quadratic equations of matrices, matrices with orthonormal columns, ratios
    ("minimize", "tr(S*X) + tr(inv(X))", "X", (), "S: matrix n n posdef; X: matrix n n posdef", lambda e: np.linalg.inv(root(e["S"]))),
    ("minimize", "tr(S*X) + tr(H*inv(X))", "X", (), "S: matrix n n posdef; H: matrix n n posdef; X: matrix n n posdef",
     lambda e: (lambda i: i @ root(root(e["S"]) @ e["H"] @ root(e["S"])) @ i)(np.linalg.inv(root(e["S"])))),
    ("maximize", "tr(A'*X)", "X", "X'*X = eye(n)", "A: matrix m n; X: matrix m n", lambda e: polar(e["A"])),
    ("minimize", "norm2(A*Q - B)^2", "Q", "Q'*Q = eye(n)", "A: matrix m n; B: matrix m n; Q: matrix n n", lambda e: polar(e["A"].T @ e["B"][:, :N])),
    ("minimize", "norm2(A*Q - B)^2", "Q", (), "A: matrix m n; B: matrix m n; Q: matrix n n orthogonal", lambda e: polar(e["A"].T @ e["B"][:, :N])),
    ("minimize", "norm2(D*X)^2 + tr(X*H*X') - 2*tr(C*X)", "X", (), "D: matrix p n; X: matrix n k; H: matrix k k posdef; C: matrix k n",
     lambda e: solve_sylvester(e["D"].T @ e["D"], e["H"], e["C"].T)),
    ("maximize", "w'*S*w/(w'*w)", "w", (), "S: matrix n n symmetric; w: vector n", lambda e: (lambda v: v * np.sign(v[np.argmax(np.abs(v))]))(np.linalg.eigh(e["S"])[1][:, -1])),
    ("maximize", "(w'*c)^2/(w'*S*w)", "w", (), "S: matrix n n posdef; c: vector n; w: vector n", lambda e: np.linalg.solve(e["S"], e["c"])),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sense", "text", "over", "subject_to", "where", "expected"), SHAPES, ids=[f"{c[1]} {c[3] or ''}" for c in SHAPES]
)
def test_shapes(sense: str, text: str, over: str, subject_to: Any, where: str, expected: Any) -> None:
    o = getattr(gp, sense)(text, over, subject_to, where)
    assert o.kind.startswith("global")
    e = data(1)
    e["B"] = e["B"][:, :N]
    if "D*X" in text:
        e["C"] = e["C"][:, :N]
        e["H"] = e["H"][:2, :2]
    assert np.allclose(o.solution[over].evaluate(e), expected(e), rtol=1e-8, atol=1e-9)


def test_what_is_not_linear_on_orthonormal_columns_is_not_taken_for_it() -> None:
    o = gp.minimize(
        "norm2(A*X - B)^2", "X", "X'*X = eye(n)", "A: matrix p m; B: matrix p n; X: matrix m n", verify=False
    )
    assert o.solution is None  # X*X' is no identity


NOT_GLOBAL = [  # what must not be called a minimum, or has none
    ("-norm2(A*x - b)^2", "x", [], "x: vector n", "a maximum"),
    ("x'*Q*x - c'*x", "x", [], "Q: matrix n n symmetric; x: vector n", "a saddle"),
    ("det(X) - tr(X)", "X", [], "X: matrix n n", "not convex"),
    ("a*x^2 - x", "x", [], "a: scalar; x: scalar", "convex for some data"),
]


@pytest.mark.parametrize(("text", "over", "subject_to", "where", "why"), NOT_GLOBAL, ids=[c[4] for c in NOT_GLOBAL])
def test_no_global_minimum_without_a_certificate(
    text: str, over: str, subject_to: list[str], where: str, why: str
) -> None:
    o = gp.minimize(text, over, subject_to, where)
    assert o.kind == "stationary"
    assert "GLOBAL" not in o.text()


def test_a_point_outside_the_domain_is_conditional_or_none() -> None:
    o = gp.minimize("norm2(x - v)^2", "x", (), "x: vector n positive; v: vector n")
    assert o.solution is None or any("positive" in c for c in o.conditions)
    assert gp.minimize("sum(x) + sum(x.^2)", "x", (), "x: vector n positive").solution is None  # at the border


def test_without_closed_form_the_equation_is_said() -> None:
    o = gp.minimize(
        "sum(log(1 + exp(-y.*(X*w)))) + l*norm2(w)^2",
        "w",
        (),
        "l: scalar positive; X: matrix m n; y: vector m; w: vector n",
    )
    assert o.solution is None
    g = gp.gradient(
        "sum(log(1 + exp(-y.*(X*w)))) + l*norm2(w)^2",
        "w",
        "l: scalar positive; X: matrix m n; y: vector m; w: vector n",
    )
    assert o.stationarity["w"].ascii == g.result.ascii
    assert "NO CLOSED FORM" in o.text()


def test_a_kink_is_no_linear_equation() -> None:
    o = gp.minimize(
        "norm2(X*w - y)^2 + l*norm1(w)", "w", (), "l: scalar positive; X: matrix m n; y: vector m; w: vector n"
    )
    assert o.solution is None  # sign(w) has the slope zero


def test_conditions_are_said() -> None:
    assert gp.minimize("norm2(A*x - b)^2", "x").conditions == ("A'*A is invertible",)
    assert gp.minimize("norm2(A*x - b)^2 + l*norm2(x)^2", "x", (), "l: scalar positive").conditions == ()


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_words_and_derivation(lang: str) -> None:
    o = gp.minimize("w'*R*w", "w", "a'*w = 1", "R: matrix n n posdef; a: vector n; w: vector n")
    steps = o.derivation(lang)
    assert len(steps.json()) >= 5
    assert "nu" in steps.text()
    assert steps.markdown().count("$$") >= 8
    assert o.text(lang)
    assert o.json(lang)["solution"]["w"]["ascii"] == "inv(R)*a/(a'*inv(R)*a)"


def test_the_numeric_proof_refutes_a_wrong_solution() -> None:
    p = parse("norm2(A*x - b)^2", "A: matrix m n; b: vector m; x: vector n", ["x"])
    right, saddle = "inv(A'*A)*A'*b", "inv(A'*A)*A'*b + A'*b/100"
    for text, sign, ok in ((right, 1, True), (saddle, 1, False), (right, -1, False)):
        x = gp.parse(text, "A: matrix m n; b: vector m")
        gram = lower(gp.parse("A'*A", "A: matrix m n")).tensor
        claim = Candidate(p.expr, sign, (p.symbols["x"],), (), {"x": x}, (gram,), True)
        assert gather(claim, list(p.symbols.values()), []).ok == ok


def test_errors() -> None:
    with pytest.raises(gp.ShapeError):
        gp.minimize("A*x", "x")
    with pytest.raises(gp.ParseError):
        gp.minimize("x'*x", "x", "A*x")
    with pytest.raises(gp.ParseError):
        gp.minimize("x'*x", "z")


def test_two_bounds_in_one_line() -> None:
    o = gp.minimize("norm2(x - v)^2", "x", "0 <= x <= 1", "x: vector n; v: vector n")
    assert [c.text for c in o.constraints] == ["0 <= x", "x <= 1"]
    assert o.solve(v=[-1.0, 0.5, 2.0]).x.tolist() == [0.0, 0.5, 1.0]
    with pytest.raises(gp.ParseError):
        gp.minimize("norm2(x - v)^2", "x", "0 <= x >= 1", "x: vector n; v: vector n")


def test_a_simplex_for_numbers() -> None:
    where = "S: matrix n n posdef; w: vector n simplex; c: vector n"
    found = gp.minimize("w'*S*w - c'*w", "w", where=where).solve(
        S=np.diag([1.0, 2.0, 4.0]), c=np.array([3.0, 0.0, 0.0])
    )
    assert found.kind == "global-minimum"
    assert np.allclose(found.x, [1, 0, 0], atol=1e-9)


KINKED = [  # formula, constraints, and the same as a linear or quadratic program by hand: x = p - q
    ("norm2(A*x - b)^2 + l*norm1(x)", ("sum(x) = 1",)),
    ("norm2(A*x - b)^2", ("norm1(x) <= l/4",)),
    ("norm2(A*x - b)^2 + l*sum(relu(x))", ("x >= -1", "sum(x) <= 2")),
    ("max(abs(A*x - b))", ("sum(x) = 1",)),
]


@pytest.mark.parametrize(("text", "subject_to"), KINKED, ids=[f"{k[0]}, {k[1]}" for k in KINKED])
def test_kinks_beside_constraints(text: str, subject_to: tuple[str, ...]) -> None:
    o = gp.minimize(text, "x", list(subject_to), "A: matrix m n; b: vector m; x: vector n; l: scalar positive")
    rng = np.random.default_rng(3)
    a, b, weight = rng.normal(size=(8, 3)), rng.normal(size=8), 2.0
    found = o.solve(A=a, b=b, l=weight)
    assert found.kind == "global-minimum"

    def value(x: Any) -> float:
        r = a @ x - b
        if "max" in text:
            return float(np.max(np.abs(r)))
        more = (
            weight * np.sum(np.abs(x))
            if "l*norm1" in text
            else weight * np.sum(np.maximum(x, 0))
            if "relu" in text
            else 0.0
        )
        return float(r @ r + more)

    def inside(x: Any) -> bool:
        sums = {"sum(x) = 1": abs(np.sum(x) - 1) < 1e-9, "norm1(x) <= l/4": np.sum(np.abs(x)) <= weight / 4 + 1e-9,
                "x >= -1": np.all(x >= -1 - 1e-9), "sum(x) <= 2": np.sum(x) <= 2 + 1e-9}  # fmt: skip
        return all(bool(sums[c]) for c in subject_to)

    assert inside(found.x)
    assert np.isclose(found.fun, value(found.x))
    for k in range(4000):  # no feasible point near by, or further off, is better
        x = found.x + (0.001, 0.03, 0.3)[k % 3] * rng.normal(size=3)
        x = x - (np.sum(x) - 1) / 3 if "sum(x) = 1" in subject_to else x
        assert not inside(x) or value(x) > found.fun - 1e-9


def test_huber_for_numbers() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(30, 2)), 4 * rng.normal(size=30)
    found = gp.minimize("sum(huber(A*x - b))", "x", where="A: matrix m n; b: vector m; x: vector n").solve(A=a, b=b)
    assert found.kind == "global-minimum"
    assert np.allclose(a.T @ np.clip(a @ found.x - b, -1, 1), 0, atol=1e-8)


@pytest.mark.parametrize(
    ("formula", "where", "asked", "inside", "outside"),
    [
        ("exp(x) - a*x", "x: scalar; a: scalar", "a is positive", 2.0, -2.0),
        ("a*x + 1/x", "x: scalar positive; a: scalar", "a is positive", 2.0, -2.0),
        ("x^4 + a*x", "x: scalar; a: scalar", "-a/4 is not negative", -2.0, 2.0),
    ],
)
def test_a_solution_says_where_its_roots_and_logarithms_are_numbers(
    formula: str, where: str, asked: str, inside: float, outside: float
) -> None:
    """For a < 0 exp(x) - a*x has no minimum: it falls without end to the left; log(a) alone does not say so."""
    found = gp.minimize(formula, "x", where=where)
    assert asked in found.conditions
    assert found.solution is not None
    (best,) = found.solution.values()
    with np.errstate(all="ignore"):
        assert np.isfinite(best.evaluate(a=inside))
        assert not np.isfinite(best.evaluate(a=outside))


@pytest.mark.parametrize(
    ("formula", "constraint", "where"),
    [
        ("c'*x", "x'*S*x <= 1", "S: matrix n n posdef; c: vector n"),
        ("sum(c./x)", "sum(x) = 1", "x: vector n positive; c: vector n positive"),
        ("tr(inv(X)*A) + tr(X*B)", "", "X: matrix n n posdef; A: matrix n n posdef; B: matrix n n posdef"),
    ],
)
def test_what_is_known_not_to_be_negative_is_no_condition(formula: str, constraint: str, where: str) -> None:
    found = gp.minimize(formula, "X" if "X" in formula else "x", constraint or (), where=where)
    assert not any("negative" in c or c.endswith("is positive") for c in found.conditions)


def test_what_only_a_constraint_has_is_in_use() -> None:
    where = "S: matrix n n posdef; mu: vector n; r: scalar; q: scalar"
    notes = gp.minimize("x'*S*x", "x", "mu'*x = r", where=where).notes
    assert [str(n) for n in notes] == ["q is declared, and is not in the formula"]
