"""Declared functions at tensors: of whole arrays, and of each entry.

A function of each entry ignores axes along which its argument does not change, and the order of axes, as those of the table do.
"""

from __future__ import annotations

from gradproof.engine.applied import narrow
from gradproof.engine.contract import contract, permute
from gradproof.engine.factors import bare
from gradproof.engine.tensor import Contraction, Tensor, Unknown, unknown
from gradproof.notation.function import Function


def declared(function: Function, partials: tuple[int, ...], args: tuple[Tensor, ...]) -> Tensor:
    """A declared function, or a derivative of it, in canonical form."""
    if function.entrywise and len(args) == 1:
        inner, places = bare(args[0])
        if inner is not args[0]:
            return permute(declared(function, partials, (inner,)), places)
        if isinstance(inner, Contraction):
            found = narrow(inner)
            if found is not None:
                core, kept, whole = found
                at = declared(function, partials, (core,))
                return contract(1, [(at, kept, 1)], whole, {i: inner.dims[i] for i in whole})
    return unknown(function, partials, args)


def partial(node: Unknown, k: int, first: int) -> tuple[Tensor, tuple[int, ...], tuple[int, ...]]:
    """The derivative by argument k; the indices of its axes, and those of them that belong to that argument, numbered from `first`.

    Of a function of each entry the argument has the axes of the value, or none.
    """
    own = tuple(range(node.order))
    before = sum(1 for p in node.partials if p < k)
    partials = (*node.partials[:before], k, *node.partials[before:])
    found = declared(node.function, partials, node.args)
    if node.function.entrywise:
        return found, own, own[: node.args[k].order]
    fresh = tuple(range(first, first + node.args[k].order))
    at = sum(node.args[p].order for p in node.partials[:before])
    return found, own[:at] + fresh + own[at:], fresh
