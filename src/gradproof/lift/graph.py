"""A product in index notation as a graph, and its elimination down to the indices of the result.

An index is a vertex, a matrix an edge, a vector a label on a vertex, a repeated index a self loop. Each summed vertex is eliminated:

    degree 0   sum(v), u'*v, tr(A)                   degree 1   A*v, a label on the neighbour
    degree 2   A*diag(v)*B, an edge                   parallel edges   A.*B, or diag(A*B') where the vertex has nothing else

What is left is read off. A graph that is not reduced by these steps has no matrix form: `NoMatrixForm`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradproof.engine.tensor import Exponent, plain_exponent
from gradproof.lift.pretty import ReadingOrder, Term, entrywise, multiply, transposes
from gradproof.notation.expr import Call, Expr, Number, call, size
from gradproof.ops import basic
from gradproof.records import dataclass, field
from gradproof.shapes.dims import Dim

DIAG, POW = basic.DIAG, basic.POW
Chain = tuple[Expr, ...]
Power = tuple[Chain, Exponent]


class NoMatrixForm(Exception):
    """A tensor that matrix notation cannot hold; index notation can."""


@dataclass
class Edge:
    """Matrices between two vertices: the entrywise product of powers of products, each with its rows at `tail`, its columns at `head`."""

    tail: int
    head: int
    parts: list[Power]


@dataclass
class Graph:
    """A product: number, scalars, edges, labels, loops; `out` are the vertices of the result."""

    coefficient: Fraction
    out: tuple[int, ...]
    dims: tuple[Dim, ...]
    style: ReadingOrder
    scalars: list[tuple[Expr, Exponent]] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    labels: dict[int, list[Power]] = field(default_factory=dict)
    spent: set[int] = field(default_factory=set)  # summed vertices that went into a scalar together with a neighbour

    # -- building

    def put(self, e: Expr, indices: Sequence[int], exponent: Exponent) -> None:
        """Take in one factor: a scalar, a column, or a matrix."""
        if not indices:
            self.scalars.append(_base(e, exponent))
        elif len(indices) == 1:
            self.label(indices[0], (e,), exponent)
        elif indices[0] == indices[1]:
            self.label(indices[0], (call("diag", e),), exponent)
        else:
            self.connect(indices[0], indices[1], (e,), exponent)

    def put_term(self, term: Term, indices: Sequence[int]) -> None:
        """Take in a factor that is itself a product: its number, scalars and matrices."""
        self.coefficient *= term.coefficient
        self.scalars += [_base(e, x) for e, x in term.scalars]
        if len(indices) == 1:
            self.label(indices[0], term.chain, 1)
        elif len(indices) == 2 and indices[0] != indices[1]:
            self.connect(indices[0], indices[1], term.chain)
        elif term.chain:
            self.put(multiply(term.chain), indices, 1)

    def label(self, vertex: int, chain: Chain, exponent: Exponent) -> None:
        self.labels.setdefault(vertex, []).append((chain, exponent))

    def connect(self, tail: int, head: int, chain: Chain, exponent: Exponent = 1) -> None:
        for edge in self.edges:
            if {edge.tail, edge.head} == {tail, head}:
                edge.parts.append((chain if edge.tail == tail else self.style.turn(chain), exponent))
                return
        self.edges.append(Edge(tail, head, [(chain, exponent)]))

    # -- elimination

    def reduce(self) -> Term:
        """The product as a term of matrix notation. Raises NoMatrixForm."""
        waiting = [v for v in range(len(self.dims)) if v not in self.out]
        while waiting:
            vertex = min(waiting, key=self._degree) if len(waiting) > 1 else waiting[0]
            waiting.remove(vertex)
            if vertex in self.spent:
                continue
            touching = [e for e in self.edges if vertex in (e.tail, e.head)]
            if len(touching) > 2:
                raise NoMatrixForm
            for e in touching:
                self.edges.remove(e)
            (self._finish, self._absorb, self._join)[len(touching)](vertex, *touching)
        return Term(self.coefficient, tuple(self.scalars), self._read())

    def _degree(self, vertex: int) -> tuple[int, int]:
        touching = [e for e in self.edges if vertex in (e.tail, e.head)]
        return len(touching), sum(len(e.parts) > 1 for e in touching)

    def _finish(self, vertex: int) -> None:
        """Degree 0: a scalar."""
        labels = self.labels.pop(vertex, [])
        if len(labels) == 1 and labels[0][1] == 2:
            labels[:] = [(labels[0][0], 1)] * 2
        if not labels:
            self.scalars.append((size(self.dims[vertex]), 1))
        elif len(labels) == 1 and labels[0][1] == 1 and self._trace(labels[0][0]):
            return
        elif len(labels) == 1 or any(e < 0 for _, e in labels):
            self._scalar((call("sum", self._vector(labels)),))
        else:
            self._inner(labels)

    def _trace(self, chain: Chain) -> bool:
        """sum(diag(A*B)) is tr(A*B)."""
        last = chain[-1]
        if len(chain) == 1 and isinstance(last, Call) and last.op is DIAG and last.args[0].type.kind == "m":
            self._scalar((call("tr", last.args[0]),))
            return True
        return False

    def _inner(self, labels: list[Power]) -> None:
        """The inner product of the first label and the rest."""
        labels = sorted(labels, key=lambda p: (len(p[0]) == 1 and p[1] == 1, len(p[0])))
        first, rest = labels[0], labels[1:]
        left = first[0] if first[1] == 1 else (entrywise([(multiply(first[0]), first[1])]),)
        right = self._chain(rest)
        if self.style.lengths and left == right and len(left) == 1 and left[0].args:
            self.scalars.append((call("norm2", left[0]), 2))
            return
        one, other = (*self.style.turn(left), *right), (*self.style.turn(right), *left)
        fewer = transposes(one) - transposes(other)
        turned = fewer > 0 or (fewer == 0 and self.style.places(other) < self.style.places(one))
        if turned:
            one, other = other, one
        self.scalars.append((self.style.as_typed(multiply(one), multiply(other)), 1))

    def _scalar(self, chain: Chain) -> None:
        self.scalars.append((multiply(chain), 1))

    def _absorb(self, vertex: int, edge: Edge) -> None:
        """Degree 1: a matrix times a vector; tr(A'*B) or sum(A) where the neighbour ends there too."""
        other = edge.tail if edge.head == vertex else edge.head
        labels = self.labels.pop(vertex, [])
        alone = (
            other not in self.out
            and other not in self.labels
            and not any(other in (e.tail, e.head) for e in self.edges)
        )
        if not labels and alone:
            self._whole(edge)
            self.spent.add(other)
            return
        oriented = self._oriented(edge, other)
        if not labels and len(edge.parts) == 2 and all(e == 1 for _, e in edge.parts):
            one, two = (p[0] if edge.tail == other else self.style.turn(p[0]) for p in edge.parts)
            self.label(other, (call("diag", multiply((*one, *self.style.turn(two)))),), 1)
        elif not labels:
            self.label(other, (*oriented, call("ones", params=(self.dims[vertex],))), 1)
        else:
            self.label(other, (*oriented, *self._chain(labels)), 1)

    def _whole(self, edge: Edge) -> None:
        """The sum over all entries of an edge."""
        parts = edge.parts
        if (
            self.style.lengths
            and all(isinstance(e, int) and e % 2 == 0 for _, e in parts)
            and any(e > 0 for _, e in parts)
        ):
            root = entrywise([(multiply(c), e // 2) for c, e in parts if isinstance(e, int)])
            self.scalars.append((call("norm2", root), 2))
        elif len(parts) == 2 and all(e == 1 for _, e in parts):
            one, two = parts[0][0], parts[1][0]
            self._cycle((*self.style.turn(one), *two))
        else:
            self._scalar((call("sum", self._matrix(edge)),))

    def _cycle(self, chain: Chain) -> None:
        """tr of a product, turned round to the form with the fewest transposes."""
        options = []
        for way in (chain, self.style.turn(chain)):
            options += [way[k:] + way[:k] for k in range(len(way))]
        best = min(options, key=lambda c: (transposes(c), self.style.places(c)))
        self._scalar((call("tr", multiply(best)),))

    def _join(self, vertex: int, one: Edge, two: Edge) -> None:
        """Degree 2: A*diag(v)*B between the neighbours."""
        a = one.tail if one.head == vertex else one.head
        b = two.tail if two.head == vertex else two.head
        labels = self.labels.pop(vertex, [])
        middle = (call("diag", self._vector(labels)),) if labels else ()
        chain = (*self._oriented(one, a), *middle, *self._oriented(two, vertex))
        self.connect(a, b, chain)

    # -- reading off

    def _oriented(self, edge: Edge, tail: int) -> Chain:
        """The product of an edge with its rows at `tail`."""
        chain = edge.parts[0][0] if len(edge.parts) == 1 and edge.parts[0][1] == 1 else (self._matrix(edge),)
        return chain if edge.tail == tail else self.style.turn(chain)

    def _matrix(self, edge: Edge) -> Expr:
        if len(edge.parts) == 1 and edge.parts[0][1] == 1:
            return multiply(edge.parts[0][0])
        return self._product(edge.parts)

    def _product(self, parts: list[Power]) -> Expr:
        ordered = sorted(parts, key=lambda p: self.style.order(p[0]))
        factors = [(multiply(c), e) for c, e in ordered]
        return self.style.as_typed(entrywise(factors), entrywise(factors[::-1]))

    def _vector(self, labels: list[Power]) -> Expr:
        return multiply(self._chain(labels))

    def _chain(self, labels: list[Power]) -> Chain:
        if len(labels) == 1 and labels[0][1] == 1:
            return labels[0][0]
        return (self._product(labels),)

    def _read(self) -> Chain:
        if not self.out:
            return ()
        if len(self.out) == 1:
            labels = self.labels.get(self.out[0])
            return self._chain(labels) if labels else (call("ones", params=(self.dims[self.out[0]],)),)
        i, j = self.out
        if i == j:
            labels = self.labels.get(i)
            return (call("diag", self._vector(labels)),) if labels else (call("eye", params=(self.dims[i],)),)
        return self._read_matrix(i, j)

    def _read_matrix(self, i: int, j: int) -> Chain:
        left, right = self.labels.get(i), self.labels.get(j)
        if len(self.edges) > 1:
            raise NoMatrixForm
        if not self.edges:
            if not left and not right:
                return (call("ones", params=(self.dims[i], self.dims[j])),)
            one = self._chain(left) if left else (call("ones", params=(self.dims[i],)),)
            two = self._chain(right) if right else (call("ones", params=(self.dims[j],)),)
            return (*one, *self.style.turn(two))
        edge = self.edges[0]
        if left and right and self._entrywise(edge):
            outer = (*self._chain(left), *self.style.turn(self._chain(right)))
            parts = edge.parts if edge.tail == i else [(self.style.turn(c), e) for c, e in edge.parts]
            return (entrywise([(multiply(outer), 1), *((multiply(c), e) for c, e in parts)]),)
        chain = self._oriented(edge, i)
        if left:
            chain = (call("diag", self._vector(left)), *chain)
        return (*chain, call("diag", self._vector(right))) if right else chain

    def _entrywise(self, edge: Edge) -> bool:
        """Whether the matrix of an edge is entrywise by nature, so that an outer product stands better beside it than two diagonals around it."""
        chain, exponent = edge.parts[0]
        return (
            len(edge.parts) > 1
            or exponent != 1
            or (len(chain) == 1 and isinstance(chain[0], Call) and chain[0].op.elementwise)
        )


def _base(e: Expr, exponent: Exponent) -> tuple[Expr, Exponent]:
    """A scalar factor with its whole exponent: (norm2(x)^2)^3 is norm2(x)^6."""
    if isinstance(e, Call) and e.op is POW and isinstance(e.args[1], Number) and isinstance(exponent, int):
        return e.args[0], plain_exponent(e.args[1].value * exponent)
    return e, exponent
