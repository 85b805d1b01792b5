"""Text to formulas: the syntax, and what is said about a text that is no formula."""

from __future__ import annotations

import random
import time

import pytest

import gradproof as gp
from corpus_entries import ENTRIES, declaration
from gradproof.errors import GradproofError, ParseError, ShapeError, UnsupportedError
from gradproof.notation.expr import Call, Number, call, number, walk
from gradproof.notation.made import matrix_variable, scalar, vector
from gradproof.ops import BY_SPELLING
from gradproof.ops.operation import Reserved
from gradproof.parse import parse
from gradproof.shapes.shape import SCALAR
from refusals import refused, under

A, B, X = (matrix_variable(name, "n", "n") for name in "ABX")
x, y = vector("x", "n"), vector("y", "n")
a, b, c = scalar("a"), scalar("b"), scalar("c")
KNOWN = {s.name: s for s in (A, B, X, x, y, a, b, c)}


# -- the syntax


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b*c", a + b * c),
        ("a - b - c", a - b - c),
        ("a - (b - c)", a - (b - c)),
        ("a/b/c", a / b / c),
        ("a/b*c", (a / b) * c),
        ("-a^2", -(a**2)),
        ("-a*b", (-a) * b),
        ("a*-b", a * (-b)),
        ("a - -b", a - (-b)),
        ("+a", a),
        ("a^-b", a ** (-b)),
        ("X^(-2)", X ** (-number(2))),
        ("X'^2", X.T**2),
        ("X^2'", (X**2).T),
        ("X^-1'", (X ** (-number(1))).T),
        ("X^(-2)'", (X ** (-number(2))).T),
        ("(a^b)^c", (a**b) ** c),
        ("x''", x.T.T),
        ("x.*y./x", call("eldiv", call("hadamard", x, y), x)),
        ("X*x.*y", call("hadamard", X * x, y)),
        ("A \\ x", call("inv", A) * x),
        ("x + A \\ x", x + call("inv", A) * x),
        ("((x))", x),
        ("kron(x, y)", call("kron", x, y)),
        ("norm(x) + trace(X) + ln(a) + arcsin(a)", call("norm2", x) + call("tr", X) + call("log", a) + call("asin", a)),
        (" x\n+\ty ", x + y),
    ],
)
def test_precedence_and_associativity(text, expected):
    assert parse(text, KNOWN).expr is expected


@pytest.mark.parametrize("text", ["a^b^c", "a^-b^c", "e^-a^2", "2^a^2", "x.^2.^a", "a^b²", "X^a'", "x.^a'"])
def test_powers_that_can_be_taken_in_two_orders(text):
    with pytest.raises(ParseError, match="power"):
        parse(text, KNOWN)


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("xᵀ*A", "x'*A"), ("x.T*A", "x'*A"), ("x^T*A", "x'*A"), ("x^⊤*A", "x'*A"), ("x’*A", "x'*A"), ("x′*A", "x'*A"), ("x.'*A", "x'*A"),
        ("A⁻¹", "inv(A)"), ("a⁻¹", "a^-1"), ("A⁻ᵀ", "inv(A)'"), ("a²", "a^2"), ("-x.*a¹²", "-x.*a^12"),
        ("x⊙y", "x.*y"), ("x∘y", "x.*y"), ("x⊘y", "x./y"), ("x⊗y", "kron(x,y)"), ("A·x", "A*x"), ("A⋅x", "A*x"), ("a×b", "a*b"), ("x − y", "x - y"),
        ("a**2", "a^2"), ("A@x", "A*x"), ("‖x‖", "norm2(x)"), ("||x||", "norm2(x)"), ("‖x‖²", "norm2(x)^2"), ("‖x‖₂²", "norm2(x)^2"), ("‖x‖_2^2", "norm2(x)^2"),
        ("‖x‖₁", "norm1(x)"), ("‖x‖_1", "norm1(x)"), ("‖A‖_F", "norm2(A)"), ("|x|", "abs(x)"), ("|a|*|b|", "abs(a)*abs(b)"), ("|A|", "det(A)"),
        ("|a - |b||", "abs(a - abs(b))"), ("√(a)", "sqrt(a)"), ("√a", "sqrt(a)"), ("x + 𝟏", "x + ones(n)"),
        ("vector(1) + x", "ones(n) + x"), ("vector(2) + x", "2*ones(n) + x"), ("matrix(1) + A", "ones(n,n) + A"), ("sin（a）", "sin(a)"),
    ],
)  # fmt: skip
def test_other_spellings(text, ascii_text):
    assert parse(text, KNOWN).expr is parse(ascii_text, KNOWN).expr


def test_subscript_digits_are_digits():
    assert parse("x₁₂ + x12").expr is parse("x12 + x12").expr
    assert list(parse("x", {"x₁": "vector n"}, ["w₂"]).symbols) == ["x", "x1", "w2"]


def test_t_is_a_transpose_unless_it_is_a_variable():
    assert parse("X^T", KNOWN).expr is X.T
    assert parse("X^T", {**KNOWN, "T": "scalar"}).expr.op.name == "pow"
    assert parse("A^T + T*A").symbols["T"].type is SCALAR
    assert parse("a^T", KNOWN, mention=["T"]).expr.op.name == "pow"


@pytest.mark.parametrize(
    ("text", "value"), [("2", "2"), ("0.1", "1/10"), (".5", "1/2"), ("2.", "2"), ("1e-3", "1/1000"), ("1.5E2", "150")]
)
def test_numbers_are_exact(text, value):
    found = parse(text).expr
    assert isinstance(found, Number)
    assert (str(found.value), found.text) == (value, text)


@pytest.mark.parametrize("text", ["2.*x", "2./x", "2.^x"])
def test_a_point_before_an_operator_belongs_to_the_operator(text):
    assert parse(text).expr.op.symbol == text[1:3]


@pytest.mark.parametrize("name", sorted(BY_SPELLING))
def test_every_function_of_the_table_is_called_by_each_name(name):
    op = BY_SPELLING[name]
    if isinstance(op.meaning, Reserved):
        error = refused(UnsupportedError, f"1 + {name}(A)")
        assert name in error.message
        assert under(error) == name
    elif op.letters:
        sizes = [str(op.fixed)] if op.fixed else list(op.letters)
        assert parse(f"{name}({','.join(['x', 'y'][: op.arity] + sizes)})").expr.op is op
    else:
        assert op in {e.op for e in walk(parse(f"{name}({','.join('ABQR'[: op.arity])})").expr) if isinstance(e, Call)}


def test_spans_are_the_first_place():
    text = "(x + y)'*x + x"
    spans = parse(text).spans
    shown = {text[slice(*span)] for span in spans.values()}
    assert shown == {text, "(x + y)'*x", "(x + y)'", "x + y", "x", "y"}
    assert spans[parse(text).symbols["x"]] == (1, 2)


# -- texts that are no formulas


@pytest.mark.parametrize(
    ("text", "caret", "message", "hint"),
    [
        ("", "", "empty", "norm2"),
        ("   ", "", "empty", "norm2"),
        ("sofmax(x)", "sofmax", "unknown function sofmax", "did you mean softmax?"),
        ("x + lgo(x)", "lgo", "unknown function lgo", "did you mean log?"),
        ("y(x)", "y", "unknown function y", "y: function x -> scalar"),
        ("Dg(x)", "Dg", "unknown function Dg", "g: function x -> scalar"),
        ("(x + y", "(", "never closed", "')' is missing"),
        ("((x) + sin(y)", "(", "never closed", "')' is missing"),
        ("x + sum(y", "(", "never closed", "')' is missing"),
        ("x + y)", ")", "never opened", "'(' is missing"),
        ("|x + y", "|", "never closed", "'|' is missing"),
        ("x + |y‖", "‖", "bars", "abs"),
        ("'", "'", "transpose of nothing", "A'"),
        ("x + '", "'", "transpose of nothing", "A'"),
        ("x +", "+", "ends after '+'", "follow"),
        ("x*/y", "/", "needs something before it", ""),
        ("()", ")", "nothing between the brackets", ""),
        ("2x", "x", "without an operator", "write 2*x"),
        ("2(x)", "(", "without an operator", "write 2*(…)"),
        ("minimize x'*x", "minimize", "a word or a name", "declare minimize"),
        ("2 3 xᵀ", "2 3", "side by side", "write 2*3"),
        ("x/2 yᵀ", "/2 y", "divisor", "brackets"),
        ("x'A", "A", "without an operator", "write x'*A"),
        ("inv(A,B)", "inv(A,B)", "takes 1 argument, not 2", ""),
        ("ones()", "ones()", "takes 1 or 2 arguments, not 0", ""),
        ("eye(x')", "x'", "not a dimension", "m*n"),
        ("eye(0)", "0", "not a dimension", "at least 1"),
        ("(x, y)", ",", "comma", ""),
        ("log + 1", "log", "cannot be a variable", "log(…)"),
        ("x + ☃", "☃", "cannot hold", ""),
        ("__*2", "_", "cannot hold", ""),
        ("x = y", "=", "cannot hold", "one side"),
        ("\0", "\0", "U+0000", ""),
        ("1e999999999", "1e999999999", "out of range", ""),
        ("‖x‖_3", "_3", "no norm", "_F"),
    ],
)
def test_what_is_no_formula(text, caret, message, hint):
    found = refused(ParseError, text)
    assert under(found) == caret
    assert message in found.message
    assert hint in found.hint


@pytest.mark.parametrize(
    ("text", "where", "caret", "message", "hint"),
    [
        ("A*x", "A: matrix m n; x: vector p", "*", "A is (m, n) and x is (p × 1): j would be both n and p", ""),
        (
            "x + y",
            "x: vector n; y: vector m",
            "+",
            "x is (n × 1) and y is (m × 1): the length would be both n and m",
            "",
        ),
        ("A*B", "A: matrix 3 4; B: matrix 3 4", "*", "j would be both 4 and 3", "write A'*B, A.*B or A*B'"),
        ("x*y", "x: vector n; y: vector n", "*", "x is (n × 1) and y is (n × 1)", "write x'*y, x.*y or x*y'"),
        ("x*y", None, "*", "the inner sizes 1 and n differ", "declare one of them: scalar"),
        ("x'*y'", None, "*", "'*' does not fit", "write x*y', x'.*y' or x'*y"),
        ("x^2", "x: vector n", "^", "x is (n × 1)", "write x.^2"),
        ("sum(x^2)", None, "^", "x is (n × 1)", "write x.^2"),
        ("(A*x)^2", None, "^", "A*x is (m × 1)", "write (A*x).^2"),
        ("A^2", "A: matrix m n", "^", "i would be both m and n", "write A.^2"),
        ("det(A)", "A: matrix 3 4", "A", "i would be both 3 and 4", ""),
        ("det(A*x)", None, "A*x", "A*x is (m × 1)", ""),
        ("inv(X) + 1", None, "+", "scalar plus a square matrix (n, n)", "c*eye(n)"),
        ("c + A", "A: matrix n n", "+", "scalar plus a square matrix (n, n)", "c*ones(n,n)"),
        ("x + y'", "x: vector n; y: vector n", "+", "y' is (1 × n)", "x+y"),
        ("kron(x,y) - v", "v: vector 6", "-", "would be both m*n and 6", ""),
        ("vec(A) - v", "A: matrix m n; v: vector m*n+1", "-", "would be both m*n and m*n + 1", ""),
        (
            "f(x) + f(A)",
            {"f": "function x -> scalar"},
            "A",
            "f is applied to x, which is (p × 1), and to A, which is (m, n)",
            "",
        ),
    ],
)
def test_what_does_not_fit(text, where, caret, message, hint):
    found = refused(ShapeError, text, where)
    assert under(found) == caret
    assert message in found.message
    assert hint in found.hint


def test_function_names_are_no_variables_and_variables_no_functions():
    where = {"f": "function x -> scalar", "g": "function x,y -> scalar"}
    assert "write f(x)" in refused(ParseError, "f + 1", where).hint
    assert "f takes 1 argument" in refused(ParseError, "f(x,y)", where).message
    assert "DDh has 3 axes" in refused(UnsupportedError, "DDh(x)", {"h": "function x -> vector n"}).message
    assert refused(ParseError, "Dg_z(x,y)", where).hint.endswith("Dg_x, Dg_y")
    assert "write A*(…)" in refused(ParseError, "A(x)", "A: matrix m n").hint
    assert under(refused(ParseError, "x", where, mention=["f"])) == "f"
    assert under(refused(ParseError, "x", mention=["vector"])) == "vector"
    assert parse("det*x", {"det": "scalar"}).symbols["det"].shape == ()
    assert parse("im*x'*x").symbols["im"].name == "im"


# -- size and speed


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000 + "x" + ")" * 50_000, "sin(" * 10_000 + "x" + ")" * 10_000, "x" + "'" * 50_000, "-" * 50_000 + "x", "x^" + "-" * 20_000 + "2",
        " + ".join(f"norm2(A{i}*x{i} - b{i})^2" for i in range(1000)), "+".join(f"a{i}*b{i}'" for i in range(1000)), "*".join(f"A{i}" for i in range(2000)),
        "+".join(f"(a{i}'*x{i}" for i in range(2000)) + ")" * 2000, "x" + " " * 190_000, "A\\" * 5_000 + "b", "x" * 150_000,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_long_formulas_are_read(text):
    start = time.process_time()
    parse(text)
    assert time.process_time() - start < 30


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000, "x" + ")" * 100_000, "x+" * 500_000 + "x", "1" * 150_000, "☃" * 100_000, "sum(" + "," * 100_000 + ")",
        "*".join(f"x{i}" for i in range(5000)),
        "kron(X," * 1000 + "X" + ")" * 1000, "ones(" + "*".join(f"(a{i}+b{i})" for i in range(60)) + ")", "D" * 50_000 + "f(x)", "|" * 1001 + "x",
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_long_nonsense_is_refused(text):
    start = time.process_time()
    error = refused(GradproofError, text)
    assert time.process_time() - start < 30
    assert len(str(error)) < 2000


def test_the_time_grows_with_the_length():
    def seconds(count):
        text = " + ".join(f"norm2(A{i}*x{i} - b{i})^2" for i in range(count))
        start = time.process_time()
        parse(text)
        return time.process_time() - start

    assert min(seconds(800) for _ in range(3)) < 8 * 3 * min(seconds(100) for _ in range(3))


# -- the inverse of the renderer; random texts


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())
def test_the_corpus_is_read_and_rendered_back(entry):
    where = {name: declaration(v) for name, v in entry["vars"].items()}
    for text in (entry["expr"], entry.get("expected") or "0"):
        try:
            parsed = parse(text, where)
        except UnsupportedError:
            continue
        except ParseError:
            assert entry.get("expected_schematic")  # sum(r,0,p-1, …): not gradproof's syntax
            continue
        assert parse(parsed.expr.ascii, {**parsed.symbols, **parsed.functions}).expr is parsed.expr
        assert parsed.spans.keys() >= set(walk(parsed.expr))


PIECES = """x y A X b n 1 0.5 ( ) ( ' ' + - * * / ^ .* ./ .^ \\ , | ‖ ᵀ ² ⁻¹ √ 𝟏 inv( sum( norm2( diag( vec( kron(
    eye(n) ones(m,n) vector(1) f( Df( .T ^T ⊗ ₁ _2 T λ ☃ expm(""".split()
WHOLE = """x y A X b c (A*x) (x'*A*x) inv(A) sum(x) tr(A) eye(n) ones(n) ones(m,n) vector(1) 2 f(x) x' A' b' (x-y)
    vec(A) vec(B') kron(x,y) kron(x,A) kron(X,A) diag(x) softmax(x) Df(x) n""".split()
BETWEEN = "* * * + - .* / ./ ^2* '* \\".split()
WHERES = [
    None,
    {"f": "function x -> vector q"},
    "A: matrix 3 4; x: vector m*n; f: function x -> scalar",
    {"A": "matrix n n symmetric", "n": "scalar"},
]


@pytest.mark.parametrize("seed", range(8))
def test_random_texts_are_read_or_refused(seed):
    """Nothing but gradproof's own errors; what is read has the shapes that the constructors give."""
    dice = random.Random(seed)
    for _ in range(500):
        kind = dice.random()
        if kind < 0.4:
            text = "".join(dice.choice(PIECES) for _ in range(dice.randint(1, 12)))
        elif kind < 0.9:
            text = "".join(dice.choice(WHOLE) + dice.choice(BETWEEN) for _ in range(dice.randint(0, 5))) + dice.choice(
                WHOLE
            )
        else:
            text = "".join(
                chr(dice.choice([dice.randrange(32, 127), dice.randrange(0x3000)])) for _ in range(dice.randint(0, 15))
            )
        try:
            parsed = parse(text, dice.choice(WHERES), dice.choice([(), ("x",), ("X", "q")]))
        except GradproofError as found:
            error = found
        else:
            error = None
        if error is not None:
            assert error.span is not None, text
            assert str(error)
            continue
        for node in walk(parsed.expr):
            if isinstance(node, Call):
                assert call(node.op, *node.args, params=node.params) is node, text


@pytest.mark.parametrize(
    ("text", "right"),
    [("dot(a,b)", "a'*b"), ("outer(x,y)", "x*y'"), ("transpose(A)*x", "A'*x"), ("mean(x)", "sum(x)/n"), ("inner(x,y)", "x'*y"), ("logistic(x)", "sigmoid(x)"), ("Determinant(X)", "det(X)")],
)  # fmt: skip
def test_other_names_are_read(text, right):
    assert parse(text).expr.ascii == right


def test_nobody_is_sent_to_a_name_that_is_kept_for_later():
    assert "conj" not in refused(ParseError, "conv(x)").hint


@pytest.mark.parametrize(
    "pair", ["x1 x_1", "sigma1 sigma_1", "lam lambda", "eps epsilon", "dlam dlambda", "x_1_2 x1_2", "lam_k lambda_k"]
)
def test_names_that_are_printed_alike_are_not_in_one_formula(pair: str) -> None:
    one, other = pair.split()
    with pytest.raises(gp.ParseError, match="printed alike"):
        gp.parse(f"{one}*{other}", f"{one}: scalar; {other}: scalar")
    with pytest.raises(gp.ParseError, match="printed alike"):  # neither is taken for the other that is declared
        gp.parse(f"{one}*{other}", f"{other}: scalar")
    with pytest.raises(gp.ParseError, match="printed alike"):
        gp.derive(gp.scalar(one) * gp.scalar(other), one)
    assert gp.derive(f"{one}^2", one, f"{one}: scalar").result.ascii == f"2*{one}"
