"""What a verification found, in words."""

from __future__ import annotations

import math

from gradproof.errors import spoken
from gradproof.records import dataclass
from gradproof.say import NOTHING, Said, listed, say

EXACT, DUAL, COMPLEX_STEP, DIFFERENCES = "exact", "dual numbers", "complex step", "central differences"

DIGITS = "differences of many digits"
_METHODS = {
    DIGITS: say("differences of many digits"),
    DUAL: say("dual numbers"),
    COMPLEX_STEP: say("complex step"),
    DIFFERENCES: say("central differences"),
}


@dataclass(frozen=True)
class Report:
    """What a verification found. `max_relative_error` is nan, and `points` 0, where nothing could be compared; `reason` is empty where all is well.

    `method`: "exact" (no error at all), "dual numbers", "complex step", "central differences"; `conditions`: the sides of kinks that
    alone were seen, such as "x + 3 > 0"; `limits`: the matrices that are singular, so that what is printed is a limit.
    """

    ok: bool
    max_relative_error: float
    points: int
    method: str
    reason: Said = NOTHING
    conditions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether something was compared."""
        return not math.isnan(self.max_relative_error)

    def text(self, lang: str = "en") -> str:
        """One line. Raises GradproofError for a language without texts."""
        return self.said.told(spoken(lang))

    @property
    def said(self) -> Said:
        """One line."""
        if not self.decided:
            return say("could not verify: {reason}", reason=self.reason)
        if not self.ok:
            return say("NOT verified: {reason}", reason=self.reason)
        error, method = short(self.max_relative_error), _METHODS.get(self.method, self.method)
        told = {"points": self.points, "error": error, "method": method, "only": self._only()}
        if self.method == EXACT:
            return say(
                "verified: exactly, at 1 random rational point{only}"
                if self.points == 1
                else "verified: exactly, at {points} random rational points{only}",
                **told,
            )
        return say(
            "verified: 1 point, relative error {error} ({method}){only}"
            if self.points == 1
            else "verified: {points} points, relative error {error} ({method}){only}",
            **told,
        )

    def _only(self) -> Said:
        if self.limits:
            return say("; in the limit, {matrix} being singular", matrix=listed(self.limits, "and"))
        seen = listed(self.conditions, "and")
        return say("; seen only where {conditions}", conditions=seen) if self.conditions else NOTHING

    def __str__(self) -> str:
        return self.said


def short(x: float) -> str:
    """A number in one digit."""
    return f"{x:.0e}" if x else "0"


def undecided(reason: Said) -> Report:
    """A verification that compared nothing."""
    return Report(False, math.nan, 0, "", reason)
