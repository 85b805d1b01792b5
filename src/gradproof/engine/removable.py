"""Removable singularities: the value of a derivative where its closed form is 0/0, as the limit from all sides.

If a function is continuous at a point, and its derivative has one limit there, that limit is its derivative. So the closed form is evaluated a little
way off along several rays, where it is smooth, and extrapolated back by a polynomial. Only what all rays and two distances agree on is a limit;
the gradient of a norm at zero, which is another one on each side, stays undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gradproof.engine.applied import apply
from gradproof.engine.contract import symmetry
from gradproof.engine.products import INV, SingularError, settled
from gradproof.engine.rank import keep_rank
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Apply, Tensor, variable, walk_tensor
from gradproof.engine.triangular import DET
from gradproof.engine.value import loses_digits, tensor_value
from gradproof.errors import BudgetError, GradproofError
from gradproof.facts import FACTS, made, sense
from gradproof.notation.expr import Symbol, symbol
from gradproof.numeric.given import numpy
from gradproof.shapes.shape import Shape

NODES = 8
NEAREST = 0.25  # of the distance: closer to the point the closed form loses its digits
DISTANCES = 0.03, 0.004  # of the size of the variable
WIDE = 0.3, 0.15  # of the size of a matrix, of which a determinant and its derivatives are polynomials
RAYS = 3  # each with its opposite
TOLERANCE, ZERO = 1e-8, 1e-12  # of the largest entry on the ray
RAYED = frozenset(f.name for f in FACTS if f.linear and not f.whole)  # facts that a ray can keep
UNBENT = (
    frozenset(f.name for f in FACTS)
    - RAYED
    - {f.name for f in FACTS if f.regular or (f.sign and not f.bounds.positive)}
)  # that it cannot, and that do not hold all around

# the facts of a matrix by what it is of its transpose: those that say nothing else
_SYMMETRY = {0: frozenset[str](), **{f.turned: frozenset([f.name]) for f in reversed(FACTS) if f.turned and f.linear}}

Function = Callable[[Mapping[str, Any]], Any]


def continued(
    t: Tensor, values: Mapping[str, Any], sizes: Mapping[str, int], wrt: Sequence[Symbol], np: Any = None
) -> Any:
    """A derivative's value; where the closed form is 0/0 or meets a singular matrix, and the derivative has a limit, that limit.

    `np`: what stands for NumPy. Raises what `tensor_value` raises, and DomainError where a matrix has lost its rank.
    """
    np = np or numpy()
    keep_rank(t, values, sizes, wrt, np)

    def at(point: Mapping[str, Any]) -> Any:
        return tensor_value(t, point, sizes, np)

    singular: SingularError | None = None
    value: Any = np.nan
    try:
        with np.errstate(invalid="ignore", divide="ignore"):
            value = at(values)
    except SingularError as error:
        singular = error
    lost = loses_digits(np, t, values, sizes)
    holes = np.isnan(value) | lost
    if not np.any(holes):
        return value
    moving = [s for s in wrt if s.name in values]
    finite = all(np.all(np.isfinite(a)) for a in values.values() if isinstance(a, float | np.ndarray))
    end = limit(at, values, moving, np=np) if finite else None
    if end is None and finite and (lost or singular is not None):  # singular, or so but for rounding
        end = _beside_singular(t, values, sizes, np)
    if end is None:
        if singular is not None:
            raise singular
        return value
    return end if singular is not None else np.where(holes, end, value)


def _beside_singular(t: Tensor, values: Mapping[str, Any], sizes: Mapping[str, int], np: Any) -> Any:
    """The limit as the matrices that are inverted come to their values, each by itself: of formulas of which every value is singular, as det(x*y')."""
    matrices: dict[Tensor, Symbol] = {}
    free: dict[Tensor, Tensor] = {}
    for node in walk_tensor(t):
        if isinstance(node, Apply) and node.op in (INV, DET):
            (base,) = node.args
            own = matrices.setdefault(
                base, symbol(f"matrix {len(matrices)}", Shape("m", base.axes), _SYMMETRY[symmetry(base)])
            )
            free[node] = apply(node.op, (variable(own.name, base.axes, own.facts),))
    loose = replace(t, free)
    at = {**values, **{s.name: settled(np, tensor_value(base, values, sizes, np)) for base, s in matrices.items()}}
    return limit(lambda point: tensor_value(loose, point, sizes, np), at, [*matrices.values()], np=np, distances=WIDE)


def limit(
    function: Function,
    values: Mapping[str, Any],
    moving: Sequence[Symbol],
    seed: int = 0,
    np: Any = None,
    distances: Sequence[float] = DISTANCES,
) -> Any:
    """The limit of `function` as the variables `moving` come to their `values`; None where there is none, or it is not seen.

    `distances`: from which it is come to.
    """
    np = np or numpy()
    if any(s.facts & UNBENT for s in moving):
        return None
    with np.errstate(all="ignore"):
        found: list[tuple[Any, float]] = []
        for ray in _rays(np, values, moving, seed):
            for distance in distances:
                reached = _along(np, function, values, ray, distance)
                if reached is None:
                    return None
                found.append(reached)
        ends = np.array([end for end, _ in found])
        sizes = [size for _, size in found]
        middle = np.mean(ends, axis=0)
        if not all(np.max(np.abs(end - middle), initial=0.0) <= TOLERANCE * size for end, size in found):
            return None
        return np.where(np.abs(middle) <= ZERO * max(sizes), 0.0, middle)


def _rays(np: Any, values: Mapping[str, Any], moving: Sequence[Symbol], seed: int) -> Iterator[dict[str, Any]]:
    """Directions of all variables together, each of the variable's own size, and their opposites."""
    rng = np.random.default_rng(seed)
    signs = (1,) if any(sense(s.facts).nonnegative for s in moving) else (1, -1)
    for _ in range(RAYS):
        ray = {s.name: _direction(np, rng, np.asarray(values[s.name]), s) for s in moving}
        yield from ({name: sign * d for name, d in ray.items()} for sign in signs)


def _direction(np: Any, rng: Any, a: Any, s: Symbol) -> Any:
    d = rng.uniform(0.4, 1.0, a.shape) * (1.0 if sense(s.facts).nonnegative else rng.choice([-1.0, 1.0], a.shape))
    d = made(np, s.facts & RAYED, d)
    return d * (np.max(np.abs(a), initial=0.0) or 1.0)


def _along(
    np: Any, function: Function, values: Mapping[str, Any], ray: Mapping[str, Any], distance: float
) -> tuple[Any, float] | None:
    """The extrapolated end of a ray, and the largest entry on it; None where it is not finite."""
    middle, half = (1 + NEAREST) / 2, (1 - NEAREST) / 2
    nodes = distance * (middle + half * np.cos(np.pi * (2 * np.arange(NODES) + 1) / (2 * NODES)))
    weights = [np.prod([s / (s - t) for s in nodes if s != t]) for t in nodes]  # Lagrange's, at zero
    end: Any = 0.0
    size = 0.0
    for t, w in zip(nodes, weights, strict=True):
        try:
            a = np.asarray(function({**values, **{name: np.asarray(values[name]) + t * d for name, d in ray.items()}}))
        except BudgetError:
            raise
        except GradproofError:
            return None
        if not np.all(np.isfinite(a)):
            return None
        size = max(size, float(np.max(np.abs(a), initial=0.0)))
        end = end + w * a
    return end, size
