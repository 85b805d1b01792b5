"""Expr -> Tensor: matrix notation becomes index notation.

A value keeps the kind that it has in matrix notation (a row and a column are the same tensor) and, for each of its axes there, how many
axes the tensor has: vec(X) is one axis in matrix notation and two in index notation, so that Kronecker products are products like all others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, constant, contract, zero
from gradproof.engine.declared import declared
from gradproof.engine.operand import Value, joined, plain, product
from gradproof.engine.slots import Placed, fitting, placed
from gradproof.engine.spreading import body, spread
from gradproof.engine.stacking import parted
from gradproof.engine.tensor import (
    Contraction,
    Length,
    Sum,
    Tensor,
    Variable,
    length,
    plain_exponent,
    variable,
)
from gradproof.engine.whole_powers import INTEGER_POWER, whole_power
from gradproof.errors import NotDifferentiableError, UnsupportedError
from gradproof.facts import TIES, sense
from gradproof.notation.expr import Applied, Call, Expr, Number, Size, Symbol, fold
from gradproof.notation.function import Function
from gradproof.ops import Operation, basic
from gradproof.ops.basic import LARGEST_POWER
from gradproof.ops.operation import (
    Combination,
    Conjugation,
    Definition,
    Differential,
    Einsum,
    Elementwise,
    Fill,
    Frechet,
    Linear,
    Monomial,
    Power,
    Primary,
    Reserved,
    ValueOnly,
)
from gradproof.parse import parse
from gradproof.say import say
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import KINDS, Slot


def lower(
    expr: Expr,
    free: frozenset[str] = frozenset(),
    values: Mapping[Expr, Value] | None = None,
    written: dict[Tensor, tuple[Tensor, ...]] | None = None,
    dims: Mapping[Dim, Dim] | None = None,
) -> Value:
    """The tensor of a formula. Variables named in `free` are taken without the facts that tie their entries together; `values` replaces nodes, `dims` dimensions.

    `written` is filled with the sums of the formula and their terms in the order in which they stand there.

    Raises UnsupportedError for a power, a reshaping or an operation that index notation does not hold here.
    """

    def visit(node: Expr, args: list[Value]) -> Value:
        if values and node in values:
            return values[node]
        match node:
            case Symbol(name=name, facts=facts):
                return plain(variable(name, node.type.dims, facts - TIES if name in free else facts), node.type.kind)
            case Call(op=op) if type(op.meaning) is Combination and args:
                made = _combination(op, _operands(node)[1], args)
                if written is not None and isinstance(made.tensor, Sum):
                    written[made.tensor] = tuple([body(a.tensor, made.tensor.axes) for a in _alike(args)])
                return made
            case Call(op=op, params=params):
                return lower_call(op, args, tuple([dims.get(d, d) for d in params]) if dims and params else params)
            case Number(value=value):
                return plain(constant(value))
            case Size(dim=d):
                return plain(length(dims.get(d, d) if dims else d))
            case Applied(function=function, partials=partials):
                return _declared(function, partials, args, node.type.kind)
        raise AssertionError(node)

    return fold(expr, visit, _children)


def _children(node: Expr) -> tuple[Expr, ...]:
    """What a node is made of."""
    args = node.args
    return _operands(node)[0] if args and type(node) is Call and type(node.op.meaning) is Combination else args


def _operands(node: Expr) -> tuple[tuple[Expr, ...], tuple[int, ...]]:
    """The arguments of a sum a + b - c, all three, with their weights, so that a long sum is made at once."""
    found: list[Expr] = []
    weights: list[int] = []
    sign = 1
    while type(node) is Call and type(node.op.meaning) is Combination and node.args:
        own = node.op.meaning.weights
        found += reversed(node.args[1:])
        weights += (sign * w for w in reversed(own[1:]))
        node, sign = node.args[0], sign * own[0]
    return (node, *reversed(found)), (sign, *reversed(weights))


def lower_call(op: Operation, args: list[Value], params: tuple[Dim, ...] = ()) -> Value:
    """An operation of the table on lowered arguments."""
    match op.meaning:
        case Einsum():
            return _einsum(op, args, params)
        case Definition(text=text):
            return _defined(op, text, args)
        case Combination(weights=weights):
            return _combination(op, weights, args) if args else plain(zero(params))
        case Monomial(exponents=exponents):
            return _monomial(op, args, exponents)
        case Power():
            return _power(op, *args)
        case Fill():
            sizes = dict(zip(op.letters, params, strict=True))
            ones = constant(1, op.signatures[0].out.dims(sizes))
            return plain(apply(op, (ones,)))
        case Primary() | Frechet() | Linear() | ValueOnly():
            return _of_matrices(op, args)
        case Differential(arguments=letters) if len(letters) > 1:
            return _of_matrices(op, args)
        case Elementwise() | Differential():
            like, whole = _spread(op, args if op.elementwise else [joined(a) for a in args])
            result = apply(op, tuple(whole))
            if 0 < result.order != like.tensor.order:  # of each row
                return plain(result)
            return Value(result, like.kind, like.groups) if result.order else plain(result)
        case Conjugation():
            raise UnsupportedError(
                say("{op} is of complex quantities, and none is declared here", op=op.name),
                hint=say("declare what is complex: z: vector n complex"),
            )
        case Reserved(topic=topic):
            raise UnsupportedError(say("{op} is not supported yet ({topic})", op=op.name, topic=topic))


def _of_matrices(op: Operation, args: list[Value]) -> Value:
    """A function of several arguments, or of a matrix: its axes are those of its signature."""
    kind = next(s for s in op.signatures if s.fits([a.kind for a in args])).out.kind
    return plain(apply(op, tuple([joined(a).tensor for a in args])), kind)


def _combination(op: Operation, weights: tuple[int, ...], args: list[Value]) -> Value:
    like, whole = _spread(op, args)
    return Value(add(list(zip(weights, whole, strict=True)), like.tensor.axes), like.kind, like.groups)


def _spread(op: Operation, args: list[Value]) -> tuple[Value, list[Tensor]]:
    """Arguments of one shape: scalars meet every entry of the others. The first that is no scalar, and all tensors."""
    args = _alike(args)
    if len(args) == 1:
        return args[0], [args[0].tensor]
    like = next((a for a in args if a.kind != "s"), args[0])
    return like, [spread(a.tensor, like.tensor.axes) if a.kind == "s" and like.kind != "s" else a.tensor for a in args]


def _declared(function: Function, partials: tuple[int, ...], args: list[Value], kind: str) -> Value:
    """A declared function: of each entry with the axes of its argument, of a whole array with each of its axes as one."""
    args = _alike(args) if function.entrywise else [joined(a) for a in args]
    found = declared(function, partials, tuple(a.tensor for a in args))
    like = next((a for a in args if a.kind != "s"), None) if function.entrywise else None
    return plain(found, kind) if like is None else Value(found, kind, like.groups)


def _alike(args: list[Value]) -> list[Value]:
    """Arguments that meet entry by entry with the same axes: where one is stacked from other parts than another, all are joined."""
    if len(args) < 2:
        return args
    axes = {a.axes for a in args if a.kind != "s"}
    return args if len(axes) < 2 else [joined(a) for a in args]


def _einsum(op: Operation, args: list[Value], params: tuple[Dim, ...]) -> Value:
    """A multilinear operation: its signature is a contraction."""
    signature = fitting(op, tuple([a.kind for a in args]), len(params))
    if args and params:
        args = [
            _opened(a, slot, dict(zip(op.letters, params, strict=True)))
            for a, slot in zip(args, signature.args, strict=True)
        ]
    plan = placed(signature, tuple([a.groups for a in args]))
    if not plan.plain and not _fits(plan, args):
        args = [joined(a) for a in args]
        plan = placed(signature, tuple([a.groups for a in args]))
    if (
        len(args) == 1 and plan.places[0] == plan.out and len(set(plan.out)) == len(plan.out)
    ):  # a column as a row, vec of a vector
        return args[0].read_as(plan.kind or args[0].kind, plan.groups)
    kind = plan.kind or next((a.kind for a in args if a.kind != "s"), "s")
    if not params:
        return product(list(zip(args, plan.places, strict=True)), plan.out, kind, plan.groups)
    dims = dict(enumerate(params))
    factors = [(a.tensor, places, 1) for a, places in zip(args, plan.places, strict=True)]
    return Value(contract(1, factors, plan.out, {i: dims[i] for i in plan.out}), kind, plan.groups)


def _opened(a: Value, slot: Slot, given: Mapping[str, Dim]) -> Value:
    """An argument with an axis for each letter of a slot in which some axes are made of several, whose dimensions are given."""
    parts = tuple([given[x] for x in slot.letters])
    if a.axes == parts:
        return Value(a.tensor, a.kind, (1,) * len(parts))
    t = joined(a).tensor
    for axis, group in reversed(list(enumerate(slot.axes))):
        t = parted(t, axis, tuple(given[x] for x in group)) if len(group) > 1 else t
    return Value(t, a.kind, (1,) * len(parts))


def _fits(plan: Placed, args: Sequence[Value]) -> bool:
    """Whether axes that meet are stacked from the same parts."""
    dims: dict[int, Dim] = {}
    for a, places in zip(args, plan.places, strict=True):
        if len(places) != len(a.axes):
            return False
        for i, d in zip(places, a.axes, strict=True):
            if dims.setdefault(i, d) is not d:
                return False
    return True


def _monomial(op: Operation, args: list[Value], exponents: tuple[Fraction, ...]) -> Value:
    args = _alike(args)
    like = next((a for a in args if a.kind != "s"), args[0])
    places = tuple(range(like.tensor.order))
    powers = zip(args, map(plain_exponent, exponents), strict=True)
    factors = [(a.tensor, places if a.kind != "s" else (), e) for a, e in powers]
    return Value(contract(1, factors, places, dict(enumerate(like.tensor.axes))), like.kind, like.groups)


def number_of(t: Tensor) -> Fraction | None:
    """The number that all entries of a tensor are, where it is one."""
    return t.coefficient if isinstance(t, Contraction) and not t.factors and len(set(t.out)) == len(t.out) else None


def _power(op: Operation, base: Value, exponent: Value) -> Value:
    e = Fraction(0) if exponent.tensor is zero(exponent.tensor.axes) else number_of(exponent.tensor)
    if base.kind == "m" and not any(s.fits(("*", "*")) for s in op.signatures):  # of the matrix, not of its entries
        return plain(_matrix_power(joined(base).tensor, e, exponent.tensor), "m")
    if e is None:
        like, whole = _spread(op, [base, exponent])
        return Value(apply(basic.ELPOW, tuple(whole)), like.kind, like.groups)
    like = base if base.kind != "s" else exponent
    axes = like.tensor.axes
    if e == 0:
        return Value(constant(1, axes), like.kind, like.groups)
    out = tuple(range(len(axes)))
    raised = contract(
        1, [(base.tensor, out if base.kind != "s" else (), plain_exponent(e))], out, dict(enumerate(axes))
    )
    return Value(raised, like.kind, like.groups)


def whole(t: Tensor) -> bool:
    """Whether a scalar is seen to be a whole number: declared integers, dimensions, and their sums and products."""
    match t:
        case Variable(facts=facts):
            return sense(facts).whole
        case Length():
            return True
        case Sum(terms=terms):
            return all(c.denominator == 1 and whole(b) for c, b in terms)
        case Contraction(coefficient=c, factors=factors):
            return c.denominator == 1 and all(not i and e == int(e) > 0 and whole(f) for f, i, e in factors)
    return False


def _matrix_power(base: Tensor, e: Fraction | None, exponent: Tensor) -> Tensor:
    if e is None and exponent.order == 0 and whole(exponent):
        return apply(INTEGER_POWER, (base, exponent))
    if e is None or e.denominator != 1 or abs(e) > LARGEST_POWER:
        raise UnsupportedError(
            say(
                "the power of a matrix must be a whole number of at most {largest_power}, or a scalar declared integer",
                largest_power=LARGEST_POWER,
            ),
            hint=say("X.^a is the power of each entry, powm(X,a) the power of the matrix for any a"),
        )
    if e < 0:
        base, e = lower_call(basic.INV, [plain(base)]).tensor, -e
    return whole_power(base, int(e))


# -- formulas of the table


@cache
def template(text: str, where: tuple[tuple[str, str], ...]) -> Expr:
    """A formula of the table, parsed once."""
    return parse(text, dict(where)).expr


def substitute_template(expr: Expr, **values: Value) -> Value:
    """A formula of the table at tensors of any shape that its operations take."""
    dims: dict[Dim, Dim] = {}
    named: dict[Expr, Value] = {}
    for node in _variables(expr):
        named[node] = value = values[node.name]
        dims.update(zip(node.type.dims, value.axes, strict=False))
    return lower(expr, values=named, dims=dims)


@cache
def _variables(expr: Expr) -> tuple[Symbol, ...]:
    """The variables of a formula of the table."""
    return expr.variables


_DECLARED = {
    "i": "vector n",
    "ij": "matrix m n",
    "ii": "matrix n n",
    "": "scalar",
}


def _defined(op: Operation, text: str, args: list[Value]) -> Value:
    slot = op.signatures[0].args[0]
    letters = "i" if slot.kind == "*" else slot.letters
    kind = _DECLARED[letters]
    given = {"a": args[1]} if len(args) > 1 else {}
    second = tuple((x, _DECLARED[op.signatures[0].args[1].letters]) for x in given)
    return substitute_template(template(text, (("X", kind), *second)), X=args[0], **given)


def elementwise_derivatives(op: Operation, args: tuple[Tensor, ...], value: Tensor) -> list[Tensor]:
    """The derivative of an entrywise operation by each argument, as tensors of its shape."""
    meaning = op.meaning
    assert isinstance(meaning, Elementwise | Power)
    named = {"x": plain(args[0], "v"), "y": plain(value, "v"), "a": plain(args[-1], "v")}
    results = []
    for text in meaning.derivatives:
        if not text:
            raise UnsupportedError(say("the derivative of {op} is not supported", op=op.name))
        expr = template(text, (("x", "vector n"), ("y", "vector n"), ("a", "vector n")))
        results.append(substitute_template(expr, **named).tensor)
    return results


def differential(op: Operation, args: tuple[Tensor, ...], value: Tensor, moved: Mapping[int, Tensor]) -> Tensor:
    """The differential of a matrix function at `args`, where it has this value, for these differentials of some arguments, by their places.

    Raises NotDifferentiableError for an argument that is not moved.
    """
    meaning = op.meaning
    assert isinstance(meaning, Differential | Linear)
    if meaning.arguments != ("X",):
        return _of_several(op, meaning, args, value, moved)
    arg, change = args[0], moved[0]
    case = "m" if op.signatures[0].args[0].kind == "m" else "v"
    slot, out = op.signatures[0].args[0], op.signatures[0].out
    n = "vector n" if case == "v" else "matrix n n" if len(set(slot.letters)) == 1 else "matrix m n"
    rows = "vector m" if out.letters == slot.letters[:1] else "vector n"  # of each row, or of each column
    other = {"s": "scalar", "v": rows}.get(out.kind, "matrix n m")
    y = n if out.letters == slot.letters else other
    where = (("X", n), ("dX", n), ("Y", y), ("x", n), ("dx", n), ("y", y))
    x, d, v = plain(arg), plain(change), plain(value)
    return substitute_template(template(meaning.text, where), X=x, dX=d, Y=v, x=x, dx=d, y=v).tensor


def _of_several(
    op: Operation, meaning: Differential | Linear, args: tuple[Tensor, ...], value: Tensor, moved: Mapping[int, Tensor]
) -> Tensor:
    """The differential of an operation whose arguments have letters of their own."""
    signature = next(
        s for s in op.signatures if [len(slot.letters) for slot in s.args] == [min(a.order, 2) for a in args]
    )
    kinds = {letter: kind_of(slot) for letter, slot in zip(meaning.arguments, signature.args, strict=False)}
    values = {letter: plain(a) for letter, a in zip(meaning.arguments, args, strict=False)}
    for k, (letter, a) in enumerate(zip(meaning.arguments, args, strict=False)):
        if k in moved and not re.search(rf"\bd{letter}\b", meaning.text):
            raise NotDifferentiableError(
                say("{op} is not differentiated by its argument {place}", op=op.name, place=k + 1)
            )
        values["d" + letter] = plain(moved[k] if k in moved else zero(a.axes))
        kinds["d" + letter] = kinds[letter]
    values["Y"], kinds["Y"] = plain(value), kind_of(signature.out)
    return substitute_template(template(meaning.text, tuple(kinds.items())), **values).tensor


def kind_of(slot: Slot) -> str:
    """A slot of a signature as a declaration, with dimensions named by its letters."""
    return " ".join([KINDS[slot.kind], *("n" + x for x in slot.letters)])
