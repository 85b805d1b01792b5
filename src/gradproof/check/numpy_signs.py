"""Claims with signs that NumPy has with another meaning: ** of a matrix, and * beside .T. They are right where NumPy computes what is right."""

from __future__ import annotations

from gradproof.check.about import About
from gradproof.check.claims import read_claim
from gradproof.check.verdict import OTHER_LAYOUT, RIGHT, RIGHT_IF, UNKNOWN, Check
from gradproof.errors import GradproofError
from gradproof.notation.expr import symbol
from gradproof.parse import parse
from gradproof.patterns import pattern
from gradproof.records import replace

SIGNS = ("numpy-star", "numpy-power")  # the notes on a text with such signs
_GOOD = (RIGHT, OTHER_LAYOUT, RIGHT_IF)
_RAISED = pattern(r"(?<!\.)\*\*")


def as_computed(about: About, text: str, found: Check) -> Check:
    """The verdict on a claim that has such signs, `found` being that with the product of matrices; `found` itself for any other.

    Where the question was read with the same signs, they mean in the claim what they mean there.
    """
    raised = _RAISED.search(text) is not None
    noted = any(n.kind in SIGNS for n in found.claim_notes) or (raised and ".T" in text)
    of_matrices = noted and found.verdict in _GOOD
    if not (noted or raised) or (not noted and found.verdict in _GOOD):
        return found
    if any(n.kind in SIGNS for n in about.judge.question.correct.notes):
        return found
    other = _judged(about, text, found)
    if other is not None and other.verdict in _GOOD:
        return found if of_matrices else other
    if of_matrices:
        return about.judge.unknown(text, "mixed-notation")
    return other if raised and other is not None and other.verdict != UNKNOWN else found


def _judged(about: About, text: str, found: Check) -> Check | None:
    """The verdict on a claim as NumPy computes it, which is `found` where both are the same; None where it does not conform."""
    told = _computed(about, text)
    try:
        read = read_claim(about.judge.question, told, about.defined).expr if told else None
        if read is None:
            return None
        if read is read_claim(about.judge.question, text, about.defined).expr:
            return found
        other = about.judge.claim(told, about.defined)
    except GradproofError:
        return None
    return replace(other, claim=text, findings=tuple(replace(f, span=None) for f in other.findings))


def _computed(about: About, text: str) -> str:
    """The claim as NumPy has it, in the signs of formulas; what is no source for NumPy, such as (X**2)', with the powers alone."""
    question = about.judge.question
    letters = {n: symbol(n, e.type) for n, e in about.defined.items() if e.type.kind != "r"}
    where = {**question.symbols, **{s.name: s for s in question.moving.values()}, **letters}
    try:
        return parse(text, where, notation="numpy").expr.ascii
    except GradproofError:
        return "" if ".T" in text else _RAISED.sub(".^", text)
