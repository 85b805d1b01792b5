"""Dimensions as they are written in a formula or a declaration, kept within what a person would write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache

from gradproof.errors import ParseError, Span, UnsupportedError
from gradproof.notation.expr import Number
from gradproof.ops import basic
from gradproof.parse.lexer import is_name, plain
from gradproof.parse.tree import CallNode, NameNode, NumberNode, SyntaxNode
from gradproof.say import say
from gradproof.shapes.dims import Dim, dim, is_whole, scaled

_ADD, _SUB, _MUL, _DIV, _ONE = basic.ADD, basic.SUB, basic.MUL, basic.DIV, dim(1)
_FACTORS, _TERMS, _LARGEST = 32, 64, 10**12  # the longest dimension, and the largest number in one
_HINT = say("a dimension is a name, a number, or a sum or product of these: n, 3, m*n, n+1")


def times(a: Dim, b: Dim) -> Dim:
    """The product. Raises UnsupportedError where it grows past what anybody would write."""
    if (
        _degree(a) + _degree(b) > _FACTORS
        or len(a.terms) * len(b.terms) > _TERMS
        or max((abs(c) for _, c in a.terms), default=0) > _LARGEST
    ):
        raise UnsupportedError(
            say("a dimension of this formula is too long"),
            hint=say("at most {factors} factors and {terms} terms are kept", factors=_FACTORS, terms=_TERMS),
        )
    return a * b


def product(dims: Iterable[Dim]) -> Dim:
    """The product of several dimensions."""
    total = _ONE
    for d in dims:
        total = d if total is _ONE else times(total, d)
    return total


@lru_cache(1024)
def read_word(word: str) -> Dim:
    """The dimension that a word of a declaration stands for. Raises ParseError."""
    parts = [word] if word.isascii() and word.isidentifier() else [p for p in re.split(r"[-+*/()\s]+", word) if p]
    if len(word) > 100 or not all(
        is_name(part) or (part.isascii() and part.isdecimal() and len(part) < 10) for part in parts
    ):
        raise ParseError(say("'{word}' is not a dimension", word=word[:40]), hint=_HINT)
    return positive(dim(plain(word)), word)


def read_nodes(nodes: Sequence[SyntaxNode], first: int) -> dict[int, Dim]:
    """The dimensions that nodes `first` and after stand for. Raises ParseError."""
    found: dict[int, Dim] = {}
    for i in range(first, len(nodes)):
        node = nodes[i]
        args = [found[a] for a in node.args]
        match node:
            case NameNode(name=name):
                found[i] = dim(name)
            case NumberNode(value=Number(value=value)) if value.denominator == 1 and value < 10**9:
                found[i] = dim(int(value))
            case CallNode(op=op) if op is _ADD:
                found[i] = args[0] + args[1]
            case CallNode(op=op) if op is _SUB:
                found[i] = args[0] + times(dim(-1), args[1])
            case CallNode(op=op) if op is _MUL:
                found[i] = times(args[0], args[1])
            case CallNode(op=op) if op is _DIV and args[1].number:
                found[i] = scaled(args[0], Fraction(1, args[1].number))
            case _:
                raise ParseError(say("this is not a dimension"), span=node.span, hint=_HINT)
        if len(found[i].terms) > _TERMS:
            raise ParseError(say("this dimension is too long"), span=node.span, hint=_HINT)
    return found


def positive(d: Dim, word: str, span: Span | None = None) -> Dim:
    """The dimension, where it can be one: a number of at least 1. Raises ParseError."""
    if (d.number is not None and d.number < 1) or not is_whole(d):
        raise ParseError(
            say("'{word}' is not a dimension", word=word), span=span, hint=say("a dimension is at least 1")
        )
    return d


def _degree(d: Dim) -> int:
    return max((len(names) for names, _ in d.terms), default=0)
