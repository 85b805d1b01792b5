"""Optima that are known by the shape of the problem: linear functions of matrices with orthonormal columns, and ratios of squares."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, apply, constant, contract, scale, symmetry, zero
from gradproof.engine.differentiate import gradient, pullback
from gradproof.engine.lower import lower_call, plain
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Contraction, Exponent, Tensor, Variable
from gradproof.errors import GradproofError
from gradproof.notation.expr import Symbol
from gradproof.ops import TABLE
from gradproof.optimum.commuting import SQRTM
from gradproof.optimum.direction import QuadraticForm, degrees, directions, free, known, second_differential
from gradproof.optimum.entries import thresholded
from gradproof.optimum.globally import Global
from gradproof.optimum.lagrange import Elimination, Minimization, StationaryPoint
from gradproof.optimum.linear import Root, has, posdef
from gradproof.optimum.shrinking import semidefinite_part, shrunk, vanishing
from gradproof.optimum.tidy import content, divided, inverse, negative, opened, tidied

POLAR, FIRST, LAST = TABLE["polar"], TABLE["eigvec"], TABLE["maxvec"]


def recognised(problem: Minimization) -> tuple[StationaryPoint, Global] | None:
    """The global minimum of a problem of a known shape; None where it has none of these."""
    if len(problem.over) != 1:
        return None
    for shape in SHAPES:
        try:
            found = shape(problem, problem.over[0])
        except GradproofError:
            continue
        if found is not None:
            return found
    return None


def _point(problem: Minimization, s: Symbol, value: Tensor, *pivots: Tensor) -> StationaryPoint:
    value = tidied(value)
    equation = problem.told(pullback(problem.value, free(s), constant(1)))
    return StationaryPoint({known(s): value}, (Elimination(known(s), equation, Root(value, pivots)),))


# -- matrices with orthonormal columns


def _orthonormal(problem: Minimization, s: Symbol) -> tuple[StationaryPoint, Global] | None:
    """The minimum of <G, X> where X'*X is the identity: the polar factor of -G (von Neumann)."""
    if len(problem.constraints) != 1 or len(s.type.dims) != 2:
        return None
    x, (m, n) = free(s), s.type.dims
    gram = contract(1, [(x, (1, 0), 1), (x, (1, 2), 1)], (0, 2))
    wanted = add([(1, gram), (-1, contract(1, (), (0, 0), {0: n}))], (n, n))
    given = divided(problem.constraints[0], content(problem.constraints[0]))
    rows = contract(1, [(x, (0, 1), 1), (x, (2, 1), 1)], (0, 2))  # of a square matrix, that is the same
    other = add([(1, rows), (-1, contract(1, (), (0, 0), {0: m}))], (m, m)) if m is n else wanted
    if given not in (wanted, negative(wanted), other, negative(other)) or not _as_linear(problem, s):
        return None
    slope = replace(pullback(problem.value, x, constant(1)), {x: zero((m, n))})
    down = negative(slope)
    if has(down, x):
        return None
    square = contract(1, [(down, (1, 0), 1), (down, (1, 2), 1)], (0, 2))
    return _point(problem, s, apply(POLAR, (divided(down, abs(content(down))),)), square), Global("polar")


def _as_linear(problem: Minimization, s: Symbol) -> bool:
    """Whether the value is linear up to what the constraint makes constant: tr(X*N*X'), and tr(X'*M*X) for a square X."""
    moved = directions([s])
    d, kind = moved[s], QuadraticForm(moved.values())
    terms = kind.expanded(second_differential(problem.value, moved))
    if terms is None or any(has(t, free(s)) for _, t in terms):
        return False
    square = s.type.dims[0] is s.type.dims[1]
    for _, t in terms:
        _, factors, _ = opened(t)
        inner = next((f for f in factors if kind.degree(f[0]) == 2), None)
        if inner is not None:
            factors = opened(inner[0])[1]
        mine = [own for f, own, e in factors if f is d for _ in range(int(e))]
        rows, columns = (len({own[k] for own in mine}) == 1 for k in (0, 1))
        if len(mine) != 2 or not (rows or (columns and square)):
            return False
    return True


# -- ratios


def _ratio(problem: Minimization, s: Symbol) -> tuple[StationaryPoint, Global] | None:
    """The maximum of (g'*w)^2/(w'*M*w), or g'*w/sqrt(w'*M*w): inv(M)*g, and its multiples (Cauchy-Schwarz)."""
    found = _fraction(problem, s)
    if found is None:
        return None
    (top, up), (bottom, down), sign = found
    h = _matrix(bottom, free(s))
    if degrees(top, frozenset({free(s)}), {}) != 1 or (up, down) not in ((2, -1), (1, Fraction(-1, 2))) or h is None:
        return None
    g = pullback(top, free(s), constant(1))
    if has(g, free(s)) or not posdef(h) or (sign > 0 and up == 2):
        return None
    along = contract(-sign, [(inverse(h), (0, 1), 1), (g, (1,), 1)], (0,))
    return _point(problem, s, along, g), Global("ratio")


def _fraction(problem: Minimization, s: Symbol) -> tuple[tuple[Tensor, Exponent], tuple[Tensor, Exponent], int] | None:
    """What moves in a fraction of two scalars, each with its exponent, and the sign of the fraction."""
    value, w = problem.value, free(s)
    if problem.constraints or len(s.type.dims) != 1 or not isinstance(value, Contraction) or value.order:
        return None
    if any(own for _, own, _ in value.factors):
        return None
    moving = [(t, e) for t, _, e in value.factors if has(t, w)]
    rest = [(t, e) for t, _, e in value.factors if not has(t, w)]
    top, bottom = [m for m in moving if m[1] > 0], [m for m in moving if m[1] < 0]
    if len(top) != 1 or len(bottom) != 1 or not all(bounds(t).power(e).positive for t, e in rest):
        return None
    return top[0], bottom[0], 1 if value.coefficient > 0 else -1


def _matrix(form: Tensor, w: Variable) -> Tensor | None:
    """The symmetric matrix of a quadratic form, up to a positive number; None where it is none."""
    if degrees(form, frozenset({w}), {}) != 2:
        return None
    h = gradient(pullback(form, w, constant(1)), w)
    return None if has(h, w) or symmetry(h) != 1 else divided(h, abs(content(h)))


def _extreme(problem: Minimization, s: Symbol) -> tuple[StationaryPoint, Global] | None:
    """The minimum of w'*H*w where w'*M*w is 1, or of w'*H*w/(w'*M*w): inv(sqrtm(M))*v for an extreme eigenvector v of inv(sqrtm(M))*H*inv(sqrtm(M))."""
    w = free(s)
    if len(s.type.dims) != 1:
        return None
    parts = _on_ellipsoid(problem, w) if problem.constraints else _fraction(problem, s)
    if parts is None or parts[0][1] != 1 or parts[1][1] != -1:
        return None
    h, m = _matrix(parts[0][0], w), _matrix(parts[1][0], w)
    if h is None or m is None or not posdef(m):
        return None
    if problem.constraints:
        m = scale(Fraction(1, 2), gradient(pullback(parts[1][0], w, constant(1)), w))
    up = content(h) * parts[2] < 0
    h = divided(h, content(h))
    if _is_identity(m):
        return _point(problem, s, _eigenvector(h, up)), Global("extreme")
    root = inverse(apply(SQRTM, (m,)))
    inner = contract(1, [(root, (0, 1), 1), (h, (1, 2), 1), (root, (2, 3), 1)], (0, 3))
    found = contract(1, [(root, (0, 1), 1), (_eigenvector(inner, up), (1,), 1)], (0,))
    return _point(problem, s, found), Global("extreme")


def _on_ellipsoid(
    problem: Minimization, w: Variable
) -> tuple[tuple[Tensor, Exponent], tuple[Tensor, Exponent], int] | None:
    """The quadratic value, and the form that the one constraint says to be 1."""
    if len(problem.constraints) != 1:
        return None
    given = divided(problem.constraints[0], content(problem.constraints[0]))
    for whole in (add([(1, given), (1, constant(1))], ()), add([(-1, given), (1, constant(1))], ())):
        if degrees(whole, frozenset({w}), {}) == 2:
            return (problem.value, 1), (whole, -1), 1
    return None


def _is_identity(m: Tensor) -> bool:
    return isinstance(m, Contraction) and not m.factors and m.coefficient == 1 and m.out[0] == m.out[1]


def _eigenvector(h: Tensor, up: bool) -> Tensor:
    matrix = plain(h)
    return (lower_call(LAST, [matrix]) if up else lower_call(FIRST, [matrix, plain(constant(1))])).tensor


SHAPES: tuple[Callable[[Minimization, Symbol], tuple[StationaryPoint, Global] | None], ...] = (
    _orthonormal,
    _ratio,
    _extreme,
    thresholded,
    vanishing,
    shrunk,
    semidefinite_part,
)
