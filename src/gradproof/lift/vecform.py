"""Tensors of order three and four as matrices, in Kronecker and vec notation.

Rows are vec of the variable, columns vec of the value (columns stacked, so that the last index of each is the slow one):
M[(j,i),(l,k)] = D[i,j,k,l]. A term has such a form where its outer indices split: each connected part of the product holds at most one
row index and one column index, and is a matrix, a column or a row; the Kronecker product of the parts is the term, up to a commutation matrix.
Further, an entrywise factor over both row indices, or both column indices, is diag(vec(S)) on that side.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations

from gradproof.engine.canonical import components
from gradproof.engine.contract import contract
from gradproof.engine.tensor import Contraction, Factor, Sum, Tensor
from gradproof.lift.graph import NoMatrixForm
from gradproof.lift.lifter import Lifter
from gradproof.lift.pretty import Term, plus
from gradproof.lift.solved import solved, solved_between
from gradproof.notation.expr import Call, Expr, call
from gradproof.ops import basic
from gradproof.records import dataclass
from gradproof.shapes.dims import product

EYE = basic.EYE
_MOST = 3  # exchanges of neighbours on one side


def vec_form(t: Tensor, rows: Sequence[int], cols: Sequence[int], lifter: Lifter) -> Expr:
    """The matrix of a tensor whose axes `rows` and `cols` (slow ones first) make up its rows and columns. Raises NoMatrixForm."""
    terms = []
    t, rows, cols, times = _turned_back(t, rows, cols)
    for c, body in [(c * times, b) for c, b in t.terms] if isinstance(t, Sum) else ((times, t),):
        found = solved(body, rows, cols, lifter) or solved_between(
            body, rows, cols, lifter, lambda u, r, k: vec_form(u, r, k, lifter)
        )
        if found is not None:
            terms.append(Term(found.coefficient * c, found.scalars, found.chain))
            continue
        if not isinstance(body, Contraction):
            raise NoMatrixForm
        term = _Split(body, tuple(rows), tuple(cols), lifter).term()
        terms.append(Term(term.coefficient * c, term.scalars, term.chain))
    if not terms:
        rows_, cols_ = (product(t.axes[a] for a in side) for side in (rows, cols))
        return call("zeros", params=(rows_, cols_))
    return plus(terms, lifter.style)


def _turned_back(
    t: Tensor, rows: Sequence[int], cols: Sequence[int]
) -> tuple[Tensor, Sequence[int], Sequence[int], Fraction]:
    """A sum whose axes are only in another order, times a number: the sum, its own rows and columns, and the number."""
    if isinstance(t, Contraction) and len(t.factors) == 1 and isinstance(t.factors[0][0], Sum):
        inner, indices, e = t.factors[0]
        if e == 1 and sorted(t.out) == sorted({*indices}) == sorted(indices):
            at = {i: k for k, i in enumerate(indices)}
            return inner, [at[t.out[a]] for a in rows], [at[t.out[a]] for a in cols], t.coefficient
    return t, rows, cols, Fraction(1)


@dataclass(frozen=True)
class _Block:
    """A connected part of a product: a matrix, a column (no `cols`) or a row (no `rows`); the places that its indices have in those of the whole."""

    expr: Expr
    rows: tuple[int, ...]
    cols: tuple[int, ...]


@dataclass
class _Split:
    """One term on its way to a Kronecker product."""

    body: Contraction
    rows: tuple[int, ...]
    cols: tuple[int, ...]
    lifter: Lifter

    def term(self) -> Term:
        body = self.body
        scalars = tuple((self._lift([(t, i, 1)], ()), e) for t, i, e in body.factors if not i)
        factors = [f for f in body.factors if f[1]]
        try:
            chain = self._chain(factors)
        except NoMatrixForm:
            chain = self._scaled(factors)
        return Term(body.coefficient, scalars, chain)

    def _lift(self, factors: list[Factor], out: tuple[int, ...]) -> Expr:
        return self.lifter.lift(contract(1, factors, out, {i: self.body.dims[i] for i in out}))

    def _scaled(self, factors: list[Factor]) -> tuple[Expr, ...]:
        """With an entrywise factor on the row pair or the column pair taken out as diag(vec(S))."""
        for side in (self.cols, self.rows):
            ends = tuple(self.body.out[a] for a in reversed(side))
            mine = [f for f in factors if set(f[1]) <= set(ends)]
            if len(set(ends)) == 2 and mine:
                inner = self._chain([f for f in factors if f not in mine])
                inner = () if len(inner) == 1 and _identity(inner[0]) else inner
                scaling = call("diag", call("vec", self._lift(mine, ends)))
                return (*inner, scaling) if side is self.cols else (scaling, *inner)
        raise NoMatrixForm

    def _chain(self, factors: list[Factor]) -> tuple[Expr, ...]:
        blocks = [self._block(group, indices) for indices, group in components(factors, self.body.out)]
        if len(blocks) == 1 and not (blocks[0].rows and blocks[0].cols):
            return (blocks[0].expr,)
        column = [b for b in blocks if not b.cols]
        if len(blocks) == 2 and len(column) == 1 and len(column[0].rows) == len(self.rows):
            row = next(b for b in blocks if b is not column[0])
            if not row.rows:
                return (column[0].expr, row.expr)
        if any(len(b.rows) > 1 or len(b.cols) > 1 for b in blocks):
            return self._permuted(blocks)
        return self._kron(blocks)

    def _kron(self, blocks: list[_Block]) -> tuple[Expr, ...]:
        """The Kronecker product of the blocks in the order of the rows; a commutation matrix puts two exchanged columns right."""
        way = _arranged(blocks)
        cols = [x for b in way for x in b.cols]
        whole = [_product([b.expr for b in way])]
        if cols != sorted(cols):
            if len(cols) > 2:
                raise NoMatrixForm
            first, second = (self.body.dims[self.body.out[self.cols[c]]] for c in cols)
            whole = [] if _identity(whole[0]) else whole
            whole.append(call("commutation", params=(first, second)))
        return tuple(whole)

    def _permuted(self, blocks: list[_Block]) -> tuple[Expr, ...]:
        """The same where a block is the vec of a matrix: its two indices need not be neighbours among those of the whole."""
        if len(blocks) > _MOST + 1:
            raise NoMatrixForm
        ways = permutations(sorted(blocks, key=lambda b: (b.rows or (len(self.rows),), b.cols)))
        way = min(ways, key=lambda way: sum(_inversions([a for b in way for a in side(b)]) for side in _SIDES))
        whole = _product([b.expr for b in way])
        left = self._exchanges([a for b in way for a in b.rows], self.rows)
        right = self._exchanges([a for b in way for a in b.cols], self.cols)
        before = [
            call(basic.COMMUTATION, params=e.params[::-1]) if isinstance(e, Call) and e.op is basic.COMMUTATION else e
            for e in left[::-1]
        ]
        return (*before, *([] if _identity(whole) and (left or right) else [whole]), *right)

    def _exchanges(self, order: list[int], side: Sequence[int]) -> list[Expr]:
        """The matrices that put exchanged indices of one side right, one exchange of neighbours after the other: eye ⊗ commutation ⊗ eye."""
        found: list[Expr] = []
        dims = [self.body.dims[self.body.out[a]] for a in side]
        while order != sorted(order):
            k = next(k for k in range(len(order) - 1) if order[k] > order[k + 1])
            first, second = dims[order[k]], dims[order[k + 1]]
            parts = [call("commutation", params=(first, second))]
            if order[:k]:
                parts.insert(0, call(EYE, params=(product(dims[a] for a in order[:k]),)))
            if order[k + 2 :]:
                parts.append(call(EYE, params=(product(dims[a] for a in order[k + 2 :]),)))
            found.append(_product(parts))
            order = [*order[:k], order[k + 1], order[k], *order[k + 2 :]]
            if len(found) > _MOST:
                raise NoMatrixForm
        return found

    def _block(self, factors: list[Factor], indices: set[int]) -> _Block:
        """A connected part as a matrix, a column or a row."""
        out = self.body.out
        rows, cols = (
            tuple(a for a, axis in enumerate(side) if out[axis] in indices) for side in (self.rows, self.cols)
        )
        if rows and cols:
            if len(rows) > 1 or len(cols) > 1:
                raise NoMatrixForm
            ends = (*(out[self.rows[a]] for a in rows), *(out[self.cols[a]] for a in cols))
            return _Block(self._lift(factors, ends), rows, cols)
        side = self.rows if rows else self.cols
        ends = tuple(out[side[a]] for a in reversed(rows or cols))
        e = self._lift(factors, ends)
        e = call("vec", e) if len(ends) == 2 else e
        return _Block(e if rows else self.lifter.style.transpose(e), rows, cols)


_SIDES = (lambda b: b.rows, lambda b: b.cols)


def _inversions(order: Sequence[int]) -> int:
    return sum(a > b for k, a in enumerate(order) for b in order[k + 1 :])


def _arranged(blocks: list[_Block]) -> list[_Block]:
    """Blocks of at most one row and one column in the order of their rows, the columns as far in theirs as that allows."""
    rowed = sorted((b for b in blocks if b.rows), key=lambda b: b.rows)
    free = sorted((b for b in blocks if not b.rows), key=lambda b: b.cols)
    way: list[_Block] = []
    while rowed or free:
        wanted = min([*[b.cols for b in rowed if b.cols][:1], *(b.cols for b in free[:1])], default=())
        options = [*(b for b in rowed[:1] if b.cols in ((), wanted)), *(b for b in free[:1] if b.cols == wanted)]
        chosen = min(options, key=blocks.index)
        (rowed if chosen.rows else free).pop(0)
        way.append(chosen)
    return way


def _identity(e: Expr) -> bool:
    return isinstance(e, Call) and e.op is EYE


def _product(exprs: list[Expr]) -> Expr:
    """The Kronecker product; of identity matrices, the larger identity matrix."""
    result = exprs[0]
    for e in exprs[1:]:
        both = _identity(result) and _identity(e)
        result = call("eye", params=(result.type.dims[0] * e.type.dims[0],)) if both else call("kron", result, e)
    return result
