"""Edits of a formula that mend an error, offered only where the edited formula is understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from gradproof.asked import Where
from gradproof.errors import GradproofError, Span
from gradproof.notation.expr import Expr
from gradproof.parse import parse
from gradproof.patterns import pattern
from gradproof.service.fields import Json, Object

MOST = 3
READABLE = 2_000  # characters of a formula that is read again for the one who wrote it
_MEANT = pattern(r"did you mean ([^\s?,]+)\?")
_SIZE = pattern(r"\((\w+), (\w+)\)")


def repairs(error: GradproofError, request: Mapping[str, Json]) -> list[Object]:
    """Whole formulas to replace the one that was not understood: what they are about, their text, and how they are read."""
    expression = request.get("expression")
    if not isinstance(expression, str) or len(expression) > READABLE or error.span is None:
        return []
    found: list[Object] = []
    for kind, edited in _candidates(expression, error, error.span):
        read = _read(edited, request)
        if read is not None and len(found) < MOST:
            found.append({"kind": kind, "expression": edited, "latex": read.latex, "ascii": read.ascii})
    return found


def _read(text: str, request: Mapping[str, Json]) -> Expr | None:
    try:
        return parse(text, cast("Where", request.get("where"))).expr
    except GradproofError:
        return None


def _candidates(text: str, error: GradproofError, span: Span) -> Iterator[tuple[str, str]]:
    """Edits to be tried, each with what it is about."""
    start, end = span
    meant = _MEANT.search(error.hint)
    if meant:
        yield "name", text[:start] + meant[1] + text[end:]
    size = _SIZE.search(error.message)
    if size and text[start:end] in ("+", "-", "−") and size[1] == size[2]:
        yield from _sums(text, span, size[1])
    if text.count("(") > text.count(")"):
        yield "bracket", text + ")" * (text.count("(") - text.count(")"))
    if not text[start:end].strip():
        return
    yield from ((kind, text[:start] + new + text[end:]) for kind, new in _turned(text[start:end]))


def _turned(part: str) -> Iterator[tuple[str, str]]:
    if part in ("*", ".*"):
        yield "product", ".*" if part == "*" else "*"


def _sums(text: str, sign: Span, size: str) -> Iterator[tuple[str, str]]:
    """A scalar beside a square matrix: added to the diagonal, or to every entry. The scalar may stand on either side of the sign."""
    latex = "\\" in text
    whole = (
        [("diagonal", r" I"), ("entries", r" \mathbf{1}\mathbf{1}^\top")]
        if latex
        else [("diagonal", f"*eye({size})"), ("entries", f"*ones({size},{size})")]
    )
    for place in (_after(text, sign[1]), _before(text, sign[0])):
        yield from ((kind, text[:place] + more + text[place:]) for kind, more in whole)


def _after(text: str, at: int) -> int:
    """Where the term that follows ends: at the next sign or closing bracket of its own level."""
    depth = 0
    for k in range(at, len(text)):
        c = text[k]
        if c in "([{":
            depth += 1
        elif c in ")]}":
            if not depth:
                return k
            depth -= 1
        elif c in "+-" and not depth and text[at:k].strip():
            return len(text[:k].rstrip())
    return len(text.rstrip())


def _before(text: str, at: int) -> int:
    return len(text[:at].rstrip())
