"""What NumPy's operations mean, by the kinds of their operands: `*` is entrywise and broadcasts, `@` treats an array of one axis as what fits.

They are operations that are there only while a formula is read: their signatures are arrays' (a scalar, one axis, two axes), so kinds and sizes are
inferred as always, and `ARRAYS` has the formula that each stands for. A value of one axis is a column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradproof.errors import UnsupportedError
from gradproof.notation.expr import Call, Expr, Number, call, number, size, views
from gradproof.ops import basic
from gradproof.ops.operation import NEGATIVE, PRODUCT, SUM
from gradproof.ops.reductions import OF_ROWS
from gradproof.parse.array_words import ARRAYS as ARRAYS
from gradproof.parse.array_words import enter
from gradproof.parse.note import refusal
from gradproof.parse.readings import POSITIVE_PART, softmax_of
from gradproof.parse.tree import BARS, meaning
from gradproof.say import say
from gradproof.shapes.shape import Shape

_ROWS = "ij,j->ij j,ij->ij"  # an array of one axis lies along the last axis of the other
_MUL, _TRANSPOSE, _HADAMARD = basic.MUL, basic.TRANSPOSE, basic.HADAMARD
_EXP, _LOG = basic.EXP, basic.LOG


# -- shapes


def lying(e: Expr) -> Expr:
    """A column as a row; nothing is transposed twice."""
    if isinstance(e, Call) and e.op is _TRANSPOSE:
        return e.args[0]
    if isinstance(e, Call) and e.op is _MUL and e.args[0].type.kind == "s":
        return call(_MUL, e.args[0], lying(e.args[1]))
    if isinstance(e, Call) and e.op is _MUL and isinstance(e.args[0], Call) and e.args[0].op is _TRANSPOSE:
        return call(_MUL, lying(e.args[1]), e.args[0].args[0])
    return call(_TRANSPOSE, e)


def _ones(e: Expr, axis: int) -> Expr:
    return call("ones", params=(e.type.dims[axis],))


def _full(e: Expr, like: Expr) -> Expr:
    """A scalar in every entry of something, where it is added to a square matrix; else as it is."""
    if not like.type.square:
        return e
    ones = call("ones", params=like.type.dims)
    return ones if isinstance(e, Number) and e.value == 1 else call(_MUL, e, ones)


def rows(e: Expr, like: Expr) -> Expr:
    """An array of one axis in every row of a matrix."""
    return call(_MUL, _ones(like, 0), lying(e))


def _columns(e: Expr, like: Expr) -> Expr:
    """A column beside every column of a matrix."""
    return call(_MUL, e, lying(_ones(like, 1)))


# -- entry by entry


def _sum(op: str) -> Callable[[Expr, Expr], Expr]:
    def built(a: Expr, b: Expr) -> Expr:
        match a.type.kind, b.type.kind:
            case "m", "v":
                return call(op, a, rows(b, a))
            case "v", "m":
                return call(op, rows(a, b), b)
            case "s", "m":
                return call(op, _full(a, b), b)
            case "m", "s":
                return call(op, a, _full(b, a))
        return call(op, a, b)

    return built


def _times(a: Expr, b: Expr) -> Expr:
    match a.type.kind, b.type.kind:
        case ("s", _) | (_, "s"):
            return call(_MUL, a, b)
        case "m", "v":
            return call(_MUL, a, call("diag", b))
        case "v", "m":
            return call(_MUL, b, call("diag", a))
    return call(_HADAMARD, a, b)


def _over(a: Expr, b: Expr) -> Expr:
    match a.type.kind, b.type.kind:
        case _, "s":
            return call("div", a, b)
        case "m", "v":
            return call(_MUL, a, call("diag", call("eldiv", number(1), b)))
        case "v", "m":
            return call("eldiv", rows(a, b), b)
    return call("eldiv", a, b)


def _power(a: Expr, b: Expr) -> Expr:
    match a.type.kind, b.type.kind:
        case "s", "s":
            return call("pow", a, b)
        case "m", "v":
            return call("elpow", a, rows(b, a))
        case "v", "m":
            return call("elpow", rows(a, b), b)
    return call("elpow", a, b)


def _said_rows(a: Shape, b: Shape) -> str:
    return "numpy-rows" if {a.kind, b.kind} == {"m", "v"} else ""


def _said_square(a: Shape, b: Shape) -> str:
    return _said_rows(a, b) or ("numpy-square" if a.square and b.kind == "s" else "")


_ADDED = f"*,*->* ,i->i ,ij->ij i,->i ij,->ij {_ROWS}"
ADD = enter("+", _ADDED, _sum("add"), _said_rows, "+", SUM)
SUB = enter("-", _ADDED, _sum("sub"), _said_rows, "-", SUM)
TIMES = enter("*", f"*,*->* ,*->* *,->* {_ROWS}", _times, _said_rows, binds=PRODUCT)
OVER = enter("/", f"*,*->* ,*->* *,->* {_ROWS}", _over, _said_rows, binds=PRODUCT)
POWER = enter("**", f",-> *,->* *,*->* ,*->* {_ROWS}", _power, _said_square, binds=NEGATIVE)

ROW_AND_MATRIX = {  # a row (1, n) beside what is a matrix for certain
    op: enter(op.name, _ROWS, ARRAYS[op].built, binds=op.binds) for op in (ADD, SUB, TIMES, OVER, POWER)
}

# -- entry by entry, of a column (n, 1) and something else


def _columned(op: Callable[[Expr, Expr], Expr], flipped: bool) -> Callable[[Expr, Expr], Expr]:
    """The operation where the first operand is a column beside the other; `flipped`: where the second is."""

    def built(first: Expr, second: Expr) -> Expr:
        column, other = (second, first) if flipped else (first, second)
        if other.type.kind == "s":
            return op(first, second)
        lay = call("ones", params=(column.type.dims[0],))
        wide = call(_MUL, lay, lying(other)) if other.type.kind == "v" else other
        tall = _columns(column, wide)
        return op(wide, tall) if flipped else op(tall, wide)

    return built


def _column_times(flipped: bool) -> Callable[[Expr, Expr], Expr]:
    def built(first: Expr, second: Expr) -> Expr:
        column, other = (second, first) if flipped else (first, second)
        match other.type.kind:
            case "s":
                return call(_MUL, first, second)
            case "v":
                return call(_MUL, column, lying(other))
        return call(_MUL, call("diag", column), other)

    return built


_WITH_COLUMN = "i,j->ij i,ij->ij i,->i"
_WITH_COLUMN_LAST = "j,i->ij ij,i->ij ,i->i"

COLUMN_FIRST = {
    ADD: enter("+ of a column", _WITH_COLUMN, _columned(_sum("add"), False)),
    SUB: enter("- of a column", _WITH_COLUMN, _columned(_sum("sub"), False)),
    TIMES: enter("* of a column", _WITH_COLUMN, _column_times(False)),
    OVER: enter("/ of a column", _WITH_COLUMN, _columned(_over, False)),
    POWER: enter("** of a column", _WITH_COLUMN, _columned(_power, False)),
}
COLUMN_LAST = {
    ADD: enter("+ of a column", _WITH_COLUMN_LAST, _columned(_sum("add"), True)),
    SUB: enter("- of a column", _WITH_COLUMN_LAST, _columned(_sum("sub"), True)),
    TIMES: enter("* of a column", _WITH_COLUMN_LAST, _column_times(True)),
    OVER: enter("/ of a column", _WITH_COLUMN_LAST, _columned(_over, True)),
    POWER: enter("** of a column", _WITH_COLUMN_LAST, _columned(_power, True)),
}

# -- products


def _matmul(a: Expr, b: Expr) -> Expr:
    match a.type.kind, b.type.kind:
        case "v", "v":
            return call(_MUL, lying(a), b)
        case "v", "m":
            return call(_MUL, lying(b), a)
    return call(_MUL, a, b)


def _dot(a: Expr, b: Expr) -> Expr:
    return call(_MUL, a, b) if "s" in (a.type.kind, b.type.kind) else _matmul(a, b)


def _inner(a: Expr, b: Expr) -> Expr:
    match a.type.kind, b.type.kind:
        case "m", "m":
            return call(_MUL, a, lying(b))
        case "v", "m":
            return call(_MUL, b, a)
    return _dot(a, b)


def _vdot(a: Expr, b: Expr) -> Expr:
    return call("tr", call(_MUL, lying(a), b)) if a.type.kind == "m" else call(_MUL, lying(a), b)


def _upright(e: Expr) -> Expr:
    return call(_TRANSPOSE, e) if e.type.kind == "m" else e


def _no_product(_a: Expr, _b: Expr) -> Expr:
    raise UnsupportedError(
        say("the transpose of an array of one axis is itself, so NumPy takes this as an inner product"),
        hint=say("write np.outer(x, y) for the matrix, or x @ y for the inner product"),
    )


_PRODUCTS = "i,i-> ij,j->i i,ij->j ij,jk->ik"
MATMUL = enter("@", _PRODUCTS, _matmul, symbol="@", binds=PRODUCT)
MATMUL_TRANSPOSED = enter(  # x @ y.T, which is refused for two arrays of one axis
    "@", _PRODUCTS, lambda a, b: (_no_product if a.type.kind == b.type.kind == "v" else _matmul)(a, b), binds=PRODUCT
)
DOT = enter("dot", f"{_PRODUCTS} ,*->* *,->*", _dot)
INNER = enter("inner", "i,i-> ij,kj->ik ij,j->i i,ji->j ,*->* *,->*", _inner)
VDOT = enter("vdot", "i,i-> ij,ij->", _vdot)
OUTER = enter("outer", "i,j->ij", lambda a, b: call(_MUL, a, lying(b)))
SOLVE = enter("solve", "ii,i->i ii,ij->ij", lambda a, b: call(_MUL, call("inv", a), b))
UPRIGHT = enter("T", "ij->ji i->i ->", _upright, lambda a: "numpy-one-axis" if a.kind == "v" else "")
UPRIGHT_LEFT = enter("T", "ij->ji i->i ->", _upright)  # x.T @ y, which nobody reads otherwise
TRACE = enter("trace", "ii->", lambda a: call("tr", a))
INVERSE = enter("inv", "ii->ii", lambda a: call("inv", a))
DETERMINANT = enter("det", "ii->", lambda a: call(meaning(BARS, "m"), a))
LOGDET = enter("slogdet", "ii->", lambda a: call("logdet", a), lambda a: "numpy-slogdet")
TIMES_COLUMN = enter("product with a column", "ij,j->i", lambda a, b: call(_MUL, a, b))
ROW_TIMES = enter("product of a row", "i,ij->j", _matmul)
ROW_OR_MATRIX = enter("row or matrix", "ij->ij i->i'", lambda a: call(_TRANSPOSE, a) if a.type.kind == "v" else a)
ONE_AXIS = enter("new axis", "i->i", lambda a: a)


def _symmetric(e: Expr) -> Expr:
    if not views.symmetric(e):
        raise refusal("numpy-triangle", shown=e.ascii)
    return e


SYMMETRIC = enter("one triangle", "ii->ii", _symmetric)  # of a matrix of which NumPy reads one triangle
MATRIX_POWER = enter("matrix_power", "ii,->ii", lambda a, b: call("pow", a, b))
KRON = enter("kron", "ij,kl->(ik)(jl) i,k->(ik)", lambda a, b: call("kron", a, b))
DIAG = enter("diag", "i->ii ii->i", lambda a: call("diag", a))

# -- sums along axes


def count(e: Expr, axes: Sequence[int]) -> Expr:
    dims = [e.type.dims[axis] for axis in axes]
    total = dims[0]
    for d in dims[1:]:
        total = total * d
    return size(total)


def along(axis: int) -> Callable[[Expr], Expr]:
    def built(e: Expr) -> Expr:
        if e.type.kind != "m":
            return call("sum", e)
        return call(_MUL, *((lying(e), _ones(e, 0)) if axis == 0 else (e, _ones(e, 1))))

    return built


def _mean(axis: int | None) -> Callable[[Expr], Expr]:
    def built(e: Expr) -> Expr:
        if e.type.kind == "s":
            return e
        if axis is None or e.type.kind == "v":
            return call("div", call("sum", e), count(e, range(len(e.type.dims))))
        return call("div", along(axis)(e), count(e, (axis,)))

    return built


def squared(e: Expr) -> Expr:
    return call("elpow", e, number(2))


def _softmax(e: Expr, across: bool) -> Expr:
    return lying(softmax_of(lying(e))) if across and e.type.kind == "m" else softmax_of(e)


def _softmax_of_all(e: Expr) -> Expr:
    if e.type.kind == "m":
        raise refusal("softmax-of-all")
    return softmax_of(e)


ALL, FIRST, LAST, SECOND = "i-> ij-> ->", "ij->j i->", "ij->i i->", "ij->i"
TOTAL = enter("sum", ALL, lambda e: call("sum", e))
NUMBER = enter("item", "->", lambda e: e)


def _listed(e: Expr) -> Expr:
    if e.type.kind == "m":
        raise UnsupportedError(
            say("sum(…) of a matrix is the sum of its rows in Python, and of all its entries in NumPy"),
            hint=say("write np.sum(X) for the sum of all, X.sum(axis=0) for that of the rows"),
        )
    return call("sum", e)


LISTED = enter("sum", ALL, _listed)  # Python's own
MEAN = enter("mean", ALL, _mean(None))
ALONG = {  # np.sum(…, axis=…)
    0: enter("sum along axis 0", FIRST, along(0)),
    1: enter("sum along axis 1", SECOND, along(1)),
    -1: enter("sum along the last axis", LAST, along(1)),
}
MEANS = {
    0: enter("mean along axis 0", FIRST, _mean(0)),
    1: enter("mean along axis 1", SECOND, _mean(1)),
    -1: enter("mean along the last axis", LAST, _mean(1)),
}


def _largest(name: str, axis: int) -> Callable[[Expr], Expr]:
    def built(e: Expr) -> Expr:
        if e.type.kind != "m":
            return call(name, e)
        return call(OF_ROWS[name], lying(e) if axis == 0 else e)

    return built


EXTREMES = {  # np.max(…, axis=…)
    name: {
        axis: enter(f"{name} along an axis", kinds, _largest(name, axis))
        for axis, kinds in ((0, FIRST), (1, SECOND), (-1, LAST))
    }
    for name in OF_ROWS
}
SOFTMAX = enter("softmax", "i->i ij->ij", _softmax_of_all)
SOFTMAXES = {  # softmax(…, axis=…)
    0: enter("softmax along axis 0", "i->i ij->ij", lambda e: _softmax(e, across=True)),
    1: enter("softmax along axis 1", "ij->ij", lambda e: _softmax(e, across=False)),
    -1: enter("softmax along the last axis", "i->i ij->ij", lambda e: _softmax(e, across=False)),
}
LOGSUMEXP = enter("logsumexp", "i-> ij->", lambda e: call("logsumexp", e))


# -- functions that are made of others


def _variance(e: Expr) -> Expr:
    mean = _mean(None)(e)
    return _mean(None)(squared(_sum("sub")(e, mean)))


VARIANCE = enter("var", "i-> ij->", _variance)
HYPOTENUSE = enter(
    "hypot",
    ",-> i,i->i ij,ij->ij",
    lambda a, b: call("sqrt", call("add", _power(a, number(2)), _power(b, number(2)))),
)
SQUARE = enter("square", "*->*", lambda e: _power(e, number(2)))
LOG1P = enter("log1p", "*->*", lambda e: call(_LOG, _sum("add")(number(1), e)))
EXPM1 = enter("expm1", "*->*", lambda e: _sum("sub")(call(_EXP, e), number(1)))
LOG2 = enter("log2", "*->*", lambda e: call("div", call(_LOG, e), call(_LOG, number(2))))
LOG10 = enter("log10", "*->*", lambda e: call("div", call(_LOG, e), call(_LOG, number(10))))
RECIPROCAL = enter("reciprocal", "*->*", lambda e: _over(number(1), e))


def _above(a: Expr, b: Expr) -> Expr:
    """relu(a - b), without two signs in a row."""
    negative = isinstance(b, Call) and b.op is basic.NEG
    return call(POSITIVE_PART, _sum("add")(a, b.args[0]) if negative else _sum("sub")(a, b))


MAXIMUM = enter("maximum", "*,*->* ,*->* *,->*", lambda a, b: _sum("add")(b, _above(a, b)))
MINIMUM = enter("minimum", "*,*->* ,*->* *,->*", lambda a, b: _sum("sub")(a, _above(a, b)))
LOGADDEXP = enter("logaddexp", "*,*->* ,*->* *,->*", lambda a, b: call(_LOG, _sum("add")(call(_EXP, a), call(_EXP, b))))
