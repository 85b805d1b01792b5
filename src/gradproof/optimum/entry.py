"""Sums over the entries of vectors, each entry on its own: they bend as the formula of one entry does."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.engine.contract import add, contract
from gradproof.engine.replace import rebuild
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Length,
    Sum,
    Tensor,
    Variable,
    fold_tensor,
    length,
    variable,
    walk_tensor,
)
from gradproof.facts import SIGNS
from gradproof.notation.expr import Symbol
from gradproof.notation.made import scalar


def one_entry(t: Tensor, wrt: Sequence[Symbol]) -> tuple[Tensor, list[Symbol]] | None:
    """The formula of one entry, times their number, in scalars that are called as the vectors are; None where entries meet others."""
    if any(len(s.type.dims) != 1 or s.type.dims != wrt[0].type.dims for s in wrt):
        return None
    terms = [b for _, b in t.terms] if isinstance(t, Sum) else [t]
    if not all(_alone(b) for b in terms):
        return None
    if any(s.facts - SIGNS for s in wrt):
        return None
    return fold_tensor(t, _scalar), [scalar(s.name, *s.facts) for s in wrt]


def _scalar(node: Tensor, args: list[Tensor]) -> Tensor:
    """A vector as one of its entries, a sum over entries as a multiple of one."""
    match node:
        case Variable() if node.order:
            return variable(node.name, (), node.facts & SIGNS)
        case Sum(terms=terms):
            return add([(c, b) for (c, _), b in zip(terms, args, strict=True)], ())
        case Contraction(factors=factors):
            sizes = [(length(node.dims[i]), (), 1) for i in range(len(node.dims)) if i not in node.out]
            parts = [(b, (), e) for b, (_, _, e) in zip(args, factors, strict=True)]
            return contract(node.coefficient, [*parts, *sizes], ())
    return rebuild(node, args)


def _alone(t: Tensor) -> bool:
    """Whether a scalar is a sum over one index of what is made entry by entry, or has no vector in it."""
    if not _vectors(t):
        return True
    if not isinstance(t, Contraction) or t.order or len(t.dims) != 1:
        return False
    return all(_each(f) if own else not _vectors(f) for f, own, _ in t.factors)


def _each(t: Tensor) -> bool:
    """Whether each entry of a vector depends on the entries at its place alone."""
    match t:
        case Variable() | Length():
            return t.order <= 1
        case Sum(terms=terms):
            return all(_each(b) for _, b in terms)
        case Contraction(factors=factors):
            return not t.summed and len(set(t.out)) == len(t.out) and all(_each(f) for f, _, _ in factors)
        case Apply(op=op, args=args):
            return op.elementwise and all(_each(a) for a in args)
    return False


def _vectors(t: Tensor) -> bool:
    return any(n.order for n in walk_tensor(t))
