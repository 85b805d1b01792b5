"""What a language is: one record, and one folder with its texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any, Literal

from gradproof.records import dataclass


@dataclass(frozen=True)
class Language:
    """A language: how it joins texts, and its texts, which are read when they are asked for.

    The modules `catalogues` of its folder hold MESSAGES, by the English text that stands in the code; English has none. `derivation` and `check` hold texts
    by identifiers. `document` begins a document of LaTeX in the language.
    """

    code: str
    name: str  # as its speakers write it
    comma: str
    both: str  # between the last two of several
    either: str
    semicolon: str
    document: str
    catalogues: tuple[str, ...] = (
        "reader",
        "numpy_source",
        "notes",
        "core",
        "code",
        "faces",
        "cli",
        "optimum",
        "restricted",
    )

    @cached_property
    def messages(self) -> Mapping[str, str]:
        """The texts of this language by those that stand in the code."""
        return {text: told for name in self.catalogues for text, told in self.room(name)["MESSAGES"].items()}

    def room(self, name: str) -> Mapping[str, Any]:
        """The texts of a part of gradproof: what a module of the folder defines."""
        return vars(import_module(f"gradproof.languages.{self.code}.{name}"))

    def listed(self, items: Sequence[str], last: Literal["", "and", "or", ";"] = "") -> str:
        """Several texts in one."""
        if not last or last == ";" or len(items) < 2:
            return (self.semicolon if last == ";" else self.comma).join(items)
        before, word, after = self.comma.join(items[:-1]), {"and": self.both, "or": self.either}[last], items[-1]
        if word[0].isspace():
            return before + word + after
        return before + " " * before[-1:].isascii() + word + " " * after[:1].isascii() + after  # 和 beside letters
