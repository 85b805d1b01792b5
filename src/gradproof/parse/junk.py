"""Signs that no formula holds, and what to write instead."""

from __future__ import annotations

from gradproof.errors import GradproofError
from gradproof.parse.lexer import Token
from gradproof.parse.note import refusal
from gradproof.say import say

_JUNK_HINTS = dict.fromkeys("[]{}", say("write ( and ) for brackets")) | {
    "=": say("a formula has one side"),
    ".": say("entry by entry is written .* ./ .^"),
}


def junk(token: Token) -> GradproofError:
    """The error of a sign that no formula holds."""
    hint = _JUNK_HINTS.get(token.text, say("a formula is made of names, numbers and + - * / ^ .* ./ .^ ' ( ) ,"))
    shown = token.text[:40] if token.text.isprintable() else f"U+{ord(token.text[0]):04X}"
    return refusal("no-character", (token.start, token.end), shown=shown, advice=hint)
