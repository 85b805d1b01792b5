"""The proof is proven: right results pass at every seed, wrong ones are refuted, and what cannot be decided is said to be undecided."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import gradproof as gp
from gradproof.notation.expr import number
from gradproof.numeric.little import Algebra
from gradproof.numeric.plans import Flat
from gradproof.numeric.points import Point
from gradproof.numeric.proof import Assertion, prove
from gradproof.numeric.report import Report
from gradproof.numeric.ring import REAL
from gradproof.numeric.small import ReadyFormula, is_rational
from gradproof.parse import parse

MODULE = importlib.import_module("gradproof.derived")


def judge(formula: str, wrt: list[str], claim: str, where: str = "", seed: int = 0) -> Report:
    """Whether a formula in the input syntax is the derivative of another, by the proof alone."""
    known = parse(formula, where, wrt)
    declared = dict(known.symbols)
    e = parse(claim, declared).expr
    program = ReadyFormula(e)

    def entries(algebra: Algebra, point: Point) -> Flat:
        return program.run(algebra, point.values(algebra), point.sizes, point.functions)[-1].value

    found = Assertion("the claim", entries, is_rational(e))
    symbols = [known.symbols[n] for n in wrt]
    return prove(
        known.expr, symbols, [found], (*known.symbols.values(), *e.variables), known.functions.values(), seed=seed
    )


WRONG = {
    # what tolerances hide
    "x^3": (["x"], "3*x^2", ["3.0000001*x^2", "3*x^2 + 1e-9", "3*x^2 + 1e-300"], "x: scalar"),
    "1e-20*x^2": (["x"], "2e-20*x", ["0", "x*0"], "x: scalar"),
    "1e-20*exp(x)": (["x"], "1e-20*exp(x)", ["0"], "x: scalar"),
    "sin(x)^2 + cos(x)^2": (["x"], "0", ["1e-11"], "x: scalar"),
    "sin(3*x)": (["x"], "3*cos(3*x)", ["3.0000000001*cos(3*x)"], "x: scalar"),
    "sigmoid(50 + x)": (["x"], "sigmoid(50 + x)*sigmoid(-50 - x)", ["0"], "x: scalar"),
    # what one side of a kink hides
    "relu(x + 3)": (["x"], "(1 + sign(x + 3))/2", ["1", "0"], "x: scalar"),
    "norm1(x - 2*ones(n))": (["x"], "sign(x - 2*ones(n))", ["-ones(n)", "ones(n)"], "x: vector n"),
    # what saturates loses its digits, and is right
    "tanh(10*x)": (["x"], "10*(1 - tanh(10*x)^2)", ["10*(1 - tanh(10*x))^2"], "x: scalar"),
    "abs(x)*x": (["x"], "2*abs(x)", ["2*x", "-2*x"], "x: scalar"),
    # what few sizes hide
    "sum(x)": (["x"], "ones(n)", ["ones(n)*(1 + (n-2)*(n-3)*(n-4)*(n-5)*(n-6))", "n*ones(n)/n*(n/n + (n-1)*(n-2)*(n-3)*1e-12)"], "x: vector n"),
    "x'*S*x": (["x"], "2*S*x", ["S*x", "3*S*x"], "S: matrix n n symmetric"),
    "x'*A*x": (["x"], "A*x + A'*x", ["2*A*x", "2*A'*x", "A*x"], "A: matrix n n"),
    "logdet(S)": (["S"], "inv(S)", ["2*inv(S) - diag(diag(inv(S)))", "inv(S)/2"], "S: matrix n n posdef"),
    "logdet(X)": (["X"], "inv(X)'", ["inv(X)"], ""),
    "norm2(A*x - b)": (["x"], "A'*(A*x - b)/norm2(A*x - b)", ["A'*(A*x - b)", "A'*(A*x - b)/norm2(A*x - b)^2"], ""),
    "sum(softmax(x).*y)": (["x"], "softmax(x).*y - softmax(x)*(softmax(x)'*y)", ["softmax(x).*y"], "x: vector n; y: vector n"),
    "x'*Q'*Q*x": (["x"], "2*x", ["2*Q*x", "2*Q'*x", "x"], "Q: matrix n n orthogonal"),
    "tr(A*x*x')": (["x"], "A*x + A'*x", ["2*A*x"], ""),
    "det(X)": (["X"], "det(X)*inv(X)'", ["det(X)*inv(X)", "inv(X)'"], ""),
}  # fmt: skip


@pytest.mark.parametrize("formula", WRONG)
def test_right_claims_hold_at_every_seed_and_wrong_ones_at_none(formula: str) -> None:
    wrt, right, wrong, where = WRONG[formula]
    for seed in range(6):
        report = judge(formula, wrt, right, where, seed)
        assert report.ok, (seed, report)
        for claim in wrong:
            report = judge(formula, wrt, claim, where, seed)
            assert not report.ok, (seed, claim, report)
            assert report.decided, (seed, claim, report)


def test_rational_formulas_are_proven_exactly() -> None:
    for formula, wrt in (
        ("x'*A*x/(x'*x)", "x"),
        ("tr(inv(X)*A)", "X"),
        ("det(X)^2", "X"),
        ("A^3*x", "x"),
        ("kron(A,B)", "A"),
        ("1/x", "x"),
    ):
        report = gp.derive(formula, wrt).verify()
        assert str(report) == "verified: exactly, at 3 random rational points"
        assert (report.method, report.max_relative_error) == ("exact", 0.0)


def test_other_formulas_are_proven_by_dual_numbers_to_rounding() -> None:
    for formula, wrt in (
        ("norm2(x)", "x"),
        ("sum(exp(A*x))", ["x", "x", "x"]),
        ("logdet(X)", ["X", "X"]),
        ("sum(erf(x))", ["x", "x"]),
    ):
        report = gp.derive(formula, wrt).verify()
        assert report.ok
        assert report.method == "dual numbers"
        assert report.max_relative_error < 1e-11


@pytest.mark.parametrize("formula", ["abs(x)", "relu(x + 3)", "sign(x - 5)*x", "norm1(A*x)"])
def test_both_sides_of_a_kink_are_seen(formula: str) -> None:
    assert gp.derive(formula, "x").verify().conditions == ()


def test_a_side_of_a_kink_that_is_not_seen_is_said() -> None:
    report = gp.derive("abs(2 + exp(x))", "x").verify()
    assert report.ok
    assert "seen only where 2 + exp(x) > 0" in str(report)
    assert "仅在 2 + exp(x) > 0 处" in report.text("zh")


def _damaged(d: gp.Derivative, other: str) -> gp.Derivative:
    """A result whose value is that of another formula."""
    return replace(d, tensor=gp.derive(other, d.wrt, where=d.dims, verify=False).tensor)


def test_a_wrong_value_never_leaves() -> None:
    d = _damaged(gp.derive("x'*A*x", "x"), "2*x'*A*x")
    with pytest.raises(gp.VerificationError, match="the derivative is another one"):
        _ = d.result
    values = {"A": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, 2.0]}
    for use in (lambda: d.index, lambda: d.vec, lambda: d.verified, lambda: d.text(), lambda: d.compile(), lambda: d.derivation(),
                lambda: d.evaluate(values), lambda: d.operator(values), lambda: d.jvp(), lambda: d.vjp(), lambda: repr(d)):  # fmt: skip
        with pytest.raises(gp.VerificationError):
            use()
    assert not d.verify().ok


def test_a_wrong_printed_formula_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    d = gp.derive("norm2(A*x - b)^2", "x")
    monkeypatch.setattr(MODULE, "closed_form", lambda *args: gp.parse("2*A'*(A*x + b)"))
    with pytest.raises(gp.VerificationError, match="the printed formula"):
        _ = d.result


def test_a_number_that_vanishes_in_print_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    d = gp.derive("3*x", "x", where="x: scalar")
    monkeypatch.setattr(MODULE, "closed_form", lambda *args: number(Fraction(3), "0.0"))
    with pytest.raises(gp.VerificationError, match=r"0\.0 is printed"):
        _ = d.result


def test_a_wrong_differential_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gp.differential("inv(X)", "X").verified is True
    assert gp.differential("norm2(A*x)^2", ["A", "x"]).verified is True
    assert gp.parse("x").verified is None
    module = importlib.import_module("gradproof.shorthands")
    monkeypatch.setattr(module, "closed_form", lambda *args: gp.parse("inv(X)*dX*inv(X)"))
    with pytest.raises(gp.VerificationError, match="the differential"):
        gp.differential("inv(X)", "X")


def test_what_is_undecided_leaves_with_a_warning() -> None:
    d = gp.derive("sqrt(-x'*x - 1)", "x")
    with pytest.warns(gp.UnverifiedWarning, match="could not verify: no point was found"):
        assert d.verified is False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "x" in d.result.ascii  # it warns once
    assert str(d.verify()).startswith("could not verify")


def test_verify_false_asks_nothing() -> None:
    d = _damaged(gp.derive("x'*A*x", "x", verify=False), "2*x'*A*x")
    assert d.verified is None
    assert d.result.ascii


@pytest.mark.parametrize("make", [gp.gradient, gp.hessian])
def test_shorthands_take_it_too(make) -> None:
    assert make("x'*A*x", "x").verified is True
    assert make("x'*A*x", "x", verify=False).verified is None


HIGH: Mapping[str, tuple[str, int]] = {
    "tan(x)": ("x", 12),
    "1/x": ("x", 40),
    "exp(2*x)*x": ("x", 9),
    "(a'*v)^6": ("v", 5),
}


@pytest.mark.parametrize("formula", HIGH)
def test_high_orders_are_proven(formula: str) -> None:
    name, order = HIGH[formula]
    assert gp.derive(formula, [name] * order, where=f"{name}: {'vector n' if name == 'v' else 'scalar'}").verify().ok


def test_it_does_not_matter_how_many_dimensions_there_are() -> None:
    formula = " + ".join(f"norm2(A{k}*x - b{k})^2" for k in range(100))
    d = gp.derive(formula, "x", where="; ".join(f"A{k}: matrix m{k} n; b{k}: vector m{k}" for k in range(100)))
    assert d.verify().ok


def test_deriving_and_verifying_do_not_need_numpy() -> None:
    code = """
import sys
for name in ("numpy", "opt_einsum"):
    sys.modules[name] = None
import gradproof as gp
for formula, wrt in (("x'*A*x", "x"), ("logdet(X)", "X"), ("sum(log(1 + exp(-y.*(X*w))))", ["w", "w"]), ("norm1(A*x)", "x"), ("inv(X)", "X")):
    d = gp.derive(formula, wrt)
    assert d.verified, formula
    print(d.result.ascii, d.verify())
print(gp.differential("inv(X)", "X").ascii)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "exactly" in done.stdout


def test_rounding_that_is_the_same_each_time_refutes_nothing() -> None:
    d = gp.derive("tanh(G*(P*x))", "x", where="G: matrix k m; P: matrix m n; x: vector n")
    assert d.result.ascii == "P'*G'*diag(ones(k) - tanh(G*P*x).^2)"
    assert d.verified
    with pytest.warns(gp.UnverifiedWarning):
        assert gp.derive("sigmoid(5000 + x)", "x", where="x: scalar").result.ascii


@pytest.mark.parametrize(
    ("formula", "order"),
    [("softplus(60 + x)", 2), ("sigmoid(50 + x)", 1), ("sigmoid(x - 60)", 2), ("1 - tanh(30 - x)", 1)],
)
def test_points_are_looked_for_where_a_function_is_not_flat(formula: str, order: int) -> None:
    assert gp.derive(formula, ["x"] * order, where="x: scalar").verified


@pytest.mark.parametrize(
    ("formula", "wrt", "where"),
    [
        ("norm2(x)", "x x x", "x: vector 1"),
        ("norm2(a'*X*tanh(b))", "X X", "a: vector n; X: matrix n 1; b: vector 1"),
        ("norm2(y*c)", "c c c", "c: scalar; y: vector n"),
        ("atan(c) + atan(1/c)", "c c c", "c: scalar positive"),
    ],
)
def test_a_derivative_that_is_zero_but_for_rounding_is_proven(formula: str, wrt: str, where: str) -> None:
    """All of these are zero where they are smooth, by laws that the engine does not know: both sides are rounding."""
    assert gp.derive(formula, wrt.split(), where).verified is True


@pytest.mark.parametrize("fact", ["lower", "upper", "diagonal"])
@pytest.mark.parametrize("formula", ["sum(log(diag(L)))", "sum(1./diag(L))", "2*sum(log(diag(L))) + norm2(inv(L)*x)^2"])
def test_the_diagonal_of_a_triangle_is_taken_before_its_power(formula: str, fact: str) -> None:
    """Its zeros have no power, and are not asked for one."""
    d = gp.derive(formula, "L", f"L: matrix n n {fact}; x: vector n")
    assert d.verified is True
    L, x = (
        np.diag([1.5, 2.0, 3.0]) + (fact == "lower") * np.eye(3, k=-1) + (fact == "upper") * np.eye(3, k=1),
        np.ones(3),
    )
    values = {"L": L, "x": x} if "x" in formula else {"L": L}
    with np.errstate(all="raise"):
        got, compiled = d.evaluate(values), d.compile()(values)
    f = gp.parse(formula, "L: matrix n n; x: vector n")
    for i in range(3):
        e = np.zeros((3, 3))
        e[i, i] = 1e-6
        there = (f.evaluate({**values, "L": L + e}) - f.evaluate({**values, "L": L - e})) / 2e-6
        assert got[i, i] == pytest.approx(there, rel=1e-6)
        assert compiled[i, i] == pytest.approx(there, rel=1e-6)


@pytest.mark.parametrize("x", [[0.0, 500.0], [-400.0, 300.0], [600.0, -400.0], [0.5, 1.0], [-300.0, -290.0]])
@pytest.mark.parametrize(
    ("text", "wanted"),
    [("c'*softmax(x)", [0.0, 0.0]), ("logsumexp(x)", None), ("sum(exp(x))^(-1)", "-"), ("log(sum(exp(x)))", None)],
)
def test_series_of_huge_and_tiny_numbers_keep_their_terms(text: str, wanted: object, x: list[float]) -> None:
    """The power x^-2 of 1e217 is no number, and the derivative of a softmax with it was wrong by half: the reference, not the result."""
    algebra = Algebra(REAL, (1,))
    values = {"c": algebra.constant((2,), [1.0, 0.3]), "x": algebra.moved((2,), x, {0: [1.0, 0.5]})}
    found = (
        ReadyFormula(parse(text, where="c: vector n; x: vector n").expr).run(algebra, values, {"n": 2})[-1].parts[-1]
    )
    top = max(x)
    p = np.exp(np.array(x) - top) / np.sum(np.exp(np.array(x) - top))
    log_sum = top + float(np.log(np.sum(np.exp(np.array(x) - top))))
    moved = float(p @ [1.0, 0.5])
    truth = moved
    if "softmax" in text:
        truth = float(np.sum(np.array([1.0, 0.3]) * p * (np.array([1.0, 0.5]) - moved)))
    elif wanted == "-":
        truth = -moved * np.exp(-log_sum)
    assert found is not None
    assert found[0] == pytest.approx(truth, rel=1e-9, abs=1e-15 if wanted != "-" else 0)


def test_a_softmax_that_is_all_one_entry_refutes_nothing() -> None:
    formula = "sum(softmax(((D*ones(2*n)).^3)).*(inv((eye(2*n)+diag(d.^2)))*(d-mean(x)*ones(2*n))))"
    d = gp.derive(formula, "D", "D: matrix 2*n 2*n antisymmetric; d: vector 2*n; x: vector 2*n", verify=False)
    assert all(d.verify(seed=s).ok for s in range(4))
    e = gp.derive("erf(z'*z)", ["z"] * 3, "z: vector n integer", verify=False)
    assert e.verify(seed=10).ok  # numbers below 1e-308


def test_what_is_flat_everywhere_is_not_refuted() -> None:
    """The claim is zero in its digits at all points, and its rounding larger than the truth: undecided, and never wrong."""
    for seed in range(4):
        assert not judge("tanh(20 + exp(x))", ["x"], "(1 - tanh(20 + exp(x))^2)*exp(x)", "x: scalar", seed).decided


@pytest.mark.parametrize("k", [9, 11, 13])
def test_a_denominator_that_overflows_on_the_way_refutes_nothing(k: int) -> None:
    """sum(exp(M))^2 in the printed form is infinite where one entry of M is 494, and the quotient zero: no point to judge at."""
    d = gp.derive(f"logsumexp(c*P^{k})", ["P", "c"], "P: matrix n n symmetric; c: scalar")
    assert d.verified
    assert gp.derive(f"logsumexp(c*P^{k})", ["P", "c"], "P: matrix n n; c: scalar").verified


@pytest.mark.parametrize(
    ("formula", "wrt", "kind"),
    [("A*tanh(x)", "x", "jvp"), ("A*tanh(x)", "x", "vjp"), ("sum(tanh(A*x))", ["x", "x"], "hvp")],
)
def test_a_wrong_product_with_a_vector_does_not_leave(
    formula: str, wrt: str | list[str], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Products are derived on a way of their own, and held against the derivative."""
    import gradproof.codegen as room
    from gradproof.engine.contract import scale

    right = room.product
    d = gp.derive(formula, wrt, "A: matrix m n; x: vector n")
    getattr(d, kind)()
    monkeypatch.setattr(room, "product", lambda d, kind: (scale(2, right(d, kind)[0]), right(d, kind)[1]))
    with pytest.raises(gp.VerificationError):
        getattr(d, kind)()
    getattr(gp.derive(formula, wrt, "A: matrix m n; x: vector n", verify=False), kind)()
