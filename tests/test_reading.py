"""Formulas as people write and paste them: what is read is what was meant, or it is refused."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import GradproofError
from gradproof.parse import parse, surroundings
from reading_truth import canonical, evaluated, sampled

FOLDER = Path(__file__).parent / "reading"
ENTRIES = [e for f in sorted(FOLDER.glob("*.json")) for e in json.loads(f.read_text("utf-8"))]
LEAST = 0.9  # of the formulas with one meaning that are read


def questions(entry: dict[str, Any]) -> list[str | None]:
    """The variables that are asked for."""
    asked = entry["wrt"] if isinstance(entry["wrt"], list) else [entry["wrt"]]
    return [q[0] if isinstance(q, list) else q for q in asked]


def meanings(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**entry, **other} for other in ({}, *entry.get("also", []))]


def agrees(expr: gp.Expr, meaning: dict[str, Any]) -> bool:
    """Whether a formula has the value that was meant, at random points."""
    alias = {canonical(a): canonical(b) for a, b in meaning.get("alias", {}).items()}
    for seed in range(3):
        values = sampled(meaning["vars"], np.random.default_rng(seed))
        known = {canonical(name): value for name, value in values.items()}
        names = [*(s.name for s in expr.variables), *(n for n in known if n in values and n not in meaning["vars"])]
        given = {name: known[alias.get(canonical(name), canonical(name))] for name in names if canonical(name) in known
                 or alias.get(canonical(name)) in known}  # fmt: skip
        functions = {name: lambda x, f=v: f(np.asarray(x)) for name, v in values.items() if callable(v)}
        if any(s.name not in given for s in expr.variables):
            return False
        try:
            got = np.squeeze(np.asarray(expr.evaluate({**given, **functions})))
        except GradproofError:
            return False
        with np.errstate(all="ignore"):
            wanted = evaluated(meaning["formula"], values)
        same = got.shape == wanted.shape or got.shape == wanted.T.shape
        if not same or not np.allclose(got if got.shape == wanted.shape else got.T, wanted, rtol=1e-7, equal_nan=True):
            return False
    return True


def outcome(entry: dict[str, Any], wrt: str | None) -> str:
    """right, wrong or refused."""
    try:
        if wrt is None:
            read = (gp.parse_latex if entry.get("via") == "parse_latex" else gp.parse)(
                entry["text"], entry.get("where")
            )
        else:
            names = entry.get("wrt_try", [wrt])
            read = None
            for name in names:
                try:
                    read = gp.derive(entry["text"], name, entry.get("where"), verify=False).expression
                    break
                except GradproofError:
                    if name == names[-1]:
                        raise
            assert read is not None
    except GradproofError:
        return "refused"
    if entry.get("must_refuse"):
        return "wrong"
    return "right" if any(agrees(read, meaning) for meaning in meanings(entry)) else "wrong"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e["id"])
def test_nothing_is_misread(entry):
    assert "wrong" not in [outcome(entry, wrt) for wrt in questions(entry)]


def test_most_are_read():
    clear = [e for e in ENTRIES if not e.get("must_refuse") and not e.get("may_refuse")]
    right = [e for e in clear if all(outcome(e, wrt) == "right" for wrt in questions(e))]
    assert len(right) >= LEAST * len(clear)


def test_the_comparison_sees_another_value():
    entry = next(e for e in ENTRIES if e["id"] == "u08")
    assert agrees(gp.parse("x'*A*x"), entry)
    assert not agrees(gp.parse("1.01*x'*A*x"), entry)
    assert not agrees(gp.parse("x'*A'*A*x"), entry)


# -- every character is accounted for

# layout, norms and transposes: signs of a known kind
_LAYOUT = re.compile(
    r"\\(?:begin|end|label|tag|hspace|vspace)\*?\s*\{[^}]*\}|(?<=[|‖t}])\s*_\s*\{?\s*(?:\\mathrm\s*\{)?[F12]|\^\{?\s*T|ᵀ|σ(?=\()|\{e\}(?=\^)|\\[A-Za-z]+\*?|\\.|[{}$&~]|[.,;:]\s*\Z",
    re.DOTALL,
)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e["id"])
def test_every_letter_and_digit_is_in_the_formula_or_named_in_a_note(entry):
    """A letter or digit that is in no node's own place, no layout command and no note was dropped."""
    text, wrt = entry["text"], questions(entry)[0]
    try:
        parsed = parse(
            text, entry.get("where"), [wrt] if wrt and wrt.isidentifier() and not entry.get("wrt_try") else []
        )
    except GradproofError:
        return
    said = [n.span for n in parsed.notes if n.span is not None]
    quoted = " ".join(n.text for n in parsed.notes)
    layout = [m.span() for m in _LAYOUT.finditer(text)]
    formula = [span for e, span in parsed.spans.items() if not e.args]
    places = [*said, *layout, *formula]
    names = {canonical(s.name) for s in parsed.expr.variables}
    for k, c in enumerate(text):
        if not c.isalnum() or any(a <= k < b for a, b in places):
            continue
        word = re.search(rf"\w*{re.escape(c)}\w*", text[max(0, k - 12) : k + 12])
        known = word is not None and (word[0] in quoted or canonical(word[0]) in names)
        letter = canonical(unicodedata.normalize("NFKC", c))
        inside = any(a <= k < b for a, b in parsed.spans.values()) and (letter in "".join(names) or c.isdigit())
        assert known or inside or re.search(r"[A-Za-z]{2,}", text[max(0, k - 6) : k + 6]), (text, k, c)


# -- texts


@pytest.mark.parametrize(
    ("text", "wrt", "read"),
    [
        ("x^TAx", "x", "x'*A*x"),
        ("2X'(Xw - y)", "w", "2*X'*(X*w - y)"),
        ("½ xᵀQx", "x", "1/2*x'*Q*x"),
        ("f(x) = x^T A x   w.r.t. x", "x", "x'*A*x"),
        (r"\\frac{1}{2} \\lVert Ax-b \\rVert^2", "x", "1/2*norm2(A*x - b)^2"),
        (r"A &= \|x\|^2 \\ &= x^\top x", "x", "x'*x"),
        ("sum_i log(1+exp(-y_i w^T x_i))", "w", "sum(log(1 + exp(-y.*(X*w))))"),
        (r"\frac{1}{2}\|y^{\text{pred}} - y\|^2", "y_pred", "1/2*norm2(y_pred - y)^2"),
    ],
)
def test_plain_text_and_surroundings(text, wrt, read):
    d = gp.derive(text, wrt, verify=False)
    assert d.reading.formula == read
    assert d.reading.notation != "ascii"


WORDS_AROUND = """what is|find |compute |differentiating |differentiate_ |minimize |Given |the |my |Eq. 1|ex 2|q1|problem 3|where|subject|w.r.t|wrt|w.rt|S.T.|
such that|for all|of |with respect|2. |3) |, x is a matrix|; then |?|* |d (|d ab|`|$|\\|>|#|【|《|令|, f |. And """.replace(
    "\n", ""
).split("|")


@pytest.mark.parametrize("word", WORDS_AROUND)
@pytest.mark.parametrize("frame", ["{}x'*A*x", "x'*A*x {}", "x'*A*x {} + x", " {}"])
def test_the_quick_look_for_words_around_a_formula_misses_none(word, frame):
    text = frame.format(word)
    assert surroundings._may_show(text) or surroundings._SHOWS.search(text) is None


def test_most_formulas_have_nothing_around_them_and_are_not_searched():
    assert not any(surroundings._may_show(t) for t in ("norm2(A*x - b)^2", "tr(A*X*B*X')", "log(1 + exp(-x))"))


@pytest.mark.parametrize(
    ("text", "wrt", "kind"),
    [
        ("norm2(A*x)", "z", "wrt-absent"),
        ("loss*z'*z", "s", "wrt-one-name"),
        (r"x^\top A x \\ b^\top x", "x", "layout-product"),
        (r"x^\top A x \quad \text{and} \quad b^\top x", "x", "text-in-formula"),
        ("x + ¤", "x", "unknown-character"),
        (r"\sum_{t=1}^T (x_t - x_{t-1})^2 + (x_0 - a)^2", "x", "number-beside-array"),
        (r"\sum_{i=1}^n \sum_{j=2}^i a_{ij}", "A", "sum-triangle"),
        ("$x^T x$ and $y^T y$", "x", "two-formulas"),
        (r"\operatorname{tr}(\log X)", "X", "matrix-or-entries"),
        (r"\operatorname{tr}(A\log X)", "X", "matrix-or-entries"),
    ],
)
def test_what_can_be_meant_otherwise_is_refused(text, wrt, kind):
    with pytest.raises(GradproofError) as caught:
        gp.derive(text, wrt)
    assert caught.value.kind == kind
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"\sum_{ij} P_{ij}\log P_{ij}", "tr(log(P)'*P)"),
        (r"\operatorname{sum}(P \odot \log P)", "sum(P.*log(P))"),
        (r"\mathbf{1}^\top \log(P) \mathbf{1}", "ones(m)'*log(P)*ones(n)"),
    ],
)
def test_a_logarithm_of_entries_is_read(text, read):
    assert gp.parse(text).reading.formula == read


@pytest.mark.parametrize(
    "text",
    [
        r"\operatorname{tr}(\log(P))",
        r"\operatorname{tr}\exp(B)",
        r"\det(\exp(-tB))",
        r"\operatorname{tr}(P\log(P)) + a",
    ],
)
def test_a_function_below_a_trace_or_a_determinant_may_be_that_of_the_matrix(text):
    """In a text on matrices it is; entry by entry it is only where the matrix is declared, as for what gradproof prints."""
    with pytest.raises(GradproofError, match="function of the matrix, or of each entry"):
        gp.parse(text)


def test_a_function_of_the_entries_of_a_declared_matrix_below_a_trace_is_read():
    assert gp.parse(r"\operatorname{tr}(\exp(B))", where="B: matrix n n").ascii == "tr(exp(B))"


R_BY_X = "2*A'*(A*x - b)"


@pytest.mark.parametrize("where", [None, "x: vector n", "x: vector n; A: matrix m n"])
@pytest.mark.parametrize(
    "text",
    [
        r"\|r\|^2, \quad r = Ax-b", r"L = \|r\|^2 \text{ where } r = Ax-b", r"\text{Let } r = Ax - b. \text{ Then } f(x) = r^\top r", r"\text{Define } r = Ax-b. f(x) = r^\top r",
        r"f(x) = r^\top r. \text{ Here } r = Ax-b.", r"\|y\|^2 \text{ with } y = Ax - b", "f = rᵀr, r = Ax - b",
    ],
)  # fmt: skip
def test_a_definition_is_put_in_whether_the_variable_is_declared_or_not(text, where):
    """Its gradient is that of ‖Ax − b‖²; with x declared it was zero, and of `Let r = …, then …` that of r."""
    assert gp.derive(text, wrt="x", where=where).result.ascii == R_BY_X


@pytest.mark.parametrize("word", ["where", "with", "for", "given", "if", "and"])
@pytest.mark.parametrize("text", [r"$\|r\|^2 {} r = Ax-b$", "$x'x + ||r||^2 {} r = Ax - b$"])
def test_a_definition_after_a_word_is_not_what_is_differentiated(text, word):
    """All up to the last equals sign was taken off as a left side: what was differentiated was Ax - b."""
    with pytest.raises(GradproofError, match=f"'{word}' is text"):
        gp.derive(text.format(word), wrt="x")


@pytest.mark.parametrize(
    "text", [r"\Sigma (y_i - w^\top x_i)^2", "$Σ (y_i - w^T x_i)^2$", r"\Sigma_i (y_i - w^\top x_i)^2"]
)
def test_a_capital_sigma_before_what_has_an_index_may_be_a_sum(text):
    with pytest.raises(GradproofError, match="sign of a sum"):
        gp.derive(text, wrt="w")


@pytest.mark.parametrize("text", [r"(x - \mu_k)^\top \Sigma_k (x - \mu_k)", r"\Sigma x", r"\Sigma (x - \mu)"])
def test_a_capital_sigma_that_is_a_matrix_is_one(text):
    assert any(v.name.startswith("Sigma") for v in gp.parse(text).variables)


@pytest.mark.parametrize(
    "text", [r"x^\top x + O(\|x\|^3)", r"x^\top x + o(\|x\|)", r"x^\top x + o\left(\|x\|\right)", "x'x + O(norm2(x)^3)"]
)
def test_what_is_not_written_is_no_factor(text):
    with pytest.raises(GradproofError, match="function or a product"):
        gp.derive(text, wrt="x")


@pytest.mark.parametrize(
    ("text", "by", "where"),
    [
        (r"\hat{x}^\top \hat{x}", "x", "x: vector n"), (r"\tilde{x}^2", "x", "x: scalar"), (r"x_{new}^\top B x_{new}", "x", "x: vector n"), (r"x_0^\top B x_0", "x", "x: vector n"),
        (r"\|x^{(2)}\|^2", "x", "x: vector n"), (r"\bar x^\top c", "x", "x: vector n"), (r"w_1 t", "w", "w: scalar; t: scalar"), (r"\operatorname{tr}(W_1 W_2)", "W", "W: matrix n n"),
    ],
)  # fmt: skip
def test_a_declared_letter_that_stands_only_with_a_mark_is_not_taken_for_absent(text, by, where):
    """The derivative was zero, with a note."""
    with pytest.raises(GradproofError, match=r"a name of its own|can be an entry"):
        gp.derive(text, wrt=by, where=where)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"|\vec r - \vec s|", "norm2(r - s)"), (r"|\mathbf r|", "norm2(r)"), (r"\frac{\mathbf r}{|\mathbf r|^3}", "r/norm2(r)^3"), (r"e^{-|\mathbf x|}", "exp(-norm2(x))"), (r"|\mathbf{A}\mathbf{x}|", "norm2(A*x)"),
    ],
)  # fmt: skip
def test_bars_around_what_is_set_as_a_vector_are_its_length_whether_it_is_declared_or_not(text, read):
    assert gp.parse(text, where="r: vector n; s: vector n; x: vector n; A: matrix m n").ascii == read
    assert gp.parse(text).ascii == read


@pytest.mark.parametrize("where", [None, "U: matrix r m; V: matrix r n"])
@pytest.mark.parametrize("by", ["U", "V"])
def test_a_sum_of_outer_products_is_one_whatever_is_asked_for(by, where):
    r"""By V, u was read as a vector of numbers: \sum_i u_i v_i' is U'V, as it is by U."""
    assert gp.derive(r"\sum_i u_i v_i^\top", wrt=by, where=where).expression.ascii == "U'*V"


@pytest.mark.parametrize(
    ("text", "by", "where"),
    [(r"w_k^\top x + \|W\|_F^2", "W", "W: matrix m n"), (r"w_1^\top x + \|W\|_F^2", "W", None), (r"x_1^\top c + \|X\|_F^2", "X", "X: matrix m n")],
)  # fmt: skip
def test_a_row_of_what_is_asked_for_is_not_taken_for_another_name(text, by, where):
    """The derivative was that of the norm alone, with a note."""
    with pytest.raises(GradproofError, match="can be an entry of"):
        gp.derive(text, wrt=by, where=where)


def test_a_marked_name_that_is_declared_too_is_another_one():
    assert gp.derive(r"\hat{x}^\top \hat{x}", wrt="x", where="x: vector n; x_hat: vector n").result.ascii == "zeros(n)"


def test_a_derivative_sign_says_the_variable():
    assert gp.derive(r"\frac{\partial}{\partial X} tr(AXB)").result is gp.derive("tr(A*X*B)", "X").result
    with pytest.raises(GradproofError):
        gp.derive("x'*x")


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        (r"\mathcal{L}(Wx)", "W"), (r"\mathbb{1}[x]", "x"),
        ("x^T A x\nb^T x", "x"), ("x^T A x\n\nb^T x", "x"), ("x^H A x", "x"), (r"\max x_i", "x"), (r"\max_i x_i + y_i", "x"),
        (r"\sum_{i,j} \|x_i-x_j\|", "X"), (r"\rho_\tau(y - X\beta)", "beta"), (r"\frac{\partial \ell}{\partial W}", "W"),
    ],
)  # fmt: skip
def test_no_reading_is_better_than_a_wrong_one(text, wrt):
    with pytest.raises(GradproofError):
        gp.derive(text, wrt)


def test_pi_is_the_number():
    assert np.isclose(gp.parse("2*pi").evaluate(), 2 * np.pi)
    assert gp.parse("pi'*x", "pi: vector n").shape == ()


def test_a_kernel_of_distances_is_read_and_its_gradient_is_that_of_differences():
    X = np.random.default_rng(4).normal(size=(4, 3))
    d = gp.derive("sum(i, j: exp(-sum(k: (X[i,k] - X[j,k])^2)))", "X", where="X: matrix n p")

    def f(Z):
        return np.exp(-((Z[:, None] - Z[None]) ** 2).sum(2)).sum()

    want = np.zeros_like(X)
    for i in np.ndindex(X.shape):
        step = np.zeros_like(X)
        step[i] = 1e-5
        want[i] = (f(X + step) - f(X - step)) / 2e-5
    for found in (d.evaluate(X=X), d.compile()(X=X)):
        np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "text", ["\\sum_{r=1%}", ", J = \\det F", "\\sum_{j \\neq y_", "w_{y_", "d()/dx", "k(x,x') =", "{e}^", "\\sum_i -", "Tr["]
)  # fmt: skip
def test_what_breaks_off_is_refused(text: str) -> None:
    with pytest.raises(GradproofError):
        gp.parse(text)
