"""What a solver found, and why it did not find a minimum."""

from __future__ import annotations

from typing import Any

from gradproof.records import dataclass

AWAY = "the values run away: there may be no minimum"
FAR = "the solver stopped where a step of Newton's method would still gain much: the problem is ill-conditioned"
SADDLE = "the slope is zero and the curvature negative in some direction: it is no minimum"

STUCK = "the solver found no lower point in its direction: there may be no minimum, or the problem is ill-conditioned"
UNMET = "no point was found that meets the constraints"


@dataclass(frozen=True)
class Solution:
    """The flat vector, its value, the values of the variables, and how they were found."""

    x: Any
    fun: float
    values: dict[str, Any]
    method: str
    success: bool
    message: str
    nit: int
    slope: float  # the size of the gradient that is left, where nothing bounds it
