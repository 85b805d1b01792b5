"""Equations entry by entry in powers of one unknown, and in exponentials: two terms that are equal, and quadratic ones."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, contract
from gradproof.engine.tensor import Apply, Sum, Tensor, Variable, plain_exponent
from gradproof.facts import sense
from gradproof.ops.basic import ELPOW, EXP, LOG
from gradproof.optimum.linear import Root, has, not_zero
from gradproof.optimum.tidy import negative, opened
from gradproof.shapes.dims import Dim


def by_powers(equation: Tensor, p: Variable) -> dict[Fraction, Tensor] | None:
    """The coefficient of each power of an unknown, entry by entry; None where it stands otherwise."""
    found: dict[Fraction, list[Tensor]] = {}
    for c, t in equation.terms if isinstance(equation, Sum) else [(Fraction(1), equation)]:
        k, factors, out = opened(t)
        mine = [f for f in factors if f[0] is p]
        rest = [f for f in factors if f[0] is not p]
        if len(mine) > 1 or any(has(f[0], p) for f in rest) or any(f[1] != out for f in mine):
            return None
        if any(not set(own) <= set(out) for _, own, _ in rest) or len(set(out)) < len(out):
            return None
        if mine and not isinstance(mine[0][2], int | Fraction):
            return None
        w = contract(c * k, rest, out, dict(zip(out, t.axes, strict=True)))
        found.setdefault(Fraction(mine[0][2]) if mine else Fraction(0), []).append(w)
    return {e: add([(1, w) for w in parts], equation.axes) for e, parts in found.items()}


def monomial(powers: Mapping[Fraction, Tensor] | None, axes: tuple[Dim, ...]) -> tuple[Root, Fraction] | None:
    """p^(j - k), for p other than zero, of a*p^j + b*p^k = 0, entry by entry."""
    if powers is None or len(powers) != 2:
        return None
    k, j = sorted(powers)
    up, down = powers[k], powers[j]
    own = tuple(range(len(axes)))
    value = contract(-1, [(up, own, 1), (down, own, -1)], own, dict(enumerate(axes)))
    return Root(value, not_zero(down)), j - k


def quadratic(powers: Mapping[Fraction, Tensor] | None, u: Variable) -> Root | None:
    """The positive u of a*u^2 + b*u - c = 0, and of these divided by a power of u, for positive a and c: there is one."""
    if powers is None or len(powers) != 3 or not sense(u.facts).positive:
        return None
    low, middle, high = sorted(powers)
    if high - middle != 1 or middle - low != 1:
        return None
    a, b, c = powers[high], powers[middle], negative(powers[low])
    if bounds(negative(a)).positive:
        a, b, c = negative(a), negative(b), negative(c)
    if not bounds(a).positive or not bounds(c).positive:
        return None
    own = tuple(range(u.order))
    dims = dict(enumerate(u.axes))
    inside = add(
        [(1, contract(1, [(b, own, 2)], own, dims)), (4, contract(1, [(a, own, 1), (c, own, 1)], own, dims))], u.axes
    )
    top = add([(1, contract(1, [(inside, own, Fraction(1, 2))], own, dims)), (-1, b)], u.axes)
    return Root(contract(Fraction(1, 2), [(top, own, 1), (a, own, -1)], own, dims))


def logged(equation: Tensor) -> Tensor | None:
    """log(p) - log(q) for an equation p - q = 0 of two positive products."""
    if not isinstance(equation, Sum) or len(equation.terms) != 2:
        return None
    (c, p), (d, q) = equation.terms
    if c * d > 0:
        return None
    sides = [_logarithm(abs(k), t) for k, t in ((c, p), (d, q))]
    one, other = sides
    return None if one is None or other is None else add([(1, one), (-1, other)], equation.axes)


def _logarithm(c: Fraction, t: Tensor) -> Tensor | None:
    """The logarithm of a positive product of entries, as a sum; None where it is not seen to be positive."""
    k, factors, out = opened(t)
    if c * k <= 0 or len(set(out)) < len(out) or any(not set(own) <= set(out) for _, own, _ in factors):
        return None
    dims = dict(zip(out, t.axes, strict=True))
    terms: list[tuple[int, Tensor]] = [] if c * k == 1 else [(1, contract(1, [(_number(c * k), (), 1)], out, dims))]
    for f, own, e in factors:
        parts = _exponent(f)
        if parts is None:
            return None
        terms.append(
            (1, contract(plain_exponent(Fraction(e)), [(g, own if g.order else (), 1) for g in parts], out, dims))
        )
    return add(terms, t.axes)


def _number(k: Fraction) -> Tensor:
    return apply(LOG, (contract(k, (), ()),))


def _exponent(f: Tensor) -> tuple[Tensor, ...] | None:
    """The factors of the logarithm of a positive tensor: z of exp(z), e*log(b) of b^e."""
    if isinstance(f, Apply) and f.op is EXP:
        return (f.args[0],)
    if isinstance(f, Apply) and f.op is ELPOW and bounds(f.args[0]).positive:
        return f.args[1], apply(LOG, (f.args[0],))
    return (apply(LOG, (f,)),) if bounds(f).positive else None
