"""The derivation by one entry, row or column of a variable: that by the whole variable, and the part that is asked for as the last step."""

from __future__ import annotations

from collections.abc import Mapping

from gradproof.engine.differentiate import gradient
from gradproof.engine.merge import merged
from gradproof.engine.replace import replace as put
from gradproof.engine.tensor import Tensor, variable
from gradproof.explain.differential import differential_of
from gradproof.explain.problem import Problem, prove
from gradproof.explain.steps import EQUALITY, NoDerivation, Step
from gradproof.facts import TIES
from gradproof.lift.layouts import Axes
from gradproof.notation.expr import Expr, Symbol, call, substitute, symbol
from gradproof.parse.parts import Part
from gradproof.records import replace
from gradproof.say import say
from gradproof.shapes.shape import SCALAR


def whole(problem: Problem, value: Tensor, written: Mapping[Tensor, tuple[Tensor, ...]]) -> Problem:
    """What is asked by the whole variable, of the value in index notation."""
    (x,) = problem.wrt
    free, known = (variable(x.name, x.type.dims, facts) for facts in (x.facts - TIES, x.facts))
    tensor = merged(gradient(value, free), written)
    if free is not known:
        tensor = merged(put(tensor, {free: known}), written)
    return replace(problem, tensor=tensor, axes=Axes((len(x.type.dims),), problem.axes.kind, problem.axes.groups))


def prove_part(problem: Problem, method: str | None, part: Part, result: Expr) -> tuple[str, Step]:
    """The method, and the proof tree. Raises NoDerivation, Disagreement."""
    if len(problem.expr.type.dims) + len(part.at) > 2:
        return "differential", _along(problem, part, result)
    used, root = prove(problem, method)
    return used, _taken(root, part, result)


def _along(problem: Problem, part: Part, result: Expr) -> Step:
    """The differential where one entry alone moves: dX = e_i e_j'."""
    first, second = (*part.at, None)[:2]
    if first is None or (second is None and len(part.at) == 2):
        raise NoDerivation(say("a part of a derivative with more than two axes"))
    step, context = differential_of(problem.expr, problem.wrt)
    unit = first if second is None else call("mul", first, call("transpose", second))
    goal = context.tidy(substitute(step.result, {context.moved[0]: unit}))
    if goal.type != result.type:
        raise NoDerivation(say("a part of a derivative with more than two axes"))
    return _step("part-along", goal, result, part, step, context.moved)


def _step(rule: str, goal: Expr, result: Expr, part: Part, child: Step, moved: tuple[Symbol, ...] = ()) -> Step:
    parts = {"place": symbol(part.name.replace(" ", ""), SCALAR)}
    return Step(rule, EQUALITY, goal, child.wrt, result, goal, result, parts, (child,), moved)


def _taken(root: Step, part: Part, result: Expr) -> Step:
    """The step from the derivative by the whole variable to its part."""
    first, second = (*part.at, None)[:2]
    goal = root.result
    if first is not None:
        goal = call("mul", call("transpose", first), goal)
    if second is not None:
        goal = call("mul", goal, second)
    if goal.type != result.type:
        goal = call("transpose", goal)
    if goal.type != result.type:
        raise NoDerivation(say("a part of a derivative with more than two axes"))
    return _step("part", goal, result, part, root)


__all__ = ["prove_part", "whole"]
