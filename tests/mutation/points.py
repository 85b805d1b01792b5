"""The places of a source that can be changed, and what they are changed to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SILENT = (
    "strict",
    "frozen",
    "slots",
    "eq",
    "order",
    "maxsize",
    "analytic",
    "hint",
    "doc",
    "source",
    "latex",
    "unicode",
    "default",
)
ROOMS = ("engine", "lift", "ops", "rules", "codegen/plan")


@dataclass(frozen=True)
class Mutant:
    """A change of one place: the text from `start` to `end` of a file becomes `after`."""

    file: str
    start: int
    end: int
    before: str
    after: str
    line: str  # the line that it is in, without the space around it
    number: int  # which of the places with this line and change it is

    @property
    def key(self) -> str:
        """What names it whatever stands above it in the file."""
        again = f" #{self.number}" if self.number else ""
        return f"{self.file}: {self.line} | {self.before} -> {self.after}{again}"

    def applied(self, source: str) -> str:
        return source[: self.start] + self.after + source[self.end :]


COMPARED: dict[type, tuple[str, str]] = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"), ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"),
}  # fmt: skip
OPERATED: dict[type, tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "+"), ast.Div: ("/", "*"), ast.BitOr: ("|", "&"), ast.BitAnd: ("&", "|"),
}  # fmt: skip
WORDS = {"sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh", "exp": "sin", "log": "exp", "sqrt": "exp"}


def mutants(root: Path) -> list[Mutant]:
    """All mutants of a package, in the order of its files. `root`: the folder of the package."""
    found: list[Mutant] = []
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            source = path.read_text()
            found += _numbered(str(path.relative_to(root)), source, _Places(source, room))
    return found


def _numbered(file: str, source: str, places: _Places) -> Iterator[Mutant]:
    seen: dict[tuple[str, str, str], int] = {}
    for start, end, after in sorted(set(places.found)):
        begin, stop = source.rfind("\n", 0, start) + 1, source.find("\n", start)
        line, before = source[begin:stop].strip(), source[start:end]
        number = seen.get((line, before, after), 0)
        seen[line, before, after] = number + 1
        yield Mutant(file, start, end, before, after, line, number)


class _Places(ast.NodeVisitor):
    def __init__(self, source: str, room: str):
        self.source, self.table = source, room in ("ops", "rules")
        self.lines = [0]
        for line in source.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.texts = source.splitlines(keepends=True)
        self.found: list[tuple[int, int, str]] = []
        self.visit(ast.parse(source))

    def at(self, line: int, column: int) -> int:
        """The offset of a place, which the parser counts in bytes."""
        text = self.texts[line - 1] if line <= len(self.texts) else ""
        return self.lines[line - 1] + len(text.encode()[:column].decode())

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)

    def change(self, start: int, end: int, after: str) -> None:
        self.found.append((start, end, after))

    def between(self, left: ast.expr, right: ast.expr, word: str, after: str) -> None:
        """Changes an operator that stands between two operands."""
        begin, end = self.span(left)[1], self.span(right)[0]
        place = re.search(rf"(?<![\w=<>!]){re.escape(word)}(?![\w=])", self.source[begin:end])
        if place:
            self.change(begin + place.start(), begin + place.end(), after)

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        for k, op in enumerate(node.ops):
            word, after = COMPARED[type(op)]
            self.between(operands[k], operands[k + 1], word, after)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in OPERATED and not self._annotation(node):
            self.between(node.left, node.right, *OPERATED[type(node.op)])
        self.generic_visit(node)

    @staticmethod
    def _annotation(node: ast.BinOp) -> bool:
        return isinstance(node.op, ast.BitOr) and any(
            isinstance(x, ast.Constant) and x.value is None or isinstance(x, ast.Name) and x.id[:1].isupper()
            for x in (node.left, node.right)
        )

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        word, after = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self.between(left, right, word, after)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not | ast.USub):
            start = self.span(node)[0]
            self.change(start, start + len("not " if isinstance(node.op, ast.Not) else "-"), "")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        place = re.search(r"[-+*/|&]=", self.source[self.span(node.target)[1] : self.span(node.value)[0]])
        if place:
            begin = self.span(node.target)[1]
            self.change(begin + place.start(), begin + place.end(), "=")
        self.generic_visit(node)

    def _condition(self, test: ast.expr) -> None:
        start, end = self.span(test)
        self.change(start, end, "True")
        self.change(start, end, "False")

    def visit_If(self, node: ast.If) -> None:
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self._condition(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._condition(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self.change(*self.span(test), "True")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A call for its effect is left out; a docstring is left alone."""
        if isinstance(node.value, ast.Constant):
            return
        self.change(*self.span(node), "None")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Of two positional arguments the places are exchanged."""
        if len(node.args) == 2 and not any(isinstance(a, ast.Starred) for a in node.args):
            (a, b), (c, d) = map(self.span, node.args)
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            alike = self.source[a:b] == self.source[c:d]
            if not alike and name not in (
                "isinstance",
                "zip",
                "getattr",
                "replace",
                "cast",
                "range",
                "sorted",
                "max",
                "min",
            ):
                self.change(a, d, self.source[c:d] + self.source[b:c] + self.source[a:b])
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in SILENT:
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        start, end = self.span(node)
        if isinstance(node.value, bool):
            self.change(start, end, str(not node.value))
        elif isinstance(node.value, int):
            self.change(start, end, str(node.value + 1))
        elif isinstance(node.value, str) and self.table:
            self._formula(start, end)

    def _formula(self, start: int, end: int) -> None:
        """A formula of the tables: another sign, another number, another function, another index."""
        text = self.source[start:end]
        for m in re.finditer(
            r"(?<=[\w)\]'] )[-+](?= )|(?<=[\"(])-(?=\w)|\b[1-9](?:/2)?\b(?!\.\d)|\b(?:sinh?|cosh?|exp|log|sqrt)(?=\()",
            text,
        ):
            found = m[0]
            if found in ("+", "-"):
                self.change(
                    start + m.start(), start + m.end(), "-" if found == "+" else "+" if text[m.end()] == " " else ""
                )
            elif found in WORDS:
                self.change(start + m.start(), start + m.end(), WORDS[found])
            elif len(found) == 1:
                self.change(start + m.start(), start + m.end(), str(int(found) + 1))
        if re.search(r"->", text) and not re.search(r"\(\d|\n", text):
            for m in re.finditer(r"\b([a-z])([a-z])\b", text):
                if m[1] != m[2]:
                    self.change(start + m.start(), start + m.end(), m[2] + m[1])
