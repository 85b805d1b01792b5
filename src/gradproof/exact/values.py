"""The value of formulas and of results in exact numbers: arrays of objects in place of floats."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache, reduce
from typing import Any

from gradproof.budget import tick
from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Exponent,
    Length,
    Stacking,
    Sum,
    Tensor,
    Unknown,
    Variable,
    fold_tensor,
)
from gradproof.exact import functions
from gradproof.exact.constants import rational
from gradproof.exact.scalars import PRIME, Digits, NoDigits, NotExact, Residue, Scalar
from gradproof.notation.expr import Applied, Call, Expr, Number, Size, Symbol, fold, signature_of, symbol
from gradproof.numeric import bare as np
from gradproof.numeric.evaluate import diagonal, filled, is_matrix_power, multilinear, node_value
from gradproof.numeric.small import own_dims
from gradproof.ops import TABLE, Operation
from gradproof.ops.basic import LARGEST_POWER
from gradproof.ops.operation import (
    Combination,
    Definition,
    Differential,
    Einsum,
    Fill,
    Frechet,
    Monomial,
    Power,
    Primary,
)
from gradproof.parse import parse
from gradproof.shapes.shape import Shape

assert functions  # imported for the functions that it enters

Array = Any
Kind = type[Residue] | type[Digits]
BARE: Any = np


def exact(kind: Kind, a: Any) -> Array:
    """An array of floats, whole numbers or fractions as exact numbers; of no axes, the number itself."""
    if isinstance(a, Residue | Digits):
        return a
    a = np.asarray(a)
    return np.ndarray(a.shape, [kind.of(x) for x in a.flat]) if a.ndim else kind.of(a.item())


class Exact:
    """Formulas at one point. `values`: by name, exact arrays and functions; `sizes`: by the names of dimensions."""

    def __init__(self, kind: Kind, values: Mapping[str, Any], sizes: Mapping[str, int]):
        self.kind, self.values, self.sizes = kind, values, sizes
        self.module = _Module(kind)

    def formula(self, e: Expr, memo: dict[Expr, Any] | None = None) -> Array:
        """The value of a formula. Raises ArithmeticError where this kind of number has none."""
        return fold(e, self._node, memo=memo)

    def _node(self, node: Expr, args: Sequence[Any]) -> Array:
        match node:
            case Symbol(name=name):
                return self.values[name]
            case Number(value=value):
                return self.kind.of(value)
            case Size(dim=d):
                return self.kind.of(d.evaluate(self.sizes))
            case Applied(function=f, partials=partials):
                return self._unknown(f.spelling(partials), args)
            case Call(op=op) if not args and isinstance(op.meaning, Fill) and not op.meaning.exact:
                return self.applied(op, ())
            case Call() if not args:
                return exact(self.kind, node_value(np, node, (), {}, self.sizes))
            case Call(op=op):
                return self._called(node, op, args)
        raise NotExact("an unknown kind of formula")

    def _letters(self, node: Call) -> dict[str, int]:
        """The dimensions that stand beside the arguments of an operation, by its letters."""
        return {x: d.length(self.sizes) for x, d in zip(node.op.letters, node.params, strict=False)}

    def _called(self, node: Call, op: Operation, args: Sequence[Any]) -> Array:
        match op.meaning:
            case Einsum():
                return exact(self.kind, multilinear(signature_of(node), BARE)(*args, **self._letters(node)))
            case Combination(weights=weights):
                return reduce(lambda a, b: a + b, [a if w == 1 else a * w for w, a in zip(weights, args, strict=True)])
            case Monomial(exponents=exponents):
                return reduce(lambda a, b: a * b, [self.raised(a, e) for a, e in zip(args, exponents, strict=True)])
            case Power():
                return self._power(node, args)
            case Definition(text=text) if not op.numpy:
                return self._defined(text, node.args[0].type, args[0])
            case Differential() if node.args[0].type.kind == "s":
                return np.reshape(self.applied(op, [np.reshape(np.asarray(args[0]), (1, 1))]), ())[()]
        return self.applied(op, args)

    def applied(self, op: Operation, args: Sequence[Any]) -> Array:
        """An operation by its NumPy text, with functions on exact numbers in the place of NumPy's."""
        if _is_whole_power(op):
            return _whole_power(self.kind, op, args)
        if not op.numpy:
            raise NoDigits(f"{op.name} has no exact value")
        try:
            return exact(self.kind, op.value(self.module, *args))
        except (AttributeError, TypeError, ValueError, np.linalg.LinAlgError) as error:
            raise NoDigits(f"{op.name} has no exact value") from error

    def _defined(self, text: str, shape: Shape, arg: Array) -> Array:
        own = own_dims(shape)
        name, body = _definition(text, own)
        sizes = {d.text: n for d, n in zip(own.dims, getattr(arg, "shape", ()), strict=False)}
        return Exact(self.kind, {name: arg}, sizes).formula(body)

    def _power(self, node: Call, args: Sequence[Any]) -> Array:
        base, exponent = args
        known = rational(node.args[1])
        if is_matrix_power(node):
            if known is None or known.denominator != 1 or abs(known) > LARGEST_POWER:
                raise NotExact("a power of a matrix")
            root = inverse(base) if known < 0 else base
            whole = [root] * abs(known.numerator)
            return reduce(lambda a, b: a @ b, whole) if whole else exact(self.kind, np.eye(len(base)))
        if known is not None:
            return self.raised(base, known)
        if self.kind is Residue:
            raise NotExact("a power with an exponent that is no number")
        return base**exponent

    def raised(self, a: Array, e: Fraction | int) -> Array:
        """Every entry to a rational power."""
        e = Fraction(e)
        if abs(e.numerator) > 4096:
            raise NotExact("a large power")
        return a if e == 1 else _each(lambda x: x.power(e), a)

    def _unknown(self, name: str, args: Sequence[Any]) -> Array:
        if self.kind is Residue:
            raise NotExact("a declared function")
        try:
            return exact(self.kind, self.values[name](*args))
        except (TypeError, AttributeError, ValueError) as error:
            raise NoDigits(f"{name} takes floats only") from error

    # -- results in index notation

    def tensor(self, t: Tensor) -> Array:
        """The value of a tensor."""
        return fold_tensor(t, self._tensor_node)

    def _tensor_node(self, node: Tensor, args: list[Any]) -> Array:
        match node:
            case Variable(name=name):
                return self.values[name]
            case Length(dim=d):
                return self.kind.of(d.evaluate(self.sizes))
            case Stacking():
                shape = [d.length(self.sizes) for d in node.axes]
                return exact(self.kind, np.eye(shape[0]).reshape(shape))
            case Contraction():
                return self._contraction(node, args)
            case Sum(terms=terms):
                if not terms:
                    return exact(self.kind, np.zeros([d.length(self.sizes) for d in node.axes]))
                return reduce(
                    lambda a, b: a + b,
                    [a if c == 1 else a * self.kind.of(c) for (c, _), a in zip(terms, args, strict=True)],
                )
            case Apply(op=op) if isinstance(op.meaning, Fill) and op.meaning.exact and args:
                return exact(self.kind, filled(op, np.shape(args[0]), np))
            case Apply(op=op):
                return self.applied(op, args)
            case Unknown(function=f, partials=partials):
                return self._unknown(f.spelling(partials), args)
        raise NotExact("an unknown kind of tensor")

    def _contraction(self, node: Contraction, args: Sequence[Any]) -> Array:
        scale: Any = self.kind.of(node.coefficient)
        operands: list[Any] = []
        used: set[int] = set()
        for (_, indices, e), a in zip(node.factors, args, strict=True):
            own = tuple(dict.fromkeys(indices))
            if len(own) < len(indices):  # the diagonal first: beside it may be zeros, which have no power
                a = np.einsum(a, indices, own)
            raised = self.raised(a, _fraction(e))
            if own:
                operands += [raised, own]
                used.update(own)
            else:
                scale = scale * raised
        kept = tuple(i for i in dict.fromkeys(node.out) if i in used)
        core = scale * np.einsum(*operands, kept) if operands else scale
        return self._spread(core[()] if isinstance(core, np.ndarray) else core, kept, node)

    def _spread(self, core: Array, kept: tuple[int, ...], node: Contraction) -> Array:
        """Along axes of its own, and on the diagonal of repeated ones."""
        if kept == node.out:
            return core
        distinct = tuple(dict.fromkeys(node.out))
        shape = [node.dims[i].length(self.sizes) for i in distinct]
        core = np.reshape(np.asarray(core), [n if i in kept else 1 for i, n in zip(distinct, shape, strict=True)])
        core = np.broadcast_to(core, shape)
        if distinct == node.out:
            return core
        return exact(self.kind, diagonal(np, core, node.out, distinct))


def _is_whole_power(op: Operation) -> bool:
    """Whether it is a power of a matrix by a whole number, or the derivative of one along directions."""
    meaning = TABLE[op.meaning.of].meaning if isinstance(op.meaning, Frechet) else op.meaning
    return isinstance(meaning, Primary) and bool(meaning.written)


def _whole_power(kind: Kind, op: Operation, args: Sequence[Any]) -> Array:
    """A power of a matrix by a whole number, and its derivative along a direction: the sum of the products with that in the place of one factor."""
    base, k, *directions = args
    n = _whole_number(k)
    if n is None or abs(n) > LARGEST_POWER or len(directions) > 1:
        raise NoDigits(f"{op.name} has no exact value")
    root = inverse(base) if n < 0 else base
    powers = [exact(kind, np.eye(len(base)))]
    for _ in range(abs(n)):
        powers.append(powers[-1] @ root)
    if not directions:
        return powers[-1]
    along = _between(root, directions[0], root) * -1 if n < 0 else directions[0]
    terms = [_between(powers[i], along, powers[abs(n) - 1 - i]) for i in range(abs(n))]
    return reduce(lambda a, b: a + b, terms) if terms else along * 0


def _between(a: Array, direction: Array, b: Array) -> Array:
    """The product of a matrix, a direction, whose further axes stay, and a matrix."""
    more = tuple(range(4, 2 + np.ndim(direction)))
    return np.einsum(a, (0, 1), direction, (1, 2, *more), b, (2, 3), (0, 3, *more))


def _whole_number(k: Scalar | float) -> int | None:
    """A small whole number as one."""
    if isinstance(k, Residue):
        return k.n - PRIME if 2 * k.n > PRIME else k.n
    v = Digits.of(k).v
    return int(v) if v == v.to_integral_value() else None


def _fraction(e: Exponent) -> Fraction:
    if not isinstance(e, int | Fraction):
        raise NotExact("a symbolic exponent")
    return Fraction(e)


@cache
def _definition(text: str, shape: Shape) -> tuple[str, Expr]:
    name = "X" if re.search(r"\bX\b", text) else "x"
    return name, parse(text, where={name: symbol(name, shape)}).expr


def _each(f: Any, a: Array) -> Array:
    """A function of every entry."""
    if not isinstance(a, np.ndarray):
        return f(a)
    found = []
    for x in a.flat:
        tick()
        found.append(f(x))
    return np.ndarray(a.shape, found)


# -- what stands for NumPy in the texts of operations


class _Module:
    """The functions of NumPy that texts of operations use, on exact numbers."""

    where, reshape, sum = staticmethod(np.where), staticmethod(np.reshape), staticmethod(np.sum)
    asarray, zeros = staticmethod(np.asarray), staticmethod(np.zeros)

    def __init__(self, kind: Kind):
        self.kind, self.linalg = kind, self

    def __getattr__(self, name: str) -> Any:
        if name not in functions.FUNCTIONS:
            raise AttributeError(name)
        if self.kind is Residue:
            raise NotExact(name)
        return lambda x: _each(lambda entry: Digits.of(entry).apply(name), x)

    @property
    def pi(self) -> Any:
        """To all digits; as one number among others where they are whole."""
        return Digits.of(0).apply("arccos") * 2 if self.kind is Digits else self.kind.of(math.pi)

    @staticmethod
    def real(x: Array) -> Array:
        return x

    @staticmethod
    def prod(x: Array) -> Any:
        return reduce(lambda a, b: a * b, np.ravel(x))

    def sign(self, x: Array) -> Array:
        return _each(lambda entry: self.kind.of(_sign(entry)), x)

    def floor(self, x: Array) -> Array:
        if self.kind is Residue:
            raise NotExact("a whole part")
        return _each(lambda entry: Digits.of(math.floor(Digits.of(entry).v)), x)

    @staticmethod
    def abs(x: Array) -> Array:
        return _each(_size, x)

    @staticmethod
    def maximum(x: Array, a: Any) -> Array:
        return np.where(_each(lambda d: _sign(d) > 0, np.asarray(x - a)), x, a)

    @staticmethod
    def max(x: Array) -> Any:
        return max(np.ravel(x), key=lambda entry: entry.v) if _real(x) else _refused()

    def vectorize(self, f: Any, otypes: Any = None) -> Any:
        return getattr(self, f.__name__)

    @staticmethod
    def inv(x: Array) -> Array:
        return inverse(x)

    @staticmethod
    def det(x: Array) -> Any:
        return eliminated(x, ())[0]

    def slogdet(self, x: Array) -> tuple[Any, Any]:
        found = self.det(x)
        return self.kind.of(_sign(found)), self.log(found * _sign(found))


def _real(x: Array) -> bool:
    return all(isinstance(entry, Digits) for entry in np.ravel(x))


def _refused() -> Any:
    raise NotExact("there is no order")


def _sign(entry: Scalar) -> int:
    if isinstance(entry, Residue):
        raise NotExact("a sign")
    return entry.sign


def _size(entry: Scalar) -> Digits:
    """How large a number is, whose sign need not be known for that."""
    if isinstance(entry, Residue):
        raise NotExact("a sign")
    return Digits(abs(entry.v), entry.r)


def inverse(a: Array) -> Array:
    """The inverse of a square matrix, by elimination."""
    one = type(a[0, 0]).of(1)
    return eliminated(a, [[one if i == j else one * 0 for j in range(len(a))] for i in range(len(a))])[1]


def eliminated(a: Array, right: Any) -> tuple[Any, Array]:
    """The determinant, and the solution for the columns of `right`. Raises NotExact where a pivot may be zero."""
    n, solving = len(a), bool(len(right))
    rows = [[*a[i], *(right[i] if solving else ())] for i in range(n)]
    determinant = type(a[0, 0]).of(1)
    for k in range(n):
        best = max(range(k, n), key=lambda i: rows[i][k].size)
        if rows[best][k].zero:
            raise NotExact("the matrix is singular")
        if best != k:
            rows[k], rows[best], determinant = rows[best], rows[k], -determinant
        pivot = rows[k][k]
        determinant = determinant * pivot
        if solving:
            rows[k] = [x / pivot for x in rows[k]]
            pivot = type(pivot).of(1)
        for i in range(n) if solving else range(k + 1, n):
            if i != k:
                factor = rows[i][k] / pivot
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
    return determinant, np.ndarray((n, n), [x for row in rows for x in row[n:]] if solving else [])
