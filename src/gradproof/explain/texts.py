"""What derivations say: `derivation` in the folder of each language, all with the same keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradproof.errors import spoken
from gradproof.languages import language


@dataclass(frozen=True)
class Texts:
    """`names`: of the rules; `says`: a sentence for each rule, with formulas in braces; `words`: everything else."""

    names: Mapping[str, str]
    says: Mapping[str, str]
    words: Mapping[str, str]


def texts(lang: str) -> Texts:
    """The texts of a language. Raises GradproofError where there are none."""
    room = language(spoken(lang)).room("derivation")
    return Texts(room["NAMES"], room["SAYS"], room["WORDS"])
