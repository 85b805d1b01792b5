"""Tensor: index notation, what the engine computes with.

    Variable      a named array
    Length        a dimension as a scalar
    Contraction   an exact number times a product of factors over named indices; indices that are not in `out` are summed
    Sum           a linear combination of tensors with the same axes; of none, it is zero
    Apply         a nonlinear operation of the table
    Unknown       a declared function, or a derivative of one
    Stacking      the axis that several axes make up: vec(X), kron(A,B) where they meet plain arrays

Identity matrices, ones, traces, diagonals, transposes, entrywise, outer and matrix products are all one Contraction: an index that stands
twice in `out` is a Kronecker delta, one that stands in `out` alone is a factor of ones. A factor carries an entrywise exponent,
so that division and square roots are products too.

Nodes are frozen and interned: equal is identical. Only `contract.py` makes Contraction, Sum and Apply: there they get their canonical form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from operator import attrgetter
from typing import Any, TypeVar
from zlib import crc32

from gradproof.facts.bounds import Bounds
from gradproof.notation.expr import fold
from gradproof.notation.function import Function
from gradproof.notation.intern import Kept
from gradproof.ops import Operation
from gradproof.shapes.dims import Dim, product

Exponent = int | Fraction
Factor = tuple["Tensor", tuple[int, ...], Exponent]  # a tensor, the index at each of its axes, an entrywise exponent
Term = tuple[Fraction, "Tensor"]  # a coefficient and a tensor without one

ONE = Fraction(1)  # the number of every product that has no other: asked for by `is`
T = TypeVar("T")
N = TypeVar("N", bound="Tensor")
Token = Operation | str | type  # an operation that is applied, a fact of a variable, a kind of node

_interned = Kept()


class Tensor:
    """A node. `axes`: the dimension of each axis. `key`: a hash that is the same in every process; it orders nodes."""

    __slots__ = (
        "__weakref__",
        "adds",
        "axes",
        "children",
        "identity",
        "interval",
        "key",
        "order",
        "symmetry",
        "within",
    )
    adds: bool  # whether it is a sum, or one is in it
    axes: tuple[Dim, ...]
    children: tuple[Tensor, ...]
    identity: tuple  # what it is made of, by which it is found again
    interval: Bounds | None  # that holds all entries; None not asked yet
    key: int
    order: int  # how many axes it has
    symmetry: int | None  # of two axes: 1 symmetric, -1 antisymmetric, 0 neither, None not asked yet
    within: frozenset[Token]  # what is in it that a law may be about

    def __reduce__(self) -> tuple:
        return _restore, (
            type(self),
            self.axes,
            self.identity,
            self.key,
            {name: getattr(self, name) for name in type(self).__slots__},
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(map(str, self.axes))}>"


class Variable(Tensor):
    __slots__ = ("facts", "name")
    name: str
    facts: frozenset[str]


class Length(Tensor):
    __slots__ = ("dim",)
    dim: Dim


class Stacking(Tensor):
    """One axis and the axes that make it up, the first of them slow: 1 where the first index is the number of the others, else 0."""

    __slots__ = ()


class Contraction(Tensor):
    __slots__ = ("coefficient", "dims", "factors", "out")
    coefficient: Fraction
    factors: tuple[Factor, ...]
    out: tuple[int, ...]  # the index of each axis
    dims: tuple[Dim, ...]  # the dimension of each index; indices are numbered, those of `out` first

    @property
    def summed(self) -> bool:
        """Whether an index is summed over."""
        return len(self.dims) > len(set(self.out))


class Sum(Tensor):
    __slots__ = ("terms",)
    terms: tuple[Term, ...]


class Apply(Tensor):
    __slots__ = ("args", "op")
    op: Operation
    args: tuple[Tensor, ...]


class Unknown(Tensor):
    """A declared function at its arguments, differentiated by the arguments at the positions `partials` (sorted).

    Axes: those of each such argument, then those of the value: denominator layout; of a function of each entry, those of its arguments.
    """

    __slots__ = ("args", "function", "partials")
    function: Function
    partials: tuple[int, ...]
    args: tuple[Tensor, ...]


def plain_exponent(e: Exponent) -> Exponent:
    """A whole exponent as an int."""
    return e.numerator if type(e) is Fraction and e.denominator == 1 else e


def known_node(cls: type[N], axes: tuple[Dim, ...], identity: tuple) -> N | None:
    """The node with this identity, where it is there."""
    return _interned.get((cls, axes, identity))


def intern_node(cls: type[N], axes: tuple[Dim, ...], identity: tuple, key: tuple, **fields: Any) -> N:
    """The node with this identity, made once."""
    found = _interned.get((cls, axes, identity))
    return found if found is not None else new_node(cls, axes, identity, key, **fields)


def new_node(cls: type[N], axes: tuple[Dim, ...], identity: tuple, key: tuple, **fields: Any) -> N:
    """The same, for a caller who has looked it up."""
    return _restore(cls, axes, identity, hash((len(axes), *key)), fields)


def _restore(cls: type[N], axes: tuple[Dim, ...], identity: tuple, key: int, fields: dict[str, Any]) -> N:
    made = object.__new__(cls)
    made.axes, made.identity, made.key, made.symmetry, made.interval = axes, identity, key, None, None
    for name, value in fields.items():
        setattr(made, name, value)
    made.order, made.children = len(axes), _children(made)
    made.adds = cls is Sum or True in [c.adds for c in made.children]
    made.within = joined_tokens([c.within for c in made.children]) if cls is Contraction else _within(made)
    return _interned.keep((cls, axes, identity), made)


def _children(t: Tensor) -> tuple[Tensor, ...]:
    """What a node is made of."""
    if type(t) is Contraction:
        return tuple([f[0] for f in t.factors])
    match t:
        case Sum(terms=terms):
            return tuple([b for _, b in terms])
        case Apply(args=args) | Unknown(args=args):
            return args
    return ()


NOTHING: frozenset[Token] = frozenset()


def _within(t: Tensor) -> frozenset[Token]:
    """What is in a node that a law may be about: what is in its children, and its own."""
    match t:
        case Variable(facts=facts):
            return facts
        case Stacking():
            return frozenset((Stacking,))
        case Sum() if any(map(lonely, t.children)):
            return joined_tokens([frozenset((Sum,)), *[c.within for c in t.children]])
        case Apply(op=op):
            return joined_tokens([frozenset((op,)), *[c.within for c in t.children]])
    return joined_tokens([c.within for c in t.children])


def lonely(t: Tensor) -> bool:
    """Whether an axis of it stands in no factor: a number in a vector, a row in a matrix, again and again."""
    return isinstance(t, Contraction) and bool({*t.out}.difference(*[indices for _, indices, _ in t.factors]))


def joined_tokens(parts: Iterable[frozenset[Token]]) -> frozenset[Token]:
    """All of them; one that is there already, where it holds the others."""
    found = NOTHING
    for p in parts:
        if p and not p <= found:
            found = found | p if found else p
    return found


def text_key(text: str) -> int:
    """A hash of a text that is the same in every process."""
    return crc32(text.encode()) + (len(text) << 32)


def variable(name: str, axes: tuple[Dim, ...], facts: frozenset[str] = frozenset()) -> Variable:
    """A named array."""
    return intern_node(Variable, axes, (name, facts), (1, text_key(name), len(axes)), name=name, facts=facts)


def length(d: Dim) -> Length:
    """A dimension as a scalar."""
    return intern_node(Length, (), (d,), (2, d.key), dim=d)


def stacking(parts: tuple[Dim, ...]) -> Stacking:
    """What joins these axes into one."""
    axes = (product(parts), *parts)
    return intern_node(Stacking, axes, (), (4, *(d.key for d in axes)))


def unknown(function: Function, partials: tuple[int, ...], args: tuple[Tensor, ...]) -> Unknown:
    """A declared function, or a derivative of it, at its arguments."""
    axes = function.axes([a.axes for a in args], partials)
    key = (3, text_key(function.spelling(partials)), *(a.key for a in args))
    return intern_node(Unknown, axes, (function, partials, args), key, function=function, partials=partials, args=args)


_CHILDREN = attrgetter("children")


def fold_tensor(root: Tensor, visit: Callable[[Tensor, list[T]], T], memo: dict[Tensor, T] | None = None) -> T:
    """`expr.fold` over the tensor graph."""
    return fold(root, visit, _CHILDREN, memo)


def walk_tensor(root: Tensor, without: Iterable[Tensor] = ()) -> list[Tensor]:
    """Every node once, children before parents; nothing at and below the nodes `without`."""
    done: set[Tensor] = set(without)
    found: list[Tensor] = []
    stack = [root]
    while stack:
        node = stack[-1]
        if node not in done:
            waiting = len(stack)
            for c in node.children:
                if c in done:
                    continue
                if c.children:
                    stack.append(c)
                else:
                    done.add(c)
                    found.append(c)
            if len(stack) > waiting:
                continue
            done.add(node)
            found.append(node)
        stack.pop()
    return found
