"""The value of a formula in little arrays, without NumPy: the reference that a proof holds results against.

As in `evaluate`, nothing is used but the formula and the table of operations: their signatures, their Taylor series, their own definitions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from operator import itemgetter

from gradproof.budget import tick
from gradproof.errors import DomainError, UnsupportedError
from gradproof.notation.expr import Applied, Call, Expr, Number, Size, Symbol, fold, signature_of, symbol
from gradproof.numeric.lengths import axes, size
from gradproof.numeric.letters import Step, multilinear, multiplied
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.placed import placed
from gradproof.numeric.plans import Flat, Shape, TooLarge
from gradproof.numeric.ring import Scalar, ordered
from gradproof.numeric.wave import Wave
from gradproof.ops.operation import Combination, Conjugation, Definition, Einsum, Fill, Monomial, Operation, Power
from gradproof.ops.series import exp, log
from gradproof.parse import parse
from gradproof.say import say
from gradproof.shapes.dims import Sizes, dim
from gradproof.shapes.shape import Shape as Kind

Values = Mapping[str, Little]
NOTHING: Mapping[Expr, Little] = {}
Taken = Callable[[list[Little]], Sequence[Little]]  # some of the values that are there


class ReadyFormula:
    """A formula made ready to be evaluated many times: `nodes`, arguments first; `run` gives the value of each."""

    def __init__(self, expr: Expr):
        self.expr = expr
        self.nodes: list[Expr] = []
        self._args: list[list[int]] = []
        self._steps: list[tuple[Step | None, Taken, str]] = []  # how a node follows from others; the name of a variable
        fold(expr, self._enter)

    def _enter(self, node: Expr, args: list[int]) -> int:
        self.nodes.append(node)
        self._args.append(args)
        if isinstance(node, Symbol):
            self._steps.append((None, _NONE, node.name))
        else:
            own = _step(node) if isinstance(node, Call) and args and not node.params else None
            self._steps.append((own, taken(args), ""))
        return len(self.nodes) - 1

    @property
    def rational(self) -> bool:
        """Whether exact arithmetic has a value for every node."""
        return all(map(_rational, self.nodes))

    def shared(self, others: Collection[Expr], exact: bool) -> list[int]:
        """The places of nodes that are among others and whose value is the same to the last digit whether they move or not.

        In exact arithmetic each is; else those that are made of sums, products, fixed powers and functions of each entry.
        """
        plain: list[bool] = []
        found = []
        for node, args in zip(self.nodes, self._args, strict=True):
            plain.append(exact or (all(plain[i] for i in args) and _is_plain(node)))
            if args and plain[-1] and node in others:
                found.append(len(plain) - 1)
        return found

    def moving(self, names: Collection[str]) -> set[int]:
        """The places of all nodes that depend on these variables."""
        places: set[int] = set()
        for i, (node, args) in enumerate(zip(self.nodes, self._args, strict=True)):
            if (isinstance(node, Symbol) and node.name in names) or not places.isdisjoint(args):
                places.add(i)
        return places

    def run(
        self,
        algebra: Algebra,
        values: Values,
        sizes: Sizes,
        functions: Mapping[str, Wave] | None = None,
        known: Mapping[Expr, Little] = NOTHING,
    ) -> list[Little]:
        """The value of every node; the formula's own is the last. Those that are `known` are not computed.

        Raises DomainError where it has none, or is too large.
        """
        slots: list[Little] = []
        try:
            for node, (step, chosen, name) in zip(self.nodes, self._steps, strict=True):
                if not len(slots) & 7:
                    tick()
                if step is not None:
                    slots.append(known[node] if node in known else step(algebra, chosen(slots)))
                elif name:
                    slots.append(values[name])
                else:
                    slots.append(_other(node, algebra, chosen(slots), sizes, functions or {}))
        except DomainError as error:
            node = self.nodes[len(slots)]
            if isinstance(error, TooLarge) or not isinstance(node, Call):
                raise
            needs = node.op.domain and say("{op} needs {domain}", op=node.op.name, domain=node.op.domain.text)
            raise DomainError(needs or error.message) from None
        return slots


def taken(places: Sequence[int]) -> Taken:
    """What gives the values at these places."""
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1)) if places else _NONE


_NONE = itemgetter(slice(0))


def _other(node: Expr, algebra: Algebra, args: Sequence[Little], sizes: Sizes, functions: Mapping[str, Wave]) -> Little:
    """The value of a number, a constant, what has sizes beside its arguments, or a declared function."""
    match node:
        case Number(value=value):
            return algebra.number(value)
        case Size(dim=d):
            return algebra.number(Fraction(size(d, sizes)))
        case Applied():
            return functions[node.function.name].value(algebra, node.partials, args)
        case Call() if args:
            return multilinear(algebra, signature_of(node), args, _letters(node, sizes))
        case Call(op=op) if isinstance(op.meaning, Einsum):
            axes(node.type.dims, sizes)  # they are not too large
            return multilinear(algebra, signature_of(node), [], _letters(node, sizes))
        case Call(op=op) if isinstance(op.meaning, Fill):
            return filled(op, algebra, axes(node.type.dims, sizes))
        case Call():
            shape = axes(node.type.dims, sizes)
            return algebra.constant(shape, [0] * math.prod(shape))
    raise AssertionError(node)


def _positive(n: int) -> int:
    if n < 1:
        raise DomainError(say("a dimension has no positive size"))
    return n


def _letters(node: Call, sizes: Sizes) -> dict[str, int]:
    """The dimensions of a constant, or beside a formula, by the letters of the operation."""
    return {x: _positive(size(d, sizes)) for x, d in zip(node.op.letters, node.params, strict=False)}


def filled(op: Operation, algebra: Algebra, shape: Shape) -> Little:
    """A constant whose entries depend on where they stand. Raises DomainError for a place that there is not."""
    assert isinstance(op.meaning, Fill)
    if op.place and op.place > shape[0]:
        raise DomainError(say("an entry {place} is asked for, and there are {size}", place=op.place, size=shape[0]))
    meaning = op.meaning
    return algebra.constant(shape, [placed(meaning, shape, *at) * 1 for at in product(*map(range, shape))])


def _step(node: Call) -> Step:
    """The operation of a node on the values of its arguments."""
    op = node.op
    match op.meaning:
        case Einsum():
            return multiplied(signature_of(node))
        case Combination():
            return _combination(op)
        case Monomial(exponents=exponents):
            return lambda algebra, args: monomial(algebra, args, exponents)
        case Power():
            return _power(node)
        case Conjugation(part=part):
            return lambda algebra, args: args[0].each(_PARTS[part])
    return function(op, node.args[0].type)


@cache
def _combination(op: Operation) -> Step:
    assert isinstance(op.meaning, Combination)
    weights = op.meaning.weights

    def step(algebra: Algebra, args: Sequence[Little]) -> Little:
        shape = args[0].shape
        for a in args:
            if len(a.shape) > len(shape):
                shape = a.shape
        return algebra.combine(list(zip(weights, args, strict=True)), shape)

    return step


_PARTS: dict[str, Callable[[Scalar], Scalar]] = {
    "conj": lambda x: x.conjugate(),
    "re": lambda x: x.real,
    "im": lambda x: x.imag,
}  # of an entry and of how it moves, for what moves it are real numbers


@cache
def function(op: Operation, kind: Kind) -> Step:
    """An operation that is no product and no sum, on an argument of this kind of shape."""
    series, kernel = op.series, op.kernel
    if series is not None:
        return lambda algebra, args: algebra.apply(args[0], series)
    if kernel is not None:
        return lambda algebra, args: _on_matrix(algebra, args, kernel)
    text = op.small or (op.meaning.text if isinstance(op.meaning, Definition) else "")
    if not text:
        raise UnsupportedError(say("{op}: no value without NumPy is known", op=op.name))
    if op.elementwise and kind.kind in "rm":  # entry by entry, so that no formula asks how they are arranged
        entries = defined(text, Kind("v", (dim("n"),)))
        return lambda algebra, args: algebra.reshape(entries(algebra, _flat(algebra, args[0])), args[0].shape)
    whole = defined(text, kind)
    return lambda algebra, args: whole(algebra, args[0])


def own_dims(kind: Kind) -> Kind:
    """The same kind of shape with dimensions as formulas of the table name them: n; m and n."""
    names = ("n",) if len(kind.dims) == 1 or kind.square else ("m", "n")
    return Kind(kind.kind, tuple(dim(names[k % len(names)]) for k in range(len(kind.dims))))


@cache
def defined(text: str, kind: Kind) -> Callable[[Algebra, Little], Little]:
    """A formula of the table in X, or in x, as a function on little arrays of this kind."""
    name = "X" if re.search(r"\bX\b", text) else "x"
    own = own_dims(kind)
    program = ReadyFormula(parse(text, where={name: symbol(name, own)}).expr)
    if isinstance(program.expr, Symbol):
        return lambda algebra, x: x
    return lambda algebra, x: program.run(
        algebra, {name: x}, {d.text: n for d, n in zip(own.dims, x.shape, strict=False)}
    )[-1]


def _flat(algebra: Algebra, a: Little) -> Little:
    return algebra.reshape(a, (math.prod(a.shape),))


def _on_matrix(algebra: Algebra, args: Sequence[Little], kernel: Callable[..., Little]) -> Little:
    """A matrix function, of a number too."""
    a, *rest = args
    if a.shape:
        try:
            return kernel(algebra, *args)
        except TypeError:  # complex entries, which have no order
            return kernel(algebra, *(x.each(ordered) for x in args))
    return algebra.reshape(kernel(algebra, algebra.reshape(a, (1, 1)), *rest), ())


def monomial(algebra: Algebra, args: Sequence[Little], exponents: Sequence[Fraction]) -> Little:
    """The entrywise product of powers."""
    total: Little | None = None
    for a, e in zip(args, exponents, strict=True):
        factor = algebra.power(a, e)
        total = factor if total is None else algebra.times(total, factor)
    assert total is not None
    return total


def _power(node: Call) -> Step:
    """A power of a matrix, or of each entry."""
    exponent = node.args[1]
    fixed = exponent.value if isinstance(exponent, Number) else None
    if signature_of(node).args[0].letters == "ii":
        return lambda algebra, args: _matrix_power(algebra, args[0], fixed if fixed is not None else _whole(args[1]))
    if fixed is not None:
        return lambda algebra, args: algebra.power(args[0], fixed)
    return lambda algebra, args: any_power(algebra, args[0], args[1])


def _whole(a: Little) -> Fraction:
    return Fraction(a.value[0])


def _matrix_power(algebra: Algebra, x: Little, e: Fraction) -> Little:
    if e.denominator > 1:
        raise DomainError(say("the power of a matrix must be a whole number"))
    n, square = abs(e.numerator), algebra.inverse(x) if e < 0 else x
    unit: Flat = [int(i == j) for i in range(x.shape[0]) for j in range(x.shape[0])]
    total = algebra.constant(x.shape, unit)
    while n:
        tick()
        total = algebra.contract(total, square, "ij,jk->ik") if n & 1 else total
        n >>= 1
        square = algebra.contract(square, square, "ij,jk->ik") if n else square
    return total


def any_power(algebra: Algebra, x: Little, a: Little) -> Little:
    """x to the power a, entry by entry: exactly where a is whole and does not move, by the logarithm otherwise."""
    if not a.moves and all(e == round(e) for e in a.value):
        powers = a.value * (len(x.value) if not a.shape else 1)
        base = algebra.spread(x, a.shape or x.shape)
        each = [algebra.power(algebra.gather(base, (), [i]), Fraction(e)) for i, e in enumerate(powers)]
        return Little(base.shape, [_column(p) for p in zip(*(e.parts for e in each), strict=True)])
    return algebra.apply(algebra.times(a, algebra.apply(x, log)), exp)


def _column(parts: Sequence[Flat | None]) -> Flat | None:
    return None if all(p is None for p in parts) else [p[0] if p else 0 for p in parts]


def _is_plain(node: Expr) -> bool:
    """Whether the value of a node is computed alike whether it moves or not."""
    if not isinstance(node, Call):
        return not isinstance(node, Applied)
    match node.op.meaning:
        case Einsum() | Combination() | Monomial():
            return True
        case Power():
            return isinstance(node.args[1], Number)
    return node.op.series is not None


def is_rational(expr: Expr) -> bool:
    """Whether exact arithmetic has a value for every node of a formula."""
    return fold(expr, lambda node, args: all(args) and _rational(node))


def _rational(node: Expr) -> bool:
    if not isinstance(node, Call):
        return True
    op = node.op
    match op.meaning:
        case Einsum() | Combination():
            return True
        case Power():
            return isinstance(node.args[1], Number) and node.args[1].value.denominator == 1
        case Fill(exact=known):
            return known
        case Monomial(exponents=exponents):
            return all(e.denominator == 1 for e in exponents)
    return rational_function(op, node.args[0].type)


@cache
def rational_function(op: Operation, kind: Kind) -> bool:
    """Whether an operation of one argument is a rational function of its entries."""
    if isinstance(op.meaning, Fill):
        return op.meaning.exact
    if op.series is not None or op.kernel is not None:
        return op.kernel is not None and op.rational
    text = op.small or (op.meaning.text if isinstance(op.meaning, Definition) else "")
    name = "X" if re.search(r"\bX\b", text) else "x"
    return (
        bool(text) and not op.elementwise and is_rational(parse(text, where={name: symbol(name, own_dims(kind))}).expr)
    )
