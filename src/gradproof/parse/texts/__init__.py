"""What the reader says: notes and refusals by identifier, one file a language, all with the same keys. A new language is one more file, and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradproof.errors import GradproofError
from gradproof.parse.texts import en, zh


@dataclass(frozen=True)
class Texts:
    """`notes`: a sentence for each kind of note; `refusals`: a message and a hint for each kind of refusal; names in braces are filled in."""

    notes: Mapping[str, str]
    refusals: Mapping[str, tuple[str, str]]


LANGUAGES: dict[str, Texts] = {name: Texts(module.NOTES, module.REFUSALS) for name, module in (("en", en), ("zh", zh))}


def texts(lang: str) -> Texts:
    """The texts of a language. Raises GradproofError where there are none."""
    if lang not in LANGUAGES:
        raise GradproofError(f"there are no texts in '{lang}'", hint="languages are " + ", ".join(LANGUAGES))
    return LANGUAGES[lang]
