"""Brackets in a text that is not read yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator


def closing(text: str, at: int) -> int | None:
    """The place of the bracket that closes the one at this place; None where it stays open."""
    depth = 0
    for k in range(at, len(text)):
        depth += (text[k] in "([{") - (text[k] in ")]}")
        if not depth:
            return k
    return None


def end_of(text: str, at: int) -> int:
    """The same; the end of the text where it stays open."""
    found = closing(text, at)
    return len(text) if found is None else found


def deepest(text: str) -> int:
    """How many brackets are open at once, at the most; those that close nothing do not count."""
    depth = most = 0
    for char in text:
        if char in "([{":
            depth += 1
            most = max(most, depth)
        elif char in ")]}" and depth:
            depth -= 1
    return most


def outside(text: str, found: Iterable[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Those of the matches, in their order, that begin in no bracket."""
    depth = at = 0
    for match in found:
        piece = text[at : match.start()]
        depth += sum(map(piece.count, "([{⟨")) - sum(map(piece.count, ")]}⟩"))
        at = match.start()
        if not depth:
            yield match
