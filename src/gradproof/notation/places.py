"""What formulas ask of sizes: x[3] needs three entries, ones(n-5) needs six."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradproof.facts import FACTS
from gradproof.notation.expr import Call, Expr, Symbol
from gradproof.shapes.dims import Dim, dim, scaled

_WHOLE = frozenset(f.name for f in FACTS if f.whole and f.on == "any")
LARGEST = 40  # sizes that are tried


def lengths(nodes: Iterable[Expr]) -> Iterator[Dim]:
    """All lengths in a formula: of its parts, those that its constants are told, as commutation(n-5, n-4) is, and what is left beside rows of
    an identity matrix: head(3,n) is none of two columns."""
    for e in nodes:
        yield from e.type.dims
        if isinstance(e, Call):
            yield from e.params
            if e.op.skips is not None:
                yield e.params[1] + scaled(e.params[0], -1) + scaled(dim(1), -e.op.skips)


def facts_drawn(symbols: Iterable[Symbol], nodes: Iterable[Expr]) -> dict[str, frozenset[str]]:
    """What random values of the variables have to be: what is declared; the k of sumtop(x, k) is a whole number in any case."""
    counts = {e.args[k] for e in nodes if isinstance(e, Call) for k in e.op.whole}
    return {s.name: s.facts | _WHOLE if s in counts else s.facts for s in symbols}


def least_sizes(nodes: Iterable[Expr]) -> dict[str, int]:
    """The least size of each dimension that has a place in it, or stands in a difference."""
    found: dict[str, int] = {}
    nodes = tuple(nodes)
    for d in set(lengths(nodes)):
        if d.name is None and len(d.names) == 1:
            name = next(iter(d.names))
            found[name] = max(_positive_from(d, name), found.get(name, 1))
    for e in nodes:
        if isinstance(e, Call) and e.op.place and e.params[0].name is not None:
            found[e.params[0].name] = max(e.op.place, found.get(e.params[0].name, 1))
    return found


def enlarged(sizes: dict[str, int], least: dict[str, int]) -> dict[str, int]:
    """Sizes that are large enough."""
    return {name: max(n, least.get(name, 1)) for name, n in sizes.items()} if least else sizes


def _positive_from(d: Dim, name: str) -> int:
    """The size from which on a dimension is positive; 1 where there is none that is small."""
    return next((n for n in range(1, LARGEST) if d.evaluate({name: n}) > 0), 1)
