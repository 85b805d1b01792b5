"""Optima that are known by the shape of the problem: linear functions of matrices with orthonormal columns, and ratios of squares."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from gradproof import records
from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, constant, contract, scale, symmetry, zero
from gradproof.engine.differentiate import gradient, pullback
from gradproof.engine.lower import lower_call, plain
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Apply, Contraction, Exponent, Factor, Tensor, Variable, walk_tensor
from gradproof.errors import GradproofError
from gradproof.notation.expr import Symbol
from gradproof.ops import TABLE
from gradproof.ops.placed import HEAD, LAST, TAIL
from gradproof.ops.spectra import POLAR
from gradproof.optimum.columns import on_columns
from gradproof.optimum.commuting import SQRTM
from gradproof.optimum.direction import QuadraticForm, degrees, directions, free, known, second_differential
from gradproof.optimum.entries import thresholded
from gradproof.optimum.globally import Global
from gradproof.optimum.lagrange import Elimination, Minimization, StationaryPoint
from gradproof.optimum.linear import Root, has, left_factor, multiple, posdef
from gradproof.optimum.shrinking import semidefinite_part, shrunk, vanishing
from gradproof.optimum.tidy import content, divided, inverse, negative, opened, tidied
from gradproof.shapes.dims import dim

VECTOR, TOP, VECTORS = (TABLE[n] for n in ("eigvec", "maxvec", "eigvecs"))
LEAST, LARGEST = TABLE["lambdamin"], TABLE["lambdamax"]


def recognised(problem: Minimization) -> tuple[StationaryPoint, Global] | None:
    """The global minimum of a problem of a known shape; None where it has none of these."""
    if len(problem.over) == 2:
        return _pair(problem, *problem.over)
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
    if not _has_orthonormal_columns(problem, s) or not _as_linear(problem, s):
        return None
    x, (m, n) = free(s), s.type.dims
    slope = replace(pullback(problem.value, x, constant(1)), {x: zero((m, n))})
    down = negative(slope)
    if has(down, x):
        return None
    square = contract(1, [(down, (1, 0), 1), (down, (1, 2), 1)], (0, 2))
    return _point(problem, s, apply(POLAR, (divided(down, abs(content(down))),)), square), Global("polar")


def _has_orthonormal_columns(problem: Minimization, s: Symbol) -> bool:
    """Whether the one constraint is X'*X = eye(n), or X*X' = eye(n) for a square X."""
    if len(problem.constraints) != 1 or len(s.type.dims) != 2:
        return False
    x, (m, n) = free(s), s.type.dims
    gram = contract(1, [(x, (1, 0), 1), (x, (1, 2), 1)], (0, 2))
    wanted = add([(1, gram), (-1, contract(1, (), (0, 0), {0: n}))], (n, n))
    given = divided(problem.constraints[0], content(problem.constraints[0]))
    rows = contract(1, [(x, (0, 1), 1), (x, (2, 1), 1)], (0, 2))  # of a square matrix, that is the same
    other = add([(1, rows), (-1, contract(1, (), (0, 0), {0: m}))], (m, m)) if m is n else wanted
    return given in (wanted, negative(wanted), other, negative(other))


def _subspace(problem: Minimization, s: Symbol) -> tuple[StationaryPoint, Global] | None:
    """The minimum of tr(X'*H*X) where X'*X is the identity: eigenvectors of the smallest eigenvalues of H (Ky Fan)."""
    if s.facts or not _has_orthonormal_columns(problem, s) or s.type.dims[0] is s.type.dims[1]:
        return None
    n, k = s.type.dims
    value = on_columns(problem.value, free(s))
    h = left_factor(pullback(value, free(s), constant(1)), free(s))
    if h is None or symmetry(h) != 1:
        return None
    up = content(h) < 0
    vectors = apply(VECTORS, (divided(h, content(h)),))
    chosen = lower_call(TAIL if up else HEAD, [], (k, n)).tensor
    return _point(problem, s, contract(1, [(vectors, (0, 1), 1), (chosen, (2, 1), 1)], (0, 2))), Global("subspace")


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


def _pair(problem: Minimization, s: Symbol, t: Symbol) -> tuple[StationaryPoint, Global] | None:
    """The minimum of u'*G*v where u'*S*u and v'*T*v are 1: the first singular vectors of inv(sqrtm(S))*G*inv(sqrtm(T)), as in canonical correlation."""
    u, v = free(s), free(t)
    if s.facts or t.facts or len(problem.constraints) != 2 or (len(u.axes), len(v.axes)) != (1, 1):
        return None
    g = gradient(pullback(problem.value, u, constant(1)), v)
    form = contract(1, [(g, (1, 0), 1), (u, (0,), 1), (v, (1,), 1)], ())
    if has(g, u) or has(g, v) or add([(1, problem.value), (-1, form)], ()) is not zero(()):
        return None
    roots = [_rooted(problem, w) for w in (u, v)]
    if None in roots:
        return None
    left, right = (r for r in roots if r is not None)
    inner = contract(1, [(left, (0, 1), 1), (g, (2, 1), 1), (right, (2, 3), 1)], (0, 3))
    square = contract(1, [(inner, (1, 0), 1), (inner, (1, 2), 1)], (0, 2))
    second = _eigenvector(divided(square, content(square)), True)
    first = contract(1, [(inner, (0, 1), 1), (second, (1,), 1)], (0,))
    length = contract(1, [(contract(1, [(first, (0,), 2)], ()), (), Fraction(1, 2))], ())
    x = contract(-1, [(left, (0, 1), 1), (first, (1,), 1), (length, (), -1)], (0,))
    y = contract(1, [(right, (0, 1), 1), (second, (1,), 1)], (0,))
    steps = [
        Elimination(known(w), problem.told(pullback(problem.value, free(w), constant(1))), Root(tidied(value), pivots))
        for w, value, pivots in ((s, x, (contract(1, [(inner, (0, 1), 2)], ()),)), (t, y, ()))
    ]
    return StationaryPoint({known(s): tidied(x), known(t): tidied(y)}, tuple(steps)), Global("pair")


def _rooted(problem: Minimization, w: Variable) -> Tensor | None:
    """inv(sqrtm(M)) where one constraint says that w'*M*w is 1; the identity where M is."""
    for c in problem.constraints:
        parts = _on_ellipsoid(records.replace(problem, constraints=(c,)), w)
        if parts is not None:
            m = scale(Fraction(1, 2), gradient(pullback(parts[1][0], w, constant(1)), w))
            if has(m, w) or symmetry(m) != 1 or not posdef(m):
                return None
            return m if _is_identity(m) else inverse(apply(SQRTM, (m,)))
    return None


def _homogenised(problem: Minimization, s: Symbol) -> tuple[StationaryPoint, Global] | None:
    """The minimum of (x'*H*x - 2*g'*x + c)/(1 + x'*x): that is the least eigenvalue l of [H, -g; -g', c], and inv(H - l*eye(n))*g."""
    found, x = _fraction(problem, s), free(s)
    if s.facts or found is None or (found[0][1], found[1][1]) != (1, -1):
        return None
    (top, _), (bottom, _), sign = found
    if any(isinstance(n, Apply) and has(n, x) for t in (top, bottom) for n in walk_tensor(t)):
        return None  # steps, such as sign(x), have the slope zero
    empty: dict[Tensor, Tensor] = {x: zero(x.axes)}
    slopes = [pullback(t, x, constant(1)) for t in (top, bottom)]
    bends = [scale(Fraction(1, 2), gradient(slope, x)) for slope in slopes]
    if any(has(b, x) for b in bends) or not isinstance(bends[1], Contraction) or bends[1].coefficient <= 0:
        return None
    if not _is_identity(divided(bends[1], content(bends[1]))) or replace(bottom, empty) is not multiple(bends[1]):
        return None
    if replace(slopes[1], empty) is not zero(x.axes):
        return None
    h, g, c = bends[0], scale(Fraction(-1, 2), replace(slopes[0], empty)), replace(top, empty)
    whole = _bordered(h, g, c)
    extreme = lower_call(LEAST if sign > 0 else LARGEST, [plain(whole)]).tensor
    inner = add([(1, h), (-1, contract(1, [(extreme, (), 1)], (0, 0), {0: x.axes[0]}))], h.axes)
    value = contract(1, [(inverse(inner), (0, 1), 1), (g, (1,), 1)], (0,))
    return _point(problem, s, value, inner), Global("extreme")


def _bordered(h: Tensor, g: Tensor, c: Tensor) -> Tensor:
    """[H, -g; -g', c]."""
    n = h.axes[0]
    more = n + dim(1)
    head, last = lower_call(HEAD, [], (n, more)).tensor, lower_call(LAST, [], (more,)).tensor
    inner: list[Factor] = [(head, (2, 0), 1), (h, (2, 3), 1), (head, (3, 1), 1)]
    beside = contract(1, [(head, (2, 0), 1), (g, (2,), 1), (last, (1,), 1)], (0, 1))
    below = contract(1, [(head, (2, 1), 1), (g, (2,), 1), (last, (0,), 1)], (0, 1))
    corner = contract(1, [(c, (), 1), (last, (0,), 1), (last, (1,), 1)], (0, 1))
    return add([(1, contract(1, inner, (0, 1))), (-1, beside), (-1, below), (1, corner)], (more, more))


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
    return (lower_call(TOP, [matrix]) if up else lower_call(VECTOR, [matrix, plain(constant(1))])).tensor


SHAPES: tuple[Callable[[Minimization, Symbol], tuple[StationaryPoint, Global] | None], ...] = (
    _orthonormal,
    _ratio,
    _extreme,
    _subspace,
    _homogenised,
    thresholded,
    vanishing,
    shrunk,
    semidefinite_part,
)
