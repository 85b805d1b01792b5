"""Zero, the identity, ones: formulas that tidying knows, and the operations that it deals with."""

from __future__ import annotations

from fractions import Fraction

from gradproof.lift.pretty import exact
from gradproof.notation.expr import Call, Expr, Number, call, fold, number, rebuild
from gradproof.ops import Operation, basic
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Shape

ADD, SUB, NEG, MUL, DIV = (basic.ADD, basic.SUB, basic.NEG, basic.MUL, basic.DIV)
HADAMARD, ELDIV, POW, ELPOW = (basic.HADAMARD, basic.ELDIV, basic.POW, basic.ELPOW)
TRANSPOSE, DIAG, EYE, ONES, ZEROS = (basic.TRANSPOSE, basic.DIAG, basic.EYE, basic.ONES, basic.ZEROS)
KRON, COMMUTATION = basic.KRON, basic.COMMUTATION


def zero(shape: Shape) -> Expr:
    """Nothing, in this shape."""
    if shape.kind == "s":
        return number(0)
    e = call(ZEROS, params=shape.dims)
    return call(TRANSPOSE, e) if shape.kind == "r" else e


def eye(n: Dim) -> Expr:
    return call(EYE, params=(n,))


def ones(*dims: Dim) -> Expr:
    return call(ONES, params=dims)


def with_ones(e: Expr) -> Expr:
    """The formula with a vector or matrix of ones for a number that meets every entry: 𝟏 − s for 1 − s."""

    def visit(node: Expr, args: list[Expr]) -> Expr:
        if isinstance(node, Call) and node.op in (ADD, SUB):
            args = [_spread(a, node.type) for a in args]
        if isinstance(node, Call) and node.op is ELDIV and args[1].type.kind == "s" and args[0].type == node.type:
            return call(DIV, *args)  # by a number every entry is divided
        return rebuild(node, tuple(args)) if args else node

    return fold(e, visit)


def _spread(e: Expr, like: Shape) -> Expr:
    if e.type.kind != "s" or like.kind == "s":
        return e
    one = ones(*like.dims)
    one = call(TRANSPOSE, one) if like.kind == "r" else one
    return one if is_one(e) else call(MUL, e, one)


def made_of(e: Expr, op: Operation) -> bool:
    """Whether a formula is an application of this operation."""
    return isinstance(e, Call) and e.op is op


def is_zero(e: Expr) -> bool:
    """Whether a formula is written as nothing."""
    if isinstance(e, Call):
        return e.op is ZEROS or (e.op is TRANSPOSE and made_of(e.args[0], ZEROS))
    return isinstance(e, Number) and e.value == 0


def is_one(e: Expr) -> bool:
    return isinstance(e, Number) and e.value == 1


def is_identity(e: Expr) -> bool:
    """eye(n), or a Kronecker product of such."""
    return isinstance(e, Call) and (e.op is EYE or (e.op is KRON and all(is_identity(a) for a in e.args)))


def is_diagonal(e: Expr) -> bool:
    """diag(v) of a column v."""
    return isinstance(e, Call) and e.op is DIAG and e.args[0].type.kind == "v"


def is_ones(e: Expr) -> bool:
    """All entries are one: ones(n), ones(m,n), ones(n)'."""
    return made_of(e, ONES) or (isinstance(e, Call) and e.op is TRANSPOSE and made_of(e.args[0], ONES))


def exact_number(value: Fraction) -> Expr:
    """A number of either sign."""
    return exact(value) if value >= 0 else call(NEG, exact(-value))


def turned(e: Expr) -> Expr:
    """The transpose of a factor."""
    if isinstance(e, Call):
        if e.op is TRANSPOSE:
            return e.args[0]
        if e.op is EYE or (e.op is DIAG and e.type.kind == "m"):
            return e
        if e.op is KRON:
            return call(KRON, *(turned(a) for a in e.args))
        if e.op is COMMUTATION:
            return call(COMMUTATION, params=e.params[::-1])
        if e.op is ZEROS or (e.op is ONES and e.type.kind == "m"):
            return call(e.op, params=e.params[::-1]) if e.type.kind == "m" else call(TRANSPOSE, e)
        if e.op is HADAMARD and e.type.kind == "m" and all(a.type.kind == "m" for a in e.args):
            return call(HADAMARD, *(turned(a) for a in e.args)) if all(_leaf(a) for a in e.args) else call(TRANSPOSE, e)
    return call(TRANSPOSE, e) if e.type.kind != "s" else e


def _leaf(e: Expr) -> bool:
    return not e.args or (made_of(e, TRANSPOSE) and not e.args[0].args)
