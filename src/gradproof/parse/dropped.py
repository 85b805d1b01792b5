"""What plain text says after its formula, `…, where J = det(F)`: a definition that the formula rests on is never dropped."""

from __future__ import annotations

import re
from collections.abc import Collection

from gradproof.errors import GradproofError
from gradproof.parse.note import refusal
from gradproof.patterns import pattern

CONSTRAINT = pattern(r"s\.?\s*t|subject|such")
_DEFINED = pattern(r"(?:^|[\s,;，；:：])([^\W\d_]\w*)\s*:?=\s*([^=,;，；。]+)")
_LEFT = pattern(r"\s*([^\W\d_]\w*)\s*:?=(?!=)")
_WORD = r"(?<![^\W_]){}(?![^\W_])"


def refuse_dropped_text(kept: str, after: str, start: int, asked: Collection[str]) -> None:
    """Raises ParseError where a formula cannot be read without the words that have been found after it, from `start` on."""
    left = _LEFT.match(kept)
    for found in _DEFINED.finditer(after):
        if CONSTRAINT.search(after[: found.start()]):
            return
        name, says = found[1], found[2].strip(" .?$")
        if left and re.search(_WORD.format(re.escape(left[1])), says):
            raise refusal("formula-goes-on", (start + found.start(1), start + found.end()), name=left[1])
        inside = re.search(_WORD.format(re.escape(name)), kept[left.end() if left else 0 :])
        if inside and any(re.search(_WORD.format(re.escape(re.split(r"[_\[]", a)[0])), says) for a in asked):
            raise defined_after(name, says, (start + found.start(1), start + found.end()))


def defined_after(name: str, shown: str, span: tuple[int, int]) -> GradproofError:
    return refusal("defined-after", span, name=name, shown=" ".join(shown.split())[:80])
