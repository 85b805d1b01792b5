"""The optimum for given data: the closed form where there is one, else a solver that the certificate, the constraints and the size choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from gradproof.engine.contract import add, contract, scale
from gradproof.engine.differentiate import gradient as slope_of
from gradproof.engine.replace import replace as replaced
from gradproof.engine.tensor import Apply, Contraction, Sum, Tensor, Variable, variable, walk_tensor
from gradproof.errors import GradproofError, UnsupportedError
from gradproof.lift.lifter import Lifter
from gradproof.notation.expr import Expr, Symbol
from gradproof.ops import TABLE
from gradproof.optimum.bound import Bound, BoundResidual
from gradproof.optimum.certificate import of_value
from gradproof.optimum.curvature import even
from gradproof.optimum.direction import known
from gradproof.optimum.equation import has
from gradproof.optimum.lagrange import Problem
from gradproof.optimum.objective import objective, residual
from gradproof.optional import needed
from gradproof.records import dataclass
from gradproof.say import say

ABS = TABLE["abs"]
NEWTON = 1500  # entries up to which a Hessian is formed
TIGHT = 1e-10  # relative size of the gradient at the end
ZERO = 1e-7  # an entry that is taken for zero, against the largest


class Task(Protocol):
    """What is solved; `Optimum` says what each of these is."""

    @property
    def sign(self) -> int: ...
    @property
    def moving(self) -> tuple[Symbol, ...]: ...
    @property
    def problem(self) -> Problem: ...
    @property
    def lifter(self) -> Lifter: ...
    @property
    def symbols(self) -> Mapping[str, Symbol]: ...
    @property
    def relations(self) -> Sequence[tuple[Expr, str]]: ...


@dataclass(frozen=True)
class Solution:
    """What a solver found: the flat vector, its value, the values of the variables, and how."""

    x: Any
    fun: float
    values: dict[str, Any]
    method: str
    success: bool
    message: str
    nit: int
    slope: float  # the size of the gradient that is left, where nothing bounds it


def convex(task: Task) -> bool:
    """Whether the problem is one of convex optimization: a convex value, affine equations, convex sets of inequalities."""
    if of_value(task.problem.value, task.moving).sign not in (0, 1):
        return False
    return all(_convex_relation(task, zero, relation) for zero, relation in task.relations)


def _convex_relation(task: Task, zero: Expr, relation: str) -> bool:
    from gradproof.engine.lower import lower  # a name that this module's callers do not need

    value = lower(zero, frozenset(s.name for s in task.moving)).tensor
    if value.order:  # entry by entry: it has to be affine, which one number for all of them tells
        probe = variable("\0w", value.axes)
        own = tuple(range(value.order))
        value = contract(1, [(value, own, 1), (probe, own, 1)], ())
    sign = of_value(value, task.moving).sign
    return sign == 0 or (sign == 1 and relation == "<=") or (sign == -1 and relation == ">=")


def solve(task: Task, data: Mapping[str, Any]) -> Solution:
    """The optimum by a solver. Raises UnsupportedError for kinks that no solver here takes, and where SciPy is not installed."""
    where = {**task.symbols, **{s.name: s for s in task.moving}}
    smooth, weights = _split(task)
    expr = task.lifter.lift(smooth)
    names = [s.name for s in task.moving]
    flat = objective(expr, names, where, verify=False).bind(_needed(expr, data, names))
    if weights:
        if task.relations:
            raise UnsupportedError(say("absolute values together with constraints are not solved here"))
        given = {
            n: np.broadcast_to(
                np.asarray(task.lifter.lift(w).evaluate({**flat.sizes, **data}), float),
                np.shape(flat.unpack(flat.x0)[n]),
            )
            for n, w in weights.items()
        }
        zeros = {n: np.zeros(np.shape(v)) for n, v in flat.unpack(flat.x0).items()}
        return _absolute(flat, flat.pack({**zeros, **given}))
    if task.relations:
        bound = [
            (residual(zero, names, where, verify=False).bind(_needed(zero, data, names, flat.sizes)), r)
            for zero, r in task.relations
        ]
        return _constrained(flat, bound)
    return _bounded(flat) if any(low is not None for low, _ in flat.bounds) else _free(flat)


def _needed(
    expr: Expr, data: Mapping[str, Any], names: Sequence[str], sizes: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """The data of a formula, and all sizes."""
    own = {s.name for s in expr.variables} - set(names)
    sized = {n: v for n, v in data.items() if isinstance(v, int | np.integer) and n not in own}
    return {**(sizes or {}), **sized, **{n: data[n] for n in own if n in data}}


# -- kinks


def _split(task: Task) -> tuple[Tensor, dict[str, Tensor]]:
    """The value without the weighted absolute values of variables, and the weights of those. Raises UnsupportedError for other kinks."""
    whole = task.problem.told(task.problem.value)
    terms = whole.terms if isinstance(whole, Sum) else ((1, whole),)
    moving = {known(s): s for s in task.moving}
    rest, weights = [], {}
    for c, t in terms:
        node = next((n for n in walk_tensor(t) if isinstance(n, Apply) and n.op is ABS and n.args[0] in moving), None)
        weight = None if node is None else _weight(scale(c, t) if not t.order else t, node, moving)
        if node is None or weight is None:
            rest.append((c, t))
        else:
            name = moving[node.args[0]].name  # type: ignore[index]
            weights[name] = add([(1, weight), *([(1, weights[name])] if name in weights else [])], weight.axes)
    smooth = add(rest, ())
    if _kinked(smooth, frozenset(moving)):
        raise UnsupportedError(
            say("a formula with kinks is not solved here, unless they are absolute values of the variables or squared"),
            hint=say("write max(x, 0) as a variable with constraints, or smooth it: log(1 + exp(x))"),
        )
    return smooth, weights


def _weight(term: Tensor, node: Apply, moving: Mapping[Variable, Symbol]) -> Tensor | None:
    """The weights of absolute values in a term that is a sum of them."""
    place = variable("\0a", node.axes)
    try:
        weight = slope_of(replaced(term, {node: place}), place)
    except GradproofError:
        return None
    return None if has(weight, place) or any(has(weight, v) for v in moving) else weight


def _kinked(t: Tensor, moving: frozenset[Tensor]) -> bool:
    """Whether a kink is not smoothed by a square."""
    for node in walk_tensor(t):
        squared = {f for f, _, e in node.factors if e >= 2} if isinstance(node, Contraction) else set()
        for child in node.children:
            if not isinstance(child, Apply) or child in squared or not child.op.elementwise or child.op.analytic:
                continue
            if child.op.domain is not None and not even(child.op) and any(has(child, v) for v in moving):
                return True
    return False


def _absolute(flat: Bound, weights: Any) -> Solution:
    """The minimum of the formula and weighted absolute values: by parts of both signs, then by Newton's method on what is not zero."""
    n = flat.size

    def both(z: Any) -> tuple[float, Any]:
        x = z[:n] - z[n:]
        slope = flat.jac(x)
        return flat.fun(x) + float(weights @ (z[:n] + z[n:])), np.concatenate([weights + slope, weights - slope])

    optimize = _scipy()
    options = {"maxiter": 20000, "maxfun": 50000, "ftol": 1e-16, "gtol": 1e-12, "maxcor": 30}
    found = optimize.minimize(
        both, np.zeros(2 * n), jac=True, method="L-BFGS-B", bounds=[(0, None)] * (2 * n), options=options
    )
    x = found.x[:n] - found.x[n:]
    x = _settled(flat, np.where(np.abs(x) > ZERO * (1 + np.abs(x).max(initial=0.0)), x, 0.0), weights, x)
    slope = flat.jac(x)
    left = np.where(x != 0, np.abs(slope + weights * np.sign(x)), np.maximum(np.abs(slope) - weights, 0.0))
    value = flat.fun(x) + float(weights @ np.abs(x))
    return _answer(flat, x, value, "L-BFGS-B on both signs, then Newton", found, float(np.max(left, initial=0.0)))


def _settled(flat: Bound, x: Any, weights: Any, before: Any) -> Any:
    """Newton steps on the entries that are not zero; nothing is changed where a sign would."""
    on = np.flatnonzero(x)
    best = x
    for _ in range(10 if 0 < len(on) <= NEWTON else 0):
        slope = (flat.jac(best) + weights * np.sign(best))[on]
        step = np.linalg.lstsq(flat.hess(best)[np.ix_(on, on)], -slope, rcond=None)[0]
        new = best.copy()
        new[on] += step
        if np.any(np.sign(new[on]) != np.sign(best[on])):
            return best
        best = new
        if np.max(np.abs(step)) < 1e-14 * (1 + np.max(np.abs(best))):
            break
    lost = flat.fun(best) + weights @ np.abs(best) > flat.fun(before) + weights @ np.abs(before) + 1e-12
    return before if lost else best


# -- smooth problems


def _scipy() -> Any:
    return needed("scipy.optimize")


def _free(flat: Bound) -> Solution:
    """Without constraints: Newton steps in a trust region where a Hessian fits, else its products with vectors, or L-BFGS."""
    optimize, start = _scipy(), flat.x0
    scale_of = max(1.0, float(np.linalg.norm(flat.jac(start))))
    if flat.size <= NEWTON:
        method, more = "trust-exact", {"hess": flat.hess}
    else:
        method, more = "trust-krylov", {"hessp": flat.hessp}
    found = optimize.minimize(
        flat.fun, start, jac=flat.jac, method=method, options={"gtol": TIGHT * scale_of, "maxiter": 2000}, **more
    )
    x = found.x
    if not np.all(np.isfinite(x)) or not np.isfinite(found.fun):
        method = "L-BFGS-B"
        found = optimize.minimize(
            flat.fun, start, jac=flat.jac, method=method, options={"maxiter": 20000, "ftol": 1e-16, "gtol": 1e-12}
        )
        x = found.x
    if flat.size <= NEWTON:
        x = _polished(flat, x, np.ones(flat.size, dtype=bool))
    return _answer(flat, x, flat.fun(x), method, found, float(np.max(np.abs(flat.jac(x)), initial=0.0)))


def _polished(flat: Bound, x: Any, on: Any) -> Any:
    """Newton steps for the entries `on`, as long as the gradient gets smaller and bounds hold."""
    low = np.array([-np.inf if b is None else b for b, _ in flat.bounds])
    for _ in range(8):
        slope = flat.jac(x)[on]
        size = np.max(np.abs(slope), initial=0.0)
        if not size:
            break
        step = np.linalg.lstsq(flat.hess(x)[np.ix_(on, on)], -slope, rcond=None)[0]
        new = x.copy()
        new[on] += step
        inside = bool(np.all(np.isfinite(new)) and np.all(new >= low))
        if not inside or not np.max(np.abs(flat.jac(new)[on])) < size:
            break
        x = new
    return x


def _bounded(flat: Bound) -> Solution:
    """With bounds: L-BFGS-B, then Newton's method on the entries that are not at them."""
    options = {"maxiter": 20000, "maxfun": 50000, "ftol": 1e-16, "gtol": 1e-12, "maxcor": 30}
    start = np.where(np.array([b is not None for b, _ in flat.bounds]), np.maximum(flat.x0, 1.0), flat.x0)
    found = _scipy().minimize(flat.fun, start, jac=flat.jac, method="L-BFGS-B", bounds=flat.bounds, options=options)
    low = np.array([-np.inf if b is None else b for b, _ in flat.bounds])
    x = np.maximum(found.x, low)
    slope = flat.jac(x)
    on = (x - low > ZERO * (1 + np.abs(x).max(initial=0.0))) | (slope < 0)
    x = _polished(flat, np.where(on, x, low), on) if flat.size <= NEWTON and np.any(on) else x
    slope = flat.jac(x)
    left = np.where(x > low, np.abs(slope), np.maximum(-slope, 0.0))
    return _answer(flat, x, flat.fun(x), "L-BFGS-B, then Newton", found, float(np.max(left, initial=0.0)))


def _constrained(flat: Bound, relations: Sequence[tuple[BoundResidual, str]]) -> Solution:
    """With constraints: sequential quadratic programs."""
    constraints = [
        {"type": "eq" if r == "=" else "ineq", "fun": _signed(c.fun, r), "jac": _signed(c.jac, r)} for c, r in relations
    ]
    start = np.where(np.array([b is not None for b, _ in flat.bounds]), np.maximum(flat.x0, 1.0), flat.x0)
    found = _scipy().minimize(
        flat.fun,
        start,
        jac=flat.jac,
        method="SLSQP",
        bounds=flat.bounds,
        constraints=constraints,
        options={"maxiter": 2000, "ftol": 1e-15},
    )
    gap = max(
        (
            float(
                np.max(np.abs(c.fun(found.x)) if r == "=" else np.maximum(-_signed(c.fun, r)(found.x), 0), initial=0.0)
            )
            for c, r in relations
        ),
        default=0.0,
    )
    return _answer(flat, found.x, flat.fun(found.x), "SLSQP", found, gap)


def _signed(f: Callable[[Any], Any], relation: str) -> Callable[[Any], Any]:
    return (lambda v: -f(v)) if relation == "<=" else f


def _answer(flat: Bound, x: Any, value: float, method: str, found: Any, left: float) -> Solution:
    good = left <= 1e-6 * max(1.0, float(np.linalg.norm(flat.jac(flat.x0))))
    return Solution(x, value, flat.unpack(x), method, bool(good), str(found.message), int(found.nit), left)
