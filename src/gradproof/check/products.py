"""Products without a sign in a claim: known letters side by side, `pp'` and `x^TA`, a known number before a bracket, `f(1-f)`, and `2xTr(A)`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from gradproof.brackets import end_of
from gradproof.check.left import FORMULA_NAMES
from gradproof.notation.expr import Expr
from gradproof.notation.function import Function
from gradproof.ops import TABLE
from gradproof.patterns import pattern

Where = Mapping[str, "str | Expr | Function"]

_RUN = pattern(r"(?<![A-Za-z\\_])([A-Za-z])(Tr|tr|det|log|exp|diag)(?=\()")
_LETTERS = pattern(r"(?<![\w\\.])[^\W\d_]{2,}(?![\w(\[.])")
_NUMBER = pattern(r"(?<![\w.])(\d+(?:\.\d+)?)\s+(?=[A-Za-z(])")
_TURNED = pattern(r"(?<=')\s*(?=[A-Za-z(])")
_ALONE = pattern(r"(?<![\w\\])[^\W\d_](?![\w(])")
_RAISED = pattern(r"(?<=\^)\s*T(?=[A-Za-z])")
_CALLED = pattern(r"(?<![\w\\.])([^\W\d_]\w*)\((?!\s*\))")
_NAMES = pattern(r"\s*[^\W\d_]\w*\s*(?:,\s*[^\W\d_]\w*\s*)*")


def apart(text: str, where: Where) -> str:
    """The text with signs between what is multiplied, as far as the names that are known tell."""
    text = _RUN.sub(lambda m: f"{m[1]} {m[2]}" if m[1] in where and m[0] not in where else m[0], text)
    alone = {m[0] for m in _ALONE.finditer(text)} - {"d"}
    text = _evaluated(text, where, alone)
    if "@" in text:
        text = _NUMBER.sub(r"\1*", text)
    if "\\" in text:
        return text
    if "T" not in where:
        text = _RAISED.sub("T*", text)
    letters = {*where, *alone}
    text = _TURNED.sub("*", text)
    return _LETTERS.sub(lambda m: "*".join(m[0]) if _product(m[0], where, letters) else m[0], text)


def _product(name: str, where: Where, letters: Collection[str]) -> bool:
    """Whether a name that nobody knows is a product of letters that are known, or stand alone elsewhere."""
    if name in where or name in TABLE or any(name in op.aliases for op in TABLE.values()):
        return False
    return all(letter in letters for letter in name)


def _evaluated(text: str, where: Where, alone: Collection[str]) -> str:
    """A known number, or a letter that stands alone elsewhere, before a bracket is a factor; f(x), with a variable that is no number in the bracket, is f."""
    at = 0
    while (found := _CALLED.search(text, at)) is not None:
        at = found.end()
        known = where.get(found[1])
        letter = found[1] in alone and found[1] not in where
        whole = found[1] in FORMULA_NAMES and found[1] not in where
        if not letter and not whole and (not isinstance(known, Expr) or known.type.kind != "s"):
            continue
        end = end_of(text, found.end() - 1)
        inner = text[found.end() : end]
        if _NAMES.fullmatch(inner):
            args = [where.get(n) for n in re.findall(r"\w+", inner)]
            if all(isinstance(a, Expr) and a.type.kind != "s" for a in args) and (whole or not letter):
                text = text[: found.end(1)] + " " * (end + 1 - found.end(1)) + text[end + 1 :]
            continue
        if whole and not letter:
            continue
        text = f"{text[: found.end(1)]}*{text[found.end(1) :]}"
    return text
