r"""Words of definitions in a claim as they are typed in LaTeX, and definitions in brackets behind it: \text{ where } r = …, (r = …)."""

from __future__ import annotations

from gradproof.patterns import pattern

_SPACE = r"(?:\\(?:q?quad(?![A-Za-z])|[,;:! ])|~|\s)*"
_TYPED = pattern(
    rf"{_SPACE}\\(?:text|mbox|textrm|textit|mathrm|hbox)\s*\{{[\s,;]*(and where|where|with|given|and|for|其中)[\s:]*\}}{_SPACE}"
)
_SPACED = pattern(rf"([,;]){_SPACE}(?=\\?[A-Za-z]\w*\s*:?=(?!=))")  # r,\quad r = …
_BEHIND = pattern(r"\s*[(\[]\s*(?:where\s+|with\s+|其中\s*)?(?=\\?\w+\s*:?=(?!=))((?:[^()\[\]]|\([^()]*\))*)[)\]]\s*\Z")


def words_spelled(text: str) -> str:
    r"""The claim with `where` between its formula and the definitions behind it.

    >>> words_spelled(r"2A^\top r \quad\text{where}\quad r = Ax-b"), words_spelled("2 A' r (r = A x - b)")
    ('2A^\\top r where r = Ax-b', "2 A' r where r = A x - b")
    """
    if "\\" in text or "~" in text:
        text = _SPACED.sub(r"\1 ", _TYPED.sub(r" \1 ", text))
    found = _BEHIND.search(text) if text.rstrip()[-1:] in (")", "]") else None
    if found is not None and found.start() and "=" not in text[: found.start()].rpartition("\n")[2][-1:]:
        text = f"{text[: found.start()]} where {found[1].strip()}"
    return text
