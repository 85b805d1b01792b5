"""Verdicts and diagnoses of `check`, case by case."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import gradproof as gp
from gradproof.check.facts import FACTS, SYMMETRIC
from gradproof.check.search import COST
from gradproof.check.texts import texts as texts_in
from gradproof.languages import LANGUAGES

S = {"S": "matrix n n symmetric", "x": "vector n"}
QUESTIONS = json.loads((Path(__file__).parent / "questions.json").read_text("utf-8"))

# formula, by, claim, verdict, diagnoses that have to be named, and options
CASES = [
    ("x'*A*x", "x", "(A + A')*x", "right", ""),
    ("x'*A*x", "x", "A*x + A'*x", "right", ""),
    ("x'*A*x", "x", "x'*(A + A')", "other-layout", "transposed numerator-layout"),
    ("x'*A*x", "x", "2*A*x", "right-if", "symmetric-only"),
    ("x'*A*x", "x", "2*x'*A", "right-if", "symmetric-only transposed"),
    ("x'*A*x", "x", "A*x", "wrong", "missing-term"),
    ("x'*A*x", "x", "-(A + A')*x", "wrong", "sign"),
    ("x'*A*x", "x", "(A - A')*x", "wrong", "term-sign"),
    ("x'*A*x", "x", "(A + A')*x + x", "wrong", "extra-term"),
    ("x'*A*x", "x", "x'*A*x", "wrong", "shape"),
    ("norm2(A*x - b)^2", "x", "A'*(A*x - b)", "wrong", "factor"),
    ("norm2(A*x - b)^2", "x", "2*A*(A*x - b)", "wrong", "does-not-conform missing-transpose"),
    ("norm2(A*x - b)^2", "x", "2*(A*x - b)*A'", "wrong", "does-not-conform order-of-factors"),
    ("norm2(A*x - b)^2", "x", "2*(A*x - b)", "wrong", "missing-chain-factor shape"),
    ("norm2(A*x - b)^2", "x", "2*A'*A*x + 2*A'*b", "wrong", "term-sign"),
    ("norm2(A*x - b)^2", "x", "2*A'*A*x", "wrong", "missing-term"),
    ("sin(a'*x)", "x", "cos(a'*x)*ones(n)", "wrong", ""),
    ("sin(a'*x)", "x", "a", "wrong", "missing-chain-factor"),
    ("sum(exp(A*x))", "x", "exp(A*x)", "wrong", "missing-chain-factor"),
    ("norm2(x)", "x", "x", "wrong", "missing-chain-factor"),
    ("sum(x.^3)", "x", "3*x", "wrong", "exponent"),
    ("logdet(X)", "X", "X'", "wrong", "missing-inverse"),
    ("logdet(X)", "X", "inv(X)", "other-layout", "transposed symmetric-only"),
    ("tr(A*X*B)", "X", "A*B", "wrong", ""),
    ("tr(X*A*X'*B)", "X", "B*X*A + B'*X*A'", "right", ""),
    ("tr(X*A*X'*B)", "X", "2*B*X*A", "right-if", "symmetric-only"),
    ("norm2(W.*(X - Y))^2", "X", "2*W.*(W*(X - Y))", "wrong", "product-for-hadamard"),
    ("norm2(A*X)^2", "X", "2*A'*(A.*X)", "wrong", "hadamard-for-product"),
    ("logdet(A + t*B)", "t", "inv(A + t*B)*B", "wrong", "pairing shape"),
    ("logdet(A + t*B)", "t", "tr(inv(A + t*B)*B)", "right", ""),
    ("A*x", "x", "A", "other-layout", "transposed"),
    ("A*X*B", "X", "kron(B, A')", "right", ""),
    ("A*X*B", "X", "kron(B', A)", "other-layout", "transposed numerator-layout"),
    ("A*X*B", "X", "kron(A', B)", "other-layout", "row-major"),
    ("tr(A*X)", "X", "vec(A')", "other-layout", "vec-form"),
    ("inv(X)", "X", "-inv(X)*dX*inv(X)", "right", ""),
    ("inv(X)", "X", "-inv(X)*dX", "wrong", ""),
    ("logdet(X)", "X", "tr(inv(X)*dX)", "right", ""),
    ("logdet(X)", "X", "inv(X)*dX", "wrong", "pairing"),
    ("x'*x", "x", "(x + I*x)", "right", ""),
    ("x'*y", "x", "0", "wrong", "shape"),
    ("norm2(A*x - b)^2", "x", "2*A'*r where r = A*x - b", "right", ""),
    ("norm2(A*x - b)^2", "x", "2*A'*r, with r the residual", "right", ""),
    ("norm2(A*x - b)^2", "x", "df/dx = 2*A'*A*x - 2*A'*b = 2*A'*(A*x - b)", "right", ""),
    ("norm2(A*x - b)^2", "x", "svd(A)*b", "unknown", ""),
    ("norm2(A*x - b)^2", "x", "A'*q*z'*q", "unknown", ""),
    ("A*X*B", "X", "D[i,j,k,l] = A[k,i]*B[j,l]", "unknown", ""),
    ("sum(tanh(X*X))", "X", "X'*(1 - tanh(X*X).^2) + (1 - tanh(X*X).^2)*X'", "right", ""),
    ("sum(tanh(X*X))", "X", "X'*(1 + tanh(X*X).^2) + (1 - tanh(X*X).^2)*X'", "wrong", "term-sign"),
    ("sum(softplus(A*x))", "x", "A'*sigma(A*x)", "right", ""),
    ("x'*A*x", "x", "z", "unknown", ""),
    ("relu(w'*x + b)", "w", "-(1 + sign(w'*x + b))*x/2", "wrong", "sign"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{c[0]} | {c[2]}" for c in CASES])
def test_case(case: tuple[str, str, str, str, str]) -> None:
    formula, wrt, claim, verdict, names = case
    found = gp.check(formula, wrt, claim)
    assert found.verdict == verdict, found.text()
    assert set(names.split()) <= set(found.diagnoses), found.text()
    assert not (verdict == "right" and found.diagnoses)
    for text in map(found.text, LANGUAGES):
        assert "{" not in text
        assert text.count("\n") < 20 or verdict == "right"


def declared(question: dict) -> dict[str, str]:
    facts = {"posdet": "invertible", "spd": "posdef", "onehot": ""}
    return {
        n: " ".join([v["kind"], *map(str, v["shape"]), *(facts.get(p, p) for p in v["props"])])
        for n, v in question["vars"].items()
    }


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q["id"])
def test_real_question(question: dict) -> None:
    """The attempts of people who asked: wrong ones are not called right, transposed ones are called transposed."""
    found = gp.check(question["expr"], question["wrt"], question["attempt_given"], declared(question))
    measured = question["attempt_measured"]
    assert (found.verdict == "right") == question["attempt_correct"], found.text()
    assert found.verdict != "unknown"
    assert ("transposed" in found.diagnoses) or measured != "transposed"
    wanted = {
        "factor": "factor",
        "symmetric-constrained": "symmetric-constrained",
        "does not conform": "does-not-conform",
        "shape () for (3, 3)": "shape",
    }
    for start, name in wanted.items():
        assert not measured.startswith(start) or name in found.diagnoses
    if isinstance(question["answer_given"], str):
        answer = gp.check(question["expr"], question["wrt"], question["answer_given"], declared(question))
        assert answer.verdict in ("right", "right-if"), (
            answer.text()
        )  # a one-hot vector sums to one, which cannot be declared


def test_the_layout_that_was_asked() -> None:
    assert gp.check("A*x", "x", "A", layout="numerator").verdict == "right"
    assert gp.check("A*x", "x", "A'", layout="mixed").verdict == "other-layout"
    assert gp.check("x'*x", "x", "2*x'", layout="mixed").diagnoses == ("transposed", "numerator-layout")


def test_zero_is_the_derivative_by_what_does_not_occur() -> None:
    assert gp.check("c", "x", "0", {"c": "scalar", "x": "vector n"}).verdict == "right"


def test_declared_facts_are_used() -> None:
    assert gp.check("x'*S*x", "x", "2*S*x", S).verdict == "right"
    assert gp.check("tr(S*S)", "S", "4*S - 2*S.*eye(n)", S).diagnoses[0] == "symmetric-constrained"


def test_formulas_may_be_given_as_expressions() -> None:
    x, A = gp.vector("x", "n"), gp.matrix("A", "n", "n")
    assert gp.check(x.T * A * x, x, (A + A.T) * x).verdict == "right"
    assert gp.check(x.T * A * x, "x", A * x).verdict == "wrong"


def test_a_claim_in_its_own_letters() -> None:
    found = gp.check("norm2(X*w - y)^2", "w", "2*A'*(A*w - y)")
    assert found.verdict == "right"
    assert "A" in found.readings


LATEX = r"\lVert Ax - b \rVert_2^2"


@pytest.mark.parametrize(
    ("formula", "claim", "verdict", "names"),
    [
        (LATEX, r"2A^\top(Ax-b)", "right", ""),
        (LATEX, "2A(Ax-b)", "wrong", "does-not-conform missing-transpose"),
        (LATEX, r"\nabla f(x) = 2A^\top A x - 2A^\top b = A^{\mathsf T}\left(Ax-b\right)", "wrong", "factor"),
        ("norm2(A*x - b)^2", r"\frac{\partial f}{\partial x} = 2 (Ax-b)^{\top} A", "other-layout", "transposed"),
        (r"x^\top A x", "2 A x", "right-if", "symmetric-only"),
        (r"\frac12 x^\top Q x", r"df = x^\top Q\, dx", "right-if", "symmetric-only"),
    ],
)
def test_latex(formula: str, claim: str, verdict: str, names: str) -> None:
    found = gp.check(formula, "x", claim)
    assert found.verdict == verdict, found.text()
    assert set(names.split()) <= set(found.diagnoses), found.text()


def test_the_place_of_a_misfit() -> None:
    found = gp.check("norm2(A*x - b)^2", "x", "2*A*(A*x - b)")
    assert found.findings[0].span == (3, 4)
    assert "^" in found.text()


def test_a_claim_that_is_right_for_square_matrices_only() -> None:
    found = gp.check("norm2(A*x)^2", "x", "2*A'*A*x + A*A*x - A*A*x")
    assert (found.verdict, found.diagnoses[0]) == ("right-if", "square-only")


def test_the_counterexample_can_be_checked_by_hand() -> None:
    found = gp.check("norm2(A*x - b)^2", "x", "A'*(A*x - b)")
    example = found.counterexample
    assert example is not None
    for values in example.values.values():
        assert all(
            float(v).is_integer() and abs(v) <= 3
            for v in (values.reshape(-1) if hasattr(values, "reshape") else [values])
        )
    claim = gp.parse("A'*(A*x - b)").evaluate(example.values)
    assert claim.tolist() == example.claim.reshape(-1).tolist()
    assert (2 * claim).tolist() == example.truth.reshape(-1).tolist()


def test_the_repaired_claim_is_right() -> None:
    found = gp.check("norm2(A*x - b)^2", "x", "2*A'*A*x + 2*A'*b")
    repaired = next(f.data["repaired"] for f in found.findings if "repaired" in f.data)
    assert gp.check("norm2(A*x - b)^2", "x", repaired.ascii).verdict == "right"


def test_a_chain_names_the_first_false_side() -> None:
    found = gp.check("norm2(A*x - b)^2", "x", "2*A'*A*x - 2*A'*b = 2*A'*(A*x - b) = A'*(A*x - b)")
    assert found.verdict == "wrong"
    assert [link.check.verdict for link in found.links] == ["right", "right", "wrong"]
    assert found.first_wrong == 2


@pytest.mark.parametrize("claim", ["2*A'*(A*x - b", "", "2**", "A *"])
def test_a_claim_that_is_no_formula_is_an_input_error(claim: str) -> None:
    with pytest.raises(gp.ParseError):
        gp.check("norm2(A*x - b)^2", "x", claim)


def test_kinks_do_not_hide_a_wrong_claim() -> None:
    """Where the derivative is zero on half of the points, a few of them say nothing."""
    for seed_letter in "abcdefg":
        found = gp.check(
            f"relu({seed_letter}'*x + 1)",
            "x",
            f"-(1 + sign({seed_letter}'*x + 1))*{seed_letter}/2",
            {seed_letter: "vector n"},
        )
        assert found.verdict == "wrong", found.text()


def test_unknown_language() -> None:
    with pytest.raises(gp.GradproofError, match="no texts"):
        gp.check("x'*x", "x", "2*x").text("xx")


def test_every_text_is_there_in_every_language() -> None:
    first, *others = map(texts_in, LANGUAGES)
    for other in others:
        for field in dataclasses.fields(first):
            mine, theirs = getattr(first, field.name), getattr(other, field.name)
            if field.name != "between":
                assert mine.keys() == theirs.keys()
        for identifier, lines in first.diagnoses.items():
            assert len(lines) == len(other.diagnoses[identifier])


def test_every_diagnosis_has_a_text() -> None:
    named = {
        *COST,
        *(f.identifier for f in FACTS),
        *SYMMETRIC,
        "square-only",
        "shape",
        "does-not-conform",
        "row-major",
        "vec-form",
    }
    assert named == set(texts_in("en").diagnoses)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hints_are_there_for_every_slip_and_show_no_fix(lang: str) -> None:
    texts = texts_in(lang)
    conditions = {f.identifier for f in FACTS} | {"square-only"}
    assert texts.hints.keys() == texts.diagnoses.keys() - conditions
    assert not any("{repaired}" in line or "{factor}" in line for lines in texts.hints.values() for line in lines)


@pytest.mark.parametrize(
    ("formula", "claim", "answer"),
    [("norm2(A*x - b)^2", "A'*(A*x - b)", "2*A'"), ("norm2(A*x - b)^2", "2*A'*A*x + 2*A'*b", "2*A'*b is right"),
     ("x'*A*x", "(A - A')*x", "A + A'"), ("(a'*x)^5", "5*(a'*x)^2*a", "^4")],
)  # fmt: skip
def test_feedback_leads_to_the_fix_before_it_shows_it(formula: str, claim: str, answer: str) -> None:
    found = gp.check(formula, "x", claim)
    assert answer in found.text(format="ascii")
    hints = found.text(format="ascii", reveal=False)
    assert answer not in hints
    assert "look at" in hints or "count" in hints
    assert "--reveal" in hints
    assert "--reveal" in found.text("zh", reveal=False)


@pytest.mark.parametrize(
    ("formula", "claim", "slips"),
    [("norm2(A*x - b)^2", "2*A*(A*x + b)", {"missing-transpose", "term-sign"}), ("x'*A*x", "(A - A')*x'", {"term-sign", "extra-transpose"})],
)  # fmt: skip
def test_two_slips_together_are_both_named(formula: str, claim: str, slips: set[str]) -> None:
    found = gp.check(formula, "x", claim)
    double = next(f for f in found.findings if f.identifier == "double-slip")
    assert {f.identifier for f in double.slips} == slips, found.text()
    mended = double.data["repaired"]
    assert isinstance(mended, gp.Expr)
    assert gp.check(formula, "x", mended).verdict == "right"


def test_a_wrong_exponent_is_named() -> None:
    assert gp.check("(a'*x)^5", "x", "5*(a'*x)^2*a").diagnoses[0] == "exponent"
    assert gp.check("norm2(x)", "x", "x/norm2(x)^2").diagnoses[0] in ("exponent", "missing-chain-factor")


def test_json() -> None:
    found = json.loads(json.dumps(gp.check("x'*A*x", "x", "2*A*x").json()))
    assert found["verdict"] == "right-if"
    assert found["diagnoses"][0] == "symmetric-only"
    assert found["correct"]["ascii"] == "(A + A')*x"
    assert found["counterexample"]["values"]["A"]
    chain = gp.check("x'*x", "x", "2*x = x").json()
    assert [link["verdict"] for link in chain["links"]] == ["right", "wrong"]


def test_verdicts_do_not_depend_on_what_was_asked_before() -> None:
    first = gp.check("x'*A*x", "x", "A*x").json()
    gp.check("logdet(X)", "X", "inv(X)")
    assert gp.check("x'*A*x", "x", "A*x").json() == first


@pytest.mark.parametrize("formula", ["sigmoid(norm2(softmax(u)))", "det(diag(1 + u.^2))/exp(det(diag(1 + u.^2)))"])
def test_positive_numbers_are_judged_without_numpy(formula):
    d = gp.derive(formula, wrt=["u", "u"], where="u: vector n")
    assert gp.check(formula, ["u", "u"], d.result.ascii, where="u: vector n").verdict == "right"
    assert gp.check(formula, ["u", "u"], f"3*({d.result.ascii})", where="u: vector n").verdict == "wrong"


NETWORK_BY_W = ("norm2(V*tanh(W*x) - y)^2/2", "W", "V: matrix m h; W: matrix h d; x: vector d; y: vector m")
RIDGE = ("norm2(A*x - b)^2 + c*norm2(x)^2", "x", "A: matrix m n; x: vector n; b: vector m; c: scalar")
FITTED = ("norm2(A*x - b)", "x", "A: matrix m n; x: vector n; b: vector m")
CUBE = ("(a'*x)^3", "x", "a: vector n; x: vector n")
BELL = ("exp(-norm2(x)^2/2)", "x", "x: vector n")
SLIPS = [  # question, claim, all that is said of it, what is in the words
    (FITTED, "2*A'*(A*x - b)", ["other-formula"], "the derivative of ‖A x − b‖²"),
    (FITTED, "A'*(A*x - b)", ["missing-chain-factor"], "1/‖A x − b‖"),
    (CUBE, "3*(a'*x)*a", ["exponent"], "the exponent of aᵀ x is off: the factor aᵀ x is missing"),
    (CUBE, "2*(a'*x)^3*a", ["exponent", "extra-factor"], "2(aᵀ x)² a is right after multiplying by 3/2"),
    (("(x'*x)^2", "x", "x: vector n"), "2*(x'*x)", ["missing-chain-factor", "shape"], "x, and a constant one: multiply by 2"),
    (("exp(a'*x)", "x", "a: vector n; x: vector n"), "exp(a'*x)*x", ["wrong-variable"], "x stands where a belongs"),
    (BELL, "exp(-norm2(x)^2/2)*x", ["sign"], "the sign is wrong"),
    (BELL, "-exp(-norm2(x)^2)*x", ["inner-factor", "missing-chain-factor"], "−exp(−‖x‖²/2) x is right"),
    (("sum(log(1 + exp(A*x)))", "x", "A: matrix m n; x: vector n"), "A'*exp(A*x)", ["missing-chain-factor"], "1 ⊘ (1 + exp(A x))"),
    (("logdet(X)", "X", "X: matrix n n"), "det(X)*inv(X)'", ["other-formula", "extra-factor"], "the derivative of det(X)"),
    (("det(X)", "X", "X: matrix n n"), "inv(X)'", ["other-formula", "missing-chain-factor"], "the derivative of log(det(X))"),
    (("tr(A*inv(X))", "X", "A: matrix n n; X: matrix n n"), "inv(X)'*A*inv(X)'", ["missing-transpose"], "X⁻ᵀ Aᵀ X⁻ᵀ is right after multiplying by −1"),
    (("tr(A*X*B)", "X", "A: matrix n n; X: matrix n n; B: matrix n n"), "B'*A'", ["order-of-factors"], "Aᵀ Bᵀ is right"),
    (("norm2(A - U*V')^2", "U", "A: matrix m n; U: matrix m k; V: matrix n k"), "-2*(A - U*V')'*V", ["does-not-conform", "extra-transpose"], "should not be transposed"),
    (NETWORK_BY_W, "(V'*(V*tanh(W*x) - y))*x'", ["missing-chain-factor"], "𝟏 − tanh(W x)⊙²"),
    (NETWORK_BY_W, "((V'*(V*tanh(W*x) - y)).*(1 - tanh(W*x)))*x'", ["exponent"], "tanh(W x)⊙² belongs there"),
    (("x'*A*x/(x'*x)", "x", "A: matrix n n symmetric; x: vector n"), "2*A*x/(x'*x) - 2*(x'*A*x)*x/(x'*x)", ["exponent"], "(xᵀ x)² belongs there"),
    (("x'*A*x - b'*x", "x", "A: matrix n n symmetric; x: vector n; b: vector n"), "A*x - 2*b", ["term-factors"], "A x has to be multiplied by 2, and 2 b by 1/2"),
    (RIDGE, "A'*(A*x - b) - 2*c*x", ["term-factors"], "by 2, and 2 c x by −1"),
    (RIDGE, "2*A'*(A*x - b) + 2*x", ["missing-chain-factor"], "in the term 2 x a factor is missing: c"),
    (RIDGE, "2*A'*(A*x - b) + c*x", ["factor"], "the term c x has the wrong factor"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "claim", "names", "words"), SLIPS, ids=lambda v: str(v)[:30])
def test_the_reason_is_the_slip_that_was_made(
    question: tuple[str, str, str], claim: str, names: list[str], words: str
) -> None:
    formula, wrt, where = question
    found = gp.check(formula, wrt, claim, where)
    assert found.verdict == "wrong"
    assert list(found.diagnoses) == names, found.text()
    assert words in found.text()
    assert found.correct.result.unicode not in found.text(reveal=False)
    for lang in ("zh", "fr"):
        assert "… " not in "".join(found.text(lang).splitlines()[1:3]), found.text(lang)
