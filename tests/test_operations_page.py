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


@pytest.mark.parametrize("lang", ["zh", "fr"])
def test_what_is_said_of_operations_is_there_in_each_language(lang: str) -> None:
    tool = runpy.run_path(str(Path(__file__).parents[1] / "tools" / "operations.py"))
    for op in TABLE.values():
        if not isinstance(op.meaning, Reserved):
            assert tool["said"](op.doc, lang)
    lines = [len(tool["path_of"](x).read_text("utf-8").split("|---|")[1].splitlines()) for x in ("en", lang)]
    assert lines[0] == lines[1]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_the_page_is_up_to_date() -> None:
    tool = runpy.run_path(str(Path(__file__).parents[1] / "tools" / "operations.py"))
    for lang in tool["LANGUAGES"]:
        assert tool["path_of"](lang).read_text("utf-8") == tool["page"](lang), "run: make operations"
