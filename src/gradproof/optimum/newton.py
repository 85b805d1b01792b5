"""Smooth problems for numbers: Newton's method in a trust region, and L-BFGS with bounds; each is finished by Newton steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.errors import DomainError
from gradproof.optimum.second_order import beyond_saddles
from gradproof.optimum.solution import AWAY, FAR, STUCK, Solution
from gradproof.optimum.units import Flat, InLogs, in_units, positive, units_of
from gradproof.optional import needed
from gradproof.records import replace

NEWTON = 1500  # entries up to which a Hessian is formed
TIGHT = 1e-10  # relative size of the gradient at the end
SLOW = 0.5  # a step of Newton's method that leaves so much of the slope is the last
Holds = Callable[[Flat, Any, Any], bool]
ZERO = 1e-7  # an entry that is taken for zero, against the largest


def scipy() -> Any:
    return needed("scipy.optimize")


def unbounded(flat: Flat, start: Any = None, *, convex: bool = False) -> Solution:
    """Without constraints: Newton steps in a trust region where a Hessian fits, else its products with vectors, or L-BFGS."""
    find = _straight if convex else _unbounded
    return in_units(flat, NEWTON, lambda f, units: find(f, f.x0 if start is None else start / units))


def _straight(flat: Flat, start: Any) -> Solution:
    return _tried(flat, started(flat, start))


def _tried(flat: Flat, start: Any) -> Solution:
    """What Newton's method finds; where it runs to the border of the domain, that there is no minimum. Raises DomainError for a start outside of it."""
    value = flat.fun(start)
    try:
        return _from(flat, start)
    except DomainError:
        return Solution(start, value, flat.unpack(start), "trust-exact", False, AWAY, 0, math.inf)


def _unbounded(flat: Flat, start: Any) -> Solution:
    return beyond_saddles(flat, lambda v: _tried(flat, v), started(flat, start))


def _from(flat: Flat, start: Any) -> Solution:
    """What Newton's method finds from a start."""
    optimize = scipy()
    scale_of = max(1.0, float(np.linalg.norm(flat.jac(start))))
    if flat.size <= NEWTON:
        method, more = "trust-exact", {"hess": flat.hess}
    else:
        method, more = "trust-krylov", {"hessp": flat.hessp}
    try:
        found = optimize.minimize(
            flat.fun, start, jac=flat.jac, method=method, options={"gtol": TIGHT * scale_of, "maxiter": 2000}, **more
        )
    except (ValueError, np.linalg.LinAlgError):  # a Hessian of numbers beyond all bounds
        found = None
    if found is None or not np.all(np.isfinite(found.x)) or not np.isfinite(found.fun):
        method = "L-BFGS-B"
        found = optimize.minimize(
            flat.fun, start, jac=flat.jac, method=method, options={"maxiter": 20000, "ftol": 1e-16, "gtol": 1e-12}
        )
    x = found.x
    if not np.all(np.isfinite(flat.jac(x))):
        return replace(answer(flat, x, flat.fun(x), method, found, math.inf), message=AWAY)
    if flat.size <= NEWTON:
        x = _polished(flat, x, np.ones(flat.size, dtype=bool))
    slope = flat.jac(x)
    found = answer(flat, x, flat.fun(x), method, found, float(np.max(np.abs(slope), initial=0.0)))
    if found.success and flat.size <= NEWTON:
        why = _not_there(flat, x, slope, start)
        return replace(found, success=not why, message=why or found.message)
    return found


def _not_there(flat: Flat, x: Any, slope: Any, start: Any) -> str:
    """Why there is no minimum near by, "" where there is one: where a slope is small far out, as that of exp, Newton steps lead on and on; or they gain much still."""
    hess = flat.hess(x)
    if not np.all(np.isfinite(hess)):
        return AWAY
    step, units = _step(hess, slope, 1e-12)
    if all(
        np.max(np.abs(step / u), initial=0.0) <= 1e-6 * (1 + np.max(np.abs(x / u), initial=0.0)) for u in (1, units)
    ):
        return ""
    with np.errstate(all="ignore"):
        here, far = flat.fun(x), flat.fun(x + 1000 * step)
    if far < here - 1e-12 * abs(here):
        return AWAY
    return FAR if gain_left(flat, x, start, np.ones(flat.size, dtype=bool)) else ""


def _step(hess: Any, slope: Any, least: float | None = None) -> tuple[Any, Any]:
    """Newton's step, with the variables in units in which their curvatures are 1: the size of what is measured does not matter. And the units."""
    units = units_of(hess)
    return units * np.linalg.lstsq(hess * units * units[:, None], -slope * units, rcond=least)[0], units


def spread(size: int) -> Any:
    """Numbers between -1 and 1 of which no matrix that they fill is singular."""
    return np.cos(1.0 + 1.7 * np.arange(size) ** 2)


def started(flat: Flat, start: Any) -> Any:
    """A start where there is a slope: norms have none at zero."""
    with np.errstate(all="ignore"):
        if np.all(np.isfinite(flat.jac(start))):
            return start
    return start + 0.1 * spread(flat.size)


def _polished(flat: Flat, x: Any, on: Any) -> Any:
    """Newton steps for the entries `on`, as long as the gradient gets smaller and bounds hold."""
    low = np.array([-np.inf if b is None else b for b, _ in flat.bounds])
    hess, before, falls = None, math.inf, False
    for _ in range(8):
        slope = flat.jac(x)[on]
        size = float(np.max(np.abs(slope), initial=0.0))
        if not size or (size > SLOW * before and not falls):  # it gets no smaller but for rounding
            break
        if hess is None or size > before / 4:  # near the end the Hessian hardly changes
            hess = flat.hess(x)[np.ix_(on, on)]
        if not np.all(np.isfinite(hess)) or not np.isfinite(size):
            break
        new = x.copy()
        new[on] += _step(hess, slope)[0]
        inside = bool(np.all(np.isfinite(new)) and np.all(new >= low))
        if not inside:
            break
        here, there = flat.fun(x), flat.fun(new)
        if there > here + 1e-9 * (1 + abs(here)):  # Newton's method goes to saddles, too
            break
        falls = there < here - 1e-9 * abs(here)
        if not falls and not np.max(np.abs(flat.jac(new)[on])) < size:
            break
        x, before = new, size
    return x


def bounded(flat: Flat) -> Solution:
    """With bounds: L-BFGS-B, then Newton's method on the entries that are not at them."""
    return in_units(
        flat, NEWTON, lambda f, _: by_logarithms(f, lambda: _bounded(f), lambda g: _unbounded(g, g.x0), _inside)
    )


def by_logarithms(
    flat: Flat, plain: Callable[[], Solution], logs: Callable[[InLogs], Solution], holds: Holds
) -> Solution:
    """What a solver finds; where it fails, which it does at the border, by the logarithms of what is positive. Raises DomainError where both fail by it."""
    on = positive(flat)
    try:
        found = plain()
    except DomainError:
        if on is None:
            raise
        found = None
    if on is None or (found is not None and found.success):
        return found  # type: ignore[return-value]
    curved = InLogs(flat, on)
    try:
        with np.errstate(all="ignore"):
            other = logs(curved)
    except DomainError:
        if found is None:
            raise
        return found
    other = replace(other, x=curved.turned(other.x), method=f"{other.method}, by logarithms")
    return other if found is None or (other.success and holds(flat, other.x, on)) else found


def _inside(flat: Flat, x: Any, on: Any) -> bool:
    """Whether there is no slope by entries that are positive: where they are near zero, slopes by their logarithms say nothing."""
    slope = np.max(np.abs(flat.jac(x)[on]), initial=0.0)
    return bool(slope <= 1e-6 * max(1.0, float(np.linalg.norm(flat.jac(flat.x0)))))


def _bounded(flat: Flat) -> Solution:
    start = np.where(np.array([b is not None for b, _ in flat.bounds]), np.maximum(flat.x0, 1.0), flat.x0)
    return beyond_saddles(flat, lambda v: _within(flat, v), start)


def _within(flat: Flat, start: Any) -> Solution:
    options = {"maxiter": 20000, "maxfun": 50000, "ftol": 1e-16, "gtol": 1e-12, "maxcor": 30}
    found = scipy().minimize(flat.fun, start, jac=flat.jac, method="L-BFGS-B", bounds=flat.bounds, options=options)
    low = np.array([-np.inf if b is None else b for b, _ in flat.bounds])
    x = np.maximum(found.x, low)
    slope = flat.jac(x)
    on = (x - low > ZERO * (1 + np.abs(x).max(initial=0.0))) | (slope < 0)
    x = _polished(flat, np.where(on, x, low), on) if flat.size <= NEWTON and np.any(on) else x
    if flat.size <= NEWTON and (not np.any(x > low) or gain_left(flat, x, start, x > low)):
        x = _by_active_set(flat, x, low)
    slope = flat.jac(x)
    left = np.where(x > low, np.abs(slope), np.maximum(-slope, 0.0))
    found = answer(flat, x, flat.fun(x), "L-BFGS-B, then Newton", found, float(np.max(left, initial=0.0)))
    on = x > low
    if found.success and flat.size <= NEWTON and np.any(on) and gain_left(flat, x, start, on):
        return replace(found, success=False, message=FAR)
    return found


def _by_active_set(flat: Flat, x: Any, low: Any) -> Any:
    """Newton steps of the entries that are not at their bounds, up to where one meets its own; then the entry that gains most is let go (as in `nnls`)."""
    on = x > low
    for _ in range(3 * flat.size + 20):
        slope = flat.jac(x)
        step = np.zeros(flat.size)
        if np.any(on):
            step[on] = _step(flat.hess(x)[np.ix_(on, on)], slope[on])[0]
        with np.errstate(all="ignore"):
            room = np.where(on & (step < 0), (low - x) / step, np.inf)
        length = min(1.0, float(np.min(room, initial=np.inf)))
        new = np.where(room <= length, low, x + length * step)
        if not np.all(np.isfinite(new)) or flat.fun(new) > flat.fun(x) + 1e-9 * abs(flat.fun(x)):
            return x
        x, on = new, on & (room > length)
        if length == 1.0:
            slope = np.where(on, 0.0, flat.jac(x))
            if np.min(slope, initial=0.0) >= -1e-9 * np.max(np.abs(slope), initial=0.0):
                return x
            on[np.argmin(slope)] = True
    return x


def gain_left(flat: Flat, x: Any, start: Any, on: Any) -> bool:
    """Whether a step of Newton's method of these entries would gain much still."""
    slope, hess = flat.jac(x)[on], flat.hess(x)[np.ix_(on, on)]
    if not np.all(np.isfinite(hess)):
        return True
    here = flat.fun(x)
    gain = -float(slope @ _step(hess, slope, 1e-12)[0]) / 2
    return gain > 1e-6 * abs(here) + 1e-9 * abs(flat.fun(start) - here)


def answer(flat: Flat, x: Any, value: float, method: str, found: Any, left: float) -> Solution:
    """The solution, if no slope is left; else why there is none."""
    origin = started(flat, flat.x0)
    first = float(np.linalg.norm(flat.jac(origin)))
    good = left <= 1e-6 * max(1.0, first) and math.isfinite(value)
    with np.errstate(all="ignore"):
        wide = np.max(np.abs(x), initial=0.0) > 1e6 * (1 + np.max(np.abs(origin), initial=0.0))
        deep = value < -1e6 * (1 + abs(flat.fun(origin))) or not math.isfinite(value)
    told = STUCK if str(found.message).startswith("ABNORMAL") else str(found.message)
    said = AWAY if not good and (wide or deep) else told
    return Solution(x, value, flat.unpack(x), method, bool(good), said, int(found.nit), left)
