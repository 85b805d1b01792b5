"""Derivations: golden files, texts, outputs, checks; and that a wrong rule is caught."""

from __future__ import annotations

import importlib.util
import json
import re
import string
import time
from pathlib import Path
from typing import Any

import pytest

import gradproof as gp
from corpus_answers import of_matrix_functions
from corpus_entries import ENTRIES, ask
from gradproof.cli.main import main
from gradproof.engine.contract import add
from gradproof.explain import Disagreement, NoDerivation, Problem, prove
from gradproof.explain.board import Board
from gradproof.explain.check import Checker
from gradproof.explain.differential import differential_of
from gradproof.explain.proofs import PROOFS
from gradproof.explain.readoff import derive_by_differential
from gradproof.explain.rules import NUMBERS, RULES, hadamard, inner, wrong
from gradproof.explain.steps import DERIVATIVE, Step, steps
from gradproof.explain.textbook import derive_by_rules
from gradproof.explain.texts import texts as texts_in
from gradproof.languages import LANGUAGES
from gradproof.parse import parse
from gradproof.records import replace

ROOT = Path(__file__).parents[1]
_spec = importlib.util.spec_from_file_location("derivations", ROOT / "tools" / "derivations.py")
assert _spec
assert _spec.loader
derivations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(derivations)

PROBLEMS = list(derivations.PROBLEMS)
in_each_language = pytest.mark.parametrize("lang", LANGUAGES)


def derivation(formula: str, wrt: Any, where: Any = None, **options: Any) -> Any:
    return gp.derive(formula, wrt=wrt, where=where).derivation(**options)


def problem_of(d: gp.Derivative) -> Problem:
    wrt = tuple(d.symbols[name] for name in d.wrt)
    return Problem(
        d.expression,
        wrt,
        tuple(d.symbols.values()),
        tuple(d.functions.values()),
        d.axes,
        d.tensor,
        gp.derive(d.expression, d.wrt)._lifter,
    )


def verdicts(root: Step, formula: str, where: Any = None) -> dict[str, bool | None]:
    """What the numbers say of each step, by its rule; False where any step of that rule is false."""
    parsed = parse(formula, where)
    checker = Checker(parsed.expr, parsed.symbols.values(), parsed.functions.values())
    found: dict[str, bool | None] = {}
    for step in steps(root):
        found[step.rule] = found.get(step.rule, True) and checker.step(step).ok
    return found


# -- what is printed


def test_documents_and_golden_files_are_up_to_date() -> None:
    stale = [str(path) for path, text in derivations.files() if not path.exists() or path.read_text("utf-8") != text]
    assert not stale, "run `make derivations`, and read what has changed"


@in_each_language
def test_case_b_goes_in_the_order_of_the_textbook(lang: str) -> None:
    found = derivations.derivation("softmax", lang)
    order = [b.rule for b in found.board.blocks if not b.closing]
    assert order == ["reciprocal", "product-3", "elementwise", "scalar-chain", "product-1", "put-together", "recognise"]
    assert found.root.result.ascii == "diag(softmax(x)) - softmax(x)*softmax(x)'"
    dims = {b.rule: b.dims for b in found.board.blocks if not b.closing}
    assert dims["product-3"] == "n×n = (n×n)·1 + (n×1)(1×n)"
    assert dims["product-1"] == "n×1 = (n×n)(n×1) + (n×n)(n×1)"


def test_a_step_is_shown_once_and_referred_to() -> None:
    found = derivation("exp(x)/(ones(n)'*exp(x))", "x", "x: vector n")
    assert sum(b.rule == "elementwise" for b in found.board.blocks) == 1
    assert "by (3)" in found.text(color=False)


@pytest.mark.parametrize("name", PROBLEMS)
def test_detail_is_a_matter_of_length(name: str) -> None:
    root = derivations.derivation(name, "en").root
    brief, normal, full = (len(Board(root, detail).blocks) for detail in ("brief", "normal", "full"))
    assert brief <= normal <= full


def test_colour_only_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = derivation("x'*x", "x")
    assert "\033" in found.text(color=True)
    assert "\033" not in found.text(color=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in found.text()


def test_ascii_text_is_ascii_in_its_formulas() -> None:
    text = derivation("norm2(A*x - b)^2", "x").text(color=False, ascii=True)
    assert "df/dx = 2*A'*r\n              = 2*A'*(A*x - b)" in text
    assert text.isascii()


def test_equations_are_aligned() -> None:
    lines = derivation("x'*A*x", "x").text(color=False).splitlines()
    places = [line.index(" = ") for line in lines if line.startswith("      ") and " = " in line][:3]
    assert len(set(places)) == 1


@in_each_language
@pytest.mark.parametrize("name", PROBLEMS)
def test_latex_is_well_formed(name: str, lang: str) -> None:
    text = derivations.derivation(name, lang).latex()
    bare = re.sub(r"\\[{}$\\]", "", text)
    assert bare.count("{") == bare.count("}")
    assert len(re.findall(r"\\left\b", text)) == len(re.findall(r"\\right\b", text))
    assert bare.count("$") % 2 == 0
    opened = re.findall(r"\\(begin|end)\{(\w+\*?)\}", text)
    stack: list[str] = []
    for what, environment in opened:
        if what == "begin":
            stack.append(environment)
        else:
            assert stack.pop() == environment
    assert not stack
    if lang == "en":
        text = text.replace("Fréchet", "Frechet")  # inputenc knows é
        assert text.isascii(), sorted({c for c in text if not c.isascii()})


@in_each_language
@pytest.mark.parametrize("name", PROBLEMS)
def test_markdown_has_no_html_and_whole_formulas(name: str, lang: str) -> None:
    text = derivations.derivation(name, lang).markdown()
    assert text.count("$$") % 2 == 0
    assert text.replace("$$", "").count("$") % 2 == 0
    assert not re.search(r"</?[a-z]", text)
    assert derivations.derivation(name, lang)._repr_mimebundle_()["text/markdown"].rstrip() == text.rstrip()


def test_json_is_what_the_interface_says() -> None:
    found = derivation("x'*A*x", "x").json()
    assert set(found) == {"schema_version", "method", "lang", "conditions", "names", "hints", "root"}
    assert found["schema_version"] == 2
    assert found["method"] == "rules"
    node = found["root"]["children"][0]
    assert {"rule", "name", "goal", "result", "dims", "text", "check", "children"} <= set(node)
    assert node["rule"] == "product-2"
    assert node["dims"] == "n×1 = (n×n)(n×n)(n×1) + (n×n)(n×n)(n×1)"
    assert node["check"]["ok"] is True
    assert node["check"]["max_relative_error"] < 1e-9
    json.dumps(found)


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "x'*A*x", "--wrt", "x", "--steps", "--lang", "zh", "--detail", "full"]) == 0
    assert "乘法法则二" in capsys.readouterr().out
    assert main(["derive", "x'*A*x", "--wrt", "x", "--steps", "--method", "differential", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["derivation"]["method"] == "differential"
    assert main(["derive", "x'*A*x", "--wrt", "x", "--steps", "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("# Derivation of $")


# -- rules

EXAMPLES = derivations.EXAMPLES


def test_every_rule_is_used_and_every_step_holds() -> None:
    used = {"layout", "restrict"}  # tested below, and in test_restricted.py
    used |= {
        "conjugate-gradient",
        "real-part",
        "imaginary-part",
        "both-parts",
        "adjoint",
    }  # in test_complex.py and test_implicit.py
    for formula, wrt, where, method in EXAMPLES:
        found = derivation(formula, wrt, where, method=method)
        assert found.summary.agreed == found.summary.steps, (
            formula,
            [s.rule for s in steps(found.root) if not found.check(s).ok],
        )
        used |= {s.rule for s in steps(found.root)}
    assert used == set(RULES)


# -- texts


@pytest.mark.parametrize("lang", ["fr", "zh"])
def test_every_condition_of_a_rule_has_its_words(lang: str) -> None:
    assert not [rule.when for rule in RULES.values() if rule.when and rule.when not in texts_in(lang).conditions]


def test_every_numbered_rule_has_a_proof_and_an_example() -> None:
    assert set(NUMBERS) - {"differential-known"} == set(PROOFS)
    text = (ROOT / "docs" / "rules.md").read_text("utf-8")
    assert all(f"| {n} |" in text for n in NUMBERS.values())
    assert text.count("✓") >= len(PROOFS)


def test_every_rule_has_its_texts_in_every_language() -> None:
    for lang in LANGUAGES:
        texts = texts_in(lang)
        assert set(texts.names) == set(RULES), lang
        assert set(texts.says) == set(RULES), lang
        assert set(texts.words) == set(texts_in("en").words), lang
        assert all(texts.names.values()), lang
        assert all(texts.says.values()), lang


@pytest.mark.parametrize("part", ["says", "words"])
def test_texts_name_the_same_formulas_in_every_language(part: str) -> None:
    def holes(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, text in getattr(texts_in("en"), part).items():
        for lang in LANGUAGES:
            assert holes(getattr(texts_in(lang), part)[key]) == holes(text), (lang, key)


def test_unknown_language_detail_method() -> None:
    for options in ({"lang": "xx"}, {"detail": "long"}, {"method": "magic"}):
        with pytest.raises(gp.GradproofError, match="there"):
            derivation("x'*x", "x", **options)


# -- what is claimed


FUNCTIONS = {  # of a matrix, whose derivatives have more than two axes
    "cookbook-0136",
    "mn-tr-F",
    "wiki-sm-07",
    "wiki-sm-14",
}


@pytest.mark.parametrize("name", sorted({*list(ENTRIES)[::7], *FUNCTIONS}))
def test_every_step_of_the_corpus_holds(name: str) -> None:
    try:
        d = ask(ENTRIES[name])
    except gp.GradproofError:
        return
    if isinstance(d, gp.Expr):
        return
    try:
        found = d.derivation()
    except (NoDerivation, gp.UnsupportedError):  # lists of eigenvalues, free entries, imaginary parts
        assert name not in FUNCTIONS
        assert of_matrix_functions(d) or {"structure", "complex_mode"} & ENTRIES[name].keys()
        return
    assert found.summary.agreed == found.summary.steps, [s.rule for s in steps(found.root) if not found.check(s).ok]
    if isinstance(d.result, gp.Expr):
        assert found.result is d.result or found.result.ascii == d.result.ascii  # a complex variable is two


@pytest.mark.parametrize(
    "name", ["x'*A*x", "norm2(A*x - b)", "sum(exp(A*x))", "x'*x/(1 + b'*x)", "A*(x.*b)", "exp(x)/(ones(n)'*exp(x))"]
)
def test_both_methods_agree(name: str) -> None:
    found = [derivation(name, "x", "x: vector n", method=method) for method in ("rules", "differential")]
    assert found[0].result is found[1].result
    assert [d.method for d in found] == ["rules", "differential"]


@pytest.mark.parametrize(
    "formula", ["x'*A*x", "norm2(A*x - b)^2", "sum(exp(A*x))", "X*w", "tr(A*X*B)", "sum(x + z*ones(n))", "x'*diag(y)*x"]
)
def test_by_entries(formula: str) -> None:
    wrt = next(name for name in ("X", "x") if name in formula)
    found = derivation(formula, wrt if formula != "X*w" else "w", None, method="entries")
    assert found.method == "entries"
    assert {"entries-write", "entries-differentiate", "entries-collect"} <= {s.rule for s in steps(found.root)}
    assert found.summary.agreed == found.summary.steps


def test_a_sum_is_written_out() -> None:
    text = derivation("x'*A*x", "x", method="entries").text(color=False, ascii=True)
    assert "f = sum(i,j: x[i]*A[i,j]*x[j])" in text
    assert "df/dx[k] = sum(i,j: delta[i,k]*A[i,j]*x[j]) + sum(i,j: x[i]*A[i,j]*delta[j,k])" in text
    assert "= sum(j: A[k,j]*x[j]) + sum(i: x[i]*A[i,k])" in text


@pytest.mark.parametrize(
    ("formula", "where", "result"),
    [
        ("y(x) + z(x)", "y: function x -> vector q; z: function x -> vector q", "Dy(x) + Dz(x)"),
        ("y(x)'*z(x)", "y: function x -> vector q; z: function x -> vector q", "Dy(x)*z(x) + Dz(x)*y(x)"),
        (
            "y(x)'*A*z(x)",
            "A: matrix s t; y: function x -> vector s; z: function x -> vector t",
            "Dy(x)*A*z(x) + Dz(x)*A'*y(x)",
        ),
        ("y(x)*z(x)", "y: function x -> scalar; z: function x -> vector q", "Dy(x)*z(x)' + y(x)*Dz(x)"),
        ("g(u(x))", "u: function x -> vector s; g: function u -> vector t", "Du(x)*Dg(u(x))"),
        ("x", "x: vector p", "eye(p)"),
        ("A*x", "A: matrix q p", "A'"),
        ("x'*A", "A: matrix p q", "A"),
    ],
)
def test_the_rules_themselves_with_arbitrary_functions(formula: str, where: str, result: str) -> None:
    parsed = parse(formula, f"x: vector p; {where}" if "x: vector" not in where else where)
    assert derive_by_rules(parsed.expr, parsed.symbols["x"]).result.ascii == result
    found = derivation(formula, "x", f"x: vector p; {where}" if "x: vector" not in where else where)
    assert found.summary.agreed == found.summary.steps


def test_where_it_holds() -> None:
    def told(*args: Any) -> str:
        return "; ".join(derivation(*args).json()["conditions"])

    assert "x ≠ 0" in told("norm2(x)", "x")
    assert not told("norm2(x)^2", "x")
    assert "X is invertible" in told("tr(inv(X))", "X")
    assert "S is positive definite" in told("tr(inv(S))", "S", "S: matrix n n posdef")
    assert not told("exp(x)/sum(exp(x))", "x")
    assert "positive" in told("sum(log(x))", "x")


def test_what_follows_from_a_condition_is_no_condition_of_its_own() -> None:
    found = derivation("a'*b/sqrt(x'*x + c)", "c", "a: vector n; b: vector n; x: vector n; c: scalar")
    assert [n.key for n in found.conditions] == ["positive"]
    found = derivation("logdet(X) + tr(A*inv(X))", "X")
    assert [n.key for n in found.conditions] == ["determinant-positive"]
    found = derivation("c/(2*s^2)", "s", "c: scalar; s: scalar")
    assert [(n.key, n.parts["x"].ascii) for n in found.conditions] == [("nonzero", "s")]


@pytest.mark.parametrize(
    ("formula", "wrt", "where", "names"),
    [
        (
            "logdet(L*L' + P) + tr(inv(L*L' + P)*S)",
            "L",
            "S: matrix d d; P: matrix d d; L: matrix d k",
            {"C": "L*L' + P"},
        ),
        (
            "(x - mean(x))./sqrt(var(x) + e)",
            "x",
            "x: vector n; e: scalar",
            {"m": "sum(x)/n", "c": "x - sum(x)/n*ones(n)", "v": None, "s": None},
        ),
        ("norm2(W.*(A - U*V'))^2", "U", "", {"H": "W.*(A - U*V')"}),
        ("1/(1 + exp(-x))", "x", "x: scalar", {}),
    ],
)
def test_parts_that_recur_have_names(formula: str, wrt: str, where: str, names: dict[str, str | None]) -> None:
    found = derivation(formula, wrt, where or None)
    assert {n.name for n in found.names} == set(names)
    assert all(names[n.name] in (None, n.formula.ascii) for n in found.names)
    told = found.text(color=False).split("Result:")
    assert all(
        form.unicode not in told[0].split("Names:")[-1].split("(1)")[1] for n in found.names for form in (n.formula,)
    )


@pytest.mark.parametrize(
    ("formula", "wrt", "line"),
    [
        ("x'*A*x", "x[2]", "∂f/∂x[2] = ((A + Aᵀ) x)[2]"),
        ("norm2(X*w - y)^2", "w[k]", "∂f/∂w[k] = eₖᵀ(2 Xᵀ r)"),
        ("tr(A*X*X')", "X[2,:]", "∂f/∂X[2,:] = ((A + Aᵀ) X)[2,:]ᵀ"),
        ("A*X*B", "X[1,2]", "∂F/∂X[1,2] = A[:,1] I[:,2]ᵀ B"),
        ("tr(A*inv(X))", "X[i,j]", "Result: ∂f/∂X[i,j] = "),
    ],
)
def test_by_an_entry_a_row_or_a_column(formula: str, wrt: str, line: str) -> None:
    found = derivation(formula, wrt)
    assert line in found.text(color=False)
    assert found.summary.agreed == found.summary.steps


@pytest.mark.parametrize(
    ("formula", "trace"),
    [
        ("sum(log(eigvals(X)))", "tr(logm(X))"),
        ("sum(exp(eigvals(X)))", "tr(expm(X))"),
        ("sum(eigvals(X).^2)", "tr(X²)"),
    ],
)
def test_a_sum_over_eigenvalues_is_a_trace(formula: str, trace: str) -> None:
    found = derivation(formula, "X")
    assert f"f = {trace}" in found.text(color=False)
    assert "simple" not in found.text(color=False)  # the sum is smooth where eigenvalues meet
    assert found.summary.agreed == found.summary.steps


def test_factors_above_and_below_cancel_where_they_meet() -> None:
    text = derivation(
        "-y'*log(sigmoid(X*w)) - (1 - y)'*log(1 - sigmoid(X*w)) + c*w'*w",
        "w",
        "X: matrix m n; w: vector n; y: vector m; c: scalar",
    ).text()
    assert "−y ⊙ (s ⊙ (𝟏 − s) ⊘ s) + (𝟏 − y) ⊙ (s ⊙ (𝟏 − s) ⊘ (𝟏 − s))" in text
    assert (
        text.index("= −y ⊙ (𝟏 − s) + (𝟏 − y) ⊙ s") < text.index("= s − y") < text.index("∂f/∂w = Xᵀ(s − y) + c (2 w)")
    )


def test_reasons_of_rules_at_full_detail() -> None:
    text = derivation("logdet(X)", "X").text()
    assert "Why" not in text
    text = gp.derive("logdet(X)", wrt="X").derivation(detail="full").text()
    assert "log det(I + U⁻¹ dU)" in text
    assert "a scalar by a matrix: df = tr(Aᵀ dX) gives ∂f/∂X = A\n" in text
    assert "Identification" not in derivation("logdet(X)", "X").text()


def test_the_facts_that_were_used_are_named() -> None:
    text = derivation("x'*S*x", "x", "S: matrix n n symmetric; x: vector n").text(color=False)
    assert "since S is symmetric" in text


def test_second_derivatives_are_derivatives_of_derivatives() -> None:
    found = derivation("sum(log(1 + exp(-y.*(X*w))))", ["w", "w"])
    assert found.root.rule == "second"
    assert [c.kind for c in found.root.children] == [DERIVATIVE, DERIVATIVE]
    assert found.summary.agreed == found.summary.steps


def test_other_layouts_end_in_the_transpose() -> None:
    d = gp.derive("norm2(A*x - b)^2", wrt="x", layout="numerator")
    found = d.derivation()
    assert found.root.rule == "layout"
    assert found.result is d.result


def test_what_has_no_derivation_says_so() -> None:
    with pytest.raises(gp.UnsupportedError, match="no derivation for"):
        derivation("det(F(X))", "X", "X: matrix m n; F: function X -> matrix p p")


@pytest.mark.parametrize(
    ("formula", "where", "line"),
    [
        ("g(u(X))", "u: function X -> vector s; g: function u -> scalar", "∂f/∂Xᵢⱼ = Σₖ (∂g/∂uₖ) (∂uₖ/∂Xᵢⱼ)"),
        ("g(U(X))", "U: function X -> matrix p q; g: function U -> scalar", "∂f/∂Xᵢⱼ = Σₖₗ (∂g/∂Uₖₗ) (∂Uₖₗ/∂Xᵢⱼ)"),
        ("tr(F(X))", "F: function X -> matrix p p", "∂f/∂Xⱼₖ = Σᵢ (∂Fᵢᵢ/∂Xⱼₖ)"),
        ("a'*u(A*X)", "A: matrix p m; a: vector s; u: function X -> vector s", "∂f/∂Xⱼₖ = Σᵢₗ aᵢ (∂uᵢ/∂(A X)ₗₖ) Aₗⱼ"),
    ],
)
def test_declared_functions_of_a_matrix_entry_by_entry(formula: str, where: str, line: str) -> None:
    """Rule 6.2; a result that is off in index notation is refuted by its own check."""
    t = derivation(formula, "X", f"X: matrix m n; {where}")
    assert f"Result: {line}\n" in t.text(color=False)
    assert "(6.2): ∂g/∂X_ij = Σ_k (∂u_k/∂X_ij)(∂g/∂u_k)" in t.text(color=False)
    assert t.summary.agreed == t.summary.steps
    assert t.root.tensor is not None
    twice = add([(2, t.root.tensor)], t.root.tensor.axes)
    assert t.check(replace(t.root, tensor=twice)).ok is False


@pytest.mark.parametrize(
    ("formula", "where", "lines"),
    [
        (
            "tr(A*conj(X)')",
            "X: matrix m n complex; A: matrix m n complex",
            ["∂f/∂X = 𝟎ₘₙ", "∂f/∂conj(X) = A", "∂f/∂re(X) = 𝟎ₘₙ + A"],
        ),
        ("exp(z)*sin(z)", "z: scalar complex", ["∂f/∂z = ", "∂f/∂conj(z) = 0", "∂f/∂re(z) = exp(z) (sin(z) + cos(z))"]),
    ],
)
def test_by_the_real_part_both_derivatives_are_added(formula: str, where: str, lines: list[str]) -> None:
    x = "X" if "X" in where else "z"
    t = gp.derive(formula, f"re({x})", where).derivation()
    text = t.text(color=False)
    places = [text.find(line) for line in lines]
    assert places == sorted(places)
    assert -1 not in places
    assert t.root.rule == "both-parts"
    assert t.summary.agreed == t.summary.steps
    assert rf"\operatorname{{Re}} {x}" in t.latex()
    assert rf"\overline{{{x}}}" in t.latex()


# -- the tester is tested

WRONG = [  # rule, a wrong formula, a formula that uses it, what is known
    ("linear-left", lambda du, A: A if du.op.letters else du * A, "A*x", "A: matrix n n; x: vector n"),  # a missing transpose
    ("squared-norm", lambda du, u: du * u, "norm2(A*x - b)^2", None),  # a lost factor 2
    ("product-3", lambda dy, dz, y, z: z * dy.T + y * dz, "(x'*x)*exp(x)", None),  # the terms swapped
    ("product-2", lambda dy, dz, y, A, z: dy * A * z + dz * A * y, "x'*A*x", None),
    ("scalar-chain", lambda du, slope: du, "exp(x'*x)", None),
    ("differential-squared-norm", lambda U, dU: inner(U, dU), "norm2(A - X)^2", "A: matrix m n; X: matrix m n"),
    ("differential-elementwise", lambda slope, dU: hadamard(slope, slope), "sum(exp(X))", "X: matrix m n"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "formula", "text", "where"), WRONG, ids=[w[0] for w in WRONG])
def test_a_wrong_rule_is_caught_by_its_own_step_and_by_the_comparison(
    rule: str, formula: Any, text: str, where: str | None
) -> None:
    wrt = "X" if rule.startswith("differential") else "x"
    d = gp.derive(text, wrt=wrt, where=where)
    rules = {**RULES, rule: wrong(rule, formula)}
    method = derive_by_differential if wrt == "X" else derive_by_rules
    try:
        root = method(d.expression, d.symbols[wrt], rules)
    except NoDerivation:
        root = differential_of(d.expression, (d.symbols[wrt],), rules)[0]
    assert verdicts(root, text, where)[rule] is False
    with pytest.raises((Disagreement, NoDerivation)):
        prove(problem_of(d), None, rules)


def test_a_right_rule_passes_the_same_test() -> None:
    for rule, _, text, where in WRONG:
        wrt = "X" if rule.startswith("differential") else "x"
        root = derivation(text, wrt, where).root
        assert all(verdicts(root, text, where).values())


def test_a_disagreement_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    d = gp.derive("A*x", wrt="x", where="A: matrix n n; x: vector n")
    monkeypatch.setitem(RULES, "linear-left", wrong("linear-left", lambda du, A: du * A))
    with pytest.raises(gp.VerificationError, match="defect"):
        d.derivation()


def test_a_quotient_is_recognised_only_where_its_root_is_real() -> None:
    d = gp.derive(
        "sqrt(cosh(x))", wrt="x", where="x: scalar"
    )  # not sqrt(tanh(x))*sqrt(sinh(x))/2: found by this comparison
    assert d.result.ascii == "sinh(x)/(2*sqrt(cosh(x)))"
    assert d.evaluate(x=-1.0) == pytest.approx(-0.4730, abs=1e-4)


# -- size


def test_depth_is_no_limit() -> None:
    found = derivation("sin(" * 200 + "x" + ")" * 200, "x", "x: scalar")
    assert len(list(steps(found.root))) > 200
    assert len(found.board.blocks) > 200
    assert len(json.dumps(found.json()["root"]["result"])) > 200
    assert found.check(found.root).ok


def test_shared_parts_are_derived_once() -> None:
    e, c = gp.vector("x", "n"), gp.scalar("c")
    for _ in range(40):  # written out, it would have 2^40 terms
        e = c * e + e
    assert len(list(steps(gp.derive(e, wrt="x").derivation().root))) < 400


def test_a_long_formula_is_derived_quickly() -> None:
    d = gp.derive("+".join(f"sin({k}*x'*A*x)" for k in range(1, 40)), wrt="x")
    d.derivation()
    start = time.process_time()
    d.derivation()
    assert time.process_time() - start < 5  # 0.2 s; a machine may be busy, and the heap of a whole run large


@pytest.mark.parametrize(
    ("formula", "wrt", "where"),
    [
        ("relu(D)/t", "D", "D: matrix n n diagonal; t: scalar"),
        ("relu(D^3)", "D", "D: matrix n n diagonal"),
        ("sum(relu(L))", "L", "L: matrix n n lower"),
        ("relu(L*x)'*y", "x", "L: matrix n n lower; x: vector n; y: vector n"),
        ("norm2(relu(X*W)*V - Y)^2", "W", None),
    ],
)
def test_the_slope_of_a_positive_part_is_named_also_where_a_variable_has_zeros(
    formula: str, wrt: str, where: str
) -> None:
    t = gp.derive(formula, wrt, where).derivation()
    assert t.summary.agreed == t.summary.steps
    assert any(n.meaning == "slope" for n in t.names)


@pytest.mark.parametrize("wrt", ["u", "M"])
@pytest.mark.parametrize("formula", ["kron(u*u', M)", "kron(M, u*u')", "kron(M*N, N)"])
def test_kronecker_products_have_derivations(formula: str, wrt: str) -> None:
    where = "u: vector p; M: matrix m n; N: matrix n k"
    if wrt in formula:
        found = gp.derive(formula, wrt, where).derivation()
        assert found.summary.agreed == found.summary.steps


@pytest.mark.parametrize(
    "formula",
    [
        "a'*kron(u,M)*b",
        "tr(C*kron(u,M))",
        "tr(kron(M,u)'*kron(M,u))",
        "kron(u,M)*b",
        "kron(M,u)*b",
        "kron(u',M)*kron(u,b)",
        "norm2(kron(u,M)*b)^2",
    ],
)
@pytest.mark.parametrize("wrt", ["u", "M"])
def test_kronecker_products_of_a_vector_and_a_matrix_have_derivations(formula: str, wrt: str) -> None:
    where = "u: vector p; M: matrix m n; b: vector n; a: vector p*m; C: matrix n p*m"
    t = gp.derive(formula, wrt, where).derivation()
    assert t.summary.agreed == t.summary.steps > 1


@pytest.mark.parametrize(
    ("formula", "wrt", "where"),
    [
        ("Y.*e*Q", ["e", "Q"], "Q: matrix n p; Y: matrix m n; e: scalar"),
        ("g*Y.*Y", ["g", "Y"], "Y: matrix p n; g: scalar"),
        ("u'*(A/exp(e))*z", ["e", "A", "u"], "A: matrix m m; e: scalar; u: vector m; z: vector m"),
    ],
)
def test_a_matrix_after_a_scalar_has_a_derivation(formula, wrt, where):
    """The rows of such a result are those of the first variable that has axes."""
    assert gp.derive(formula, wrt=wrt, where=where).derivation().text()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_rules_say_has_all_its_parts(lang: str) -> None:
    """A text with a hole for a part that a step has not was a KeyError, on the page and in print."""
    for formula, wrt, where, method in EXAMPLES[-40:]:
        found = derivation(formula, wrt, where, method=method, lang=lang)
        assert found.text()
        assert found.latex()


@pytest.mark.parametrize(
    ("formula", "wrt", "where"),
    [
        ("z'*z + sign(g)*g", ["z", "g"], "g: scalar; z: vector n"),
        ("exp(a) + sum(exp(x))", ["a", "x"], "a: scalar; x: vector n"),
    ],
)
def test_a_mixed_derivative_of_what_stands_apart_is_zero(formula: str, wrt: list[str], where: str) -> None:
    found = gp.derive(formula, wrt, where=where).derivation()
    assert found.result.ascii == "zeros(n)"


@pytest.mark.parametrize(
    ("formula", "wrt", "result"),
    [("sum(kron(X.^2, B^2))", "A", "zeros(n,n)"), ("c'*kron(a,b)", "c", "kron(a, b)")],
)
def test_entries_of_axes_that_are_made_of_several(formula: str, wrt: str, result: str) -> None:
    where = "A: matrix n n; X: matrix n n; B: matrix k k; a: vector m; b: vector n; c: vector m*n"
    found = gp.derive(formula, wrt, where=where).derivation(method="entries")
    assert found.result.ascii == result
    assert found.summary.agreed == found.summary.steps
