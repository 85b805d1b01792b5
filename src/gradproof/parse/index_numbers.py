"""Running indices that stand as numbers where they are none, and delta[i,j], which two of them are equal by."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradproof.errors import ParseError
from gradproof.notation.expr import number
from gradproof.parse.entries import ELEMENT, ENTRY2, Over
from gradproof.parse.tree import CallNode, NameNode, NumberNode, SyntaxNode
from gradproof.say import say


def refuse_numbers(nodes: Sequence[SyntaxNode], indices: Sequence[Over]) -> None:
    """Raises ParseError for an index that stands as a number outside of its sum, or where nothing sums over it."""
    names = {name for o in indices for name in o.names}
    for node in nodes:
        if isinstance(node, NameNode) and node.name in names:
            raise ParseError(
                say("{name} is a running index, it is no number", name=node.name),
                span=node.span,
                hint=say("give the index or the variable another name"),
            )


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
