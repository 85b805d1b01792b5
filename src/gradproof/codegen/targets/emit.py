"""Program -> text: one statement for what is used more than once, and for what is written in place; the rest are expressions.

A target is a `Spelling`: how it writes each kind of node. The names come from `Names`, so that the same program is printed with the user's names
and executed with positional ones.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from gradproof.codegen.plan.blocks import RowLoop, base_of, plan_blocks, uses_in
from gradproof.codegen.plan.program import Node, entries, reachable
from gradproof.notation.decimals import SHORT, floating
from gradproof.ops.values import LETTERS
from gradproof.records import dataclass, field
from gradproof.shapes.dims import Dim

ATOM, POWER, NEGATIVE, PRODUCT, SUM = range(5)  # how loosely a text binds
WIDEST = 78  # a longer expression gets a name
LARGE, MANY = (
    1 << 12,
    6,
)  # entries of an array, and so many of such, from which on they are deleted as soon as they can be

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


def dim_text(d: Dim, named: Callable[[str], str], division: str = "//") -> str:
    """A dimension as an expression of whole numbers, its names by this function."""
    text = d.text.replace("*", " * ").replace("/", f" {division} ")
    return re.sub(r"[^\W\d]\w*", lambda m: named(m.group()), text)


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
    made: dict[str, Node] = field(default_factory=dict)  # the arrays that have names
    wants_dtype: bool = False
    count: int = 0
    indent: str = ""
    division: str = "//"  # of whole numbers

    def of(self, node: Node, most: int = SUM) -> str:
        return self.texts[node].at(most)

    def named(self, node: Node) -> str:
        """The text of an argument, as a name."""
        text = self.texts[node]
        if not text.text.isidentifier():
            text = self.texts[node] = Text(self.assign(text.text, node))
        return text.text

    def assign(self, text: str, node: Node | None) -> str:
        """A new name for an expression."""
        name = self.fresh()
        self.line(f"{name} = {text}", node)
        if node is not None:
            self.made[name] = node
        return name

    def release(self, answers: Sequence[str]) -> None:
        """Deletes large arrays after the last line that needs them, where there are many of them."""
        large = [name for name, node in self.made.items() if entries(node, self.sizes) >= LARGE]
        if len(large) < MANY or any(line.startswith(" ") for line in self.lines):
            return
        words = [set(re.findall(r"\w+", line)) for line in self.lines]
        kept = set(re.findall(r"\w+", " ".join(answers)))
        gone: dict[int, list[str]] = {}
        for name in large:
            if name not in kept:
                gone.setdefault(max(k for k, line in enumerate(words) if name in line), []).append(name)
        self.lines = [
            x
            for k, line in enumerate(self.lines)
            for x in (line, *([f"del {', '.join(gone[k])}"] if k in gone else []))
        ]

    def fresh(self) -> str:
        self.count += 1
        return self.names("temp", f"t{self.count}")

    def line(self, text: str, node: Node | None = None) -> None:
        shape = (
            f"  # ({', '.join(map(str, node.axes))}{',' if node.order == 1 else ''})"
            if node is not None and node.order
            else ""
        )
        self.lines.append(self.indent + text + shape)

    def dim(self, d: Dim) -> str:
        """A dimension as an expression."""
        self.dims |= d.names
        return dim_text(d, lambda name: self.names("dim", name), self.division)

    def shape(self, axes: Sequence[Dim]) -> str:
        return f"({', '.join(map(self.dim, axes))}{',' if len(axes) == 1 else ''})"

    def helper(self, name: str) -> str:
        self.helpers.add(name)
        return name


class Spelling(Protocol):
    """How a target writes programs."""

    division: str  # the sign of a division of whole numbers

    def write(self, node: Node, scope: Scope) -> Text:
        """The expression of a node; may add lines."""
        ...


def body(
    roots: Sequence[Node], spelling: Spelling, names: Names, sizes: Mapping[str, int], loops: bool = True
) -> Scope:
    """The statements that compute the roots; `texts` holds the expression of each. `loops`: whether loops over row blocks may be written."""
    order = list(reachable(roots))
    scope = Scope(names, sizes, uses_in(order) + Counter(roots), division=spelling.division)
    cut = plan_blocks(order, roots, sizes) if loops else None
    if cut is None:
        for node in order:
            statement(node, spelling, scope, node in roots)
    else:
        _Loops(cut, order, roots, spelling, scope).write()
    return scope


def statement(node: Node, spelling: Spelling, scope: Scope, last: bool = False) -> None:
    """The text of a node, with a name where it is needed again or is long."""
    text = spelling.write(node, scope)
    if node.kind in INLINE and node.args and len(text.text) > WIDEST:
        scope.named(node.args[0])
        text = spelling.write(node, scope)
    again = scope.uses[node] > 1
    if node.kind not in INLINE and (again or (len(text.text) > WIDEST and not last)) and not text.text.isidentifier():
        text = Text(scope.assign(text.text, node))
    scope.texts[node] = text


class _Loops:
    """Writes a program that is cut into row blocks."""

    def __init__(self, cut: RowLoop, order: Sequence[Node], roots: Sequence[Node], spelling: Spelling, scope: Scope):
        self.cut, self.order, self.roots, self.spelling, self.scope = cut, order, roots, spelling, scope

    def write(self) -> None:
        cut = self.cut
        for phase in range(max(cut.phase.values()) + 1):
            for node in self.order:
                plain = node not in cut.inside and node not in cut.totals
                if (plain or node.kind == "input" or self._view(node)) and cut.phase[node] == phase:
                    statement(node, self.spelling, self.scope, node in self.roots)
            mine = [
                n
                for n in self.order
                if n.kind != "input"
                and (n in cut.inside or n in cut.totals)
                and cut.phase[n] - (n in cut.totals) == phase
            ]
            mine = [n for n in mine if not self._view(n)]
            if phase in cut.loops:
                self._loop(mine)
            else:
                for node in mine:
                    statement(node, self.spelling, self.scope, node in self.roots)

    def _view(self, node: Node) -> bool:
        """Whether a node is the data, seen from another side."""
        while node.kind in ("transpose", "expand"):
            node = node.args[0]
            if node.kind == "input":
                return True
        return False

    def _loop(self, mine: Sequence[Node]) -> None:
        cut, scope = self.cut, self.scope
        totals = [n for n in mine if n in cut.totals]
        for a in dict.fromkeys(a for n in mine for a in n.args if a not in mine):
            if cut.dim in a.axes or a.kind not in INLINE:
                scope.named(base_of(a) if cut.dim in a.axes else a)  # once, not in every round
        outer = dict(scope.texts)
        results = {n: scope.fresh() for n in mine if n in cut.kept or n in cut.totals}
        for n in mine:
            if n in cut.kept:
                scope.wants_dtype = True
                scope.line(f"{results[n]} = np.empty({scope.shape(n.axes)}, dtype)", n)
            elif n in totals:
                scope.line(f"{results[n]} = 0", n)
        i, rows = scope.names("temp", "i"), scope.names("temp", "rows")
        scope.line(f"for {i} in range(0, {scope.dim(cut.dim)}, {cut.rows}):")
        scope.indent += "    "
        scope.line(f"{rows} = slice({i}, {i} + {cut.rows})")
        uses, scope.uses = scope.uses, uses_in(mine)
        self._blocks_of(mine, rows)
        for n in mine:
            if n in totals:
                scope.line(f"{results[n]} += {self.spelling.write(n, scope).text}")
            else:
                statement(n, self.spelling, scope, n in cut.kept)
                if n in cut.kept:
                    scope.line(f"{results[n]}[{rows}] = {scope.of(n)}")
                    scope.texts[n] = (
                        scope.texts[n] if scope.texts[n].text.isidentifier() else Text(f"{results[n]}[{rows}]")
                    )
        scope.indent = ""
        scope.texts, scope.uses = {**outer, **{n: Text(name) for n, name in results.items()}}, uses

    def _blocks_of(self, mine: Sequence[Node], rows: str) -> None:
        """The rows of what was there before the loop."""
        cut, scope = self.cut, self.scope
        given = dict.fromkeys(a for n in mine for a in n.args if cut.dim in a.axes and a not in mine)
        views = [a for a in given if self._view(a)]
        bases = dict.fromkeys([*(base_of(a) for a in views), *(a for a in given if a not in views)])
        seen = uses_in([*mine, *views])
        for a in bases:
            place = ", ".join([":"] * a.axes.index(cut.dim) + [rows])
            scope.texts[a] = Text(f"{scope.of(a, ATOM)}[{place}]")
            if seen[a] > 1:
                scope.texts[a] = Text(scope.assign(scope.texts[a].text, None))
        for a in sorted(views, key=lambda n: n.rank):
            statement(a, self.spelling, scope)


def number(value: Fraction) -> Text:
    """A number as every language reads it."""
    if value.denominator == 1 and abs(value) < 1 << 53:
        return Text(str(value.numerator), NEGATIVE if value < 0 else ATOM)
    exact = floating(value)
    if 1 < value.denominator <= SHORT and abs(value.numerator) < 1 << 53 and Fraction(exact) != value:
        return Text(f"{value.numerator} / {value.denominator}", PRODUCT)
    return Text(repr(exact), NEGATIVE if value < 0 else ATOM)


def template(text: str, args: Sequence[str]) -> str:
    """An expression of the table in x, a, b, …, with these texts in their places."""
    places = dict(zip(LETTERS, args, strict=False))
    return re.sub(r"(?<![\w.])[xa-h](?!\w)", lambda m: places[m.group()], text)


def is_call(text: str) -> bool:
    """Whether a text is one call, so that it needs no brackets: f(x), but not f(x) + g(x)."""
    name, _, rest = text.partition("(")
    depth = 1
    for k, ch in enumerate(rest):
        depth += (ch == "(") - (ch == ")")
        if not depth:
            return name.replace(".", "").isidentifier() and k == len(rest) - 1
    return False
