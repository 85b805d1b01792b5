"""LaTeX input: formulas as people write them, what is refused and where, and gradproof's own output read back."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradproof as gp
import random_formulas
from corpus_entries import ENTRIES, declaration, declarations
from differences import derivative
from gradproof.cli.main import main
from gradproof.derived import describe
from gradproof.engine.lower import lower
from gradproof.errors import GradproofError, ParseError, ShapeError, UnsupportedError
from gradproof.notation.expr import Call, Expr, walk
from gradproof.parse import parse
from gradproof.parse.latex_tokens import is_latex
from gradproof.parse.latex_words import COMMANDS
from gradproof.render import latex as written
from latex_formulas import REFUSED, RIGHT

SAMPLES = json.loads((Path(__file__).parent / "latex_sample.json").read_text("utf-8"))


def tensor(e: Expr):
    return lower(e).tensor


def same(one: Expr, other: Expr) -> bool:
    """Whether two formulas mean the same, whatever their dimensions are called."""
    if {s.name for s in one.variables} != {s.name for s in other.variables}:
        return False
    shared = {s.name: s for s in other.variables}
    return tensor(one) is tensor(other) or tensor(parse(one.ascii, shared).expr) is tensor(other)


# -- formulas as people write them


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case[0])
def test_formulas(case):
    latex, text, where = (*case, None)[:3]
    assert same(gp.parse_latex(latex, where), gp.parse(text, where))


@pytest.mark.parametrize(("latex", "spot"), REFUSED, ids=lambda text: text)
def test_refusals_show_the_place(latex, spot):
    with pytest.raises((ParseError, ShapeError, UnsupportedError)) as caught:
        gp.parse_latex(latex)
    start, end = caught.value.span
    assert caught.value.text == latex
    assert latex[start:end].strip() == spot


def test_the_corpus_in_latex():
    """What the corpus writes in LaTeX is what it writes in ASCII: at least 96 %, and the rest is refused or differs in form only."""
    right = others = 0
    for entry in ENTRIES.values():
        for latex, text in (("latex_expr", "expr"), ("latex_expected", "expected")):
            if not entry.get(latex) or not entry.get(text) or (text == "expected" and entry.get("expected_schematic")):
                continue
            try:
                where = declarations(entry)
                wanted = tensor(gp.parse(entry[text], where))
            except GradproofError:
                continue
            try:
                right += tensor(gp.parse_latex(entry[latex], where)) is wanted
                others += 1
            except GradproofError:
                others += 1
    assert right > 1000
    assert right / others > 0.96


@pytest.mark.filterwarnings("ignore::gradproof.errors.LostDigitsWarning")  # C*S*C' is singular where C is tall
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["latex"])
def test_formulas_from_questions(sample):
    """From real questions: the same formula, up to the names of the variables."""
    where = {name: declaration(spec) for name, spec in sample["vars"].items()}
    try:
        wanted = gp.parse(sample["ascii"], where)
    except ShapeError:  # dimensions that are products are spelled otherwise there
        where = None
        wanted = gp.parse(sample["ascii"])
    assert same_up_to_names(gp.parse_latex(sample["latex"], where), wanted)


def same_up_to_names(one: Expr, other: Expr) -> bool:
    """Whether the formula has the same values for some order of its variables."""
    mine, rng = one.variables, np.random.default_rng(0)
    dims = {name: int(rng.integers(2, 4)) for e in walk(other) for d in e.type.dims for name in d.names}
    values = {s.name: rng.uniform(0.5, 1.5, [d.evaluate(dims) for d in s.type.dims]) for s in other.variables}
    values = {
        name: v + 3 * np.eye(len(v)) if v.ndim == 2 and v.shape[0] == v.shape[1] else v for name, v in values.items()
    }
    known = {p.name: dims[p.name] for e in walk(one) if isinstance(e, Call) for p in e.params if p.name in dims}
    wanted = np.asarray(other.evaluate({**dims, **values}))
    for order in permutations(other.variables):
        if [s.type.kind for s in order] == [s.type.kind for s in mine]:
            try:
                got = np.asarray(
                    one.evaluate({**known, **{s.name: values[o.name] for s, o in zip(mine, order, strict=True)}})
                )
            except GradproofError:
                continue
            if got.shape == wanted.shape and np.allclose(got, wanted):
                return True
    return False


DOCUMENTED = re.findall(
    r"^\| `(\\sum.*?)` \| `(.*?)` \|$",
    (Path(__file__).parents[1] / "docs" / "latex.md").read_text("utf-8"),
    re.MULTILINE,
)


@pytest.mark.parametrize(("latex", "text"), DOCUMENTED)
def test_sums_of_the_documentation(latex, text):
    got = gp.parse_latex(latex)
    assert tensor(got) is tensor(gp.parse(text, {s.name: s for s in got.variables}))


# -- what is said


def notes(latex: str, where: str | None = None) -> str:
    return "\n".join(str(n) for n in parse(latex, where, notation="latex").notes)


@pytest.mark.parametrize(
    ("latex", "where", "said"),
    [
        (r"f(x) = x^\top x", None, "'f(x) =' is taken off"),
        (r"\min_w \|Xw - y\|^2", None, r"'\min_w' is taken off"),
        (r"\frac{\partial}{\partial X} \det X", None, "the derivative sign"),
        (r"2\pi c", None, "pi is read as the number"),
        (r"1/2\, x^\top x", None, "a fraction times what follows"),
        (r"\log x^\top y", None, "is read as log of"),
        (r"\log(X)", "X: matrix n n", "entry by entry"),
        (
            r"c - \operatorname{tr}(A)^{-1} B",
            "A: matrix n n; B: matrix n n; c: scalar",
            "a trace is taken of everything",
        ),
        (
            r"\frac{a \cdot b}{\sqrt{a^2 \cdot b^2}}",
            "a: vector n; b: vector n",
            "inner product of a vector with itself",
        ),
        (r"X(a) X(a)^\top", None, "depends on its argument"),
        (r"K_{m,n} x", None, "commutation matrix"),
        (r"\|X\|_1", "X: matrix m n", "the sum of the absolute values of its entries"),
        (r"\sum_i a_i x_i", "X: matrix n d; a: vector n", "x_i is read as a row of the matrix X"),
        (r"\sum_i a_i x_i", None, "x_i is read as an entry of the vector x"),
        (r"\sum_i \log(1+e^{-y_i x_i^\top w})", None, "is read as sum(log(1 + exp(-y.*(X*w))))"),
    ],
)
def test_readings_are_said(latex, where, said):
    assert said in notes(latex, where)


@pytest.mark.parametrize(
    ("latex", "where", "hint"),
    [
        (r"\sum_i (y_i - w^\top x_i)^2", "X: matrix n n; w: vector n; y: vector n", "X_{:,i}"),
        (r"dX", None, r"d\,X"),
        (r"x/2y", None, r"\frac"),
        (r"f(x)", None, "function x -> scalar"),
        (r"\|X\|_2", "X: matrix m n", "_F"),
        (r"e^{X}", "X: matrix n n", "exp(X)"),
        (r"x^* x", None, r"^\top"),
        (r"\foo", None, r"\mathrm{name}"),
        (r"\lamda x", None, r"\lambda"),
        (r"loss + 1", None, r"\mathrm{loss}"),
        (r"x_i A_{ij} x_j", None, r"\sum_{ij}"),
        (r"\mathbf{1}_{mn}", None, r"\mathbf{1}_{m,n}"),
    ],
)
def test_refusals_name_the_alternatives(latex, where, hint):
    with pytest.raises(GradproofError) as caught:
        gp.parse_latex(latex, where)
    assert hint in caught.value.hint


def test_bars_are_what_fits():
    assert gp.parse_latex("|X|").shape == ()
    assert gp.parse_latex("|X|", "X: matrix m n").shape == ("m", "n")
    assert gp.parse_latex("|x|").shape == ("n",)


def test_declared_names_go_before_letters():
    assert gp.parse_latex(r"loss \cdot x", "loss: scalar; x: vector n") is gp.parse(
        "loss*x", "loss: scalar; x: vector n"
    )
    assert gp.parse_latex(r"x_1", "x_1: vector n").variables[0].name == "x_1"
    assert gp.parse_latex(r"\lambda x", "lam: scalar").variables[0].name == "lam"
    assert gp.parse_latex(r"I x", "I: matrix n n; x: vector n") is gp.parse("I*x", "I: matrix n n; x: vector n")
    assert gp.parse_latex(r"c^T", "T: scalar; c: scalar") is gp.parse("c^T", "T: scalar; c: scalar")


def test_names_may_be_given_in_latex():
    d = gp.derive(
        r"x^\top \Sigma_{xy} \theta_0", wrt=r"\theta_0", where={r"\Sigma_{xy}": "matrix m n", r"\mathbf{x}": "vector m"}
    )
    assert d.result.ascii == "Sigma_xy'*x"
    assert gp.parse_latex(r"\Lambda x", r"\mathbf{\Lambda}: matrix p k").shape == ("p",)


def test_bold_letters_are_vectors_and_matrices():
    assert gp.parse_latex(r"\mathbf{a} + \mathbf{b}").shape == ("n",)
    assert gp.parse_latex("a + b").shape == ()


def test_declared_functions():
    where = "f: function x -> scalar; U: function x,y -> matrix n n; x: vector k; y: vector k"
    assert gp.parse_latex(r"f(x) + \frac{1}{2}", where) is gp.parse("f(x) + 1/2", where)
    one = "u: function x -> vector q; x: scalar"
    assert gp.parse_latex(r"\frac{\partial u}{\partial x} + \mathrm{D}u(x)", one) is gp.parse("Du(x) + Du(x)", one)


# -- gradproof's own LaTeX


@pytest.mark.parametrize("seed", range(300))
def test_own_output_is_read_back(seed):
    e = random_formulas.formula(seed, 1 + seed % 7)
    again = gp.parse_latex(e.latex, {s.name: describe(s) for s in e.variables})
    assert again is e or tensor(again) is tensor(e)


SPELLINGS = {
    r"^\top": [r"^T", r"^{T}", r"^{\mathsf T}", r"^\intercal", "'", r"^{\rm T}", r"^{\text{T}}", r"^\mathsf{T}"],
    r"\left(": ["(", r"\big(", r"\left[", "["],
    r"\right)": [")", r"\big)", r"\right]", "]"],
    r"\left\lVert": [r"\lVert", r"\Vert", r"\left\|", r"\bigl\|"],
    r"\right\rVert": [r"\rVert", r"\Vert", r"\right\|", r"\bigr\|"],
    r"\left\lvert": [r"\lvert", r"\left|"],
    r"\right\rvert": [r"\rvert", r"\right|"],
    r"\operatorname{tr}": [r"\mathrm{tr}", r"\text{Tr}", "tr", r"{\rm tr}", r"\mbox{tr}", r"\tr "],
    r"\operatorname{diag}": [r"\mathrm{diag}", r"\text{diag}", "diag", r"\mathrm{Diag}"],
    r"\odot": [r"\odot", r"\circ"],
    r"\frac": [r"\dfrac", r"\tfrac"],
}
FRAMES = [
    "$%s$",
    r"\[%s\]",
    "f(x) = %s",
    r"\begin{equation}%s\end{equation}",
    r"\displaystyle %s",
    "%s.",
    r"\begin{align*} f &= %s \end{align*}",
]


@pytest.mark.parametrize("seed", range(300))
def test_other_spellings_of_own_output(seed):
    rng = random.Random(seed)
    e = random_formulas.formula(seed, 1 + seed % 6)
    text = written(e, bold=rng.random() < 0.5)
    pair = rng.randrange(4)
    for spelling, others in SPELLINGS.items():
        text = text.replace(
            spelling, rng.choice(others) if len(others) % 4 else others[pair]
        )  # brackets and bars in pairs
    text = re.sub(" ", lambda _: rng.choice([" ", "  ", r"\, ", r" \! "]), text)
    again = gp.parse_latex(rng.choice(FRAMES) % text, {s.name: describe(s) for s in e.variables})
    assert again is e or tensor(again) is tensor(e)


def test_own_bold_output_is_read_back():
    e = gp.parse("norm2(A*x - b)^2 + c*tr(A'*A)")
    assert gp.parse_latex(written(e, bold=True)) is e


# -- where LaTeX is seen


@pytest.mark.parametrize("text", [r"A \mathbf{b}", "x^{2}", "x_{1}", "$x$", r"\|x\|", r"\frac12", "a \\\\ b"])
def test_latex_is_seen(text):
    assert is_latex(text)


@pytest.mark.parametrize("text", ["x'*A*x", "A \\ b", "A\\b", "A\\(b + c)", "norm2(A*x - b)^2", "x^2", "x_1", "A\\B*x"])
def test_ascii_is_seen(text):
    assert not is_latex(text)


def test_latex_is_taken_wherever_a_formula_is():
    assert gp.parse(r"x^\top A x") is gp.parse("x'*A*x")
    assert gp.derive(r"\lVert Ax - b \rVert_2^2", wrt="x").result.ascii == "2*A'*(A*x - b)"
    assert gp.gradient(r"\log\det X", wrt="X").result.ascii == "inv(X)'"
    assert gp.differential(r"X^{-1}", wrt="X").ascii == "-inv(X)*dX*inv(X)"
    assert gp.check(r"x^\top x", wrt="x", claim=r"2x").verdict == "right"


def test_the_command_line(capsys):
    assert main(["derive", r"\frac{1}{2} x^\top x", "--wrt", "x", "--format", "ascii", "--no-verify"]) == 0
    assert main(["derive", "x^TAx", "--latex", "--wrt", "x", "--format", "ascii", "--no-verify"]) == 0
    shown = capsys.readouterr().out
    assert "df/dx = x\n" in shown
    assert "df/dx = (A + A')*x\n" in shown


def test_latex_is_loaded_where_it_is_seen():
    code = "import sys, gradproof as gp; gp.parse('A*x'); sys.exit(any('latex_' in m for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- nothing goes wrong in another way

PIECES = [
    *"x y A X e d t T i j I 1 2 0 12 3.5 ( ) [ ] { } ^ _ ' | || + - * / = , . : & $ @ é ² \\\\ \\| \\{ \\}".split(),
    *r"\left( \right) ^\top ^{-1} _i _{ij} \sum_i \sum_{i=1}^{n} \frac{1}{2} \mathbf{x} \mathrm{tr} \operatorname{tr} \log \sigma \pi \cdot \odot".split(),
    *sorted("\\" + command for command in COMMANDS),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from(["", " "]))
def test_any_text_is_read_or_refused(pieces, between):
    reads_or_refuses(between.join(pieces))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([case[0] for case in (*RIGHT, *REFUSED)]), st.integers(0, 10**6))
def test_damaged_formulas_are_read_or_refused(text, seed):
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice([*PIECES, ""]) + text[at + rng.randint(0, 3) :]
    reads_or_refuses(text)


def reads_or_refuses(text: str) -> None:
    try:
        _ = gp.parse_latex(text).latex
    except GradproofError as error:
        start, end = error.span or (0, 0)
        if error.text == text and not 0 <= start <= end <= len(text):
            raise


@pytest.mark.parametrize(
    "text",
    [
        "+".join([r"\frac{1}{2}x^\top A x"] * 500), r"\left(" * 300 + "x" + r"\right)" * 300,
        "x^{" * 200 + "2" + "}" * 200, "{" * 3000 + "x" + "}" * 3000,
        r"\frac{1}{" * 200 + "2" + "}" * 200, r"\log " * 2000 + "x", r"\hat{" * 500 + "x" + "}" * 500, r"\mathrm{d}" * 2000 + "X", "{}" * 2000 + "x",
        "|" * 2000, r"a \cdot " * 500 + "b", "x" + "^T" * 2000,
    ],
)  # fmt: skip
def test_depth_and_length(text):
    reads_or_refuses(text)


UPPER = {  # a running index in brackets above a name, and the value by loops
    r"\frac{1}{2m}\sum_{i=1}^{m} (\theta^T x^{(i)} - y^{(i)})^2": (
        "theta",
        lambda v: sum((v["theta"] @ x - t) ** 2 for x, t in zip(v["X"], v["y"], strict=True)) / (2 * len(v["y"])),
    ),
    r"\sum_{i=1}^m \|W x^{(i)} - y^{(i)}\|^2": (
        "W",
        lambda v: sum(np.sum((v["W"] @ x - t) ** 2) for x, t in zip(v["X"], v["Y"], strict=True)),
    ),
    r"\sum_{i}\sum_j (x_j^{(i)} - \mu_j)^2": ("mu", lambda v: sum(np.sum((x - v["mu"]) ** 2) for x in v["X"])),
    r"\sum_{i}\sum_j (x^{(i)}_j - \mu_j)^2": ("mu", lambda v: sum(np.sum((x - v["mu"]) ** 2) for x in v["X"])),
    r"\sum_i x^{[i]\top} A x^{[i]}": ("A", lambda v: sum(x @ v["A"] @ x for x in v["X"])),
}


@pytest.mark.parametrize("text", UPPER)
def test_a_running_index_in_brackets_above_a_name_is_its_row_or_entry(text):
    wrt, by_loops = UPPER[text]
    rng = np.random.default_rng(5)
    sizes = {"X": (4, 3), "Y": (4, 2), "y": (4,), "W": (2, 3), "mu": (3,), "theta": (3,), "A": (3, 3)}
    d = gp.derive(text, wrt=wrt)
    values = {n: rng.normal(size=sizes[n]) for n in d.dims if n in sizes}
    np.testing.assert_allclose(
        d.evaluate({**values, **({"m": 4} if "m" in d.dims else {})}),
        derivative(lambda **v: by_loops(v), [wrt], values),
        1e-10,
    )


def test_a_label_above_a_name_is_no_index():
    assert gp.parse(r"W^{[2]} x + b^{(1)}").ascii == "W2*x + b1"


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        (r"\lvert\lvert x \rvert\rvert_2", "norm2(x)"), (r"\left\lvert\left\lvert Ax-b\right\rvert\right\rvert^2", "norm2(A*x - b)^2"),
        (r"\lvert c \rvert \lvert d \rvert", "abs(c)*abs(d)"), (r"\left|c\right|\left|d\right|", "abs(c)*abs(d)"),
        (r"\vert c\vert\vert d\vert", "abs(c)*abs(d)"), (r"\left\lVert x\right\rVert", "norm2(x)"),
    ],
)  # fmt: skip
def test_bars_that_open_together_are_those_of_a_norm(text, formula):
    assert gp.parse(text, where="c: scalar; d: scalar").ascii == formula


def test_a_variable_that_is_called_as_a_word_is_not_dropped():
    with pytest.raises(gp.GradproofError, match="where"):
        gp.parse_latex(r"2 + \mu \, \mathrm{where}", where={"where": "vector n", "mu": "scalar"})
