"""What has to hold at a point, by the domains of the table, and how far inside them a value lies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from gradproof.notation.expr import Call, Expr
from gradproof.numeric.evaluate import definition, is_matrix_power
from gradproof.numeric.given import numpy
from gradproof.numeric.little import Algebra
from gradproof.numeric.ring import REAL
from gradproof.ops import domain
from gradproof.ops.domain import Domain
from gradproof.ops.operation import Monomial, Power
from gradproof.shapes.shape import Shape

PLAIN = Algebra(REAL)
LARGEST_COMPARED = 1e12  # beyond which an inverse has no digits to compare


Condition = tuple[Call, Domain | Callable[[list[Any]], Domain | None], Shape, tuple[int, ...]]


def conditions_of(np: Any, nodes: Sequence[Expr]) -> list[Condition]:
    """What has to hold at a point: the operation, a condition of the table or how it follows from the arguments, and the places of these.

    The condition is on the first of them, which has the given shape.
    """
    places = {node: i for i, node in enumerate(nodes)}
    found: list[Condition] = []
    for node in nodes:
        if not isinstance(node, Call):
            continue
        args = tuple(places[a] for a in node.args)
        if node.op.domain:
            found.append((node, node.op.domain, node.args[0].type, args))
        match node.op.meaning:
            case Monomial(exponents=exponents):
                for a, place, e in zip(node.args, args, exponents, strict=True):
                    if e < 0 or e.denominator > 1:
                        found.append((node, domain.POSITIVE if e.denominator > 1 else domain.NONZERO, a.type, (place,)))
            case Power():
                found.append((node, partial(_power_condition, np, is_matrix_power(node)), node.args[0].type, args))
    return found


def _power_condition(np: Any, whole: bool, args: list[Any]) -> Domain | None:
    """What the base of a power must be for this exponent."""
    exponent = np.asarray(args[1])
    if not np.all(np.rint(exponent) == exponent):
        return domain.POSITIVE
    if np.all(exponent >= 0):
        return None
    return domain.INVERTIBLE if whole else domain.NONZERO


def singular(np: Any, node: Call, args: Sequence[Any]) -> bool:
    """Whether an operation that needs an invertible matrix has one that is singular to rounding, so that its value is noise."""
    needed = node.op.domain
    if isinstance(node.op.meaning, Power) and is_matrix_power(node):
        needed = _power_condition(np, True, list(args))
    if needed is None or not (needed.relation == "has rank" or needed is domain.DETERMINANT_POSITIVE):
        return False
    return np.ndim(args[0]) == 2 and inside(domain.FULL_RANK, node.args[0].type, np)(args[0]) < 5 / LARGEST_COMPARED


@cache
def inside(condition: Domain, shape: Shape, np: Any = None) -> Callable[[Any], float]:
    """How far inside a domain of the table a value of this shape lies, at least; zero or less is outside.

    An exact 0 in a matrix is taken as one that is always there: it does not break `x != 0`.
    """
    np = np or numpy()
    if condition.relation == "has rank":
        return lambda x: (5 / float(np.linalg.cond(x)) if np.all(np.isfinite(x)) else 0.0) if np.ndim(x) else abs(x)
    if condition.margin is not None:
        measured = condition.margin
        return lambda x: (
            measured(PLAIN, PLAIN.constant(np.shape(x), np.ravel(x).tolist())) if np.all(np.isfinite(x)) else 0.0
        )
    left, relation, bound = definition(condition.of, shape, np), condition.relation, float(condition.bound)

    def margin(x: Any) -> float:
        away = np.asarray(left(x)) - bound
        if relation == "!=":
            away = np.abs(away)
            away = away[away > 0] if np.any(away) else away
        return float((-away if relation == "<" else away).min(initial=math.inf))

    return margin
