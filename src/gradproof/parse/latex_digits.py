"""Digits in LaTeX: `x^23` is x^2 3, as TeX sets it."""

from __future__ import annotations

from gradproof.parse.item import COMMAND, NUMBER, SIGN, Item
from gradproof.parse.latex_words import FRACTIONS
from gradproof.records import replace


def single_digits(found: list[Item]) -> list[Item]:
    r"""\frac12 is one half: the arguments of a fraction that are not in braces are single digits."""
    at = 0
    while at < len(found):
        place = at
        for _ in range(2 * (found[at].kind == COMMAND and found[at].text in FRACTIONS)):
            place = min(place + 1, len(found) - 1)
            number = found[place]
            if number.kind == NUMBER and number.text.isdecimal() and len(number.text) > 1:
                digits = [
                    replace(number, text=digit, start=number.start + k, end=number.start + k + 1)
                    for k, digit in enumerate(number.text)
                ]
                found[place : place + 1] = digits
            place = end_of_group(found, place) - 1
        if (
            found[at].kind == NUMBER
            and found[at].text == "11"
            and at + 1 < len(found)
            and (found[at + 1].text in ("'", "ᵀ") or is_turned(found, at + 1))
        ):  # 11^T
            ones = [replace(found[at], text="1", bold=True, glued=True, start=found[at].start + k) for k in (0, 1)]
            found[at : at + 1] = [replace(ones[0], end=ones[1].start), ones[1]]
        at += 1
    return found


def is_turned(found: list[Item], at: int) -> bool:
    """Whether a transpose stands above what comes before this place."""
    above = [i.text for i in found[at + 1 : at + 3] if i.text != "{"]
    return at < len(found) and found[at].text == "^" and above[:1] in (["T"], ["top"], ["intercal"], ["ᵀ"])


def end_of_group(found: list[Item], at: int) -> int:
    """The place after a group, or after one item."""
    if found[at].text != "{" or found[at].kind != SIGN:
        return at + 1
    depth = 0
    for k in range(at, len(found)):
        depth += (found[k].kind == SIGN) * ((found[k].text == "{") - (found[k].text == "}"))
        if not depth:
            return k + 1
    return len(found)
