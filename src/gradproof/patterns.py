"""Regular expressions that are compiled when they are first used: an import meets a hundred of them, and most formulas need few."""

from __future__ import annotations

import re
from typing import Any, cast


class _Pattern:
    """Stands for a compiled expression, whose methods it takes over as they are asked for."""

    def __init__(self, text: str, flags: int):
        self.pattern, self.flags = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self.pattern, self.flags), name)
        self.__dict__[name] = found  # the next time it is found without this method
        return found


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """A regular expression, for the top of a module."""
    return cast("re.Pattern[str]", _Pattern(text, flags))
