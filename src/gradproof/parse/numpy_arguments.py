"""The arguments of a call in NumPy source, and what is written for a place in an array."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Protocol

from gradproof.errors import GradproofError, ParseError, Span
from gradproof.say import NOTHING, Said, say


class Reader(Protocol):
    """What reads the source: it says where a piece stands, and refuses one."""

    def span(self, node: ast.AST) -> Span: ...

    def refuse(self, node: ast.AST, what: Said, hint: Said = NOTHING) -> GradproofError: ...


class Arguments:
    """The arguments of a call, by place or by name; what is left over is refused."""

    def __init__(self, reader: Reader, node: ast.Call, name: str, given: Sequence[ast.expr]):
        self.reader, self.node, self.name = reader, node, name
        self.given = list(given)
        self.named = {k.arg or "**": k.value for k in node.keywords}
        if any(isinstance(a, ast.Starred) for a in self.given) or "**" in self.named:
            raise reader.refuse(
                node, say("a star before an argument of {name}", name=name), say("write the arguments out")
            )

    def take(self, *names: str) -> ast.expr | None:
        """The next argument by place, or by one of its names; None where it is not given."""
        return self.given.pop(0) if self.given else self.option(*names)

    def need(self, *names: str) -> ast.expr:
        """The same; refused where it is not given."""
        found = self.take(*names)
        if found is None:
            raise ParseError(say("{name} needs another argument", name=self.name), span=self.reader.span(self.node))
        return found

    def option(self, *names: str) -> ast.expr | None:
        """An argument that is given by name."""
        return next((self.named.pop(name) for name in names if name in self.named), None)

    def done(self, exact: bool = False) -> None:
        """Refuse what was not taken; a device changes no value, and a type of floating-point numbers none. `exact`: the entries are whole anyway."""
        kind = self.named.pop("dtype", None)
        if kind is not None and not (exact or is_floating(kind)):
            raise self.reader.refuse(kind, say("numbers of another type than float"), say("leave it out"))
        for name in ("device", "requires_grad"):
            self.named.pop(name, None)
        if self.given or self.named:
            left = self.given[0] if self.given else next(iter(self.named.values()))
            shown = "" if self.given else f" {next(iter(self.named))}"
            raise self.reader.refuse(
                left,
                say("the argument{shown} of {name}", shown=shown, name=self.name),
                say("leave it out, or write what it does"),
            )


def whole(node: ast.expr) -> int | None:
    """The whole number that is written, or None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = whole(node.operand)
        return None if inner is None else -inner
    is_whole = isinstance(node, ast.Constant) and type(node.value) is int
    return int(node.value) if is_whole else None  # type: ignore[attr-defined]


def truth(node: ast.expr | None) -> bool | None:
    """True or False as it is written, 1 or 0 too; None where it is not."""
    return bool(node.value) if isinstance(node, ast.Constant) and node.value in (True, False) else None


def is_floating(node: ast.expr) -> bool:
    """Whether a type is one of floating-point numbers: float, np.float64, "float32", x.dtype."""
    written = node.value if isinstance(node, ast.Constant) else ast.unparse(node).rpartition(".")[2]
    return written in _FLOATING


_FLOATING = frozenset((None, "float", "float64", "float32", "double", "longdouble", "dtype"))


def is_new(node: ast.expr) -> bool:
    """None, np.newaxis."""
    return (isinstance(node, ast.Constant) and node.value is None) or (
        isinstance(node, ast.Attribute) and node.attr == "newaxis"
    )


def is_all(node: ast.expr) -> bool:
    """`:` or `...`."""
    plain = isinstance(node, ast.Slice) and node.lower is node.upper is node.step is None
    return plain or (isinstance(node, ast.Constant) and node.value is ...)
