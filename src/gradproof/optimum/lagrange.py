"""Stationary points: the derivative of the Lagrangian set to zero, and solved by elimination, one unknown after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from gradproof import records
from gradproof.engine.bounds import bounds, definite
from gradproof.engine.contract import add, constant, contract, permute, scale, symmetry, zero
from gradproof.engine.differentiate import pullback
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Apply, Contraction, Sum, Tensor, Variable, variable, walk_tensor
from gradproof.errors import GradproofError
from gradproof.facts import TABLE, TIES, sense
from gradproof.facts.basic import ABOVE_ZERO
from gradproof.notation.expr import Symbol
from gradproof.ops import Operation
from gradproof.optimum.direction import free, known
from gradproof.optimum.equation import roots
from gradproof.optimum.involution import nonnegative
from gradproof.optimum.linear import Root, has, posdef, semidefinite, still_open
from gradproof.optimum.tidy import opened, tidied
from gradproof.records import dataclass, field

CANDIDATES = 8  # stationary points that are followed


@dataclass(frozen=True)
class Minimization:
    """A scalar to be made small, in some variables, where constraints are zero: lowered, with the variables free of facts that tie their entries.

    `signed`: multipliers of scalar constraints are taken to be positive.
    """

    value: Tensor
    over: tuple[Symbol, ...]
    constraints: tuple[Tensor, ...] = ()
    signed: bool = False

    def told(self, t: Tensor) -> Tensor:
        """A tensor with all facts of the variables."""
        back: dict[Tensor, Tensor] = {free(s): known(s) for s in self.over if s.facts & TIES}
        return replace(t, back) if back else t

    def multipliers(self) -> tuple[Variable, ...]:
        """One multiplier for each constraint, of its shape."""
        facts = [ABOVE_ZERO if self.signed and not c.axes else frozenset() for c in self.constraints]
        return tuple(
            variable(f"\0nu{k}", c.axes, f) for k, (c, f) in enumerate(zip(self.constraints, facts, strict=True))
        )


@dataclass(frozen=True)
class Elimination:
    """One elimination: the unknown, the equation, and its solution in terms of what is left."""

    unknown: Variable
    equation: Tensor
    root: Root


@dataclass(frozen=True)
class StationaryPoint:
    """A stationary point: the value of each variable, and of each multiplier; `steps`: how it was found."""

    values: Mapping[Variable, Tensor]
    steps: tuple[Elimination, ...] = field(repr=False)

    @property
    def pivots(self) -> tuple[Tensor, ...]:
        """What has to be invertible, or not zero."""
        values: dict[Tensor, Tensor] = {**self.values}
        found = [replace(p, values) for s in self.steps for p in s.root.pivots]
        return tuple(dict.fromkeys(q for p in found for q in still_open(p)))


def stationarity(problem: Minimization) -> dict[Variable, Tensor]:
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
    if sense(s.facts).turned == 1 and symmetry(gradient) != 1:
        return add([(1, gradient), (1, permute(gradient, (1, 0)))], gradient.axes)
    if sense(s.facts).turned == -1 and symmetry(gradient) != -1:
        return add([(1, gradient), (-1, permute(gradient, (1, 0)))], gradient.axes)
    return gradient


def points(problem: Minimization) -> list[StationaryPoint]:
    """All stationary points, where the equations can be solved here; [] where they cannot."""
    equations: dict[Variable, Tensor] = dict(stationarity(problem))
    for c, nu in zip(problem.constraints, problem.multipliers(), strict=True):
        equations[nu] = problem.told(c)
    found: list[StationaryPoint] = []
    for point in _eliminated(equations, ()):
        if _outside(problem, point):
            continue
        found.append(point)
        if len(found) == CANDIDATES:
            break
    return found


def _outside(problem: Minimization, p: StationaryPoint) -> bool:
    """Whether a point is proven to be where a variable has not what is declared, or where the formula is not defined."""
    values: dict[Tensor, Tensor] = {v: p.values[v] for v in map(known, problem.over)}
    positive = [v for s in problem.over for v in [p.values[known(s)]] if sense(s.facts).positive]
    for n in walk_tensor(problem.told(problem.value)):
        d = n.op.domain if isinstance(n, Apply) and isinstance(n.op, Operation) else None
        if isinstance(n, Apply) and d is not None and (d.of, d.relation, d.bound) == ("x", ">", 0):
            positive.append(replace(n.args[0], values))
    return any(bounds(scale(-1, t)).nonnegative for t in positive if not t.order)


def singular(pivot: Tensor) -> bool:
    """Whether a matrix that has to be invertible is one of which no more is known than that it is semidefinite, or is of rank one."""
    rank = isinstance(pivot, Contraction) and all(f.order < 2 for f, _, _ in pivot.factors)
    return pivot.order == 2 and (isinstance(pivot, Variable) or rank) and semidefinite(pivot)


def augmented(problem: Minimization) -> Minimization:
    """The problem with half the square of the linear part of each constraint added, which is a number where the constraint holds."""
    empty: dict[Tensor, Tensor] = {free(s): zero(s.type.dims) for s in problem.over}
    moving = [add([(1, c), (-1, replace(c, empty))], c.axes) for c in problem.constraints]
    squares = [(Fraction(1, 2), contract(1, [(c, tuple(range(c.order)), 2)], ())) for c in moving]
    return records.replace(problem, value=add([(1, problem.value), *squares], ()))


def signed_points(problem: Minimization) -> list[StationaryPoint]:
    """Stationary points whose scalar multipliers have signs that are tried: what is proven of these signs solves more equations. Not all points."""
    scalars = [k for k, c in enumerate(problem.constraints) if not c.axes]
    for signs in product((1, -1), repeat=len(scalars)) if len(scalars) <= 2 else ():
        turned = dict(zip(scalars, signs, strict=True))
        zeros = tuple(scale(turned.get(k, 1), c) for k, c in enumerate(problem.constraints))
        trial = records.replace(problem, constraints=zeros, signed=True)
        own = trial.multipliers()
        found = [p for p in points(trial) if all(bounds(p.values[own[k]]).positive for k in scalars)]
        if found:
            plain: dict[Tensor, Tensor] = {
                nu: scale(turned.get(k, 1), other)
                for k, (nu, other) in enumerate(zip(own, problem.multipliers(), strict=True))
            }
            return [_plainly(p, plain) for p in found]
    return []


def _plainly(p: StationaryPoint, plain: dict[Tensor, Tensor]) -> StationaryPoint:
    """A point with the multipliers as they are called otherwise."""
    names = {n: m for n, m in plain.items() if n is not m}
    steps = []
    for s in p.steps:
        equation, value = replace(s.equation, names), replace(s.root.value, names)
        root = Root(value, tuple(replace(q, names) for q in s.root.pivots))
        steps.append(Elimination(s.unknown, equation, root))
    return StationaryPoint(p.values, tuple(steps))


def _eliminated(equations: Mapping[Variable, Tensor], steps: tuple[Elimination, ...]) -> Iterator[StationaryPoint]:
    if not equations:
        yield StationaryPoint(back(steps), steps)
        return
    for u in _order(equations):
        try:
            found = roots(equations[u], u)
        except GradproofError:
            continue
        ended = False
        for root in found:
            rest = {v: replace(e, {u: root.value}) for v, e in equations.items() if v is not u}
            for point in _eliminated(rest, (*steps, Elimination(u, equations[u], root))):
                ended = True
                yield point
        if ended:
            return


def _order(equations: Mapping[Variable, Tensor]) -> list[Variable]:
    """The unknowns that stand in their own equation: variables before multipliers, small ones first."""
    own = [u for u, e in equations.items() if has(e, u)]
    return sorted(own, key=lambda u: (u.name.startswith("\0"), u.order))


def back(steps: Sequence[Elimination]) -> dict[Variable, Tensor]:
    """The values of all unknowns, in terms of the data alone."""
    values: dict[Variable, Tensor] = {}
    for step in reversed(steps):
        values[step.unknown] = tidied(replace(step.root.value, {**values}) if values else step.root.value)
    return values


def holds(fact: str, t: Tensor) -> bool:
    """Whether a value is proven to have a fact that matters for a domain."""
    if least := TABLE[fact].definite:
        return posdef(t) or (least == 1 and definite(t) > 0)
    return bounds(t).positive or _above(t) or (not TABLE[fact].bounds.positive and bounds(t).nonnegative)


def _above(t: Tensor) -> bool:
    """Whether entries are k*sqrt(q) + b with k^2*q - b^2 positive, as solutions of quadratic equations are, or a positive multiple."""
    if isinstance(t, Sum):
        own = tuple(range(t.order))
        for c, r in t.terms:
            k, factors, out = opened(r)
            if c * k > 0 and len(factors) == 1 and factors[0][1:] == (out, Fraction(1, 2)):
                b = add([(d, x) for d, x in t.terms if x is not r], t.axes)
                rest = contract(1, [(b, own, 2)], own, dict(enumerate(t.axes)))
                return bounds(add([((c * k) ** 2, factors[0][0]), (-1, rest)], t.axes)).positive
        return False
    c, factors, out = opened(t)
    sums = [f for f in factors if isinstance(f[0], Sum) and f[1:] == (out, 1)]
    others = [f for f in factors if f not in sums]
    return c > 0 and len(sums) == 1 and all(bounds(f).power(e).positive for f, _, e in others) and _above(sums[0][0])


def best(problem: Minimization, found: Sequence[StationaryPoint]) -> StationaryPoint | None:
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


def named(t: Tensor) -> Tensor:
    """A tensor with the multipliers called nu, or nu1, nu2, … where there are several."""
    found = sorted(
        {n for n in walk_tensor(t) if isinstance(n, Variable) and n.name.startswith("\0nu")}, key=lambda n: n.name
    )
    one = len(found) == 1 and found[0].name == "\0nu0"
    return replace(t, {n: variable("nu" if one else f"nu{int(n.name[3:]) + 1}", n.axes) for n in found}) if found else t


def internal(t: Tensor) -> bool:
    """Whether a multiplier, or what stood for an expression, is left in a tensor."""
    return any(isinstance(n, Variable) and n.name.startswith("\0") for n in walk_tensor(t))
