r"""Signs whose meaning depends on the kinds of what they stand with: `a \cdot b`, `\langle A, B \rangle`, `\lVert X \rVert_2`, `e^{X}`."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.errors import UnsupportedError
from gradproof.notation.expr import Expr, call
from gradproof.ops import TABLE, Operation
from gradproof.ops.operation import PRODUCT, Definition, signatures
from gradproof.parse.tree import BARS
from gradproof.say import say

_NORM, ABSOLUTE_SUM, _EXP, _MUL = (TABLE[name] for name in ("norm2", "norm1", "exp", "mul"))

DOT = Operation(
    "dot",
    (*_MUL.signatures, *signatures("i,i->")),
    _MUL.meaning,
    "product, or inner product of two vectors",
    symbol="·",
    binds=PRODUCT,
)
INNER = Operation("inner", signatures("i,i-> ij,ij-> ,->"), Definition(""), "inner product")
EUCLIDEAN = Operation("norm_2", _NORM.signatures, Definition(""), "Euclidean norm")
ABSOLUTE = Operation("norm_1", ABSOLUTE_SUM.signatures, Definition(""), "sum of absolute values")
EXPONENTIAL = Operation("e^", _EXP.signatures, Definition(""), "exponential function")

SPELLED = {
    "·": DOT,
    "⟨,⟩": INNER,
    "‖2": EUCLIDEAN,
    "‖1": ABSOLUTE,
    "e^": EXPONENTIAL,
    "|·|": BARS,
}  # names that nobody can type

OF_MATRICES = {TABLE["log"]: "logm"}  # functions of entries whose name without a bracket can be that of a matrix
OF_ENTRIES = frozenset(TABLE[name] for name in ("hadamard", "eldiv", "sum"))  # what is done entry by entry


def _dot(a: Expr, b: Expr) -> Expr:
    return call("mul", call("transpose", a) if (a.type.kind, b.type.kind) == ("v", "v") else a, b)


def _inner(a: Expr, b: Expr) -> Expr:
    if a.type.kind == "s":
        return call("mul", a, b)
    product = call("mul", call("transpose", a), b)
    return call("tr", product) if a.type.kind == "m" else product


def _euclidean(a: Expr) -> Expr:
    if a.type.kind == "m":
        raise UnsupportedError(
            say("the 2-norm of a matrix is its largest singular value, which is not supported"),
            hint=say(r"write \lVert X \rVert_F for the root of the sum of squares"),
        )
    return call(_NORM, a)


def _exponential(a: Expr) -> Expr:
    if a.type.kind == "m":
        raise UnsupportedError(
            say("e^{X} of a matrix is the matrix exponential, which is not supported"),
            hint=say(r"write \exp(X) for the exponential of each entry"),
        )
    return call(_EXP, a)


BUILT: dict[Operation, Callable[..., Expr]] = {  # the formulas that they stand for
    DOT: _dot, INNER: _inner, EUCLIDEAN: _euclidean, EXPONENTIAL: _exponential, ABSOLUTE: lambda a: call(ABSOLUTE_SUM, a),
}  # fmt: skip
