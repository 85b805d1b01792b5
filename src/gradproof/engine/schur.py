"""Blocks of the inverse of a block matrix by the Schur complement of one that is known to be invertible: of [A, B; C, D] the last is inv(D - C*inv(A)*B)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds, definite, regular
from gradproof.engine.contract import add, constant, contract
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor
from gradproof.ops import Operation, basic
from gradproof.ops.placed import ENDS, HEAD, LAST, TAIL, unit
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim, dim, scaled

_ONE = dim(1)
_FIRST = unit(1)


@dataclass(frozen=True)
class _Stretch:
    """The first or the last entries of an axis."""

    first: bool
    length: Dim

    def other(self, whole: Dim) -> _Stretch:
        return _Stretch(not self.first, whole + scaled(self.length, -1))

    def rows(self, whole: Dim) -> Tensor:
        """The rows of the identity matrix that pick it: one row is a vector."""
        if self.length is _ONE:
            return apply(_FIRST if self.first else LAST, (constant(1, (whole,)),))
        return apply(HEAD if self.first else TAIL, (constant(1, (self.length, whole)),))


@dataclass(frozen=True)
class _Tile:
    """A block, and whether it has rows and columns: what is one row high has no axis there."""

    tensor: Tensor
    high: bool
    wide: bool

    @property
    def regular(self) -> bool:
        """Whether it is known to be invertible."""
        if not self.high:
            return bounds(self.tensor).power(Fraction(-1)).positive
        return definite(self.tensor) == 2 or regular(self.tensor)

    def inverse(self) -> _Tile:
        t = apply(basic.INV, (self.tensor,)) if self.high else contract(1, [(self.tensor, (), -1)], ())
        return _Tile(t, self.high, self.wide)

    def less(self, other: _Tile) -> _Tile:
        return _Tile(add([(1, self.tensor), (-1, other.tensor)], self.tensor.axes), self.high, self.wide)


def _product(*blocks: _Tile, coefficient: int = 1) -> _Tile:
    """Blocks that follow one another."""
    factors: list[Factor] = []
    for k, b in enumerate(blocks):
        factors.append((b.tensor, ((k,) if b.high else ()) + ((k + 1,) if b.wide else ()), 1))
    high, wide, last = blocks[0].high, blocks[-1].wide, len(blocks)
    out = ((0,) if high else ()) + ((last,) if wide else ())
    axes = {0: blocks[0].tensor.axes[0]} if high else {}
    if wide:
        axes[last] = blocks[-1].tensor.axes[-1]
    return _Tile(contract(coefficient, factors, out, axes), high, wide)


class _TwoByTwo:
    """A matrix in two by two blocks."""

    def __init__(self, matrix: Tensor, part: _Stretch):
        self.matrix, self.whole = matrix, matrix.axes[0]
        self.parts = (part, part.other(self.whole)) if part.first else (part.other(self.whole), part)

    def at(self, i: int, j: int) -> _Tile:
        sides = [self.parts[k].rows(self.whole) for k in (i, j)]
        high, wide = (t.order == 2 for t in sides)
        factors = [
            (sides[0], (0, 2) if high else (2,), 1),
            (self.matrix, (2, 3), 1),
            (sides[1], (1, 3) if wide else (3,), 1),
        ]
        out = ((0,) if high else ()) + ((1,) if wide else ())
        axes = {k: sides[k].axes[0] for k in out}
        return _Tile(contract(1, factors, out, axes), high, wide)

    @property
    def triangular(self) -> bool:
        """Whether a block beside the diagonal is zero: where the matrix has an inverse, so have the blocks on the diagonal."""
        beside = [self.at(j, 1 - j).tensor for j in (0, 1)]
        return any(isinstance(t, Sum) and not t.terms for t in beside)

    def complement(self, k: int) -> _Tile:
        """The Schur complement of the block at k, which stands at the other place."""
        j = 1 - k
        return self.at(j, j).less(_product(self.at(j, k), self.at(k, k).inverse(), self.at(k, j)))

    def inverse(self, i: int, j: int) -> _Tile | None:
        """A block of the inverse matrix; None where no block that would do is known to be invertible."""
        known = [k for k in ((1 - i,) if i == j else (0, 1)) if self.triangular or self.at(k, k).regular]
        if not known:
            return None
        k = known[0]
        rest, own = self.complement(k).inverse(), self.at(k, k).inverse()
        if i == j:
            return rest
        return _product(*((own, self.at(i, j), rest) if i == k else (rest, self.at(i, j), own)), coefficient=-1)


def complements(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """A product in which a block of the inverse of a block matrix stands, between rows of identity matrices."""
    for factor in factors:
        t, indices, e = factor
        if not isinstance(t, Apply) or t.op is not basic.INV or e != 1 or not _in_blocks(t.args[0]):
            continue
        sides = [_side(factor, i, factors, out) for i in indices]
        if sides[0] is None or sides[1] is None or indices[0] == indices[1]:
            continue
        (one, p), (two, q) = sides[0], sides[1]
        blocks = _TwoByTwo(t.args[0], p)
        if q not in blocks.parts:
            continue
        found = blocks.inverse(blocks.parts.index(p), blocks.parts.index(q))
        if found is not None:
            open_ = one[1][:-1] + two[1][:-1]
            left = [f for f in factors if f is not factor and f is not one and f is not two]
            return contract(coefficient, [*left, (found.tensor, open_, 1)], out, {i: dims[i] for i in out})
    return None


def _in_blocks(t: Tensor) -> bool:
    """Whether a matrix is a sum of blocks."""
    return isinstance(t, Sum) and any(
        isinstance(b, Contraction) and any(_end(f[0]) is not None for f in b.factors) for _, b in t.terms
    )


def _end(t: Tensor) -> Operation | None:
    return t.op if isinstance(t, Apply) and (t.op in ENDS or t.op is _FIRST) else None


def _side(inverse: Factor, i: int, factors: list[Factor], out: tuple[int, ...]) -> tuple[Factor, _Stretch] | None:
    """The rows of an identity matrix that are all that an axis meets."""
    around = [f for f in factors if i in f[1] and f is not inverse]
    if i in out or len(around) != 1 or around[0][2] != 1 or around[0][1].count(i) > 1 or around[0][1][-1] != i:
        return None
    op = _end(around[0][0])
    if op is None:
        return None
    return around[0], _Stretch(op in (HEAD, _FIRST), around[0][0].axes[0] if op in (HEAD, TAIL) else _ONE)
