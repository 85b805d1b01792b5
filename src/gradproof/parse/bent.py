r"""Letters that are read against their kind, or by it alone, where that is rather not meant: e^{At}, \|X\|_\infty, A \circ B x."""

from __future__ import annotations

from collections.abc import Collection

from gradproof.notation.expr import Call, Symbol, walk
from gradproof.ops import TABLE, basic
from gradproof.parse.judged import MATRICES, factors
from gradproof.parse.note import refusal
from gradproof.parse.parsed import Parsed
from gradproof.patterns import pattern

_MAX = TABLE["max"]
_BENT = MATRICES - {"Y"}  # Y is a vector of observations, too


def refuse_flow(parsed: Parsed, known: Collection[str]) -> None:
    """Raises ParseError for e^{At}, of a t that is a vector by its letter alone: the time, in the exponential of a matrix."""
    for e in walk(parsed.expr):
        if not (isinstance(e, Call) and e.op is basic.EXP and e.type.kind == "v"):
            continue
        parts = factors(e.args[0])
        last = parts[-1]
        time = isinstance(last, Symbol) and last.name == "t" and "t" not in known
        if time and any(f.type.kind == "m" for f in parts):
            whole, entries = f"expm({e.args[0].ascii})", e.ascii
            raise refusal("matrix-or-entries", parsed.spans.get(e), shown="e^X", whole=whole, entries=entries)


def refuse_increment(text: str, parsed: Parsed, known: Collection[str]) -> None:
    r"""Raises ParseError for \Delta x^\top H \Delta x, where \Delta would be a number: \Delta x is one name there."""
    s = parsed.symbols.get("Delta")
    found = _INCREMENT.search(text) if s is not None and s.type.kind != "m" and "Delta" not in known else None
    if found is not None:
        raise refusal("increment", found.span(), shown=found[0], name=found[1])


_INCREMENT = pattern(r"(?:\\Delta(?![A-Za-z])|Δ)\s*(\\[a-z]+|[A-Za-zα-ω])")


def refuse_bent_capitals(parsed: Parsed, known: Collection[str]) -> None:
    r"""Raises ParseError for \|X\|_\infty and A \circ B x, where a letter of matrices would be a vector."""
    for e in walk(parsed.expr):
        if not isinstance(e, Call) or e.op not in (_MAX, basic.HADAMARD):
            continue
        within = e.args[0].variables if e.op is _MAX else [e.args[0]]
        bent = [s for s in within if isinstance(s, Symbol) and s.type.kind == "v" and s.name in _BENT - {*known}]
        if bent and e.op is _MAX:
            raise refusal("norm-of-matrix", parsed.spans.get(e), name=bent[0].name)
        after = e.args[-1]
        if bent and isinstance(after, Call) and after.op is basic.MUL and after.args[0].type.kind == "m":
            start = parsed.spans.get(after, (0, 0))[0]
            if "(" not in parsed.text[max(start - 1, 0) : start + 1]:
                raise refusal("product-reach", parsed.spans.get(e), name=bent[0].name)
