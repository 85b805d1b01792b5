"""Why a stationary point is a global minimum: the formula is convex, or is after a change of variables, or the set is compact and all points are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Literal

from gradproof import records
from gradproof.engine.applied import apply
from gradproof.engine.contract import add, contract
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor, Variable, walk_tensor
from gradproof.errors import GradproofError
from gradproof.facts import CONES, sense
from gradproof.notation.expr import Symbol, symbol
from gradproof.ops.basic import ELPOW, EXP, INV, LOG
from gradproof.optimum.certificate import Certificate, of_value
from gradproof.optimum.compose import log_concave
from gradproof.optimum.curvature import Curves
from gradproof.optimum.direction import QuadraticForm, directions, free, known, second_differential
from gradproof.optimum.lagrange import Minimization, StationaryPoint
from gradproof.optimum.psd import prove
from gradproof.optimum.tidy import negative
from gradproof.records import dataclass


@dataclass(frozen=True)
class Global:
    """`rule`: how it is known; `certificate` of convexity where it is by that; `change`: the variable, and what it is of the new one."""

    rule: Literal[
        "convex",
        "changed",
        "compact",
        "polar",
        "ratio",
        "extreme",
        "pair",
        "subspace",
        "tight",
        "entries",
        "nested",
        "square",
        "shrunk",
        "logarithm",
    ]
    certificate: Certificate | None = None
    change: tuple[str, str] = ("", "")


def certified(problem: Minimization) -> Global | None:
    """Why all stationary points that are found hold the global minimum; None where that is not known."""
    if all(affine(problem, c) for c in problem.constraints):
        certificate = of_value(problem.value, problem.over)
        if certificate.sign in (0, 1):
            return Global("convex", certificate)
        if not problem.constraints:
            return next(_changed(problem), None)
        return None
    return Global("compact") if affine(problem, problem.value) and _compact(problem) else None


def nested(problem: Minimization, point: StationaryPoint) -> Global | None:
    """By one variable after the other: convex in the first for all values of the others, and with its best value put in, known in these."""
    if problem.constraints or len(problem.over) < 2:
        return None
    step = point.steps[0]
    names = {s.name for s in problem.over}
    first = next(s for s in problem.over if known(s) is step.unknown)
    rest = tuple(s for s in problem.over if s is not first)
    alone = replace(problem.value, {free(s): known(s) for s in rest})
    if of_value(alone, [first]).sign not in (0, 1) or set(first.facts) & set(CONES):
        return None
    if any(isinstance(n, Variable) and n.name in names for p in step.root.pivots for n in walk_tensor(p)):
        return None
    bare: dict[Tensor, Tensor] = {known(s): free(s) for s in rest}
    value = replace(problem.value, {free(first): replace(step.root.value, bare)})
    return Global("nested") if certified(Minimization(value, rest)) is not None else None


def logged(problem: Minimization) -> Minimization | None:
    """The problem with the logarithm of a formula that is to be made large, where that is concave; None where it is not."""
    value = problem.value
    if not isinstance(value, Contraction) or value.order or value.coefficient >= 0:
        return None
    parts: list[tuple[int, Tensor]] = []
    for f, own, e in value.factors:
        if own or not isinstance(e, int | Fraction):
            return None
        power: list[Factor] = [(f.args[1], (), 1)] if isinstance(f, Apply) and f.op is ELPOW else []
        base = f.args[0] if isinstance(f, Apply) and power else f
        parts.append((-1, contract(e, [*power, (apply(LOG, (base,)), (), 1)], ())))
    new = records.replace(problem, value=add(parts, ()))
    curves = Curves(frozenset(known(s) for s in problem.over))
    if not log_concave(problem.told(negative(value)), curves.of) or of_value(new.value, new.over).sign != 1:
        return None
    return new if all(affine(problem, c) for c in problem.constraints) else None


def affine(problem: Minimization, c: Tensor) -> bool:
    """Whether a tensor is affine in the variables."""
    moved = directions(problem.over)
    try:
        twice = second_differential(c, moved)
    except GradproofError:
        return False
    return isinstance(twice, Sum) and not twice.terms


def _changed(problem: Minimization) -> Iterator[Global]:
    """By a change of variables that takes the whole domain to the whole of a convex one."""
    for s in problem.over:
        ways: list[tuple[str, Symbol, Callable[[Variable], Tensor]]] = []
        if sense(s.facts).definite == 2:
            ways.append((f"inv({s.name})", s, lambda v: apply(INV, (v,))))
        elif sense(s.facts).positive:
            ways.append((f"1/{s.name}", s, _power))
            ways.append((f"exp({s.name})", symbol(s.name, s.type), lambda v: apply(EXP, (v,))))
        for text, new, way in ways:
            value = replace(problem.value, {free(s): way(free(new))})
            certificate = of_value(value, tuple(new if t is s else t for t in problem.over))
            if certificate.sign == 1:
                yield Global("changed", certificate, (s.name, text))


def _power(v: Variable) -> Tensor:
    out = tuple(range(v.order))
    return contract(1, [(v, out, -1)], out)


def _compact(problem: Minimization) -> bool:
    """Whether the one constraint is an ellipsoid."""
    if len(problem.constraints) != 1 or problem.constraints[0].order:
        return False
    moved = directions(problem.over)
    try:
        form = second_differential(problem.constraints[0], moved)
    except GradproofError:
        return False
    names = {s.name for s in problem.over}
    if any(isinstance(n, Variable) and n.name in names for n in walk_tensor(form)):
        return False
    parts = prove(form, QuadraticForm(moved.values()))
    return parts is not None and frozenset().union(*(p.strict for p in parts)) == frozenset(moved.values())
