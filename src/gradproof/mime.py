"""What notebooks show: MIME bundles of plain text and Markdown, in which mathematics stands between dollar signs. Never TeX in HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Bundle = dict[str, str]


def bundle(plain: str, *blocks: str) -> Bundle:
    """Plain text, and the same as blocks of Markdown."""
    return {"text/plain": plain, "text/markdown": "\n\n".join(b for b in blocks if b) + "\n"}


def displayed(latex: str) -> str:
    """A formula on a line of its own."""
    return f"$$\n{latex}\n$$"


def fenced(source: str, language: str) -> str:
    """Code."""
    marks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", source)), default=0))
    return f"{marks}{language}\n{source.rstrip()}\n{marks}"


def headed(text: str) -> str:
    """Lines of text, of which the first says it."""
    head, *facts = text.split("\n")
    return f"**{told(head)}**" + ("\n\n" + fenced("\n".join(facts), "text") if facts else "")


def listed(facts: Iterable[tuple[str, str]]) -> str:
    """Facts, one a line: a label and a text."""
    return "\n".join(f"- *{label}*: {text}" for label, text in facts if text)


def told(text: str) -> str:
    """Text without anything that Markdown would take for its own."""
    return re.sub(r"([\\`*_{}\[\]<>#|$~])", r"\\\1", text)


def sized(shape: Sequence[str | int]) -> str:
    """m × n, as mathematics."""
    return "$" + r" \times ".join(str(d).replace("*", " ") for d in shape) + "$" if shape else "a scalar"
