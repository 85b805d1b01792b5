"""The value of a formula in little arrays, without NumPy: the reference that a proof holds results against.

As in `evaluate`, nothing is used but the formula and the table of operations: their signatures, their Taylor series, their own definitions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from itertools import product

from gradproof.budget import tick
from gradproof.errors import DomainError, UnsupportedError
from gradproof.notation.expr import Applied, Call, Expr, Number, Size, Symbol, fold, signature_of, symbol
from gradproof.numeric.little import Algebra, Little
from gradproof.numeric.placed import placed
from gradproof.numeric.plans import Chain, Flat, Shape, TooLarge, chain
from gradproof.numeric.ring import Scalar, ordered
from gradproof.numeric.wave import Wave
from gradproof.ops.operation import Combination, Conjugation, Definition, Einsum, Fill, Monomial, Operation, Power
from gradproof.ops.series import exp, log
from gradproof.parse import parse
from gradproof.records import dataclass
from gradproof.say import say
from gradproof.shapes.dims import Dim, Sizes, dim
from gradproof.shapes.shape import Shape as Kind
from gradproof.shapes.shape import Signature, Slot

LARGEST = 20_000  # entries of an array that is still little

Values = Mapping[str, Little]
Step = Callable[[Algebra, Sequence[Little]], Little]


class ReadyFormula:
    """A formula made ready to be evaluated many times: `nodes`, arguments first; `run` gives the value of each."""

    def __init__(self, expr: Expr):
        self.expr = expr
        self.nodes: list[Expr] = []
        self._steps: list[tuple[Step | None, tuple[int, ...]]] = []
        fold(expr, self._enter)

    def _enter(self, node: Expr, args: list[int]) -> int:
        self.nodes.append(node)
        self._steps.append((_step(node) if isinstance(node, Call) and node.args else None, tuple(args)))
        return len(self.nodes) - 1

    def moving(self, names: Collection[str]) -> set[int]:
        """The places of all nodes that depend on these variables."""
        places: set[int] = set()
        for i, (node, (_, args)) in enumerate(zip(self.nodes, self._steps, strict=True)):
            if (isinstance(node, Symbol) and node.name in names) or not places.isdisjoint(args):
                places.add(i)
        return places

    def run(
        self, algebra: Algebra, values: Values, sizes: Sizes, functions: Mapping[str, Wave] | None = None
    ) -> list[Little]:
        """The value of every node; the formula's own is the last. Raises DomainError where it has none, or is too large."""
        slots: list[Little] = []
        try:
            for node, (step, args) in zip(self.nodes, self._steps, strict=True):
                tick()
                if isinstance(node, Call) and node.params and args:
                    slots.append(
                        multilinear(algebra, signature_of(node), [slots[i] for i in args], _letters(node, sizes))
                    )
                elif step is not None:
                    slots.append(step(algebra, [slots[i] for i in args]))
                elif isinstance(node, Applied):
                    given = (functions or {})[node.function.name]
                    slots.append(given.value(algebra, node.partials, [slots[i] for i in args]))
                else:
                    slots.append(_leaf(node, algebra, values, sizes))
        except DomainError as error:
            node = self.nodes[len(slots)]
            if isinstance(error, TooLarge) or not isinstance(node, Call):
                raise
            needs = node.op.domain and say("{op} needs {domain}", op=node.op.name, domain=node.op.domain.text)
            raise DomainError(needs or error.message) from None
        return slots


def size(d: Dim, sizes: Sizes) -> int:
    """The number that a dimension is. Raises DomainError where it is not known."""
    try:
        return d.evaluate(sizes)
    except KeyError as error:
        raise DomainError(say("the size {name} is not known", name=error.args[0])) from None


def _positive(n: int) -> int:
    if n < 1:
        raise DomainError(say("a dimension has no positive size"))
    return n


def axes(dims: Sequence[Dim], sizes: Sizes) -> Shape:
    """The shape that dimensions are. Raises DomainError where an array would be too large for a proof."""
    shape = tuple([size(d, sizes) for d in dims])
    if shape and min(shape) < 1:
        raise DomainError(say("a dimension has no positive size"))
    if math.prod(shape) > LARGEST:
        raise TooLarge(say("an array of {count} entries is too large for a proof", count=math.prod(shape)))
    return shape


def _leaf(node: Expr, algebra: Algebra, values: Values, sizes: Sizes) -> Little:
    match node:
        case Symbol(name=name):
            return values[name]
        case Number(value=value):
            return algebra.number(value)
        case Size(dim=d):
            return algebra.number(Fraction(size(d, sizes)))
        case Call(op=op) if isinstance(op.meaning, Einsum):
            axes(node.type.dims, sizes)  # they are not too large
            return multilinear(algebra, signature_of(node), [], _letters(node, sizes))
        case Call(op=op) if isinstance(op.meaning, Fill):
            return filled(op, algebra, axes(node.type.dims, sizes))
        case Call():
            shape = axes(node.type.dims, sizes)
            return algebra.constant(shape, [0] * math.prod(shape))
    raise AssertionError(node)


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
            signature = signature_of(node)
            if any(slot.kind == "*" for slot in signature.args):
                return _scaled
            return lambda algebra, args: _by_letters(algebra, signature, args)
        case Combination(weights=weights):
            return lambda algebra, args: algebra.combine(
                list(zip(weights, args, strict=True)), max((a.shape for a in args), key=len)
            )
        case Monomial(exponents=exponents):
            return lambda algebra, args: monomial(algebra, args, exponents)
        case Power():
            return _power(node)
        case Conjugation(part=part):
            return lambda algebra, args: args[0].each(_PARTS[part])
    return function(op, node.args[0].type)


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


def multilinear(
    algebra: Algebra, signature: Signature, args: Sequence[Little], sizes: Mapping[str, int] | None = None
) -> Little:
    """A multilinear operation from the letters of its signature; those of a constant are given as sizes."""
    if any(slot.kind == "*" for slot in signature.args):
        return _scaled(algebra, args)
    args = [_parted(algebra, a, slot, sizes) for a, slot in zip(args, signature.args, strict=True)] if sizes else args
    return _by_letters(algebra, signature, args, tuple((sizes or {}).items()))


def _scaled(algebra: Algebra, args: Sequence[Little]) -> Little:
    """Scalars times anything."""
    total = args[0]
    for a in args[1:]:
        total = algebra.times(total, a)
    return total


def _by_letters(
    algebra: Algebra, signature: Signature, args: Sequence[Little], sizes: tuple[tuple[str, int], ...] = ()
) -> Little:
    plan = _multilinear(signature, tuple([a.shape for a in args]), sizes)
    value = algebra.chained(args, plan.how) if plan.how is not None else algebra.einsum((), (), plan.core)
    return algebra.reshape(value, plan.shape) if plan.places is None else algebra.gather(value, plan.shape, plan.places)


def _parted(algebra: Algebra, a: Little, slot: Slot, sizes: Mapping[str, int]) -> Little:
    """An argument with one axis for each letter."""
    if all(len(group) == 1 for group in slot.axes):
        return a
    return algebra.reshape(a, tuple(sizes[x] for x in slot.letters))


@dataclass(frozen=True, slots=True)
class _Multilinear:
    """Letters of the arguments and of their product; the shape of the result, and its places in the product where they differ."""

    letters: tuple[str, ...]
    core: str
    shape: Shape
    places: tuple[int, ...] | None
    how: Chain | None  # None of a constant


@lru_cache(maxsize=4096)
def _multilinear(signature: Signature, shapes: tuple[Shape, ...], sizes: tuple[tuple[str, int], ...]) -> _Multilinear:
    letters, out = tuple(slot.letters for slot in signature.args), signature.out
    known = dict(sizes)
    for names, shape in zip(letters, shapes, strict=True):
        known.update(zip(names, shape, strict=True))
    core = "".join(x for x in dict.fromkeys(out.letters) if any(x in names for names in letters))
    shape = tuple(math.prod(known[x] for x in group) for group in out.axes)
    places = None if core == out.letters else _expansion(core, out.letters, tuple(known[x] for x in out.letters))
    return _Multilinear(letters, core, shape, places, chain(letters, shapes, core) if letters else None)


def expand(algebra: Algebra, core: Little, names: str, letters: str, sizes: Mapping[str, int]) -> Little:
    """An array with these letters: a repeated one is a diagonal, one that the core does not have is a factor of ones."""
    if names == letters:
        return core
    shape = tuple(sizes[x] for x in letters)
    if math.prod(shape) > LARGEST:
        raise TooLarge(say("an array of {count} entries is too large for a proof", count=math.prod(shape)))
    return algebra.gather(core, shape, _expansion(names, letters, shape))


@cache
def _expansion(names: str, letters: str, shape: Shape) -> tuple[int, ...]:
    sizes = dict(zip(letters, shape, strict=True))
    strides, step = {}, 1
    for x in reversed(names):
        strides[x], step = step, step * sizes[x]
    found: list[tuple[dict[str, int], int]] = [({}, 0)]
    for x, n in zip(letters, shape, strict=True):
        found = [
            (at | {x: i}, place + i * strides.get(x, 0) * (x not in at))
            if at.get(x, i) == i and place >= 0
            else (at, -1)
            for at, place in found
            for i in range(n)
        ]
    return tuple(place for _, place in found)


def is_rational(expr: Expr) -> bool:
    """Whether exact arithmetic has a value for every node of a formula."""
    return fold(expr, lambda node, args: all(args) and _rational(node))


def _rational(node: Expr) -> bool:
    if not isinstance(node, Call):
        return True
    op = node.op
    match op.meaning:
        case Power():
            return isinstance(node.args[1], Number) and node.args[1].value.denominator == 1
        case Einsum() | Combination():
            return True
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
