"""The commands, in the order in which the help names them. A new command is one file, and its name here."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from gradproof.cli.option import Command

NAMES = (
    "derive",
    "check",
    "code",
    "batch",
    "convexity",
    "minimize",
    "exercise",
    "schema",
    "mcp",
    "serve",
    "completion",
)


def named(name: str) -> Command | None:
    """The command of this name; its file alone is read."""
    return import_module(f"gradproof.cli.{name}").COMMAND if name in NAMES else None


@cache
def every() -> tuple[Command, ...]:
    """All of them."""
    return tuple([import_module(f"gradproof.cli.{name}").COMMAND for name in NAMES])
