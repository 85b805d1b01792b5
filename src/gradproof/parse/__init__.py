"""Text to formulas: `parse("norm2(A*x - b)^2")`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from gradproof.errors import GradproofError, ParseError, ShapeError, Span
from gradproof.notation.expr import Call, Expr, Function, Symbol, applied, call_of_shape, size, symbol, views, walk
from gradproof.ops import Operation
from gradproof.parse import indices as entries
from gradproof.parse import readings
from gradproof.parse.declare import Declarations, Where, checked_name, read_where
from gradproof.parse.grammar import read_tokens
from gradproof.parse.indices import Over, Resolved, is_index, resolve
from gradproof.parse.infer import Inference
from gradproof.parse.lexer import tokens
from gradproof.parse.tree import AppliedNode, CallNode, NameNode, Node, NumberNode, meaning
from gradproof.shapes.dims import dim

if TYPE_CHECKING:
    from gradproof.parse.latex import Latex

__all__ = ["Parsed", "parse"]

_BY_KIND = {
    **readings.BUILT,
    **entries.BUILT,
}  # operations that are there only while a formula is read, and the formulas that they stand for


@dataclass(frozen=True, slots=True)
class Parsed:
    """A formula that was read: as it was typed, where each part stands, and how it was understood."""

    text: str
    expr: Expr
    spans: Mapping[Expr, Span]  # the first place of each node
    notes: tuple[str, ...]  # readings that were chosen: "1 + exp(-z) is read as ones(m) + exp(-z)"
    symbols: Mapping[str, Symbol]  # every variable: of the text, declared, mentioned
    functions: Mapping[str, Function]


def parse(text: str, where: Where = None, mention: Sequence[str] = (), latex: bool | None = None) -> Parsed:
    """Read a formula; kinds and dimensions that `where` does not declare are inferred from use, then from the letter.

    `mention` names variables that get a symbol whether they occur or not; `latex` says whether the text is LaTeX, None that it is to be seen from the text.
    Raises ParseError, ShapeError or UnsupportedError, with the place.

    >>> parse("norm2(A*x - b)^2").symbols["b"].shape
    ('m',)
    """
    declarations = read_where(where)
    if not isinstance(text, str):
        raise ParseError(f"a formula is a text, not {type(text).__name__}")
    mentioned = [_mentioned(name, declarations) for name in mention]
    try:
        try:
            return _read(text, declarations, mentioned, latex)
        except ShapeError:
            declarations, notes = declarations.with_products()
            if not notes:
                raise
            parsed = _read(text, declarations, mentioned, latex)
            return replace(parsed, notes=(*notes, *parsed.notes))
    except GradproofError as error:
        raise error.located(text, (0, len(text))) from None


def _read(text: str, declarations: Declarations, mentioned: Sequence[str], latex: bool | None) -> Parsed:
    if latex or (latex is None and not _NO_LATEX.isdisjoint(text)):
        from gradproof.parse import latex as reader  # its modules are loaded only where there may be LaTeX

        if latex or reader.is_latex(text):
            return _from_latex(
                text,
                reader.variants(text, declarations.functions, {*declarations.variables, *mentioned}),
                declarations,
                mentioned,
            )
    nodes, indices = read_tokens(text, tokens(text), declarations.functions, {*declarations.variables, *mentioned})
    return _resolved(text, nodes, indices, declarations, mentioned)[0]


_NO_LATEX = frozenset("\\{$")  # a text without these characters is no LaTeX


def _from_latex(text: str, readings: Iterable[Latex], declarations: Declarations, mentioned: Sequence[str]) -> Parsed:
    """The first reading of the LaTeX that fits; a doubtful one gives way to one that is less so."""
    best: tuple[Parsed, int] | None = None
    wrong: ShapeError | None = None
    for reading in readings:
        try:
            nodes, indices = read_tokens(
                text, reading.tokens, declarations.functions, {*declarations.variables, *mentioned}
            )
            parsed, doubts = _resolved(text, nodes, indices, declarations, mentioned, reading.hints, True)
        except ShapeError as error:
            wrong = wrong or error
            continue
        if best is None or doubts < best[1]:
            best = replace(parsed, notes=(*reading.said, *_entrywise(parsed.expr), *parsed.notes)), doubts
        if not best[1]:
            break
    if best is None:
        assert wrong is not None
        raise wrong
    return best[0]


def _entrywise(expr: Expr) -> tuple[str, ...]:
    """What is said of exp(X) and |X|_1 of a matrix, which have other meanings too."""
    calls = [e for e in walk(expr) if isinstance(e, Call)]
    entrywise = [e.op for e in calls if e.type.square and e.op.elementwise and e.op.analytic and not e.op.symbol]
    sums = [
        f"the 1-norm of a matrix is read as {e.op.doc}"
        for e in calls
        if e.op is readings.ABSOLUTE_SUM and e.args[0].type.kind == "m"
    ]
    return tuple(dict.fromkeys([*(f"{op.name} of a matrix is taken entry by entry" for op in entrywise), *sums]))


def _resolved(
    text: str,
    nodes: list[Node],
    indices: Sequence[Over],
    declarations: Declarations,
    mentioned: Sequence[str],
    hints: Mapping[str, str] = MappingProxyType({}),
    capitals: bool = False,
) -> tuple[Parsed, int]:
    """The formula, with entries such as x[i] understood in the one way that fits; and how doubtful it is.

    Doubtful are scalars that are added to every entry, and letters that are read against their kind.
    """
    found: list[tuple[Parsed, int]] = []
    wrong: ShapeError | None = None
    for way in resolve(nodes, declarations, indices, mentioned, hints, capitals):
        try:
            inferred = Inference(text, way.nodes, way.declarations, mentioned, hints)
            found.append((_build(text, way, inferred), len(inferred.broadcasts) + len(inferred.kinds.bent)))
        except ShapeError as error:
            wrong = wrong or error
        if len(found) > 1:
            name = way.tried[0]
            hint = rf"write {name}[i,:]' or {name}[:,i]; in LaTeX {name}_{{i,:}}^\top or {name}_{{:,i}}"
            raise ParseError(f"{name} with an index can be a row or a column: both fit", span=way.place, hint=hint)
    if not found:
        assert wrong is not None
        raise wrong
    return found[0]


def _mentioned(name: str, declarations: Declarations) -> str:
    """The name of a variable as it is kept. Raises ParseError where it is none."""
    name = checked_name(name)
    if name in declarations.functions:
        raise ParseError(f"{name} is declared as a function, not as a variable", span=(0, len(name)), text=name)
    return name


def _build(text: str, way: Resolved, inferred: Inference) -> Parsed:
    symbols = {name: _symbol(name, way.declarations, inferred) for name in inferred.variables}
    built: list[Expr] = []
    spans: dict[Expr, Span] = {}
    notes, sums = list(way.notes), way.outermost
    for i, node in enumerate(way.nodes):
        expr = _expr(i, node, built, symbols, inferred)
        if i in sums:
            expr = _without_indices(expr, text, node.span)
            notes.append(f"{_shown(text, node.span)} is read as {expr.ascii}")
        built.append(expr)
        spans.setdefault(expr, node.span)
    variables = {name: s for name, s in symbols.items() if not is_index(name)}
    return Parsed(text, built[-1], spans, (*notes, *inferred.notes()), variables, way.declarations.functions)


def _without_indices(expr: Expr, text: str, span: Span) -> Expr:
    """A sum over running indices in matrix notation."""
    try:
        return views["matrix_form"](expr)
    except GradproofError as error:
        raise error.located(text, span) from None


def _shown(text: str, span: Span) -> str:
    piece = " ".join(text[span[0] : span[1]].split())
    return piece if len(piece) <= 80 else piece[:79] + "…"


def _symbol(name: str, declarations: Declarations, inferred: Inference) -> Symbol:
    said = declarations.variables.get(name)
    if said is not None and said.symbol is not None:
        return said.symbol
    return symbol(name, inferred.variable(name), said.facts if said else frozenset())


def _expr(i: int, node: Node, built: Sequence[Expr], symbols: Mapping[str, Symbol], inferred: Inference) -> Expr:
    match node:
        case CallNode(op=op, args=args, axes=axes):
            params = tuple([inferred.sizes.now(axis) for axis in inferred.axes[i]]) if axes else ()
            op = meaning(op, inferred.kinds.of[args[0]]) if args else op
            given = tuple([built[a] for a in args[: op.arity]])
            if op in _BY_KIND:
                return _by_kind(op, given, node.span)
            return call_of_shape(op, given, inferred.shape(i), params)
        case NameNode(name=name):
            return symbols[name] if name in symbols else size(inferred.sizes.now(dim(name)))
        case NumberNode(value=value):
            return value
        case AppliedNode(function=function, partials=partials, args=args):
            return applied(function, tuple([built[a] for a in args]), partials)
    raise AssertionError(node)


def _by_kind(op: Operation, args: tuple[Expr, ...], span: Span) -> Expr:
    try:
        return _BY_KIND[op](*args)
    except GradproofError as error:
        error.span = error.span or span
        raise
