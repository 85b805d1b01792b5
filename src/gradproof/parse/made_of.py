"""Functions that have no entry of their own in the table: their names, shapes, and the formulas that they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradproof.notation.expr import Expr, call, number
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import Definition, signatures
from gradproof.ops.placed import HEAD, LOWERTRI, TAIL

_ENTRYWISE = TABLE["exp"].signatures
_PAIRS = TABLE["add"].signatures
_SQUARE = signatures("ii->ii")
_SIGN, _SIGMOID, _TRIL, _TRIU = (TABLE[n] for n in ("sign", "sigmoid", "tril", "triu"))


def _ones(like: Expr) -> Expr:
    """1, in every entry."""
    if like.type.kind == "s":
        return number(1)
    ones = call("ones", params=like.type.dims)
    return call("transpose", ones) if like.type.kind == "r" else ones


def _times(a: Expr, b: Expr) -> Expr:
    return call("mul" if a.type.kind == "s" else "hadamard", a, b)


def _diagonal_blocks(a: Expr, b: Expr) -> Expr:
    """[A, 0; 0, B]."""
    high, wide = (a.type.dims[k] + b.type.dims[k] for k in (0, 1))

    def put(e: Expr, rows: Operation) -> Expr:
        above, beside = call(rows, params=(e.type.dims[0], high)), call(rows, params=(e.type.dims[1], wide))
        return call("mul", call("mul", call("transpose", above), e), beside)

    return call("add", put(a, HEAD), put(b, TAIL))


def _below_diagonal(part: Operation) -> Callable[[Expr], Expr]:
    """A triangle of a square matrix without its diagonal."""
    return lambda x: call("sub", call(part, x), call("diag", call("diag", x)))


def _mirrored(x: Expr) -> Expr:
    """The symmetric matrix that has this lower triangle."""
    return call("add", call(_TRIL, x), call("transpose", _below_diagonal(_TRIL)(x)))


def _quotient(above: str, below: str) -> Callable[[Expr], Expr]:
    """cos(x)/sin(x), entry by entry; `above`: "" for 1."""

    def made(x: Expr) -> Expr:
        return call("div" if x.type.kind == "s" else "eldiv", call(above, x) if above else _ones(x), call(below, x))

    return made


def _hypotenuse(a: Expr, b: Expr) -> Expr:
    return call("sqrt", call("add", _times(a, a), _times(b, b)))


def _last_sums(x: Expr) -> Expr:
    return call("mul", call("transpose", call(LOWERTRI, params=x.type.dims)), x)


_MADE: dict[str, tuple[Any, str, Callable[..., Expr]]] = {
    "blkdiag": (signatures("ij,kl->(i+k)(j+l)"), "the block matrix of two blocks on its diagonal", _diagonal_blocks),
    "tril0": (_SQUARE, "the lower triangle without the diagonal", _below_diagonal(_TRIL)),
    "triu0": (_SQUARE, "the upper triangle without the diagonal", _below_diagonal(_TRIU)),
    "copyltu": (_SQUARE, "the symmetric matrix that has this lower triangle", _mirrored),
    "revcumsum": (signatures("i->i"), "running sums from the end", _last_sums),
    "step": (_ENTRYWISE, "1 above zero, 0 below, 1/2 at zero",
             lambda x: call("div", call("add", _ones(x), call(_SIGN, x)), number(2))),
    "silu": (_ENTRYWISE, "x times the sigmoid of x", lambda x: _times(x, call(_SIGMOID, x))),
    "logsigmoid": (_ENTRYWISE, "the logarithm of the sigmoid", lambda x: call("log", call(_SIGMOID, x))),
    "expm1": (_ENTRYWISE, "exp(x) - 1", lambda x: call("sub", call(basic.EXP, x), _ones(x))),
    "sec": (_ENTRYWISE, "the secant", _quotient("", "cos")),
    "csc": (_ENTRYWISE, "the cosecant", _quotient("", "sin")),
    "cot": (_ENTRYWISE, "the cotangent", _quotient("cos", "sin")),
    "sech": (_ENTRYWISE, "the hyperbolic secant", _quotient("", "cosh")),
    "csch": (_ENTRYWISE, "the hyperbolic cosecant", _quotient("", "sinh")),
    "coth": (_ENTRYWISE, "the hyperbolic cotangent", _quotient("cosh", "sinh")),
    "hypot": (_PAIRS, "the root of the sum of two squares", _hypotenuse),
}  # fmt: skip
_OTHER_NAMES = {
    "block_diag": "blkdiag", "heaviside": "step", "swish": "silu", "log_sigmoid": "logsigmoid",
    "cosec": "csc", "ctg": "cot", "cotg": "cot", "cth": "coth",
}  # fmt: skip

_OPERATIONS = {name: Operation(name, shapes, Definition(""), doc) for name, (shapes, doc, _) in _MADE.items()}
MADE_OF = {**_OPERATIONS, **{other: _OPERATIONS[name] for other, name in _OTHER_NAMES.items()}}
MEANT = {_OPERATIONS[name]: built for name, (_, _, built) in _MADE.items()}
