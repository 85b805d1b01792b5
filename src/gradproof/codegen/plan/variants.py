"""Other forms of the same tensors, of which the cheapest at the sizes at hand is computed.

low rank      inv(diag(d) + V*V') and its determinant by a system as large as V has columns: Woodbury's identity and the determinant lemma
squares       A'*A - A'*B - B'*A + B'*B as (A - B)'*(A - B)
distributed   (A - B*K)*x as A*x - B*(K*x), where such a matrix meets nothing but vectors
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from gradproof.codegen.plan.squares import squared
from gradproof.engine.applied import apply
from gradproof.engine.bounds import gram, positive
from gradproof.engine.contract import add, contract
from gradproof.engine.replace import rebuild
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor, fold_tensor, length, walk_tensor
from gradproof.engine.triangular import LOGDET
from gradproof.ops import basic
from gradproof.records import dataclass
from gradproof.shapes.dims import Sizes

INV, LOG = basic.INV, basic.LOG


@dataclass(frozen=True, slots=True)
class Forms:
    """Tensors in one form; `thin`: sums in them that are never made an array where they can be multiplied out."""

    tensors: tuple[Tensor, ...]
    thin: frozenset[Tensor] = frozenset()


def variants(tensors: Sequence[Tensor], sizes: Sizes) -> Iterator[Forms]:
    """The forms that there are, the given one first."""
    plain = Forms(tuple(tensors))
    yield plain
    narrow = _low_rank(plain, sizes)
    if narrow is not None:
        yield narrow
    squares = Forms(tuple([squared(t) for t in plain.tensors]))
    if squares.tensors != plain.tensors:
        yield squares
    spread = _distributed(plain)
    if spread is not None:
        yield spread


# -- a diagonal and a low rank


@dataclass(frozen=True, slots=True)
class DiagonalPlusLowRank:
    """diag(d) + c*V*V': V with its indices, of which 0 is that of the rows."""

    d: Tensor
    c: Fraction
    V: Tensor
    rows: int  # the axis of V that is that of the rows


def _low_rank(forms: Forms, sizes: Sizes) -> Forms | None:
    found: dict[Tensor, DiagonalPlusLowRank] = {}
    for t in forms.tensors:
        for node in walk_tensor(t):
            if isinstance(node, Apply) and node.op in (INV, LOGDET) and node.args[0] not in found:
                split = _split(node.args[0], sizes)
                if split is not None:
                    found[node.args[0]] = split
    if not found:
        return None
    thin: set[Tensor] = set()

    def visit(node: Tensor, args: list[Tensor]) -> Tensor:
        split = found.get(node.args[0]) if isinstance(node, Apply) else None
        if split is None or not isinstance(node, Apply) or node.op not in (INV, LOGDET):
            return _on_vectors(rebuild(node, args), thin)
        if node.op is LOGDET:
            return _determinant(split)
        inverse = _inverse(split)
        thin.add(inverse)
        return inverse

    return Forms(tuple(fold_tensor(t, visit) for t in forms.tensors), frozenset(thin))


def _split(t: Tensor, sizes: Sizes) -> DiagonalPlusLowRank | None:
    """A sum of one product V*V', with far fewer columns than rows, and of diagonals that are proven to be positive."""
    if not isinstance(t, Sum) or not all(isinstance(b, Contraction) and b.order == 2 and c > 0 for c, b in t.terms):
        return None
    diagonals = [(c, b) for c, b in t.terms if isinstance(b, Contraction) and b.out == (0, 0)]
    others = [(c, b) for c, b in t.terms if isinstance(b, Contraction) and b.out == (0, 1)]
    if len(others) != 1 or not diagonals or len(others) + len(diagonals) < len(t.terms):
        return None
    ((c, b),) = others
    halves = gram(list(b.factors), 0, 1)
    if halves is None or halves[2] or b.coefficient != 1 or halves[0][2] != 1:
        return None
    V, indices, _ = halves[0]
    rows = indices.index(0)
    if 2 * V.axes[1 - rows].evaluate(sizes) >= t.axes[0].evaluate(sizes):
        return None
    vectors = [(e, contract(x.coefficient, x.factors, (0,), {0: t.axes[0]})) for e, x in diagonals]
    return DiagonalPlusLowRank(add(vectors, t.axes[:1]), c, V, rows) if all(positive(v) for _, v in vectors) else None


def _column(s: DiagonalPlusLowRank, row: int, column: int) -> list[Factor]:
    """The entries of inv(diag(d))*V."""
    return [(s.V, (row, column) if s.rows == 0 else (column, row), 1), (s.d, (row,), -1)]


def _small(s: DiagonalPlusLowRank) -> Tensor:
    """eye(k)/c + V'*inv(diag(d))*V."""
    k = s.V.axes[1 - s.rows]
    other: Factor = (s.V, (2, 1) if s.rows == 0 else (1, 2), 1)
    return add(
        [(1 / s.c, contract(1, (), (0, 0), {0: k})), (1, contract(1, [*_column(s, 2, 0), other], (0, 1)))], (k, k)
    )


def _inverse(s: DiagonalPlusLowRank) -> Tensor:
    middle: Factor = (apply(INV, (_small(s),)), (2, 3), 1)
    rest = contract(1, [*_column(s, 0, 2), middle, *_column(s, 1, 3)], (0, 1))
    return add([(1, contract(1, [(s.d, (0,), -1)], (0, 0))), (-1, rest)], (*s.d.axes, *s.d.axes))


def _determinant(s: DiagonalPlusLowRank) -> Tensor:
    logs = contract(1, [(apply(LOG, (s.d,)), (0,), 1)], ())
    scale = contract(1, [(length(s.V.axes[1 - s.rows]), (), 1), (apply(LOG, (contract(s.c, (), ()),)), (), 1)], ())
    return add([(1, logs), (1, apply(LOGDET, (_small(s),))), *([(1, scale)] if s.c != 1 else [])], ())


# -- sums that meet vectors only


def _distributed(forms: Forms) -> Forms | None:
    able: set[Tensor] = {
        node for t in forms.tensors for node in walk_tensor(t) if isinstance(node, Sum) and _costly(node)
    }
    while able:
        tensors = tuple(_spread_in(t, able) for t in forms.tensors)
        left = {node for t in tensors for node in walk_tensor(t)} & able
        if not left:
            return Forms(tensors)
        able = able - left
    return None


def _spread_in(t: Tensor, able: set[Tensor]) -> Tensor:
    return fold_tensor(t, lambda node, args: _on_vectors(rebuild(node, args), able))


def _costly(t: Sum) -> bool:
    """Whether a matrix is a sum with a product of matrices."""
    return t.order == 2 and any(
        isinstance(b, Contraction) and sum(len(indices) == 2 for _, indices, _ in b.factors) > 1 for _, b in t.terms
    )


def _on_vectors(t: Tensor, able: set[Tensor]) -> Tensor:
    """A product in which such sums are multiplied by vectors that they meet."""
    while isinstance(t, Contraction) and (found := _meeting(t, able)) is not None:
        f, vector, i = found
        other = f[1][0] if f[1][1] == i else f[1][1]
        terms = [(c, contract(1, [(b, f[1], 1), *vector], (other,))) for c, b in f[0].terms]  # type: ignore[attr-defined]
        rest = [g for g in t.factors if g is not f and g not in vector]
        whole: Factor = (add(terms, (t.dims[other],)), (other,), 1)
        t = contract(t.coefficient, [*rest, whole], t.out, {k: t.dims[k] for k in t.out})
    return t


def _meeting(t: Contraction, able: set[Tensor]) -> tuple[Factor, list[Factor], int] | None:
    """A sum, and the factors that hang on one of its indices alone and make a vector, with no such sum among them."""
    for f in t.factors:
        if f[0] in able and f[2] == 1 and f[1][0] != f[1][1]:
            for i, other in (f[1], f[1][::-1]):
                vector, reached = _hanging(t, f, i)
                if vector and not reached & {other, *t.out} and all(g[0] not in able for g in vector):
                    return f, vector, i
    return None


def _hanging(t: Contraction, f: Factor, i: int) -> tuple[list[Factor], set[int]]:
    """The factors that are connected to an index other than through f, and their indices."""
    found: list[Factor] = []
    reached = {i}
    while more := [g for g in t.factors if g is not f and g not in found and reached.intersection(g[1])]:
        found += more
        reached.update(k for g in more for k in g[1])
    return found, reached
