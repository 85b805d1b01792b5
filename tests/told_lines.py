"""What the page of a derivation has to say, in its order, and what it must not."""

from __future__ import annotations

from typing import Any

import gradproof as gp


def check_page(formula: str, wrt: Any, where: str | None, there: list[str], absent: list[str]) -> None:
    """The lines stand there in this order, the others nowhere, and every step agrees."""
    t = gp.derive(formula, wrt, where).derivation()
    text, at = t.text(color=False), 0
    for line in there:
        found = text.find(line, at)
        assert found >= 0, f"{line!r} is not there, or not in its order:\n{text}"
        at = found
    assert not [x for x in absent if x in text], text
    assert t.summary.agreed == t.summary.steps
