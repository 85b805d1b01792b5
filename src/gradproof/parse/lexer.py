"""Text to tokens.

A token's `text` is its ASCII spelling: `⊙` arrives as `.*`, `ᵀ` as `'`, `x₁` as the name `x1`.
"""

from __future__ import annotations

from enum import IntEnum
from operator import itemgetter
from typing import NamedTuple

from gradproof.errors import ParseError
from gradproof.parse.greek import NAMES
from gradproof.patterns import pattern
from gradproof.say import say

LONGEST = 200_000  # characters; a longer formula is refused before it is read


class Kind(IntEnum):
    """What a token is; the numbers are those of the groups of the pattern below."""

    NUMBER = 1
    NAME = 2
    SIGN = 3
    POWER = 4  # a run of superscripts: ², ⁻¹
    INDEX = 5  # a run of subscript digits that is no part of a name: the ₁ of ‖x‖₁
    JUNK = 6
    END = 7


NUMBER, NAME, SIGN, POWER, INDEX, JUNK, END = Kind  # a member of an enumeration takes longer to look up than a name


class Token(NamedTuple):
    kind: Kind
    text: str
    start: int
    end: int


text_of = itemgetter(1)  # of a token

_DIGIT_BELOW, _DIGIT_ABOVE = "₀₁₂₃₄₅₆₇₈₉", "⁰¹²³⁴⁵⁶⁷⁸⁹"
LETTERS = "A-Za-zÀ-ÖØ-öø-ɏͰ-ͽͿ-Ͽἀ-ῼℊℋℌℎℐℑℒℓℛℜℬℭℯℰℱℳℴ"  # Latin, Greek and mathematical: others may be words, or look like these
_LETTER = f"[{LETTERS}_]"
_STYLED = "[𝐀-𝔷𝕬-𝟋]"  # bold and other mathematical letters, each a name of its own; sets such as 𝔼 are none
_SPELLINGS = {
    "**": "^", ".**": ".^", "@": "*", ".'": "'", ".T": "'", "ᵀ": "'", "⊤": "'", "⁻⊤": "⁻ᵀ", "′": "'", "’": "'", "||": "‖", "−": "-", "–": "-",
    "·": "*", "⋅": "*", "×": "*", "∗": "*", "⊙": ".*", "∘": ".*", "⊘": "./", "（": "(", "）": ")", "，": ",",
}  # fmt: skip
_PATTERN = pattern(
    r"\s*(?:"
    r"((?:[0-9]+(?:\.(?![*/^'T])[0-9]*)?|\.[0-9]+)(?:[eE][+−-]?[0-9]+)?)"
    rf"|((?:_*[{LETTERS}]|_[0-9])(?:{_LETTER}|[0-9{_DIGIT_BELOW}])*|{_STYLED}[0-9{_DIGIT_BELOW}]*)"
    r"|(\^\s*⊤|⁻[ᵀ⊤]|\.\*\*|\.[*/^']|\.T(?!\w)|\*\*|\|\||[-+*/^'\\(),;|@\[\]:ᵀ⊤′’‖−–·⋅×∗⊙∘⊘⊗√𝟏𝟎（），])"
    rf"|(⁻?[{_DIGIT_ABOVE}]+)|([{_DIGIT_BELOW}]+)|(\S))"
)
_TO_ASCII = str.maketrans(_DIGIT_BELOW + _DIGIT_ABOVE + "⁻−", "0123456789" * 2 + "--")
_TO_NAME = _TO_ASCII | {ord(letter): spelled for letter, spelled in NAMES.items()}
_KINDS = tuple(Kind(i) if i else END for i in range(8))
_SIGNS = int(SIGN)  # two plain numbers are compared sooner


def plain(name: str) -> str:
    """A name as it is kept: subscript digits become digits, Greek letters their names.

    >>> plain("x₁"), plain("θ_old"), plain("𝐱")
    ('x1', 'theta_old', 'x')
    """
    return name if name.isascii() else _upright(name).translate(_TO_NAME)


def _upright(name: str) -> str:
    """Mathematical letters, bold or of another style, as plain ones."""
    if max(name) < "℀":
        return name
    from unicodedata import normalize  # only where there are such letters

    return "".join(normalize("NFKC", c) if c in "ℊℋℌℎℐℑℒℓℛℜℬℭℯℰℱℳℴ" or c >= "𝐀" else c for c in name)


def is_name(text: str) -> bool:
    """Whether the text is the name of a variable or of a dimension."""
    found = _PATTERN.fullmatch(text)
    return found is not None and found.lastindex == Kind.NAME and not text[0].isspace()


def tokens(text: str) -> list[Token]:
    """The tokens of a formula, and an END after them. Raises ParseError for a formula that is too long."""
    if len(text) > LONGEST:
        message = say(
            "the formula is too long: {count:,} characters, at most {longest:,} are read",
            count=len(text),
            longest=LONGEST,
        )
        raise ParseError(message, span=(LONGEST, len(text)), hint=say("split it, or name its parts"))
    end = len(text.rstrip())
    found: list[Token] = []
    ascii_, made = text.isascii(), tuple.__new__  # as Token(…) does, without a call of a function in Python for each
    for match in _PATTERN.finditer(text, 0, end):
        group = match.lastindex or 0
        piece = match[group]
        if not ascii_ and not piece.isascii():
            group = JUNK if group == NAME and not plain(piece).isidentifier() else group
            piece = _upright(piece) if group == NAME else piece
            piece = piece.translate(_TO_ASCII) if group != SIGN else _SPELLINGS.get(piece, piece)
            if piece[0] == "^":  # ^⊤
                piece = "'"
        elif group == _SIGNS and piece in _SPELLINGS:
            piece = _SPELLINGS[piece]
        start, stop = match.span(group)
        found.append(made(Token, (_KINDS[group], piece, start, stop)))
    found.append(Token(END, "", end, end))
    return found
