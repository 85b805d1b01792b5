"""The help, made of the description of the commands, in every language."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence

from gradproof.cli.option import Command, Option
from gradproof.say import Said, say

WIDTH, LEFT = 100, 30

ABOUT = say("Vector and matrix derivatives in closed form, each one checked numerically.")
EXAMPLES = """  gradproof derive "norm2(A*x - b)^2" --wrt x
  gradproof derive "x'*S*x" --wrt x --order 2 --where "S: matrix n n symmetric"
  echo "-logdet(X)" | gradproof derive - --wrt X --format latex
  gradproof check "x'*A*x" --wrt x --claim "2*A*x"
"""
CODES = say(
    "exit codes: 0 fine, 1 verification failed or claim not right, 2 input error, 3 not supported, beyond the limits, or no verdict"
)


def usage(command: Command | None, lang: str, names: Sequence[str]) -> str:
    """One line: how the command is called."""
    if command is None:
        return say("usage: {line}", line=f"gradproof {{{','.join(names)}}} …").told(lang)
    needed = [f"{o.names[0]} {o.shown}" for o in command.options if o.required]
    if command.one_of:
        needed.append("(" + " | ".join(command.one_of) + ")")
    place = [command.place[0]] if command.place else []
    more = ["[…]"] if len(command.options) > len(needed) else []
    return say("usage: {line}", line=" ".join(["gradproof", command.name, *place, *needed, *more])).told(lang)


def whole(commands: Sequence[Command], lang: str) -> str:
    """The help of the program."""
    lines = [usage(None, lang, [c.name for c in commands]), "", ABOUT.told(lang), "", say("commands:").told(lang)]
    lines += _table(((c.name, c.what) for c in commands), lang)
    lines += ["", say("options:").told(lang)]
    lines += _table([("-h, --help", say("show this help")), ("-V, --version", say("show the version"))], lang)
    lines += ["", say("examples:").told(lang), EXAMPLES, *_wrapped(CODES.told(lang), _width())]
    return "\n".join(lines)


def of(command: Command, lang: str) -> str:
    """The help of a command."""
    lines = [usage(command, lang, ()), "", command.what.told(lang), ""]
    if command.place:
        lines += [*_table([command.place], lang), ""]
    rows = [(_called(o), o.what) for o in command.options]
    lines += [say("options:").told(lang), *_table([("-h, --help", say("show this help")), *rows], lang)]
    return "\n".join(lines)


def _called(option: Option) -> str:
    value = f"[={option.shown}]" if option.bare else f" {option.shown}" if option.shown else ""
    return ", ".join(option.names) + value


def _table(rows: Iterable[tuple[str, Said]], lang: str) -> list[str]:
    lines, width = [], _width()
    margin = LEFT if width > 2 * LEFT else 8
    for left, what in rows:
        first, *rest = _wrapped(what.told(lang), width - margin)
        head = f"  {left}"
        lines += [padded(head, margin) + first] if wide(head) < margin else [head, " " * margin + first]
        lines += [" " * margin + line for line in rest]
    return lines


def _width() -> int:
    """The columns of a terminal, where they are fewer than those of the help."""
    if not sys.stdout.isatty():
        return WIDTH
    import shutil  # needed only here

    return max(40, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns))


def _wrapped(text: str, width: int) -> list[str]:
    """A text in lines; one in characters that are two columns wide may be broken anywhere."""
    if wide(text) == len(text):
        import textwrap  # needed only here

        return textwrap.wrap(text, width) or [""]
    lines = [""]
    for c in text:
        if wide(lines[-1] + c) > width:
            lines.append("")
        lines[-1] += c
    return lines


def wide(text: str) -> int:
    """How many columns a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, columns: int) -> str:
    """A text with blanks up to a column."""
    return text + " " * max(0, columns - wide(text))
