"""Entries and sums as they are written, `A[i,j]`, `sum(i, j: …)`, and the operations that stand for them in the syntax tree.

A running index i is a variable of its own, the unit vector e_i: `x[i]` is x'*e_i, row i of X is X'*e_i, and `sum(i: …)` adds over i.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from gradproof.errors import ParseError, Span, UnsupportedError
from gradproof.notation.expr import Expr, call, call_of_shape, number
from gradproof.ops import Operation, basic
from gradproof.ops.operation import Definition, signatures
from gradproof.ops.placed import LOWERTRI, MOST, shift, unit
from gradproof.ops.reductions import OF_TERMS
from gradproof.parse.lexer import Kind, Token
from gradproof.parse.note import refusal
from gradproof.parse.ranges import MARK as MARK
from gradproof.parse.ranges import Over, counted_sum, limit, ordered, variable_of
from gradproof.parse.ranges import fixed as fixed
from gradproof.parse.ranges import is_index as is_index
from gradproof.parse.ranges import running as running
from gradproof.parse.tree import CallNode, NameNode, NumberNode, SyntaxNode
from gradproof.records import dataclass, replace
from gradproof.say import NOTHING, say
from gradproof.shapes.dims import Dim, dim


def made(name: str, text: str) -> Operation:
    return Operation(name, signatures(text), Definition(""), name)


ENTRY = made("entry", "i,i-> i',i-> ij,i->j")  # of a vector an entry, of a matrix a row
ELEMENT = made("element", "i,i-> i',i->")
ROW = made("row", "ij,i->j")
COLUMN = made("column", "ij,j->i")
LYING = made("row", "ij,i->j'")  # X[i,:], which is written as a row
ENTRY2 = made("entry of a matrix", "ij,i,j->")
SUM_OVER = made("sum over", "*,i->*")
SUM_TO = made("sum to", "*,i,i->*")  # with ones of the size that is given
_SIZED = made("of size", "i,i->i")  # an index, with ones of its size
VECTOR_OF = made("vector of entries", ",i->i j,i->ij")  # of vectors, the matrix with these rows
MATRIX_OF = made("matrix of entries", ",i,j->ij")
RELATED = {  # a sum over the first index where it stands in this relation to the second
    sign: made(f"sum {sign}", "*,i,i->*") for sign in ("≠", "<", ">", "⩽", "⩾")
}
FROM, UP_TO = (made(text, "*,i,->*") for text in ("terms from", "terms up to"))  # a term, or 0 outside of a range
_BOUNDED = (FROM, UP_TO)
GATHERED = {SUM_OVER, SUM_TO, VECTOR_OF, MATRIX_OF, *RELATED.values()}
_ONES, _SUM, _MUL, _TRANSPOSE = basic.ONES, basic.SUM, basic.MUL, basic.TRANSPOSE
UNIT = frozenset({"onehot"})  # what is known of e_i, of a fixed index i
INDEXED = {ENTRY, LYING, COLUMN, ENTRY2}
LISTED = frozenset({_SUM, *OF_TERMS})  # what may have indices in its bracket


@dataclass(frozen=True, slots=True)
class Shifted:
    """The index i + by, where the largest that is asked of its array is i + most, for an i that runs to `size`."""

    variable: str
    by: int
    most: int
    size: Dim


Place = str | int | Shifted


def listed(
    callee: object,
    tokens: Sequence[Token],
    at: int,
    around: Sequence[Over],
    variables: Collection[str] = (),
    numbers: Mapping[str, bool] | None = None,
) -> tuple[Over | None, int]:
    """The indices that the bracket of a sum begins with, up to a colon, and the place after them; None where there are none."""
    start = at
    by = callee if isinstance(callee, Operation) and callee in OF_TERMS else None
    whole = [n for n, whole in (numbers or {}).items() if whole]
    counted = counted_sum(tokens, at, around, variables, whole) if callee is _SUM else None
    if counted is not None:
        return counted
    names: list[str] = []
    sizes: list[Dim | None] = []
    last = ""  # the declared number that a single index runs to
    while (callee is _SUM or by) and tokens[at].kind is Kind.NAME:
        names.append(tokens[at].text)
        sizes.append(None)
        at += 1
        if tokens[at].text == "≤":
            if tokens[at + 1].text in whole and tokens[at + 2].text == ":" and not names[1:] and not by:
                last = tokens[at + 1].text
            else:
                sizes[-1] = limit(tokens[at + 1], variables)
            at += 2
        related = ("", "")
        if tokens[at].text in RELATED and tokens[at].kind is Kind.SIGN:
            related = (tokens[at].text, ordered(tokens[at + 1], around, shorter=True))
            at += 2
        if tokens[at].text == ":":
            taken = [*names, *(name for o in around for name in o.names)]
            if len(set(taken)) < len(taken):
                raise ParseError(
                    say("this index is in use already"),
                    span=(tokens[start].start, tokens[at].end),
                    hint=say("give each index a name of its own"),
                )
            if by is not None and (related[0] or len(names) > 2):
                raise refusal("terms-related", (tokens[start].start, tokens[at].end), name=by.name)
            variables_ = tuple(f"{MARK}{start}{name}" for name in names)
            over = Over(tuple(names), variables_, tuple(sizes), related, by=by, between=("", last))
            return over, at + 1
        if tokens[at].text != ",":
            break
        at += 1
    return None, start


def counting(nodes: list[SyntaxNode], name: str, around: Sequence[Over], span: Span) -> int | None:
    """Append the number that a running index is, entry i of 1, 2, 3, …: the place of the node; None for a name that is none."""
    over = next((o for o in reversed(around) if name in o.names), None)
    if over is None or not is_index(over.variables[0]):
        return None
    at = len(nodes)
    nodes += [
        CallNode(LOWERTRI, (), span, span, (None,)),
        CallNode(_ONES, (), span, span, (None,)),
        CallNode(_MUL, (at, at + 1), span, span),
        NameNode(over.variables[over.names.index(name)], span),
        CallNode(ENTRY, (at + 2, at + 3), span, span),
    ]
    if over.start:
        nodes += [NumberNode(number(over.start), span), CallNode(basic.ADD, (at + 4, at + 5), span, span)]
    return len(nodes) - 1


def free(tokens: Sequence[Token]) -> tuple[Over, int] | None:
    """The indices of `D[i,j] =` at the beginning of a formula, and the place after it."""
    if len(tokens) < 5 or tokens[0].kind is not Kind.NAME or tokens[1].text != "[":
        return None
    at, names = 2, []
    while tokens[at].kind is Kind.NAME and tokens[at + 1].text in (",", "]"):
        names.append(tokens[at].text)
        at += 2
        if tokens[at - 1].text == "]":
            break
    if tokens[at - 1].text != "]" or tokens[at].text != "=" or not names:
        return None
    span = (tokens[0].start, tokens[at].end)
    if len(names) > 2:
        raise UnsupportedError(
            say("{count} free indices have no place in matrix notation", count=len(names)), span=span
        )
    if len(set(names)) < len(names):
        raise ParseError(say("an index is listed twice"), span=span)
    return Over(tuple(names), tuple(f"{MARK}{k}{name}" for k, name in enumerate(names)), (None,) * len(names)), at + 1


def placed(nodes: list[SyntaxNode], place: Place, span: Span) -> int:
    """Append the unit vector of an index: a variable, a constant where the index is a number, moved where it is i + 1. Its place."""
    if isinstance(place, Shifted):
        at = len(nodes)
        longer = place.size + dim(place.most)
        nodes += [
            CallNode(shift(place.by), (), span, span, (place.size, longer)),
            CallNode(_TRANSPOSE, (at,), span, span),
            NameNode(place.variable, span),
            CallNode(_MUL, (at + 1, at + 2), span, span),
        ]
    else:
        unit_ = NameNode(place, span) if isinstance(place, str) else CallNode(unit(place), (), span, span, (None,))
        nodes.append(unit_)
    return len(nodes) - 1


def _shifted(variable: str, tokens: Sequence[Token], at: int, around: Sequence[Over]) -> tuple[Place, int]:
    """The index i, or i + 1 ≤ 2, and the place of its last token. Raises ParseError where it is not said how far i runs."""
    over = next(o for o in around if variable in o.variables)
    size = over.sizes[over.variables.index(variable)]
    if over.short and size is not None:
        moved = tokens[at + 1].text in ("+", "-") and tokens[at + 2].text.isdecimal()
        by = over.start + (int(tokens[at + 1].text + tokens[at + 2].text) if moved else 0)
        if not 0 <= by <= over.short:
            raise refusal("sum-shift", (tokens[at].start, tokens[at + 2].end), index=tokens[at].text)
        return Shifted(variable, by, over.short, size), at + (2 if moved else 0)
    if tokens[at + 1].text != "+" or tokens[at + 3].text != "≤":
        return variable, at
    if size is None:
        raise refusal("sum-shift", (tokens[at].start, tokens[at].end), index=tokens[at].text)
    return Shifted(variable, int(tokens[at + 2].text), int(tokens[at + 4].text), size), at + 4


def entry(tokens: Sequence[Token], at: int, around: Sequence[Over]) -> tuple[Operation, tuple[Place, ...], int]:
    """What `[i,j]` takes from what stands before it, its indices as variables or numbers, and the place after it. Raises ParseError."""
    first, written = tokens[at - 1], []
    variables: list[Place] = []
    while True:
        token = tokens[at]
        span = (token.start, token.end)
        if token.text == ":" and token.kind is Kind.SIGN:
            written.append(":")
        elif token.kind is Kind.NAME:
            found, at = _shifted(variable_of(token, around), tokens, at, around)
            variables.append(found)
            written.append(token.text)
        elif token.kind is Kind.NUMBER:
            variables.append(_counted(token))
            written.append(token.text)
        else:
            raise refusal("entry-index", span)
        at += 2
        if tokens[at - 1].text == "]":
            break
        if tokens[at - 1].text != ",":
            raise ParseError(
                say("this bracket is never closed"), span=(first.start, first.end), hint=say("a ']' is missing")
            )
    numbers = all(isinstance(v, int) for v in variables)
    shapes = {(1, 1): ELEMENT if numbers else ENTRY, (2, 2): ENTRY2}
    op = (
        (LYING if written[1] == ":" else COLUMN)
        if len(written) == 2 and len(variables) == 1
        else shapes.get((len(written), len(variables)))
    )
    if op is None:
        hint = (
            say("write it with the table unfolded, T: matrix m n*p: x'*T*kron(y, z)") if len(written) > 2 else NOTHING
        )
        raise UnsupportedError(say("entries have one index or two"), span=(first.start, tokens[at - 1].end), hint=hint)
    return op, tuple(variables), at


_DIGITS = 100  # of a place, with its zeros: Python makes no number of thousands


def _counted(token: Token) -> int:
    """A place, counted from 1."""
    if not token.text.isdecimal() or len(token.text) > _DIGITS or not 0 < int(token.text) <= MOST:
        raise refusal("entry-number", (token.start, token.end), shown=token.text)
    return int(token.text)


def gather(
    nodes: list[SyntaxNode], body: int, indices: Over, span: Span, spot: Span, op: Operation | None = None
) -> int:
    """Append a sum over these indices, one after the other; without an operation, the vector or matrix of the entries. The place of the new node."""
    if indices.by is not None:
        whole = gather(nodes, body, replace(indices, by=None), span, spot)
        nodes.append(CallNode(indices.by, (whole,), span, spot))
        return len(nodes) - 1
    if op is None:
        places: list[int] = []
        for v, size in zip(indices.variables, indices.sizes, strict=True):
            nodes.append(NameNode(v, spot))
            if size is not None:
                nodes.append(CallNode(_ONES, (), spot, spot, (size,)))
                nodes.append(CallNode(_SIZED, (len(nodes) - 2, len(nodes) - 1), spot, spot))
            places.append(len(nodes) - 1)
        nodes.append(CallNode(MATRIX_OF if len(places) == 2 else VECTOR_OF, (body, *places), span, spot))
        return len(nodes) - 1
    for name, variable, size in zip(indices.names, indices.variables, indices.sizes, strict=True):
        if size is None and not indices.related[0] and not _stands(nodes, body, variable):
            raise refusal("index-nowhere", span, index=name)
        nodes.append(NameNode(variable, spot))
        args = (body, len(nodes) - 1)
        relation, other = indices.related
        for place, bound in enumerate(indices.between):
            if bound:
                nodes += [NameNode(bound, spot), NameNode(variable, spot)]
                nodes.append(CallNode(_BOUNDED[place], (body, len(nodes) - 1, len(nodes) - 2), span, spot))
                body = len(nodes) - 1
                nodes.append(NameNode(variable, spot))
                args = (body, len(nodes) - 1)
        if relation:
            if size is not None:
                nodes += [NameNode(variable, spot), CallNode(_ONES, (), spot, spot, (size,))]
                nodes.append(CallNode(_SIZED, (len(nodes) - 2, len(nodes) - 1), spot, spot))
                args = (body, len(nodes) - 1)
            nodes.append(NameNode(other, spot))
            nodes.append(CallNode(RELATED[relation], (*args, len(nodes) - 1), span, spot))
            return len(nodes) - 1
        if size is not None:
            nodes.append(CallNode(_ONES, (), spot, spot, (size,)))
            args = (*args, len(nodes) - 1)
        nodes.append(CallNode(op if size is None else SUM_TO, args, span, spot))
        body = len(nodes) - 1
    return body


def _stands(nodes: Sequence[SyntaxNode], root: int, variable: str) -> bool:
    """Whether a variable stands in a part of the tree, as a place."""
    waiting = [root]
    while waiting:
        node = nodes[waiting.pop()]
        if isinstance(node, NameNode) and node.name == variable:
            return True
        waiting += () if _is_number(nodes, node) else node.args
    return False


def _is_number(nodes: Sequence[SyntaxNode], node: SyntaxNode) -> bool:
    """Whether this is the number that a running index is, which does not say how far it runs."""
    numbers = nodes[node.args[0]] if isinstance(node, CallNode) and node.op is ENTRY else None
    first = nodes[numbers.args[0]] if isinstance(numbers, CallNode) and numbers.op is _MUL else None
    return isinstance(first, CallNode) and first.op is LOWERTRI


# -- the formula of an entry


def _entry(base: Expr, first: Expr) -> Expr:
    return call("mul", base if base.type.kind == "r" else call("transpose", base), first)


def _entry2(base: Expr, first: Expr, second: Expr) -> Expr:
    return call("mul", call("mul", call("transpose", first), base), second)


def _sum_related(op: Operation) -> Callable[..., Expr]:
    return lambda body, first, second: call_of_shape(op, (body, first, second), body.type)


def _bounded(op: Operation) -> Callable[..., Expr]:
    return lambda body, index, bound: call_of_shape(op, (body, index, bound), body.type)


def _sum_to(body: Expr, index: Expr, _ones: Expr) -> Expr:
    return call_of_shape(SUM_OVER, (body, index), body.type)


BUILT: dict[Operation, Callable[..., Expr]] = {
    ENTRY: _entry, ELEMENT: _entry, ROW: _entry, COLUMN: lambda base, first: call("mul", base, first), ENTRY2: _entry2,
    LYING: lambda base, first: call("mul", call("transpose", first), base), SUM_TO: _sum_to,
    _SIZED: lambda index, _ones: index, FROM: _bounded(FROM), UP_TO: _bounded(UP_TO), **{op: _sum_related(op) for op in RELATED.values()},
}  # fmt: skip
