"""What is printed can be pasted back, in ASCII, Unicode and LaTeX, and has the same value; the values are NumPy's, from the sources of the corpus."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from corpus_entries import ENTRIES, Entry, declaration
from corpus_sampling import draw, reference
from gradproof.notation.expr import walk
from gradproof.numeric.sample import point
from gradproof.shapes.dims import dim
from random_formulas import formula

FORMS = ("ascii", "unicode", "latex")
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

REAL = [
    e
    for e in ENTRIES.values()
    if e.get("numpy_expr")
    and not any(v["kind"] == "function" or v.get("field") == "complex" for v in e["vars"].values())
]


def read_back(e: Any, form: str, where: Any) -> gp.Expr | None:
    """The formula that its text is read as; None where the text is that of a matrix that it does not show to be the identity."""
    text = getattr(e, form)
    back = gp.parse(text, where)
    lost = {v.name for v in back.variables} - {v.name for v in e.variables}
    assert lost <= {"I"}, text  # `I + A` is ASCII too, where I is a name
    return None if lost else back


def same_as_numpy(entry: Entry, seen: Counter[str]) -> None:
    where = {name: declaration(v) for name, v in entry["vars"].items()}
    try:
        e = gp.parse(entry["expr"], where)
    except gp.UnsupportedError:
        return
    known = draw(entry, 3)
    wanted = reference(entry["numpy_expr"])(known)
    for form in FORMS:
        back = read_back(e, form, where)
        seen[form] += back is not None
        if back is not None and _sizes(back) <= known.keys():  # I and 𝟏 alone are of any size
            found = np.asarray(back.evaluate(known))
            assert np.allclose(found.reshape(wanted.shape), wanted, rtol=1e-8, equal_nan=True), (form, getattr(e, form))


def _sizes(e: gp.Expr) -> set[str]:
    return {n for node in walk(e) for d in node.type.dims for n in d.names}


def test_formulas_of_the_corpus() -> None:
    seen: Counter[str] = Counter()
    for entry in REAL[::6]:
        same_as_numpy(entry, seen)
    assert min(seen[form] for form in FORMS) > 0.95 * seen["ascii"] > 50


@pytest.mark.long
def test_all_formulas_of_the_corpus() -> None:
    seen: Counter[str] = Counter()
    for entry in REAL:
        same_as_numpy(entry, seen)


def same_results(entry: Entry) -> None:
    """The derivative, with the dims that it prints as `where`, against the answer of the corpus."""
    without = entry.get("structure") or entry.get("form") == "differential" or entry.get("numpy_post")
    if without or not entry.get("numpy_expected"):
        return
    where = {name: declaration(v) for name, v in entry["vars"].items()}
    try:
        d = gp.derive(entry["expr"], wrt=entry["wrt"] if len(entry["wrt"]) > 1 else entry["wrt"][0], where=where)
        if not isinstance(d.result, gp.Expr) or len(d.shape) > 2:
            return
    except gp.GradproofError:
        return
    known = draw(entry, 4)
    wanted = reference(entry["numpy_expected"])(known)
    for form in FORMS:
        back = read_back(d.result, form, d.dims)
        if back is not None and _sizes(back) <= known.keys():
            found = np.asarray(back.evaluate(known))
            assert np.allclose(found.reshape(wanted.shape), wanted, rtol=1e-6, atol=1e-9, equal_nan=True), (
                entry["id"],
                form,
            )


def test_results_of_the_corpus() -> None:
    for entry in REAL[::12]:
        same_results(entry)


@pytest.mark.long
def test_all_results_of_the_corpus() -> None:
    for entry in REAL:
        same_results(entry)


def same_value(seed: int) -> None:
    e = formula(seed)
    where = {v.name: v for v in e.variables}
    try:
        values = point(e, e.variables, (), np.random.default_rng(seed))
    except gp.DomainError:
        return
    wanted = np.asarray(e.evaluate(values))
    for form in FORMS:
        back = read_back(e, form, where)
        if back is not None:
            assert np.allclose(np.asarray(back.evaluate(values)), wanted, rtol=1e-7, equal_nan=True), (
                form,
                getattr(e, form),
            )


@pytest.mark.parametrize("seed", range(60))
def test_random_formulas(seed: int) -> None:
    same_value(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(60, 1500))
def test_more_random_formulas(seed: int) -> None:
    same_value(seed)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("norm2(A*x - b)^2", "2 Aᵀ(A x − b)"), ("norm2(A*x - b)^2", r"2 A^\top \left(A x - b\right)"), ("x'*A*x", "(A + Aᵀ) x"),
        ("λ*x'*x", "2 λ x"), ("log(sum(exp(x)))", "exp(x)/(𝟏ᵀ exp(x))"), ("norm2(x)", "x/‖x‖"), ("logdet(X)", "X⁻ᵀ"),
    ],
)  # fmt: skip
def test_claims_that_were_copied_are_right(text: str, claim: str) -> None:
    wrt = "X" if "X" in text else "x"
    assert gp.check(text, wrt=wrt, claim=claim).verdict == "right"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("½ xᵀ Q x + cᵀ x", "(1/2)*x'*Q*x + c'*x"), ("λ‖x‖²", "lambda*norm2(x)^2"), ("2 Aᵀ(A x − b)", "2*A'*(A*x - b)"),
        ("σ(W x)", "sigmoid(W*x)"), ("𝟏ᵀ x", "ones(n)'*x"), ("‖a‖ ‖x‖", "norm2(a)*norm2(x)"), ("λ |c| |d|", "lambda*abs(c)*abs(d)"),
        ("x₁ + x₂", "x1 + x2"), ("xⁿ", "x^n"), ("θᵀ θ", "theta'*theta"), ("log det(S)", "logdet(S)"), ("X⊙²", "X.^2"),
        ("Df(x)ᵀ z", "Df(x)'*z"), ("2·3 x", "2*3*x"), ("√2 x", "sqrt(2)*x"), ("√(X)⁻ᵀ", "inv(sqrt(X))'"), ("A⁺ᵀ b", "pinv(A)'*b"), ("Aᵀ⁺ b", "pinv(A')*b"),
        ("A^{+\\top} b", "pinv(A)'*b"), ("A^{+T} b", "pinv(A)'*b"), ("A⁻ᴴ b", "conj(inv(A))'*b"), ("A⁺ᴴ b", "conj(pinv(A))'*b"), ("dΣ", "dSigma"), ("λx", "lambda*x"), ("c x/d", "c*x/d"), ("1e−5 x", "1e-5*x"),
    ],
)  # fmt: skip
def test_unicode_is_read(text: str, read: str) -> None:
    where = {"f": "function x -> scalar", "n": "scalar"} if "f(" in text or "ⁿ" in text else None
    if "ⁿ" in text:
        where = {"x": "scalar", "n": "scalar"}
    assert gp.parse(text, where) is gp.parse(read, where)


@pytest.mark.parametrize("letter", "αβγδεζηθικλμνξρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ")
def test_greek_letters_are_their_names(letter: str) -> None:
    (variable,) = gp.parse(f"sum({letter})").variables
    assert variable.name.isascii()
    assert gp.derive(f"{letter}'*{letter}", wrt=letter).wrt == (variable.name,)
    assert gp.parse_latex(rf"{letter}^\top {letter}").variables[0].name in (variable.name, letter)


@pytest.mark.parametrize(
    ("text", "wrt", "where"),
    [
        ("2*x", ["x"], "x: vector n"), ("2*x", ["x"], "x: vector 3"), ("x", ["x"], "x: vector m*n"), ("x + y", ["x", "y"], "x: vector n; y: vector n"),
        ("3", ["x"], "x: vector n"), ("3", ["X"], "X: matrix m n"), ("tr(A)*x", ["x"], "A: matrix k k; x: vector n"), ("c*sum(x)", ["x"], "x: vector q; c: scalar"),
        ("A*x + c*x", ["x"], "A: matrix n n; c: scalar"), ("kron(x, y)", ["x"], "x: vector n; y: vector m"), ("norm2(x)^4", ["x", "x"], "x: vector n"),
        ("sum(x)*y", ["x"], "x: vector n; y: vector n"), ("tr(X)", ["X"], "X: matrix n n"), ("tr(X*X)", ["X", "X"], "X: matrix n n"),
        ("d - X*ones(n)", ["d", "X"], "d: scalar; X: matrix m n"),
    ],
)  # fmt: skip
def test_a_size_that_no_variable_tells_is_printed(text: str, wrt: list[str], where: str) -> None:
    d = gp.derive(text, wrt, where)
    for form in FORMS:
        assert gp.parse(getattr(d.result, form), d.dims) is d.result, getattr(d.result, form)


def test_a_declared_name_with_a_size_below_is_a_name() -> None:
    assert gp.parse("2 Iₙ", {"I_n": "matrix k n"}).type.dims != gp.parse("2 Iₙ", {}).type.dims
    assert gp.parse("Iₙ").ascii == "eye(n)"


@pytest.mark.parametrize(
    ("formula", "wrt", "where"),
    [
        ("tr(inv(2*eye(n) + I'*I))", "I", "I: matrix n n"),
        ("norm2(X*K)^2", "K K", "K: matrix n m; X: matrix n n"),
        ("norm2(I_2*x)^2", "x x", "I_2: matrix 2 2; x: vector 2"),
        ("tr(I_2'*I_2*B)", "I_2 B", "I_2: matrix 2 2; B: matrix 2 2"),
        ("s_1/sqrt(2 + s_1^2)", "s_1", "s_1: scalar"),
        ("norm2(A*x_1)^2", "x_1", "A: matrix m n; x_1: vector n"),
        ("sum(x)*sum(y)", "x", "x: vector m*n; y: vector d_0"),
        ("sum(X)^2", "X", "X: matrix 2*n+1 d0"),
        ("sum(x)", "x", "x: vector 2*n+1"),
        ("lam*norm2(eta)^2", "eta", "lam: scalar; eta: vector n"),
    ],
)
@pytest.mark.parametrize("notation", ["ascii", "unicode", "latex"])
def test_names_beside_the_letters_of_constants_are_read_back(notation: str, formula: str, wrt: str, where: str) -> None:
    """A variable I is no identity, and I_2 none of size 2; x₁ is the x_1 that is declared; a size may be a product."""
    d = gp.derive(formula, wrt.split(), where)
    text = getattr(d.result, notation)
    again = gp.parse_latex(text, where) if notation == "latex" else gp.parse(text, where)
    rng, sizes = np.random.default_rng(0), {"m": 2, "n": 2, "d0": 3, "d_0": 3}
    values = {
        n: rng.normal(size=[dim(x).evaluate(sizes) for x in w.split()[1:]])
        for n, w in (p.split(": ") for p in where.split("; "))
    }
    known = {**values, **{n: k for n, k in sizes.items() if n in where}}
    assert np.allclose(again.evaluate(known), d.result.evaluate(known))
    by = d.evaluate(known)
    assert np.allclose(np.sort(np.ravel(by)), np.sort(np.ravel(again.evaluate(known))))


@pytest.mark.parametrize(
    ("formula", "wrt", "where"),
    [
        ("mean(cumsum(x))", "x x", "x: vector m*n"),
        ("sum(softmax_rows(X).*X)", "X", "X: matrix m 2*n"),
        ("sum(softmax_rows(X).*X)", "X", "X: matrix m+n m+n"),
        ("softmax_rows(softmax_rows(E))", "E", "E: matrix 1 1"),
        ("sum(softmax(cumsum(z)).*(logsumexp(z)*z))", "z z z", "z: vector 1"),
    ],
)
def test_composite_sizes_and_sizes_of_one_leave(formula: str, wrt: str, where: str) -> None:
    d = gp.derive(formula, wrt.split(), where)
    assert d.verified is True
    assert callable(d.compile())


def test_a_negative_number_to_a_fraction_is_no_complex_number() -> None:
    assert np.isnan(gp.parse("a^b", "a: scalar integer; b: scalar").evaluate(a=-2, b=0.5))
    claim = "3*(2*sigmoid(a)^(1/2)*x)"
    assert gp.check("sigmoid(a)*x'*x", "x", claim, "a: scalar integer; x: vector n").verdict == "wrong"
    assert gp.check("kron(c*A, b)", ["c", "c"], "0", "A: matrix n m; b: vector n; c: scalar").verdict == "right"


READ = ("pi_ I_ T_ e_ lambda_ log_2 log2 ln2 lg_1 exp1 sin_x det_A tr1 Tr2 grad_x nabla1 arg1 argmax_2 var_1 _2 _a a__b "
        "learning_rate sum2 max1 diag_x lim_1").split()  # fmt: skip
WORDS = (
    "where with and for given let minimize maximize grad nabla partial arg argmax argmin lim sup st the prod".split()
)


BESIDE = {  # what stands beside the name, and its value by hand
    "{}*c": lambda v, c, x: v * c, "c*{}": lambda v, c, x: v * c, "{}^2*x": lambda v, c, x: v**2 * x,
    "norm2(x)*{}": lambda v, c, x: 5 * v, "abs(1.5 - c)*{}": lambda v, c, x: 0.75 * v, "c/{0} + {0}": lambda v, c, x: c / v + v,
}  # fmt: skip


@pytest.mark.parametrize("name", READ + WORDS)
@pytest.mark.parametrize("form", FORMS)
def test_a_declared_name_is_never_another_thing(name: str, form: str) -> None:
    """pi_ is no π, log2 no logarithm, |1.5| _2 no norm, where no remark: the variable is read back, or a word is refused as a word."""
    where = f"{name}: scalar; c: scalar; x: vector n"
    x = np.array([3.0, 4.0])
    for text, value in BESIDE.items():
        e = gp.parse(text.format(name), where)
        try:
            back = gp.parse(getattr(e, form), where)
        except gp.GradproofError:
            assert name in WORDS, text
            continue
        assert {v.name for v in back.variables} == {v.name for v in e.variables}, getattr(e, form)
        known = {v.name: {name: 1.25, "c": 0.75, "x": x}[v.name] for v in e.variables}
        np.testing.assert_allclose(back.evaluate(known), value(1.25, 0.75, x), 1e-12)


@pytest.mark.parametrize("index", "ijkntmp")
@pytest.mark.parametrize("form", FORMS)
def test_a_matrix_called_sigma_is_no_sum(index: str, form: str) -> None:
    where = f"Sigma_{index}: matrix d d; x_{index}: vector d"
    for text in (f"Sigma_{index}*x_{index}", f"x_{index}'*Sigma_{index}*x_{index}", f"inv(Sigma_{index})*x_{index}"):
        assert gp.parse(getattr(gp.parse(text, where), form), where).ascii == text
