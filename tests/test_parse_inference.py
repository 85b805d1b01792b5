"""What is inferred of a formula: kinds, dimensions, readings; and what declarations say."""

from __future__ import annotations

import pytest

from corpus_entries import ENTRIES
from gradproof.errors import ParseError, ShapeError
from gradproof.notation.expr import Applied, Size, applied, walk
from gradproof.notation.function import Function
from gradproof.notation.made import matrix_variable, vector
from gradproof.ops import BY_SPELLING, TABLE, Operation
from gradproof.ops.operation import signatures
from gradproof.parse import parse
from gradproof.shapes.shape import SCALAR
from refusals import refused, under


def shapes(text, where=None):
    """The inferred shapes, as one text: "A m n, x n"."""
    return ", ".join(" ".join([name, *map(str, s.type.dims)]) for name, s in parse(text, where).symbols.items())


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
        ("vec(W)'*kron(x,y)", "W m n, x n, y m"),
        ("kron(A,B)*vec(X)", "A m n, B p q, X q n"),
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
        ("λ*‖w‖²", "lambda:s w:v"),
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
        wrong += [
            entry["expr"]
            for name, s in found.items()
            if s.type.kind != {"scalar": "s", "vector": "v", "matrix": "m"}[entry["vars"][name]["kind"]]
        ]
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
        ("vec(W)'*kron(x,y)", None, "the sizes in vec(W)'*kron(x,y) fit in more than one way; declare them to choose"),
        ("K + s*eye(n)", None, "s is read as a scalar, the kind that fits; declare it to say otherwise"),
    ],
)
def test_readings_are_told(text, where, note):
    assert note in [str(n) for n in parse(text, where).notes]


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
        ({"2x": "scalar"}, ParseError, "2x", "letter"),
        ({"f": "function x -> vector"}, ParseError, " vector", "vector q"),
        ({"f": "function x,x -> scalar"}, ParseError, " x,x ", ""),
        ("x: vector n; A: matrix n k bogus", ParseError, "bogus", "facts are"),
        ("x: vector n; x: scalar", ParseError, "x: scalar", ""),
        ("x vektor n", ParseError, "vektor", "did you mean vector?"),
    ],
)
def test_bad_declarations(where, error, caret, hint):
    found = refused(error, "x", where)
    assert under(found) == caret
    assert hint in found.hint


def test_a_table_entry_is_enough(monkeypatch):
    """An operation that is only in the table is parsed, its kinds and dimensions inferred from its signatures."""
    op = Operation("sandwich", signatures("ij,jk,kl->il ij,jk,k->i"), TABLE["kron"].meaning, "three in a row")
    monkeypatch.setitem(BY_SPELLING, "sandwich", op)
    assert shapes("sandwich(A,B,C)*x") == "A m n, B n p, C p q, x q"
    assert shapes("norm2(sandwich(A,B,x) - b)") == "A m n, B n p, x p, b m"
    assert "sandwich needs (i, j), (j, k) and (k, l)" in refused(ShapeError, "sandwich(A,A,A)", "A: matrix 2 3").message


def test_a_dimension_called_np_is_the_product_where_only_that_fits():
    """Kronecker products in questions: A of shape np × np beside F of shape p × p."""
    where = {"F": "matrix p p", "A": "matrix np np"}
    parsed = parse("tr(A*kron(eye(n),F))", where)
    assert parsed.symbols["A"].shape == ("n*p", "n*p")
    assert "np is read as n*p" in " ".join(map(str, parsed.notes))
    assert parse("tr(A)", where).symbols["A"].shape == ("np", "np")
    with pytest.raises(ShapeError):
        parse("A*F", where)
