"""What sources in Python have in common; a target is a table of spellings, the functions it brings along, and how it writes diagonals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradproof.codegen.plan.program import Node
from gradproof.codegen.targets.emit import POWER, SUM, Scope, Text
from gradproof.codegen.targets.python_writers import WRITERS, Words
from gradproof.errors import UnsupportedError
from gradproof.ops import Operation
from gradproof.say import say


class PythonSpelling:
    """How a target writes nodes.

    name        the field of `Code` in which the table of operations has words for it
    words       how it writes array operations
    own         how it writes functions of the table, where it has words of its own: in x (and a)
    helpers     functions that a source may bring along, by name
    imports     the lines at its top
    """

    name: str
    words: Words
    own: Mapping[Operation, str] = {}
    helpers: Mapping[str, str] = {}
    imports: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ("dtype",)
    division = "//"
    loops = False  # whether loops over row blocks pay
    frees = False  # whether arrays are deleted that are needed no more
    turns = False  # whether .T turns arrays of any order
    vector_first = False  # whether v @ X is written for X.T @ v, where the target would copy the transposed matrix
    tuples = False  # whether a shape is written as a tuple
    casts = False  # whether scalars must be arrays
    continues = False  # whether a value that is no number may be asked of `evaluate`
    sparse = False  # whether matrices may be sparse arrays
    maps = False  # whether the library makes a function of one problem one of many

    def write(self, node: Node, scope: Scope) -> Text:
        """The expression of a node; may add lines. Raises UnsupportedError for a function that the target does not have."""
        return WRITERS[node.kind](self, node, scope)

    def vmap(self, run: Callable[..., Any], axes: Sequence[int | None]) -> Callable[..., Any]:
        """A function of one problem as one of many, by the library itself. Raises UnsupportedError where it has none."""
        raise UnsupportedError(say("{name} has no vmap", name=self.name))

    def word(self, name: str, *args: str) -> str:
        """An array operation in this target's words."""
        template: str = getattr(self.words, name)
        return template.format(*args)

    def function(self, op: Operation) -> str:
        """A function of the table in this target's words, in x (and a). Raises UnsupportedError where it has none."""
        found = self.own.get(op) or getattr(op.code, self.name, None)
        if not found:
            raise UnsupportedError(
                say("{op} is not there in code for {target}", op=op.name, target=self.name.replace("_", "-"))
            )
        return found

    def alone(self, node: Node) -> str:
        """A helper function for an operation at just these arguments; "" where it is the one for all."""
        return ""

    def opening(self, arrays: list[str]) -> list[str]:
        """Lines at the top of a function with these arrays."""
        return []

    def dtype_of(self, arrays: Sequence[str]) -> str:
        """The dtype of the results."""
        if not arrays:
            return self.word("default_dtype")
        return f"{arrays[0]}.dtype" if len(arrays) == 1 else self.word("dtype", ", ".join(arrays))

    def kind_line(self, arrays: Sequence[str], numbers: Sequence[str] = ()) -> str:
        """The line that says of which dtype new arrays are; `numbers`: what is given beside arrays."""
        return f"dtype = {self.dtype_of(arrays)}"

    def convert(self, name: str, value: Any) -> Any:
        """A value that is given, as an array of the target. Raises ShapeError, DomainError."""
        return value

    def taken(self, arrays: Sequence[str], numbers: Sequence[str], scope: Scope) -> list[str]:
        """Lines at the top of a source that make what is given arrays and numbers to compute with."""
        return []

    def numbers(self, value: Any) -> Any:
        """The entries of an array of the target as NumPy has them; None where there are none yet, as while a function is traced."""
        return None

    def unified(self, arrays: Mapping[int, Any]) -> dict[int, Callable[[Any], Any]]:
        """How arguments of different precision become arrays of one: by their number, where there is anything to do."""
        return {}

    def traits(self, letter: str, scalar: bool) -> list[str]:
        """What a plan depends on, of an argument: its type, so that only what needs no conversion goes without one, shape and kind of numbers."""
        return [f"type({letter})", f"getattr({letter}, 'shape', ())", f"getattr({letter}, 'dtype', None)"]

    def weak(self, written: str, arg: str) -> str:
        """A function of a plain number as a plain number, so that it widens no float32 array."""
        return f"float({written})"

    def constant(self, text: str) -> str:
        """A result that follows from nothing that is given."""
        return f"float({text})"

    def diagonals(self, base: Node | None, node: Node, cores: Sequence[Node], scope: Scope) -> Text:
        """An array (None: of zeros) with diagonals added to it, as one expression."""
        text = self.word("zeros", scope.shape(node.axes)) if base is None else scope.of(base)
        scope.wants_dtype = scope.wants_dtype or base is None
        for (pattern, sign), core in zip(node.data, cores, strict=True):
            added = scope.of(core) if sign > 0 else "-" + scope.of(core, POWER)
            text = f"{scope.helper('_add_diagonal')}({text}, {pattern}, {added})"
        return Text(text)

    def plus_transpose(self, node: Node, scope: Scope) -> Text:
        """A + A' or A - A'."""
        name = scope.named(node.args[0])
        return Text(f"{name} {'+' if node.data > 0 else '-'} {self.word('turn', name)}", SUM)

    def copied(self, text: str) -> str:
        """An array of its own with these entries."""
        return self.word("copy", text)

    def preamble(self, helpers: set[str], text: str) -> list[str]:
        """The imports and helper functions that a source needs."""
        used, waiting = set(), list(helpers)
        while waiting:
            name = waiting.pop()
            if name not in used:
                used.add(name)
                waiting += [h for h in self.helpers if re.search(rf"\b{h}[(,\n]", self.helpers[name]) and h != name]
        bodies = [self.helpers[name].strip("\n") for name in self.helpers if name in used]
        return ["\n".join(self.imported(text, bodies)), *bodies]

    def imported(self, text: str, bodies: Sequence[str]) -> list[str]:
        """The import lines for a source and its helper functions."""
        return list(self.imports)
