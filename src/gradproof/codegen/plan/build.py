"""The program of a derivative: value and derivative lowered together, in the asked layout, at given sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from gradproof.codegen.plan.cost import program_cost
from gradproof.codegen.plan.lowering import Lowering
from gradproof.codegen.plan.program import VIEWS, Builder, Node, reachable
from gradproof.codegen.plan.variants import variants
from gradproof.engine.stable import stabilised
from gradproof.engine.tensor import Length, Tensor, Variable, walk_tensor
from gradproof.lift.layouts import Axes
from gradproof.notation.expr import Symbol
from gradproof.records import dataclass, replace
from gradproof.shapes.dims import dim, product

NOMINAL = 1000  # the size of a dimension for which a source is written before any array is seen

Sizes = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Result:
    """A tensor to be computed, and how its axes are laid out; `axes` is None where they stay as they are."""

    tensor: Tensor
    axes: Axes | None
    layout: str
    by: tuple[Symbol, ...] = ()  # the variables of a derivative


def nominal(results: Sequence[Result]) -> dict[str, int]:
    """A size for every dimension that occurs."""
    names: set[str] = set()
    for r in results:
        for t in walk_tensor(r.tensor):
            names |= {n for d in t.axes for n in d.names}
            names |= t.dim.names if isinstance(t, Length) else set()
            names |= {n for d in getattr(t, "dims", ()) for n in d.names}
    return dict.fromkeys(names, NOMINAL)


def build(results: Sequence[Result], sizes: Sizes, open_sums: bool = False) -> tuple[Node, ...]:
    """The nodes of the results. An inverse that is needed as an array anyway is used as one everywhere.

    `open_sums`: whether a sum that several results need may be multiplied out in each, as is best for products with vectors.
    """
    found = []
    for forms in variants([stabilised(r.tensor) for r in results], sizes):
        form = [replace(r, tensor=t) for r, t in zip(results, forms.tensors, strict=True)]
        found.append(_planned(form, sizes, open_sums, forms.thin))
    return found[0] if len(found) == 1 else min(found, key=lambda roots: program_cost(roots, sizes))


def _planned(
    results: Sequence[Result], sizes: Sizes, open_sums: bool, thin: frozenset[Tensor] = frozenset()
) -> tuple[Node, ...]:
    """The nodes of the results in one form. What is multiplied out is found first; then all is made anew, so that nothing begins with a product that was
    only tried.
    """
    roots, halved = _lowered(results, sizes, open_sums, thin, True)
    if not halved:
        return roots
    whole, _ = _lowered(results, sizes, open_sums, thin, False)  # another product may need the whole solution
    return min((roots, whole), key=lambda found: program_cost(found, sizes))


def _lowered(
    results: Sequence[Result], sizes: Sizes, open_sums: bool, thin: frozenset[Tensor], halves: bool
) -> tuple[tuple[Node, ...], bool]:
    """The nodes of the results, and whether a diagonal was made from a half-solved system; `halves`: whether one may be."""
    graph, tensors = Builder(), [r.tensor for r in results]
    make = partial(Lowering, graph, tensors, sizes, open_sums=open_sums, thin=thin, halves=halves)
    explicit: frozenset[Node] = frozenset()
    lowering = make(explicit)
    roots = [lowering.lower(t) for t in tensors]
    explicit = frozenset(node for node in reachable(roots) if node.kind == "inverse")
    if explicit:
        lowering = make(explicit)
        roots = [lowering.lower(t) for t in tensors]
    halved = lowering.halved
    if lowering.tried:
        lowering = make(explicit, choices=lowering.choices)
        roots = [lowering.lower(t) for t in tensors]
    return tuple(_laid_out(graph, root, r) for root, r in zip(roots, results, strict=True)), halved


def _laid_out(graph: Builder, node: Node, r: Result) -> Node:
    """The result with the axes that users see, as `Axes.array` lays them out."""
    if r.axes is None:
        return node
    split, groups = r.axes.split, r.axes.groups
    shape, at = list(node.axes[:split]), split
    for n in groups:
        shape.append(product(node.axes[at : at + n]))
        at += n
    node = graph.reshape(node, tuple(shape))
    if r.axes.row(r.layout):
        return graph.reshape(node, (dim(1), *node.axes))
    if r.axes.flat(r.layout):
        return graph.transpose(node, (*range(split, node.order), *reversed(range(split))))
    return node


def borrowed(node: Node) -> bool:
    """Whether a result is an argument of the function, or a view of one, so that it has to be copied."""
    while node.kind in VIEWS or node.kind == "reshape":
        if not node.args:
            return node.kind == "input" and node.order > 0
        if node.kind == "broadcast":
            return node.args[0].order > 0
        node = node.args[0]
    return node.kind == "call" and node.order > 0


def variables(results: Sequence[Result]) -> list[str]:
    """The names of the variables that occur."""
    found: dict[str, None] = {}
    for r in results:
        found.update((t.name, None) for t in walk_tensor(r.tensor) if isinstance(t, Variable))
    return list(found)
