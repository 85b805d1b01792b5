"""Numeric verification: a closed form against numeric derivatives of the formula itself, at random points.

The complex step is exact to rounding; where an operation is not analytic, or for outer derivatives, central differences with Richardson
extrapolation come with an estimate of their own error. What that estimate does not allow to decide is not decided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from gradproof.budget import tick
from gradproof.errors import GradproofError
from gradproof.notation.expr import Call, Expr, Symbol
from gradproof.notation.function import Function
from gradproof.numeric.evaluate import Evaluator
from gradproof.numeric.report import Report, short
from gradproof.numeric.sample import Rng, Sample, Sampler
from gradproof.records import dataclass
from gradproof.say import NOTHING, Said, quoted, say

Values = Mapping[str, Any]
Array = Any

COMPLEX_STEP = 1e-30
STEPS = (
    2e-2,
    2e-3,
    2e-4,
)  # of central differences, relative to the variable: the next one where the error estimate is too large
SAMPLES = 6  # values that a central difference with two extrapolations takes
BUDGET = 600, 100_000  # values of the formula at a point, and operations in all of them; beyond that, random directions
TOLERANCES = 1e-9, 1e-6, 1e-5  # for a complex step; with one or two differences; with more
ROUNDING = (
    1e-20,
    1e-14,
)  # what the terms of a sum leave when they cancel, relative to the largest number at the point: at least, at most
WILD = 1e-9  # the relative change of a formula under a rounding error of its variables that makes it useless
_NAMES = "complex step", "central differences"


class Numeric(NamedTuple):
    """A numeric derivative: axes of the variables that were moved entry by entry, then axes of the value; its method, and an estimate of its error."""

    array: Array
    method: str
    noise: float


def verify(
    expr: Expr,
    wrt: Sequence[Symbol],
    derivative: Callable[[Values], Any],
    symbols: Iterable[Symbol] = (),
    functions: Iterable[Function] = (),
    *,
    points: int = 3,
    seed: int = 0,
    tolerance: float | None = None,
) -> Report:
    """Compares the value of a closed form with the numeric derivative of a formula at random points.

    `derivative` gives the closed form's value in denominator layout: the axes of each variable in `wrt`, then those of the formula.
    All entries of a variable are moved freely, whatever its facts. Every point has its own sizes. A formula with kinks is checked at three
    times as many points, since each sees only one piece of it.
    """
    check = _Check(expr, wrt, derivative, symbols, functions, tolerance)
    points *= 1 if check.analytic else 3
    rng, found, doubt = np.random.default_rng(seed), [], say("no point was tried")
    with np.errstate(all="ignore"):
        for _ in range(4 * points):  # some points may not allow a comparison
            if len(found) == points:
                break
            try:
                p = check.sampler.point(rng)
            except GradproofError as error:
                doubt = error.message
                break
            outcome = check.at(p, rng)
            if outcome.verdict is None:
                doubt = outcome.reason
                continue
            found.append(outcome)
            if not outcome.verdict:
                return Report(
                    False,
                    outcome.error,
                    len(found),
                    outcome.method,
                    say("{reason} at point {k} ({method})", reason=outcome.reason, k=len(found), method=outcome.method),
                )
    if not found:
        return Report(False, math.nan, 0, "", doubt)
    return Report(True, max(o.error for o in found), len(found), found[0].method)


@dataclass(frozen=True)
class _Outcome:
    """The comparison at one point: agreed, disagreed, or None where it cannot be said."""

    verdict: bool | None
    error: float
    method: str
    reason: Said = NOTHING


class _Check:
    """One closed form and the formula that it is held against."""

    def __init__(
        self,
        expr: Expr,
        wrt: Sequence[Symbol],
        derivative: Callable[[Values], Any],
        symbols: Iterable[Symbol],
        functions: Iterable[Function],
        tolerance: float | None,
    ):
        self.evaluator = Evaluator(expr)
        self.sampler = Sampler(expr, (*symbols, *wrt), functions, self.evaluator)
        self.derivative = derivative
        self.wrt = tuple(s.name for s in wrt)
        moving = self.evaluator.moving(self.wrt)
        self.work = max(1, len(moving))
        self.analytic = all(
            node.op.analytic for node in map(self.evaluator.nodes.__getitem__, moving) if isinstance(node, Call)
        )
        place = {node: k for k, node in enumerate(self.evaluator.nodes)}
        bent = [
            node
            for node in map(self.evaluator.nodes.__getitem__, moving)
            if isinstance(node, Call) and not node.op.analytic
        ]
        self.kinks = [place[node.args[0]] for node in bent]
        self.tolerance = tolerance or TOLERANCES[min(2, (len(wrt) - self.analytic + 1) // 2)]

    def at(self, p: Sample, rng: Rng) -> _Outcome:
        """The comparison at a point."""
        scale = max((_largest(p.values[name]) for name in self.wrt), default=1.0)
        unit = p.magnitude / min(1.0, scale or 1.0) ** len(self.wrt)  # how large a derivative may be expected to be
        directions = self._directions(p.values, rng)
        try:
            numeric = self._numeric(p, directions, unit)
            closed, problem = self._closed(p, directions)
        except (GradproofError, np.linalg.LinAlgError) as error:
            return _Outcome(None, math.nan, "", quoted(error))
        if problem:
            return _Outcome(False, math.inf, numeric.method, problem)
        return self._judge(p, directions, numeric, closed, unit)

    def _judge(
        self, p: Sample, directions: Mapping[int, Array], numeric: Numeric, closed: Array, unit: float
    ) -> _Outcome:
        """Agreed, disagreed, or hidden by the error of the numeric derivative."""
        method, noise = numeric.method, numeric.noise
        difference, size = _largest(closed - numeric.array), max(_largest(closed), _largest(numeric.array))
        error = difference / size if size else difference
        if not math.isfinite(difference):
            return _Outcome(None, math.nan, method, say("its values are not finite"))
        if difference <= self.tolerance * size:
            return _Outcome(True, error, method)
        if difference <= noise:
            if (
                ROUNDING[0] * unit < size <= noise <= self.tolerance * unit
            ):  # both are 0, up to the rounding of terms that cancel
                return _Outcome(True, difference / unit, method)
            return _Outcome(
                None, error, method, say("the numeric derivative is only known to {noise}", noise=short(noise))
            )
        if any(np.any(np.asarray(p.slots[k]) == 0) for k in self.kinks):
            return _Outcome(None, error, method, say("an entry is exactly 0, where the formula has a kink"))
        if self._wild(p):
            return _Outcome(
                None, error, method, say("the formula changes wholly when the variables change in their last digits")
            )
        noise += self._sensitivity(p, directions, closed)
        if difference <= 10 * noise:
            return _Outcome(
                None, error, method, say("rounding errors may be as large as the difference ({gap})", gap=short(noise))
            )
        return _Outcome(False, error, method, say("relative error {error}", error=short(error)))

    def _numeric(self, p: Sample, directions: Mapping[int, Array], unit: float) -> Numeric:
        """The numeric derivative of the formula, with smaller steps where the error estimate asks for them."""
        function = self.evaluator.varying(p.slots, self.wrt)
        tried: list[Numeric] = []
        first, best = 0, Numeric(np.zeros(()), "", math.nan)
        for step in STEPS:
            found = numeric_derivative(function, p.values, self.wrt, self.analytic, directions, step)
            tried.append(
                Numeric(found.array, found.method, found.noise + _rounding(unit, len(self.wrt) - self.analytic, step))
            )
            first = min(range(len(tried)), key=lambda k: (math.isnan(tried[k].noise), tried[k].noise))
            best = tried[first]
            if len(self.wrt) - self.analytic < 1 or best.noise <= 0.01 * self.tolerance * _largest(best.array):
                return best
        for finer in tried[
            first + 1 :
        ]:  # a step over which the formula turns back misses that, and so does its error estimate
            gap = _largest(finer.array - best.array)
            if not gap <= 3 * (finer.noise + best.noise):
                best = Numeric(finer.array, finer.method, gap if gap < 0.1 * _largest(finer.array) else math.inf)
        return best

    def _closed(self, p: Sample, directions: Mapping[int, Array]) -> tuple[Array, Said]:
        """The closed form's value there, contracted with the same directions; and what is wrong with its shape."""
        value = np.asarray(self.derivative(p.values))
        axes = [np.shape(p.values[name]) for name in self.wrt]
        out = np.shape(p.slots[-1])
        wanted = sum(axes, ()) + out
        if value.shape != wanted and not any(axes) and len(out) == 1 and value.shape == (1,) * (value.ndim - 1) + out:
            value = value.reshape(out)  # a vector by a scalar is a row in denominator layout
        if value.shape != wanted:
            return value, say(
                "the closed form has shape {shape}, the derivative {wanted}", shape=value.shape, wanted=wanted
            )
        for k in reversed(range(len(axes))):
            if k in directions:
                first = sum(len(a) for a in axes[:k])
                value = np.tensordot(value, directions[k], (range(first, first + len(axes[k])), range(len(axes[k]))))
        return value, NOTHING

    def _directions(self, values: Values, rng: Rng) -> dict[int, Array]:
        """A random direction for the outermost variables, as many as it takes to stay within the budget."""
        count, limit = 1, max(1, min(BUDGET[0], BUDGET[1] // self.work))
        directions = {}
        for k in reversed(range(len(self.wrt))):
            x = np.asarray(values[self.wrt[k]])
            each = 1 if self.analytic and k == len(self.wrt) - 1 else SAMPLES
            if x.ndim and count * each * x.size > limit:
                directions[k] = rng.uniform(0.5, 1.5, x.shape) * rng.choice((-1.0, 1.0), x.shape)
            count *= each if k in directions else each * x.size
        return directions

    def _wild(self, p: Sample) -> bool:
        """Whether the formula itself follows the last digits of the variables, as tan(exp(50)) does, so that no difference of it means anything."""
        function = self.evaluator.varying(p.slots, self.wrt)
        value = np.asarray(p.slots[-1])
        nudged = np.asarray(
            function({**p.values, **{name: (np.asarray(p.values[name]) * (1 + 4e-15))[()] for name in self.wrt}})
        )
        change = _largest(nudged - value)
        return not change <= WILD * _largest(value)

    def _sensitivity(self, p: Sample, directions: Mapping[int, Array], closed: Array) -> float:
        """How much the closed form changes when the variables change in their last digits."""
        floats = {name: x for name, x in p.values.items() if np.asarray(x).dtype.kind == "f"}
        nudged = {**p.values, **{name: x * (1 + 1e-14 * k) for k, (name, x) in enumerate(floats.items(), 1)}}
        try:
            value, problem = self._closed(Sample(nudged, p.slots, p.magnitude), directions)
        except (GradproofError, np.linalg.LinAlgError):
            return math.inf
        return 0.0 if problem else _largest(value - closed)


def _rounding(unit: float, differences: int, step: float) -> float:
    """The rounding error to expect of a derivative of this size after so many differences."""
    return ROUNDING[1] * unit / step**differences


# -- numeric derivatives


def numeric_derivative(
    function: Callable[[Values], Array],
    values: Values,
    wrt: Sequence[str],
    analytic: bool,
    directions: Mapping[int, Array] | None = None,
    step: float = STEPS[0],
) -> Numeric:
    """The derivative of a function by variables in turn, all entries moved freely: axes of wrt[0], of wrt[1], …, then of the value.

    The innermost is a complex step where the function is analytic, all others are central differences. A variable whose place is in
    `directions` is moved along that direction only, and has no axes in the result.
    """
    if not wrt:
        return Numeric(np.asarray(function(values)), _NAMES[0], 0.0)
    outer = len(wrt) - analytic
    noise = 0.0

    def derive(k: int, at: Values) -> Array:
        nonlocal noise
        if k == len(wrt):
            return np.asarray(function(at))
        name, x = wrt[k], np.asarray(at[wrt[k]], dtype=float)
        rows, error = [], 0.0
        for direction in _moves(x, (directions or {}).get(k)):
            if k == outer:
                rows.append(np.imag(function({**at, name: (x + 1j * COMPLEX_STEP * direction)[()]})) / COMPLEX_STEP)
            else:
                moved = partial(_moved, partial(derive, k + 1), at, name, x, direction)
                row, error = _difference(moved, step * _size(x), error)
                rows.append(row)
        noise = max(noise, error) if k == 0 else noise
        axes = () if k in (directions or {}) else x.shape
        return np.reshape(rows, axes + np.shape(rows[0])) if rows else np.zeros(axes + np.shape(function(at)))

    array = derive(0, values)
    method = " and ".join(name for name, used in zip(_NAMES, (analytic, outer > 0), strict=True) if used)
    return Numeric(array, method, noise)


def _moved(f: Callable[[Values], Array], at: Values, name: str, x: Array, direction: Array, t: float) -> Array:
    return f({**at, name: (x + t * direction)[()]})


def _moves(x: Array, direction: Array | None) -> Iterator[Array]:
    """The directions in which a variable is moved: each entry alone, or the one given."""
    if direction is not None:
        yield direction
        return
    for i in range(x.size):
        unit = np.zeros(x.size)
        unit[i] = 1.0
        yield unit.reshape(x.shape)


def _size(x: Array) -> float:
    return _largest(x) or 1.0


def _largest(x: Array) -> float:
    return float(np.max(np.abs(x), initial=0.0))


def _difference(f: Callable[[float], Array], h: float, error: float) -> tuple[Array, float]:
    """The derivative of f at 0 by central differences at h, h/2, h/4, extrapolated twice; and the largest error estimate so far."""
    tick()
    coarse, middle, fine = ((f(t) - f(-t)) / (2 * t) for t in (h, h / 2, h / 4))
    once, again = (4 * middle - coarse) / 3, (4 * fine - middle) / 3
    best = (16 * again - once) / 15
    gap = _largest(best - again)
    return best, max(error, gap) if not math.isnan(gap) else math.inf
