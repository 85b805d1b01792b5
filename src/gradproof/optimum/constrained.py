"""Smooth problems with constraints for numbers: sequential quadratic programs, and whether their conditions hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradproof.optimum.bound import Bound, BoundResidual
from gradproof.optimum.newton import Solution, answer, scipy, started

ACTIVE = 1e-6  # a constraint that is taken to hold as an equation


def constrained(flat: Bound, relations: Sequence[tuple[BoundResidual, str]]) -> Solution:
    """With constraints: sequential quadratic programs."""
    constraints = [
        {"type": "eq" if r == "=" else "ineq", "fun": _signed(c.fun, r), "jac": _signed(c.jac, r)} for c, r in relations
    ]
    start = np.where(np.array([b is not None for b, _ in flat.bounds]), np.maximum(flat.x0, 1.0), flat.x0)
    start = started(flat, start)
    with np.errstate(all="ignore"):
        if not all(np.all(np.isfinite(c.jac(start))) and np.any(c.jac(start)) for c, _ in relations):
            start = start + 0.1 * np.cos(1.0 + np.arange(flat.size))
    found = scipy().minimize(
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
    return answer(flat, found.x, flat.fun(found.x), "SLSQP", found, max(gap, _multipliers(flat, relations, found.x)))


def _multipliers(flat: Bound, relations: Sequence[tuple[BoundResidual, str]], x: Any) -> float:
    """What is left of the slope when the constraints that hold as equations have taken theirs: the conditions of Karush, Kuhn and Tucker."""
    slope, rows = flat.jac(x), []
    near = ACTIVE * (1 + np.abs(x).max(initial=0.0))
    for c, relation in relations:
        jac, values = np.atleast_2d(_signed(c.jac, relation)(x)), np.ravel(c.fun(x))
        rows += list(jac if relation == "=" else jac[np.abs(values) <= near])
        rows += list(-jac) if relation == "=" else []
    rows += [
        e
        for e, (low, _), v in zip(np.eye(flat.size), flat.bounds, x, strict=True)
        if low is not None and v - low <= near
    ]
    if not rows or not np.all(np.isfinite(slope)) or not np.all(np.isfinite(rows)):
        return float(np.max(np.abs(slope), initial=0.0)) if np.all(np.isfinite(slope)) and not rows else math.inf
    taken = np.stack(rows, axis=1)
    return float(np.max(np.abs(taken @ scipy().nnls(taken, slope)[0] - slope), initial=0.0))


def _signed(f: Callable[[Any], Any], relation: str) -> Callable[[Any], Any]:
    return (lambda v: -f(v)) if relation == "<=" else f
