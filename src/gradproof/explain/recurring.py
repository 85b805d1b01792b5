"""Parts of a formula that its derivation writes again and again, and that no pattern names: the argument of an inverse, what stands under a root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gradproof.engine.lower import lower
from gradproof.engine.tensor import Tensor
from gradproof.errors import BudgetError, GradproofError
from gradproof.explain.atoms import DIV, ELDIV, NEG, TRANSPOSE
from gradproof.notation.expr import Call, Expr, fold, substitute, symbol, walk
from gradproof.ops import basic
from gradproof.ops.operation import Differential, Elementwise, Monomial, Power

SHORTEST, SHORTEST_MATRIX = 12, 10  # signs of what is worth a name
SHORTEST_SQUARE = 6  # of a matrix whose inverse or determinant is taken
NORM2 = basic.NORM2
MOST = 4  # names of one formula
LOOKED_AT = 400  # formulas of a derivation in which the named parts are looked for


def recurring(root: Expr, varies: Mapping[Expr, bool], named: Sequence[Expr]) -> list[Call]:
    """What is written at least twice, or is what a function is of whose slope holds it; without what has a name already."""
    counts: dict[Expr, int] = {}
    fold(root, lambda e, _: [counts.update({a: counts.get(a, 0) + 1}) for a in e.args])
    deep = {a for e in walk(root) if isinstance(e, Call) for a in _kept(e)}
    found: list[Call] = []
    short: dict[Expr, Expr] = {e: symbol("z", e.type) for e in named}
    for e in sorted(counts, key=lambda e: sum(1 for _ in walk(e))):
        e = _unsigned(e)
        if not isinstance(e, Call) or e.op is TRANSPOSE or not varies[e] or e is root or e in short:
            continue
        if counts.get(e, 0) < 2 and e not in deep:
            continue
        least = SHORTEST_SQUARE if e.type.square and e in deep else SHORTEST_MATRIX if e.type.kind == "m" else SHORTEST
        if len(substitute(e, short).unicode) >= least:
            found.append(e)
            short[e] = symbol("u", e.type)
    return found[:MOST]


def _kept(e: Call) -> Iterable[Expr]:
    """The arguments that stand in the derivative of an operation."""
    match e.op.meaning:
        case Elementwise(derivatives=("y",)):
            return  # its slope is itself
        case Elementwise() | Differential():
            yield from map(_unsigned, e.args)
        case Power():
            yield _unsigned(_normed(e.args[0]))
        case _ if e.op is NORM2:
            yield e.args[0]
        case Monomial() if e.op in (DIV, ELDIV):
            yield e.args[1]
        case Monomial(exponents=(_,)):
            yield e.args[0]


def _normed(e: Expr) -> Expr:
    """What a norm is taken of."""
    return e.args[0] if isinstance(e, Call) and e.op is NORM2 else e


def _unsigned(e: Expr) -> Expr:
    return e.args[0] if isinstance(e, Call) and e.op is NEG else e


def same(formulas: Iterable[Expr], parts: Sequence[Expr]) -> dict[Expr, Expr]:
    """Of each formula that is a named part in another form, that part."""
    tensors: dict[tuple[Tensor, object], Expr] = {}
    for p in parts:
        t = _tensor(p)
        if t is not None:
            tensors.setdefault((t, p.type), p)
    kinds = {p.type for p in parts}
    found: dict[Expr, Expr] = {}
    looked = 0
    for e in dict.fromkeys(formulas):
        if not e.args or e.type not in kinds:
            continue
        looked += 1
        if looked > LOOKED_AT:
            break
        t = _tensor(e)
        if t is not None and tensors.get((t, e.type), e) is not e:
            found[e] = tensors[t, e.type]
    return found


def _tensor(e: Expr) -> Tensor | None:
    try:
        return lower(e).tensor
    except BudgetError:
        raise
    except GradproofError:
        return None


__all__ = ["recurring", "same"]
