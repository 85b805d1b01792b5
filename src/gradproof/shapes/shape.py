"""Shapes of matrix notation, and the signatures of operations that compute them.

Everything is a scalar, a column vector, a row vector or a matrix: kinds "s", "v", "r", "m".
A signature such as `ij,j->i` is the shape rule of an operation, and, where the operation is multilinear, all of its meaning:

    i  a column      i'  a row      ij  a matrix      (ik)  an axis made of two, the first one slow      *  anything      (nothing)  a scalar
    I  an axis as long as a triangle of i rows, i*(i+1)/2      3  an axis of three      (j+k)  an axis that others follow one another in
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from gradproof.records import dataclass
from gradproof.say import say
from gradproof.shapes.dims import Dim, added, dim, product, root, side, triangle

Group = tuple[str, ...]  # the index letters that make up one axis, slowest first


KINDS = {"s": "scalar", "v": "vector", "r": "vector", "m": "matrix"}  # as declarations have them


class Shape(NamedTuple):
    """The kind of a value ("s", "v", "r", "m") and one dimension for each axis."""

    kind: str
    dims: tuple[Dim, ...] = ()

    @property
    def public(self) -> tuple[str | int, ...]:
        """As users see it: `()`, `("n",)`, `(1, "n")`, `("m", "n")`."""
        axes = tuple(d.public for d in self.dims)
        return (1, *axes) if self.kind == "r" else axes

    @property
    def declared(self) -> str:
        """As `where` has it: "scalar", "matrix m 2*n+1"."""
        return " ".join([KINDS[self.kind], *(d.text.replace(" ", "") for d in self.dims)])

    @property
    def square(self) -> bool:
        return self.kind == "m" and self.dims[0] is self.dims[1]

    @property
    def rows_and_columns(self) -> tuple[Dim, Dim]:
        """As a matrix: a scalar is 1 × 1, a column n × 1, a row 1 × n."""
        first, second = (dim(1), *self.dims) if self.kind == "r" else (*self.dims, dim(1), dim(1))[:2]
        return first, second

    def __str__(self) -> str:
        if self.kind == "s":
            return say("a scalar")
        rows, cols = {"v": (*self.dims, 1), "r": (1, *self.dims), "m": self.dims}[self.kind]
        return f"({rows}, {cols})" if self.kind == "m" else f"({rows} × {cols})"


SCALAR = Shape("s")


def column(n: Dim) -> Shape:
    return Shape("v", (n,))


def row(n: Dim) -> Shape:
    return Shape("r", (n,))


def matrix(m: Dim, n: Dim) -> Shape:
    return Shape("m", (m, n))


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument, or the result, of a signature: its kind ("*" for any) and its axes as groups of letters."""

    kind: str
    axes: tuple[Group, ...] = ()

    @property
    def letters(self) -> str:
        return "".join(letter for group in self.axes for letter in group)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The letters that its axes are made of, each once."""
        return tuple(dict.fromkeys(x.lower() for x in self.letters if x.isalpha()))

    def dims(self, given: Mapping[str, Dim]) -> tuple[Dim, ...]:
        """The dimension of each axis, where the letters have these."""
        return tuple([_axis(group, given) for group in self.axes])

    def solved(self, dims: Sequence[Dim]) -> dict[str, Dim]:
        """What each letter is where the axes have these dimensions, by the axes of one letter."""
        found: dict[str, Dim] = {}
        for group, d in zip(self.axes, dims, strict=True):
            if len(group) == 1 and group[0].isalpha():
                n = side(d) if group[0].isupper() else d
                if n is not None:
                    found.setdefault(group[0].lower(), n)
            elif len(group) == 2 and group[0] == group[1]:
                n = root(d)
                if n is not None:
                    found.setdefault(group[0], n)
        return found


@dataclass(frozen=True, slots=True)
class Signature:
    """A shape rule; `Signature.of("ij,j->i")`."""

    text: str
    args: tuple[Slot, ...]
    out: Slot

    def __hash__(self) -> int:
        return hash(self.text)

    @staticmethod
    @cache
    def of(text: str) -> Signature:
        left, right = text.split("->")
        slots = (
            () if right and not left else tuple(_slot(part) for part in left.split(","))
        )  # "->ii" takes nothing, "->" a scalar
        return Signature(text, slots, _slot(right))

    @property
    def einsum(self) -> str:
        """The same as NumPy's einsum writes it; only for signatures without `*` and groups."""
        return re.sub(r"['()]", "", self.text)

    def fits(self, kinds: Sequence[str]) -> bool:
        """Whether arguments of these kinds may be meant."""
        return len(kinds) == len(self.args) and all(
            slot.kind in ("*", kind) for slot, kind in zip(self.args, kinds, strict=True)
        )

    def result(self, args: Sequence[Shape], given: Mapping[str, Dim] | None = None) -> Shape | None:
        """The shape of the result, or None where these arguments do not fit. `given` binds the letters of a constant such as eye(n)."""
        if not self.fits([a.kind for a in args]):
            return None
        letters, any_shape = dict(given or {}), None
        for slot, shape in zip(self.args, args, strict=True):
            if slot.kind == "*":
                if any_shape is not None and any_shape != shape:
                    return None
                any_shape = shape
                continue
            for group, d in zip(slot.axes, shape.dims, strict=True):
                if len(group) == 1 and group[0].isupper():
                    n = side(d)
                    if n is None or letters.setdefault(group[0].lower(), n) is not n:
                        return None
                elif len(group) == 1 and group[0].isalpha():
                    if letters.setdefault(group[0], d) is not d:
                        return None
                elif (
                    any(x.isalpha() and x not in letters for x in group)
                    or product([_dim_of(x, letters) for x in group]) is not d
                ):
                    return None
        if self.out.kind == "*":
            return any_shape
        return Shape(self.out.kind, self.out.dims(letters))


def _axis(group: Group, given: Mapping[str, Dim]) -> Dim:
    dims = [_dim_of(x, given) for x in group if x != "+"]
    return added(dims) if "+" in group else product(dims)


def _dim_of(letter: str, given: Mapping[str, Dim]) -> Dim:
    """The dimension that a letter of a signature stands for."""
    if letter.isdigit():
        return dim(int(letter))
    return triangle(given[letter.lower()]) if letter.isupper() else given[letter]


def _slot(text: str) -> Slot:
    if text == "*":
        return Slot("*")
    axes = tuple(tuple(group or letter) for group, letter in re.findall(r"\(([\w+]+)\)|(\w)", text))
    return Slot({0: "s", 1: "r" if text.endswith("'") else "v", 2: "m"}[len(axes)], axes)
