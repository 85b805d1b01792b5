"""Smooth problems with constraints for numbers: sequential quadratic programs, and whether their conditions hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradproof.optimum.bound import Bound, BoundResidual
from gradproof.optimum.newton import NEWTON, answer, by_logarithms, scipy, spread, started
from gradproof.optimum.second_order import ACTIVE, Relations, beyond_saddles, runs_on
from gradproof.optimum.solution import AWAY, FAR, UNMET, Solution
from gradproof.optimum.units import Flat, RowsInLogs, RowsInUnits, in_units
from gradproof.records import dataclass, replace


def constrained(flat: Bound, relations: Sequence[tuple[BoundResidual, str]]) -> Solution:
    """With constraints: sequential quadratic programs, and Newton steps at the end where the constraints are affine."""
    return in_units(
        flat, NEWTON, lambda f, units: _in_turn(f, [(RowsInUnits(c, units), relation) for c, relation in relations])
    )


def _in_turn(flat: Flat, relations: Relations) -> Solution:
    """With all entries as they are, and where that fails at the border of what is positive, by their logarithms."""
    return by_logarithms(
        flat,
        lambda: _constrained(flat, relations),
        lambda logs: _constrained(logs, [(RowsInLogs(c, logs), r) for c, r in relations]),
        lambda f, x, on: _multipliers(f, relations, x) <= 1e-6 * max(1.0, float(np.linalg.norm(f.jac(f.x0)))),
    )


def _constrained(flat: Flat, relations: Relations) -> Solution:
    start = np.where(np.array([b is not None for b, _ in flat.bounds]), np.maximum(flat.x0, 1.0), flat.x0)
    start = started(flat, start)
    with np.errstate(all="ignore"):
        if not all(np.all(np.isfinite(c.jac(start))) and np.any(c.jac(start)) for c, _ in relations):
            start = start + 0.1 * spread(flat.size)
    relations = [(independent(c, start, flat.size) if r == "=" else c, r) for c, r in relations]
    return beyond_saddles(flat, lambda v: _from(flat, relations, v), start, relations)


def _from(flat: Flat, relations: Relations, start: Any) -> Solution:
    """What sequential quadratic programs find from a start."""
    constraints = [
        {"type": "eq" if r == "=" else "ineq", "fun": _signed(c.fun, r), "jac": _signed(c.jac, r)} for c, r in relations
    ]
    found = scipy().minimize(
        flat.fun,
        start,
        jac=flat.jac,
        method="SLSQP",
        bounds=flat.bounds,
        constraints=constraints,
        options={"maxiter": 2000, "ftol": 1e-15},
    )
    x, gain = _polished(flat, relations, found.x, start)
    left = max(_gap(relations, x), _multipliers(flat, relations, x))
    told = answer(flat, x, flat.fun(x), "SLSQP", found, left)
    if not told.success:
        unmet = _gap(relations, x) > 1e-6 * (1 + np.abs(x).max(initial=0.0)) and told.message != AWAY
        return replace(told, message=UNMET) if unmet else told
    here = flat.fun(x)
    if runs_on(flat, x, start, relations):
        return replace(told, success=False, message=AWAY)
    far = gain > 1e-6 * abs(here) + 1e-9 * abs(flat.fun(start) - here)
    return replace(told, success=False, message=FAR) if far else told


@dataclass(frozen=True)
class SomeRows:
    """Some entries of a constraint."""

    rows: Any
    kept: Any

    def fun(self, v: Any) -> Any:
        return np.ravel(self.rows.fun(v))[self.kept]

    def jac(self, v: Any) -> Any:
        return np.atleast_2d(self.rows.jac(v))[self.kept]


def independent(rows: Any, start: Any, size: int) -> Any:
    """A constraint without the entries that follow from those before, as half of X'*X = eye(n) does: of redundant ones a sequential quadratic program makes nothing."""
    places = [start + s * np.cos(np.arange(size) * (k + 1.0)) for k, s in enumerate((0.0, 0.3, 0.7))]
    with np.errstate(all="ignore"):
        told = [np.concatenate([np.ravel(rows.fun(p))[:, None], np.atleast_2d(rows.jac(p))], axis=1) for p in places]
    whole = np.concatenate(told, axis=1)
    if len(whole) > NEWTON or not np.all(np.isfinite(whole)):
        return rows
    kept: list[int] = []
    basis = np.zeros((0, whole.shape[1]))
    for k, row in enumerate(whole):
        rest = row - basis.T @ (basis @ row)
        rest = rest - basis.T @ (basis @ rest)
        if np.linalg.norm(rest) > 1e-9 * np.linalg.norm(row):
            kept.append(k)
            basis = np.vstack([basis, rest / np.linalg.norm(rest)])
    return rows if len(kept) == len(whole) else SomeRows(rows, np.array(kept, int))


def _gap(relations: Relations, x: Any) -> float:
    """How far a point is from what the constraints ask for."""
    gaps = (np.abs(c.fun(x)) if r == "=" else np.maximum(-_signed(c.fun, r)(x), 0) for c, r in relations)
    return max((float(np.max(g, initial=0.0)) for g in gaps), default=0.0)


def _polished(flat: Flat, relations: Relations, x: Any, start: Any) -> tuple[Any, float]:
    """Newton steps along affine constraints that hold as equations, as long as the conditions are better met; and what one more would gain."""
    affine = all(np.array_equal(c.jac(x), c.jac(start)) for c, _ in relations)
    if not affine or flat.size > NEWTON or not np.all(np.isfinite(x)):
        return x, 0.0
    gain = 0.0
    for _ in range(8):
        near = ACTIVE * (1 + np.abs(x).max(initial=0.0))
        rows, gaps = [np.zeros((0, flat.size))], [np.zeros(0)]
        for c, relation in relations:
            values = np.ravel(c.fun(x))
            on = np.ones(len(values), bool) if relation == "=" else np.abs(values) <= near
            rows.append(np.atleast_2d(c.jac(x))[on])
            gaps.append(values[on])
        at = np.array([low is not None and v - low <= near for (low, _), v in zip(flat.bounds, x, strict=True)])
        rows.append(np.eye(flat.size)[at])
        gaps.append(np.zeros(int(at.sum())))
        a, b, slope, hess = np.concatenate(rows), np.concatenate(gaps), flat.jac(x), flat.hess(x)
        if not np.all(np.isfinite(hess)):
            return x, 0.0
        whole = np.block([[hess, a.T], [a, np.zeros((len(a), len(a)))]])
        step = np.linalg.lstsq(whole, -np.concatenate([slope, b]), rcond=1e-14)[0][: flat.size]
        gain = -float(slope @ step) / 2
        new = np.where(at, x, x + step)
        better = max(_gap(relations, new), _multipliers(flat, relations, new)) < max(
            _gap(relations, x), _multipliers(flat, relations, x)
        )
        if not np.all(np.isfinite(new)) or not better:
            break
        x = new
    return x, gain


def _multipliers(flat: Flat, relations: Relations, x: Any) -> float:
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
