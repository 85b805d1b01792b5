"""Formulas whose entries meet in squares alone, and absolute values: every entry is optimal on its own, by a threshold, and between bounds."""

from __future__ import annotations

from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, constant, contract, zero
from gradproof.engine.differentiate import gradient, pullback
from gradproof.engine.replace import replace
from gradproof.engine.stable_logs import RELU
from gradproof.engine.tensor import Apply, Sum, Tensor, Variable, variable, walk_tensor
from gradproof.facts import sense
from gradproof.facts.basic import NOT_NEGATIVE
from gradproof.notation.expr import Symbol
from gradproof.ops import TABLE
from gradproof.ops.basic import ABS
from gradproof.ops.reductions import LARGEST
from gradproof.optimum.direction import free, known
from gradproof.optimum.globally import Global
from gradproof.optimum.lagrange import Elimination, Minimization, StationaryPoint
from gradproof.optimum.linear import Root, has, linear, multiple, weights
from gradproof.optimum.tidy import negative, tidied
from gradproof.records import dataclass

SIGN = TABLE["sign"]


@dataclass(frozen=True)
class _Kink:
    """weight.*abs(x - at), summed up."""

    weight: Tensor
    at: Tensor


def thresholded(problem: Minimization, s: Symbol) -> tuple[StationaryPoint, Global] | None:
    """The minimum of w.*x^2/2 - c.*x + l.*abs(x - a), summed up, where x is any, or nowhere negative: c/w moved towards a by l/w."""
    if problem.constraints or s.facts - NOT_NEGATIVE:
        return None
    if not sense(s.facts).nonnegative and not any(_kinked(n, free(s)) for n in walk_tensor(problem.value)):
        return None
    return _between(problem.value, s, zero(s.type.dims) if sense(s.facts).nonnegative else None, None)


def clipped(problem: Minimization, count: int) -> tuple[StationaryPoint, Global] | None:
    """The same between bounds of each entry: all constraints are inequalities, `count` of them, such as x - c."""
    if len(problem.over) != 1 or count != len(problem.constraints) or problem.over[0].facts - NOT_NEGATIVE:
        return None
    s = problem.over[0]
    low = zero(s.type.dims) if sense(s.facts).nonnegative else None
    high: Tensor | None = None
    for g in (part for whole in problem.constraints for part in _each(whole)):
        w, end = weights(g, free(s)), linear(g, free(s))
        if w is None or end is None or has(w, free(s)) or end.pivots:
            return None
        if bounds(w).positive and high is None:
            high = tidied(end.value)
        elif bounds(negative(w)).positive and low is None:
            low = tidied(end.value)
        else:
            return None
    if low is not None and high is not None and not bounds(add([(1, high), (-1, low)], low.axes)).nonnegative:
        return None  # whether there is a point between them is not known
    return _between(problem.value, s, low, high)


def _each(g: Tensor) -> list[Tensor]:
    """What is at most zero where abs(x) - r, or the largest entry of something less r, is."""
    if not isinstance(g, Sum):
        return [g]
    for c, t in g.terms:
        if isinstance(t, Apply) and t.op in (ABS, LARGEST) and c > 0:
            u, rest = t.args[0], [(d, b) for d, b in g.terms if b is not t]
            if t.op is ABS:
                return [add([*rest, (c, u)], g.axes), add([*rest, (-c, u)], g.axes)]
            own = tuple(range(u.order))
            spread = [(d, contract(1, [(b, (), 1)], own, dict(enumerate(u.axes)))) for d, b in rest]
            return _each(add([*spread, (c, u)], u.axes))
    return [g]


def _between(
    value: Tensor, s: Symbol, low: Tensor | None, high: Tensor | None
) -> tuple[StationaryPoint, Global] | None:
    x = known(s)
    smooth, kink = _apart(_spelled(value, free(s)), free(s))
    if smooth is None:
        return None
    equation = pullback(smooth, free(s), constant(1))
    w, middle = weights(equation, x), linear(equation, x)
    if w is None or middle is None or not bounds(w).positive or has(w, x) or has(middle.value, x):
        return None
    best = tidied(middle.value)
    if kink is not None:
        own = tuple(range(x.order))
        k = multiple(w) if x.order else None
        below = (w, own, -1) if k is None else (k, (), -1)
        by = contract(1, [(kink.weight, own, 1), below], own, dict(enumerate(x.axes)))
        best = _moved(best, kink.at, tidied(by), low is not None and low is kink.at is zero(x.axes) and high is None)
    if high is not None:
        best = add([(1, best), (-1, apply(RELU, (add([(1, best), (-1, high)], x.axes),)))], x.axes)
    if low is not None and not (isinstance(best, Apply) and best.op is RELU and low is zero(x.axes)):
        best = add([(1, low), (1, apply(RELU, (add([(1, best), (-1, low)], x.axes),)))], x.axes)
    return StationaryPoint({x: best}, (Elimination(x, equation, Root(best)),)), Global("entries")


def _kinked(n: Tensor, x: Variable) -> bool:
    return isinstance(n, Apply) and n.op in (ABS, RELU) and has(n, x)


def _spelled(value: Tensor, x: Variable) -> Tensor:
    """A formula with relu(u) as u/2 + abs(u)/2."""
    places: dict[Tensor, Tensor] = {
        n: add([(Fraction(1, 2), n.args[0]), (Fraction(1, 2), apply(ABS, n.args))], n.axes)
        for n in walk_tensor(value)
        if isinstance(n, Apply) and n.op is RELU and has(n, x)
    }
    return replace(value, places) if places else value


def _apart(value: Tensor, x: Variable) -> tuple[Tensor | None, _Kink | None]:
    """A formula without its absolute values, and these; None, None where it has others."""
    nodes = [n for n in walk_tensor(value) if _kinked(n, x)]
    if not nodes:
        return value, None
    node = nodes[0]
    assert isinstance(node, Apply)
    slope, end = weights(node.args[0], x), linear(node.args[0], x)
    if len(nodes) > 1 or slope is None or end is None or has(slope, x) or has(end.value, x) or end.pivots:
        return None, None
    place = variable("\0a", x.axes)
    held = replace(value, {node: place})
    weight = gradient(held, place)
    if has(weight, place) or has(weight, x) or not bounds(weight).nonnegative:
        return None, None
    own = tuple(range(x.order))
    size = slope if bounds(slope).nonnegative else apply(ABS, (slope,))
    whole = contract(1, [(weight, own, 1), (size, own, 1)], own, dict(enumerate(x.axes)))
    return replace(held, {place: zero(x.axes)}), _Kink(whole, tidied(end.value))


def _moved(middle: Tensor, at: Tensor, by: Tensor, up: bool) -> Tensor:
    """The middle moved towards a point, and no further; `up`: where what lies below it is not allowed."""
    way = middle if isinstance(at, Sum) and not at.terms else add([(1, middle), (-1, at)], middle.axes)
    if up:
        return apply(RELU, (add([(1, way), (-1, by)], middle.axes),))
    own = tuple(range(middle.order))
    left = apply(RELU, (add([(1, apply(ABS, (way,))), (-1, by)], middle.axes),))
    return add([(1, at), (1, contract(1, [(apply(SIGN, (way,)), own, 1), (left, own, 1)], own))], middle.axes)
