"""Minima of a sum of squares that is zero somewhere, and of squares beside one norm: proximal points, and projections on semidefinite matrices."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, constant, contract, symmetry
from gradproof.engine.differentiate import pullback
from gradproof.engine.stable_logs import RELU
from gradproof.engine.tensor import Contraction, Factor, Sum, Tensor, Variable
from gradproof.facts import sense
from gradproof.facts.basic import SEMIDEFINITE, SYMMETRIC
from gradproof.notation.expr import Symbol
from gradproof.ops import TABLE
from gradproof.ops.spectra import POLAR
from gradproof.optimum.commuting import SQRTM
from gradproof.optimum.direction import free, known
from gradproof.optimum.globally import Global
from gradproof.optimum.lagrange import Elimination, Minimization, StationaryPoint
from gradproof.optimum.linear import Root, has, linear, multiple, weights
from gradproof.optimum.tidy import content, divided, opened, tidied

NUCLEAR = TABLE["nuclear"]
Found = tuple[StationaryPoint, Global] | None
End = Callable[[Tensor, Tensor], tuple[Tensor, tuple[Tensor, ...]]]  # what becomes of c, and what must not be zero


def vanishing(problem: Minimization, s: Symbol) -> Found:
    """The minimum of norm2(r)^2 for an affine r of the shape of the variable that is zero somewhere: A*X + X*B = C."""
    value, x = problem.value, free(s)
    if problem.constraints or not isinstance(value, Contraction) or value.order or value.coefficient <= 0:
        return None
    if s.facts - SYMMETRIC:
        return None
    moving = [f for f in value.factors if has(f[0], x)]
    rest = [f for f in value.factors if not has(f[0], x)]
    if len(moving) != 1 or moving[0][2] != 2 or len(set(moving[0][1])) < len(moving[0][1]):
        return None
    r = moving[0][0]
    if r.axes != x.axes or not all(bounds(f).power(e).positive for f, _, e in rest):
        return None
    root = linear(r, x)
    if root is None or (s.facts and symmetry(problem.told(r)) != 1):  # else X' is a solution where X is: there is one
        return None
    return StationaryPoint({known(s): tidied(root.value)}, (Elimination(known(s), r, root),)), Global("square")


def shrunk(problem: Minimization, s: Symbol) -> Found:
    """The minimum of w*norm2(x - c)^2/2 + l*norm2(x), or l*nuclear(X): c, or its singular values, moved towards zero by l/w."""
    if problem.constraints or s.facts:
        return None
    x = known(s)
    length = contract(1, [(contract(1, [(x, tuple(range(x.order)), 2)], ()), (), Fraction(1, 2))], ())
    norms: list[tuple[Tensor, End]] = [(length, _shorter)]
    if x.order == 2:
        norms.append((apply(NUCLEAR, (x,)), _lower))
        norms += [(contract(1, [(_lengths(x, k), (0,), 1)], ()), partial(_shorter_each, axis=k)) for k in (0, 1)]
    for norm, end in norms:
        parts = _beside(problem.value, norm, x)
        if parts is None:
            continue
        middle, by, equation = parts
        value, pivots = end(middle, by)
        value = tidied(value)
        return StationaryPoint({x: value}, (Elimination(x, equation, Root(value, pivots)),)), Global("shrunk")
    return None


def _beside(value: Tensor, norm: Tensor, x: Variable) -> tuple[Tensor, Tensor, Tensor] | None:
    """c, l/w, and the derivative of the squares, of a formula with squares beside one norm."""
    terms = value.terms if isinstance(value, Sum) else ()
    weight: list[tuple[Fraction, Tensor]] = []
    rest: list[tuple[Fraction, Tensor]] = []
    for c, t in terms:
        k, factors, _ = opened(t)
        if t is norm:
            weight.append((c, constant(1)))
        elif not t.order and _is(norm, factors, x):
            others = [f for f in factors if not has(f[0], x)]
            weight.append((c * k, contract(1, others, ())))
        else:
            rest.append((c, t))
    by, smooth = add(weight, ()), add(rest, ())
    if not weight or not bounds(by).positive:
        return None
    equation = pullback(smooth, x, constant(1))
    w, middle = weights(equation, x), linear(equation, x)
    k = None if w is None else multiple(w)
    if k is None or middle is None or has(k, x) or has(middle.value, x) or not bounds(k).positive:
        return None
    return tidied(middle.value), contract(1, [(by, (), 1), (k, (), -1)], ()), equation


def _is(norm: Tensor, factors: list[Factor], x: Variable) -> bool:
    """Whether the factors that move are the norm, and the others scalars."""
    mine = [f for f in factors if has(f[0], x)]
    return contract(1, mine, ()) is norm and all(not own for f, own, _ in factors if not has(f, x))


def _shorter(c: Tensor, by: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    own = tuple(range(c.order))
    square = contract(1, [(c, own, 2)], ())
    length = contract(1, [(square, (), Fraction(1, 2))], ())
    left = apply(RELU, (add([(1, length), (-1, by)], ()),))
    return contract(1, [(left, (), 1), (c, own, 1), (length, (), -1)], own), (length,)


def _lengths(c: Tensor, axis: int) -> Tensor:
    """The lengths of the rows (axis 0), or of the columns (axis 1)."""
    square = contract(1, [(c, (0, 1), 2)], (axis,))
    return contract(1, [(square, (0,), Fraction(1, 2))], (0,))


def _shorter_each(c: Tensor, by: Tensor, axis: int) -> tuple[Tensor, tuple[Tensor, ...]]:
    length = _lengths(c, axis)
    each = contract(1, [(by, (), 1)], (0,), {0: c.axes[axis]})
    left = apply(RELU, (add([(1, length), (-1, each)], length.axes),))
    return contract(1, [(left, (axis,), 1), (length, (axis,), -1), (c, (0, 1), 1)], (0, 1)), (length,)


def _lower(c: Tensor, by: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    square = contract(1, [(c, (2, 0), 1), (c, (2, 1), 1)], (0, 1))
    n = c.axes[1]
    h = add([(1, apply(SQRTM, (square,))), (-1, contract(1, [(by, (), 1)], (0, 0), {0: n}))], (n, n))
    k = content(c)
    polar = apply(POLAR, (divided(c, abs(k)),))
    return contract(1, [(polar, (0, 1), 1), (_upper(h), (1, 2), 1)], (0, 2)), (square,)


def _upper(h: Tensor) -> Tensor:
    """A symmetric matrix with zero in place of its negative eigenvalues."""
    square = contract(1, [(h, (0, 1), 1), (h, (1, 2), 1)], (0, 2))
    return add([(Fraction(1, 2), h), (Fraction(1, 2), apply(SQRTM, (square,)))], h.axes)


def semidefinite_part(problem: Minimization, s: Symbol) -> Found:
    """The semidefinite X with the smallest norm2(X - C): C without its negative eigenvalues."""
    if problem.constraints or sense(s.facts).definite != 1 or s.facts - SEMIDEFINITE:
        return None
    x = known(s)
    equation = problem.told(pullback(problem.value, free(s), constant(1)))
    w, middle = weights(equation, x), linear(equation, x)
    k = None if w is None else multiple(w)
    if k is None or middle is None or has(k, x) or has(middle.value, x) or not bounds(k).positive:
        return None
    c = tidied(middle.value)
    if symmetry(c) != 1:
        c = add([(Fraction(1, 2), c), (Fraction(1, 2), contract(1, [(c, (1, 0), 1)], (0, 1)))], c.axes)
    value = tidied(_upper(c))
    return StationaryPoint({x: value}, (Elimination(x, equation, Root(value, (c,))),)), Global("shrunk")
