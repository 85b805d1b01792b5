r"""Names that claims are written with and formulas are not, as what they mean: sym(A), cof(M), Tr[A]."""

from __future__ import annotations

import re
from collections.abc import Collection

from gradproof.brackets import closing
from gradproof.patterns import pattern

# {x}: the argument; {t}: the sign of a transpose
_MEANT = {
    "sym": "((({x}) + ({x}){t})/2)",
    "cof": "(adj({x})){t}",
    "cofactor": "(adj({x})){t}",
    "Cof": "(adj({x})){t}",
}
_SQUARE = pattern(r"(?<![\w.])\\?(?:Tr|tr|trace|det|log|exp|diag|vec|sum)\s*\[")
_CALL = pattern(
    rf"(?<![\w.\\])(?:\\(?:operatorname|mathrm|text)\s*\{{\s*)?\\?(?P<name>{'|'.join(_MEANT)})(?:\s*\}})?"
    r"\s*(?P<square>\^\s*(?:2|\{\s*2\s*\})|²)?\s*(?:\\left\s*)?\("
)


def spelled_out(text: str, known: Collection[str]) -> str:
    """The text with these names as what they mean, where they are no quantities."""
    for opened in reversed([*_SQUARE.finditer(text)]):  # Tr[A dX]
        end = closing(text, opened.end() - 1)
        if end is not None:
            text = f"{text[: opened.end() - 1]}({text[opened.end() : end]}){text[end + 1 :]}"
    at = 0
    while (found := _CALL.search(text, at)) is not None:
        at = found.end()
        end = closing(text, found.end() - 1)
        if end is None or found["name"] in known:
            continue
        inner = re.sub(r"\\right\s*$", "", text[found.end() : end])
        turned = "ᵀ" if re.search(r"\^\s*\{?\s*(?:T|\\top)|[⊤ᵀ]", text) else "'"
        meant = _MEANT[found["name"]].format(x=inner, t=turned)
        if found["square"]:
            meant = f"({meant} ⊙ {meant})"
        text = text[: found.start()] + meant + text[end + 1 :]
        at = found.start()
    return text
