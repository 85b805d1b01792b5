"""Operations of the table on tensors: the only place where they are made."""

from __future__ import annotations

from gradproof.engine.canonical import zero
from gradproof.engine.contract import contract, permute
from gradproof.engine.factors import bare
from gradproof.engine.laws import rewrites
from gradproof.engine.spreading import spread
from gradproof.engine.tensor import Apply, Contraction, Tensor, intern_node, text_key
from gradproof.ops import Operation
from gradproof.ops.operation import Fill, Frechet, Linear
from gradproof.shapes.dims import Dim


def apply(op: Operation, args: tuple[Tensor, ...]) -> Tensor:
    """An operation of the table on tensors. Functions of each entry ignore axes along which their argument does not change, and order of axes."""
    if len(args) == 1:
        inner, places = bare(args[0])
        if inner is not args[0] and (op.equivariant or op.invariant):
            return apply(op, (inner,)) if op.invariant else permute(apply(op, (inner,)), places)
        if op.elementwise and args[0].axes and args[0] is zero(args[0].axes):
            return spread(apply(op, (zero(()),)), args[0].axes)
        if op.elementwise and isinstance(args[0], Contraction):
            found = narrow(args[0])
            if found is not None:
                core, kept, whole = found
                return contract(1, [(apply(op, (core,)), kept, 1)], whole, {i: args[0].dims[i] for i in whole})
    for rewrite in rewrites.apply:
        found = rewrite(op, args)
        if found is not None:
            return found
    axes = _result_axes(op, args)
    return intern_node(Apply, axes, (op, args), (text_key(op.name), *(a.key for a in args)), op=op, args=args)


def _result_axes(op: Operation, args: tuple[Tensor, ...]) -> tuple[Dim, ...]:
    """The axes of an applied operation, by its signature."""
    if op.elementwise or isinstance(op.meaning, Fill):
        return args[0].axes
    match op.meaning:
        case Frechet() | Linear():
            first = next(k for k, a in enumerate(args) if a.order > 1)
            along = args[-1] if isinstance(op.meaning, Linear) else args[first]
            return along.axes[:2] + tuple(d for a in args for d in a.axes[2:])
    orders = tuple([a.order for a in args])
    signature = next(s for s in op.signatures if tuple([len(slot.letters) for slot in s.args]) == orders)
    dims = {
        x: d for slot, a in zip(signature.args, args, strict=True) for x, d in zip(slot.letters, a.axes, strict=True)
    }
    return tuple([dims[x] for x in signature.out.letters])


def narrow(c: Contraction) -> tuple[Tensor, tuple[int, ...], tuple[int, ...]] | None:
    """A tensor without the axes along which it is constant: the smaller tensor, the axes it keeps, all axes."""
    if len(set(c.out)) < len(c.out):
        return None
    used = {i for _, indices, _ in c.factors for i in indices}
    kept = tuple(i for i in c.out if i in used)
    if len(kept) == len(c.out):
        return None
    return contract(c.coefficient, c.factors, kept, {i: c.dims[i] for i in kept}), kept, c.out
