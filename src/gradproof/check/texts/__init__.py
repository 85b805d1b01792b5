"""What a check says, one file a language, all with the same keys. A new language is one more file, and one line here.

Formulas and names are put in for the {fields}. Of several lines for one diagnosis, the first whose fields are all known is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradproof.check.texts import en, zh
from gradproof.errors import UnsupportedError
from gradproof.say import listed, say

Lines = Mapping[str, str]


@dataclass(frozen=True)
class Texts:
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


LANGUAGES: dict[str, Texts] = {
    name: Texts(
        m.VERDICTS, m.ROLES, m.LAYOUTS, m.FORMS, m.DIAGNOSES, m.HINTS, m.COMBINED, m.REASONS, m.LABELS, m.SENTENCES, m.METHODS, m.BETWEEN,
    )
    for name, m in (("en", en), ("zh", zh))
}  # fmt: skip

MARKS = {
    "right": "ok",
    "other-layout": "ok (layout)",
    "right-if": "IF",
    "wrong": "WRONG",
    "unknown": "?",
    "definition": "let",
    "set-to-zero": "= 0",
}  # of the lines of a derivation, by the verdict or by the reason why there is none


def texts(lang: str) -> Texts:
    """The texts of a language. Raises UnsupportedError where there are none."""
    if lang not in LANGUAGES:
        raise UnsupportedError(
            say("there are no texts in '{lang}'", lang=lang), hint=say("languages are {known}", known=listed(LANGUAGES))
        )
    return LANGUAGES[lang]
