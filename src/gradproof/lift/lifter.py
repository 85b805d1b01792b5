"""Tensor -> Expr: index notation becomes matrix notation, in the form a person would write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gradproof.engine.contract import add, constant, contract, permute, symmetry
from gradproof.engine.tensor import (
    ONE,
    Apply,
    Contraction,
    Exponent,
    Factor,
    Length,
    Stacking,
    Sum,
    Tensor,
    Unknown,
    Variable,
    length,
)
from gradproof.engine.tensor import Term as Weighted
from gradproof.lift.factor import Rest, collect
from gradproof.lift.graph import Graph, NoMatrixForm
from gradproof.lift.input_order import InputOrder
from gradproof.lift.pretty import ReadingOrder, Term, entrywise, formula, number_in_front, plus
from gradproof.notation.expr import Call, Expr, applied, call, fold, number, size, symbol
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import Fill, Power, Primary
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Shape


def lift(t: Tensor, positions: Mapping[str, int] | None = None, dyads: bool = True) -> Expr:
    """The formula of a tensor of at most two axes (one axis: a column). `positions`: where each name stands in the input; `dyads`: whether projectors
    are written as v*v'.

    Raises NoMatrixForm where matrix notation cannot hold it.
    """
    return Lifter(positions or {}, dyads=dyads).lift(t)


class Lifter:
    """Lifts the nodes of a graph, each once."""

    def __init__(
        self,
        positions: Mapping[str, int],
        written: Mapping[Tensor, Sequence[Tensor]] | None = None,
        dyads: bool = True,
        lengths: bool = True,
    ):
        self.dyads = dyads
        typed = positions.typed if isinstance(positions, InputOrder) else frozenset()
        self.style = ReadingOrder(positions, lengths, typed=typed)
        self.written = (
            written or {}
        )  # sums that stand in the input, and are left as they are, with their terms in the order there
        self.memo: dict[Tensor, Expr | None] = {}  # None: no matrix form
        self.single: dict[Tensor, Term] = {}  # sums that are one product, their terms having an end in common
        self.ends: dict[Tensor, tuple[Rest, ...]] = {}

    def lift(self, t: Tensor) -> Expr:
        found = self.memo.get(t) or fold(t, self._visit, _needed, self.memo)
        if found is None:
            raise NoMatrixForm
        return found

    def _visit(self, t: Tensor, args: list[Expr | None]) -> Expr | None:
        if isinstance(t, Stacking):
            return number(1)  # products are lifted without it
        if t.order > 2 or (None in args and not isinstance(t, Sum)):
            return None
        try:
            e = self._node(t, args)
        except NoMatrixForm:
            return None
        if t.order == 2:
            self.style.lifted_from.setdefault(e, []).append(t)
        return e

    def _node(self, t: Tensor, args: list) -> Expr:
        match t:
            case Variable(name=name, facts=facts):
                return symbol(name, Shape("svm"[t.order], t.axes), facts)
            case Contraction():
                spread = self._outer(t)
                return self._sum(spread, t) if spread else formula(self._term(t))
            case Sum():
                return self._sum(t.terms, t)
            case Length(dim=d):
                return size(d)
            case Apply():
                return self._apply(t, args)
            case Unknown(function=function, partials=partials):
                return applied(function, tuple(args), partials)
        raise AssertionError(t)

    def _apply(self, t: Apply, args: list[Expr]) -> Expr:
        if isinstance(t.op.meaning, Power):  #: an exponent that is the same for all entries is written as a scalar
            core = _core(t.args[1])
            exponent = self.lift(core) if core is not None else args[1]
            return call("pow" if args[0].type.kind == "s" else "elpow", args[0], exponent)
        if isinstance(t.op.meaning, Fill):
            return call(t.op, params=_sizes(t.op, t))
        if len(args) not in t.op.arities:  # more directions than anybody writes
            raise NoMatrixForm
        if t.op.dyad and self.dyads and symmetry(t.args[0]) == 1:
            v = self._vector(t)
            return call("mul", v, call("transpose", v))
        turned = self._turned(t, args)
        return self._named(t.op, t, args) if turned is None else call("transpose", self._named(t.op, t, [turned]))

    def _turned(self, t: Apply, args: list[Expr]) -> Expr | None:
        """The transpose of a sum that is an argument, where that has fewer transposes, and an inverse or the like can be turned."""
        arg = t.args[0]
        turns = t.op.equivariant and not t.op.elementwise and len(t.args) == 1
        if not (turns and isinstance(arg, Sum) and arg.order == 2 and arg not in self.written) or symmetry(arg) == 1:
            return None
        turned = self.lift(add([(c, permute(a, (1, 0))) for c, a in arg.terms], arg.axes[::-1]))
        return turned if turned.ascii.count("'") < args[0].ascii.count("'") else None

    def _vector(self, t: Apply) -> Expr:
        """The v of a matrix v*v'."""
        return self._named(TABLE[t.op.dyad], t, [self.lift(a) for a in t.args])

    def _named(self, op: Operation, t: Apply, args: list[Expr]) -> Expr:
        """An operation by the name that it has at this last argument."""
        written = op.meaning.written if isinstance(op.meaning, Primary) else ""
        n = t.args[0].axes[-1] if t.args[0].order else None
        for which, name in op.at:
            wanted = length(n) if which == "n" and n is not None else constant(int(which) if which.isdigit() else 0)
            if t.args[-1] is wanted:
                return call(name, *args[:-1])
        return call(written or op, *args)

    # -- products

    def _term(self, t: Contraction) -> Term:
        graph = Graph(t.coefficient, t.out, t.dims, self.style)
        factors: Sequence[Factor] = t.factors
        if Stacking in t.within and any(isinstance(f[0], Stacking) for f in factors):
            from gradproof.lift.stacks import Stacks  # seldom needed

            stacks = Stacks(t, self.lift, self.style)
            graph.dims = tuple(stacks.dims)
            stacks.put(graph)
            factors = stacks.left
        for f, indices, e in factors:
            norm = _norm(f, e) if self.style.lengths and not isinstance(e, int) else None
            if norm is not None:
                root, power = norm
                graph.put(call("norm2", self._entries(root)), (), power)
                continue
            dyad = self.dyads and isinstance(f, Apply) and bool(f.op.dyad)
            if dyad and isinstance(f, Apply) and symmetry(f.args[0]) == 1 and isinstance(e, int) and e > 0:
                for i in dict.fromkeys(indices):
                    graph.put(self._vector(f), (i,), e * indices.count(i))
                continue
            lifted = self.lift(f)  # first: a sum that is one product is known as one afterwards
            if e == 1 and f in self.single:
                graph.put_term(self.single[f], indices)
            elif e == 1 and f not in self.written:  # a number in front of a factor is one of the product
                c, inner = number_in_front(lifted)
                graph.coefficient = graph.coefficient if c is ONE else graph.coefficient * c
                if isinstance(inner, Call) and inner.op is basic.DIV:  # and a denominator below it
                    graph.put(inner.args[1], (), -1)
                    inner = inner.args[0]
                graph.put(inner, indices, e)
            else:
                graph.put(lifted, indices, e)
        term = graph.reduce()
        if len(term.scalars) < 2:
            return term
        scalars = sorted(term.scalars, key=lambda s: (bool(s[0].args), self.style.order((s[0],))))
        return Term(term.coefficient, tuple(scalars), term.chain)

    def _entries(self, factors: tuple[tuple[Tensor, Exponent], ...]) -> Expr:
        return entrywise([(self.lift(f), e) for f, e in factors])

    # -- sums

    def _sum(self, terms: Sequence[Weighted], t: Tensor) -> Expr:
        if not terms:
            return call("zeros", params=t.axes) if t.axes else number(0)
        spread: list[Weighted] = []
        for c, inner in terms:
            opened = self._outer(inner)
            spread += [(c * d, b) for d, b in opened] if opened else [(c, inner)]
        lifted = [self._weighted(c, b) for c, b in collect(spread, self.ends, self.written, wide=t not in self.written)]
        if len(lifted) == 1:
            self.single[t] = lifted[0]
        ranks = self.written.get(t, ())
        if len(ranks) == len(lifted) == len(terms) and all(b in ranks for _, b in terms):
            return plus([self._weighted(c, b) for c, b in terms], self.style, [ranks.index(b) for _, b in terms])
        return plus(lifted, self.style)

    def _outer(self, t: Tensor) -> list[Weighted]:
        """An outer product with a sum that came from differentiation, multiplied out; [] where there is none."""
        if not isinstance(t, Contraction) or t.order != 2 or t.out[0] == t.out[1]:
            return []
        for k, (f, indices, e) in enumerate(t.factors):
            if not isinstance(f, Sum) or f.order != 1 or e != 1 or indices[0] not in t.out or f in self.written:
                continue
            if sum(indices[0] in other[1] for other in t.factors) == 1 and len(t.factors) > 1:
                rest = t.factors[:k] + t.factors[k + 1 :]
                dims = {i: t.dims[i] for i in t.out}
                whole = add(
                    [(c * t.coefficient, contract(1, [(b, indices, 1), *rest], t.out, dims)) for c, b in f.terms],
                    t.axes,
                )
                return list(whole.terms) if isinstance(whole, Sum) else []
        return []

    def _weighted(self, c: Fraction, body: Tensor) -> Term:
        if isinstance(body, Contraction):
            term = self._term(body)
            return term if c is ONE else Term(term.coefficient * c, term.scalars, term.chain)
        e = self.lift(body)
        return Term(c, ((e, 1),), ()) if not body.axes else Term(c, (), (e,))


def _needed(t: Tensor) -> tuple[Tensor, ...]:
    """What is lifted before a node: of a sum, what its products are made of, as they are put into terms there."""
    if not isinstance(t, Sum):
        return t.children
    return tuple([f for _, b in t.terms for f in (b.children if isinstance(b, Contraction) else (b,))])


def _sizes(op: Operation, t: Tensor) -> tuple[Dim, ...]:
    """The dimensions that a constant is given."""
    out = op.signatures[0].out
    found = out.solved(t.axes)
    return tuple([found[x] for x in out.parameters])


def _core(t: Tensor) -> Tensor | None:
    """The scalar that all entries of a tensor are, where it is seen to be one."""
    if isinstance(t, Sum):
        cores = [(c, core) for c, b in t.terms if (core := _core(b)) is not None]
        return add(cores, ()) if len(cores) == len(t.terms) > 0 else None
    if (
        isinstance(t, Contraction)
        and t.axes
        and not any(indices for _, indices, _ in t.factors)
        and len(set(t.out)) == len(t.out)
    ):
        return contract(t.coefficient, t.factors, ())
    return None


def _norm(t: Tensor, exponent: Exponent) -> tuple[tuple[tuple[Tensor, Exponent], ...], Exponent] | None:
    """A root of a sum of squares: the tensor whose norm it is, as an entrywise product, and the power of the norm."""
    if (
        isinstance(exponent, int)
        or exponent.denominator != 2
        or not isinstance(t, Contraction)
        or t.out
        or t.coefficient != 1
    ):
        return None
    places = {indices for _, indices, _ in t.factors}
    if (
        len(places) != 1
        or len(set(*places)) != len(*places)
        or any(not isinstance(e, int) or e % 2 for _, _, e in t.factors)
    ):
        return None
    return tuple((f, e // 2) for f, _, e in t.factors if isinstance(e, int)), int(2 * exponent)
