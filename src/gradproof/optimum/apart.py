"""Logarithms of products as sums: log(p./q) is log(p) - log(q) where both are at least zero, logdet(A*B) is logdet(A) + logdet(B)."""

from __future__ import annotations

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds, definite
from gradproof.engine.contract import add, contract
from gradproof.engine.replace import rebuild
from gradproof.engine.tensor import Apply, Contraction, Tensor, fold_tensor
from gradproof.ops.basic import LOG
from gradproof.ops.domain import DETERMINANT_POSITIVE
from gradproof.optimum.compose import multiplied_out


def logs_apart(t: Tensor) -> Tensor:
    """A scalar formula with the logarithms of its products taken apart, and multiplied out."""
    whole = fold_tensor(t, lambda node, args: _apart(rebuild(node, args)))
    return t if whole is t else multiplied_out(multiplied_out(whole, (1,)), (1,))


def _apart(t: Tensor) -> Tensor:
    if not isinstance(t, Apply) or len(t.args) != 1 or not isinstance(t.args[0], Contraction):
        return t
    arg = t.args[0]
    if t.op is LOG:
        return _of_entries(t, arg)
    return _of_matrices(t, arg) if t.op.domain is DETERMINANT_POSITIVE else t


def _of_entries(t: Apply, arg: Contraction) -> Tensor:
    straight = not arg.summed and len(set(arg.out)) == len(arg.out) and len(arg.factors) > 1
    if not straight or arg.coefficient <= 0 or not all(bounds(f).nonnegative for f, _, _ in arg.factors):
        return t
    dims = {i: arg.dims[i] for i in arg.out}
    parts = [(1, contract(e, [(apply(LOG, (f,)), own, 1)], arg.out, dims)) for f, own, e in arg.factors]
    number = [] if arg.coefficient == 1 else [apply(LOG, (contract(arg.coefficient, (), ()),))]
    return add([*parts, *((1, contract(1, [(n, (), 1)], arg.out, dims)) for n in number)], t.axes)


def _of_matrices(t: Apply, arg: Contraction) -> Tensor:
    """Of a product of positive definite matrices, one after the other."""
    chain = len(arg.factors) > 1 and arg.coefficient == 1 and all(len(set(own)) == 2 for _, own, _ in arg.factors)
    if not chain or not all(e == 1 and definite(f) == 2 for f, _, e in arg.factors):
        return t
    ends = [i for _, own, _ in arg.factors for i in own]
    if any(ends.count(i) != (1 if i in arg.out else 2) for i in ends):
        return t
    return add([(1, apply(t.op, (f,))) for f, _, _ in arg.factors], ())
