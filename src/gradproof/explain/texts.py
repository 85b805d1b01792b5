"""What derivations say: `derivation` in the folder of each language, all with the same keys."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradproof.errors import spoken
from gradproof.languages import language
from gradproof.records import dataclass


@dataclass(frozen=True)
class Texts:
    """`names`: of the rules; `says`: a sentence for each rule, with formulas in braces; `words`: everything else; `conditions`: of rules."""

    names: Mapping[str, str]
    says: Mapping[str, str]
    words: Mapping[str, str]
    conditions: Mapping[str, str]

    def when(self, text: str) -> str:
        """The condition of a rule, in this language."""
        return self.conditions.get(text, text)

    def says_plainly(self, rule: str) -> str:
        """What a rule says, without the formulas of one problem."""
        return re.sub(r"[`]", "", re.sub(r"\{(\w+)\}", r"\1", self.says[rule]))


def texts(lang: str) -> Texts:
    """The texts of a language. Raises GradproofError where there are none."""
    found = language(spoken(lang))
    room, meanings = found.room("derivation"), found.room("parts")["MEANINGS"]
    return Texts(room["NAMES"], room["SAYS"], {**room["WORDS"], **meanings}, room["CONDITIONS"])
