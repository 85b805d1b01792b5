"""The word sum before a bracket, in plain text: whether it is the sign of a sum, and of what."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from functools import lru_cache

from gradproof.parse.names import TAKEN
from gradproof.patterns import pattern

POWER = pattern(r"\s*(?:\^|\*\*|²)")
_INDEXED = pattern(r"(?<![A-Za-z0-9_])([A-Za-z]+_[i-nt])(?![A-Za-z0-9_])")
_SPACED_SUM = pattern(r"(?<![A-Za-z0-9_.])(?:(?:sum|mean)\s+|[Σ∑]\s*)(?=\()")
_SUM = pattern(r"(?<![A-Za-z0-9_.])(?:sum|Σ|∑)\s*(?=\()")
_ENTRYWISE = pattern(r"\.[*/^]")


@lru_cache(maxsize=4)
def _closings(text: str) -> dict[int, int]:
    """For each round bracket the place after its end; brackets that are not closed have none."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for k, char in enumerate(text):
        if char == "(":
            opened.append(k)
        elif char == ")" and opened:
            found[opened.pop()] = k + 1
    return found


def bracket(text: str, at: int) -> tuple[int, int]:
    """Where the bracket that comes next begins and ends."""
    start = at
    while text[start : start + 1].isspace():
        start += 1
    return start, _closings(text).get(start, len(text)) if text[start : start + 1] == "(" else min(start + 1, len(text))


@lru_cache(maxsize=4)
def _indexed(text: str) -> tuple[list[int], list[str]]:
    """The names of a text with an index below them, and their places."""
    found = [*_INDEXED.finditer(text)]
    return [m.start() for m in found], [m[1] for m in found]


def sums_powers(text: str) -> bool:
    """Whether there is a sum (…)^2, with a blank before its bracket: the sum of the squares."""
    if text.isascii() and "sum" not in text and "mean" not in text:
        return False
    return any(POWER.match(text, bracket(text, m.end())[1]) for m in _SPACED_SUM.finditer(text))


def sums_entries(text: str, known: Collection[str]) -> bool:
    """Whether there is a sum(…) over an index that stands below the names in its bracket."""
    return "_" in text and any(summed_entries(text, m.end(), known) for m in _SUM.finditer(text))


def summed_entries(text: str, at: int, known: Collection[str]) -> tuple[int, int] | None:
    """Where the bracket is that begins here, if names with an index below them stand in it, which is then summed over."""
    start, end = bracket(text, at)
    if "_" not in text:
        return None
    places, every = _indexed(text)
    names = every[bisect_left(places, start) : bisect_left(places, end)]
    fits = bool(names) and not any(n in known or n.partition("_")[0] in TAKEN for n in names)
    return (start, end) if fits and not _ENTRYWISE.search(text, start, end) else None
