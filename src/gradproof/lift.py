"""Tensor -> Expr: index notation becomes matrix notation, in the form a person would write."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gradproof.contract import contract, symmetry
from gradproof.expr import Expr, applied, call, number, size, symbol
from gradproof.factor import Rest, collect
from gradproof.graph import Graph, NoMatrixForm
from gradproof.pretty import Style, Term, entrywise, formula, plus
from gradproof.shapes import Shape
from gradproof.tensor import Apply, Contraction, Exponent, Length, Sum, Tensor, Unknown, Variable, fold_tensor


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
        self.ends: dict[Tensor, tuple[Rest, ...]] = {}

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
        return plus([self._weighted(c, b) for c, b in collect(t.terms, self.ends)], self.style)

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
