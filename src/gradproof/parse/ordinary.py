"""Texts that are a formula in the ASCII syntax and nothing else, seen in one look: `norm2(A*x - b)^2`.

Words around a formula, other notations and factors side by side each show in some way that is looked for, one after the other.
In a text of the pattern below none of them can show: letters alone and the names of Greek ones, each a variable; numbers;
functions with their bracket; the signs of ASCII, with blanks around `+ - * /` alone. tests/test_quick_looks.py holds the two
against each other.
"""

from __future__ import annotations

from gradproof.parse.greek import LETTERS, SHORT
from gradproof.patterns import pattern

_GREEK = "|".join((*LETTERS, *SHORT))
# what does not begin a formula: (d/dx, the number of an exercise, a list mark
_NO_BEGINNING = r"(?!\(?d ?/|(?:eq|ex|[qQ]|problem|exercise|question)(?:uation|n)?\d*\b|\*|\(?[a-hivxA-HIVX]{1,4}\) )"
# x^+ and x^1/2 are no ASCII, T may be a transpose, ,' begin a quoted word, 2) a list mark
_ORDINARY = pattern(
    rf"{_NO_BEGINNING}(?:[-+*/()']+|[A-SU-Za-z][0-9]*(?![A-Za-z0-9_(])|[a-z][a-z0-9]*\(|\^(?!\+|1/)|[0-9]+(?:\.[0-9]+)?"
    rf"|(?:(?<=[A-Za-z0-9'])|(?<=[A-Za-z')]\))) [-+*/] (?=[^ ])|\.[*/^]|,(?=[^' ])|[A-GI-SU-Z]\(|(?:{_GREEK})[0-9]*(?![A-Za-z0-9_(]))*+"
)


def is_ordinary(text: str) -> bool:
    """Whether all of a text is a formula in ASCII, by its characters alone.

    >>> is_ordinary("norm2(A*x - b)^2"), is_ordinary("x^TAx"), is_ordinary("find x'*x")
    (True, False, False)
    """
    return _ORDINARY.fullmatch(text) is not None and "return" not in text  # of source code
