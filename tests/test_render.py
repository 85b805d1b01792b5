"""Formulas as text: what they look like, that the ascii text parses back, that brackets are right in every style, and that no formula is too large."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gradproof.errors import GradproofError, ShapeError, UnsupportedError
from gradproof.notation.expr import (
    Applied,
    Call,
    Expr,
    Number,
    applied,
    call,
    fold,
    number,
    size,
    substitute,
    symbol,
    walk,
)
from gradproof.notation.function import Function
from gradproof.notation.made import matrix_variable, scalar, vector
from gradproof.ops import TABLE, basic
from gradproof.ops.operation import NEGATIVE, Reserved
from gradproof.parse import parse
from gradproof.render import Abbreviated, ascii, latex, name_parts, text, unicode
from gradproof.render.layout import layout
from gradproof.render.style import ASCII
from gradproof.shapes.dims import dim
from gradproof.shapes.shape import SCALAR, column

WHERE = """A, B, W: matrix m n; P, Q, X: matrix n n; S: matrix n n posdef; V: matrix n p; Sigma: matrix n n; dX: matrix n n; weights: matrix n n
a, w, x, x1, mu, w_old, w_q: vector n; b, y: vector m; z: vector q; c, d, lam: scalar
f: function x -> vector q; phi: function x -> scalar; U: function x, v -> scalar"""

# ascii (as it is typed and printed), Unicode, LaTeX; a \left( is written "[" here, a \right) "]"
EXAMPLES = [
    # gradients
    ("2*A'*(A*x - b)", "2 Aᵀ(A x − b)", r"2 A^\top [A x - b]"),
    ("(Q + Q')*x", "(Q + Qᵀ) x", r"[Q + Q^\top] x"),
    ("0.5*(Q + Q')*x", "0.5(Q + Qᵀ) x", r"0.5 [Q + Q^\top] x"),
    ("A'*(A*x - b)/norm2(A*x - b)", "Aᵀ(A x − b)/‖A x − b‖", r"\frac{A^\top [A x - b]}{\left\lVert A x - b \right\rVert_2}"),
    ("eye(n)/norm2(x) - x*x'/norm2(x)^3", "I/‖x‖ − x xᵀ/‖x‖³",
     r"\frac{I_{n}}{\left\lVert x \right\rVert_2} - \frac{x x^\top}{\left\lVert x \right\rVert_2^{3}}"),
    ("-A'*(y.*sigmoid(-y.*(A*x)))", "−Aᵀ(y ⊙ σ(−y ⊙ (A x)))", r"-A^\top [y \odot \sigma[-y \odot [A x]]]"),
    ("-c*inv(S) + inv(S)*X*inv(S)/2", "−c S⁻¹ + S⁻¹ X S⁻¹/2", r"-c S^{-1} + \frac{S^{-1} X S^{-1}}{2}"),
    ("a/(norm2(a)*norm2(x)) - (a'*x)*x/(norm2(a)*norm2(x)^3)", "a/(‖a‖ ‖x‖) − (aᵀ x) x/(‖a‖ ‖x‖³)",
     r"\frac{a}{\left\lVert a \right\rVert_2 \left\lVert x \right\rVert_2} - "
     r"\frac{[a^\top x] x}{\left\lVert a \right\rVert_2 \left\lVert x \right\rVert_2^{3}}"),
    ("W'*diag(sigmoid(W*x).*(1 - sigmoid(W*x)))*W", "Wᵀ diag(σ(W x) ⊙ (1 − σ(W x))) W", r"W^\top \operatorname{diag}[\sigma[W x] \odot [1 - \sigma[W x]]] W"),
    ("diag(softmax(x)) - softmax(x)*softmax(x)'", "diag(softmax(x)) − softmax(x) softmax(x)ᵀ",
     r"\operatorname{diag}[\operatorname{softmax}[x]] - \operatorname{softmax}[x] \operatorname{softmax}[x]^\top"),
    ("kron(V, A')*commutation(m,p)", "(V ⊗ Aᵀ) Kₘₚ", r"[V \otimes A^\top] K_{m,p}"),
    ("x.*(ones(n) - x)", "x ⊙ (𝟏 − x)", r"x \odot [\mathbf{1}_{n} - x]"),
    ("-2*S*X*inv(X'*S*X)*Q", "−2 S X (Xᵀ S X)⁻¹ Q", r"-2 S X [X^\top S X]^{-1} Q"),
    ("-inv(X)*dX*inv(X)", "−X⁻¹ dX X⁻¹", r"-X^{-1} \, \mathrm{d}X \, X^{-1}"),
    # scalars that are products of others stand in brackets
    ("(x'*x)*eye(n) + 2*x*x'", "(xᵀ x) I + 2 x xᵀ", r"[x^\top x] I_{n} + 2 x x^\top"),
    ("2*c*Q*x", "2 c Q x", "2 c Q x"),
    ("x'*Q*x*c", "xᵀ Q x c", r"x^\top Q x c"),
    ("(x'*Q*x/(x'*x))*x", "(xᵀ Q x/(xᵀ x)) x", r"\frac{x^\top Q x}{x^\top x} x"),
    # brackets
    ("c - (d - lam)", "c − (d − λ)", r"c - [d - \lambda]"),
    ("c - d - lam", "c − d − λ", r"c - d - \lambda"),
    ("c/(d*lam)", "c/(d λ)", r"\frac{c}{d \lambda}"),
    ("c/d*x", "(c/d) x", r"\frac{c}{d} x"),
    ("c/d/lam", "c/d/λ", r"\frac{\frac{c}{d}}{\lambda}"),
    ("-(c + d)", "−(c + d)", "-[c + d]"),
    ("-(Q*x)", "−Q x", "-Q x"),
    ("-Q*x", "−Q x", "-Q x"),
    ("-(-c)", "−(−c)", "-[-c]"),
    ("c*(-d)", "c (−d)", "c [-d]"),
    ("c - (-d)", "c − (−d)", "c - [-d]"),
    ("(A*x)'", "(A x)ᵀ", r"[A x]^\top"),
    ("(-x)'", "(−x)ᵀ", r"[-x]^\top"),
    ("(-c)^2", "(−c)²", "[-c]^{2}"),
    ("-c^2", "−c²", "-c^{2}"),
    ("c^(-1)", "c⁻¹", "c^{-1}"),
    ("x.^(-1.5)", "x⊙^(−1.5)", r"x^{\odot -1.5}"),
    ("x.^2", "x⊙²", r"x^{\odot 2}"),
    ("(c^2)^3", "(c²)³", "[c^{2}]^{3}"),
    ("c^(d^2)", "c^(d²)", "c^{d^{2}}"),
    ("(c/d)^2", "(c/d)²", r"[\frac{c}{d}]^{2}"),
    ("(Q^2)'", "(Q²)ᵀ", r"[Q^{2}]^\top"),
    ("Q'^2", "(Qᵀ)²", r"[Q^\top]^{2}"),
    ("Q*(P*x)", "Q (P x)", "Q [P x]"),
    ("Q*P*x", "Q P x", "Q P x"),
    ("(Q*x).*a", "(Q x) ⊙ a", r"[Q x] \odot a"),
    ("a.*(Q*x)", "a ⊙ (Q x)", r"a \odot [Q x]"),
    ("Q*(a.*x)", "Q (a ⊙ x)", r"Q [a \odot x]"),
    ("(2*x).*a./w", "(2 x) ⊙ a ⊘ w", r"[2 x] \odot a \oslash w"),
    ("(X + Q)*(X - Q)", "(X + Q)(X − Q)", "[X + Q] [X - Q]"),
    ("1./(1 + exp(-x))", "1 ⊘ (1 + exp(−x))", r"1 \oslash [1 + \exp[-x]]"),
    ("kron(X + Q, Q*X)", "(X + Q) ⊗ (Q X)", r"[X + Q] \otimes [Q X]"),
    # functions, powers, inverses
    ("inv(X)'", "X⁻ᵀ", r"X^{-\top}"),
    ("inv(X')", "X⁻ᵀ", r"X^{-\top}"),
    ("inv(X)^2", "X⁻²", "X^{-2}"),
    ("inv(X + Y)^3*v", "(X + Y)⁻³ v", "[X + Y]^{-3} v"),
    ("inv(X)^k", "(X⁻¹)ᵏ", "[X^{-1}]^{k}"),
    ("logdet(X)^2", "(log det(X))²", r"[\log\det[X]]^{2}"),
    ("-logdet(X)", "−log det(X)", r"-\log\det[X]"),
    ("norm1(x)*norm2(X)", "‖x‖₁ ‖X‖", r"\left\lVert x \right\rVert_1 \left\lVert X \right\rVert_F"),
    ("sqrt(c)*abs(d)", "√(c) |d|", r"\sqrt{c} \left\lvert d \right\rvert"),
    ("exp(c)*(c + d)", "exp(c) (c + d)", r"\exp[c] [c + d]"),
    ("ones(2,3)*ones(3,m)", "𝟏(2,3) 𝟏(3,m)", r"\mathbf{1}_{2,3} \mathbf{1}_{3,m}"),
    ("eye(m*n)", "eye(m n)", "I_{m n}"),
    ("eye(n)", "Iₙ", "I_{n}"),
    ("c*ones(q)", "c ones(q)", r"c \mathbf{1}_{q}"),
    ("A*eye(n)", "A I", "A I_{n}"),
    ("c/n", "c/n", r"\frac{c}{n}"),
    # numbers and names
    ("2*3", "2·3", r"2 \cdot 3"),
    ("x*2", "x·2", r"x \cdot 2"),
    ("(2.)*x", "2 x", "2 x"),
    ("1e-5*x", "1e−5 x", "10^{-5} x"),
    ("2.5E3*x", "2.5E3 x", r"2.5 \cdot 10^{3} x"),
    ("lam*mu'*inv(Sigma)*x1", "λ μᵀ Σ⁻¹ x₁", r"\lambda \mu^\top \Sigma^{-1} x_{1}"),
    ("w_old'*w_q", "w_oldᵀ w_q", r"w_{\mathrm{old}}^\top w_{q}"),
    ("weights*dX*(X + weights)", "weights dX (X + weights)", r"\mathrm{weights} \, \mathrm{d}X \, [X + \mathrm{weights}]"),
    # declared functions
    ("Df(x)*z", "Df(x) z", r"\mathrm{D}f[x] z"),
    ("f(x)'*z", "f(x)ᵀ z", r"f[x]^\top z"),
    ("DDphi(x)*(a + x)", "DDφ(x) (a + x)", r"\mathrm{D}^{2}\phi[x] [a + x]"),
    ("DU_x(x,a)", "DU_x(x,a)", r"\mathrm{D}_{x}U[x,a]"),
    ("DDU_xv(x,a)", "DDU_xv(x,a)", r"\mathrm{D}_{x v}^{2}U[x,a]"),
]  # fmt: skip


def formula(typed: str) -> Expr:
    """A formula in the variables of WHERE that occur in it, and in functions."""
    return parse(typed, where=declarations()).expr


@cache
def declarations() -> dict[str, str | Function]:
    found = {}
    for part in re.split("[;\n]", WHERE):
        names, said = part.split(":")
        found |= {name.strip(): said.strip() for name in names.split(",")}
    return found


def tex(short: str) -> str:
    return short.replace("[", r"\left(").replace("]", r"\right)")


@pytest.mark.parametrize(("typed", "in_unicode", "in_latex"), EXAMPLES, ids=[e[0] for e in EXAMPLES])
def test_examples(typed: str, in_unicode: str, in_latex: str) -> None:
    e = formula(typed)
    assert (e.ascii, e.unicode, e.latex) == (typed, in_unicode, tex(in_latex))


# -- every operation, every formula


@pytest.mark.parametrize(
    "op", [op for op in TABLE.values() if not isinstance(op.meaning, Reserved)], ids=lambda op: op.name
)
def test_every_operation_parses_back_and_is_well_formed(op) -> None:
    met = 0
    n, leaves = (
        dim("n"),
        {
            "s": scalar("c"),
            "v": vector("x", "n"),
            "stacked": vector("x", "n*n"),
            "r": vector("x", "n").T,
            "m": matrix_variable("X", "n", "n"),
        },
    )
    for signature in op.signatures:
        kinds = [
            "v" if s.kind == "*" else "stacked" if any(len(g) > 1 for g in s.axes) else s.kind for s in signature.args
        ]
        args = tuple(leaves[kind] for kind in kinds)
        try:
            size = dim(op.fixed) if op.fixed else n
            e = call(op, *args, params=(size,) * len(signature.out.parameters if op.letters else ()))
        except ShapeError:  # a scalar plus a square matrix
            continue
        met += 1
        assert parse(e.ascii, where={s.name: s for s in e.variables} | {"n_": "vector n"}).expr is e
        well_formed(e.latex)
        well_formed(latex(e, bold=True))
    assert met


def well_formed(tex: str) -> None:
    """Braces and \\left, \\right are balanced and nested, no two superscripts meet."""
    depth: list[str] = []
    for token in re.findall(r"\\left\b|\\right\b|(?<!\\)[{}]", tex):
        if token in ("{", r"\left"):
            depth.append(token)
        else:
            assert depth, tex
            assert depth.pop() == {"}": "{", r"\right": r"\left"}[token], tex
    assert not depth, tex
    bare = tex
    while "{" in bare:  # innermost braces first
        bare, changed = re.subn(r"\{[^{}]*\}", "", bare)
        assert changed
        assert not re.search(r"\^(\\\w+)?\s*\^", bare), tex


LEAVES = [
    scalar("c"), scalar("d"), vector("x", "n"), vector("a", "n"), matrix_variable("X", "n", "n"), matrix_variable("A", "m", "n"), vector("y", "m"),
    number(2), number(Fraction("0.5"), "0.5"), size(dim("n")), call("eye", params=(dim("n"),)), call("ones", params=(dim("m"), dim("n"))),
    applied(Function("f", ("x",), column(dim("q"))), (vector("x", "n"),), (0,)),
]  # fmt: skip
OPERATIONS = [  # pi' is a transposed vector of that name, and never printed of the number
    op for op in TABLE.values() if not isinstance(op.meaning, Reserved) and not op.letters and op.name != "pi"
]
SIGNS = [op for op in OPERATIONS if op.symbol]


@st.composite
def formulas(draw: st.DrawFn, leaves: list[Expr] = LEAVES, operations: list = OPERATIONS) -> Expr:
    """A formula made of the leaves by some operations of the table; operands that do not fit are passed over."""
    made = list(leaves)
    for _ in range(draw(st.integers(1, 12))):
        op = draw(st.sampled_from(operations if draw(st.booleans()) else [o for o in operations if o.symbol]))
        args = [draw(st.sampled_from(made[-6:] if draw(st.booleans()) else made)) for _ in range(op.arity)]
        if (
            op is basic.POW
            and args[0].type.kind == "m"
            and isinstance(args[1], Number)
            and args[1].value.denominator > 1
        ):
            continue  # X^(1/2), which is powm(X, 1/2) where it is typed
        try:
            made.append(call(op, *args))
        except GradproofError:
            continue
    assume(len(made) > len(leaves))
    return made[-1]


def declared(e: Expr) -> dict[str, object]:
    """What `where` has to say so that a text is read as this formula."""
    return (
        {s.name: s for s in e.variables}
        | {n.function.name: n.function for n in walk(e) if isinstance(n, Applied)}
        | {"unused_": "matrix m n"}
    )


@settings(max_examples=400, deadline=None)
@given(formulas())
def test_ascii_parses_back(e: Expr) -> None:
    assert parse(ascii(e), where=declared(e)).expr is e


@settings(max_examples=200, deadline=None)
@given(formulas())
def test_latex_is_well_formed(e: Expr) -> None:
    well_formed(latex(e))
    well_formed(latex(e, bold=True))


def test_a_wrong_style_is_caught() -> None:
    e = formula("(-c)^2")
    assert layout(e, replace(ASCII, tight=NEGATIVE, forms={})).text == "-c^2"
    assert parse("-c^2", where=declared(e)).expr is not e


# -- brackets in Unicode and LaTeX: the texts of scalar formulas, translated to Python, have the value of the formula

SCALARS = [scalar("c"), scalar("d"), number(2), number(3), number(Fraction(1, 2)), number(-2)]
VALUES = {"c": Fraction(3, 7), "d": Fraction(-5, 3)}
ARITHMETIC = [TABLE[name] for name in ("add", "sub", "mul", "div", "neg", "pow", "transpose", "abs")]
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def value(e: Expr) -> Fraction:
    """The value of a scalar formula, for VALUES."""
    operators = {
        "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": lambda x, y: x / y,
        "neg": lambda x: -x, "pow": power, "transpose": lambda x: x, "abs": abs,
    }  # fmt: skip

    def visit(node: Expr, args: list[Fraction]) -> Fraction:
        match node:
            case Call(op=op):
                return operators[op.name](*args)
            case Number(value=exact):
                return exact
        return VALUES[node.name]

    return fold(e, visit)


def power(x: Fraction, y: Fraction) -> Fraction:
    assume(y.denominator == 1 and abs(y) < 6 and x.denominator < 1e9)
    return x ** int(y)


def python_of_unicode(shown: str) -> str:
    shown = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: f"**({m[0].translate(_RAISED)})", shown.replace("ᵀ", ""))
    shown = re.sub(r"\|([^|]*)\|", r"abs(\1)", shown).replace("−", "-").replace("·", "*").replace("^", "**")
    return products(shown)


def python_of_latex(shown: str) -> str:
    shown = (
        shown.replace(r"^\top", "")
        .replace(r"\left(", "(")
        .replace(r"\right)", ")")
        .replace(r" \cdot ", "*")
        .replace("}{", ")/(")
    )
    shown = (
        shown.replace(r"\frac{", "((")
        .replace("^{", "**((")
        .replace("}", "))")
        .replace(r"\left\lvert ", "abs(")
        .replace(r" \right\rvert", ")")
    )
    return products(shown)


def products(shown: str) -> str:
    """Juxtaposition as *, numbers as fractions."""
    shown = (
        re.sub(r"(?<=[\w)])\s*(?=\()|(?<=\))\s+(?=\w)|(?<=\w) (?=\w)", "*", shown)
        .replace("abs*", "abs")
        .replace("**(", "^(")
        .replace(" *(", "*(")
    )
    return re.sub(r"\d+", r"F(\g<0>)", shown).replace("^", "**")


def plain_value(e: Expr) -> Fraction:
    try:
        return value(e)
    except ZeroDivisionError:
        assume(False)
        raise


@settings(max_examples=400, deadline=None)
@given(formulas(SCALARS, ARITHMETIC))
def test_brackets_of_unicode_and_latex(e: Expr) -> None:
    bars = unicode(e).count("|") + 9 * ("||" in unicode(e) or "operatorname" in latex(e))
    assume(bars <= 2)  # others a regular expression cannot pair
    expected = plain_value(e)
    for shown, python in ((unicode(e), python_of_unicode(unicode(e))), (latex(e), python_of_latex(latex(e)))):
        assert eval(python, {"F": Fraction, "abs": abs}, dict(VALUES)) == expected, (shown, python)  # noqa: S307  (our own text)


# -- styles


def test_bold_is_for_vectors_and_matrices() -> None:
    assert latex(formula("c*Q*x + lam*mu"), bold=True) == r"c \mathbf{Q} \mathbf{x} + \lambda \boldsymbol{\mu}"
    assert latex(formula("Sigma*x1 - weights*(x*f(x)')*z"), bold=True) == (
        tex(
            r"\boldsymbol{\Sigma} \mathbf{x}_{1} - \mathbf{weights} \, [\mathbf{x} \mathbf{f}[\mathbf{x}]^\top] \mathbf{z}"
        )
    )
    assert latex(formula("eye(n) + dX"), bold=True) == r"\mathbf{I}_{n} + \mathrm{d}\mathbf{X}"


@pytest.mark.parametrize(
    ("name", "in_unicode", "in_latex"),
    [
        ("x", "x", "x"), ("x12", "x₁₂", "x_{12}"), ("alpha", "α", r"\alpha"), ("lambda", "λ", r"\lambda"), ("lam2", "λ₂", r"\lambda_{2}"),
        ("α", "α", r"\alpha"), ("beta_1", "β₁", r"\beta_{1}"), ("x_ij", "xᵢⱼ", "x_{ij}"), ("x_mu", "x_mu", r"x_{\mu}"),
        ("x_hat", "x_hat", r"x_{\mathrm{hat}}"), ("x_1_q", "x₁_q", "x_{1,q}"),
        ("dx", "dx", r"\mathrm{d}x"), ("dSigma", "dΣ", r"\mathrm{d}\Sigma"), ("dX1", "dX₁", r"\mathrm{d}X_{1}"), ("data", "data", r"\mathrm{data}"),
        ("loss2", "loss₂", r"\mathrm{loss}_{2}"), ("_x", "_x", r"\mathrm{\_x}"), ("lambda_", "λ", r"\lambda"), ("Alpha", "Alpha", r"\mathrm{Alpha}"),
    ],
)  # fmt: skip
def test_names(name: str, in_unicode: str, in_latex: str) -> None:
    e = scalar(name)
    assert (e.ascii, e.unicode, e.latex) == (name, in_unicode, in_latex)


def test_numbers_that_are_not_typed() -> None:
    half, minus = number(Fraction(1, 2)), number(Fraction(-1, 3))
    x = vector("x", "n")
    assert [(half * x).ascii, (x * half).ascii, (minus * x).ascii, (x * number(-2)).ascii] == [
        "1/2*x",
        "x*(1/2)",
        "-1/3*x",
        "x*(-2)",
    ]
    assert [(half * x).latex, (minus * x).latex, (scalar("c") ** half).unicode] == [
        r"\frac{1}{2} x",
        r"-\frac{1}{3} x",
        "c^(1/2)",
    ]
    assert (half * x).unicode == "(1/2) x"
    assert (size(dim("n+1")) * x).ascii == "(n + 1)*x"


def test_repr_is_the_ascii_text() -> None:
    assert repr(formula("Q*x")) == "Q*x"
    assert formula("Q*x")._repr_latex_() == "$Q x$"


# -- named parts


def test_parts_are_named_where_that_pays() -> None:
    e = formula(
        "-2*S*X*inv(X'*S*X)*Q*Q'*inv(X'*S*X) + X*inv(X'*S*X)*X'*X*inv(X'*S*X)*Q*Q'*inv(X'*S*X) + S*X*inv(X'*S*X)"
    )
    assert text(e) == "-2*S*X*t1*Q*Q'*t1 + X*t1*X'*X*t1*Q*Q'*t1 + S*X*t1 where t1 = inv(X'*S*X)"
    assert text(e, "unicode").endswith("+ S X t₁ where t₁ = (Xᵀ S X)⁻¹")
    assert text(e, "latex").endswith(tex(r"+ S X t_{1} \quad \text{where } t_{1} = [X^\top S X]^{-1}"))
    assert text(e, parts="never") == e.ascii
    assert text(e, width=200) == e.ascii


def test_parts_stand_on_parts_before_them() -> None:
    slope = "sigmoid(W'*b + a).*(1 - sigmoid(W'*b + a))"
    named = name_parts(formula(f"Q*({slope}) + {slope} - x.*({slope})"), "always")
    assert named.body.ascii == "Q*t2 + t2 - x.*t2"
    assert [(name, part.ascii) for name, part in named.parts] == [("t1", "sigmoid(W'*b + a)"), ("t2", "t1.*(1 - t1)")]


def test_names_of_parts_are_free() -> None:
    t1 = vector("t1", "n")
    e = t1.T * call("sigmoid", formula("Q*x + P*a")) * call("sigmoid", formula("Q*x + P*a")).T * size(dim("t2"))
    assert [name for name, _ in name_parts(e, "always").parts] == ["t3"]


@pytest.mark.parametrize(
    "typed",
    ["2*x + 2*x + 2*x + 2*x", "Q'*Q'*Q'*Q'*Q'", "inv(X)*inv(X)*inv(X)*inv(X)", "-x - x.*(-x) + (-x)", "Q*x + Q*x"],
)
def test_small_parts_have_no_name(typed: str) -> None:
    assert name_parts(formula(typed), "always") == Abbreviated(formula(typed))


@settings(max_examples=200, deadline=None)
@given(formulas())
def test_parts_put_back_give_the_formula(e: Expr) -> None:
    named = name_parts(e, "always")
    back: dict[Expr, Expr] = {}
    for name, part in named.parts:
        back[symbol(name, part.type)] = substitute(part, back)
    assert substitute(named.body, back) is e
    assert not named.parts or len(text(e, parts="always")) < len(text(e, parts="never"))


def test_what_is_asked_for_must_exist() -> None:
    with pytest.raises(UnsupportedError, match="format"):
        text(scalar("c"), "html")
    with pytest.raises(UnsupportedError, match="parts"):
        text(scalar("c"), parts="some")


# -- large formulas


def squares(depth: int) -> Expr:
    e: Expr = vector("x", "n")
    for _ in range(depth):
        e = call("hadamard", e, e)
    return e


@pytest.mark.parametrize("depth", [16, 60, 3000])
def test_a_graph_is_not_written_as_a_tree(depth: int) -> None:
    e = squares(depth)
    for shown in (e.ascii, e.unicode, e.latex, repr(e), text(e)):
        assert len(shown) < 100 * depth
    assert " where t1 = " in e.ascii
    with pytest.raises(UnsupportedError, match="characters"):
        text(e, parts="never")


def test_a_long_formula_without_repetition_is_written_in_full() -> None:
    e: Expr = scalar("c0")
    for i in range(1, 5000):
        e = e + call("sin", scalar(f"c{i}"))
    assert len(e.ascii) > 50_000
    assert parse(e.ascii).expr.ascii == e.ascii


@pytest.mark.parametrize("view", [ascii, unicode, latex, text])
def test_depth_is_no_limit(view) -> None:
    e: Expr = vector("x", "n")
    for _ in range(20_000):
        e = call("sin", e)
    assert view(e).count("sin") == 20_000


def test_speed() -> None:
    e = formula("a/(norm2(a)*norm2(x)) - (a'*x)*x/(norm2(a)*norm2(x)^3)")
    spans = []
    for _ in range(50):
        start = time.process_time()
        e.ascii  # noqa: B018
        spans.append(time.process_time() - start)
    assert min(spans) < 0.5e-3


def test_scalar_functions_have_the_shape_of_their_value() -> None:
    g = applied(Function("g", ("u", "v"), SCALAR), (vector("x", "n"), vector("a", "n")), (0, 1))
    assert (g.ascii, g.latex) == ("DDg_uv(x,a)", tex(r"\mathrm{D}_{u v}^{2}g[x,a]"))
