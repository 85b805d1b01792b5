"""Program -> text: one statement for what is used more than once, and for what is written in place; the rest are expressions.

A target is a `Spelling`: how it writes each kind of node. The names come from `Names`, so that the same program is printed with the user's names
and executed with positional ones.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from gradproof.codegen.program import Node, reachable
from gradproof.dims import Dim
from gradproof.ops import Operation

ATOM, POWER, NEGATIVE, PRODUCT, SUM = range(5)  # how loosely a text binds
WIDEST = 78  # a longer expression gets a name

INLINE = frozenset({"input", "number", "size", "transpose", "expand", "diagonal"})  # never worth a statement


@dataclass(frozen=True, slots=True)
class Text:
    """An expression, and how loosely it binds."""

    text: str
    binds: int = ATOM

    def at(self, most: int) -> str:
        """The text, in brackets where it binds more loosely."""
        return self.text if self.binds <= most else f"({self.text})"


class Names:
    """The names in a source. `positional`: a0, a1, … for everything that users name."""

    def __init__(self, taken: Iterable[str], positional: bool):
        self.positional = positional
        self._taken = set(taken) | set(keyword.kwlist) | set(keyword.softkwlist)
        self._found: dict[tuple[str, str], str] = {}

    def __call__(self, role: str, name: str) -> str:
        """The name in the source of what has this role ("input", "function", "dim", "temp")."""
        found = self._found.get((role, name))
        if found is None:
            base = f"{role[0]}{len(self._found)}" if self.positional and role != "temp" else re.sub(r"\W", "_", name)
            while base in self._taken:
                base += "_"
            self._taken.add(base)
            found = self._found[role, name] = base
        return found


@dataclass
class Scope:
    """What a spelling may use: the texts of the arguments, a way to give an expression a name, and the lines so far."""

    names: Names
    sizes: Mapping[str, int]
    uses: Mapping[Node, int]
    texts: dict[Node, Text] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    helpers: set[str] = field(default_factory=set)
    dims: set[str] = field(default_factory=set)
    wants_dtype: bool = False
    count: int = 0

    def of(self, node: Node, most: int = SUM) -> str:
        return self.texts[node].at(most)

    def named(self, node: Node) -> str:
        """The text of an argument, as a name."""
        text = self.texts[node]
        if not text.text.isidentifier():
            text = self.texts[node] = Text(self.assign(text.text, node))
        return text.text

    def assign(self, text: str, node: Node) -> str:
        """A new name for an expression."""
        name = self.fresh()
        self.line(f"{name} = {text}", node)
        return name

    def fresh(self) -> str:
        self.count += 1
        return self.names("temp", f"t{self.count}")

    def line(self, text: str, node: Node | None = None) -> None:
        shape = f"  # ({', '.join(map(str, node.axes))}{',' if node.order == 1 else ''})" if node is not None and node.order else ""
        self.lines.append(text + shape)

    def dim(self, d: Dim) -> str:
        """A dimension as an expression."""
        self.dims |= d.names
        return re.sub(r"[^\W\d]\w*", lambda m: self.names("dim", m.group()), d.text.replace("*", " * "))

    def shape(self, axes: Sequence[Dim]) -> str:
        return f"({', '.join(map(self.dim, axes))}{',' if len(axes) == 1 else ''})"

    def helper(self, name: str) -> str:
        self.helpers.add(name)
        return name


class Spelling(Protocol):
    """How a target writes programs."""

    def write(self, node: Node, scope: Scope) -> Text:
        """The expression of a node; may add lines."""
        ...


def body(roots: Sequence[Node], spelling: Spelling, names: Names, sizes: Mapping[str, int]) -> Scope:
    """The statements that compute the roots; `texts` holds the expression of each."""
    order = list(reachable(roots))
    uses = Counter(a for node in order for a in node.args)
    uses.update(roots)
    scope = Scope(names, sizes, uses)
    for node in order:
        text = spelling.write(node, scope)
        keep = uses[node] > 1 and node.kind not in INLINE and not (node.kind in ("expand", "transpose"))
        if (keep or (len(text.text) > WIDEST and node not in roots)) and not text.text.isidentifier():
            text = Text(scope.assign(text.text, node))
        scope.texts[node] = text
    return scope


def number(value: Fraction) -> Text:
    """A number as every language reads it."""
    if value.denominator == 1 and abs(value) < 1 << 53:
        return Text(str(value.numerator), NEGATIVE if value < 0 else ATOM)
    exact = float(value)
    if value.denominator <= 1000 and Fraction(exact) != value:
        return Text(f"{value.numerator} / {value.denominator}", PRODUCT)
    return Text(repr(exact), NEGATIVE if value < 0 else ATOM)


def template(text: str, args: Sequence[str]) -> str:
    """An expression of the table in x and a, with these texts in their places."""
    places = dict(zip("xa", args, strict=False))
    return re.sub(r"(?<![\w.])(x|a)(?!\w)", lambda m: places[m.group()], text)


Overrides = Mapping[Operation, str]
Writer = Callable[[Node, Scope], Text]
