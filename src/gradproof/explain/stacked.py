"""Values that are no scalars: vec(dY) = K vec(dX), with vec(A N B) = (B' ⊗ A) vec(N), part by part."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.explain.atoms import ADD, DIAG, DIV, ELDIV, MUL, NEG, SUB, TRANSPOSE, eye, ones, zero
from gradproof.explain.differential import Moving
from gradproof.explain.steps import NoDerivation
from gradproof.lift.solved import is_solved, stacked
from gradproof.notation.expr import Call, Expr, call, fold, number
from gradproof.ops import Operation, basic
from gradproof.say import say
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import matrix

KRON, VEC, TR, SUM, COMMUTATION = (basic.KRON, basic.VEC, basic.TR, basic.SUM, basic.COMMUTATION)


def stack(dy: Expr, context: Moving) -> Expr:
    """K with vec(dY) = K vec(dX); of a vector or a scalar, dy = K vec(dX). Raises NoDerivation."""
    (dx,) = context.moved
    tidier = context.tidier

    def visit(node: Expr, args: list[Expr | None]) -> Expr | None:
        if node is dx:
            return identity(dx)
        if all(k is None for k in args):
            return None
        assert isinstance(node, Call)
        if is_solved(node.op, len(node.args)) and all(k is None for k in args[:-1]):
            return tidier.tidy(call(MUL, stacked(node), args[-1]))
        if node.op not in STACKERS:
            raise NoDerivation(say("{op} in vec form", op=node.op.name))
        return tidier.tidy(STACKERS[node.op](node, args))

    found = fold(dy, visit)
    if found is not None:
        return found
    rows, cols = vec(dy).type.dims, vec(dx).type.dims
    return zero(matrix(rows[0], cols[0]))


def identity(e: Expr) -> Expr:
    """The identity matrix on vec(e), in as many parts as e has axes."""
    if e.type.kind == "m":
        m, n = e.type.dims
        return kron(eye(n), eye(m))
    return eye(e.type.dims[0])


def kron(a: Expr, b: Expr) -> Expr:
    return call(KRON, a, b)


def vec(e: Expr) -> Expr:
    """The columns of a matrix stacked; a row as a column."""
    if e.type.kind == "m":
        return call(VEC, e)
    return call(TRANSPOSE, e) if e.type.kind == "r" else e


Args = list[Expr | None]  # K of each argument, or None for one without dX


def _place(args: Args) -> int:
    places = [k for k, a in enumerate(args) if a is not None]
    if len(places) != 1:
        raise NoDerivation(say("a product of differentials"))
    return places[0]


def _given(args: Args, k: int) -> Expr:
    found = args[k]
    assert found is not None
    return found


def _sum(e: Call, args: Args) -> Expr:
    parts = []
    for k, a in enumerate(args):
        if a is not None:
            whole = a if e.args[k].type == e.type else call(MUL, vec(_all_ones(e)), a)
            parts.append(call(NEG, whole) if e.op is NEG or (k and e.op is SUB) else whole)
    return parts[0] if len(parts) == 1 else call(ADD, *parts)


def _product(e: Call, args: Args) -> Expr:
    a, b = e.args
    k = _place(args)
    inner, other, big = e.args[k], e.args[1 - k], _given(args, k)
    if inner.type.kind == "s":
        return call(MUL, other, big) if other.type.kind == "s" else call(MUL, vec(other), big)
    if other.type.kind == "s":
        return call(MUL, other, big)
    if k:  # A*N: (I ⊗ A) vec(N)
        columns: Dim | None = b.type.dims[-1] if b.type.kind in "mr" else None
        return call(MUL, a if columns is None else kron(eye(columns), a), big)
    turned = call(TRANSPOSE, b)  # N*B: (B' ⊗ I) vec(N)
    rows = a.type.dims[0] if a.type.kind in "mv" else None
    return call(MUL, turned if rows is None else kron(turned, eye(rows)), big)


def _quotient(e: Call, args: Args) -> Expr:
    if _place(args):
        raise NoDerivation(say("a quotient of differentials"))
    a, b = e.args
    big = _given(args, 0)
    if b.type.kind == "s":
        return call(DIV, big, b)
    one = call(ELDIV, number(1), vec(b))
    return call(MUL, one, big) if a.type.kind == "s" else call(MUL, call(DIAG, one), big)


def _entrywise(e: Call, args: Args) -> Expr:
    k = _place(args)
    inner, other, big = e.args[k], e.args[1 - k], _given(args, k)
    if other.type.kind == "s":
        return call(MUL, other, big)
    return call(MUL, vec(other) if inner.type.kind == "s" else call(DIAG, vec(other)), big)


def _transpose(e: Call, args: Args) -> Expr:
    big = _given(args, 0)
    if e.type.kind != "m":
        return big
    return call(MUL, call(COMMUTATION, params=e.args[0].type.dims), big)


def _reduce(e: Call, args: Args) -> Expr:
    """tr(N) = vec(I)' vec(N); 1'N1 = vec(1 1')' vec(N)."""
    a, big = e.args[0], _given(args, 0)
    if a.type.kind == "s":
        return big
    weights = eye(a.type.dims[0]) if e.op is TR else _all_ones(a)
    return call(MUL, call(TRANSPOSE, vec(weights)), big)


def _diagonal(e: Call, args: Args) -> Expr:
    """vec(diag(n)) = diag(vec(I)) (1 ⊗ I) n, and its transpose for the diagonal of a matrix."""
    d = e.args[0].type.dims[0]
    spread = call(MUL, call(DIAG, vec(eye(d))), kron(ones(d), eye(d)))
    return call(MUL, spread if e.type.kind == "m" else call(TRANSPOSE, spread), _given(args, 0))


def _same(e: Call, args: Args) -> Expr:
    return _given(args, 0)


def _kronecker(e: Call, args: Args) -> Expr:
    """vec(A ⊗ B) = (I ⊗ K ⊗ I)(vec(A) ⊗ vec(B))."""
    k = _place(args)
    a, b, big = *e.args, _given(args, k)
    if any(x.type.kind == "s" for x in e.args):
        raise NoDerivation(say("a Kronecker product with a number in vec form"))
    pair = kron(identity(a), vec(b)) if k == 0 else kron(vec(a), identity(b))
    (m, n), (p, q) = (_sides(x) for x in (a, b))
    turned = None if q is None or m is None else call(COMMUTATION, params=(q, m))
    if turned is None:
        return call(MUL, pair, big)
    shuffle = turned if p is None else kron(turned, eye(p))
    shuffle = shuffle if n is None else kron(eye(n), shuffle)
    return call(MUL, call(MUL, shuffle, pair), big)


def _sides(e: Expr) -> tuple[Dim | None, Dim | None]:
    """Rows and columns, None for one."""
    return {"v": (*e.type.dims, None), "r": (None, *e.type.dims), "m": e.type.dims}[e.type.kind]  # type: ignore[return-value]


def _all_ones(e: Expr) -> Expr:
    return call(TRANSPOSE, ones(*e.type.dims)) if e.type.kind == "r" else ones(*e.type.dims)


STACKERS: dict[Operation, Callable[[Call, Args], Expr]] = {
    basic.ADD: _sum, basic.SUB: _sum, basic.NEG: _sum, basic.MUL: _product, basic.DIV: _quotient, basic.ELDIV: _quotient, basic.HADAMARD: _entrywise,
    basic.TRANSPOSE: _transpose, basic.TR: _reduce, basic.SUM: _reduce, basic.DIAG: _diagonal, basic.VEC: _same, basic.UNVEC: _same, basic.KRON: _kronecker,
}  # fmt: skip
