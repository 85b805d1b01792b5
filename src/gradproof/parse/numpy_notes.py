"""What is said of a reading of NumPy source: where broadcasting decides, and what follows only from a letter."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.parse.arrays import ADD, ARRAYS, SUB
from gradproof.parse.infer import Inference
from gradproof.parse.names import letter_kind
from gradproof.parse.note import Note, note
from gradproof.parse.tree import CallNode, NameNode, Node


def array_notes(text: str, nodes: Sequence[Node], inferred: Inference) -> list[Note]:
    """The notes on the operations of arrays in a formula."""
    found: list[Note] = []
    for node in nodes:
        array = ARRAYS.get(node.op) if isinstance(node, CallNode) else None
        if array is None:
            continue
        kind = array.said(*(inferred.shape(a) for a in node.args)) if array.said else ""
        if kind:
            found.append(note(kind, node.span, shown=" ".join(text[slice(*node.span)].split())))
        if array.op in (ADD, SUB):
            found += _added(nodes, node.args, inferred)
    return list(dict.fromkeys(found))


def _added(nodes: Sequence[Node], args: Sequence[int], inferred: Inference) -> list[Note]:
    """b in X @ w + b, which would be a number by its letter."""
    found = []
    for a, other in (tuple(args), tuple(reversed(args))):
        node = nodes[a]
        if not isinstance(node, NameNode) or node.name in inferred.declarations.variables:
            continue
        if letter_kind(node.name) == "s" and inferred.kinds.of[a] == "v" and not _same(nodes[other]):
            name, size = node.name, inferred.shape(a).dims[0]
            way = (f"{name}: scalar", f"{name}: vector {size}")
            found.append(note("numpy-added", node.span, way, name=name, size=size))
    return found


def _same(node: Node) -> bool:
    """Whether what it is added to is a plain name, which has a letter of its own."""
    return isinstance(node, NameNode)
