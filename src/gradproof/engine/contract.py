"""Canonical form: the only place where contractions, sums and applied operations are made.

What is equal in index notation should be one node. So products are flat, deltas are eliminated, equal factors are one power,
scalar parts are factors of their own, like terms are merged, symmetric matrices have sorted indices, an inverse meets its matrix;
and the factors of a product and its summed indices are numbered in an order that does not depend on how it was built.
A sum is not multiplied out, and a long product stays a node, so that the size of a result is linear in the size of the input.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import count

from gradproof.budget import tick
from gradproof.engine.canonical import at_once, canonical, weighted, zero
from gradproof.engine.exact import power, power_exact
from gradproof.engine.factors import bare, flat, gather, is_constant, is_sum, opens, scalars
from gradproof.engine.laws import laws, rewrites, sum_laws
from gradproof.engine.tensor import (
    ONE,
    Apply,
    Contraction,
    Exponent,
    Factor,
    Sum,
    Tensor,
    Term,
    Unknown,
    Variable,
    intern_node,
    joined_tokens,
    length,
    plain_exponent,
)
from gradproof.errors import DomainError
from gradproof.facts import sense
from gradproof.ops.operation import Linear
from gradproof.say import say
from gradproof.shapes.dims import Dim

SPREAD = 32  # a sum of higher order is multiplied out into at most this many terms

# summed indices of opened factors: each number is drawn once, and callers count from zero, so that no two are ever one
_fresh = count(-1, -1)


def fresh() -> int:
    """The number of an index that no product has."""
    return next(_fresh)


# -- products


def contract(
    coefficient: Fraction | int, factors: Iterable[Factor], out: Sequence[int], dims: Mapping[int, Dim] | None = None
) -> Tensor:
    """The tensor with entries `coefficient` times the product of the factors, summed over every index that is not in `out`.

    `dims` gives the dimensions of indices that stand in no factor (ones). Raises DomainError for a division by zero.
    """
    tick()
    number = coefficient if type(coefficient) is Fraction else ONE if coefficient == 1 else Fraction(coefficient)
    product = _Assembly(number, out, dict(dims) if dims else {})
    for f in factors:
        if type(f[0]) is Contraction:
            product.multiply(*f)
        else:
            product.take(f)
    return product.finish()


class _Assembly:
    """A product that is being put together: flat factors, with indices that may yet be found equal."""

    def __init__(self, coefficient: Fraction, out: Sequence[int], dims: dict[int, Dim]):
        self.coefficient, self.out, self.dims = coefficient, list(out), dims
        self.factors: list[Factor] = []
        self.same: dict[int, int] = {}  # an index that was found equal to another

    def find(self, i: int) -> int:
        while i in self.same:
            i = self.same[i]
        return i

    def unite(self, i: int, j: int) -> int:
        i, j = self.find(i), self.find(j)
        if i != j:
            self.same[j] = i
        return i

    def take(self, f: Factor) -> None:
        """Take in one factor as it is."""
        self._measure(f[1], f[0].axes)
        self.factors.append(f)

    def _measure(self, indices: tuple[int, ...], axes: tuple[Dim, ...]) -> None:
        """What dimensions these indices have."""
        if len(indices) == 2:  # nearly always: a strict `zip` takes several times as long
            i, j = indices
            self.dims[i], self.dims[j] = axes
        else:
            self.dims.update(zip(indices, axes, strict=True))

    def multiply(self, tensor: Tensor, indices: tuple[int, ...], exponent: Exponent) -> None:
        """Take in one factor, opened up where it is itself a product."""
        if type(tensor) is not Contraction:
            self.take((tensor, indices, exponent))
        elif opens(tensor, exponent, len(self.factors)):
            if exponent == 1:  # its factors are flat already
                if tensor.coefficient is not ONE:
                    self.coefficient *= tensor.coefficient
                if tensor.dims:
                    new = self._places(tensor, indices)
                    self.factors += [(t, tuple([new[k] for k in inner]), e) for t, inner, e in tensor.factors]
                else:
                    self.factors += tensor.factors
                return
            new = self._places(tensor, indices)
            self.coefficient *= power(tensor.coefficient, exponent)
            for t, inner, e in tensor.factors:
                self.multiply(t, tuple([new[k] for k in inner]), plain_exponent(e * exponent))
        elif is_constant(tensor):  # sqrt(2*pi) is sqrt(2)*sqrt(pi)
            self.multiply(constant(tensor.coefficient), indices, exponent)
            self.multiply(stripped(tensor), indices, exponent)
        elif tensor.summed and isinstance(exponent, int) and not all(f[1] for f in tensor.factors):
            inside = [f for f in tensor.factors if f[1]]
            for t, _, e in tensor.factors:  # (c*A*x)^2 is c^2*(A*x)^2
                if not t.axes:
                    self.multiply(t, (), plain_exponent(e * exponent))
            rest = contract(tensor.coefficient, inside, tensor.out, dict(enumerate(tensor.dims)))
            self.multiply(rest, indices, exponent)
        elif tensor.coefficient != 1 and (exponent == 1 or power_exact(tensor.coefficient, exponent) is not None):
            # it stays whole and gives up its number, so that a number stands in one place only
            self.coefficient *= power(tensor.coefficient, exponent)
            self.multiply(stripped(tensor), indices, exponent)
        else:
            self.take((tensor, indices, exponent))

    def _places(self, tensor: Contraction, indices: tuple[int, ...]) -> list[int]:
        """The index here of each index of a product that is opened up."""
        self._measure(indices, tensor.axes)
        new: list[int] = []
        if tensor.out[-1:] == (len(tensor.out) - 1,):  # these are numbered first, in their order: all are different
            new += indices
        else:
            for number, i in zip(tensor.out, indices, strict=True):
                if number < len(new):
                    new[number] = self.unite(new[number], i)
                else:
                    new.append(i)
        for d in tensor.dims[len(new) :]:
            self.dims[i := next(_fresh)] = d
            new.append(i)
        return new

    def finish(self) -> Tensor:
        out = tuple([self.find(i) for i in self.out]) if self.same else tuple(self.out)
        if not self.same and (found := at_once(self.coefficient, self.factors, out, self.dims)) is not None:
            return found
        merged = self._merge()
        while merged is not None and len(merged) < len(self.factors) and self._reopened(merged):
            merged = self._merge()
        if merged is None:
            return zero(tuple([self.dims[i] for i in self.out]))
        used = {*out}.union(*[indices for _, indices, _ in merged])
        within = joined_tokens([t.within for t, _, _ in merged])
        if len(used) < len(self.dims):
            self._count_lost(merged, used)
        if within:
            for rewrite in laws(within):
                found = rewrite(self.coefficient, merged, out, self.dims)
                if found is not None:
                    return found
        if len(merged) > 1 and (found := self._multiplied_out(merged, out)) is not None:
            return found
        whole, merged = merged, scalars(merged, out, self.coefficient)
        if merged is not whole and any(type(t) is Sum and not t.terms for t, _, _ in merged):
            return zero(tuple([self.dims[i] for i in out]))
        if len(merged) == 1 and (self.coefficient is ONE or self.coefficient == 1):
            tensor, indices, exponent = merged[0]
            itself = indices == out or (indices == out[::-1] and symmetry(tensor) == 1)
            if exponent == 1 and itself and len(set(out)) == len(out):
                return tensor
        return canonical(self.coefficient, merged, out, self.dims)

    def _reopened(self, merged: list[Factor]) -> bool:
        """Whether factors that met as one power open up now: the two sqrt(2) of sqrt(2)*sqrt(2) are the number 2."""
        if not any(type(t) is Contraction for t, _, _ in merged):
            return False
        there = {(t, tuple([self.find(i) for i in raw]), e) for t, raw, e in self.factors}
        met = [
            f
            for f in merged
            if isinstance(f[0], Contraction) and f not in there and opens(f[0], f[2], len(self.factors))
        ]
        if not met:
            return False
        self.factors = [f for f in merged if f not in met]
        for f in met:
            self.multiply(*f)
        return True

    def _count_lost(self, merged: list[Factor], used: set[int]) -> None:
        """A summed index whose factors cancelled out: the sum of ones over it is its dimension."""
        for i in {self.find(i) for i in self.dims} - used:
            d = self.dims[i]
            if d.number is not None:
                self.coefficient *= d.number
            else:
                gather(merged, (length(d), (), 1))

    def _merge(self) -> list[Factor] | None:
        """Equal factors as one power; None where the product is zero."""
        total: dict[tuple[Tensor, tuple[int, ...]], Exponent] = {}
        antisymmetric = False
        for tensor, raw, exponent in self.factors:
            indices = tuple([self.find(i) for i in raw]) if self.same else raw
            if len(indices) == 2 and (sign := symmetry(tensor) if tensor.symmetry is None else tensor.symmetry):
                if sign < 0:
                    antisymmetric = True
                    if indices[0] == indices[1]:
                        return None
                if indices[0] > indices[1] and (sign > 0 or isinstance(exponent, int)):
                    indices = indices[::-1]
                    if sign < 0:
                        self.coefficient *= power(Fraction(sign), exponent)
            if type(tensor) is Sum and not tensor.terms:
                if exponent < 0:
                    raise DomainError(say("division by an expression that is zero"))
                return None
            there = tensor, indices
            total[there] = total[there] + exponent if there in total else exponent
        if self.coefficient is not ONE and not self.coefficient:
            return None
        if antisymmetric and any(
            self._cancels(t, i, e, total) for (t, i), e in total.items() if len(i) == 2 and t.symmetry == -1
        ):
            return None
        return [(t, i, e if type(e) is int else plain_exponent(e)) for (t, i), e in total.items() if e]

    def _cancels(
        self, t: Tensor, indices: tuple[int, ...], e: Exponent, total: Mapping[tuple[Tensor, tuple[int, ...]], Exponent]
    ) -> bool:
        """Whether all entries of an antisymmetric matrix, to an odd power, are added up: sum(K) is sum(-K), so zero."""
        elsewhere = {self.find(i) for i in self.out}.union(*(j for u, j in total if (u, j) != (t, indices)))
        return e > 0 and e % 2 == 1 and elsewhere.isdisjoint(indices)

    def _multiplied_out(self, merged: list[Factor], out: tuple[int, ...]) -> Tensor | None:
        """A sum with three axes or more has no place in matrix notation: multiply it out."""
        for k, (t, indices, e) in enumerate(merged):
            if len(indices) > 2 and type(t) is Sum and e == 1 and len(t.terms) <= SPREAD:
                rest, ends = merged[:k] + merged[k + 1 :], {i: self.dims[i] for i in out}
                terms = [(c * self.coefficient, contract(1, [(b, indices, 1), *rest], out, ends)) for c, b in t.terms]
                return add(terms, tuple(self.dims[i] for i in out))
        return None


# -- sums


@lru_cache(256)
def constant(value: Fraction | int, axes: tuple[Dim, ...] = ()) -> Tensor:
    """The tensor with all entries equal to a number."""
    return contract(value, (), tuple(range(len(axes))), dict(enumerate(axes))) if value else zero(axes)


def add(terms: Iterable[tuple[Fraction | int, Tensor]], axes: tuple[Dim, ...]) -> Tensor:
    """The linear combination of tensors with these axes, like terms merged."""
    tick()
    terms = list(terms)
    if len(terms) == 1:
        return scale(*terms[0])
    total: dict[Tensor, Fraction] = {}
    for c, t in terms:
        _add_term(total, c if type(c) is Fraction else ONE if c == 1 else Fraction(c), t)
    for body in [b for b in total if is_sum(b)]:  # y + 2*(x - y): multiply out where something meets
        inner = _terms_of(body)
        if abs(total[body]) == 1 or any(t in total for _, t in inner):
            c = total.pop(body)
            for d, t in inner:
                _add_term(total, c * d, t)
    final = [(c, t) for t, c in total.items() if c is ONE or c]
    within = joined_tokens([t.within for _, t in final])
    for rewrite in sum_laws(within) if within else ():
        found = rewrite(final, axes)
        if found is not None:
            return found
    if len(final) == 1:
        return scale(*final[0])
    diagonal = _diagonal(final)
    if diagonal is not None:
        return diagonal
    final.sort(key=lambda term: (term[1].key, term[0]))
    numbers = [(*c.as_integer_ratio(), t) for c, t in final]
    key = (len(axes), *[hash((n, d, t.key)) for n, d, t in numbers])
    identity = tuple(numbers)
    return intern_node(Sum, axes, identity, key, terms=tuple(final))


def _diagonal(terms: list[Term]) -> Tensor | None:
    """A sum of diagonal matrices (in general: of tensors with the same delta) is the diagonal matrix of a sum."""
    out = terms[0][1].out if terms and isinstance(terms[0][1], Contraction) else ()
    if len(set(out)) == len(out) or any(not isinstance(t, Contraction) or t.out != out for _, t in terms):
        return None
    distinct = tuple(dict.fromkeys(out))
    dims = dict(zip(out, terms[0][1].axes, strict=True))
    inner = add(
        [(c, contract(t.coefficient, t.factors, distinct, dims)) for c, t in terms if isinstance(t, Contraction)],
        tuple(dims[i] for i in distinct),
    )
    return contract(1, [(inner, distinct, 1)], out, dims)


def scale(c: Fraction | int, t: Tensor) -> Tensor:
    """A number times a tensor."""
    if c == 1:
        return t
    if c and type(t) is Contraction and flat(t) and (len(t.factors) > 1 or c * t.coefficient != 1):
        return weighted(t, c * t.coefficient)
    out = tuple(range(t.order))
    return contract(c, [(t, out, 1)], out)


def _add_term(total: dict[Tensor, Fraction], c: Fraction, t: Tensor) -> None:
    stack = [(c, t)]
    while stack:
        c, t = stack.pop()
        if type(t) is Sum and not t.terms:
            continue
        if isinstance(t, Contraction) and t.coefficient is not ONE and t.coefficient != 1:
            c, t = c * t.coefficient, stripped(t)
        if is_sum(t) and abs(c) == 1:
            stack.extend((c * d, inner) for d, inner in reversed(_terms_of(t)))
        else:
            total[t] = total[t] + c if t in total else c


def stripped(c: Contraction) -> Tensor:
    """A product without its number."""
    if len(c.factors) > 1 and flat(c):
        return weighted(c, ONE)
    return contract(1, c.factors, c.out, dict(enumerate(c.dims)))


def _terms_of(t: Tensor) -> list[Term]:
    inner, places = bare(t)
    assert isinstance(inner, Sum)
    if places == tuple(range(t.order)):
        return list(inner.terms)
    moved = [(c, permute(b, places)) for c, b in inner.terms]
    return [
        (c * b.coefficient, stripped(b)) if isinstance(b, Contraction) and b.coefficient != 1 else (c, b)
        for c, b in moved
    ]


def permute(t: Tensor, places: Sequence[int]) -> Tensor:
    """The tensor whose axis k is axis places[k] of this one."""
    return contract(1, [(t, tuple(range(t.order)), 1)], tuple(places))


# -- what is known of a tensor


def symmetry(t: Tensor) -> int:
    """1 for a symmetric matrix, -1 for an antisymmetric one, else 0."""
    if t.symmetry is None:
        t.symmetry = 0  # while it is being found out
        if t.order == 2 and t.axes[0] is t.axes[1]:
            t.symmetry = _symmetry(t)
    return t.symmetry


def _symmetry(t: Tensor) -> int:
    match t:
        case Variable(facts=facts):
            return sense(facts).turned
        case Unknown(function=f, partials=partials, args=args):
            twice = len(partials) == 2 and partials[0] == partials[1] and args[partials[0]].order == 1
            return 1 if twice or (not partials and sense(f.facts).turned == 1) else 0
        case Apply(op=op, args=args) if op.equivariant:
            signs = {symmetry(a) for a in args if a.order}
            return 1 if signs == {1} else 0
        case Apply(op=op) if op.symmetric:
            return 1
        case Apply(op=op, args=args) if isinstance(op.meaning, Linear) and op.meaning.symmetric:
            return 1 if symmetry(args[-1]) == 1 else 0
        case Contraction():
            other = permute(t, (1, 0))
            return 1 if other is t else -1 if other is scale(-1, t) else 0
        case Sum(terms=terms):
            turned = [(c, permute(b, (1, 0))) for c, b in terms]
            found = 1 if add(turned, t.axes) is t else -1 if add([(-c, b) for c, b in turned], t.axes) is t else 0
            wide = t if found else rewrites.spread(t)
            return found if wide is t else symmetry(wide)
    return 0
