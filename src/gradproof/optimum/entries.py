"""Formulas whose entries meet in squares alone, and absolute values: every entry is optimal on its own, by a threshold."""

from __future__ import annotations

from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, apply, constant, contract, zero
from gradproof.engine.differentiate import gradient, pullback
from gradproof.engine.replace import replace
from gradproof.engine.stable_logs import ABS, RELU
from gradproof.engine.tensor import Apply, Tensor, Variable, variable, walk_tensor
from gradproof.notation.expr import Symbol
from gradproof.ops import TABLE
from gradproof.optimum.direction import free, known
from gradproof.optimum.globally import Global
from gradproof.optimum.lagrange import Point, Problem, Step
from gradproof.optimum.linear import Root, has, linear, weights
from gradproof.optimum.tidy import tidied

SIGN = TABLE["sign"]
PLAIN = frozenset({"nonneg"})  # facts of a variable whose entries are free of each other


def thresholded(problem: Problem, s: Symbol) -> tuple[Point, Global] | None:
    """The minimum of w.*x^2/2 - c.*x + l.*abs(x), summed up, where x is any, or nowhere negative: c/w moved towards zero by l/w."""
    x = known(s)
    if problem.constraints or s.facts - PLAIN:
        return None
    value, threshold = _apart(problem.value, free(s))
    if value is None or (threshold is None and "nonneg" not in s.facts):
        return None
    equation = pullback(value, free(s), constant(1))
    w, middle = weights(equation, x), linear(equation, x)
    if w is None or middle is None or not bounds(w).positive or has(w, x) or has(middle.value, x):
        return None
    own = tuple(range(x.order))
    by = zero(x.axes)
    if threshold is not None:
        by = contract(1, [(threshold, own, 1), (w, own, -1)], own, dict(enumerate(x.axes)))
    best = tidied(_moved(tidied(middle.value), by, "nonneg" in s.facts))
    return Point({x: best}, (Step(x, equation, Root(best)),)), Global("entries")


def _apart(value: Tensor, x: Variable) -> tuple[Tensor | None, Tensor | None]:
    """A formula without its absolute values, and their weights; None, None where it has others."""
    node = next((n for n in walk_tensor(value) if isinstance(n, Apply) and n.op is ABS and n.args == (x,)), None)
    if node is None:
        return value, None
    place = variable("\0a", x.axes)
    held = replace(value, {node: place})
    weight = gradient(held, place)
    if has(weight, place) or has(weight, x) or not bounds(weight).nonnegative:
        return None, None
    return replace(held, {place: zero(x.axes)}), weight


def _moved(middle: Tensor, by: Tensor, up: bool) -> Tensor:
    if up:
        return apply(RELU, (add([(1, middle), (-1, by)], middle.axes),))
    own = tuple(range(middle.order))
    left = apply(RELU, (add([(1, apply(ABS, (middle,))), (-1, by)], middle.axes),))
    return contract(1, [(apply(SIGN, (middle,)), own, 1), (left, own, 1)], own)
