"""What is said of a stationary point that is not known to be the optimum: of which kind it is, or on what that depends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from gradproof.choices import Format
from gradproof.engine.contract import constant
from gradproof.engine.differentiate import gradient, pullback
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Tensor, Variable, walk_tensor
from gradproof.engine.value import tensor_value
from gradproof.errors import GradproofError
from gradproof.facts import CONES
from gradproof.lift.index import IndexForm
from gradproof.notation.expr import Expr
from gradproof.numeric.given import numpy
from gradproof.optimum.direction import free, known
from gradproof.optimum.optimised import Optimised
from gradproof.optimum.tidy import content, divided
from gradproof.say import Said, say

if TYPE_CHECKING:
    from gradproof.optimum.lagrange import StationaryPoint


class Judged(Optimised, Protocol):
    """An optimum that may be none."""

    @property
    def point(self) -> StationaryPoint | None: ...
    @property
    def turned(self) -> bool: ...
    def formula(self, t: Tensor) -> Expr | IndexForm: ...


UNKNOWN = {
    1: say("whether it is a minimum is not known"),
    -1: say("whether it is a maximum is not known"),
}
OPPOSITE = {
    1: say("it is a maximum: the formula is concave"),
    -1: say("it is a minimum: the formula is convex"),
}
LOCAL = {
    1: say("it is a local minimum: the curvature is positive there"),
    -1: say("it is a local maximum: the curvature is negative there"),
}
SADDLE = say("it is a saddle point: the curvature has both signs there")


def judged(o: Judged, form: Format) -> Said:
    """What a stationary point is, as far as it is known."""
    if o.turned:
        return OPPOSITE[o.sign]
    try:
        return _on_condition(o, form) or _by_numbers(o) or UNKNOWN[o.sign]
    except GradproofError:
        return UNKNOWN[o.sign]


def _on_condition(o: Judged, form: Format) -> Said | None:
    """Of a quadratic formula, that all depends on the sign of its Hessian, which is the same everywhere."""
    if o.problem.constraints or len(o.moving) != 1 or len(o.moving[0].type.dims) > 1 or {*o.moving[0].facts} & {*CONES}:
        return None
    v = free(o.moving[0])
    h = o.problem.told(_second(o.problem.value, v, v))
    if any(n in (v, known(o.moving[0])) for n in walk_tensor(h)) or not any(
        isinstance(n, Variable) for n in walk_tensor(h)
    ):
        return None
    shown = o.formula(divided(h, abs(content(h))))
    if isinstance(shown, IndexForm):
        return None
    return _condition(o.sign, getattr(shown, form), h.order)


def _condition(sign: int, shown: str, order: int) -> Said:
    if order and sign > 0:
        return say(
            "it is a global minimum where {formula} is positive semidefinite; elsewhere there is none", formula=shown
        )
    if order:
        return say(
            "it is a global maximum where {formula} is positive semidefinite; elsewhere there is none", formula=shown
        )
    if sign > 0:
        return say("it is a global minimum where {formula} is not negative; elsewhere there is none", formula=shown)
    return say("it is a global maximum where {formula} is not negative; elsewhere there is none", formula=shown)


def _by_numbers(o: Judged) -> Said | None:
    """Of a formula of numbers alone, by the curvature at the point."""
    if o.problem.constraints or any(s.type.dims for s in o.moving) or o.point is None:
        return None
    at: dict[Tensor, Tensor] = {free(s): o.point.values[known(s)] for s in o.moving}
    rows: Sequence[Sequence[Tensor]] = [
        [replace(_second(o.problem.value, free(a), free(b)), at) for b in o.moving] for a in o.moving
    ]
    if any(isinstance(n, Variable) for row in rows for t in row for n in walk_tensor(t)):
        return None
    h = [[float(tensor_value(t, {}, {})) for t in row] for row in rows]
    low, high = _extreme_curvatures(h)
    least = 1e-9 * max(abs(low), abs(high))
    if low < -least and high > least:
        return SADDLE
    if low > least:
        return LOCAL[o.sign]
    return LOCAL[-o.sign] if high < -least else None


def _extreme_curvatures(h: list[list[float]]) -> tuple[float, float]:
    if len(h) == 1:
        return h[0][0], h[0][0]
    values = numpy().linalg.eigvalsh(h)
    return float(values[0]), float(values[-1])


def _second(value: Tensor, a: Variable, b: Variable) -> Tensor:
    return gradient(pullback(value, a, constant(1)), b)
