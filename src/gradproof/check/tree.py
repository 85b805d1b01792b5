"""Formulas as trees that can be edited: products and sums are flat, and a tree need not conform until it is built.

prod [2, A', x]     sum (+ a, - b)     op on arguments     a function on arguments     leaf: a formula without arguments
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from gradproof.errors import ParseError, ShapeError, Span, UnsupportedError
from gradproof.notation.expr import Applied, Call, Expr, Number, Symbol, applied, call, fold, size
from gradproof.notation.function import Function
from gradproof.ops import Operation, basic
from gradproof.parse.grammar import read, read_tokens
from gradproof.parse.readings import BUILT
from gradproof.parse.tree import BARS, SUPERSCRIPT, AppliedNode, CallNode, NameNode, NumberNode, SyntaxNode, meaning
from gradproof.shapes.dims import dim

ADD, SUB, NEG, MUL, DIV, HADAMARD = basic.ADD, basic.SUB, basic.NEG, basic.MUL, basic.DIV, basic.HADAMARD
ELDIV, TRANSPOSE, INV, POW, ELPOW = basic.ELDIV, basic.TRANSPOSE, basic.INV, basic.POW, basic.ELPOW
ONES, EYE, DIAG, KRON, ABS, NORM2 = basic.ONES, basic.EYE, basic.DIAG, basic.KRON, basic.ABS, basic.NORM2
LEAF, PROD, SUM, OP, FUNCTION = "leaf", "prod", "sum", "op", "function"
UNSIZED = "unsized"  # a vector of ones, of a size that is not said


class Tree:
    """A node. `data`: the formula of a leaf, the signs of a sum, the operation, or the function with its partials. Equal is identical."""

    __slots__ = ("args", "data", "kind", "span")

    def __init__(self, kind: str, args: tuple[Tree, ...], data: Any = None, span: Span | None = None):
        self.kind, self.args, self.data, self.span = kind, args, data, span

    def is_op(self, op: Operation) -> bool:
        return self.kind == OP and self.data is op

    def with_arg(self, i: int, new: Tree) -> Tree:
        """The same node with another argument; sums and products stay flat."""
        args = (*self.args[:i], new, *self.args[i + 1 :])
        return Tree(self.kind, args, self.data, self.span)


def leaf(e: Expr, span: Span | None = None) -> Tree:
    return Tree(LEAF, (), e, span)


def op_tree(op: Operation, *args: Tree, span: Span | None = None) -> Tree:
    return Tree(OP, args, op, span)


def prod(factors: Sequence[Tree], span: Span | None = None) -> Tree:
    """A product; of one factor, the factor."""
    return factors[0] if len(factors) == 1 else Tree(PROD, tuple(factors), None, span)


def total(terms: Sequence[tuple[int, Tree]], span: Span | None = None) -> Tree:
    """A sum of signed terms; of one positive term, the term."""
    if len(terms) == 1 and terms[0][0] == 1:
        return terms[0][1]
    return Tree(SUM, tuple(t for _, t in terms), tuple(s for s, _ in terms), span)


def negated(tree: Tree) -> Tree:
    """The tree times -1, without a second minus."""
    if tree.kind == SUM:
        return total([(-s, t) for s, t in zip(tree.data, tree.args, strict=True)], tree.span)
    return Tree(SUM, (tree,), (-1,), tree.span)


def terms_of(tree: Tree) -> list[tuple[int, Tree]]:
    """The signed terms of a sum; anything else is one term."""
    return list(zip(tree.data, tree.args, strict=True)) if tree.kind == SUM else [(1, tree)]


def join(op: Operation, args: Sequence[Tree], span: Span | None) -> Tree:
    """An operation on trees, flattened where it is a product, a sum or a minus."""
    if op is NEG:
        return negated(args[0])
    if op is SUPERSCRIPT:  # X^{-1} of a matrix, x^{-1} of anything else
        base = build(args[0], {})
        return (
            op_tree(INV, args[0], span=span)
            if base is not None and base.type.kind == "m"
            else op_tree(POW, *args, span=span)
        )
    if op is ADD or op is SUB:
        sign = 1 if op is ADD else -1
        return total([*terms_of(args[0]), *((sign * s, t) for s, t in terms_of(args[1]))], span)
    if op is MUL or op is DIV:
        left, right = args
        if left.kind == SUM and left.data == (-1,):  # -A*B is -(A*B)
            return negated(join(op, (left.args[0], right), span))
        if op is MUL:
            return prod([*(left.args if left.kind == PROD else (left,)), right], span)
    return op_tree(op, *args, span=span)


def from_expr(e: Expr, spans: Mapping[Expr, Span] | None = None) -> Tree:
    """The tree of a formula, with the places of its nodes."""
    places = spans or {}

    def visit(node: Expr, args: list[Tree]) -> Tree:
        span = places.get(node)
        match node:
            case Call(op=op) if args:
                return join(op, args, span)
            case Applied(function=function, partials=partials):
                return Tree(FUNCTION, tuple(args), (function, partials), span)
        return leaf(node, span)

    return fold(e, visit)


def from_text(
    text: str,
    symbols: Mapping[str, Symbol],
    functions: Mapping[str, Function],
    latex: bool = False,
    unsized: bool = False,
) -> Tree | None:
    """The tree of a text that need not conform; None where a name or a size in it is not known. `unsized`: but for vectors of ones.

    Raises ParseError.
    """
    nodes = _nodes(text, functions, set(symbols), latex)
    built: list[Tree] = []
    sizes = {n for s in symbols.values() for d in s.type.dims for n in d.names}
    for node in nodes:
        tree = _from_node(node, [built[a] for a in node.args], symbols, sizes)
        if tree is None and unsized and isinstance(node, CallNode) and node.op is ONES and node.axes == (None,):
            tree = Tree(UNSIZED, (), span=node.span)
        if tree is None:
            return None
        built.append(tree)
    return built[-1]


def names_in(text: str, functions: Mapping[str, Function], names: set[str], latex: bool = False) -> list[str]:
    """The names that stand in a text, those of functions and operations aside. Raises ParseError."""
    return list(dict.fromkeys(n.name for n in _nodes(text, functions, names, latex) if isinstance(n, NameNode)))


def _nodes(text: str, functions: Mapping[str, Function], names: set[str], latex: bool) -> list[SyntaxNode]:
    """The syntax tree of a text, ASCII, plain text or LaTeX."""
    from gradproof.parse import latex as reader  # its modules are loaded only where they are needed

    if not reader.is_latex(text):
        try:
            return read(text, functions, names)
        except ParseError:
            if not latex:
                raise

    def read_as(plain: bool) -> list[SyntaxNode]:
        drafts = reader.variants(text, functions, names, plain)
        return read_tokens(text, next(iter(drafts)).tokens, functions, names)[0]

    if "\\" not in text:  # log1p(x)^{-1} is one name in plain text
        with suppress(ParseError):
            return read_as(plain=True)
    return read_as(plain=False)


def _from_node(node: SyntaxNode, args: list[Tree], symbols: Mapping[str, Symbol], sizes: set[str]) -> Tree | None:
    match node:
        case CallNode(op=op, axes=axes) if axes:
            return (
                leaf(call(op, params=tuple(a for a in axes if a is not None)), node.span) if None not in axes else None
            )
        case CallNode(op=op):
            return join(op, args, node.span)
        case NumberNode(value=value):
            return leaf(value, node.span)
        case NameNode(name=name):
            if name in symbols:
                return leaf(symbols[name], node.span)
            return leaf(size(dim(name)), node.span) if name in sizes else None
        case AppliedNode(function=function, partials=partials):
            return Tree(FUNCTION, tuple(args), (function, partials), node.span)
    return None


def filled(tree: Tree, op: Operation, memo: dict[Tree, Expr | None]) -> Tree:
    """The tree with every scalar that is added to a square matrix times a constant of its size: ones(n,n) or eye(n)."""
    args = tuple(filled(a, op, memo) for a in tree.args)
    if tree.kind == SUM:
        built = [build(a, memo) for a in args]
        square = next((e.type for e in built if e is not None and e.type.square), None)
        if square is not None:
            constant = leaf(call(op, params=square.dims[: 2 if op is ONES else 1]))
            args = tuple(_times(a, e, constant) for a, e in zip(args, built, strict=True))
    return tree if args == tree.args else Tree(tree.kind, args, tree.data, tree.span)


def as_matrices(tree: Tree, memo: dict[Tree, Expr | None]) -> Tree:
    """The tree with the diagonal matrix in place of the vector wherever the diagonal of a matrix is taken."""
    args = tuple(as_matrices(a, memo) for a in tree.args)
    new = tree if args == tree.args else Tree(tree.kind, args, tree.data, tree.span)
    if tree.is_op(DIAG):
        inner = build(args[0], memo)
        if inner is not None and inner.type.kind == "m":
            return op_tree(DIAG, new)
    return new


def as_lengths(tree: Tree, memo: dict[Tree, Expr | None]) -> Tree:
    """The tree with the length of a vector in place of the absolute values of its entries."""
    args = tuple(as_lengths(a, memo) for a in tree.args)
    inner = build(args[0], memo) if tree.is_op(BARS) or tree.is_op(ABS) else None
    if inner is not None and inner.type.kind in "vr":
        return op_tree(NORM2, args[0], span=tree.span)
    return tree if args == tree.args else Tree(tree.kind, args, tree.data, tree.span)


def _times(tree: Tree, e: Expr | None, constant: Tree) -> Tree:
    """A scalar times a constant matrix; anything else as it is."""
    if e is None or e.type.kind != "s":
        return tree
    return constant if isinstance(e, Number) and e.value == 1 else prod([tree, constant])


def build(tree: Tree, memo: dict[Tree, Expr | None]) -> Expr | None:
    """The formula of a tree, or None where it does not conform. Trees that were built before are in `memo`."""
    if tree in memo:
        return memo[tree]
    args = [build(a, memo) for a in tree.args]
    found = None
    if None not in args:
        try:
            found = _built(tree, [a for a in args if a is not None])
        except (ShapeError, UnsupportedError):
            found = None
    memo[tree] = found
    return found


def _built(tree: Tree, args: list[Expr]) -> Expr | None:
    if tree.kind == LEAF:
        return tree.data
    if tree.kind == UNSIZED:
        return None
    if tree.kind == FUNCTION:
        return applied(tree.data[0], tuple(args), tree.data[1])
    if tree.kind == PROD:
        result = args[0]
        for a in args[1:]:
            result = call(MUL, result, a)
        return result
    if tree.kind == SUM:
        result = args[0] if tree.data[0] > 0 else call(NEG, args[0])
        for sign, a in zip(tree.data[1:], args[1:], strict=True):
            result = call(ADD if sign > 0 else SUB, result, a)
        return result
    op = tree.data
    made = BUILT.get(op)  # sech, log10: they stand for a formula
    return call(meaning(op, args[0].type.kind), *args) if made is None else made(*args)


def walk_tree(tree: Tree) -> Iterator[Tree]:
    """All nodes, parents first."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.args))
