"""What a language is: one record, and one folder with its texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Language:
    """A language. Texts are by identifiers, or, in `messages`, by the English text that stands in the code; English has no `messages`."""

    code: str
    name: str  # as its speakers write it
    comma: str
    both: str  # between the last two of several
    either: str
    semicolon: str
    messages: Mapping[str, str]

    def listed(self, items: Sequence[str], last: Literal["", "and", "or", ";"] = "") -> str:
        """Several texts in one."""
        if not last or last == ";" or len(items) < 2:
            return (self.semicolon if last == ";" else self.comma).join(items)
        return self.comma.join(items[:-1]) + {"and": self.both, "or": self.either}[last] + items[-1]
