"""One inequality: tight at the optimum of a linear formula on an ellipsoid, and of a convex formula where its multiplier is not negative."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, constant, contract, scale, zero
from gradproof.engine.differentiate import pullback
from gradproof.engine.replace import replace as replaced
from gradproof.engine.stable_logs import RELU
from gradproof.engine.tensor import Contraction, Sum, Tensor, variable
from gradproof.errors import GradproofError
from gradproof.optimum.certificate import of_value
from gradproof.optimum.direction import directions, free, known, second_differential
from gradproof.optimum.globally import Global, affine, certified
from gradproof.optimum.involution import nonnegative
from gradproof.optimum.lagrange import Elimination, Minimization, StationaryPoint, back, best, less, points
from gradproof.optimum.linear import Root, has, linear
from gradproof.optimum.tidy import content, divided, tidied
from gradproof.records import dataclass, field, replace


def squared(problem: Minimization, c: Tensor) -> Tensor:
    """norm(x) - r as norm(x)^2 - r^2, for an r that is not negative; other constraints as they are."""
    if not isinstance(c, Sum) or c.order:
        return c
    moving = [(k, t) for k, t in c.terms if any(has(t, free(s)) for s in problem.over)]
    if len(moving) != 1:
        return c
    k, t = moving[0]
    r = add([(-x / k, b) for x, b in c.terms if b is not t], ())
    root = [f for f in t.factors if f[2] == Fraction(1, 2)] if isinstance(t, Contraction) else []
    if len(root) != 1 or not isinstance(t, Contraction) or len(t.factors) > 1 or not nonnegative(r):
        return c
    whole = contract(t.coefficient**2, [(f, own, 1) for f, own, _ in t.factors], ())
    square = add([(1, whole), (-1, contract(1, [(r, (), 2)], ()))], ())
    return square if k > 0 else scale(-1, square)


@dataclass(frozen=True)
class Near:
    """A problem with the same optimum up to a shift: `middle` is added to its one variable; `named`: what its new names stand for."""

    problem: Minimization
    middle: Tensor | None = None
    named: Mapping[Tensor, Tensor] = field(default_factory=dict)

    def back(self, p: StationaryPoint) -> StationaryPoint:
        """A point of it as one of the problem itself."""
        named = dict(self.named)
        values = {v: tidied(replaced(t, named)) if named else t for v, t in p.values.items()}
        if self.middle is not None:
            x = known(self.problem.over[0])
            values[x] = add([(1, values[x]), (1, self.middle)], x.axes)
        return StationaryPoint(values, tuple(_step(step, named) for step in p.steps) if named else p.steps)


def _step(step: Elimination, named: dict[Tensor, Tensor]) -> Elimination:
    pivots = [tidied(replaced(t, named)) for t in step.root.pivots]
    root = Root(replaced(step.root.value, named), tuple(divided(t, content(t)) for t in pivots))
    return Elimination(step.unknown, replaced(step.equation, named), root)


def simpler(problem: Minimization) -> Near:
    """The problem with a linear formula on an ellipsoid around zero, where it can be made one."""
    straight = _straightened(problem)
    near, middle = _centred(straight) if affine(straight, straight.value) else (straight, None)
    if near is problem:
        return Near(problem)
    value, named = _line(near)
    return Near(replace(near, value=value), middle, named)


def _straightened(problem: Minimization) -> Minimization:
    """The problem with a multiple of its one equation taken off, where that leaves a linear formula."""
    if len(problem.constraints) != 1 or problem.constraints[0].order or affine(problem, problem.value):
        return problem
    moved = directions(problem.over)
    try:
        forms = [second_differential(t, moved) for t in (problem.value, problem.constraints[0])]
    except GradproofError:
        return problem
    if isinstance(forms[1], Sum) and not forms[1].terms:
        return problem
    ratio = contract(1, [(forms[0], (), 1), (forms[1], (), -1)], ())
    if any(has(ratio, m) for m in moved.values()) or any(has(ratio, free(s)) for s in problem.over):
        return problem
    whole = contract(1, [(ratio, (), 1), (problem.constraints[0], (), 1)], ())
    straight = replace(problem, value=add([(1, problem.value), (-1, whole)], ()))
    return straight if affine(straight, straight.value) else problem


def _line(problem: Minimization) -> tuple[Tensor, dict[Tensor, Tensor]]:
    """A linear formula without its constant, with names for its slopes."""
    parts: list[tuple[int, Tensor]] = []
    named: dict[Tensor, Tensor] = {}
    at: dict[Tensor, Tensor] = {free(s): zero(s.type.dims) for s in problem.over}
    for s in problem.over:
        own = tuple(range(len(s.type.dims)))
        name = variable(f"\0g{s.name}", s.type.dims)
        named[name] = replaced(pullback(problem.value, free(s), constant(1)), at)
        parts.append((1, contract(1, [(name, own, 1), (free(s), own, 1)], ())))
    return add(parts, ()), named


def _centred(problem: Minimization) -> tuple[Minimization, Tensor | None]:
    """The problem in the distance of its one variable from the centre of an ellipsoid, and the centre; None where that is zero, or not seen."""
    if len(problem.over) != 1 or len(problem.constraints) != 1 or problem.constraints[0].order:
        return problem, None
    x = free(problem.over[0])
    middle = linear(pullback(problem.constraints[0], x, constant(1)), x)
    if middle is None or middle.pivots or _zero(middle.value):
        return problem, None
    shifted: dict[Tensor, Tensor] = {x: add([(1, x), (1, middle.value)], x.axes)}
    zeros = tuple(replaced(c, shifted) for c in problem.constraints)
    moved = replace(problem, value=replaced(problem.value, shifted), constraints=zeros)
    again = linear(pullback(moved.constraints[0], x, constant(1)), x)
    if again is None or not _zero(again.value):
        return problem, None
    return moved, middle.value


def _zero(t: Tensor) -> bool:
    return isinstance(t, Sum) and not t.terms


def tight(problem: Minimization) -> tuple[StationaryPoint, Global] | None:
    """The optimum of a problem whose last constraint is to be at most zero, and not zero."""
    g = problem.constraints[-1]
    if g.order:
        return None
    if affine(problem, problem.value) and len(problem.constraints) == 1:
        near = simpler(problem)
        why = certified(near.problem)
        point = best(near.problem, points(near.problem)) if why is not None and why.rule == "compact" else None
        return None if point is None or why is None else (near.back(point), why)
    moved, middle = _centred(problem)
    found = _released(moved)
    return None if found is None else (Near(moved, middle).back(found), Global("tight"))


def _released(problem: Minimization) -> StationaryPoint | None:
    """The point with the largest multiplier at which the inequality is tight, or with zero where that is negative."""
    if not all(affine(problem, c) for c in problem.constraints[:-1]):
        return None
    if any(of_value(t, problem.over).sign not in (0, 1) for t in (problem.value, problem.constraints[-1])):
        return None
    nu = problem.multipliers()[-1]
    found = points(problem)
    if not found or any(p.steps[-1].unknown is not nu or p.steps[:-1] != found[0].steps[:-1] for p in found):
        return None
    largest = _largest([p.values[nu] for p in found])
    if largest is None:
        return None
    last = next(p.steps[-1] for p in found if p.values[nu] is largest)
    k = abs(content(largest))
    least = largest if bounds(largest).nonnegative else scale(k, apply(RELU, (_spread(divided(largest, k)),)))
    steps = (*found[0].steps[:-1], Elimination(nu, last.equation, Root(least, last.root.pivots)))
    return StationaryPoint(back(steps), steps)


def _spread(t: Tensor) -> Tensor:
    """A negative multiple of a sum with its sign in the sum: -(a - b)/c is (b - a)/c."""
    if not isinstance(t, Contraction) or t.coefficient > 0:
        return t
    at = next((i for i, (f, own, e) in enumerate(t.factors) if isinstance(f, Sum) and e == 1 and not own), None)
    if at is None:
        return t
    factors = [(divided(f, Fraction(-1)) if i == at else f, own, e) for i, (f, own, e) in enumerate(t.factors)]
    return contract(-t.coefficient, factors, t.out)


def _largest(values: list[Tensor]) -> Tensor | None:
    return next((v for v in values if all(less(w, v) for w in values)), None)
