"""The program that computes tensors: array operations, each one entered once.

A `Node` is one operation on arrays. A `Builder` makes nodes and returns the one it has where an equal one was made before, so that what value,
gradient and Hessian have in common is computed once; what no result needs is never reached, and so never emitted.

    kind          arguments         data             result
    input                           name             a variable
    number                          Fraction         a number
    size                            Dim              a dimension as a number
    transpose     a                 permutation      a view with axes in this order
    expand        a                 places           a view with new axes of length one; None where one is, else the axis of a
    diagonal      a                 (out, in)        a view of entries with equal indices
    broadcast     a                                  a view of the result's shape
    reshape       a                                  the same entries in another shape
    mul div add sub a, b                             entry by entry, with broadcasting
    neg           a
    power         a                 exponent
    nonzero       a                                  a, and one where it is zero: below what is zero there too (`limits.py`)
    sum           a                 axes             the sum along axes
    matmul        a, b                               as NumPy's @
    vdot          a, b                               the sum over all entries of a product
    einsum        a, b              (ins, out)       anything else
    scatter       core…             (pattern, sign)… zeros with diagonals added
    add_diagonals base, core…       (pattern, sign)… the base with diagonals added
    plus_transpose a                sign             a + a' or a - a'
    apply         a…                Operation        a function of the table
    softmax logsumexp a             axis             along one axis (None: all)
    cholesky sym lu a                                a factorisation, computed once; sym: Cholesky where that is possible, else LU
    solve         factor, b         transposed       inv(a) @ b
    half_solve    factor, b                          inv(L) @ b for a Cholesky factor L
    inverse       factor
    logdet det    factor
    call          a…                spelling         a declared function
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from math import prod
from typing import Any

from gradproof.records import dataclass
from gradproof.shapes.dims import Dim, dim

_ONE = dim(1)
VIEWS = frozenset("transpose expand diagonal broadcast input number size".split())  # no new array of their own


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """One operation; `axes`: the dimension of each axis of its result."""

    kind: str
    args: tuple[Node, ...]
    data: Any
    axes: tuple[Dim, ...]
    rank: int  # which one in the graph this is, from the first
    depth: int  # how many matrices are made on the longest way to it

    @property
    def order(self) -> int:
        return len(self.axes)


class Builder:
    """Makes nodes, each one once."""

    def __init__(self) -> None:
        self._made: dict[tuple, Node] = {}
        self.symmetric: set[Node] = set()  # matrices that equal their transpose

    def make(self, kind: str, args: tuple[Node, ...], data: Any, axes: tuple[Dim, ...]) -> Node:
        key = (kind, args, data, axes)
        found = self._made.get(key)
        if found is None:
            depth = max((a.depth for a in args), default=0) + (len(axes) > 1 and kind not in VIEWS)
            found = self._made[key] = Node(kind, args, data, axes, len(self._made), depth)
        return found

    # -- leaves and views

    def number(self, value: Fraction | int) -> Node:
        return self.make("number", (), Fraction(value), ())

    def transpose(self, a: Node, places: tuple[int, ...]) -> Node:
        """The array whose axis k is axis places[k] of a."""
        if places == tuple(range(a.order)) or a in self.symmetric:
            return a
        if a.kind == "transpose":
            return self.transpose(a.args[0], tuple(a.data[p] for p in places))
        return self.make("transpose", (a,), places, tuple(a.axes[p] for p in places))

    def expand(self, a: Node, places: tuple[int | None, ...], axes: tuple[Dim, ...]) -> Node:
        """The array with its axes at these places (in their order) and axes of length one elsewhere; leading ones are left out."""
        while places and places[0] is None:
            places, axes = places[1:], axes[1:]
        if None not in places:
            return a
        return self.make(
            "expand", (a,), places, tuple(d if p is not None else _ONE for p, d in zip(places, axes, strict=True))
        )

    def broadcast(self, a: Node, axes: tuple[Dim, ...]) -> Node:
        return a if a.axes == axes else self.make("broadcast", (a,), None, axes)

    def reshape(self, a: Node, axes: tuple[Dim, ...]) -> Node:
        return a if a.axes == axes else self.make("reshape", (a,), None, axes)

    # -- arithmetic

    def mul(self, a: Node, b: Node, axes: tuple[Dim, ...] | None = None) -> Node:
        if _is(a, 1) and axes in (None, b.axes):
            return b
        if _is(b, 1) and axes in (None, a.axes):
            return a
        if a.kind == b.kind == "number":
            return self.number(a.data * b.data)
        if b.kind == "number" or (b.order == 0 and a.order and a.kind != "number"):
            a, b = b, a
        if _is(a, -1):
            return self.neg(b)
        if a.kind == "number" and b.kind == "mul" and b.args[0].kind == "number":
            return self.mul(self.number(a.data * b.args[0].data), b.args[1], axes)
        if not a.order and axes in (None, b.axes) and (scaled := self._weighed(b, lambda one: self.mul(a, one))):
            return scaled
        if (
            b.kind == "mul"
            and _weighs(a, b)
            and _weighs(b.args[0], b.args[1])
            and b.args[1].axes == b.axes
            and a.rank < b.args[0].rank
        ):
            a, b = (
                b.args[0],
                self.make("mul", (a, b.args[1]), None, b.axes),
            )  # weights of a matrix in one order, so that equal products are one
        return self.make("mul", (a, b), None, axes if axes is not None else broadcast_axes(a.axes, b.axes))

    def div(self, a: Node, b: Node, axes: tuple[Dim, ...] | None = None) -> Node:
        return (
            a
            if _is(b, 1)
            else self.make("div", (a, b), None, axes if axes is not None else broadcast_axes(a.axes, b.axes))
        )

    def neg(self, a: Node) -> Node:
        if a.kind == "number":
            return self.number(-a.data)
        if a.kind == "neg":
            return a.args[0]
        return self._weighed(a, self.neg) or self.make("neg", (a,), None, a.axes)

    def _weighed(self, a: Node, change: Callable[[Node], Node]) -> Node | None:
        """A product with its factor changed that is smaller than the product; None where there is none."""
        for one, two in (a.args, a.args[::-1]) if a.kind == "mul" else ():
            if _weighs(one, a) and one.kind != "number":
                changed = self.expand(change(one.args[0]), one.data, one.axes) if one.kind == "expand" else change(one)
                return self.make("mul", (changed, two) if one is a.args[0] else (two, changed), None, a.axes)
        return None

    def add(self, a: Node, b: Node) -> Node:
        return self.make("add", (a, b), None, broadcast_axes(a.axes, b.axes))

    def sub(self, a: Node, b: Node) -> Node:
        return self.make("sub", (a, b), None, broadcast_axes(a.axes, b.axes))

    def power(self, a: Node, e: Fraction | int) -> Node:
        return a if e == 1 else self.make("power", (a,), Fraction(e), a.axes)


def _is(a: Node, value: int) -> bool:
    return a.kind == "number" and a.data == value


def _weighs(a: Node, b: Node) -> bool:
    """Whether one factor of a product is a vector along an axis of the other."""
    return 0 < (a.args[0].order if a.kind == "expand" else a.order) < b.order


def broadcast_axes(a: tuple[Dim, ...], b: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """The axes of an operation entry by entry, as NumPy broadcasts."""
    long, short = (a, b) if len(a) >= len(b) else (b, a)
    head = len(long) - len(short)
    return long[:head] + tuple(y if x is _ONE else x for x, y in zip(long[head:], short, strict=True))


def entries(node: Node, sizes: Mapping[str, int]) -> int:
    """The number of entries of an array."""
    return prod(d.length(sizes) for d in node.axes)


def reachable(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node that the roots need, once, arguments first."""
    done: set[Node] = set()
    stack = list(reversed(list(roots)))
    while stack:
        node = stack[-1]
        waiting = [a for a in reversed(node.args) if a not in done]
        if node in done or not waiting:
            stack.pop()
            if node not in done:
                done.add(node)
                yield node
        else:
            stack.extend(waiting)
