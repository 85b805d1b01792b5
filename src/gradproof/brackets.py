"""Brackets in a text that is not read yet."""

from __future__ import annotations


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
