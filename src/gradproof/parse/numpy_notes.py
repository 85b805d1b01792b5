"""What is said of a reading of NumPy source: where broadcasting decides, and what follows only from a letter."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.ops import Operation
from gradproof.parse.array_words import ARRAYS
from gradproof.parse.infer import Inference
from gradproof.parse.names import letter_kind
from gradproof.parse.note import Note, note, refusal
from gradproof.parse.readings import SAID
from gradproof.parse.tree import CallNode, NameNode, SyntaxNode


def _sums() -> tuple[Operation, ...]:
    from gradproof.parse.arrays import ADD, SUB  # there where a formula has operations of arrays

    return ADD, SUB


def may_be_said(op: Operation) -> bool:
    """Whether there is a note for some arguments of an operation."""
    return op in SAID or op in ARRAYS


def array_notes(text: str, nodes: Sequence[SyntaxNode], inferred: Inference) -> list[Note]:
    """The notes on the operations of arrays in a formula."""
    found: list[Note] = []
    for node in nodes:
        array = ARRAYS.get(node.op) if isinstance(node, CallNode) else None
        if isinstance(node, CallNode) and node.op in SAID:
            kind = SAID[node.op](*(inferred.shape(a) for a in node.args))
            found += [note(kind, node.span, shown=" ".join(text[slice(*node.span)].split()))] if kind else []
        if array is None:
            continue
        kind = array.said(*(inferred.shape(a) for a in node.args)) if array.said else ""
        if kind:
            _refuse_open(text, nodes, node, inferred)
            found.append(note(kind, node.span, shown=" ".join(text[slice(*node.span)].split())))
        if array.op in _sums():
            found += _added(nodes, node.args, inferred)
    return list(dict.fromkeys(found))


def _refuse_open(text: str, nodes: Sequence[SyntaxNode], node: SyntaxNode, inferred: Inference) -> None:
    """Raises ParseError for a name that is multiplied into every row only because its letter is that of a vector: in A + t*B it is rather a number."""
    array = ARRAYS.get(node.op) if isinstance(node, CallNode) else None
    for a in node.args if array is not None and array.op not in _sums() else ():
        name = _name(nodes, a)
        if name is None or inferred.kinds.of[a] != "v" or name in inferred.declarations.variables:
            continue
        places = [k for k, n in enumerate(nodes) if isinstance(n, NameNode) and n.name == name]
        if all(_meets_only_matrices(nodes, k, inferred) for k in places):
            shown = " ".join(text[slice(*node.span)].split())
            raise refusal("numpy-open", node.span, name=name, shown=shown)


def _name(nodes: Sequence[SyntaxNode], at: int) -> str | None:
    """The variable of which something is a function: the s of -s."""
    node = nodes[at]
    while isinstance(node, CallNode) and len(node.args) == 1:
        node = nodes[node.args[0]]
    return node.name if isinstance(node, NameNode) else None


def _meets_only_matrices(nodes: Sequence[SyntaxNode], at: int, inferred: Inference) -> bool:
    """Whether all that is done with a vector is to multiply it into the rows of a matrix."""
    for k, node in enumerate(nodes):
        if at not in node.args:
            continue
        if isinstance(node, CallNode) and len(node.args) == 1 and inferred.kinds.of[k] == "v":
            if not _meets_only_matrices(nodes, k, inferred):
                return False
        elif not _meets_a_matrix(node, inferred):
            return False
    return True


def _meets_a_matrix(node: SyntaxNode, inferred: Inference) -> bool:
    array = ARRAYS.get(node.op) if isinstance(node, CallNode) else None
    return array is not None and bool(array.said) and {inferred.kinds.of[a] for a in node.args} == {"v", "m"}


def _added(nodes: Sequence[SyntaxNode], args: Sequence[int], inferred: Inference) -> list[Note]:
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


def _same(node: SyntaxNode) -> bool:
    """Whether what it is added to is a plain name, which has a letter of its own."""
    return isinstance(node, NameNode)
