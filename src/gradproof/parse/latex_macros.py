r"""Macros: `\newcommand{\norm}[1]{\lVert#1\rVert}`, `\def\bx{\mathbf x}`, `\DeclareMathOperator{\Tr}{Tr}` before a formula, and the usual ones that nobody
defines: `\bx`, `\vx` and `\mX` are bold letters.

What a macro stands for keeps the place of the macro.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.errors import ParseError
from gradproof.parse.item import COMMAND, LETTER, NUMBER, SIGN, Item
from gradproof.parse.latex_words import COMMANDS, NAMES
from gradproof.parse.note import Note, note
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace
from gradproof.say import say

_DEFINES = {"newcommand", "renewcommand", "providecommand", "DeclareMathOperator", "def"}
_BEGINS = pattern(r"\\(?:(?:new|renew|provide)command|DeclareMathOperator|def)(?![A-Za-z])")
_COMMAND = pattern(r"\\([A-Za-z]+)")
_LETTERS = "|".join(sorted(NAMES, key=len, reverse=True))
_USUAL = pattern(rf"(?:b|v(?=[a-z])|m(?=[A-Z]))([A-Za-z]|{_LETTERS})")  # \bx, \bSigma, \vmu, \mX
_MOST = 20_000  # items that macros may make


@dataclass(frozen=True, slots=True)
class Macro:
    """What a macro stands for, with # and a number for its arguments."""

    arguments: int
    body: tuple[Item, ...]


def expanded(raw: list[Item]) -> list[Item]:
    """The items of a text with its macros written out, and without their definitions. Raises ParseError for a definition that is not understood."""
    if not any(i.kind == COMMAND and (i.text in _DEFINES or i.text not in COMMANDS) for i in raw):
        return raw
    macros: dict[str, Macro] = {}
    found: list[Item] = []
    todo = list(reversed(raw))
    made = 0
    while todo:
        item = todo.pop()
        if item.kind == COMMAND and item.text in _DEFINES:
            name, macro = _definition(item, todo)
            macros[name] = macro
        elif item.kind != COMMAND or (item.text in COMMANDS and item.text not in macros):
            found.append(item)
        elif item.text in macros:
            macro = macros[item.text]
            arguments = [_argument(item, todo) for _ in range(macro.arguments)]
            written = list(_filled(macro, arguments, item))
            made += len(written)
            if made > _MOST or len(found) + len(todo) > _MOST * 10:
                raise ParseError(
                    say("macros that stand for themselves cannot be written out"), span=(item.start, item.end)
                )
            todo += reversed(written)
        elif usual := _usual(item.text):
            found += [
                replace(item, text="mathbf"),
                Item(COMMAND if usual in NAMES else LETTER, usual, item.start, item.end),
            ]
        else:
            found.append(item)
    return found


def _usual(name: str) -> str:
    """The letter that a usual macro makes bold; "" for anything else."""
    match = _USUAL.fullmatch(name)
    return match[1] if match is not None else ""


def _definition(item: Item, todo: list[Item]) -> tuple[str, Macro]:
    """The name of a macro and what it stands for."""
    named = _argument(item, todo)
    if len(named) != 1 or named[0].kind != COMMAND:
        raise ParseError(say("what this defines is no macro"), span=(item.start, item.end))
    count = 0
    if item.text == "def":
        while todo and todo[-1].text != "{":
            count += todo.pop().kind == NUMBER
    elif todo and todo[-1].text == "[":
        inner = [todo.pop() for _ in range(min(3, len(todo)))]
        if (
            [i.text for i in inner[::2]] != ["[", "]"]
            or not inner[1].text.isdecimal()
            or (todo and todo[-1].text == "[")
        ):
            raise ParseError(say("what this defines is no macro"), span=(item.start, item.end))
        count = int(inner[1].text)
    body = _argument(item, todo)
    if item.text == "DeclareMathOperator":
        brace = [replace(item, kind=SIGN, text=text) for text in "{}"]
        body = [replace(item, text="operatorname"), brace[0], *body, brace[1]]
    return named[0].text, Macro(count, tuple(body))


def _argument(item: Item, todo: list[Item]) -> list[Item]:
    """The group, or the one item, that comes next, without its braces. Raises ParseError where there is none."""
    if not todo:
        raise ParseError(say("'{shown}' needs something after it", shown=f"\\{item.text}"), span=(item.start, item.end))
    first = todo.pop()
    if first.kind != SIGN or first.text != "{":
        return [first]
    found: list[Item] = []
    depth = 1
    while todo:
        now = todo.pop()
        depth += (now.kind == SIGN) * ((now.text == "{") - (now.text == "}"))
        if not depth:
            return found
        found.append(now)
    raise ParseError(say("this brace is never closed"), span=(first.start, first.end), hint=say("a '}' is missing"))


def _filled(macro: Macro, arguments: Sequence[Sequence[Item]], item: Item) -> list[Item]:
    """The body with its arguments; braces around it would be seen, and TeX has none."""
    found: list[Item] = []
    hash_before = False
    for part in macro.body:
        if hash_before and part.kind == NUMBER and 0 < int(part.text[:1] or 0) <= len(arguments):
            found += arguments[int(part.text[0]) - 1]
            if part.text[1:]:
                found.append(replace(part, text=part.text[1:], start=item.start, end=item.end))
        elif part.kind == SIGN and part.text == "#":
            hash_before = True
            continue
        else:
            found.append(replace(part, start=item.start, end=item.end))
        hash_before = False
    return found


def notes_of(text: str) -> list[Note]:
    """What is said of the macros in a text: where they are defined, and which are read as bold letters."""
    said: list[Note] = []
    defined: set[str] = set()
    for begin in _BEGINS.finditer(text):
        name = _COMMAND.search(text, begin.end())
        end = _end_of_definition(text, begin.end())
        if name is not None:
            defined.add(name[1])
        said.append(note("macro", (begin.start(), end), shown=text[begin.start() : end].strip()))
    for found in _COMMAND.finditer(text):
        usual = _usual(found[1])
        if usual and found[1] not in COMMANDS and found[1] not in defined:
            defined.add(found[1])
            said.append(note("macro-bold", found.span(), shown=found[0], name=usual))
    return said


def _end_of_definition(text: str, at: int) -> int:
    """Where a definition ends: after its last group."""
    name = _COMMAND.search(text, at)
    k = text.find("{", name.end() if name is not None else at)
    depth = 0
    while 0 <= k < len(text):
        depth += (text[k] == "{") - (text[k] == "}")
        k += 1
        if not depth:
            return k
    return len(text)
