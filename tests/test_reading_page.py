"""docs/reading.md and its Chinese page are what the reader says today; every row but those of refusals has the meaning that its section gives."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

import gradproof as gp

TOOL: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[1] / "tools" / "reading.py"))
SECTIONS = TOOL["SECTIONS"]


@pytest.mark.parametrize("lang", TOOL["PAGES"])
def test_the_page_is_up_to_date(lang: str) -> None:
    assert TOOL["PAGES"][lang].read_text("utf-8") == TOOL["page"](lang), "run: make reading"


@pytest.mark.parametrize(
    "row", [row for name, rows in SECTIONS.items() if name != "refused" for row in rows], ids=lambda row: row.text
)
def test_what_is_read_has_a_proven_derivative(row: Any) -> None:
    assert gp.derive(row.text, wrt=row.wrt, where=row.where or None).verified


@pytest.mark.parametrize("row", SECTIONS["refused"], ids=lambda row: row.text)
def test_what_is_refused_says_what_to_write(row: Any) -> None:
    with pytest.raises(gp.GradproofError) as caught:
        gp.derive(row.text, wrt=row.wrt, where=row.where or None)
    assert caught.value.hint
