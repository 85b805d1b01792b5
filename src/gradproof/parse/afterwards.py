r"""What is said after a formula, `…, \quad J = \det F`: a definition that the formula rests on is never dropped.

A name of the formula that is defined after it, by what is asked for, and a second formula that goes on from the left side of the first, are refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gradproof.parse.dropped import CONSTRAINT, defined_after, through
from gradproof.parse.item import COMMAND, LETTER, SIGN, TEXT, WORD, Item
from gradproof.parse.latex_words import ACCENTS, NAMES
from gradproof.parse.note import balanced, refusal


def refuse_dropped(kept: Sequence[Item], after: Sequence[Item], text: str, asked: Collection[str]) -> None:
    """Raises ParseError where a formula cannot be read without what stands after it."""
    if any(i.kind in (TEXT, WORD) and CONSTRAINT.match(i.text) for i in after):
        return
    left, body = _cut(kept)
    cuts = [(piece, *_cut(piece)) for piece in _pieces(after)]
    said = [(_base(name), says, (piece[0].start, piece[-1].end)) for piece, name, says in cuts if name and says]
    reached = through([(name, lambda names, says=says: _has(says, names)) for name, says, _ in said], asked)
    for name, says, span in said:
        if left and _has(says, {_base(left)}):
            raise refusal("formula-goes-on", span, name=_base(left))
        if _has(body, {name}) and _has(says, reached):
            raise defined_after(name, balanced(text, (says[0].start, says[-1].end)), span)


def _pieces(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The pieces between commas that stand in no bracket, without words before them."""
    depth, piece = 0, list[Item]()
    for item in items:
        if item.kind == SIGN:
            depth += (item.text in "([{⟨") - (item.text in ")]}⟩")
        if (item.kind == SIGN and item.text in ",;&" and not depth) or item.kind == TEXT or item.gap:
            yield piece
            piece = []
        if item.kind != TEXT and not (item.kind == SIGN and item.text in ",;&" and not depth):
            piece.append(item)
    yield piece


def _cut(items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """The sides of the first equals sign, where the left one is a name; ([], items) else."""
    depth, at = 0, None
    for k, item in enumerate(items):
        if item.kind == SIGN:
            depth += (item.text in "([{⟨") - (item.text in ")]}⟩")
            at = k if at is None and not depth and item.text == "=" else at
    if at is None or not at or not _base(items[:at]):
        return [], list(items)
    return list(items[:at]), list(items[at + 1 :])


def _base(side: Sequence[Item]) -> str:
    """The letter that a side begins with, without accents and scripts; "" for anything else."""
    words = [i for i in side if not (i.kind == COMMAND and i.text in ACCENTS) and i.text not in "{}"]
    if words and words[0].text in ("where", "with", "and", "for"):
        words = words[1:]
    first = words[0] if words else None
    if first is None or not (first.kind in (LETTER, WORD) or first.text in NAMES):
        return ""
    return NAMES.get(first.text, first.text) if first.kind == COMMAND else first.text


def _has(items: Sequence[Item], names: Collection[str]) -> bool:
    """Whether one of these names stands here: also x_i for X, an x_i that may be a row of X."""
    for item, after in zip(items, [*items[1:], None], strict=False):
        if item.kind not in (LETTER, WORD, COMMAND):
            continue
        name = NAMES.get(item.text, item.text) if item.kind == COMMAND else item.text
        below = after is not None and after.text == "_"
        if name in names or (below and name[:1].upper() + name[1:] in names):
            return True
    return False
