"""Nothing of a text is dropped: leaving out any one character changes what is read, what is said, or is refused; but for layout, and what a note names."""

from __future__ import annotations

import random
import re

import pytest

import gradproof as gp
from gradproof.errors import GradproofError
from gradproof.parse import parse
from gradproof.parse.texts import ALTERNATIVES, NOTES
from test_reading import ENTRIES, questions
from test_sums import READ as SUMS
from test_user_formulas import READ

# white space, sizes of brackets, environments, braces; the language of a block of code; a module's name; what ends a sentence
IGNORED = re.compile(
    r"\s+|\\(?:begin|end|label|tag|hspace|vspace)\*?\s*\{[^}]*\}|\\(?:left|right|[bB]igg?[lrm]?|quad|qquad|displaystyle|limits|nolimits|hfill|nonumber|notag)\b"
    r"|```\w*|\\[,;:!> \\[\]()]|[{}$&~`]|%[^\n]*|```\w*|\b(?:np|jnp|torch|numpy)\.(?:linalg\.)?|[.,;。]\s*(?=\\?[,;}\]]|where\b|[A-Z][a-z]{2,}\s|\\end|\\q?quad|\Z)|\b(?:t|d)(?=frac)|^\s*[-*>#]"
)
WORDS = re.compile(
    r"\\(?=(?:log|ln|exp|tr|det|sin|cos|max|min|theta|mu|lambda|alpha|beta|sigma|Sigma|sqrt|Vert)\b|log\\det)|(?<=\\)[td](?=frac)|(?<=\\)[lr](?=Vert)"
)
SAME = re.compile(
    r"\*|\\cdot|\\times|(?<=[A-Za-z])_(?=\d)"
)  # a sign of a product may be left out; x_1 and x1 are one name
TEXTS = [
    *((e["text"], e.get("where"), questions(e)[0] if not e.get("wrt_try") else None) for e in ENTRIES),
    *((text, None, wrt) for text, wrt, *_ in READ),
    *((text, None, None) for text, _ in SUMS),
]
EACH = 12  # characters of a text that are tried


def outcome(text, where, wrt):
    try:
        parsed = parse(text, where, [wrt] if wrt and wrt.isidentifier() else [])
    except GradproofError as error:
        return error.message, ()
    return (parsed.expr.ascii, tuple(n.text for n in parsed.notes), parsed.notation), [
        n.span for n in parsed.notes if n.span
    ]


@pytest.mark.parametrize(("text", "where", "wrt"), TEXTS, ids=[t[:60] for t, *_ in TEXTS])
def test_no_character_is_dropped(text, where, wrt):
    base, said = outcome(text, where, wrt)
    if isinstance(base, str):
        return
    free = [m.span() for pattern in (IGNORED, WORDS, SAME) for m in pattern.finditer(text)] + list(said)
    places = [k for k in range(len(text)) if not any(a <= k < b for a, b in free)]
    for k in random.Random(text).sample(places, min(EACH, len(places))):
        assert outcome(text[:k] + text[k + 1 :], where, wrt)[0] != base, (text[max(0, k - 10) : k + 10], text[k])


def test_a_reader_that_drops_a_character_would_be_seen():
    """The notes of this text name what they cover, and not the factor beside it."""
    base, _ = outcome(r"f(x) = c x^\top A x", None, "x")
    assert outcome(r"f(x) =  x^\top A x", None, "x")[0] != base


def test_what_is_said_to_be_declared_otherwise_has_its_alternatives():
    """A note that says 'declare …' offers declarations that can be pasted, and they are read."""
    for kind, text in NOTES.items():
        if "to say otherwise" in text:
            assert kind in ALTERNATIVES, kind
    for text, wrt in ((r"\frac{x}{y^2}", "x"), ("2*pi*r", "r"), (r"\sum_i (x_i - w)^2", "w")):
        for said in gp.derive(text, wrt, verify=False).notes:
            for other in said.alternatives:
                assert ": " not in other or gp.parse("0", other).reading, other
