"""docs/operations.md is what the table of operations says today."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from gradproof.ops import TABLE
from gradproof.ops.operation import Reserved


def test_every_operation_has_a_row() -> None:
    text = (Path(__file__).parents[1] / "docs" / "operations.md").read_text("utf-8")
    lines = {
        line.split("</code>")[0].removeprefix("| <code>").replace("&#95;", "_").replace("&#42;", "*")
        for line in text.splitlines()
    }
    assert not [
        op.name for op in TABLE.values() if not isinstance(op.meaning, Reserved) and (op.symbol or op.name) not in lines
    ]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_the_page_is_up_to_date() -> None:
    tool = runpy.run_path(str(Path(__file__).parents[1] / "tools" / "operations.py"))
    assert tool["PAGE"].read_text("utf-8") == tool["page"](), "run: make operations"
