"""Signs that ask for a derivative before a formula: d/dx, a fraction of two differentials, and how far they reach."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradproof.errors import ParseError, Span
from gradproof.parse.item import COMMAND, LETTER, NUMBER, SET, SIGN, WORD, Item
from gradproof.parse.latex_words import (
    DIFFERENTIALS,
    NAMES,
    VARIANTS,
)
from gradproof.parse.note import Note, balanced, note, unsupported
from gradproof.say import say

_OPEN, _CLOSE = "([{⟨", ")]}⟩"


def outside_brackets(items: Sequence[Item]) -> list[int]:
    """The places outside of all brackets."""
    depth, found = 0, []
    for k, item in enumerate(items):
        if item.kind == SIGN and item.text in _OPEN:
            depth += 1
        elif item.kind == SIGN and item.text in _CLOSE:
            depth -= 1
        elif depth <= 0:
            found.append(k)
    return found


def at_depth(items: Sequence[Item], wanted) -> int | None:
    return next((k for k in outside_brackets(items) if wanted(items[k])), None)


def place(side: Sequence[Item]) -> Span | None:
    return (side[0].start, side[-1].end) if side else None


def shown(side: Sequence[Item], text: str) -> str:
    return " ".join(balanced(text, (side[0].start, side[-1].end)).split())[:40] if side else ""


def is_below(items: Sequence[Item], k: int) -> bool:
    """Whether an item stands in a subscript: alone, or in its braces."""
    if k and items[k - 1].text == "_":
        return True
    while k and (items[k - 1].kind in (LETTER, NUMBER) or items[k - 1].text == ","):
        k -= 1
    return k > 1 and items[k - 1].text == "{" and items[k - 2].text == "_"


def after_slash(side: Sequence[Item]) -> int | None:
    """The place after d/dx or ∂/∂X at the beginning; None where there is none."""
    if len(side) < 5 or side[1].text != "/" or side[0].text != side[2].text:
        return None
    if side[0].text not in ("d", "partial") or side[3].kind not in (LETTER, COMMAND, WORD):
        return None
    at = 4
    if at < len(side) and side[at].text == "_":
        at = group(side, at + 1)[1]
    return at


def fraction_sign(side: list[Item], text: str, functions: Collection[str]) -> tuple[list[Item], Note | None, str]:
    above, middle = group(side, 1)
    below, end = group(side, middle)
    if not is_derivative(above, below):
        return side, None, ""
    rest = list(above[1:])
    kind, by = "derivative-sign", name_asked(below[1:])
    if rest and rest[0].text == "^":  # \partial^2
        power, after = group(rest, 1)
        kind, by = twice(power, side), _both(below)
        rest = rest[after:]
    if rest and (end < len(side) or (len(rest) == 1 and rest[0].text in functions)):
        return side, None, ""
    said = note(kind, place(side[:end]), shown=shown(side[:end], text))
    return (rest or differentiated(side[end:])), said, by


def texts_of(items: Sequence[Item]) -> list[str]:
    return [i.text for i in items if i.text not in "{}"]


def twice(power: Sequence[Item], side: Sequence[Item]) -> str:
    r"""The kind of the note of \partial^2, \nabla^2. Raises UnsupportedError for any other power."""
    if texts_of(power) != ["2"]:
        raise unsupported("derivative-power", place(power or side[:1]))
    return "second-derivative"


def _both(below: Sequence[Item]) -> str:
    r"""The two variables of \partial x \partial y^\top and of dx^2, with a comma between them; "" where they are not clear."""
    cuts = [k for k, i in enumerate(below) if i.text == below[0].text]
    parts = [list(below[k + 1 : end]) for k, end in zip(cuts, [*cuts[1:], len(below)], strict=True)]
    names: list[str] = []
    for part in parts:
        at = next((k for k, i in enumerate(part) if i.text == "^"), len(part))
        power = texts_of(part[at + 1 :])
        names += [name_asked([i for i in part[:at] if i.text != "ᵀ"])] * (2 if power == ["2"] else 1)
    return ",".join(names) if len(names) == 2 and all(names) else ""


def is_derivative(above: Sequence[Item], below: Sequence[Item]) -> bool:
    r"""Whether a fraction is \frac{\partial …}{\partial X} or \frac{d …}{dx}."""
    if not above or len(below) < 2:
        return False
    same = above[0].text == below[0].text and all(
        i.kind != SIGN or i.text in "{}^_'ᵀ" for i in below
    )  # not \frac{d}{d + 1}
    return same and (above[0].text in DIFFERENTIALS or (above[0].text == "d" and above[0].kind in (LETTER, WORD)))


def differentiated(rest: list[Item]) -> list[Item]:
    """What follows a derivative sign: one term, so that its reach is clear."""
    depth = 0
    bars: list[str] = []
    for k, item in enumerate(rest):
        if item.kind == SIGN and item.text in "|‖":
            closes = bars and bars[-1] == item.text
            bars = bars[:-1] if closes else [*bars, item.text]
            depth += -1 if closes else 1
        elif item.kind == SIGN:
            depth += (item.text in _OPEN) - (item.text in _CLOSE)
            if k and not depth and item.text in "+-":
                raise ParseError(
                    say("how far the derivative sign reaches is not clear"),
                    span=(item.start, item.end),
                    hint=say("put what is differentiated in brackets"),
                )
    return rest


def name_asked(items: Sequence[Item]) -> str:
    """The one name that these items are, as it would be asked for; "" for something else."""
    listed = [i for i in items if i.text not in ("partial", "d", "{", "}", "ᵀ", "∈")]
    if not listed or listed[0].kind not in (LETTER, WORD, COMMAND) or any(i.kind == SET for i in listed):
        return ""
    first = listed[0]
    base = NAMES.get(first.text, VARIANTS.get(first.text, first.text)) if first.kind == COMMAND else first.text
    rest = listed[1:]
    if not rest:
        return base
    if rest[0].text == "_" and all(i.kind in (LETTER, NUMBER, WORD) for i in rest[1:]):
        below = "".join(i.text for i in rest[1:])
        return base + below if below[:1].isdecimal() else f"{base}_{below}"
    return ""


def group(side: Sequence[Item], at: int) -> tuple[Sequence[Item], int]:
    """The argument at a place, without its braces, and where it ends."""
    if at >= len(side) or side[at].text != "{":
        return side[at : at + 1], at + 1
    end = closing(side, at)
    return side[at + 1 : end - 1], end


def closing(side: Sequence[Item], at: int) -> int:
    """The place after the bracket that closes the one at this place."""
    depth = 0
    for k in range(at, len(side)):
        if side[k].kind == SIGN:
            depth += (side[k].text in _OPEN) - (side[k].text in _CLOSE)
        if not depth:
            return k + 1
    return len(side)
