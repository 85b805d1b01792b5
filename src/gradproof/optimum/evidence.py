"""The numeric proof of an optimum, from the formulas alone: constraints hold there, the slope along them is zero, and no other point is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.budget import tick
from gradproof.engine.tensor import Apply, Tensor
from gradproof.engine.value import tensor_value
from gradproof.errors import DomainError, GradproofError
from gradproof.facts import FACTS, missing, sense
from gradproof.notation.expr import Expr, Symbol
from gradproof.notation.function import Function
from gradproof.numeric.evaluate import Evaluator
from gradproof.numeric.given import bind_sizes
from gradproof.numeric.sample import Sampler, draw
from gradproof.ops.operation import Linear
from gradproof.records import dataclass, replace

POINTS, ATTEMPTS = 3, 40
DIRECTIONS, OTHERS = 6, 24
STEP = 1e-4  # of differences
NEAR = 0.01  # the largest, against the distance from the border
ZERO, MET, BETTER = 1e-5, 1e-7, 1e-8  # relative: a slope, a constraint, a difference of values
TESTED = frozenset(fact.name for fact in FACTS if not fact.regular)  # facts that a value is tested for
CONDITION = 1e7  # of what has to be invertible


@dataclass(frozen=True)
class ComparedPoints:
    """`points`: sets of data at which all was compared; `outside`: those at which the solution does not lie in the domain; `reason`: what was refuted."""

    points: int
    outside: int
    slope: float
    reason: str = ""

    @property
    def ok(self) -> bool:
        return not self.reason and self.points > 0


@dataclass(frozen=True)
class Candidate:
    """What is claimed: `solution` minimizes `value` (of sign -1: maximizes it) where the constraints are zero, among all points if `everywhere`."""

    value: Expr
    sign: int
    over: tuple[Symbol, ...]
    constraints: tuple[Expr, ...]
    solution: Mapping[str, Expr]
    pivots: tuple[Tensor, ...]
    everywhere: bool
    inequalities: tuple[Expr, ...] = ()  # what is at most zero
    kinked: bool = False  # there may be no slope there, or one into the domain


def gather(claim: Candidate, symbols: Sequence[Symbol], functions: Sequence[Function], seed: int = 0) -> ComparedPoints:
    """Compares at random data. Raises nothing but what the budget raises."""
    rng = np.random.default_rng(seed)
    sampler = Sampler(claim.value, symbols, functions)
    points = outside = 0
    worst = 0.0
    for _ in range(ATTEMPTS):
        if points == POINTS:
            break
        try:
            values = dict(sampler.point(rng).values)
            with np.errstate(all="ignore"):
                found = _at(claim, values, rng)
        except (GradproofError, np.linalg.LinAlgError, ArithmeticError):
            continue
        if found is None:
            continue
        slope, reason = found
        if reason == "outside":
            outside += 1
            continue
        if reason:
            return ComparedPoints(points, outside, slope, reason)
        points, worst = points + 1, max(worst, slope)
    return ComparedPoints(points, outside, worst)


def _at(claim: Candidate, values: dict[str, Any], rng: np.random.Generator) -> tuple[float, str] | None:
    """The slope at the solution, and what is wrong, for one set of data; None where it is no good one."""
    names = {s.name for s in claim.over}
    data = {n: v for n, v in values.items() if n not in names}
    sizes = {n: int(v) for n, v in values.items() if isinstance(v, int | np.integer)}
    if not all(_regular(p, data, sizes) for p in claim.pivots):
        return None
    x = {n: np.asarray(e.evaluate(data), dtype=float) for n, e in claim.solution.items()}
    if not all(np.all(np.isfinite(a)) for a in x.values()):
        return None
    if any(missing(np, s.facts & TESTED, x[s.name]) for s in claim.over):
        return 0.0, "outside"
    if any(sense(s.facts).positive and np.min(x[s.name], initial=np.inf) < 1 / CONDITION for s in claim.over):
        return None  # at the border, but for rounding
    flat = _Flat(claim, data, x)
    here = flat.pack(x)
    f0 = flat.value(here)
    if not np.isfinite(f0):
        return 0.0, "outside"
    gap = float(np.max(np.abs(flat.residual(here)), initial=0.0))
    if gap > MET * (1 + float(np.max(np.abs(here)))):
        if flat.feasible(here) is None and flat.feasible(rng.normal(size=here.shape)) is None:
            return None  # no point meets the constraints
        return 0.0, f"a constraint is {gap:.1e} there"
    excess = flat.excess(here)
    if float(np.max(excess, initial=0.0)) > MET * (1 + float(np.max(np.abs(here)))):
        return 0.0, f"a constraint is {np.max(excess):.1e} there"
    slope = 0.0 if claim.kinked else _slope(flat.bound(here), here, rng)
    if slope > ZERO:
        return slope, f"the slope is {slope:.1e} there"
    if claim.everywhere and (better := _better(flat, here, f0, claim, data, rng)):
        return slope, better
    return slope, ""


def _regular(p: Tensor, data: Mapping[str, Any], sizes: Mapping[str, int]) -> bool:
    if isinstance(p, Apply) and isinstance(p.op.meaning, Linear):
        return True  # a solution of an equation, which is refused where there is not one
    a = np.asarray(tensor_value(p, data, sizes), dtype=float)
    if a.ndim == 2:
        return a.shape[0] == a.shape[1] and bool(np.all(np.isfinite(a))) and np.linalg.cond(a) < CONDITION
    return bool(np.min(np.abs(a), initial=np.inf) > 1 / CONDITION)


class _Flat:
    """The problem as one of a flat vector."""

    def __init__(self, claim: Candidate, data: Mapping[str, Any], x: Mapping[str, Any]):
        self.claim, self.data = claim, dict(data)
        self.shapes = {s.name: np.shape(x[s.name]) for s in claim.over}
        self.turned = {s.name: k for s in claim.over if (k := sense(s.facts).turned)}
        self._value = Evaluator(claim.value)
        self._constraints = [Evaluator(c) for c in claim.constraints]
        self._inequalities = [Evaluator(c) for c in claim.inequalities]

    def pack(self, x: Mapping[str, Any]) -> np.ndarray:
        return np.concatenate([np.ravel(x[n]) for n in self.shapes]) if self.shapes else np.zeros(0)

    def unpack(self, v: np.ndarray) -> dict[str, Any]:
        found, at = {}, 0
        for n, shape in self.shapes.items():
            size = int(np.prod(shape))
            part = v[at : at + size].reshape(shape)
            found[n] = (part + self.turned[n] * part.T) / 2 if n in self.turned else part[()]
            at += size
        return found

    def value(self, v: np.ndarray) -> float:
        """The formula; nan where it is not defined."""
        try:
            return self.claim.sign * float(np.real(self._value.run({**self.data, **self.unpack(v)})[-1]))
        except (GradproofError, np.linalg.LinAlgError, ArithmeticError, ValueError):
            return float("nan")

    def residual(self, v: np.ndarray) -> np.ndarray:
        values = {**self.data, **self.unpack(v)}
        return np.concatenate([np.zeros(0), *(np.ravel(c.run(values)[-1]) for c in self._constraints)])

    def excess(self, v: np.ndarray) -> np.ndarray:
        """What is to be at most zero."""
        values = {**self.data, **self.unpack(v)}
        return np.concatenate([np.zeros(0), *(np.ravel(c.run(values)[-1]) for c in self._inequalities)])

    def bound(self, v: np.ndarray) -> _Flat:
        """The same problem with the inequalities that are tight at a point as equations."""
        x = {n: np.asarray(a) for n, a in self.unpack(v).items()}
        near = MET * (1 + float(np.max(np.abs(v))))
        active = [
            c for c in self.claim.inequalities if np.any(np.ravel(Evaluator(c).run({**self.data, **x})[-1]) > -near)
        ]
        claim = replace(self.claim, constraints=(*self.claim.constraints, *active), inequalities=())
        return _Flat(claim, self.data, x)

    def jacobian(self, v: np.ndarray) -> np.ndarray:
        columns = [(self.residual(v + STEP * e) - self.residual(v - STEP * e)) / (2 * STEP) for e in np.eye(len(v))]
        return np.stack(columns, axis=1)

    def feasible(self, v: np.ndarray) -> np.ndarray | None:
        """A point on the constraints near this one, by Gauss-Newton steps."""
        if not self._constraints:
            return v
        for _ in range(30):
            r = self.residual(v)
            if np.max(np.abs(r), initial=0.0) < 1e-11 * (1 + np.max(np.abs(v))):
                return v
            v = v - np.linalg.pinv(self.jacobian(v)) @ r
            if not np.all(np.isfinite(v)):
                return None
        return None


def _slope(flat: _Flat, here: np.ndarray, rng: np.random.Generator) -> float:
    """The largest slope along directions in which the constraints stay met, against the size of the values around."""
    jacobian = flat.jacobian(here) if flat.claim.constraints else np.zeros((0, len(here)))
    inverse = np.linalg.pinv(jacobian, rcond=1e-6)
    worst, size = 0.0, 1 + abs(flat.value(here))
    there = flat.unpack(here)
    edge = min((float(np.min(there[s.name])) for s in flat.claim.over if sense(s.facts).positive), default=np.inf)
    for _ in range(DIRECTIONS):
        d = flat.pack(flat.unpack(rng.normal(size=here.shape)))
        d = d - inverse @ (jacobian @ d)
        length = float(np.linalg.norm(d))
        if length < 1e-9:
            continue
        h = min(STEP * (1 + float(np.max(np.abs(here)))), NEAR * edge) / length
        values = [flat.value(here + s * h * d) for s in (-2, -1, 1, 2)]
        if not np.all(np.isfinite(values)):
            continue
        slope = (8 * (values[2] - values[1]) - (values[3] - values[0])) / (12 * h)
        worst = max(worst, abs(slope) / (size + abs(values[3] + values[0] - 2 * flat.value(here)) / (4 * h * h)))
    return worst


def _better(
    flat: _Flat, here: np.ndarray, f0: float, claim: Candidate, data: Mapping[str, Any], rng: np.random.Generator
) -> str:
    """A point that is better, in words; "" where none is found."""
    for other in _others(flat, here, claim, data, rng):
        f = flat.value(other)
        if np.isfinite(f) and f < f0 - BETTER * (1 + abs(f0) + abs(f)):
            return f"another point is better by {f0 - f:.1e}"
    return ""


def _others(
    flat: _Flat, here: np.ndarray, claim: Candidate, data: Mapping[str, Any], rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Feasible points in the domain: near ones, and any."""
    dims = {n: int(v) for n, v in data.items() if isinstance(v, int | np.integer)}
    dims |= bind_sizes([s for s in claim.over if not sense(s.facts).complex], flat.unpack(here))
    for k in range(OTHERS):
        tick()
        try:
            drawn = flat.pack(draw(claim.over, (), dims, rng, float(rng.choice((0.4, 1.0, 2.5)))))
            t = (1e-3, 0.1, 1.0)[k % 3]
            other = flat.feasible(here + t * (drawn - here))
        except (DomainError, np.linalg.LinAlgError):
            continue
        inside = other is not None and bool(np.all(flat.excess(other) <= 0))
        if (
            other is not None
            and inside
            and not any(missing(np, s.facts & TESTED, flat.unpack(other)[s.name]) for s in claim.over)
        ):
            yield other
