r"""LaTeX to signs and letters: spacing, sizes, fonts, wrappers and comments are taken off; what is left keeps its place in the text.

`\mathbf{Ax}^T` shows A x^T, so the braces of a font are not seen; a letter keeps the mark that it was bold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradproof.budget import tick
from gradproof.errors import ParseError, UnsupportedError
from gradproof.parse.foreign import foreign
from gradproof.parse.item import COMMAND, END, LETTER, NUMBER, SET, SIGN, TEXT, WORD, Item
from gradproof.parse.latex_digits import end_of_group, single_digits
from gradproof.parse.latex_macros import expanded
from gradproof.parse.latex_upper import turned_before
from gradproof.parse.latex_words import (
    ACCENTS,
    BLACKBOARD,
    CHARACTERS,
    COMMANDS,
    ENVIRONMENTS,
    FONTS,
    FRACTIONS,
    FUNCTIONS,
    MATRICES,
    NAMES,
    OBJECTIVES,
    PROSE,
    SCRIPT,
    SIGNS,
    SIZES,
    SPACES,
    SWITCHES,
    TAKES_ARGUMENT,
    WITH_ARGUMENT,
    WORDS,
)
from gradproof.patterns import pattern
from gradproof.records import replace
from gradproof.say import say

_PATTERN = pattern(
    r"(?P<skip>\s+|(?<!\\)%[^\n]*|~)|\\(?P<command>[A-Za-z]+\*?|.)|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<norm>\|\||‖)|(?P<letter>[^\W\d_])|(?P<sign>.)",
    re.DOTALL,
)
_GAPS = {"quad", "qquad", "\\", "hfill", "\n"}  # what sets pieces of a line apart, or begins a line
_UNITS = {"pt", "em", "ex", "cm", "mm", "in"}
_NAMING = {"operatorname", "mathop"}  # commands whose words are never prose
_IN_PROSE = set(".,:;-()")
_CASES = say("give one case; abs, relu, sign and huber have their cases in them, and matrices are written as pmatrix")
_BLANK_LINE = pattern(r"\n[ \t]*\n")
_WRAPPERS = {"[", "]", "(", ")", "\\"}  # \[ … \], \( … \), and the line break
_SEEN = pattern(r"\\([A-Za-z]+)|[_^]\s*\{|\$|\\\\|\\[,;!|{}]")
_LONGEST = 200_000
_OPEN, _CLOSE, _DEEPEST = frozenset("([{"), frozenset(")]}"), 200


def is_latex(text: str) -> bool:
    r"""Whether a text is LaTeX and not the ASCII syntax: a command that LaTeX has, `^{`, `_{`, `$` or `\\`.

    >>> is_latex(r"A\b"), is_latex(r"A \mathbf b"), is_latex("x^{2}")
    (False, True, True)
    """
    return any(found[1] is None or found[1] in COMMANDS for found in _SEEN.finditer(text))


def items(text: str) -> list[Item]:
    """What is written, and an END. Raises ParseError or UnsupportedError."""
    if len(text) > _LONGEST:
        raise ParseError(
            say(
                "the formula is too long: {count:,} characters, at most {longest:,} are read",
                count=len(text),
                longest=_LONGEST,
            ),
            hint=say("split it, or name its parts"),
        )
    return cleaned(expanded(_raw(text)), text)


def cleaned(raw: list[Item], text: str) -> list[Item]:
    """Items without spacing, fonts and wrappers, and an END. Raises ParseError or UnsupportedError."""
    _refuse_deep(raw)
    return single_digits(_without_braces(turned_before(_without_fonts(_cleaned(raw, text), len(text)))))


def _refuse_deep(raw: Sequence[Item]) -> None:
    """Raises ParseError where brackets are nested deeper than any formula is: their ends are looked for again and again."""
    depth = 0
    for item in raw:
        if item.kind == SIGN:
            depth = max(0, depth + (item.text in _OPEN) - (item.text in _CLOSE))
            if depth > _DEEPEST:
                raise ParseError(
                    say("the formula is nested too deeply"),
                    span=(item.start, item.end),
                    hint=say("name some of the parts"),
                )


def _raw(text: str) -> list[Item]:
    found: list[Item] = []
    spaced = gap = False
    at = 0
    while at < len(text):
        tick()
        match = _PATTERN.match(text, at)
        assert match is not None
        kind, before_all = match.lastgroup, len(found)
        start, at = match.span()
        if kind == "skip":
            spaced = True
            gap = gap or _BLANK_LINE.search(match[0]) is not None
            continue
        end = at
        piece = match[kind] if kind else ""
        before = found[-1] if found else None
        if kind in ("letter", "sign", "norm") and not piece.isascii():
            made, at = foreign(text, start)
            found += made
        elif kind == "letter":
            found.append(
                Item(LETTER, piece, start, end, bool(before and before.kind == LETTER and before.end == start))
            )
        elif kind == "command":
            found.append(Item(COMMAND, piece.removesuffix("*"), start, end, spaced=spaced))
        elif kind == "norm":
            found.append(Item(SIGN, "‖", start, end, glued=True))  # || may be two bars
        elif kind == "number":
            found.append(Item(NUMBER, piece, start, end, spaced=spaced))
        else:
            found.append(Item(SIGN, CHARACTERS.get(piece, piece), start, end))
        if spaced or gap:
            found[before_all] = replace(found[before_all], spaced=True, gap=gap)
        spaced = gap = False
    return found


def _cleaned(raw: list[Item], text: str) -> list[Item]:
    """Without spacing, sizes and wrappers; words and signs recognised."""
    found: list[Item] = []
    at, side, spaced, gap = 0, "", False, False
    matrices = 0  # how many are open
    while at < len(raw):
        item = raw[at]
        at += 1
        if matrices and (item.text == "&" or (item.kind == COMMAND and item.text == "\\")):
            found.append(Item(SIGN, "&" if item.text == "&" else ";", item.start, item.end))
            at = at if item.text == "&" else _after_length(raw, at)
            continue
        if item.kind == SIGN and item.text in "$&":
            spaced = True
            continue
        if item.kind != COMMAND:
            _put(found, replace(item, gap=True) if gap else item, side, spaced)
            side, spaced, gap = "", False, False
            continue
        name = item.text
        if name in SPACES or name in _WRAPPERS:
            spaced, gap = True, gap or name in _GAPS or item.gap
            if name == "\\":
                at = _after_length(raw, at)
        elif name in SIZES:
            side = SIZES[name]
        elif name in WITH_ARGUMENT:
            at = _argument(raw, at)[1]
        elif name in ("begin", "end"):
            bar, at = _environment(raw, at, item, text)
            if bar:
                matrices += 1 if name == "begin" else -1
                ends = _MATRIX_ENDS[bar]
                _put(found, Item(SIGN, ends[name == "end"], item.start, raw[at - 1].end, spaced=True), side, spaced)
                side, spaced, gap = "", False, False
        elif name in WORDS and at < len(raw):
            inside, at = _argument(raw, at)
            word = _word(item, inside, raw[at - 1].end)
            if word is None:  # \mbox{\boldmath $x$}
                raw, at = inside + raw[at:], 0
            elif word:
                found.append(replace(word, gap=gap))
                gap = False
        elif (
            name in FONTS and name in FUNCTIONS and [i.text for i in raw[at : at + 2] if i.text != "left"][:1] == ["("]
        ):
            found.append(Item(WORD, name, item.start, item.end, spaced=item.spaced or spaced, gap=gap))  # \vec(X)
            spaced = gap = False
        elif name in SIGNS:
            sign, own = SIGNS[name]
            if sign == "|" and not own and not side and _second_bar(found, item):
                continue
            _put(found, Item(SIGN, sign, item.start, item.end, spaced=item.spaced, gap=gap), side or own, item.spaced)
            side, gap = "", False
        else:
            found.append(replace(item, spaced=item.spaced or spaced, gap=item.gap or gap))
            spaced = gap = False
    return found


def _second_bar(found: list[Item], item: Item) -> bool:
    """Two single bars side by side are what || is; whether this is the second."""
    last = found[-1] if found else None
    if last is None or (last.text, last.end, last.glued) != ("|", item.start, False):
        return False
    found[-1] = replace(last, text="‖", end=item.end, glued=True)
    return True


def _after_length(raw: list[Item], at: int) -> int:
    """The place after the [4pt] of a line break."""
    close = next((k for k in range(at, min(at + 6, len(raw))) if raw[k].text == "]"), None)
    length = close is not None and raw[at].text == "[" and "".join(i.text for i in raw[at + 1 : close])[-2:] in _UNITS
    return close + 1 if close is not None and length else at


def _put(found: list[Item], item: Item, side: str, spaced: bool) -> None:
    """Append an item; after \\left or \\right it has a side, a full stop there is nothing, and two bars are one norm."""
    before = found[-1] if found else None
    if side and item.text == ".":
        return
    if side and item.text in "<>":
        item = replace(item, text="⟨" if item.text == "<" else "⟩")
    if side and item.text == "|" and before is not None and (before.text, before.side) == ("|", side):
        found[-1] = replace(before, text="‖", end=item.end)
    else:
        found.append(replace(item, side=side, spaced=item.spaced or spaced) if side or spaced else item)


def _argument(raw: list[Item], at: int) -> tuple[list[Item], int]:
    """The argument of a command: a group without its braces, or one item; and where it ends."""
    if at >= len(raw) or raw[at].text != "{":
        return raw[at : at + 1], min(at + 1, len(raw))
    depth, first = 0, at
    while at < len(raw):
        depth += (raw[at].kind == SIGN) * ((raw[at].text == "{") - (raw[at].text == "}"))
        at += 1
        if not depth:
            return raw[first + 1 : at - 1], at
    raise ParseError(
        say("this brace is never closed"), span=(raw[first].start, raw[first].end), hint=say("a '}' is missing")
    )


_MATRIX_ENDS = {"p": "⟦⟧", "v": "⦇⦈"}  # what begins and ends a matrix, and one between the bars of a determinant


def _environment(raw: list[Item], at: int, item: Item, text: str) -> tuple[str, int]:
    """Whether it is that of a matrix, or of a determinant, or "" for others; and where its name ends."""
    inside, end = _argument(raw, at)
    name = "".join(i.text for i in inside).rstrip("*×")
    if name in MATRICES:
        return ("v" if name == "vmatrix" else "p"), end
    if name not in ENVIRONMENTS:
        raise UnsupportedError(
            say("'{name}' is not an environment that a formula can stand in", name=name[:30]),
            span=(item.start, raw[end - 1].end),
            hint=_CASES
            if name in ("cases", "dcases", "array")
            else say("matrices are named, or written as pmatrix or bmatrix"),
        )
    return "", end


def _word(item: Item, inside: list[Item], end: int) -> Item | None:
    r"""`\mathrm{tr}` is one word; `\mathrm{x}` a letter; None where something else than words stands inside."""
    if item.text in _NAMING:  # arg\,min
        inside = [i for i in inside if i.kind != COMMAND or i.text not in SPACES]
    if not inside:
        return None
    apart = [k > 0 and i.spaced and "_" not in (i.text, inside[k - 1].text) for k, i in enumerate(inside)]
    words = "".join(" " * a + i.text for a, i in zip(apart, inside, strict=True)).strip()
    prose = (
        item.text not in _NAMING
        and all(i.kind == LETTER or i.text in _IN_PROSE for i in inside)
        and (" " in words or words.rstrip(".,:").lower() in PROSE or words == "s.t.")
    )
    objective = words.rstrip(".,:").lower()
    if objective in OBJECTIVES and (prose or words[0].isupper() or len(words) > 4):
        return Item(WORD, objective, item.start, end, spaced=item.spaced)
    lettered = item.text.startswith("text") and inside[0].text == "(" and inside[-1].text == ")" and len(inside) < 6
    if prose or (lettered and all(i.kind in (LETTER, NUMBER) or i.text in "().'" for i in inside)):  # \text{(a)}
        return Item(TEXT, words, item.start, end, spaced=item.spaced)
    if any(
        i.kind != LETTER and not (i.kind == NUMBER and k and i.text.isalnum()) and i.text not in "_ "
        for k, i in enumerate(inside)
    ):
        return None
    single = len(words) == 1 and words not in ("d", "D")
    return Item(LETTER if single else WORD, words, inside[0].start, inside[-1].end, spaced=item.spaced)


def _without_fonts(cleaned: list[Item], end: int) -> list[Item]:
    """Fonts become marks on letters. A font's braces are kept after ^, _ and a command, where they hold the argument together."""
    found: list[Item] = []
    groups: list[tuple[bool, bool]] = []  # of each open brace: whether it is seen, and the boldness outside it
    bold = once = pending = hollow = False  # the switch; the next item; the next brace is a font's; in blackboard bold
    keep = gap = script = False
    for k, item in enumerate(cleaned):
        gap, before = gap or item.gap, len(found)
        if item.kind == COMMAND and item.text in FONTS and item.text not in SWITCHES:
            pending, once = True, FONTS[item.text] or once
            hollow, script = item.text in BLACKBOARD, item.text in SCRIPT
            keep = bool(found) and (
                found[-1].text in "^_" or (found[-1].kind == COMMAND and found[-1].text in TAKES_ARGUMENT)
            )
        elif item.kind == COMMAND and item.text in SWITCHES:
            bold = SWITCHES[item.text]
        elif item.kind == SIGN and item.text == "{":
            switched = (
                cleaned[k + 1].kind == COMMAND and cleaned[k + 1].text in SWITCHES if k + 1 < len(cleaned) else False
            )
            held = bool(found) and (
                found[-1].text in "^_" or (found[-1].kind == COMMAND and found[-1].text in TAKES_ARGUMENT)
            )
            groups.append(((not pending and not switched) or keep or held, bold))
            bold = bold or once
            if groups[-1][0]:
                found.append(item)
                hollow = script = False
            pending = once = False
        elif item.kind == SIGN and item.text == "}":
            if not groups:
                raise ParseError(
                    say("this brace was never opened"),
                    span=(item.start, item.end),
                    hint=say("a '{' is missing before it"),
                )
            seen, bold = groups.pop()
            if seen:
                found.append(item)
        else:
            if hollow and item.kind == LETTER and item.text != "I":
                item = replace(item, kind=SET)
            found.append(replace(item, bold=True) if bold or once or (hollow and item.text == "1") else item)
            if script and item.kind == LETTER:
                found[-1] = replace(found[-1], script=True)
            pending = once = hollow = script = False
        if gap and len(found) > before:
            found[before], gap = replace(found[before], gap=True), False
    found.append(Item(END, "", end, end))
    return found


def _without_braces(found: list[Item]) -> list[Item]:
    """x{^T} as x^T, {x}_i as x_i: braces that hold one letter, or nothing but what stands above or below, are not seen."""
    opened: list[int] = []
    dropped: set[int] = set()
    for k, item in enumerate(found):
        if item.kind == SIGN and item.text == "{":
            opened.append(k)
        elif item.kind == SIGN and item.text == "}":
            if not opened:  # }^{ in an argument that has no end
                raise ParseError(
                    say("this brace was never opened"),
                    span=(item.start, item.end),
                    hint=say("a '{' is missing before it"),
                )
            first = opened.pop()
            if (k == first + 1 or _is_one(found, first, k)) and not _is_argument(found, first):
                dropped |= {first, k}
            elif (
                found[first + 1].text in "|‖"
                and found[k - 1].text == found[first + 1].text
                and found[k + 1].text in ("_", "^")
                and not _is_argument(found, first)
            ):  # {\|U\|}_F
                dropped |= {first, k} if not any(i.text in "|‖" for i in found[first + 2 : k - 1]) else set()
            elif found[first + 1].text in ("^", "_") and first and found[first - 1].text not in ("^", "_"):
                single = k == first + 3 or (found[first + 2].text == "{" and end_of_group(found, first + 2) == k)
                dropped |= {first, k} if single else set()
    return [item for k, item in enumerate(found) if k not in dropped] if dropped else found


def _is_one(found: list[Item], first: int, last: int) -> bool:
    """Whether the braces between these places hold one name: x, \\alpha, \\hat{y}."""
    item = found[first + 1]
    if item.kind == COMMAND and item.text in ACCENTS:
        return last > first + 2 and end_of_group(found, first + 2) == last
    return last == first + 2 and (item.kind in (LETTER, WORD) or (item.kind == COMMAND and item.text in NAMES))


def _is_argument(found: list[Item], at: int) -> bool:
    """Whether the brace at a place opens the argument of ^, _ or a command."""
    before = found[at - 1] if at else None
    if before is None:
        return False
    if before.kind == SIGN and before.text == "}":  # the second one of a fraction
        depth, k = 1, at - 1
        while depth and k:
            k -= 1
            depth += (found[k].kind == SIGN) * ((found[k].text == "}") - (found[k].text == "{"))
        return k > 0 and found[k - 1].kind == COMMAND and found[k - 1].text in FRACTIONS
    return before.text in ("^", "_") or (before.kind == COMMAND and before.text in TAKES_ARGUMENT)
