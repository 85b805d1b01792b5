"""Block matrices: sums of blocks between the first and last rows of identity matrices, and the laws by which they are taken apart again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, constant, contract, zero
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor
from gradproof.ops import Operation
from gradproof.ops.placed import ENDS, HEAD, LAST, TAIL
from gradproof.shapes.dims import Dim, dim, scaled

_LITTLE = 4  # terms of a sum within a product that is multiplied out
_MOST = 32  # terms that a product of two stacked sums is multiplied out to


def taken_apart(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """A product along an axis in which all factors are stacked from parts: part by part, [A; B]'*[C; D] is A'*C + B'*D."""
    for place, (t, indices, e) in enumerate(factors):
        if not isinstance(t, Sum) or e not in (1, 2) or len(t.terms) > _MOST:
            continue
        for axis, i in enumerate(indices):
            if i in out or indices.count(i) > 1 or not _stacked(t, axis):
                continue
            others = [(f, f_at.index(i), x) for k, (f, f_at, x) in enumerate(factors) if k != place and i in f_at]
            if (e == 1 and not others) or not all(x == 1 and _stacked(f, at) for f, at, x in others):
                continue
            rest = [*factors[:place], *factors[place + 1 :], *([(t, indices, 1)] if e == 2 else [])]
            kept = {k: dims[k] for k in out}
            terms = [(c * coefficient, contract(1, [(b, indices, 1), *rest], out, kept)) for c, b in t.terms]
            return add(terms, tuple([dims[k] for k in out]))
    return None


def spread(t: Sum) -> Tensor:
    """A sum of products in each of which a little sum stands, multiplied out, as [A, B; C, D] is made of rows of blocks; else itself."""
    terms: list[tuple[Fraction, Tensor]] = []
    for c, b in t.terms:
        if not isinstance(b, Contraction):
            return t
        inner = [(f, s, i, e) for f in b.factors for s, i, e in [f] if isinstance(s, Sum)]
        if len(inner) != 1 or inner[0][3] != 1 or len(inner[0][1].terms) > _LITTLE:
            return t
        factor, within, indices, _ = inner[0]
        rest, kept = [f for f in b.factors if f is not factor], {i: b.dims[i] for i in b.out}
        for d, part in within.terms:
            terms.append((c * d, contract(b.coefficient, [*rest, (part, indices, 1)], b.out, kept)))
    return add(terms, t.axes)


def _stacked(t: Tensor, axis: int) -> bool:
    """Whether an axis is made of parts that follow one another: the column of head and tail, the place of a unit vector at an end, and sums of such."""
    match t:
        case Apply(op=op):
            return op in (HEAD, TAIL) and axis == 1 or op is LAST or op.place == 1
        case Sum(terms=terms):
            return all(_stacked(b, axis) for _, b in terms)
        case Contraction(out=out, factors=factors):
            i = out[axis]
            mine = [(f, at.index(i), e) for f, at, e in factors if i in at]
            return len(mine) == 1 and out.count(i) == 1 and mine[0][2] == 1 and _stacked(mine[0][0], mine[0][1])
    return False


def _never_less(whole: Dim, *parts: Dim) -> bool:
    """Whether these parts fit into the whole, for all sizes."""
    left = whole
    for d in parts:
        left = left + scaled(d, -1)
    return all(c > 0 for _, c in left.terms)


class _Ends:
    """A product in which rows of identity matrices stand: whole rows at their column, unit vectors at their place."""

    def __init__(self, factors: list[Factor], out: tuple[int, ...]):
        self.factors = factors
        known = [f for f in factors if isinstance(f[0], Apply) and f[2] > 0]  # 1/0 has no law
        self.rows = [f for f in known if _op(f[0]) in (HEAD, TAIL)]
        self.units = [f for f in known if _op(f[0]) is LAST or _op(f[0]).place]
        self.uses = Counter(i for f in factors for i in f[1])
        self.uses.update(out)

    def found(self) -> tuple[list[Factor], list[Factor]] | None:
        """Factors to leave out, and those to put instead; None where no law applies. Raises _Zero."""
        for k, f in enumerate(self.rows):
            if f[2] != 1:
                return [f], [(f[0], f[1], 1)]
            for g in self.rows[k + 1 :]:
                made = self._pair(f, g) or self._chain(f, g) or self._chain(g, f)
                if made is not None:
                    return [f, g], made
            for g in self.units:
                made = self._unit(f, g)
                if made is not None:
                    return [f, g], made
            if self.uses[f[1][1]] == 1:  # the sum of a row
                return [f], [(contract(1, (), (0,), {0: f[0].axes[0]}), f[1][:1], 1)]
        last = [f for f in self.units if f[0] in self._last()]
        for k, f in enumerate(last):
            if self.uses[f[1][0]] == 1:
                return [f], []
            if f[2] != 1 or any(g[1] == f[1] for g in last[k + 1 :]):
                same = [g for g in last if g[1] == f[1]]
                return same, [(f[0], f[1], 1)]
        return None

    def _last(self) -> set[Tensor]:
        return {f[0] for f in self.units if isinstance(f[0], Apply) and f[0].op is LAST}

    def _pair(self, f: Factor, g: Factor) -> list[Factor] | None:
        """Two at one column: one row, or none."""
        (one, (i, n), _), (two, (j, m), e) = f, g
        if n != m or e != 1 or i == n or j == n:
            return None
        if one is two:
            return [f, (contract(1, (), (0, 0), {0: one.axes[0]}), (i, j), 1)] if i != j else [f]
        if _op(one) is not _op(two) and _never_less(one.axes[1], one.axes[0], two.axes[0]):
            raise _Zero
        return None

    def _chain(self, f: Factor, g: Factor) -> list[Factor] | None:
        """The first rows of first rows, the last of the last."""
        (one, (i, n), _), (two, (m, j), e) = f, g
        if n != m or e != 1 or _op(one) is not _op(two) or self.uses[n] != 2 or i in (n, j):
            return None
        return [(_rows(_op(one), one.axes[0], two.axes[1]), (i, j), 1)]

    def _unit(self, f: Factor, g: Factor) -> list[Factor] | None:
        (t, (i, n), _), (u, (m,), e) = f, g
        if n != m or e != 1 or i == n:
            return None
        first, lastly = _op(u).place == 1, _op(u) is LAST
        if (first and _op(t) is TAIL) or (lastly and _op(t) is HEAD):
            if _never_less(t.axes[1], t.axes[0], dim(1)):
                raise _Zero
            return None
        if self.uses[n] != 2 or not (first or lastly):
            return None
        return [(apply(_op(u), (constant(1, t.axes[:1]),)), (i,), 1)]


class _Zero(Exception):
    pass


def _op(t: Tensor) -> Operation:
    assert isinstance(t, Apply)
    return t.op


def _rows(op: Operation, m: Dim, n: Dim) -> Tensor:
    return apply(op, (constant(1, (m, n)),))


def ends_of_identity(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """head*head' and tail*tail' are eye, head*tail' is 0: what block matrices are made of."""
    if not any(isinstance(f[0], Apply) and f[0].op in ENDS for f in factors):
        return None
    try:
        found = _Ends(factors, out).found()
    except _Zero:
        return zero(tuple(dims[i] for i in out))
    if found is None:
        return None
    gone, made = found
    left = [f for f in factors if all(f is not g for g in gone)]
    return contract(coefficient, [*left, *made], out, {i: dims[i] for i in out})
