"""Functions of the rows of a matrix by their names: diag(a./(exp(Z)*ones(n)))*exp(Z) is diag(a)*softmax_rows(Z), log(exp(Z)*ones(n)) is logsumexp_rows(Z).

What is said of columns is said of the rows of the transpose.
"""

from __future__ import annotations

from typing import TypeGuard

from gradproof.notation.expr import Call, Expr, Number, call, fold, number, operations, rebuild
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.basic import EXP, LOG

SOFTMAX_ROWS, LOGSUMEXP_ROWS = TABLE["softmax_rows"], TABLE["logsumexp_rows"]
ONES, DIAG = basic.ONES, basic.DIAG
ADD, SUB, NEG, MUL, DIV, HADAMARD = basic.ADD, basic.SUB, basic.NEG, basic.MUL, basic.DIV, basic.HADAMARD
ELDIV, ELPOW, TRANSPOSE = basic.ELDIV, basic.ELPOW, basic.TRANSPOSE


def with_rows(e: Expr) -> Expr:
    """The formula with the functions of rows that are in it."""
    there = operations(e)
    return fold(e, _visit) if EXP in there or there.issuperset(_REVERSED) else e


_REVERSED = (MUL, DIV, NEG, SUB)  # of a difference over a number


def _visit(e: Expr, args: list[Expr]) -> Expr:
    made = rebuild(e, tuple(args)) if args else e
    if not isinstance(made, Call):
        return made
    if made.op is MUL:
        return _straight(_product(made))
    if made.op is HADAMARD:
        return _entrywise(made)
    if made.op is ELDIV:
        return _averaged(made)
    z = (_summed(made.args[0]) or _summed_down(made.args[0])) if made.op is LOG else None
    return made if z is None else call(LOGSUMEXP_ROWS, z)


def _straight(e: Expr) -> Expr:
    """A*(-(B - C)/s) as A*(C - B)/s."""
    if not _made(e, MUL):
        return e
    for k, f in enumerate(e.args):
        if _made(f, DIV) and f.type.kind != "s" and _made(f.args[0], NEG) and _made(f.args[0].args[0], SUB):
            b, c = f.args[0].args[0].args
            whole = call(MUL, *(call(SUB, c, b) if i == k else a for i, a in enumerate(e.args)))
            return call(DIV, whole, f.args[1])
    return e


def _product(e: Call) -> Expr:
    left, right = e.args
    before, last = left.args if _made(left, MUL) else (None, left)  # type: ignore[union-attr]
    if before is None and _made(last, NEG):
        plain = _product(call(MUL, last.args[0], right))  # type: ignore[arg-type]
        return e if _made(plain, MUL) and plain.args[0] is last.args[0] else _negative(plain)
    found = _weighted(last, right) or _gathered(last, right) or _columns(last, right)
    if found is None and _made(last, TRANSPOSE):
        found = _weighted(right, last.args[0])
        found = None if found is None else [call(TRANSPOSE, f) for f in reversed(found)]
        found = None if found is None else [f.args[0] if _diagonal_turned(f) else f for f in found]
    if found is None:
        return e
    for f in found:
        before = f if before is None else call(MUL, before, f)
    assert before is not None
    return before


def _negative(e: Expr) -> Expr:
    """A product with a minus sign before its first factor."""
    factors = _factors(e)
    return _multiplied([call(NEG, factors[0]), *factors[1:]], e) or call(NEG, e)


def _gathered(last: Expr, right: Expr) -> list[Expr] | None:
    """The factors of exp(Z)'*(w./(exp(Z)*ones(n))) as those of softmax_rows(Z)'*w; None for any other product."""
    if not (_made(last, TRANSPOSE) and _made(last.args[0], EXP) and _made(right, ELDIV) and right.type.kind == "v"):
        return None
    top, below = right.args
    z = _summed(below)
    if z is None or z is not last.args[0].args[0]:
        return None
    whole = top if top.type.kind == "v" else _all_ones(top, right)
    return None if whole is None else [call(TRANSPOSE, call(SOFTMAX_ROWS, z)), whole]


def _all_ones(top: Expr, like: Expr) -> Expr | None:
    """The vector of ones that the number 1 stands for above a vector."""
    return call(ONES, params=like.type.dims) if isinstance(top, Number) and top.value == 1 else None


def _columns(last: Expr, right: Expr) -> list[Expr] | None:
    """The factors of exp(W)*diag(w./(exp(W)'*ones(n))) as those of softmax_rows(W')'*diag(w), and of exp(W)*(w./(exp(W)'*ones(n)))."""
    inner = right.args[0] if _made(right, DIAG) else right
    if not (_made(last, EXP) and last.type.kind == "m" and _made(inner, ELDIV) and inner.type.kind == "v"):
        return None
    top, below = inner.args
    z = _summed_down(below)
    if z is None or below.args[0].args[0] is not last:
        return None
    rows = call(TRANSPOSE, call(SOFTMAX_ROWS, z))
    if inner is right:
        whole = top if top.type.kind == "v" else _all_ones(top, right)
        return None if whole is None else [rows, whole]
    if top.type.kind == "v":
        return [rows, call(DIAG, top)]
    return [rows] if isinstance(top, Number) and top.value == 1 else None


def _averaged(e: Call) -> Expr:
    """(exp(Z)*v)./(exp(Z)*ones(n)) as softmax_rows(Z)*v, also beside other entrywise factors."""
    top, below = e.args
    z = _summed(below) if e.type.kind == "v" else None
    made = None if z is None or top.type.kind != "v" else _weights(top, z)
    return e if made is None else made


def _entrywise(e: Call) -> Expr:
    """exp(Z) ⊙ (diag(1 ⊘ s) G − (diag(G exp(Z)') ⊘ s ⊘ s) 1') as softmax_rows(Z) ⊙ (G − diag(G softmax_rows(Z)') 1'), where s is exp(Z) 1."""
    z = next((a.args[0] for a in e.args if _made(a, EXP) and a.type.kind == "m"), None)
    other = next((a for a in e.args if not _made(a, EXP)), None)
    if z is None or other is None:
        return e
    divided = _divided(other, z)
    return e if divided is None else call(HADAMARD, call(SOFTMAX_ROWS, z), divided)


def _divided(e: Expr, z: Expr) -> Expr | None:
    """A sum each row of which is divided by the sum of the row of exp(Z), without that; None for any other formula."""
    if isinstance(e, Call) and e.op in (ADD, SUB):
        parts = [_divided(a, z) for a in e.args]
        return None if None in parts else call(e.op, *parts)  # type: ignore[arg-type]
    factors = _factors(e)
    for k, f in enumerate(factors):
        if _made(f, DIAG) and _made(f.args[0], ELDIV) and _summed(f.args[0].args[1]) is z:
            top = f.args[0].args[0]
            left = (
                []
                if isinstance(top, Number) and top.value == 1
                else [call(DIAG, top)]
                if top.type.kind == "v"
                else None
            )
            return None if left is None else _multiplied([*factors[:k], *left, *factors[k + 1 :]], e)
        if _made(f, ELDIV) and f.type.kind == "v" and _summed(f.args[1]) is z and f.args[0].type.kind == "v":
            return _multiplied([*factors[:k], f.args[0], *factors[k + 1 :]], e)
        if _made(f, ELDIV) and f.type.kind == "v" and _made(f.args[1], ELPOW) and _summed(f.args[1].args[0]) is z:
            inner = _weights(f.args[0], z) if f.args[1].args[1] is number(2) else None
            return None if inner is None else _multiplied([*factors[:k], inner, *factors[k + 1 :]], e)
    return None


def _weights(e: Expr, z: Expr) -> Expr | None:
    """diag(G*softmax_rows(Z)') of diag(G*exp(Z)'), diag(softmax_rows(Z)*G') of diag(exp(Z)*G'), a.*(softmax_rows(Z)*v) of a.*(exp(Z)*v)."""
    if _made(e, HADAMARD) and all(a.type.kind == "v" for a in e.args):
        for k, a in enumerate(e.args):
            inner = _weights(a, z)
            if inner is not None:
                return call(HADAMARD, *(inner if i == k else b for i, b in enumerate(e.args)))
        return None
    first, *rest = _factors(e)
    if rest and _made(first, EXP) and first.args[0] is z and e.type.kind == "v":
        return _multiplied([call(SOFTMAX_ROWS, z), *rest], e)
    if not (_made(e, DIAG) and _made(e.args[0], MUL)):
        return None
    factors = _factors(e.args[0])
    rows, last = call(SOFTMAX_ROWS, z), factors[-1]
    turned = last.args[0] if _made(last, TRANSPOSE) else last if _gram(z) else None
    if turned is not None and _made(turned, EXP) and turned.args[0] is z:
        factors[-1] = call(TRANSPOSE, rows)
    elif _made(factors[0], EXP) and factors[0].args[0] is z:
        factors[0] = rows
    else:
        return None
    whole = _multiplied(factors, e.args[0])
    return None if whole is None else call(DIAG, whole)


def _gram(z: Expr) -> bool:
    """Whether it is A*A', which is its own transpose."""
    return _made(z, MUL) and _made(z.args[1], TRANSPOSE) and z.args[1].args[0] is z.args[0]


def _factors(e: Expr) -> list[Expr]:
    """The factors of a product as it is written, from left to right."""
    found: list[Expr] = []
    while _made(e, MUL):
        found.append(e.args[1])
        e = e.args[0]
    return [e, *reversed(found)]


def _multiplied(factors: list[Expr], like: Expr) -> Expr | None:
    """The product, where it has the shape of another."""
    if not factors:
        return None
    total = factors[0]
    for f in factors[1:]:
        total = call(MUL, total, f)
    return total if total.type == like.type else None


def _diagonal_turned(e: Expr) -> bool:
    return _made(e, TRANSPOSE) and _made(e.args[0], DIAG)


def _weighted(d: Expr, e: Expr) -> list[Expr] | None:
    """The factors of diag(a./(exp(Z)*ones(n)))*exp(Z); None for any other product."""
    if not (_made(d, DIAG) and e.type.kind == "m" and _made(d.args[0], ELDIV)):
        return None
    top, below = d.args[0].args
    whole = e.args[0] if _made(e, TRANSPOSE) else e
    z = _summed(below) if whole is e else _summed_down(below)
    if z is None or not _made(whole, EXP) or whole.args[0] is not (z if whole is e else below.args[0].args[0].args[0]):
        return None
    rows = call(SOFTMAX_ROWS, z)
    return (
        [rows]
        if isinstance(top, Number) and top.value == 1
        else [call(DIAG, top), rows]
        if top.type.kind == "v"
        else None
    )


def _summed(e: Expr) -> Expr | None:
    """Z of exp(Z)*ones(n)."""
    if _made(e, MUL) and _made(e.args[0], EXP) and _made(e.args[1], ONES):
        whole, one = e.args
        if whole.type.kind == "m" and one.type.kind == "v":
            return whole.args[0]
    return None


def _summed_down(e: Expr) -> Expr | None:
    """W' of exp(W)'*ones(n)."""
    if _made(e, MUL) and _made(e.args[0], TRANSPOSE) and _made(e.args[0].args[0], EXP) and _made(e.args[1], ONES):
        whole, one = e.args
        if whole.type.kind == "m" and one.type.kind == "v":
            return _turned(whole.args[0].args[0])
    return None


def _turned(e: Expr) -> Expr:
    """The transpose, through products and quotients by a number."""
    if _made(e, TRANSPOSE):
        return e.args[0]
    if _made(e, NEG) or _made(e, DIV):
        return call(e.op, _turned(e.args[0]), *e.args[1:])
    factors = _factors(e)
    if len(factors) > 1 and all(f.type.kind == "m" for f in factors):
        return _multiplied([_turned(f) for f in reversed(factors)], call(TRANSPOSE, e)) or call(TRANSPOSE, e)
    return call(TRANSPOSE, e)


def _made(e: Expr, op: Operation) -> TypeGuard[Call]:
    return isinstance(e, Call) and e.op is op


__all__ = ["LOGSUMEXP_ROWS", "SOFTMAX_ROWS", "with_rows"]
