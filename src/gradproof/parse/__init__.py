"""Text to formulas: `parse("norm2(A*x - b)^2")`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradproof.dims import dim
from gradproof.errors import GradproofError, ParseError, Span
from gradproof.expr import Expr, Function, Symbol, applied, call_of_shape, size, symbol
from gradproof.parse.declare import Declarations, Where, checked_name, read_where
from gradproof.parse.grammar import read
from gradproof.parse.infer import Inference
from gradproof.parse.tree import AppliedNode, CallNode, NameNode, Node, NumberNode, meaning

__all__ = ["Parsed", "parse"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A formula that was read: as it was typed, where each part stands, and how it was understood."""

    text: str
    expr: Expr
    spans: Mapping[Expr, Span]  # the first place of each node
    notes: tuple[str, ...]  # readings that were chosen: "1 + exp(-z) is read as ones(m) + exp(-z)"
    symbols: Mapping[str, Symbol]  # every variable: of the text, declared, mentioned
    functions: Mapping[str, Function]


def parse(text: str, where: Where = None, mention: Sequence[str] = ()) -> Parsed:
    """Read a formula; kinds and dimensions that `where` does not declare are inferred from use, then from the letter.

    `mention` names variables that get a symbol whether they occur or not. Raises ParseError, ShapeError or UnsupportedError, with the place.

    >>> parse("norm2(A*x - b)^2").symbols["b"].shape
    ('m',)
    """
    declarations = read_where(where)
    if not isinstance(text, str):
        raise ParseError(f"a formula is a text, not {type(text).__name__}")
    mentioned = [_mentioned(name, declarations) for name in mention]
    try:
        nodes = read(text, declarations.functions, {*declarations.variables, *mentioned})
        inferred = Inference(text, nodes, declarations, mentioned)
        return _build(text, nodes, declarations, inferred)
    except GradproofError as error:
        raise error.located(text, (0, len(text))) from None


def _mentioned(name: str, declarations: Declarations) -> str:
    """The name of a variable as it is kept. Raises ParseError where it is none."""
    name = checked_name(name)
    if name in declarations.functions:
        raise ParseError(f"{name} is declared as a function, not as a variable", span=(0, len(name)), text=name)
    return name


def _build(text: str, nodes: Sequence[Node], declarations: Declarations, inferred: Inference) -> Parsed:
    symbols = {name: _symbol(name, declarations, inferred) for name in inferred.variables}
    built: list[Expr] = []
    spans: dict[Expr, Span] = {}
    for i, node in enumerate(nodes):
        expr = _expr(i, node, built, symbols, inferred)
        built.append(expr)
        spans.setdefault(expr, node.span)
    return Parsed(text, built[-1], spans, inferred.notes(), symbols, declarations.functions)


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
            return call_of_shape(op, tuple([built[a] for a in args[: op.arity]]), inferred.shape(i), params)
        case NameNode(name=name):
            return symbols[name] if name in symbols else size(inferred.sizes.now(dim(name)))
        case NumberNode(value=value):
            return value
        case AppliedNode(function=function, partials=partials, args=args):
            return applied(function, tuple([built[a] for a in args]), partials)
    raise AssertionError(node)
