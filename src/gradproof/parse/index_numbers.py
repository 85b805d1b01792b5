"""A running index that stands as a number, the i of `sum(i: i*x[i])`: entry i of (1, 2, …, n)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy

from gradproof.errors import ParseError
from gradproof.notation.expr import Expr, call, number
from gradproof.parse.entries import ELEMENT, ENTRY2, GATHERED, Over, is_index, made
from gradproof.parse.tree import AppliedNode, CallNode, NameNode, NumberNode, SyntaxNode
from gradproof.say import say

_PLACE = made("place", "i->")  # the number that a running index is


def counted(nodes: list[SyntaxNode], indices: Sequence[Over]) -> list[SyntaxNode]:
    """The tree with a running index that stands as a number, `i*x[i]`, as its place. Raises ParseError where two sums have an index of that name."""
    variables = {name: v for o in indices for name, v in zip(o.names, o.variables, strict=True)}
    if not any(isinstance(node, NameNode) and node.name in variables for node in nodes):
        return nodes
    found: list[SyntaxNode] = []
    now: list[int] = []
    inside = _inside(nodes)
    for k, node in enumerate(nodes):
        if isinstance(node, NameNode) and node.name in variables:
            if (
                (k, variables[node.name]) not in inside
                or sum(node.name in o.names for o in indices) > 1
                or not is_index(variables[node.name])
            ):
                raise ParseError(
                    say("{name} is a running index, it is no number", name=node.name),
                    span=node.span,
                    hint=say("give the index or the variable another name"),
                )
            found += [NameNode(variables[node.name], node.span), CallNode(_PLACE, (len(found),), node.span, node.span)]
        else:
            found.append(_with_args(node, tuple(now[a] for a in node.args)))
        now.append(len(found) - 1)
    return found


def _inside(nodes: Sequence[SyntaxNode]) -> set[tuple[int, str]]:
    """The places in what a sum adds up, each with the variable of its index."""
    found = set[tuple[int, str]]()
    for node in nodes:
        if not (isinstance(node, CallNode) and node.op in GATHERED):
            continue
        names = [other.name for a in node.args[1:] if isinstance(other := nodes[a], NameNode)]
        waiting = [node.args[0]]
        while waiting:
            k = waiting.pop()
            found |= {(k, name) for name in names}
            waiting += nodes[k].args
    return found


def _with_args(node: SyntaxNode, args: tuple[int, ...]) -> SyntaxNode:
    """A copy of a node whose arguments stand elsewhere."""
    if not isinstance(node, CallNode | AppliedNode):
        return node
    moved = copy(node)
    moved.args = args
    return moved


def _place(index: Expr) -> Expr:
    """The number of a running index: e_i'*(1, 2, …, n)."""
    size = index.type.dims
    numbers = call("mul", call("lowertri", params=size), call("ones", params=size))
    return call("mul", call("transpose", index), numbers)


BUILT = {_PLACE: _place}


def with_delta(nodes: Sequence[SyntaxNode], known: Collection[str]) -> list[SyntaxNode]:
    """The tree with delta[i,j] as entry i of the unit vector j."""
    found = list(nodes)
    for i, node in enumerate(nodes):
        if isinstance(node, CallNode) and node.op is ENTRY2:
            base = nodes[node.args[0]]
            if isinstance(base, NameNode) and base.name == "delta" and "delta" not in known:
                found[node.args[0]] = NumberNode(number(0), base.span)
                found[i] = CallNode(ELEMENT, node.args[1:], node.span, node.spot)
    return found
