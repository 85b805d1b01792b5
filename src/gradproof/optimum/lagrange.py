"""Stationary points: the derivative of the Lagrangian set to zero, and solved by elimination, one unknown after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gradproof.engine.bounds import bounds, definite
from gradproof.engine.contract import add, constant, permute, symmetry
from gradproof.engine.differentiate import pullback
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Tensor, Variable, variable
from gradproof.errors import GradproofError
from gradproof.facts import TIES
from gradproof.notation.expr import Symbol
from gradproof.optimum.direction import free, known
from gradproof.optimum.equation import roots
from gradproof.optimum.involution import nonnegative
from gradproof.optimum.linear import Root, has, posdef
from gradproof.optimum.tidy import tidied
from gradproof.records import dataclass, field

DOMAINS = ("posdef", "psd", "positive", "nonneg")  # facts of a variable that its value has to have
CANDIDATES = 8  # stationary points that are followed


@dataclass(frozen=True)
class Problem:
    """A scalar to be made small, in some variables, where constraints are zero: lowered, with the variables free of facts that tie their entries."""

    value: Tensor
    over: tuple[Symbol, ...]
    constraints: tuple[Tensor, ...] = ()

    def told(self, t: Tensor) -> Tensor:
        """A tensor with all facts of the variables."""
        back: dict[Tensor, Tensor] = {free(s): known(s) for s in self.over if s.facts & TIES}
        return replace(t, back) if back else t

    def multipliers(self) -> tuple[Variable, ...]:
        """One multiplier for each constraint, of its shape."""
        return tuple(variable(f"\0nu{k}", c.axes) for k, c in enumerate(self.constraints))


@dataclass(frozen=True)
class Step:
    """One elimination: the unknown, the equation, and its solution in terms of what is left."""

    unknown: Variable
    equation: Tensor
    root: Root


@dataclass(frozen=True)
class Point:
    """A stationary point: the value of each variable, and of each multiplier; `steps`: how it was found."""

    values: Mapping[Variable, Tensor]
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def pivots(self) -> tuple[Tensor, ...]:
        """What has to be invertible, or not zero."""
        return tuple(dict.fromkeys(p for s in self.steps for p in s.root.pivots))


def stationarity(problem: Problem) -> dict[Variable, Tensor]:
    """The derivative of the Lagrangian by each variable, with all facts; those by the multipliers are the constraints."""
    found: dict[Variable, Tensor] = {}
    multipliers = problem.multipliers()
    for s in problem.over:
        parts = [(1, pullback(problem.value, free(s), constant(1)))]
        parts += [(1, pullback(c, free(s), nu)) for c, nu in zip(problem.constraints, multipliers, strict=True)]
        gradient = problem.told(add(parts, s.type.dims))
        found[known(s)] = _tied(gradient, s)
    return found


def _tied(gradient: Tensor, s: Symbol) -> Tensor:
    """The derivative by what is free to move: of a symmetric matrix, the symmetric part; of an antisymmetric one, the antisymmetric part."""
    if "symmetric" in s.facts and symmetry(gradient) != 1:
        return add([(1, gradient), (1, permute(gradient, (1, 0)))], gradient.axes)
    if "antisymmetric" in s.facts and symmetry(gradient) != -1:
        return add([(1, gradient), (-1, permute(gradient, (1, 0)))], gradient.axes)
    return gradient


def points(problem: Problem) -> list[Point]:
    """All stationary points, where the equations can be solved here; [] where they cannot."""
    equations: dict[Variable, Tensor] = dict(stationarity(problem))
    for c, nu in zip(problem.constraints, problem.multipliers(), strict=True):
        equations[nu] = problem.told(c)
    found: list[Point] = []
    for point in _eliminated(equations, ()):
        found.append(point)
        if len(found) == CANDIDATES:
            break
    return found


def _eliminated(equations: Mapping[Variable, Tensor], steps: tuple[Step, ...]) -> Iterator[Point]:
    if not equations:
        yield Point(back(steps), steps)
        return
    for u in _order(equations):
        try:
            found = roots(equations[u], u)
        except GradproofError:
            continue
        if not found:
            continue
        for root in found:
            rest = {v: replace(e, {u: root.value}) for v, e in equations.items() if v is not u}
            yield from _eliminated(rest, (*steps, Step(u, equations[u], root)))
        return


def _order(equations: Mapping[Variable, Tensor]) -> list[Variable]:
    """The unknowns that stand in their own equation: variables before multipliers, small ones first."""
    own = [u for u, e in equations.items() if has(e, u)]
    return sorted(own, key=lambda u: (u.name.startswith("\0"), u.order))


def back(steps: Sequence[Step]) -> dict[Variable, Tensor]:
    """The values of all unknowns, in terms of the data alone."""
    values: dict[Variable, Tensor] = {}
    for step in reversed(steps):
        values[step.unknown] = tidied(replace(step.root.value, {**values}) if values else step.root.value)
    return values


def holds(fact: str, t: Tensor) -> bool:
    """Whether a value is proven to have a fact that matters for a domain."""
    if fact in ("posdef", "psd"):
        return posdef(t) or (fact == "psd" and definite(t) > 0)
    return bounds(t).positive if fact == "positive" else bounds(t).nonnegative


def best(problem: Problem, found: Sequence[Point]) -> Point | None:
    """The point with the smallest value, where all values can be compared."""
    told = problem.told(problem.value)
    values = [replace(told, {**p.values}) for p in found]
    for k, v in enumerate(values):
        if all(j == k or less(v, w) for j, w in enumerate(values)):
            return found[k]
    return None


def less(a: Tensor, b: Tensor) -> bool:
    """Whether a scalar is proven to be at most another one."""
    return a is b or nonnegative(add([(1, b), (-1, a)], ()))
