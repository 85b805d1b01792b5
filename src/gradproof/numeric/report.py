"""What a verification found, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradproof.errors import GradproofError
from gradproof.say import listed, say

EXACT, DUAL, COMPLEX_STEP, DIFFERENCES = "exact", "dual numbers", "complex step", "central differences"

_WORDS = {
    "en": {
        "undecided": "could not verify: {reason}",
        "refuted": "NOT verified: {reason}",
        EXACT: "verified: exactly, at {points} random rational points",
        "verified": "verified: {points} points, relative error {error} ({method})",
        "only": "; seen only where {conditions}",
        "and": " and ",
        "1 points": "1 point",
        "1 random rational points": "1 random rational point",
    },
    "zh": {
        "undecided": "无法验证：{reason}",
        "refuted": "未通过验证：{reason}",
        EXACT: "已验证：在 {points} 个随机有理点上精确成立",
        "verified": "已验证：{points} 个点，相对误差 {error}（{method}）",
        "only": "；仅在 {conditions} 处检验过",
        "and": " 且 ",
        DUAL: "对偶数",
        COMPLEX_STEP: "复步长",
        DIFFERENCES: "中心差分",
    },
}


@dataclass(frozen=True)
class Report:
    """What a verification found. `max_relative_error` is nan, and `points` 0, where nothing could be compared; `reason` is empty where all is well.

    `method`: "exact" (no error at all), "dual numbers", "complex step", "central differences"; `conditions`: the sides of kinks that
    alone were seen, such as "x + 3 > 0".
    """

    ok: bool
    max_relative_error: float
    points: int
    method: str
    reason: str = ""
    conditions: tuple[str, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether something was compared."""
        return not math.isnan(self.max_relative_error)

    def text(self, lang: str = "en") -> str:
        """One line. Raises GradproofError for a language without texts."""
        if lang not in _WORDS:
            raise GradproofError(
                say("there are no texts in '{lang}'", lang=lang),
                hint=say("languages are {known}", known=listed(_WORDS)),
            )
        words = _WORDS[lang]
        if not self.decided:
            return words["undecided"].format(reason=self.reason)
        if not self.ok:
            return words["refuted"].format(reason=self.reason)
        error, method = short(self.max_relative_error), words.get(self.method, self.method)
        line = words[EXACT if self.method == EXACT else "verified"]
        line = line.format(points=self.points, error=error, method=method)
        for many in ("1 random rational points", "1 points"):
            line = line.replace(f" {many}", " " + words.get(many, many))
        return line + (words["only"].format(conditions=words["and"].join(self.conditions)) if self.conditions else "")

    def __str__(self) -> str:
        return self.text()


def short(x: float) -> str:
    """A number in one digit."""
    return f"{x:.0e}" if x else "0"


def undecided(reason: str) -> Report:
    """A verification that compared nothing."""
    return Report(False, math.nan, 0, "", reason)
