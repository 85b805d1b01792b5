r"""What a formula is wrapped in by a page or a program: HTML tags, the head of a LaTeX file, `In [3]:`, a label before a colon, what is said of its variables.

Each is one pattern in a table; what it covers is blanked out, so that every place stays what it was, and said in a note.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from gradproof.parse.note import Note, note
from gradproof.patterns import pattern

Cleared = tuple[str, list[Note]]

_SUPER = pattern(r"<sup>([^<>]*)</sup>", re.IGNORECASE)
_SUB = pattern(r"<sub>([^<>]*)</sub>", re.IGNORECASE)
_SET = r"(?:\\mathbb\s*\{?\s*R\s*\}?|ℝ|R)"
_SIZE = r"(?:\s*\^\s*(?:\{[^{}]*\}|\([^()]*\)|[\w×]+)|[ⁿᵐᵏᵖˣ×]+)?"
_NAMES = r"(?:\\?[A-Za-zα-ωΑ-Ω]\w*)(?:\s*,\s*\\?[A-Za-zα-ωΑ-Ω]\w*){0,6}"

WRAPPED = (  # what stands around any formula
    pattern(
        r"&nbsp;|</?(?:p|div|span|br|em|strong|li|ul|ol|b|i|blockquote|center|math)(?:\s[^<>]*)?/?>", re.IGNORECASE
    ),
    pattern(
        r"\\documentclass(?:\[[^\]]*\])?\{[^{}]*\}|\\usepackage(?:\[[^\]]*\])?\{[^{}]*\}|\\(?:begin|end)\{document\}|\\maketitle"
        r"|\\(?:begin|end)\{(?:figure|table|center|proof|theorem|lemma|definition|problem|exercise)\*?\}|\\noindent\b|\\par\b"
    ),
    pattern(r"\A\s*(?:[A-Za-z]\w*\s*=\s*)?@\(\s*\w+(?:\s*,\s*\w+)*\s*\)(?=\s*[^\s,;)])"),  # f = @(x) …
    pattern(r"\A\s*(?:In|Out)\s*\[\s*\d*\s*\]\s*:(?!=)"),
)
_EACH = rf"{_NAMES}\s*(?:\\in|∈|\bin\b)\s*{_SET}{_SIZE}\s*(?:[,;:.]|\band\b)\s*(?:and\s+)?"
_DECLARED = pattern(  # A in R^{m x n}, b in R^m, …
    rf"\A\s*(?:(?:given|let|for|with|where|suppose|assume)\s+)?(?:{_EACH}){{1,9}}(?=\S)", re.IGNORECASE
)
_LABEL = pattern(r"\A\s*(?!f\b)([A-Za-z][A-Za-z-]{2,}(?:\s+[A-Za-z-]+){0,3}(?:\s+\d+)?)\s*:\s+(?=[^=\s])")  # Loss: …
_MAP = pattern(rf"\s*{_SET}\s*[\^ⁿᵐ]|.*(?:→|->|\\to\b|↦)")
_OF_LEFT = pattern(
    r"\A\s*[d∂]\s*([A-Za-zℒ])\s*/\s*[d∂]\s*[^\W\d_]\w*\s+(?:for|of|where|if|with|when)\s+(?=\1\s*(?:\([^()]*\)\s*)?=)"
)


def documents(text: str) -> Cleared:
    """The text without tags, the head of a LaTeX file, prompts; raised and lowered letters of HTML are ^{…} and _{…}."""
    said: list[Note] = []
    for form, sign in ((_SUPER, "^"), (_SUB, "_")):
        text = form.sub(lambda m, sign=sign: f"   {sign}{{{m[1]}}}     ", text)
    text = text.replace("%*%", " * ")
    for form in WRAPPED:
        for found in form.finditer(text):
            said.append(note("around", found.span(), shown=" ".join(found[0].split())[:60]))
            text = text[: found.start()] + " " * len(found[0]) + text[found.end() :]
    return text, said


def labelled(text: str, asked: Collection[str]) -> Cleared:
    """The text without a label, `Cross entropy: …`, without `A in R^{m x n}, …` and `∂L/∂W for L = …` before it."""
    for form in (_DECLARED, _OF_LEFT, _LABEL):
        found = form.match(text)
        if found is None or (form is _LABEL and (found[1] in asked or _MAP.match(text, found.end()))):
            continue
        said = note("around", found.span(), shown=" ".join(found[0].split())[:60])
        return " " * found.end() + text[found.end() :], [said]
    return text, []


_HAN = pattern(r"[一-鿿∈]")
_CLAUSE = pattern(r"[^，。；：,;:]+")
_DEFINES = pattern(r"[=＝]")


def clauses(text: str) -> Cleared:
    """The one clause of a Chinese sentence that has no Chinese in it, where the others say what is given, and define nothing."""
    if "$" in text or "\\" in text or _HAN.search(text) is None:
        return text, []
    found = [(m, _HAN.search(m[0]) is not None) for m in _CLAUSE.finditer(text)]
    free = [m for m, han in found if not han and len(m[0].strip()) > 2]
    if (
        len(free) != 1
        or any(han and _DEFINES.search(m[0]) for m, han in found)
        or free[0][0].count("(") != free[0][0].count(")")
    ):
        return text, []
    start, end = free[0].span()
    shown = " ".join((text[:start] + "…" + text[end:]).split())
    said = note("around", (0, len(text)), shown=shown if len(shown) <= 60 else shown[:59] + "…")
    return " " * start + text[start:end] + " " * (len(text) - end), [said]
