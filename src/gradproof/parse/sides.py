r"""What stands around a formula: left sides, `\min_w`, derivative signs, conditions, equation numbers, words.

Everything that is taken off is said in a note. What is left is one formula; where two formulas are left, the text is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from itertools import pairwise

from gradproof.parse.afterwards import defines, ends_sentence, lines_define, with_definitions
from gradproof.parse.derivative_signs import (
    after_slash,
    at_depth,
    closing,
    differentiated,
    fraction_sign,
    group,
    is_below,
    name_asked,
    outside_brackets,
    place,
    shown,
    texts_of,
    twice,
)
from gradproof.parse.item import COMMAND, END, LETTER, NUMBER, SIGN, TEXT, WORD, Item
from gradproof.parse.latex_words import (
    ACCENTS,
    FRACTIONS,
    FUNCTIONS,
    GRADIENTS,
    NAMES,
    OBJECTIVES,
    PROSE,
    RELATIONS,
    SPREAD,
    VARIANTS,
)
from gradproof.parse.note import Note, note, refusal
from gradproof.patterns import pattern
from gradproof.records import dataclass

_JOINS = set("+-=·×⊙⊗⊘/,:_^")  # signs that go on with what stands before them, or want something after them
_UPPER = frozenset("ijklmnt")


@dataclass(frozen=True, slots=True)
class Body:
    """A formula without what stood around it, with an END; what was taken off; the variable of a derivative sign, or ""; and the side left of it."""

    items: list[Item]
    notes: tuple[Note, ...]
    wrt: str = ""
    left: tuple[Item, ...] = ()


def body_of(
    every: Sequence[Item],
    text: str,
    functions: Collection[str],
    names: Collection[str] = (),
    asked: Collection[str] = (),
) -> Body:
    """The formula in a text; a declared name is never a word of prose. Raises ParseError where there is more than one."""
    items, said = list(every), []
    conditions = partial(_conditions, names=names, asked=asked)
    for cut in (_punctuation, _declared_map, _numbered, conditions, _punctuation):
        items, notes = cut(items, text)
        said += notes
    items = _unwrapped(items)
    sides = _sides(items)
    if len(sides) > 1 and sides[-1] and sides[-1][0].text == ":":  # x^\top A x =: f(x)
        name = sides.pop()[1:]
        said.append(note("right-side-unread", place(name), shown=shown(name, text)))
        items = sides[0] if len(sides) == 1 else items
    left: list[Item] = []
    _refuse_two_formulas(sides)
    first, operators, by = _without_operators(sides[0], text, functions)
    derivative = any(n.kind in ("derivative-sign", "differentiated", "second-derivative") for n in operators)
    if len(sides) > 1 and derivative and first and not is_label(first):  # \partial tr(AXB) / \partial X = …
        said += operators
        if sides[1]:
            said.append(note("right-side-unread", place(sides[1]), shown=shown(sides[1], text)))
        items = first
    elif len(sides) > 1:
        _refuse_words(sides[:-1], text, names)
        signs = _relations(items, text)
        said += [
            note("side-taken-off", place(side), shown=f"{shown(side, text)} {sign}")
            for side, sign in zip(sides[:-1], signs, strict=False)
            if side
        ]
        items, operators, by = _without_operators(sides[-1], text, functions)
        left = sides[-2] if not operators else []
        said += operators
    else:
        items, by = first, by
        said += operators
    end = items[-1].end if items else len(text)
    return Body([*items, Item(END, "", end, end)], tuple(said), by, tuple(left))


# -- at the ends of a text


def _punctuation(items: list[Item], text: str) -> tuple[list[Item], list[Note]]:
    end = len(items)
    while end and items[end - 1].kind == SIGN and items[end - 1].text in ",.;:。":
        end -= 1
    return items[:end], []


def _unwrapped(items: list[Item]) -> list[Item]:
    """Without braces around all of it."""
    while items and items[0].text == "{" and items[0].kind == SIGN and closing(items, 0) == len(items):
        items = items[1:-1]
    return items


def _declared_map(items: list[Item], text: str) -> tuple[list[Item], list[Note]]:
    r"""`f: \mathbb{R}^n \to \mathbb{R}, f(x) = …`: what stands before the comma says where f lives."""
    at = at_depth(items, lambda i: i.kind == SIGN and i.text == ",")
    head = items[:at] if at is not None else []
    if at is None or not any(i.kind == COMMAND and i.text in ("to", "rightarrow") for i in head) or len(head) < 3:
        return items, []
    return items[at + 1 :], [note("declaration-taken-off", place(head), shown=shown(head, text))]


def _numbered(items: list[Item], text: str) -> tuple[list[Item], list[Note]]:
    """`… (2)`: the number of an equation, far to the right."""
    at = next((k for k in range(len(items) - 1, 0, -1) if items[k].gap and items[k].text in ("(", "[")), None)
    tail = items[-3:]
    if (
        at is None
        and len(items) > 3
        and [i.text for i in tail[::2]] == ["(", ")"]
        and tail[1].kind == NUMBER
        and tail[0].spaced
        and items[-4].text not in FUNCTIONS
    ):
        raise refusal("number-apart", place(tail), shown=shown(tail, text))
    if at is None or closing(items, at) != len(items):
        return items, []
    inner = items[at + 1 : -1]
    if "".join(i.text for i in inner[:2]).lower() == "eq":  # (Eq. 4)
        inner = inner[2 + (inner[2:3] != [] and inner[2].text == ".") :]
    number = (
        inner
        and inner[0].kind in (NUMBER, LETTER)
        and all(
            i.kind == NUMBER or i.text in (".", "-", "'", "⋆", "×") or (i.kind == LETTER and len(inner) < 4)
            for i in inner
        )
    )
    single = len(inner) == 1 and inner[0].kind == LETTER
    if not number or single:
        return items, []
    return items[:at], [note("equation-number", place(items[at:]), shown=shown(items[at:], text))]


def _conditions(
    items: list[Item], text: str, names: Collection[str], asked: Collection[str]
) -> tuple[list[Item], list[Note]]:
    r"""`\text{s.t.} …`, `, \quad w \in P`, `\forall i`: conditions and remarks after the formula."""
    cut = None
    last = max((k for k, i in enumerate(items) if _relates(i)), default=-1)
    parted = False  # only the first of the marks and of the line ends can stand between a definition and its formula
    for k in outside_brackets(items):
        item = items[k]
        words = item.text.rstrip(".,:").split() if item.kind in (TEXT, WORD) else []
        if item.kind == TEXT or (words and words[0] in PROSE - {*names} and k and item.text not in OBJECTIVES):
            cut = k
            alone = (
                k + 1 == len(items) and item.text.strip() in PROSE
            )  # x^\top \mathrm{where}: a variable's name, or half a text
            if item.text in ("and", "or") or not k or item.text.strip() in names or alone:
                raise refusal("text-in-formula", (item.start, item.end), shown=item.text)
            break
        if k and item.kind == COMMAND and item.text == "forall":
            cut = k
            break
        following = items[k + 1] if k + 1 < len(items) else None
        comma = item.kind == SIGN and following and (item.text in ",;" or ends_sentence(item, following))
        line = k > 0 and item.gap
        if comma and last > k:
            cut = k
            break
        if (comma or line) and not parted:
            parted = True
            if lines_define(items[:k], items[k:]) if line else defines(items[:k], items[k + 1 :]):
                cut = k
                break
    if cut is None:
        return items, []
    return with_definitions(items[:cut], items[cut:], text, asked)


def _relates(item: Item) -> bool:
    """Whether an item is the sign of a relation between quantities."""
    return (item.text in RELATIONS and item.kind == COMMAND) or item.text in ("=", "lt", "gt")


# -- sides of equations


def _sides(items: Sequence[Item]) -> list[list[Item]]:
    """The items between the equals signs that stand in no bracket, and what stands before an arrow."""
    found: list[list[Item]] = [[]]
    outer = set(outside_brackets(items))
    for k, item in enumerate(items):
        if k in outer and (item.kind, item.text) == (SIGN, "="):
            if found[-1] and found[-1][-1].text == ":":
                found[-1].pop()
            found.append([])
        elif k in outer and item.kind == COMMAND and item.text in (*SPREAD, "mapsto"):  # f: x \mapsto …
            found.append([])
        else:
            found[-1].append(item)
    return found


def _relations(items: Sequence[Item], text: str) -> list[str]:
    """The signs between the sides, as they are written."""
    outer = set(outside_brackets(items))
    found = []
    for k, item in enumerate(items):
        if k in outer and (
            (item.kind, item.text) == (SIGN, "=") or (item.kind == COMMAND and item.text in (*SPREAD, "mapsto"))
        ):
            start = items[k - 1].start if k and items[k - 1].text == ":" else item.start
            found.append(text[start : item.end].strip() or "=")
    return found


def _refuse_two_formulas(sides: Sequence[Sequence[Item]]) -> None:
    """Two equations one below the other are two formulas."""
    for side in sides[:-1]:
        for before, item in pairwise(side):
            joined = (before.kind == SIGN and before.text in _JOINS) or (item.kind == SIGN and item.text in _JOINS)
            if item.gap and not joined and side is not sides[0]:
                raise refusal("two-formulas", (item.start, item.end))


def _refuse_words(sides: Sequence[Sequence[Item]], text: str, names: Collection[str]) -> None:
    """Raises ParseError for a word inside a side that would be taken off: \\|r\\|^2 where r = …, of letters that stand together."""
    for side in sides:
        for found in _INSIDE.finditer(text, side[0].start, side[-1].end) if side else ():
            within = [i for i in side if found.start(1) <= i.start < found.end(1)]
            if found[1] not in names and within and within[0] is not side[0]:
                raise refusal("text-in-formula", found.span(1), shown=found[1])


_INSIDE = pattern(r"(?<![\\A-Za-z_])(where|with|for|if|and|given|when|such|subject)(?![A-Za-z_])")


def is_label(side: Sequence[Item]) -> bool:
    r"""Whether a side only names what follows: f, f(x), \mathcal{L}(\theta), \hat{y}_i, or nothing."""
    at = 0
    while at < len(side) and side[at].kind == COMMAND and side[at].text in ACCENTS:
        at += 1
    if at < len(side) and side[at].text == "{":
        at += 1
    first = at
    while at < len(side) and (
        side[at].kind in (LETTER, WORD)
        or (side[at].kind == COMMAND and (side[at].text in NAMES or side[at].text in VARIANTS))
    ):
        at += 1
    if any(i.text in FUNCTIONS for i in side[first:at] if i.kind == WORD):
        return False
    if at == first or (at - first > 1 and not "".join(i.text for i in side[first:at]).isupper()):
        return not side
    if at < len(side) and side[at].text == "}":
        at += 1
    while at < len(side) and side[at].text in ("_", "^"):
        at = group(side, at + 1)[1]
    if at < len(side) and side[at].text in ("(", "["):
        at = closing(side, at)
    return at >= len(side)


# -- operators


def _without_operators(side: list[Item], text: str, functions: Collection[str]) -> tuple[list[Item], list[Note], str]:
    r"""A side without \min_w, \nabla_x, \frac{\partial}{\partial X} before it; what was taken off; the variable of a derivative sign."""
    said: list[Note] = []
    by = ""
    for _ in range(4):
        rest, what, letter = _operator(_unwrapped(side), text, functions)
        if what is None:
            return rest, said, by
        said.append(what)
        by = by or letter
        side = rest
    return side, said, by


def _operator(side: list[Item], text: str, functions: Collection[str]) -> tuple[list[Item], Note | None, str]:
    if not side:
        return side, None, ""
    first = side[0]
    end = closing(side, 0) if first.text in ("(", "[") else 0
    if end and after_slash(side[1:end]) == end - 2 and end < len(side):  # (d/dX) f
        side, first = [*side[1 : end - 1], *side[end:]], side[1]
    slashed = after_slash(side)
    if slashed is not None:
        head, letter = side[:slashed], name_asked(side[3:slashed])
        return differentiated(side[slashed:]), note("derivative-sign", place(head), shown=shown(head, text)), letter
    if first.kind == COMMAND and first.text in FRACTIONS:
        return fraction_sign(side, text, functions)
    if first.kind == COMMAND and first.text in ("underset", "overset"):
        below, middle = group(side, 1)
        above, end = group(side, middle)
        objective = [i for i in above if i.text in OBJECTIVES or i.text in ("arg", *GRADIENTS)]
        if objective:
            return side[end:], note("optimised", place(side[:end]), shown=shown(side[:end], text)), ""
        return side, None, ""
    partial = first.text == "partial" and len(side) > 1 and side[1].text == "_"
    if first.kind not in (COMMAND, WORD, TEXT) or not (partial or first.text in {*OBJECTIVES, *GRADIENTS, "arg"}):
        return side, None, ""
    at = 2 if first.text == "arg" and len(side) > 1 else 1
    below: Sequence[Item] = []
    power: Sequence[Item] = []
    if at < len(side) and side[at].text == "^" and first.text in GRADIENTS:  # \nabla^2_x
        power, at = group(side, at + 1)
    if at < len(side) and side[at].text == "_":
        below, at = group(side, at + 1)
    elif at < len(side) and (
        side[at].text in functions or (first.text in ("max", "min") and side[at].text in ("(", "[", "{"))
    ):
        return side, None, ""
    if at < len(side) and side[at].text == "^" and first.text in GRADIENTS:
        power, at = group(side, at + 1)
    kind = "differentiated" if partial or first.text in GRADIENTS else "optimised"
    if kind == "optimised" and first.text in ("max", "min") and below and _runs(below, side[at:]):
        return side, None, ""
    rest = differentiated(side[at:]) if kind == "differentiated" else side[at:]
    by = name_asked(below) if kind == "differentiated" else ""
    if power and texts_of(power) != ["1"]:
        kind, by = twice(power, side), f"{by},{by}" if by else ""
    return rest, note(kind, place(side[:at]), shown=shown(side[:at], text)), by


def _runs(below: Sequence[Item], rest: Sequence[Item]) -> bool:
    r"""Whether what stands below \max is an index: a letter that stands only below names in what follows."""
    letters = {i.text for i in below if i.kind == LETTER}
    places = [k for k, i in enumerate(rest) if i.kind == LETTER and i.text in letters]
    return bool(letters) and not any(not is_below(rest, k) for k in places) and (bool(places) or letters <= _UPPER)


__all__ = ["Body", "body_of", "closing", "group", "is_below", "is_label", "place", "shown"]
