"""What a check says: `check` in the folder of each language, all with the same keys.

Formulas and names are put in for the {fields}. Of several lines for one diagnosis, the first whose fields are all known is said.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradproof.errors import spoken
from gradproof.languages import language
from gradproof.records import dataclass

Lines = Mapping[str, str]


@dataclass(frozen=True)
class DiagnosisTexts:
    """The texts of one language, each table by identifiers."""

    verdicts: Lines
    roles: Lines
    layouts: Lines
    forms: Lines
    diagnoses: Mapping[str, tuple[str, ...]]
    hints: Mapping[str, tuple[str, ...]]
    combined: Lines
    reasons: Lines
    labels: Lines
    sentences: Lines
    methods: Lines
    between: str  # the parts of a list


MARKS = {
    "right": "ok",
    "other-layout": "ok (layout)",
    "right-if": "IF",
    "wrong": "WRONG",
    "unknown": "?",
    "definition": "let",
    "set-to-zero": "= 0",
}  # of the lines of a derivation, by the verdict or by the reason why there is none


def texts(lang: str) -> DiagnosisTexts:
    """The texts of a language. Raises GradproofError where there are none."""
    room = language(spoken(lang)).room("check")
    return DiagnosisTexts(**{name: room[name.upper()] for name in DiagnosisTexts.__dataclass_fields__})
