"""What derivations say, one file a language, all with the same keys. A new language is one more file, and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradproof.errors import GradproofError
from gradproof.explain.texts import en, zh
from gradproof.say import listed, say


@dataclass(frozen=True)
class Texts:
    """`names`: of the rules; `says`: a sentence for each rule, with formulas in braces; `words`: everything else."""

    names: Mapping[str, str]
    says: Mapping[str, str]
    words: Mapping[str, str]


LANGUAGES: dict[str, Texts] = {
    name: Texts(module.NAMES, module.SAYS, module.WORDS) for name, module in (("en", en), ("zh", zh))
}


def texts(lang: str) -> Texts:
    """The texts of a language. Raises GradproofError where there are none."""
    if lang not in LANGUAGES:
        raise GradproofError(
            say("there are no texts in '{lang}'", lang=lang), hint=say("languages are {known}", known=listed(LANGUAGES))
        )
    return LANGUAGES[lang]
