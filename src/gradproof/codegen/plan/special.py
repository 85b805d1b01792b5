"""Operations that have a better form than their plain one: shifted exponentials, factorisations, log1p and the like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gradproof.codegen.plan.program import Builder, Node
from gradproof.engine.bounds import definite
from gradproof.engine.contract import contract, symmetry
from gradproof.engine.tensor import Apply, Contraction, Exponent, Factor, Tensor
from gradproof.ops import basic
from gradproof.ops.operation import Planned

EXP, LOG = basic.EXP, basic.LOG

Terms = tuple[Node, tuple[int, ...], Exponent]


def applied(graph: Builder, t: Apply, args: tuple[Node, ...], node_of: Callable[[Tensor], Node]) -> Node:
    """An operation of the table on arrays."""
    if t.op.planned is not None and t.args[0].order in t.op.planned.orders:
        return _planned(graph, t, t.op.planned, args[0])
    if t.op is LOG:
        inner = _exponentials(t.args[0])
        if inner is not None:
            exponent, axes = inner
            return graph.make("logsumexp", (node_of(exponent),), axes if t.order else None, t.axes)
        if args[0].kind == "add" and args[0].args[0].kind == "number" and args[0].args[0].data == 1:
            return graph.make("log1p", (args[0].args[1],), None, t.axes)
    each = any(s.out.kind == "*" for s in t.op.signatures)  # of each entry: a matrix equation needs all of its ones
    if each and any(a.axes == t.axes and a.kind != "broadcast" for a in args):
        args = tuple(a.args[0] if a.kind == "broadcast" else a for a in args)
    return graph.make("apply", args, t.op, t.axes)


def _planned(graph: Builder, t: Apply, planned: Planned, a: Node) -> Node:
    """An operation by the node that programs have for it."""
    if not planned.of_factor:
        return graph.make(planned.kind, (a,), None, t.axes)
    found = "cholesky" if definite(t.args[0]) == 2 else "sym" if symmetry(t.args[0]) == 1 else "lu"
    factor = graph.make(found, (a,), None, a.axes)
    node = graph.make(planned.kind, (factor,), None, t.axes)
    if factor.kind != "lu" and node.order:
        graph.symmetric.add(node)
    return node


def _exponentials(t: Tensor) -> tuple[Tensor, tuple[int, ...]] | None:
    """Z and the axes for sum(exp(Z)) along axes, at each entry of the others in their order."""
    if not isinstance(t, Contraction) or t.coefficient != 1 or len(t.factors) != 1 or not t.summed:
        return None
    inner, indices, e = t.factors[0]
    if (
        e != 1
        or not isinstance(inner, Apply)
        or inner.op is not EXP
        or tuple(i for i in indices if i in t.out) != t.out
        or len(set(indices)) < len(indices)
    ):
        return None
    return inner.args[0], tuple(k for k, i in enumerate(indices) if i not in t.out)


def root_of_squares(t: Tensor) -> Tensor | None:
    """The u whose inner product with itself a number is; None where it is none."""
    if not isinstance(t, Contraction) or t.order or t.coefficient != 1:
        return None
    (u, indices, _), *_ = (*t.factors, (None, (), 1))
    powers = sum(e for f, i, e in t.factors if f is u and i == indices)
    alone = len(set(indices)) == len(indices) == len(t.dims) > 0 and all(
        f is u and i == indices for f, i, _ in t.factors
    )
    return u if alone and powers == 2 else None


def normalisers(factors: Sequence[Factor]) -> list[Factor]:
    """The factors without axes that are the sums of all entries of exponentials, each below as often as these exponentials are above."""
    found = []
    for f in factors:
        inner = _exponentials(f[0]) if not f[1] else None
        if inner is not None and isinstance(f[2], int):
            above = [
                e
                for t, _, e in factors
                if isinstance(t, Apply) and t.op is EXP and t.args[0] is inner[0] and isinstance(e, int) and e > 0
            ]
            found += [f] if 0 < -f[2] <= sum(above) else []
    return found


def normalised(
    graph: Builder, factors: Sequence[Factor], out: Sequence[int], node_of: Callable[[Tensor], Node]
) -> Iterator[Terms]:
    """The factors as arrays with indices and exponents; exponentials over their own sum become softmax, which cannot overflow."""
    left = _narrow(factors, out)
    found = _softmax_in(left)
    while found is not None:
        k, j, axes = found
        tensor, indices, e = left[k]
        exp, where, power = left[j]
        assert isinstance(exp, Apply)
        times = min(power, -e)
        yield graph.make("softmax", (node_of(exp.args[0]),), axes, exp.axes), where, times
        left[k], left[j] = (tensor, indices, e + times), (exp, where, power - times)
        left = [f for f in left if f[2] != 0]
        found = _softmax_in(left)
    for tensor, indices, e in left:
        yield node_of(tensor), indices, e


def _narrow(factors: Sequence[Factor], out: Sequence[int]) -> list[Factor]:
    """The factors without axes along which they do not change, where another factor or the result has these."""
    found = list(factors)
    for k, (tensor, indices, e) in enumerate(found):
        if not isinstance(tensor, Contraction) or len(set(tensor.out)) < len(tensor.out):
            continue
        used = {i for _, inner, _ in tensor.factors for i in inner}
        others = set(out).union(*(f[1] for j, f in enumerate(found) if j != k))
        kept = tuple(o for o, i in zip(tensor.out, indices, strict=True) if o in used or i not in others)
        if len(kept) < tensor.order:
            narrow = contract(tensor.coefficient, tensor.factors, kept, {o: tensor.dims[o] for o in kept})
            found[k] = narrow, tuple(i for i, o in zip(indices, tensor.out, strict=True) if o in kept), e
    return found


def _softmax_in(factors: Sequence[Factor]) -> tuple[int, int, tuple[int, ...] | None] | None:
    """A sum of exponentials in the denominator, the exponentials that it normalises, and the axes of the sum."""
    for k, (tensor, indices, e) in enumerate(factors):
        found = _exponentials(tensor)
        if found is None or not isinstance(e, int) or e >= 0:
            continue
        exponent, axes = found
        for j, (t, where, power) in enumerate(factors):
            fits = (
                isinstance(t, Apply) and t.op is EXP and t.args[0] is exponent and isinstance(power, int) and power > 0
            )
            if fits and tuple(i for p, i in enumerate(where) if p not in axes) == indices:
                return k, j, axes if len(axes) < t.order else None
    return None
