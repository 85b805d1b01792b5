"""Errors of the parser, and what to do about them: names that are no functions, brackets that are not closed."""

from __future__ import annotations

from collections.abc import Mapping

from gradproof.errors import GradproofError, ParseError
from gradproof.notation.function import Function
from gradproof.ops import BY_SPELLING
from gradproof.ops.operation import Reserved
from gradproof.parse.lexer import Token
from gradproof.parse.names import TAKEN, USUAL, nearest
from gradproof.parse.note import refusal
from gradproof.patterns import pattern
from gradproof.say import Said, say

CLOSES = {"(": ")", "|": "|", "‖": "‖", "[": "]"}


def advice(name: str, functions: Mapping[str, Function]) -> Said:
    """What to do about an unknown function."""
    if name in USUAL:
        return say("write {formula}", formula=USUAL[name])
    guess = nearest(name, [*(n for n in TAKEN if not _reserved(n)), *functions])
    base = name.lstrip("D").partition("_")[0]
    if guess:
        return say("did you mean {guess}?", guess=guess)
    if base in functions and name[0] == "D":
        formals = functions[base].formals
        orders = f"D{base}, DD{base}" if len(formals) == 1 else ", ".join(f"D{base}_{formal}" for formal in formals)
        return say("the derivatives of {base} are written {orders}", base=base, orders=orders)
    declared = base if name[0] == "D" and base else name
    return say(
        'declare {name}, where: "{name}: function x -> scalar" (or vector n, matrix m n, entrywise)'
        if declared != name
        else 'declare {name}, where: "{name}: function x -> scalar" (or vector n, matrix m n, entrywise), or write {name}*(…) for a product',
        name=declared,
    )


def _reserved(name: str) -> bool:
    """Whether a name is kept for later work, so that nobody is sent to it."""
    return name in BY_SPELLING and isinstance(BY_SPELLING[name].meaning, Reserved)


def unclosed(text: str, opening: Token, called: bool) -> ParseError:
    """The error of a bracket that is never closed; `called`: it stands after the name of a function."""
    square = opening.text == "["
    at = (
        opening.end + text[opening.end :].find("(")
        if called and not square
        else opening.start
        if square
        else opening.end - 1
    )
    closing = CLOSES[opening.text] if square or not called else ")"
    return ParseError(
        say("this bracket is never closed"), span=(at, at + 1), hint=say("a '{closing}' is missing", closing=closing)
    )


def unopened(text: str, token: Token, opening: str | None) -> GradproofError:
    """The error of a bracket or bar that closes nothing; `opening`: what is open, if anything."""
    span = (token.start, token.end)
    if token.text == ")" and opening is None:
        return ParseError(say("this bracket was never opened"), span=span, hint=say("a '(' is missing before it"))
    bars = opening in ("|", "‖") or (opening is not None and may_open(text, token.start))
    if not bars or (token.text == ")" and not may_open(text, token.start)):
        return refusal("closes-nothing", span, sign=" ".join(text[token.start : token.end].split())[:40])
    error = refusal("bars-paired", span)
    if len(_BAR.findall(text)) > 2 * text.count("||") or text.count("||") > 2:
        error.kind = "bars-nested"
    return error


_BAR = pattern(r"\\?\||\|\||‖")
_OPENS = pattern(r"\s(?:\\?\||‖|\|\|)(?=[A-Za-zα-ωΑ-Ω(√])")


def may_open(text: str, start: int) -> bool:
    """Whether the bar at this place may as well open: the second of ‖x ‖y‖ + y‖, with a blank before it and none after it."""
    start -= text[max(start - 1, 0)] == "\\"
    blank = start > 0 and text[start - 1].isspace()
    return blank and _OPENS.match(text, start - 1) is not None and len(_BAR.findall(text)) > 3  # more than one pair
