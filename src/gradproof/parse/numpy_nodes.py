"""Nodes of the syntax tree for NumPy source, with the places of the pieces in the text."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence

from gradproof.errors import GradproofError, Span, UnsupportedError
from gradproof.notation.function import Function
from gradproof.ops import Operation
from gradproof.ops.placed import unit
from gradproof.parse.dimension import read_word
from gradproof.parse.entries import Over
from gradproof.parse.lexer import plain
from gradproof.parse.note import Note
from gradproof.parse.numpy_arguments import whole
from gradproof.parse.numpy_names import MODULES, OTHERWISE, SUBMODULES
from gradproof.parse.numpy_values import PLAIN, LocalFunction, ReadArray, Thing
from gradproof.parse.tree import CallNode, NameNode, NumberNode, SyntaxNode, exact
from gradproof.patterns import pattern
from gradproof.say import NOTHING, Said, say

_DECIMAL = pattern(r"[\d.]+(?:[eE][-+]?\d+)?", re.ASCII)  # and not 0x10, 0b1
_ROOTS = pattern(
    r"(?<![\w.])(np|numpy|jnp|jax|torch|F|nn)\.[a-z_]|\bimport\s+(numpy|jax|torch)|\bfrom\s+(numpy|jax|torch)"
)
_LIBRARY = {"np": "numpy", "jnp": "jax", "F": "torch", "nn": "torch"}


class NumpyNodes:
    """Makes the nodes: `nodes` is the tree, `names` what was assigned."""

    def __init__(
        self,
        text: str,
        functions: Mapping[str, Function],
        variables: Collection[str],
    ):
        self.text, self.functions, self.variables = text, functions, variables
        self.starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]  # of the lines
        self.first = 1  # the number that `ast` gives to the first line
        self.nodes: list[SyntaxNode] = []
        self.names: dict[str, Thing] = {}
        self.used: set[str] = set()
        self.indices: list[Over] = []
        self.notes: list[Note] = []
        self.modules = set(MODULES)
        self.imported: dict[str, str] = {}  # the whole names of what the source imports under a name of its own
        self.inside: list[LocalFunction] = []  # the functions of the source that are being read
        self.written: dict[str, str] = {}  # names as the source has them, by those that are kept
        self.shared: dict[int, int] = {}  # the nodes of arrays that may have their values in those of another
        self.changed: set[int | str] = set()  # arrays that were changed in place
        self.assumed: dict[str, frozenset[str]] = {}  # facts of names without which NumPy's answer is another

    # -- places and errors

    def span(self, node: ast.AST) -> Span:
        """Where a piece stands in the text."""
        if not isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias):
            return 0, len(self.text)
        last = node.end_lineno or node.lineno
        return self._offset(node.lineno, node.col_offset), self._offset(last, node.end_col_offset or 0)

    def _offset(self, line: int, column: int) -> int:
        """The place of a column, which `ast` counts in bytes."""
        start = self.starts[max(line - self.first, 0)]
        piece = self.text[start : start + column]
        return start + (column if piece.isascii() else len(piece.encode()[:column].decode(errors="ignore")))

    def shown(self, node: ast.AST) -> str:
        """A piece of the source, on one line."""
        piece = " ".join(self.text[slice(*self.span(node))].split())
        return piece if len(piece) <= 40 else piece[:39] + "…"

    def refuse(self, node: ast.AST, what: Said, hint: Said = NOTHING) -> GradproofError:
        """The error for what is not read."""
        return UnsupportedError(say("{what} is not read from NumPy source", what=what), span=self.span(node), hint=hint)

    # -- nodes

    def put(self, op: Operation, at: ast.AST, *args: ReadArray, form: str = PLAIN, scalar: bool = False) -> ReadArray:
        """The node of an operation."""
        span = self.span(at)
        self.nodes.append(CallNode(op, tuple(a.node for a in args), span, self._spot(at, span)))
        return ReadArray(len(self.nodes) - 1, form, scalar)

    def _spot(self, at: ast.AST, span: Span) -> Span:
        """The sign of a binary operator, which stands between its operands, and brackets."""
        if not isinstance(at, ast.BinOp):
            return span
        start = self.span(at.left)[1]
        between = self.text[start : self.span(at.right)[0]]
        begin = len(between) - len(between.lstrip(" \t\n)"))
        end = len(between.rstrip(" \t\n("))
        return start + begin, start + max(end, begin + 1)

    def constant(self, op: Operation, at: ast.AST, axes: Sequence[ast.expr], *args: ReadArray) -> ReadArray:
        """eye(n), ones(m, n); unvec(x, m, n)."""
        given, span = tuple(a.node for a in args), self.span(at)
        self.nodes.append(CallNode(op, given, span, span, tuple(self.dimension(a) for a in axes)))
        return ReadArray(len(self.nodes) - 1)

    def unit(self, at: ast.expr) -> ReadArray:
        """The unit vector of a place, which NumPy counts from 0."""
        self.nodes.append(CallNode(unit((whole(at) or 0) + 1), (), self.span(at), self.span(at), (None,)))
        return ReadArray(len(self.nodes) - 1)

    def dimension(self, node: ast.expr):
        """A dimension that is written with names and numbers."""
        try:
            return read_word("".join(self.text[slice(*self.span(node))].split()))
        except GradproofError as error:
            raise error.located(self.text, self.span(node)) from None

    def number(self, text: str, at: ast.AST) -> ReadArray:
        """A number."""
        self.nodes.append(NumberNode(exact(text), self.span(at)))
        return ReadArray(len(self.nodes) - 1, scalar=True)

    def kept(self, at: ast.expr, name: str) -> str:
        """A name as it is kept, α as alpha. Raises UnsupportedError where the source has both."""
        found = plain(name)
        if self.written.setdefault(found, name) != name:
            raise self.refuse(at, say("{name} beside {other}", name=name, other=self.written[found]))
        return found

    # -- what is changed in place

    def shares(self, found: ReadArray, of: ReadArray) -> ReadArray:
        """A part or another form of an array, which a change of the array changes too."""
        if found.node != of.node:
            self.shared[found.node] = of.node
        return found

    def change(self, name: str) -> None:
        """An operator changes an array in place: whoever else has it has another one now."""
        found = self.names.get(name)
        if found is None:
            self.changed.add(name)
        elif isinstance(found, ReadArray) and not isinstance(self.nodes[found.node], NumberNode):
            self.changed.add(self._memory(found.node))

    def refuse_changed(self, node: ast.expr, name: str, found: Thing | None) -> None:
        """Raises UnsupportedError for an array that was changed in place under another name."""
        own = name if found is None else self._memory(found.node) if isinstance(found, ReadArray) else None
        if own in self.changed:
            what = say("{name}, which is changed in place under another name,", name=name)
            raise self.refuse(node, what, say("write a = a + b in place of a += b"))

    def _memory(self, at: int) -> int | str:
        """The array whose values a node has: its name, or the node where it is made."""
        while at in self.shared:
            at = self.shared[at]
        made = self.nodes[at]
        return made.name if isinstance(made, NameNode) else at

    def literal(self, node: ast.Constant, value: object) -> ReadArray:
        """A number as it is written."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(node, say("'{shown}'", shown=self.shown(node)))
        text = self.text[slice(*self.span(node))].replace("_", "")
        if not text[:1].isdigit() and text[:1] != ".":
            text = repr(value)
        return self.number(text if _DECIMAL.fullmatch(text) else repr(value), node)

    # -- expressions

    def is_module(self, node: ast.expr) -> bool:
        return self.root(node) in self.modules - {*self.variables, *self.names}

    def full_name(self, node: ast.expr) -> str:
        """A name as its library has it: `torch.norm` of t.norm, where torch is imported as t, and of norm, where that is imported from it."""
        root, shown = self.root(node), ast.unparse(node)
        return self.imported[root] + shown[len(root) :] if root in self.imported else shown

    def libraries(self) -> set[str]:
        """The libraries that the source shows: numpy, jax, torch."""
        return {_LIBRARY.get(name, name) for m in _ROOTS.finditer(self.text) for name in m.groups() if name}

    def is_own(self, function: ast.expr) -> bool:
        """Whether a name is that of Python's own function, and imported from no library."""
        return isinstance(function, ast.Name) and not {function.id, "*"} & self.imported.keys()

    def refuse_otherwise(self, node: ast.Call, function: ast.expr) -> None:
        """Raises ParseError for a function that its library computes in another way; a method is PyTorch's where that is there."""
        whole = self.full_name(function)
        method = isinstance(function, ast.Attribute) and not self.is_module(function)
        library = "torch" if method and "torch" in self.libraries() else whole.partition(".")[0]
        why = OTHERWISE.get(library, {}).get(whole.rpartition(".")[2])
        if not method and not {*whole.split(".")[1:-1]} <= SUBMODULES:  # np.add.outer, np.ma.sum
            raise self.refuse(node, say("the function {name}", name=whole))
        if why is not None:
            raise self.refuse(node, say("{shown}, {why},", shown=self.shown(function), why=why), say("write it out"))

    def root(self, node: ast.expr) -> str:
        """The name that a.b.c begins with."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return node.id if isinstance(node, ast.Name) else ""

    def one_axis(self, node: ast.expr, inner: ast.expr) -> None:
        """Refuse a new axis on what is a matrix by its letter."""
        if isinstance(inner, ast.Name) and inner.id[:1].isupper() and inner.id not in {*self.variables, *self.names}:
            hint = say('where it has one axis, declare it: "{name}: vector n"', name=inner.id)
            raise self.refuse(node, say("a third axis, '{shown}',", shown=self.shown(node)), hint)
