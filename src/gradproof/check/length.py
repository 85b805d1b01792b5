"""How long a claim may be: patterns, and what looks for its parts, go through a text again and again."""

from __future__ import annotations

from gradproof.brackets import deepest
from gradproof.errors import ParseError
from gradproof.patterns import pattern
from gradproof.say import say

LONGEST, LONGEST_NAME = 20_000, 5_000  # characters
DEEPEST = 400  # brackets within each other
_LONG = pattern(rf"\w{{{LONGEST_NAME + 1},}}")


def refuse_long(text: object) -> None:
    """Raises ParseError for a claim, or steps, that are too long, hold a name or a number that is, or have too many brackets within each other."""
    if not isinstance(text, str):
        return
    if len(text) > LONGEST:
        count, longest = len(text), LONGEST
    elif (found := _LONG.search(text)) is not None:
        count, longest = found.end() - found.start(), LONGEST_NAME
    elif text.count("(") + text.count("[") + text.count("{") > DEEPEST and deepest(text) > DEEPEST:
        raise ParseError(say("the formula is nested too deeply"), hint=say("name some of the parts"))
    else:
        return
    raise ParseError(
        say(
            "this is too long to be judged: {count:,} characters, at most {longest:,} are read",
            count=count,
            longest=longest,
        )
    )
