"""Triangular factors with a positive diagonal, whose product with its transpose is known: inv(L)'*inv(L) is inv(A), sum(log(diag(L))) is logdet(A)/2."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, contract
from gradproof.engine.lower import plain, substitute_template, template
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.basic import LOG
from gradproof.shapes.dims import Dim

INV = basic.INV
DET, LOGDET, PROD = TABLE["det"], TABLE["logdet"], TABLE["prod"]


def _squared(t: Tensor) -> tuple[Tensor, int] | None:
    """What a factor squared is, L*L' or inv(L)'*inv(L), and the axis that is summed over there."""
    if isinstance(t, Apply) and t.op.squared:
        whole = template(t.op.squared, (("X", "matrix n n"),))
        return substitute_template(whole, X=plain(t.args[0])).tensor, 1
    if isinstance(t, Apply) and t.op is INV and isinstance(t.args[0], Apply) and t.args[0].op.squared:
        found = _squared(t.args[0])
        return (apply(INV, (found[0],)), 0) if found else None
    return None


def met(coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]) -> Tensor | None:
    """Two of one factor that are summed over where they make what they are factors of, and the logarithms of its diagonal."""
    ends = {i: dims[i] for i in out}
    for f in factors:
        found = _squared(f[0])
        if found is not None:
            new = _pair(f, *found, factors, out)
        elif isinstance(f[0], Contraction) and f[2] == 2 and _is_long(f, factors, out):
            new = ([f], [(f[0], f[1], 1), (f[0], f[1], 1)])
        else:
            new = _logarithms(f, factors, out)
        if new is not None:
            rest = [g for g in factors if g not in new[0]]
            return contract(coefficient, [*rest, *new[1]], out, ends)
    return None


def _alone(index: int, mine: list[Factor], factors: list[Factor], out: tuple[int, ...]) -> bool:
    return index not in out and not any(index in g[1] for g in factors if g not in mine)


def _pair(
    f: Factor, whole: Tensor, axis: int, factors: list[Factor], out: tuple[int, ...]
) -> tuple[list[Factor], list[Factor]] | None:
    t, indices, e = f
    middle, own = indices[axis], indices[1 - axis]
    if middle == own:
        return None
    if e == 2 and _alone(middle, [f], factors, out):
        return [f], [(whole, (own, own), 1)]
    for g in factors:
        twice = g is not f and g[0] is t and (e, g[2]) == (1, 1) and g[1][axis] == middle != g[1][1 - axis]
        if twice and _alone(middle, [f, g], factors, out):
            return [f, g], [(whole, (own, g[1][1 - axis]), 1)]
    return None


def _is_long(f: Factor, factors: list[Factor], out: tuple[int, ...]) -> bool:
    """Whether a product that is squared, as inv(L)*y, has the index of its factor summed over here."""
    t, indices, _ = f
    assert isinstance(t, Contraction)
    for part, places, e in t.factors:
        found = _squared(part)
        if found is None or e != 1 or places[0] == places[1] or places[found[1]] not in t.out:
            continue
        inner = places[found[1]]
        if sum(inner in g[1] for g in t.factors) == 1 and t.out.count(inner) == 1:
            return _alone(indices[t.out.index(inner)], [f], factors, out)
    return False


def _logarithms(f: Factor, factors: list[Factor], out: tuple[int, ...]) -> tuple[list[Factor], list[Factor]] | None:
    t, indices, e = f
    if not (isinstance(t, Apply) and t.op is LOG and t.order == 1 and e == 1 and _alone(indices[0], [f], factors, out)):
        return None
    factor = _of_diagonal(t.args[0])
    return None if factor is None else ([f], [(apply(LOGDET, (factor,)), (), 1)])


def _of_diagonal(t: Tensor) -> Tensor | None:
    """The factor whose diagonal a vector is."""
    if isinstance(t, Contraction) and t.coefficient == 1 and len(t.factors) == 1:
        inner, places, e = t.factors[0]
        if isinstance(inner, Apply) and inner.op.squared and e == 1 and places == (t.out[0], t.out[0]):
            return inner
    return None


def of_rank_one(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    """det(eye(n) + u*v') is 1 + v'*u."""
    if op not in (DET, LOGDET) or not isinstance(args[0], Sum) or len(args[0].terms) != 2:
        return None
    axes = args[0].axes
    if not axes:  # the determinant of a number
        return None
    one = contract(1, (), (0, 0), {0: axes[0]})
    others = [(c, t) for c, t in args[0].terms if t is not one]
    if len(others) != 1 or not any(c == 1 and t is one for c, t in args[0].terms):
        return None
    ((c, t),) = others
    if not isinstance(t, Contraction) or t.out[0] == t.out[1] or _connected(t):
        return None
    whole = add([(1, contract(1, (), ())), (c, contract(1, [(t, (0, 0), 1)], ()))], ())
    return whole if op is DET else apply(LOG, (whole,))


def _connected(t: Contraction) -> bool:
    """Whether the two axes of a matrix hang together, so that it is not seen to be a column times a row."""
    reached, grown = {t.out[0]}, True
    while grown:
        new = {i for _, indices, _ in t.factors if reached & set(indices) for i in indices} - reached
        reached |= new
        grown = bool(new)
    return t.out[1] in reached


def applied(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    """Determinants of a factor, and the product of its diagonal."""
    if op not in (DET, LOGDET, PROD):
        return None
    factor = args[0] if op is not PROD else _of_diagonal(args[0])
    if not isinstance(factor, Apply) or not factor.op.squared:
        return None
    found = _squared(factor)
    assert found is not None
    if op is LOGDET:
        return contract(Fraction(1, 2), [(apply(LOGDET, found[:1]), (), 1)], ())
    return contract(1, [(apply(DET, found[:1]), (), Fraction(1, 2))], ())
