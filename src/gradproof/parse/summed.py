"""The word sum before a bracket, in plain text: whether it is the sign of a sum, and of what."""

from __future__ import annotations

from collections.abc import Collection

from gradproof.parse.names import TAKEN
from gradproof.patterns import pattern

POWER = pattern(r"\s*(?:\^|\*\*)")
_INDEXED = pattern(r"(?<![A-Za-z0-9_])([A-Za-z]+_[i-nt])(?![A-Za-z0-9_])")
_SPACED_SUM = pattern(r"(?<![A-Za-z0-9_.])(?:sum|mean)\s+(?=\()")
_SUM = pattern(r"(?<![A-Za-z0-9_.])(?:sum|Σ|∑)\s*(?=\()")
_ENTRYWISE = pattern(r"\.[*/^]")


def bracket(text: str, at: int) -> tuple[int, int]:
    """Where the bracket that comes next begins and ends."""
    start = at + len(text[at:]) - len(text[at:].lstrip())
    depth = 0
    for k in range(start, len(text)):
        depth += (text[k] == "(") - (text[k] == ")")
        if not depth:
            return start, k + 1
    return start, len(text)


def sums_powers(text: str) -> bool:
    """Whether there is a sum (…)^2, with a blank before its bracket: the sum of the squares."""
    return any(POWER.match(text, bracket(text, m.end())[1]) for m in _SPACED_SUM.finditer(text))


def sums_entries(text: str, known: Collection[str]) -> bool:
    """Whether there is a sum(…) over an index that stands below the names in its bracket."""
    return any(summed_entries(text, m.end(), known) for m in _SUM.finditer(text))


def summed_entries(text: str, at: int, known: Collection[str]) -> tuple[int, int] | None:
    """Where the bracket is that begins here, if names with an index below them stand in it, which is then summed over."""
    start, end = bracket(text, at)
    names = [m[1] for m in _INDEXED.finditer(text, start, end)]
    fits = bool(names) and not any(n in known or n.partition("_")[0] in TAKEN for n in names)
    return (start, end) if fits and not _ENTRYWISE.search(text, start, end) else None
