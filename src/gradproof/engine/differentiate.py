"""Tensor -> Tensor: the derivative, by reverse accumulation over the graph, and the differential, by forward accumulation.

Going backwards, every node gets the derivative of the output by it, with the axes of the node first and those of the output after them:
that is denominator layout. A nonlinear operation is replaced by its differential, which is linear, and a linear map is transposed
by the same rule as every product; so there is one list of rules, and it is the table of operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from gradproof.engine.contract import add, constant, contract, zero
from gradproof.engine.lower import differential, elementwise_derivatives
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
    unknown,
    variable,
    walk_tensor,
)
from gradproof.errors import NotDifferentiableError
from gradproof.ops.operation import Differential, Elementwise, Power
from gradproof.say import say


def gradient(output: Tensor, wrt: Variable) -> Tensor:
    """The derivative of a tensor by a variable: axes of the variable, then axes of the tensor.

    Raises NotDifferentiableError for an operation without a derivative.
    """
    places = tuple(range(output.order))
    seed = contract(1, (), places + places, dict(enumerate(output.axes)))
    return pullback(output, wrt, seed)


def again(output: Tensor, wrt: Variable) -> Tensor:
    """The derivative of what is a derivative by a scalar already: forwards, where that keeps a sum of products one."""
    return gradient(output, wrt) if output.order or wrt.order else push_forward(output, {wrt: constant(1)}, flat=True)


def pullback(output: Tensor, wrt: Variable, seed: Tensor, still: Iterable[Tensor] = ()) -> Tensor:
    """The derivative by `wrt` of what has the derivative `seed` by `output`; axes of `seed`: those of `output`, then any others.

    `still`: nodes in which `wrt` does not occur, where the search for it may stop.
    """
    extra = seed.axes[output.order :]
    order = list(walk_tensor(output, still))
    moving: set[Tensor] = {wrt}
    for node in order:
        if any(c in moving for c in node.children):
            moving.add(node)
    parts: dict[Tensor, list[Tensor]] = {node: [] for node in moving}
    if output not in moving:
        return zero(wrt.axes + extra)
    parts[output].append(seed)
    for node in reversed(order):
        if node in moving and node is not wrt:
            own = parts.pop(node)
            adjoint = own[0] if len(own) == 1 else add([(1, p) for p in own], node.axes + extra)
            if not (isinstance(adjoint, Sum) and not adjoint.terms):
                for child, part in _transpose(node, adjoint, moving):
                    parts[child].append(part)
    return add([(1, p) for p in parts[wrt]], wrt.axes + extra)


def _transpose(node: Tensor, adjoint: Tensor, moving: set[Tensor]) -> list[tuple[Tensor, Tensor]]:
    """What a node hands back to each child that moves."""
    match node:
        case Sum(terms=terms):
            own = tuple(range(adjoint.order))
            return [(t, contract(c, [(adjoint, own, 1)], own)) for c, t in terms if t in moving]
        case Contraction():
            return _transpose_product(node, adjoint, moving)
        case Apply(op=op, args=args):
            return _transpose_apply(op, node, args, adjoint, moving)
        case Unknown():
            return _transpose_unknown(node, adjoint, moving)
        case Variable() | Length() | Stacking():
            return []
    raise AssertionError(node)


def _transpose_product(node: Contraction, adjoint: Tensor, moving: set[Tensor]) -> list[tuple[Tensor, Tensor]]:
    first = len(node.dims)
    extra = tuple(range(first, first + adjoint.order - node.order))
    handed = []
    for k, (t, indices, e) in enumerate(node.factors):
        if t in moving:
            rest = [f for j, f in enumerate(node.factors) if j != k]
            own = [(t, indices, e - 1)] if e != 1 else []
            out = indices + extra
            dims = {i: node.dims[i] for i in indices}
            handed.append((t, contract(node.coefficient * e, [(adjoint, node.out + extra, 1), *rest, *own], out, dims)))
    return handed


def _transpose_apply(
    op, node: Apply, args: tuple[Tensor, ...], adjoint: Tensor, moving: set[Tensor]
) -> list[tuple[Tensor, Tensor]]:
    match op.meaning:
        case Elementwise() | Power():
            places, whole = tuple(range(node.order)), tuple(range(adjoint.order))
            slopes = elementwise_derivatives(op, args, node)
            return [
                (a, contract(1, [(adjoint, whole, 1), (d, places, 1)], whole))
                for a, d in zip(args, slopes, strict=True)
                if a in moving
            ]
        case Differential():
            moved = variable("\0", args[0].axes)  # a name that no formula can have
            linear = differential(op, args[0], node, moved)
            return [(args[0], pullback(linear, moved, adjoint, (node, args[0])))]
    raise NotDifferentiableError(say("{op} has no derivative here", op=op.name))


def _transpose_unknown(node: Unknown, adjoint: Tensor, moving: set[Tensor]) -> list[tuple[Tensor, Tensor]]:
    extra = tuple(range(node.order, adjoint.order))
    handed: dict[Tensor, list[Tensor]] = {}
    for k, a in enumerate(node.args):
        if a in moving:
            partial, places, fresh = _partial(node, k, adjoint.order)
            part = contract(1, [(adjoint, tuple(range(node.order)) + extra, 1), (partial, places, 1)], fresh + extra)
            handed.setdefault(a, []).append(part)
    return [(a, add([(1, p) for p in parts], a.axes + adjoint.axes[node.order :])) for a, parts in handed.items()]


def _partial(node: Unknown, k: int, first: int) -> tuple[Tensor, tuple[int, ...], tuple[int, ...]]:
    """The derivative of a declared function by its argument k; the indices of its axes, and those of them that belong to that argument."""
    fresh = tuple(range(first, first + node.args[k].order))
    before = sum(1 for p in node.partials if p < k)
    at = sum(node.args[p].order for p in node.partials[:before])
    own = tuple(range(node.order))
    partials = (*node.partials[:before], k, *node.partials[before:])
    return unknown(node.function, partials, node.args), own[:at] + fresh + own[at:], fresh


def push_forward(output: Tensor, moved: Mapping[Variable, Tensor], flat: bool = False) -> Tensor:
    """The differential of a tensor, for given differentials of variables. `flat`: a sum in a sum is always multiplied out."""

    def visit(node: Tensor, tangents: list[Tensor | None]) -> Tensor | None:
        if isinstance(node, Variable):
            return moved.get(node)
        if all(t is None for t in tangents):
            return None
        match node:
            case Sum(terms=terms):
                moving = [(c, t) for (c, _), t in zip(terms, tangents, strict=True) if t is not None]
                return add([(c * d, b) for c, t in moving for d, b in (_terms(t) if flat else ((1, t),))], node.axes)
            case Contraction():
                return _product_rule(node, tangents)
            case Apply(op=op, args=args):
                return _apply_rule(op, node, args, tangents)
            case Unknown():
                parts = []
                for k, t in enumerate(tangents):
                    if t is not None:
                        partial, places, fresh = _partial(node, k, node.order)
                        parts.append((1, contract(1, [(partial, places, 1), (t, fresh, 1)], tuple(range(node.order)))))
                return add(parts, node.axes)
        raise AssertionError(node)

    result = fold_tensor(output, visit)
    return result if result is not None else zero(output.axes)


def _terms(t: Tensor) -> Sequence[tuple[Fraction | int, Tensor]]:
    return t.terms if isinstance(t, Sum) else ((1, t),)


def _product_rule(node: Contraction, tangents: list[Tensor | None]) -> Tensor:
    parts = []
    for k, tangent in enumerate(tangents):
        if tangent is not None:
            t, indices, e = node.factors[k]
            rest = [f for j, f in enumerate(node.factors) if j != k]
            own = [(t, indices, e - 1)] if e != 1 else []
            dims = {i: node.dims[i] for i in node.out}
            parts.append((1, contract(node.coefficient * e, [(tangent, indices, 1), *rest, *own], node.out, dims)))
    return add(parts, node.axes)


def _apply_rule(op, node: Apply, args: tuple[Tensor, ...], tangents: list[Tensor | None]) -> Tensor:
    match op.meaning:
        case Elementwise() | Power():
            places = tuple(range(node.order))
            slopes = elementwise_derivatives(op, args, node)
            pairs = [(d, t) for d, t in zip(slopes, tangents, strict=True) if t is not None]
            return add([(1, contract(1, [(d, places, 1), (t, places, 1)], places)) for d, t in pairs], node.axes)
        case Differential():
            tangent = tangents[0]
            assert tangent is not None
            return differential(op, args[0], node, tangent)
    raise NotDifferentiableError(say("{op} has no derivative here", op=op.name))
