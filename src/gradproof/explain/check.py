"""The claims of a derivation, each checked alone: at random points, against numeric derivatives of the step's own goal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.engine.tensor import Tensor
from gradproof.engine.value import tensor_value
from gradproof.errors import BudgetError, GradproofError
from gradproof.explain.steps import DERIVATIVE, DIFFERENTIAL, EQUALITY, Step
from gradproof.notation.expr import Call, Expr, Function, Symbol
from gradproof.numeric.evaluate import Evaluator, bind_sizes
from gradproof.numeric.sample import Sampler
from gradproof.numeric.verify import STEPS, Numeric, numeric_derivative

POINTS = 2
TOLERANCE, LOOSE = (
    1e-7,
    1e-4,
)  # for the complex step; where differences are taken, besides their own estimate of the error
HARD = 20  # more points that are tried where some do not allow a comparison


@dataclass(frozen=True)
class Check:
    """What the numbers say of one claim; `ok` is None where they say nothing."""

    ok: bool | None
    max_relative_error: float

    def json(self) -> dict[str, Any]:
        error = self.max_relative_error
        return {"ok": self.ok, "max_relative_error": error if math.isfinite(error) else None}


class Checker:
    """Checks claims about one formula at points that are drawn once."""

    def __init__(self, expr: Expr, symbols: Iterable[Symbol], functions: Iterable[Function], seed: int = 0):
        self.sampler = Sampler(expr, symbols, functions)
        self.rng = np.random.default_rng(seed)
        self._points: list[dict[str, Any]] = []
        self._known: dict[Step, Check] = {}

    def point(self, k: int) -> dict[str, Any]:
        """The k-th point: values by name."""
        while len(self._points) <= k:
            self._points.append(self.sampler.point(self.rng).values)
        return self._points[k]

    def step(self, step: Step) -> Check:
        """Whether the claim of a step holds."""
        found = self._known.get(step)
        if found is None:
            found = self._known[step] = self._judge(step)
        return found

    def _judge(self, step: Step) -> Check:
        errors: list[float] = []
        goal, result = Evaluator(step.goal), Evaluator(step.result)
        moving = [goal.nodes[i] for i in goal.moving([s.name for s in step.wrt])]
        analytic = all(node.op.analytic for node in moving if isinstance(node, Call))
        with np.errstate(all="ignore"):
            for k in range(HARD):
                if len(errors) == POINTS:
                    break
                try:
                    error = self._error(step, goal, result, analytic, self.point(k))
                except BudgetError:
                    raise
                except (GradproofError, np.linalg.LinAlgError):
                    break
                if math.isfinite(error):
                    errors.append(error)
        if not errors:
            return Check(None, math.nan)
        worst = max(errors)
        exact = analytic and (step.kind == EQUALITY or len(step.wrt) == 1 or step.kind != DERIVATIVE)
        return Check(worst <= (TOLERANCE if exact else LOOSE), worst)

    def _error(self, step: Step, goal: Evaluator, result: Evaluator, analytic: bool, values: dict[str, Any]) -> float:
        """The relative error of a claim at a point; nan where it cannot be said."""
        values = {**values, **self._moves(step, values)}
        if step.kind == EQUALITY:
            return _distance(goal.run(values)[-1], result.run(values)[-1])
        claimed = np.asarray(result.run(values)[-1])
        slots = goal.run(values)
        names = [s.name for s in step.wrt]
        function = goal.varying(slots, names)
        if not analytic and _at_kink(goal, slots, names):
            return math.nan
        if step.kind == DIFFERENTIAL:
            moves = [(s.name, np.asarray(values[d.name])) for s, d in zip(step.wrt, step.moved, strict=True)]
            parts = [_numeric(function, values, [name], analytic, {0: d}) for name, d in moves]
        else:
            parts = [_numeric(function, values, names, analytic, {})]
        found, noise = sum(p.array for p in parts), sum(p.noise for p in parts)
        size = float(np.max(np.abs(slots[-1]), initial=0.0))
        return _distance(claimed, _laid_out(found, step, values), size, noise)

    def _moves(self, step: Step, values: Mapping[str, Any]) -> dict[str, Any]:
        """Random values for the differentials of the variables."""
        rng = np.random.default_rng(1)
        moves = {}
        for s, d in zip(step.wrt, step.moved, strict=False):
            shape = np.shape(values[s.name])
            moves[d.name] = (
                rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape) if shape else float(rng.uniform(0.5, 1.5))
            )
        return moves

    def tensor(self, result: Expr, tensor: Tensor, kind: tuple[int, ...]) -> Check:
        """Whether a result has the values of a tensor (axes: those of the variables, then of the value)."""
        errors = []
        with np.errstate(all="ignore"):
            for k in range(POINTS):
                values = self.point(k)
                evaluator = Evaluator(result)
                sizes = {n: v for n, v in values.items() if isinstance(v, int)}
                sizes |= bind_sizes(self.sampler.symbols, values)
                wanted = np.asarray(tensor_value(tensor, values, sizes))
                shape = [*wanted.shape[: sum(kind)], *wanted.shape[sum(kind) :]]
                errors.append(_distance(evaluator.run(values)[-1], _stack(wanted, kind[0] if kind else 0, shape)))
        worst = max(e if math.isfinite(e) else math.inf for e in errors)
        return Check(worst <= LOOSE, worst)


def _numeric(
    function: Any, values: Mapping[str, Any], names: Sequence[str], analytic: bool, directions: Mapping[int, Any]
) -> Numeric:
    """A numeric derivative, with smaller steps where its error estimate asks for them."""
    best = None
    for step in STEPS:
        found = numeric_derivative(function, values, names, analytic, directions, step)
        if best is None or found.noise < best.noise:
            best = found
        if len(names) - analytic < 1 or best.noise <= TOLERANCE * float(np.max(np.abs(best.array), initial=0.0)):
            break
    assert best is not None
    return best


def _at_kink(goal: Evaluator, slots: Sequence[Any], names: Sequence[str]) -> bool:
    """Whether a function with a kink is evaluated exactly at it, as the diagonal of an antisymmetric matrix is."""
    places = {node: i for i, node in enumerate(goal.nodes)}
    moving = [goal.nodes[i] for i in goal.moving(names)]
    bent = [n.args[0] for n in moving if isinstance(n, Call) and not n.op.analytic and n.op.domain]
    return any(bool(np.any(np.asarray(slots[places[a]]) == 0)) for a in bent)


def _laid_out(found: Any, step: Step, values: Mapping[str, Any]) -> Any:
    """A numeric derivative as the claim lays it out: a matrix with rows vec(variable) where there are more than two axes."""
    found = np.asarray(found)
    if step.kind == DERIVATIVE:
        first = np.ndim(values[step.wrt[0].name])
        return _stack(found, first, list(found.shape))
    return found


def _stack(a: Any, first: int, shape: list[int]) -> Any:
    a = np.asarray(a)
    if a.ndim <= 2:
        return a
    if not first:
        return a.reshape(shape)
    rows, cols = shape[:first], shape[first:]
    order = (*reversed(range(first)), *reversed(range(first, a.ndim)))
    return a.transpose(order).reshape(math.prod(rows), math.prod(cols))


def _distance(a: Any, b: Any, size: float = 0.0, noise: float = 0.0) -> float:
    """The relative difference beyond the noise; nan where the noise hides it."""
    a, b = np.squeeze(np.asarray(a)), np.squeeze(np.asarray(b))
    if a.shape != b.shape:
        return 1e300
    scale = max(float(np.max(np.abs(b), initial=0.0)), float(np.max(np.abs(a), initial=0.0)))
    gap = float(np.max(np.abs(a - b), initial=0.0))
    floor = 1e-9 * max(1.0, size)
    if noise and gap > TOLERANCE * scale and gap <= 10 * noise:
        return math.nan
    return gap / scale if scale > floor else gap


__all__ = ["Check", "Checker"]
