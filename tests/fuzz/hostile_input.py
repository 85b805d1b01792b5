"""Input that nobody means well."""

from __future__ import annotations

import decimal
import fractions

import numpy as np

try:
    import scipy.sparse as sparse
except ImportError:
    sparse = None

FORMULAS: list[object] = [
    "", " ", "\n\t", None, 5, 1.5, b"x", ["x"], ("x",), {"x": 1}, object(), True, float("nan"), "x" * 100_000, "x+" * 20_000 + "x",
    "(" * 1000 + "x" + ")" * 1000, "-" * 2000 + "x", "x" + "'" * 2001, "sin(" * 100 + "x" + ")" * 100, "exp(" * 30 + "x" + ")" * 30,
    "(" * 100, ")" * 100, "x^" * 60 + "2", "x'*" * 101 + "x", "[" * 50, "\x00", "x\x00y", "x\u202ey", "\ud800", "x\u0301", "ſ", "K", "𝟏", "💥", "x💥",
    "＋", "x．y", "x^^2", "x**", "x*", "*x", "x y", "x,y", "x;y", "x\ny", "x=y", "x==y", "x:=2", "x if y else z", "lambda", "lambda x: x", "self", "import os",
    "__import__('os')", "x.__class__", "x[", "x[]", "x[0]", "x[-1]", "x[999999999999]", "x[1:2]", "x[1,2,3]", "x[i]", "sum(i: x[i])", "sum(i,i: x[i])",
    "sum(x: x[x])", "sum(: x)", "sum()", "norm2()", "norm2(x,x)", "inv()", "eye()", "eye(0)", "eye(-1)", "eye(1.5)", "eye(n,m)", "ones(10^9)", "ones(n)*x",
    "ones(1000000,1000000)*x", "x'*eye(100000)*x", "zeros(99999999999999999999)", "eye(10000000000)*x", "x*1e400", "x*10^309", "x^3*1e-300*1e-300",
    "x*1e308*1e308", "x^100000", "x^(-100000)", "x^99999999999999999999", "x^1e10", "X^64", "X^65", "tr(X^50)", "X^(1/2)", "2^x^x^x", "x.^x.^x", "0^0", "0^x",
    "x^0", "0/0", "1/0", "x/0", "0/x", "log(0)", "log(-1)", "sqrt(-1)", "inv(0)", "inv(zeros(n,n))", "det(zeros(n,n))", "asin(2)*x", "acosh(0)", "NaN*x", "inf*x",
    "nan", "1e", "1.2.3", "0x10", "1_000", "1e999999999", "1e-999999999*x", "0." + "1" * 5000 + "*x", "9" * 5000 + "*x", "1/" + "9" * 400 + "*x", "x/3/3/3/3/3/3/3/3",
    r"\frac{x}{", r"\frac", r"\sum_{i} x_i", r"\sum_{i=1}^{n} \sum_{i=1}^n x_i", "$x$", "$$", r"\begin{align} x", r"\left( x", r"\lVert x", r"\x", "\\", r"x^{", r"x_{", r"{{{{x}}}}",
    r"\def\x{\x}\x", r"\input{/etc/passwd}", r"\int x dx", r"\partial x", r"\nabla x", "%", "%x", "#x", "&", "~x", "!x", "x!", "x?", "`x`", "'x'", '"x"', "''", "'", "'x",
    "expm(X)", "f(x)", "Df(x)", "conj(x)", "re(x)", "max(x)", "unknown(x)", "sin", "sin x", "sin(x", "tr(x)", "det(x)", "A*x + A'*x", "A + 1", "x + X", "x*x", "x + x'",
    "x'*y'*z'", "kron(x,x)", "kron(kron(X,X),kron(X,X))", "vec(vec(X))", "diag(diag(diag(X)))", "softmax(X)", "softmax(softmax(softmax(x)))", "commutation(n)", "commutation(m,n)*x",
    "logsumexp(x)^x", "sum(sum(sum(x)))", "norm2(0*x)", "norm2(x - x)", "abs(x - x)", "x./x", "x - x", "log(x - x)", "inv(X - X)", "adj(X)*adj(X)", "x'*x/(x'*x)", "1/(x'*x - x'*x)",
    "tan(tan(tan(tan(x))))", "inv(inv(inv(inv(X))))", "det(det(X))", "tr(X*Y*X*Y*X*Y*X*Y*X*Y*X*Y*X)", "-x", "--x", "+x", "+-+-x", "x-", "x--x", "2x", "2(x)", "(x)(y)", "x(y)",
]  # fmt: skip
NAMES: list[object] = [
    None, "", " ", 5, 1.5, [], ["x"] * 12, ["x", "x", "x", "x"], ["x", None], [None], [[]], [["x"]], {"x"}, {"x": 1}, b"x", "x y", "x,y", "x;", "x'", "2", "-x", "x+y", "𝐱",
    "x\x00", "lambda", "sin", "A*x", "q", "x" * 10_000, object(), True, "conj(x)", "vech(X)", "x[1]", "x[0]", float("nan"), ("x", "b"), "nonsense", "n",
]  # fmt: skip
WHERE: list[object] = [
    "", " ", ";", ";;;", 5, [], ["x: vector n"], object(), b"x: vector n", "x", "x:", ":", "x: vector", "x: vector n n", "x: vector n symmetric", "x: matrix 0 0", "x: vector 0", "x: vector -1",
    "x: vector 1e9", "x: vector 100000000000", "x: vector 99999999999999999999999", "x: vector n; x: vector m", "x: vector n*", "x: vector n+1+2*3", "x: vector (n", "x: vector n^2", "x: vector n/2",
    "x: vector x", "x: matrix x x", "x: scalar posdef", "x: tensor n", "x: vector n nonsense", "A: matrix n n symmetric antisymmetric; x: vector n", "S: matrix n m symmetric", "A: matrix m n orthogonal",
    "f: function", "f: function -> scalar", "f: function f -> f", "f: function x", "f: function x -> vector", "f: function x -> matrix n", "f: function x,x -> scalar; x: vector n", "sin: vector n", "n: vector n",
    "x: vector n\x00", "x : vector n ; A : matrix m n ; b : vector m ; ", "x: vector n complex", "A: matrix n n toeplitz", "x: " + "vector " * 1000, "x: vector " + "n*" * 500 + "n",
    {"x": None}, {"x": 5}, {"x": ""}, {1: "vector n"}, {None: "vector n"}, {"": "vector n"}, {"x": b"vector n"}, {"x": ["vector", "n"]}, {"x": "vector n", "x y": "scalar"}, {"lambda": "scalar"},
]  # fmt: skip
CLAIMS: list[object] = [
    *FORMULAS[:14], "2*A*x", "2*q*x", "(A + A')*x", "A*x + A'*x = 0", "df = 2*x", "df/dx = ", "= 2*x", "RIGHT", "d/dx", "2*A*x'", "x'*A", "1/0", "nan", "x*1e400", "(" * 200 + "x" + ")" * 200, "A" * 5000,
    r"\frac{2", "0", "zeros(n)", "ones(n)", "f' = 2*x", "\ud800",
]  # fmt: skip
OPTIONS: dict[str, list[object]] = {
    "layout": [None, "", "nonsense", 5, [], "DENOMINATOR", object(), b"denominator"],
    "where": [5, "x", {"x": 7}, object()],
}
GOOD: list[tuple[str, object]] = [
    ("norm2(A*x - b)^2", "x"),
    ("x'*A*x + logdet(A)", ["x", "x"]),
    ("inv(A)*x", "x"),
    ("c*sum(softmax(x))", "x"),
]


def _arguments() -> list[object]:
    whole = np.arange(9.0).reshape(3, 3)
    masked = np.ma.masked_array([1.0, 2.0, 3.0], mask=[True, False, True])
    structured = np.zeros(3, dtype=[("a", float), ("b", int)])
    values: list[object] = [
        None, "a", "", b"x", object(), [], [[]], [[], []], [[1, 2], [3]], ["a", "b", "c"], [None] * 3, {}, {"a": 1}, {1.0, 2.0}, (), float("nan"), float("inf"), [float("nan")] * 3, [float("inf")] * 3,
        1j, [1j, 2j, 3j], 10**400, [10**400] * 3, 1e308, [1e308] * 3, [1e-320] * 3, True, [True, False, True], decimal.Decimal("1.5"), [decimal.Decimal(1)] * 3, fractions.Fraction(1, 3), [fractions.Fraction(1, 3)] * 3,
        np.array("x"), np.zeros(0), np.zeros((0, 0)), np.zeros((3, 0)), np.zeros((3, 3, 3)), np.zeros((1, 3)), np.zeros((3, 1)), np.zeros((3, 3)), whole, np.full((3, 3), np.nan), np.ones(3, np.float16), np.ones((3, 3), np.float16),
        np.ones(3, np.int8) * 100, np.ones(3, np.uint8), np.ones(3, np.longdouble), np.ones(3, np.complex64), np.array([1, 2, 3], object), np.array(["a", "b", "c"]), np.array([1, 2, 3], "datetime64[D]"),
        np.array([1, 2, 3], "timedelta64[s]"), structured, masked, np.matrix(whole), np.matrix([1.0, 2.0, 3.0]), np.broadcast_to(1.0, (3,)), np.broadcast_to(1.0, (3, 3)), np.ones(2), np.ones(4), range(3), iter([1, 2, 3]), lambda x: x, np.ones, memoryview(b"abc"),
    ]  # fmt: skip
    if sparse is not None:
        values += [
            sparse.csr_matrix(whole),
            sparse.csr_array(whole),
            sparse.coo_matrix(whole),
            sparse.csr_matrix(np.ones((3, 1))),
        ]
    return values


ARGUMENTS = _arguments()
ATTRIBUTES = (
    "ascii",
    "latex",
    "unicode",
    "shape",
    "order",
    "index",
    "vec",
    "dims",
    "result",
    "text",
    "json",
    "verdict",
    "notes",
    "type",
    "reading",
    "diagnoses",
    "counterexample",
    "correct",
)
_HUGE = "sum(tanh(A*tanh(A*tanh(A*tanh(A*x)))))"
COMMANDS: list[list[str]] = [
    [], [""], ["nonsense"], ["derive"], ["derive", "x"], ["derive", "--wrt", "x"], ["derive", "x'*x", "--wrt"], ["derive", "x'*x", "--wrt", ""], ["derive", "", "--wrt", "x"], ["derive", "x'*x", "--wrt", "q"],
    ["derive", "x'*x", "--wrt", "x", "--layout", "nonsense"], ["derive", "x'*x", "--wrt", "x", "--format", "pdf"], ["derive", "x'*x", "--wrt", "x", "--where", "nonsense"], ["derive", "x'*x", "--wrt", "x", "--where", ""],
    ["derive", "x'*x", "--wrt", "x", "--code", "cobol"], ["derive", "x'*x", "--wrt", "x", "--code", "numpy"], ["derive", "x'*x", "--wrt", "x", "--lang", "tlh", "--steps"], ["derive", "x'*x", "--wrt", "x", "--steps", "--method", "guess"],
    ["derive", "x'*x", *["--wrt", "x"] * 3], ["derive", "x'*x", *["--wrt", "x"] * 30], ["derive", "sum(tan(x))", *["--wrt", "x"] * 20], ["derive", "1/x", *["--wrt", "x"] * 300], ["derive", _HUGE, *["--wrt", "x"] * 4],
    ["derive", _HUGE, *["--wrt", "x"] * 4, "--steps"], ["derive", "inv(X)", *["--wrt", "X"] * 4], ["derive", "x'*x", "--wrt", "x", "--bogus"], ["derive", "x'*x", "y", "--wrt", "x"], ["derive", "-x'*x", "--wrt", "x"],
    ["check"], ["check", "x'*x"], ["check", "x'*x", "--wrt", "x"], ["check", "x'*x", "--wrt", "x", "--claim"], ["check", "x'*x", "--wrt", "x", "--claim", ""], ["check", "x'*x", "--wrt", "x", "--claim", "2*x", "--format", "json"],
    ["check", "x'*x", "--wrt", "x", "--claim", "2*q"], ["check", "x'*x", "--wrt", "x", "--steps", "/nonexistent/steps.txt"], ["check", "x'*x", "--wrt", "x", "--steps", "/tmp"], ["batch"], ["batch", "/nonexistent.jsonl"], ["batch", "/tmp"],
    ["batch", "/dev/null"], ["code"], ["code", "x'*x"], ["code", "x'*x", "--wrt", "x", "--out", "/nonexistent/folder/file.py"], ["code", "x'*x", "--wrt", "x", "--out", "/tmp"], ["code", "x'*x", "--wrt", "x", "--out", "/dev/full"],
    ["code", "x'*x", "--wrt", "x", "--target", "nonsense"], ["code", "x'*x", "--wrt", "x", "--name", "not a name"], ["code", "x'*x", "--wrt", "x", "--name", "class"], ["code", "x'*x", "--wrt", "x", "--name", "__import__('os')"],
    ["code", "x'*x", "--wrt", "x", "--autograd", "nonsense"], ["code", "x'*x", "--wrt", "x", "--hessian", "--value"], ["code", "X*x", "--wrt", "x", "--hessian"], ["--version"], ["--help"], ["derive", "--help"],
    ["derive", "x'*eye(100000)*x", "--wrt", "x"], ["derive", "ones(1000000,1000000)*x", "--wrt", "x"], ["derive", "tr(X*Y*X*Y*X*Y*X*Y*X*Y*X*Y*X)", "--wrt", "X", "--code", "numpy"],
]  # fmt: skip
