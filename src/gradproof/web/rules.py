"""The rules that derivations name, as the page lists them."""

from __future__ import annotations

from functools import cache

from gradproof.explain.proofs import PROOFS
from gradproof.explain.rules import NUMBERS, RULES
from gradproof.explain.speak import Speaker
from gradproof.languages import LANGUAGES
from gradproof.service import Json, Object


@cache
def rules() -> Object:
    """For each language the rules by their numbers: name, statement, when it holds, and why, with mathematics between dollar signs."""
    order = sorted(NUMBERS, key=lambda name: [int(part) for part in NUMBERS[name].split(".")])
    return {lang: [_told(name, Speaker(lang, "latex", {})) for name in order] for lang in LANGUAGES}


def _told(name: str, speaker: Speaker) -> Json:
    rule, texts = RULES[name], speaker.texts
    return {
        "number": NUMBERS[name],
        "name": texts.names[name],
        "says": speaker.formula_of(name) or texts.says_plainly(name),
        "when": texts.when(rule.when) if rule.when else "",
        "why": speaker.proof(name) if name in PROOFS else "",
    }
