"""Tensor -> Tensor: the derivative, by reverse accumulation over the graph, and the differential, by forward accumulation.

Going backwards, every node gets the derivative of the output by it, with the axes of the node first and those of the output after them:
that is denominator layout. A nonlinear operation is replaced by its differential, which is linear, and a linear map is transposed
by the same rule as every product; so there is one list of rules, and it is the table of operations.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, constant, contract, scale, zero
from gradproof.engine.declared import partial
from gradproof.engine.linear import along, by_argument, fixed_count, transposed
from gradproof.engine.lower import differential, elementwise_derivatives, plain, substitute_template, template
from gradproof.engine.replace import replace
from gradproof.engine.spreading import identity
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
    variable,
    walk_tensor,
)
from gradproof.errors import NotDifferentiableError
from gradproof.ops import TABLE, Operation
from gradproof.ops.operation import Differential, Elementwise, Frechet, Linear, Power, Primary, ValueOnly
from gradproof.say import say
from gradproof.shapes.dims import Dim


def gradient(output: Tensor, wrt: Variable) -> Tensor:
    """The derivative of a tensor by a variable: axes of the variable, then axes of the tensor.

    Raises NotDifferentiableError for an operation without a derivative.
    """
    return pullback(output, wrt, identity(output.axes))


def again(output: Tensor, wrt: Variable) -> Tensor:
    """The derivative of what is a derivative by a scalar already: forwards, where that keeps a sum of products one."""
    return gradient(output, wrt) if output.order or wrt.order else push_forward(output, {wrt: constant(1)}, flat=True)


def pullback(output: Tensor, wrt: Variable, seed: Tensor, still: Iterable[Tensor] = ()) -> Tensor:
    """The derivative by `wrt` of what has the derivative `seed` by `output`; axes of `seed`: those of `output`, then any others.

    `still`: nodes in which `wrt` does not occur, where the search for it may stop.
    """
    extra = seed.axes[output.order :]
    moving: dict[Tensor, list[Tensor]] = {wrt: []}  # what `wrt` is in, and what is handed back to it
    for node in walk_tensor(output, still):
        if node.children and not moving.keys().isdisjoint(node.children):
            moving[node] = []
    if output not in moving:
        return zero(wrt.axes + extra)
    moving[output].append(seed)
    for node, own in reversed(moving.items()):
        adjoint = own[0] if len(own) == 1 else add([(1, p) for p in own], node.axes + extra)
        if node is wrt:
            return adjoint
        if not (type(adjoint) is Sum and not adjoint.terms):
            for child, part in _transpose(node, adjoint, moving):
                moving[child].append(part)
    raise AssertionError(wrt)


def _transpose(node: Tensor, adjoint: Tensor, moving: Container[Tensor]) -> list[tuple[Tensor, Tensor]]:
    """What a node hands back to each child that moves."""
    match node:
        case Contraction():
            return _transpose_product(node, adjoint, moving)
        case Sum(terms=terms):
            return [(t, scale(c, adjoint)) for c, t in terms if t in moving]
        case Apply(op=op, args=args):
            return _transpose_apply(op, node, args, adjoint, moving)
        case Unknown():
            return _transpose_unknown(node, adjoint, moving)
        case Variable() | Length() | Stacking():
            return []
    raise AssertionError(node)


def _transpose_product(node: Contraction, adjoint: Tensor, moving: Container[Tensor]) -> list[tuple[Tensor, Tensor]]:
    first = len(node.dims)
    extra = tuple(range(first, first + adjoint.order - node.order))
    handed = []
    for k, (t, indices, e) in enumerate(node.factors):
        if t in moving:
            rest = node.factors[:k] + node.factors[k + 1 :]
            own = [(t, indices, e - 1)] if e != 1 else []
            out = indices + extra
            dims = {i: node.dims[i] for i in indices}
            c = node.coefficient * e if e != 1 else node.coefficient
            handed.append((t, contract(c, [(adjoint, node.out + extra, 1), *rest, *own], out, dims)))
    return handed


def _transpose_apply(
    op, node: Apply, args: tuple[Tensor, ...], adjoint: Tensor, moving: Container[Tensor]
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
            return _transpose_text(op, node, args, adjoint, moving, args)
        case Primary() | Frechet():
            return _transpose_function(node, adjoint, moving)
        case Linear(arguments=letters):
            count = len(letters)
            handed = _transpose_text(op, node, args[:count], adjoint, moving, (*args, node))
            return [*handed, (args[count], transposed(node, count, adjoint))] if args[count] in moving else handed
        case ValueOnly(why=why):
            raise NotDifferentiableError(say("{op} is {why}", op=op.name, why=why))
    raise NotDifferentiableError(say("{op} has no derivative here", op=op.name))


def _transpose_text(
    op: Operation,
    node: Apply,
    args: tuple[Tensor, ...],
    adjoint: Tensor,
    moving: Container[Tensor],
    still: Iterable[Tensor],
) -> list[tuple[Tensor, Tensor]]:
    """The differential that the table writes, transposed."""
    handed = []
    for k, a in enumerate(args):
        if a in moving:
            moved = variable("\0", a.axes)  # a name that no formula can have
            linear = differential_of(op, node, {k: moved})
            handed.append((a, pullback(linear, moved, adjoint, (node, *still))))
    return handed


def differential_of(op: Operation, node: Apply, moved: Mapping[int, Tensor]) -> Tensor:
    """The differential that the table writes; where the value has further axes, it is written for one of them and carried over."""
    if node.order <= 2:
        return differential(op, node.args, node, moved)
    value = variable("\1", node.axes[:2])
    return push_forward(differential(op, node.args, value, moved), {value: node})


def _transpose_function(node: Apply, adjoint: Tensor, moving: Container[Tensor]) -> list[tuple[Tensor, Tensor]]:
    """A matrix function, or its derivative along directions."""
    meaning = node.op.meaning
    fixed = fixed_count(node.op) if isinstance(meaning, Frechet) else node.op.arity
    assert fixed is not None
    handed = []
    for k, a in enumerate(node.args):
        if a not in moving:
            continue
        if k == 0:
            handed.append((a, by_argument(node, adjoint)))
        elif k >= fixed:
            handed.append((a, transposed(node, k, adjoint)))
        else:
            own = tuple(range(adjoint.order))
            slope = by_parameter(node)
            handed.append((a, contract(1, [(adjoint, own, 1), (slope, own[: node.order], 1)], own[node.order :])))
    return handed


def by_parameter(node: Apply) -> Tensor:
    """The derivative of a matrix function, or of a Fréchet node, by its parameter. Raises NotDifferentiableError where there is none."""
    function = TABLE[node.op.meaning.of] if isinstance(node.op.meaning, Frechet) else node.op
    meaning = function.meaning
    if not isinstance(meaning, Primary) or not meaning.parameter:
        raise NotDifferentiableError(say("{op} is not differentiated by its exponent", op=node.op.name))
    where = (("X", "matrix n n"), ("Y", "matrix n n"), ("a", "scalar"))
    x, *given = node.args[: function.arity]
    at = variable("\2", x.axes)  # a name that no formula can have
    parts = {"X": plain(at), "Y": plain(apply(function, (at, *given))), "a": plain(given[-1])}
    slope = substitute_template(template(meaning.parameter, where), **parts).tensor
    for e in node.args[function.arity :]:
        slope = push_forward(slope, {at: e})
    return replace(slope, {at: x})


def _transpose_unknown(node: Unknown, adjoint: Tensor, moving: Container[Tensor]) -> list[tuple[Tensor, Tensor]]:
    extra = tuple(range(node.order, adjoint.order))
    handed: dict[Tensor, list[Tensor]] = {}
    for k, a in enumerate(node.args):
        if a in moving:
            slope, places, fresh = partial(node, k, adjoint.order)
            part = contract(1, [(adjoint, tuple(range(node.order)) + extra, 1), (slope, places, 1)], fresh + extra)
            handed.setdefault(a, []).append(part)
    return [(a, add([(1, p) for p in parts], a.axes + adjoint.axes[node.order :])) for a, parts in handed.items()]


def push_forward(output: Tensor, moved: Mapping[Variable, Tensor], flat: bool = False) -> Tensor:
    """The differential of a tensor, for given differentials of variables. `flat`: a sum in a sum is always multiplied out.

    Differentials may have further axes after those of their variables, all of them the same; so has the result.
    """
    further = next((t.axes[v.order :] for v, t in moved.items()), ())

    def visit(node: Tensor, tangents: list[Tensor | None]) -> Tensor | None:
        if isinstance(node, Variable):
            return moved.get(node)
        if all(t is None for t in tangents):
            return None
        match node:
            case Sum(terms=terms):
                moving = [(c, t) for (c, _), t in zip(terms, tangents, strict=True) if t is not None]
                whole = node.axes + further
                return add([(c * d, b) for c, t in moving for d, b in (_terms(t) if flat else ((1, t),))], whole)
            case Contraction():
                return _product_rule(node, tangents, further)
            case Apply(op=op, args=args):
                return _apply_rule(op, node, args, tangents, further)
            case Unknown():
                parts, own, more = [], tuple(range(node.order)), _more(node.order, further)
                for k, t in enumerate(tangents):
                    if t is not None:
                        slope, places, fresh = partial(node, k, node.order + len(further))
                        parts.append((1, contract(1, [(slope, places, 1), (t, fresh + more, 1)], own + more)))
                return add(parts, node.axes + further)
        raise AssertionError(node)

    result = fold_tensor(output, visit)
    return result if result is not None else zero(output.axes + further)


def _more(first: int, further: Sequence[object]) -> tuple[int, ...]:
    """Indices for further axes."""
    return tuple(range(first, first + len(further)))


def _terms(t: Tensor) -> Sequence[tuple[Fraction | int, Tensor]]:
    return t.terms if isinstance(t, Sum) else ((1, t),)


def _product_rule(node: Contraction, tangents: list[Tensor | None], further: tuple[Dim, ...]) -> Tensor:
    parts, more = [], _more(len(node.dims), further)
    for k, tangent in enumerate(tangents):
        if tangent is not None:
            t, indices, e = node.factors[k]
            rest = [f for j, f in enumerate(node.factors) if j != k]
            own = [(t, indices, e - 1)] if e != 1 else []
            dims = {i: node.dims[i] for i in node.out}
            moved = [(tangent, indices + more, 1), *rest, *own]
            parts.append((1, contract(node.coefficient * e, moved, node.out + more, dims)))
    return add(parts, node.axes + further)


def _apply_rule(
    op: Operation, node: Apply, args: tuple[Tensor, ...], tangents: list[Tensor | None], further: tuple[Dim, ...]
) -> Tensor:
    match op.meaning:
        case Elementwise() | Power():
            places = tuple(range(node.order))
            whole = places + _more(node.order, further)
            slopes = elementwise_derivatives(op, args, node)
            pairs = [(d, t) for d, t in zip(slopes, tangents, strict=True) if t is not None]
            made = [(1, contract(1, [(d, places, 1), (t, whole, 1)], whole)) for d, t in pairs]
            return add(made, node.axes + further)
        case Differential():
            return _carried(op, node, {k: t for k, t in enumerate(tangents) if t is not None}, further)
        case Primary() | Frechet() | Linear():
            return _along(node, tangents, further)
        case ValueOnly(why=why):
            raise NotDifferentiableError(say("{op} is {why}", op=op.name, why=why))
    raise NotDifferentiableError(say("{op} has no derivative here", op=op.name))


def _carried(op: Operation, node: Apply, moved: Mapping[int, Tensor], further: tuple[Dim, ...]) -> Tensor:
    """The differential that the table writes, for differentials that may have further axes."""
    if not further:
        return differential_of(op, node, moved)
    steps = {k: variable(f"\0{k}", node.args[k].axes) for k in moved}  # names that no formula can have
    return push_forward(differential_of(op, node, steps), {steps[k]: t for k, t in moved.items()})


def _along(node: Apply, tangents: list[Tensor | None], further: tuple[Dim, ...]) -> Tensor:
    """A matrix function, its derivative along directions, or the solution of an equation: forwards."""
    fixed = fixed_count(node.op)
    count = node.op.arity if fixed is None else fixed
    parts: list[tuple[int, Tensor]] = []
    own, more = tuple(range(node.order)), _more(node.order, further)
    for k, t in enumerate(tangents):
        if t is None:
            continue
        if k >= count:
            found = apply(node.op, (*node.args[:k], t, *node.args[k + 1 :]))
            after = sum(a.order - 2 for a in node.args[k + 1 :])
            places = (*own[: node.order - after], *more, *own[node.order - after :])
            parts.append((1, contract(1, [(found, places, 1)], own + more)))
        elif isinstance(node.op.meaning, Linear):
            parts.append((1, _carried(node.op, node, {k: t}, further)))
        elif k == 0:
            op = along(node.op) if isinstance(node.op.meaning, Primary) else node.op
            parts.append((1, apply(op, (*node.args, t))))
        else:
            slope = by_parameter(node)
            parts.append((1, contract(1, [(slope, own, 1), (t, more, 1)], own + more)))
    return add(parts, node.axes + further)
