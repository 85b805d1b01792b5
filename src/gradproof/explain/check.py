"""The claims of a derivation, each proven alone: the step's own goal is evaluated on truncated power series, in Python alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from gradproof.engine.little_value import is_rational_tensor, little_value
from gradproof.engine.tensor import Tensor
from gradproof.errors import BudgetError, GradproofError
from gradproof.explain.steps import DERIVATIVE, DIFFERENTIAL, Step
from gradproof.lift.layouts import Axes
from gradproof.notation.expr import Expr, Symbol, substitute
from gradproof.notation.function import Function
from gradproof.numeric import bare
from gradproof.numeric.little import Algebra
from gradproof.numeric.plans import Flat
from gradproof.numeric.points import Point
from gradproof.numeric.proof import Assertion, printed, prove
from gradproof.numeric.report import Report, undecided
from gradproof.numeric.sample import Sampler
from gradproof.records import dataclass
from gradproof.say import Said, say

POINTS = 2


@dataclass(frozen=True)
class Agreement:
    """What the numbers say of one claim; `ok` is None where they say nothing."""

    ok: bool | None
    max_relative_error: float

    def json(self) -> dict[str, Any]:
        error = self.max_relative_error
        return {"ok": self.ok, "max_relative_error": error if math.isfinite(error) else None}


class Checker:
    """Checks claims about one formula."""

    def __init__(self, expr: Expr, symbols: Iterable[Symbol], functions: Iterable[Function], seed: int = 0):
        self.expr, self.symbols, self.functions, self.seed = expr, tuple(symbols), tuple(functions), seed
        self._known: dict[Step, Agreement] = {}

    @cached_property
    def sampler(self) -> Sampler:
        return Sampler(self.expr, self.symbols, self.functions, np=bare)

    @cached_property
    def point(self) -> dict[str, Any]:
        """A point of the formula: values by name."""
        return self.sampler.point(bare.random.default_rng(self.seed)).values

    def step(self, step: Step) -> Agreement:
        """Whether the claim of a step holds."""
        found = self._known.get(step)
        if found is None:
            found = self._known[step] = _check(self._proof(step))
        return found

    def _proof(self, step: Step) -> Report:
        """The step's result against its goal; the variables in question move in the goal alone."""
        moved = (
            {s.name: d.name for s, d in zip(step.wrt, step.moved, strict=True)} if step.kind == DIFFERENTIAL else None
        )
        wrt = step.wrt if step.kind == DERIVATIVE else ()
        first = next((len(s.type.dims) for s in wrt if s.type.dims), 0)
        order = _written(first, sum(len(s.type.dims) for s in (*wrt, step.goal))) if wrt else None
        dims = [d for s in (*wrt, step.goal) for d in s.type.dims]
        if step.tensor is not None:
            claim = self._indexed(say("the result of a step"), step.tensor, list(range(step.tensor.order)))
        else:
            claim = printed(say("the result of a step"), step.result, dims, order)
        known = {s: self._declared(s, step) for s in (*step.goal.variables, *wrt)}
        goal = substitute(step.goal, {**known})
        others = () if step.tensor is not None else step.result.variables
        symbols = (*step.moved, *goal.variables, *(self._declared(s, step) for s in others))
        return self._proven(goal, [known[s] for s in wrt], claim, symbols, moved)

    def _declared(self, s: Symbol, step: Step) -> Symbol:
        """The variable, or the named part, with the facts that a rule may have used, where a step moves its free entries."""
        told = (*self.symbols, *(v for v in step.result.variables if v.facts))
        return next((d for d in told if d.name == s.name and d.type == s.type), s)

    def tensor(self, result: Expr, tensor: Tensor, axes: Axes) -> Agreement:
        """Whether a result has the values of a tensor (axes: those of the variables, then of the value)."""
        claim = self._indexed(say("the derivative"), tensor, axes.printed(tensor.order, "denominator"))
        return _check(self._proven(result, (), claim, self.symbols, None))

    def _indexed(self, name: Said, tensor: Tensor, order: Sequence[int]) -> Assertion:
        def entries(algebra: Algebra, point: Point) -> Flat:
            found = little_value(tensor, algebra, point.values(algebra), point.sizes, point.functions)
            return bare.Array(found.shape, found.value).transpose(order).flat

        return Assertion(name, entries, is_rational_tensor(tensor))

    def _proven(
        self,
        goal: Expr,
        wrt: Sequence[Symbol],
        claim: Assertion,
        symbols: Iterable[Symbol],
        moved: dict[str, str] | None,
    ) -> Report:
        try:
            return prove(goal, wrt, [claim], symbols, self.functions, moved=moved, points=POINTS, seed=self.seed)
        except BudgetError:
            raise
        except GradproofError as error:
            return undecided(error.message)


def _check(report: Report) -> Agreement:
    return Agreement(report.ok if report.decided else None, report.max_relative_error)


def _written(first: int, order: int) -> list[int]:
    """The axes of a derivative in the order in which a result is written: rows vec(variable), columns vec(value) where there are more than two."""
    if order <= 2 or not first:
        return list(range(order))
    return [*reversed(range(first)), *reversed(range(first, order))]


__all__ = ["Agreement", "Checker"]
