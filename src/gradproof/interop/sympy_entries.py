"""Entries, sums over indices and blocks of SymPy, as a text in our own index notation, which counts from 1; what has no index in it has a name there."""

from __future__ import annotations

from typing import Any, Protocol

from gradproof.errors import GradproofError, UnsupportedError
from gradproof.notation.expr import Expr, substitute, symbol
from gradproof.parse import parse
from gradproof.say import say

Node = Any  # a formula of SymPy, which has no types of its own


class Reads(Protocol):
    """What reads formulas of SymPy."""

    def read(self, e: Node) -> Expr: ...


def entry_or_sum(reader: Reads, e: Node) -> Expr:
    """X[i, j], Sum(x[i, 0], (i, 0, n - 1))."""
    writer = _IndexWriter(reader, e)
    return writer.parsed(writer.text(e), e)


def blocks(reader: Reads, e: Node) -> Expr:
    """A BlockMatrix."""
    rows, columns = e.blockshape
    writer = _IndexWriter(reader, e)
    lines = [", ".join(writer.named(e.blocks[i, j]) for j in range(columns)) for i in range(rows)]
    return writer.parsed("[" + "; ".join(lines) + "]", e)


class _IndexWriter:
    """Writes one formula; `parts` are what its names stand for."""

    def __init__(self, reader: Reads, root: Node):
        self.reader, self.root = reader, root
        self.parts: dict[str, Expr] = {}
        self.indices: dict[Node, str] = {}
        taken = {str(s) for s in root.free_symbols}
        self.free = (name for name in (f"t{k}" for k in range(1, 10**6)) if name not in taken)

    def parsed(self, text: str, e: Node) -> Expr:
        """The formula of a text with names for its parts."""
        where = {name: symbol(name, part.type) for name, part in self.parts.items()}
        try:
            found = parse(text, where=where).expr
        except GradproofError as error:
            raise self._refused(e) from error
        return substitute(found, {where[name]: part for name, part in self.parts.items()})

    def named(self, e: Node) -> str:
        """A name for what has no index."""
        part = self.reader.read(e)
        return next((n for n, p in self.parts.items() if p is part), None) or self._add(part)

    def _add(self, part: Expr) -> str:
        name = next(self.free)
        self.parts[name] = part
        return name

    def text(self, e: Node) -> str:
        """A number in index notation."""
        name = type(e).__name__
        if name == "MatrixElement":
            return self._entry(e)
        if name == "Sum":
            return self._sum(e.function, [tuple(limit) for limit in e.limits])
        if e in self.indices:  # a number and an index at once
            raise self._refused(e)
        if e.is_Rational:
            return f"({e})"
        if not self._indexed(e):
            return self.named(e)
        if e.is_Add:
            return "(" + " + ".join(map(self.text, e.args)) + ")"
        if e.is_Mul:
            return "(" + "*".join(map(self.text, e.args)) + ")"
        if e.is_Pow:
            return f"({self.text(e.base)})^({self.text(e.exp)})"
        if getattr(e, "is_Function", False) and len(e.args) == 1:
            return f"{name.lower()}({self.text(e.args[0])})"
        raise self._refused(e)

    def _sum(self, body: Node, limits: list[tuple[Node, Node, Node]]) -> str:
        """A sum over its last index, outside, and the others within it."""
        *inner, (index, low, high) = limits
        if not low.is_Integer:
            raise self._refused(low)
        if low != 0:
            body, high = body.subs(index, index + low), high - low
            inner = [(i, a.subs(index, index + low), b.subs(index, index + low)) for i, a, b in inner]
        upper = self._place(high) if self._indexed(high) else str(high + 1)
        name = self.indices[index] = next(self.free)
        within = self._sum(body, inner) if inner else self.text(body)
        return f"sum({name}, 1, {upper}, {within})"

    def _entry(self, e: Node) -> str:
        array, *places = e.args
        rows, columns = array.shape
        if rows == 1 and columns != 1:
            array, places, (rows, columns) = array.T, places[::-1], (columns, rows)
        name = self.named(array)
        if columns == 1:
            return name if rows == 1 else f"{name}[{self._place(places[0])}]"
        return f"{name}[{self._place(places[0])},{self._place(places[1])}]"

    def _indexed(self, e: Node) -> bool:
        return bool(set(self.indices) & e.free_symbols)

    def _place(self, e: Node) -> str:
        """A place, which SymPy counts from 0."""
        if e.is_Integer:
            return str(int(e) + 1)
        for index, name in self.indices.items():
            by = e - index
            if by.is_Integer:
                return f"{name}{int(by):+d}" if by else name
        raise self._refused(e)

    def _refused(self, e: Node) -> UnsupportedError:
        text = str(e)
        return UnsupportedError(
            say(
                "{name} of SymPy is not read: {shown}",
                name=type(e).__name__,
                shown=text if len(text) <= 60 else text[:59] + "…",
            )
        )


__all__ = ["blocks", "entry_or_sum"]
