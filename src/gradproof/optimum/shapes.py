"""Optima that are known by the shape of the problem: linear functions of matrices with orthonormal columns, and ratios of squares."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.engine.contract import add, apply, constant, contract, scale, symmetry, zero
from gradproof.engine.differentiate import gradient, pullback
from gradproof.engine.lower import lower_call, plain
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Contraction, Tensor
from gradproof.errors import GradproofError
from gradproof.notation.expr import Symbol
from gradproof.ops import TABLE
from gradproof.optimum.direction import Form, degrees, directions, free, known, second_differential
from gradproof.optimum.entries import thresholded
from gradproof.optimum.globally import Global
from gradproof.optimum.lagrange import Point, Problem, Step
from gradproof.optimum.linear import Root, has, posdef
from gradproof.optimum.tidy import content, divided, inverse, negative, opened, tidied

POLAR, FIRST, LAST = TABLE["polar"], TABLE["eigvec"], TABLE["maxvec"]


def recognised(problem: Problem) -> tuple[Point, Global] | None:
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


def _point(problem: Problem, s: Symbol, value: Tensor, *pivots: Tensor) -> Point:
    value = tidied(value)
    equation = problem.told(pullback(problem.value, free(s), constant(1)))
    return Point({known(s): value}, (Step(known(s), equation, Root(value, pivots)),))


# -- matrices with orthonormal columns


def _orthonormal(problem: Problem, s: Symbol) -> tuple[Point, Global] | None:
    """The minimum of <G, X> where X'*X is the identity: the polar factor of -G (von Neumann)."""
    if len(problem.constraints) != 1 or len(s.type.dims) != 2:
        return None
    x, (m, n) = free(s), s.type.dims
    gram = contract(1, [(x, (1, 0), 1), (x, (1, 2), 1)], (0, 2))
    wanted = add([(1, gram), (-1, contract(1, (), (0, 0), {0: n}))], (n, n))
    given = divided(problem.constraints[0], content(problem.constraints[0]))
    if given not in (wanted, negative(wanted)) or not _as_linear(problem, s):
        return None
    slope = replace(pullback(problem.value, x, constant(1)), {x: zero((m, n))})
    down = negative(slope)
    if has(down, x):
        return None
    square = contract(1, [(down, (1, 0), 1), (down, (1, 2), 1)], (0, 2))
    return _point(problem, s, apply(POLAR, (divided(down, abs(content(down))),)), square), Global("polar")


def _as_linear(problem: Problem, s: Symbol) -> bool:
    """Whether the value is linear up to what the constraint makes constant: tr(X*N*X'), and tr(X'*M*X) for a square X."""
    moved = directions([s])
    d, kind = moved[s], Form(moved.values())
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


def _ratio(problem: Problem, s: Symbol) -> tuple[Point, Global] | None:
    """The maximum of (g'*w)^2/(w'*M*w): inv(M)*g, and its multiples (Cauchy-Schwarz)."""
    value, w = problem.value, free(s)
    if problem.constraints or len(s.type.dims) != 1 or not isinstance(value, Contraction) or value.coefficient > 0:
        return None
    moving = [f for f in value.factors if has(f[0], w)]
    if len(moving) != 2 or value.order or any(own for _, own, _ in value.factors) or len(value.factors) != 2:
        return None
    top = next((t for t, _, e in moving if e == 2), None)
    bottom = next((t for t, _, e in moving if e == -1), None)
    if (
        top is None
        or bottom is None
        or degrees(top, frozenset({w}), {}) != 1
        or degrees(bottom, frozenset({w}), {}) != 2
    ):
        return None
    g = pullback(top, w, constant(1))
    h = gradient(pullback(bottom, w, constant(1)), w)
    h = scale(1, divided(h, content(h)))
    if has(g, w) or has(h, w) or not posdef(h):
        return None
    return _point(problem, s, contract(1, [(inverse(h), (0, 1), 1), (g, (1,), 1)], (0,))), Global("ratio")


def _extreme(problem: Problem, s: Symbol) -> tuple[Point, Global] | None:
    """The minimum of w'*H*w where w'*w is 1, or of w'*H*w/(w'*w): the eigenvector of the smallest eigenvalue."""
    w = free(s)
    if len(s.type.dims) != 1:
        return None
    length = contract(1, [(w, (0,), 2)], ())
    if len(problem.constraints) == 1:
        given = divided(problem.constraints[0], content(problem.constraints[0]))
        wanted = add([(1, length), (-1, constant(1))], ())
        value = problem.value if given in (wanted, negative(wanted)) else None
    else:
        value = contract(1, [(problem.value, (), 1), (length, (), 1)], ()) if not problem.constraints else None
    if value is None or degrees(value, frozenset({w}), {}) != 2:
        return None
    h = gradient(pullback(value, w, constant(1)), w)
    if has(h, w) or symmetry(h) != 1:
        return None
    k = content(h)
    matrix = plain(divided(h, k))
    last = lower_call(LAST, [matrix]) if k < 0 else lower_call(FIRST, [matrix, plain(constant(1))])
    return _point(problem, s, last.tensor), Global("extreme")


SHAPES: tuple[Callable[[Problem, Symbol], tuple[Point, Global] | None], ...] = (
    _orthonormal,
    _ratio,
    _extreme,
    thresholded,
)
