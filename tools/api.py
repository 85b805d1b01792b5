"""Writes docs/api.md: the public names with their docstrings, for Sphinx. `make docs` calls it."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

import gradproof as gp  # noqa: E402


def main() -> None:
    """One entry a name of `gradproof.__all__`: functions, then classes, then errors."""
    kinds: dict[str, list[str]] = {"Functions": [], "Classes": [], "Errors and warnings": []}
    for name in gp.__all__:
        value = getattr(gp, name)
        if inspect.isclass(value):
            kind = "Errors and warnings" if issubclass(value, Exception) else "Classes"
            kinds[kind].append(f".. autoclass:: gradproof.{name}\n   :members:\n")
        elif callable(value):
            kinds["Functions"].append(f".. autofunction:: gradproof.{name}\n")
    lines = ["# The Python interface\n", "`import gradproof as gp`; what is not here is not public.\n"]
    for title, entries in kinds.items():
        lines += [f"## {title}\n", "```{eval-rst}", *entries, "```\n"]
    (ROOT / "docs" / "api.md").write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    main()
