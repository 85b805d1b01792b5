"""The texts of values in the table as functions of arrays: `(lambda e: e / e.sum())(np.exp(x))`, in x, a, b, …; … stands for all further arguments."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from gradproof.ops.arrays import HELPER, namespace

LETTERS = "xabcdefgh"


def by_kernel(text: str, kernel: Callable[..., Any] | None, np: Any, *args: Any) -> Any:
    """A text of the table; where it needs functions of `arrays.py`, a module without them uses the kernel."""
    if kernel is not None and hasattr(np, "by_kernel"):
        return np.by_kernel(kernel, *args)
    return compiled(spelled(text, len(args)), len(args))(np, *args)


def spelled(text: str, count: int) -> str:
    """The text of a value for so many arguments: `f(x, …)` of three is `f(x, a, b)`."""
    head, dots, tail = text.partition("…")
    if not dots:
        return text
    used = re.findall(r"(?<![\w.])[a-h](?!\w)", head)
    rest = LETTERS[1 + len(set(used)) : count]
    return head + ", ".join(rest) + tail


@cache
def compiled(text: str, count: int) -> Callable[..., Any]:
    """A text of the table as a function of the array module and arrays; the functions of `arrays.py` are there."""
    names = "".join(f", {x}=None" for x in LETTERS[: max(count, 2)])
    plain = eval(f"lambda np{names}: {text}")  # noqa: S307  (a constant of the table, never user text)
    if not HELPER.search(text):
        return plain

    def call(np: Any, *args: Any) -> Any:
        return eval(f"lambda np{names}: {text}", namespace(np))(np, *args)  # noqa: S307  (as above)

    return call
