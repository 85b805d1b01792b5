"""A claim is called right only where it is equal: claims that are wrong nearly nowhere, or by next to nothing, never are."""

from __future__ import annotations

import dataclasses
import math
import random
from decimal import Context, Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

import gradproof as gp
from gradproof.check.exact.confirm import confirmed
from gradproof.check.points import At, Question
from gradproof.exact.functions import FUNCTIONS
from gradproof.exact.scalars import Digits, Residue
from gradproof.exact.values import Exact, eliminated, exact, inverse
from gradproof.ops import TABLE
from gradproof.ops.operation import Elementwise
from subtle_claims import RIGHT, SUBTLE

FAST = 7  # each so manieth claim is tried by default
assert len(SUBTLE) >= 45


def holds(case: tuple[str, str, str, str]) -> gp.check:
    formula, wrt, claim, where = case
    return gp.check(formula, wrt, claim, where)


def not_right(case: tuple[str, str, str, str]) -> None:
    found = holds(case)
    assert found.verdict in ("wrong", "unknown", "right-if"), found.text()
    assert found.verdict != "unknown" or found.reason, found.text()
    assert found.text("zh")


@pytest.mark.parametrize("case", SUBTLE[::FAST], ids=lambda c: f"{c[0]} | {c[2]}")
def test_a_subtle_damage_is_not_right(case: tuple[str, str, str, str]) -> None:
    not_right(case)


@pytest.mark.long
@pytest.mark.parametrize("case", [c for k, c in enumerate(SUBTLE) if k % FAST], ids=lambda c: f"{c[0]} | {c[2]}")
def test_no_subtle_damage_is_right(case: tuple[str, str, str, str]) -> None:
    not_right(case)


@pytest.mark.parametrize("case", RIGHT, ids=lambda c: f"{c[0]} | {c[2]}")
def test_what_is_equal_is_right(case: tuple[str, str, str, str]) -> None:
    found = holds(case)
    assert found.verdict == "right", found.text()
    assert found.evidence.how in ("canonical", "exact", "digits")


def test_what_differs_by_rounded_constants_is_said_with_the_number() -> None:
    found = gp.check("x^3", "x", "3.0000001*x^2", "x: scalar")
    assert (found.verdict, found.reason) == ("unknown", "nearly")
    assert "3.3e-08" in found.text()
    found = gp.check("erf(x)", "x", "1.1283791670955126*exp(-x^2)", "x: scalar")  # 2/sqrt(pi) to 17 digits
    assert (found.verdict, found.reason) == ("unknown", "nearly")
    assert "2.3e-17" in found.text()


@pytest.mark.parametrize(("claim", "name"), [("2*x/k", "k"), ("q*x", "q"), ("2*k'*x", "k"), ("2*x + z", "z")])
def test_an_unknown_name_is_never_wrong(claim: str, name: str) -> None:
    found = gp.check("x'*x", "x", claim)
    assert found.verdict == "unknown", found.text()
    assert name in found.reason_data["names"]


def test_sizes_of_the_formula_are_known_names() -> None:
    assert gp.check("norm2(ones(m,n)*x)^2", "x", "2*m*ones(n,n)*x").verdict == "right"
    assert gp.check("norm2(ones(m,n)*x)^2", "x", "2*n*ones(n,n)*x").verdict == "wrong"
    found = gp.check("sum(x)", "x", "ones(q)", "x: vector n")
    assert (found.verdict, found.reason) == ("unknown", "unknown-size")


# -- the numbers that decide

REFERENCE = {
    "exp": math.exp, "log": math.log, "log1p": math.log1p, "expm1": math.expm1, "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "tan": math.tan,
    "arcsin": math.asin, "arccos": math.acos, "arctan": math.atan, "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "arcsinh": math.asinh,
    "arccosh": math.acosh, "arctanh": math.atanh, "erf": math.erf, "erfc": math.erfc,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions_of_many_digits(name: str) -> None:
    """Against the mathematics library of C, and against themselves with more digits."""
    function, reference = FUNCTIONS[name], REFERENCE[name]
    for x in (0.1, 0.5, 0.9, 1.5, 3.0, 12.0, -0.3, -0.8, -4.0, -11.0, 200.0):
        try:
            wanted = reference(x)
        except (ValueError, OverflowError):
            continue
        with localcontext(Context(prec=60)):
            try:
                found = function(Decimal(x))
            except OverflowError:
                continue
        assert float(found) == pytest.approx(wanted, rel=2e-14, abs=1e-300)
        with localcontext(Context(prec=130)):
            finer = function(Decimal(x))
            assert abs(found - finer) <= abs(finer) * Decimal("1e-58")


def test_the_error_bound_holds_the_true_number() -> None:
    """A chain of operations with cancellation: with forty digits it contains what two hundred give."""
    rng = random.Random(1)

    def value(a: Fraction, b: Fraction) -> Digits:
        x, y = Digits.of(a), Digits.of(b)
        return ((x * x + y).apply("exp") - (x * x).apply("exp") * y.apply("exp")) / (x - y * y) + (x * 0.1).apply("sin")

    for _ in range(50):
        a, b = Fraction(rng.randint(-40, 40), 7), Fraction(rng.randint(1, 40), 11)
        with localcontext(Context(prec=40)):
            coarse = value(a, b)
        with localcontext(Context(prec=200)):
            assert abs(coarse.v - value(a, b).v) <= coarse.r


@pytest.mark.parametrize("kind", [Residue, Digits])
def test_elimination(kind: type) -> None:
    whole = np.array([[2, 1, 0], [1, -3, 4], [5, 0, 1]])
    a = exact(kind, whole)
    one = a @ inverse(a) - exact(kind, np.eye(3))
    assert all(x.zero for x in one.flat)
    assert (eliminated(a, ())[0] - kind.of(round(np.linalg.det(whole)))).zero


ENTRYWISE = sorted(name for name, op in TABLE.items() if isinstance(op.meaning, Elementwise) and name == op.name)


@pytest.mark.parametrize("name", ENTRYWISE)
def test_every_entrywise_function_has_an_exact_value(name: str) -> None:
    """The many digits agree with NumPy, so that no claim is decided in floats for want of a function."""
    e = gp.parse(f"{name}(x)", where="x: vector 3")
    tried = 0
    for x in ([0.2, 0.5, 0.9], [1.5, 2.5, 3.5], [-0.7, 0.3, -0.1]):
        with np.errstate(all="ignore"):
            wanted = e.evaluate(x=np.array(x))
        if np.all(np.isfinite(wanted)):
            tried += 1
            with localcontext(Context(prec=50)):
                found = Exact(Digits, {"x": exact(Digits, np.array(x))}, {}).formula(e)
            assert [float(entry) for entry in found] == pytest.approx(list(wanted), rel=1e-13)
            assert all(entry.r < Decimal("1e-40") for entry in found)
    assert tried


@pytest.mark.parametrize(
    ("formula", "wrt", "other"),
    [("norm2(A*x - b)^2", "x", "norm2(A*x)^2"), ("logdet(X)", "X", "tr(X)"), ("sum(exp(x))", ["x", "x"], "sum(exp(x)) + 1e-6*x'*x"), ("x^2", "x", "x^3")],
)  # fmt: skip
def test_differences_of_many_digits_refute_a_wrong_derivative(formula: str, wrt: str | list[str], other: str) -> None:
    """The right derivative is confirmed, the one of another formula in its place is not."""
    question = Question(formula, wrt, None, "denominator")
    points = question.points((), 3)
    assert confirmed(question, points).ok
    wrong = Question(other, wrt, dict(question.symbols), "denominator")
    question.derivative = dataclasses.replace(question.derivative, tensor=wrong.derivative.tensor)
    assert not confirmed(question, [At(question, at.values, at.magnitude) for at in points]).ok


def test_a_saturated_derivative_is_verified_in_many_digits() -> None:
    found = gp.check("sigmoid(60 + x)", "x", "sigmoid(60 + x)*sigmoid(-60 - x)", "x: scalar")
    assert found.verdict == "right", found.text()
    assert found.evidence.report.ok


def test_rounding_of_large_terms_is_no_difference() -> None:
    """A ninth power of a matrix has entries of 1e10 that cancel: in floats the claim seems to differ."""
    inner = "diag(Q^9).*softmax(b*diag(Q'^9)/2) - tr(Q^9*diag(softmax(b*diag(Q'^9)/2)))*softmax(b*diag(Q'^9)/2)"
    formula, where = "logsumexp(diag(Q*Q*Q*Q*Q*Q*Q*Q*(b/2*Q)))", "Q: matrix n n invertible; b: scalar"
    assert gp.check(formula, ["b", "b"], f"tr(Q^9*diag(({inner})/2))/2", where).verdict == "right"
    assert gp.check(formula, ["b", "b"], f"tr(Q^9*diag(({inner})/2))", where).verdict == "wrong"


@pytest.mark.parametrize(
    ("formula", "wrt", "claim", "where"),
    [
        ("b*relu(x - 1000)", "x", "b*(1 + sign(x - 1000))/2 + relu(x - 1000)*relu(-b - 1000)", "b: scalar; x: scalar"),
        ("sum(relu(X*w - 1000))*b", "w", "b*X'*(1 + sign(X*w - 1000))/2 + X'*relu(X*w - 1000)*relu(-b - 1000)", "b: scalar"),
        pytest.param("sum(relu(x).*relu(y))", "x", "(1 + sign(x))/2.*relu(y) + relu(x - 900).*relu(-900 - y)", None, marks=pytest.mark.long),
        ("abs(x)*abs(y)*abs(z)", "x", "sign(x)*abs(y)*abs(z) + relu(x - 50)*relu(-y - 50)*relu(z - 50)", "x: scalar; y: scalar; z: scalar"),
    ],
)  # fmt: skip
def test_a_claim_that_differs_only_where_kinks_meet_is_not_right(
    formula: str, wrt: str, claim: str, where: str | None
) -> None:
    """By hand: each added term is zero unless all its factors are positive at once."""
    assert gp.check(formula, wrt, claim, where).verdict in ("wrong", "unknown", "right-if")  # if y is positive


@pytest.mark.parametrize(
    ("formula", "wrt", "claim", "where"),
    [
        ("abs(x - 3) + abs(x - 5)", "x", "(x - 3)/abs(x - 3) + (x - 5)/abs(x - 5)", "x: scalar"),
        ("sum(abs(x - y)) + sum(abs(y - z)) + sum(abs(z - x))", "x", "(x - y)./abs(x - y) - (z - x)./abs(z - x)", None),
        ("sum(relu(W*relu(V*x)))", "x", "V'*diag((sign(V*x).^2 + sign(V*x))/2)*W'*(1 + sign(W*relu(V*x)))/2", None),
    ],
)  # fmt: skip
def test_kinks_that_cannot_meet_leave_a_claim_right(formula: str, wrt: str, claim: str, where: str | None) -> None:
    found = gp.check(formula, wrt, claim, where)
    assert (found.verdict, found.evidence.how) == ("right", "digits"), found.text()


def test_more_kinks_than_can_be_combined_are_unknown() -> None:
    formula = " + ".join(f"abs(x - {k})" for k in range(8))
    claim = " + ".join(f"(x - {k})/abs(x - {k})" for k in range(8))
    found = gp.check(formula, "x", claim, "x: scalar")
    assert (found.verdict, found.reason) == ("unknown", "many-kinks")
    assert "kinks" in found.text()
