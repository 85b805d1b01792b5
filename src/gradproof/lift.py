"""Tensor -> Expr: index notation becomes matrix notation, in the form a person would write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gradproof.contract import add, contract, scale, symmetry
from gradproof.expr import Expr, applied, call, number, size, symbol
from gradproof.graph import Graph, NoMatrixForm
from gradproof.pretty import Style, Term, content, entrywise, formula, plus
from gradproof.shapes import Shape
from gradproof.tensor import Term as Weighted
from gradproof.tensor import Apply, Contraction, Exponent, Factor, Length, Sum, Tensor, Unknown, Variable, fold_tensor


def lift(t: Tensor, positions: Mapping[str, int] | None = None) -> Expr:
    """The formula of a tensor of at most two axes (one axis: a column). `positions`: where each name stands in the input.

    Raises NoMatrixForm where matrix notation cannot hold it.
    """
    return Lifter(positions or {}).lift(t)


class Lifter:
    """Lifts the nodes of a graph, each once."""

    def __init__(self, positions: Mapping[str, int]):
        self.style = Style(positions)
        self.memo: dict[Tensor, Expr | None] = {}  # None: no matrix form
        self.terms: dict[Tensor, Term] = {}

    def lift(self, t: Tensor) -> Expr:
        found = fold_tensor(t, self._visit, self.memo)
        if found is None:
            raise NoMatrixForm
        return found

    def _visit(self, t: Tensor, args: list[Expr | None]) -> Expr | None:
        if t.order > 2 or (None in args and not isinstance(t, Sum)):
            return None
        try:
            e = self._node(t, args)
        except NoMatrixForm:
            return None
        if symmetry(t) == 1:
            self.style.symmetric.add(e)
        return e

    def _node(self, t: Tensor, args: list) -> Expr:
        match t:
            case Variable(name=name, facts=facts):
                return symbol(name, Shape("svm"[t.order], t.axes), facts)
            case Length(dim=d):
                return size(d)
            case Contraction():
                return formula(self._term(t))
            case Sum():
                return self._sum(t)
            case Apply():
                return self._apply(t, args)
            case Unknown(function=function, partials=partials):
                return applied(function, tuple(args), partials)
        raise AssertionError(t)

    def _apply(self, t: Apply, args: list[Expr]) -> Expr:
        if len(args) == 2:  # a power: an exponent that is the same for all entries is written as a scalar
            core = _core(t.args[1])
            exponent = self.lift(core) if core is not None else args[1]
            return call("pow" if args[0].type.kind == "s" else "elpow", args[0], exponent)
        return call(t.op, *args)

    # -- products

    def _term(self, t: Contraction) -> Term:
        graph = Graph(t.coefficient, t.out, t.dims, self.style)
        for f, indices, e in t.factors:
            norm = _norm(f, e)
            if norm is not None:
                root, power = norm
                graph.put(call("norm2", self._entries(root)), (), power)
            else:
                graph.put(self.lift(f), indices, e)
        term = graph.reduce()
        scalars = sorted(term.scalars, key=lambda s: self.style.place(s[0]))
        return Term(term.coefficient, tuple(scalars), term.chain)

    def _entries(self, factors: tuple[tuple[Tensor, Exponent], ...]) -> Expr:
        return entrywise([(self.lift(f), e) for f, e in factors])

    # -- sums

    def _sum(self, t: Sum) -> Expr:
        if not t.terms:
            if not t.axes:
                return number(0)
            return call("zeros", params=t.axes)
        return plus([self._weighted(c, b) for c, b in _collect(t)], self.style)

    def _weighted(self, c: Fraction, body: Tensor) -> Term:
        if isinstance(body, Contraction):
            term = self._term(body)
            return Term(term.coefficient * c, term.scalars, term.chain)
        e = self.lift(body)
        return Term(c, ((e, 1),), ()) if not body.axes else Term(c, (), (e,))


def _core(t: Tensor) -> Tensor | None:
    """The scalar that all entries of a tensor are, where it is seen to be one."""
    if isinstance(t, Contraction) and t.axes and not any(indices for _, indices, _ in t.factors) and len(set(t.out)) == len(t.out):
        return contract(t.coefficient, t.factors, ())
    return None


def _norm(t: Tensor, exponent: Exponent) -> tuple[tuple[tuple[Tensor, Exponent], ...], Exponent] | None:
    """A root of a sum of squares: the tensor whose norm it is, as an entrywise product, and the power of the norm."""
    if isinstance(exponent, int) or exponent.denominator != 2 or not isinstance(t, Contraction) or t.out or t.coefficient != 1:
        return None
    places = {indices for _, indices, _ in t.factors}
    if len(places) != 1 or len(set(*places)) != len(*places) or any(not isinstance(e, int) or e % 2 for _, _, e in t.factors):
        return None
    return tuple((f, e // 2) for f, _, e in t.factors if isinstance(e, int)), int(2 * exponent)


# -- common factors of a sum


@dataclass(frozen=True)
class End:
    """A factor that stands at an end of a product, and that the product can give up: A*x gives up x, or A.

    `indices`: of its axes, 0 the summed one and 1 the one that it shares with axis `axis` of the result. `scalars`: the scalar factors beside it.
    """

    factor: Tensor
    indices: tuple[int, ...]
    axis: int
    order: int
    scalars: frozenset[Factor]


def _collect(t: Sum) -> list[Weighted]:
    """The terms, with a vector or matrix that several of them end in, or begin with, written once: (A + A')*x."""
    terms = list(t.terms)
    while len(terms) > 1:
        ends: dict[End, list[tuple[int, Tensor]]] = {}
        for k, (_, body) in enumerate(terms):
            for end, rest in _ends(body):
                ends.setdefault(end, []).append((k, rest))
        groups = [(end, members) for end, members in ends.items() if len(members) > 1]
        if not groups:
            break
        end, members = max(groups, key=lambda g: (len(g[1]), g[0].factor.order, g[0].axis, g[0].factor.key))
        taken = {k for k, _ in members}
        inner = add([(terms[k][0], rest) for k, rest in members], members[0][1].axes)
        terms = [term for k, term in enumerate(terms) if k not in taken] + [_joined(inner, end)]
    return terms


def _joined(inner: Tensor, end: End) -> Weighted:
    """The product of a sum of rests and the factor that they share."""
    c = Fraction(1)
    if isinstance(inner, Sum) and inner.terms:
        c = content([w for w, _ in inner.terms])
        inner = add([(w / c, b) for w, b in inner.terms], inner.axes)
    own = list(range(10, 10 + end.order))
    if end.factor.order == 1:
        labels, out = [*own, 0], own
    else:
        labels, out = list(own), list(own)
        labels[end.axis], out[end.axis] = 0, 1
    whole = contract(1, [(inner, tuple(labels), 1), (end.factor, end.indices, 1), *end.scalars], tuple(out))
    if isinstance(whole, Contraction) and whole.coefficient != 1:
        return c * whole.coefficient, scale(1 / whole.coefficient, whole)
    return c, whole


def _ends(body: Tensor) -> list[tuple[End, Tensor]]:
    """The factors that a product can give up, each with what is left; the rest has the summed index as an axis."""
    if not isinstance(body, Contraction) or not 0 < body.order < 3 or len(set(body.out)) < body.order:
        return []
    found = []
    for k, (f, indices, e) in enumerate(body.factors):
        summed = [i for i in indices if i not in body.out]
        if e != 1 or len(summed) != 1 or len(set(indices)) < len(indices):
            continue
        around = [other[1] for j, other in enumerate(body.factors) if j != k and summed[0] in other[1]]
        if len(around) == 1 and len(around[0]) == 2:
            found += _end(body, k, summed[0])
    return found


def _end(body: Contraction, k: int, summed: int) -> list[tuple[End, Tensor]]:
    f, indices, _ = body.factors[k]
    rest = [other for j, other in enumerate(body.factors) if j != k and other[1]]
    scalars = frozenset(other for other in body.factors if not other[1])
    dims = {i: body.dims[i] for i in body.out}
    if f.order == 1:
        whole = (End(f, (0,), 1, 1, scalars), contract(1, rest, (*body.out, summed), dims))
        return [whole] if body.order == 1 else []
    free = next(i for i in indices if i != summed)
    if free not in body.out or any(free in other[1] for other in rest):
        return []
    axis = body.out.index(free)
    out = tuple(summed if i == free else i for i in body.out)
    shape = (0, 1) if symmetry(f) == 1 or indices[0] == summed else (1, 0)
    return [(End(f, shape, axis, body.order, scalars), contract(1, rest, out, {i: d for i, d in dims.items() if i != free}))]
