"""What plain text says after its formula, `…, where J = det(F)`: a definition that the formula rests on is never dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from gradproof.errors import GradproofError
from gradproof.parse.greek import LETTERS
from gradproof.parse.names import TAKEN
from gradproof.parse.note import refusal
from gradproof.patterns import pattern

CONSTRAINT = pattern(r"s\.?\s*t|subject|such")
_DEFINED = pattern(r"(?:^|[\s,;，；:：])([^\W\d_]\w*)\s*:?=\s*([^=,;，；。]+)")
_LEFT = pattern(r"\s*([^\W\d_]\w*)\s*:?=(?!=)")
_RUN = pattern(r"[A-Za-z]+")
_NO_FACTORS = frozenset("is the are and for of in as an by to we if".split())
_WORD = r"(?<![^\W_]){}(?![^\W_])"


def refuse_dropped_text(kept: str, after: str, start: int, asked: Collection[str]) -> None:
    """Raises ParseError where a formula cannot be read without the words that have been found after it, from `start` on."""
    left = _LEFT.match(kept)
    constraint = CONSTRAINT.search(after)
    definitions = [f for f in _DEFINED.finditer(after) if constraint is None or f.start() < constraint.end()]
    reached = through([(f[1], lambda names, f=f: _stands(names, f[2])) for f in definitions], asked)
    for found in definitions:
        name, says = found[1], found[2].strip(" .?$")
        if left and re.search(_WORD.format(re.escape(left[1])), says):
            raise refusal("formula-goes-on", (start + found.start(1), start + found.end()), name=left[1])
        if _stands({name}, kept[left.end() if left else 0 :]) and _stands(reached, says):
            raise defined_after(name, says, (start + found.start(1), start + found.end()))


def through(definitions: Sequence[tuple[str, Callable[[Collection[str]], bool]]], asked: Collection[str]) -> set[str]:
    """What is asked for, and the names that are defined by it, also through each other: a = g(z), z = W x. Each definition tells which names are in it."""
    reached = {re.split(r"[_\[]", name)[0] for name in asked}
    while new := {name for name, holds in definitions if name not in reached and holds(reached)}:
        reached |= new
    return reached


def _stands(names: Collection[str], text: str) -> bool:
    """Whether one of these names stands in a plain text: as a word, or as one of the factors of Ax."""
    letters = {n for n in names if len(n) == 1}
    if any(re.search(_WORD.format(re.escape(name)), text) for name in names):
        return True
    runs = [run for run in _RUN.findall(text) if run not in TAKEN and run not in LETTERS and run not in _NO_FACTORS]
    return any(not letters.isdisjoint(run) for run in runs if len(run) < 4 or not run.islower())


def defined_after(name: str, shown: str, span: tuple[int, int]) -> GradproofError:
    return refusal("defined-after", span, name=name, shown=" ".join(shown.split())[:80])
