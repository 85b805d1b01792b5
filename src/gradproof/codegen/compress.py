"""Results kept compressed: a Kronecker product as its factors, a diagonal as a vector, an outer product as two vectors, blocks of a delta as the blocks.

The terms of a derivative fall into parts that share no index; the arrays of the parts are the result, and an einsum that may name an index twice says how
they make the whole: `ik,j,l->ijkl`, `iab->iaib`, `i->ii`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from gradproof.budget import room
from gradproof.codegen.compiled import Compiled, Module, Program, module
from gradproof.codegen.plan.build import Result, build
from gradproof.codegen.plan.flat import Flat, common_factors, components, opened
from gradproof.codegen.plan.lowering import Lowering
from gradproof.codegen.plan.program import Builder, Node, entries
from gradproof.errors import DomainError, UnsupportedError
from gradproof.numeric.given import bind_sizes
from gradproof.records import dataclass
from gradproof.say import say
from gradproof.shapes.dims import Dim, Sizes

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class EinsumTerm:
    """A term of a compressed result: `arrays`, and the einsum by which they make it. An index twice in its result: zero where these two differ."""

    spelled: str
    arrays: tuple[np.ndarray, ...]


@dataclass(frozen=True, slots=True)
class Compressed:
    """The sum of `terms`; `shape` is that of the whole, `nbytes` the memory of what is kept."""

    shape: tuple[int, ...]
    terms: tuple[EinsumTerm, ...]

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays that are kept, each counted once."""
        return sum({id(a): a.nbytes for t in self.terms for a in t.arrays}.values())

    def todense(self) -> np.ndarray:
        """The whole array. Raises BudgetError where it does not fit into memory."""
        import numpy as np  # numbers are needed only here

        room(math.prod(self.shape))
        whole = np.zeros(
            self.shape, np.result_type(*(a for t in self.terms for a in t.arrays)) if self.terms else float
        )
        for t in self.terms:
            ins, out = t.spelled.split("->")
            distinct = "".join(dict.fromkeys(out))
            held = "".join(x for x in distinct if x in ins)
            core = np.einsum(f"{ins}->{held}", *t.arrays)
            place = np.einsum(f"{out}->{distinct}", whole)  # a view, also where it is a diagonal
            place += core[tuple(slice(None) if x in held else None for x in distinct)]
        return whole


@dataclass(frozen=True, slots=True)
class _Kept:
    """A term in a program: the nodes of its arrays, the index at each of their axes, and those of the whole."""

    nodes: tuple[Node, ...]
    places: tuple[tuple[int, ...], ...]
    out: tuple[int, ...]

    @property
    def spelled(self) -> str:
        return f"{','.join(map(_letters, self.places))}->{_letters(self.out)}"


def _letters(indices: Sequence[int]) -> str:
    return "".join(chr(ord("i") + k) for k in indices)


class CompressedFunction(Compiled):
    """A compiled derivative that returns `Compressed`; with the value, the pair of both."""

    def _module(self, sizes: Sizes, positional: bool = False) -> Module:
        *before, result = self.task.results
        kept = _terms(result, sizes)
        roots = (*build(before, sizes), *(node for term in kept for node in term.nodes))
        dims = frozenset(name for d in result.tensor.axes for name in d.names)
        return module(
            self.task, sizes, self._spelling, positional, program=Program(roots, _note(kept, len(before)), dims)
        )

    def _plan(self, sizes: Sizes, known: Mapping[str, Any]) -> Callable[..., Any]:
        run, value = Compiled._plan(self, sizes, known), len(self.task.results) > 1
        result = self.task.results[-1]
        shape = self._shape(result.tensor.axes, known)
        kept = [(term.spelled, len(term.nodes)) for term in _terms(result, sizes)]
        count = value + sum(n for _, n in kept)
        import numpy as np  # numbers are needed only here

        def compressed(*args: Any) -> Any:
            found = run(*args)
            given = iter((found,) if count == 1 else found or ())
            first = next(given) if value else None
            arrays = map(np.asarray, given)
            whole = Compressed(
                shape, tuple(EinsumTerm(spelled, tuple(next(arrays) for _ in range(n))) for spelled, n in kept)
            )
            return (first, whole) if value else whole

        return compressed

    def _shape(self, axes: Sequence[Dim], known: Mapping[str, Any]) -> tuple[int, ...]:
        """The sizes of axes, of what the arguments tell and nothing else; a dimension m*n may be told as a whole. DomainError where none tells it."""
        given = [s for s in self.task.symbols.values() if s.name in known]
        told: dict[Dim, int] = {}
        for s in given:
            told.update(zip(s.type.dims, getattr(known[s.name], "shape", ()), strict=True))
        sizes = bind_sizes(given, known)
        return tuple(told[d] if d in told else _size(d, sizes) for d in axes)

    def __reduce__(self) -> tuple[Any, ...]:
        return CompressedFunction, (self.task, self._spelling, self._check)


def _size(d: Dim, sizes: Sizes) -> int:
    missing = sorted(d.names - sizes.keys())
    if missing:
        raise DomainError(say("no value for {name}", name=missing[0]), hint=say("give {name}=…", name=missing[0]))
    return d.evaluate(sizes)


def _note(kept: Sequence[_Kept], before: int) -> tuple[str, ...]:
    """What the arrays are, for a docstring."""
    names = iter(f"a{k + 1}" for k in range(sum(len(term.nodes) for term in kept)))
    terms = [f"einsum('{term.spelled}', {', '.join(next(names) for _ in term.nodes)})" for term in kept]
    return (
        "",
        f"Returns {'the value, and ' if before else ''}arrays a1, a2, … of which the derivative D is made:",
        f"    D = {' + '.join(terms) or 0}",
    )


def _terms(result: Result, sizes: Sizes) -> list[_Kept]:
    """The terms of a result, as few and as small arrays as are seen. Raises UnsupportedError for a layout or for axes that are no tensor's own."""
    if result.layout != "denominator" or (result.axes is not None and any(n != 1 for n in result.axes.groups)):
        raise UnsupportedError(
            say("compressed results are in denominator layout, and of formulas without stacked axes"),
            hint=say("compile() gives the whole array"),
        )
    t = result.tensor
    if t.order < 2:
        raise UnsupportedError(
            say("a result with fewer than two axes has nothing to compress"), hint=say("leave out compressed")
        )
    lowering = Lowering(Builder(), [t], sizes)
    found = _arranged(lowering, lowering.terms(t), t.axes)
    if any(
        len(kept.nodes) == 1 and len(set(kept.out)) == t.order for kept in found
    ):  # the whole array: it may be less, multiplied out
        again = _arranged(lowering, opened(t), t.axes)
        found = again if _stored(again, sizes) < _stored(found, sizes) else found
    return found


def _stored(kept: Sequence[_Kept], sizes: Sizes) -> int:
    """The entries of all arrays."""
    return sum(entries(node, sizes) for node in {node for term in kept for node in term.nodes})


def _arranged(lowering: Lowering, flats: Sequence[Flat], axes: tuple[Dim, ...]) -> list[_Kept]:
    """The terms of a sum. Where one of them is the whole array, all are; vectors that all terms have are kept apart."""
    vectors, rest = common_factors(flats) if len(flats) > 1 else ({}, list(flats))
    if vectors:
        left = [p for p in range(len(axes)) if p not in vectors]
        inner = _arranged(lowering, rest, tuple(axes[p] for p in left))
        apart = tuple(lowering.graph.power(lowering.node(t), e) for t, e in vectors.values())
        return [
            _Kept(
                (*k.nodes, *apart),
                (*(tuple(left[i] for i in x) for x in k.places), *((p,) for p in vectors)),
                _merged(k.out, left, vectors),
            )
            for k in inner
        ]
    parts = [_parts(f) for f in flats]
    if any(len(p) == 1 and len(p[0].out) == len(axes) for p in parts):
        whole = lowering.sum(list(flats), axes)
        return [_Kept((whole,), (tuple(range(len(axes))),), tuple(range(len(axes))))]
    alone: dict[tuple[tuple[int, ...], tuple[int, ...]], list[Flat]] = {}
    several = []
    for f, mine in zip(flats, parts, strict=True):
        place = {i: k for k, i in reversed(list(enumerate(f.out)))}
        out, places = tuple(place[i] for i in f.out), tuple(tuple(place[i] for i in p.out) for p in mine)
        if len(mine) == 1:
            alone.setdefault((out, places[0]), []).append(mine[0])
        else:
            several.append(_Kept(tuple(lowering.sum([p], _axes(p)) for p in mine), places, out))
    joined = [_Kept((lowering.sum(group, _axes(group[0])),), (place,), out) for (out, place), group in alone.items()]
    return [*joined, *several]


def _merged(out: tuple[int, ...], left: Sequence[int], vectors: Any) -> tuple[int, ...]:
    """The indices of the whole, from those of what is left without some vectors."""
    places = dict(zip(left, (left[i] for i in out), strict=True)) | {p: p for p in vectors}
    return tuple(places[p] for p in range(len(places)))


def _axes(f: Flat) -> tuple[Dim, ...]:
    return tuple(f.dims[i] for i in f.out)


def _parts(f: Flat) -> list[Flat]:
    """The product as products that share no index; the numbers go to the smallest."""
    groups = components(f)
    outs = [tuple(i for i in dict.fromkeys(f.out) if any(i in g[1] for g in group)) for group in groups]
    mine = [(group, out) for group, out in zip(groups, outs, strict=True) if out]
    scalars = [g for g in f.factors if not g[1]] + [
        g for group, out in zip(groups, outs, strict=True) if not out for g in group
    ]
    mine.sort(key=lambda part: (f.out.index(part[1][0]), len(part[1])))
    if not mine:
        return [Flat(f.coefficient, tuple(scalars), (), f.dims)]
    least = min(range(len(mine)), key=lambda k: len(mine[k][1]))
    return [
        Flat(f.coefficient if k == least else Fraction(1), (*group, *(scalars if k == least else [])), out, f.dims)
        for k, (group, out) in enumerate(mine)
    ]
