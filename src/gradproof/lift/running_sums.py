"""Sums over running indices in matrix notation: sum(i: log(1 + exp(-y[i]*x[i]'*w))) is sum(log(1 + exp(-y.*(X*w)))).

In the formula of the parser an index i is the unit vector e_i, so that x[i] is x'*e_i. Here each part becomes a tensor with one more axis for each index
that it depends on: e_i itself is the identity. Summing closes the axis, and what has no index left is lifted to matrix notation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import count

from gradproof.engine.applied import apply
from gradproof.engine.bounds import positive
from gradproof.engine.contract import add, constant, contract, permute
from gradproof.engine.declared import declared
from gradproof.engine.lower import Value, lower, lower_call, number_of, template
from gradproof.engine.replace import rebuild as rebuild_tensor
from gradproof.engine.spreading import body
from gradproof.engine.tensor import Factor, Sum, Tensor, fold_tensor
from gradproof.errors import UnsupportedError
from gradproof.facts import FACTS, SIGNS
from gradproof.lift.differences import multiplied_out, refuse_lost_digits
from gradproof.lift.graph import NoMatrixForm
from gradproof.lift.input_order import reading_order
from gradproof.lift.lifter import Lifter
from gradproof.notation.expr import Applied, Call, Expr, Number, Symbol, call, fold, rebuild, substitute, symbol, walk
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import Combination, Definition, Einsum, Elementwise, Monomial, Power
from gradproof.ops.placed import LOWERTRI
from gradproof.ops.reductions import OF_ROWS, OF_TERMS, UPTO
from gradproof.parse.entries import FROM, GATHERED, RELATED, SUM_OVER, UP_TO, is_index
from gradproof.parse.note import refusal
from gradproof.records import dataclass
from gradproof.say import NOTHING, say
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Signature

_ONE = Fraction(1)
_ENTRYWISE = SIGNS | {
    fact.name for fact in FACTS if fact.complex
}  # facts that may be used before a variable moves: not that S[i,j] is S[j,i]


@dataclass(frozen=True, slots=True)
class Batch:
    """A tensor whose first axes belong to running indices, and whose other axes are those of matrix notation, of this kind."""

    tensor: Tensor
    kind: str
    indices: tuple[Symbol, ...] = ()

    @property
    def own(self) -> int:
        """How many axes of matrix notation there are."""
        return self.tensor.order - len(self.indices)


def matrix_form(root: Expr) -> Expr:
    """A sum over running indices, or the vector or matrix of all entries, in matrix notation. Raises UnsupportedError where it has none.

    >>> import gradproof as gp
    >>> gp.parse("sum(i, j: A[i,j]*x[i]*y[j])").ascii
    "x'*A*y"
    """
    free: dict[Expr, Expr] = {s: symbol(s.name, s.type, s.facts & _ENTRYWISE) for s in root.variables}
    root = substitute(root, free)
    written: dict[Tensor, tuple[Tensor, ...]] = {}
    batch = lower_batch(root, {}, written)
    lifter = Lifter(reading_order(root), written)
    try:
        e = _lifted(lifter, batch.tensor)
    except NoMatrixForm:
        raise UnsupportedError(
            say("this sum has no form in matrix notation"),
            hint=say("tables of three or more indices have none; write what can be written with A*x, .* and sum(…)"),
        ) from None
    used = {node.op for node in walk(root) if isinstance(node, Call)}
    e = substitute(_as_typed(e, _SPELLED_OUT - used), {own: s for s, own in free.items()})
    return call("transpose", e) if batch.kind == "r" else e


_SPELLED_OUT = frozenset(op for op in TABLE.values() if op.spelled_out)


def _as_typed(e: Expr, operations: Collection[Operation]) -> Expr:
    """The formula with these operations written out, where their arguments are scalars or vectors."""

    def visit(node: Expr, args: list[Expr]) -> Expr:
        if isinstance(node, Call) and node.op in operations and args[0].type.kind in "sv":
            text = template(node.op.small, (("x", "scalar" if node.op.elementwise else "vector n"),))
            return substitute(text, {text.variables[0]: args[0]})
        return rebuild(node, tuple(args))

    return fold(e, visit)


def _lifted(lifter: Lifter, t: Tensor) -> Expr:
    """The formula of a tensor; where sums over three indices stand in it, with their squares multiplied out: |x_i - x_j|^2."""
    try:
        return lifter.lift(t)
    except NoMatrixForm:
        refuse_lost_digits(t)
        return lifter.lift(fold_tensor(t, lambda node, args: multiplied_out(rebuild_tensor(node, args))))


def lower_batch(root: Expr, values: Mapping[Expr, Batch], written: dict[Tensor, tuple[Tensor, ...]]) -> Batch:
    """The tensor of a formula with running indices in it. `written` is filled with its sums and their terms in order."""

    def visit(node: Expr, args: list[Batch]) -> Batch:
        if node in values:
            return values[node]
        if isinstance(node, Symbol) and is_index(node.name):
            return Batch(contract(1, (), (0, 0), {0: node.type.dims[0]}), "v", (node,))
        if isinstance(node, Call) and node.op in _RELATIONS:
            return _related(node, args)
        if isinstance(node, Call) and node.op in (FROM, UP_TO):
            return _bounded(node, args)
        if isinstance(node, Call) and node.op in GATHERED:
            return _half(node) or _gathered(node, args)
        if isinstance(node, Call) and any(a.indices for a in args):
            return _call(node.op, args, written)
        if isinstance(node, Applied) and any(a.indices for a in args):
            return _declared(node, args)
        if not isinstance(node, Call):
            return _plain(lower(node))
        return _plain(lower_call(node.op, [Value(a.tensor, a.kind, (1,) * a.tensor.order) for a in args], node.params))

    return fold(root, visit)


def _declared(node: Applied, args: list[Batch]) -> Batch:
    """A declared function of something that depends on an index: of each entry, it is one of all of them."""
    if not node.function.entrywise:
        raise refusal("function-of-running", error=UnsupportedError, name=node.function.name)
    like, whole = _spread(args)
    return Batch(declared(node.function, node.partials, tuple(whole)), like.kind, like.indices)


def _plain(value: Value) -> Batch:
    if sum(value.groups) != len(value.groups):
        raise UnsupportedError(say("a Kronecker product or a stacked matrix cannot stand in a sum over indices"))
    return Batch(value.tensor, value.kind)


def _gathered(node: Call, args: list[Batch]) -> Batch:
    """The sum over an index; or all entries, as a vector or a matrix."""
    inner = args[0]
    over = [a.indices[0] for a in args[1:]]
    labels, dims = _labels([inner])
    spread: dict[Symbol, int] = {}
    for k, index in enumerate(over):
        spread[index] = labels.get(index, len(labels) + inner.own + k)
        dims[spread[index]] = index.type.dims[0]
    kept = tuple(i for i in inner.indices if i not in over)
    own = _own(inner, labels)
    spelled = () if node.op is SUM_OVER else tuple(spread[i] for i in over)
    out = (*(labels[i] for i in kept), *spelled, *own)
    tensor = contract(1, [(inner.tensor, (*(labels[i] for i in inner.indices), *own), 1)], out, dims)
    return Batch(tensor, inner.kind if node.op is SUM_OVER else "svm"[len(over) + inner.own], kept)


_RELATIONS = {op: sign for sign, op in RELATED.items()}


def _related(node: Call, args: list[Batch]) -> Batch:
    """The sum over the first index where it stands in a relation to the second: over all, without the diagonal, or with a triangle of ones."""
    inner, (j,), (i,) = args[0], args[1].indices, args[2].indices
    _refuse_undefined(node.args[0], j, i)
    relation, kept = _RELATIONS[node.op], tuple(x for x in inner.indices if x is not j and x is not i)
    labels = {x: k for k, x in enumerate((i, *kept, j))}
    dims = {k: x.type.dims[0] for x, k in labels.items()}
    own = range(len(labels), len(labels) + inner.own)
    dims.update(zip(own, inner.tensor.axes[len(inner.indices) :], strict=True))
    out = (*range(len(labels) - 1), *own)

    def summed(at: int, *more: Factor) -> Tensor:
        where = (*(at if x is j else labels[x] for x in inner.indices), *own)
        factors: list[Factor] = [(inner.tensor, where, 1), *more]
        if at == labels[j] and j not in inner.indices and not more:  # the same for all j
            factors.append((constant(1, j.type.dims), (at,), 1))
        return contract(1, factors, out, {k: dims[k] for k in out})

    triangle = lower_call(LOWERTRI, [], j.type.dims).tensor
    last, diagonal = labels[j], summed(0)
    ways = {"⩽": (0, last), "<": (0, last), "⩾": (last, 0), ">": (last, 0)}
    whole = summed(last, (triangle, ways[relation], 1)) if relation in ways else summed(last)
    found = whole if relation in "⩽⩾" else add([(1, whole), (-1, diagonal)], whole.axes)
    return Batch(found, inner.kind, (i, *kept))


def _bounded(node: Call, args: list[Batch]) -> Batch:
    """The terms from a declared number on, or up to it, and 0 in the place of the others."""
    inner, (i,), bound = args[0], args[1].indices, args[2]
    _refuse_undefined(node.args[0], i)
    last = node.op is UP_TO
    ones = constant(1, i.type.dims)
    mask = apply(UPTO, (ones, bound.tensor if last else add([(1, bound.tensor), (-1, constant(1))], ())))
    mask = mask if last else add([(1, ones), (-1, mask)], i.type.dims)
    kept = tuple(dict.fromkeys((*inner.indices, i)))
    labels = {x: k for k, x in enumerate(kept)}
    own = tuple(range(len(kept), len(kept) + inner.own))
    dims = {k: x.type.dims[0] for x, k in labels.items()}
    dims.update(zip(own, inner.tensor.axes[len(inner.indices) :], strict=True))
    where = (*(labels[x] for x in inner.indices), *own)
    whole = contract(1, [(inner.tensor, where, 1), (mask, (labels[i],), 1)], (*labels.values(), *own), dims)
    return Batch(whole, inner.kind, kept)


def _half(node: Call) -> Batch | None:
    """The sum over pairs i < j of what is the same for j < i: half the sum over all pairs, but for i = j."""
    related = node.args[0]
    if node.op is not SUM_OVER or not isinstance(related, Call) or _RELATIONS.get(related.op) not in {*"<>⩽⩾"}:
        return None
    i, j = related.args[2], related.args[1]
    inner = lower_batch(related.args[0], {}, {})
    if (
        node.args[1:] != (i,)
        or inner.kind != "s"
        or {*inner.indices} != {i, j}
        or permute(inner.tensor, (1, 0)) is not inner.tensor
    ):
        return None
    pairs, same = contract(1, [(inner.tensor, (0, 1), 1)], ()), contract(1, [(inner.tensor, (0, 0), 1)], ())
    sign = 1 if _RELATIONS[related.op] in "⩽⩾" else -1
    return Batch(add([(Fraction(1, 2), pairs), (Fraction(sign, 2), same)], ()), "s")


def _refuse_undefined(body_: Expr, *indices: Symbol) -> None:
    """Refuse a sum that leaves out terms which may have no value: their zero would not be a zero."""
    calls = [e for e in walk(body_) if isinstance(e, Call)]
    squared = {e.args[0] for e in calls if isinstance(e.op.meaning, Power) and _is_even(e.args[1])}
    for e in calls:
        if not {*indices} <= {*e.variables} or (e.op is basic.NORM2 and e in squared):
            continue
        match e.op.meaning:
            case Monomial(exponents=exponents):
                bent = [a for a, x in zip(e.args, exponents, strict=True) if x < 0 or x.denominator > 1]
                wrong = any({*indices} <= {*a.variables} and not _is_positive(a) for a in bent)
            case Power():
                wrong = not (isinstance(e.args[1], Number) and e.args[1].value.denominator == 1 and e.args[1].value > 0)
            case _:
                wrong = (
                    e.op.domain is not None
                    and not (e.op.elementwise and not e.op.analytic)
                    and not _is_positive(e.args[0])
                )
        if wrong:
            raise refusal("sum-undefined", error=UnsupportedError)


def _is_even(e: Expr) -> bool:
    return isinstance(e, Number) and e.value > 0 and e.value.denominator == 1 and e.value.numerator % 2 == 0


def _is_positive(e: Expr) -> bool:
    """Whether all entries are seen to be above zero: exp(…), 1 + exp(…), sigmoid(…)."""
    return positive(lower_batch(e, {}, {}).tensor)


def _labels(args: Sequence[Batch]) -> tuple[dict[Symbol, int], dict[int, Dim]]:
    """A number for each running index of these, in order, and its dimension."""
    labels = {i: k for k, i in enumerate(dict.fromkeys(i for a in args for i in a.indices))}
    return labels, {k: i.type.dims[0] for i, k in labels.items()}


def _own(a: Batch, labels: Mapping[Symbol, int]) -> range:
    """The indices of its axes without running index: those after the running ones."""
    return range(len(labels), len(labels) + a.own)


def _text_of(op: Operation) -> str | None:
    """The formula that an operation of one argument stands for; None where there is none."""
    if len(op.signatures[0].args) == 1 and isinstance(op.meaning, Definition):
        return op.meaning.text
    return op.small if op.shift is not None else None


def _call(op: Operation, args: list[Batch], written: dict[Tensor, tuple[Tensor, ...]]) -> Batch:
    """An operation of the table where something depends on an index."""
    match op.meaning:
        case Einsum():
            return _einsum(op, args)
        case Combination(weights=weights):
            like, whole = _spread(args)
            tensor = add(list(zip(weights, whole, strict=True)), whole[0].axes)
            if isinstance(tensor, Sum):
                written[tensor] = tuple(body(t, tensor.axes) for t in whole)
            return Batch(tensor, like.kind, like.indices)
        case Monomial(exponents=exponents):
            return _monomial(args, exponents)
        case Power():
            return _power(args)
        case Elementwise():
            like, whole = _spread(args)
            return Batch(apply(op, tuple(whole)), like.kind, like.indices)
        case _ if (text := _text_of(op)) is not None:
            kind = {"s": "scalar", "v": "vector n", "r": "vector n", "m": "matrix m n"}[args[0].kind]
            formula = template(text, (("X", kind), ("x", kind)))
            found = lower_batch(
                formula,
                {formula.variables[0]: Batch(args[0].tensor, args[0].kind.replace("r", "v"), args[0].indices)},
                written,
            )
            return Batch(found.tensor, found.kind, found.indices)
        case _ if op.name in OF_ROWS and args[0].kind == "v" and len(args[0].indices) == 1:
            return Batch(apply(OF_ROWS[op.name], (args[0].tensor,)), "s", args[0].indices)
    raise UnsupportedError(
        say("{op} of something that depends on a running index has no form in matrix notation", op=op.name),
        hint=say("of a few rows: {op}(A[1,:]) + {op}(A[2,:])", op=op.name) if op in OF_TERMS else NOTHING,
    )


def _einsum(op: Operation, args: list[Batch]) -> Batch:
    """A product, a transpose, a trace: its signature, once for each value of the indices."""
    signature = next(s for s in op.signatures if s.fits([a.kind for a in args]))
    labels, dims = _labels(args)
    numbers: dict[str, int] = {}
    fresh = count(len(labels))
    factors = []
    for slot, a in zip(signature.args, args, strict=True):
        letters = [group[0] for group in slot.axes] if slot.kind != "*" else list("αβ"[: a.own])
        for letter, d in zip(letters, a.tensor.axes[len(a.indices) :], strict=True):
            if letter not in numbers:
                numbers[letter] = next(fresh)
                dims[numbers[letter]] = d
        factors.append((a.tensor, (*(labels[i] for i in a.indices), *(numbers[x] for x in letters)), 1))
    kind, own = _result(signature, args, numbers)
    return Batch(contract(1, factors, (*labels.values(), *own), dims), kind, tuple(labels))


def _result(signature: Signature, args: list[Batch], numbers: Mapping[str, int]) -> tuple[str, list[int]]:
    if signature.out.kind == "*":
        like = next(a for a, s in zip(args, signature.args, strict=True) if s.kind == "*")
        return like.kind, [numbers[x] for x in "αβ"[: like.own]]
    if any(len(group) != 1 or group[0] not in numbers for group in signature.out.axes):
        raise UnsupportedError(say("a Kronecker product or a stacked matrix cannot stand in a sum over indices"))
    return signature.out.kind, [numbers[group[0]] for group in signature.out.axes]


def _spread(args: list[Batch]) -> tuple[Batch, list[Tensor]]:
    """All of one shape: over all indices, and a scalar for each entry of the others. What the result is like, and the tensors."""
    like = next((a for a in args if a.kind != "s"), args[0])
    labels, dims = _labels(args)
    own = tuple(_own(like, labels))
    dims.update(zip(own, like.tensor.axes[len(like.indices) :], strict=True))
    out = (*labels.values(), *own)
    whole = [
        contract(1, [(a.tensor, (*(labels[i] for i in a.indices), *(own if a.kind != "s" else ())), 1)], out, dims)
        for a in args
    ]
    return Batch(whole[0], like.kind, tuple(labels)), whole


def _monomial(args: list[Batch], exponents: Sequence[Fraction]) -> Batch:
    like = next((a for a in args if a.kind != "s"), args[0])
    labels, dims = _labels(args)
    own = tuple(_own(like, labels))
    dims.update(zip(own, like.tensor.axes[len(like.indices) :], strict=True))
    factors = [
        (
            a.tensor,
            (*(labels[i] for i in a.indices), *(own if a.kind != "s" else ())),
            e.numerator if e.denominator == 1 else e,
        )
        for a, e in zip(args, exponents, strict=True)
    ]
    return Batch(contract(1, factors, (*labels.values(), *own), dims), like.kind, tuple(labels))


def _power(args: list[Batch]) -> Batch:
    """A power of numbers, or of each entry; a power of a matrix that depends on an index is refused."""
    base, exponent = args
    if base.kind == "m" and exponent.kind == "s":
        raise UnsupportedError(say("a power of a matrix that depends on a running index is not supported"))
    e = number_of(exponent.tensor)
    if e is not None and e != 0:
        return _monomial([base, Batch(constant(1), "s")], (e, _ONE))
    like, whole = _spread([base, exponent])
    return Batch(apply(basic.ELPOW, tuple(whole)), like.kind, like.indices)
