"""What is seen of a text without a regular expression is what the expression would see."""

from __future__ import annotations

import itertools
import re
from string import Formatter

import pytest

from gradproof.ops import TABLE
from gradproof.parse.known import last_condition
from gradproof.parse.notations import FIRST_ASCII, beside, notations
from gradproof.parse.ordinary import is_ordinary
from gradproof.parse.surroundings import _before_blank, cleared
from gradproof.render.style import _pieces

TEXTS = ["".join(t) for k in range(5) for t in itertools.product("aé1_ \t\u2003)'(.-²٣", repeat=k)]


def test_operands_side_by_side() -> None:
    expected = re.compile(r"[\w')\]]\s+[\w(]")
    assert [t for t in TEXTS if beside(t) != bool(expected.search(t))] == []


def test_what_ends_before_a_blank() -> None:
    expected = re.compile(r"(?:\w\w|[.,;]|[^\W_]\))\Z")
    pieces = [t for t in TEXTS if t and not any(map(str.isspace, t))]
    assert [t for t in pieces if _before_blank(t) != bool(expected.search(t))] == []


@pytest.mark.parametrize(
    "template", sorted({op.latex for op in TABLE.values() if op.latex} | {"{{a}}{0}", "{0}{1}", "", "a{0}}}"})
)
def test_templates_are_read_as_the_standard_library_reads_them(template: str) -> None:
    pieces: list[str | int | None] = []
    text = ""
    for literal, hole, _, _ in Formatter().parse(template):
        text += literal
        if hole is not None:
            pieces += [text] * bool(text) + [int(hole) if hole.isdecimal() else None]
            text = ""
    assert _pieces(template) == pieces + [text] * bool(text)


PIECES = [
    *("x", "d", "T", "H", "t", "q", "A", "Xi", "mu", "a1", "2", "(", ")", ",", "'", "^", "*", "+", "-", " - ", "/", ".*"),
    *("exp(", "ex(", "U(", "wrt", ",where(", "return(", "_", " "),
]  # fmt: skip


def test_nothing_else_shows_in_an_ordinary_text() -> None:
    """All that is looked for in other texts is found in none of these: no words around, no other notation, no factors side by side."""
    texts = ("".join(t) for k in range(1, 5) for t in itertools.product(PIECES, repeat=k))
    ordinary = [t for t in texts if is_ordinary(t)]
    assert len(ordinary) > 30_000
    for text in ordinary:
        found = (*cleared(text), last_condition(text), *notations(text))
        assert found == (text, [], None, *FIRST_ASCII)
