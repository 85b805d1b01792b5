"""What a formula is written with: letters, numbers, words, commands and signs, each with its place."""

from __future__ import annotations

from gradproof.records import dataclass

LETTER, NUMBER, WORD, COMMAND, SIGN, TEXT, SET, END = (
    "letter",
    "number",
    "word",
    "command",
    "sign",
    "text",
    "set",
    "end",
)


@dataclass(frozen=True, slots=True)
class Item:
    """A letter, number, upright word, command, sign, text in words, or the letter of a set such as R.

    `glued` to the letter before it, `bold`, with a `side` where it opens ("l") or closes ("r"), `spaced` from what stands before it, or on a line of
    its own or far to the right (`gap`); a `script` letter.
    """

    kind: str
    text: str
    start: int
    end: int
    glued: bool = False
    bold: bool = False
    side: str = ""
    spaced: bool = False
    gap: bool = False
    script: bool = False
