"""The optimum for given data: the closed form where there is one, else a solver that the certificate, the constraints and the size choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, contract, scale
from gradproof.engine.differentiate import gradient as slope_of
from gradproof.engine.lower import lower
from gradproof.engine.replace import replace as replaced
from gradproof.engine.stable_logs import RELU
from gradproof.engine.tensor import Apply, Contraction, Sum, Tensor, Variable, variable, walk_tensor
from gradproof.errors import GradproofError, UnsupportedError
from gradproof.facts import sense
from gradproof.facts.basic import ABOVE_ZERO
from gradproof.lift.lifter import Lifter
from gradproof.notation.expr import Expr, Symbol
from gradproof.notation.made import scalar
from gradproof.numeric.given import bind_sizes
from gradproof.ops.basic import ABS
from gradproof.ops.domain import DETERMINANT_POSITIVE
from gradproof.optimum.behaviour import even
from gradproof.optimum.bound import Bound, BoundResidual
from gradproof.optimum.certificate import certify, of_value
from gradproof.optimum.constrained import constrained
from gradproof.optimum.direction import known
from gradproof.optimum.epigraph import lifted
from gradproof.optimum.kinks import has_kinks, path, proximal, settled, shrunk, softened
from gradproof.optimum.linear import has
from gradproof.optimum.newton import NEWTON, ZERO, answer, bounded, scipy, unbounded
from gradproof.optimum.objective import Objective, Residual, objective, residual
from gradproof.optimum.optimised import Optimised
from gradproof.optimum.second_order import descent
from gradproof.optimum.shrinking import NUCLEAR
from gradproof.optimum.solution import Solution
from gradproof.optimum.units import Flat, in_units
from gradproof.records import replace
from gradproof.say import say

APART = (ABS, NUCLEAR)
KEPT = 32  # programs of the last problems, for the next data


class PosedProblem(Optimised, Protocol):
    """What is solved."""

    @property
    def expression(self) -> Expr: ...
    @property
    def lifter(self) -> Lifter: ...
    @property
    def symbols(self) -> Mapping[str, Symbol]: ...
    @property
    def relations(self) -> Sequence[tuple[Expr, str]]: ...


@lru_cache(KEPT)
def _programs(expr: Expr, names: tuple[str, ...], where: tuple[tuple[str, Symbol], ...]) -> Objective:
    return objective(expr, names, dict(where), verify=False)


@lru_cache(KEPT)
def _equations(expr: Expr, names: tuple[str, ...], where: tuple[tuple[str, Symbol], ...]) -> Residual:
    return residual(expr, names, dict(where), verify=False)


@lru_cache(KEPT)
def _sign(value: Tensor, moving: tuple[Symbol, ...]) -> int | None:
    return of_value(value, moving).sign


def convex(task: PosedProblem) -> bool:
    """Whether the problem is one of convex optimization: a convex value, affine equations, convex sets of inequalities."""
    if _sign(task.problem.value, task.moving) not in (0, 1):
        by_table = certify(task.expression, task.moving).sign  # of functions that the lowered formula hides
        if by_table is None or by_table * task.sign < 0:
            return False
    return all(_convex_relation(task, zero, relation) for zero, relation in task.relations)


def _convex_relation(task: PosedProblem, zero: Expr, relation: str) -> bool:
    value = lower(zero, frozenset(s.name for s in task.moving)).tensor
    if value.order:  # entry by entry: it has to be affine, which one number for all of them tells
        probe = variable("\0w", value.axes)
        own = tuple(range(value.order))
        value = contract(1, [(value, own, 1), (probe, own, 1)], ())
    sign = _sign(value, task.moving)
    return sign == 0 or (sign == 1 and relation == "<=") or (sign == -1 and relation == ">=")


def solve(task: PosedProblem, data: Mapping[str, Any]) -> Solution:
    """The optimum by a solver. Raises UnsupportedError for kinks that no solver here takes, and where SciPy is not installed."""
    where = {**task.symbols, **{s.name: s for s in task.moving}}
    names = [s.name for s in task.moving]
    nonneg = any(sense(s.facts).nonnegative and sense(s.facts).definite < 2 for s in task.moving)
    found = _lifted(task, data, where) if task.relations or nonneg else None
    if found is not None:
        return found
    smooth, weights, nuclear = _split(task)
    if kinked(smooth, frozenset(known(s) for s in task.moving)) and not nuclear:
        return _rounded(task, data, where)
    expr = task.lifter.lift(smooth)
    sizes = bind_sizes([s for n, s in where.items() if n in data], data)
    flat = _programs(expr, tuple(names), tuple(where.items())).bind(_needed(expr, data, names, sizes))
    if weights:
        if task.relations:
            raise UnsupportedError(say("absolute values together with constraints are not solved here"))
        given = {
            n: np.broadcast_to(
                np.asarray(_evaluated(task.lifter.lift(w), {**flat.sizes, **data}), float),
                np.shape(flat.unpack(flat.x0)[n]),
            )
            for n, w in weights.items()
        }
        zeros = {n: np.zeros(np.shape(v)) for n, v in flat.unpack(flat.x0).items()}
        return _absolute(flat, flat.pack({**zeros, **given}))
    if nuclear:
        return _nuclear(task, flat, nuclear, data)
    if task.relations:
        return constrained(flat, _relations(task, data, flat))
    if any(low is not None for low, _ in flat.bounds):
        return bounded(flat)
    found = unbounded(flat, convex=convex(task))
    norms = not found.success and has_kinks(task.problem.value, frozenset(known(s) for s in task.moving))
    return _rounded(task, data, where) if norms else found


def _relations(task: PosedProblem, data: Mapping[str, Any], flat: Bound) -> list[tuple[BoundResidual, str]]:
    """The constraints as functions of the flat vector."""
    where = {**task.symbols, **{s.name: s for s in task.moving}}
    names = tuple(free_names(task))
    given = tuple(where.items())
    return [(_equations(e, names, given).bind(_needed(e, data, names, flat.sizes)), r) for e, r in task.relations]


def falls(task: PosedProblem, data: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether the formula falls, to second order, in some direction from a stationary point: it is no minimum."""
    where = {**task.symbols, **{s.name: s for s in task.moving}}
    try:
        expr = task.lifter.lift(task.problem.told(task.problem.value))
        sizes = bind_sizes([s for n, s in where.items() if n in data], data)
        names = free_names(task)
        flat = _programs(expr, tuple(names), tuple(where.items())).bind(_needed(expr, data, names, sizes))
        return descent(flat, flat.pack(values), _relations(task, data, flat)) is not None
    except (GradproofError, np.linalg.LinAlgError):
        return False


def _evaluated(expr: Expr, values: Mapping[str, Any]) -> Any:
    """A formula at what it needs of some values."""
    needed = {s.name for s in expr.variables}
    return expr.evaluate({n: v for n, v in values.items() if n in needed or isinstance(v, int)})


def _lifted(task: PosedProblem, data: Mapping[str, Any], where: Mapping[str, Symbol]) -> Solution | None:
    """The optimum of a problem with constraints and kinks, by variables that stand for these; None where it has none."""
    told = task.problem.told
    free = frozenset(s.name for s in task.moving)
    zeros = [(told(lower(zero, free).tensor), relation) for zero, relation in task.relations]
    new = lifted(told(task.problem.value), zeros, frozenset(known(s) for s in task.moving), list(where))
    if new is None:
        return None
    names = [*free_names(task), *(s.name for s in new.symbols)]
    sizes = bind_sizes([s for n, s in where.items() if n in data], data)
    expr = task.lifter.lift(new.value)

    def declared(e: Expr) -> tuple[tuple[str, Symbol], ...]:  # no more: a program asks for all that is declared
        return tuple({s.name: s for s in (*e.variables, *task.moving, *new.symbols)}.items())

    flat = _programs(expr, tuple(names), declared(expr)).bind(_needed(expr, data, names, sizes))
    bound = []
    for zero, relation in new.relations:
        e = task.lifter.lift(zero)
        bound.append((_equations(e, tuple(names), declared(e)).bind(_needed(e, data, names, flat.sizes)), relation))
    found = constrained(flat, bound)
    own = sum(flat.charts[n].size for n in free_names(task))
    return replace(found, x=found.x[:own], values={n: found.values[n] for n in free_names(task)})


def free_names(task: PosedProblem) -> list[str]:
    """The names of the variables, in their order."""
    return [s.name for s in task.moving]


def _needed(
    expr: Expr, data: Mapping[str, Any], names: Sequence[str], sizes: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """The data of a formula, and all sizes."""
    own = {s.name for s in expr.variables} - set(names)
    sized = {n: v for n, v in data.items() if isinstance(v, int | np.integer) and n not in own}
    return {**(sizes or {}), **sized, **{n: data[n] for n in own if n in data}}


# -- kinks


def _split(task: PosedProblem) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
    """The value without the weighted absolute values of variables, and without their nuclear norms, and the weights of both."""
    whole = task.problem.told(task.problem.value)
    terms = whole.terms if isinstance(whole, Sum) else ((1, whole),)
    moving = {known(s): s for s in task.moving}
    rest: list[tuple[Any, Tensor]] = []
    weights: tuple[dict[str, Tensor], dict[str, Tensor]] = ({}, {})
    for c, t in terms:
        node = next((n for n in walk_tensor(t) if isinstance(n, Apply) and n.op in APART and n.args[0] in moving), None)
        weight = None if node is None else _weight(scale(c, t) if not t.order else t, node, moving)
        symbol = None if node is None else moving[node.args[0]]  # type: ignore[index]
        if node is None or weight is None or symbol is None or sense(symbol.facts).definite == 2:
            rest.append((c, t))
        else:
            kind = weights[APART.index(node.op)]
            kind[symbol.name] = add(
                [(1, weight), *([(1, kind[symbol.name])] if symbol.name in kind else [])], weight.axes
            )
    return add(rest, ()), *weights


def _rounded(task: PosedProblem, data: Mapping[str, Any], where: Mapping[str, Symbol]) -> Solution:
    """The optimum of a convex formula with kinks, by Newton's method on formulas that are ever less rounded. Raises UnsupportedError for others."""
    names = [s.name for s in task.moving]
    moving = frozenset(known(s) for s in task.moving)
    name = "e"
    while name in where:
        name += "_"
    e = scalar(name, *ABOVE_ZERO)
    value = task.problem.told(task.problem.value)
    soft = softened(value, moving, known(e))
    nonneg = any(sense(s.facts).nonnegative and sense(s.facts).definite < 2 for s in task.moving)
    if task.relations or nonneg or kinked(soft, moving) or not convex(task):
        raise UnsupportedError(
            say("a formula with kinks is solved here where it is convex, without constraints, and the kinks are those of abs, relu, max, min and norms"),
            hint=say("write max(x, 0) as a variable with constraints, or smooth it: log(1 + exp(x))"),
        )  # fmt: skip
    expr, exact = task.lifter.lift(soft), task.lifter.lift(value)
    programs = _programs(expr, tuple(names), (*where.items(), (name, e)))
    needed_data = _needed(expr, data, [*names, name])
    flat = programs.bind({**needed_data, name: 1.0})
    x, found = flat.x0, None
    for size in path(1.0):
        flat = programs.bind({**needed_data, name: size})
        found = unbounded(flat, x, convex=True)
        x = found.x
    assert found is not None

    def true(v: Any) -> float:
        return float(exact.evaluate({**flat.sizes, **_needed(exact, data, names), **flat.unpack(v)}))

    x = settled(true, x, flat.values[name])
    return replace(found, x=x, fun=true(x), values=flat.unpack(x), method="Newton, rounding kinks ever less")


def _nuclear(task: PosedProblem, flat: Bound, weights: Mapping[str, Tensor], data: Mapping[str, Any]) -> Solution:
    """The optimum of a smooth convex formula and multiples of nuclear norms of variables: by proximal steps."""
    free_of = all(not s.facts for s in task.moving)
    if task.relations or not free_of or not convex(task):
        raise UnsupportedError(
            say("nuclear norms are solved for in convex formulas, of variables without facts and constraints")
        )
    by = {n: float(np.asarray(task.lifter.lift(w).evaluate({**flat.sizes, **data}))) for n, w in weights.items()}

    def step(v: Any, size: float) -> Any:
        return flat.pack({n: shrunk(x, size * by[n]) if n in by else x for n, x in flat.unpack(v).items()})

    x, count, left = proximal(flat.fun, flat.jac, step, flat.x0)
    norms = sum(b * float(np.linalg.norm(flat.unpack(x)[n], "nuc")) for n, b in by.items())
    good = left <= 1e-6 * max(1.0, float(np.linalg.norm(flat.jac(flat.x0))))
    said = "the proximal step ends where it began" if good else "the proximal steps have not come to an end"
    return Solution(
        x, flat.fun(x) + norms, flat.unpack(x), "proximal steps of the nuclear norm", good, said, count, left
    )


def _weight(term: Tensor, node: Apply, moving: Mapping[Variable, Symbol]) -> Tensor | None:
    """The weights of absolute values in a term that is a sum of them."""
    place = variable("\0a", node.axes)
    try:
        weight = slope_of(replaced(term, {node: place}), place)
    except GradproofError:
        return None
    return None if has(weight, place) or any(has(weight, v) for v in moving) else weight


def kinked(t: Tensor, moving: frozenset[Tensor]) -> bool:
    """Whether a kink is not smoothed by a square."""
    whole = contract(2, [(_unmasked(t), (), 1)], ())
    for node in walk_tensor(whole):
        squared = {f for f, _, e in node.factors if e >= 2} if isinstance(node, Contraction) else set()
        for child in node.children:
            if (
                isinstance(child, Apply)
                and child not in squared
                and _pointed(child)
                and any(has(child, v) for v in moving)
            ):
                return True
    return False


def _unmasked(t: Tensor) -> Tensor:
    """A tensor with names for the absolute values whose kink is not seen: relu(abs(u) - c) is zero around u = 0."""
    masked: dict[Tensor, Tensor] = {}
    for node in walk_tensor(t):
        if isinstance(node, Apply) and node.op is RELU and isinstance(node.args[0], Sum):
            for c, a in node.args[0].terms:
                rest = add([(d, b) for d, b in node.args[0].terms if b is not a], node.axes)
                if isinstance(a, Apply) and a.op is ABS and c > 0 and bounds(rest).high < 0:
                    hidden = contract(1, [(a.args[0], tuple(range(a.order)), 3)], tuple(range(a.order)))
                    inner = add([(c, hidden), (1, rest)], node.axes)
                    masked[node] = apply(RELU, (inner,))
    return replaced(t, masked) if masked else t


def _pointed(t: Apply) -> bool:
    """Whether an operation has a kink: it is not smooth at the border of its domain, which is no border of its value."""
    op = t.op
    if op.domain is None or op.domain is DETERMINANT_POSITIVE:
        return False
    return bool(op.convexity or op.at) or (op.elementwise and not op.analytic and not even(op))


def _absolute(flat: Bound, weights: Any) -> Solution:
    """The minimum of the formula and weighted absolute values: by parts of both signs, then by Newton's method on what is not zero."""
    return in_units(flat, NEWTON, lambda f, units: _both_signs(f, weights * units))


def _both_signs(flat: Flat, weights: Any) -> Solution:
    n = flat.size

    def both(z: Any) -> tuple[float, Any]:
        x = z[:n] - z[n:]
        slope = flat.jac(x)
        return flat.fun(x) + float(weights @ (z[:n] + z[n:])), np.concatenate([weights + slope, weights - slope])

    optimize = scipy()
    options = {"maxiter": 20000, "maxfun": 50000, "ftol": 1e-16, "gtol": 1e-12, "maxcor": 30}
    found = optimize.minimize(
        both, np.zeros(2 * n), jac=True, method="L-BFGS-B", bounds=[(0, None)] * (2 * n), options=options
    )
    x = found.x[:n] - found.x[n:]
    x = _settled(flat, np.where(np.abs(x) > ZERO * (1 + np.abs(x).max(initial=0.0)), x, 0.0), weights, x)
    slope = flat.jac(x)
    left = np.where(x != 0, np.abs(slope + weights * np.sign(x)), np.maximum(np.abs(slope) - weights, 0.0))
    value = flat.fun(x) + float(weights @ np.abs(x))
    return answer(flat, x, value, "L-BFGS-B on both signs, then Newton", found, float(np.max(left, initial=0.0)))


def _settled(flat: Flat, x: Any, weights: Any, before: Any) -> Any:
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
