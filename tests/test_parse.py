"""Text to formulas: the syntax, the declarations, what is inferred, and what is said about a text that is no formula."""

from __future__ import annotations

import random
import time

import pytest
from corpus_entries import ENTRIES, declaration

from gradproof.errors import GradproofError, ParseError, ShapeError, UnsupportedError
from gradproof.expr import Applied, Call, Function, Number, Size, applied, call, matrix_variable, number, scalar, vector, walk
from gradproof.ops import BY_SPELLING, TABLE, Operation
from gradproof.ops.operation import Reserved, signatures
from gradproof.parse import parse
from gradproof.shapes import SCALAR

A, B, X = (matrix_variable(name, "n", "n") for name in "ABX")
x, y = vector("x", "n"), vector("y", "n")
a, b, c = scalar("a"), scalar("b"), scalar("c")
KNOWN = {s.name: s for s in (A, B, X, x, y, a, b, c)}


def shapes(text, where=None):
    """The inferred shapes, as one text: "A m n, x n"."""
    return ", ".join(" ".join([name, *map(str, s.type.dims)]) for name, s in parse(text, where).symbols.items())


def refused(error, text, where=None, mention=()):
    with pytest.raises(error) as caught:
        parse(text, where, mention)
    found = caught.value
    assert found.span is not None
    assert found.text is not None
    assert found.message
    return found


def under(error):
    """The characters that the caret points at."""
    return error.text[slice(*error.span)]


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
        ("a^b^c", (a**b) ** c),
        ("a^-b", a ** (-b)),
        ("a^-b^c", (a ** (-b)) ** c),
        ("X^(-2)", X ** (-number(2))),
        ("X'^2", X.T**2),
        ("X^2'", X ** number(2).T),
        ("x''", x.T.T),
        ("x.*y./x", call("eldiv", call("hadamard", x, y), x)),
        ("x.^2.^a", call("elpow", call("elpow", x, 2), a)),
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


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("xᵀ*A", "x'*A"), ("x.T*A", "x'*A"), ("x^T*A", "x'*A"), ("x^⊤*A", "x'*A"), ("x’*A", "x'*A"), ("x′*A", "x'*A"), ("x.'*A", "x'*A"),
        ("A⁻¹", "inv(A)"), ("a⁻¹", "a^-1"), ("A⁻ᵀ", "inv(A)'"), ("a²", "a^2"), ("-x.*a¹²", "-x.*a^12"), ("a^b²", "(a^b)^2"),
        ("x⊙y", "x.*y"), ("x∘y", "x.*y"), ("x⊘y", "x./y"), ("x⊗y", "kron(x,y)"), ("A·x", "A*x"), ("A⋅x", "A*x"), ("a×b", "a*b"), ("x − y", "x - y"),
        ("a**2", "a^2"), ("A@x", "A*x"), ("‖x‖", "norm2(x)"), ("||x||", "norm2(x)"), ("‖x‖²", "norm2(x)^2"), ("‖x‖₂²", "norm2(x)^2"), ("‖x‖_2^2", "norm2(x)^2"),
        ("‖x‖₁", "norm1(x)"), ("‖x‖_1", "norm1(x)"), ("‖A‖_F", "norm2(A)"), ("|x|", "abs(x)"), ("|a|*|b|", "abs(a)*abs(b)"), ("|A|", "det(A)"),
        ("|a - |b||", "abs(a - abs(b))"), ("√(a)", "sqrt(a)"), ("√a", "sqrt(a)"), ("√a²", "sqrt(a)^2"), ("√x'", "sqrt(x')"), ("x + 𝟏", "x + ones(n)"),
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


@pytest.mark.parametrize(("text", "value"), [("2", "2"), ("0.1", "1/10"), (".5", "1/2"), ("2.", "2"), ("1e-3", "1/1000"), ("1.5E2", "150")])
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
        assert parse(f"{name}({','.join(op.letters)})").expr.op is op
    else:
        assert op in {e.op for e in walk(parse(f"{name}({','.join('AB'[: op.arity])})").expr) if isinstance(e, Call)}


def test_spans_are_the_first_place():
    text = "(x + y)'*x + x"
    spans = parse(text).spans
    shown = {text[slice(*span)] for span in spans.values()}
    assert shown == {text, "(x + y)'*x", "(x + y)'", "x + y", "x", "y"}
    assert spans[parse(text).symbols["x"]] == (1, 2)


# -- dimensions and sizes


@pytest.mark.parametrize(
    ("text", "where", "shape"),
    [
        ("eye(n)", None, ("n", "n")),
        ("ones(3,n)", None, (3, "n")),
        ("zeros(m*n)", None, ("m*n",)),
        ("ones(n+1)", None, ("n + 1",)),
        ("commutation(m,n)", None, ("m*n", "m*n")),
        ("kron(A,B)", "A: matrix 2 n; B: matrix 3 3", (6, "3*n")),
        ("vec(A)", "A: matrix m n", ("m*n",)),
        ("n'*eye(n)", "n: vector n", (1, "n")),
    ],
)
def test_dimensions(text, where, shape):
    assert parse(text, where).expr.shape == shape


def test_the_name_of_a_dimension_is_a_scalar_where_no_variable_has_it():
    assert isinstance(parse("n*tr(eye(n))").expr.args[0], Size)
    assert isinstance(parse("n/2", "x: vector n").expr.args[0], Size)
    assert parse("n*tr(eye(n))", "n: scalar positive").expr.args[0].facts >= {"positive"}
    assert "n" in parse("n*tr(eye(n))", mention=["n"]).symbols
    assert parse("n/2").symbols["n"].name == "n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("norm2(x)", "x n"),
        ("A*x - b", "A m n, x n, b m"),
        ("x'*A*x", "x n, A n n"),
        ("A*X*B", "A m n, X n p, B p q"),
        ("n'*A*m", "n p, A p q, m q"),
        ("x + ones(3)", "x 3"),
        ("K*C - eye(n)", "K n m, C m n"),
        ("norm2(X - U*V')^2", "X m n, U m p, V n p"),
        ("tr(A*X'*B*X*C)", "A m n, X p n, B p p, C n m"),
        ("vec(W)'*kron(x,y)", "W m n, x m, y n"),
        ("kron(A,B)*vec(X)", "A m n, B p q, X n q"),
        ("vec(A) - ones(m*n)", "A m n"),
        ("log(det(X))", "X n n"),
        ("(eye(n) - K*C)*P*(eye(n) - K*C)'", "K n m, C m n, P n n"),
        ("x'*A*x/(x'*x)", "x n, A n n"),
        ("lambda*self + class", "lambda, self n, class n"),
        ("dX*X", "dX, X m n"),
    ],
)
def test_inferred_dimensions(text, expected):
    assert shapes(text) == expected


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        ("A*x", "A: matrix 3 4", "A 3 4, x 4"),
        ("A*x", "A: matrix symmetric", "A n n, x n"),
        ("b*x", "b: vector; x: scalar", "b n, x"),
        ("A + s*eye(n)", "A: matrix 3 3", "A 3 3, s"),
        ("A*x - ones(k)", "A: matrix m n", "A m n, x n"),
        ("kron(x,y) - v", "v: vector m*n", "x m, y n, v m*n"),
        ("x'*y", "y: vector n+1", "x n + 1, y n + 1"),
        ("f(x) + f(A*y)", {"f": "function x -> vector q"}, "x m, A m n, y n"),
    ],
)
def test_declared_dimensions_spread(text, where, expected):
    assert shapes(text, where) == expected


def test_a_mentioned_variable_has_a_symbol_whether_it_occurs_or_not():
    found = parse("a'*b", mention=["X", "b"]).symbols
    assert [(name, s.shape) for name, s in found.items()] == [("a", ("p",)), ("b", ("p",)), ("X", ("m", "n"))]
    assert parse("x", "S: matrix n n").symbols["S"].shape == ("n", "n")


# -- kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("-c*logdet(S) - tr(inv(S)*M)/2", "c:s S:m M:m"),
        ("a'*inv(X)*b", "a:v X:m b:v"),
        ("norm2(X - U*V')^2", "X:m U:m V:m"),
        ("sum(log(1 + exp(-y.*(X*w))))", "y:v X:m w:v"),
        ("y'*sigmoid(W*x)", "y:v W:m x:v"),
        ("a'*x/(norm2(a)*norm2(x))", "a:v x:v"),
        ("x'*A*x*x", "x:v A:m"),
        ("tr(E)^2 + 1", "E:m"),
        ("exp(x'*A*x)", "x:v A:m"),
        ("a*b'", "a:v b:v"),
        ("c*x'*x", "c:s x:v"),
        ("c*a'*x", "c:s a:v x:v"),
        ("c*x + d", "c:s x:v d:v"),
        ("d + c*x", "d:v c:s x:v"),
        ("X*b", "X:m b:v"),
        ("A*c*x", "A:m c:s x:v"),
        ("a.*x", "a:v x:v"),
        ("N*logdet(S) - tr(S)", "N:s S:m"),
        ("exp(-norm2(x - y)^2/(2*s^2))", "x:v y:v s:s"),
        ("K + s*eye(n)", "K:m s:s"),
        ("(x - mu)'*inv(Sigma)*(x - mu)", "x:v mu:v Sigma:m"),
        ("λ*‖w‖²", "λ:s w:v"),
        ("w'*x + t", "w:v x:v t:s"),
        ("x*t^2", "x:v t:s"),
        ("sum(c)", "c:v"),
        ("det(a)", "a:m"),
        ("X + c", "X:m c:s"),
        ("exp(z)*sin(z)", "z:s"),
        ("norm2(A*x - b)^2 + |X| + c", "A:m x:v b:v X:m c:s"),
    ],
)
def test_kinds_by_use_then_by_letter(text, kinds):
    assert " ".join(f"{name}:{s.type.kind}" for name, s in parse(text).symbols.items()) == kinds


def test_undeclared_kinds_of_the_corpus():
    """Of the formulas whose letters follow the convention, no declared kind is guessed differently."""
    wrong = []
    for entry in ENTRIES.values():
        if any(v["kind"] == "function" or v.get("field") for v in entry["vars"].values()) or entry.get("needs"):
            continue
        try:
            found = parse(entry["expr"]).symbols
        except (ParseError, ShapeError):
            continue  # a scalar called x times a vector: asked for, not guessed
        wrong += [entry["expr"] for name, s in found.items() if s.type.kind != {"scalar": "s", "vector": "v", "matrix": "m"}[entry["vars"][name]["kind"]]]
    assert len(wrong) <= 8, wrong


@pytest.mark.parametrize(
    ("text", "where", "note"),
    [
        ("1 + exp(-z)", "z: vector m", "1 + exp(-z) is read as ones(m) + exp(-z)"),
        ("x - c", "x: vector n; c: scalar", "x - c is read as x - c*ones(n)"),
        ("x' + (b + c)", "x: vector n; b: scalar", "x' + (b + c) is read as x' + (b + c)*ones(n)'"),
        ("b + c + x", "x: vector n; b: scalar; c: scalar", "b + c + x is read as (b + c)*ones(n) + x"),
        ("A + 1", "A: matrix m n", "A + 1 is read as A + ones(m,n)"),
        ("A + eye(n)", "A: matrix 3 3", "n is 3"),
        ("K + s*eye(n)", None, "s is read as a scalar, the kind that fits; declare it to say otherwise"),
    ],
)
def test_readings_are_told(text, where, note):
    assert note in parse(text, where).notes


def test_nothing_is_told_where_nothing_was_chosen():
    assert parse("norm2(A*x - b)^2 + 1").notes == ()


# -- declarations


def test_forms_of_where():
    text = parse("S*x", "S: matrix n n posdef\nx: vector n;").symbols
    assert text == parse("S*x", {"S": "matrix n n posdef", "x": "vector n"}).symbols
    assert text == parse("S*x", {"S": matrix_variable("S", "n", "n", "posdef"), "x": vector("x", "n")}).symbols
    assert text["S"].facts >= {"posdef", "symmetric", "invertible"}


def test_declared_functions_and_their_derivatives():
    where = {"f": "function x -> vector q", "U": "function x,y -> matrix n n invertible", "a": "scalar", "b": "scalar"}
    parsed = parse("f(x)", where)
    f, u = parsed.functions["f"], parsed.functions["U"]
    assert (f.formals, f.shape.public, u.facts) == (("x",), ("q",), frozenset({"invertible"}))
    assert parsed.expr is applied(f, (parsed.symbols["x"],))
    assert parse("Df(x)", where).expr.shape == ("m", "q")  # n is a name of the declarations
    both = parse("DDU_xy(a,b) + DU_y(a,b)", where).expr
    assert [e.partials for e in walk(both) if isinstance(e, Applied)] == [(0, 1), (1,)]
    assert parse("g(x)", {"g": Function("g", ("x",), SCALAR)}).expr.shape == ()
    assert parse("g(X)", {"g": "function -> scalar"}).functions["g"].formals == ("x",)


@pytest.mark.parametrize(
    ("where", "error", "caret", "hint"),
    [
        ({"A": "matrx n n"}, ParseError, "matrx", "did you mean matrix?"),
        ({"A": "matrix n n symetric"}, ParseError, "symetric", "did you mean symmetric?"),
        ({"A": "matrix n"}, ParseError, "matrix", "matrix n n"),
        ({"x": "vector n/2"}, ParseError, "n/2", "sum or product"),
        ({"x": "vector 0"}, ParseError, "0", "at least 1"),
        ({"A": "matrix m n symmetric"}, ShapeError, "symmetric", "matrix n n symmetric"),
        ({"x": "vector n posdef"}, ShapeError, "posdef", "matrix"),
        ({"z": "scalar complex"}, UnsupportedError, "complex", ""),
        ({"A": "matrix n n toeplitz"}, UnsupportedError, "toeplitz", ""),
        ({"det": "scalar"}, ParseError, "det", "another name"),
        ({"2x": "scalar"}, ParseError, "2x", "letter"),
        ({"f": "function x -> vector"}, ParseError, " vector", "vector q"),
        ({"f": "function x,x -> scalar"}, ParseError, " x,x ", ""),
        ("x: vector n; A: matrix n k bogus", ParseError, "bogus", "facts are"),
        ("x: vector n; x: scalar", ParseError, "x: scalar", ""),
        ("x vector n", ParseError, "x vector n", "NAME: KIND"),
    ],
)
def test_bad_declarations(where, error, caret, hint):
    found = refused(error, "x", where)
    assert under(found) == caret
    assert hint in found.hint


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
        ("A x", "x", "without an operator", "write A*x"),
        ("2 (x)", "(", "without an operator", "write 2*(…)"),
        ("x'A", "A", "without an operator", "write x'*A"),
        ("inv(A,B)", "inv(A,B)", "takes 1 argument, not 2", ""),
        ("ones()", "ones()", "takes 1 or 2 arguments, not 0", ""),
        ("eye(x')", "x'", "not a dimension", "m*n"),
        ("eye(0)", "0", "not a dimension", "at least 1"),
        ("(x, y)", ",", "comma", ""),
        ("det + 1", "det", "cannot be a variable", "det(…)"),
        ("x + ☃", "☃", "cannot hold", ""),
        ("xⁿ", "ⁿ", "cannot hold", ""),
        ("[x]", "[", "cannot hold", "( and )"),
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
        ("x + y", "x: vector n; y: vector m", "+", "x is (n × 1) and y is (m × 1): the length would be both n and m", ""),
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
        ("f(x) + f(A)", {"f": "function x -> scalar"}, "A", "f is applied to x, which is (p × 1), and to A, which is (m, n)", ""),
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
    assert under(refused(ParseError, "x", mention=["det"])) == "det"


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
    start = time.perf_counter()
    parse(text)
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000, "x" + ")" * 100_000, "x+" * 500_000 + "x", "1" * 150_000, "☃" * 100_000, "sum(" + "," * 100_000 + ")", "*".join(f"x{i}" for i in range(5000)),
        "kron(X," * 1000 + "X" + ")" * 1000, "ones(" + "*".join(f"(a{i}+b{i})" for i in range(60)) + ")", "D" * 50_000 + "f(x)", "|" * 1001 + "x",
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_long_nonsense_is_refused(text):
    start = time.perf_counter()
    error = refused(GradproofError, text)
    assert time.perf_counter() - start < 10
    assert len(str(error)) < 2000


def test_the_time_grows_with_the_length():
    def seconds(count):
        text = " + ".join(f"norm2(A{i}*x{i} - b{i})^2" for i in range(count))
        start = time.perf_counter()
        parse(text)
        return time.perf_counter() - start

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


PIECES = "x y A X b n 1 0.5 ( ) ( ' ' + - * * / ^ .* ./ .^ \\ , | ‖ ᵀ ² ⁻¹ √ 𝟏 inv( sum( norm2( diag( vec( kron( eye(n) ones(m,n) vector(1) f( Df( .T ^T ⊗ ₁ _2 T λ ☃ pinv(".split()
WHOLE = "x y A X b c (A*x) (x'*A*x) inv(A) sum(x) tr(A) eye(n) ones(n) ones(m,n) vector(1) 2 f(x) x' A' b' (x-y) vec(A) kron(x,y) diag(x) softmax(x) Df(x) n".split()
BETWEEN = "* * * + - .* / ./ ^2* '* \\".split()
WHERES = [None, {"f": "function x -> vector q"}, "A: matrix 3 4; x: vector m*n; f: function x -> scalar", {"A": "matrix n n symmetric", "n": "scalar"}]


@pytest.mark.parametrize("seed", range(8))
def test_random_texts_are_read_or_refused(seed):
    """Nothing but gradproof's own errors; what is read has the shapes that the constructors give."""
    dice = random.Random(seed)
    for _ in range(500):
        kind = dice.random()
        if kind < 0.4:
            text = "".join(dice.choice(PIECES) for _ in range(dice.randint(1, 12)))
        elif kind < 0.9:
            text = "".join(dice.choice(WHOLE) + dice.choice(BETWEEN) for _ in range(dice.randint(0, 5))) + dice.choice(WHOLE)
        else:
            text = "".join(chr(dice.choice([dice.randrange(32, 127), dice.randrange(0x3000)])) for _ in range(dice.randint(0, 15)))
        try:
            parsed = parse(text, dice.choice(WHERES), dice.choice([(), ("x",), ("X", "q")]))
        except GradproofError as error:
            assert error.span is not None
            assert str(error)
            continue
        for node in walk(parsed.expr):
            if isinstance(node, Call):
                assert call(node.op, *node.args, params=node.params) is node, text


def test_a_table_entry_is_enough(monkeypatch):
    """An operation that is only in the table is parsed, its kinds and dimensions inferred from its signatures."""
    op = Operation("sandwich", signatures("ij,jk,kl->il ij,jk,k->i"), TABLE["kron"].meaning, "three in a row")
    monkeypatch.setitem(BY_SPELLING, "sandwich", op)
    assert shapes("sandwich(A,B,C)*x") == "A m n, B n p, C p q, x q"
    assert shapes("norm2(sandwich(A,B,x) - b)") == "A m n, B n p, x p, b m"
    assert "sandwich needs (i, j) and (j, k)" in refused(ShapeError, "sandwich(A,A,A)", "A: matrix 2 3").message
