"""Whether a stationary point can be a minimum: nowhere along the constraints is its curvature negative; where it is, the search goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradproof.optimum.solution import SADDLE, Solution
from gradproof.optimum.units import Flat
from gradproof.records import replace

Relations = Sequence[
    tuple[Any, str]
]  # functions of the flat vector with `fun` and `jac`, and how they are compared with zero
ACTIVE = 1e-6  # a constraint that is taken to hold as an equation
MOST = 300  # entries up to which curvatures are looked at
NEGATIVE = 1e-7  # a curvature below zero, against the largest entry of the Hessians
STEP = 1e-5  # of differences of constraints' slopes
TRIES = 3
WIDE = 1e4  # how far out a point is looked at again, against the start


def descent(flat: Flat, x: Any, relations: Relations = ()) -> Any:
    """A direction along the constraints that are tight in which the formula falls, to second order; None where none is seen."""
    if flat.size > MOST or not flat.size:
        return None
    tight, curved = _tight(flat, x, relations)
    slope, hess = flat.jac(x), flat.hess(x)
    if not all(np.all(np.isfinite(a)) for a in (tight, slope, hess)):
        return None
    free = _null_space(tight)
    if not free.shape[1]:
        return None
    weights = np.linalg.lstsq(tight.T, slope, rcond=1e-10)[0]
    bends = _bends(curved, weights, x, free)
    bent = hess @ free - bends
    curvatures, ways = np.linalg.eigh(free.T @ (bent + free @ (bent.T @ free)) / 2)
    if not curvatures[0] < -NEGATIVE * max(np.max(np.abs(hess)), np.max(np.abs(bends))):
        return None
    return free @ ways[:, 0]


def runs_on(flat: Flat, x: Any, start: Any, relations: Relations = ()) -> bool:
    """Whether a point far out is no end: the formula still falls ten times as far, along the constraints."""
    if flat.size > MOST or not np.max(np.abs(x), initial=0.0) > WIDE * (1 + np.max(np.abs(start), initial=0.0)):
        return False
    tight, _ = _tight(flat, x, relations)
    if not np.all(np.isfinite(tight)):
        return False
    free = _null_space(tight)
    with np.errstate(all="ignore"):
        here, there = flat.fun(x), flat.fun(x + 10 * free @ (free.T @ x))
    return bool(there < here - 1e-12 * abs(here))


def _tight(flat: Flat, x: Any, relations: Relations) -> tuple[Any, list[tuple[Any, Any]]]:
    """The slopes of what holds as an equation at a point, one a row, and which entries of each constraint do."""
    near = ACTIVE * (1 + np.abs(x).max(initial=0.0))
    rows, curved = [np.zeros((0, flat.size))], []
    for c, relation in relations:
        jac = np.atleast_2d(c.jac(x))
        on = np.ones(len(jac), bool) if relation == "=" else np.abs(np.ravel(c.fun(x))) <= near
        rows.append(jac[on])
        curved.append((c, on))
    low = np.array([-np.inf if b is None else b for b, _ in flat.bounds])
    rows.append(np.eye(flat.size)[x - low <= near])
    return np.concatenate(rows), curved


def _null_space(rows: Any) -> Any:
    """Orthonormal columns along which nothing of the rows moves."""
    _, s, v = np.linalg.svd(rows)
    return v[int(np.sum(s > 1e-9 * np.max(s, initial=0.0))) :].T


def _bends(curved: Sequence[tuple[Any, Any]], weights: Any, x: Any, ways: Any) -> Any:
    """The Hessians of constraints, with their multipliers, times some directions."""
    found, at, h = np.zeros_like(ways), 0, STEP * (1 + np.abs(x).max(initial=0.0))
    for c, on in curved:
        by = weights[at : at + int(on.sum())]
        at += len(by)
        if np.any(by):
            moved = [(np.atleast_2d(c.jac(x + h * w)) - np.atleast_2d(c.jac(x - h * w)))[on].T @ by for w in ways.T]
            found += np.stack(moved, axis=1).reshape(ways.shape) / (2 * h)
    return found


def beyond_saddles(flat: Flat, run: Callable[[Any], Solution], start: Any, relations: Relations = ()) -> Solution:
    """What a solver finds from a start; where that is no minimum, from both sides of it in turn."""
    found = run(start)
    for _ in range(TRIES):
        way = descent(flat, found.x, relations) if found.success else None
        if way is None:
            return found
        length = 0.1 * (1 + np.abs(found.x).max(initial=0.0))
        low = np.array([-np.inf if b is None else b for b, _ in flat.bounds])
        sides = [run(np.maximum(found.x + s * length * way, low)) for s in (1, -1)]
        lower = [s for s in sides if s.success and s.fun < found.fun - 1e-12 * (1 + abs(found.fun))]
        away = [s for s in sides if not s.success and not s.fun >= found.fun]
        if not lower:
            return away[0] if away else replace(found, success=False, message=SADDLE)
        found = min(lower, key=lambda s: s.fun)
    if found.success and descent(flat, found.x, relations) is not None:
        return replace(found, success=False, message=SADDLE)
    return found
