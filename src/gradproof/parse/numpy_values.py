"""What a piece of NumPy source can be: an array, a size, a shape, a function."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from gradproof.ops import Operation
from gradproof.records import dataclass, field
from gradproof.say import Said, say

PLAIN, COLUMN, ROW, UNSURE = "", "column", "row", "unsure"  # the form of an array whose node is a vector
FORMS = {PLAIN: say("an array"), COLUMN: say("a column"), ROW: say("a row"), UNSURE: say("a row or a column")}


@dataclass(frozen=True)
class ReadArray:
    """An array: its node, its form, and whether it is a number for certain.

    A column is (n, 1) and a row (1, n), with the vector as their node; unsure is what a row and an array of open kind make.
    """

    node: int
    form: str = PLAIN
    scalar: bool = False


@dataclass(frozen=True)
class Axis:
    """The length of an axis of an array."""

    of: ReadArray
    axis: int


@dataclass(frozen=True)
class Shaped:
    """The shape of an array."""

    of: ReadArray


@dataclass(frozen=True)
class NumberedValues:
    """The eigenvalues or singular values of a matrix: the list, the one with a number from 1, and those at places from 0 that have a name."""

    of: ReadArray
    all: Operation
    one: Operation
    named: Mapping[int, Operation] = field(compare=False)


@dataclass(frozen=True)
class OneOf:
    """What a function gives among others that are not read: the value at a place of so many, and the name that it has there."""

    value: ReadArray | NumberedValues
    function: str
    place: int
    count: int
    name: str = ""

    def asked(self) -> tuple[Said, Said]:
        """What is missing where all of it is used, and what to write."""
        said = {"name": self.function, "place": self.place}
        return say("{name} without [{place}]", **said), say("write {name}(…)[{place}]", **said)


@dataclass(frozen=True)
class LocalFunction:
    """A function that the source defines, with the names that it sees."""

    arguments: ast.arguments
    body: ast.expr | list[ast.stmt]
    names: Mapping[str, Thing] = field(compare=False)


Thing = ReadArray | Axis | Shaped | OneOf | NumberedValues | LocalFunction
