"""Tensors put together again on other parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, contract
from gradproof.engine.declared import declared
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Length,
    Stacking,
    Sum,
    Tensor,
    Unknown,
    Variable,
    fold_tensor,
)


def rebuild(node: Tensor, args: Sequence[Tensor]) -> Tensor:
    """The same node on other children."""
    match node:
        case Contraction(coefficient=c, factors=factors, out=out, dims=dims):
            return contract(
                c, [(t, i, e) for t, (_, i, e) in zip(args, factors, strict=True)], out, {i: dims[i] for i in out}
            )
        case Sum(terms=terms):
            return add([(c, t) for t, (c, _) in zip(args, terms, strict=True)], node.axes)
        case Apply(op=op):
            return apply(op, tuple(args))
        case Unknown(function=function, partials=partials):
            return declared(function, partials, tuple(args))
        case Variable() | Length() | Stacking():
            return node
    raise AssertionError(node)


def replace(root: Tensor, values: Mapping[Tensor, Tensor]) -> Tensor:
    """The tensor with some nodes replaced, in canonical form again."""
    return fold_tensor(root, lambda node, args: values.get(node) or rebuild(node, args))
