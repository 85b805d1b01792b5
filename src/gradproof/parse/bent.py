r"""Letters that are read against their kind, or by it alone, where that is rather not meant: e^{At}, \|X\|_\infty, A \circ B x."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gradproof.notation.expr import Call, Expr, Symbol, walk
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


def refuse_lone_signs(text: str, parsed: Parsed, known: Collection[str]) -> None:
    """Raises ParseError for a letter that is a sign of something else, and would be a number."""
    _refuse_increment(text, parsed, known)
    _refuse_remainder(text, parsed, known)
    _refuse_sigma(text, parsed, known)


def _refuse_sigma(text: str, parsed: Parsed, known: Collection[str]) -> None:
    r"""Raises ParseError for \Sigma (y_i - w^\top x_i)^2, where \Sigma would be a matrix: it is rather the sign of a sum."""
    found = _SIGMA.search(text) if parsed.expr.type.kind == "m" else None
    names = [n for n in parsed.symbols if n not in known]
    if found is not None and any(n.startswith("Sigma") for n in names) and any(_INDEXED.fullmatch(n) for n in names):
        raise refusal("sigma-sum", found.span(1))


_SIGMA = pattern(
    r"((?:\\Sigma(?![A-Za-z])|Σ)(?:\s*_\s*(?:[a-z]|\{[a-z]\}))?)\s*(?:\\(?:left|[bB]igg?l?))?\s*[(\[A-Za-z\\]"
)
_INDEXED = pattern(r"(?!Sigma)[A-Za-z]+_[i-t]")


def _refuse_remainder(text: str, parsed: Parsed, known: Collection[str]) -> None:
    r"""Raises ParseError for + O(\|x\|^3), + o(t), where the letter would be a number: it stands for what is not written."""
    for name in {"O", "o"} & parsed.symbols.keys() - set(known):
        found = _REMAINDER.search(text)
        if found is not None and found[1] == name:
            raise refusal("applied-or-product", found.span(1), name=name)


_REMAINDER = pattern(r"[-+−]\s*([Oo])\s*(?:\\(?:left|[bB]igg?l?)\s*)?(?:\\[!,;:]\s*)*[(\[]")


def _refuse_increment(text: str, parsed: Parsed, known: Collection[str]) -> None:
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


def refuse_whole(parsed: Parsed, known: Collection[str]) -> None:
    r"""Raises ParseError for `\operatorname{tr}(\exp(B))`: below a trace or a determinant a function is rather that of the matrix."""
    for e in walk(parsed.expr):
        if not (isinstance(e, Call) and any(s.text == "ii->" for s in e.op.signatures) and e.args[0].type.square):
            continue
        for f in _factors_and_terms(e.args[0]):
            whole = f"{f.op.name}m"
            free = f.type.square and f.variables and not any(s.name in known for s in f.variables)
            if free and f.op.elementwise and not f.op.symbol and whole in TABLE:
                span = parsed.spans.get(f)
                shown = f.ascii if span is None else parsed.text[slice(*span)]
                entries = parsed.expr.ascii
                spelled = entries.replace(f.ascii, f.ascii.replace(f.op.name, whole, 1))
                raise refusal("matrix-or-entries", span, shown=shown, whole=spelled, entries=entries)


def _factors_and_terms(e: Expr) -> Iterator[Call]:
    """The calls that sums, products and transposes are made of."""
    below = [e]
    while below:
        found = below.pop()
        if isinstance(found, Call):
            yield found
            below += found.args if found.op in _JOINING else ()


_JOINING = {basic.ADD, basic.SUB, basic.MUL, basic.NEG, basic.TRANSPOSE, basic.DIV}
