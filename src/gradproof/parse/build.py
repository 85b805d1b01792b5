"""From a tree whose kinds and sizes are known to a formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from gradproof.errors import GradproofError, ShapeError, Span
from gradproof.facts import TIES, closed
from gradproof.notation.expr import Call, Expr, Symbol, applied, call_of_shape, size, substitute, symbol, views
from gradproof.notation.fit import result_shape
from gradproof.ops import TABLE, Operation, basic
from gradproof.parse import blocks, entries, readings
from gradproof.parse.array_words import ARRAYS
from gradproof.parse.declare import Declarations
from gradproof.parse.entries import is_index
from gradproof.parse.indices import Resolved
from gradproof.parse.infer import Inference
from gradproof.parse.note import balanced, note, refusal
from gradproof.parse.numpy_notes import array_notes, may_be_said
from gradproof.parse.parsed import Parsed
from gradproof.parse.tree import AppliedNode, CallNode, NameNode, NumberNode, SyntaxNode, meaning
from gradproof.shapes.dims import dim

_BY_KIND = {
    **readings.BUILT,
    **blocks.BUILT,
    **entries.BUILT,
}  # operations that are there only while a formula is read, and the formulas that they stand for

_POWERS = (basic.POW, basic.ELPOW)


def build(text: str, way: Resolved, inferred: Inference) -> Parsed:
    """The formula of a tree, with the place of each part and what was chosen."""
    symbols = {name: _symbol(name, way.declarations, inferred) for name in inferred.variables}
    built: list[Expr] = []
    spans: dict[Expr, Span] = {}
    notes, sums = list(way.notes), way.outermost
    spoken = False  # whether there is an operation of which there may be something to say
    for i, node in enumerate(way.nodes):
        if type(node) is NameNode and node.name in symbols:
            expr = symbols[node.name]
        elif type(node) is CallNode and node.args and not node.axes and _is_plain(node.op):
            expr = call_of_shape(node.op, tuple([built[a] for a in node.args]), inferred.shape(i))
        else:
            spoken = spoken or (type(node) is CallNode and may_be_said(node.op))
            expr = _expr(i, node, built, symbols, inferred)
        if i in sums:
            expr = _without_indices(expr, text, node.span)
            after = way.nodes[i + 1] if i + 1 < len(way.nodes) else node
            of_terms = isinstance(after, CallNode) and after.op in entries.OF_TERMS and after.args == (i,)
            formula = f"{after.op.name}({expr.ascii})" if isinstance(after, CallNode) and of_terms else expr.ascii
            notes.append(note("sum", node.span, shown=_shown(text, node.span), formula=formula))
        built.append(expr)
        spans.setdefault(expr, node.span)
    if spoken:
        notes += array_notes(text, way.nodes, inferred)
    variables = {name: s for name, s in symbols.items() if not is_index(name)} if way.indexed else symbols
    return Parsed(text, built[-1], spans, (*notes, *inferred.notes()), variables, way.declarations.functions)


def _without_indices(expr: Expr, text: str, span: Span) -> Expr:
    """A sum over running indices in matrix notation; what is known of entries together, a sum that is 1, is no part of what is written."""
    free = {s: symbol(s.name, s.type, closed(s.facts) - TIES) for s in expr.variables if closed(s.facts) & TIES}
    try:
        found = views.matrix_form(substitute(expr, {**free}))
        return substitute(found, {bare: s for s, bare in free.items()})
    except GradproofError as error:
        raise error.located(text, span) from None


def _shown(text: str, span: Span) -> str:
    piece = " ".join(balanced(text, span).split())
    return piece if len(piece) <= 80 else piece[:79] + "…"


def _symbol(name: str, declarations: Declarations, inferred: Inference) -> Symbol:
    said = declarations.variables.get(name)
    if said is not None and said.symbol is not None:
        return said.symbol
    return symbol(name, inferred.variable(name), said.facts if said else frozenset())


def _expr(i: int, node: SyntaxNode, built: Sequence[Expr], symbols: Mapping[str, Symbol], inferred: Inference) -> Expr:
    match node:
        case CallNode(op=op, args=args, axes=axes):
            params = tuple([inferred.sizes.now(axis) for axis in inferred.axes[i]]) if axes else ()
            op = meaning(op, inferred.kinds.of[args[0]]) if args else op
            size_ = params[0].number if op.place and params else None
            if size_ is not None and size_ < op.place:
                raise refusal("entry-beyond", node.span, ShapeError, place=op.place, size=size_)
            if op.fixed:
                result_shape(op, (), params)  # refuses another size
            given = tuple([built[a] for a in args[: max(op.arities)]])  # X⁻¹ is inv(X)
            if (
                op in _POWERS
                and isinstance(given[1], Call)
                and given[1].op is basic.TRANSPOSE
                and given[1].type.kind == "s"
                and not inferred.text[: inferred.nodes[args[1]].span[0]].rstrip().endswith(("(", "{"))
            ):
                raise refusal("power-transposed", node.span, shown=_shown(inferred.text, node.span))
            if op is basic.POW and given[0].type.kind == "m":
                return readings.matrix_power(*given)
            if op in _BY_KIND or op in ARRAYS:
                return _by_kind(op, given, node.span)
            return call_of_shape(op, given, inferred.shape(i), params)
        case NameNode(name=name):
            return symbols[name] if name in symbols else size(inferred.sizes.now(dim(name)))
        case NumberNode(value=value):
            return value
        case AppliedNode(function=function, partials=partials, args=args):
            return applied(function, tuple([built[a] for a in args]), partials)
    raise AssertionError(node)


@cache
def _is_plain(op: Operation) -> bool:
    """Whether it is an operation of the table that stands for itself, and nothing else is asked of it."""
    own = TABLE.get(op.name) is op and op not in (*_POWERS, *_BY_KIND, *ARRAYS)
    return own and not (op.place or op.fixed or op.letters)


def _by_kind(op: Operation, args: tuple[Expr, ...], span: Span) -> Expr:
    try:
        return (ARRAYS[op].built if op in ARRAYS else _BY_KIND[op])(*args)
    except GradproofError as error:
        error.span = error.span or span
        raise
