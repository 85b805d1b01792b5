"""What a terminal gets beyond the text: lines of its width, and colour. A pager or a file gets the text as it is."""

from __future__ import annotations

import os
import re
import sys
from typing import IO

from gradproof.cli.help import wide

NARROW = 40  # columns, at least
STYLES = {"strong": "1", "faint": "2", "good": "32", "doubtful": "33", "bad": "1;31"}


def width() -> int | None:
    """The columns of the terminal that standard output is; None where it is none."""
    if not sys.stdout.isatty():
        return None
    import shutil  # needed only here

    return max(NARROW, shutil.get_terminal_size((100, 24)).columns)


def styled(text: str, style: str, stream: IO[str] | None = None) -> str:
    """A text in a style, where the stream (standard output) is a terminal that wants colour."""
    wanted = (stream or sys.stdout).isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\033[{STYLES[style]}m{text}\033[0m" if wanted and text.strip() else text


def headed(text: str, style: str, stream: IO[str] | None = None) -> str:
    """A text whose first words, up to the colon, are in a style."""
    head = re.match(r"[^:：\n]{1,40}[:：]", text)
    return styled(head[0], style, stream) + text[head.end() :] if head else text


def equation(left: str, right: str) -> list[str]:
    """An equation; where the terminal is narrower, over several lines: each begins with its sign, below the right side, or with the names of parts."""
    columns = width()
    if columns is None or wide(f"{left} = {right}") <= columns:
        return [f"{left} = {right}"]
    from gradproof.explain.breaks import broken  # needed only here

    margin = " " * (len(left) + 3) if len(left) < columns // 2 else "    "
    room, (side, where, named) = max(24, columns - len(margin)), right.partition(" where ")
    lines = [*broken(side, room), *(broken(f"where {named}", room) if where else ())]
    return [f"{left} = {lines[0]}", *(margin + line for line in lines[1:])]


def fact(label: str, text: str) -> list[str]:
    """A line that begins with a label; where the terminal is narrower, over several lines, below each other."""
    columns, rows = width(), [""]
    room = max(24, columns - wide(label)) if columns else sys.maxsize
    pieces = [text]
    if room < wide(text):
        pieces = re.findall(r"[^;]+;?\s*" if "; " in text else r"\S+\s*", text)
    for piece in pieces:
        if rows[-1] and wide(rows[-1] + piece.rstrip()) > room:
            rows.append("")
        rows[-1] += piece
    margin = " " * wide(label)
    return [(styled(label, "faint") if not k else margin) + row.rstrip() for k, row in enumerate(rows)]


def complaint(text: str) -> str:
    """An error as it is printed on standard error: its first word and the caret are in colour."""
    lines = headed(text, "bad", sys.stderr).split("\n")
    return "\n".join(styled(x, "bad", sys.stderr) if re.fullmatch(r" *\^+", x) else x for x in lines)


__all__ = ["complaint", "equation", "fact", "headed", "styled", "width"]
