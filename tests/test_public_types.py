"""The public surface: `dir(gp)`, the words that can be chosen, and what a type checker sees."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import runpy
import subprocess
import sys
import typing
from collections.abc import Iterable
from pathlib import Path

import pytest

import gradproof as gp
from gradproof import choices
from gradproof.codegen import BY_ROWS, SOURCES, TARGETS
from gradproof.explain import METHODS
from gradproof.explain.board import DETAILS
from gradproof.languages import LANGUAGES
from gradproof.lift.layouts import LAYOUTS
from gradproof.parse.notations import NOTATIONS
from gradproof.tutor.problems import TOPICS

HERE = Path(__file__).parent
FILES = HERE / "typing"
CHOICES = runpy.run_path(str(HERE.parent / "tools" / "choices.py"))
TOOL = runpy.run_path(str(HERE.parent / "tools" / "function_stub.py"))


def test_dir_is_what_is_public() -> None:
    assert dir(gp) == sorted(gp.__all__)


@pytest.mark.parametrize(
    ("words", "table"),
    [
        (choices.Layout, LAYOUTS),
        (choices.NotationName, ["auto", *NOTATIONS]),
        (choices.Language, LANGUAGES),
        (choices.Method, METHODS),
        (choices.Detail, DETAILS),
        (choices.Topic, TOPICS),
        (choices.Target, [*TARGETS, *BY_ROWS, *SOURCES]),
    ],
)
def test_what_can_be_chosen_is_what_there_is(words: object, table: Iterable[str]) -> None:
    assert set(typing.get_args(words)) == set(table)


def test_languages_and_targets_are_listed_by_their_folders() -> None:
    """The types, and the lists of the page: nobody writes them by hand."""
    behind = [file.name for file, text in CHOICES["files"]().items() if file.read_text("utf-8") != text]
    assert not behind, "run python tools/choices.py"


def test_the_functions_are_those_of_the_table() -> None:
    assert TOOL["STUB"].read_text("utf-8") == TOOL["stub"](), "run python tools/function_stub.py"


@pytest.mark.parametrize("name", "verify derivation compile operator cost jvp vjp hvp".split())
def test_a_derivative_says_what_it_gives(name: str) -> None:
    function = inspect.unwrap(getattr(gp.Derivative, name))
    assert function.__annotations__["return"] not in ("Any", None)


def _errors(file: Path) -> set[tuple[int, str]]:
    """The lines of a file in which pyright sees an error, and its kind."""
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", str(file)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, cwd=FILES, timeout=300).stdout)
    reports = [r for r in found["generalDiagnostics"] if r["severity"] == "error"]
    return {(r["range"]["start"]["line"] + 1, r.get("rule", "")) for r in reports}


@pytest.mark.long
@pytest.mark.parametrize("name", ["right.py", "wrong.py"])
def test_pyright_sees_what_is_wrong_and_nothing_else(name: str) -> None:
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright is not installed")
    lines = (FILES / name).read_text("utf-8").splitlines()
    told = {(k, m[1]) for k, line in enumerate(lines, 1) if (m := re.search(r"# (report\w+)$", line))}
    assert _errors(FILES / name) == told
